//! What stands before the world: telling the products apart, checking who calls, and putting answers into form.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::faults::{Fault, FaultError, Faults, RETRY_AFTER};
use super::held::Held;
use super::limit::Limiter;
use super::message::{Answer, Refusal, Request, pairs};
use super::options::{Options, Service};
use super::ram;
use super::signature::keyring::Keyring;
use super::signature::nonces::Nonces;
use super::signature::{rpc, sls};
use super::world::Params;
use super::world::codes::{TOKEN_PROCESSING, UNKNOWN_ACTION};
use super::world::file::WorldError;
use super::world::sls::call::Call as SlsCall;
use super::world::sls::host::Place;
use super::world::state::{Rules, World};

/// The versions of the two RPC products.
const CBN: &str = "2017-09-12";
const STS: &str = "2015-04-01";

const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

/// The emulated cloud behind its door: requests in, answers out, without a socket.
#[derive(Debug)]
pub struct Emulator {
    world: World,
    start: Start,
    keys: Keyring,
    nonces: Nonces,
    calls: BTreeMap<&'static str, u64>,
    fixed_clock: Option<Timestamp>,
    faults: Faults,
    limiter: Option<Limiter>,
    latency: Duration,
    held: Held,
}

/// What the world begins as.
#[derive(Debug)]
struct Start {
    rules: Rules,
    initial: Option<Vec<u8>>,
}

impl Start {
    fn world(&self) -> Result<World, WorldError> {
        let rules = self.rules.clone();
        self.initial
            .as_ref()
            .map_or_else(|| Ok(World::new(rules.clone())), |text| World::from_json(text, rules.clone()))
    }
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer; without one the connection closes.
    pub answer: Option<Answer>,
    /// How long it is held back.
    pub delay: Duration,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer: Some(answer), delay: Duration::ZERO }
    }
}

impl Emulator {
    /// An emulator with the world of `data` (a saved one), else of `options.initial`, else an empty one.
    pub fn new(options: &Options, data: Option<&[u8]>) -> Result<Self, WorldError> {
        let rules = Rules {
            settle: options.settle,
            stale: options.stale,
            write_domains: options.write_domains,
            seed: options.seed,
            settings: options.settings.clone(),
        };
        let start = Start { rules, initial: options.initial.clone() };
        Ok(Self {
            world: data.map_or_else(|| start.world(), |text| World::from_json(text, start.rules.clone()))?,
            start,
            keys: Keyring::new(options.keys.clone()),
            nonces: Nonces::default(),
            calls: BTreeMap::new(),
            fixed_clock: options.fixed_clock,
            faults: Faults::default(),
            limiter: options.rate_limit.map(Limiter::new),
            latency: options.latency,
            held: Held::default(),
        })
    }

    /// The world as it is.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Takes a list of faults (JSON) in place of those that there were.
    pub fn set_faults(&mut self, text: &[u8]) -> Result<(), FaultError> {
        self.faults = Faults::from_json(text, self.start.rules.seed)?;
        Ok(())
    }

