//! What a plan costs.

use std::collections::BTreeSet;
use std::time::Duration;

use super::accounts;
use super::order::order_of;
use super::types::{Difference, Operation, PathStep, Target};
use crate::graph::queue::ReadyQueue;
use crate::kinds::registry;
use crate::kinds::schema::type_of;
use crate::model::action::Action;

/// How many mutating calls an operation costs, as far as its attributes tell.
pub(super) fn writes(operation: &Operation) -> usize {
    let schema = registry::schema(operation.address.kind);
    let later = |name: &str| schema.attribute(name).is_some_and(|attribute| !attribute.at_create);
    let default = |name: &str| schema.attribute(name).and_then(|a| a.default_for(type_of(&operation.after)));
    let creating = 1 + operation
        .after
        .iter()
        .filter(|(name, value)| later(name) && default(name) != Some((*value).clone()))
        .count();
    let updating = || {
        let mut groups = BTreeSet::new();
        for difference in &operation.differences {
            let Difference { path, after, reason: _, before: _, forces_replacement: _ } = difference;
            match path.first() {
                Some(PathStep::Key(name)) if name == "tags" => groups.insert(("tags", after.is_null())),
                Some(PathStep::Key(name)) if later(name) => groups.insert(("later", false)),
                _ => groups.insert(("attributes", false)),
            };
        }
        groups.len()
    };
    accounts::grants(operation)
        + match operation.action {
            Action::Create => creating,
            Action::Replace | Action::ReplaceCreateFirst => creating + 1,
            Action::Delete => 1,
            Action::Update => updating(),
            Action::Protect | Action::Move | Action::Import | Action::Forget | Action::Wait => 0,
        }
}

/// As many deeds at once as apply has unless `--parallelism` says otherwise.
const AT_ONCE: u32 = 10;

/// How long a deed usually takes, roughly.
pub fn usual(target: &Target) -> Duration {
    registry::schema(target.address.kind).usual_for(target.deed)
}

/// How many seconds operations usually take: the longest chain of deeds that wait for each other, or all of them
/// side by side where that is longer.
pub(super) fn seconds(operations: &[Operation]) -> u64 {
    let order = order_of(operations);
    let together: Duration = order.nodes().map(usual).sum();
    let longest = ReadyQueue::new(&order, usual).ok().and_then(|queue| queue.longest()).unwrap_or_default();
    longest.max(together / AT_ONCE).as_secs()
}
