//! The access keys that are known, and how far a clock may be off.

use jiff::{SignedDuration, Timestamp};

use crate::emulator::options::AccessKey;

/// How far a request's time may be from the server's (cloud-api 1.1).
pub(super) const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// The access keys that are known.
#[derive(Debug, Clone)]
pub struct Keyring(Vec<AccessKey>);

impl Keyring {
    /// Takes the keys; of two with one id the first counts.
    pub const fn new(keys: Vec<AccessKey>) -> Self {
        Self(keys)
    }

    /// The key with this `AccessKeyId`.
    pub(super) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// The time that a text tells in just this form, which has a `0` wherever a digit stands.
pub(super) fn time_of(text: &str, form: &str) -> Option<Timestamp> {
    let shape: String = text.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect();
    (shape == form).then(|| text.parse().ok()).flatten()
}

/// Whether a request made at `time` is still (or already) taken at `now`.
pub(super) fn is_current(time: Timestamp, now: Timestamp) -> bool {
    now.duration_since(time).abs() <= TOLERANCE
}