    /// Answers a request made at `now`.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Reply {
        let mut reply = match request.path.strip_prefix("/_emulator/") {
            Some(control) => {
                // Who looks from outside sees what the next call would.
                self.world.settle(now);
                self.control(request, control).into()
            }
            None => self.serve(request, now),
        };
        // Without a clock of its own the socket puts the time on answers.
        if let (Some(answer), Some(clock)) = (&mut reply.answer, self.fixed_clock) {
            answer.headers.push(("date", clock.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
        }
        reply
    }

    /// Answers a request made at `now` whose body did not come whole or has more than `limit` bytes, whatever else it
    /// says. No source has the texts of the services for this.
    pub fn refuse_body(&mut self, request: &Request, limit: usize, now: Timestamp) -> Answer {
        let message = format!("The body of a request must come whole and can have at most {limit} bytes.");
        if is_sls(request) {
            self.sls_answer(Err(Refusal::of(413, "PostBodyTooLarge", message)), now)
        } else {
            self.rpc_answer(Err(Refusal::of(413, "RequestTooLarge", message)), &request.host)
        }
    }

    /// Answers a call of a service.
    fn serve(&mut self, request: &Request, now: Timestamp) -> Reply {
        let call = (!is_sls(request)).then(|| rpc::Call::of(request));
        let action = match &call {
            Some(call) => rpc_action(&call.action()),
            None => sls_action(request, now),
        };
        let fault = action.and_then(|name| {
            *self.calls.entry(name).or_default() += 1;
            self.faults.next(name)
        });
        let mut delay = self.latency;
        let refused = match &fault {
            Some(Fault::DropRequest) => return Reply { answer: None, delay },
            Some(Fault::Refuse(refusal)) => Some(refusal.clone()),
            Some(Fault::Throttle) => Some(self.throttled(call.is_none(), RETRY_AFTER)),
            Some(Fault::Delay(more)) => {
                delay = delay.saturating_add(*more);
                None
            }
            Some(Fault::ForgetTokens) => {
                self.world.forget_tokens();
                None
            }
            Some(Fault::DropReply) | None => None,
        };
        let answer = if let Some(call) = &call {
            let outcome = refused.map_or_else(|| self.rpc(request, call, now, delay), Err);
            self.rpc_answer(outcome, &request.host)
        } else {
            let outcome = refused.map_or_else(|| self.sls(request, action, now), Err);
            self.sls_answer(outcome, now)
        };
        Reply { answer: (fault != Some(Fault::DropReply)).then_some(answer), delay }
    }

    /// The time that this server goes by towards its callers.
    fn server_time(&self, now: Timestamp) -> Timestamp {
        self.fixed_clock.unwrap_or(now)
    }

    /// How a call is refused that is one too many (cloud-api 3.2, 8.2).
    fn throttled(&self, sls: bool, wait: Duration) -> Refusal {
        let refusal = if sls {
            Refusal::new(503, "ServerBusy", "The server is busy.")
        } else {
            Refusal::new(400, "Throttling.User", "Request was denied due to user flow control.")
        };
        Refusal { retry_after: Some(wait), ..self.start.rules.settings.with_status(refusal) }
    }

    /// Counts a call of an account against the rate limit.
    fn check_rate(
        &mut self,
        sls: bool,
        account: &str,
        region: &str,
        action: Option<&'static str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (Some(limiter), Some(action)) = (&mut self.limiter, action) else { return Ok(()) };
        let taken = limiter.take((account.to_owned(), region.to_owned(), action), now);
        taken.map_err(|wait| self.throttled(sls, wait))
    }

    fn control(&mut self, request: &Request, path: &str) -> Answer {
        match (request.method.as_str(), path) {
            ("GET", "world") => Answer::json(200, &self.world.to_json()),
            ("GET", "calls") => Answer::json(200, &json!(self.calls)),
            ("POST", "reset") => match self.start.world() {
                Ok(world) => {
                    self.world = world.in_place_of(&self.world);
                    self.calls.clear();
                    Answer::json(200, &json!({}))
                }
                Err(error) => Answer::json(400, &json!({ "error": error.to_string() })),
            },
            ("POST", "faults") => match self.set_faults(&request.body) {
                Ok(()) => Answer::json(200, &json!({})),
                Err(error) => Answer::json(400, &json!({ "error": error.to_string() })),
            },
            (method, _) => {
                Answer::json(404, &json!({ "error": format!("The emulator has no {method} /_emulator/{path}.") }))
            }
        }
    }

    /// Answers an RPC call whose answer is held back for `delay`.
    fn rpc(
        &mut self,
        request: &Request,
        call: &rpc::Call<'_>,
        now: Timestamp,
        delay: Duration,
    ) -> Result<Map<String, Json>, Refusal> {
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Refusal::new(400, "UnsupportedHTTPMethod", "This http method is not supported."));
        }
        if !matches!(request.path.as_str(), "" | "/") {
            return Err(UNKNOWN_ACTION);
        }
        let checked_at = self.server_time(now);
        let key = call.verify(&self.keys, checked_at)?;
        if !self.nonces.take(&key.id, &call.nonce(), checked_at) {
            return Err(Refusal::new(400, "SignatureNonceUsed", "Specified signature nonce was used already."));
        }
        let (account, is_temporary) = (key.account.clone(), key.token.is_some());
        let (action, region) = (call.action(), call.param("RegionId").unwrap_or_default());
        self.check_rate(false, &account, region, rpc_action(&action), now)?;
        match call.version().as_str() {
            STS if action == GET_CALLER_IDENTITY => Ok(caller_identity(&account, is_temporary)),
            STS => Err(UNKNOWN_ACTION),
            ram::VERSION if action == ram::GET_ROLE => {
                ram::get_role(&account, call.param("RoleName"), &self.start.rules.settings)
            }
            ram::VERSION => Err(UNKNOWN_ACTION),
            CBN => {
                let token = call.param("ClientToken").filter(|_| World::takes_token(&action));
                let until = now.checked_add(delay).unwrap_or(Timestamp::MAX);
                if token.is_some_and(|token| !self.held.begin(&account, token, now, until)) {
                    return Err(TOKEN_PROCESSING);
                }
                self.world.rpc(&account, &action, &Params::new(call.own_params()), now)
            }
            _ => Err(Refusal::new(400, "InvalidVersion", "Specified parameter Version is not valid.")),
        }
    }

    fn rpc_answer(&mut self, outcome: Result<Map<String, Json>, Refusal>, host: &str) -> Answer {
        let id = self.world.rpc_request_id();
        match outcome {
            Ok(mut fields) => {
                fields.insert("RequestId".to_owned(), json!(id));
                Answer::json(200, &Json::Object(fields))
            }
            Err(refusal) => {
                let Refusal { code, message, .. } = &refusal;
                let recommend = format!("https://api.aliyun.com/troubleshoot?q={code}&product=Cbn&requestId={id}");
                let body = json!({
                    "RequestId": id, "HostId": host, "Code": code, "Message": message, "Recommend": recommend,
                });
                refusal.answer(&body)
            }
        }
    }

    fn sls(
        &mut self,
        request: &Request,
        action: Option<&'static str>,
        now: Timestamp,
    ) -> Result<Option<Json>, Refusal> {
        let (place, path) = (Place::of(&request.host), request.decoded_path());
        let key = sls::verify(&self.keys, request, place.region.as_deref(), self.server_time(now))?;
        // So the real service says that it is not activated, whatever state the key is in.
        if self.start.rules.settings.log_service == Service::Closed {
            return Err(Refusal::of(401, "Unauthorized", format!("AccessKeyId {} is inactive", key.id)));
        }
        let account = key.account.clone();
        self.check_rate(true, &account, place.region.as_deref().unwrap_or_default(), action, now)?;
        let answer = self.world.sls_as_listed(&sls_call(request, &place, &path, &account, now));
        answer.map_err(|refusal| self.start.rules.settings.with_status(refusal))
    }

    fn sls_answer(&mut self, outcome: Result<Option<Json>, Refusal>, now: Timestamp) -> Answer {
        let mut answer = match outcome {
            Ok(Some(body)) => Answer::json(200, &body),
            Ok(None) => Answer { status: 200, headers: Vec::new(), body: Vec::new() },
            Err(refusal) => refusal.answer(&json!({ "errorCode": refusal.code, "errorMessage": refusal.message })),
        };
        answer.headers.push(("x-log-requestid", self.world.sls_request_id()));
        answer.headers.push(("x-log-time", self.server_time(now).as_second().to_string()));
        answer
    }
}

