//! The YAML that declares an object as it is.

use std::fmt::Write as _;

use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Change, Presence, Type, type_of};
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::value::{Attributes, Value};

/// The block that declares an object under an address: every attribute that can be written and is not at its default.
/// `named` gives the name of what the stack knows by its id.
pub(super) fn declaration(address: &Address, object: &Object, named: impl Fn(Kind, &str) -> Option<String>) -> String {
    let schema = registry::schema(address.kind);
    let all = &object.attributes;
    let ty = type_of(all);
    let worth = schema.attributes.iter().filter(|one| one.applies_to(ty));
    let worth = worth.filter_map(|one| Some((one, all.get(one.name).filter(|value| is_worth(one, value, all))?)));
    let mut written: Attributes = worth.clone().map(|(one, value)| (one.name.to_owned(), value.clone())).collect();
    // The service tells some things in two ways, of which the stack may say one.
    for violation in (schema.rules)(&written) {
        written.remove(violation.attribute);
    }
    let mut block = format!("{}:\n  {}:\n", address.kind.section(), address.name);
    for (Attribute { name, ty, .. }, value) in worth.filter(|(one, _)| written.contains_key(one.name)) {
        let _ = match (ty, value.as_text()) {
            (Type::Reference(kind), Some(id)) => match named(*kind, id) {
                Some(known) => writeln!(block, "    {name}: {known}"),
                None => writeln!(block, "    {name}: NAME # of the {} {id}", kind.spoken()),
            },
            (Type::LogFormat, _) => writeln!(block, "    {name}: {}", serde_json::Value::from(value)),
            _ => writeln!(block, "    {name}: {}", in_yaml(value)),
        };
    }
    block
}

/// Whether an attribute has to be written for the declaration to say what the object is.
fn is_worth(attribute: &Attribute, value: &Value, all: &Attributes) -> bool {
    let empty = match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    };
    let derived = match attribute.presence {
        Presence::Derived { from, .. } => from.iter().any(|(reference, _)| all.contains_key(*reference)),
        _ => false,
    };
    attribute.is_writable()
        && attribute.change != Change::NotCompared
        && !derived
        && !empty
        && attribute.default_for(type_of(all)).as_ref() != Some(value)
}

/// A value in YAML, in one line.
fn in_yaml(value: &Value) -> String {
    match value {
        Value::Text(text) if is_plain(text) => text.clone(),
        other => serde_json::Value::from(&escaped(other)).to_string(),
    }
}

/// Whether YAML takes a text for itself without quotes.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    begins
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// A value with the beginnings of expressions taken for what they are, and without what is left out.
fn escaped(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.replace("${", "$${")),
        Value::List(items) => Value::List(items.iter().map(escaped).collect()),
        Value::Map(entries) => {
            let kept = entries.iter().filter(|(_, value)| !value.is_null());
            Value::Map(kept.map(|(key, value)| (key.clone(), escaped(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are() {
        for (value, expected) in [
            (Value::from("app-1"), "app-1"),
            (Value::from("no"), "\"no\""),
            (Value::from("1.10"), "\"1.10\""),
            (Value::from("a: b # c"), "\"a: b # c\""),
            (Value::from("${var.x}"), "\"$${var.x}\""),
            (Value::Map(Attributes::from([("a".to_owned(), Value::Null), ("b".to_owned(), 1.into())])), "{\"b\":1}"),
        ] {
            assert_eq!(in_yaml(&value), expected);
        }
    }
}
