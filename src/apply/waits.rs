//! Waiting for objects to settle or to vanish: one poller a (kind, account, region) looks for
//! everything that is pending there with the pages of one list.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cloud::error::{Class, CloudError};
use crate::kinds::clouds::Clouds;
use crate::model::object::Object;
use crate::model::value::Attributes;
use crate::refresh::batch::{self, Scope};

/// The age at which an object is first looked at.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many looks in a row may fail before waiting is given up.
const FAILED_LOOKS: u32 = 5;

/// The waiters of a run.
pub(super) struct Waits {
    shared: Arc<Shared>,
    /// Turns true when the run is to stop.
    stop: watch::Receiver<bool>,
}

struct Shared {
    clouds: Clouds,
    /// How long an acknowledged object may be absent before that is believed (S6, S8).
    settle_window: Duration,
    scopes: Mutex<BTreeMap<Scope, Vec<Pending>>>,
    pollers: Mutex<JoinSet<()>>,
}

/// One object that somebody waits for.
struct Pending {
    id: String,
    attributes: Attributes,
    want: Want,
    since: Instant,
    due: Instant,
    reply: oneshot::Sender<Result<Option<Object>, WaitError>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Settled,
    Gone,
}

/// Why waiting ended without what was waited for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum WaitError {
    /// Its time passed.
    #[error("it had not come to rest in its time")]
    TimedOut,
    /// The object is not there (S8).
    #[error("the cloud acknowledged it and then dropped it")]
    Vanished,
    /// Nobody looks any more; nothing is known of the object.
    #[error("waiting for it ended before it was seen")]
    Broken,
    /// The run is to stop: the next one goes on waiting (S26).
    #[error("the run was interrupted while it was waited for")]
    Interrupted,
    /// Looking failed again and again.
    #[error("looking at it failed: {0}")]
    Cloud(CloudError),
}

impl Waits {
    pub(super) fn new(clouds: &Clouds, settle_window: Duration, stop: watch::Receiver<bool>) -> Self {
        Self {
            stop,
            shared: Arc::new(Shared {
                clouds: clouds.clone(),
                settle_window,
                scopes: Mutex::default(),
                pollers: Mutex::default(),
            }),
        }
    }

    /// Waits until the object has settled. `at_once` looks without the first pause, for kinds whose calls are synchronous.
    pub(super) async fn settled(
        &self,
        scope: &Scope,
        id: &str,
        attributes: &Attributes,
        at_once: bool,
        limit: Duration,
    ) -> Result<Object, WaitError> {
        self.wait(scope, id, attributes, Want::Settled, at_once, limit).await?.ok_or(WaitError::Vanished)
    }

    /// Waits until the object is gone.
    pub(super) async fn gone(
        &self,
        scope: &Scope,
        id: &str,
        attributes: &Attributes,
        at_once: bool,
        limit: Duration,
    ) -> Result<(), WaitError> {
        self.wait(scope, id, attributes, Want::Gone, at_once, limit).await.map(|_| ())
    }

    async fn wait(
        &self,
        scope: &Scope,
        id: &str,
        attributes: &Attributes,
        want: Want,
        at_once: bool,
        limit: Duration,
    ) -> Result<Option<Object>, WaitError> {
        let (reply, answer) = oneshot::channel();
        let now = Instant::now();
        let due = if at_once { now } else { now + FIRST_LOOK };
        let pending = Pending { id: id.to_owned(), attributes: attributes.clone(), want, since: now, due, reply };
        self.shared.add(scope, pending);
        tokio::select! {
            // What has been seen counts, whatever comes at the same moment; and every run comes to the same end again.
            biased;
            result = answer => result.unwrap_or(Err(WaitError::Broken)),
            () = stopped(&self.stop) => Err(WaitError::Interrupted),
            () = sleep(limit) => Err(WaitError::TimedOut),
        }
    }
}

/// Comes when the run is to stop.
pub(super) async fn stopped(stop: &watch::Receiver<bool>) {
    // Where nobody can interrupt any more, the run goes on to its end.
    if stop.clone().wait_for(|stop| *stop).await.is_err() {
        pending::<()>().await;
    }
}