fn sls_call<'a>(
    request: &'a Request,
    place: &'a Place,
    path: &'a str,
    account: &'a str,
    now: Timestamp,
) -> SlsCall<'a> {
    let query = pairs(&request.query).into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect();
    SlsCall {
        account,
        now,
        region: place.region.as_deref(),
        project: place.project.as_deref(),
        method: &request.method,
        path,
        query,
        body: &request.body,
    }
}

/// The name of an SLS call, if it is one that is known.
fn sls_action(request: &Request, now: Timestamp) -> Option<&'static str> {
    let (place, path) = (Place::of(&request.host), request.decoded_path());
    sls_call(request, &place, &path, "", now).name()
}

/// The name of an RPC action, if it is one that is known.
fn rpc_action(name: &str) -> Option<&'static str> {
    match name {
        GET_CALLER_IDENTITY => Some(GET_CALLER_IDENTITY),
        ram::GET_ROLE => Some(ram::GET_ROLE),
        action => World::action_name(action),
    }
}

/// Whether a request is meant for SLS: by its signature, its headers or its host.
fn is_sls(request: &Request) -> bool {
    let scheme = request.header("authorization").unwrap_or_default();
    scheme.starts_with("LOG ")
        || scheme.starts_with("SLS4-")
        || request.header_names().iter().any(|name| name.starts_with("x-log-"))
        || Place::is_sls(&request.host)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::signature::vectors;

    /// An emulator that stands at the time of a captured request and knows its key, and the request.
    fn captured(id: &str) -> (Emulator, Request) {
        let vector = vectors::one(id);
        (vector.emulator(), vector.request)
    }

    fn ask(emulator: &mut Emulator, request: &Request) -> (u16, Json) {
        let answer = emulator.handle(request, "2026-11-22T10:00:00Z".parse().unwrap()).answer.unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    #[test]
    fn requests_of_official_sdks_get_through_to_the_world() {
        for id in ["rpc_v1_hmac_sha1-13", "acs3_hmac_sha256-05"] {
            let (mut emulator, describe) = captured(id);
            assert_eq!(ask(&mut emulator, &describe).1["TotalCount"], "0", "{id}");
            let (_, calls) = ask(&mut emulator, &control("calls"));
            assert_eq!(calls, json!({ "DescribeFlowlogs": 1 }), "{id}");
        }
        for id in ["rpc_v1_hmac_sha1-01", "rpc_v1_hmac_sha1-11", "acs3_hmac_sha256-01", "acs3_hmac_sha256-02"] {
            let (mut emulator, create) = captured(id);
            assert_eq!(ask(&mut emulator, &create).1["Code"], "InvalidParameter.CenId", "{id}");
        }
        for id in ["sls_v1_hmac_sha1-02", "sls_v1_hmac_sha256-02", "sls_v4_hmac_sha256-02"] {
            let (mut emulator, make) = captured(id);
            assert_eq!(ask(&mut emulator, &make), (200, Json::Null), "{id}, with or without a project in its host");
            assert_eq!(emulator.world().to_json()["Projects"][0]["projectName"], "flowlog-project", "{id}");
        }
    }

    fn control(path: &str) -> Request {
        Request { method: "GET".to_owned(), path: format!("/_emulator/{path}"), ..Request::default() }
    }

    #[test]
    fn the_root_is_the_only_path_of_rpc() {
        for id in ["rpc_v1_hmac_sha1-13", "acs3_hmac_sha256-05"] {
            let (mut emulator, mut request) = captured(id);
            request.path = "/other".to_owned();
            assert_eq!(ask(&mut emulator, &request).1["Code"], "InvalidApi.NotFound", "{id}");
        }
    }
}
