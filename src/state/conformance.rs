//! What every backend must do, as tests over the trait.

use std::sync::Arc;
use std::time::Duration;

use super::backend::{Backend, Holder, Loaded, Lock, StateError};
use super::entry::State;
use super::journal::{Begin, Record};
use super::samples;
use crate::model::value::Value;

/// A fresh, empty backend, and a way to take the lock away from whoever holds it.
pub(crate) struct Subject {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) steal: Box<dyn Fn()>,
}

/// Runs the whole suite, each part on a subject of its own.
pub(crate) async fn all(make: impl Fn() -> Subject) {
    begins_with_nothing(&*make().backend).await;
    commits_and_compares(&*make().backend).await;
    refuses_what_is_no_state(&*make().backend).await;
    has_one_holder(&*make().backend).await;
    waits_for_the_holder(make().backend).await;
    lost_locks_cannot_write(&make()).await;
    unlocks_from_its_holder_only(&*make().backend).await;
    folds_what_was_appended(&*make().backend).await;
    carries_over_a_commit_what_still_counts(&*make().backend).await;
    begins_once(&*make().backend).await;
    pushes_over_whatever_is_there(&*make().backend).await;
    a_failed_append_is_final(&*make().backend).await;
    keeps_all_of_concurrent_appends(&*make().backend).await;
    five_workers_race(make().backend).await;
}

pub(crate) fn holder(id: &str) -> Holder {
    Holder {
        id: id.to_owned(),
        who: "ada@host".to_owned(),
        pid: 7,
        doing: "apply".to_owned(),
        since: "2026-11-22T10:15:00Z".to_owned(),
        progress: None,
    }
}

pub(crate) async fn lock(backend: &dyn Backend, id: &str) -> Box<dyn Lock> {
    backend.lock(holder(id), Duration::ZERO).await.unwrap()
}

/// A state without resources.
pub(crate) fn state(serial: u64) -> State {
    State {
        lineage: "lineage".to_owned(),
        serial,
        account_id: "1000000000000001".to_owned(),
        emulator: true,
        ..State::default()
    }
}

pub(crate) fn begin(serial: u64) -> Record {
    Record::Begin(Begin::of(&state(serial)))
}

pub(crate) fn entry(name: &str) -> Record {
    Record::Entry(Box::new(samples::entry(&format!("cen.{name}"), &format!("cen-{name}"))))
}

pub(crate) fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.state.resources.keys().map(|address| address.name.as_str()).collect()
}

async fn begins_with_nothing(backend: &dyn Backend) {
    assert_eq!(backend.load().await.unwrap(), Loaded::default());
    let lock = lock(backend, "a").await;
    assert_eq!(lock.load().await.unwrap(), Loaded::default());
    assert!(!backend.location().is_empty());
}

async fn commits_and_compares(backend: &dyn Backend) {
    let lock = lock(backend, "a").await;
    lock.commit(&state(1), 0, &[], &[]).await.unwrap();
    let moved = lock.commit(&state(1), 0, &[], &[]).await.unwrap_err();
    assert!(matches!(moved, StateError::Moved { expected: 0, found: 1, .. }), "{moved}");
    let moved = lock.commit(&state(3), 2, &[], &[]).await.unwrap_err();
    assert!(matches!(moved, StateError::Moved { expected: 2, found: 1, .. }), "{moved}");
    lock.commit(&state(5), 1, &[], &[]).await.unwrap_err();
    lock.commit(&state(2), 1, &[], &[]).await.unwrap();
    assert_eq!(backend.load().await.unwrap(), Loaded { state: state(2), ..Loaded::default() });
}

async fn refuses_what_is_no_state(backend: &dyn Backend) {
    let lock = lock(backend, "a").await;
    let nameless = State { lineage: String::new(), ..state(1) };
    lock.commit(&nameless, 0, &[], &[]).await.unwrap_err();
    lock.commit(&state(1), 0, &[], &[]).await.unwrap();
    // S22: no state is written that has an object twice.
    let twins = ["cen.a", "cen.b"].map(|text| samples::entry(text, "cen-1"));
    let twins = twins.into_iter().map(|entry| (entry.address.clone(), entry)).collect();
    let twice = State { resources: twins, ..state(2) };
    lock.commit(&twice, 1, &[], &[]).await.unwrap_err();
    lock.push(&twice).await.unwrap_err();
    let other = State { lineage: "other".to_owned(), ..state(2) };
    lock.commit(&other, 1, &[], &[]).await.unwrap_err();
    assert_eq!(backend.load().await.unwrap().state, state(1));
}

