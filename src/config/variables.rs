//! Variables: their declarations and the four sources of their values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::base::text::{nearest, some};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::check::described;
use crate::model::value::Value;

use super::document::{Document, Entry};
use super::fields::{caution, fields, problem, unplaced, wrong_type};
use super::files::{self, Texts};
use super::load::LoadRequest;
use super::yaml;

/// The words for types.
pub(super) const TYPES: [&str; 5] = ["string", "number", "bool", "list", "map"];
/// The keys of a declaration.
pub(super) const KEYS: [&str; 5] = ["type", "default", "allowed", "description", "sensitive"];
/// What the names of environment variables begin with.
const PREFIX: &str = "CENFORM_VAR_";
/// The most declared names that are looked at for all names together that are not declared.
const MOST_HINTED: usize = 200_000;
/// The longest text of a value from the command line or the environment, in bytes.
const LONGEST: usize = 1 << 20;

/// A variable with its value. It has no `Debug`: the value may be a secret.
#[derive(Clone)]
pub(super) struct Variable {
    /// The value; `None` where there is a problem with it, which has been told.
    pub(super) value: Option<Value>,
    /// Whether it may feed credentials only (S21).
    pub(super) sensitive: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
enum Source {
    Flag,
    Environment,
    File(Place),
}

/// The values that are given from outside, the strongest first.
#[derive(Default)]
pub(super) struct Given {
    values: Vec<(String, Raw, Source)>,
}

impl Given {
    /// The values that files give, by name, each as often as it is given.
    pub(super) fn in_files(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().filter_map(|(name, raw, _)| match raw {
            Raw::Typed(value) => Some((name.as_str(), value)),
            Raw::Text(_) => None,
        })
    }
}

#[derive(Clone)]
enum Raw {
    /// Text that is read by the variable's type.
    Text(String),
    /// A value that has a type.
    Typed(Value),
}

/// Collects what is given, the strongest first: `--var`, then `--var-file` (of each the later first), then the environment.
pub(super) fn gather(request: &LoadRequest<'_>, texts: &mut Texts, found: &mut Vec<Diagnostic>) -> Given {
    let mut values = Vec::new();
    for (name, text) in request.vars.iter().rev() {
        values.push((name.clone(), Raw::Text(text.clone()), Source::Flag));
    }
    for path in request.var_files.iter().rev() {
        values.extend(read_file(request, path, texts, found));
    }
    for (name, text) in request.environment.with_prefix(PREFIX) {
        values.push((name.to_owned(), Raw::Text(text.to_owned()), Source::Environment));
    }
    Given { values }
}

fn read_file(
    request: &LoadRequest<'_>,
    path: &PathBuf,
    texts: &mut Texts,
    found: &mut Vec<Diagnostic>,
) -> Vec<(String, Raw, Source)> {
    let Some(text) = files::read(request.files, path, found) else { return Vec::new() };
    // JSON is YAML.
    let tree = yaml::parse(path, &text, found);
    texts.insert(path.clone(), text);
    let place = Place::file(path);
    let entries = match tree {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Map(entries)) => entries,
        Some(other) => {
            found.push(wrong_type("A file of variables", "a map from names to values", &other, &place));
            return Vec::new();
        }
    };
    let terraform = !entries.is_empty() && entries.values().all(is_terraform_output);
    entries
        .into_iter()
        .map(|(name, value)| {
            let place = place.field(&name);
            match value {
                Value::Map(mut output) if terraform => {
                    let value = output.remove("value").unwrap_or(Value::Null);
                    (name, Raw::Typed(value), Source::File(place.field("value")))
                }
                value => (name, Raw::Typed(value), Source::File(place)),
            }
        })
        .collect()
}

/// Whether this is what `terraform output -json` writes for one output.
fn is_terraform_output(value: &Value) -> bool {
    value.as_map().is_some_and(|output| {
        output.len() == 3 && ["sensitive", "type", "value"].iter().all(|key| output.contains_key(*key))
    })
}

