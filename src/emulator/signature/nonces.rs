//! The nonces that have been used (cloud-api 3.2, `SignatureNonceUsed`).

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;

use super::keyring::TOLERANCE;

/// The most nonces that are remembered, so that a flood cannot fill the memory.
const LIMIT: usize = 200_000;

/// Nonces of the time in which a request can be repeated.
#[derive(Debug, Clone, Default)]
pub struct Nonces {
    used: HashSet<(String, String)>,
    order: VecDeque<(Timestamp, (String, String))>,
}

impl Nonces {
    /// Takes a nonce of an access key at `now`; false if it was used before.
    pub(in crate::emulator) fn take(&mut self, key: &str, nonce: &str, now: Timestamp) -> bool {
        // A request is taken up to 15 minutes early and 15 minutes late: after twice that its own time refuses it.
        while let Some((taken, _)) = self.order.front()
            && (now.duration_since(*taken) > TOLERANCE * 2 || self.order.len() >= LIMIT)
        {
            if let Some((_, old)) = self.order.pop_front() {
                self.used.remove(&old);
            }
        }
        let entry = (key.to_owned(), nonce.to_owned());
        if !self.used.insert(entry.clone()) {
            return false;
        }
        self.order.push_back((now, entry));
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_nonce_is_taken_once_while_a_request_could_be_repeated() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let mut nonces = Nonces::default();
        assert!(nonces.take("a", "1", now));
        assert!(!nonces.take("a", "1", now));
        assert!(nonces.take("b", "1", now));
        assert!(!nonces.take("a", "1", now + SignedDuration::from_mins(30)));
        assert!(nonces.take("a", "1", now + SignedDuration::from_mins(31)));
    }
}
