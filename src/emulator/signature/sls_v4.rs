//! SLS signature version 4, `SLS4-HMAC-SHA256` (cloud-api 2.4).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::canonical::{by_name, encode, sha256, unhex};
use super::claim::{Claim, Hash, matches, step};
use super::keyring::time_of;
use crate::emulator::message::{Refusal, Request};

/// The name of the scheme in the `Authorization` header.
pub(super) const ALGORITHM: &str = "SLS4-HMAC-SHA256";

const SERVICE: &str = "sls";
const TERMINATOR: &str = "aliyun_v4_request";

/// What a request claims, and its time. `headers` are those of the service; `credential` is what follows the name of
/// the scheme; `region` is that of the host, if it names one, and then the only one that a signature can be for.
///
/// The page of common error codes is older than this version, so the texts about its headers are made like those of
/// others there, and what is refused of a scope is a signature that does not match.
pub(super) fn claim(
    request: &Request,
    mut headers: BTreeMap<String, String>,
    credential: &str,
    region: Option<&str>,
) -> Result<(Timestamp, Claim), Refusal> {
    let get = |name: &str| headers.get(name).map(String::as_str);
    let date =
        get("x-log-date").ok_or(Refusal::new(400, "MissingDate", "x-log-date does not exist in http header."))?;
    let time = time_of(date, "00000000T000000Z").ok_or_else(|| {
        Refusal::of(400, "InvalidDateFormat", format!("x-log-date {date} must be written YYYYMMDDTHHMMSSZ."))
    })?;
    // The official log SDK hashes the body of every call but PutObject, which does not belong here.
    let hash = sha256(&request.body);
    if get("x-log-content-sha256") != Some(&hash) {
        let message = "The header x-log-content-sha256 does not match the body.";
        return Err(Refusal::new(400, "ParameterInvalid", message));
    }
    let (key_id, said_scope, said) = parts(credential).ok_or(Refusal::new(
        401,
        "Unauthorized",
        "The Authorization header is malformed: after the scheme it is Credential=ID/SCOPE,Signature=HEX.",
    ))?;
    let day = date.get(..8).unwrap_or_default().to_owned();
    let region = region.or_else(|| said_scope.split('/').nth(1)).unwrap_or_default().to_owned();
    let scope = format!("{day}/{region}/{SERVICE}/{TERMINATOR}");
    let is_scope = said_scope == scope;
    let date = date.to_owned();
    headers.insert("host".to_owned(), request.host.trim().to_owned());
    headers.extend(request.header("content-type").map(|kind| ("content-type".to_owned(), kind.into_owned())));
    let canonical = canonical_request(request, &headers, &hash);
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let signature = unhex(said);
    let claim = Claim {
        key_id: key_id.to_owned(),
        is_made_with: Box::new(move |secret| {
            let steps = [day.as_str(), &region, SERVICE, TERMINATOR];
            let key = steps.into_iter().fold(format!("aliyun_v4{secret}").into_bytes(), |key, text| step(&key, text));
            is_scope && signature.as_ref().is_some_and(|signature| matches(Hash::Sha256, &key, &text, signature))
        }),
        mismatch: Refusal::of(401, "SignatureNotMatch", format!("Signature {said} not matched.")),
    };
    Ok((time, claim))
}

/// The `AccessKeyId`, the scope and the signature.
fn parts(credential: &str) -> Option<(&str, &str, &str)> {
    let (credential, signature) = credential.strip_prefix("Credential=")?.split_once(',')?;
    let (id, scope) = credential.split_once('/')?;
    Some((id, scope, signature.trim().strip_prefix("Signature=")?))
}

fn canonical_request(request: &Request, headers: &BTreeMap<String, String>, hash: &str) -> String {
    // A value that is empty leaves no trace but its name. The official SDKs do not encode names and need not: none has
    // anything to encode. Here they are, so that no name can pass for a name, a value and another name.
    let query: Vec<String> = by_name(&request.query)
        .into_iter()
        .map(|(name, value)| match value.as_deref() {
            None | Some("") => encode(&name),
            Some(value) => format!("{}={}", encode(&name), encode(value)),
        })
        .collect();
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let mut lines = vec![request.method.clone(), request.decoded_path().into_owned(), query.join("&")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}:{value}")));
    lines.extend([String::new(), names.join(";"), hash.to_owned()]);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_passes_for_several_parameters() {
        let signed = |query: &str| {
            let request = Request { query: query.to_owned(), ..Request::default() };
            canonical_request(&request, &BTreeMap::new(), "")
        };
        assert_eq!(signed("b=1&a=+&c="), signed("c&a=%20&b=1"));
        assert_ne!(signed("a%3D1%26b=2"), signed("a=1&b=2"));
    }
}
