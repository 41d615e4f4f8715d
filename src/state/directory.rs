//! The backend of a state file in a folder, with its journal, lock and backups in `.cenform` beside it.
//!
//! Files are read and written on the thread that asks: the pieces are small against the network,
//! and a run under a simulated clock stays repeatable.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::backend::{Backend, Holder, Loaded, Lock, StateError};
use super::entry::State;
use super::file::{self, LIMIT};
use super::fold::{Misfit, fold};
use super::frames::{self, Journal};
use super::journal::Record;
use super::lock::DirectoryLock;
use crate::base::clock::Clock;
use crate::base::fs::{Access, File, Fs, folder_of, is_temporary};

/// How many previous states are kept.
const BACKUPS: usize = 10;

/// How long a waiting process sleeps before it looks at the lock again, and a reading one before it
/// looks again at files that a commit has just moved under it.
const PAUSE: Duration = Duration::from_millis(50);

/// The most bytes that the file naming a lock's holder may have.
const HOLDER_LIMIT: u64 = 64 << 10;

/// A state file and the folder `.cenform/NAME/` beside it.
#[derive(Clone)]
pub struct DirectoryBackend(Arc<Place>);

impl DirectoryBackend {
    /// The backend of the state file at `state`, which need not exist. The clock names backups.
    pub fn new(fs: Arc<dyn Fs>, clock: Arc<dyn Clock>, state: PathBuf) -> Self {
        let hidden = folder_of(&state).join(".cenform");
        let own = hidden.join(state.file_name().unwrap_or_default());
        Self(Arc::new(Place {
            journal: own.join("journal"),
            lock: own.join("lock"),
            holder: own.join("holder.json"),
            backups: own.join("backups"),
            state,
            hidden,
            own,
            fs,
            clock,
        }))
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

    async fn lock(&self, holder: Holder, wait: Duration) -> Result<Box<dyn Lock>, StateError> {
        let place = &self.0;
        place.prepare()?;
        let deadline = Instant::now().checked_add(wait);
        loop {
            if let Some(held) = place.fs.try_lock(&place.lock).map_err(failed("locking", &place.lock))? {
                place.sweep();
                return Ok(Box::new(DirectoryLock::new(Arc::clone(place), &holder, held)?));
            }
            let left = deadline.map_or(PAUSE, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let holder = Box::new(place.holder().unwrap_or_else(unknown));
                return Err(StateError::Locked { location: place.location(), holder });
            }
            sleep(PAUSE.min(left)).await;
        }
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
    }
}

/// The files of one state.
pub(super) struct Place {
    pub(super) fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    state: PathBuf,
    hidden: PathBuf,
    own: PathBuf,
    journal: PathBuf,
    lock: PathBuf,
    holder: PathBuf,
    backups: PathBuf,
}

/// A state file as it was read.
pub(super) struct Found {
    pub(super) state: State,
    pub(super) bytes: Vec<u8>,
}

/// Turns an error of the file system into ours.
pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError::Io { doing, path: path.display().to_string(), source: Arc::new(source) }
}

impl Place {
    pub(super) fn location(&self) -> String {
        self.state.display().to_string()
    }

