//! Tests of the backend on simulated and on real files.

mod by_hand;

use std::path::Path;

use super::*;
use crate::base::clock::TokioClock;
use crate::base::fs::{Access, OsFs, folder_of};
use crate::base::sim_fs::{Fault, SimFs};
use crate::state::backend::{Progress, Weight};
use crate::state::conformance::{self, Subject, begin, entry, holder, lock, names, state};
use crate::state::entry::State;
use crate::state::file::{self, LIMIT};
use crate::state::journal::Record;
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
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
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
        held.commit(&state(serial + 1), serial, &[], &[]).await.unwrap();
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

#[cfg(unix)]
#[tokio::test]
async fn a_state_has_one_lock_and_one_journal_by_whatever_link_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn Fs> = Arc::new(OsFs);
    let real = folder.path().join("real/s.json");
    fs.create_dir_all(folder_of(&real)).unwrap();
    let [one, other] = ["one.json", "other.json"].map(|link| {
        let link = folder.path().join(link);
        std::os::unix::fs::symlink("real/s.json", &link).unwrap();
        backend(&fs, &link)
    });
    let held = lock(&one, "a").await;
    held.append(&[begin(0), entry("a")]).await.unwrap();
    assert!(matches!(other.lock(holder("b"), Duration::ZERO).await, Err(StateError::Locked { .. })));
    drop(held);
    assert_eq!(names(&lock(&other, "b").await.load().await.unwrap()), ["a"]);
    assert_eq!(fs.list(folder.path()).unwrap(), ["one.json", "other.json", "real"]);
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
    lock(&backend, "a").await.commit(&state(1), 0, &[], &[]).await.unwrap();
    let newer = b"{\"version\": 9}";
    for damage in [&b""[..], b"{\"version\": 1, \"lineage\"", newer] {
        put(&fs, STATE, damage);
        backend.load().await.unwrap_err();
        let held = lock(&backend, "b").await;
        let refused = held.load().await.unwrap_err().to_string();
        let says = if damage == newer { "newer cenform" } else { "There is no previous state in" };
        assert!(refused.contains(says), "{refused}");
        held.commit(&state(2), 1, &[], &[]).await.unwrap_err();
        held.commit(&state(1), 0, &[], &[]).await.unwrap_err();
        held.append(&[begin(1), entry("a")]).await.unwrap_err();
        assert_eq!(text(&fs, STATE).as_bytes(), damage);
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_journal_tells_what_else_it_holds() {
    let (fs, backend) = simulated(1);
    let held = lock(&backend, "a").await;
    for name in ["a", "b", "c", "d"] {
        held.append(&[begin(0), entry(name)]).await.unwrap();
    }
    held.append(&[Record::Gone { address: samples::address("cen.d") }]).await.unwrap();
    let journal = format!("{OWN}/journal");
    put(&fs, &journal, text(&fs, &journal).replace("cen-b", "cen-x").as_bytes());
    let refused = backend.load().await.unwrap_err().to_string();
    assert!(
        refused.contains(". Its readable lines tell of cen.a (cen-a), cen.c (cen-c). There is no previous state"),
        "{refused}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_journal_without_its_state_is_refused() {
    let (fs, backend) = simulated(1);
    let held = lock(&backend, "a").await;
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
    held.append(&[entry("a")]).await.unwrap();
    drop(held);
    fs.remove(Path::new(STATE)).unwrap();
    let orphan = backend.load().await.unwrap_err();
    assert_eq!(
        orphan.to_string(),
        "The journal /stack/.cenform/cenform.state.json/journal does not belong to the state \
         /stack/cenform.state.json: it continues the serial 1, and there is no state file. There is no \
         previous state in /stack/.cenform/cenform.state.json/backups"
    );
    let held = lock(&backend, "b").await;
    held.append(&[begin(0), entry("b")]).await.unwrap_err();
    held.commit(&state(1), 0, &[], &[]).await.unwrap_err();
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
        held.commit(&state(serial + 1), serial, &[], &[]).await.unwrap();
    }
    assert_eq!(serials(), [1, 19]);
    drop(held);
    for serial in 20..40 {
        lock(&backend, "short").await.commit(&state(serial + 1), serial, &[], &[]).await.unwrap();
    }
    assert_eq!(serials(), (30..40).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn how_far_a_holder_is_is_told_at_times_and_never_for_another() {
    let (fs, backend) = simulated(1);
    let far = || backend.0.holder().unwrap().progress.map(|progress| progress.done);
    let held = lock(&backend, "a").await;
    assert_eq!(far(), None);
    for (done, told) in [(1, 1), (2, 1), (3, 3)] {
        held.progress(Progress { done, total: 9 }).await;
        assert_eq!(far(), Some(told));
        sleep(Duration::from_millis(1200)).await;
    }
    let refused = backend.lock(holder("b"), Duration::ZERO).await.err().unwrap();
    let progress = Some(Progress { done: 3, total: 9 });
    assert!(matches!(&refused, StateError::Locked { holder, .. } if holder.progress == progress), "{refused:?}");
    sleep(Duration::from_secs(2)).await;
    fs.fail(1, Fault::DiskFull);
    held.progress(Progress { done: 4, total: 9 }).await;
    assert_eq!(far(), Some(3), "what cannot be told is not an error");

    assert_eq!(backend.unlock("a").await.unwrap().progress, progress);
    let next = lock(&backend, "b").await;
    sleep(Duration::from_secs(5)).await;
    held.progress(Progress { done: 5, total: 9 }).await;
    assert_eq!(backend.0.holder(), Some(holder("b")));
    drop((held, next));
    assert_eq!(fs.list(Path::new(OWN)).unwrap(), ["backups", "lock"]);
}

#[tokio::test(start_paused = true)]
async fn folders_are_as_durable_as_what_is_put_into_them() {
    for fault in [Fault::DiskFull, Fault::Denied, Fault::ReadOnly] {
        for step in 1..12 {
            let (fs, backend) = simulated(step);
            fs.fail(step, fault);
            let first = backend.lock(holder("a"), Duration::ZERO).await.map(drop);
            fs.kill();
            let held = lock(&backend, "b").await;
            held.append(&[begin(0), entry("x")]).await.unwrap();
            fs.crash();
            let at = format!("{fault:?} at {step}, {first:?}");
            assert_eq!(names(&backend.load().await.unwrap()), ["x"], "{at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_came_in_between_is_not_unlocked() {
    let (fs, backend) = simulated(1);
    let _held = lock(&backend, "a").await;
    backend.0.write_holder(&holder("b")).unwrap();
    assert!(!backend.0.unlock("a").unwrap());
    assert!(fs.exists(&Path::new(OWN).join("lock")).unwrap() && backend.0.is_held_by("b"));
    assert!(backend.0.unlock("b").unwrap() && backend.0.try_lock().unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn who_ended_with_the_lock_needs_no_unlocking() {
    let (fs, backend) = simulated(1);
    let ended = lock(&backend, "a").await;
    fs.kill();
    assert_eq!(backend.unlock("a").await.unwrap(), holder("a"));
    let free = backend.unlock("a").await.unwrap_err();
    assert!(matches!(free, StateError::NotLocked { .. }), "{free}");
    drop(ended);
}

#[tokio::test(start_paused = true)]
async fn a_loser_names_the_holder_and_no_dead_one() {
    let (fs, backend) = simulated(1);
    let place = &backend.0;
    place.prepare().unwrap();
    place.write_holder(&holder("dead")).unwrap();
    let held = fs.try_lock(&Path::new(OWN).join("lock")).unwrap();
    let winner = async {
        sleep(Duration::from_millis(20)).await;
        place.remove_holder();
        sleep(Duration::from_millis(400)).await;
        place.write_holder(&holder("winner")).unwrap();
    };
    let (lost, ()) = tokio::join!(backend.lock(holder("loser"), Duration::ZERO), winner);
    let lost = lost.err().unwrap();
    assert!(matches!(&lost, StateError::Locked { holder: named, .. } if **named == holder("winner")), "{lost}");
    drop(held);
    let held = place.try_lock().unwrap();
    assert_eq!(place.holder(), None, "who takes the lock takes the old name away");
    let begun = Instant::now();
    let lost = backend.lock(holder("loser"), Duration::ZERO).await.err().unwrap().to_string();
    assert!(lost.contains("another process"), "{lost}");
    assert_eq!(begun.elapsed(), NAMING);
    drop(held);
}

#[tokio::test]
async fn a_folder_that_is_removed_in_the_middle_costs_nothing_that_was_done() {
    for (removed, whole) in [(".cenform", true), ("", false)] {
        let folder = tempfile::tempdir().unwrap();
        let stack = folder.path().join("stack");
        let fs: Arc<dyn Fs> = Arc::new(OsFs);
        let backend = backend(&fs, &stack.join("s.json"));
        let held = lock(&backend, "a").await;
        held.commit(&state(1), 0, &[], &[]).await.unwrap();
        std::fs::remove_dir_all(stack.join(removed)).unwrap();
        let gone = held.append(&[entry("a")]).await.unwrap_err();
        let said =
            format!("{} was removed while the state was being worked on", stack.join(".cenform/s.json").display());
        assert_eq!(gone.to_string(), said);
        held.commit(&state(2), 1, &[samples::intent(1)], &[]).await.unwrap();
        assert!(matches!(backend.lock(holder("b"), Duration::ZERO).await, Err(StateError::Locked { .. })));
        drop(held);
        let loaded = lock(&backend, "b").await.load().await.unwrap();
        assert_eq!((loaded.state, loaded.open), (state(2), vec![samples::intent(1)]));
        assert_eq!(fs.list(&stack.join(".cenform/s.json/backups")).unwrap().len(), usize::from(whole));
    }
}

#[tokio::test]
async fn a_folder_that_another_run_has_made_again_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn Fs> = Arc::new(OsFs);
    let backend = backend(&fs, &folder.path().join("s.json"));
    let first = lock(&backend, "a").await;
    first.commit(&state(1), 0, &[], &[]).await.unwrap();
    std::fs::remove_dir_all(folder.path().join(".cenform")).unwrap();
    let second = lock(&backend, "b").await;
    second.append(&[begin(1), entry("b")]).await.unwrap();
    for lost in [first.append(&[entry("a")]).await, first.commit(&state(2), 1, &[], &[]).await] {
        assert!(matches!(lost, Err(StateError::LockLost { .. })), "{lost:?}");
    }
    assert_eq!(names(&backend.load().await.unwrap()), ["b"]);
}

#[tokio::test]
async fn the_journal_outgrows_the_state_and_a_commit_cures_that() {
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn Fs> = Arc::new(OsFs);
    let backend = backend(&fs, &folder.path().join("s.json"));
    let length = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let held = lock(&backend, "a").await;
    let mut carried = 0;
    for serial in 0..3 {
        held.append(&[begin(serial)]).await.unwrap();
        let mut appends = 0;
        while !held.weight().await.has_outgrown() {
            held.append(&[entry("a")]).await.unwrap();
            appends += 1;
        }
        assert_eq!(appends > 0, serial > 0, "without a state, any journal is longer");
        assert_eq!(held.weight().await.journal, length(".cenform/s.json/journal") - carried);
        held.commit(&state(serial + 1), serial, &[], &[]).await.unwrap();
        carried = length(".cenform/s.json/journal");
        assert_eq!(held.weight().await, Weight { journal: 0, state: length("s.json") + carried });
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_the_old_file_itself() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn Fs> = Arc::new(OsFs);
    let backend = backend(&fs, &folder.path().join("s.json"));
    let held = lock(&backend, "a").await;
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
    let old = std::fs::metadata(folder.path().join("s.json")).unwrap().ino();
    held.commit(&state(2), 1, &[], &[]).await.unwrap();
    let backups = folder.path().join(".cenform/s.json/backups");
    let backup = backups.join(&fs.list(&backups).unwrap()[0]);
    assert_eq!(std::fs::metadata(&backup).unwrap().ino(), old);
    assert_eq!(file::decode(&fs.read(&backup, LIMIT).unwrap(), "").unwrap(), state(1));
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
            held.commit(&state(1), 0, &[samples::intent(1)], &[]).await.unwrap();
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
        held.commit(&State { serial: serial + 1, ..state }, serial, &open, &[]).await?;
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
            if let Ok(Some(journal)) = backend.0.read_journal() {
                halves += i32::from(journal.begin.serial != loaded.state.serial);
                tails += i32::from(!fs.read(Path::new(&format!("{OWN}/journal")), LIMIT).unwrap().ends_with(b"\n"));
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
            assert_eq!(held.load().await.unwrap().open, open, "{at}");
            held.commit(&State { serial: serial + 1, ..lineage.clone() }, serial, &open, &[]).await.unwrap();
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

/// A disk with a state of serial 2 and a journal that continues serial 1, with an open intent.
async fn half_committed(stop: u64) -> Option<(SimFs, DirectoryBackend)> {
    let (fs, backend) = simulated(stop);
    let held = lock(&backend, "a").await;
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
    held.append(&[Record::Intent(samples::intent(1))]).await.unwrap();
    fs.fail(stop, Fault::Stop);
    if held.commit(&state(2), 1, &[samples::intent(1)], &[]).await.is_ok() {
        return None;
    }
    fs.crash();
    let journal = backend.0.read_journal().unwrap().unwrap();
    let loaded = backend.load().await.unwrap();
    (journal.begin.serial == 1 && loaded.state.serial == 2).then_some((fs, backend))
}

#[tokio::test(start_paused = true)]
async fn half_a_commit_after_half_a_commit_is_understood() {
    let mut halves = 0;
    for first in 1..16 {
        for second in 1.. {
            let Some((fs, backend)) = half_committed(first).await else { break };
            let held = lock(&backend, "b").await;
            fs.fail(second, Fault::Stop);
            let done = held.commit(&state(3), 2, &[samples::intent(1)], &[]).await.is_ok();
            fs.crash();
            let loaded = backend.load().await.unwrap_or_else(|error| panic!("{first}, {second}: {error}"));
            assert_eq!(loaded.open, [samples::intent(1)], "{first}, {second}");
            halves += 1;
            if done {
                break;
            }
        }
    }
    assert!(halves > 15, "{halves}");
}
