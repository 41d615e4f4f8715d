//! `lifecycle.ignore_changes`: what is not compared once the object is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::schema::{Change, Schema, Type, item_key};
use crate::model::value::{Attributes, Value};

/// The steps to each attribute, or part of one, that is ignored.
pub(super) type Ignored = BTreeSet<Vec<String>>;

/// Whether an attribute is ignored as a whole.
pub(super) fn is_ignored(ignored: &Ignored, attribute: &str) -> bool {
    ignored.iter().any(|path| path.iter().eq([attribute]))
}

/// The attributes with everything that is ignored as the cloud shows it, so that it never differs.
pub(super) fn as_shown(
    schema: &Schema,
    mut attributes: Attributes,
    shown: &Attributes,
    ignored: &Ignored,
) -> Attributes {
    for path in ignored {
        let Some((name, rest)) = path.split_first() else { continue };
        // What only the engine goes by is never compared, and shown by nobody.
        let compared = schema.attribute(name).filter(|attribute| attribute.change != Change::NotCompared);
        let Some(attribute) = compared else { continue };
        let value = attributes.remove(name).unwrap_or(Value::Null);
        let value = pinned(&attribute.ty, value, shown.get(name).unwrap_or(&Value::Null), rest);
        if !value.is_null() {
            attributes.insert(name.clone(), value);
        }
    }
    attributes
}

/// The value with the part at `path` as it is in `shown`.
fn pinned(ty: &Type, value: Value, shown: &Value, path: &[String]) -> Value {
    let Some((step, rest)) = path.split_first() else { return shown.clone() };
    match (ty, value) {
        (Type::Object(_) | Type::Tags, Value::Map(entries)) => {
            let inner_ty = match ty {
                Type::Object(fields) => fields.iter().find(|field| field.name == step).map(|field| &field.ty),
                _ => None,
            };
            let shown = shown.as_map().and_then(|shown| shown.get(step)).unwrap_or(&Value::Null);
            Value::Map(with(entries, step, |inner| pinned(inner_ty.unwrap_or(ty), inner, shown, rest)))
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(mut items)) => {
            let is_it = |item: &Value| item_key(item, key) == Some(step);
            let shown = shown.as_list().and_then(|items| items.iter().find(|item| is_it(item)));
            let place = items.iter().position(is_it);
            match (place, shown, rest) {
                (Some(place), None, []) => drop(items.remove(place)),
                (None, Some(shown), []) => items.push(shown.clone()),
                (Some(place), Some(shown), _) => {
                    if let Some(one) = items.get_mut(place) {
                        *one = pinned(item, std::mem::replace(one, Value::Null), shown, rest);
                    }
                }
                _ => {}
            }
            Value::List(items)
        }
        // Where there is nothing, or nothing that is known yet, there are no parts.
        (_, value) => value,
    }
}

/// The entries with one changed; nothing is no entry.
fn with(
    mut entries: BTreeMap<String, Value>,
    key: &str,
    change: impl FnOnce(Value) -> Value,
) -> BTreeMap<String, Value> {
    let value = change(entries.remove(key).unwrap_or(Value::Null));
    if !value.is_null() {
        entries.insert(key.to_owned(), value);
    }
    entries
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::registry;
    use crate::model::address::Kind;

    fn ignoring(kind: Kind, wanted: Json, shown: Json, path: &[&str]) -> Json {
        let attributes = |json: Json| Value::from(json).as_map().unwrap().clone();
        let ignored = Ignored::from([path.iter().map(|step| (*step).to_owned()).collect()]);
        let pinned = as_shown(registry::schema(kind), attributes(wanted), &attributes(shown), &ignored);
        Json::from(&Value::Map(pinned))
    }

    #[test]
    fn a_part_that_is_ignored_is_as_it_is_shown() {
        let tags =
            |wanted, shown| ignoring(Kind::Cen, json!({ "tags": wanted }), json!({ "tags": shown }), &["tags", "a"]);
        assert_eq!(tags(json!({ "a": "1", "b": "2" }), json!({ "a": "3" })), json!({ "tags": { "a": "3", "b": "2" } }));
        assert_eq!(tags(json!({ "a": "1", "b": "2" }), json!({})), json!({ "tags": { "b": "2" } }));
        assert_eq!(tags(json!({ "b": "2" }), json!({ "a": "3", "c": "4" })), json!({ "tags": { "a": "3", "b": "2" } }));
        let blocks = |wanted, shown, path: &[&str]| {
            ignoring(Kind::TransitRouter, json!({ "cidrs": wanted }), json!({ "cidrs": shown }), path)
        };
        let (named, theirs) = (json!([{ "cidr": "::/0", "name": "a" }]), json!([{ "cidr": "::/0", "name": "b" }]));
        assert_eq!(blocks(named.clone(), theirs.clone(), &["cidrs", "::/0", "name"]), json!({ "cidrs": theirs }));
        assert_eq!(blocks(named.clone(), json!([]), &["cidrs", "::/0", "name"]), json!({ "cidrs": named }));
        assert_eq!(blocks(named, json!([]), &["cidrs", "::/0"]), json!({ "cidrs": [] }));
        assert_eq!(blocks(json!([]), theirs.clone(), &["cidrs", "::/0"]), json!({ "cidrs": theirs }));
    }
}
