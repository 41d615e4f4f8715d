//! The lock of a [`super::directory::DirectoryBackend`], and the right to write that comes with it.
//!
//! The operating system's lock keeps others out and dies with the process. The file that names the
//! holder is for people, and is the fence: a holder that no longer finds its own id there has lost
//! the right to write. One that takes the right away writes its name and then reads; one that writes
//! makes it durable and then looks for its name: so either the first sees the record, or the second sees
//! the name. Each run continues a journal in a file of its own, out of the reach of a run before it.
//! What is left is the instant between the last look and a rename.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::backend::{Holder, Loaded, Lock, Part, Progress, StateError, Weight};
use super::entry::State;
use super::file;
use super::fold::{admit, carried};
use super::journal::{Begin, Intent, Record, Wrote};
use super::place::{Found, Place, Started, failed, size};
use crate::base::fs::{File, FileLock};

/// How often a holder tells how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The lock, while it is held.
pub(super) struct DirectoryLock {
    place: Arc<Place>,
    holder: Holder,
    queue: Mutex<Queue>,
    writer: tokio::sync::Mutex<Writer>,
    /// When this holder last told how far it is.
    told: Mutex<Option<Instant>>,
}

/// Records that wait for the next sync.
#[derive(Default)]
struct Queue {
    records: Vec<Record>,
    /// How many appends have ever been queued.
    appends: u64,
}

struct Writer {
    /// The operating system's lock; lives as long as this.
    held: FileLock,
    journal: Option<Open>,
    weight: Weight,
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
    pub(super) fn new(place: Arc<Place>, holder: Holder, held: FileLock) -> Result<Self, StateError> {
        place.write_holder(&holder)?;
        let writer =
            Writer { held, journal: None, weight: Weight::default(), appends: 0, failed: None, backups: Vec::new() };
        Ok(Self { place, holder, queue: Mutex::default(), writer: writer.into(), told: Mutex::default() })
    }

    fn is_ours(&self) -> bool {
        self.place.is_held_by(&self.holder.id)
    }

    fn verify(&self) -> Result<(), StateError> {
        if self.is_ours() { Ok(()) } else { Err(self.lost()) }
    }

    /// Why this holder does not find itself in its files any more.
    fn lost(&self) -> StateError {
        self.place.lost(&self.holder.id)
    }

    fn queue<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over the journal, if there is one and it is not ours yet: without a torn tail, and with
    /// the end of a commit that a crash cut in half.
    fn ready(&self, writer: &mut Writer) -> Result<(), StateError> {
        if writer.journal.is_some() {
            return Ok(());
        }
        let Some(journal) = self.place.read_journal()? else { return Ok(()) };
        let (state, bytes): (_, Option<Vec<u8>>) =
            self.place.read_state()?.map(|found| (found.state, found.bytes)).unzip();
        let Loaded { state, open, recent, .. } = self.place.fold(state, &journal)?;
        writer.weight.state = bytes.as_deref().map_or(0, size);
        let records = if state.serial == journal.begin.serial {
            journal.records
        } else {
            // Whoever renamed the new state may not have lived to make the name durable. A journal that
            // continues it must not be more durable than it.
            if !self.place.replace_state(&bytes.unwrap_or_default(), &|| self.is_ours())? {
                return Err(self.lost());
            }
            carried(&open, &recent)
        };
        self.start(writer, Begin::of(&state), &records, Some(&journal.begin))
    }

    /// Starts a new journal in the place of the one that begins as `known`. One that another run has
    /// begun meanwhile is never overwritten.
    fn start(
        &self,
        writer: &mut Writer,
        begin: Begin,
        records: &[Record],
        known: Option<&Begin>,
    ) -> Result<(), StateError> {
        let begin = Begin { run: self.holder.id.clone(), ..begin };
        let still = || self.is_ours() && self.place.begun().as_ref() == known;
        let Started { file, size } = self.place.start_journal(&begin, records, &still)?.ok_or_else(|| self.lost())?;
        writer.journal = Some(Open { begin, file });
        writer.weight.journal = size;
        Ok(())
    }

    fn write(&self, writer: &mut Writer, records: Vec<Record>) -> Result<(), StateError> {
        self.verify()?;
        self.ready(writer)?;
        let begun = writer.journal.as_ref().map(|open| &open.begin);
        let found = if begun.is_none() { self.place.read_state()? } else { None };
        if let Some(found) = &found {
            writer.weight.state = size(&found.bytes);
        }
        let state = found.map(|found| found.state);
        let (begin, records) = admit(begun, state, records).map_err(|misfit| self.place.misfit(misfit))?;
        match &mut writer.journal {
            Some(_) if records.is_empty() => {}
            Some(open) => {
                writer.weight.journal += self.place.extend_journal(open.file.as_mut(), &records)?;
            }
            None => self.start(writer, begin, &records, None)?,
        }
        // Whoever took the lock over since may have read the journal before it held these records.
        self.verify()
    }

