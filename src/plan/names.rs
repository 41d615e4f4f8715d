//! Which resources the ids in a plan are of, so that a reader need not know ids by heart.

use std::collections::BTreeMap;

use super::types::Operation;
use crate::kinds::registry;
use crate::kinds::schema::Type;
use crate::model::address::{Address, Kind};
use crate::model::value::{Attributes, Value};

/// The kind of resource whose id an attribute holds, if it is a reference.
pub fn refers_to(kind: Kind, attribute: &str) -> Option<Kind> {
    match registry::schema(kind).attribute(attribute)?.ty {
        Type::Reference(to) => Some(to),
        _ => None,
    }
}

/// Of the known resources, by id, those that operations refer to.
pub(super) fn referred<'k>(
    operations: &[Operation],
    known: impl Iterator<Item = (&'k str, &'k Address)>,
) -> BTreeMap<String, Address> {
    let known: BTreeMap<(Kind, &str), &Address> = known.map(|(id, address)| ((address.kind, id), address)).collect();
    let named = |kind: Kind, attributes: &Attributes| {
        let found = attributes.iter().filter_map(|(name, value)| {
            let id = value.as_text()?;
            let address = *known.get(&(refers_to(kind, name)?, id))?;
            Some((id.to_owned(), address.clone()))
        });
        found.collect::<Vec<_>>()
    };
    let sides = |operation: &Operation| {
        [&operation.before, &operation.after].map(|side| named(operation.address.kind, side)).concat()
    };
    operations.iter().flat_map(sides).collect()
}

/// The resource that a reference holds the id of.
pub fn name_of<'n>(names: &'n BTreeMap<String, Address>, to: Kind, id: Option<&Value>) -> Option<&'n Address> {
    names.get(id?.as_text()?).filter(|address| address.kind == to)
}
