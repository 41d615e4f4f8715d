//! What the run knows: the state as it is now, and the journal that remembers it (S23).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::RwLock;

use crate::base::clock::Clock;
use crate::model::address::{Address, Kind};
use crate::model::event::Event;
use crate::refresh::Doubts;
use crate::state::journal::{Begin, Intent, Outcome, Record, Wrote};
use crate::state::{Entry, Loaded, Lock, Progress, State, StateError};

/// The state and its journal, under the lock.
pub(super) struct Ledger<'a> {
    lock: &'a dyn Lock,
    clock: &'a dyn Clock,
    /// How long acknowledged writes are remembered.
    window: Duration,
    inner: Mutex<Inner>,
    /// Appends go through side by side, a commit goes alone: a record that came in between would be
    /// lost with the old journal.
    gate: RwLock<()>,
}

struct Inner {
    state: State,
    open: BTreeMap<u64, Intent>,
    /// The acknowledged writes that reads may still contradict (S6).
    recent: Vec<Wrote>,
    next: u64,
    mutated: bool,
    /// Whether an append failed.
    failed: bool,
    /// The serial that was committed last.
    serial: u64,
    /// Whether there is something to commit.
    dirty: bool,
}

impl Inner {
    fn to_commit(&self) -> State {
        State { serial: self.serial + 1, ..self.state.clone() }
    }
}

