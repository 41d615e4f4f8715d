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
