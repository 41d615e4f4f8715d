//! The attributes of a flow log (the CreateFlowlog page; cloud-api 5.4, 11).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Durations, Literal, Schema, Type, Violation};
use crate::kinds::text;
use crate::model::address::Kind;
use crate::model::value::{Attributes, Value};

/// A store by name.
static DESTINATION: &[Attribute] = &[
    Attribute::new("project", Type::Text(&text::PROJECT_NAME), "The project's name.").required().replaces(),
    Attribute::new("logstore", Type::Text(&text::LOGSTORE_NAME), "The logstore's name.").required().replaces(),
];

/// A record sums up the packets of a connection in one interval (domain 1.1).
fn other_interval(before: &Value, after: &Value) -> Option<String> {
    match (before.as_int()?, after.as_int()?) {
        (600, 60) => Some("up to ten times as many records".to_owned()),
        (60, 600) => Some("down to a tenth as many records".to_owned()),
        _ => None,
    }
}

/// Switched off, a flow log stays and captures nothing (domain 1.4).
fn switched(_: &Value, after: &Value) -> Option<String> {
    match after.as_text()? {
        "Active" => Some("logs again from then on".to_owned()),
        "Inactive" => Some("nothing is logged from then on".to_owned()),
        _ => None,
    }
}

/// What was logged stays as it is and where it is.
fn from_now_on(_: &Value, after: &Value) -> Option<String> {
    (!after.is_null()).then(|| "new records only".to_owned())
}

fn rules(attributes: &Attributes) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !attributes.contains_key("attachment") && !attributes.contains_key("transit_router") {
        violations.push(Violation {
            attribute: "attachment",
            message: "A flow log watches an attachment or a transit router, and this one names neither.".to_owned(),
            help: "Add attachment: NAME, or transit_router: NAME for the whole router.".to_owned(),
        });
    }
    match (attributes.contains_key("logstore"), attributes.contains_key("destination")) {
        (true, true) => violations.push(Violation {
            attribute: "destination",
            message: "logstore and destination exclude each other.".to_owned(),
            help: "Keep logstore for a declared store, destination for one that is named by text.".to_owned(),
        }),
        (false, false) => violations.push(Violation {
            attribute: "logstore",
            message: "A flow log needs a store to write to.".to_owned(),
            help: "Add logstore: NAME, or destination: { project: …, logstore: … }.".to_owned(),
        }),
        _ => {}
    }
    violations
}

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::FlowLog,
    doc: "A flow log of a transit router or of one of its attachments.",
    attributes: &[
        Attribute::new(
            "attachment",
            Type::Reference(Kind::Attachment),
            "The attachment whose traffic is logged. Left out: the whole router.",
        )
        .replaces()
        .always(),
        Attribute::new(
            "transit_router",
            Type::Reference(Kind::TransitRouter),
            "The router whose traffic is logged; beside attachment, the router at which it is logged.",
        )
        .or_derived(&[("attachment", "transit_router")])
        .replaces(),
        Attribute::new("logstore", Type::Reference(Kind::Logstore), "The logstore that it writes to.")
            .replaces()
            .means(from_now_on),
        Attribute::new(
            "destination",
            Type::Object(DESTINATION),
            "A store named by text. If it does not exist, the service creates it outside of the plan.",
        )
        .replaces()
        .means(from_now_on),
        Attribute::new("name", Type::Text(&text::NAME), "The name shown in the console. Left out: not managed."),
        Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
        Attribute::new("interval", Type::OneOfInt(&[60, 600]), "The aggregation interval in seconds.")
            .default(Literal::Int(600))
            .means(other_interval),
        Attribute::new(
            "log_format",
            Type::LogFormat,
            "The fields of a record, beginning with srcaddr, dstaddr and bytes. Left out: all default fields.",
        )
        .replaces()
        .means(from_now_on),
        Attribute::new("status", Type::OneOf(&["Active", "Inactive"]), "Whether it is switched on. Always managed.")
            .default(Literal::Text("Active"))
            .always()
            .after_create()
            .means(switched),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap),
        Attribute::new("region", Type::Text(&text::REGION), "The region of its router.")
            .derived(&[("transit_router", "region"), ("attachment", "region")]),
        Attribute::new("cen", Type::Text(&text::CEN_ID), "The CEN of its router.")
            .derived(&[("transit_router", "cen"), ("attachment", "cen")]),
    ],
    natural_key: &["attachment", "transit_router"],
    timeouts: Durations {
        create: Duration::from_mins(5),
        update: Duration::from_mins(5),
        delete: Duration::from_mins(5),
    },
    timeouts_by_type: &[],
    usual: Durations { create: Duration::from_secs(5), update: Duration::from_secs(5), delete: Duration::from_secs(5) },
    deleted: "its traffic is no longer logged",
    replaced: "",
    holds_data: false,
    whole_object_update: false,
    rules,
};
