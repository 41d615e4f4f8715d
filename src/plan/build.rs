//! From desired, prior and live to a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{self, AccountIds};
use super::cost;
use super::diff::{self, Wanted};
use super::digest::digest;
use super::gates::gates;
use super::ignore::{self, Ignored};
use super::names;
use super::order::arrange;
use super::pause::pauses;
use super::prior::Moves;
use super::published::{Published, PublishedResources};
use super::remove::of_entry;
use super::select::Selection;
use super::types::{
    Besides, Cause, Drift, FORMAT_VERSION, Gate, Note, Operation, OutputChange, Plan, Words, no_longer_declared,
};
use super::unseen;
use crate::diagnostics::{Diagnostic, codes};
use crate::expr;
use crate::graph::Graph;
use crate::kinds::check;
use crate::kinds::registry;
use crate::kinds::schema::{Schema, type_of};
use crate::model::action::{Action, Deed};
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::stack::{Output, Resource, Stack, Timeouts};
use crate::model::value::{Attributes, Value};
use crate::state::{Entry, EntryStatus, ExistingRead, State};

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the YAML says.
    pub stack: &'a Stack,
    /// What the state remembers, with the moves made.
    pub state: &'a State,
    /// The moves that were made in it (S19).
    pub moves: &'a Moves,
    /// The managed objects as the cloud shows them; `None`: gone.
    pub managed: &'a BTreeMap<Address, Option<Object>>,
    /// The old objects of replacements as the cloud shows them, by id; `None`: gone.
    pub deposed: &'a BTreeMap<(Address, String), Option<Object>>,
    /// The `existing` objects as the cloud shows them.
    pub existing: &'a BTreeMap<Address, Object>,
    /// The account that the state belongs to, or will (S22).
    pub account_id: &'a str,
    /// Who the credentials of the run are.
    pub accounts: &'a AccountIds,
    /// Whether the cloud is an emulator (S22).
    pub emulator: bool,
    /// The stack, relative to the plan file.
    pub stack_path: &'a str,
    /// What was said.
    pub words: &'a Words,
}

/// A plan and what refuses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Every gate that refuses it; such a plan is shown and neither saved nor applied.
    pub gates: Vec<Gate>,
}

/// Builds the plan, or says everything that keeps it from being built.
pub fn build(input: Input<'_>) -> Result<Planned, Vec<Diagnostic>> {
    let selection = Selection::of(input.stack, input.state, input.words)?;
    let mut builder = Builder {
        input,
        selection,
        published: PublishedResources::default(),
        replaced: BTreeSet::new(),
        changed: BTreeSet::new(),
        lent: input.existing.iter().map(|(address, read)| ((address.kind, &*read.id), address)).collect(),
        operations: Vec::new(),
        records: Vec::new(),
        existing: Vec::new(),
        drift: Vec::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    };
    builder.note_left_overs_gone();
    if input.words.refresh_only {
        builder.accept_everything();
    } else if input.words.destroy {
        for entry in builder.selected(input.state) {
            builder.remove(entry, "the stack is being destroyed");
        }
        if !builder.selection.is_whole() {
            // What stays is read as ever, and what it was read to be is remembered (S5).
            builder.existing.extend(input.state.existing.values().cloned());
        }
    } else {
        for resource in in_order(input.stack) {
            if builder.selection.has(&resource.address) {
                let before = builder.operations.len();
                builder.visit(resource);
                builder.note_changed(before);
            } else {
                builder.leave_out(&resource.address);
            }
        }
        let undeclared = |entry: &&Entry| !input.stack.resources.contains_key(&entry.address);
        for entry in builder.selected(input.state).into_iter().filter(undeclared) {
            builder.remove(entry, &no_longer_declared(&entry.address));
        }
    }
    builder.finish()
}

/// The resources so that each comes after what it depends on. Loading has refused cycles.
fn in_order(stack: &Stack) -> Vec<&Resource> {
    let mut graph: Graph<Address> = Graph::new();
    for resource in stack.resources.values() {
        graph.add_node(resource.address.clone());
        for dependency in resource.dependencies() {
            graph.add_edge(dependency, resource.address.clone());
        }
    }
    graph.order().unwrap_or_default().iter().filter_map(|address| stack.resources.get(address)).collect()
}

