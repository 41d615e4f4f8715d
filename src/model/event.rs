//! What happens while a stack is refreshed and applied: one linear stream that every reporter reads.

use std::time::Duration;

use super::action::Deed;
use super::address::Address;

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
