//! HTTP requests and answers as data, so that the emulator can be used with or without a socket.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

/// A request as it came over the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The `Host` header, with or without a port.
    pub host: String,
    /// The path, percent-encoded.
    pub path: String,
    /// The query without its `?`, percent-encoded.
    pub query: String,
    /// Header names and values; names may be in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the header called `name`, in any case. If it was sent more than once its values are sorted and
    /// joined by commas, as signature version 3 has it, so that none of them goes unseen.
    pub(super) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let named = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let mut values: Vec<&str> = named.map(|(_, value)| value.trim()).collect();
        values.sort_unstable();
        match values.as_slice() {
            [] => None,
            [value] => Some(Cow::Borrowed(value)),
            _ => Some(Cow::Owned(values.join(","))),
        }
    }

    /// The names of the headers, each once and in lower case.
    pub(super) fn header_names(&self) -> BTreeSet<String> {
        self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect()
    }

    /// The path with its percent-encoding undone.
    pub(super) fn decoded_path(&self) -> Cow<'_, str> {
        percent_decode_str(&self.path).decode_utf8_lossy()
    }
}

/// An answer to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty where the service sends none.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub(super) fn json(status: u16, body: &Json) -> Self {
        let headers = vec![("content-type", "application/json;charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }
}

/// Why a call was refused, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code.
    pub code: Cow<'static, str>,
    /// The error text.
    pub message: Cow<'static, str>,
    /// How long the caller is told to wait (`x-acs-retry-after`, in milliseconds).
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with a fixed text.
    pub(super) const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code: Cow::Borrowed(code), message: Cow::Borrowed(message), retry_after: None }
    }

    /// A refusal whose text is made for the occasion.
    pub(super) fn of(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None }
    }

    /// The answer that says so in the form of a product.
    pub(super) fn answer(&self, body: &Json) -> Answer {
        let mut answer = Answer::json(self.status, body);
        // A caller that comes again too early is refused again, so a part of a millisecond counts as a whole one.
        let wait = self.retry_after.map(|wait| wait.as_micros().div_ceil(1000).to_string());
        answer.headers.extend(wait.map(|wait| ("x-acs-retry-after", wait)));
        answer
    }
}

/// Takes a query or a form apart, in its order. A part without `=` has no value, which is not the same as an empty one.
pub(super) fn pairs(text: &str) -> Vec<(String, Option<String>)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (decode(name), Some(decode(value))),
            None => (decode(part), None),
        })
        .collect()
}

/// Undoes form encoding: `+` is a space as `%20` is.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
