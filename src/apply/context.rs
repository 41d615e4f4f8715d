//! What every deed of a run shares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::ledger::Ledger;
use super::waits::{Waits, stopped};
use crate::base::disk;
use crate::base::random::Random;
use crate::diagnostics::{Diagnostic, codes};
use crate::expr;
use crate::kinds::clouds::Clouds;
use crate::kinds::schema::{Schema, type_of};
use crate::kinds::{check, registry};
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::event::Event;
use crate::model::object::Object;
use crate::model::stack::IgnoreTags;
use crate::model::value::Attributes;
use crate::plan::{Operation, Published, PublishedResources};
use crate::refresh::batch::Scope;
pub(super) use crate::refresh::doubt::{AGAIN, growing};
use crate::state::journal::Intent;
use crate::state::{Entry, EntryStatus, ExistingRead, StateError};

/// What every deed of a run shares.
pub(super) struct Context<'a> {
    /// Turns true when the run is to stop.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) clouds: &'a Clouds,
    pub(super) random: &'a dyn Random,
    pub(super) ledger: Ledger<'a>,
    pub(super) waits: Waits,
    pub(super) live: &'a BTreeMap<Address, Option<Object>>,
    pub(super) existing: &'a [ExistingRead],
    /// The replacements by the resources whose deletes theirs wait for.
    pub(super) followers: BTreeMap<&'a Address, Vec<&'a Operation>>,
    pub(super) ignore_tags: &'a IgnoreTags,
    pub(super) token_window: Duration,
    /// How long an absence may contradict a write before it is believed (S6).
    pub(super) settle_window: Duration,
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
    /// Planned creates whose natural key this run saw to be free (S25).
    pub(super) absent: BTreeSet<Address>,
    /// What planned creates have made already, in an interrupted run, with the intent.
    pub(super) found: BTreeMap<Address, (Intent, Object)>,
    /// Open intents of an interrupted run whose token may be sent again (S24).
    pub(super) reusable: Mutex<Vec<Intent>>,
    pub(super) published: Mutex<PublishedResources>,
    /// What was made in this run: a child may meet its parent before the service knows it everywhere.
    pub(super) made: Mutex<BTreeSet<Address>>,
    /// The replacements that have been given as following from another.
    pub(super) followed: Mutex<BTreeSet<Address>>,
    /// The ids of what is gone while the ledger still has it, because something is left to be done about it.
    pub(super) gone: Mutex<BTreeSet<String>>,
    /// The intents of creates that were answered when their token was sent again, of kinds that can be made twice, and
    /// when they were answered.
    pub(super) resent: Mutex<Vec<(u64, Instant)>>,
}

/// The replacements by the resources whose deletes theirs wait for.
pub(super) fn followers(operations: &[Operation]) -> BTreeMap<&Address, Vec<&Operation>> {
    let mut followers: BTreeMap<&Address, Vec<&Operation>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.action == Action::Replace) {
        let waits = operation.after_deeds.get(&Deed::Delete).into_iter().flatten();
        for first in waits.filter(|first| first.deed == Deed::Delete) {
            followers.entry(&first.address).or_default().push(operation);
        }
    }
    followers
}

