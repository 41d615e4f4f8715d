//! The digest that an approval can name (S15).

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::types::{Besides, Cause, Difference, Drift, Operation};
use crate::base::text::hex;
use crate::kinds::registry;
use crate::kinds::schema::Attribute;
use crate::model::action::Action;
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// What of an operation the digest covers.
#[derive(Serialize)]
struct Covered<'a> {
    address: &'a Address,
    action: Action,
    #[serde(skip_serializing_if = "Besides::is_nothing")]
    besides: &'a Besides,
    id: &'a Option<String>,
    account_id: &'a str,
    region: &'a Option<Region>,
    before: BTreeMap<&'a str, &'a Value>,
    after: BTreeMap<&'a str, &'a Value>,
    differences: &'a [Difference],
    because: &'a Option<String>,
    cause: &'a Option<Cause>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    left_overs: &'a [String],
}

/// What a plan does beside its operations is added where there is any.
#[derive(Serialize)]
struct Accepting<'a> {
    operations: Vec<Covered<'a>>,
    accepted: &'a [Drift],
}

/// `sha256:` and the digest over what the operations do, and over the drift that is `accepted` as it is. Neither order
/// nor durations, owners or credentials' names are part of it: they do not change what happens.
pub fn digest(operations: &[Operation], accepted: &[Drift]) -> String {
    let covered: Vec<Covered<'_>> = operations
        .iter()
        .map(|operation| {
            let Operation {
                address,
                action,
                besides,
                id,
                account_id,
                account: _,
                region,
                before,
                after,
                differences,
                because,
                left_overs,
                cause,
                owned: _,
                dependencies: _,
                protected: _,
                after_deeds: _,
                timeouts: _,
            } = operation;
            let (before, after) = (managed(address.kind, before), managed(address.kind, after));
            Covered {
                address,
                action: *action,
                besides,
                id,
                account_id,
                region,
                before,
                after,
                differences,
                because,
                cause,
                left_overs,
            }
        })
        .collect();
    let text = if accepted.is_empty() {
        serde_json::to_vec(&covered)
    } else {
        serde_json::to_vec(&Accepting { operations: covered, accepted })
    };
    let text = text.unwrap_or_default();
    format!("sha256:{}", hex(&Sha256::digest(&text)))
}

/// The attributes that a stack can write: what the service tells besides comes and goes.
fn managed(kind: Kind, attributes: &Attributes) -> BTreeMap<&str, &Value> {
    let schema = registry::schema(kind);
    let written = |name: &str| schema.attribute(name).is_some_and(Attribute::is_writable);
    attributes.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| written(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::remove::of_entry;
    use crate::state::samples;

    /// S15: what is deleted beside the object is in the digest, and so is the drift that is accepted.
    #[test]
    fn the_digest_covers_left_overs_and_accepted_drift() {
        let entry = samples::entry("attachment.app", "tr-attach-2");
        let delete = |left_overs: &[&str]| {
            let left_overs = left_overs.iter().map(|id| (*id).to_owned()).collect();
            Operation { left_overs, ..of_entry(&entry, Action::Delete, "it is no longer in the stack") }
        };
        let gone = |id: &str| Drift {
            address: entry.address.clone(),
            id: id.to_owned(),
            gone: true,
            left_over: true,
            differences: Vec::new(),
        };
        let digests = [
            digest(&[delete(&[])], &[]),
            digest(&[delete(&["tr-attach-0"])], &[]),
            digest(&[delete(&["tr-attach-1"])], &[]),
            digest(&[delete(&[])], &[gone("tr-attach-0")]),
            digest(&[delete(&[])], &[gone("tr-attach-1")]),
        ];
        let different: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(different.len(), digests.len());
    }
}
