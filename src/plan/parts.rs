//! The parts of an attribute's value: which of them are managed, and which differ (S1).

use std::collections::{BTreeMap, BTreeSet};

use super::types::PathStep;
use crate::kinds::check::side_by_side;
use crate::kinds::schema::{Attribute, Change, Literal, Presence, Type, field_path, item_key, item_path};
use crate::model::value::{Attributes, Value};

/// A value as it is, as the state remembers it, and as it shall be.
#[derive(Debug, Clone)]
pub(super) struct Three {
    pub(super) before: Value,
    pub(super) remembered: Value,
    pub(super) after: Value,
}

/// A part in which two values differ.
pub(super) struct Part {
    /// The way into the attribute, its name first.
    pub(super) path: Vec<PathStep>,
    /// The same as a path that ownership is recorded by.
    pub(super) written: String,
    pub(super) values: Three,
    /// Whether the part cannot be changed in place, though the attribute can.
    pub(super) replaces: bool,
}

/// The value of an attribute of an object, or of a field of its value; what the service leaves out is its default.
pub(super) fn value_in(attribute: &Attribute, attributes: &Attributes) -> Value {
    match attributes.get(attribute.name) {
        Some(value) if !value.is_null() => value.clone(),
        _ => attribute.default.map_or(Value::Null, Literal::value),
    }
}

fn field_in(field: &Attribute, value: &Value) -> Value {
    value.as_map().map_or(Value::Null, |entries| value_in(field, entries))
}

/// The items of a set whose items are told apart by a key; `None` where not all keys are known.
fn by_key<'v>(value: &'v Value, key: &str) -> Option<BTreeMap<&'v str, &'v Value>> {
    value.as_list()?.iter().map(|item| Some((item_key(item, key)?, item))).collect()
}

/// What became of the parts that were owned and are left out now.
#[derive(Default)]
pub(super) struct LeftOut {
    /// The paths of those that go back to their default.
    pub(super) reset: BTreeSet<String>,
    /// The paths of those that stay, and as what.
    pub(super) kept: Vec<(String, Value)>,
}

/// The wanted value, in which each part that `owned` names and that is left out now is back at its default.
pub(super) fn with_resets(
    ty: &Type,
    path: &str,
    wanted: Value,
    shown: &Value,
    owned: &BTreeSet<String>,
    out: &mut LeftOut,
) -> Value {
    match (ty, wanted) {
        (Type::Object(fields), Value::Map(mut entries)) => {
            for field in *fields {
                let path = field_path(path, field.name);
                if entries.contains_key(field.name) || !owned.contains(&path) {
                    continue;
                }
                match (field.default, field.change) {
                    (Some(default), Change::InPlace) => {
                        entries.insert(field.name.to_owned(), default.value());
                        out.reset.insert(path);
                    }
                    _ => out.kept.push((path, field_in(field, shown))),
                }
            }
            Value::Map(entries)
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(items)) => {
            let twins = by_key(shown, key).unwrap_or_default();
            let items = items.into_iter().map(|wanted| {
                let Some((name, twin)) = item_key(&wanted, key).and_then(|name| twins.get_key_value(name)) else {
                    return wanted;
                };
                with_resets(item, &item_path(path, name), wanted, twin, owned, out)
            });
            Value::List(items.collect())
        }
        (_, wanted) => wanted,
    }
}

/// Of what is shown, the parts that are wanted: the others are not managed.
pub(super) fn wanted_parts(ty: &Type, shown: &Value, wanted: &Value) -> Value {
    match (ty, shown, wanted) {
        (Type::Object(fields), Value::Map(_), Value::Map(wanted)) => fields_of(fields, |field| {
            let inner = field_in(field, shown);
            wanted.get(field.name).map(|wanted| wanted_parts(&field.ty, &inner, wanted))
        }),
        (Type::Set { item, key: Some(key), .. }, Value::List(items), Value::List(_)) => {
            let twins = by_key(wanted, key).unwrap_or_default();
            let part = |shown: &Value| match item_key(shown, key).and_then(|name| twins.get(name)) {
                Some(wanted) => wanted_parts(item, shown, wanted),
                None => shown.clone(),
            };
            Value::List(items.iter().map(part).collect())
        }
        _ => shown.clone(),
    }
}

/// Of a value, the parts that are owned: those that `owned` names, and those that must be written.
pub(super) fn owned_parts(ty: &Type, path: &str, value: &Value, owned: &BTreeSet<String>) -> Value {
    match (ty, value) {
        (Type::Object(fields), Value::Map(_)) => fields_of(fields, |field| {
            let path = field_path(path, field.name);
            let is_owned = field.presence == Presence::Required || owned.contains(&path);
            is_owned.then(|| owned_parts(&field.ty, &path, &field_in(field, value), owned))
        }),
        (Type::Set { item, key: Some(key), .. }, Value::List(items)) => {
            let part = |inner: &Value| match item_key(inner, key) {
                Some(name) => owned_parts(item, &item_path(path, name), inner, owned),
                None => inner.clone(),
            };
            Value::List(items.iter().map(part).collect())
        }
        _ => value.clone(),
    }
}

fn fields_of(fields: &[Attribute], value: impl Fn(&Attribute) -> Option<Value>) -> Value {
    let entries = fields.iter().filter_map(|field| Some((field.name.to_owned(), value(field)?)));
    Value::Map(entries.filter(|(_, value)| !value.is_null()).collect())
}

