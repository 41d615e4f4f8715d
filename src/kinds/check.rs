//! Checks values against the schema. Knows no files: a caller adds the places. Unknown values pass
//! everywhere, and are checked again once they are known (S10).

use std::collections::{BTreeMap, BTreeSet};

use super::log_format;
use super::log_index;
use super::schema::{Attribute, Presence, Schema, Type, Violation};
use crate::base::text::{list, nearest};
use crate::diagnostics::{Segment, codes};
use crate::model::value::{Attributes, Value};

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code of a diagnostic about it.
    pub code: &'static str,
    /// The way into the value.
    pub path: Vec<Segment>,
    /// Whether the key at the end of the path is meant rather than its value.
    pub key: bool,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do, in a sentence.
    pub help: Option<String>,
    /// Another place in the value that has to do with it.
    pub related: Option<Vec<Segment>>,
}

impl Fault {
    pub(super) fn new(code: &'static str, path: &[Segment], message: impl Into<String>) -> Self {
        Self { code, path: path.to_vec(), key: false, message: message.into(), help: None, related: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The most tags of a resource (the CreateFlowlog page, Tag).
const MOST_TAGS: usize = 20;

/// What is wrong with the value of one attribute, as the YAML may write it: a log format may still
/// be a list, a set in any order. A reference is its target's id.
pub fn check(attribute: &Attribute, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    check_at(attribute.name, &attribute.ty, value, &mut Vec::new(), &mut faults);
    faults
}

/// What is wrong with a resource's attributes, now that more of them are known: each by itself, and
/// the kind's rules between them (S10).
pub fn check_all(schema: &Schema, attributes: &Attributes) -> (Vec<Fault>, Vec<Violation>) {
    let faults = schema.attributes.iter().flat_map(|attribute| {
        let value = attributes.get(attribute.name);
        value.into_iter().flat_map(|value| check(attribute, value)).map(|mut fault| {
            fault.path.insert(0, Segment::Key(attribute.name.to_owned()));
            fault
        })
    });
    (faults.collect(), (schema.rules)(attributes))
}

/// Attributes in the one form in which each is kept.
pub fn normalise_all(schema: &Schema, attributes: Attributes) -> Attributes {
    let normal = |(name, value): (String, Value)| {
        let value = match schema.attribute(&name) {
            Some(attribute) => normalise(&attribute.ty, value),
            None => value,
        };
        (name, value)
    };
    attributes.into_iter().map(normal).collect()
}

/// The one form of a value that is kept: sets sorted, nulls inside left out, a log format as its raw text, an index
/// without what is so anyway.
pub fn normalise(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Set { item, key, .. }, Value::List(items)) => {
            let mut items = items.into_iter().map(|inner| normalise(item, inner)).collect::<Vec<_>>();
            items.sort_by_cached_key(|inner| {
                let by = key.and_then(|key| inner.as_map().and_then(|fields| fields.get(key)));
                (by.map(text_of), text_of(inner))
            });
            Value::List(items)
        }
        (Type::Object(attributes), Value::Map(entries)) => Value::Map(
            entries
                .into_iter()
                .filter(|(_, inner)| !inner.is_null())
                .map(|(name, inner)| {
                    let attribute = attributes.iter().find(|attribute| attribute.name == name);
                    let inner = match attribute {
                        Some(attribute) => normalise(&attribute.ty, inner),
                        None => inner,
                    };
                    (name, inner)
                })
                .collect(),
        ),
        (Type::Tags, Value::Map(entries)) => {
            Value::Map(entries.into_iter().filter(|(_, inner)| !inner.is_null()).collect())
        }
        (Type::Map(item), Value::Map(entries)) => {
            let entries = entries.into_iter().filter(|(_, inner)| !inner.is_null());
            Value::Map(entries.map(|(name, inner)| (name, normalise(item, inner))).collect())
        }
        (Type::Index(fields), value) => log_index::normal(normalise(&Type::Object(fields), value)),
        (Type::LogFormat, Value::List(items)) => Value::Text(log_format::raw(items.iter().filter_map(Value::as_text))),
        (_, value) => value,
    }
}

/// What is wanted and what is shown, as they are compared and put side by side: a word for an index is what it stands
/// for, and what an index leaves to the service is as it is.
pub fn side_by_side(ty: &Type, wanted: &Value, shown: &Value) -> (Value, Value) {
    match ty {
        Type::Index(_) => {
            let shown = log_index::unfolded(shown);
            (log_index::completed(log_index::unfolded(wanted), &shown), shown)
        }
        _ => (wanted.clone(), shown.clone()),
    }
}

fn text_of(value: &Value) -> String {
    serde_json::Value::from(value).to_string()
}

fn check_at(name: &str, ty: &Type, value: &Value, path: &mut Vec<Segment>, faults: &mut Vec<Fault>) {
    if matches!(value, Value::Unknown(_)) {
        return;
    }
    let not_allowed = |words: String| Fault::new(codes::NOT_ALLOWED, path, words);
    match ty {
        Type::Text(rule) => match value {
            Value::Text(text) if (rule.check)(text) => {}
            Value::Text(text) => faults.push(not_allowed(format!(
                "{name} must be {}, and this is {}.",
                rule.words,
                if text.is_empty() { "empty".to_owned() } else { short(text) }
            ))),
            other => faults.push(not_text(name, other, path)),
        },
        Type::Reference(kind) => match value {
            Value::Text(text) if !text.is_empty() => {}
            other => faults.push(not_text(name, other, path).help(format!("Write the name of {}.", kind.one()))),
        },
        Type::Int(from, to) => match value {
            Value::Int(number) if (from..=to).contains(&number) => {}
            Value::Int(number) => {
                faults.push(not_allowed(format!("{name} must be from {from} to {to}, and this is {number}.")));
            }
            other => faults.push(not_number(name, other, path)),
        },
        Type::OneOfInt(allowed) => match value {
            Value::Int(number) if allowed.contains(number) => {}
            Value::Int(number) => {
                let words = allowed.iter().map(i64::to_string).collect::<Vec<_>>().join(" or ");
                faults.push(not_allowed(format!("{name} must be {words}, and this is {number}.")));
            }
            other => faults.push(not_number(name, other, path)),
        },
        Type::Bool => match value {
            Value::Bool(_) => {}
            Value::Text(text) => faults.push(
                Fault::new(
                    codes::WRONG_TYPE,
                    path,
                    format!("{name} must be true or false, and this is the text {}.", short(text)),
                )
                .help("Write true or false, without quotes."),
            ),
            other => {
                let message = format!("{name} must be true or false, and this is {}.", described(other));
                faults.push(Fault::new(codes::WRONG_TYPE, path, message));
            }
        },
        Type::OneOf(allowed) => match value {
            Value::Text(text) if allowed.contains(&text.as_str()) => {}
            Value::Text(text) => {
                let fault =
                    not_allowed(format!("{name} must be {}, and this is {}.", allowed.join(" or "), short(text)));
                let near = nearest(&text.to_lowercase(), allowed.iter().copied())
                    .or_else(|| allowed.iter().copied().find(|word| word.eq_ignore_ascii_case(text)));
                faults.push(match near {
                    Some(near) => fault.help(format!("Did you mean {near}?")),
                    None => fault,
                });
            }
            other => faults.push(not_text(name, other, path)),
        },
        Type::Tags => check_tags(name, value, path, faults),
        Type::Set { item, min, max, key } => {
            let Value::List(items) = value else {
                let message = format!("{name} must be a list, and this is {}.", described(value));
                faults.push(Fault::new(codes::WRONG_TYPE, path, message).help("Begin each item with a hyphen."));
                return;
            };
            if items.len() < *min || items.len() > *max {
                let message = format!("{name} takes {min} to {max} items, and this has {}.", items.len());
                faults.push(Fault::new(codes::NOT_ALLOWED, path, message));
            }
            for (at, inner) in items.iter().enumerate() {
                path.push(Segment::Index(at));
                check_at("an item", item, inner, path, faults);
                path.pop();
            }
            if let Some(key) = key {
                check_distinct(name, key, items, path, faults);
            }
        }
        Type::Object(attributes) => check_object(name, attributes, value, path, faults),
        Type::Map(item) => {
            let Value::Map(entries) = value else {
                let message = format!("{name} must be a map of names, and this is {}.", described(value));
                faults.push(Fault::new(codes::WRONG_TYPE, path, message));
                return;
            };
            for (key, inner) in entries.iter().filter(|(_, inner)| !inner.is_null()) {
                path.push(Segment::Key(key.clone()));
                check_at(key, item, inner, path, faults);
                path.pop();
            }
        }
        Type::LogFormat => check_log_format(name, value, path, faults),
        Type::Index(fields) => match value {
            Value::Text(word) if word == log_index::PRESET => {}
            Value::Map(entries) => {
                check_object(name, fields, value, path, faults);
                log_index::check(entries, path, faults);
            }
            other => {
                let message = format!(
                    "{name} must be {}, or a map with line and keys, and this is {}.",
                    log_index::PRESET,
                    described(other)
                );
                let help = format!("Write {} to make every field of a flow log searchable.", log_index::PRESET);
                faults.push(Fault::new(codes::NOT_ALLOWED, path, message).help(help));
            }
        },
    }
}

fn check_object(name: &str, attributes: &[Attribute], value: &Value, path: &mut Vec<Segment>, faults: &mut Vec<Fault>) {
    let Value::Map(entries) = value else {
        let names = attributes.iter().map(|attribute| attribute.name.to_owned()).collect::<Vec<_>>();
        let message = format!("{name} must be a map with {}, and this is {}.", list(&names), described(value));
        faults.push(Fault::new(codes::WRONG_TYPE, path, message));
        return;
    };
    for (key, inner) in entries {
        path.push(Segment::Key(key.clone()));
        match attributes.iter().find(|attribute| attribute.name == key) {
            Some(_) if inner.is_null() => {}
            Some(attribute) => check_at(attribute.name, &attribute.ty, inner, path, faults),
            None => {
                let names = attributes.iter().map(|attribute| attribute.name);
                let mut fault =
                    Fault::new(codes::UNKNOWN_KEY, path, format!("There is no \"{}\" here.", short_plain(key)));
                fault.key = true;
                fault.help = Some(match nearest(key, names.clone()) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => format!("Known here: {}.", names.collect::<Vec<_>>().join(", ")),
                });
                faults.push(fault);
            }
        }
        path.pop();
    }
    for attribute in attributes.iter().filter(|attribute| attribute.presence == Presence::Required) {
        if entries.get(attribute.name).is_none_or(Value::is_null) {
            let message = format!("{} is required here.", attribute.name);
            faults
                .push(Fault::new(codes::MISSING, path, message).help(format!("{}: {}", attribute.name, attribute.doc)));
        }
    }
}

