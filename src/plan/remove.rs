//! What goes: objects that nothing declares any more, and what replacements have left behind.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Builder, remembered, seconds};
use super::types::{Besides, Drift, Note, Operation};
use super::{accounts, unseen};
use crate::kinds::registry;
use crate::model::action::Action;
use crate::model::value::Attributes;
use crate::state::{Deposed, Entry, EntryStatus};

impl Builder<'_> {
    /// The old objects of interrupted replacements, but those that are gone and leave nothing to be revoked.
    pub(super) fn left_behind<'e>(&self, entry: &'e Entry) -> impl Iterator<Item = &'e Deposed> {
        let deposed = self.input.deposed;
        let gone = move |old: &&Deposed| matches!(deposed.get(&(entry.address.clone(), old.id.clone())), Some(None));
        entry.deposed.iter().filter(move |old| !gone(old) || accounts::owes(&old.attributes, &entry.account_id))
    }

    pub(super) fn forget(&mut self, entry: &Entry, because: &str) {
        let operation = of_entry(entry, Action::Forget, because);
        self.operations.push(operation);
    }

    /// Forgets what goes on without cenform, with what interrupted replacements left behind of it; and says so.
    pub(super) fn let_go(&mut self, entry: &Entry, because: &str) {
        self.forget(entry, because);
        let stay = self.left_behind(entry).map(|old| Note {
            address: Some(entry.address.clone()),
            message: format!("{}, which an interrupted replacement left behind, stays too.", old.id),
        });
        let stay: Vec<Note> = stay.collect();
        self.notes.extend(stay);
    }

    /// What is in the state and no longer wanted: deleted, or forgotten if it is gone already.
    pub(super) fn remove(&mut self, entry: &Entry, because: &str) {
        let address = &entry.address;
        // Adding `existing` to a managed resource forgets it (S5), also when everything is destroyed.
        if self.input.stack.resources.get(address).is_some_and(|resource| resource.existing.is_some()) {
            self.let_go(entry, &format!("{address} is now declared as existing"));
            return;
        }
        if let Some(other) = self.lent.get(&(entry.kind, &*entry.id)) {
            self.let_go(entry, &format!("{other}, which is declared as existing, is the same object"));
            return;
        }
        if self.input.stack.is_removed(address) {
            self.let_go(entry, &format!("removed names {address}"));
            return;
        }
        let Some(live) = self.input.managed.get(address).and_then(Option::as_ref) else {
            if entry.status != EntryStatus::Deleting {
                self.note_gone(entry);
            }
            if self.left_behind(entry).next().is_none() && !accounts::owes(&entry.attributes, &entry.account_id) {
                let by = if entry.status == EntryStatus::Deleting { "by an earlier run" } else { "outside of cenform" };
                self.forget(entry, &format!("{address} was already deleted {by}"));
                return;
            }
            let left_overs = self.left_overs(entry, 0);
            self.operations.push(Operation { left_overs, ..of_entry(entry, Action::Delete, because) });
            return;
        };
        let left_overs = self.left_overs(entry, 0);
        let mut operation = Operation { left_overs, ..of_entry(entry, Action::Delete, because) };
        operation.before = remembered(live, &entry.attributes);
        if let Some(resource) = self.input.stack.resources.get(address) {
            let schema = registry::schema(address.kind);
            operation.before.extend(unseen::of_the_old(schema, &entry.attributes, &resource.attributes));
            operation.timeouts = seconds(&resource.timeouts);
            operation.protected = resource.lifecycle.prevent_destroy;
        }
        self.operations.push(operation);
    }

    /// Says that an object has gone, and not by a delete of ours.
    pub(super) fn note_gone(&mut self, entry: &Entry) {
        let (address, id) = (entry.address.clone(), entry.id.clone());
        self.drift.push(Drift { address, id, gone: true, left_over: false, differences: Vec::new() });
    }

    /// Says which old objects of interrupted replacements have gone, and not by a delete of ours.
    pub(super) fn note_left_overs_gone(&mut self) {
        let selected = self.input.state.resources.values().filter(|entry| self.selection.has(&entry.address));
        for entry in selected {
            for old in entry.deposed.iter().filter(|old| !old.deleting) {
                let (address, id) = (entry.address.clone(), old.id.clone());
                if matches!(self.input.deposed.get(&(address.clone(), id.clone())), Some(None)) {
                    self.drift.push(Drift { address, id, gone: true, left_over: true, differences: Vec::new() });
                }
            }
        }
    }

    /// The old objects of interrupted replacements that go with the entry, but for the first `named`; and says so.
    pub(super) fn left_overs(&mut self, entry: &Entry, named: usize) -> Vec<String> {
        let ids: Vec<String> = self.left_behind(entry).skip(named).map(|old| old.id.clone()).collect();
        self.notes.extend(ids.iter().map(|id| {
            let message = format!("{id}, which an interrupted replacement left behind, is deleted too.");
            Note { address: Some(entry.address.clone()), message }
        }));
        ids
    }

    /// Old objects of an interrupted replacement.
    pub(super) fn delete_deposed(&mut self, entry: &Entry, said: &Attributes) {
        let left_overs = self.left_overs(entry, 1);
        let left_behind = self.left_behind(entry).next().cloned();
        if let Some(deposed) = left_behind {
            let mut operation =
                of_entry(entry, Action::Delete, "an interrupted replacement left the old object behind");
            operation.id = Some(deposed.id);
            operation.left_overs = left_overs;
            let words = unseen::of_the_old(registry::schema(entry.kind), &deposed.attributes, said);
            operation.before = deposed.attributes.into_iter().chain(words).collect();
            self.operations.push(operation);
        }
    }
}

