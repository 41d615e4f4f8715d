//! The files of one state: where they are, and each way in which they are read or written.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::backend::{Holder, Loaded, Part, Remains, StateError};
use super::entry::State;
use super::file::{self, LIMIT};
use super::fold::{Misfit, fold, replay};
use super::frames::{self, Journal};
use super::journal::{Begin, Record};
use crate::base::clock::Clock;
use crate::base::fs::{Access, File, FileLock, Fs, folder_of, is_temporary};

/// How many previous states are kept.
const BACKUPS: usize = 10;

/// How many objects of a damaged journal are named.
const TOLD: usize = 100;

/// The most bytes that the file naming a lock's holder may have.
const HOLDER_LIMIT: u64 = 64 << 10;

/// How often the folders are made while others that make them come in between.
const TRIES: usize = 5;

/// The files of one state.
pub(super) struct Place {
    fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    state: PathBuf,
    hidden: PathBuf,
    own: PathBuf,
    journal: PathBuf,
    lock: PathBuf,
    holder: PathBuf,
    progress: PathBuf,
    backups: PathBuf,
}

/// A state file as it was read.
pub(super) struct Found {
    pub(super) state: State,
    pub(super) bytes: Vec<u8>,
}

/// What the records of a damaged journal tell of objects, as the end of a sentence: their ids are
/// perhaps nowhere else.
fn told(records: &[Record]) -> String {
    let mut objects = BTreeMap::new();
    for record in records {
        match record {
            Record::Entry(entry) => drop(objects.insert(&entry.address, entry.id.as_str())),
            Record::Gone { address } => drop(objects.remove(address)),
            Record::Moved { from, to } => {
                if let Some(id) = objects.remove(from) {
                    objects.insert(to, id);
                }
            }
            Record::Begin(_) | Record::Intent(_) | Record::Outcome(_) | Record::Wrote(_) => {}
        }
    }
    let listed: Vec<_> = objects.iter().take(TOLD).map(|(address, id)| format!("{address} ({id})")).collect();
    let more = objects.len() - listed.len();
    match (listed.join(", "), more) {
        (listed, _) if listed.is_empty() => String::new(),
        (listed, 0) => format!(". Its readable lines tell of {listed}"),
        (listed, more) => format!(". Its readable lines tell of {listed} and of {more} more"),
    }
}

/// A new journal.
pub(super) struct Started {
    /// It, open.
    pub(super) file: Box<dyn File>,
    /// How many bytes it has.
    pub(super) size: u64,
}

/// How many bytes these are.
pub(super) fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Turns an error of the file system into ours.
pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError::Io { doing, path: path.display().to_string(), source: Arc::new(source) }
}

impl Place {
    pub(super) fn new(fs: Arc<dyn Fs>, clock: Arc<dyn Clock>, state: PathBuf) -> Self {
        // One state has one lock and one journal, by whatever link it is named.
        let state = fs.real(&state).unwrap_or(state);
        let hidden = folder_of(&state).join(".cenform");
        let own = hidden.join(state.file_name().unwrap_or_default());
        Self {
            journal: own.join("journal"),
            lock: own.join("lock"),
            holder: own.join("holder.json"),
            progress: own.join("progress.json"),
            backups: own.join("backups"),
            state,
            hidden,
            own,
            fs,
            clock,
        }
    }

    pub(super) fn location(&self) -> String {
        self.state.display().to_string()
    }

    /// The state with the journal folded onto it.
    pub(super) fn load(&self) -> Result<Loaded, StateError> {
        // The journal first: see `DirectoryBackend::load`.
        let journal = self.read_journal()?;
        let state = self.read_state()?.map(|found| found.state);
        match journal {
            Some(journal) => self.fold(state, &journal),
            None => Ok(Loaded { state: state.unwrap_or_default(), ..Loaded::default() }),
        }
    }

    pub(super) fn fold(&self, state: Option<State>, journal: &Journal) -> Result<Loaded, StateError> {
        fold(state, journal).map_err(|misfit| self.misfit(misfit))
    }

    pub(super) fn misfit(&self, misfit: Misfit) -> StateError {
        let journal = self.journal.display().to_string();
        match misfit {
            Misfit::Foreign(problem) => {
                self.advised(StateError::Orphan { journal, state: self.location(), problem, whole: None })
            }
            Misfit::Broken(problem) => {
                self.advised(StateError::Damaged { part: Part::Journal, path: journal, problem, whole: None })
            }
        }
    }

