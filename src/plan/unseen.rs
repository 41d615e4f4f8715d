//! Attributes that the cloud does not know and no comparison covers: the engine itself goes by them.

use crate::kinds::schema::{Attribute, Change, Presence, Schema, granting_owner, type_of};
use crate::model::value::{Attributes, Value};

/// Those of these attributes.
pub(super) fn of(schema: &Schema, attributes: &Attributes) -> Attributes {
    let unseen = |name: &str| schema.attribute(name).is_some_and(|attribute| attribute.change == Change::NotCompared);
    attributes.iter().filter(|(name, _)| unseen(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What the engine goes by when an object, of which this is known, is deleted while its resource is still declared. That
/// such an attribute is changed or left out is no operation of its own, so that what is said now counts (S1). But a grant
/// that was made is revoked, whatever is said of the next one.
pub(super) fn of_the_old(schema: &Schema, known: &Attributes, said: &Attributes) -> Attributes {
    // Where the old object is, only the object itself can tell.
    let written = |attribute: &&Attribute| {
        attribute.change == Change::NotCompared && matches!(attribute.presence, Presence::Required | Presence::Optional)
    };
    let word = |attribute: &Attribute| {
        let remembered = known.get(attribute.name);
        match said.get(attribute.name) {
            Some(word) if !word.has_unknown() => Some(word.clone()),
            Some(_) => remembered.cloned(),
            None => remembered.and_then(|_| attribute.default_for(type_of(known))),
        }
    };
    let mut words: Attributes = schema
        .attributes
        .iter()
        .filter(written)
        .filter_map(|attribute| Some((attribute.name.to_owned(), word(attribute)?)))
        .collect();
    if let Some(owner) = granting_owner(known) {
        words.insert("owner".to_owned(), Value::from(owner));
        words.insert("grant".to_owned(), Value::Bool(true));
    }
    words
}
