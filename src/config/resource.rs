//! One declared resource by itself: its keys, values and references.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::check::{self, Fault};
use crate::kinds::log_format;
use crate::kinds::registry::schema;
use crate::kinds::schema::{Attribute, Change, Presence, Schema, Type, type_of};
use crate::model::address::{Address, Kind};
use crate::model::stack::{Existing, Lifecycle, Reference, Resource, Timeouts};
use crate::model::value::{Attributes, Value};

use super::context::{Context, Secrets, Uses};
use super::document::Entry;
use super::duration;
use super::ends;
use super::fields::{caution, fields, not_yet, problem, unknown_key, wrong_type};
use super::provider::not_known;
use super::{accounts, lifecycle, reference};

/// The keys that every resource may have beside its attributes.
pub(super) const COMMON: [&str; 5] = ["account", "depends_on", "existing", "lifecycle", "timeouts"];
/// The keys of `timeouts`.
pub(super) const TIMEOUTS: [&str; 3] = ["create", "update", "delete"];
/// Keys of the language that a later version brings.
const LATER: [&str; 2] = ["for_each", "enabled"];

/// A resource that is read, before it is linked to what it refers to.
#[derive(Debug)]
pub(super) struct Built {
    /// The resource, without what it takes from others.
    pub(super) resource: Resource,
    /// Where it is declared.
    pub(super) place: Place,
    /// What its reference attributes name.
    pub(super) targets: BTreeMap<String, Address>,
    /// Everything that it needs, and where that is said.
    pub(super) needs: Vec<(Address, Place)>,
    /// Attributes that were written and have a problem, which has been told.
    pub(super) broken: BTreeSet<String>,
}

impl Built {
    /// Where an attribute is written; the resource itself where it is not.
    pub(super) fn place_of(&self, attribute: &str) -> Place {
        if self.resource.owned.contains(attribute) || self.broken.contains(attribute) {
            self.place.field(attribute)
        } else {
            self.place.as_key()
        }
    }

    /// Records that an attribute names another resource. Gives the attribute's value.
    pub(super) fn refer_to(&mut self, attribute: &Attribute, target: Address, place: Place) -> Value {
        self.uses(attribute, &target, attribute.change == Change::Replace);
        self.needs.push((target.clone(), place));
        let value = Value::reference(&target, "id");
        self.targets.insert(attribute.name.to_owned(), target);
        value
    }

    /// Records a use of another resource once an attribute. Only a reference by name carries the
    /// identity of its target (S11): an expression shows a replaced target by its changed value.
    fn uses(&mut self, attribute: &Attribute, target: &Address, identity: bool) {
        let reference = Reference { attribute: attribute.name.to_owned(), target: target.clone(), identity };
        if !self.resource.references.contains(&reference) {
            self.resource.references.push(reference);
        }
    }

    /// Gives an attribute the value that was written.
    pub(super) fn set(&mut self, attribute: &Attribute, value: Value) {
        self.resource.owned.extend(attribute.written(&value));
        self.resource.attributes.insert(attribute.name.to_owned(), value);
    }

    /// The values of the attributes with placeholders for broken ones, so that nothing seems missing.
    pub(super) fn with_broken(&self) -> Attributes {
        let mut attributes = self.resource.attributes.clone();
        for name in &self.broken {
            attributes.entry(name.clone()).or_insert_with(|| Value::reference(&self.resource.address, name));
        }
        attributes
    }
}

/// A fault at its place.
pub(super) fn placed(fault: Fault, place: &Place) -> Diagnostic {
    let at =
        |path: Vec<crate::diagnostics::Segment>| path.into_iter().fold(place.clone(), |place, step| place.at(step));
    let place = at(fault.path);
    let mut diagnostic = problem(fault.code, fault.message, if fault.key { place.as_key() } else { place });
    diagnostic.help = fault.help;
    match fault.related {
        Some(path) => diagnostic.related(at(path), "It stands here first."),
        None => diagnostic,
    }
}

