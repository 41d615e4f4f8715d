//! Calls as they are on the wire: what they are about, and how to say them otherwise.

use cenform::base::secret::Secret;
use cenform::cloud::sign;
use cenform::cloud::transport::HttpRequest;
use cenform::model::address::Kind;

/// What can be told of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The kind that it is about, where there is one.
    pub(super) kind: Option<Kind>,
    /// The action; for the log service the method and the path.
    pub(super) action: String,
    pub(super) writes: bool,
    /// Whether it is the [`creation`] of the kind.
    pub(super) creates: bool,
    /// Whether it asks for objects without naming them by their ids.
    pub(super) lists: bool,
    pub(super) token: Option<String>,
}

/// The action that creates an object of a kind, as faults name it.
pub(super) const fn creation(kind: Kind) -> &'static str {
    match kind {
        Kind::Cen => "CreateCen",
        Kind::TransitRouter => "CreateTransitRouter",
        Kind::Attachment => "CreateTransitRouterVpcAttachment",
        Kind::LogProject => "CreateProject",
        Kind::Logstore => "CreateLogStore",
        Kind::FlowLog => "CreateFlowlog",
    }
}

impl Call {
    pub(super) fn of(request: &HttpRequest) -> Self {
        Message::read(request).map_or_else(|| Self::of_log_service(request), |message| message.call())
    }

    fn of_log_service(request: &HttpRequest) -> Self {
        let host = request.headers.iter().find(|(name, _)| *name == "host").map_or("", |(_, host)| host);
        let path = path(&request.url);
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let kind = match segments[..] {
            [] => Some(Kind::LogProject),
            ["logstores", ..] => Some(Kind::Logstore),
            _ => None,
        };
        let writes = request.method != "GET";
        Self {
            kind,
            action: format!("{} {path}", request.method),
            writes,
            creates: request.method == "POST" && matches!(segments[..], [] | ["logstores"]),
            // A list of projects is asked of the region.
            lists: !writes && (segments.is_empty() && host.matches('.').count() == 3 || segments == ["logstores"]),
            token: None,
        }
    }
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| rest[at..].split('?').next().unwrap())
}

/// A call of the CEN API, taken apart.
pub(super) struct Message {
    common: Vec<(String, String)>,
    own: Vec<(String, String)>,
}

impl Message {
    /// Takes a request apart; none if it is for the log service.
    pub(super) fn read(request: &HttpRequest) -> Option<Self> {
        let (_, query) = request.url.split_once('?')?;
        let common = pairs(query);
        common
            .iter()
            .any(|(name, _)| name == "Action")
            .then(|| Self { common, own: pairs(std::str::from_utf8(&request.body).unwrap()) })
    }

    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        let all = self.common.iter().chain(&self.own);
        all.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The parameters that are the call's own.
    pub(super) fn own(&mut self) -> &mut Vec<(String, String)> {
        &mut self.own
    }

    /// The request, signed anew with the key that it was signed with: a test's secrets are the names of its keys.
    pub(super) fn signed(mut self, request: HttpRequest) -> HttpRequest {
        let key = self.get("AccessKeyId").unwrap().to_owned();
        self.common.retain(|(name, _)| name != "Signature");
        let text = sign::rpc_string_to_sign("POST", self.common.iter().chain(&self.own));
        self.common.push(("Signature".to_owned(), sign::rpc_signature(&text, &Secret::new(key))));
        let (base, _) = request.url.split_once('?').unwrap();
        HttpRequest {
            url: format!("{base}?{}", sign::encode_pairs(&self.common)),
            body: sign::encode_pairs(&self.own).into_bytes(),
            ..request
        }
    }

    fn call(&self) -> Call {
        let action = self.get("Action").unwrap_or_default().to_owned();
        let writes = !["Describe", "List", "Get", "Check"].iter().any(|read| action.starts_with(read));
        let about = |word| action.contains(word);
        let kind = if about("Attachment") {
            Some(Kind::Attachment)
        } else if about("TransitRouter") && !about("Grant") {
            Some(Kind::TransitRouter)
        } else if about("Flowlog") {
            Some(Kind::FlowLog)
        } else if about("Cen") {
            Some(Kind::Cen)
        } else {
            None
        };
        Call {
            kind,
            writes,
            creates: kind.is_some_and(|kind| action == creation(kind)),
            lists: kind.is_some_and(|kind| !writes && self.named(kind).is_none()),
            token: self.get("ClientToken").map(str::to_owned),
            action,
        }
    }

    /// The id by which a read names its object, and the parameters that say so.
    pub(super) fn named(&self, kind: Kind) -> Option<(String, Vec<String>)> {
        let name = match kind {
            Kind::Cen => {
                let (key, _) = self.own.iter().find(|(_, value)| value == "CenId")?;
                let value = key.replace(".Key", ".Value.1");
                return Some((self.get(&value)?.to_owned(), vec![key.clone(), value]));
            }
            Kind::TransitRouter => "TransitRouterId",
            Kind::Attachment => "TransitRouterAttachmentId",
            Kind::FlowLog => "FlowLogId",
            Kind::LogProject | Kind::Logstore => return None,
        };
        Some((self.get(name)?.to_owned(), vec![name.to_owned()]))
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}
