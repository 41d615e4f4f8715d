//! RPC signature version 3, `ACS3-HMAC-SHA256` (cloud-api 2.2).

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{by_name, query, sha256, unhex};
use super::claim::{Claim, Hash, matches, missing};
use crate::emulator::message::{Refusal, Request};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// What a request claims with its headers.
///
/// The headers that count are those that it says are signed, and these must be signed: `host`,
/// `x-acs-content-sha256`, and every other `x-acs-*` and the `content-type` that it has ("as long as they meet the
/// requirement they must be added", says the page of this version).
pub(super) fn claim(request: &Request) -> Result<Claim, Refusal> {
    let authorization = request.header("authorization").ok_or_else(|| missing("AccessKeyId"))?;
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((&authorization, ""));
    if algorithm != ALGORITHM {
        let message = format!("The signature algorithm {algorithm} is not supported: it must be {ALGORITHM}.");
        return Err(Refusal::of(400, "InvalidSignatureMethod", message));
    }
    let incomplete =
        || Refusal::new(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.");
    let [key_id, signed, signature] = parts(rest).ok_or_else(incomplete)?;
    let signed: BTreeSet<String> = signed.split(';').map(str::to_ascii_lowercase).collect();
    let mut sent = request.header_names();
    sent.retain(|name| name.starts_with("x-acs-") || name == "content-type");
    sent.extend(["host", "x-acs-content-sha256"].map(str::to_owned));
    if !sent.is_subset(&signed) {
        return Err(incomplete());
    }
    let hash = sha256(&request.body);
    let canonical = canonical_request(request, &signed, &hash);
    let text = format!("{ALGORITHM}\n{}", sha256(canonical.as_bytes()));
    // The first sentence is that of the page of this version; the rest is as callers have met it.
    let message = format!(
        "Specified signature does not match our calculation. server StringToSign is [{text}] server CanonicalRequest \
         is [{canonical}]"
    );
    let is_body = request.header("x-acs-content-sha256").is_some_and(|said| said == hash);
    let signature = unhex(signature);
    Ok(Claim {
        key_id: key_id.to_owned(),
        is_made_with: Box::new(move |secret| {
            is_body
                && signature
                    .as_ref()
                    .is_some_and(|signature| matches(Hash::Sha256, secret.as_bytes(), &text, signature))
        }),
        mismatch: Refusal::of(400, "SignatureDoesNotMatch", message),
    })
}

/// The parts of the header after the algorithm: who, which headers, the signature; none empty, each once.
fn parts(text: &str) -> Option<[&str; 3]> {
    let pairs = text.split(',').map(|part| part.trim().split_once('=')).collect::<Option<Vec<_>>>()?;
    let named: BTreeMap<&str, &str> = pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    let found = [*named.get("Credential")?, *named.get("SignedHeaders")?, *named.get("Signature")?];
    (pairs.len() == found.len()).then_some(found)
}

fn canonical_request(request: &Request, signed: &BTreeSet<String>, hash: &str) -> String {
    let params = by_name(&request.query);
    let params = query(params.iter().map(|(name, value)| (name.as_str(), value.as_deref().unwrap_or_default())));
    let mut lines = vec![request.method.clone(), "/".to_owned(), params];
    lines.extend(signed.iter().map(|name| {
        let value = if name == "host" { Some(request.host.as_str().into()) } else { request.header(name) };
        format!("{name}:{}", value.unwrap_or_default())
    }));
    let signed: Vec<&str> = signed.iter().map(String::as_str).collect();
    lines.extend([String::new(), signed.join(";"), hash.to_owned()]);
    lines.join("\n")
}
