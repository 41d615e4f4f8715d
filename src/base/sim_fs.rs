//! A file system in memory that forgets what was not synced, as a real one may when power fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fs::{Access, File, FileLock, Fs, folder_of, temporary_prefix, within};
use super::random::{Random as _, SeededRandom};

/// What goes wrong at an operation that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full: half of a write is written.
    DiskFull,
    /// The operation is not permitted.
    Denied,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The process stops: this operation and all its later ones fail until [`SimFs::kill`] or [`SimFs::crash`].
    Stop,
}

/// The simulated file system, as one process sees it. Clones are of the same process; [`SimFs::beside`] is another one's
/// view of the same disk. What a process locks, opens and counts, and the faults that it meets, are its own.
///
/// Paths are absolute; the folder `/` is there from the start. Contents are durable once synced,
/// names once their folder is. A crash keeps a seeded choice of the rest: of the changed names of
/// each folder the first few, of the bytes written to a file a part, with holes. A failed sync, of a
/// file or a folder, loses what it should have made durable, whatever a later sync says.
#[derive(Clone)]
pub struct SimFs {
    disk: Arc<Mutex<Disk>>,
    /// Which of the processes this is.
    process: usize,
}

struct Disk {
    random: SeededRandom,
    processes: Vec<Process>,
    made: u64,
    contents: BTreeMap<u64, Contents>,
    live: Names,
    durable: Names,
    /// The changes of each folder since it was synced.
    pending: BTreeMap<PathBuf, Vec<Change>>,
    /// What files are locked, and the process that has the lock.
    locked: BTreeMap<u64, usize>,
}

#[derive(Default)]
struct Process {
    /// Counts its ends: handles of an earlier life are dead.
    life: u64,
    stopped: bool,
    fault: Option<(u64, Fault)>,
    operations: u64,
    syncs: u64,
    robs: bool,
}

#[derive(Clone, Default)]
struct Names {
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, u64>,
}

#[derive(Default)]
struct Contents {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Where each write since the last sync begins.
    writes: Vec<usize>,
    /// Whether a sync has failed.
    lost: bool,
}

#[derive(Clone)]
enum Change {
    Folder(PathBuf),
    File(PathBuf, u64),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    RemoveFolder(PathBuf),
}

impl Names {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Folder(path) => drop(self.folders.insert(path)),
            Change::File(path, id) => drop(self.files.insert(path, id)),
            Change::Remove(path) => drop(self.files.remove(&path)),
            Change::RemoveFolder(path) => {
                self.folders.remove(&path);
                self.prune();
            }
            Change::Rename(from, to) => {
                if let Some(id) = self.files.remove(&from) {
                    self.files.insert(to, id);
                }
            }
        }
    }

    /// Drops what lies in folders that are not there.
    fn prune(&mut self) {
        let whole = |folders: &BTreeSet<PathBuf>, path: &Path| path.ancestors().skip(1).all(|a| folders.contains(a));
        let folders = self.folders.clone();
        self.folders.retain(|folder| whole(&folders, folder));
        let folders = &self.folders;
        self.files.retain(|file, _| whole(folders, file));
    }
}

impl Contents {
    fn crash(&mut self, below: impl Fn(usize) -> usize) {
        let kept = self.durable.len();
        if self.live.len() > kept && self.live.starts_with(&self.durable) {
            let mut survivor = self.live.clone();
            for (start, end) in self.writes.iter().zip(self.writes.iter().skip(1).chain([&self.live.len()])) {
                if below(3) == 0 {
                    survivor[*start..*end].fill(0);
                }
            }
            survivor.truncate(kept + below(survivor.len() - kept + 1));
            self.durable = survivor;
        } else if below(2) == 0 {
            self.durable.clone_from(&self.live);
        }
        *self = Self { live: self.durable.clone(), durable: std::mem::take(&mut self.durable), ..Self::default() };
    }
}

impl Disk {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap_or_default() % bound.max(1)
    }

    fn change(&mut self, folder: &Path, change: Change) {
        self.live.apply(change.clone());
        self.pending.entry(folder.to_owned()).or_default().push(change);
    }

    /// The process ends: its handles are dead, its locks are free, and no fault is waiting for it.
    fn end(&mut self, process: usize) {
        self.locked.retain(|_, holder| *holder != process);
        let ended = &mut self.processes[process];
        *ended = Process { life: ended.life + 1, stopped: false, fault: None, robs: false, ..*ended };
    }

    fn make(&mut self, path: &Path) -> io::Result<u64> {
        if !self.live.folders.contains(folder_of(path)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.made += 1;
        self.contents.insert(self.made, Contents::default());
        self.change(folder_of(path), Change::File(path.to_owned(), self.made));
        Ok(self.made)
    }
}

