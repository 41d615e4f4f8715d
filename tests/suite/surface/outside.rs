//! The cloud as another tool sees it: raw calls, and what their answers show.

use cenform::cloud::error::CloudError;
use cenform::cloud::request::{Product, Request, Rpc, Sls};
use cenform::model::region::Region;
use cenform::state::Entry;
use serde_json::{Value as Json, json};

use super::row::{Outside, Subject};
use crate::suite::engine::bench::Bench;

/// The object of a subject, from outside.
pub(super) struct Seen<'a> {
    bench: &'a Bench,
    subject: &'a Subject,
    id: String,
    region: Region,
}

impl<'a> Seen<'a> {
    /// The object that an entry of the state stands for.
    pub(super) fn new(bench: &'a Bench, subject: &'a Subject, entry: &Entry) -> Self {
        let region = entry.region.clone().unwrap_or_else(|| Region("cn-hangzhou".to_owned()));
        Self { bench, subject, id: entry.id.clone(), region }
    }

    /// The object as the API shows it. One of Log Service has its tags and its
    /// index, and the project whose host was called.
    pub(super) async fn object(&self) -> Json {
        for (call, place) in self.subject.shown {
            let Ok(answer) = self.call(call).await else { continue };
            let Some(object) = answer.pointer(place) else { continue };
            let mut object = object.clone();
            if call.starts_with("GET ") {
                let (kind, id) = self.tagged();
                let tags = format!("GET /tags?resourceType={kind}&resourceId=[\"{id}\"]");
                object["tags"] = self.call(&tags).await.unwrap()["tagResources"].take();
                object["project"] = self.project().into();
                if object["status"].is_null() {
                    // A logstore tells none: it is what its project is.
                    object["status"] = self.call("GET /").await.unwrap()["status"].take();
                }
                object["index"] = match self.id.split_once('/') {
                    Some((_, store)) => self.call(&format!("GET /logstores/{store}/index")).await.unwrap_or_default(),
                    None => Json::Null,
                };
            }
            return object;
        }
        panic!("no call shows {}", self.id)
    }

    /// Changes it as somebody else would.
    pub(super) async fn change(&self, outside: Outside) {
        match outside {
            Outside::Never => {}
            Outside::Calls(calls) => {
                for call in calls {
                    self.call(call).await.unwrap_or_else(|error| panic!("{call}: {error}"));
                    self.bench.pass(std::time::Duration::from_secs(1)).await;
                }
            }
            Outside::Edited(field, value) => self.bench.edit(|world| {
                let ids = self.id.split('/').chain([self.id.as_str()]);
                let mut object = world;
                for ((list, field), id) in self.subject.kept.iter().zip(ids) {
                    let items = object[list].as_array_mut().unwrap();
                    object = items.iter_mut().find(|item| item[field] == id).unwrap();
                }
                *object.pointer_mut(field).unwrap_or_else(|| panic!("no {field} is kept")) = yaml(value);
            }),
        }
    }

    fn project(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// Type and id in tag calls.
    fn tagged(&self) -> (&'static str, String) {
        if self.id.contains('/') { ("logstore", self.id.replace('/', "#")) } else { ("project", self.id.clone()) }
    }

    /// Makes a call: `Action Name=value …` of CEN, or `METHOD /path {body}` of Log Service. `PATCH` is what tools do to
    /// change a part of what can only be put as a whole.
    async fn call(&self, call: &str) -> Result<Json, CloudError> {
        let (kind, tagged) = self.tagged();
        let line = call.replace("$tagged", &tagged).replace("$kind", kind).replace("$id", &self.id);
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if !rest.starts_with('/') {
            // Names of actions live as long as the program; here they come from a table.
            let mut rpc = Rpc::write(Product::Cbn, verb.to_owned().leak());
            for (name, value) in rest.split(' ').filter_map(|param| param.split_once('=')) {
                rpc = rpc.param(name, value);
            }
            return self.bench.api().call(&Request::Rpc(rpc)).await.map(|answer| answer.body);
        }
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.replace("$store", self.id.split('/').nth(1).unwrap_or_default());
        let mut body = (!body.is_empty()).then(|| serde_json::from_str::<Json>(body).unwrap());
        let get = Sls::read("Get", &self.region, Some(self.project()), path.clone());
        if verb == "PATCH" {
            let mut whole = self.bench.api().call(&Request::Sls(get.clone())).await?.body;
            for (name, value) in body.iter().flat_map(|body| body.as_object().unwrap()) {
                whole[name] = value.clone();
            }
            body = Some(whole);
        }
        let method = match verb {
            "PATCH" | "PUT" => "PUT",
            "POST" => "POST",
            "DELETE" => "DELETE",
            _ => "GET",
        };
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = Sls { method, mutating: method != "GET", query, body, ..get };
        self.bench.api().call(&Request::Sls(request)).await.map(|answer| answer.body)
    }
}

/// YAML as JSON.
pub(super) fn yaml(text: &str) -> Json {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether what the API shows is as expected: objects may have more fields, lists another order, and what is not
/// there may be empty instead.
pub(super) fn is_shown(expected: &Json, shown: &Json) -> bool {
    let is_nothing = |json: &Json| *json == Json::Null || *json == json!("") || *json == json!([]);
    match (expected, shown) {
        (Json::Object(expected), Json::Object(shown)) => {
            expected.iter().all(|(name, value)| is_shown(value, shown.get(name).unwrap_or(&Json::Null)))
        }
        (Json::Array(expected), Json::Array(shown)) => {
            expected.len() == shown.len() && expected.iter().all(|item| shown.iter().any(|shown| is_shown(item, shown)))
        }
        _ => expected == shown || is_nothing(expected) && is_nothing(shown),
    }
}
