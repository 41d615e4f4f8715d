//! Objects that the stack does not make: `existing` ones, and those that it takes over (S5, S17).

use std::collections::BTreeSet;

use super::build::{Builder, remembered};
use super::diff;
use super::published::Published;
use super::types::Operation;
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

    /// What was `existing` until now is managed from now on, as it is or with an update (S5).
    pub(super) fn take_over(
        &mut self,
        resource: &Resource,
        attributes: Attributes,
        read: &ExistingRead,
        live: &Object,
    ) {
        let address = &resource.address;
        let entry = Entry {
            address: address.clone(),
            kind: address.kind,
            id: live.id.clone(),
            account_id: self.account_id(resource),
            account: resource.account.clone(),
            region: read.region.clone(),
            schema_version: registry::schema(address.kind).version,
            status: EntryStatus::Settled,
            protected: false,
            owned: BTreeSet::new(),
            attributes: read.attributes.clone(),
            dependencies: BTreeSet::new(),
            deposed: Vec::new(),
        };
        let record = self.record(resource, &entry, live, &attributes);
        self.change(resource, attributes, &entry, live);
        match self.operations.last().filter(|operation| operation.address == *address) {
            None => {
                let operation = self.operation(resource, Action::Import, Some(live.id.clone()));
                let because = Some(format!("{address} is no longer declared as existing"));
                self.operations.push(Operation { because, ..operation });
            }
            Some(operation) if operation.action.deletes() => self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "An existing object would be replaced",
                    format!("{address} is no longer declared as existing, and what it says now replaces {}.", live.id),
                )
                .about(address)
                .help("Take it over as it is first, and change it then; or declare what is new under another name."),
            ),
            Some(_) => {}
        }
        // Whatever becomes of the operation, the object is known from now on.
        self.records.retain(|other| other.address != *address);
        self.records.push(record);
    }
}
