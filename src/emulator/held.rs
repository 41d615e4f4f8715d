//! Calls whose answers are still being held back, by ClientToken: the same token meanwhile is being worked on.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Tokens of calls that have not been answered yet.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<(String, String), Timestamp>);

impl Held {
    /// Begins a call with an account's token that is answered at `until`; false if one with that token is still under
    /// way.
    pub(super) fn begin(&mut self, account: &str, token: &str, now: Timestamp, until: Timestamp) -> bool {
        // As many are left as there are calls under way.
        self.0.retain(|_, until| *until > now);
        let key = (account.to_owned(), token.to_owned());
        if self.0.contains_key(&key) {
            return false;
        }
        if until > now {
            self.0.insert(key, until);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_token_is_under_way_until_its_answer() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let answered = now + SignedDuration::from_secs(2);
        let mut held = Held::default();
        assert!(held.begin("1", "t", now, answered));
        assert!(!held.begin("1", "t", now + SignedDuration::from_secs(1), answered));
        assert!(held.begin("2", "t", now, answered), "of another account");
        assert!(held.begin("1", "t", answered, answered));
        assert!(held.begin("1", "t", answered, answered), "answered at once");
        assert!(held.0.is_empty());
    }
}