impl<'a> Ledger<'a> {
    /// Begins the run's part of the journal. `loaded` is the state as recovered, whose open intents
    /// are those whose outcome is still unknown, and `news` what the journal does not say of it yet;
    /// `mutated` says that an interrupted run has sent something (S28).
    pub(super) async fn begin(
        lock: &'a dyn Lock,
        clock: &'a dyn Clock,
        window: Duration,
        loaded: Loaded,
        news: Vec<Record>,
        mutated: bool,
    ) -> Result<Self, StateError> {
        let Loaded { state, open, recent, last, interrupted } = loaded;
        let begin = Begin::of(&state);
        let dirty = interrupted || !news.is_empty() || state.serial == 0;
        lock.append(&[vec![Record::Begin(begin)], news].concat()).await?;
        let open: BTreeMap<u64, Intent> = open.into_iter().map(|intent| (intent.number, intent)).collect();
        let serial = state.serial;
        let inner = Inner { state, open, recent, next: last + 1, mutated, failed: false, serial, dirty };
        Ok(Self { lock, clock, window, inner: Mutex::new(inner), gate: RwLock::default() })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down that a mutating call is about to be sent; durable when this returns. The number names it.
    pub(super) async fn intend(&self, draft: Intent) -> Result<u64, StateError> {
        let _passing = self.gate.read().await;
        let intent = {
            let mut inner = self.inner();
            let number = inner.next;
            inner.next += 1;
            let intent = Intent { number, at: self.clock.now().to_string(), ..draft };
            inner.open.insert(number, intent.clone());
            intent
        };
        let number = intent.number;
        let appended = self.append(&[Record::Intent(intent)]).await;
        let mut inner = self.inner();
        match &appended {
            Ok(()) => (inner.mutated, inner.dirty) = (true, true),
            // It is not sent.
            Err(_) => drop(inner.open.remove(&number)),
        }
        appended.map(|()| number)
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        let appended = self.lock.append(records).await;
        self.inner().failed |= appended.is_err();
        appended
    }

    /// Whether the journal could not be written: nothing more may be begun (S23).
    pub(super) fn has_failed(&self) -> bool {
        self.inner().failed
    }

    /// An intent whose outcome is not written down yet.
    pub(super) fn intent(&self, number: u64) -> Option<Intent> {
        self.inner().open.get(&number).cloned()
    }

    /// The intents whose outcome is not written down yet.
    pub(super) fn pending(&self) -> Vec<Intent> {
        self.inner().open.values().cloned().collect()
    }

    /// How old an intent is.
    pub(super) fn age(&self, intent: &Intent) -> Duration {
        let since = intent.at.parse::<Timestamp>().ok();
        since.and_then(|since| Duration::try_from(self.clock.now().duration_since(since)).ok()).unwrap_or_default()
    }

    /// Writes down how the call ended, what the state's entry is now, and what has been written.
    pub(super) async fn settle(
        &self,
        outcome: Outcome,
        entry: Option<Entry>,
        wrote: Option<Wrote>,
    ) -> Result<(), StateError> {
        let mut records = vec![Record::Outcome(outcome)];
        records.extend(entry.map(|entry| Record::Entry(Box::new(entry))));
        records.extend(self.stamped(wrote));
        self.record(records).await
    }

    /// Writes down what a look has shown to be written.
    pub(super) async fn note(&self, wrote: Wrote) -> Result<(), StateError> {
        match self.stamped(Some(wrote)) {
            Some(record) => self.record(vec![record]).await,
            None => Ok(()),
        }
    }

    /// What has just been written, if that is to be remembered.
    fn stamped(&self, wrote: Option<Wrote>) -> Option<Record> {
        let at = self.clock.now().to_string();
        wrote.filter(|_| !self.window.is_zero()).map(|wrote| Record::Wrote(Wrote { at, ..wrote }))
    }

    /// What reads may contradict now, and until when (S6). `tell` hears of what is waited for.
    pub(super) fn doubts<'t>(&self, tell: &'t (dyn Fn(Event) + Sync)) -> Doubts<'t> {
        Doubts::of_writes(&self.inner().recent, self.clock.now(), self.window, tell)
    }

    /// Writes down what the state's entry is now.
    pub(super) async fn enter(&self, entry: Entry) -> Result<(), StateError> {
        self.record(vec![Record::Entry(Box::new(entry))]).await
    }

    /// Writes down that the state's entry is gone.
    pub(super) async fn remove(&self, address: &Address) -> Result<(), StateError> {
        self.record(vec![Record::Gone { address: address.clone() }]).await
    }

    async fn record(&self, records: Vec<Record>) -> Result<(), StateError> {
        let _passing = self.gate.read().await;
        {
            let mut inner = self.inner();
            inner.dirty = true;
            for record in &records {
                match record {
                    Record::Entry(entry) => {
                        inner.state.resources.insert(entry.address.clone(), entry.as_ref().clone());
                    }
                    Record::Gone { address } => drop(inner.state.resources.remove(address)),
                    Record::Outcome(outcome) => drop(inner.open.remove(&outcome.number)),
                    Record::Wrote(wrote) => inner.recent.push(wrote.clone()),
                    Record::Moved { .. } | Record::Intent(_) | Record::Begin(_) => {}
                }
            }
        }
        self.append(&records).await
    }

    /// The state's entry of a resource.
    pub(super) fn entry(&self, address: &Address) -> Option<Entry> {
        self.inner().state.resources.get(address).cloned()
    }

    /// The state's entry of an object.
    pub(super) fn holder(&self, kind: Kind, id: &str) -> Option<Entry> {
        self.inner().state.resources.values().find(|entry| entry.kind == kind && entry.id == id).cloned()
    }

    /// Whether any of the state's entries is such.
    pub(super) fn any(&self, is_such: impl FnMut(&Entry) -> bool) -> bool {
        self.inner().state.resources.values().any(is_such)
    }

    /// Whether a mutating request has left the process, in this run or in an interrupted one (S28).
    pub(super) fn mutated(&self) -> bool {
        self.inner().mutated
    }

    /// Changes what the journal does not carry: outputs and last reads.
    pub(super) fn edit(&self, edit: impl FnOnce(&mut State)) {
        let mut inner = self.inner();
        let (outputs, existing) = (inner.state.outputs.clone(), inner.state.existing.clone());
        edit(&mut inner.state);
        let changed = outputs != inner.state.outputs || existing != inner.state.existing;
        inner.dirty |= changed;
    }

    /// Tells those who wait for the lock how many of the operations have ended.
    pub(super) async fn progress(&self, done: usize, total: usize) {
        self.lock.progress(Progress { done, total }).await;
    }

    /// Commits the state once the journal has outgrown it.
    pub(super) async fn relieve(&self) -> Result<(), StateError> {
        if self.lock.weight().await.has_outgrown() { self.commit().await } else { Ok(()) }
    }

    /// The state as the next commit would have it.
    pub(super) fn to_commit(&self) -> State {
        self.inner().to_commit()
    }

    /// Commits the state, if there is anything to commit.
    pub(super) async fn commit(&self) -> Result<(), StateError> {
        let _alone = self.gate.write().await;
        let (state, expected, open, recent) = {
            let mut inner = self.inner();
            if !inner.dirty {
                return Ok(());
            }
            let now = self.clock.now();
            inner.recent.retain(|wrote| !wrote.left(self.window, now).is_zero());
            (inner.to_commit(), inner.serial, inner.open.values().cloned().collect::<Vec<_>>(), inner.recent.clone())
        };
        self.lock.commit(&state, expected, &open, &recent).await?;
        let mut inner = self.inner();
        inner.serial = state.serial;
        inner.state.serial = state.serial;
        inner.dirty = false;
        Ok(())
    }
}
