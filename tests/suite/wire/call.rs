//! What a request on the wire says, read without the code that wrote it.

use std::sync::LazyLock;

use cenform::cloud::request::{Product, Request, Rpc, Sls};
use cenform::cloud::transport::HttpRequest;
use cenform::model::region::Region;
use regex::{Captures, Regex};
use reqwest::Url;
use serde_json::Value as Json;

/// Names with their values, decoded.
pub(super) type Pairs = Vec<(String, String)>;

/// A request, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Call {
    /// As the facts spell it: `Cbn`, `Sts`, `Ram` or `Sls`.
    pub(super) product: &'static str,
    pub(super) action: &'static str,
    pub(super) method: &'static str,
    /// Of Log Service.
    pub(super) region: String,
    pub(super) project: Option<String>,
    pub(super) path: String,
    /// The query of an RPC call: what belongs to the call as such.
    pub(super) common: Pairs,
    /// The form that is its body.
    pub(super) form: Pairs,
    /// The query of a REST call.
    pub(super) query: Pairs,
    /// The JSON that is its body.
    pub(super) body: Option<Json>,
}

/// The RPC products by their hosts.
const PRODUCTS: [(&str, &str, Product); 3] = [
    ("cbn.aliyuncs.com", "Cbn", Product::Cbn),
    ("sts.aliyuncs.com", "Sts", Product::Sts),
    ("ram.aliyuncs.com", "Ram", Product::Ram),
];

/// The calls of Log Service: method, path, whether the host names a project, and name (cloud-api 8.3).
const ROUTES: [(&str, &str, bool, &str); 18] = [
    ("POST", "/", true, "CreateProject"),
    ("GET", "/", true, "GetProject"),
    ("PUT", "/", true, "UpdateProject"),
    ("DELETE", "/", true, "DeleteProject"),
    ("GET", "/", false, "ListProject"),
    ("PUT", "/resourcegroup", true, "ChangeResourceGroup"),
    ("POST", "/logstores", true, "CreateLogStore"),
    ("GET", "/logstores/{logstore}", true, "GetLogStore"),
    ("PUT", "/logstores/{logstore}", true, "UpdateLogStore"),
    ("DELETE", "/logstores/{logstore}", true, "DeleteLogStore"),
    ("GET", "/logstores", true, "ListLogStores"),
    ("POST", "/logstores/{logstore}/index", true, "CreateIndex"),
    ("GET", "/logstores/{logstore}/index", true, "GetIndex"),
    ("PUT", "/logstores/{logstore}/index", true, "UpdateIndex"),
    ("DELETE", "/logstores/{logstore}/index", true, "DeleteIndex"),
    ("POST", "/tag", true, "TagResources"),
    ("POST", "/untag", true, "UntagResources"),
    ("GET", "/tags", true, "ListTagResources"),
];

/// A query or form, decoded as the standard of forms says.
fn decoded(text: &str) -> Pairs {
    let url = Url::parse(&format!("https://host/?{text}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// A path with the name of a logstore taken out.
fn template(path: &str) -> String {
    let segments: Vec<_> = path.split('/').collect();
    match segments.as_slice() {
        ["", "logstores", _, rest @ ..] => [&["", "logstores", "{logstore}"], rest].concat().join("/"),
        _ => path.to_owned(),
    }
}

/// A text in which the ids that the service has made are numbered as they come.
fn steadied(text: &str, ids: &mut Vec<String>) -> String {
    static ID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(cen|tr|tr-attach|trcidr|flowlog)-[0-9a-z]{18}\b").unwrap());
    let numbered = |found: &Captures<'_>| {
        let number = ids.iter().position(|id| *id == found[0]).unwrap_or_else(|| {
            ids.push(found[0].to_owned());
            ids.len() - 1
        });
        format!("{}-{:018}", &found[1], number + 1)
    };
    ID.replace_all(text, numbered).into_owned()
}

impl Call {
    /// Reads a request to the real cloud.
    pub(super) fn read(http: &HttpRequest) -> Result<Self, String> {
        let url = Url::parse(&http.url).map_err(|error| format!("{}: {error}", http.url))?;
        let host = url.host_str().unwrap_or_default();
        let query = decoded(url.query().unwrap_or_default());
        let path = url.path().to_owned();
        if let Some((_, product, _)) = PRODUCTS.iter().find(|(its, ..)| *its == host) {
            let action = query.iter().find(|(name, _)| name == "Action").map_or("", |(_, action)| action);
            let action = action.to_owned().leak();
            let form = std::str::from_utf8(&http.body).map_err(|_| format!("{action}: its form is no text"))?;
            let (method, form) = (http.method, decoded(form));
            return Ok(Self { product, action, method, path, common: query, form, ..Self::default() });
        }
        let place = host.strip_suffix(".log.aliyuncs.com").ok_or_else(|| format!("{host} is no host of the cloud"))?;
        let (project, region) =
            place.rsplit_once('.').map_or((None, place), |(project, region)| (Some(project), region));
        let key = (http.method, template(&path), project.is_some());
        let route = ROUTES.iter().find(|(method, path, project, _)| (*method, (*path).to_owned(), *project) == key);
        let (.., action) = route.ok_or_else(|| format!("{key:?} is no call of Log Service"))?;
        let body = (!http.body.is_empty()).then(|| serde_json::from_slice(&http.body)).transpose();
        Ok(Self {
            product: "Sls",
            action,
            method: http.method,
            region: region.to_owned(),
            project: project.map(str::to_owned),
            path,
            query,
            body: body.map_err(|error| format!("{action}: its body is no JSON: {error}"))?,
            ..Self::default()
        })
    }

    /// The path, with the name of a logstore taken out.
    pub(super) fn template(&self) -> String {
        template(&self.path)
    }

    /// Whether it only reads.
    pub(super) fn is_read(&self) -> bool {
        ["Describe", "List", "Get", "Check"].iter().any(|verb| self.action.starts_with(verb))
    }

    /// The same without what differs from run to run: who calls when, and what the service or chance has named.
    pub(super) fn steady(mut self) -> Self {
        self.common.clear();
        let mut ids = Vec::new();
        let Self { query, form, body, .. } = &mut self;
        for (name, value) in query.iter_mut().chain(form) {
            *value = match name.as_str() {
                "ClientToken" => "01234567-89ab-4cde-8f01-23456789abcd".to_owned(),
                "NextToken" | "nextToken" => "next".to_owned(),
                _ => steadied(value, &mut ids),
            };
        }
        let text = body.as_ref().map(|body| steadied(&body.to_string(), &mut ids));
        *body = text.map(|text| serde_json::from_str(&text).unwrap());
        self
    }

    /// The request that the client would be asked to send, to have this sent.
    pub(super) fn request(&self) -> Request {
        if let Some((.., product)) = PRODUCTS.iter().find(|(_, name, _)| *name == self.product) {
            return Request::Rpc(Rpc { params: self.form.clone(), ..Rpc::write(*product, self.action) });
        }
        let region = Region(self.region.clone());
        let call = Sls::write(self.action, self.method, &region, self.project.as_deref(), &*self.path);
        Request::Sls(Sls { query: self.query.clone(), body: self.body.clone(), ..call })
    }
}
