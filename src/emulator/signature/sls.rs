//! SLS signature version 1, `LOG` (cloud-api 2.3), and the headers that every SLS call carries (8.1, 8.2).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use md5::{Digest, Md5};

use super::keyring::{Hash, Keyring, is_current, matches};

use crate::base::secret::Secret;
use crate::emulator::message::{Refusal, Request, hex, pairs};
use crate::emulator::options::AccessKey;

/// Finds out who sent a request. `now` is the time to check against.
pub fn verify<'a>(keys: &'a Keyring, request: &Request, now: Timestamp) -> Result<&'a AccessKey, Refusal> {
    let authorization = request.header("authorization").ok_or(Refusal::new(
        401,
        "Unauthorized",
        "The Authorization header is missing.",
    ))?;
    let (scheme, credential) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if scheme != "LOG" {
        let message = format!("The signature {scheme} is not supported: sign with LOG (version 1).");
        return Err(Refusal::of(401, "Unauthorized", message));
    }
    check_headers(request, now)?;
    let hash = match request.header("x-log-signaturemethod") {
        Some("hmac-sha1") => Hash::Sha1,
        Some("hmac-sha256") => Hash::Sha256,
        _ => {
            let message = "The header x-log-signaturemethod must be hmac-sha1 or hmac-sha256.";
            return Err(Refusal::new(400, "ParameterInvalid", message));
        }
    };
    let (id, signature) = credential.split_once(':').unwrap_or((credential, ""));
    let key = keys.find(id).ok_or_else(|| Refusal::of(401, "Unauthorized", format!("AccessKeyId not found: {id}")))?;
    if key.token.as_ref().map(Secret::expose) != request.header("x-acs-security-token") {
        return Err(Refusal::new(401, "Unauthorized", "The security token you provided is invalid."));
    }
    if matches(hash, key.secret.expose(), &string_to_sign(request), signature) {
        return Ok(key);
    }
    Err(Refusal::of(401, "SignatureNotMatch", format!("Signature {signature} not matched.")))
}

fn check_headers(request: &Request, now: Timestamp) -> Result<(), Refusal> {
    match request.header("x-log-apiversion") {
        None => {
            return Err(Refusal::new(400, "MissingAPIVersion", "The header x-log-apiversion is missing."));
        }
        Some("0.6.0") => {}
        Some(other) => {
            let message = format!("The API version {other} is not supported: it is 0.6.0.");
            return Err(Refusal::of(400, "InvalidAPIVersion", message));
        }
    }
    // The official log SDK sends 0 with a body, and nothing at all with tags: only the form can be checked.
    if request.header("x-log-bodyrawsize").is_some_and(|size| size.parse::<u64>().is_err()) {
        return Err(Refusal::new(400, "InvalidBodyRawSize", "The header x-log-bodyrawsize is not a number."));
    }
    let date = request.header("date").ok_or(Refusal::new(400, "MissingDate", "The header Date is missing."))?;
    let time = DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
        .filter(|_| date.ends_with(" GMT"))
        .ok_or_else(|| Refusal::of(400, "InvalidDateFormat", format!("Date {date} must follow RFC822.")))?;
    if !is_current(time, now) {
        let (sent, server) = (time.as_second(), now.as_second());
        let message = format!("Request time {sent} has been expired while server time is {server}.");
        return Err(Refusal::of(400, "RequestTimeExpired", message));
    }
    let digest = request.header("content-md5").unwrap_or_default();
    if !digest.is_empty() && digest != hex(&Md5::digest(&request.body)).to_uppercase() {
        return Err(Refusal::new(400, "ParameterInvalid", "The header Content-MD5 does not match the body."));
    }
    Ok(())
}

