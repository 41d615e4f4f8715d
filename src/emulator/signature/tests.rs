//! Every captured request as it is, and with one thing changed.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::vectors::{self, Scheme, Vector};
use super::{rpc, sls};
use crate::base::secret::Secret;
use crate::emulator::gateway::Emulator;
use crate::emulator::message::{Refusal, Request};
use crate::emulator::world::sls::host::Place;

/// What is changed, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// GET for POST and the other way round.
    Method,
    /// Another host of the same service, and in Log Service of the same region.
    Host,
    /// The host of another region.
    Region,
    /// A byte of the body; where there is none, a body.
    Body,
    /// A byte of the query.
    Query,
    /// A parameter more.
    Parameter,
    /// The secret that the service knows.
    Secret,
    /// A digit of the signature.
    Signature,
    /// The time of the service: 15 minutes and a second later.
    Late,
    /// The time of the service: 15 minutes and a second earlier.
    Early,
    /// The time in the request, by a second.
    Time,
    /// The nonce.
    Nonce,
    /// Nothing, but it comes a second time.
    Repeated,
    /// A header of the service that official clients sign.
    SignedHeader,
    /// A header of the service that is not among those that were signed.
    ExtraHeader,
    /// The security token that belongs to the key.
    Token,
    /// The id of the key that the service knows.
    KeyId,
}

const CHANGES: &[Change] = &[
    Change::Method,
    Change::Host,
    Change::Region,
    Change::Body,
    Change::Query,
    Change::Parameter,
    Change::Secret,
    Change::Signature,
    Change::Late,
    Change::Early,
    Change::Time,
    Change::Nonce,
    Change::Repeated,
    Change::SignedHeader,
    Change::ExtraHeader,
    Change::Token,
    Change::KeyId,
];

/// What is to come of a change.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The version does not sign it.
    Accepted,
    /// Status, code and text.
    Refused(u16, String, String),
    /// Status, code, and how the text begins.
    Begins(u16, &'static str, &'static str),
    /// The request has nothing of the sort.
    Nothing,
}

fn refused(status: u16, code: &str, text: &str) -> Outcome {
    Outcome::Refused(status, code.to_owned(), text.to_owned())
}

/// A request with a change, and the service's time when it comes.
fn changed(vector: &Vector, change: Change) -> (Vector, Timestamp) {
    let mut other = vector.clone();
    let mut now = vector.time;
    let skew = SignedDuration::from_secs(15 * 60 + 1);
    let is_sls = matches!(vector.scheme, Scheme::SlsV1 | Scheme::SlsV4);
    let request = &mut other.request;
    match change {
        Change::Method => request.method = if request.method == "GET" { "POST" } else { "GET" }.to_owned(),
        Change::Host if is_sls => request.host = format!("other-{}", request.host),
        Change::Host => "cen.vpc-proxy.aliyuncs.com".clone_into(&mut request.host),
        Change::Region => request.host = request.host.replace("cn-hangzhou", "cn-shanghai"),
        Change::Body => match (vector.scheme, request.body.first_mut()) {
            (_, Some(byte)) => *byte ^= 1,
            (Scheme::RpcV1, None) => {
                request.body = b"zz=1".to_vec();
                request.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            }
            (_, None) => request.body = b"x".to_vec(),
        },
        Change::Query => {
            let end = request.query.find('&').unwrap_or(request.query.len());
            let last = if request.query[..end].ends_with('x') { "y" } else { "x" };
            request.query.replace_range(end.saturating_sub(1)..end, last);
        }
        Change::Parameter if request.query.is_empty() => request.query.push_str("zz=1"),
        Change::Parameter => request.query.push_str("&zz=1"),
        Change::Secret => other.key.secret = Secret::new("wrong".to_owned()),
        Change::Signature => {
            let first = if vector.signature.starts_with('b') { "c" } else { "b" };
            let wrong = format!("{first}{}", &vector.signature[1..]);
            let encoded = |text: &str| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            request.query = request.query.replace(&encoded(&vector.signature), &encoded(&wrong));
            for (_, value) in &mut request.headers {
                *value = value.replace(&vector.signature, &wrong);
            }
            other.signature = wrong;
        }
        Change::Late => now += skew,
        Change::Early => now -= skew,
        Change::Time => {
            request.query = request.query.replace("01%3A02%3A03Z", "01%3A02%3A04Z");
            for (name, value) in &mut request.headers {
                if !name.eq_ignore_ascii_case("authorization") {
                    *value = value.replace("01:02:03", "01:02:04").replace("T010203Z", "T010204Z");
                }
            }
        }
        Change::Nonce => {
            request.query = request.query.replace("3ee8c1b8", "4ee8c1b8");
            for (_, value) in &mut request.headers {
                *value = value.replace("3ee8c1b8", "4ee8c1b8");
            }
        }
        Change::Repeated => {}
        Change::SignedHeader => match vector.scheme {
            Scheme::RpcV1 | Scheme::Acs3 => other.set_header("x-acs-version", Some("2017-09-13")),
            Scheme::SlsV1 | Scheme::SlsV4 => other.set_header("x-log-bodyrawsize", Some("7")),
        },
        Change::ExtraHeader if is_sls => other.set_header("x-log-extra", Some("1")),
        Change::ExtraHeader => other.set_header("x-acs-extra", Some("1")),
        Change::Token => other.key.token = Some(Secret::new("another".to_owned())),
        Change::KeyId => "another".clone_into(&mut other.key.id),
    }
    (other, now)
}

