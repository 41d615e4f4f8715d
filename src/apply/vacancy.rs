//! Whether the places that a plan wants to fill are free.

use std::collections::{BTreeMap, BTreeSet};

use super::context::scope as scope_of;
use super::outcome::Failure;
use super::recover::{is_recorded, provably_ours};
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::clouds::Clouds;
use crate::kinds::registry;
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::value::Value;
use crate::plan::{Operation, Plan, Target, natural_key};
use crate::refresh::Doubts;
use crate::refresh::batch::Scope;
use crate::state::State;
use crate::state::journal::Intent;

/// What is there where a plan is to create something.
#[derive(Default)]
pub(super) struct Places {
    /// The planned creates whose natural key is free.
    pub(super) absent: BTreeSet<Address>,
    /// The objects that planned creates of an interrupted run have made, with the intent.
    pub(super) found: BTreeMap<Address, (Intent, Object)>,
}

/// Looks up the natural keys of the planned creates; an occupied one fails the run before its first write (S25), unless
/// one of the creates that were `missing` until now must have made what is there. What is `free` was looked up before.
pub(super) async fn places(
    clouds: &Clouds,
    plan: &Plan,
    state: &State,
    doubts: &Doubts<'_>,
    missing: &[Intent],
    free: &BTreeSet<Address>,
) -> Result<Places, Vec<Failure>> {
    let mut places = Places { absent: free.clone(), found: BTreeMap::new() };
    let mut by_scope: BTreeMap<Scope, Vec<&Operation>> = BTreeMap::new();
    let creates = plan.operations.iter().filter(|operation| operation.action.creates());
    for operation in creates.filter(|operation| !free.contains(&operation.address)) {
        let key = registry::schema(operation.address.kind).natural_key;
        // Of a kind without a natural key nothing can be looked up.
        if key.is_empty() {
            continue;
        }
        // Under a parent that is new itself nothing can be there.
        let parent_is_new = key.iter().any(|name| operation.after.get(*name).is_some_and(Value::has_unknown));
        // The old object of a replacement that keeps its key is gone before the new one comes.
        let keeps_key = key.iter().all(|name| operation.before.get(*name) == operation.after.get(*name));
        if parent_is_new || (operation.action == Action::Replace && keeps_key) {
            places.absent.insert(operation.address.clone());
        } else {
            by_scope.entry(scope_of(operation)).or_default().push(operation);
        }
    }
    // What this plan deletes makes room before the create that takes its key begins (S12).
    let leaving: BTreeSet<(Kind, &str)> = plan
        .operations
        .iter()
        .filter(|operation| operation.action.deletes())
        .filter_map(|operation| Some((operation.address.kind, operation.id.as_deref()?)))
        .collect();
    // What earlier replacements have left goes before their successor comes, unless something else hangs on it: that goes
    // only where the object is deleted first.
    let left_over = |operation: &Operation, id: &str| {
        let entry = state.resources.get(&operation.address);
        entry.is_some_and(|entry| entry.deposed.iter().any(|old| old.id == id))
            && (operation.action == Action::Replace || !is_held(state, id))
    };
    let mut failures = Vec::new();
    for (scope, operations) in by_scope {
        let taken = match occupied(clouds, doubts, &scope, &operations).await {
            Ok(taken) => taken,
            Err(error) => {
                failures.extend(operations.first().map(|operation| unseen(operation, &error)));
                continue;
            }
        };
        for operation in operations {
            let address = &operation.address;
            let stays = |id: &&String| !leaving.contains(&(scope.kind, id.as_str())) && !left_over(operation, id);
            let Some(id) = taken.get(address).filter(stays) else {
                places.absent.insert(address.clone());
                continue;
            };
            match made_by(clouds, state, doubts, missing, address, id).await {
                Ok(Some(found)) => drop(places.found.insert(address.clone(), found)),
                Ok(None) => failures.push(taken_failure(operation, id)),
                Err(error) => failures.push(unseen(operation, &error)),
            }
        }
    }
    if failures.is_empty() { Ok(places) } else { Err(failures) }
}

/// Whether an object of the state, or one that a replacement has left, refers to this id.
fn is_held(state: &State, id: &str) -> bool {
    state.resources.values().any(|entry| {
        let mut objects = entry.deposed.iter().map(|old| &old.attributes).chain([&entry.attributes]);
        objects.any(|attributes| attributes.values().any(|value| value.as_text() == Some(id)))
    })
}

/// The object with this id, if a create for this address must have made it.
async fn made_by(
    clouds: &Clouds,
    state: &State,
    doubts: &Doubts<'_>,
    missing: &[Intent],
    address: &Address,
    id: &str,
) -> Result<Option<(Intent, Object)>, CloudError> {
    for intent in missing.iter().filter(|intent| intent.address == *address) {
        let made = provably_ours(clouds, doubts, intent).await?.filter(|object| object.id == id);
        if let Some(object) = made.filter(|object| !is_recorded(clouds, state, intent, object)) {
            return Ok(Some((intent.clone(), object)));
        }
    }
    Ok(None)
}

/// It could not be told whether the place is free.
fn unseen(operation: &Operation, error: &CloudError) -> Failure {
    Failure {
        target: Target { address: operation.address.clone(), deed: Deed::Create },
        problem: problem(error).about(&operation.address),
    }
}

fn taken_failure(operation: &Operation, id: &str) -> Failure {
    let address = &operation.address;
    let kind = address.kind.spoken();
    Failure {
        target: Target { address: address.clone(), deed: Deed::Create },
        problem: Diagnostic::error(
            codes::TAKEN,
            "There is one already",
            format!("{address} would be created, and the {kind} {id} already takes its place."),
        )
        .about(address)
        .help(format!(
            "To manage it here, add {{ to: {address}, id: {id} }} to imports; to use it as it is, declare it with existing: \
             {id}; otherwise delete it or choose another target."
        )),
    }
}

/// The creates whose natural key an object has, with its id: one look-up for one, the pages of a list for more.
async fn occupied(
    clouds: &Clouds,
    doubts: &Doubts<'_>,
    scope: &Scope,
    operations: &[&Operation],
) -> Result<BTreeMap<Address, String>, CloudError> {
    let driver = registry::driver(scope.kind);
    let (account, region) = (scope.account.as_deref(), scope.region.as_ref());
    let mut found = Vec::new();
    if operations.len() > 1 && driver.page_size().is_some() {
        found = clouds.list_all(scope.kind, account, region).await?;
    } else {
        let key = driver.schema().natural_key;
        for operation in operations {
            let wanted = operation
                .after
                .iter()
                .filter(|(name, _)| key.contains(&name.as_str()) || *name == "type")
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            found.extend(clouds.find(scope.kind, account, region, &wanted).await?);
        }
    }
    let holders: BTreeMap<String, String> = doubts
        .without_gone(clouds, scope, found)
        .await?
        .into_iter()
        .filter_map(|object| Some((natural_key(scope.kind, &object.attributes)?, object.id)))
        .collect();
    let holder = |operation: &&Operation| {
        let id = holders.get(&natural_key(scope.kind, &operation.after)?)?;
        Some((operation.address.clone(), id.clone()))
    };
    Ok(operations.iter().filter_map(holder).collect())
}