    /// What is wrong with a file, with what there is to go back to.
    fn advised(&self, error: StateError) -> StateError {
        let backup = self.newest_backup();
        let kept = match &backup {
            Some(backup) => format!("The newest previous state that can be read is {}", backup.display()),
            None => format!("There is no previous state in {}", self.backups.display()),
        };
        let state = matches!(self.found(), Ok(Some(_))).then(|| self.state.clone());
        let whole = state.or(backup).map(|path| path.display().to_string());
        match error {
            StateError::Damaged { part, path, problem, whole: _ } => {
                StateError::Damaged { part, path, problem: format!("{problem}. {kept}"), whole }
            }
            StateError::Orphan { journal, state, problem, whole: _ } => {
                StateError::Orphan { journal, state, problem: format!("{problem}. {kept}"), whole }
            }
            other => other,
        }
    }

    /// The newest of the previous states that can be read.
    fn newest_backup(&self) -> Option<PathBuf> {
        let names = self.fs.list(&self.backups).unwrap_or_default();
        let readable = |path: &PathBuf| {
            self.fs.read(path, LIMIT).is_ok_and(|bytes| file::decode(&bytes, &path.display().to_string()).is_ok())
        };
        names.iter().rev().map(|name| self.backups.join(name)).find(readable)
    }

    /// What can be told of the state.
    pub(super) fn remains(&self) -> Result<Remains, StateError> {
        match self.load() {
            Ok(loaded) => Ok(loaded.into()),
            Err(damage @ (StateError::Damaged { .. } | StateError::Orphan { .. })) => self.salvaged(damage),
            Err(other) => Err(other),
        }
    }

    /// What a state file and a journal tell that do not go together: all of both.
    fn salvaged(&self, damage: StateError) -> Result<Remains, StateError> {
        let records = frames::salvage(&self.read(&self.journal)?.unwrap_or_default());
        let found = match self.found() {
            Err(other @ (StateError::Newer { .. } | StateError::Io { .. })) => return Err(other),
            found => found.ok().flatten(),
        };
        let journal = records.iter().find_map(|record| match record {
            Record::Begin(begin) => Some(begin.clone()),
            _ => None,
        });
        let state = found.map(|found| found.state);
        let begin = match (state.as_ref().map(Begin::of), journal) {
            (Some(state), Some(journal)) => Some(Begin { serial: state.serial.max(journal.serial), ..state }),
            (state, journal) => state.or(journal),
        };
        let Loaded { state, open, .. } = replay(state.unwrap_or_default(), &records, false);
        Ok(Remains { begin, resources: state.resources, open, damage: Some(damage) })
    }

    pub(super) fn read_state(&self) -> Result<Option<Found>, StateError> {
        self.found().map_err(|error| self.advised(error))
    }

    fn found(&self) -> Result<Option<Found>, StateError> {
        let Some(bytes) = self.read(&self.state)? else { return Ok(None) };
        file::decode(&bytes, &self.location()).map(|state| Some(Found { state, bytes }))
    }

    /// The journal, without a torn frame that may follow it.
    pub(super) fn read_journal(&self) -> Result<Option<Journal>, StateError> {
        let Some(bytes) = self.read(&self.journal)? else { return Ok(None) };
        match frames::decode(&bytes, &self.journal.display().to_string()) {
            Ok(journal) => Ok(Some(journal)),
            Err(StateError::Damaged { part, path, problem, whole }) => {
                let problem = format!("{problem}{}", told(&frames::salvage(&bytes)));
                Err(self.advised(StateError::Damaged { part, path, problem, whole }))
            }
            Err(other) => Err(other),
        }
    }

    /// Whether the folder of the journal and the lock is there no more.
    pub(super) fn is_gone(&self) -> bool {
        match self.fs.exists(&self.own) {
            Ok(there) => !there,
            // A file stands in the place of a folder above it.
            Err(error) => error.kind() == io::ErrorKind::NotADirectory,
        }
    }

    /// That the folder of the journal and the lock is there no more.
    pub(super) fn gone(&self) -> StateError {
        StateError::Gone { folder: self.own.display().to_string() }
    }