/// What must come of a change. Each pair of version and change is named.
fn expected(vector: &Vector, change: Change) -> Outcome {
    use Change as C;
    use Scheme::{Acs3, RpcV1, SlsV1, SlsV4};
    let not_matched = |text: &str| {
        let text = match vector.scheme {
            RpcV1 => {
                format!("Specified signature is not matched with our calculation. server string to sign is:{text}")
            }
            _ => format!(
                "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n{}] \
                 server CanonicalRequest is [{text}]",
                hash(text)
            ),
        };
        refused(400, "SignatureDoesNotMatch", &text)
    };
    let signature = format!("Signature {} not matched.", vector.signature);
    let canonical = vector.canonical.as_str();
    let (method, other) =
        if vector.request.method == "GET" { ("GET", "POST") } else { (vector.request.method.as_str(), "GET") };
    let other_method = || canonical.replacen(method, other, 1);
    match (vector.scheme, change) {
        (RpcV1 | Acs3, C::Method) => not_matched(&other_method()),
        (RpcV1, C::Body | C::Parameter) => not_matched(&format!("{canonical}%26zz%3D1")),
        (RpcV1, C::Time) => not_matched(&canonical.replace("01%253A02%253A03Z", "01%253A02%253A04Z")),
        (RpcV1 | Acs3, C::Nonce) => not_matched(&canonical.replace("3ee8c1b8", "4ee8c1b8")),
        (RpcV1 | Acs3, C::Secret | C::Signature) => not_matched(canonical),
        (RpcV1, C::Query) => Outcome::Begins(
            400,
            "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation. server string to sign is:",
        ),
        (Acs3, C::Query) => Outcome::Begins(
            400,
            "SignatureDoesNotMatch",
            "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n",
        ),
        (Acs3, C::Host) => not_matched(&canonical.replace("host:cbn.aliyuncs.com", "host:cen.vpc-proxy.aliyuncs.com")),
        (Acs3, C::Body) => {
            let (head, _) = canonical.rsplit_once('\n').unwrap();
            not_matched(&format!("{head}\n2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"))
        }
        (Acs3, C::Parameter) => {
            let lines: Vec<&str> = canonical.splitn(4, '\n').collect();
            not_matched(&format!("{}\n{}\n{}&zz=1\n{}", lines[0], lines[1], lines[2], lines[3]))
        }
        (Acs3, C::Time) => not_matched(&canonical.replace("01:02:03", "01:02:04")),
        (Acs3, C::SignedHeader) => not_matched(&canonical.replace("2017-09-12", "2017-09-13")),
        (Acs3, C::ExtraHeader) => {
            refused(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
        }
        // Version 1 signs parameters and nothing else; the official SDKs send headers that say the same.
        (RpcV1, C::Host | C::SignedHeader | C::ExtraHeader) => Outcome::Accepted,
        (RpcV1 | Acs3, C::Region) => Outcome::Nothing,
        (RpcV1 | Acs3, C::Late | C::Early) => {
            refused(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        }
        (RpcV1 | Acs3, C::Repeated) => {
            refused(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        }
        (RpcV1 | Acs3, C::Token) if vector.key.token.is_none() => {
            refused(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
        }
        (RpcV1 | Acs3, C::Token) => refused(
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ),
        (RpcV1 | Acs3, C::KeyId) => refused(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
        // Version 1 signs no host: what it names is another project, or this one in another region.
        (SlsV1, C::Host | C::Region) => Outcome::Accepted,
        (SlsV1, C::Body) => refused(400, "ParameterInvalid", "The header Content-MD5 does not match the body."),
        (SlsV4, C::Body) => {
            refused(400, "ParameterInvalid", "The header x-log-content-sha256 does not match the body.")
        }
        (SlsV1 | SlsV4, C::Query) if vector.request.query.is_empty() => Outcome::Nothing,
        (SlsV1 | SlsV4, C::Signature) => {
            let first = if vector.signature.starts_with('b') { "c" } else { "b" };
            let text = format!("Signature {first}{} not matched.", &vector.signature[1..]);
            refused(401, "SignatureNotMatch", &text)
        }
        (SlsV4, C::Host | C::Region)
        | (
            SlsV1 | SlsV4,
            C::Method | C::Query | C::Parameter | C::Secret | C::Time | C::SignedHeader | C::ExtraHeader,
        ) => refused(401, "SignatureNotMatch", &signature),
        (SlsV1 | SlsV4, C::Late) => refused(
            400,
            "RequestTimeExpired",
            "Request time 1757379723 has been expired while server time is 1757380624.",
        ),
        (SlsV1 | SlsV4, C::Early) => refused(
            400,
            "RequestTimeExpired",
            "Request time 1757379723 has been expired while server time is 1757378822.",
        ),
        // Log Service has no nonces: within the 15 minutes a request may come again.
        (SlsV1 | SlsV4, C::Nonce) => Outcome::Nothing,
        (SlsV1 | SlsV4, C::Repeated) => Outcome::Accepted,
        (SlsV1 | SlsV4, C::Token) => refused(401, "Unauthorized", "The security token you provided is invalid."),
        (SlsV1 | SlsV4, C::KeyId) => refused(401, "Unauthorized", &format!("AccessKeyId not found: {}", vector.key.id)),
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

/// Codes of calls whose sender is not believed.
const DOUBTS: &[&str] = &[
    "IncompleteSignature",
    "InvalidAccessKeyId.NotFound",
    "InvalidSecurityToken.MismatchWithAccessKey",
    "InvalidSignatureMethod",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "MissingSecurityToken",
    "RequestTimeExpired",
    "SignatureDoesNotMatch",
    "SignatureNonceUsed",
    "SignatureNotMatch",
    "Unauthorized",
];

/// What the whole emulator says: status, code and text.
fn ask(emulator: &mut Emulator, request: &Request) -> (u16, String, String) {
    let answer = emulator.handle(request, "2026-11-22T10:00:00Z".parse().unwrap()).answer.unwrap();
    let body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |rpc: &str, sls: &str| body[rpc].as_str().or(body[sls].as_str()).unwrap_or_default().to_owned();
    (answer.status, text("Code", "errorCode"), text("Message", "errorMessage"))
}

/// What the check of signatures alone says.
fn verify(vector: &Vector, now: Timestamp) -> Result<(), Refusal> {
    let keys = vector.keyring();
    match vector.scheme {
        Scheme::RpcV1 | Scheme::Acs3 => rpc::Call::of(&vector.request).verify(&keys, now).map(|_| ()),
        Scheme::SlsV1 | Scheme::SlsV4 => {
            let place = Place::of(&vector.request.host);
            sls::verify(&keys, &vector.request, place.region.as_deref(), now).map(|_| ())
        }
    }
}

#[test]
fn requests_of_official_sdks_are_believed() {
    for vector in vectors::all() {
        assert_eq!(verify(&vector, vector.time), Ok(()), "{}", vector.id);
        let (status, code, text) = ask(&mut vector.emulator(), &vector.request);
        let is_answer = status == 200 || [400, 404].contains(&status) && !code.is_empty();
        assert!(is_answer && !DOUBTS.contains(&code.as_str()), "{}: {status} {code} {text}", vector.id);
    }
}

#[test]
fn a_request_with_one_thing_changed_is_refused_in_the_words_of_the_service() {
    for vector in vectors::all() {
        for &change in CHANGES {
            let what = format!("{} with another {change:?}", vector.id);
            let wanted = expected(&vector, change);
            if wanted == Outcome::Nothing {
                continue;
            }
            let (mut other, now) = changed(&vector, change);
            let checked = verify(&other, now)
                .map_err(|refusal| (refusal.status, refusal.code.into_owned(), refusal.message.into_owned()));
            other.time = now;
            let mut emulator = other.emulator();
            let mut said = ask(&mut emulator, &other.request);
            if change == Change::Repeated {
                assert!(!DOUBTS.contains(&said.1.as_str()), "{what}, the first time: {said:?}");
                assert_eq!(checked, Ok(()), "{what}: only the emulator remembers");
                said = ask(&mut emulator, &other.request);
            } else if wanted != Outcome::Accepted {
                assert_eq!(checked.as_ref(), Err(&said), "{what}");
            }
            match wanted {
                Outcome::Accepted => assert!(!DOUBTS.contains(&said.1.as_str()), "{what}: {said:?}"),
                Outcome::Refused(status, code, text) => assert_eq!(said, (status, code, text), "{what}"),
                Outcome::Begins(status, code, start) => {
                    assert_eq!((said.0, said.1.as_str()), (status, code), "{what}");
                    assert!(said.2.starts_with(start) && said.2.len() > start.len(), "{what}: {}", said.2);
                }
                Outcome::Nothing => {}
            }
        }
    }
}
