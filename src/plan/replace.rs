//! Replacements, and when there can be none (S11, S13, S14).

use super::build::Builder;
use super::order::natural_key;
use super::select::covers;
use super::types::{Cause, Difference, Operation};
use super::unseen;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::registry;
use crate::model::action::Action;
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::stack::{Lifecycle, Resource};
use crate::model::value::{Attributes, Value};
use crate::state::Entry;

impl Builder<'_> {
    #[expect(clippy::too_many_arguments, reason = "a replacement is a deletion and a creation, with what each needs")]
    pub(super) fn replace(
        &mut self,
        resource: &Resource,
        entry: &Entry,
        live: &Object,
        before: Attributes,
        after: Attributes,
        differences: Vec<Difference>,
        cause: Option<Cause>,
    ) {
        let address = &resource.address;
        self.replaced.insert(address.clone());
        let left_overs = self.left_overs(entry, 0);
        // Nothing comes before the end of what is on its way out.
        let create_first = resource.lifecycle.create_before_destroy && cause != Some(Cause::HalfDeleted);
        let old: Attributes = entry.attributes.clone().into_iter().chain(live.attributes.clone()).collect();
        let kind = address.kind;
        if create_first && natural_key(kind, &old).is_some_and(|key| natural_key(kind, &after).as_ref() == Some(&key)) {
            let key = registry::schema(kind).natural_key_of(&after);
            let names = key.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" and ");
            self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "The new object cannot be created before the old one is deleted",
                    format!("No two {}s can have the same {names}, and the new {address} keeps it.", kind.spoken()),
                )
                .about(address)
                .help("Take create_before_destroy away, or change what keeps the two apart."),
            );
        }
        let keeps_name = natural_key(kind, &old) == natural_key(kind, &after);
        if kind == Kind::LogProject && keeps_name && live.attributes.get("recycle_bin") == Some(&Value::Bool(true)) {
            self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "A project with its recycle bin on cannot be replaced under the same name",
                    format!("The deleted {address} would stay in the recycle bin and keep its name."),
                )
                .about(address)
                .help("Give the new project another name, or switch recycle_bin off and apply that first."),
            );
        }
        let action = if create_first { Action::ReplaceCreateFirst } else { Action::Replace };
        let operation = self.operation(resource, action, Some(live.id.clone()));
        let because = cause.as_ref().and_then(|cause| told(cause, address));
        let words = unseen::of_the_old(registry::schema(kind), &entry.attributes, &after);
        let before = before.into_iter().chain(words).collect();
        self.operations.push(Operation { before, after, differences, left_overs, because, cause, ..operation });
    }

    /// Why a resource is replaced whatever its attributes say, if it is.
    pub(super) fn cause(&self, resource: &Resource) -> Option<Cause> {
        let Lifecycle { replace_triggered_by: triggers, .. } = &resource.lifecycle;
        if self.input.words.replace.iter().any(|asked| covers(asked, &resource.address)) {
            return Some(Cause::Requested);
        }
        triggers.iter().find(|trigger| self.changed.contains(*trigger)).cloned().map(Cause::TriggeredBy)
    }

    /// Notes what the operations from this position on update or replace, or make anew because it is gone. What is only
    /// recorded is not changed, and what is made for the first time has had nothing built on it.
    pub(super) fn note_changed(&mut self, from: usize) {
        let is_changed = |operation: &&Operation| match operation.action {
            Action::Update | Action::Replace | Action::ReplaceCreateFirst => true,
            Action::Create => self.input.state.resources.contains_key(&operation.address),
            Action::Delete | Action::Move | Action::Import | Action::Forget | Action::Protect | Action::Wait => false,
        };
        let changed = self.operations.iter().skip(from).filter(is_changed).map(|operation| operation.address.clone());
        self.changed.extend(changed);
    }
}

/// A cause as the end of a sentence that begins with "because"; none where the heading says it.
fn told(cause: &Cause, address: &Address) -> Option<String> {
    match cause {
        Cause::Requested => None,
        Cause::TriggeredBy(trigger) => Some(format!("replace_triggered_by names {trigger}, which this plan changes")),
        Cause::HalfDeleted => Some(format!("an earlier run began to delete {address}")),
    }
}
