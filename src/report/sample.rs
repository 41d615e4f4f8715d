//! Plans to test with.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::action::Action;
use crate::model::address::Address;
use crate::model::value::{Attributes, Value};
use crate::plan::{Besides, Difference, Drift, Note, Operation, OutputChange, PathStep, Plan, Reason, Words};

/// A value from JSON.
pub(super) fn value(json: serde_json::Value) -> Value {
    Value::from(json)
}

/// Attributes from JSON.
pub(super) fn attributes(json: serde_json::Value) -> Attributes {
    serde_json::from_value(json).unwrap()
}

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// The unknown id of a resource.
pub(super) fn id_of(text: &str) -> Value {
    Value::reference(&address(text), "id")
}

pub(super) fn plan(operations: Vec<Operation>) -> Plan {
    Plan {
        format_version: 1,
        digest: "sha256:00".to_owned(),
        lineage: String::new(),
        serial: 0,
        account_id: "1000000000000001".to_owned(),
        accounts: BTreeMap::new(),
        emulator: true,
        stack: ".".to_owned(),
        words: Words::default(),
        provider: crate::model::stack::Provider::default(),
        writes: operations.len(),
        seconds: 90,
        operations,
        records: Vec::new(),
        existing: Vec::new(),
        drift: Vec::new(),
        outputs: BTreeMap::new(),
        notes: Vec::new(),
        pauses: Vec::new(),
        left_out: BTreeSet::new(),
        names: BTreeMap::new(),
    }
}

pub(super) fn operation(action: Action, at: &str, before: Attributes, after: Attributes) -> Operation {
    Operation {
        address: address(at),
        action,
        besides: Besides { importing: action == Action::Import, ..Besides::default() },
        id: (action != Action::Create).then(|| format!("{}-1", address(at).name)),
        account_id: "1000000000000001".to_owned(),
        account: None,
        region: None,
        before,
        after,
        differences: Vec::new(),
        left_overs: Vec::new(),
        because: None,
        cause: None,
        owned: BTreeSet::new(),
        dependencies: BTreeSet::new(),
        protected: false,
        after_deeds: BTreeMap::new(),
        timeouts: BTreeMap::new(),
    }
}

impl Operation {
    /// With the attribute at `path` (`tags.env`) differing as `before` and `after` do.
    pub(super) fn differs(mut self, path: &str, reason: Reason, forces_replacement: bool) -> Self {
        let keys: Vec<&str> = path.split('.').collect();
        let leaf = |attributes: &Attributes| {
            let first = attributes.get(keys[0]).cloned().unwrap_or(Value::Null);
            keys[1..]
                .iter()
                .fold(first, |value, key| value.as_map().and_then(|map| map.get(*key)).cloned().unwrap_or(Value::Null))
        };
        self.differences.push(Difference {
            path: keys.iter().map(|key| PathStep::Key((*key).to_owned())).collect(),
            before: leaf(&self.before),
            after: leaf(&self.after),
            reason,
            forces_replacement,
        });
        self
    }
}

/// A plan with one of everything.
pub(super) fn everything() -> Plan {
    use serde_json::json;

    let log = json!({
        "interval": 600,
        "log_format": "${srcaddr}${dstaddr}${bytes}${packets}",
        "logstore": "netflow/old",
        "name": "app",
        "region": "cn-hangzhou",
        "status": "Inactive",
        "tags": { "env": "stage", "team": "net", "gone": "x", "finops": "1" },
    });
    let mut log_after = attributes(log.clone());
    log_after.insert("interval".to_owned(), Value::Int(60));
    log_after.insert("status".to_owned(), "Active".into());
    log_after
        .insert("tags".to_owned(), value(json!({ "env": "prod", "team": "net", "new\nline": "流量", "finops": "1" })));
    let mut replaced = attributes(log.clone());
    replaced.insert("logstore".to_owned(), id_of("logstore.tr"));
    replaced.insert("log_format".to_owned(), "${srcaddr}${dstaddr}${packets}${bytes}${direction}".into());
    let mut attachment = attributes(json!({
        "auto_publish_routes": false,
        "transit_router": null,
        "type": "vpc",
        "vpc_id": "vpc-bp1h8vbrbcgohcju5abcd",
        "zone_mappings": [{ "zone_id": "cn-hangzhou-h", "vswitch_id": "vsw-1" }],
    }));
    attachment.insert("transit_router".to_owned(), id_of("transit_router.hz-1"));

    let mut plan = plan(vec![
        operation(Action::Create, "attachment.spoke/eu \"1\"", Attributes::new(), attachment),
        operation(Action::Import, "cen.backbone", Attributes::new(), Attributes::new()),
        operation(Action::Update, "flow_log.app", attributes(log.clone()), log_after)
            .differs("interval", Reason::ChangedInYaml, false)
            .differs("status", Reason::Drifted, false)
            .differs("tags.env", Reason::ChangedInYaml, false)
            .differs("tags.gone", Reason::NoLongerSet, false)
            .differs("tags.new\nline", Reason::NewlySet, false),
        Operation {
            because: Some("it is no longer in the configuration".to_owned()),
            ..operation(Action::Delete, "flow_log.old", attributes(log.clone()), Attributes::new())
        },
        operation(Action::Forget, "flow_log.forgotten", Attributes::new(), Attributes::new()),
        operation(Action::Replace, "flow_log.spoke", attributes(log), replaced)
            .differs("logstore", Reason::ReferenceReplaced(address("logstore.tr")), true)
            .differs("log_format", Reason::ChangedInYaml, true),
        operation(Action::Wait, "transit_router.hz", Attributes::new(), Attributes::new()),
    ]);
    plan.drift = vec![
        Drift {
            address: address("flow_log.app"),
            id: "flowlog-1".to_owned(),
            gone: false,
            left_over: false,
            differences: operation(
                Action::Update,
                "flow_log.app",
                attributes(json!({ "status": "Active" })),
                attributes(json!({ "status": "Inactive" })),
            )
            .differs("status", Reason::Drifted, false)
            .differences,
        },
        Drift {
            address: address("flow_log.lost"),
            id: "flowlog-2".to_owned(),
            gone: true,
            left_over: false,
            differences: Vec::new(),
        },
    ];
    plan.notes = vec![
        Note {
            address: Some(address("logstore.tr")),
            message:
                "The service has made an index and four dashboards. They are not managed here, and stay as they are."
                    .to_owned(),
        },
        Note { address: None, message: "1 outcome is unknown; apply will settle it.".to_owned() },
    ];
    plan.outputs = BTreeMap::from([
        ("count".to_owned(), OutputChange { before: Value::Int(1), after: Value::Int(2) }),
        ("flow_log_id".to_owned(), OutputChange { before: Value::Null, after: id_of("flow_log.spoke") }),
        ("old".to_owned(), OutputChange { before: value(json!({ "a": ["x"] })), after: Value::Null }),
    ]);
    plan
}
