//! Who sends a call of Log Service, in any version of its signatures (cloud-api 2.3, 2.4, 8.1, 8.2).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::keyring::{Keyring, is_current};
use super::{sls_v1, sls_v4};
use crate::base::secret::Secret;
use crate::emulator::message::{Refusal, Request};
use crate::emulator::options::AccessKey;

/// Finds out who sent a request to a host of `region`, if it names one. `now` is the time to check against.
pub fn verify<'a>(
    keys: &'a Keyring,
    request: &Request,
    region: Option<&str>,
    now: Timestamp,
) -> Result<&'a AccessKey, Refusal> {
    let authorization = request.header("authorization").ok_or(Refusal::new(
        401,
        "Unauthorized",
        "The Authorization header is missing.",
    ))?;
    let headers = signed_headers(request);
    check_headers(&headers)?;
    let (scheme, credential) = authorization.split_once(' ').unwrap_or((&authorization, ""));
    let (time, claim) = match scheme {
        "LOG" => sls_v1::claim(request, headers, credential)?,
        sls_v4::ALGORITHM => sls_v4::claim(request, headers, credential, region)?,
        _ => {
            let message = format!("The signature {scheme} is not supported: sign with LOG or {}.", sls_v4::ALGORITHM);
            return Err(Refusal::of(401, "Unauthorized", message));
        }
    };
    if !is_current(time, now) {
        let (sent, server) = (time.as_second(), now.as_second());
        let message = format!("Request time {sent} has been expired while server time is {server}.");
        return Err(Refusal::of(400, "RequestTimeExpired", message));
    }
    let id = &claim.key_id;
    let key = keys.find(id).ok_or_else(|| Refusal::of(401, "Unauthorized", format!("AccessKeyId not found: {id}")))?;
    let token = request.header("x-acs-security-token");
    if key.token.as_ref().map(Secret::expose) != token.as_deref() {
        return Err(Refusal::new(401, "Unauthorized", "The security token you provided is invalid."));
    }
    if (claim.is_made_with)(key.secret.expose()) { Ok(key) } else { Err(claim.mismatch) }
}

/// The headers that both versions sign, by their names in lower case. Those of `x-log-meta-*` are left out, as the
/// official log SDK has it.
fn signed_headers(request: &Request) -> BTreeMap<String, String> {
    let names = request
        .header_names()
        .into_iter()
        .filter(|name| name.starts_with("x-acs-") || (name.starts_with("x-log-") && !name.starts_with("x-log-meta-")));
    names.map(|name| (name.clone(), request.header(&name).unwrap_or_default().into_owned())).collect()
}

