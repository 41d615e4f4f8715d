//! What stands before the world: telling the products apart, checking who calls, and putting answers into form.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::message::{Answer, Refusal, Request, pairs};
use super::options::Options;
use super::signature::keyring::Keyring;
use super::signature::nonces::Nonces;
use super::signature::{rpc, sls};
use super::world::Params;
use super::world::file::WorldError;
use super::world::sls::call::Call as SlsCall;
use super::world::sls::host::Place;
use super::world::state::{Rules, World};

/// Parameters that belong to the call as such and not to its action (cloud-api 1.1).
const COMMON: &[&str] = &[
    "AccessKeyId",
    "Action",
    "BearerToken",
    "Format",
    "OwnerAccount",
    "OwnerId",
    "ResourceOwnerAccount",
    "ResourceOwnerId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

/// The emulated cloud behind its door: requests in, answers out, without a socket.
#[derive(Debug, Clone)]
pub struct Emulator {
    world: World,
    initial: World,
    keys: Keyring,
    nonces: Nonces,
    calls: BTreeMap<&'static str, u64>,
    fixed_clock: Option<Timestamp>,
}

impl Emulator {
    /// An emulator with the world of `data` (a saved one), else of `options.initial`, else an empty one.
    pub fn new(options: &Options, data: Option<&[u8]>) -> Result<Self, WorldError> {
        let rules = Rules { settle: options.settle, seed: options.seed, settings: options.settings.clone() };
        let initial = match &options.initial {
            // A world that is not needed is not looked at.
            Some(text) if data.is_none() => World::from_json(text, rules.clone())?,
            _ => World::new(rules.clone()),
        };
        Ok(Self {
            world: data.map_or_else(|| Ok(initial.clone()), |text| World::from_json(text, rules))?,
            initial,
            keys: Keyring::new(options.keys.clone()),
            nonces: Nonces::default(),
            calls: BTreeMap::new(),
            fixed_clock: options.fixed_clock,
        })
    }

    /// The world as it is.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Answers a request made at `now`.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Answer {
        match request.path.strip_prefix("/_emulator/") {
            Some(control) => self.control(&request.method, control),
            None if is_sls(request) => self.sls(request, now),
            None => self.rpc(request, now),
        }
    }

    fn control(&mut self, method: &str, path: &str) -> Answer {
        match (method, path) {
            ("GET", "world") => Answer::json(200, &self.world.to_json()),
            ("GET", "calls") => Answer::json(200, &json!(self.calls)),
            ("POST", "reset") => {
                self.world = self.initial.clone().as_change_of(&self.world);
                self.calls.clear();
                Answer::json(200, &json!({}))
            }
            _ => Answer::json(404, &json!({ "error": format!("The emulator has no {method} /_emulator/{path}.") })),
        }
    }

    fn rpc(&mut self, request: &Request, now: Timestamp) -> Answer {
        let outcome = self.rpc_outcome(request, now);
        let id = self.world.rpc_request_id();
        match outcome {
            Ok(mut fields) => {
                fields.insert("RequestId".to_owned(), json!(id));
                Answer::json(200, &Json::Object(fields))
            }
            Err(Refusal { status, code, message }) => {
                let recommend = format!("https://api.aliyun.com/troubleshoot?q={code}&product=Cbn&requestId={id}");
                let body = json!({
                    "RequestId": id, "HostId": request.host, "Code": code, "Message": message, "Recommend": recommend,
                });
                Answer::json(status, &body)
            }
        }
    }

    fn rpc_outcome(&mut self, request: &Request, now: Timestamp) -> Result<Map<String, Json>, Refusal> {
        if request.header("authorization").is_some_and(|text| text.starts_with("ACS3-")) {
            let message =
                "ACS3 signatures are not supported: sign with SignatureMethod HMAC-SHA1, SignatureVersion 1.0.";
            return Err(Refusal::new(400, "InvalidSignatureMethod", message));
        }
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Refusal::new(400, "UnsupportedHTTPMethod", "This http method is not supported."));
        }
        let all = parameters(request);
        let common = |name: &'static str| {
            all.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| {
                Refusal::of(400, format!("Missing{name}"), format!("{name} is mandatory for this action."))
            })
        };
        let (action, version) = (common("Action")?, common("Version")?);
        let identity = version == "2015-04-01" && action == GET_CALLER_IDENTITY;
        if let Some(name) = if identity { Some(GET_CALLER_IDENTITY) } else { World::action_name(action) } {
            *self.calls.entry(name).or_default() += 1;
        }
        let checked_at = self.fixed_clock.unwrap_or(now);
        let key = rpc::verify(&self.keys, &request.method, &all, checked_at)?;
        if !self.nonces.take(&key.id, common("SignatureNonce")?, checked_at) {
            return Err(Refusal::new(400, "SignatureNonceUsed", "Specified signature nonce was used already."));
        }
        match version {
            "2015-04-01" if identity => Ok(caller_identity(&key.account, key.token.is_some())),
            "2017-09-12" => {
                let own = all.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
                let params = Params::new(own.map(|(name, value)| (name.clone(), value.clone())).collect());
                self.world.rpc(&key.account, action, &params, now)
            }
            "2015-04-01" => {
                let message = "Specified api is not found, please check your url and method.";
                Err(Refusal::new(404, "InvalidApi.NotFound", message))
            }
            _ => Err(Refusal::new(400, "InvalidVersion", "Specified parameter Version is not valid.")),
        }
    }

    fn sls(&mut self, request: &Request, now: Timestamp) -> Answer {
        let outcome = self.sls_outcome(request, now);
        let mut answer = match outcome {
            Ok(Some(body)) => Answer::json(200, &body),
            Ok(None) => Answer { status: 200, headers: Vec::new(), body: Vec::new() },
            Err(refusal) => {
                let body = json!({ "errorCode": refusal.code, "errorMessage": refusal.message });
                Answer::json(refusal.status, &body)
            }
        };
        answer.headers.push(("x-log-requestid", self.world.sls_request_id()));
        answer.headers.push(("x-log-time", now.as_second().to_string()));
        answer
    }

    fn sls_outcome(&mut self, request: &Request, now: Timestamp) -> Result<Option<Json>, Refusal> {
        let place = Place::of(&request.host);
        let path = request.decoded_path();
        let query = pairs(&request.query);
        let mut call = SlsCall {
            account: "",
            now,
            region: place.region.as_deref(),
            project: place.project.as_deref(),
            method: &request.method,
            path: &path,
            query: query.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect(),
            body: &request.body,
        };
        if let Some(name) = call.name() {
            *self.calls.entry(name).or_default() += 1;
        }
        let key = sls::verify(&self.keys, request, self.fixed_clock.unwrap_or(now))?;
        call.account = &key.account;
        self.world.sls(&call)
    }
}

