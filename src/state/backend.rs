//! The port that every store of states implements.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::entry::{Entry, State};
use super::journal::{Begin, Intent, Record, Wrote};
use crate::model::address::Address;

/// Where a state lives: loads and commits it, keeps its journal, and lends its lock.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Where the state is, as a person would name it.
    fn location(&self) -> String;

    /// The state with the journal folded onto it. Takes no lock and writes nothing (S9).
    async fn load(&self) -> Result<Loaded, StateError>;

    /// What can be told of the state, also where [`Backend::load`] fails because it or its journal is damaged or lost.
    /// Takes no lock and writes nothing.
    async fn remains(&self) -> Result<Remains, StateError>;

    /// Takes the lock, waiting at most `wait` for another holder. The lock is released when the
    /// holder's process ends, however it ends.
    async fn lock(&self, holder: Holder, wait: Duration) -> Result<Box<dyn Lock>, StateError>;

    /// Takes the right to write from the holder with this id, whether it is gone, stuck or at work, and says who that
    /// was: it can append and commit nothing more, and the next one to come gets the lock. Another holder than that is
    /// [`StateError::Locked`], none at all [`StateError::NotLocked`].
    async fn unlock(&self, id: &str) -> Result<Holder, StateError>;
}

/// The lock on a state, and the right to write it. Dropping it releases it.
#[async_trait]
pub trait Lock: Send + Sync {
    /// The state with the journal folded onto it, as of now.
    async fn load(&self) -> Result<Loaded, StateError>;

    /// Appends the records to the journal; they are durable when this returns. Appends that wait at
    /// once share one sync. A failure is final: every later append fails with it (S23).
    ///
    /// The first append of a run begins with [`Record::Begin`], as [`Lock::load`] gave its lineage
    /// and serial (serial 0 and a new lineage where there is no state). A journal that has begun the
    /// same way already does not repeat it; one that has begun another way refuses it. After a
    /// [`Lock::commit`] the journal has begun by itself.
    async fn append(&self, records: &[Record]) -> Result<(), StateError>;

    /// What is written so far. A commit in the middle of a run pays once the journal has outgrown the
    /// state: so each operation costs the same however many resources there are.
    async fn weight(&self) -> Weight;

    /// Tells those who wait for the lock how far its holder is. Cheap, never an error, and nothing relies on it.
    async fn progress(&self, now: Progress);

    /// Replaces the state if its serial is still `expected` (0: there must be none yet), keeps a backup of the old one,
    /// and starts a new journal that holds only the `open` intents and the `recent` writes. `state.serial` must be
    /// `expected + 1`.
    ///
    /// `state`, `open` and `recent` must hold all that was appended and still counts: between taking them and the return of
    /// this, no append may begin. What would be one is lost with the old journal.
    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError>;

    /// Puts this state in the place of whatever is there, be it damaged or of another lineage, and starts a new journal
    /// with nothing in it. What was there is kept among the backups: the state with its journal folded onto it, or both
    /// as they are where that cannot be done. The serial that is written is given back: it is higher than that of
    /// `state` and than any that is known here.
    async fn push(&self, state: &State) -> Result<u64, StateError>;
}

/// How many bytes are written, as far as the holder of the lock has written or read them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// In the journal since the last commit.
    pub journal: u64,
    /// In the state that it continues, with what the commit carried into the journal: what the next commit writes again.
    pub state: u64,
}

/// A journal of so many bytes becomes a state that costs next to nothing to write.
const LITTLE: u64 = 128 << 10;

/// A journal of so many bytes takes a moment to read.
const MUCH: u64 = 32 << 20;

impl Weight {
    /// Whether the state is to be written anew: there is more in the journal than in it, and either that is little to
    /// write or the journal is long. In between, writing a state that grows again and again would cost more than the
    /// journal itself.
    pub const fn has_outgrown(self) -> bool {
        self.journal > self.state && (self.journal < LITTLE || self.journal > MUCH)
    }
}

