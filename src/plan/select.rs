//! What a plan is about: everything, or what `--target` and `--exclude` leave of it (S20).

use std::collections::{BTreeMap, BTreeSet};

use super::order::{grounds, natural_key};
use super::types::{Operation, Words};
use crate::base::text::{list, nearest, some};
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::{Address, Kind};
use crate::model::stack::Stack;
use crate::state::State;

/// The resources that a plan leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Selection {
    left_out: BTreeSet<Address>,
}

/// What is declared, what is remembered, and what of it stays.
#[derive(Clone, Copy)]
struct Scene<'a> {
    stack: &'a Stack,
    state: &'a State,
    destroy: bool,
}

impl Scene<'_> {
    fn all(self) -> BTreeSet<Address> {
        self.stack.resources.keys().chain(self.state.resources.keys()).cloned().collect()
    }

    /// Whether the resource is there when all is done.
    fn stays(self, address: &Address) -> bool {
        !self.destroy && self.stack.resources.contains_key(address)
    }

    /// What cannot be done without what else: what stays, without what it needs; what goes, without what stands on it.
    fn bonds(self) -> Vec<(Address, Address)> {
        let staying = self.stack.resources.values().filter(|resource| self.stays(&resource.address));
        let needs = staying
            .flat_map(|resource| resource.dependencies().into_iter().map(|needed| (resource.address.clone(), needed)));
        let entries = self.state.resources.values();
        let held = entries.flat_map(|entry| {
            let grounds = grounds(self.state, entry).into_iter().filter(|ground| !self.stays(ground));
            grounds.map(|ground| (ground, entry.address.clone()))
        });
        needs.chain(held).collect()
    }
}

impl Selection {
    /// What these words leave out; every address among them that names nothing is a problem.
    pub(super) fn of(stack: &Stack, state: &State, words: &Words) -> Result<Self, Vec<Diagnostic>> {
        let Words { targets, excludes, replace, destroy, .. } = words;
        let scene = Scene { stack, state, destroy: *destroy };
        let mut problems = Vec::new();
        let mut named = |flag: &str, given: &BTreeSet<Address>| -> BTreeSet<Address> {
            let (found, unknown): (Vec<_>, Vec<_>) = given
                .iter()
                .map(|address| (address, covered(&scene.all(), address)))
                .partition(|(_, all)| !all.is_empty());
            problems.extend(unknown.into_iter().map(|(address, _)| no_such(scene, flag, address)));
            found.into_iter().flat_map(|(_, all)| all).collect()
        };
        let (targets_named, excluded, replaced) =
            (named("--target", targets), named("--exclude", excludes), named("--replace", replace));
        let bonds = scene.bonds();
        let chosen = if targets.is_empty() { scene.all() } else { closure(targets_named, bonds.iter().cloned()) };
        let excluded = closure(excluded, bonds.into_iter().map(|(one, other)| (other, one)));
        let left_out = scene.all().into_iter().filter(|one| !chosen.contains(one) || excluded.contains(one)).collect();
        let selection = Self { left_out };
        problems.extend(replaced.iter().filter_map(|address| selection.not_replaceable(scene, address)));
        if problems.is_empty() { Ok(selection) } else { Err(problems) }
    }

    /// Whether the plan is about the resource.
    pub(super) fn has(&self, address: &Address) -> bool {
        !self.left_out.contains(address)
    }

    /// Whether nothing is left out.
    pub(super) fn is_whole(&self) -> bool {
        self.left_out.is_empty()
    }

    /// What is left out.
    pub(super) fn into_left_out(self) -> BTreeSet<Address> {
        self.left_out
    }

    /// Why a resource cannot be replaced on request, if it cannot.
    fn not_replaceable(&self, scene: Scene<'_>, address: &Address) -> Option<Diagnostic> {
        let declared = scene.stack.resources.get(address);
        let (why, help) = if declared.is_some_and(|resource| resource.existing.is_some()) {
            ("is an existing object, which cenform never changes", "Take --replace away.")
        } else if declared.is_none() {
            ("is not in the stack any more, so that it is deleted anyway", "Take --replace away.")
        } else if !scene.state.resources.contains_key(address) {
            ("is not in the state: there is nothing to replace yet, and it is created anyway", "Take --replace away.")
        } else if !self.has(address) {
            ("is left out of this plan", "Name it with --target too, or take --replace away.")
        } else {
            return None;
        };
        let detail = format!("{address} {why}.");
        Some(Diagnostic::error(codes::SETTING, "It cannot be replaced", detail).about(address).help(help))
    }

