//! Brings an object to what is wanted of it, call by call, until the cloud shows it.

use tokio::time::Instant;

use super::calls::{Call, CallError, NONE, Sent, acknowledged, resolved, send, wrote};
use super::context::{Context, growing, interrupted, scope};
use super::deeds::wait_problem;
use crate::cloud::error::{Class, CloudError};
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::compare::differing;
use crate::kinds::driver::{Alteration, At, Driver, Step};
use crate::kinds::registry;
use crate::kinds::schema::Change;
use crate::model::action::Deed;
use crate::model::object::Object;
use crate::model::value::{Attributes, Value};
use crate::plan::{Operation, diff};

/// How often what the cloud shows is compared with what is wanted before this gives up.
const ROUNDS: u32 = 5;

/// What to bring an object to.
pub(super) struct Goal<'a> {
    pub(super) operation: &'a Operation,
    pub(super) deed: Deed,
    pub(super) after: &'a Attributes,
    /// Whether the object was just created, so that only what its create call cannot set may differ.
    pub(super) created: bool,
    pub(super) deadline: Instant,
}

/// Updates the object until nothing differs. Gives the object as the cloud shows it then.
pub(super) async fn converge(cx: &Context<'_>, goal: &Goal<'_>, mut live: Object) -> Result<Object, Diagnostic> {
    let operation = goal.operation;
    let driver = registry::driver(operation.address.kind);
    let (mut unblocked, mut forestalled, mut doubted) = (false, false, false);
    for _ in 0..ROUNDS {
        if !live.settled {
            live = settled(cx, goal, &live, false).await?;
        }
        let after = with_kept_tags(cx, goal.after, &live.attributes);
        let changed = changed(goal, &after, &live.attributes);
        if changed.is_empty() {
            return Ok(live);
        }
        let id = live.id.clone();
        let shown = live.attributes.clone();
        let at = At { id: &id, region: operation.region.as_ref(), attributes: &shown };
        let change = Alteration { live: &shown, after: &after, changed: &changed };
        let steps = driver.update(&at, &change);
        let answers = |refusal: &CloudError| {
            !doubted && refusal.class() == Class::WaitForObject || !unblocked && driver.unblock(&at, refusal).is_some()
        };
        let mut looked = false;
        let set_by = set_by(driver, &at, &change, &steps);
        for (position, step) in steps.into_iter().enumerate() {
            match send(cx, &call(goal, &step, &id, &answers)).await {
                Ok(Sent::Answer(answer, number, _)) => {
                    let set = set_by.iter().filter(|(_, step)| *step == position).map(|(name, _)| *name);
                    let wrote = wrote(&operation.address, &id, &after, set);
                    acknowledged(cx, number, &answer.request_id, None, Some(wrote)).await?;
                }
                // Nobody knows whether it took effect: the next round compares and goes on from there (S24).
                Ok(Sent::Look(error, number)) => {
                    live = read(cx, operation, &live).await?;
                    let left = self::changed(goal, &after, &live.attributes);
                    let set = changed.iter().filter(|name| !left.contains(name)).map(String::as_str);
                    resolved(cx, number, &error, Some(wrote(&operation.address, &id, &after, set))).await?;
                    looked = true;
                    break;
                }
                // Somebody else has made it in the meantime: the next round brings what is there to what is wanted.
                Err(CallError::Cloud(refusal)) if refusal.class() == Class::AlreadyExists && !forestalled => {
                    forestalled = true;
                    live = read(cx, operation, &live).await?;
                    looked = true;
                    break;
                }
                // A list may have shown it as it was before an interrupted run, or somebody else, changed it (S6): what is
                // done already is refused for ever.
                Err(CallError::Cloud(refusal)) if refusal.class() == Class::WaitForObject && !doubted => {
                    doubted = true;
                    live = read(cx, operation, &live).await?;
                    looked = true;
                    break;
                }
                Err(CallError::Cloud(refusal)) => {
                    let Some((step, status)) = driver.unblock(&at, &refusal).filter(|_| !unblocked) else {
                        return Err(problem(&refusal));
                    };
                    match send(cx, &call(goal, &step, &id, NONE)).await {
                        Ok(Sent::Answer(answer, number, _)) => {
                            let switched = Attributes::from([("status".to_owned(), Value::from(status))]);
                            let wrote = wrote(&operation.address, &id, &switched, std::iter::once("status"));
                            acknowledged(cx, number, &answer.request_id, None, Some(wrote)).await?;
                        }
                        Ok(Sent::Look(error, _)) | Err(CallError::Cloud(error)) => return Err(problem(&error)),
                        Err(CallError::Ended(problem)) => return Err(problem),
                    }
                    unblocked = true;
                    live = settled(cx, goal, &live, true).await?;
                    looked = true;
                    break;
                }
                Err(CallError::Ended(problem)) => return Err(problem),
            }
            looked = step.unsettles;
            if step.unsettles {
                live = settled(cx, goal, &live, true).await?;
            }
        }
        if !looked {
            live = agreed(cx, goal, &live).await?;
        }
    }
    let after = with_kept_tags(cx, goal.after, &live.attributes);
    let left = changed(goal, &after, &live.attributes);
    if left.is_empty() {
        return Ok(live);
    }
    Err(Diagnostic::error(
        codes::CLOUD,
        "The cloud does not take the change",
        format!("Every call was acknowledged, and {} still differs from what was asked for.", left.join(", ")),
    )
    .help("Look at the object in the console; another tool may be changing it back."))
}

