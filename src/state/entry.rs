use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The state of a stack: what the engine made and remembers. The file format of CONTRACT "Files".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Names this state for ever; minted by the first apply. Empty: no state yet (S15).
    pub lineage: String,
    /// Grows by one with each commit.
    pub serial: u64,
    /// The account that all of it belongs to (S22).
    pub account_id: String,
    /// Whether it belongs to an emulator (S22).
    pub emulator: bool,
    /// The managed objects.
    pub resources: BTreeMap<Address, Entry>,
    /// The last reads of `existing` objects (S5).
    pub existing: BTreeMap<Address, ExistingRead>,
    /// The values of the outputs.
    pub outputs: BTreeMap<String, Value>,
}

impl State {
    /// The last read of the object that was `existing` at an address, if nothing is managed there and
    /// the object is managed nowhere else: taking `existing` away takes it over (S5).
    pub fn formerly_existing(&self, address: &Address) -> Option<&ExistingRead> {
        let read = self.existing.get(address).filter(|_| !self.resources.contains_key(address))?;
        let is_it = |entry: &Entry| entry.kind == address.kind && entry.id == read.id && entry.region == read.region;
        (!self.resources.values().any(is_it)).then_some(read)
    }

    /// Puts what is at `from` to `to`, where nothing may be: the object, the last read, and what depends on it (S19).
    pub(super) fn move_entry(&mut self, from: &Address, to: &Address) {
        if let Some(entry) = self.resources.remove(from) {
            self.resources.insert(to.clone(), Entry { address: to.clone(), ..entry });
        }
        if let Some(read) = self.existing.remove(from) {
            self.existing.entry(to.clone()).or_insert(ExistingRead { address: to.clone(), ..read });
        }
        for entry in self.resources.values_mut().filter(|entry| entry.dependencies.contains(from)) {
            entry.dependencies.remove(from);
            entry.dependencies.insert(to.clone());
        }
    }
}

/// One managed object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it is declared.
    pub address: Address,
    /// Its kind, as in the address.
    pub kind: Kind,
    /// The cloud id; a project's name; `project/logstore`.
    pub id: String,
    /// The account that the object is in.
    pub account_id: String,
    /// The name of the credentials; `null` for the default chain.
    pub account: Option<String>,
    /// Its region; `null` for a CEN.
    pub region: Option<Region>,
    /// The version of the kind's schema that wrote the attributes.
    pub schema_version: u32,
    /// Whether it has settled.
    pub status: EntryStatus,
    /// `lifecycle.prevent_destroy` at the last apply (S18).
    pub protected: bool,
    /// The attributes that the YAML owned at the last apply, and what it wrote inside them that could have been left out
    /// (S1): `cidrs`, `cidrs[10.0.0.0/24].publish`.
    pub owned: BTreeSet<String>,
    /// The attributes at the last read.
    pub attributes: Attributes,
    /// What it depended on at the last apply.
    pub dependencies: BTreeSet<Address>,
    /// Old objects of a replacement that are still to be deleted (S13).
    pub deposed: Vec<Deposed>,
}

/// How far an object has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// It has reached its target status.
    Settled,
    /// Its create was acknowledged; it has not been seen settled (S26).
    Creating,
    /// Its delete was acknowledged; it has not been seen gone (S26).
    Deleting,
}

/// An old object of a replacement that waits for its delete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposed {
    /// The cloud id.
    pub id: String,
    /// The attributes at the last read.
    pub attributes: Attributes,
    /// Whether its delete was acknowledged; it has not been seen gone (S26). States of older versions do not say it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
}

/// The last read of an `existing` object (S5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExistingRead {
    /// Where it is declared.
    pub address: Address,
    /// The cloud id.
    pub id: String,
    /// The name of the credentials; `null` for the default chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Its region; `null` for a CEN.
    pub region: Option<Region>,
    /// The attributes at the last read.
    pub attributes: Attributes,
}
