//! The digest that an approval can name (S15).

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::types::{Difference, Operation};
use crate::model::action::Action;
use crate::model::address::Address;
use crate::model::region::Region;
use crate::model::value::Attributes;

/// What of an operation the digest covers.
#[derive(Serialize)]
struct Covered<'a> {
    address: &'a Address,
    action: Action,
    id: &'a Option<String>,
    account_id: &'a str,
    region: &'a Option<Region>,
    before: &'a Attributes,
    after: &'a Attributes,
    differences: &'a [Difference],
    because: &'a Option<String>,
}

/// `sha256:` and the digest over what the operations do. Neither order nor durations, owners or
/// credentials' names are part of it: they do not change what happens.
pub fn digest(operations: &[Operation]) -> String {
    let covered: Vec<Covered<'_>> = operations
        .iter()
        .map(|operation| {
            let Operation {
                address,
                action,
                id,
                account_id,
                account: _,
                region,
                before,
                after,
                differences,
                because,
                owned: _,
                dependencies: _,
                protected: _,
                after_deeds: _,
                timeouts: _,
            } = operation;
            Covered { address, action: *action, id, account_id, region, before, after, differences, because }
        })
        .collect();
    let text = serde_json::to_vec(&covered).unwrap_or_default();
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(&text) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