    /// The state with the journal folded onto it.
    pub(super) fn load(&self) -> Result<Loaded, StateError> {
        // The journal first: see [`DirectoryBackend::load`].
        let journal = self.read_journal()?;
        let state = self.read_state()?.map(|found| found.state);
        match journal {
            Some((journal, _)) => self.fold(state, &journal),
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
                StateError::Orphan { journal, state: self.location(), problem: self.advised(&problem) }
            }
            Misfit::Broken(problem) => StateError::Damaged { path: journal, problem: self.advised(&problem) },
        }
    }

    /// The problem, with where to turn.
    fn advised(&self, problem: &str) -> String {
        let backups = self.backups.display();
        format!("{problem}. Previous states are in {backups}; \"cenform state push\" puts one back")
    }

    pub(super) fn read_state(&self) -> Result<Option<Found>, StateError> {
        let Some(bytes) = self.read(&self.state)? else { return Ok(None) };
        match file::decode(&bytes, &self.location()) {
            Ok(state) => Ok(Some(Found { state, bytes })),
            Err(StateError::Damaged { path, problem }) => {
                Err(StateError::Damaged { path, problem: self.advised(&problem) })
            }
            Err(other) => Err(other),
        }
    }

    /// The journal, and whether a torn frame follows it.
    pub(super) fn read_journal(&self) -> Result<Option<(Journal, bool)>, StateError> {
        let Some(bytes) = self.read(&self.journal)? else { return Ok(None) };
        match frames::decode(&bytes, &self.journal.display().to_string()) {
            Ok(journal) => {
                let torn = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > journal.whole;
                Ok(Some((journal, torn)))
            }
            Err(StateError::Damaged { path, problem }) => {
                Err(StateError::Damaged { path, problem: self.advised(&problem) })
            }
            Err(other) => Err(other),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, StateError> {
        match self.fs.read(path, LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("reading", path)(error)),
        }
    }

    /// Makes the folders, out of the sight of version control.
    fn prepare(&self) -> Result<(), StateError> {
        let ignore = self.hidden.join(".gitignore");
        let made = self.fs.create_dir_all(&self.backups).and_then(|()| {
            if self.fs.exists(&ignore)? { Ok(()) } else { self.fs.replace(&ignore, b"*\n", Access::Owner) }
        });
        made.map_err(failed("preparing", &self.own))
    }

    /// Removes what a killed process left of replacements. Only the holder of the lock may: it is
    /// the only one that replaces these files. What cannot be removed does no harm.
    fn sweep(&self) {
        for path in [&self.state, &self.journal, &self.holder] {
            self.sweep_folder(folder_of(path), |name| is_temporary(name, path));
        }
        self.sweep_folder(&self.backups, |name| name.starts_with('.'));
    }

    fn sweep_folder(&self, folder: &Path, temporary: impl Fn(&str) -> bool) {
        for name in self.fs.list(folder).unwrap_or_default().iter().filter(|name| temporary(name)) {
            drop(self.fs.remove(&folder.join(name)));
        }
    }

    /// Who has the lock, as far as that can be read.
    pub(super) fn holder(&self) -> Option<Holder> {
        serde_json::from_slice(&self.fs.read(&self.holder, HOLDER_LIMIT).ok()?).ok()
    }

    pub(super) fn write_holder(&self, holder: &Holder) -> Result<(), StateError> {
        let json = serde_json::to_vec(holder).map_err(io::Error::from);
        json.and_then(|json| self.fs.replace(&self.holder, &json, Access::Owner))
            .map_err(failed("writing", &self.holder))
    }

    pub(super) fn remove_holder(&self) {
        drop(self.fs.remove(&self.holder));
    }

    /// Replaces the journal by one that holds `records`, and opens it.
    pub(super) fn start_journal(&self, records: &[Record]) -> Result<Box<dyn File>, StateError> {
        let frame = frames::encode(records).map_err(io::Error::from);
        frame
            .and_then(|frame| self.fs.replace(&self.journal, &frame, Access::Owner))
            .and_then(|()| self.fs.open(&self.journal))
            .map_err(failed("writing", &self.journal))
    }

    /// Opens the journal where its whole frames end.
    pub(super) fn open_journal(&self, whole: u64, torn: bool) -> Result<Box<dyn File>, StateError> {
        let opened = self.fs.open(&self.journal).and_then(|mut file| {
            if torn {
                file.truncate(whole)?;
                file.sync()?;
            }
            Ok(file)
        });
        opened.map_err(failed("opening", &self.journal))
    }

    /// Appends a frame to the open journal, durably.
    pub(super) fn extend_journal(&self, file: &mut dyn File, records: &[Record]) -> Result<(), StateError> {
        let frame = frames::encode(records).map_err(io::Error::from);
        frame.and_then(|frame| file.write(&frame)).and_then(|()| file.sync()).map_err(failed("writing", &self.journal))
    }

    pub(super) fn replace_state(&self, bytes: &[u8]) -> Result<(), StateError> {
        self.fs.replace(&self.state, bytes, Access::Owner).map_err(failed("writing", &self.state))
    }

    /// Keeps a copy of a state file, and says where.
    pub(super) fn back_up(&self, Found { state, bytes }: &Found) -> Result<PathBuf, StateError> {
        let now = self.clock.now().strftime("%Y%m%dT%H%M%S%.3fZ");
        let path = self.backups.join(format!("{now}-{:010}.json", state.serial));
        self.fs.replace(&path, bytes, Access::Owner).map_err(failed("writing", &path))?;
        let kept = self.fs.list(&self.backups).map_err(failed("listing", &self.backups))?;
        for old in kept.iter().take(kept.len().saturating_sub(BACKUPS)) {
            self.drop_backup(&self.backups.join(old));
        }
        Ok(path)
    }

    /// Removes a backup; one that cannot be removed does no harm.
    pub(super) fn drop_backup(&self, path: &Path) {
        drop(self.fs.remove(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::TokioClock;
    use crate::base::fs::OsFs;
    use crate::base::sim_fs::{Fault, SimFs};
    use crate::state::conformance::{self, Subject, begin, entry, holder, lock, names, state};
    use crate::state::samples;

    const STATE: &str = "/stack/cenform.state.json";
    const OWN: &str = "/stack/.cenform/cenform.state.json";

    fn backend(fs: &Arc<dyn Fs>, state: &Path) -> DirectoryBackend {
        let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
        DirectoryBackend::new(Arc::clone(fs), Arc::new(clock), state.to_owned())
    }

    fn simulated(seed: u64) -> (SimFs, DirectoryBackend) {
        let sim = SimFs::new(seed);
        sim.create_dir_all(Path::new("/stack")).unwrap();
        let fs: Arc<dyn Fs> = Arc::new(sim.clone());
        let backend = backend(&fs, Path::new(STATE));
        (sim, backend)
    }

    fn subject(fs: &Arc<dyn Fs>, state: &Path) -> Subject {
        let backend = backend(fs, state);
        let place = Arc::clone(&backend.0);
        let steal = move || place.write_holder(&holder("thief")).unwrap();
        Subject { backend: Arc::new(backend), steal: Box::new(steal) }
    }

    fn text(fs: &dyn Fs, path: &str) -> String {
        String::from_utf8(fs.read(Path::new(path), LIMIT).unwrap()).unwrap()
    }

    fn put(fs: &dyn Fs, path: &str, contents: &[u8]) {
        fs.replace(Path::new(path), contents, Access::Owner).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn conforms_on_simulated_files() {
        conformance::all(|| {
            let fs: Arc<dyn Fs> = Arc::new(SimFs::new(1));
            fs.create_dir_all(Path::new("/stack")).unwrap();
            subject(&fs, Path::new(STATE))
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_on_real_files() {
        let folder = tempfile::tempdir().unwrap();
        let fs: Arc<dyn Fs> = Arc::new(OsFs);
        let count = std::cell::Cell::new(0);
        conformance::all(|| {
            count.set(count.get() + 1);
            let own = folder.path().join(count.get().to_string());
            fs.create_dir_all(&own).unwrap();
            subject(&fs, &own.join("x.cenform.state.json"))
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_files_are_where_people_look_for_them() {
        let (fs, backend) = simulated(1);
        let held = lock(&backend, "a").await;
        assert!(text(&fs, &format!("{OWN}/holder.json")).contains("ada@host"));
        held.append(&[begin(0), entry("a")]).await.unwrap();
        held.commit(&state(1), 0, &[]).await.unwrap();
        drop(held);
        assert_eq!(fs.list(Path::new("/stack")).unwrap(), [".cenform", "cenform.state.json"]);
        assert_eq!(fs.list(Path::new("/stack/.cenform")).unwrap(), [".gitignore", "cenform.state.json"]);
        assert_eq!(text(&fs, "/stack/.cenform/.gitignore"), "*\n");
        assert_eq!(fs.list(Path::new(OWN)).unwrap(), ["backups", "journal", "lock"]);
        assert_eq!(file::decode(text(&fs, STATE).as_bytes(), STATE).unwrap(), state(1));
        assert_eq!(text(&fs, &format!("{OWN}/journal")).lines().count(), 1);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let fs: Arc<dyn Fs> = Arc::new(OsFs);
        let backend = backend(&fs, &folder.path().join("s.json"));
        let held = lock(&backend, "a").await;
        for serial in 0..2 {
            held.append(&[begin(serial), entry("a")]).await.unwrap();
            held.commit(&state(serial + 1), serial, &[]).await.unwrap();
        }
        let backups = fs.list(&folder.path().join(".cenform/s.json/backups")).unwrap();
        let backup = format!(".cenform/s.json/backups/{}", backups[0]);
        for (path, mode) in [
            ("s.json", 0o600),
            (".cenform", 0o700),
            (".cenform/s.json", 0o700),
            (".cenform/s.json/journal", 0o600),
            (".cenform/s.json/lock", 0o600),
            (".cenform/s.json/holder.json", 0o600),
            (backup.as_str(), 0o600),
        ] {
            let found = std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{path}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn loading_takes_no_lock_and_writes_nothing() {
        let (fs, backend) = simulated(1);
        let operations = fs.operations();
        backend.load().await.unwrap();
        assert_eq!(fs.operations(), operations);
        let held = lock(&backend, "a").await;
        held.append(&[begin(0), entry("a")]).await.unwrap();
        let journal = format!("{OWN}/journal");
        fs.open(Path::new(&journal)).unwrap().write(b"33 torn").unwrap();
        let operations = fs.operations();
        assert_eq!(names(&backend.load().await.unwrap()), ["a"]);
        assert_eq!(fs.operations(), operations);
        assert!(text(&fs, &journal).ends_with("33 torn"));
        drop(held);
        lock(&backend, "b").await.append(&[begin(0), entry("b")]).await.unwrap();
        assert_eq!(names(&backend.load().await.unwrap()), ["a", "b"]);
        assert!(!text(&fs, &journal).contains("torn"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_damaged_state_is_refused_and_never_overwritten() {
        let (fs, backend) = simulated(1);
        lock(&backend, "a").await.commit(&state(1), 0, &[]).await.unwrap();
        let newer = b"{\"version\": 9}";
        for damage in [&b""[..], b"{\"version\": 1, \"lineage\"", newer] {
            put(&fs, STATE, damage);
            backend.load().await.unwrap_err();
            let held = lock(&backend, "b").await;
            let refused = held.load().await.unwrap_err().to_string();
            let says = if damage == newer { "newer cenform" } else { "backups; \"cenform state push\" puts one back" };
            assert!(refused.contains(says), "{refused}");
            held.commit(&state(2), 1, &[]).await.unwrap_err();
            held.commit(&state(1), 0, &[]).await.unwrap_err();
            held.append(&[begin(1), entry("a")]).await.unwrap_err();
            assert_eq!(text(&fs, STATE).as_bytes(), damage);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_journal_without_its_state_is_refused() {
        let (fs, backend) = simulated(1);
        let held = lock(&backend, "a").await;
        held.commit(&state(1), 0, &[]).await.unwrap();
        held.append(&[entry("a")]).await.unwrap();
        drop(held);
        fs.remove(Path::new(STATE)).unwrap();
        let orphan = backend.load().await.unwrap_err();
        assert_eq!(
            orphan.to_string(),
            "the journal /stack/.cenform/cenform.state.json/journal does not belong to the state \
             /stack/cenform.state.json: it continues the serial 1, and there is no state file. Previous states are in \
             /stack/.cenform/cenform.state.json/backups; \"cenform state push\" puts one back"
        );
        let held = lock(&backend, "b").await;
        held.append(&[begin(0), entry("b")]).await.unwrap_err();
        held.commit(&state(1), 0, &[]).await.unwrap_err();
        assert!(!fs.exists(Path::new(STATE)).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn backups_keep_what_a_run_found_and_the_last_ten() {
        let (fs, backend) = simulated(1);
        let serials = || {
            let names = fs.list(Path::new(&format!("{OWN}/backups"))).unwrap();
            let serial = |name: &String| file::decode(text(&fs, &format!("{OWN}/backups/{name}")).as_bytes(), name);
            names.iter().map(|name| serial(name).unwrap().serial).collect::<Vec<_>>()
        };
        let held = lock(&backend, "long").await;
        for serial in 0..20 {
            held.commit(&state(serial + 1), serial, &[]).await.unwrap();
        }
        assert_eq!(serials(), [1, 19]);
        drop(held);
        for serial in 20..40 {
            lock(&backend, "short").await.commit(&state(serial + 1), serial, &[]).await.unwrap();
        }
        assert_eq!(serials(), (30..40).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_at_once_shares_a_sync() {
        let (fs, backend) = simulated(1);
        let held = lock(&backend, "a").await;
        held.append(&[begin(0)]).await.unwrap();
        let before = fs.syncs();
        let appends: Vec<_> = (0..10).map(|number| vec![entry(&format!("a{number}"))]).collect();
        let mut waiting: Vec<_> = appends.iter().map(|records| held.append(records)).collect();
        let all = std::future::poll_fn(|cx| {
            waiting.retain_mut(|append| append.as_mut().poll(cx).is_pending());
            if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        });
        all.await;
        assert_eq!(fs.syncs() - before, 1);
        assert_eq!(backend.load().await.unwrap().state.resources.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_sync_ends_appending_for_all_and_the_state_is_still_committed() {
        for fault in [Fault::DiskFull, Fault::Denied, Fault::ReadOnly] {
            for step in 1..=2 {
                let (fs, backend) = simulated(1);
                let held = lock(&backend, "a").await;
                held.append(&[begin(0), Record::Intent(samples::intent(1))]).await.unwrap();
                fs.fail(step, fault);
                let (one, two) = ([entry("a")], [entry("b")]);
                let (first, second) = tokio::join!(held.append(&one), held.append(&two));
                let said = first.unwrap_err().to_string();
                assert_eq!(said, "writing /stack/.cenform/cenform.state.json/journal failed");
                assert_eq!(second.unwrap_err().to_string(), said);
                assert_eq!(held.append(&[entry("c")]).await.unwrap_err().to_string(), said);
                held.commit(&state(1), 0, &[samples::intent(1)]).await.unwrap();
                held.append(&[entry("d")]).await.unwrap_err();
                fs.crash();
                let loaded = backend.load().await.unwrap();
                assert_eq!((loaded.state, loaded.open), (state(1), vec![samples::intent(1)]));
            }
        }
    }

    /// What a run has been told is durable, and what it has begun to write.
    #[derive(Default)]
    struct Story {
        serial: u64,
        kept: Vec<String>,
        tried: Vec<String>,
        intents: Vec<u64>,
    }

    async fn run(backend: &DirectoryBackend, story: &mut Story) -> Result<(), StateError> {
        let held = backend.lock(holder("run"), Duration::ZERO).await?;
        for serial in 0..3 {
            for name in ["x", "y"] {
                let name = format!("{name}{serial}");
                story.tried.push(name.clone());
                let intent = Record::Intent(samples::intent(serial + 1));
                let mut records = vec![begin(serial), entry(&name)];
                if name.starts_with('x') {
                    records.push(intent);
                }
                held.append(&records).await?;
                story.kept.push(name);
                story.intents = (1..=serial + 1).collect();
            }
            let Loaded { state, open, .. } = held.load().await?;
            held.commit(&State { serial: serial + 1, ..state }, serial, &open).await?;
            story.serial = serial + 1;
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_durable_is_lost_wherever_the_machine_stops() {
        let (mut halves, mut tails) = (0, 0);
        for seed in 0..12 {
            for stop in 1.. {
                let (fs, backend) = simulated(seed);
                fs.fail(stop, Fault::Stop);
                let mut story = Story::default();
                let finished = run(&backend, &mut story).await.is_ok();
                fs.crash();
                let at = format!("seed {seed}, stop {stop}");
                let loaded = backend.load().await.unwrap_or_else(|error| panic!("{at}: {error}"));
                if let Ok(Some((journal, torn))) = backend.0.read_journal() {
                    halves += i32::from(journal.begin.serial != loaded.state.serial);
                    tails += i32::from(torn);
                }
                let found: Vec<_> = names(&loaded).into_iter().map(str::to_owned).collect();
                assert!(story.kept.iter().all(|name| found.contains(name)), "{at}: {found:?}");
                assert!(found.iter().all(|name| story.tried.contains(name)), "{at}: {found:?}");
                assert!((story.serial..=story.serial + 1).contains(&loaded.state.serial), "{at}");
                let open: Vec<_> = loaded.open.iter().map(|intent| intent.number).collect();
                assert!(story.intents.iter().all(|number| open.contains(number)), "{at}: {open:?}");

                // The next run goes on from there, and the crash costs it nothing.
                let held = backend.lock(holder("next"), Duration::ZERO).await.unwrap();
                let Loaded { state: now, open, .. } = held.load().await.unwrap();
                assert_eq!((&now, &open), (&loaded.state, &loaded.open), "{at}");
                let serial = now.serial;
                let lineage =
                    State { lineage: "lineage".to_owned(), account_id: state(0).account_id, emulator: true, ..now };
                held.append(&[begin(serial), entry("next")]).await.unwrap_or_else(|error| panic!("{at}: {error}"));
                held.commit(&State { serial: serial + 1, ..lineage.clone() }, serial, &open).await.unwrap();
                drop(held);
                fs.crash();
                let last = backend.load().await.unwrap();
                assert_eq!((last.state, last.open), (State { serial: serial + 1, ..lineage }, open), "{at}");
                let left = fs.list(Path::new("/stack")).unwrap();
                assert_eq!(left, [".cenform", "cenform.state.json"], "{at}: nothing temporary stays");
                if finished {
                    break;
                }
            }
        }
        assert!(halves > 0 && tails > 0, "half commits ({halves}) and torn tails ({tails}) have been seen");
    }
}
