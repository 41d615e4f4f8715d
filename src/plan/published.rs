//! What expressions may read of resources, while planning and while applying.

use std::collections::BTreeMap;

use crate::expr::{Looked, Resources};
use crate::kinds::registry;
use crate::model::address::Address;
use crate::model::value::{Attributes, Value};

/// One resource as expressions see it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Published {
    /// Its id; `None`: known after apply.
    pub id: Option<String>,
    /// Its attributes.
    pub attributes: Attributes,
    /// Whether an attribute that is not here is empty rather than known after apply.
    pub complete: bool,
}

/// Resources as expressions see them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublishedResources(pub BTreeMap<Address, Published>);

impl Resources for PublishedResources {
    fn attribute(&self, address: &Address, attribute: &str) -> Looked {
        let Some(published) = self.0.get(address) else { return Looked::NoSuchResource };
        if attribute == "id" {
            return published.id.as_ref().map_or(Looked::Unknown, |id| Looked::Known(Value::from(id.as_str())));
        }
        match published.attributes.get(attribute) {
            Some(value) if value.has_unknown() => Looked::Unknown,
            Some(value) => Looked::Known(value.clone()),
            None if attribute != "status" && registry::schema(address.kind).attribute(attribute).is_none() => {
                Looked::NoSuchAttribute
            }
            None if published.complete => Looked::Known(Value::Null),
            None => Looked::Unknown,
        }
    }
}
