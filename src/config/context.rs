//! What expressions may use, and the working out of values in which they stand.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::{list, nearest, some};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::expr::{self, Evaluated, ExprError, ExprErrorKind, Found, Reference, Scope, Template};
use crate::kinds::registry::schema;
use crate::model::address::{Address, Kind};
use crate::model::value::{Expression, Value};

use super::document::Entry;
use super::fields::problem;
use super::variables::Variable;

/// The most names that all hints of a run look at.
const MOST_HINTED: usize = 200_000;

/// Variables, local values and the names of resources.
pub(super) struct Context<'a> {
    variables: BTreeMap<String, Variable>,
    locals: BTreeMap<String, Local>,
    accounts: &'a BTreeMap<String, Entry>,
    declared: &'a BTreeMap<Address, Entry>,
    /// How many names have been given for hints.
    hinted: Cell<usize>,
}

/// A local value.
#[derive(Debug, Clone, Default)]
pub(super) struct Local {
    /// The value; `None` where there is a problem with it, which has been told.
    pub(super) value: Option<Value>,
    /// Whether a sensitive variable went into it (S21).
    pub(super) sensitive: bool,
    /// The resources that went into it.
    pub(super) resources: BTreeSet<Address>,
}

/// What a value uses besides itself.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Whether a sensitive variable went into it.
    pub(super) sensitive: bool,
    /// The resources, and where each is used.
    pub(super) resources: Vec<(Address, Place)>,
}

impl Uses {
    /// The resources.
    pub(super) fn addresses(&self) -> BTreeSet<Address> {
        self.resources.iter().map(|(address, _)| address.clone()).collect()
    }
}

