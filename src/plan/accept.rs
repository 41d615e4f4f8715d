//! `--refresh-only`: what the cloud shows is recorded, and nothing else is done (S17).

use super::accounts;
use super::build::Builder;
use super::published::Published;
use super::remove::of_entry;
use super::types::Note;
use crate::kinds::registry;
use crate::kinds::schema::{Change, Schema};
use crate::model::action::Action;
use crate::model::object::Object;
use crate::model::value::{Attributes, Value};
use crate::state::{Entry, EntryStatus};

impl Builder<'_> {
    /// Accepts everything that was changed outside.
    pub(super) fn accept_everything(&mut self) {
        let (stack, state) = (self.input.stack, self.input.state);
        // What was not made yet is not known, and is no mistake of what uses it.
        self.published.0.extend(stack.resources.keys().map(|address| (address.clone(), Published::default())));
        for entry in self.selected(state) {
            match self.input.managed.get(&entry.address).and_then(Option::as_ref) {
                Some(live) => self.accept(entry, live),
                None => self.accept_gone(entry),
            }
        }
        for resource in stack.resources.values().filter(|resource| !state.resources.contains_key(&resource.address)) {
            self.expect_existing(resource, &Attributes::new());
        }
        let unread = state.existing.values().filter(|read| !self.input.existing.contains_key(&read.address));
        let unread: Vec<_> = unread.cloned().collect();
        self.existing.extend(unread);
    }

    /// Records an object as it was read. What the stack owns of it stays, so that the next plan compares with this.
    fn accept(&mut self, entry: &Entry, live: &Object) {
        let schema = registry::schema(entry.kind);
        self.note_drift(schema, entry, live);
        let attributes = as_read(schema, entry, live);
        let published = Published { id: Some(entry.id.clone()), attributes: attributes.clone(), complete: true };
        self.published.0.insert(entry.address.clone(), published);
        let deposed = self.left_behind(entry).cloned().collect();
        let record = Entry { attributes, deposed, schema_version: entry.kind.schema_version(), ..entry.clone() };
        if record != *entry {
            self.records.push(record);
        }
    }

    /// Forgets an object that is gone, unless something is left to be done about it.
    fn accept_gone(&mut self, entry: &Entry) {
        let address = &entry.address;
        // The delete is ours, and the next apply ends it.
        if entry.status == EntryStatus::Deleting {
            return;
        }
        self.note_gone(entry);
        let left_over = self.left_behind(entry).next().is_some();
        if left_over || accounts::owes(&entry.attributes, &entry.account_id) {
            let what =
                if left_over { "what an interrupted replacement left behind" } else { "what was granted for it" };
            let message = format!("It stays in the state until the next apply without --refresh-only removes {what}.");
            self.notes.push(Note { address: Some(address.clone()), message });
            return;
        }
        self.operations.push(of_entry(entry, Action::Forget, &format!("{address} was deleted outside of cenform")));
    }
}

/// The attributes of an object as the cloud shows them, with what only the engine knows. Where the cloud does not tell
/// what cannot be changed in place, it is as it was.
fn as_read(schema: &Schema, entry: &Entry, live: &Object) -> Attributes {
    let mut attributes = live.attributes.clone();
    if !live.status.is_empty() {
        attributes.insert("status".to_owned(), Value::from(live.status.as_str()));
    }
    for (name, value) in &entry.attributes {
        let silent = schema.attribute(name).is_some_and(|attribute| {
            attribute.change == Change::NotCompared || attribute.change == Change::Replace && !attribute.always_managed
        });
        if silent {
            attributes.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    attributes
}
