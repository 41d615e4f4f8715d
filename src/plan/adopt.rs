//! Objects that the stack does not make: `existing` ones, and those that it takes over (S5, S17).

use std::collections::BTreeSet;

use super::build::{Builder, remembered};
use super::diff;
use super::published::Published;
use super::types::{Besides, Note, Operation};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::registry;
use crate::kinds::schema::{Change, Type};
use crate::model::action::Action;
use crate::model::object::Object;
use crate::model::stack::Resource;
use crate::model::value::{Attributes, Value};
use crate::state::{Entry, EntryStatus, ExistingRead};

impl Builder<'_> {
    /// Attributes beside `existing` are expectations (S5).
    pub(super) fn expect_existing(&mut self, resource: &Resource, expected: &Attributes) {
        let address = &resource.address;
        let Some(live) = self.input.existing.get(address) else { return };
        for attribute in registry::schema(address.kind).attributes {
            let Some(value) = expected.get(attribute.name).filter(|_| resource.owned.contains(attribute.name)) else {
                continue;
            };
            let shown = match (live.attributes.get(attribute.name), attribute.ty) {
                (Some(shown), _) => shown,
                // An index that is not told of is not there.
                (None, Type::Index(_)) => &Value::Null,
                (None, _) => continue,
            };
            if attribute.change != Change::NotCompared && !diff::same(&attribute.ty, value, shown) {
                self.problems.push(
                    Diagnostic::error(
                        codes::EXISTING,
                        "An existing object is not as expected",
                        format!(
                            "{address} ({}) was expected to have {} = {}, and has {}.",
                            live.id,
                            attribute.name,
                            if value.has_unknown() {
                                "what does not exist yet".to_owned()
                            } else {
                                serde_json::Value::from(value).to_string()
                            },
                            if shown.is_null() {
                                "none".to_owned()
                            } else {
                                serde_json::Value::from(shown).to_string()
                            }
                        ),
                    )
                    .about(address)
                    .help("Correct the attribute beside existing, or take it away: it is only checked, never changed."),
                );
            }
        }
        let attributes = remembered(live, &Attributes::new());
        self.existing.push(ExistingRead {
            address: address.clone(),
            id: live.id.clone(),
            account: resource.account.clone(),
            region: resource.region.clone(),
            attributes: attributes.clone(),
        });
        let published = Published { id: Some(live.id.clone()), attributes, complete: true };
        self.published.0.insert(address.clone(), published);
    }

    /// An import of what is at its address already is silent, and one of another object does nothing.
    pub(super) fn note_idle_import(&mut self, entry: &Entry) {
        let Entry { address, id, .. } = entry;
        let other = self.input.stack.imports.get(address).and_then(Option::as_ref);
        if let Some(other) = other.filter(|other| *other != id && !id.ends_with(&format!("/{other}"))) {
            let message = format!("It is {id} in the state: the import of {other} does nothing. Take it out.");
            self.notes.push(Note { address: Some(address.clone()), message });
        }
    }

    /// An object that the state does not have is managed from now on, as it is or with an update: what was `existing`
    /// until now (S5), or what is to be imported (S17).
    pub(super) fn take_over(&mut self, resource: &Resource, attributes: Attributes, live: &Object) {
        let address = &resource.address;
        let formerly = self.input.state.formerly_existing(address).filter(|read| read.id == live.id);
        let entry = Entry {
            address: address.clone(),
            kind: address.kind,
            id: live.id.clone(),
            account_id: self.account_id(resource),
            account: resource.account.clone(),
            region: formerly.map_or(&resource.region, |read| &read.region).clone(),
            schema_version: address.kind.schema_version(),
            status: if live.settled { EntryStatus::Settled } else { EntryStatus::Creating },
            protected: resource.lifecycle.prevent_destroy,
            owned: BTreeSet::new(),
            attributes: formerly.map_or_else(|| remembered(live, &Attributes::new()), |read| read.attributes.clone()),
            dependencies: BTreeSet::new(),
            deposed: Vec::new(),
        };
        let record = self.record(resource, &entry, live, &attributes);
        // It is taken in as it was seen, and not if it has changed since (S16).
        let is_said = |name: &String| attributes.contains_key(name);
        let said: Attributes = live.attributes.clone().into_iter().filter(|(name, _)| is_said(name)).collect();
        self.change(resource, attributes, &entry, live);
        let importing = || Besides { importing: true, ..Besides::default() };
        let because = formerly.map(|_| format!("{address} is no longer declared as existing"));
        match self.operations.last_mut().filter(|operation| operation.address == *address) {
            None => {
                let operation = self.operation(resource, Action::Import, Some(live.id.clone()));
                let (before, after) = (said.clone(), said);
                self.operations.push(Operation { besides: importing(), before, after, because, ..operation });
            }
            Some(operation) if operation.action.deletes() => {
                let because = because.unwrap_or_else(|| format!("{address} is to be imported"));
                self.problems.push(
                    Diagnostic::error(
                        codes::CANNOT_REPLACE,
                        "An existing object would be replaced",
                        format!("{because}, and what it says now replaces {}.", live.id),
                    )
                    .about(address)
                    .help(
                        "Take it over as it is first, and change it then; or declare what is new under another name.",
                    ),
                );
            }
            Some(operation) => operation.besides = importing(),
        }
        // Whatever becomes of the operation, the object is known from now on.
        self.records.retain(|other| other.address != *address);
        self.records.push(record);
    }
}