/// The parts in which a value differs from what is wanted, each as small as it can be told.
pub(super) fn differing(name: &str, ty: &Type, values: Three) -> Vec<Part> {
    let mut parts = Vec::new();
    let whole = Part { path: vec![PathStep::Key(name.to_owned())], written: name.to_owned(), values, replaces: false };
    walk(ty, whole, &mut parts);
    parts
}

fn walk(ty: &Type, part: Part, parts: &mut Vec<Part>) {
    let Part { path, written, values: Three { before, remembered, after }, replaces } = &part;
    let below = |step: &str| path.iter().cloned().chain([PathStep::Key(step.to_owned())]).collect();
    match (ty, before, after) {
        (Type::Object(fields), Value::Map(_) | Value::Null, Value::Map(wanted)) => {
            for field in *fields {
                // Where there was nothing at all, only what is written comes, and nothing is changed.
                if before.is_null() && !wanted.contains_key(field.name) {
                    continue;
                }
                let values = Three {
                    before: field_shown(field, before, remembered),
                    remembered: field_in(field, remembered),
                    after: field_in(field, after),
                };
                let replaces = *replaces || (field.change == Change::Replace && !before.is_null());
                let written = field_path(written, field.name);
                walk(&field.ty, Part { path: below(field.name), written, values, replaces }, parts);
            }
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(_), Value::List(_))
            if let (Some(old), Some(new)) = (by_key(before, key), by_key(after, key)) =>
        {
            let known = by_key(remembered, key).unwrap_or_default();
            let of = |items: &BTreeMap<&str, &Value>, name| items.get(name).map_or(Value::Null, |item| (*item).clone());
            for name in old.keys().chain(new.keys()).copied().collect::<BTreeSet<_>>() {
                let values = Three { before: of(&old, name), remembered: of(&known, name), after: of(&new, name) };
                let part = Part { path: below(name), written: item_path(written, name), values, replaces: *replaces };
                if old.contains_key(name) && new.contains_key(name) {
                    walk(item, part, parts);
                } else {
                    parts.push(part);
                }
            }
        }
        _ if after.has_unknown() || !same(ty, after, before) => {
            let values = if before.is_null() || after.is_null() {
                part.values
            } else {
                let (remembered, _) = side_by_side(ty, remembered, before);
                let (after, before) = side_by_side(ty, after, before);
                Three { before, remembered, after }
            };
            parts.push(Part { values, ..part });
        }
        _ => {}
    }
}

/// A field of what is shown. Where a change would replace the object, silence is no reason to destroy it.
fn field_shown(field: &Attribute, shown: &Value, remembered: &Value) -> Value {
    let told = shown.as_map().is_some_and(|entries| entries.contains_key(field.name));
    let from = if told || shown.is_null() || field.change != Change::Replace { shown } else { remembered };
    field_in(field, from)
}

/// The part of a managed attribute whose wanted value cannot be had in place; `None` if there is none (S10).
pub fn replaced_part(attribute: &Attribute, wanted: &Value, shown: &Value) -> Option<String> {
    if attribute.change == Change::Replace {
        return (!same(&attribute.ty, wanted, shown)).then(|| attribute.name.to_owned());
    }
    let values =
        Three { before: wanted_parts(&attribute.ty, shown, wanted), remembered: shown.clone(), after: wanted.clone() };
    differing(attribute.name, &attribute.ty, values).into_iter().find(|part| part.replaces).map(|part| part.written)
}

/// Whether an object's value is as wanted: sets without their order, objects by the fields that are wanted.
pub fn same(ty: &Type, wanted: &Value, shown: &Value) -> bool {
    match (ty, wanted, shown) {
        (Type::Set { item, key, .. }, Value::List(wanted), Value::List(shown)) => {
            wanted.len() == shown.len()
                && wanted.iter().all(|wanted| {
                    shown.iter().any(|shown| match key {
                        Some(key) => item_key(wanted, key) == item_key(shown, key) && same(item, wanted, shown),
                        None => same(item, wanted, shown),
                    })
                })
        }
        (Type::Object(fields), Value::Map(wanted), Value::Map(_)) => fields.iter().all(|field| {
            let Some(wanted) = wanted.get(field.name).filter(|value| !value.is_null()) else { return true };
            same(&field.ty, wanted, &field_in(field, shown))
        }),
        (Type::Index(_), Value::Text(_) | Value::Map(_), Value::Text(_) | Value::Map(_)) => {
            let (wanted, shown) = side_by_side(ty, wanted, shown);
            wanted == shown
        }
        _ => wanted == shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::registry;
    use crate::model::address::Kind;

    #[test]
    fn a_block_whose_name_is_empty_shows_none() {
        let block = |json: serde_json::Value| Value::List(vec![Value::from(json)]);
        let ty = &registry::schema(Kind::TransitRouter).attribute("cidrs").unwrap().ty;
        let shown = block(serde_json::json!({ "cidr": "10.0.0.0/24", "publish": true }));
        let wanted = |name: &str| block(serde_json::json!({ "cidr": "10.0.0.0/24", "name": name }));
        assert!(same(ty, &wanted(""), &shown));
        assert!(!same(ty, &wanted("a"), &shown));
    }
}
