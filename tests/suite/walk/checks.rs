//! What holds around a plan and an apply, told from the world without the engine.

use std::collections::{BTreeMap, BTreeSet};

use cenform::apply::Outcome;
use cenform::model::action::Action;
use cenform::model::address::Address;
use cenform::plan::{Plan, Words};
use cenform::state::{State, file};
use serde_json::Value as Json;

use super::sheet::addresses;
use crate::suite::engine::bench::address;
use crate::suite::sim::witness::LISTS;

/// The world when everything in it has settled: it notices that time has passed only when it is called.
pub(super) fn settled(mut world: Json) -> Json {
    for (list, _) in LISTS {
        let Some(items) = world[list].as_array_mut() else { continue };
        items.retain(|item| item["Settling"].is_null() || !item["Settling"]["To"].is_null());
        for item in items.iter_mut().filter(|item| !item["Settling"].is_null()) {
            item["Status"] = item["Settling"]["To"].take();
            item.as_object_mut().unwrap().remove("Settling");
        }
    }
    world
}

/// Each object of the world by id; a logstore apart from its project.
pub(super) fn objects(world: &Json) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    for (list, field) in LISTS {
        for item in world[list].as_array().into_iter().flatten() {
            let id = item[field].as_str().unwrap();
            let mut item = item.clone();
            for store in item["logstores"].take().as_array().into_iter().flatten() {
                found.insert(format!("{id}/{}", store["logstoreName"].as_str().unwrap()), store.clone());
            }
            found.insert(id.to_owned(), item);
        }
    }
    found
}

/// Whether the plan is the same when it is written into a file and read again.
pub(super) fn survives_its_file(plan: &Plan) -> Result<Plan, String> {
    let text = serde_json::to_string_pretty(plan).unwrap();
    let read: Plan = serde_json::from_str(&text).map_err(|error| format!("a saved plan cannot be read: {error}"))?;
    if read == *plan { Ok(read) } else { Err("a saved plan is another one when it is read".to_owned()) }
}

/// Whether the state is the same when it is written into its file and read again.
pub(super) fn state_survives_its_file(state: &State) -> Result<(), String> {
    let bytes = file::encode(state).unwrap();
    let read = file::decode(&bytes, "state").map_err(|error| format!("the state cannot be read: {error}"))?;
    if read == *state { Ok(()) } else { Err("the state is another one when it is read from its file".to_owned()) }
}

/// Whether what an apply did is what its plan says, no more and no less. What is not as it should be.
pub(super) fn did_as_planned(plan: &Plan, outcome: &Outcome, before: &Json, after: &Json) -> Vec<String> {
    let mut broken = Vec::new();
    let (before, after) = (objects(before), objects(after));
    let (counted, said) = ((outcome.added, outcome.changed, outcome.destroyed), plan.summary());
    if counted != (said.add, said.change, said.destroy) {
        broken.push(format!("the plan says {said:?}, and the apply counts {counted:?}"));
    }
    let touched: BTreeSet<&str> = plan
        .operations
        .iter()
        .filter(|operation| !operation.action.is_state_only())
        .filter_map(|operation| operation.id.as_deref())
        .collect();
    for (id, object) in &before {
        if !touched.contains(id.as_str()) && after.get(id).is_some_and(|now| now != object) {
            broken.push(format!("{id} was changed, and the plan does not say so: {object}\n  now {}", after[id]));
        }
    }
    let doomed: BTreeSet<&str> = plan
        .operations
        .iter()
        .filter(|operation| operation.action.deletes())
        .filter_map(|operation| operation.id.as_deref())
        .filter(|id| before.contains_key(*id))
        .collect();
    // What has made way for an object of the same name.
    let again = doomed.iter().filter(|id| after.contains_key(**id)).count();
    let goes_with = |id: &str| id.split_once('/').is_some_and(|(project, _)| doomed.contains(project));
    for id in before.keys().filter(|id| !after.contains_key(*id)) {
        if !doomed.contains(id.as_str()) && !goes_with(id) {
            broken.push(format!("{id} was deleted, and the plan does not say so"));
        }
    }
    let made = after.keys().filter(|id| !before.contains_key(*id)).count() + again;
    if made != said.add {
        broken.push(format!("the plan says {} to add, and {made} were made", said.add));
    }
    broken
}

/// Whether each resource of the state is made anew when the plan changes what triggers that.
pub(super) fn triggers_pull(stack: &Json, plan: &Plan, state: &State) -> Result<(), String> {
    let actions: BTreeMap<String, Action> =
        plan.operations.iter().map(|operation| (operation.address.to_string(), operation.action)).collect();
    for at in addresses(stack) {
        let (kind, name) = at.split_once('.').unwrap();
        let trigger = &stack[format!("{kind}s")][name]["lifecycle"]["replace_triggered_by"][0];
        let Some(action) = trigger.as_str().and_then(|trigger| actions.get(trigger)) else { continue };
        let changes = *action == Action::Update || action.creates() && action.deletes();
        let is_known = state.resources.contains_key(&address(&at));
        if changes && is_known && !actions.get(&at).is_some_and(|action| action.creates()) {
            return Err(format!("{trigger} changes, and {at} is not replaced: {actions:?}"));
        }
    }
    Ok(())
}

/// What a plan loses, where that is more than may be lost at once: what goes, what is replaced.
pub(super) fn too_much(stack: &Json, words: &Words, plan: &Plan) -> Vec<BTreeSet<Address>> {
    let limit = |key: &str| stack["gates"][key].as_u64().map(|most| usize::try_from(most).unwrap());
    let lost = |replaced: bool| -> BTreeSet<Address> {
        let deletes = plan.operations.iter().filter(|operation| operation.action.deletes());
        let lost = deletes.filter(|operation| operation.action.creates() == replaced);
        lost.map(|operation| operation.address.clone()).collect()
    };
    let limits = [(words.max_destroy.or(limit("max_destroy")), false), (limit("max_replace"), true)];
    let lost = limits.into_iter().filter_map(|(most, replaced)| Some((most?, lost(replaced))));
    lost.filter(|(most, lost)| lost.len() > *most).map(|(_, lost)| lost).collect()
}
