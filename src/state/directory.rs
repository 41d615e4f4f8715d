//! The backend of a state file in a folder, with its journal, lock and backups in `.cenform` beside it.
//!
//! Files are read and written on the thread that asks: the pieces are small against the network,
//! and a run under a simulated clock stays repeatable.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::backend::{Backend, Holder, Loaded, Lock, Remains, StateError};
use super::lock::DirectoryLock;
use super::place::Place;
use crate::base::clock::Clock;
use crate::base::fs::Fs;

/// How long a waiting process sleeps before it looks at the lock again, and a reading one before it
/// looks again at files that a commit has just moved under it.
const PAUSE: Duration = Duration::from_millis(50);

/// How long one that has to give up looks for the name of the holder, who writes it right after
/// taking the lock.
const NAMING: Duration = Duration::from_secs(1);

/// A state file and the folder `.cenform/NAME/` beside it.
#[derive(Clone)]
pub struct DirectoryBackend(Arc<Place>);

impl DirectoryBackend {
    /// The backend of the state file at `state`, which need not exist. The clock names backups.
    pub fn new(fs: Arc<dyn Fs>, clock: Arc<dyn Clock>, state: PathBuf) -> Self {
        Self(Arc::new(Place::new(fs, clock, state)))
    }
}

#[async_trait]
impl Backend for DirectoryBackend {
    fn location(&self) -> String {
        self.0.location()
    }

    async fn load(&self) -> Result<Loaded, StateError> {
        // A commit between the two reads leaves a journal that is one serial behind, which is
        // understood; only several commits in that moment look like a journal of another state.
        for _ in 0..3 {
            match self.0.load() {
                Err(StateError::Orphan { .. }) => sleep(PAUSE).await,
                loaded => return loaded,
            }
        }
        self.0.load()
    }

    async fn remains(&self) -> Result<Remains, StateError> {
        self.0.remains()
    }

    async fn lock(&self, holder: Holder, wait: Duration) -> Result<Box<dyn Lock>, StateError> {
        let place = &self.0;
        place.prepare()?;
        let deadline = Instant::now().checked_add(wait);
        let until = |end: Option<Instant>| end.map_or(PAUSE, |end| end.saturating_duration_since(Instant::now()));
        let mut seen = None;
        loop {
            if let Some(held) = place.try_lock()? {
                return Ok(Box::new(DirectoryLock::new(Arc::clone(place), holder, held)?));
            }
            // A name counts when it stands there twice: that of a killed process is just being removed.
            let named = place.holder();
            let id = named.as_ref().map(|holder| holder.id.clone());
            let known = id.is_some() && id == seen;
            let mut left = until(deadline);
            if left.is_zero() {
                left = until(deadline.and_then(|deadline| deadline.checked_add(NAMING)));
                if known || left.is_zero() {
                    let holder = Box::new(named.unwrap_or_else(unknown));
                    return Err(StateError::Locked { location: place.location(), holder });
                }
            }
            seen = id;
            sleep(PAUSE.min(left)).await;
        }
    }

    async fn unlock(&self, id: &str) -> Result<Holder, StateError> {
        let place = &self.0;
        let free = || StateError::NotLocked { location: place.location() };
        if place.is_gone() {
            return Err(free());
        }
        let named = place.holder();
        // The lock of a process that has ended is free: nothing but its name is left of it.
        if place.try_lock()?.is_some() {
            return named.filter(|holder| holder.id == id).ok_or_else(free);
        }
        let other = match named {
            Some(holder) if holder.id == id => {
                if place.unlock(id)? {
                    return Ok(holder);
                }
                // It was released meanwhile.
                if place.try_lock()?.is_some() {
                    return Err(free());
                }
                place.holder()
            }
            other => other,
        };
        let holder = Box::new(other.unwrap_or_else(unknown));
        Err(StateError::Locked { location: place.location(), holder })
    }
}

/// Stands for a holder that has the lock and has not written its name yet.
fn unknown() -> Holder {
    Holder {
        id: String::new(),
        who: "another process".to_owned(),
        pid: 0,
        doing: "start".to_owned(),
        since: "just now".to_owned(),
        progress: None,
    }
}

#[cfg(test)]
mod tests;
