//! Whether a value is as wanted.

use std::collections::BTreeMap;

use super::check::side_by_side;
use super::schema::{Attribute, Change, Schema, Type, item_key, type_of};
use crate::model::stack::IgnoreTags;
use crate::model::value::{Attributes, Value};

/// The value of an attribute of an object, or of a field of its value; what the service leaves out is its default.
pub fn value_in(attribute: &Attribute, attributes: &Attributes) -> Value {
    match attributes.get(attribute.name) {
        Some(value) if !value.is_null() => value.clone(),
        _ => attribute.default_for(type_of(attributes)).unwrap_or(Value::Null),
    }
}

/// The value of a field of a value of type [`Type::Object`].
pub fn field_in(field: &Attribute, value: &Value) -> Value {
    value.as_map().map_or(Value::Null, |entries| value_in(field, entries))
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

/// The attributes that can be changed in place and are not as wanted.
pub fn differing<'a>(
    schema: &Schema,
    wanted: &'a Attributes,
    shown: &'a Attributes,
) -> impl Iterator<Item = &'static Attribute> + use<'a> {
    schema.attributes.iter().filter(|attribute| attribute.change == Change::InPlace).filter(|attribute| {
        wanted.get(attribute.name).is_some_and(|value| !same(&attribute.ty, value, &value_in(attribute, shown)))
    })
}

/// A set of tags without those that stay out (S3).
pub fn without_ignored(tags: &Value, ignore: &IgnoreTags) -> BTreeMap<String, Value> {
    let entries = tags.as_map().into_iter().flatten();
    entries.filter(|(key, _)| !ignore.ignores(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}
