//! Which deed waits for which (S12).

use std::collections::{BTreeMap, BTreeSet};

use super::types::{Operation, Target};
use crate::diagnostics::{Diagnostic, codes};
use crate::graph::Graph;
use crate::kinds::registry;
use crate::kinds::schema::Type;
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::value::Attributes;
use crate::state::{Entry, State};

fn target(address: &Address, deed: Deed) -> Target {
    Target { address: address.clone(), deed }
}

/// The deeds of an operation.
pub fn targets_of(operation: &Operation) -> impl Iterator<Item = Target> {
    operation.action.deeds().iter().map(|deed| target(&operation.address, *deed))
}

/// The deeds of operations, each after those that it waits for.
pub fn order_of(operations: &[Operation]) -> Graph<Target> {
    let mut graph = Graph::new();
    for operation in operations {
        for target in targets_of(operation) {
            for first in operation.after_deeds.get(&target.deed).into_iter().flatten() {
                graph.add_edge(first.clone(), target.clone());
            }
            graph.add_node(target);
        }
    }
    graph
}

/// The deed that makes or changes the object, if the operation has one.
fn making(operation: &Operation) -> Option<Deed> {
    operation.action.deeds().iter().copied().find(|deed| matches!(deed, Deed::Create | Deed::Update | Deed::Wait))
}

/// Which deed waits for which. `early`: what a new object refers to and this plan makes is there before the old one goes,
/// so that nothing is dark for what cannot be made (S14).
fn waits(operations: &[Operation], state: &State, early: bool) -> Graph<Target> {
    let mut graph: Graph<Target> = Graph::new();
    // An address can have two operations: what is done with its object, and the delete of what an
    // interrupted replacement has left behind.
    let mut makers: BTreeMap<&Address, Deed> = BTreeMap::new();
    let mut deleters: BTreeMap<&Address, Action> = BTreeMap::new();
    for operation in operations {
        makers.extend(making(operation).map(|deed| (&operation.address, deed)));
        deleters.extend(operation.action.deletes().then_some((&operation.address, operation.action)));
    }
    for operation in operations {
        for deed in operation.action.deeds() {
            graph.add_node(target(&operation.address, *deed));
        }
    }
    for operation in operations {
        let address = &operation.address;
        let (delete, create) = (target(address, Deed::Delete), target(address, Deed::Create));
        match operation.action {
            Action::Replace => graph.add_edge(delete.clone(), create),
            Action::ReplaceCreateFirst => graph.add_edge(create, delete.clone()),
            // What is left behind goes last (S13).
            Action::Delete => {
                if let Some(deed) = makers.get(address) {
                    graph.add_edge(target(address, *deed), delete.clone());
                }
            }
            _ => {}
        }
        if let Some(deed) = making(operation) {
            for dependency in &operation.dependencies {
                if let Some(first) = makers.get(dependency) {
                    graph.add_edge(target(dependency, *first), target(address, deed));
                    if early && *first == Deed::Create && operation.action == Action::Replace {
                        graph.add_edge(target(dependency, *first), delete.clone());
                    }
                }
            }
        }
        let Some(entry) = state.resources.get(address) else { continue };
        for held in &grounds(state, entry) {
            let Some(deletion) = deleters.get(held) else { continue };
            let last = target(held, Deed::Delete);
            if operation.action.deletes() {
                graph.add_edge(target(address, Deed::Delete), last);
            } else if operation.action == Action::Update
                && (*deletion != Action::Replace || !operation.dependencies.contains(held))
            {
                graph.add_edge(target(address, Deed::Update), last);
            }
        }
    }
    for (first, then) in key_handovers(operations) {
        graph.add_edge(first, then);
    }
    graph
}

/// Fills in what each deed waits for, and proves that there is an order.
pub(super) fn arrange(operations: &mut [Operation], state: &State) -> Result<(), Diagnostic> {
    let mut graph = waits(operations, state, true);
    let mut cycles = graph.cycles();
    if !cycles.is_empty() {
        // What takes the place of something that the old object stands on cannot come before it goes.
        graph = waits(operations, state, false);
        cycles = graph.cycles();
    }
    if let Some(cycle) = cycles.into_iter().next() {
        let walk: Vec<String> = cycle.iter().map(|node| format!("{} {}", node.deed, node.address)).collect();
        return Err(Diagnostic::error(
            codes::ORDER,
            "The operations cannot be put in order",
            format!("Each of these waits for the next, in a circle: {}.", walk.join(" -> ")),
        )
        .help("Break the circle by applying a part of the change first, such as the removal."));
    }
    for operation in operations.iter_mut() {
        operation.after_deeds = operation
            .action
            .deeds()
            .iter()
            .map(|deed| {
                let waits = graph.dependencies_of(&target(&operation.address, *deed));
                (*deed, waits.into_iter().cloned().collect::<Vec<_>>())
            })
            .filter(|(_, waits)| !waits.is_empty())
            .collect();
    }
    Ok(())
}

/// What must outlive an entry's objects (S12): what it depends on, and what its left-overs refer to.
pub(super) fn grounds(state: &State, entry: &Entry) -> BTreeSet<Address> {
    let under_left_overs = entry.deposed.iter().flat_map(|old| referents(state, entry.kind, &old.attributes));
    entry.dependencies.iter().cloned().chain(under_left_overs).collect()
}

/// The resources of a state whose ids are in the references of an object.
pub fn referents(state: &State, kind: Kind, attributes: &Attributes) -> BTreeSet<Address> {
    let references = registry::schema(kind).attributes.iter().filter_map(|attribute| {
        let Type::Reference(kind) = attribute.ty else { return None };
        Some((kind, attributes.get(attribute.name)?.as_text()?))
    });
    let holder = |(kind, id): (Kind, &str)| {
        let mut others = state.resources.values();
        others.find(|other| other.kind == kind && other.id == id).map(|other| other.address.clone())
    };
    references.filter_map(holder).collect()
}

/// Deletes that free the natural key that a create of another resource takes.
fn key_handovers(operations: &[Operation]) -> Vec<(Target, Target)> {
    let mut freed: BTreeMap<(Kind, String), &Address> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.action.deletes()) {
        if let Some(key) = natural_key(operation.address.kind, &operation.before) {
            freed.insert((operation.address.kind, key), &operation.address);
        }
    }
    operations
        .iter()
        .filter(|operation| operation.action.creates())
        .filter_map(|operation| {
            let key = natural_key(operation.address.kind, &operation.after)?;
            let from = freed.get(&(operation.address.kind, key))?;
            (**from != operation.address)
                .then(|| (target(from, Deed::Delete), target(&operation.address, Deed::Create)))
        })
        .collect()
}

/// The natural key of an object (S13) as text; `None` if the kind has none or it is not known yet.
pub fn natural_key(kind: Kind, attributes: &Attributes) -> Option<String> {
    let key = registry::schema(kind).natural_key_of(attributes);
    if key.is_empty() || key.iter().any(|(_, value)| value.has_unknown()) {
        return None;
    }
    serde_json::to_string(&key.into_iter().map(|(_, value)| value).collect::<Vec<_>>()).ok()
}
