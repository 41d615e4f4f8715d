//! SLS signature version 1, `LOG` (cloud-api 2.3).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use md5::{Digest, Md5};

use super::claim::{Claim, Hash, matches};
use crate::emulator::message::{Refusal, Request, hex, pairs};

/// What a request claims, and its time. `headers` are those of the service; `credential` is what follows `LOG`.
pub(super) fn claim(
    request: &Request,
    mut headers: BTreeMap<String, String>,
    credential: &str,
) -> Result<(Timestamp, Claim), Refusal> {
    // The official log SDK adds this one after it has signed.
    headers.remove("x-log-date");
    let date = request.header("date").ok_or(Refusal::new(400, "MissingDate", "Date does not exist in http header."))?;
    let time = DateTimeParser::new()
        .parse_timestamp(date.as_ref())
        .ok()
        .filter(|_| date.ends_with(" GMT"))
        .ok_or_else(|| Refusal::of(400, "InvalidDateFormat", format!("Date {date} must follow RFC822.")))?;
    let digest = request.header("content-md5").unwrap_or_default();
    // Nothing else signs the body, so there is none without its digest. A digest of no body may be there or not.
    let has_none = digest.is_empty() && request.body.is_empty();
    if !has_none && digest != hex(&Md5::digest(&request.body)).to_uppercase() {
        return Err(Refusal::new(400, "ParameterInvalid", "The header Content-MD5 does not match the body."));
    }
    let hash = match headers.get("x-log-signaturemethod").map(String::as_str) {
        Some("hmac-sha1") => Hash::Sha1,
        Some("hmac-sha256") => Hash::Sha256,
        Some(other) => {
            let message = format!("signature method {other} is unsupported.");
            return Err(Refusal::of(400, "InvalidSignatureMethod", message));
        }
        None => {
            let message = "x-log-signaturemethod does not exist in http header.";
            return Err(Refusal::new(400, "MissingSignatureMethod", message));
        }
    };
    let (key_id, said) = credential.split_once(':').unwrap_or((credential, ""));
    let (text, signature) = (string_to_sign(request, &headers), BASE64.decode(said).ok());
    let claim = Claim {
        key_id: key_id.to_owned(),
        is_made_with: Box::new(move |secret| {
            signature.as_ref().is_some_and(|signature| matches(hash, secret.as_bytes(), &text, signature))
        }),
        mismatch: Refusal::of(401, "SignatureNotMatch", format!("Signature {said} not matched.")),
    };
    Ok((time, claim))
}

fn string_to_sign(request: &Request, headers: &BTreeMap<String, String>) -> String {
    let header = |name| request.header(name).unwrap_or_default().into_owned();
    let mut lines = vec![request.method.clone(), header("content-md5"), header("content-type"), header("date")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}:{value}")));
    let query: BTreeMap<String, Option<String>> = pairs(&request.query).into_iter().collect();
    let query: Vec<String> =
        query.into_iter().map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}={value}"))).collect();
    let path = request.decoded_path();
    lines.push(if query.is_empty() { path.into_owned() } else { format!("{path}?{}", query.join("&")) });
    lines.join("\n")
}