    /// What is left out and stands on something that the plan deletes or replaces (S11, S12).
    pub(super) fn pulled_down(&self, operations: &[Operation], state: &State) -> Vec<Diagnostic> {
        let mut holders: BTreeMap<Address, Vec<String>> = BTreeMap::new();
        for entry in self.left_out.iter().filter_map(|address| state.resources.get(address)) {
            for ground in grounds(state, entry) {
                holders.entry(ground).or_default().push(entry.address.to_string());
            }
        }
        let deletes = operations.iter().filter(|operation| operation.action.deletes());
        let itself = deletes.filter(|operation| {
            state.resources.get(&operation.address).is_some_and(|entry| Some(&entry.id) == operation.id.as_ref())
        });
        let told = itself.filter_map(|operation| {
            let address = &operation.address;
            let holders = holders.get(address)?;
            let verb = if operation.action.creates() { "replaced" } else { "deleted" };
            let detail = format!("{address} would be {verb}, and what stands on it is left out: {}.", some(holders));
            let problem = Diagnostic::error(codes::ORDER, "What is left out would lose what it stands on", detail);
            Some(
                problem
                    .about(address)
                    .help(format!("Take it in with --target, or leave {address} out as well with --exclude.")),
            )
        });
        told.collect()
    }

    /// What is left out and has the place of something that the plan creates: its natural key.
    pub(super) fn in_the_way(&self, operations: &[Operation], state: &State) -> Vec<Diagnostic> {
        let left_out = self.left_out.iter().filter_map(|address| state.resources.get(address));
        let places: BTreeMap<(Kind, String), &Address> = left_out
            .filter_map(|entry| Some(((entry.kind, natural_key(entry.kind, &entry.attributes)?), &entry.address)))
            .collect();
        let creates = operations.iter().filter(|operation| operation.action.creates());
        let told = creates.filter_map(|Operation { address, after, .. }| {
            let there = *places.get(&(address.kind, natural_key(address.kind, after)?))?;
            let detail = format!("{address} would be created where {there} is, which is left out.");
            let problem = Diagnostic::error(codes::ORDER, "What is left out stands in the way", detail).about(address);
            Some(problem.help(format!(
                "Take {there} in with --target. If the two are the same object, say so under moved: {{ from: {there}, to: \
                 {address} }}."
            )))
        });
        told.collect()
    }
}

/// The resources that an address stands for: itself, or all instances of it.
pub(super) fn covered(all: &BTreeSet<Address>, address: &Address) -> BTreeSet<Address> {
    all.iter().filter(|other| covers(address, other)).cloned().collect()
}

/// Whether an address stands for a resource: it is the same, or says no key.
pub(super) fn covers(address: &Address, other: &Address) -> bool {
    let Address { kind, name, key } = address;
    *kind == other.kind && *name == other.name && (key.is_none() || *key == other.key)
}

/// The addresses with everything that follows from one of them: each pair says what follows from what.
fn closure(mut found: BTreeSet<Address>, pairs: impl Iterator<Item = (Address, Address)>) -> BTreeSet<Address> {
    let mut follows: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for (from, follower) in pairs {
        follows.entry(from).or_default().push(follower);
    }
    let mut waiting: Vec<Address> = found.iter().cloned().collect();
    while let Some(next) = waiting.pop() {
        let new =
            follows.remove(&next).unwrap_or_default().into_iter().filter(|follower| found.insert(follower.clone()));
        waiting.extend(new);
    }
    found
}

fn no_such(scene: Scene<'_>, flag: &str, address: &Address) -> Diagnostic {
    let known: Vec<String> = scene.all().iter().map(ToString::to_string).collect();
    let detail = format!("{flag} names {address}, which is neither in the stack nor in the state.");
    let problem = Diagnostic::error(codes::NO_SUCH, "There is no such resource", detail);
    let same_kind = known.iter().filter(|other| other.starts_with(&format!("{}.", address.kind))).cloned();
    problem.help(match nearest(&address.to_string(), known.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean {near}?"),
        None => match same_kind.collect::<Vec<_>>().as_slice() {
            [] => format!("There is no {} at all.", address.kind.spoken()),
            same_kind => format!("There is {}.", list(same_kind)),
        },
    })
}
