//! The disk of one process with somebody who looks on: every step is named by what it is done to, and can be lied about.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cenform::base::fs::{Access, File, FileLock, Fs, folder_of};

/// What a file or folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// How far a holder is: never synced.
    Progress,
    Journal,
    State,
    Backup,
    Holder,
    Lock,
    /// The folders of `.cenform`, and what keeps them out of version control.
    Folders,
}

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Op {
    CreateDir,
    Temporary,
    Write,
    Sync,
    Rename,
    Link,
    /// The names in its folder are made durable.
    SyncDir,
    /// A write to a file that has been synced before: nothing but a journal grows.
    AppendWrite,
    AppendSync,
    Open,
    Remove,
    TryLock,
}

/// One step of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step<'a> {
    pub(super) role: Role,
    pub(super) op: Op,
    /// The file; for [`Op::SyncDir`] the folder.
    pub(super) path: &'a Path,
}

/// Who looks on.
pub(super) trait Watch: Send + Sync {
    /// A step is about to be done.
    fn before(&self, _step: Step<'_>) {}

    /// A step has been done, or has failed.
    fn after(&self, _step: Step<'_>, _failed: Option<&io::Error>) {}

    /// Whether a sync is really done; otherwise it is said to be done.
    fn syncs(&self, _step: Step<'_>) -> bool {
        true
    }

    /// These bytes are about to be written.
    fn writes(&self, _step: Step<'_>, _bytes: &[u8]) {}

    /// What the process is told to be in a file.
    fn read(&self, _path: &Path, found: io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
        found
    }

    /// What the process is told of the lock.
    fn locked(&self, found: io::Result<Option<FileLock>>) -> io::Result<Option<FileLock>> {
        found
    }
}

/// What a path is for.
pub(super) fn role(path: &Path) -> Role {
    let name = |path: Option<&Path>| path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let (file, folder) = (name(Some(path)), name(path.parent()));
    let bare = file.strip_prefix('.').and_then(|rest| rest.split_once(".tmp-")).map_or(file.as_str(), |(bare, _)| bare);
    match (folder.as_str(), bare) {
        ("backups", _) => Role::Backup,
        (_, "progress.json") => Role::Progress,
        (_, "journal") => Role::Journal,
        (_, "holder.json") => Role::Holder,
        (_, "lock") => Role::Lock,
        (folder, "cenform.state.json") if folder != ".cenform" => Role::State,
        _ => Role::Folders,
    }
}

/// A disk that is watched.
pub(super) struct Watched {
    disk: Arc<dyn Fs>,
    watch: Arc<dyn Watch>,
    /// What the names are for that were changed in a folder since it was last synced.
    changed: Mutex<BTreeMap<PathBuf, BTreeSet<Role>>>,
}

impl Watched {
    pub(super) fn new(disk: Arc<dyn Fs>, watch: Arc<dyn Watch>) -> Self {
        Self { disk, watch, changed: Mutex::default() }
    }

    fn step<T>(&self, op: Op, path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        step(&*self.watch, Step { role: role(path), op, path }, act)
    }

    fn handle(&self, path: &Path, file: Box<dyn File>, is_synced: bool) -> Box<dyn File> {
        Box::new(Handle { watch: self.watch.clone(), path: path.to_owned(), file, is_synced })
    }

    fn note(&self, path: &Path) {
        self.changed.lock().unwrap().entry(folder_of(path).to_owned()).or_default().insert(role(path));
    }
}

fn step<T>(watch: &dyn Watch, step: Step<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    watch.before(step);
    let done = act();
    watch.after(step, done.as_ref().err());
    done
}

fn sync(watch: &dyn Watch, it: Step<'_>, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    step(watch, it, || if watch.syncs(it) { act() } else { Ok(()) })
}

struct Handle {
    watch: Arc<dyn Watch>,
    path: PathBuf,
    file: Box<dyn File>,
    is_synced: bool,
}

impl File for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let op = if self.is_synced { Op::AppendWrite } else { Op::Write };
        let it = Step { role: role(&self.path), op, path: &self.path };
        self.watch.writes(it, bytes);
        step(&*self.watch, it, || self.file.write(bytes))
    }

    fn sync(&mut self) -> io::Result<()> {
        let op = if self.is_synced { Op::AppendSync } else { Op::Sync };
        self.is_synced = true;
        sync(&*self.watch, Step { role: role(&self.path), op, path: &self.path }, || self.file.sync())
    }
}

impl Fs for Watched {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.watch.read(path, self.disk.read(path, limit))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.disk.exists(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.real(path)
    }

    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        self.note(folder);
        self.step(Op::CreateDir, folder, || self.disk.create_dir(folder))
    }

    fn temporary(&self, beside: &Path, access: Access) -> io::Result<(PathBuf, Box<dyn File>)> {
        let (path, file) = self.step(Op::Temporary, beside, || self.disk.temporary(beside, access))?;
        let handle = self.handle(&path, file, false);
        Ok((path, handle))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = self.step(Op::Open, path, || self.disk.open(path))?;
        Ok(self.handle(path, file, true))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(to);
        self.step(Op::Rename, to, || self.disk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Op::Remove, path, || self.disk.remove(path))
    }

    fn remove_dir(&self, folder: &Path) -> io::Result<()> {
        self.step(Op::Remove, folder, || self.disk.remove_dir(folder))
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let changed = self.changed.lock().unwrap().remove(folder).unwrap_or_default();
        // A folder that is synced without a change is synced for a killed process.
        let role = changed.last().copied().unwrap_or(Role::Folders);
        sync(&*self.watch, Step { role, op: Op::SyncDir, path: folder }, || self.disk.sync_dir(folder))
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        self.watch.locked(self.step(Op::TryLock, path, || self.disk.try_lock(path)))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(to);
        self.step(Op::Link, to, || self.disk.link(from, to))
    }
}
