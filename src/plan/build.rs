//! From desired, prior and live to a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{self, AccountIds};
use super::diff::{self, Wanted};
use super::digest::digest;
use super::gates::gates;
use super::order::{arrange, natural_key};
use super::published::{Published, PublishedResources};
use super::types::{Difference, Drift, FORMAT_VERSION, Gate, Note, Operation, OutputChange, Plan, Words};
use super::unseen;
use super::writes::writes;
use crate::diagnostics::{Diagnostic, codes};
use crate::expr;
use crate::graph::Graph;
use crate::kinds::check;
use crate::kinds::registry;
use crate::kinds::schema::{Change, Schema, Type, type_of};
use crate::model::action::{Action, Deed};
use crate::model::address::Address;
use crate::model::object::Object;
use crate::model::stack::{Resource, Stack, Timeouts};
use crate::model::value::{Attributes, Value};
use crate::state::{Deposed, Entry, EntryStatus, ExistingRead, State};

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the YAML says.
    pub stack: &'a Stack,
    /// What the state remembers.
    pub state: &'a State,
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
    let mut builder = Builder {
        input,
        published: PublishedResources::default(),
        replaced: BTreeSet::new(),
        operations: Vec::new(),
        records: Vec::new(),
        existing: Vec::new(),
        drift: Vec::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    };
    if input.words.destroy {
        for entry in input.state.resources.values() {
            builder.remove(entry, "the stack is being destroyed");
        }
    } else {
        for resource in in_order(input.stack) {
            builder.visit(resource);
        }
        let undeclared = input.state.resources.values().filter(|e| !input.stack.resources.contains_key(&e.address));
        for entry in undeclared {
            builder.remove(entry, &format!("{} is no longer in the stack", entry.address));
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

struct Builder<'a> {
    input: Input<'a>,
    published: PublishedResources,
    replaced: BTreeSet<Address>,
    operations: Vec<Operation>,
    records: Vec<Entry>,
    existing: Vec<ExistingRead>,
    drift: Vec<Drift>,
    notes: Vec<Note>,
    problems: Vec<Diagnostic>,
}

impl Builder<'_> {
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
                self.forget(entry, &format!("{address} is now declared as existing"));
            }
            self.expect_existing(resource, &attributes);
            return;
        }
        self.problems.extend(accounts::moves(resource, prior, self.input.accounts));
        let live = self.input.managed.get(address).and_then(Option::as_ref);
        let Some(entry) = prior else {
            match (self.input.state.formerly_existing(address), live) {
                (Some(read), Some(live)) => self.take_over(resource, attributes, read, live),
                _ => self.create(resource, attributes, None),
            }
            return;
        };
        let Some(live) = live else {
            let because = if entry.status == EntryStatus::Deleting {
                format!("an earlier run has deleted {address}")
            } else {
                let (address, id) = (address.clone(), entry.id.clone());
                self.drift.push(Drift { address, id, gone: true, differences: Vec::new() });
                format!("{} was deleted outside of cenform", entry.address)
            };
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

    /// Attributes beside `existing` are expectations (S5).
    fn expect_existing(&mut self, resource: &Resource, expected: &Attributes) {
        let address = &resource.address;
        let Some(live) = self.input.existing.get(address) else { return };
        for attribute in registry::schema(address.kind).attributes {
            let Some(value) = expected.get(attribute.name).filter(|_| resource.owned.contains(attribute.name)) else {
                continue;
            };
            let shown = match (live.attributes.get(attribute.name), attribute.ty) {
                (Some(shown), _) => shown,
                // An index that is not told of is not there.
                (None, Type::Index(_)) => &Value::Null,
                (None, _) => continue,
            };
            if attribute.change != Change::NotCompared && !diff::same(&attribute.ty, value, shown) {
                self.problems.push(
                    Diagnostic::error(
                        codes::EXISTING,
                        "An existing object is not as expected",
                        format!(
                            "{address} ({}) was expected to have {} = {}, and has {}.",
                            live.id,
                            attribute.name,
                            if value.has_unknown() {
                                "what does not exist yet".to_owned()
                            } else {
                                serde_json::Value::from(value).to_string()
                            },
                            if shown.is_null() {
                                "none".to_owned()
                            } else {
                                serde_json::Value::from(shown).to_string()
                            }
                        ),
                    )
                    .about(address)
                    .help("Correct the attribute beside existing, or take it away: it is only checked, never changed."),
                );
            }
        }
        let attributes = remembered(live, &Attributes::new());
        self.existing.push(ExistingRead {
            address: address.clone(),
            id: live.id.clone(),
            account: resource.account.clone(),
            region: resource.region.clone(),
            attributes: attributes.clone(),
        });
        let published = Published { id: Some(live.id.clone()), attributes, complete: true };
        self.published.0.insert(address.clone(), published);
    }

    /// The account that a resource is in.
    fn account_id(&self, resource: &Resource) -> String {
        self.input.accounts.get(&resource.account).cloned().unwrap_or_default()
    }

    fn operation(&self, resource: &Resource, action: Action, id: Option<String>) -> Operation {
        Operation {
            address: resource.address.clone(),
            action,
            id,
            account_id: self.account_id(resource),
            account: resource.account.clone(),
            region: resource.region.clone(),
            before: Attributes::new(),
            after: Attributes::new(),
            differences: Vec::new(),
            because: None,
            owned: resource.owned.clone(),
            dependencies: managed_dependencies(resource, self.input.stack),
            protected: resource.lifecycle.prevent_destroy,
            after_deeds: BTreeMap::new(),
            timeouts: seconds(&resource.timeouts),
        }
    }

    fn create(&mut self, resource: &Resource, attributes: Attributes, because: Option<String>) {
        let published = Published { id: None, attributes: attributes.clone(), complete: false };
        self.published.0.insert(resource.address.clone(), published);
        let after = with_always_managed(registry::schema(resource.address.kind), attributes);
        let operation = self.operation(resource, Action::Create, None);
        self.operations.push(Operation { after, because, ..operation });
    }

    fn change(&mut self, resource: &Resource, attributes: Attributes, entry: &Entry, live: &Object) {
        let address = &resource.address;
        let schema = registry::schema(address.kind);
        let drifted = diff::drift(schema, entry, live, &self.input.stack.provider.ignore_tags);
        if !drifted.is_empty() {
            self.drift.push(Drift { address: address.clone(), id: live.id.clone(), gone: false, differences: drifted });
        }
        let comparison = diff::compare(
            schema,
            entry,
            live,
            &Wanted {
                resource,
                attributes: &attributes,
                replaced: &self.replaced,
                ignore_tags: &self.input.stack.provider.ignore_tags,
            },
        );
        for message in comparison.notes {
            self.notes.push(Note { address: Some(address.clone()), message });
        }
        // A delete whose object stands still has not taken effect.
        let being_deleted = entry.status == EntryStatus::Deleting && !live.settled;
        let replace = being_deleted || comparison.differences.iter().any(|difference| difference.forces_replacement);
        if replace {
            let because = being_deleted.then(|| format!("an earlier run began to delete {address}"));
            let after = with_always_managed(schema, attributes.clone());
            self.replace(resource, entry, live, comparison.before, after, comparison.differences, because);
            let published = Published { id: None, attributes, complete: false };
            self.published.0.insert(address.clone(), published);
            return;
        }
        let address = Some(address.clone());
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
            before: comparison.before,
            // Attributes that count only for the engine are in no comparison and are remembered (force_delete).
            after: comparison.after.into_iter().chain(unseen::of(schema, &attributes)).collect(),
            differences: comparison.differences,
            ..operation
        });
        self.delete_deposed(entry, &attributes);
    }

    /// What was `existing` until now is managed from now on, as it is or with an update (S5).
    fn take_over(&mut self, resource: &Resource, attributes: Attributes, read: &ExistingRead, live: &Object) {
        let address = &resource.address;
        let entry = Entry {
            address: address.clone(),
            kind: address.kind,
            id: live.id.clone(),
            account_id: self.account_id(resource),
            account: resource.account.clone(),
            region: read.region.clone(),
            schema_version: registry::schema(address.kind).version,
            status: EntryStatus::Settled,
            protected: false,
            owned: BTreeSet::new(),
            attributes: read.attributes.clone(),
            dependencies: BTreeSet::new(),
            deposed: Vec::new(),
        };
        let record = self.record(resource, &entry, live, &attributes);
        self.change(resource, attributes, &entry, live);
        match self.operations.last().filter(|operation| operation.address == *address) {
            None => {
                let operation = self.operation(resource, Action::Import, Some(live.id.clone()));
                let because = Some(format!("{address} is no longer declared as existing"));
                self.operations.push(Operation { because, ..operation });
            }
            Some(operation) if operation.action.deletes() => self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "An existing object would be replaced",
                    format!("{address} is no longer declared as existing, and what it says now replaces {}.", live.id),
                )
                .about(address)
                .help("Take it over as it is first, and change it then; or declare what is new under another name."),
            ),
            Some(_) => {}
        }
        // Whatever becomes of the operation, the object is known from now on.
        self.records.retain(|other| other.address != *address);
        self.records.push(record);
    }

    #[expect(clippy::too_many_arguments, reason = "a replacement is a deletion and a creation, with what each needs")]
    fn replace(
        &mut self,
        resource: &Resource,
        entry: &Entry,
        live: &Object,
        before: Attributes,
        after: Attributes,
        differences: Vec<Difference>,
        because: Option<String>,
    ) {
        let address = &resource.address;
        self.replaced.insert(address.clone());
        self.note_left_over(entry, 0);
        // Nothing comes before the end of what is on its way out.
        let create_first = resource.lifecycle.create_before_destroy && because.is_none();
        let old: Attributes = entry.attributes.clone().into_iter().chain(live.attributes.clone()).collect();
        let kind = address.kind;
        if create_first && natural_key(kind, &old).is_some_and(|key| natural_key(kind, &after).as_ref() == Some(&key)) {
            let key = registry::schema(kind).natural_key_of(&after);
            let names = key.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" and ");
            self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "The new object cannot be created before the old one is deleted",
                    format!("No two {}s can have the same {names}, and the new {address} keeps it.", kind.spoken()),
                )
                .about(address)
                .help("Take create_before_destroy away, or change what keeps the two apart."),
            );
        }
        let keeps_name = natural_key(kind, &old) == natural_key(kind, &after);
        if kind == crate::model::address::Kind::LogProject
            && keeps_name
            && live.attributes.get("recycle_bin") == Some(&Value::Bool(true))
        {
            self.problems.push(
                Diagnostic::error(
                    codes::CANNOT_REPLACE,
                    "A project with its recycle bin on cannot be replaced under the same name",
                    format!("The deleted {address} would stay in the recycle bin and keep its name."),
                )
                .about(address)
                .help("Give the new project another name, or switch recycle_bin off and apply that first."),
            );
        }
        let action = if create_first { Action::ReplaceCreateFirst } else { Action::Replace };
        let operation = self.operation(resource, action, Some(live.id.clone()));
        let words = unseen::of_the_old(registry::schema(kind), &entry.attributes, &after);
        let before = before.into_iter().chain(words).collect();
        self.operations.push(Operation { before, after, differences, because, ..operation });
    }

    /// The entry as apply will record it of a resource without an operation (S1).
    fn record(&self, resource: &Resource, entry: &Entry, live: &Object, attributes: &Attributes) -> Entry {
        Entry {
            address: entry.address.clone(),
            kind: entry.kind,
            id: entry.id.clone(),
            account_id: entry.account_id.clone(),
            account: resource.account.clone(),
            region: entry.region.clone(),
            schema_version: registry::schema(entry.kind).version,
            status: if live.settled { EntryStatus::Settled } else { entry.status },
            protected: resource.lifecycle.prevent_destroy,
            owned: resource.owned.clone(),
            attributes: remembered(live, attributes),
            dependencies: managed_dependencies(resource, self.input.stack),
            deposed: self.left_behind(entry).cloned().collect(),
        }
    }

    /// The old objects of interrupted replacements, but those that are gone and leave nothing to be revoked.
    fn left_behind<'e>(&self, entry: &'e Entry) -> impl Iterator<Item = &'e Deposed> {
        let deposed = self.input.deposed;
        let gone = move |old: &&Deposed| matches!(deposed.get(&(entry.address.clone(), old.id.clone())), Some(None));
        entry.deposed.iter().filter(move |old| !gone(old) || accounts::owes(&old.attributes, &entry.account_id))
    }

    fn forget(&mut self, entry: &Entry, because: &str) {
        let operation = of_entry(entry, Action::Forget, because);
        self.operations.push(operation);
    }

    /// What is in the state and no longer wanted: deleted, or forgotten if it is gone already.
    fn remove(&mut self, entry: &Entry, because: &str) {
        let address = &entry.address;
        // Adding `existing` to a managed resource forgets it (S5), also when everything is destroyed.
        if self.input.stack.resources.get(address).is_some_and(|resource| resource.existing.is_some()) {
            self.forget(entry, &format!("{address} is now declared as existing"));
            return;
        }
        let Some(live) = self.input.managed.get(address).and_then(Option::as_ref) else {
            if self.left_behind(entry).next().is_none() && !accounts::owes(&entry.attributes, &entry.account_id) {
                let by = if entry.status == EntryStatus::Deleting { "by an earlier run" } else { "outside of cenform" };
                self.forget(entry, &format!("{address} was already deleted {by}"));
                return;
            }
            if entry.status != EntryStatus::Deleting {
                let (address, id) = (address.clone(), entry.id.clone());
                self.drift.push(Drift { address, id, gone: true, differences: Vec::new() });
            }
            self.note_left_over(entry, 0);
            self.operations.push(of_entry(entry, Action::Delete, because));
            return;
        };
        self.note_left_over(entry, 0);
        let mut operation = of_entry(entry, Action::Delete, because);
        operation.before = remembered(live, &entry.attributes);
        if let Some(resource) = self.input.stack.resources.get(address) {
            let schema = registry::schema(address.kind);
            operation.before.extend(unseen::of_the_old(schema, &entry.attributes, &resource.attributes));
            operation.timeouts = seconds(&resource.timeouts);
            operation.protected = resource.lifecycle.prevent_destroy;
        }
        self.operations.push(operation);
    }

    /// Says which old objects of interrupted replacements go with the entry, but for the first `named`.
    fn note_left_over(&mut self, entry: &Entry, named: usize) {
        let notes: Vec<Note> = self
            .left_behind(entry)
            .skip(named)
            .map(|old| {
                let message = format!("{}, which an interrupted replacement left behind, is deleted too.", old.id);
                Note { address: Some(entry.address.clone()), message }
            })
            .collect();
        self.notes.extend(notes);
    }

    /// Old objects of an interrupted replacement.
    fn delete_deposed(&mut self, entry: &Entry, said: &Attributes) {
        self.note_left_over(entry, 1);
        let left_behind = self.left_behind(entry).next().cloned();
        if let Some(deposed) = left_behind {
            let mut operation =
                of_entry(entry, Action::Delete, "an interrupted replacement left the old object behind");
            operation.id = Some(deposed.id);
            let words = unseen::of_the_old(registry::schema(entry.kind), &deposed.attributes, said);
            operation.before = deposed.attributes.into_iter().chain(words).collect();
            self.operations.push(operation);
        }
    }

    fn outputs(&mut self) -> BTreeMap<String, OutputChange> {
        let mut changes = BTreeMap::new();
        let known = &self.input.state.outputs;
        if !self.input.words.destroy {
            for (name, output) in &self.input.stack.outputs {
                match expr::resolve(&output.value, &self.published) {
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
            if self.input.words.destroy || !self.input.stack.outputs.contains_key(name) {
                changes.insert(name.clone(), OutputChange { before: before.clone(), after: Value::Null });
            }
        }
        changes
    }

    fn finish(mut self) -> Result<Planned, Vec<Diagnostic>> {
        let outputs = self.outputs();
        self.problems.extend(accounts::without_owner(&self.operations, self.input.accounts));
        self.operations.sort_by(|a, b| (&a.address, a.action).cmp(&(&b.address, b.action)));
        if self.problems.is_empty()
            && let Err(problem) = arrange(&mut self.operations, self.input.state)
        {
            self.problems.push(problem);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let gates = gates(&self.operations, self.input.state, self.input.words);
        let writes = self.operations.iter().map(writes).sum();
        let plan = Plan {
            format_version: FORMAT_VERSION,
            digest: digest(&self.operations),
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
            writes,
        };
        Ok(Planned { plan, gates })
    }
}

/// An operation on what the state holds, without a declaration.
fn of_entry(entry: &Entry, action: Action, because: &str) -> Operation {
    Operation {
        address: entry.address.clone(),
        action,
        id: Some(entry.id.clone()),
        account_id: entry.account_id.clone(),
        account: entry.account.clone(),
        region: entry.region.clone(),
        before: entry.attributes.clone(),
        after: Attributes::new(),
        differences: Vec::new(),
        because: Some(because.to_owned()),
        owned: entry.owned.clone(),
        dependencies: BTreeSet::new(),
        protected: entry.protected,
        after_deeds: BTreeMap::new(),
        timeouts: BTreeMap::new(),
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

fn seconds(timeouts: &Timeouts) -> BTreeMap<Deed, u64> {
    let Timeouts { create, update, delete } = timeouts;
    [(Deed::Create, create), (Deed::Update, update), (Deed::Delete, delete)]
        .into_iter()
        .filter_map(|(deed, duration)| Some((deed, duration.as_ref()?.as_secs())))
        .collect()
}