/// Checks what every call carries. The texts are those of the page of common error codes.
fn check_headers(headers: &BTreeMap<String, String>) -> Result<(), Refusal> {
    match headers.get("x-log-apiversion").map(String::as_str) {
        Some("0.6.0") => {}
        Some(other) => {
            return Err(Refusal::of(400, "InvalidAPIVersion", format!("x-log-apiversion {other} is unsupported.")));
        }
        None => {
            let message = "x-log-apiversion does not exist in http header.";
            return Err(Refusal::new(400, "MissingAPIVersion", message));
        }
    }
    // The official log SDK sends 0 with a body, and nothing at all with tags: only the form can be checked.
    if headers.get("x-log-bodyrawsize").is_some_and(|size| size.parse::<u64>().is_err()) {
        return Err(Refusal::new(400, "InvalidBodyRawSize", "x-log-bodyrawsize is invalid."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::signature::vectors::{self, Vector};

    fn check(vector: &Vector) -> Result<(), Refusal> {
        verify(&vector.keyring(), &vector.request, Some("cn-hangzhou"), vector.time).map(|_| ())
    }

    /// Changes a header of a captured request in each of these ways and reads how it is refused.
    fn refuses(id: &str, faults: &[(&str, Option<&str>, u16, &'static str, &'static str)]) {
        for (name, value, status, code, text) in faults {
            let mut vector = vectors::one(id);
            vector.set_header(name, *value);
            assert_eq!(check(&vector), Err(Refusal::new(*status, code, text)), "{id}: {name}: {value:?}");
        }
    }

    #[test]
    fn what_every_call_carries_is_checked_in_both_versions() {
        for id in ["sls_v1_hmac_sha1-01", "sls_v1_hmac_sha256-01", "sls_v4_hmac_sha256-01"] {
            let unknown = "The signature OTHER is not supported: sign with LOG or SLS4-HMAC-SHA256.";
            let no_api = "x-log-apiversion does not exist in http header.";
            let old_api = "x-log-apiversion 0.5.0 is unsupported.";
            let token = "The security token you provided is invalid.";
            refuses(
                id,
                &[
                    ("authorization", None, 401, "Unauthorized", "The Authorization header is missing."),
                    ("authorization", Some("OTHER x"), 401, "Unauthorized", unknown),
                    ("x-log-apiversion", None, 400, "MissingAPIVersion", no_api),
                    ("x-log-apiversion", Some("0.5.0"), 400, "InvalidAPIVersion", old_api),
                    ("x-log-bodyrawsize", Some("many"), 400, "InvalidBodyRawSize", "x-log-bodyrawsize is invalid."),
                    ("x-acs-security-token", Some("unexpected"), 401, "Unauthorized", token),
                ],
            );
        }
    }

    #[test]
    fn each_fault_of_version_1_has_its_code() {
        let no_method = "x-log-signaturemethod does not exist in http header.";
        refuses(
            "sls_v1_hmac_sha1-01",
            &[
                ("authorization", Some("LOG someone:c2ln"), 401, "Unauthorized", "AccessKeyId not found: someone"),
                ("authorization", Some("LOG someone"), 401, "Unauthorized", "AccessKeyId not found: someone"),
                ("x-log-signaturemethod", None, 400, "MissingSignatureMethod", no_method),
                (
                    "x-log-signaturemethod",
                    Some("md5"),
                    400,
                    "InvalidSignatureMethod",
                    "signature method md5 is unsupported.",
                ),
                ("date", None, 400, "MissingDate", "Date does not exist in http header."),
                (
                    "date",
                    Some("2025-09-09T01:02:03Z"),
                    400,
                    "InvalidDateFormat",
                    "Date 2025-09-09T01:02:03Z must follow RFC822.",
                ),
            ],
        );
    }

    #[test]
    fn each_fault_of_version_4_has_its_code() {
        let malformed =
            "The Authorization header is malformed: after the scheme it is Credential=ID/SCOPE,Signature=HEX.";
        let body = "The header x-log-content-sha256 does not match the body.";
        let date = "x-log-date Tue, 09 Sep 2025 01:02:03 GMT must be written YYYYMMDDTHHMMSSZ.";
        refuses(
            "sls_v4_hmac_sha256-02",
            &[
                ("authorization", Some("SLS4-HMAC-SHA256"), 401, "Unauthorized", malformed),
                ("authorization", Some("SLS4-HMAC-SHA256 Credential=x"), 401, "Unauthorized", malformed),
                ("authorization", Some("SLS4-HMAC-SHA256 Credential=x,Signature=0"), 401, "Unauthorized", malformed),
                (
                    "authorization",
                    Some("SLS4-HMAC-SHA256 Credential=x/20250909/cn-hangzhou/sls/aliyun_v4_request,Signature=0"),
                    401,
                    "Unauthorized",
                    "AccessKeyId not found: x",
                ),
                ("x-log-date", None, 400, "MissingDate", "x-log-date does not exist in http header."),
                ("x-log-date", Some("Tue, 09 Sep 2025 01:02:03 GMT"), 400, "InvalidDateFormat", date),
                ("x-log-content-sha256", None, 400, "ParameterInvalid", body),
                ("x-log-content-sha256", Some("UNSIGNED-PAYLOAD"), 400, "ParameterInvalid", body),
                (
                    "x-log-content-sha256",
                    Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                    400,
                    "ParameterInvalid",
                    body,
                ),
            ],
        );
    }

    #[test]
    fn the_scope_is_the_day_the_region_the_service_and_the_version() {
        let scope = "20250909/cn-hangzhou/sls/aliyun_v4_request";
        let good = vectors::one("sls_v4_hmac_sha256-01");
        for wrong in [
            "20250910/cn-hangzhou/sls/aliyun_v4_request",
            "20250909/cn-shanghai/sls/aliyun_v4_request",
            "20250909/cn-hangzhou/oss/aliyun_v4_request",
            "20250909/cn-hangzhou/sls/aws4_request",
            "20250909/cn-hangzhou/sls",
        ] {
            let mut vector = good.clone();
            for (_, value) in &mut vector.request.headers {
                *value = value.replace(scope, wrong);
            }
            let text = format!("Signature {} not matched.", good.signature);
            assert_eq!(check(&vector), Err(Refusal::of(401, "SignatureNotMatch", text)), "{wrong}");
        }
        // A host that names no region takes a signature for any.
        assert!(verify(&good.keyring(), &good.request, None, good.time).is_ok());
        assert!(verify(&good.keyring(), &good.request, Some("cn-shanghai"), good.time).is_err());
    }

    #[test]
    fn a_header_that_comes_twice_is_seen_twice() {
        for id in ["sls_v1_hmac_sha1-13", "sls_v1_hmac_sha256-02", "sls_v4_hmac_sha256-10"] {
            let good = vectors::one(id);
            assert_eq!(check(&good), Ok(()));
            for (name, value) in &good.request.headers {
                // What is not signed: the length, who asks, and in version 1 the host and a second date.
                let free = ["accept", "content-length", "host", "user-agent"];
                if free.contains(&name.to_ascii_lowercase().as_str()) || id.contains("v1") && name == "x-log-date" {
                    continue;
                }
                for at in [0, good.request.headers.len()] {
                    let mut twice = good.clone();
                    twice.request.headers.insert(at, (name.to_uppercase(), format!("{value}0")));
                    assert!(check(&twice).is_err(), "{id}: {name}");
                }
            }
        }
    }
}
