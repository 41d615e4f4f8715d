//! The network as one process sees it, and the moments at which it ends that process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cenform::base::sim_fs::SimFs;
use cenform::cloud::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use cenform::emulator::message::Request;
use tokio::sync::{Notify, watch};

use super::cloud::Cloud;

/// When the process of a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::suite) enum Crash {
    /// Before the call with this number, counted from 1 and by those that change something, has been sent.
    Before(u64),
    /// After it has been done, before its answer has come.
    After(u64),
    /// Before the call with this number, counted by all, has been sent.
    BeforeAny(u64),
    /// After it has been done, before its answer has come.
    AfterAny(u64),
}

/// The numbers of a call.
#[derive(Debug, Clone, Copy)]
struct Number {
    /// Among all.
    call: u64,
    /// Among those that change something, if it does.
    write: Option<u64>,
}

impl Crash {
    fn is_before(self, number: Number) -> bool {
        match self {
            Self::Before(write) => number.write == Some(write),
            Self::BeforeAny(call) => number.call == call,
            Self::After(_) | Self::AfterAny(_) => false,
        }
    }

    fn is_after(self, number: Number) -> bool {
        match self {
            Self::After(write) => number.write == Some(write),
            Self::AfterAny(call) => number.call == call,
            Self::Before(_) | Self::BeforeAny(_) => false,
        }
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::suite) enum Way {
    /// It is done.
    Goes,
    /// The connection is lost before it is done.
    Lost,
}

/// Something that happens when a call is about to be made.
pub(in crate::suite) type Event = Box<dyn FnOnce() -> Way + Send>;

/// The way of one process to the cloud, which may be cut.
pub(super) struct Front {
    cloud: Arc<Cloud>,
    /// Which process it is, for who looks on.
    process: u64,
    /// The disk as the process sees it, if it has one: it stops with it.
    disk: Option<SimFs>,
    calls: AtomicU64,
    writes: AtomicU64,
    /// The parameters of the calls that change something.
    sent: Mutex<Vec<String>>,
    crash: Mutex<Option<Crash>>,
    crashed: Notify,
    /// With which call that changes something somebody interrupts the run.
    interrupt: Mutex<Option<u64>>,
    stop: watch::Sender<bool>,
    /// What happens with which call, counted by all.
    events: Mutex<BTreeMap<u64, Vec<Event>>>,
}

impl Front {
    pub(super) fn new(cloud: Arc<Cloud>, process: u64, disk: Option<SimFs>) -> Self {
        Self {
            cloud,
            process,
            disk,
            calls: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            sent: Mutex::default(),
            crash: Mutex::default(),
            crashed: Notify::new(),
            interrupt: Mutex::default(),
            stop: watch::Sender::new(false),
            events: Mutex::default(),
        }
    }

    async fn die(&self) -> ! {
        // What is cleaned up on the way out is not cleaned up by a process that is dead.
        if let Some(disk) = &self.disk {
            disk.stop();
        }
        self.crashed.notify_one();
        std::future::pending().await
    }

    /// Waits for the end of the process.
    pub(super) async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// Says when somebody has interrupted the run.
    pub(super) fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub(super) fn crash_at(&self, crash: Option<Crash>) {
        self.forget_writes();
        *self.crash.lock().unwrap() = crash;
    }

    pub(super) fn interrupt_at(&self, number: Option<u64>) {
        self.forget_writes();
        self.stop.send_replace(false);
        *self.interrupt.lock().unwrap() = number;
    }

    pub(super) fn at_call(&self, number: u64, event: Event) {
        self.events.lock().unwrap().entry(number).or_default().push(event);
    }

    /// What interrupts the run.
    pub(super) fn interrupter(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Counts anew. What was to happen with a call that has not come does not happen.
    pub(super) fn forget_writes(&self) {
        self.events.lock().unwrap().clear();
        self.calls.store(0, Ordering::SeqCst);
        self.writes.store(0, Ordering::SeqCst);
    }

    pub(super) fn sent(&self, action: &str) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|params| params.contains(&format!("Action={action}&"))).cloned().collect()
    }
}

#[async_trait]
impl Transport for Front {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, TransportError> {
        let message = received(request);
        let query = &message.query;
        let reads = ["Action=Describe", "Action=List", "Action=Get", "Action=Check"];
        let writes = if query.contains("Action=") {
            !reads.iter().any(|read| query.contains(read))
        } else {
            message.method != "GET"
        };
        let next = |counter: &AtomicU64| counter.fetch_add(1, Ordering::SeqCst) + 1;
        let number = Number { call: next(&self.calls), write: writes.then(|| next(&self.writes)) };
        if writes {
            let body = String::from_utf8_lossy(&message.body);
            self.sent.lock().unwrap().push(format!("{query}&{body}"));
        }
        let crash = *self.crash.lock().unwrap();
        if writes && *self.interrupt.lock().unwrap() == number.write {
            self.stop.send_replace(true);
        }
        let events = self.events.lock().unwrap().remove(&number.call).unwrap_or_default();
        let ways: Vec<Way> = events.into_iter().map(|happens| happens()).collect();
        let is_lost = ways.contains(&Way::Lost);
        if crash.is_some_and(|crash| crash.is_before(number)) || self.disk.as_ref().is_some_and(SimFs::has_stopped) {
            self.die().await;
        }
        let broken = || TransportError::Broken { host: "127.0.0.1".to_owned(), cause: "reset".to_owned() };
        if is_lost {
            tokio::time::sleep(Duration::from_millis(1)).await;
            return Err(broken());
        }
        let reply = self.cloud.handle(self.process, &message, writes);
        if crash.is_some_and(|crash| crash.is_after(number)) {
            self.die().await;
        }
        tokio::time::sleep(reply.delay + Duration::from_millis(1)).await;
        let answer = reply.answer.ok_or_else(broken)?;
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(HttpResponse { status: answer.status, headers, body: answer.body })
    }
}

/// A request as it comes over the wire.
pub(in crate::suite) fn received(request: HttpRequest) -> Request {
    let (_, rest) = request.url.split_once("://").unwrap();
    let (authority, rest) = rest.split_at(rest.find('/').unwrap());
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let headers: Vec<_> = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    Request {
        method: request.method.to_owned(),
        host: host.map_or(authority, |(_, host)| host).to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: request.body,
    }
}
