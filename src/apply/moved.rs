//! Whether the cloud is still as a saved plan shows it (S16).

use std::collections::BTreeSet;

use crate::kinds::registry;
use crate::kinds::schema::{Type, granting_owner};
use crate::model::action::Action;
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::value::Value;
use crate::plan::{Difference, Moved, Operation, PathStep, Plan, diff};
use crate::refresh::Live;
use crate::state::{Entry, EntryStatus, ExistingRead, State};

/// What an object's status is called where the service is deleting it.
const DELETING: &str = "Deleting";

/// Everything that is no longer as the plan shows it, of what the plan touches and of what that refers to: managed
/// attributes, identity, status. `believed` is the state that the plan was made from with what the plan records, `live`
/// what is there now.
pub(super) fn moved_since(plan: &Plan, believed: &State, live: &Live) -> Vec<Moved> {
    let gone = plan.drift.iter().filter(|drift| drift.gone).map(|drift| (&drift.address, drift.id.as_str()));
    let looks = Looks { plan, believed, live, gone: gone.collect() };
    let mut moved: Vec<Moved> = plan.operations.iter().flat_map(|operation| looks.operation(operation)).collect();
    let touched: BTreeSet<&Address> = plan.operations.iter().map(|operation| &operation.address).collect();
    let beside = looks.beside();
    for entry in believed.resources.values().filter(|entry| !touched.contains(&entry.address)) {
        if beside.contains(&entry.address) {
            moved.extend(looks.untouched(entry));
        }
    }
    moved.extend(referred(plan).flat_map(|read| looks.existing(read)));
    moved
}

/// The `existing` objects that the plan's operations refer to.
pub(super) fn referred(plan: &Plan) -> impl Iterator<Item = &ExistingRead> {
    let ids: BTreeSet<(Kind, &str)> = plan.operations.iter().flat_map(references).collect();
    plan.existing.iter().filter(move |read| ids.contains(&(read.address.kind, read.id.as_str())))
}

/// The objects that an operation's object will refer to, as far as they are known.
fn references(operation: &Operation) -> impl Iterator<Item = (Kind, &str)> {
    registry::schema(operation.address.kind).attributes.iter().filter_map(|attribute| {
        let Type::Reference(kind) = attribute.ty else { return None };
        Some((kind, operation.after.get(attribute.name)?.as_text()?))
    })
}

/// What the looks share.
struct Looks<'a> {
    plan: &'a Plan,
    believed: &'a State,
    live: &'a Live,
    /// What the plan itself says to be gone.
    gone: BTreeSet<(&'a Address, &'a str)>,
}