/// The changed attributes, each with the step with which it is as it shall be: the last of those that a change of it
/// alone takes.
fn set_by<'a>(driver: &dyn Driver, at: &At<'_>, change: &Alteration<'a>, steps: &[Step]) -> Vec<(&'a str, usize)> {
    let last = |name: &'a String| {
        let alone = driver.update(at, &Alteration { changed: std::slice::from_ref(name), ..*change });
        let action = alone.last()?.request.action();
        Some((name.as_str(), steps.iter().rposition(|step| step.request.action() == action)?))
    };
    change.changed.iter().filter_map(last).collect()
}

/// A step of an update as a call.
fn call<'a>(
    goal: &Goal<'a>,
    step: &'a Step,
    id: &'a str,
    answers: &'a (dyn Fn(&CloudError) -> bool + Sync),
) -> Call<'a> {
    Call {
        operation: goal.operation,
        deed: goal.deed,
        request: &step.request,
        account: goal.operation.account.as_deref(),
        id: Some(id),
        creates: None,
        deadline: goal.deadline,
        answers,
    }
}

/// Waits until the object has settled. A list may lag behind what was just acknowledged: what it shows otherwise than it
/// is wanted is read by its id before it is changed once more. And where it is on its way from what somebody else did
/// (not `ours`), a list that shows it as wanted may show it as it was before: it is read by its id, too (S6).
async fn settled(cx: &Context<'_>, goal: &Goal<'_>, live: &Object, ours: bool) -> Result<Object, Diagnostic> {
    loop {
        let listed = listed(cx, goal, live).await?;
        let after = with_kept_tags(cx, goal.after, &listed.attributes);
        if ours && changed(goal, &after, &listed.attributes).is_empty() {
            return Ok(listed);
        }
        let shown = read(cx, goal.operation, &listed).await?;
        if shown.settled {
            return Ok(shown);
        }
    }
}

/// Waits until lists show the object as settled.
async fn listed(cx: &Context<'_>, goal: &Goal<'_>, live: &Object) -> Result<Object, Diagnostic> {
    let left = goal.deadline.saturating_duration_since(Instant::now());
    cx.waits
        .settled(&scope(goal.operation), &live.id, &live.attributes, false, left)
        .await
        .map_err(|error| wait_problem(goal.operation, goal.deed, &error))
}