/// The declared variables with their values.
pub(super) fn read(document: &Document, given: &Given, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Variable> {
    let declared = &document.variables;
    let mut told = BTreeSet::new();
    for (name, _, source) in given.values.iter().filter(|(name, ..)| !declared.contains_key(name)) {
        if told.insert(name) {
            // A file that is not meant for this stack may have very many names.
            let looked_at = told.len().saturating_mul(declared.len());
            let names = declared.keys().filter(|_| looked_at <= MOST_HINTED).cloned().collect::<Vec<_>>();
            found.extend(undeclared(name, source, &names));
        }
    }
    declared
        .iter()
        .map(|(name, entry)| {
            let given = given.values.iter().find(|(given, ..)| given == name);
            (name.clone(), declare(name, entry, given.map(|(_, raw, source)| (raw, source)), found))
        })
        .collect()
}

/// A value that nothing takes. The outputs of another tool may be more than this stack wants, and the
/// environment is shared, so only what was written for this stack is an error.
fn undeclared(name: &str, source: &Source, declared: &[String]) -> Option<Diagnostic> {
    let detail = format!("{} gives a value, but the stack declares no variable \"{name}\".", source.spoken(name));
    let near = nearest(name, declared.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("Did you mean {near}?"),
        None if declared.is_empty() => "Take it out, or declare it under variables.".to_owned(),
        None => format!("Declared: {}.", some(declared)),
    };
    match source {
        Source::File(place) if place.path.len() > 1 => None,
        Source::File(place) => Some(problem(codes::VARIABLE, detail, place.as_key()).help(help)),
        Source::Flag => Some(unplaced(codes::VARIABLE, detail).help(help)),
        Source::Environment => Some(caution(codes::UNDECLARED_VARIABLE, detail).help(help)),
    }
}

impl Source {
    fn spoken(&self, name: &str) -> String {
        match self {
            Self::Flag => format!("--var {name}"),
            Self::Environment => format!("The environment variable {PREFIX}{name}"),
            Self::File(place) => place.file.display().to_string(),
        }
    }
}

/// What a declaration says.
struct Declaration<'v> {
    ty: &'static str,
    allowed: Option<&'v [Value]>,
    sensitive: bool,
}

fn declare(name: &str, entry: &Entry, given: Option<(&Raw, &Source)>, found: &mut Vec<Diagnostic>) -> Variable {
    let before = found.len();
    let mut declaration = Declaration { ty: "string", allowed: None, sensitive: false };
    let mut default = None;
    for (key, value, place) in fields(&entry.value, &entry.place, "A variable", &KEYS, found) {
        match (key, value) {
            ("type", Value::Text(word)) => {
                if let Some(ty) = TYPES.into_iter().find(|ty| ty == word) {
                    declaration.ty = ty;
                } else {
                    let unknown = problem(codes::NOT_ALLOWED, format!("There is no type \"{word}\"."), place);
                    let near = nearest(word, TYPES).map(|near| format!("Did you mean {near}?"));
                    found.push(unknown.help(near.unwrap_or_else(|| format!("Types: {}.", TYPES.join(", ")))));
                }
            }
            ("default", value) => default = Some((value, place)),
            ("allowed", Value::List(items)) => declaration.allowed = Some(items),
            ("sensitive", Value::Bool(sensitive)) => declaration.sensitive = *sensitive,
            ("description", Value::Text(_)) => {}
            ("allowed", other) => found.push(wrong_type(key, "a list", other, &place)),
            ("sensitive", other) => found.push(wrong_type(key, "true or false", other, &place)),
            (_, other) => found.push(wrong_type(key, "text", other, &place)),
        }
    }
    let broken = Variable { value: None, sensitive: declaration.sensitive };
    if let Some(allowed) = declaration.allowed {
        let place = entry.place.field("allowed");
        for (at, item) in allowed.iter().enumerate().filter(|(_, item)| !is_of_type(item, declaration.ty)) {
            found.push(wrong_type("An allowed value", spoken(declaration.ty), item, &place.item(at)));
        }
    }
    if let Some((value, place)) = &default {
        if holds_expression(value) {
            found.push(
                problem(codes::EXPRESSION, "The default of a variable cannot hold an expression.", place.clone())
                    .help("Work it out in locals, and use the local value."),
            );
        } else {
            check(name, value, &declaration, "Its default", Some(place), found);
        }
    }
    if found.len() > before {
        return broken;
    }
    let value = match (given, default) {
        (Some((raw, source)), _) => given_value(name, raw, source, &declaration, found),
        (None, Some((value, _))) => Some(value.clone()),
        (None, None) => {
            found.push(
                problem(codes::VARIABLE, format!("The variable \"{name}\" has no value."), entry.place.as_key())
                    .help(format!("Give it one with --var {name}=…, --var-file, {PREFIX}{name} or a default.")),
            );
            None
        }
    };
    Variable { value, ..broken }
}