/// Gathers what becomes a plan.
pub(super) struct Builder<'a> {
    pub(super) input: Input<'a>,
    pub(super) selection: Selection,
    pub(super) published: PublishedResources,
    pub(super) replaced: BTreeSet<Address>,
    /// What is updated or replaced, or made anew because it is gone.
    pub(super) changed: BTreeSet<Address>,
    /// The `existing` resources by their objects.
    pub(super) lent: BTreeMap<(Kind, &'a str), &'a Address>,
    pub(super) operations: Vec<Operation>,
    pub(super) records: Vec<Entry>,
    pub(super) existing: Vec<ExistingRead>,
    pub(super) drift: Vec<Drift>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// The entries that the plan is about.
    pub(super) fn selected<'s>(&self, state: &'s State) -> Vec<&'s Entry> {
        state.resources.values().filter(|entry| self.selection.has(&entry.address)).collect()
    }

    /// Of what is left out, the last read of an `existing` object is kept.
    fn leave_out(&mut self, address: &Address) {
        self.existing.extend(self.input.state.existing.get(address).cloned());
    }

    fn visit(&mut self, resource: &Resource) {
        let address = &resource.address;
        let Some(attributes) = self.evaluate(resource) else {
            // What uses it is not at fault: to that, everything about this one is unknown.
            self.published.0.insert(address.clone(), Published::default());
            return;
        };
        let prior = self.input.state.resources.get(address);
        if resource.existing.is_some() {
            if let Some(entry) = prior {
                self.let_go(entry, &format!("{address} is now declared as existing"));
            }
            self.expect_existing(resource, &attributes);
            return;
        }
        self.problems.extend(accounts::moves(resource, prior, self.input.accounts));
        let live = self.input.managed.get(address).and_then(Option::as_ref);
        let Some(entry) = prior else {
            match live {
                Some(live) => self.take_over(resource, attributes, live),
                None => self.create(resource, attributes, None),
            }
            return;
        };
        self.note_idle_import(entry);
        let Some(live) = live else {
            let because = match entry.status {
                EntryStatus::Deleting => format!("an earlier run has deleted {address}"),
                // S8: its create was acknowledged, and came to nothing.
                EntryStatus::Creating => format!("an earlier run began to create {address}, and it has vanished since"),
                EntryStatus::Settled => format!("{address} was deleted outside of cenform"),
            };
            if entry.status != EntryStatus::Deleting {
                self.note_gone(entry);
            }
            self.create(resource, attributes.clone(), Some(because));
            self.delete_deposed(entry, &attributes);
            return;
        };
        self.change(resource, attributes, entry, live);
    }

    /// Evaluates what can be, and checks what is known now.
    fn evaluate(&mut self, resource: &Resource) -> Option<Attributes> {
        let mut attributes = Attributes::new();
        let before = self.problems.len();
        let schema = registry::schema(resource.address.kind);
        for (name, value) in &resource.attributes {
            match expr::resolve(value, &self.published) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    attributes.insert(name.clone(), value);
                }
                Err(error) => self.problems.push(
                    Diagnostic::error(
                        codes::EVALUATION,
                        "An expression cannot be evaluated",
                        format!("The value of {name}: {error}."),
                    )
                    .about(&resource.address),
                ),
            }
        }
        let (faults, violations) = check::check_all(schema, &attributes);
        for fault in faults {
            self.problems
                .push(Diagnostic::error(fault.code, "A value is not allowed", fault.message).about(&resource.address));
        }
        // Of an existing object only what is checked needs to be written.
        for violation in violations.into_iter().filter(|_| resource.existing.is_none()) {
            self.problems.push(
                Diagnostic::error(codes::NOT_TOGETHER, "Attributes do not fit together", violation.message)
                    .about(&resource.address)
                    .help(violation.help),
            );
        }
        (self.problems.len() == before).then(|| check::normalise_all(schema, attributes))
    }

    /// The account that a resource is in.
    pub(super) fn account_id(&self, resource: &Resource) -> String {
        self.input.accounts.get(&resource.account).cloned().unwrap_or_default()
    }

    pub(super) fn operation(&self, resource: &Resource, action: Action, id: Option<String>) -> Operation {
        Operation {
            address: resource.address.clone(),
            action,
            besides: Besides::default(),
            id,
            account_id: self.account_id(resource),
            account: resource.account.clone(),
            region: resource.region.clone(),
            before: Attributes::new(),
            after: Attributes::new(),
            differences: Vec::new(),
            left_overs: Vec::new(),
            because: None,
            cause: None,
            owned: resource.owned.clone(),
            dependencies: managed_dependencies(resource, self.input.stack),
            protected: resource.lifecycle.prevent_destroy,
            after_deeds: BTreeMap::new(),
            timeouts: seconds(&resource.timeouts),
        }
    }

    pub(super) fn create(&mut self, resource: &Resource, attributes: Attributes, because: Option<String>) {
        let published = Published { id: None, attributes: attributes.clone(), complete: false };
        self.published.0.insert(resource.address.clone(), published);
        let after = with_always_managed(registry::schema(resource.address.kind), attributes);
        let operation = self.operation(resource, Action::Create, None);
        self.operations.push(Operation { after, because, ..operation });
    }

    pub(super) fn change(&mut self, resource: &Resource, attributes: Attributes, entry: &Entry, live: &Object) {
        let address = &resource.address;
        let schema = registry::schema(address.kind);
        let ignored = &resource.lifecycle.ignore_changes;
        let shown = |attributes| ignore::as_shown(schema, attributes, &live.attributes, ignored);
        let believed = Entry { attributes: shown(entry.attributes.clone()), ..entry.clone() };
        let wanted = shown(attributes.clone());
        self.note_drift(schema, entry, live);
        let compare = |entry, attributes, ignored| {
            let (replaced, ignore_tags) = (&self.replaced, &self.input.stack.provider.ignore_tags);
            diff::compare(schema, entry, live, &Wanted { resource, attributes, replaced, ignore_tags, ignored })
        };
        let mut comparison = compare(&believed, &wanted, ignored);
        for message in comparison.notes {
            self.notes.push(Note { address: Some(address.clone()), message });
        }
        // A delete whose object stands still has not taken effect.
        let being_deleted = entry.status == EntryStatus::Deleting && !live.settled;
        let forced = comparison.differences.iter().any(|difference| difference.forces_replacement);
        let cause = if being_deleted { Some(Cause::HalfDeleted) } else { self.cause(resource).filter(|_| !forced) };
        if (forced || cause.is_some()) && !ignored.is_empty() {
            // The new object is made as the stack says.
            comparison = compare(entry, &attributes, &Ignored::new());
        }
        if forced || cause.is_some() {
            let after = with_always_managed(schema, attributes.clone());
            self.replace(resource, entry, live, comparison.before, after, comparison.differences, cause);
            let published = Published { id: None, attributes, complete: false };
            self.published.0.insert(address.clone(), published);
            return;
        }
        let (address, attributes) = (Some(address.clone()), wanted);
        self.notes.extend(accounts::left_to_owner(entry, &attributes).map(|message| Note { address, message }));
        let mut merged = remembered(live, &attributes);
        merged.extend(comparison.after.clone());
        let published = Published { id: Some(live.id.clone()), attributes: merged, complete: true };
        self.published.0.insert(resource.address.clone(), published);
        let action = if !comparison.differences.is_empty() {
            Action::Update
        } else if !live.settled && (entry.status == EntryStatus::Creating || comparison.after.contains_key("status")) {
            // Where a status is managed, an update that was cut short is waited for as well.
            Action::Wait
        } else {
            let record = self.record(resource, entry, live, &attributes);
            if record.protected != entry.protected {
                let operation = self.operation(resource, Action::Protect, Some(live.id.clone()));
                let besides = Besides { protecting: Some(record.protected), ..Besides::default() };
                self.operations.push(Operation { besides, ..operation });
            }
            if record != *entry {
                self.records.push(record);
            }
            self.delete_deposed(entry, &attributes);
            return;
        };
        let deposed: Vec<_> = self.left_behind(entry).cloned().collect();
        if deposed != entry.deposed {
            self.records.push(Entry { deposed, ..entry.clone() });
        }
        let operation = self.operation(resource, action, Some(live.id.clone()));
        self.operations.push(Operation {
            besides: Besides {
                protecting: Some(operation.protected).filter(|protected| *protected != entry.protected),
                ..Besides::default()
            },
            before: comparison.before,
            // Attributes that count only for the engine are in no comparison and are remembered (force_delete).
            after: comparison.after.into_iter().chain(unseen::of(schema, &attributes)).collect(),
            differences: comparison.differences,
            ..operation
        });
        self.delete_deposed(entry, &attributes);
    }

    /// Says what was changed outside.
    pub(super) fn note_drift(&mut self, schema: &Schema, entry: &Entry, live: &Object) {
        let none = Ignored::new();
        let resource = self.input.stack.resources.get(&entry.address);
        let ignored = resource.map_or(&none, |resource| &resource.lifecycle.ignore_changes);
        let attributes = ignore::as_shown(schema, entry.attributes.clone(), &live.attributes, ignored);
        let believed = Entry { attributes, ..entry.clone() };
        let differences = diff::drift(schema, &believed, live, &self.input.stack.provider.ignore_tags);
        if !differences.is_empty() {
            let (address, id) = (entry.address.clone(), live.id.clone());
            self.drift.push(Drift { address, id, gone: false, left_over: false, differences });
        }
    }

    /// The entry as apply will record it of a resource without an operation (S1).
    pub(super) fn record(&self, resource: &Resource, entry: &Entry, live: &Object, attributes: &Attributes) -> Entry {
        Entry {
            address: entry.address.clone(),
            kind: entry.kind,
            id: entry.id.clone(),
            account_id: entry.account_id.clone(),
            account: resource.account.clone(),
            region: entry.region.clone(),
            schema_version: entry.kind.schema_version(),
            status: if live.settled { EntryStatus::Settled } else { entry.status },
            protected: resource.lifecycle.prevent_destroy,
            owned: resource.owned.clone(),
            attributes: remembered(live, attributes),
            dependencies: managed_dependencies(resource, self.input.stack),
            deposed: self.left_behind(entry).cloned().collect(),
        }
    }

    /// Says what has moved: with what else is done with it, or by itself (S19).
    fn tell_moves(&mut self) {
        if self.input.moves.is_empty() {
            return;
        }
        let mut of: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
        for (position, operation) in self.operations.iter().enumerate() {
            of.entry(operation.address.clone()).or_default().push(position);
        }
        for (from, to) in self.input.moves {
            let selected = self.input.state.resources.get(to).filter(|_| self.selection.has(to));
            let Some(entry) = selected else { continue };
            let is_its = |position: &&usize| {
                let operation = self.operations.get(**position);
                operation.is_some_and(|operation| operation.id.as_ref().is_none_or(|id| *id == entry.id))
            };
            let its = of.get(to).into_iter().flatten().find(is_its).copied();
            if let Some(operation) = its.and_then(|position| self.operations.get_mut(position)) {
                operation.besides.previous = Some(from.clone());
                if operation.action == Action::Protect {
                    operation.action = Action::Move;
                }
            } else {
                let besides = Besides { previous: Some(from.clone()), ..Besides::default() };
                let (operation, before) = (of_entry(entry, Action::Move, ""), Attributes::new());
                self.operations.push(Operation { besides, before, because: None, ..operation });
            }
        }
    }

    /// Whether an output is a part of the plan: of a partial one, only if everything that it uses is (S20).
    fn is_planned(&self, output: &Output) -> bool {
        let uses = !output.uses.is_empty() && output.uses.iter().all(|used| self.selection.has(used));
        uses || self.selection.is_whole()
    }

    fn outputs(&mut self) -> BTreeMap<String, OutputChange> {
        let mut changes = BTreeMap::new();
        let known = &self.input.state.outputs;
        if !self.input.words.destroy {
            for (name, output) in &self.input.stack.outputs {
                if !self.is_planned(output) {
                    continue;
                }
                match expr::resolve(&output.value, &self.published) {
                    // What was not made yet is not made by recording what is there.
                    Ok(after) if self.input.words.refresh_only && after.has_unknown() => {}
                    Ok(after) => {
                        let before = known.get(name).cloned().unwrap_or(Value::Null);
                        if before != after {
                            changes.insert(name.clone(), OutputChange { before, after });
                        }
                    }
                    Err(error) => self.problems.push(Diagnostic::error(
                        codes::EVALUATION,
                        "An expression cannot be evaluated",
                        format!("The output {name}: {error}."),
                    )),
                }
            }
        }
        for (name, before) in known {
            let declared = self.input.stack.outputs.get(name);
            let goes = self.input.words.destroy || declared.is_none();
            if goes && declared.map_or(self.selection.is_whole(), |output| self.is_planned(output)) {
                changes.insert(name.clone(), OutputChange { before: before.clone(), after: Value::Null });
            }
        }
        changes
    }

    fn finish(mut self) -> Result<Planned, Vec<Diagnostic>> {
        let outputs = self.outputs();
        self.problems.extend(self.selection.pulled_down(&self.operations, self.input.state));
        self.problems.extend(self.selection.in_the_way(&self.operations, self.input.state));
        self.problems.extend(accounts::without_owner(&self.operations, self.input.accounts));
        self.tell_moves();
        self.operations.sort_by(|a, b| (&a.address, a.action).cmp(&(&b.address, b.action)));
        if self.problems.is_empty()
            && let Err(problem) = arrange(&mut self.operations, self.input.state)
        {
            self.problems.push(problem);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let gates = gates(&self.operations, self.input.state, self.input.words, self.input.stack.limits);
        let pauses = pauses(&self.operations);
        let writes = self.operations.iter().map(cost::writes).sum();
        let seconds = cost::seconds(&self.operations);
        let managed = self.input.state.resources.values().map(|entry| (&*entry.id, &entry.address));
        let existing = self.existing.iter().map(|read| (&*read.id, &read.address));
        let names = names::referred(&self.operations, managed.chain(existing));
        let mut plan = Plan {
            format_version: FORMAT_VERSION,
            digest: String::new(),
            lineage: self.input.state.lineage.clone(),
            serial: self.input.state.serial,
            account_id: self.input.account_id.to_owned(),
            accounts: accounts::planned(self.input.stack, self.input.accounts),
            emulator: self.input.emulator,
            stack: self.input.stack_path.to_owned(),
            words: self.input.words.clone(),
            provider: self.input.stack.provider.clone(),
            operations: self.operations,
            records: self.records,
            existing: self.existing,
            drift: self.drift,
            outputs,
            notes: self.notes,
            pauses,
            left_out: self.selection.into_left_out(),
            names,
            writes,
            seconds,
        };
        plan.digest = digest(&plan);
        Ok(Planned { plan, gates })
    }
}