impl Process {
    /// Counts one changing operation of a handle of this life, and says what goes wrong with it.
    fn step(&mut self, life: u64) -> Result<(), Fault> {
        self.operations += 1;
        if self.stopped || life != self.life {
            return Err(Fault::Stop);
        }
        match self.fault {
            Some((at, fault)) if at == self.operations => {
                self.stopped = fault == Fault::Stop;
                Err(fault)
            }
            _ => Ok(()),
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::DiskFull => io::ErrorKind::StorageFull.into(),
            Fault::Denied => io::ErrorKind::PermissionDenied.into(),
            Fault::ReadOnly => io::ErrorKind::ReadOnlyFilesystem.into(),
            Fault::Stop => io::Error::other("the process has stopped"),
        }
    }
}

impl SimFs {
    /// The first process on an empty file system; `seed` decides what crashes keep.
    pub fn new(seed: u64) -> Self {
        let names = Names { folders: BTreeSet::from(["/".into()]), ..Names::default() };
        let disk = Disk {
            random: SeededRandom::new(seed),
            processes: vec![Process::default()],
            made: 0,
            contents: BTreeMap::new(),
            live: names.clone(),
            durable: names,
            pending: BTreeMap::new(),
            locked: BTreeMap::new(),
        };
        Self { disk: Arc::new(Mutex::new(disk)), process: 0 }
    }

    /// Another process on the same disk.
    #[must_use]
    pub fn beside(&self) -> Self {
        let mut disk = self.disk();
        disk.processes.push(Process::default());
        Self { disk: Arc::clone(&self.disk), process: disk.processes.len() - 1 }
    }

    /// Lets the `nth` changing operation of this process from now (the next is 1) go wrong.
    pub fn fail(&self, nth: u64, fault: Fault) {
        self.process(|process| process.fault = Some((process.operations + nth, fault)));
    }

    /// How many changing operations of this process there have been.
    pub fn operations(&self) -> u64 {
        self.process(|process| process.operations)
    }

    /// How many files this process has synced.
    pub fn syncs(&self) -> u64 {
        self.process(|process| process.syncs)
    }

    /// The process gets every lock from now on, whoever has it, as where locks do not work.
    pub fn rob(&self) {
        self.process(|process| process.robs = true);
    }

    /// The process stops now: all its operations fail until [`SimFs::crash`] or [`SimFs::kill`].
    pub fn stop(&self) {
        self.process(|process| process.stopped = true);
    }

    /// Whether the process has stopped.
    pub fn has_stopped(&self) -> bool {
        self.process(|process| process.stopped)
    }

    /// The process ends and the machine goes on, and this is the next process in its place: nothing is lost and nothing
    /// more is durable, open handles are dead, locks are free, and no fault is waiting.
    pub fn kill(&self) {
        self.disk().end(self.process);
    }

