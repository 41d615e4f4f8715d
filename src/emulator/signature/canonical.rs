//! The forms that text takes before it is signed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::emulator::message::{hex, pairs};

/// RFC 3986: everything but letters, digits and `-_.~` is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes a text.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Names and values as a query, in their order (cloud-api 2.1).
pub(super) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let parts: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    parts.join("&")
}

/// The parameters of a query, sorted by their names. Those with one name stay in their order: the last of them counts, so
/// that another order says something else.
pub(super) fn by_name(query: &str) -> Vec<(String, Option<String>)> {
    let mut params = pairs(query);
    params.sort_by(|(one, _), (other, _)| one.cmp(other));
    params
}

/// The SHA-256 of a content in lower-case hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// The bytes that hexadecimal digits stand for; none if they are something else.
pub(super) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_names_means_nothing_and_that_of_values_does() {
        assert_eq!(by_name("b=1&a=+"), by_name("a=%20&b=1"));
        assert_ne!(by_name("a=1&a=2"), by_name("a=2&a=1"));
    }

    #[test]
    fn digits_are_read_back_and_nothing_else_is() {
        assert_eq!(unhex("00ff1A"), Some(vec![0, 255, 26]));
        assert_eq!(unhex(""), Some(Vec::new()));
        for wrong in ["0", "0g", "+1", "é", " 1"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