    /// Why the holder of the lock with this id does not find itself in its files any more.
    pub(super) fn lost(&self, id: &str) -> StateError {
        if self.is_gone() {
            return self.gone();
        }
        for path in [&self.holder, &self.journal] {
            match self.fs.read(path, LIMIT) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return failed("reading", path)(error),
                _ => {}
            }
        }
        if self.is_held_by(id) {
            let problem = "somebody else changed it while the state was being worked on".to_owned();
            let path = self.journal.display().to_string();
            return StateError::Damaged { part: Part::Journal, path, problem, whole: None };
        }
        StateError::LockLost { location: self.location() }
    }

    /// How the journal that is there now begins, as far as that can be read.
    pub(super) fn begun(&self) -> Option<Begin> {
        frames::begin(&self.fs.read(&self.journal, LIMIT).ok()?)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, StateError> {
        match self.fs.read(path, LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("reading", path)(error)),
        }
    }

    /// The operating system's lock, unless another handle has it. Taking it clears away what a killed
    /// process has left.
    pub(super) fn try_lock(&self) -> Result<Option<FileLock>, StateError> {
        let held = self.fs.try_lock(&self.lock).map_err(failed("locking", &self.lock))?;
        if held.is_some() {
            // The name of a killed process must not be taken for that of the new holder.
            self.remove_holder();
            self.sweep();
        }
        Ok(held)
    }

    /// Makes the folders, out of the sight of version control.
    pub(super) fn prepare(&self) -> Result<(), StateError> {
        let ignore = self.hidden.join(".gitignore");
        let make = || {
            self.fs.create_dir_all(folder_of(&self.hidden))?;
            self.fs.create_dir_durably(&self.hidden)?;
            self.fs.create_dir_durably(&self.own)?;
            self.fs.create_dir_all(&self.backups)?;
            if self.fs.exists(&ignore)? { Ok(()) } else { self.fs.replace(&ignore, b"*\n", Access::Owner) }
        };
        // Another process that makes them may take one that is still empty away.
        let there = |made: &io::Result<()>| !made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        let made = (0..TRIES).map(|_| make()).find(there).unwrap_or_else(make);
        made.map_err(failed("preparing", &self.own))
    }

    /// Removes what a killed process left of replacements. Only the holder of the lock may: it is
    /// the only one that replaces these files. What cannot be removed does no harm.
    fn sweep(&self) {
        for path in [&self.state, &self.journal, &self.holder, &self.progress] {
            self.sweep_folder(folder_of(path), |name| is_temporary(name, path));
        }
        self.sweep_folder(&self.backups, |name| name.starts_with('.'));
    }

    fn sweep_folder(&self, folder: &Path, temporary: impl Fn(&str) -> bool) {
        for name in self.fs.list(folder).unwrap_or_default().iter().filter(|name| temporary(name)) {
            drop(self.fs.remove(&folder.join(name)));
        }
    }

    /// Who has the lock and how far they are, as far as that can be read.
    pub(super) fn holder(&self) -> Option<Holder> {
        let named = self.named(&self.holder)?;
        Some(self.named(&self.progress).filter(|told| told.id == named.id).unwrap_or(named))
    }

    /// Whether the holder with this id has the lock.
    pub(super) fn is_held_by(&self, id: &str) -> bool {
        self.named(&self.holder).is_some_and(|holder| holder.id == id)
    }

    fn named(&self, path: &Path) -> Option<Holder> {
        serde_json::from_slice(&self.fs.read(path, HOLDER_LIMIT).ok()?).ok()
    }

    pub(super) fn write_holder(&self, holder: &Holder) -> Result<(), StateError> {
        let json = serde_json::to_vec(holder).map_err(io::Error::from);
        json.and_then(|json| self.fs.replace(&self.holder, &json, Access::Owner))
            .map_err(failed("writing", &self.holder))
    }

    /// Tells how far the holder is, as far as that works; a crash may lose it. It stands in a file of its own and says
    /// whose it is: the name of one who takes the lock over at this moment is not overwritten.
    pub(super) fn write_progress(&self, holder: &Holder) {
        let json = serde_json::to_vec(holder).map_err(io::Error::from);
        let written = json.and_then(|json| {
            let (temporary, mut file) = self.fs.temporary(&self.progress, Access::Owner)?;
            let renamed = file.write(&json).and_then(|()| self.fs.rename(&temporary, &self.progress));
            renamed.inspect_err(|_| drop(self.fs.remove(&temporary)))
        });
        drop(written);
    }

    pub(super) fn remove_holder(&self) {
        drop(self.fs.remove(&self.holder));
        drop(self.fs.remove(&self.progress));
    }

    /// Takes lock and name from the holder with this id; false if another has them by now, or nobody. The lock first:
    /// whoever comes in between finds it free, and takes the name away by itself.
    pub(super) fn unlock(&self, id: &str) -> Result<bool, StateError> {
        let remove = |path: &Path| match self.fs.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("removing", path)(error)),
            _ => Ok(()),
        };
        // What is left is the instant between this look and the removal.
        if !self.is_held_by(id) {
            return Ok(false);
        }
        remove(&self.lock)?;
        if self.is_held_by(id) {
            remove(&self.holder)?;
        }
        Ok(true)
    }

    /// Replaces the journal, unless `still` says at the last moment that it must not be: then `None`.
    pub(super) fn start_journal(
        &self,
        begin: &Begin,
        records: &[Record],
        still: &dyn Fn() -> bool,
    ) -> Result<Option<Started>, StateError> {
        let frames = frames::encode(&[Record::Begin(begin.clone())]).and_then(|mut frames| {
            if !records.is_empty() {
                frames.extend(frames::encode(records)?);
            }
            Ok(frames)
        });
        frames
            .map_err(io::Error::from)
            .and_then(|frames| {
                let file = self.fs.replace_if(&self.journal, &frames, Access::Owner, still)?;
                Ok(file.map(|file| Started { file, size: size(&frames) }))
            })
            .map_err(failed("writing", &self.journal))
    }

    /// Appends a frame to the open journal, durably. How many bytes that took.
    pub(super) fn extend_journal(&self, file: &mut dyn File, records: &[Record]) -> Result<u64, StateError> {
        let frame = frames::encode(records).map_err(io::Error::from);
        let written = frame.and_then(|frame| file.write(&frame).map(|()| size(&frame)));
        written.and_then(|size| file.sync().map(|()| size)).map_err(failed("writing", &self.journal))
    }

    /// Replaces the state file, unless `still` says at the last moment that it must not be: then false.
    pub(super) fn replace_state(&self, bytes: &[u8], still: &dyn Fn() -> bool) -> Result<bool, StateError> {
        let replaced = self.fs.replace_if(&self.state, bytes, Access::Owner, still);
        replaced.map(|file| file.is_some()).map_err(failed("writing", &self.state))
    }

    /// The name of a new backup, which sorts by when it was made.
    fn backup(&self, what: &str) -> PathBuf {
        self.backups.join(format!("{}-{what}", self.clock.now().strftime("%Y%m%dT%H%M%S%.3fZ")))
    }

    /// Keeps all that is there before it is replaced: the state with the journal folded onto it, or both as they are.
    pub(super) fn keep_all(&self) -> Result<(), StateError> {
        let kept = match self.load() {
            Ok(Loaded { state, .. }) if state.lineage.is_empty() => Vec::new(),
            Ok(Loaded { state, .. }) => {
                let bytes = file::encode(&state).map_err(io::Error::from).map_err(failed("writing", &self.backups))?;
                vec![(format!("{:010}.json", state.serial), bytes)]
            }
            Err(_) => {
                let named = |name: &str, path| Ok(self.read(path)?.map(|bytes| (format!("{name}.damaged"), bytes)));
                let files = [named("state", &self.state)?, named("journal", &self.journal)?];
                files.into_iter().flatten().collect()
            }
        };
        for (name, bytes) in kept {
            let path = self.backup(&name);
            self.fs.replace(&path, &bytes, Access::Owner).map_err(failed("writing", &path))?;
        }
        self.prune()
    }

    /// Keeps the state file that was found, and says where.
    pub(super) fn back_up(&self, Found { state, bytes }: &Found) -> Result<PathBuf, StateError> {
        let path = self.backup(&format!("{:010}.json", state.serial));
        // The old state goes on under its second name when the new one takes the first.
        let linked = self.fs.real(&self.state).and_then(|state| self.fs.link(&state, &path));
        linked
            .and_then(|()| self.fs.sync_dir(&self.backups))
            .or_else(|_| self.fs.replace(&path, bytes, Access::Owner))
            .map_err(failed("writing", &path))?;
        self.prune()?;
        Ok(path)
    }

    /// Removes the oldest backups.
    fn prune(&self) -> Result<(), StateError> {
        let kept = self.fs.list(&self.backups).map_err(failed("listing", &self.backups))?;
        for old in kept.iter().take(kept.len().saturating_sub(BACKUPS)) {
            self.drop_backup(&self.backups.join(old));
        }
        Ok(())
    }

    /// Removes a backup; one that cannot be removed does no harm.
    pub(super) fn drop_backup(&self, path: &Path) {
        drop(self.fs.remove(path));
    }
}