/// What the state keeps of an object: what the cloud shows, and what only the engine knows.
pub(crate) fn remembered(live: &Object, known: &Attributes) -> Attributes {
    let mut attributes = live.attributes.clone();
    if !live.status.is_empty() {
        attributes.insert("status".to_owned(), Value::from(live.status.as_str()));
    }
    for (name, value) in known.iter().filter(|(_, value)| !value.has_unknown()) {
        attributes.entry(name.clone()).or_insert_with(|| value.clone());
    }
    attributes
}

/// The managed resources that a resource depends on: what must outlive it (S12).
fn managed_dependencies(resource: &Resource, stack: &Stack) -> BTreeSet<Address> {
    resource
        .dependencies()
        .into_iter()
        .filter(|address| stack.resources.get(address).is_some_and(|target| target.existing.is_none()))
        .collect()
}

/// The attributes of a new object, with those that are managed even where nobody wrote them (S2).
fn with_always_managed(schema: &Schema, mut attributes: Attributes) -> Attributes {
    for attribute in schema.attributes.iter().filter(|attribute| attribute.always_managed) {
        if let Some(default) = attribute.default_for(type_of(&attributes)) {
            attributes.entry(attribute.name.to_owned()).or_insert(default);
        }
    }
    attributes
}

pub(super) fn seconds(timeouts: &Timeouts) -> BTreeMap<Deed, u64> {
    let Timeouts { create, update, delete } = timeouts;
    [(Deed::Create, create), (Deed::Update, update), (Deed::Delete, delete)]
        .into_iter()
        .filter_map(|(deed, duration)| Some((deed, duration.as_ref()?.as_secs())))
        .collect()
}