fn check_distinct(name: &str, key: &str, items: &[Value], path: &[Segment], faults: &mut Vec<Fault>) {
    let mut seen = BTreeMap::new();
    for (at, inner) in items.iter().enumerate() {
        let Some(text) = inner.as_map().and_then(|fields| fields.get(key)).and_then(Value::as_text) else { continue };
        let place = |at: usize| {
            let mut place = path.to_vec();
            place.extend([Segment::Index(at), Segment::Key(key.to_owned())]);
            place
        };
        if let Some(first) = seen.insert(text, at) {
            let message = format!("Two items of {name} have the same {key}, {}.", short(text));
            let mut fault = Fault::new(codes::NOT_ALLOWED, &place(at), message).help("Keep one of them.");
            fault.related = Some(place(first));
            faults.push(fault);
        }
    }
}

/// The rules of the CreateFlowlog page for tag keys and values.
fn check_tags(name: &str, value: &Value, path: &mut Vec<Segment>, faults: &mut Vec<Fault>) {
    let Value::Map(entries) = value else {
        let message = format!("{name} must be a map of text to text, and this is {}.", described(value));
        faults.push(Fault::new(codes::WRONG_TYPE, path, message).help("Write it as name: value, one a line."));
        return;
    };
    if entries.len() > MOST_TAGS {
        let message = format!("A resource has at most {MOST_TAGS} tags, and this has {}.", entries.len());
        faults.push(Fault::new(codes::NOT_ALLOWED, path, message));
    }
    let reserved = |text: &str| text.starts_with("aliyun") || text.starts_with("acs:");
    let url = |text: &str| text.contains("http://") || text.contains("https://");
    for (key, inner) in entries {
        path.push(Segment::Key(key.clone()));
        if key.is_empty() || key.chars().count() > 64 || reserved(key) || url(key) {
            let message = format!(
                "A tag's key has 1 to 64 characters, does not begin with aliyun or acs:, and holds no http:// or \
                 https://; this is {}.",
                if key.is_empty() { "empty".to_owned() } else { short(key) }
            );
            let mut fault = Fault::new(codes::NOT_ALLOWED, path, message);
            fault.key = true;
            faults.push(fault);
        }
        match inner {
            Value::Null | Value::Unknown(_) => {}
            Value::Text(text) if text.chars().count() > 128 || reserved(text) || url(text) => {
                let message = format!(
                    "A tag's value has at most 128 characters, does not begin with aliyun or acs:, and holds no http:// \
                     or https://; this is {}.",
                    short(text)
                );
                faults.push(Fault::new(codes::NOT_ALLOWED, path, message));
            }
            Value::Text(_) => {}
            other => faults.push(not_text(key, other, path)),
        }
        path.pop();
    }
}

