//! Requests of official SDKs with their signatures, as they were captured.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::keyring::Keyring;
use crate::emulator::gateway::Emulator;
use crate::emulator::message::Request;
use crate::emulator::options::{AccessKey, Options};

/// The version of signatures that a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Scheme {
    RpcV1,
    Acs3,
    SlsV1,
    SlsV4,
}

const GROUPS: &[(&str, Scheme, usize)] = &[
    ("rpc_v1_hmac_sha1", Scheme::RpcV1, 11),
    ("acs3_hmac_sha256", Scheme::Acs3, 8),
    ("sls_v1_hmac_sha1", Scheme::SlsV1, 12),
    ("sls_v1_hmac_sha256", Scheme::SlsV1, 4),
    ("sls_v4_hmac_sha256", Scheme::SlsV4, 9),
];

/// A captured request, who made it, and when.
#[derive(Debug, Clone)]
pub(in crate::emulator) struct Vector {
    pub(in crate::emulator) id: String,
    pub(in crate::emulator) scheme: Scheme,
    pub(in crate::emulator) request: Request,
    pub(in crate::emulator) key: AccessKey,
    /// The text that was signed, or in the newer versions hashed and signed.
    pub(in crate::emulator) canonical: String,
    /// The signature as it stands in the request.
    pub(in crate::emulator) signature: String,
    pub(in crate::emulator) time: Timestamp,
}

/// All of them.
pub(in crate::emulator) fn all() -> Vec<Vector> {
    let vectors: Json = serde_json::from_str(include_str!("../../../tests/data/signature-vectors.json")).unwrap();
    assert_eq!(vectors.as_object().unwrap().len(), GROUPS.len() + 1, "the groups and what is said of all");
    let mut all = Vec::new();
    for (group, scheme, count) in GROUPS {
        let cases = vectors[*group].as_array().unwrap();
        assert_eq!(cases.len(), *count, "{group}");
        all.extend(cases.iter().map(|case| vector(*scheme, case, &vectors["meta"])));
    }
    all
}

/// One of them by its id.
pub(in crate::emulator) fn one(id: &str) -> Vector {
    all().into_iter().find(|vector| vector.id == id).unwrap()
}

fn vector(scheme: Scheme, case: &Json, meta: &Json) -> Vector {
    let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
    let headers = case["headers"].as_object().into_iter().flatten();
    let is_v1 = scheme == Scheme::RpcV1;
    let request = Request {
        method: text("method"),
        host: if is_v1 { "cbn.aliyuncs.com".to_owned() } else { text("host") },
        path: text(if is_v1 { "final_path" } else { "path" }),
        query: text("final_query"),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        body: if is_v1 { text("final_body").into_bytes() } else { BASE64.decode(text("body_base64")).unwrap() },
    };
    let canonical = match scheme {
        Scheme::RpcV1 => "string_to_sign",
        Scheme::SlsV1 => "canonical_string",
        Scheme::Acs3 | Scheme::SlsV4 => "canonical_request",
    };
    let token = case["security_token"].as_str();
    let signature = if is_v1 { text("signature") } else { text("authorization") };
    Vector {
        id: text("id"),
        scheme,
        request,
        key: AccessKey::new(&text("access_key_id"), &text("access_key_secret"), "1000000000000001", token),
        canonical: text(canonical),
        signature: signature.rsplit([':', ',']).next().unwrap().trim_start_matches("Signature=").to_owned(),
        time: meta["clock_utc"].as_str().unwrap().parse().unwrap(),
    }
}

impl Vector {
    /// A keyring with the key that signed.
    pub(in crate::emulator) fn keyring(&self) -> Keyring {
        Keyring::new(vec![self.key.clone()])
    }

    /// An emulator that knows the key and stands at the time of the request.
    pub(in crate::emulator) fn emulator(&self) -> Emulator {
        let options = Options { keys: vec![self.key.clone()], fixed_clock: Some(self.time), ..Options::default() };
        Emulator::new(&options, None).unwrap()
    }

    /// Gives a header another value; without one, takes it away.
    pub(in crate::emulator) fn set_header(&mut self, name: &str, value: Option<&str>) {
        self.request.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.request.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
}