/// What happens to a value into which a sensitive variable goes (S21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// It becomes sensitive itself.
    Taint,
    /// It is an error.
    Refuse,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        variables: BTreeMap<String, Variable>,
        accounts: &'a BTreeMap<String, Entry>,
        declared: &'a BTreeMap<Address, Entry>,
    ) -> Self {
        Self { variables, locals: BTreeMap::new(), accounts, declared, hinted: Cell::new(0) }
    }

    /// Whether an account is declared.
    pub(super) fn is_account(&self, name: &str) -> bool {
        self.accounts.contains_key(name)
    }

    /// The names of the declared accounts, for hints; none once there have been too many hints.
    pub(super) fn account_names(&self) -> Vec<String> {
        self.for_hints(self.accounts.keys())
    }

    /// Makes the names known; until it is set, a value counts as one with a problem.
    pub(super) fn declare_locals<'n>(&mut self, names: impl Iterator<Item = &'n String>) {
        self.locals = names.map(|name| (name.clone(), Local::default())).collect();
    }

    pub(super) fn set_local(&mut self, name: String, local: Local) {
        self.locals.insert(name, local);
    }

    /// Whether a resource is declared.
    pub(super) fn is_declared(&self, address: &Address) -> bool {
        self.declared.contains_key(address)
    }

    /// The names of the declared resources of a kind, for hints; none once there have been too many hints.
    pub(super) fn names(&self, kind: Kind) -> Vec<String> {
        let names = self.declared.keys().filter(|address| address.kind == kind);
        let mut names = self.for_hints(names.map(|address| &address.name));
        names.dedup();
        names
    }

    /// The keys of the instances of a resource; none if it has no instances.
    pub(super) fn keys(&self, plain: &Address) -> Vec<String> {
        let instances = self.declared.range(plain..).map(|(address, _)| address);
        let instances = instances.take_while(|address| address.kind == plain.kind && address.name == plain.name);
        instances.filter_map(|address| address.key.clone()).collect()
    }

    /// The names of the variables or local values, for hints; none once there have been too many hints.
    fn names_under(&self, root: &str) -> Vec<String> {
        match root {
            "var" => self.for_hints(self.variables.keys()),
            "local" => self.for_hints(self.locals.keys()),
            _ => Vec::new(),
        }
    }

    /// Where something large is renamed, there are as many problems as names, and comparing each with each would
    /// take for ever.
    fn for_hints<'n>(&self, names: impl Iterator<Item = &'n String>) -> Vec<String> {
        if self.hinted.get() > MOST_HINTED {
            return Vec::new();
        }
        let names = names.cloned().collect::<Vec<_>>();
        self.hinted.set(self.hinted.get() + names.len());
        names
    }

    /// What to do where there is no resource of this name and none with a similar one.
    pub(super) fn declared_under(kind: Kind, names: &[String]) -> String {
        if names.is_empty() {
            format!("Declare it under {}.", kind.section())
        } else {
            format!("Declared under {}: {}.", kind.section(), some(names))
        }
    }

    /// The kinds that have a resource of this name.
    pub(super) fn kinds_of(&self, name: &str) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.is_declared(&Address::new(*kind, name))).collect()
    }

    /// Works out every text in a tree. `None` if there is a problem, which has been told.
    pub(super) fn value(
        &self,
        tree: &Value,
        place: &Place,
        secrets: Secrets,
        uses: &mut Uses,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        match tree {
            Value::Text(text) => self.text(text, place, secrets, uses, found),
            Value::List(items) => {
                let items = items.iter().enumerate();
                // All items are worked out, so that each tells its problems.
                let worked = items.map(|(at, item)| self.value(item, &place.item(at), secrets, uses, found));
                worked.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Value::List)
            }
            Value::Map(entries) => {
                let mut worked = BTreeMap::new();
                let mut whole = true;
                for (key, inner) in entries {
                    let place = place.field(key);
                    if key.contains("${") {
                        found.push(
                            problem(codes::EXPRESSION, "A key cannot hold an expression.", place.as_key())
                                .help("Write the key out, or build the map in one expression."),
                        );
                        whole = false;
                    }
                    match self.value(inner, &place, secrets, uses, found) {
                        Some(inner) => {
                            worked.insert(key.clone(), inner);
                        }
                        None => whole = false,
                    }
                }
                whole.then_some(Value::Map(worked))
            }
            other => Some(other.clone()),
        }
    }

    fn text(
        &self,
        text: &str,
        place: &Place,
        secrets: Secrets,
        uses: &mut Uses,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let told = |error: ExprError| {
            let diagnostic = problem(error.kind.code(), error.message, place.part(error.offset, error.length));
            Diagnostic { help: error.help, ..diagnostic }
        };
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => {
                found.push(told(error));
                return None;
            }
        };
        let before = found.len();
        let mut usable = true;
        let mut sensitive = false;
        for reference in template.references() {
            let part = place.part(reference.offset, reference.length);
            if let Some(kind) = reference.kind() {
                match self.resource(kind, reference) {
                    Ok(address) => uses.resources.push((address, part)),
                    Err(error) => found.push(told(*error)),
                }
            } else {
                let named = self.named(reference);
                usable &= named.iter().all(|named| named.value.is_some());
                for local in &named {
                    let resources = local.resources.iter().flat_map(|resources| resources.iter());
                    uses.resources.extend(resources.map(|address| (address.clone(), part.clone())));
                }
                if named.iter().any(|named| named.sensitive) {
                    sensitive = true;
                    if secrets == Secrets::Refuse {
                        let detail = format!("{} is sensitive, and would be shown here.", reference.path.join("."));
                        found.push(
                            problem(codes::SENSITIVE, detail, part)
                                .help("Sensitive variables may feed the credentials of accounts only."),
                        );
                    }
                }
            }
        }
        uses.sensitive |= sensitive;
        if found.len() > before || !usable {
            return None;
        }
        let outcome = template.evaluate(self).and_then(|evaluated| match evaluated {
            Evaluated::Known(value) => Ok(value),
            Evaluated::Unknown => self.unknown(text, &template),
        });
        match outcome {
            Ok(value) => Some(value),
            // What went wrong may quote the secret.
            Err(error) if sensitive => {
                let detail = "This cannot be worked out; why is not shown, because it is sensitive.";
                found.push(problem(error.kind.code(), detail, place.part(error.offset, error.length)));
                None
            }
            Err(error) => {
                found.push(told(error));
                None
            }
        }
    }

    /// The variable or local value that is referred to; all of them if the name is worked out.
    fn named(&self, reference: &Reference) -> Vec<Named<'_>> {
        match (reference.root(), reference.name()) {
            ("var", Some(name)) => self.variables.get_key_value(name).map(Named::variable).into_iter().collect(),
            ("var", None) => self.variables.iter().map(Named::variable).collect(),
            ("local", Some(name)) => self.locals.get_key_value(name).map(Named::local).into_iter().collect(),
            ("local", None) => self.locals.iter().map(Named::local).collect(),
            _ => Vec::new(),
        }
    }

    /// The resource that is referred to, if it and the attribute are there.
    fn resource(&self, kind: Kind, reference: &Reference) -> Result<Address, Box<ExprError>> {
        let Some(name) = reference.name() else {
            let message =
                format!("Which {} is meant must be written out: its name cannot be worked out.", kind.spoken());
            return Err(Box::new(undefined(reference, message, None)));
        };
        let plain = Address::new(kind, name);
        let (address, rest) = match (self.keys(&plain), reference.path.get(2)) {
            (keys, Some(key)) if keys.contains(key) => (Address { key: Some(key.clone()), ..plain }, 3),
            (keys, _) if keys.is_empty() => (plain, 2),
            (keys, key) => {
                let instance = |key: &String| Address { key: Some(key.clone()), ..plain.clone() }.to_string();
                let message = match key {
                    Some(key) => format!("There is no {}.", instance(key)),
                    None => format!("Which instance of {plain} is meant must be written out."),
                };
                let help = format!("There is {}.", some(&keys.iter().map(instance).collect::<Vec<_>>()));
                return Err(Box::new(undefined(reference, message, Some(help))));
            }
        };
        if !self.is_declared(&address) {
            let names = self.names(kind);
            let hyphenated = names.iter().find(|declared| declared.starts_with(&format!("{name}-")));
            let help = match (nearest(name, names.iter().map(String::as_str)), hyphenated) {
                (_, Some(whole)) => format!("A name with a hyphen stands in brackets: {kind}['{whole}']."),
                (Some(near), None) => format!("Did you mean {kind}.{near}?"),
                (None, None) => Self::declared_under(kind, &names),
            };
            let message = format!("There is no {} \"{name}\".", kind.spoken());
            return Err(Box::new(undefined(reference, message, Some(help))));
        }
        if let Some(attribute) = reference.path.get(rest)
            && !attributes(kind).any(|known| known == attribute)
        {
            let help = match nearest(attribute, attributes(kind)) {
                Some(near) => format!("Did you mean {near}?"),
                None => format!("It has {}.", list(&attributes(kind).map(ToOwned::to_owned).collect::<Vec<_>>())),
            };
            let message = format!("There is no attribute \"{attribute}\" of {}.", kind.one());
            return Err(Box::new(undefined(reference, message, Some(help))));
        }
        Ok(address)
    }

    /// The unknown value of a text, with what it needs besides resources.
    fn unknown(&self, text: &str, template: &Template) -> Result<Value, ExprError> {
        let mut bindings = BTreeMap::<String, BTreeMap<String, Value>>::new();
        for reference in template.references().iter().filter(|reference| reference.kind().is_none()) {
            let named = self.named(reference);
            if named.is_empty()
                && let Some(name) = reference.name()
            {
                let names = self.names_under(reference.root());
                let near = nearest(name, names.iter().map(String::as_str));
                let help = near.map(|near| format!("Did you mean {}.{near}?", reference.root()));
                let message = format!("There is no {}.{name}.", reference.root());
                return Err(undefined(reference, message, help));
            }
            let bound = bindings.entry(reference.root().to_owned()).or_default();
            let known = named.into_iter().filter_map(|named| Some((named.name.to_owned(), named.value?.clone())));
            bound.extend(known);
        }
        let bindings = bindings.into_iter().map(|(root, bound)| (root, Value::Map(bound))).collect();
        let value = Value::Unknown(Expression { source: text.to_owned(), bindings });
        expr::check_size(&value)?;
        Ok(value)
    }
}

