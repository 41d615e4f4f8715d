//! The state file: one JSON document, sorted, the same bytes for the same state.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::backend::{Part, StateError};
use super::entry::{Deposed, Entry, ExistingRead, State};
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::value::Value;

/// The format that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// The most bytes that a state file or a journal may have.
pub const LIMIT: u64 = 512 << 20;

/// What every version of the format has.
#[derive(Deserialize)]
#[serde(expecting = "a state")]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a state")]
struct Version1 {
    #[serde(rename = "version")]
    _version: u64,
    #[serde(rename = "cenform_version")]
    _cenform_version: String,
    lineage: String,
    serial: u64,
    account_id: String,
    emulator: bool,
    resources: Vec<Entry>,
    existing: Vec<ExistingRead>,
    outputs: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    cenform_version: &'a str,
    lineage: &'a str,
    serial: u64,
    account_id: &'a str,
    emulator: bool,
    resources: Vec<&'a Entry>,
    existing: Vec<&'a ExistingRead>,
    outputs: &'a BTreeMap<String, Value>,
}

/// The bytes of the state file: indented JSON with a final newline.
///
/// Fails only where serialization does, which it does for no value of [`State`].
pub fn encode(state: &State) -> serde_json::Result<Vec<u8>> {
    let State { lineage, serial, account_id, emulator, resources, existing, outputs } = state;
    let mut bytes = serde_json::to_vec_pretty(&Written {
        version: VERSION,
        cenform_version: env!("CARGO_PKG_VERSION"),
        lineage,
        serial: *serial,
        account_id,
        emulator: *emulator,
        resources: resources.values().collect(),
        existing: existing.values().collect(),
        outputs,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a state file. `path` is for the messages only.
///
/// [`StateError::Newer`] for a format of a later version; [`StateError::Damaged`] for whatever else
/// is not a state that [`encode`] could have written, an empty file included.
pub fn decode(bytes: &[u8], path: &str) -> Result<State, StateError> {
    let damaged = |problem| StateError::Damaged { part: Part::State, path: path.to_owned(), problem, whole: None };
    if bytes.is_empty() {
        return Err(damaged("the file is empty".to_owned()));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(damaged("it is not a state file: it does not begin with \"{\"".to_owned()));
    }
    let Head { version } =
        serde_json::from_slice(bytes).map_err(|error| damaged(format!("it is not a state file: {error}")))?;
    if version > VERSION {
        return Err(StateError::Newer { path: path.to_owned(), found: version, known: VERSION });
    }
    let state = migrate(version, bytes).map_err(damaged)?;
    state.resources.values().try_for_each(|entry| known(entry, path))?;
    check(&state).map(|()| state).map_err(damaged)
}

/// Refuses the attributes of a version that is not known yet: they may mean something else.
pub(super) fn known(entry: &Entry, path: &str) -> Result<(), StateError> {
    let (found, known) = (u64::from(entry.schema_version), u64::from(entry.kind.schema_version()));
    if found <= known {
        return Ok(());
    }
    Err(StateError::Newer { path: format!("{} in {path}", entry.address), found, known })
}

/// The state in a file of any version that is known. A new version adds its shape and one step from
/// the one before, and leaves its files in `tests/data/state`.
fn migrate(version: u64, bytes: &[u8]) -> Result<State, String> {
    match version {
        1 => from_version_1(serde_json::from_slice(bytes).map_err(|error| error.to_string())?),
        other => Err(format!("there is no format {other}")),
    }
}

fn from_version_1(file: Version1) -> Result<State, String> {
    let Version1 { _version, _cenform_version, lineage, serial, account_id, emulator, resources, existing, outputs } =
        file;
    Ok(State {
        lineage,
        serial,
        account_id,
        emulator,
        resources: by_address("resources", resources.into_iter().map(|entry| (entry.address.clone(), entry)))?,
        existing: by_address("existing", existing.into_iter().map(|read| (read.address.clone(), read)))?,
        outputs,
    })
}

fn by_address<T>(list: &str, items: impl Iterator<Item = (Address, T)>) -> Result<BTreeMap<Address, T>, String> {
    let mut sorted = BTreeMap::new();
    for (address, item) in items {
        let text = address.to_string();
        if sorted.insert(address, item).is_some() {
            return Err(format!("{text} stands twice in \"{list}\""));
        }
    }
    Ok(sorted)
}

/// More than is ever counted: serials and numbers of intents grow by one.
pub(super) const MOST: u64 = u64::MAX / 2;

/// What holds for every state that may be written or believed: it has a lineage, each entry stands
/// under its own address with the kind of that address, regions are shaped like
/// regions, objects have ids, and none is in it twice (S22). The error says which and where.
pub(super) fn check(state: &State) -> Result<(), String> {
    if state.lineage.is_empty() {
        return Err("its \"lineage\" is empty".to_owned());
    }
    if state.serial > MOST {
        return Err(format!("its \"serial\" is {}, and no state was written so often", state.serial));
    }
    let mut objects: BTreeMap<(&str, Option<&Region>, Kind, &str), &Address> = BTreeMap::new();
    for (address, entry) in &state.resources {
        if *address != entry.address {
            return Err(format!("the entry of {} stands under {address}", entry.address));
        }
        if entry.kind != address.kind {
            return Err(format!("{address} has the kind {}", entry.kind));
        }
        well_formed(address, entry.region.as_ref())?;
        let mut of_this = BTreeSet::new();
        for id in std::iter::once(&entry.id).chain(entry.deposed.iter().map(|Deposed { id, .. }| id)) {
            if id.is_empty() {
                return Err(format!("{address} has an object without an id"));
            }
            let object = (entry.account_id.as_str(), entry.region.as_ref(), entry.kind, id.as_str());
            let known = objects.insert(object, address);
            if !of_this.insert(id) || known.is_some() {
                let other = known.unwrap_or(address);
                return Err(format!(
                    "the {} {id} stands in it twice, as {other} and as {address}",
                    entry.kind.spoken()
                ));
            }
        }
    }
    for (address, read) in &state.existing {
        if *address != read.address {
            return Err(format!("the last read of {} stands under {address}", read.address));
        }
        well_formed(address, read.region.as_ref())?;
    }
    Ok(())
}

fn well_formed(address: &Address, region: Option<&Region>) -> Result<(), String> {
    match region {
        Some(region) if !Region::is_well_formed(region.as_str()) => {
            Err(format!("{address} has the region {:?}, which is not shaped like one", region.as_str()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::state::samples;

    use crate::state::golden::STATE_1 as GOLDEN;

    fn refused(text: &str) -> String {
        decode(text.as_bytes(), "cenform.state.json").unwrap_err().to_string()
    }

    /// The golden file with a change.
    fn changed(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut json = serde_json::from_str(GOLDEN).unwrap();
        change(&mut json);
        json.to_string()
    }

    /// S22: among the damages is an object that is in the state twice.
    #[test]
    fn a_damaged_file_is_refused_with_what_and_where() {
        assert_eq!(refused(""), "cenform.state.json is damaged: the file is empty");
        for (text, expected) in [
            ("\0\0\0\0".to_owned(), "does not begin with \"{\""),
            (GOLDEN[..GOLDEN.len() / 2].to_owned(), "EOF while parsing"),
            (format!("{GOLDEN}{{}}"), "trailing characters"),
            ("[1]".to_owned(), "does not begin with \"{\""),
            ("{}".to_owned(), "missing field `version`"),
            ("{\"version\": -1}".to_owned(), "it is not a state file"),
            ("{\"version\": 0}".to_owned(), "there is no format 0"),
            ("{\"version\": 1, \"version\": 1}".to_owned(), "duplicate field `version`"),
            (changed(|json| json["serial"] = json!("7")), "invalid type: string \"7\", expected u64"),
            (changed(|json| json["serial"] = json!(u64::MAX)), "no state was written so often"),
            (changed(|json| json["resources"][0]["id"] = json!("")), "cen.backbone has an object without an id"),
            (changed(|json| json["lineage"] = json!("")), "its \"lineage\" is empty"),
            (changed(|json| json["resourced"] = json!([])), "unknown field `resourced`"),
            (changed(|json| json["resources"][0]["color"] = json!(1)), "unknown field `color`"),
            (changed(|json| json["resources"][0]["address"] = json!("vpc.x")), "\"vpc.x\" is not an address"),
            (changed(|json| json["resources"][0]["kind"] = json!("logstore")), "cen.backbone has the kind logstore"),
            (
                changed(|json| json["resources"][1]["region"] = json!("evil.example/")),
                "transit_router.hz has the region \"evil.example/\"",
            ),
            (
                changed(|json| {
                    let entry = json["resources"][0].clone();
                    json["resources"].as_array_mut().unwrap().push(entry);
                }),
                "cen.backbone stands twice in \"resources\"",
            ),
            (
                changed(|json| {
                    let mut entry = json["resources"][0].clone();
                    entry["address"] = json!("cen.other");
                    json["resources"].as_array_mut().unwrap().push(entry);
                }),
                "the CEN cen-7qthudw0ll6jmc stands in it twice, as cen.backbone and as cen.other",
            ),
        ] {
            let problem = refused(&text);
            assert!(problem.starts_with("cenform.state.json is damaged: "), "{problem}");
            assert!(problem.contains(expected), "{problem:?} does not say {expected:?}");
        }
    }

    #[test]
    fn a_newer_file_is_refused_whatever_its_shape() {
        assert_eq!(
            refused("{\"version\": 2, \"things\": {}}"),
            "cenform.state.json was written by a newer cenform (format 2, this one knows up to 1)"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn states_round_trip(state in samples::states()) {
            let bytes = encode(&state).unwrap();
            prop_assert_eq!(decode(&bytes, "x").unwrap(), state);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes, "x").is_err());
        }

        #[test]
        fn no_damage_panics(at in 0..GOLDEN.len() - 1, byte: u8) {
            let mut bytes = GOLDEN.as_bytes().to_vec();
            bytes[at] = byte;
            drop(decode(&bytes, "x"));
            drop(decode(&GOLDEN.as_bytes()[..at], "x").unwrap_err());
        }
    }
}
