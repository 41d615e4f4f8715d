//! The backend that forgets: for tests, and for runs that shall leave nothing behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::backend::{Backend, Holder, Loaded, Lock, Part, Progress, Remains, StateError, Weight};
use super::entry::State;
use super::file::check;
use super::fold::{Misfit, admit, carried, fold};
use super::frames::Journal;
use super::journal::{Begin, Intent, Record, Wrote};

const LOCATION: &str = "the state in memory";

/// How long a waiting holder sleeps before it looks at the lock again.
const PAUSE: Duration = Duration::from_millis(50);

/// A state in memory. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryBackend(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    state: Option<State>,
    journal: Option<Journal>,
    holder: Option<Holder>,
}

impl MemoryBackend {
    fn kept<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn load(&self) -> Result<Loaded, StateError> {
        match &self.journal {
            Some(journal) => fold(self.state.clone(), journal).map_err(misfit),
            None => Ok(Loaded { state: self.state.clone().unwrap_or_default(), ..Loaded::default() }),
        }
    }

    fn verify(&self, id: &str) -> Result<(), StateError> {
        match &self.holder {
            Some(holder) if holder.id == id => Ok(()),
            _ => Err(StateError::LockLost { location: LOCATION.to_owned() }),
        }
    }
}

fn misfit(misfit: Misfit) -> StateError {
    match misfit {
        Misfit::Foreign(problem) => {
            StateError::Orphan { journal: "in memory".to_owned(), state: LOCATION.to_owned(), problem, whole: None }
        }
        Misfit::Broken(problem) => {
            StateError::Damaged { part: Part::State, path: LOCATION.to_owned(), problem, whole: None }
        }
    }
}

#[async_trait]
impl Backend for MemoryBackend {
    fn location(&self) -> String {
        LOCATION.to_owned()
    }

    async fn load(&self) -> Result<Loaded, StateError> {
        self.kept(|kept| kept.load())
    }

    async fn remains(&self) -> Result<Remains, StateError> {
        self.kept(|kept| kept.load()).map(Remains::from)
    }

    async fn lock(&self, holder: Holder, wait: Duration) -> Result<Box<dyn Lock>, StateError> {
        let deadline = Instant::now().checked_add(wait);
        loop {
            let other = self.kept(|kept| {
                let other = kept.holder.clone();
                kept.holder.get_or_insert_with(|| holder.clone());
                other
            });
            let Some(other) = other else {
                return Ok(Box::new(MemoryLock { backend: self.clone(), id: holder.id, failed: Mutex::default() }));
            };
            let left = deadline.map_or(PAUSE, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(StateError::Locked { location: LOCATION.to_owned(), holder: Box::new(other) });
            }
            sleep(PAUSE.min(left)).await;
        }
    }

    async fn unlock(&self, id: &str) -> Result<Holder, StateError> {
        let location = LOCATION.to_owned();
        self.kept(|kept| match kept.holder.take() {
            Some(holder) if holder.id == id => Ok(holder),
            Some(other) => {
                kept.holder = Some(other.clone());
                Err(StateError::Locked { location, holder: Box::new(other) })
            }
            None => Err(StateError::NotLocked { location }),
        })
    }
}

struct MemoryLock {
    backend: MemoryBackend,
    id: String,
    failed: Mutex<Option<StateError>>,
}

#[async_trait]
impl Lock for MemoryLock {
    async fn load(&self) -> Result<Loaded, StateError> {
        self.backend.load().await
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &*failed {
            return Err(error.clone());
        }
        let appended = self.backend.kept(|kept| {
            kept.verify(&self.id)?;
            let begun = kept.journal.as_ref().map(|journal| &journal.begin);
            let (begin, mut records) = admit(begun, kept.state.clone(), records.to_vec()).map_err(misfit)?;
            let fresh = || Journal { begin, records: Vec::new() };
            kept.journal.get_or_insert_with(fresh).records.append(&mut records);
            Ok(())
        });
        appended.inspect_err(|error: &StateError| *failed = Some(error.clone()))
    }

    /// Nothing is written, and nothing outgrows anything.
    async fn weight(&self) -> Weight {
        Weight::default()
    }

    /// Nobody looks on.
    async fn progress(&self, _: Progress) {}

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        let broken = |problem| misfit(Misfit::Broken(problem));
        check(state).map_err(broken)?;
        self.backend.kept(|kept| {
            kept.verify(&self.id)?;
            let found = kept.state.as_ref().map_or(0, |old| old.serial);
            if found != expected || state.serial.checked_sub(1) != Some(expected) {
                return Err(StateError::Moved { location: LOCATION.to_owned(), expected, found });
            }
            let old = kept.load()?.state;
            if !old.lineage.is_empty() && old.lineage != state.lineage {
                return Err(broken(format!(
                    "it has the lineage {}, and {} was to replace it",
                    old.lineage, state.lineage
                )));
            }
            kept.journal = Some(Journal { begin: Begin::of(state), records: carried(open, recent) });
            kept.state = Some(state.clone());
            Ok(())
        })
    }

    async fn push(&self, state: &State) -> Result<u64, StateError> {
        check(state).map_err(|problem| misfit(Misfit::Broken(problem)))?;
        self.backend.kept(|kept| {
            kept.verify(&self.id)?;
            let found = kept.state.as_ref().map_or(0, |old| old.serial);
            let serial = found.max(state.serial) + 1;
            let state = State { serial, ..state.clone() };
            kept.journal = Some(Journal { begin: Begin::of(&state), records: Vec::new() });
            kept.state = Some(state);
            Ok(serial)
        })
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.backend.kept(|kept| {
            if kept.verify(&self.id).is_ok() {
                kept.holder = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::conformance::{self, Subject};

    #[tokio::test(start_paused = true)]
    async fn conforms() {
        conformance::all(|| {
            let backend = MemoryBackend::default();
            let thief = backend.clone();
            Subject { backend: Arc::new(backend), steal: Box::new(move || thief.kept(|kept| kept.holder = None)) }
        })
        .await;
    }
}
