//! The attributes of a logstore (cloud-api 8.3, 11).

use std::time::Duration;

use crate::base::text::count;
use crate::kinds::schema::{Attribute, Change, Durations, Literal, Schema, Type, Violation, empty_tags};
use crate::kinds::{log_index, text};
use crate::model::address::Kind;
use crate::model::value::{Attributes, Value};

/// Encryption at rest.
static ENCRYPTION: &[Attribute] = &[
    Attribute::new("enable", Type::Bool, "Whether new data is encrypted.").required().means(encrypted),
    Attribute::new("type", Type::OneOf(&["default", "sm4"]), "The algorithm.")
        .default(Literal::Text("default"))
        .replaces(),
    Attribute::new("cmk_key_id", Type::Text(&text::NOT_EMPTY), "The customer master key's id.").replaces(),
    Attribute::new("cmk_arn", Type::Text(&text::NOT_EMPTY), "The role that may use the key.").replaces(),
    Attribute::new("cmk_region", Type::Text(&text::REGION), "The key's region.").replaces(),
];

/// Days after which records go (domain 3); 3650 of them are for ever.
fn other_age(before: &Value, after: &Value) -> Option<String> {
    match (before.as_int()?, after.as_int()?) {
        (_, 3650) => Some("records are kept for ever".to_owned()),
        (before, after) if after < before => {
            Some(format!("records older than {} are deleted", count(usize::try_from(after).unwrap_or_default(), "day")))
        }
        _ => None,
    }
}

/// What stands in the store already stays as it is (domain 3).
fn encrypted(_: &Value, after: &Value) -> Option<String> {
    let not = if after.as_bool()? { "" } else { "not " };
    Some(format!("new records are {not}encrypted"))
}

/// The query mode has no SQL (domain 3).
fn other_mode(_: &Value, after: &Value) -> Option<String> {
    (after.as_text()? == "query").then(|| "its records can no longer be analysed with SQL".to_owned())
}

/// Web tracking takes records from anyone (domain 3).
fn tracking(_: &Value, after: &Value) -> Option<String> {
    after.as_bool()?.then(|| "anyone may write into it without credentials".to_owned())
}

fn rules(attributes: &Attributes) -> Vec<Violation> {
    let mut violations = empty_tags(attributes);
    let int = |name: &str| attributes.get(name).and_then(Value::as_int);
    let split = attributes.get("auto_split").and_then(Value::as_bool) == Some(true);
    if split && !attributes.contains_key("max_split_shard_count") {
        violations.push(Violation {
            attribute: "auto_split",
            message: "auto_split needs max_split_shard_count.".to_owned(),
            help: "Add max_split_shard_count, the most shards that it may grow to.".to_owned(),
        });
    }
    if let (Some(max), Some(count)) = (int("max_split_shard_count"), int("shard_count"))
        && max < count
    {
        violations.push(Violation {
            attribute: "max_split_shard_count",
            message: format!("max_split_shard_count is {max}, less than shard_count, which is {count}."),
            help: "Raise max_split_shard_count or lower shard_count.".to_owned(),
        });
    }
    if let (Some(hot), Some(ttl)) = (int("hot_ttl"), int("ttl"))
        && hot > ttl
    {
        violations.push(Violation {
            attribute: "hot_ttl",
            message: format!("hot_ttl is {hot} days, more than ttl, which is {ttl}."),
            help: "hot_ttl is the first part of ttl: lower it or raise ttl.".to_owned(),
        });
    }
    if let (Some(cold), Some(ttl)) = (int("infrequent_access_ttl"), int("ttl"))
        && int("hot_ttl").unwrap_or(0).saturating_add(cold) > ttl
    {
        violations.push(Violation {
            attribute: "infrequent_access_ttl",
            message: format!("hot_ttl and infrequent_access_ttl together are more than ttl, which is {ttl} days."),
            help: "Both are parts of ttl: lower one of them or raise ttl.".to_owned(),
        });
    }
    violations
}

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::Logstore,
    doc: "A Logstore in a log project: where flow logs are kept.",
    attributes: &[
        Attribute::new("project", Type::Reference(Kind::LogProject), "The project that it is in.")
            .required()
            .replaces(),
        Attribute::new("name", Type::Text(&text::LOGSTORE_NAME), "Its name, unique in the project.")
            .required()
            .replaces(),
        Attribute::new("ttl", Type::Int(1, 3650), "How many days records are kept; 3650 is for ever.").required().means(other_age),
        Attribute::new(
            "shard_count",
            Type::Int(1, 100),
            "How many shards it begins with; later only splitting and merging change it.",
        )
        .default(Literal::Int(2))
        .changes(Change::AtCreationOnly(
            "To have another number, split or merge shards in the console, or with SplitShard and MergeShards.",
        )),
        Attribute::new("auto_split", Type::Bool, "Whether shards split by themselves under load."),
        Attribute::new("max_split_shard_count", Type::Int(1, 256), "The most shards that splitting may reach."),
        Attribute::new("hot_ttl", Type::Int(7, 3650), "How many days records stay in hot storage."),
        Attribute::new(
            "infrequent_access_ttl",
            Type::Int(0, 3650),
            "How many days records stay in infrequent-access storage after that.",
        ),
        Attribute::new(
            "append_meta",
            Type::Bool,
            "Whether the receiving time and the client's address are added to records.",
        ),
        Attribute::new("web_tracking", Type::Bool, "Whether anyone may write without credentials.")
            .default(Literal::Bool(false)).means(tracking),
        Attribute::new("mode", Type::OneOf(&["standard", "query"]), "standard can be analysed with SQL; query cannot.").means(other_mode),
        Attribute::new("telemetry_type", Type::OneOf(&["None", "Metrics"]), "Whether it is for metrics.").replaces(),
        Attribute::new("encryption", Type::Object(ENCRYPTION), "Encryption at rest."),
        Attribute::new(
            "index",
            Type::Index(log_index::FIELDS),
            "What can be searched: flow_log for every documented field of a flow log, or a map with line and keys as the \
             API has it. Left out: not managed.",
        )
        .after_create(),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap).after_create(),
        Attribute::new(
            "index_settings",
            Type::Text(&text::ANY),
            "What its index has besides, in JSON as the service has it; kept as it is by every change.",
        )
        .computed(),
        Attribute::new(
            "sharding_policy",
            Type::Text(&text::ANY),
            "How records are spread over shards, in JSON as the service has it; kept as it is by every change.",
        )
        .computed(),
        Attribute::new("region", Type::Text(&text::REGION), "The region of its project.")
            .derived(&[("project", "region")]),
    ],
    natural_key: &["project", "name"],
    timeouts: Durations {
        create: Duration::from_mins(5),
        update: Duration::from_mins(5),
        delete: Duration::from_mins(5),
    },
    timeouts_by_type: &[],
    usual: Durations {
        create: Duration::from_secs(1),
        update: Duration::from_secs(1),
        delete: Duration::from_secs(1),
    },
    deleted: "the logs in it are lost",
    replaced: "the logs in it are lost",
    holds_data: true,
    whole_object_update: true,
    rules,
};