fn string_to_sign(request: &Request) -> String {
    let header = |name| request.header(name).unwrap_or_default().to_owned();
    let mut lines = vec![request.method.clone(), header("content-md5"), header("content-type"), header("date")];
    // The log SDK adds x-log-date after it has signed, and x-log-meta-* are no part of version 1.
    let signed: BTreeMap<String, &str> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-log-") || name.starts_with("x-acs-"))
        .filter(|(name, _)| name != "x-log-date" && !name.starts_with("x-log-meta-"))
        .collect();
    lines.extend(signed.iter().map(|(name, value)| format!("{name}:{value}")));
    let query: BTreeMap<String, Option<String>> = pairs(&request.query).into_iter().collect();
    let query: Vec<String> =
        query.into_iter().map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}={value}"))).collect();
    let path = request.decoded_path();
    lines.push(if query.is_empty() { path.into_owned() } else { format!("{path}?{}", query.join("&")) });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use serde_json::Value as Json;

    use super::*;

    const VECTORS: &str = include_str!("../../../tests/data/signature-vectors.json");

    fn text<'a>(case: &'a Json, field: &str) -> &'a str {
        case[field].as_str().unwrap_or_default()
    }

    fn request(case: &Json) -> Request {
        Request {
            method: text(case, "method").to_owned(),
            host: text(case, "host").to_owned(),
            path: text(case, "path").to_owned(),
            query: text(case, "final_query").to_owned(),
            headers: case["headers"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            body: BASE64.decode(text(case, "body_base64")).unwrap(),
        }
    }

    fn keyring(case: &Json) -> Keyring {
        let token = case["security_token"].as_str();
        Keyring::new(vec![AccessKey::new(text(case, "access_key_id"), text(case, "access_key_secret"), "1", token)])
    }

    fn cases() -> (Timestamp, Vec<Json>) {
        let vectors: Json = serde_json::from_str(VECTORS).unwrap();
        let now = vectors["meta"]["clock_utc"].as_str().unwrap().parse().unwrap();
        let groups = ["sls_v1_hmac_sha1", "sls_v1_hmac_sha256"];
        (now, groups.iter().flat_map(|group| vectors[*group].as_array().unwrap().clone()).collect())
    }

    fn refused(case: &Json, request: &Request, now: Timestamp) -> (u16, String) {
        let refusal = verify(&keyring(case), request, now).unwrap_err();
        (refusal.status, refusal.code.into_owned())
    }

    #[test]
    fn the_known_answers_are_accepted() {
        let (now, cases) = cases();
        assert_eq!(cases.len(), 16);
        for case in &cases {
            let request = request(case);
            assert_eq!(string_to_sign(&request), text(case, "canonical_string"), "{}", case["id"]);
            let keys = keyring(case);
            let key = verify(&keys, &request, now).unwrap_or_else(|e| panic!("{}: {e:?}", case["id"]));
            assert_eq!(key.id, text(case, "access_key_id"));
        }
    }

    #[test]
    fn a_changed_byte_is_refused() {
        let (now, cases) = cases();
        for case in &cases {
            let mut path = request(case);
            path.path.push('x');
            assert_eq!(refused(case, &path, now).1, "SignatureNotMatch");
            let mut query = request(case);
            query.query.push_str("&x=1");
            assert_eq!(refused(case, &query, now).1, "SignatureNotMatch");
            let mut method = request(case);
            method.method = "PATCH".to_owned();
            assert_eq!(refused(case, &method, now).1, "SignatureNotMatch");
            let mut body = request(case);
            if let Some(byte) = body.body.first_mut() {
                *byte ^= 1;
                assert_eq!(refused(case, &body, now), (400, "ParameterInvalid".to_owned()));
            }
            let mut extra = request(case);
            extra.headers.push(("x-log-extra".to_owned(), "1".to_owned()));
            assert_eq!(refused(case, &extra, now).1, "SignatureNotMatch");
            let mut signature = request(case);
            for (name, value) in &mut signature.headers {
                if name.eq_ignore_ascii_case("authorization") {
                    let changed = if value.ends_with("A=") { "B=" } else { "A=" };
                    value.replace_range(value.len() - 2.., changed);
                }
            }
            assert_eq!(refused(case, &signature, now), (401, "SignatureNotMatch".to_owned()));
        }
    }

    #[test]
    fn each_header_fault_has_its_code() {
        let (now, cases) = cases();
        let case = &cases[0];
        let with = |name: &str, value: Option<&str>| {
            let mut request = request(case);
            request.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
            request.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            request
        };
        for (name, value, status, code) in [
            ("authorization", None, 401, "Unauthorized"),
            ("authorization", Some("SLS4-HMAC-SHA256 Credential=x"), 401, "Unauthorized"),
            ("authorization", Some("LOG someone:c2ln"), 401, "Unauthorized"),
            ("x-log-apiversion", None, 400, "MissingAPIVersion"),
            ("x-log-apiversion", Some("0.5.0"), 400, "InvalidAPIVersion"),
            ("x-log-bodyrawsize", Some("many"), 400, "InvalidBodyRawSize"),
            ("x-log-signaturemethod", Some("md5"), 400, "ParameterInvalid"),
            ("x-acs-security-token", Some("unexpected"), 401, "Unauthorized"),
            ("date", None, 400, "MissingDate"),
            ("date", Some("2025-09-09T01:02:03Z"), 400, "InvalidDateFormat"),
            ("date", Some("Tue, 09 Sep 2025 00:40:03 GMT"), 400, "RequestTimeExpired"),
        ] {
            assert_eq!(refused(case, &with(name, value), now), (status, code.to_owned()), "{name}: {value:?}");
        }
    }
}
