//! What refuses a plan (S18, S29, `gates:`): all of it, at once.

use super::types::{Gate, Operation, Words};
use crate::base::text::{count, list};
use crate::kinds::registry;
use crate::model::action::Action;
use crate::model::address::Address;
use crate::model::stack::Limits;
use crate::state::State;

/// Every gate that the operations run into.
pub(super) fn gates(operations: &[Operation], state: &State, words: &Words, limits: Limits) -> Vec<Gate> {
    let lost = Lost { operations, state };
    let max_destroy = words.max_destroy.or(limits.max_destroy);
    [
        lost.protected(),
        lost.data().filter(|_| !words.destroy && !words.allow_data_loss),
        max_destroy.and_then(|most| lost.destroyed(most, words.max_destroy.is_some())),
        limits.max_replace.and_then(|most| lost.replaced(most)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a plan takes away.
struct Lost<'a> {
    operations: &'a [Operation],
    state: &'a State,
}

impl<'a> Lost<'a> {
    fn deletes(&self) -> impl Iterator<Item = &'a Operation> {
        self.operations.iter().filter(|operation| operation.action.deletes())
    }

    /// Whether it is about the object of the resource, and not about one that an interrupted replacement has left behind:
    /// that was decided when the replacement was.
    fn is_itself(&self, operation: &Operation) -> bool {
        let entry = self.state.resources.get(&operation.address);
        entry.is_none_or(|entry| operation.id.as_ref() == Some(&entry.id))
    }

    /// S18: what is protected, be it by the stack or by what the state remembers.
    fn protected(&self) -> Option<Gate> {
        let is_protected = |operation: &&Operation| {
            let recorded = self.state.resources.get(&operation.address).is_some_and(|entry| entry.protected);
            (operation.protected || recorded) && self.is_itself(operation)
        };
        let found: Vec<_> = self.deletes().filter(is_protected).collect();
        gate(&found, |told, them| {
            format!(
                "{told}, and lifecycle.prevent_destroy protects {them}. To let {them} go, first apply the stack with \
                 prevent_destroy: false on {them}, or take the protection out of the state with cenform state unprotect."
            )
        })
    }

    /// S29: what holds data.
    fn data(&self) -> Option<Gate> {
        let found: Vec<_> = self.deletes().filter(|it| registry::schema(it.address.kind).holds_data).collect();
        gate(&found, |told, them| {
            format!(
                "{told}, and the logs in {them} would be lost. If that is what you want, plan again with \
                 --allow-data-loss."
            )
        })
    }

    /// What goes without a successor, if that is more than may.
    fn destroyed(&self, most: usize, said: bool) -> Option<Gate> {
        let goes = |operation: &&Operation| operation.action == Action::Delete && self.is_itself(operation);
        let found: Vec<_> = self.deletes().filter(goes).collect();
        let by = if said { "--max-destroy" } else { "gates.max_destroy of the stack" };
        let way_on = format!("If that is what you want, plan again with --max-destroy {}.", found.len());
        over(&found, most, by, &way_on)
    }

    /// What is replaced, if that is more than may be.
    fn replaced(&self, most: usize) -> Option<Gate> {
        let found: Vec<_> = self.deletes().filter(|operation| operation.action.creates()).collect();
        let way_on = format!(
            "If that is what you want, write max_replace: {} under gates, or replace less at once with --target.",
            found.len()
        );
        over(&found, most, "gates.max_replace of the stack", &way_on)
    }
}

/// A gate on a number; none where there are no more than that.
fn over(found: &[&Operation], most: usize, by: &str, way_on: &str) -> Option<Gate> {
    if found.len() <= most {
        return None;
    }
    gate(found, |told, _| format!("{told}: {}, and {by} allows {most}. {way_on}", count(found.len(), "object")))
}

/// A gate that refuses all of these in one sentence, which is told what would become of them.
fn gate(found: &[&Operation], message: impl Fn(&str, &str) -> String) -> Option<Gate> {
    let addresses: Vec<Address> = found.iter().map(|operation| operation.address.clone()).collect();
    let of = |creates: bool| -> Vec<String> {
        let found = found.iter().filter(|operation| operation.action.creates() == creates);
        found.map(|operation| operation.address.to_string()).collect()
    };
    let told = match (of(false).as_slice(), of(true).as_slice()) {
        ([], []) => return None,
        (gone, []) => format!("{} would be destroyed", list(gone)),
        ([], replaced) => format!("{} would be replaced", list(replaced)),
        (gone, replaced) => format!("{} would be destroyed and {} replaced", list(gone), list(replaced)),
    };
    let them = if addresses.len() == 1 { "it" } else { "them" };
    Some(Gate { message: message(&told, them), addresses })
}
