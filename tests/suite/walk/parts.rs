//! S20: a part of the stack is applied, and the rest is as it was. Which part that is, is told without the engine.

use std::collections::{BTreeMap, BTreeSet};

use cenform::diagnostics::codes;
use cenform::plan::{Plan, Words};
use cenform::state::{Entry, State};
use serde_json::{Map, Value as Json};

use super::sheet::{SECTIONS, addresses, moves, needs, output, renamed, some};
use super::walker::{Against, Walk};
use crate::suite::engine::bench::address;

impl Walk {
    /// Something is edited, and a part of the stack is applied.
    pub(super) async fn apply_part(&mut self) -> Result<(), String> {
        self.edit();
        if self.dice.chance(0.3) {
            self.meddle().await;
        }
        let (mut words, left_out) = self.choose();
        self.tell(&format!("A part of it is to be applied: {}.", words.flags().join(" ")));
        let made = match self.try_to_plan(&mut words).await? {
            Ok(made) => made,
            Err(problems) if problems.iter().all(|problem| problem.code == codes::ORDER) => {
                self.tell(&format!("That cannot be: {}", problems[0].detail));
                return Ok(());
            }
            Err(problems) => return Err(format!("there is no plan: {problems:#?}")),
        };
        let plan = made.planned.plan.clone();
        let told: BTreeSet<String> = plan.left_out.iter().map(ToString::to_string).collect();
        if told != left_out {
            return Err(format!("left out is {left_out:?}, and the plan says {told:?}"));
        }
        if self.is_refused_rightly(&made, &words)? {
            self.tell("It is refused.");
            return Ok(());
        }
        let before = self.around().await;
        self.carry_out(&plan, &words, Against::Part(&left_out)).await?;
        let after = self.around().await;
        let broken = self.untouched(&plan, &left_out, &before, &after);
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// Words that choose a part, and what they leave out.
    fn choose(&self) -> (Words, BTreeSet<String>) {
        let applied = renamed(self.applied.clone(), moves(&self.stack));
        let all: BTreeSet<String> = addresses(&self.stack).chain(addresses(&applied)).collect();
        let all: Vec<String> = all.into_iter().collect();
        let some_of = |most: u64| -> BTreeSet<String> {
            (0..self.dice.below(most + 1)).filter_map(|_| some(&self.dice, &all).cloned()).collect()
        };
        let (targets, excludes) = match self.dice.below(4) {
            0 => (BTreeSet::new(), some_of(2)),
            1 => (some_of(4), some_of(1)),
            _ => (some_of(4), BTreeSet::new()),
        };
        let left_out = left_out(&self.stack, &applied, &targets, &excludes);
        let parsed = |texts: BTreeSet<String>| texts.iter().map(|text| address(text)).collect();
        let words =
            Words { allow_data_loss: true, targets: parsed(targets), excludes: parsed(excludes), ..Words::default() };
        (words, left_out)
    }

    /// What is not as it was though it was left out, and outputs that are not as they should be.
    fn untouched(
        &self,
        plan: &Plan,
        left_out: &BTreeSet<String>,
        before: &(BTreeMap<String, Json>, State),
        after: &(BTreeMap<String, Json>, State),
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let operations = plan.operations.iter().map(|operation| &operation.address);
        for spoken in operations.chain(plan.drift.iter().map(|drift| &drift.address)) {
            if left_out.contains(&spoken.to_string()) {
                broken.push(format!("{spoken} is left out, and the plan speaks of it"));
            }
        }
        let moved: BTreeMap<&str, &str> = moves(&self.stack).collect();
        let entries = |state: &State| -> BTreeMap<String, Entry> {
            // What it depends on may be under another name now.
            let known = |entry: &Entry| Entry { dependencies: BTreeSet::new(), ..entry.clone() };
            let entries = state.resources.iter().map(|(address, entry)| (address.to_string(), known(entry)));
            entries.filter(|(at, _)| left_out.contains(*moved.get(at.as_str()).unwrap_or(&at.as_str()))).collect()
        };
        let (was, is) = (entries(&before.1), entries(&after.1));
        if was != is {
            broken.push(format!("left out was {was:#?}\nand is {is:#?}"));
        }
        for entry in was.values().filter(|entry| before.0.get(&entry.id) != after.0.get(&entry.id)) {
            broken.push(format!("{} was left out, and is not as it was: {:?}", entry.address, after.0.get(&entry.id)));
        }
        let mut outputs = before.1.outputs.clone();
        if left_out.is_empty() {
            outputs.clear();
        }
        for at in addresses(&self.stack).filter(|at| !left_out.contains(at)) {
            let (name, entry) = (output(&at).0, &after.1.resources[&address(&at)]);
            if self.stack["outputs"].get(&name).is_some() {
                outputs.insert(name, entry.id.clone().into());
            }
        }
        if outputs != after.1.outputs {
            broken.push(format!("the outputs should be {outputs:?}, and are {:?}", after.1.outputs));
        }
        broken
    }
}

/// What is left out where this is wanted and that was applied, under the names of now.
fn left_out(
    wanted: &Json,
    applied: &Json,
    targets: &BTreeSet<String>,
    excludes: &BTreeSet<String>,
) -> BTreeSet<String> {
    let stays: BTreeSet<String> = addresses(wanted).collect();
    let all: BTreeSet<String> = addresses(applied).chain(stays.iter().cloned()).collect();
    let needed = pairs(wanted);
    let held = pairs(applied).into_iter().filter(|(_, ground)| !stays.contains(ground));
    let bonds: Vec<(String, String)> =
        needed.into_iter().chain(held.map(|(holder, ground)| (ground, holder))).collect();
    let chosen = if targets.is_empty() { all.clone() } else { closure(targets.clone(), &bonds) };
    let turned: Vec<(String, String)> = bonds.into_iter().map(|(one, other)| (other, one)).collect();
    let excluded = closure(excludes.clone(), &turned);
    all.into_iter().filter(|at| !chosen.contains(at) || excluded.contains(at)).collect()
}

/// Each address of a stack with each that it needs.
fn pairs(stack: &Json) -> Vec<(String, String)> {
    let pairs = SECTIONS.iter().flat_map(|section| {
        let items = stack[*section].as_object().into_iter().flatten();
        let kind = section.trim_end_matches('s');
        items.flat_map(move |(name, item)| needs(item).map(move |needed| (format!("{kind}.{name}"), needed)))
    });
    pairs.collect()
}

/// Everything that follows from some of it.
fn closure(mut found: BTreeSet<String>, pairs: &[(String, String)]) -> BTreeSet<String> {
    loop {
        let new: Vec<&String> = pairs
            .iter()
            .filter(|(one, other)| found.contains(one) && !found.contains(other))
            .map(|(_, it)| it)
            .collect();
        if new.is_empty() {
            return found;
        }
        found.extend(new.into_iter().cloned());
    }
}

/// What has been applied when a stack was, but for what was left out, which is as it was applied before.
pub(super) fn merged(stack: &Json, applied: &Json, left_out: &BTreeSet<String>) -> Json {
    if left_out.is_empty() {
        return stack.clone();
    }
    let all: BTreeMap<&str, &str> = moves(stack).collect();
    let old = renamed(applied.clone(), moves(stack).filter(|(_, to)| !left_out.contains(*to)));
    let mut merged = stack.clone();
    for section in SECTIONS {
        let kind = section.trim_end_matches('s');
        let at = |name: &str| format!("{kind}.{name}");
        let items = |of: &Json, stays: &dyn Fn(&str) -> bool| -> Map<String, Json> {
            let items = of[section].as_object().into_iter().flatten().filter(|(name, _)| stays(&at(name)));
            items.map(|(name, item)| (name.clone(), item.clone())).collect()
        };
        let mut both = items(stack, &|at| !left_out.contains(at));
        both.extend(items(&old, &|at| left_out.contains(*all.get(at).unwrap_or(&at))));
        merged[section] = both.into();
    }
    let declared: BTreeSet<String> = addresses(&merged).collect();
    let shown: BTreeSet<String> = declared.iter().map(|at| output(at).0).collect();
    if let Some(outputs) = merged.get_mut("outputs").and_then(Json::as_object_mut) {
        outputs.retain(|name, _| shown.contains(name));
    }
    if let Some(moved) = merged.get_mut("moved").and_then(Json::as_array_mut) {
        let is = |one: &Json, end: &str| one[end].as_str().is_some_and(|at| declared.contains(at));
        moved.retain(|one| !is(one, "from") && is(one, "to"));
    }
    merged
}