impl Shared {
    fn scopes(&self) -> MutexGuard<'_, BTreeMap<Scope, Vec<Pending>>> {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an object to its scope, and starts the scope's poller if none is at work.
    fn add(self: &Arc<Self>, scope: &Scope, pending: Pending) {
        let starts = {
            let mut scopes = self.scopes();
            let starts = !scopes.contains_key(scope);
            scopes.entry(scope.clone()).or_default().push(pending);
            starts
        };
        if starts {
            let (shared, scope) = (Arc::clone(self), scope.clone());
            self.pollers.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move { shared.poll(&scope).await });
        }
    }

    async fn poll(&self, scope: &Scope) {
        let mut failed = 0;
        loop {
            let Some(due) = self.next_look(scope) else { return };
            // New objects may be due sooner than what is known now.
            let soon = Instant::now() + FIRST_LOOK;
            sleep_until(due.min(soon)).await;
            if due > Instant::now() {
                continue;
            }
            let wanted: BTreeMap<String, Attributes> = {
                let scopes = self.scopes();
                let pending = scopes.get(scope).into_iter().flatten();
                pending.map(|pending| (pending.id.clone(), pending.attributes.clone())).collect()
            };
            let ids = wanted.iter().map(|(id, attributes)| (id.as_str(), attributes)).collect();
            match batch::read(&self.clouds, scope, &ids).await {
                Ok(found) => {
                    failed = 0;
                    self.hand_out(scope, &wanted, &found);
                }
                Err(error) => {
                    failed += 1;
                    let final_word = failed >= FAILED_LOOKS || error.class() == Class::Permission;
                    self.postpone(scope, final_word.then_some(&error));
                }
            }
        }
    }

    /// When the next object is due; `None` ends the poller, because nobody waits any more.
    fn next_look(&self, scope: &Scope) -> Option<Instant> {
        let mut scopes = self.scopes();
        let pending = scopes.get_mut(scope)?;
        pending.retain(|pending| !pending.reply.is_closed());
        let due = pending.iter().map(|pending| pending.due).min();
        if due.is_none() {
            scopes.remove(scope);
        }
        due
    }

    /// Answers everybody whose object is as wanted, and sets the next look of the others.
    fn hand_out(
        &self,
        scope: &Scope,
        looked_at: &BTreeMap<String, Attributes>,
        found: &BTreeMap<String, Option<Object>>,
    ) {
        let now = Instant::now();
        let mut scopes = self.scopes();
        let Some(pending) = scopes.get_mut(scope) else { return };
        for mut waiting in std::mem::take(pending) {
            if !looked_at.contains_key(&waiting.id) {
                pending.push(waiting);
                continue;
            }
            let object = found.get(&waiting.id).cloned().flatten();
            let result = match (waiting.want, object) {
                (Want::Settled, Some(object)) if object.settled => Some(Ok(Some(object))),
                (Want::Gone, None) => Some(Ok(None)),
                (Want::Settled, None) if waiting.since.elapsed() >= self.settle_window => {
                    Some(Err(WaitError::Vanished))
                }
                _ => None,
            };
            if let Some(result) = result {
                // Whoever waited may have given up meanwhile, which is no failure of the look.
                drop(waiting.reply.send(result));
            } else {
                waiting.due = now + pause(waiting.since.elapsed());
                pending.push(waiting);
            }
        }
    }

    /// Sets the next look after a failed one, or passes the failure on.
    fn postpone(&self, scope: &Scope, error: Option<&CloudError>) {
        let mut scopes = self.scopes();
        let Some(pending) = scopes.get_mut(scope) else { return };
        match error {
            Some(error) => {
                for waiting in std::mem::take(pending) {
                    drop(waiting.reply.send(Err(WaitError::Cloud(error.clone()))));
                }
            }
            None => {
                for waiting in pending {
                    waiting.due = Instant::now() + LONGEST_PAUSE.min(waiting.since.elapsed().max(FIRST_LOOK));
                }
            }
        }
    }
}

/// The pause until the next look: a tenth of the object's age.
fn pause(age: Duration) -> Duration {
    (age / 10).clamp(Duration::from_millis(10), LONGEST_PAUSE)
}
