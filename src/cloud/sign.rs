//! The two signatures that are sent: RPC version 1 (cloud-api 2.1) and SLS `LOG` version 1 (cloud-api 2.3), both HMAC-SHA1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

use crate::base::secret::Secret;
use crate::base::text::hex;

/// What RFC 3986 leaves unreserved stays as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` percent-encoded by RFC 3986: `A-Z a-z 0-9 - _ . ~` stay, every other byte becomes `%XX`.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `name=value` joined with `&`, both percent-encoded, in the order given. A query, and a form body.
pub fn encode_pairs<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let encoded: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    encoded.join("&")
}

/// The string to sign of an RPC call: all parameters of query and body but `Signature`, sorted by
/// the bytes of their names.
pub fn rpc_string_to_sign<'a>(method: &str, parameters: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let mut sorted: Vec<&(String, String)> = parameters.into_iter().collect();
    sorted.sort();
    format!("{method}&%2F&{}", encode(&encode_pairs(sorted)))
}

/// The `Signature` parameter of an RPC call.
pub fn rpc_signature(string_to_sign: &str, secret: &Secret) -> String {
    hmac_sha1(&format!("{}&", secret.expose()), string_to_sign)
}

/// What of an SLS call is signed.
#[derive(Debug, Clone, Copy)]
pub struct SlsParts<'a> {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'a str,
    /// The path, not percent-encoded.
    pub path: &'a str,
    /// The query, not percent-encoded.
    pub query: &'a [(String, String)],
    /// The headers, names in lower case.
    pub headers: &'a [(&'a str, String)],
}

/// The string to sign of an SLS call.
pub fn sls_string_to_sign(parts: &SlsParts<'_>) -> String {
    let SlsParts { method, path, query, headers } = *parts;
    let header = |wanted| headers.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value.as_str());
    // The official log SDK adds x-log-date after signing, so the service leaves it out.
    let mut signed: Vec<_> = headers
        .iter()
        .filter(|(name, _)| (name.starts_with("x-log-") || name.starts_with("x-acs-")) && *name != "x-log-date")
        .collect();
    // By name: what stands between name and value has no say in the order.
    signed.sort();
    let signed: Vec<_> = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut pairs: Vec<_> = query.iter().collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let question = if pairs.is_empty() { "" } else { "?" };
    format!(
        "{method}\n{}\n{}\n{}\n{}{path}{question}{}",
        header("content-md5"),
        header("content-type"),
        header("date"),
        signed.concat(),
        pairs.join("&"),
    )
}

/// The `Authorization` header of an SLS call.
pub fn sls_authorization(access_key_id: &str, string_to_sign: &str, secret: &Secret) -> String {
    format!("LOG {access_key_id}:{}", hmac_sha1(secret.expose(), string_to_sign))
}

/// The `Content-MD5` header of an SLS call: the MD5 of the body in upper-case hexadecimal.
pub fn content_md5(body: &[u8]) -> String {
    hex(&Md5::digest(body)).to_uppercase()
}

fn hmac_sha1(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    const VECTORS: &str = include_str!("../../tests/data/signature-vectors.json");

    #[derive(Deserialize)]
    struct Vectors {
        rpc_v1_hmac_sha1: Vec<RpcVector>,
        sls_v1_hmac_sha1: Vec<SlsVector>,
    }

    #[derive(Deserialize)]
    struct RpcVector {
        id: String,
        method: String,
        access_key_secret: String,
        params: BTreeMap<String, String>,
        string_to_sign: String,
        signature: String,
    }

    #[derive(Deserialize)]
    struct SlsVector {
        id: String,
        method: String,
        path: String,
        query_params: BTreeMap<String, String>,
        headers: BTreeMap<String, String>,
        body_base64: String,
        access_key_id: String,
        access_key_secret: String,
        canonical_string: String,
        authorization: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(VECTORS).unwrap()
    }

    #[test]
    fn rpc_vectors() {
        let cases = vectors().rpc_v1_hmac_sha1;
        assert_eq!(cases.len(), 11);
        for case in cases {
            // Backwards, so that the sorting is ours.
            let parameters: Vec<_> = case.params.into_iter().rev().collect();
            let text = rpc_string_to_sign(&case.method, &parameters);
            assert_eq!(text, case.string_to_sign, "{}", case.id);
            assert_eq!(rpc_signature(&text, &Secret::new(case.access_key_secret)), case.signature, "{}", case.id);
        }
    }

    #[test]
    fn sls_vectors() {
        let cases = vectors().sls_v1_hmac_sha1;
        assert_eq!(cases.len(), 12);
        for case in cases {
            let lower: Vec<(String, String)> =
                case.headers.into_iter().rev().map(|(name, value)| (name.to_lowercase(), value)).collect();
            let headers: Vec<(&str, String)> =
                lower.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            let query: Vec<_> = case.query_params.into_iter().rev().collect();
            let text = sls_string_to_sign(&SlsParts {
                method: &case.method,
                path: &case.path,
                query: &query,
                headers: &headers,
            });
            assert_eq!(text, case.canonical_string, "{}", case.id);
            let secret = Secret::new(case.access_key_secret);
            assert_eq!(sls_authorization(&case.access_key_id, &text, &secret), case.authorization, "{}", case.id);
            if let Some((_, expected)) = headers.iter().find(|(name, _)| *name == "content-md5") {
                assert_eq!(&content_md5(&STANDARD.decode(case.body_base64).unwrap()), expected, "{}", case.id);
            }
        }
    }

    #[test]
    fn what_is_signed_of_log_service_is_sorted_by_name() {
        let pair = |name: &str| (name.to_owned(), "v".to_owned());
        let query = [pair("size-1"), pair("size"), pair("size1")];
        let headers = [("x-log-size-1", "v".to_owned()), ("x-log-size", "v".to_owned())];
        let text = sls_string_to_sign(&SlsParts { method: "GET", path: "/", query: &query, headers: &headers });
        assert_eq!(text, "GET\n\n\n\nx-log-size:v\nx-log-size-1:v\n/?size=v&size-1=v&size1=v");
    }

    #[test]
    fn encoding_keeps_the_unreserved_and_spells_the_rest() {
        assert_eq!(encode("aZ09-_.~"), "aZ09-_.~");
        assert_eq!(encode(" *+/:ü%"), "%20%2A%2B%2F%3A%C3%BC%25");
    }

    proptest! {
        #[test]
        fn a_plain_decoder_gets_back_what_is_encoded(pairs in prop::collection::vec((".*", ".*"), 0..6)) {
            let text = encode_pairs(&pairs);
            let decode = |part: &str| percent_decode_str(part).decode_utf8().unwrap().into_owned();
            let back: Vec<(String, String)> = text
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect();
            prop_assert_eq!(back, pairs);
        }

        #[test]
        fn the_order_of_parameters_does_not_matter(mut pairs in prop::collection::vec((".*", ".*"), 0..6)) {
            let text = rpc_string_to_sign("POST", &pairs);
            pairs.reverse();
            prop_assert_eq!(rpc_string_to_sign("POST", &pairs), text);
        }
    }
}
