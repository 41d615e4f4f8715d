//! Files of every version of the format, which are read for ever as what they meant when they were written.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Deposed, Entry, EntryStatus, State};
use super::file::{decode, encode};
use super::fold::fold;
use super::frames;
use super::journal::{Begin, Intent, Outcome, Record, VERSION, Wrote};
use super::samples::{self, address};
use crate::model::action::Deed;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// A state of version 1 with every kind and every field.
pub(super) const STATE_1: &str = include_str!("../../tests/data/state/v1/state.json");

/// A journal of version 1 with every record, which continues that state. Its first record names no version.
const JOURNAL_1: &[u8] = include_bytes!("../../tests/data/state/v1/journal");

fn attributes<const N: usize>(pairs: [(&str, Value); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn state_1() -> State {
    let hangzhou = || Some(Region("cn-hangzhou".to_owned()));
    let peer = Entry {
        account: Some("net".to_owned()),
        region: hangzhou(),
        owned: names(["bandwidth", "type"]),
        attributes: attributes([
            ("bandwidth", 2.into()),
            ("peer", "tr-bp1su1ytdxtataupl0sh".into()),
            ("transit_router", "tr-bp1su1ytdxtataupl0new".into()),
            ("type", "peer".into()),
        ]),
        dependencies: BTreeSet::from([address("transit_router.hz")]),
        ..samples::entry("attachment.mesh", "tr-attach-ia340z7xis7t5s****")
    };
    let project = Entry {
        account_id: "1000000000000002".to_owned(),
        account: Some("app".to_owned()),
        region: hangzhou(),
        schema_version: 0,
        protected: true,
        attributes: attributes([("name", "netflow-prod-7f3a".into()), ("redundancy", "LRS".into())]),
        ..samples::entry("log_project.netflow", "netflow-prod-7f3a")
    };
    let store = Entry {
        account_id: "1000000000000002".to_owned(),
        account: Some("app".to_owned()),
        region: hangzhou(),
        status: EntryStatus::Creating,
        owned: names(["index", "ttl"]),
        attributes: attributes([
            ("index", "flow_log".into()),
            ("name", "tr-flow".into()),
            ("project", "netflow-prod-7f3a".into()),
            ("ttl", 180.into()),
        ]),
        dependencies: BTreeSet::from([address("log_project.netflow")]),
        deposed: vec![Deposed {
            id: "netflow-prod-7f3a/old".to_owned(),
            attributes: attributes([("ttl", 30.into())]),
            deleting: true,
        }],
        ..samples::entry("logstore.tr", "netflow-prod-7f3a/tr-flow")
    };
    let mut state = samples::state();
    state.resources.extend([peer, project, store].map(|entry| (entry.address.clone(), entry)));
    state
}

#[test]
fn version_1_of_the_state_is_read_and_written_as_ever() {
    let state = decode(STATE_1.as_bytes(), "state.json").unwrap();
    assert_eq!(state, state_1());
    let written = String::from_utf8(encode(&state).unwrap()).unwrap();
    let version = concat!("\"cenform_version\": \"", env!("CARGO_PKG_VERSION"), '"');
    assert_eq!(written, STATE_1.replace("\"cenform_version\": \"0.1.0\"", version));
}

#[test]
fn version_1_of_the_journal_is_read_as_ever() {
    let begin = Begin { version: 1, ..Begin::of(&samples::state()) };
    let delete = Intent {
        address: address("logstore.tr"),
        deed: Deed::Delete,
        call: "DeleteLogStore".to_owned(),
        token: None,
        id: Some("netflow-prod-7f3a/tr-flow".to_owned()),
        absent: false,
        account: Some("app".to_owned()),
        attributes: Attributes::new(),
        ..samples::intent(2)
    };
    let replacing = Intent { replaces: Some("flowlog-old".to_owned()), ..samples::intent(3) };
    let create = Intent {
        address: address("cen.second"),
        call: "CreateCen".to_owned(),
        region: None,
        attributes: attributes([("name", "second".into())]),
        ..samples::intent(4)
    };
    let outcome = |number, acknowledged, request_id: &str, code: Option<&str>| {
        let (request_id, code) = (request_id.to_owned(), code.map(str::to_owned));
        Record::Outcome(Outcome { number, acknowledged, request_id, code })
    };
    let second = samples::entry("cen.second", "cen-second");
    let wrote = Wrote {
        address: address("cen.second"),
        id: "cen-second".to_owned(),
        at: "2026-11-22T10:15:01Z".to_owned(),
        gone: false,
        attributes: attributes([("name", "second".into())]),
    };
    let deleted = Wrote {
        address: address("logstore.tr"),
        id: "netflow-prod-7f3a/tr-flow".to_owned(),
        at: "2026-11-22T10:15:02Z".to_owned(),
        gone: true,
        attributes: BTreeMap::new(),
    };
    let records = [
        Record::Intent(samples::intent(1)),
        Record::Intent(delete),
        Record::Intent(replacing.clone()),
        Record::Intent(create),
        outcome(4, true, "4EC47282", None),
        Record::Entry(Box::new(second.clone())),
        Record::Wrote(wrote.clone()),
        outcome(1, false, "", Some("Forbidden.RAM")),
        outcome(2, true, "4EC47283", None),
        Record::Gone { address: address("logstore.tr") },
        Record::Wrote(deleted.clone()),
        Record::Moved { from: address("cen.second"), to: address("cen.core") },
    ];
    let journal = frames::decode(JOURNAL_1, "journal").unwrap();
    assert_eq!((&journal.begin, journal.records.as_slice()), (&begin, records.as_slice()));

    let loaded = fold(Some(state_1()), &journal).unwrap();
    let mut expected = state_1();
    expected.resources.remove(&address("logstore.tr"));
    let core = Entry { address: address("cen.core"), ..second };
    expected.resources.insert(core.address.clone(), core);
    assert_eq!(loaded.state, expected);
    assert_eq!(loaded.open, [replacing]);
    assert_eq!(loaded.recent, [Wrote { address: address("cen.core"), ..wrote }, deleted]);
}

#[test]
fn a_newer_journal_is_refused_as_that_whatever_is_in_it() {
    let begin = Begin { version: VERSION + 1, ..Begin::of(&samples::state()) };
    let newer = frames::encode(&[Record::Begin(begin)]).unwrap();
    let refused = frames::decode(&[newer.as_slice(), b"what nobody knows\n\n"].concat(), "journal").unwrap_err();
    assert_eq!(refused.to_string(), "journal was written by a newer cenform (format 2, this one knows up to 1)");
}

#[test]
fn attributes_of_a_newer_version_are_refused_in_both_files() {
    let newer = STATE_1.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1);
    let said = "cen.backbone in x was written by a newer cenform (format 2, this one knows up to 1)";
    assert_eq!(decode(newer.as_bytes(), "x").unwrap_err().to_string(), said);
    let entry = Entry { schema_version: 2, ..samples::entry("cen.backbone", "cen-1") };
    let records = [Record::Begin(Begin::of(&samples::state())), Record::Entry(Box::new(entry))];
    let journal = frames::encode(&records).unwrap();
    assert_eq!(frames::decode(&journal, "x").unwrap_err().to_string(), said);
}
