//! RPC signature version 1.0, HMAC-SHA1 (cloud-api 1.1, 2.1).

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::keyring::{Hash, Keyring, is_current, matches};
use crate::base::secret::Secret;
use crate::emulator::message::Refusal;
use crate::emulator::options::AccessKey;

/// RFC 3986: everything but letters, digits and `-_.~` is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Finds out who sent a request, from its parameters (query and form together). `now` is the time to check against.
pub fn verify<'a>(
    keys: &'a Keyring,
    method: &str,
    params: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<&'a AccessKey, Refusal> {
    let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
    let need = |name: &'static str| {
        get(name).ok_or_else(|| {
            let message = format!("{name} is mandatory for this action.");
            Refusal::of(400, format!("Missing{name}"), message)
        })
    };
    let id = need("AccessKeyId")?;
    let signature = need("Signature")?;
    need("SignatureNonce")?;
    let time = need("Timestamp")?;
    let bearer = get("SignatureType").is_some();
    if bearer || need("SignatureMethod")? != "HMAC-SHA1" || need("SignatureVersion")? != "1.0" {
        let message = "The signature must be of SignatureMethod HMAC-SHA1 and SignatureVersion 1.0.";
        return Err(Refusal::new(400, "InvalidSignatureMethod", message));
    }
    let time = parse_time(time).ok_or(Refusal::new(
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
    ))?;
    if !is_current(time, now) {
        let message = "Specified time stamp or date value is expired.";
        return Err(Refusal::new(400, "InvalidTimeStamp.Expired", message));
    }
    let key =
        keys.find(id).ok_or(Refusal::new(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."))?;
    check_token(key, get("SecurityToken").map(String::as_str))?;
    let text = string_to_sign(method, params);
    if matches(Hash::Sha1, &format!("{}&", key.secret.expose()), &text, signature) {
        return Ok(key);
    }
    let message = format!("Specified signature is not matched with our calculation. server string to sign is:{text}");
    Err(Refusal::of(400, "SignatureDoesNotMatch", message))
}

fn check_token(key: &AccessKey, token: Option<&str>) -> Result<(), Refusal> {
    match (key.token.as_ref().map(Secret::expose), token) {
        (Some(_), None) => {
            let message = "SecurityToken is mandatory for this action.";
            Err(Refusal::new(400, "MissingSecurityToken", message))
        }
        (expected, given) if expected == given => Ok(()),
        _ => {
            let message = "Specified SecurityToken mismatch with the AccessKey.";
            Err(Refusal::new(400, "InvalidSecurityToken.MismatchWithAccessKey", message))
        }
    }
}

/// `YYYY-MM-DDThh:mm:ssZ` and no other form.
fn parse_time(text: &str) -> Option<Timestamp> {
    (text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T')).then_some(())?;
    text.parse().ok()
}

fn string_to_sign(method: &str, params: &BTreeMap<String, String>) -> String {
    let canonical = params
        .iter()
        .filter(|(name, _)| *name != "Signature")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&");
    format!("{method}&%2F&{}", encode(&canonical))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::emulator::message::pairs;

    const VECTORS: &str = include_str!("../../../tests/data/signature-vectors.json");

    fn text<'a>(case: &'a Json, field: &str) -> &'a str {
        case[field].as_str().unwrap_or_default()
    }

    /// The parameters as a server sees them: from the wire form, not from the vector's list.
    fn received(case: &Json) -> BTreeMap<String, String> {
        let mut params = BTreeMap::new();
        for part in [text(case, "final_query"), text(case, "final_body")] {
            params.extend(pairs(part).into_iter().map(|(name, value)| (name, value.unwrap_or_default())));
        }
        params
    }

    fn keyring(case: &Json) -> Keyring {
        let token = case["security_token"].as_str();
        Keyring::new(vec![AccessKey::new(text(case, "access_key_id"), text(case, "access_key_secret"), "1", token)])
    }

    fn cases() -> (Timestamp, Vec<Json>) {
        let vectors: Json = serde_json::from_str(VECTORS).unwrap();
        let now = vectors["meta"]["clock_utc"].as_str().unwrap().parse().unwrap();
        (now, vectors["rpc_v1_hmac_sha1"].as_array().unwrap().clone())
    }

    #[test]
    fn the_known_answers_are_accepted() {
        let (now, cases) = cases();
        assert_eq!(cases.len(), 11);
        for case in &cases {
            let params = received(case);
            assert_eq!(string_to_sign(text(case, "method"), &params), text(case, "string_to_sign"), "{}", case["id"]);
            let keys = keyring(case);
            let key =
                verify(&keys, text(case, "method"), &params, now).unwrap_or_else(|e| panic!("{}: {e:?}", case["id"]));
            assert_eq!(key.id, text(case, "access_key_id"));
        }
    }

    #[test]
    fn a_changed_byte_is_refused_and_the_string_is_shown() {
        let (now, cases) = cases();
        for case in &cases {
            for name in received(case).keys().filter(|name| {
                !matches!(
                    name.as_str(),
                    "AccessKeyId"
                        | "SignatureMethod"
                        | "SignatureVersion"
                        | "SignatureType"
                        | "Timestamp"
                        | "SecurityToken"
                )
            }) {
                let mut params = received(case);
                let value = params.get_mut(name).unwrap();
                let changed = if value.starts_with('x') { "y" } else { "x" };
                value.replace_range(..value.chars().next().map_or(0, char::len_utf8), changed);
                let refusal = verify(&keyring(case), text(case, "method"), &params, now).unwrap_err();
                assert_eq!((refusal.status, refusal.code.as_ref()), (400, "SignatureDoesNotMatch"), "{name}");
                assert!(refusal.message.contains(&format!("server string to sign is:{}&%2F&", text(case, "method"))));
            }
        }
    }

    #[test]
    fn each_fault_has_its_code() {
        let (now, cases) = cases();
        let case = &cases[0];
        let check = |change: &dyn Fn(&mut BTreeMap<String, String>), now| {
            let mut params = received(case);
            change(&mut params);
            let refusal = verify(&keyring(case), "POST", &params, now).unwrap_err();
            (refusal.status, refusal.code.into_owned())
        };
        let set = |name: &'static str, value: &'static str| {
            move |params: &mut BTreeMap<String, String>| {
                params.insert(name.to_owned(), value.to_owned());
            }
        };
        let late = now + super::super::keyring::TOLERANCE + jiff::SignedDuration::from_secs(1);
        for (expected, outcome) in [
            ((400, "MissingAccessKeyId"), check(&set("AccessKeyId", ""), now)),
            ((400, "MissingSignature"), check(&set("Signature", ""), now)),
            ((400, "MissingSignatureNonce"), check(&set("SignatureNonce", ""), now)),
            ((400, "MissingTimestamp"), check(&set("Timestamp", ""), now)),
            ((400, "InvalidSignatureMethod"), check(&set("SignatureMethod", "HMAC-SHA256"), now)),
            ((400, "InvalidSignatureMethod"), check(&set("SignatureType", "BEARERTOKEN"), now)),
            ((400, "InvalidTimeStamp.Format"), check(&set("Timestamp", "2025-09-09 01:02:03"), now)),
            ((400, "InvalidTimeStamp.Expired"), check(&|_| {}, late)),
            ((404, "InvalidAccessKeyId.NotFound"), check(&set("AccessKeyId", "someone"), now)),
            ((400, "InvalidSecurityToken.MismatchWithAccessKey"), check(&set("SecurityToken", "unexpected"), now)),
        ] {
            assert_eq!((outcome.0, outcome.1.as_str()), expected);
        }
    }

    #[test]
    fn temporary_keys_need_their_token() {
        let (now, cases) = cases();
        let case = cases.iter().find(|case| case["security_token"].is_string()).unwrap();
        let mut params = received(case);
        params.remove("SecurityToken");
        let missing = verify(&keyring(case), text(case, "method"), &params, now).unwrap_err();
        assert_eq!(missing.code, "MissingSecurityToken");
        params.insert("SecurityToken".to_owned(), "other".to_owned());
        let wrong = verify(&keyring(case), text(case, "method"), &params, now).unwrap_err();
        assert_eq!(wrong.code, "InvalidSecurityToken.MismatchWithAccessKey");
    }
}
