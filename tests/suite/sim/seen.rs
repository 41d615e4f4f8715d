//! What a process does to its disk and says to the cloud, step by step, with the kinds that it is about.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use cenform::base::clock::TokioClock;
use cenform::base::fs::{FileLock, Fs};
use cenform::cloud::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use cenform::model::address::Kind;
use cenform::state::directory::DirectoryBackend;
use cenform::state::journal::{Intent, Record, Wrote};
use cenform::state::{Backend as _, Holder, Loaded, Lock, Progress, State, StateError, Weight};
use tokio::time::Instant;

use super::calls::Call;
use super::watch::{Op, Role, Step, Watch, Watched};
use crate::suite::engine::bench::Ports;

/// One step of the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crossed {
    pub(super) role: Role,
    pub(super) op: Op,
    /// The kinds of the records that are being written; for a commit those in the state.
    pub(super) kinds: BTreeSet<Kind>,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Called {
    pub(super) call: Call,
    pub(super) begun: Instant,
    /// What came back; none if the process did not live to see it.
    pub(super) came: Option<Came>,
}

/// What came back of a call.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) after: Duration,
    /// The status and the body; none if the connection broke.
    pub(super) answer: Option<(u16, String)>,
}

/// Keeps what has been seen.
#[derive(Default)]
pub(super) struct Book {
    /// Before which step, counted from 1, another process takes the lock over.
    robbed_at: Option<usize>,
    disk: Mutex<Option<Arc<dyn Fs>>>,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    /// The kinds of the records whose append or commit has not returned.
    writing: Vec<BTreeSet<Kind>>,
    steps: Vec<Crossed>,
    calls: Vec<Called>,
    /// At which step the first run ended by itself.
    first_run: Option<usize>,
    /// The step that failed first.
    struck: Option<usize>,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap()
    }

    /// The steps of the first run, if it ended by itself.
    pub(super) fn first_run(&self) -> Vec<Crossed> {
        let pages = self.pages();
        pages.steps[..pages.first_run.unwrap_or(pages.steps.len())].to_vec()
    }

    /// What was struck: the step that failed first, or before which the lock was taken over.
    pub(super) fn struck(&self) -> Option<Crossed> {
        let pages = self.pages();
        Some(pages.steps[pages.struck?].clone())
    }

    pub(super) fn calls(&self) -> Vec<Called> {
        self.pages().calls.clone()
    }
}

impl Watch for Book {
    fn before(&self, step: Step<'_>) {
        let at = {
            let pages = &mut *self.pages();
            let kinds = pages.writing.iter().flatten().copied().collect();
            pages.steps.push(Crossed { role: step.role, op: step.op, kinds });
            pages.steps.len()
        };
        let disk = self.disk.lock().unwrap().clone().filter(|_| self.robbed_at == Some(at));
        if disk.is_some_and(rob) {
            self.pages().struck = Some(at - 1);
        }
    }

    fn after(&self, step: Step<'_>, failed: Option<&io::Error>) {
        let pages = &mut *self.pages();
        let last = pages.steps.len();
        match failed.map(io::Error::kind) {
            // Of files that have one name only, and of what is removed in any case.
            Some(io::ErrorKind::Unsupported | io::ErrorKind::NotFound) => {}
            Some(_) if self.robbed_at.is_none() => drop(pages.struck.get_or_insert(last - 1)),
            // The last that a run does is to take its name away.
            None if (step.role, step.op) == (Role::Holder, Op::Remove) => drop(pages.first_run.get_or_insert(last)),
            _ => {}
        }
    }
}

/// The lock, also where another has it.
pub(super) fn given(found: io::Result<Option<FileLock>>) -> io::Result<Option<FileLock>> {
    found.map(|held| Some(held.unwrap_or_else(|| Box::new(()))))
}

/// A disk that gives the lock to whoever asks.
pub(super) struct Lax;

impl Watch for Lax {
    fn locked(&self, found: io::Result<Option<FileLock>>) -> io::Result<Option<FileLock>> {
        given(found)
    }
}