fn given_value(
    name: &str,
    raw: &Raw,
    source: &Source,
    declaration: &Declaration<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let place = match source {
        Source::File(place) => Some(place),
        Source::Flag | Source::Environment => None,
    };
    let value = match raw {
        Raw::Typed(value) => value.clone(),
        Raw::Text(text) if declaration.ty == "string" => Value::Text(text.clone()),
        Raw::Text(text) if text.len() > LONGEST => {
            let detail = format!("{} is longer than 1 MiB.", source.spoken(name));
            found.push(unplaced(codes::VARIABLE, detail).help("Give it in a file, with --var-file."));
            return None;
        }
        // What is no YAML is text, which the check below refuses.
        Raw::Text(text) => yaml::parse_inline(text).unwrap_or_else(|_| Value::Text(text.clone())),
    };
    let before = found.len();
    check(name, &value, declaration, &source.spoken(name), place, found);
    (found.len() == before).then_some(value)
}

/// Checks a value against its declaration. The value of a sensitive variable is never shown.
fn check(
    name: &str,
    value: &Value,
    declaration: &Declaration<'_>,
    what: &str,
    place: Option<&Place>,
    found: &mut Vec<Diagnostic>,
) {
    let shown = if declaration.sensitive { "something else".to_owned() } else { described(value) };
    let wrong = if !is_of_type(value, declaration.ty) {
        let detail = format!("The variable \"{name}\" takes {}. {what} is {shown}.", spoken(declaration.ty));
        let help = match (declaration.ty, value) {
            ("string", Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
                "Put the value in quotes, or declare another type.".to_owned()
            }
            _ => format!("Write {}, or declare another type.", example(declaration.ty)),
        };
        unplaced(codes::VARIABLE, detail).help(help)
    } else if let Some(allowed) = declaration.allowed.filter(|allowed| !allowed.contains(value)) {
        let words = allowed.iter().map(|item| item.as_text().map_or_else(|| text(item), ToOwned::to_owned));
        let words = words.collect::<Vec<_>>().join(", ");
        let detail = format!("The variable \"{name}\" allows only {words}. {what} is {shown}.");
        let near = value
            .as_text()
            .filter(|_| !declaration.sensitive)
            .and_then(|value| nearest(value, allowed.iter().filter_map(Value::as_text)));
        let diagnostic = unplaced(codes::VARIABLE, detail);
        match near {
            Some(near) => diagnostic.help(format!("Did you mean {near}?")),
            None => diagnostic.help("Give one of the allowed values."),
        }
    } else {
        return;
    };
    // A place is shown with its line, and the line has the value.
    let place = place.filter(|_| !declaration.sensitive).cloned();
    found.push(Diagnostic { place, ..wrong });
}

fn text(value: &Value) -> String {
    serde_json::Value::from(value).to_string()
}

fn is_of_type(value: &Value, ty: &str) -> bool {
    matches!(
        (ty, value),
        ("string", Value::Text(_))
            | ("number", Value::Int(_) | Value::Float(_))
            | ("bool", Value::Bool(_))
            | ("list", Value::List(_))
            | ("map", Value::Map(_))
    )
}

fn spoken(ty: &str) -> &'static str {
    match ty {
        "number" => "a number",
        "bool" => "true or false",
        "list" => "a list",
        "map" => "a map",
        _ => "text",
    }
}

fn example(ty: &str) -> &'static str {
    match ty {
        "number" => "a number such as 60",
        "bool" => "true or false",
        "list" => "a list such as [a, b]",
        "map" => "a map such as {a: 1}",
        _ => "text",
    }
}

fn holds_expression(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains("${"),
        Value::List(items) => items.iter().any(holds_expression),
        Value::Map(entries) => entries.values().any(holds_expression),
        _ => false,
    }
}
