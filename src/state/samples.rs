//! States for tests: a fixed one, and any.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::entry::{Deposed, Entry, EntryStatus, ExistingRead, State};
use super::file::MOST;
use super::journal::{Intent, Outcome, Record, Wrote};
use crate::model::action::Deed;
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// An address that is written `text`.
pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn attributes<const N: usize>(pairs: [(&str, Value); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An entry at `text` of the object `id`.
pub(crate) fn entry(text: &str, id: &str) -> Entry {
    let address = address(text);
    Entry {
        kind: address.kind,
        address,
        id: id.to_owned(),
        account_id: "1000000000000001".to_owned(),
        account: None,
        region: None,
        schema_version: 1,
        status: EntryStatus::Settled,
        protected: false,
        owned: BTreeSet::new(),
        attributes: Attributes::new(),
        dependencies: BTreeSet::new(),
        deposed: Vec::new(),
    }
}

/// A state with every field in use.
pub(crate) fn state() -> State {
    let cen = Entry {
        protected: true,
        owned: BTreeSet::from(["name".to_owned(), "tags".to_owned()]),
        attributes: attributes([
            ("name", "backbone".into()),
            ("tags", Value::Map(attributes([("team", "network".into())]))),
        ]),
        ..entry("cen.backbone", "cen-7qthudw0ll6jmc")
    };
    let router = Entry {
        account: Some("net".to_owned()),
        region: Some(Region("cn-hangzhou".to_owned())),
        status: EntryStatus::Creating,
        attributes: attributes([("cen", "cen-7qthudw0ll6jmc".into()), ("multicast", false.into())]),
        dependencies: BTreeSet::from([address("cen.backbone")]),
        deposed: vec![Deposed {
            id: "tr-bp1su1ytdxtataupl0old".to_owned(),
            attributes: attributes([("name", Value::Null)]),
            deleting: false,
        }],
        ..entry("transit_router.hz", "tr-bp1su1ytdxtataupl0new")
    };
    let log = Entry {
        region: Some(Region("cn-hangzhou".to_owned())),
        status: EntryStatus::Deleting,
        attributes: attributes([
            ("interval", 60.into()),
            ("log_format", Value::List(vec!["srcaddr".into(), "dstaddr".into()])),
        ]),
        ..entry("flow_log.spoke[\"eu \\\"1\\\"\"]", "flowlog-m5evbtbpt****")
    };
    let read = ExistingRead {
        address: address("attachment.app"),
        id: "tr-attach-vx6iwhjr1x1j78****".to_owned(),
        account: None,
        region: Some(Region("cn-hangzhou".to_owned())),
        attributes: attributes([("type", "vpc".into())]),
    };
    State {
        lineage: "6b5e5a52-9f0a-4b3f-8f06-2f8a54a3c0de".to_owned(),
        serial: 7,
        account_id: "1000000000000001".to_owned(),
        emulator: true,
        resources: [cen, router, log].into_iter().map(|entry| (entry.address.clone(), entry)).collect(),
        existing: BTreeMap::from([(read.address.clone(), read)]),
        outputs: attributes([("flow_log_id", "flowlog-m5evbtbpt****".into()), ("share", Value::Float(0.1))]),
    }
}

/// The intent with this number.
pub(crate) fn intent(number: u64) -> Intent {
    Intent {
        number,
        address: address("flow_log.app"),
        deed: Deed::Create,
        call: "CreateFlowlog".to_owned(),
        token: Some(format!("token-{number}")),
        digest: "00".repeat(32),
        at: "2026-11-22T10:15:00Z".to_owned(),
        id: None,
        absent: true,
        replaces: None,
        account: None,
        region: Some(Region("cn-hangzhou".to_owned())),
        attributes: attributes([("interval", 60.into())]),
    }
}

/// The acknowledgement of the intent with this number.
pub(crate) fn outcome(number: u64) -> Record {
    Record::Outcome(Outcome { number, acknowledged: true, request_id: "4EC47282".to_owned(), code: None })
}

/// An acknowledged write of a CEN that was named after this number.
pub(crate) fn wrote(number: u64) -> Wrote {
    Wrote {
        address: address("cen.backbone"),
        id: "cen-7qthudw0ll6jmc".to_owned(),
        at: "2026-11-22T10:15:00Z".to_owned(),
        gone: false,
        attributes: BTreeMap::from([("name".to_owned(), Value::from(format!("name-{number}")))]),
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop::num::f64::NORMAL.prop_map(Value::Float),
        any::<String>().prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map("[a-z]{0,4}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

fn addresses() -> impl Strategy<Value = Address> {
    (prop::sample::select(&Kind::ALL[..]), "[a-z][a-z0-9_-]{0,5}", prop::option::of("[^\\p{Cc}]{1,5}"))
        .prop_map(|(kind, name, key)| Address { kind, name, key })
}

fn entries() -> impl Strategy<Value = Entry> {
    let status = prop::sample::select(&[EntryStatus::Settled, EntryStatus::Creating, EntryStatus::Deleting][..]);
    let values = || btree_map("[a-z_]{1,6}", values(), 0..4);
    (
        addresses(),
        (prop::option::of(any::<String>()), prop::option::of("[a-z]{2}-[a-z]{1,5}"), 0..=1_u32, any::<bool>()),
        status,
        prop::collection::btree_set("[a-z]{1,4}", 0..3),
        values(),
        prop::collection::btree_set(addresses(), 0..3),
        prop::option::of(values()),
    )
        .prop_map(
            |(address, (account, region, schema_version, protected), status, owned, attributes, deps, deposed)| {
                let id = format!("id of {address}");
                Entry {
                    kind: address.kind,
                    deposed: deposed
                        .map(|attributes| Deposed { id: format!("old {id}"), attributes, deleting: protected })
                        .into_iter()
                        .collect(),
                    address,
                    id,
                    account_id: "1000000000000001".to_owned(),
                    account,
                    region: region.map(Region),
                    schema_version,
                    status,
                    protected,
                    owned,
                    attributes,
                    dependencies: deps,
                }
            },
        )
}

/// Any state.
pub(crate) fn states() -> impl Strategy<Value = State> {
    let read = (addresses(), any::<String>(), btree_map("[a-z_]{1,6}", values(), 0..4))
        .prop_map(|(address, id, attributes)| ExistingRead { address, id, account: None, region: None, attributes });
    (
        ("[a-f0-9]{8}", 0..=MOST, any::<String>(), any::<bool>()),
        vec(entries(), 0..5),
        vec(read, 0..3),
        btree_map(any::<String>(), values(), 0..4),
    )
        .prop_map(|((lineage, serial, account_id, emulator), entries, reads, outputs)| State {
            lineage,
            serial,
            account_id,
            emulator,
            resources: entries.into_iter().map(|entry| (entry.address.clone(), entry)).collect(),
            existing: reads.into_iter().map(|read| (read.address.clone(), read)).collect(),
            outputs,
        })
}

/// Any record but the first.
pub(crate) fn records() -> impl Strategy<Value = Record> {
    prop_oneof![
        (0..=MOST, addresses(), btree_map("[a-z_]{1,6}", values(), 0..4)).prop_map(|(number, address, attributes)| {
            Record::Intent(Intent { address, attributes, ..intent(number) })
        }),
        (0..=MOST, any::<bool>(), any::<String>(), prop::option::of(any::<String>())).prop_map(
            |(number, acknowledged, request_id, code)| {
                Record::Outcome(Outcome { number, acknowledged, request_id, code })
            }
        ),
        entries().prop_map(|entry| Record::Entry(Box::new(entry))),
        addresses().prop_map(|address| Record::Gone { address }),
        (addresses(), addresses()).prop_map(|(from, to)| Record::Moved { from, to }),
    ]
}