/// Whether a request is meant for SLS: by its signature, its headers or its host.
fn is_sls(request: &Request) -> bool {
    let scheme = request.header("authorization").unwrap_or_default();
    scheme.starts_with("LOG ")
        || scheme.starts_with("SLS4-")
        || request.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-log-"))
        || Place::is_sls(&request.host)
}

/// Query and form in one; where both have a name, the form's value counts (cloud-api 1).
fn parameters(request: &Request) -> BTreeMap<String, String> {
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    let body = if is_form { String::from_utf8_lossy(&request.body) } else { "".into() };
    let form = pairs(&body);
    pairs(&request.query).into_iter().chain(form).map(|(name, value)| (name, value.unwrap_or_default())).collect()
}

/// The answer of STS about a caller (cloud-api 15).
fn caller_identity(account: &str, temporary: bool) -> Map<String, Json> {
    let (kind, arn) = if temporary {
        ("AssumedRoleUser", format!("acs:sts::{account}:assumed-role/emulator/session"))
    } else {
        ("Account", format!("acs:ram::{account}:root"))
    };
    let fields = [
        ("AccountId", account),
        ("UserId", if temporary { "" } else { account }),
        ("RoleId", if temporary { "300000000000000001" } else { "" }),
        ("Arn", &arn),
        ("IdentityType", kind),
        ("PrincipalId", account),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}
