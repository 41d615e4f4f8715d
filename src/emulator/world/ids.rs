//! Ids that are the same for the same seed and the same calls (cloud-api 10).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::emulator::message::hex;

/// Makes ids. Each kind counts on its own, so that how often somebody looks does not change what is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ids {
    seed: u64,
    counters: BTreeMap<String, u64>,
}

impl Ids {
    /// Goes on from where `counters` stand.
    pub(super) const fn new(seed: u64, counters: BTreeMap<String, u64>) -> Self {
        Self { seed, counters }
    }

    /// Where the counters stand.
    pub(super) const fn counters(&self) -> &BTreeMap<String, u64> {
        &self.counters
    }

    /// `prefix` and 18 letters and digits.
    pub(super) fn object(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let digest = self.digest(prefix);
        let letters = digest.iter().take(18).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
        prefix.chars().chain(letters).collect()
    }

    /// A RequestId of an RPC product: an upper-case UUID.
    pub(super) fn rpc_request(&mut self) -> String {
        let digest = self.digest("request");
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string().to_uppercase()
    }

    /// A RequestId of SLS: 24 upper-case hexadecimal digits.
    pub(super) fn sls_request(&mut self) -> String {
        hex(&self.digest("request")[..12]).to_uppercase()
    }

    fn digest(&mut self, kind: &str) -> [u8; 32] {
        let counter = self.counters.entry(kind.to_owned()).or_default();
        *counter += 1;
        Sha256::digest(format!("{}/{kind}/{counter}", self.seed)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_the_seed_and_on_their_own_kind_only() {
        let mut one = Ids::new(1, BTreeMap::new());
        let mut same = Ids::new(1, BTreeMap::new());
        let mut other = Ids::new(2, BTreeMap::new());
        let first = one.object("cen-");
        same.rpc_request();
        same.object("tr-");
        assert_eq!(same.object("cen-"), first);
        assert_ne!(other.object("cen-"), first);
        assert_ne!(one.object("cen-"), first);
        assert_eq!(first.len(), 22);
        assert_eq!(one.sls_request().len(), 24);
    }
}