fn check_log_format(name: &str, value: &Value, path: &mut Vec<Segment>, faults: &mut Vec<Fault>) {
    let fields = match value {
        Value::Text(raw) => match log_format::fields(raw) {
            Ok(fields) => fields,
            Err(rest) => {
                let message =
                    format!("{name} is made of ${{field}} and nothing between; this is not: {}.", short(rest));
                faults.push(
                    Fault::new(codes::NOT_ALLOWED, path, message)
                        .help("Write the fields as a list, as in [srcaddr, dstaddr, bytes, packets]."),
                );
                return;
            }
        },
        Value::List(items) => {
            let before = faults.len();
            let mut fields = Vec::new();
            for (at, item) in items.iter().enumerate() {
                path.push(Segment::Index(at));
                match item {
                    Value::Text(field) if log_format::is_field(field) => fields.push(field.as_str()),
                    Value::Text(field) => {
                        let message = format!("{} is not shaped like a field.", short(field));
                        let help = "Write the bare name, as in srcaddr, without ${}.";
                        faults.push(Fault::new(codes::NOT_ALLOWED, path, message).help(help));
                    }
                    other => faults.push(not_text("a field", other, path)),
                }
                path.pop();
            }
            if faults.len() > before {
                return;
            }
            fields
        }
        other => {
            let message =
                format!("{name} must be a list of fields or their raw text, and this is {}.", described(other));
            faults.push(Fault::new(codes::WRONG_TYPE, path, message));
            return;
        }
    };
    if !fields.starts_with(&log_format::BEGINNING) {
        let message = format!("{name} must begin with srcaddr, dstaddr and bytes, in this order.");
        faults.push(
            Fault::new(codes::NOT_ALLOWED, path, message)
                .help("Begin it with [srcaddr, dstaddr, bytes, …], or leave it out for all default fields."),
        );
    }
    let mut seen = BTreeSet::new();
    for (at, field) in fields.iter().enumerate().filter(|(_, field)| !seen.insert(**field)) {
        let mut place = path.clone();
        if matches!(value, Value::List(_)) {
            place.push(Segment::Index(at));
        }
        faults.push(Fault::new(codes::NOT_ALLOWED, &place, format!("The field {field} stands twice in {name}.")));
    }
}

