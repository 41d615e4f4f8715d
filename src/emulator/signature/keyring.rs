//! The access keys that are known, and comparing what they sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;
use sha2::Sha256;

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

/// The hash that a signature is made with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hash {
    /// HMAC-SHA1.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
}

/// Whether `signature` (base64) is that of `text` under `key`, compared in constant time.
pub(super) fn matches(hash: Hash, key: &str, text: &str, signature: &str) -> bool {
    let Ok(expected) = BASE64.decode(signature) else { return false };
    match hash {
        Hash::Sha1 => Hmac::<Sha1>::new_from_slice(key.as_bytes())
            .is_ok_and(|mac| mac.chain_update(text).verify_slice(&expected).is_ok()),
        Hash::Sha256 => Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .is_ok_and(|mac| mac.chain_update(text).verify_slice(&expected).is_ok()),
    }
}

/// Whether a request made at `time` is still (or already) taken at `now`.
pub(super) fn is_current(time: Timestamp, now: Timestamp) -> bool {
    now.duration_since(time).abs() <= TOLERANCE
}
