//! The digest that an approval can name (S15).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::types::{Besides, Cause, Difference, Drift, Operation, OutputChange, Plan};
use crate::base::text::hex;
use crate::kinds::registry;
use crate::kinds::schema::Presence;
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
    owned: &'a BTreeSet<String>,
    dependencies: &'a BTreeSet<Address>,
    protected: bool,
}

/// What of a plan the digest covers.
#[derive(Serialize)]
struct Whole<'a> {
    operations: Vec<Covered<'a>>,
    accepted: &'a [Drift],
    outputs: &'a BTreeMap<String, OutputChange>,
}

/// `sha256:` and the digest over what a plan does: its operations, the drift that it records as it is, and the outputs
/// that change. Neither order nor durations, owners or credentials' names are part of it: they do not change what happens.
pub fn digest(plan: &Plan) -> String {
    let operations: Vec<Covered<'_>> = plan
        .operations
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
                owned,
                dependencies,
                protected,
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
                owned,
                dependencies,
                protected: *protected,
            }
        })
        .collect();
    let whole = Whole { operations, accepted: plan.accepted(), outputs: &plan.outputs };
    let text = serde_json::to_vec(&whole).unwrap_or_default();
    format!("sha256:{}", hex(&Sha256::digest(&text)))
}

/// The attributes that a stack can write, or that follow from what it writes: what the service tells besides comes and
/// goes.
fn managed(kind: Kind, attributes: &Attributes) -> BTreeMap<&str, &Value> {
    let schema = registry::schema(kind);
    let written = |name: &str| schema.attribute(name).is_some_and(|attribute| attribute.presence != Presence::Computed);
    attributes.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| written(name)).collect()
}