async fn pushes_over_whatever_is_there(backend: &dyn Backend) {
    let lock = lock(backend, "a").await;
    assert!(backend.remains().await.unwrap().begin.is_none(), "there is nothing to tell of");
    assert_eq!(lock.push(&state(4)).await.unwrap(), 5);
    lock.append(&[begin(5), entry("a"), Record::Intent(samples::intent(1))]).await.unwrap();
    let remains = backend.remains().await.unwrap();
    assert_eq!(remains.begin, Some(Begin::of(&state(5))));
    assert_eq!((remains.resources.len(), remains.open, remains.damage.is_none()), (1, vec![samples::intent(1)], true));

    lock.push(&State { lineage: String::new(), ..state(9) }).await.unwrap_err();
    let other = State { lineage: "other".to_owned(), ..state(2) };
    assert_eq!(lock.push(&other).await.unwrap(), 6, "a serial never comes again");
    let pushed = State { serial: 6, ..other };
    assert_eq!(backend.load().await.unwrap(), Loaded { state: pushed.clone(), ..Loaded::default() });
    lock.append(&[Record::Begin(Begin::of(&pushed)), entry("b")]).await.unwrap();
    lock.commit(&State { serial: 7, ..pushed }, 6, &[], &[]).await.unwrap();
}

async fn has_one_holder(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    let refused = backend.lock(holder("b"), Duration::from_millis(120)).await.err().unwrap();
    assert!(matches!(&refused, StateError::Locked { holder: found, .. } if **found == holder("a")), "{refused}");
    assert!(refused.to_string().contains("is locked by ada@host (process 7), which has been at \"apply\" since 2026"));
    backend.load().await.unwrap();
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
    drop(held);
    drop(lock(backend, "b").await);
    lock(backend, "c").await.commit(&state(2), 1, &[], &[]).await.unwrap();
}