fn not_text(name: &str, value: &Value, path: &[Segment]) -> Fault {
    let fault = Fault::new(codes::WRONG_TYPE, path, format!("{name} must be text, and this is {}.", described(value)));
    match value {
        Value::Int(number) => fault.help(format!("Put it in quotes: {name}: \"{number}\".")),
        Value::Bool(truth) => fault.help(format!("Put it in quotes: {name}: \"{truth}\".")),
        Value::Float(number) => fault.help(format!(
            "Put it in quotes exactly as it stands, {name}: \"…\": without quotes it is the number {number}, as 1.10 \
             would become 1.1."
        )),
        _ => fault,
    }
}

fn not_number(name: &str, value: &Value, path: &[Segment]) -> Fault {
    let message = format!("{name} must be a whole number, and this is {}.", described(value));
    let fault = Fault::new(codes::WRONG_TYPE, path, message);
    match value {
        Value::Text(text) if text.parse::<i64>().is_ok() => fault.help(format!("Take the quotes off: {name}: {text}.")),
        _ => fault,
    }
}

/// A value in words: `the number 3`.
pub fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => format!("the truth value {truth}"),
        Value::Int(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::Text(text) => format!("the text {}", short(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Unknown(_) => "not known yet".to_owned(),
    }
}

/// The text in quotes, printable, cut where it is long.
fn short(text: &str) -> String {
    format!("\"{}\"", short_plain(text))
}

fn short_plain(text: &str) -> String {
    let text = crate::base::text::printable(text);
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(57).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::registry;
    use crate::model::address::{Address, Kind};

    #[test]
    fn all_is_checked_again_once_it_is_known() {
        let mut attributes = Attributes::from([
            ("project".to_owned(), Value::reference(&Address::new(Kind::LogProject, "p"), "id")),
            ("name".to_owned(), Value::reference(&Address::new(Kind::LogProject, "p"), "name")),
            ("ttl".to_owned(), Value::Int(10)),
            ("hot_ttl".to_owned(), Value::reference(&Address::new(Kind::Logstore, "l"), "hot_ttl")),
        ]);
        let schema = registry::schema(Kind::Logstore);
        assert_eq!(check_all(schema, &attributes), (Vec::new(), Vec::new()));
        attributes.insert("name".to_owned(), "NO".into());
        attributes.insert("hot_ttl".to_owned(), Value::Int(11));
        let (faults, violations) = check_all(schema, &attributes);
        assert_eq!(
            faults.iter().map(|fault| fault.path.clone()).collect::<Vec<_>>(),
            [[Segment::Key("name".to_owned())]]
        );
        assert_eq!(violations.iter().map(|violation| violation.attribute).collect::<Vec<_>>(), ["hot_ttl"]);
    }
}