/// Reads the object until it shows what was acknowledged, or the window in which it may not do so is over (S6).
async fn agreed(cx: &Context<'_>, goal: &Goal<'_>, live: &Object) -> Result<Object, Diagnostic> {
    let begun = Instant::now();
    loop {
        let shown = read(cx, goal.operation, live).await?;
        let after = with_kept_tags(cx, goal.after, &shown.attributes);
        let agrees = !shown.settled || changed(goal, &after, &shown.attributes).is_empty();
        if agrees || begun.elapsed() >= cx.settle_window {
            return Ok(shown);
        }
        if cx.stopped_within(growing(begun.elapsed())).await {
            return Err(interrupted());
        }
    }
}

/// Reads the object as it is now.
pub(super) async fn read(cx: &Context<'_>, operation: &Operation, live: &Object) -> Result<Object, Diagnostic> {
    let at = At { id: &live.id, region: operation.region.as_ref(), attributes: &live.attributes };
    let read = cx.clouds.read(operation.address.kind, operation.account.as_deref(), &at).await;
    read.map_err(|error| problem(&error))?.ok_or_else(|| {
        Diagnostic::error(
            codes::CLOUD,
            "The object is gone",
            format!("{} was deleted while it was being changed.", live.id),
        )
        .help("Plan again to see what is left to do.")
    })
}

/// The attributes that differ and that an update may change.
fn changed(goal: &Goal<'_>, after: &Attributes, live: &Attributes) -> Vec<String> {
    differing(registry::schema(goal.operation.address.kind), after, live)
        .filter(|attribute| !(goal.created && attribute.at_create))
        .map(|attribute| attribute.name.to_owned())
        .collect()
}

/// The wanted attributes with the live tags that are to be left alone (S3).
fn with_kept_tags(cx: &Context<'_>, after: &Attributes, live: &Attributes) -> Attributes {
    let mut after = after.clone();
    if let (Some(Value::Map(wanted)), Some(Value::Map(shown))) = (after.get_mut("tags"), live.get("tags")) {
        for (key, value) in shown.iter().filter(|(key, _)| cx.ignore_tags.ignores(key)) {
            wanted.insert(key.clone(), value.clone());
        }
    }
    after
}

/// What turned an update into a replacement, now that its value is known (S10).
pub(super) fn became_replacement(operation: &Operation, after: &Attributes, live: &Attributes) -> Option<String> {
    let schema = registry::schema(operation.address.kind);
    schema.attributes.iter().find_map(|attribute| match (after.get(attribute.name), live.get(attribute.name)) {
        (Some(wanted), Some(shown)) => diff::replaced_part(attribute, wanted, shown),
        (Some(_), None) if attribute.change == Change::Replace && attribute.always_managed => {
            Some(attribute.name.to_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::address::Kind;

    #[test]
    fn each_attribute_is_set_by_the_last_of_its_own_steps() {
        for (kind, live, after, expected) in [
            (
                Kind::FlowLog,
                json!({ "cen": "cen-1", "interval": 600, "name": "a", "status": "Active", "tags": { "k": "1" } }),
                json!({ "interval": 60, "name": "b", "status": "Inactive", "tags": { "l": "2" } }),
                // The old tag goes, the new one comes.
                vec![("interval", 2), ("name", 2), ("status", 3), ("tags", 1)],
            ),
            (
                Kind::TransitRouter,
                json!({ "cidrs": [{ "cidr": "10.0.0.0/24" }], "cidr_ids": { "10.0.0.0/24": "block-0" }, "name": "a" }),
                json!({ "cidrs": [{ "cidr": "10.1.0.0/24" }, { "cidr": "10.2.0.0/24" }], "name": "b" }),
                vec![("cidrs", 3), ("name", 0)],
            ),
        ] {
            let [live, after] = [live, after].map(|json| Value::from(json).as_map().unwrap().clone());
            let changed: Vec<String> = after.keys().cloned().collect();
            let driver = registry::driver(kind);
            let at = At { id: "x-1", region: None, attributes: &live };
            let change = Alteration { live: &live, after: &after, changed: &changed };
            assert_eq!(set_by(driver, &at, &change, &driver.update(&at, &change)), expected, "{kind:?}");
        }
    }
}