    /// A state that is not to be written.
    fn refused(&self, problem: String) -> StateError {
        StateError::Damaged { part: Part::State, path: self.place.location(), problem, whole: None }
    }

    /// The bytes of a state that may be written.
    fn encoded(&self, state: &State) -> Result<Vec<u8>, StateError> {
        file::check(state).map_err(|problem| self.refused(problem))?;
        file::encode(state).map_err(io::Error::from).map_err(failed("writing", self.place.location().as_ref()))
    }

    /// Replaces whatever is there. The state comes first: a crash between the two leaves it with a journal that does not
    /// belong to it, which is refused, or with one that is a serial behind, whose entries do not count.
    fn put(&self, writer: &mut Writer, state: &State) -> Result<u64, StateError> {
        self.verify()?;
        let serial = self.place.remains()?.begin.map_or(0, |begin| begin.serial).max(state.serial) + 1;
        let state = State { serial, ..state.clone() };
        let bytes = self.encoded(&state)?;
        self.place.keep_all()?;
        writer.journal = None;
        let known = self.place.begun();
        if !self.place.replace_state(&bytes, &|| self.is_ours())? {
            return Err(self.lost());
        }
        self.start(writer, Begin::of(&state), &[], known.as_ref())?;
        writer.weight = Weight { journal: 0, state: size(&bytes) };
        Ok(serial)
    }

    fn replace(&self, writer: &mut Writer, state: &State, expected: u64, carried: &[Record]) -> Result<(), StateError> {
        let bytes = self.encoded(state)?;
        let rebuilt = !self.is_ours() && self.place.is_gone();
        if rebuilt {
            self.rebuild(writer)?;
        }
        self.verify()?;
        // The journal must continue the state that is replaced, or a crash below would leave it two behind.
        self.ready(writer)?;
        let old = self.place.read_state()?;
        let found = old.as_ref().map_or(0, |old| old.state.serial);
        let lost = rebuilt && old.is_none();
        if (found != expected && !lost) || state.serial.checked_sub(1) != Some(expected) {
            return Err(StateError::Moved { location: self.place.location(), expected, found });
        }
        let lineage = old.as_ref().map(|old| &old.state.lineage);
        let lineage = lineage.or(writer.journal.as_ref().map(|open| &open.begin.lineage));
        if let Some(lineage) = lineage.filter(|lineage| **lineage != state.lineage) {
            return Err(self.refused(format!("it has the lineage {lineage}, and {} was to replace it", state.lineage)));
        }
        if let Some(old) = &old {
            self.back_up(writer, old)?;
        }
        // A failure from here on leaves it open which of the two journals is there.
        let known = writer.journal.take().map(|open| open.begin);
        if !self.place.replace_state(&bytes, &|| self.is_ours())? {
            return Err(self.lost());
        }
        self.start(writer, Begin::of(state), carried, known.as_ref())?;
        // Or a journal that begins with much would outgrow the state again and again.
        writer.weight = Weight { journal: 0, state: size(&bytes) + writer.weight.journal };
        Ok(())
    }

    /// Makes the folder again that was removed under this holder, unless another is there by now. A
    /// commit brings all that the journal held, and the state that may have gone with it.
    fn rebuild(&self, writer: &mut Writer) -> Result<(), StateError> {
        self.place.prepare()?;
        let held = self.place.try_lock()?;
        if self.place.begun().is_some() {
            return Err(self.lost());
        }
        writer.held = held.ok_or_else(|| self.lost())?;
        writer.journal = None;
        self.place.write_holder(&self.holder)
    }

    /// Keeps what the holder found, and of what it commits during a run the last: a long run
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

    async fn weight(&self) -> Weight {
        self.writer.lock().await.weight
    }

