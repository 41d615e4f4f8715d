//! How long logging pauses where a flow log makes room for its successor.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cost::usual;
use super::order::order_of;
use super::types::{Note, Operation, Target};
use crate::base::text::{count, list};
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::value::Value;

/// What there is to know of the pauses of operations that are in order: a note for all that are as long.
pub(super) fn pauses(operations: &[Operation]) -> Vec<Note> {
    let deletes = operations.iter().filter(|operation| operation.action.deletes());
    let old: BTreeMap<&Address, &Operation> = deletes.map(|operation| (&operation.address, operation)).collect();
    let gaps: Vec<(Target, Target)> = operations.iter().filter_map(|operation| gap(&old, operation)).collect();
    if gaps.is_empty() {
        return Vec::new();
    }
    let ends = ends(operations);
    let mut alike: BTreeMap<Duration, Vec<Address>> = BTreeMap::new();
    for (gone, there) in gaps {
        let end = |target: &Target| ends.get(target).copied().unwrap_or_default();
        let pause = end(&there).saturating_sub(end(&gone)) + usual(&gone);
        alike.entry(pause).or_default().push(there.address);
    }
    let told = alike.into_iter().map(|(pause, logs)| {
        let (address, what) = match logs.as_slice() {
            [only] => (Some(only.clone()), String::new()),
            _ => (None, format!(" at {}", list(&logs.iter().map(ToString::to_string).collect::<Vec<_>>()))),
        };
        Note { address, message: format!("Logging pauses for about {}{what}.", spoken(pause)) }
    });
    told.collect()
}

/// The delete with which a flow log stops logging, and the create with which it begins again. `old`: what is deleted.
fn gap(old: &BTreeMap<&Address, &Operation>, operation: &Operation) -> Option<(Target, Target)> {
    let address = &operation.address;
    let create = Target { address: address.clone(), deed: Deed::Create };
    let gone = match operation.action {
        _ if address.kind != Kind::FlowLog => None,
        Action::Replace => Some(Target { deed: Deed::Delete, ..create.clone() }),
        // Another one frees the place that it takes.
        Action::Create => {
            let waits = operation.after_deeds.get(&Deed::Create).into_iter().flatten();
            waits.into_iter().find(|first| first.deed == Deed::Delete && first.address.kind == Kind::FlowLog).cloned()
        }
        _ => None,
    }?;
    let is_off = old.get(&gone.address)?.before.get("status") == Some(&Value::from("Inactive"));
    (!is_off).then_some((gone, create))
}

/// When each deed is done, from the beginning of a run in which nothing waits but for what it must.
fn ends(operations: &[Operation]) -> BTreeMap<Target, Duration> {
    let graph = order_of(operations);
    let mut ends: BTreeMap<Target, Duration> = BTreeMap::new();
    for target in graph.order().unwrap_or_default() {
        let begins = graph.dependencies_of(&target).into_iter().filter_map(|first| ends.get(first)).max();
        let end = begins.copied().unwrap_or_default() + usual(&target);
        ends.insert(target, end);
    }
    ends
}

/// A time as roughly as it is known.
fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    if seconds < 60 { count(number(seconds), "second") } else { count(number(seconds.div_ceil(60)), "minute") }
}