async fn waits_for_the_holder(backend: Arc<dyn Backend>) {
    let held = lock(&*backend, "a").await;
    let waiting = Arc::clone(&backend);
    let waiter = tokio::spawn(async move { waiting.lock(holder("b"), Duration::MAX).await.map(drop) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiter.is_finished());
    drop(held);
    waiter.await.unwrap().unwrap();
}

async fn lost_locks_cannot_write(subject: &Subject) {
    let held = lock(&*subject.backend, "a").await;
    held.append(&[begin(0), entry("x")]).await.unwrap();
    (subject.steal)();
    let lost = held.append(&[entry("y")]).await.unwrap_err();
    assert!(matches!(lost, StateError::LockLost { .. }), "{lost}");
    let lost = held.commit(&state(1), 0, &[], &[]).await.unwrap_err();
    assert!(matches!(lost, StateError::LockLost { .. }), "{lost}");
    drop(held);
    let loaded = lock(&*subject.backend, "b").await.load().await.unwrap();
    assert_eq!((names(&loaded), loaded.state.serial), (vec!["x"], 0));
}

async fn unlocks_from_its_holder_only(backend: &dyn Backend) {
    let free = backend.unlock("a").await.unwrap_err();
    assert!(matches!(free, StateError::NotLocked { .. }), "{free}");
    let held = lock(backend, "a").await;
    held.append(&[begin(0), entry("x")]).await.unwrap();
    let other = backend.unlock("b").await.unwrap_err();
    assert!(matches!(&other, StateError::Locked { holder: named, .. } if **named == holder("a")), "{other}");
    held.append(&[entry("y")]).await.unwrap();
    assert_eq!(backend.unlock("a").await.unwrap(), holder("a"));

    let next = lock(backend, "b").await;
    for lost in [held.append(&[entry("late")]).await, held.commit(&state(1), 0, &[], &[]).await] {
        assert!(matches!(lost, Err(StateError::LockLost { .. })), "{lost:?}");
    }
    assert_eq!(names(&next.load().await.unwrap()), ["x", "y"]);
    next.append(&[begin(0), entry("z")]).await.unwrap();
    drop(held);
    let refused = backend.lock(holder("c"), Duration::ZERO).await.err().unwrap();
    assert!(matches!(&refused, StateError::Locked { holder: named, .. } if **named == holder("b")), "{refused}");
    next.commit(&state(1), 0, &[], &[]).await.unwrap();
    drop(next);
    let free = backend.unlock("b").await.unwrap_err();
    assert!(matches!(free, StateError::NotLocked { .. }), "{free}");
    lock(backend, "c").await.commit(&state(2), 1, &[], &[]).await.unwrap();
}

async fn folds_what_was_appended(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    held.append(&[begin(0), Record::Intent(samples::intent(1))]).await.unwrap();
    held.append(&[samples::outcome(1), entry("a"), entry("b")]).await.unwrap();
    held.append(&[Record::Gone { address: samples::address("cen.a") }]).await.unwrap();
    let loaded = backend.load().await.unwrap();
    assert_eq!(names(&loaded), ["b"]);
    assert!(loaded.interrupted && loaded.open.is_empty());
    assert_eq!((loaded.state.lineage.as_str(), loaded.state.serial), ("lineage", 0));
    assert_eq!(held.load().await.unwrap(), loaded);
    held.commit(&State { serial: 1, ..loaded.state.clone() }, 0, &[], &[]).await.unwrap();
    let loaded = backend.load().await.unwrap();
    assert_eq!(names(&loaded), ["b"]);
    assert!(!loaded.interrupted);
}

async fn carries_over_a_commit_what_still_counts(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    held.append(&[begin(0), Record::Intent(samples::intent(1)), Record::Intent(samples::intent(2))]).await.unwrap();
    held.commit(&state(1), 0, &[samples::intent(2)], &[samples::wrote(1)]).await.unwrap();
    let loaded = backend.load().await.unwrap();
    assert!(loaded.interrupted);
    assert_eq!(loaded.recent, [samples::wrote(1)]);
    assert_eq!(loaded.open, [samples::intent(2)]);
    held.append(&[samples::outcome(2)]).await.unwrap();
    assert_eq!(backend.load().await.unwrap().open, []);
}

async fn begins_once(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    held.append(&[begin(0), entry("a")]).await.unwrap();
    drop(held);
    let held = lock(backend, "b").await;
    held.append(&[begin(0), entry("b")]).await.unwrap();
    held.append(&[begin(0)]).await.unwrap();
    drop(held);
    assert_eq!(names(&backend.load().await.unwrap()), ["a", "b"]);
    let refused = lock(backend, "c").await.append(&[begin(3), entry("c")]).await.unwrap_err();
    assert!(matches!(refused, StateError::Orphan { .. }), "{refused}");
    assert_eq!(names(&backend.load().await.unwrap()), ["a", "b"]);
}

async fn a_failed_append_is_final(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    held.append(&[entry("a")]).await.unwrap_err();
    held.append(&[begin(0), entry("a")]).await.unwrap_err();
    drop(held);
    let held = lock(backend, "b").await;
    let foreign = Begin { lineage: "other".to_owned(), ..Begin::of(&state(9)) };
    held.append(&[Record::Begin(foreign)]).await.unwrap_err();
    assert_eq!(backend.load().await.unwrap(), Loaded::default());
}

async fn keeps_all_of_concurrent_appends(backend: &dyn Backend) {
    let held = lock(backend, "a").await;
    held.append(&[begin(0)]).await.unwrap();
    let held = Arc::new(held);
    let appends: Vec<_> = (0..20)
        .map(|number| {
            let held = Arc::clone(&held);
            tokio::spawn(async move { held.append(&[entry(&format!("a{number:02}"))]).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(backend.load().await.unwrap().state.resources.len(), 20);
}

async fn five_workers_race(backend: Arc<dyn Backend>) {
    let workers: Vec<_> = (0..5)
        .map(|worker| {
            let backend = Arc::clone(&backend);
            tokio::spawn(async move {
                for turn in 0..10 {
                    let id = format!("{worker}-{turn}");
                    let lock = backend.lock(holder(&id), Duration::from_mins(1)).await.unwrap();
                    let Loaded { state: old, .. } = lock.load().await.unwrap();
                    let count = old.outputs.get("count").and_then(Value::as_int).unwrap_or_default();
                    let mut new = state(old.serial + 1);
                    new.outputs.insert("count".to_owned(), (count + 1).into());
                    tokio::task::yield_now().await;
                    lock.commit(&new, old.serial, &[], &[]).await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let state = backend.load().await.unwrap().state;
    assert_eq!((state.serial, state.outputs["count"].as_int()), (50, Some(50)));
}