    async fn progress(&self, now: Progress) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) && self.is_ours() {
            *told = Some(Instant::now());
            self.place.write_progress(&Holder { progress: Some(now), ..self.holder.clone() });
        }
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        self.replace(&mut *self.writer.lock().await, state, expected, &carried(open, recent))
    }

    async fn push(&self, state: &State) -> Result<u64, StateError> {
        self.put(&mut *self.writer.lock().await, state)
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        if self.is_ours() {
            self.place.remove_holder();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::base::clock::TokioClock;
    use crate::base::fs::{Access, Fs};
    use crate::base::sim_fs::Fault;
    use crate::base::sim_fs::SimFs;
    use crate::state::backend::Backend;
    use crate::state::conformance::{begin, entry, holder, names, state};
    use crate::state::directory::DirectoryBackend;
    use crate::state::samples;

    const STATE: &str = "/stack/cenform.state.json";

    /// What happens to a process before one of its changes of the disk.
    #[derive(Clone, Copy, PartialEq)]
    enum Blow {
        /// It is killed: nothing that it does from then on has any effect.
        Killed,
        /// Another takes its lock over and works.
        Robbed,
    }

    /// The disk as one process sees it, which meets a blow before one of its changes.
    #[derive(Clone)]
    struct Process {
        disk: SimFs,
        blow: Blow,
        at: Arc<AtomicU64>,
        changes: Arc<AtomicU64>,
        dead: Arc<AtomicBool>,
        thief: Arc<Mutex<Option<Thief>>>,
    }

    struct Handle {
        process: Process,
        file: Box<dyn File>,
    }

    /// Who has taken the lock over, and what it found.
    struct Thief {
        lock: DirectoryLock,
        found: Loaded,
    }

    fn place(fs: impl Fs + 'static) -> Arc<Place> {
        let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
        Arc::new(Place::new(Arc::new(fs), Arc::new(clock), STATE.into()))
    }

    fn backend(fs: impl Fs + 'static) -> DirectoryBackend {
        let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
        DirectoryBackend::new(Arc::new(fs), Arc::new(clock), STATE.into())
    }

    /// The outcome of what waits for nothing but its turn.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        for _ in 0..10 {
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return outcome;
            }
        }
        panic!("it waits for something");
    }

    impl Thief {
        fn takes(disk: &SimFs) -> Self {
            let lock = DirectoryLock::new(place(disk.clone()), holder("thief"), Box::new(())).unwrap();
            let found = at_once(lock.load()).unwrap();
            let records = [begin(found.state.serial), Record::Intent(samples::intent(90)), entry("stolen")];
            at_once(lock.append(&records)).unwrap();
            Self { lock, found }
        }
    }

    impl Process {
        fn new(disk: &SimFs, blow: Blow) -> Self {
            let (at, changes, dead, thief) = Default::default();
            Self { disk: disk.clone(), blow, at, changes, dead, thief }
        }

        /// Before its change number `nth` from now; the next is 1.
        fn strikes_in(&self, nth: u64) {
            self.at.store(self.changes.load(Ordering::Relaxed) + nth, Ordering::Relaxed);
        }

        fn step(&self) -> io::Result<()> {
            if self.changes.fetch_add(1, Ordering::Relaxed) + 1 == self.at.load(Ordering::Relaxed) {
                match self.blow {
                    Blow::Killed => self.dead.store(true, Ordering::Relaxed),
                    Blow::Robbed => *self.thief.lock().unwrap() = Some(Thief::takes(&self.disk)),
                }
            }
            if self.dead.load(Ordering::Relaxed) { Err(io::Error::other("killed")) } else { Ok(()) }
        }

        /// Nobody can look and rename in one: a thief that comes in between has won and lost.
        fn rename_step(&self) -> io::Result<()> {
            if self.blow == Blow::Robbed { Ok(()) } else { self.step() }
        }
    }

    impl File for Handle {
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.process.step().and_then(|()| self.file.write(bytes))
        }

        fn sync(&mut self) -> io::Result<()> {
            self.process.step().and_then(|()| self.file.sync())
        }
    }

    impl Fs for Process {
        fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
            self.disk.read(path, limit)
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
            self.step().and_then(|()| self.disk.create_dir(folder))
        }

        fn remove_dir(&self, folder: &Path) -> io::Result<()> {
            self.step().and_then(|()| self.disk.remove_dir(folder))
        }

        fn temporary(&self, beside: &Path, access: Access) -> io::Result<(PathBuf, Box<dyn File>)> {
            self.step()?;
            let (path, file) = self.disk.temporary(beside, access)?;
            Ok((path, Box::new(Handle { process: self.clone(), file })))
        }

        fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
            self.step()?;
            Ok(Box::new(Handle { process: self.clone(), file: self.disk.open(path)? }))
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.rename_step().and_then(|()| self.disk.rename(from, to))
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.step().and_then(|()| self.disk.remove(path))
        }

        fn sync_dir(&self, folder: &Path) -> io::Result<()> {
            self.step().and_then(|()| self.disk.sync_dir(folder))
        }

        fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step().and_then(|()| self.disk.link(from, to))
        }

        fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
            self.step().and_then(|()| self.disk.try_lock(path))
        }
    }

    fn disk(seed: u64) -> SimFs {
        let disk = SimFs::new(seed);
        disk.create_dir_all(Path::new("/stack")).unwrap();
        disk
    }

    /// A run that appends and commits, and what it was told is done.
    async fn run(lock: &dyn Lock, kept: &mut Vec<String>) -> Result<(), StateError> {
        let Loaded { state: now, .. } = lock.load().await?;
        for serial in now.serial..now.serial + 2 {
            for name in ["x", "y"] {
                let name = format!("{name}{serial}");
                lock.append(&[begin(serial), entry(&name), Record::Intent(samples::intent(serial + 1))]).await?;
                kept.push(name);
            }
            let Loaded { state: now, open, .. } = lock.load().await?;
            lock.commit(&State { serial: serial + 1, ..now }, serial, &open, &[]).await?;
        }
        Ok(())
    }

    /// All that was said to be kept is there.
    fn assert_kept(loaded: &Loaded, kept: &[String], at: &str) {
        let found = names(loaded);
        assert!(kept.iter().all(|name| found.contains(&name.as_str())), "{at}: {found:?} of {kept:?}");
    }

    /// A run under a lock that it has, with a blow before its change number `at` from then on.
    async fn struck(disk: &SimFs, blow: Blow, at: u64, kept: &mut Vec<String>) -> (Process, Result<(), StateError>) {
        let process = Process::new(disk, blow);
        let lock = backend(process.clone()).lock(holder("a"), Duration::ZERO).await.unwrap();
        process.strikes_in(at);
        let ended = run(&*lock, kept).await;
        drop(lock);
        (process, ended)
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_robbed_of_its_lock_spoils_nothing_at_any_step() {
        for at in 1.. {
            let (disk, mut kept) = (disk(at), Vec::new());
            let (process, ended) = struck(&disk, Blow::Robbed, at, &mut kept).await;
            if ended.is_ok() {
                assert!(at > 20, "{at}");
                break;
            }
            let at = format!("step {at}");
            assert!(matches!(ended, Err(StateError::LockLost { .. })), "{at}: {ended:?}");
            let Thief { lock, found } = process.thief.lock().unwrap().take().unwrap();
            let serial = found.state.serial;
            let now = backend(disk.clone()).load().await.unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(now.state.serial, serial, "{at}: nothing was committed behind the thief's back");
            kept.push("stolen".to_owned());
            assert_kept(&now, &kept, &at);
            assert!(now.open.contains(&samples::intent(90)), "{at}: {:?}", now.open);
            lock.append(&[entry("more")]).await.unwrap_or_else(|error| panic!("{at}: {error}"));
            let Loaded { state: now, open, .. } = lock.load().await.unwrap();
            lock.commit(&State { serial: serial + 1, ..now }, serial, &open, &[]).await.unwrap();
            drop(lock);
            disk.crash();
            kept.push("more".to_owned());
            assert_kept(&backend(disk.clone()).load().await.unwrap(), &kept, &at);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_killed_run_left_half_done_is_made_durable_before_a_run_goes_on_from_it() {
        for seed in 0..4 {
            for at in 1.. {
                let (disk, mut kept) = (disk(seed), Vec::new());
                // The first run of all, its folders included.
                let process = Process::new(&disk, Blow::Killed);
                process.strikes_in(at);
                let first = match backend(process).lock(holder("a"), Duration::ZERO).await {
                    Ok(lock) => run(&*lock, &mut kept).await,
                    Err(error) => Err(error),
                };
                for next in 0..4 {
                    let (process, name) = (Process::new(&disk, Blow::Killed), format!("next{next}"));
                    let lock = backend(process.clone()).lock(holder("b"), Duration::ZERO).await.unwrap();
                    let found = lock.load().await.unwrap();
                    process.strikes_in(next * 9);
                    if lock.append(&[begin(found.state.serial), entry(&name)]).await.is_ok() {
                        kept.push(name);
                    }
                }
                disk.crash();
                let at = format!("seed {seed}, step {at}");
                let loaded = backend(disk.clone()).load().await.unwrap_or_else(|error| panic!("{at}: {error}"));
                assert_kept(&loaded, &kept, &at);
                if first.is_ok() {
                    break;
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_follows_a_commit_that_failed_half_way_is_kept() {
        for seed in 0..8 {
            for step in 1.. {
                let disk = disk(seed);
                let lock = backend(disk.clone()).lock(holder("a"), Duration::ZERO).await.unwrap();
                lock.append(&[begin(0), Record::Intent(samples::intent(1))]).await.unwrap();
                disk.fail(step, Fault::DiskFull);
                if lock.commit(&state(1), 0, &[samples::intent(1)], &[]).await.is_ok() {
                    break;
                }
                lock.append(&[entry("late")]).await.unwrap();
                disk.crash();
                let at = format!("seed {seed}, step {step}");
                let loaded = backend(disk).load().await.unwrap_or_else(|error| panic!("{at}: {error}"));
                assert_kept(&loaded, &["late".to_owned()], &at);
                assert_eq!(loaded.open, [samples::intent(1)], "{at}");
            }
        }
    }
}