/// A state as it was loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// The state with the journal folded onto it.
    pub state: State,
    /// Intents without an outcome: calls of an interrupted run of which nothing is known (S25).
    pub open: Vec<Intent>,
    /// The acknowledged writes that the journal remembers, in their order; the window of some may be over (S6).
    pub recent: Vec<Wrote>,
    /// The highest number of an intent that the journal has seen; 0 without any.
    pub last: u64,
    /// Whether the journal held records that the state file does not.
    pub interrupted: bool,
}

/// What can be told of a state that may be damaged.
#[derive(Debug, Clone, Default)]
pub struct Remains {
    /// Which state it is, with the highest serial that is told of; `None` where there is none or nothing tells it.
    pub begin: Option<Begin>,
    /// The managed objects that are told of.
    pub resources: BTreeMap<Address, Entry>,
    /// Intents without an outcome.
    pub open: Vec<Intent>,
    /// Why the state cannot be used, if it cannot.
    pub damage: Option<StateError>,
}

impl From<Loaded> for Remains {
    fn from(loaded: Loaded) -> Self {
        let Loaded { state, open, recent: _, last: _, interrupted: _ } = loaded;
        let begin = (!state.lineage.is_empty()).then(|| Begin::of(&state));
        Self { begin, resources: state.resources, open, damage: None }
    }
}

/// Which of its files a state is damaged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The state file.
    State,
    /// The journal.
    Journal,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// Names this holding.
    pub id: String,
    /// `user@host`.
    pub who: String,
    /// The process.
    pub pid: u32,
    /// What it does: `apply`.
    pub doing: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// How far it is, as far as it has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// How many operations it has ended.
    pub done: usize,
    /// Of how many.
    pub total: usize,
}

/// Why a state cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// Another process holds the lock.
    #[error("{location} is locked by {} (process {}), which has been at \"{}\" since {}", .holder.who, .holder.pid, .holder.doing, .holder.since)]
    Locked {
        /// The state.
        location: String,
        /// Its holder.
        holder: Box<Holder>,
    },
    /// Nobody holds the lock.
    #[error("{location} is not locked")]
    NotLocked {
        /// The state.
        location: String,
    },
    /// The file is not what it should be.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// Which one.
        part: Part,
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
        /// The newest state file that can be read: the one in its place, or else a backup.
        whole: Option<String>,
    },
    /// The file was written by a newer version.
    #[error("{path} was written by a newer cenform (format {found}, this one knows up to {known})")]
    Newer {
        /// The file.
        path: String,
        /// The format that it has.
        found: u64,
        /// The newest that is known here.
        known: u64,
    },
    /// The journal does not continue the state.
    #[error("The journal {journal} does not belong to the state {state}: {problem}")]
    Orphan {
        /// The journal.
        journal: String,
        /// The state file.
        state: String,
        /// What does not fit.
        problem: String,
        /// The newest state file that can be read: the one in its place, or else a backup.
        whole: Option<String>,
    },
    /// The state moved since it was loaded.
    #[error("{location} has changed since it was read (serial {found}, expected {expected})")]
    Moved {
        /// The state.
        location: String,
        /// The serial that was expected.
        expected: u64,
        /// The serial that is there.
        found: u64,
    },
    /// The lock was lost to somebody else.
    #[error("the lock on {location} was lost")]
    LockLost {
        /// The state.
        location: String,
    },
    /// The folder of the journal and the lock was removed under a run.
    #[error("{folder} was removed while the state was being worked on")]
    Gone {
        /// The folder.
        folder: String,
    },
    /// A file could not be read or written.
    #[error("{doing} {path} failed")]
    Io {
        /// `reading`, `writing`, …
        doing: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: Arc<std::io::Error>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_written_anew_while_it_is_small_or_once_the_journal_is_long() {
        let cases = [
            ("no more in the journal than in the state", 500, 500, false),
            ("small", 501, 500, true),
            ("in between", LITTLE, 500, false),
            ("in between, up to its end", MUCH, 500, false),
            ("long", MUCH + 1, MUCH, true),
            ("long, and the state still more so", MUCH + 1, MUCH + 1, false),
        ];
        for (case, journal, state, outgrown) in cases {
            assert_eq!(Weight { journal, state }.has_outgrown(), outgrown, "{case}");
        }
    }
}
