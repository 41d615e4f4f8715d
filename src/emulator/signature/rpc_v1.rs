//! RPC signature version 1.0, HMAC-SHA1 (cloud-api 1.1, 2.1).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::canonical::{encode, query};
use super::claim::{Claim, Hash, matches, missing};
use crate::emulator::message::{Refusal, Request};

/// What a request claims with its parameters (query and form together).
pub(super) fn claim(request: &Request, params: &BTreeMap<String, String>) -> Result<Claim, Refusal> {
    let need = |name: &str| params.get(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name));
    let (key_id, signature) = (need("AccessKeyId")?, need("Signature")?);
    if need("SignatureMethod")? != "HMAC-SHA1" || need("SignatureVersion")? != "1.0" {
        let message = "The signature must be of SignatureMethod HMAC-SHA1 and SignatureVersion 1.0.";
        return Err(Refusal::new(400, "InvalidSignatureMethod", message));
    }
    let text = string_to_sign(&request.method, params);
    // The official legacy SDK takes what stands after the colon and compares it with its own.
    let message = format!("Specified signature is not matched with our calculation. server string to sign is:{text}");
    let signature = BASE64.decode(signature).ok();
    Ok(Claim {
        key_id: key_id.clone(),
        is_made_with: Box::new(move |secret| {
            let key = format!("{secret}&");
            signature.as_ref().is_some_and(|signature| matches(Hash::Sha1, key.as_bytes(), &text, signature))
        }),
        mismatch: Refusal::of(400, "SignatureDoesNotMatch", message),
    })
}

fn string_to_sign(method: &str, params: &BTreeMap<String, String>) -> String {
    let signed = params.iter().filter(|(name, _)| *name != "Signature");
    let canonical = query(signed.map(|(name, value)| (name.as_str(), value.as_str())));
    format!("{method}&%2F&{}", encode(&canonical))
}
