//! What happens while a stack is refreshed and applied: one linear stream that every reporter reads.

use std::time::Duration;

use super::action::Deed;
use super::address::{Address, Kind};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// What an interrupted apply left behind was looked up (S25).
    Recovered {
        /// How many operations it had sent without knowing the outcome; 0 if it knew them all.
        count: usize,
    },
    /// An interrupted apply left outcomes unknown, and nothing is done about it now (S9).
    Unknown {
        /// How many.
        count: usize,
    },
    /// What the cloud shows is not believed yet: it is looked at again until it is, or the time is over (S6).
    LookingAgain {
        /// Why.
        lag: Lag,
        /// For how long yet, in whole seconds, rounded up.
        at_most: Duration,
    },
    /// A prior object is being read.
    Refreshing {
        /// Which.
        address: Address,
        /// Its cloud id.
        id: String,
    },
    /// Work on an object has begun.
    Started {
        /// Which.
        address: Address,
        /// What is done.
        deed: Deed,
        /// Its cloud id, if it has one yet.
        id: Option<String>,
    },
    /// Work on an object goes on.
    Progress {
        /// Which.
        address: Address,
        /// What is done.
        deed: Deed,
        /// Its cloud id, if it has one yet.
        id: Option<String>,
        /// Since it began.
        elapsed: Duration,
    },
    /// Work on an object is done.
    Completed {
        /// Which.
        address: Address,
        /// What was done.
        deed: Deed,
        /// Its cloud id.
        id: String,
        /// Since it began.
        elapsed: Duration,
    },
    /// Work on an object failed.
    Failed {
        /// Which.
        address: Address,
        /// What was tried.
        deed: Deed,
        /// Its cloud id, if it has one.
        id: Option<String>,
        /// Since it began.
        elapsed: Duration,
        /// What went wrong, in a sentence.
        message: String,
    },
}

/// Why what the cloud shows is not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lag {
    /// Objects are shown otherwise than they were written a moment ago.
    Written {
        /// Of which kind.
        kind: Kind,
        /// How many.
        count: usize,
    },
    /// What a create of an interrupted run may have made does not show itself (S25).
    Interrupted {
        /// Which.
        address: Address,
    },
    /// A create was answered when it was sent again, and a second object may not show itself.
    SentAgain {
        /// Which.
        address: Address,
    },
}
