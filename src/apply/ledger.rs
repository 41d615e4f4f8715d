//! What the run knows: the state as it is now, and the journal that remembers it (S23).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::clock::Clock;
use crate::model::address::Address;
use crate::state::journal::{Intent, Outcome, Record};
use crate::state::{Begin, Entry, Lock, State, StateError, apply_record};

/// The state and its journal, under the lock.
pub(super) struct Ledger<'a> {
    lock: &'a dyn Lock,
    clock: &'a dyn Clock,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    open: BTreeMap<u64, Intent>,
    next: u64,
    mutated: bool,
    /// The state as it was last committed, to tell whether there is anything to commit.
    committed: State,
}

impl<'a> Ledger<'a> {
    /// Begins the run's part of the journal. `open` are the intents of an interrupted run that are still open.
    pub(super) async fn begin(
        lock: &'a dyn Lock,
        clock: &'a dyn Clock,
        state: State,
        committed: State,
        open: Vec<Intent>,
    ) -> Result<Self, StateError> {
        lock.begin(Begin {
            lineage: state.lineage.clone(),
            serial: committed.serial,
            account_id: state.account_id.clone(),
            emulator: state.emulator,
        })
        .await?;
        let next = open.iter().map(|intent| intent.number).max().unwrap_or(0) + 1;
        let open: BTreeMap<u64, Intent> = open.into_iter().map(|intent| (intent.number, intent)).collect();
        let mutated = !open.is_empty();
        Ok(Self { lock, clock, inner: Mutex::new(Inner { state, open, next, mutated, committed }) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down that a mutating call is about to be sent; durable when this returns. The number names it.
    pub(super) async fn intend(&self, draft: Intent) -> Result<u64, StateError> {
        let intent = {
            let mut inner = self.inner();
            let number = inner.next;
            inner.next += 1;
            inner.mutated = true;
            let intent = Intent { number, at: self.clock.now().to_string(), ..draft };
            inner.open.insert(number, intent.clone());
            intent
        };
        let number = intent.number;
        self.lock.append(&[Record::Intent(intent)]).await?;
        Ok(number)
    }

    /// Writes down how the call ended, and what the state's entry is now.
    pub(super) async fn settle(&self, outcome: Outcome, entry: Option<Entry>) -> Result<(), StateError> {
        self.inner().open.remove(&outcome.number);
        let mut records = vec![Record::Outcome(outcome)];
        records.extend(entry.map(|entry| Record::Entry(Box::new(entry))));
        self.record(records).await
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
        {
            let mut inner = self.inner();
            for record in &records {
                apply_record(&mut inner.state, record);
            }
        }
        self.lock.append(&records).await
    }

    /// The state's entry of a resource.
    pub(super) fn entry(&self, address: &Address) -> Option<Entry> {
        self.inner().state.resources.get(address).cloned()
    }

    /// Whether a mutating request has left the process, in this run or in an interrupted one (S28).
    pub(super) fn mutated(&self) -> bool {
        self.inner().mutated
    }

    /// Changes what the journal does not carry: outputs and last reads.
    pub(super) fn edit(&self, edit: impl FnOnce(&mut State)) {
        edit(&mut self.inner().state);
    }

    /// Commits the state if anything in it changed.
    pub(super) async fn commit(&self) -> Result<(), StateError> {
        let (state, expected, open) = {
            let inner = self.inner();
            let unchanged = State { serial: inner.committed.serial, ..inner.state.clone() } == inner.committed;
            if unchanged && !inner.mutated && inner.committed.serial > 0 {
                return Ok(());
            }
            let state = State { serial: inner.committed.serial + 1, ..inner.state.clone() };
            (state, inner.committed.serial, inner.open.values().cloned().collect::<Vec<_>>())
        };
        self.lock.commit(&state, expected, &open).await?;
        let mut inner = self.inner();
        inner.state.serial = state.serial;
        inner.committed = state;
        Ok(())
    }
}