    /// Power fails and comes back: what was not synced may be gone, and all processes have ended.
    pub fn crash(&self) {
        let disk = &mut *self.disk();
        for changes in std::mem::take(&mut disk.pending).into_values() {
            let kept = disk.below(changes.len() + 1);
            changes.into_iter().take(kept).for_each(|change| disk.durable.apply(change));
        }
        disk.durable.prune();
        disk.live = disk.durable.clone();
        for mut contents in std::mem::take(&mut disk.contents) {
            contents.1.crash(|bound| disk.below(bound));
            disk.contents.insert(contents.0, contents.1);
        }
        (0..disk.processes.len()).for_each(|process| disk.end(process));
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn process<T>(&self, act: impl FnOnce(&mut Process) -> T) -> T {
        act(&mut self.disk().processes[self.process])
    }

    /// The disk, for one operation that changes nothing.
    fn reading(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.disk();
        if disk.processes[self.process].stopped { Err(Fault::Stop.into()) } else { Ok(disk) }
    }

    /// The disk, for one changing operation that starts now.
    fn changing(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let mut disk = self.disk();
        let process = &mut disk.processes[self.process];
        process.step(process.life)?;
        Ok(disk)
    }

    fn handle(&self, disk: &Disk, id: u64) -> Box<dyn File> {
        Box::new(Handle { fs: self.clone(), id, life: disk.processes[self.process].life })
    }
}

struct Handle {
    fs: SimFs,
    id: u64,
    life: u64,
}

impl Handle {
    fn with<T>(&self, act: impl FnOnce(&mut Contents, Result<(), Fault>) -> io::Result<T>) -> io::Result<T> {
        let mut disk = self.fs.disk();
        let step = disk.processes[self.fs.process].step(self.life);
        if step == Err(Fault::Stop) {
            return Err(Fault::Stop.into());
        }
        act(disk.contents.entry(self.id).or_default(), step)
    }
}

impl File for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(|contents, step| {
            let written = match step {
                Ok(()) => bytes,
                Err(Fault::DiskFull) => &bytes[..bytes.len() / 2],
                Err(_) => &[],
            };
            contents.writes.push(contents.live.len());
            contents.live.extend_from_slice(written);
            Ok(step?)
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.fs.process(|process| process.syncs += 1);
        self.with(|contents, step| {
            contents.lost |= step.is_err();
            if !contents.lost {
                contents.durable.clone_from(&contents.live);
                contents.writes.clear();
            }
            Ok(step?)
        })
    }
}

struct Held {
    fs: SimFs,
    id: u64,
    life: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut disk = self.fs.disk();
        let holds = disk.locked.get(&self.id) == Some(&self.fs.process);
        if holds && disk.processes[self.fs.process].life == self.life {
            disk.locked.remove(&self.id);
        }
    }
}

impl Fs for SimFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let disk = self.reading()?;
        let contents = disk.live.files.get(path).and_then(|id| disk.contents.get(id));
        within(contents.ok_or(io::ErrorKind::NotFound)?.live.clone(), limit)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let disk = self.reading()?;
        Ok(disk.live.files.contains_key(path) || disk.live.folders.contains(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let disk = self.reading()?;
        if !disk.live.folders.contains(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let paths = disk.live.files.keys().chain(&disk.live.folders).filter(|path| path.parent() == Some(folder));
        let names: BTreeSet<_> = paths.filter_map(|path| path.file_name()?.to_str()).map(str::to_owned).collect();
        Ok(names.into_iter().collect())
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.changing()?;
        if disk.live.folders.contains(folder) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !disk.live.folders.contains(folder_of(folder)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        disk.change(folder_of(folder), Change::Folder(folder.to_owned()));
        Ok(())
    }

    fn remove_dir(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.changing()?;
        if !disk.live.folders.contains(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if disk.live.folders.iter().chain(disk.live.files.keys()).any(|path| path.parent() == Some(folder)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        disk.pending.remove(folder);
        disk.change(folder_of(folder), Change::RemoveFolder(folder.to_owned()));
        Ok(())
    }

    fn temporary(&self, beside: &Path, _: Access) -> io::Result<(PathBuf, Box<dyn File>)> {
        let mut disk = self.changing()?;
        let path = folder_of(beside).join(format!("{}{}", temporary_prefix(beside), disk.made));
        let id = disk.make(&path)?;
        Ok((path, self.handle(&disk, id)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let disk = self.changing()?;
        let id = *disk.live.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(&disk, id))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.changing()?;
        if folder_of(from) != folder_of(to) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        if !disk.live.files.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        disk.change(folder_of(to), Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.changing()?;
        if !disk.live.files.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        disk.change(folder_of(path), Change::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        let process = &mut disk.processes[self.process];
        let step = process.step(process.life);
        if step == Err(Fault::Stop) {
            return Err(Fault::Stop.into());
        }
        let changes = disk.pending.remove(folder).unwrap_or_default();
        if step.is_ok() {
            for change in changes {
                disk.durable.apply(change);
            }
        }
        Ok(step?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.changing()?;
        let id = *disk.live.files.get(from).ok_or(io::ErrorKind::NotFound)?;
        if disk.live.files.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk.change(folder_of(to), Change::File(to.to_owned(), id));
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let mut disk = self.changing()?;
        let id = match disk.live.files.get(path) {
            Some(id) => *id,
            None => disk.make(path)?,
        };
        if disk.locked.contains_key(&id) && !disk.processes[self.process].robs {
            return Ok(None);
        }
        disk.locked.insert(id, self.process);
        let life = disk.processes[self.process].life;
        Ok(Some(Box::new(Held { fs: self.clone(), id, life })))
    }
}

#[cfg(test)]
mod tests;