impl Context<'_> {
    /// The operation's wanted attributes with everything evaluated, checked once more (S10).
    pub(super) fn known(&self, operation: &Operation) -> Result<Attributes, Diagnostic> {
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = Attributes::new();
        for (name, value) in &operation.after {
            let value = expr::resolve(value, &*published).map_err(|error| {
                Diagnostic::error(codes::EVALUATION, "An expression cannot be evaluated", format!("{name}: {error}."))
            })?;
            if value.has_unknown() {
                return Err(Diagnostic::error(
                    codes::EVALUATION,
                    "A value is still unknown",
                    format!("{name} depends on something that this run did not make."),
                )
                .help("Plan and apply again; what is there by then is known."));
            }
            if !value.is_null() {
                known.insert(name.clone(), value);
            }
        }
        let schema = registry::schema(operation.address.kind);
        let (faults, violations) = check::check_all(schema, &known);
        if let Some(fault) = faults.into_iter().next() {
            return Err(Diagnostic::error(fault.code, "A value is not allowed", fault.message));
        }
        match violations.into_iter().next() {
            Some(broken) => {
                Err(Diagnostic::error(codes::NOT_TOGETHER, "Attributes do not fit together", broken.message)
                    .help(broken.help))
            }
            None => Ok(check::normalise_all(schema, known)),
        }
    }

    /// The name of the credentials with which an object is read that an operation refers to.
    pub(super) fn account_of(&self, kind: Kind, id: &str, operation: &Operation) -> Option<String> {
        if let Some(entry) = self.ledger.holder(kind, id) {
            return entry.account;
        }
        let existing = self.existing.iter().find(|read| read.address.kind == kind && read.id == id);
        existing.map_or(&operation.account, |read| &read.account).clone()
    }

    /// Pauses before a call that was refused is made again. True as soon as the run is to stop: then it is not.
    pub(super) async fn stopped_within(&self, pause: Duration) -> bool {
        tokio::select! {
            // The same run comes to the same end: an interrupt counts before a pause that is over at the same moment.
            biased;
            () = stopped(&self.stop) => true,
            () = sleep(pause) => false,
        }
    }

    /// Lets expressions see an object.
    pub(super) fn publish(&self, entry: &Entry) {
        let published = Published { id: Some(entry.id.clone()), attributes: entry.attributes.clone(), complete: true };
        self.published.lock().unwrap_or_else(PoisonError::into_inner).0.insert(entry.address.clone(), published);
    }

    /// The replacements whose delete waits for that of this operation: what follows from beginning with it. Each is given
    /// once a run, however many deletes it waits for.
    pub(super) fn followers(&self, operation: &Operation) -> Vec<&Operation> {
        let mut followers = Vec::new();
        let mut waiting = vec![&operation.address];
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(first) = waiting.pop() {
            for next in self.followers.get(first).into_iter().flatten() {
                if followed.insert(next.address.clone()) {
                    followers.push(*next);
                    waiting.push(&next.address);
                }
            }
        }
        followers
    }

    /// Remembers that a resource was made in this run.
    pub(super) fn remember_made(&self, address: &Address) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(address.clone());
    }

    /// Whether anything of a create is there, or may be: what was refused has left nothing.
    pub(super) fn has_begun(&self, address: &Address) -> bool {
        self.ledger.entry(address).is_some_and(|entry| entry.status == EntryStatus::Creating)
            || self.ledger.pending().iter().any(|intent| intent.address == *address && intent.is_unknown())
    }

    /// Takes note that a create was answered when its token was sent again.
    pub(super) fn remember_resent(&self, number: u64) {
        self.resent.lock().unwrap_or_else(PoisonError::into_inner).push((number, Instant::now()));
    }

    /// Takes note that an object is gone.
    pub(super) fn remember_gone(&self, id: &str) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether an object of the ledger is known to be gone.
    pub(super) fn is_gone(&self, id: &str) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Whether any of these was made in this run.
    pub(super) fn any_made(&self, addresses: &BTreeSet<Address>) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.iter().any(|address| made.contains(address))
    }

    /// The token of an interrupted run's create that this one repeats to the letter, if there is one (S24).
    pub(super) fn reuse(&self, address: &Address, deed: Deed, digest: &str) -> Option<Intent> {
        let mut reusable = self.reusable.lock().unwrap_or_else(PoisonError::into_inner);
        let found = reusable.iter().position(|intent| {
            intent.address == *address && intent.deed == deed && intent.digest == digest && intent.token.is_some()
        })?;
        Some(reusable.swap_remove(found))
    }
}

/// The run is to stop, and this is not at its end: the next run goes on with it (S26).
pub(super) fn interrupted() -> Diagnostic {
    Diagnostic::error(
        codes::INTERRUPTED,
        "The run was interrupted",
        "It was begun, and the run was interrupted before it was seen to be done.",
    )
    .help("Apply again: it goes on from there.")
}

/// What a list call answers for, of an operation.
pub(super) fn scope(operation: &Operation) -> Scope {
    Scope { kind: operation.address.kind, account: operation.account.clone(), region: operation.region.clone() }
}

/// The deed whose time-out rules another: what is waited for is a create of an earlier run, and seldom an update (S26).
pub(super) const fn ruling(deed: Deed) -> Deed {
    if matches!(deed, Deed::Wait) { Deed::Create } else { deed }
}

/// How long a deed may take: the stack's word, else the kind's (S26).
pub(super) fn timeout(operation: &Operation, deed: Deed, schema: &Schema) -> Duration {
    // Of a replacement, the old object is deleted and the new one created.
    let of = if matches!(deed, Deed::Delete | Deed::Record) { &operation.before } else { &operation.after };
    let timeouts = schema.timeouts_for(type_of(of));
    let own = match deed {
        Deed::Create | Deed::Wait => timeouts.create,
        Deed::Update => timeouts.update,
        Deed::Delete | Deed::Record => timeouts.delete,
    };
    operation.timeouts.get(&ruling(deed)).map_or(own, |seconds| Duration::from_secs(*seconds))
}

/// The state could not be written: nothing more may be sent (S23).
pub(super) fn unwritable(error: &StateError) -> Diagnostic {
    let mut detail = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        detail = format!("{detail}: {source}");
    }
    let advice = match error {
        StateError::Io { source, .. } => disk::advice(source.kind()),
        StateError::Gone { .. } => "Leave .cenform beside the state file as it is while a command runs.",
        _ => "Look who else writes to the folder of the state.",
    };
    Diagnostic::error(codes::STATE, "The state could not be written", format!("{detail}."))
        .help(format!("Nothing more was sent. {advice} Then apply again."))
}
