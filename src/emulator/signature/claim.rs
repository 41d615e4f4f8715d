//! What a request claims about its signature, and how that is proved.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use crate::emulator::message::Refusal;

/// What a request claims, in whichever version: that the secret of a key made its signature.
pub(super) struct Claim {
    /// The `AccessKeyId`.
    pub(super) key_id: String,
    /// Whether a secret made the signature.
    pub(super) is_made_with: Box<dyn Fn(&str) -> bool>,
    /// The refusal if the secret of the key did not.
    pub(super) mismatch: Refusal,
}

impl fmt::Debug for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Claim").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// The hash that a signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// HMAC-SHA1.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
}

/// Whether `signature` is that of `text` under `key`, compared in constant time.
pub(super) fn matches(hash: Hash, key: &[u8], text: &str, signature: &[u8]) -> bool {
    match hash {
        Hash::Sha1 => {
            Hmac::<Sha1>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(text).verify_slice(signature).is_ok())
        }
        Hash::Sha256 => {
            Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(text).verify_slice(signature).is_ok())
        }
    }
}

/// One step from a secret to the key that signs: the HMAC-SHA256 of `text` under `key`.
pub(super) fn step(key: &[u8], text: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// The refusal of an RPC call that lacks a common parameter.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::of(400, format!("Missing{name}"), format!("{name} is mandatory for this action."))
}