/// Reads a declaration. `None` if it is not even a map.
pub(super) fn read(
    address: &Address,
    entry: &Entry,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Built> {
    let before = found.len();
    let built = read_unaddressed(address, entry, context, found);
    for diagnostic in found.iter_mut().skip(before) {
        diagnostic.address = Some(address.clone());
    }
    built
}

fn read_unaddressed(
    address: &Address,
    entry: &Entry,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Built> {
    if !matches!(entry.value, Value::Map(_) | Value::Null) {
        found.push(wrong_type(&address.to_string(), "a map of attributes", &entry.value, &entry.place));
        return None;
    }
    let schema = schema(address.kind);
    let mut reader = Reader {
        schema,
        context,
        built: Built {
            resource: Resource {
                address: address.clone(),
                region: None,
                account: None,
                existing: None,
                attributes: Attributes::new(),
                owned: BTreeSet::new(),
                references: Vec::new(),
                depends_on: BTreeSet::new(),
                lifecycle: Lifecycle::default(),
                timeouts: Timeouts::default(),
            },
            place: entry.place.clone(),
            targets: BTreeMap::new(),
            needs: Vec::new(),
            broken: BTreeSet::new(),
        },
        found,
    };
    let fields = super::fields::entries(&entry.value, &entry.place, "A resource", reader.found);
    // The type comes first: it says which attributes there are.
    for (key, tree, place) in fields.iter().filter(|(key, ..)| *key == "type") {
        reader.key(key, tree, place);
    }
    for (key, tree, place) in fields.iter().filter(|(key, ..)| *key != "type") {
        reader.key(key, tree, place);
    }
    reader.missing();
    Some(reader.built)
}

/// An attribute has a problem, which has been told.
struct Broken;

struct Reader<'a> {
    schema: &'static Schema,
    context: &'a Context<'a>,
    built: Built,
    found: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn key(&mut self, key: &str, tree: &Value, place: &Place) {
        match key {
            "account" => self.account(tree, place),
            "depends_on" => self.depends_on(tree, place),
            "existing" => self.existing(tree, place),
            "lifecycle" => self.lifecycle(tree, place),
            "timeouts" => self.timeouts(tree, place),
            ends::KEY if self.schema.kind == Kind::Attachment => self.ends(place),
            _ => match self.schema.attribute(key) {
                Some(attribute) if attribute.is_writable() => self.attribute(attribute, tree, place),
                Some(attribute) => {
                    let told = match attribute.presence {
                        Presence::Derived { from, .. } => {
                            let from = from.iter().map(|(reference, _)| *reference).collect::<Vec<_>>().join(" or ");
                            format!("{key} is taken from {from} and cannot be written.")
                        }
                        _ => format!("{key} is told by the cloud and cannot be written."),
                    };
                    self.found.push(problem(codes::UNKNOWN_KEY, told, place.as_key()).help("Take it out."));
                }
                None if LATER.contains(&key) => self.found.push(not_yet(key, place)),
                None if matches!(key, "id" | "status") => self.found.push(
                    problem(
                        codes::UNKNOWN_KEY,
                        format!("{key} is told by the cloud and cannot be written."),
                        place.as_key(),
                    )
                    .help("To use an object that is there already, write existing: ID."),
                ),
                None => {
                    let writable = self.schema.attributes.iter().filter(|attribute| attribute.is_writable());
                    let ends = (self.schema.kind == Kind::Attachment).then_some(ends::KEY);
                    let known = writable.map(|attribute| attribute.name).chain(ends).chain(COMMON).collect::<Vec<_>>();
                    let what = format!("A{}", &self.schema.kind.one()[1..]);
                    self.found.push(unknown_key(key, &what, &known, place));
                }
            },
        }
    }

    /// The flow logs that stand in an attachment are resources of their own.
    fn ends(&mut self, place: &Place) {
        let ty = type_of(&self.built.resource.attributes);
        if let Some(ty) = ty.filter(|ty| *ty != "peer") {
            let detail = format!("{} is not for type: {ty}, only for peer, which has two ends.", ends::KEY);
            let help = "Take it out, and declare the flow log of its own under flow_logs.";
            self.found.push(problem(codes::NOT_ALLOWED, detail, place.as_key()).help(help));
        }
    }

    /// The value of a tree in which nothing may be unknown.
    fn known(&mut self, what: &str, tree: &Value, place: &Place) -> Option<Value> {
        let value = self.context.value(tree, place, Secrets::Refuse, &mut Uses::default(), self.found)?;
        if value.has_unknown() {
            self.found.push(not_known(what, place));
            return None;
        }
        Some(value)
    }

    fn attribute(&mut self, attribute: &'static Attribute, tree: &Value, place: &Place) {
        let name = attribute.name;
        let ty = type_of(&self.built.resource.attributes);
        if !attribute.applies_to(ty) {
            // Without a type, or with a wrong one, which attributes there are is anyone's guess.
            if let Some(ty) = ty {
                let detail = format!("{name} is not for type: {ty}, only for {}.", attribute.only.join(", "));
                self.found.push(problem(codes::NOT_ALLOWED, detail, place.as_key()).help("Take it out."));
            }
            return;
        }
        match self.attribute_value(attribute, tree, place) {
            Ok(Some(value)) => self.built.set(attribute, value),
            Ok(None) => {}
            Err(Broken) => {
                self.built.broken.insert(name.to_owned());
            }
        }
    }

    /// The value; `None` if it is null.
    fn attribute_value(
        &mut self,
        attribute: &'static Attribute,
        tree: &Value,
        place: &Place,
    ) -> Result<Option<Value>, Broken> {
        let mut uses = Uses::default();
        let value = match attribute.ty {
            // `${srcaddr}` is the service's syntax.
            Type::LogFormat => Some(tree.clone()),
            _ => self.context.value(tree, place, Secrets::Refuse, &mut uses, self.found),
        };
        for (target, part) in uses.resources {
            self.built.uses(attribute, &target, false);
            self.built.needs.push((target, part));
        }
        let value = value.ok_or(Broken)?;
        if value.is_null() {
            return Ok(None);
        }
        if let Type::Reference(kind) = attribute.ty {
            let target = reference::target(attribute.name, kind, &value, place, self.context, self.found);
            return Ok(Some(self.built.refer_to(attribute, target.ok_or(Broken)?, place.clone())));
        }
        let what = match attribute.name {
            "type" | "region" | "owner" => Some(attribute.name),
            _ if matches!(attribute.ty, Type::Tags) => Some("Which tags there are"),
            _ => None,
        };
        if let Some(what) = what
            && matches!(value, Value::Unknown(_))
        {
            self.found.push(not_known(what, place));
            return Err(Broken);
        }
        if attribute.name == "owner" && !accounts::is_owner(&value, place, self.context, self.found) {
            return Err(Broken);
        }
        let faults = check::check(attribute, &value);
        if !faults.is_empty() {
            self.found.extend(faults.into_iter().map(|fault| placed(fault, place)));
            return Err(Broken);
        }
        if matches!(attribute.ty, Type::LogFormat) {
            self.found.extend(undocumented_fields(&value, place));
        }
        Ok(Some(check::normalise(&attribute.ty, value)))
    }

    fn depends_on(&mut self, tree: &Value, place: &Place) {
        let Some(value) = self.known("depends_on", tree, place) else { return };
        let Some(items) = value.as_list() else {
            self.found.push(wrong_type("depends_on", "a list of addresses", &value, place));
            return;
        };
        for (at, item) in items.iter().enumerate() {
            let place = place.item(at);
            if let Some(target) = reference::by_address(item, &place, self.context, self.found) {
                self.built.needs.push((target.clone(), place));
                self.built.resource.depends_on.insert(target);
            }
        }
    }

    fn existing(&mut self, tree: &Value, place: &Place) {
        // Whatever is wrong with it, what the cloud has is not required here.
        self.built.resource.existing = Some(Existing::Id(String::new()));
        let Some(value) = self.known("existing", tree, place) else { return };
        let (value, place, by_name) = match value {
            Value::Map(_) => {
                let fields = fields(&value, place, "existing", &["name"], self.found);
                let Some((_, name, place)) = fields.into_iter().next() else {
                    let detail = "existing names no object.";
                    let help = "Write existing: ID, or existing: { name: … }.";
                    self.found.push(problem(codes::MISSING, detail, place.clone()).help(help));
                    return;
                };
                (name.clone(), place, true)
            }
            other => (other, place.clone(), false),
        };
        match value {
            Value::Text(text) if !text.is_empty() => {
                let existing = if by_name { Existing::Name(text) } else { Existing::Id(text) };
                self.built.resource.existing = Some(existing);
            }
            other => self.found.push(wrong_type("existing", "an id, or a map with a name", &other, &place)),
        }
    }

    fn account(&mut self, tree: &Value, place: &Place) {
        let Some(value) = self.known("account", tree, place) else { return };
        self.built.resource.account = accounts::named(&value, place, self.context, self.found);
    }

    fn lifecycle(&mut self, tree: &Value, place: &Place) {
        let Some(value) = self.known("lifecycle", tree, place) else { return };
        lifecycle::read(&value, place, self.schema, self.context, &mut self.built, self.found);
    }

    fn timeouts(&mut self, tree: &Value, place: &Place) {
        let Some(value) = self.known("timeouts", tree, place) else { return };
        for (key, value, place) in fields(&value, place, "timeouts", &TIMEOUTS, self.found) {
            let duration = value.as_text().and_then(duration::parse).filter(|duration| *duration > Duration::ZERO);
            if duration.is_none() {
                let detail = format!("{key} must be a duration above 0, and this is {}.", check::described(value));
                self.found.push(problem(codes::NOT_ALLOWED, detail, place).help(duration::HELP));
            }
            let timeouts = &mut self.built.resource.timeouts;
            match key {
                "create" => timeouts.create = duration,
                "update" => timeouts.update = duration,
                _ => timeouts.delete = duration,
            }
        }
    }

    /// Tells what is required and not there. Of an object that somebody else manages, that is only
    /// what says what it is and where.
    fn missing(&mut self) {
        let resource = &self.built.resource;
        let existing = resource.existing.is_some();
        let ty = type_of(&resource.attributes);
        let missing = self.schema.attributes.iter().filter(|attribute| {
            let name = attribute.name;
            attribute.presence == Presence::Required
                && attribute.applies_to(ty)
                && (!existing || places_it(self.schema.kind, name))
                && !resource.attributes.contains_key(name)
                && !self.built.broken.contains(name)
        });
        let told = missing.map(|attribute| {
            let detail = format!("{} needs {}.", resource.address, attribute.name);
            problem(codes::MISSING, detail, self.built.place.as_key()).help(match attribute.ty {
                Type::Reference(kind) => format!("Add {}: NAME of a {}.", attribute.name, kind.spoken()),
                _ => format!("Add {}: … ({})", attribute.name, attribute.doc),
            })
        });
        let told = told.collect::<Vec<_>>();
        self.found.extend(told);
    }
}

/// Whether an attribute fixes what an object is and in which region.
pub(super) fn places_it(kind: Kind, attribute: &str) -> bool {
    matches!((kind, attribute), (_, "type") | (Kind::Attachment, "transit_router") | (Kind::Logstore, "project"))
}

/// Fields that the documentation does not have. The service may know them.
fn undocumented_fields(value: &Value, place: &Place) -> Vec<Diagnostic> {
    let fields = match value {
        Value::Text(raw) => {
            let fields = log_format::fields(raw).unwrap_or_default();
            fields.into_iter().map(|field| (field, place.clone())).collect::<Vec<_>>()
        }
        Value::List(items) => {
            let items = items.iter().enumerate();
            items.filter_map(|(at, item)| Some((item.as_text()?, place.item(at)))).collect()
        }
        _ => Vec::new(),
    };
    let unknown = fields.into_iter().filter(|(field, _)| !log_format::FIELDS.contains(field));
    unknown
        .map(|(field, place)| {
            let warning =
                caution(codes::UNKNOWN_FIELD, format!("{field} is not among the documented fields.")).place(place);
            match crate::base::text::nearest(field, log_format::FIELDS) {
                Some(near) => warning.help(format!("Did you mean {near}?")),
                None => warning.help("The service may refuse it; the documented ones are safe."),
            }
        })
        .collect()
}
