//! Whether the places that a plan wants to fill are free.

use std::collections::{BTreeMap, BTreeSet};

use super::context::scope as scope_of;
use super::outcome::Failure;
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::clouds::Clouds;
use crate::kinds::registry;
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::value::Value;
use crate::plan::{Operation, Plan, Target, natural_key};
use crate::refresh::batch::Scope;
use crate::state::State;

/// The planned creates whose natural key is free; an occupied one fails the run before its first write (S25).
/// What is `free` was looked up before.
pub(super) async fn absent_keys(
    clouds: &Clouds,
    plan: &Plan,
    state: &State,
    free: &BTreeSet<Address>,
) -> Result<BTreeSet<Address>, Vec<Failure>> {
    let mut absent = free.clone();
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
            absent.insert(operation.address.clone());
        } else {
            by_scope.entry(scope_of(operation)).or_default().push(operation);
        }
    }
    // What this plan deletes makes room before the create that takes its key begins (S12).
    let leaving: BTreeSet<(Kind, &str)> = plan
        .operations
        .iter()
        .filter(|operation| operation.action.deletes())
        .flat_map(|operation| {
            // The old objects of replacements go with the one that they were replaced by.
            let deposed = state.resources.get(&operation.address).into_iter().flat_map(|entry| &entry.deposed);
            let ids = deposed.map(|old| old.id.as_str()).chain(operation.id.as_deref());
            ids.map(|id| (operation.address.kind, id))
        })
        .collect();
    let mut failures = Vec::new();
    for (scope, operations) in by_scope {
        match occupied(clouds, &scope, &operations).await {
            Ok(taken) => {
                for operation in operations {
                    match taken.get(&operation.address) {
                        None => {
                            absent.insert(operation.address.clone());
                        }
                        Some(id) if leaving.contains(&(scope.kind, id.as_str())) => {
                            absent.insert(operation.address.clone());
                        }
                        // What an interrupted run created is in the state by now, or its token is sent again.
                        Some(id) => failures.push(taken_failure(operation, id)),
                    }
                }
            }
            Err(error) => failures.extend(operations.first().map(|operation| Failure {
                target: Target { address: operation.address.clone(), deed: Deed::Create },
                problem: problem(&error).about(&operation.address),
            })),
        }
    }
    if failures.is_empty() { Ok(absent) } else { Err(failures) }
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
        .help(format!("If it is meant, declare it with existing: {id}; otherwise delete it or choose another target.")),
    }
}

/// The creates whose natural key an object has, with its id: one look-up for one, the pages of a list for more.
async fn occupied(
    clouds: &Clouds,
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
    let holders: BTreeMap<String, String> = found
        .into_iter()
        .filter_map(|object| Some((natural_key(scope.kind, &object.attributes)?, object.id)))
        .collect();
    let holder = |operation: &&Operation| {
        let id = holders.get(&natural_key(scope.kind, &operation.after)?)?;
        Some((operation.address.clone(), id.clone()))
    };
    Ok(operations.iter().filter_map(holder).collect())
}