/// Another process takes the lock over, commits what it finds, and ends. Whether it could.
fn rob(disk: Arc<dyn Fs>) -> bool {
    let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
    let disk = Arc::new(Watched::new(disk, Arc::new(Lax)));
    let backend = DirectoryBackend::new(disk, Arc::new(clock), PathBuf::from("/stack/cenform.state.json"));
    let holder = Holder {
        id: "thief".to_owned(),
        who: "thief@host".to_owned(),
        pid: 2,
        doing: "apply".to_owned(),
        since: "2026-11-22T10:15:00Z".to_owned(),
        progress: None,
    };
    let robbed = at_once(async {
        let lock = backend.lock(holder, Duration::ZERO).await?;
        let Loaded { state, open, recent, .. } = lock.load().await?;
        if !state.lineage.is_empty() {
            lock.commit(&State { serial: state.serial + 1, ..state.clone() }, state.serial, &open, &recent).await?;
        }
        Ok::<_, StateError>(())
    });
    robbed.is_ok()
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

/// Ports at which everything is seen.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Book>);

impl Seen {
    /// Before this step of the disk, counted from 1, another process takes the lock over.
    pub(super) fn robbed_at(step: usize) -> Self {
        Self(Arc::new(Book { robbed_at: Some(step), ..Book::default() }))
    }

    pub(super) fn book(&self) -> &Book {
        &self.0
    }
}

impl Ports for Seen {
    fn fs(&self, fs: Arc<dyn Fs>) -> Arc<dyn Fs> {
        *self.0.disk.lock().unwrap() = Some(fs.clone());
        Arc::new(Watched::new(fs, self.0.clone()))
    }

    fn lock(&self, lock: Box<dyn Lock>) -> Box<dyn Lock> {
        // What was being written by a process that died is not written any more.
        self.0.pages().writing.clear();
        Box::new(Noted { lock, book: self.0.clone() })
    }

    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Line { transport, book: self.0.clone() })
    }
}

/// A lock of which is noted what it writes.
struct Noted {
    lock: Box<dyn Lock>,
    book: Arc<Book>,
}

impl Noted {
    async fn writing<T>(&self, kinds: BTreeSet<Kind>, act: impl Future<Output = T> + Send) -> T {
        self.book.pages().writing.push(kinds.clone());
        let done = act.await;
        let writing = &mut self.book.pages().writing;
        if let Some(at) = writing.iter().position(|other| *other == kinds) {
            writing.remove(at);
        }
        done
    }
}

/// The kind that a record is about, if it says so.
fn kind_of(record: &Record) -> Option<Kind> {
    match record {
        Record::Intent(intent) => Some(intent.address.kind),
        Record::Entry(entry) => Some(entry.kind),
        Record::Gone { address } | Record::Moved { from: _, to: address } => Some(address.kind),
        Record::Wrote(wrote) => Some(wrote.address.kind),
        Record::Begin(_) | Record::Outcome(_) => None,
    }
}

#[async_trait]
impl Lock for Noted {
    async fn load(&self) -> Result<Loaded, StateError> {
        self.lock.load().await
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        let kinds = records.iter().filter_map(kind_of).collect();
        self.writing(kinds, self.lock.append(records)).await
    }

    async fn weight(&self) -> Weight {
        self.lock.weight().await
    }

    async fn progress(&self, now: Progress) {
        self.lock.progress(now).await;
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        let kinds = state.resources.values().map(|entry| entry.kind).collect();
        self.writing(kinds, self.lock.commit(state, expected, open, recent)).await
    }

    async fn push(&self, state: &State) -> Result<u64, StateError> {
        let kinds = state.resources.values().map(|entry| entry.kind).collect();
        self.writing(kinds, self.lock.push(state)).await
    }
}

/// A line on which calls are seen.
struct Line {
    transport: Arc<dyn Transport>,
    book: Arc<Book>,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        let begun = Instant::now();
        let at = {
            let calls = &mut self.book.pages().calls;
            calls.push(Called { call: Call::of(&request), begun, came: None });
            calls.len() - 1
        };
        let came = self.transport.send(request, deadline).await;
        let answer = came.as_ref().ok();
        let answer = answer.map(|answer| (answer.status, String::from_utf8_lossy(&answer.body).into_owned()));
        self.book.pages().calls[at].came = Some(Came { after: begun.elapsed(), answer });
        came
    }
}