/// A variable or local value.
struct Named<'c> {
    name: &'c str,
    value: Option<&'c Value>,
    sensitive: bool,
    resources: Option<&'c BTreeSet<Address>>,
}

impl<'c> Named<'c> {
    fn variable((name, variable): (&'c String, &'c Variable)) -> Self {
        Self { name, value: variable.value.as_ref(), sensitive: variable.sensitive, resources: None }
    }

    fn local((name, local): (&'c String, &'c Local)) -> Self {
        Self { name, value: local.value.as_ref(), sensitive: local.sensitive, resources: Some(&local.resources) }
    }
}

fn undefined(reference: &Reference, message: String, help: Option<String>) -> ExprError {
    let (offset, length) = (reference.offset, reference.length);
    ExprError { kind: ExprErrorKind::Undefined, message, help, offset, length }
}

/// The attributes of a kind that expressions can read.
fn attributes(kind: Kind) -> impl Iterator<Item = &'static str> + Clone {
    let own = schema(kind).attributes.iter().map(|attribute| attribute.name);
    ["id", "status"].into_iter().chain(own.filter(|name| *name != "status"))
}

impl Scope for Context<'_> {
    fn look(&self, path: &[String]) -> Found {
        let [root, name, rest @ ..] = path else { return Found::Inner };
        if let Some(kind) = Kind::from_word(root) {
            // Names, keys and attributes that are written out have been checked.
            let plain = Address::new(kind, name.clone());
            let keys = self.keys(&plain);
            let rest = match rest {
                [key, rest @ ..] if keys.contains(key) => rest,
                [] if !keys.is_empty() => return Found::Inner,
                [_, ..] if !keys.is_empty() => return Found::Missing(keys),
                _ if self.is_declared(&plain) => rest,
                _ => return Found::Missing(self.names(kind)),
            };
            return match rest.first() {
                None => Found::Inner,
                Some(attribute) if attributes(kind).any(|known| known == attribute) => Found::Unknown,
                Some(_) => Found::Missing(attributes(kind).map(ToOwned::to_owned).collect()),
            };
        }
        let value = match root.as_str() {
            "var" => self.variables.get(name).map(|variable| variable.value.as_ref()),
            "local" => self.locals.get(name).map(|local| local.value.as_ref()),
            _ => None,
        };
        match value {
            Some(Some(Value::Unknown(_)) | None) => Found::Unknown,
            Some(Some(value)) => Found::Known(value.clone()),
            None => Found::Missing(self.names_under(root)),
        }
    }
}