/// An operation on what the state holds, without a declaration.
pub(super) fn of_entry(entry: &Entry, action: Action, because: &str) -> Operation {
    Operation {
        address: entry.address.clone(),
        action,
        besides: Besides::default(),
        id: Some(entry.id.clone()),
        account_id: entry.account_id.clone(),
        account: entry.account.clone(),
        region: entry.region.clone(),
        before: entry.attributes.clone(),
        after: Attributes::new(),
        differences: Vec::new(),
        left_overs: Vec::new(),
        because: Some(because.to_owned()),
        cause: None,
        owned: entry.owned.clone(),
        dependencies: BTreeSet::new(),
        protected: entry.protected,
        after_deeds: BTreeMap::new(),
        timeouts: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::stack::Stack;
    use crate::plan::{AccountIds, Input, Moves, Words, build};
    use crate::state::{State, samples};

    /// S19: what is removed is forgotten with what an interrupted replacement has left, and that is said.
    #[test]
    fn what_is_removed_leaves_its_left_overs_too() {
        let old = Deposed { id: "cen-0".to_owned(), attributes: Attributes::new(), deleting: false };
        let entry = Entry { deposed: vec![old], protected: true, ..samples::entry("cen.c", "cen-1") };
        let address = entry.address.clone();
        for destroy in [false, true] {
            let planned = build(Input {
                stack: &Stack { removed: [address.clone()].into(), ..Stack::default() },
                state: &State { resources: [(address.clone(), entry.clone())].into(), ..samples::state() },
                moves: &Moves::new(),
                managed: &BTreeMap::new(),
                deposed: &BTreeMap::new(),
                existing: &BTreeMap::new(),
                account_id: &entry.account_id,
                accounts: &AccountIds::new(),
                emulator: true,
                stack_path: "",
                words: &Words { destroy, ..Words::default() },
            });
            let planned = planned.unwrap();
            let actions: Vec<Action> = planned.plan.operations.iter().map(|operation| operation.action).collect();
            assert_eq!((actions, planned.gates.len()), (vec![Action::Forget], 0));
            let notes: Vec<&str> = planned.plan.notes.iter().map(|note| note.message.as_str()).collect();
            assert_eq!(notes, ["cen-0, which an interrupted replacement left behind, stays too."]);
        }
    }
}