impl Looks<'_> {
    /// What only the state records, and what operations refer to.
    fn beside(&self) -> BTreeSet<&Address> {
        let ids: BTreeSet<(Kind, &str)> = self.plan.operations.iter().flat_map(references).collect();
        let referred = self.believed.resources.values().filter(|entry| ids.contains(&(entry.kind, entry.id.as_str())));
        let dependencies = self.plan.operations.iter().flat_map(|operation| &operation.dependencies);
        let recorded = self.plan.records.iter().map(|record| &record.address);
        referred.map(|entry| &entry.address).chain(dependencies).chain(recorded).collect()
    }

    /// Whether the plan itself says that an object is gone.
    fn said_to_be_gone(&self, address: &Address, id: &str) -> bool {
        self.gone.contains(&(address, id))
    }

    fn operation(&self, operation: &Operation) -> Vec<Moved> {
        let address = &operation.address;
        let Some(entry) = self.believed.resources.get(address) else { return Vec::new() };
        let mut moved = Vec::new();
        // The old objects of replacements are only deleted: whether they are there is all that counts.
        let own = operation.id.iter().filter(|id| **id != entry.id);
        for id in own.chain(&operation.left_overs) {
            let begun = entry
                .deposed
                .iter()
                .any(|old| old.id == *id && (old.deleting || granting_owner(&old.attributes).is_some()));
            let shown = self.live.deposed.get(&(address.clone(), id.clone()));
            if matches!(shown, Some(None)) && !begun && !self.said_to_be_gone(address, id) {
                moved.push(presence(address, id, true, operation));
            }
        }
        let is_it = operation.id.as_ref().is_none_or(|id| *id == entry.id);
        match self.live.managed.get(address) {
            Some(shown) if is_it => moved.extend(self.touched(operation, entry, shown.as_ref())),
            _ => {}
        }
        moved
    }

    /// The object of an operation.
    fn touched(&self, operation: &Operation, entry: &Entry, shown: Option<&Object>) -> Vec<Moved> {
        let address = &operation.address;
        let is_forgotten = operation.action == Action::Forget;
        let expected_gone = self.said_to_be_gone(address, &entry.id);
        let Some(shown) = shown else {
            let is_ours = entry.status == EntryStatus::Deleting;
            let told = is_forgotten || expected_gone || is_ours || operation.id.is_none();
            return if told { Vec::new() } else { vec![presence(address, &entry.id, true, operation)] };
        };
        if expected_gone {
            return vec![presence(address, &entry.id, false, operation)];
        }
        if is_forgotten || operation.id.is_none() {
            return Vec::new();
        }
        // What happens in the state alone has nothing before it to compare with: the object is to stay as it is (S17).
        if matches!(operation.action, Action::Protect | Action::Move) {
            return self.untouched(entry);
        }
        // What was owned and is no longer managed is none of the plan's (S1), nor is what is ignored.
        let differs = |name: &str| {
            let is_it = |step: &PathStep| matches!(step, PathStep::Key(key) if key == name);
            operation.differences.iter().any(|difference| difference.path.first().is_some_and(is_it))
        };
        let compared =
            |path: &&String| differs(attribute_of(path)) || operation.before.contains_key(attribute_of(path));
        let left_out = |path: &&String| differs(attribute_of(path));
        let known = operation.before.keys().chain(operation.owned.iter().filter(compared));
        let known = known.chain(entry.owned.iter().filter(left_out));
        let planned = Entry { attributes: operation.before.clone(), owned: known.cloned().collect(), ..entry.clone() };
        let mut moved = self.attributes(&planned, shown, |difference| after(operation, difference));
        // With the object, all of its tags go (S3).
        moved.retain(|moved| !(operation.action.deletes() && moved.attribute.as_deref().is_some_and(is_of_tags)));
        moved.extend(going(entry, shown, &outcome(operation)));
        moved
    }

    /// What no operation touches, and what is to stay as it is.
    fn untouched(&self, entry: &Entry) -> Vec<Moved> {
        match self.live.managed.get(&entry.address) {
            Some(Some(shown)) => {
                let mut moved = self.attributes(entry, shown, |difference| difference.before.clone());
                moved.extend(going(entry, shown, &Value::from(THERE)));
                moved
            }
            Some(None) if entry.status != EntryStatus::Deleting && !self.said_to_be_gone(&entry.address, &entry.id) => {
                vec![there_or_gone(&entry.address, &entry.id, true, Value::from(THERE))]
            }
            _ => Vec::new(),
        }
    }

    /// What somebody else manages: what it was read to be.
    fn existing(&self, read: &ExistingRead) -> Vec<Moved> {
        let Some(shown) = self.live.existing.get(&read.address) else {
            return vec![there_or_gone(&read.address, &read.id, true, Value::from(THERE))];
        };
        let entry = Entry {
            address: read.address.clone(),
            kind: read.address.kind,
            id: read.id.clone(),
            account_id: String::new(),
            account: read.account.clone(),
            region: read.region.clone(),
            schema_version: 0,
            status: EntryStatus::Settled,
            protected: false,
            owned: read.attributes.keys().cloned().collect(),
            attributes: read.attributes.clone(),
            dependencies: BTreeSet::new(),
            deposed: Vec::new(),
        };
        let mut moved = self.attributes(&entry, shown, |difference| difference.before.clone());
        moved.extend(going(&entry, shown, &Value::from(THERE)));
        moved
    }

    /// The attributes that are no longer as planned. A status on its way is waited for, so that where it settled counts.
    fn attributes(&self, planned: &Entry, shown: &Object, after: impl Fn(&Difference) -> Value) -> Vec<Moved> {
        let schema = registry::schema(planned.kind);
        let differences = diff::drift(schema, planned, shown, &self.plan.provider.ignore_tags);
        let row = |difference: Difference| Moved {
            address: planned.address.clone(),
            id: planned.id.clone(),
            attribute: Some(PathStep::join(&difference.path)),
            after: after(&difference),
            planned: difference.before,
            now: difference.after,
        };
        differences.into_iter().map(row).collect()
    }
}

/// The attribute that a path leads into.
fn attribute_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn is_of_tags(attribute: &str) -> bool {
    attribute_of(attribute) == "tags"
}

const THERE: &str = "there";

/// An object that has gone, or is there again.
fn there_or_gone(address: &Address, id: &str, gone: bool, after: Value) -> Moved {
    let [planned, now] = if gone { [THERE, "gone"] } else { ["gone", THERE] };
    Moved {
        address: address.clone(),
        id: id.to_owned(),
        attribute: None,
        planned: Value::from(planned),
        now: Value::from(now),
        after,
    }
}

fn presence(address: &Address, id: &str, gone: bool, operation: &Operation) -> Moved {
    there_or_gone(address, id, gone, outcome(operation))
}

/// What the plan makes of an object.
fn outcome(operation: &Operation) -> Value {
    Value::from(match operation.action {
        Action::Create => "created",
        Action::Replace | Action::ReplaceCreateFirst => "replaced",
        Action::Delete => "destroyed",
        Action::Forget => "forgotten",
        Action::Update | Action::Import | Action::Wait | Action::Move | Action::Protect => THERE,
    })
}

/// What the plan makes of an attribute.
fn after(operation: &Operation, difference: &Difference) -> Value {
    if operation.action == Action::Delete {
        return outcome(operation);
    }
    let planned = operation.differences.iter().find(|planned| planned.path == difference.path);
    planned.map_or_else(|| difference.before.clone(), |planned| planned.after.clone())
}

/// An object that somebody deletes.
fn going(entry: &Entry, shown: &Object, after: &Value) -> Option<Moved> {
    let known = entry.attributes.get("status").cloned().unwrap_or(Value::Null);
    let ours = entry.status == EntryStatus::Deleting || known.as_text() == Some(DELETING);
    (shown.status == DELETING && !ours).then(|| Moved {
        address: entry.address.clone(),
        id: entry.id.clone(),
        attribute: Some("status".to_owned()),
        planned: known,
        now: Value::from(DELETING),
        after: after.clone(),
    })
}
