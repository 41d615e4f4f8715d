//! Replacements, and when there can be none (S11, S13, S14).

use super::build::Builder;
use super::order::natural_key;
use super::types::{Difference, Operation};
use super::unseen;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::registry;
use crate::model::action::Action;
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::stack::Resource;
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
        because: Option<String>,
    ) {
        let address = &resource.address;
        self.replaced.insert(address.clone());
        self.note_left_over(entry, 0);
        // Nothing comes before the end of what is on its way out.
        let create_first = resource.lifecycle.create_before_destroy && because.is_none();
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
        let words = unseen::of_the_old(registry::schema(kind), &entry.attributes, &after);
        let before = before.into_iter().chain(words).collect();
        self.operations.push(Operation { before, after, differences, because, ..operation });
    }
}
