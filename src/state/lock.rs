//! The lock of a [`super::directory::DirectoryBackend`], and the right to write that comes with it.
//!
//! The operating system's lock keeps others out and dies with the process. The file that names the
//! holder is for people, and is the fence: a holder that no longer finds its own id there has lost
//! the right to write.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::backend::{Holder, Loaded, Lock, StateError};
use super::entry::State;
use super::file;
use super::fold::{admit, begin_of, restart};
use super::journal::{Begin, Intent, Record};
use super::place::{Found, Place, failed};
use crate::base::fs::{File, FileLock};

/// The lock, while it is held.
pub(super) struct DirectoryLock {
    place: Arc<Place>,
    id: String,
    queue: Mutex<Queue>,
    writer: tokio::sync::Mutex<Writer>,
    _held: FileLock,
}

/// Records that wait for the next sync.
#[derive(Default)]
struct Queue {
    records: Vec<Record>,
    /// How many appends have ever been queued.
    appends: u64,
}

#[derive(Default)]
struct Writer {
    journal: Option<Open>,
    /// How many of the queued appends are durable.
    appends: u64,
    /// Why nothing can be appended any more.
    failed: Option<StateError>,
    /// The backups that this holder has made and that are still kept.
    backups: Vec<PathBuf>,
}

struct Open {
    begin: Begin,
    file: Box<dyn File>,
}

impl DirectoryLock {
    pub(super) fn new(place: Arc<Place>, holder: &Holder, held: FileLock) -> Result<Self, StateError> {
        place.write_holder(holder)?;
        Ok(Self {
            place,
            id: holder.id.clone(),
            queue: Mutex::default(),
            writer: tokio::sync::Mutex::default(),
            _held: held,
        })
    }

    fn is_ours(&self) -> bool {
        self.place.holder().is_some_and(|holder| holder.id == self.id)
    }

    fn verify(&self) -> Result<(), StateError> {
        if self.is_ours() { Ok(()) } else { Err(StateError::LockLost { location: self.place.location() }) }
    }

    fn queue<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the journal, if there is one and it is not open: cuts a torn tail, and finishes a commit
    /// that a crash cut in half.
    fn ready(&self, writer: &mut Writer) -> Result<(), StateError> {
        if writer.journal.is_some() {
            return Ok(());
        }
        let Some((journal, torn)) = self.place.read_journal()? else { return Ok(()) };
        let state = self.place.read_state()?.map(|found| found.state);
        let Loaded { state, open, .. } = self.place.fold(state, &journal)?;
        let begin = begin_of(&state);
        let file = if begin == journal.begin {
            self.place.open_journal(journal.whole, torn)?
        } else {
            self.place.start_journal(&restart(&state, &open))?
        };
        writer.journal = Some(Open { begin, file });
        Ok(())
    }

    fn write(&self, writer: &mut Writer, records: Vec<Record>) -> Result<(), StateError> {
        self.verify()?;
        self.ready(writer)?;
        let begun = writer.journal.as_ref().map(|open| &open.begin);
        let state = if begun.is_none() { self.place.read_state()?.map(|found| found.state) } else { None };
        let (begin, mut records) = admit(begun, state, records).map_err(|misfit| self.place.misfit(misfit))?;
        match &mut writer.journal {
            Some(_) if records.is_empty() => {}
            Some(open) => self.place.extend_journal(open.file.as_mut(), &records)?,
            None => {
                records.insert(0, Record::Begin(begin.clone()));
                let file = self.place.start_journal(&records)?;
                writer.journal = Some(Open { begin, file });
            }
        }
        Ok(())
    }

    fn replace(&self, writer: &mut Writer, state: &State, expected: u64, open: &[Intent]) -> Result<(), StateError> {
        let damaged = |problem| StateError::Damaged { path: self.place.location(), problem };
        file::check(state).map_err(damaged)?;
        let bytes = file::encode(state).map_err(io::Error::from);
        let bytes = bytes.map_err(failed("writing", self.place.location().as_ref()))?;
        self.verify()?;
        // The journal must continue the state that is replaced, or a crash below would leave it two behind.
        self.ready(writer)?;
        let old = self.place.read_state()?;
        let found = old.as_ref().map_or(0, |old| old.state.serial);
        if found != expected || state.serial.checked_sub(1) != Some(expected) {
            return Err(StateError::Moved { location: self.place.location(), expected, found });
        }
        let lineage = old.as_ref().map(|old| &old.state.lineage);
        let lineage = lineage.or(writer.journal.as_ref().map(|open| &open.begin.lineage));
        if let Some(lineage) = lineage.filter(|lineage| **lineage != state.lineage) {
            return Err(damaged(format!("it has the lineage {lineage}, and {} was to replace it", state.lineage)));
        }
        if let Some(old) = &old {
            self.back_up(writer, old)?;
        }
        // A failure from here on leaves it open which of the two journals is there.
        writer.journal = None;
        self.place.replace_state(&bytes)?;
        let file = self.place.start_journal(&restart(state, open))?;
        writer.journal = Some(Open { begin: begin_of(state), file });
        Ok(())
    }

    /// Keeps what the holder found, and of what it commits every few seconds the last: a long run
    /// would push the state before it out of the backups.
    fn back_up(&self, writer: &mut Writer, old: &Found) -> Result<(), StateError> {
        writer.backups.push(self.place.back_up(old)?);
        if writer.backups.len() > 2 {
            self.place.drop_backup(&writer.backups.remove(1));
        }
        Ok(())
    }
}

#[async_trait]
impl Lock for DirectoryLock {
    async fn load(&self) -> Result<Loaded, StateError> {
        let _quiet = self.writer.lock().await;
        self.place.load()
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        let append = self.queue(|queue| {
            queue.records.extend_from_slice(records);
            queue.appends += 1;
            queue.appends
        });
        // Others that are ready to append now get into the queue before the first of them syncs for all.
        tokio::task::yield_now().await;
        let mut writer = self.writer.lock().await;
        if writer.appends >= append {
            return Ok(());
        }
        if let Some(error) = &writer.failed {
            return Err(error.clone());
        }
        let (records, appends) = self.queue(|queue| (std::mem::take(&mut queue.records), queue.appends));
        match self.write(&mut writer, records) {
            Ok(()) => {
                writer.appends = appends;
                Ok(())
            }
            Err(error) => {
                writer.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent]) -> Result<(), StateError> {
        self.replace(&mut *self.writer.lock().await, state, expected, open)
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        if self.is_ours() {
            self.place.remove_holder();
        }
    }
}
