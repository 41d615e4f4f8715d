//! The attributes of a transit router (cloud-api 5.2, 11, 15).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Durations, Literal, Schema, Type};
use crate::kinds::text;
use crate::model::address::Kind;

/// One address block of a router.
static CIDR: Type = Type::Object(&[
    Attribute::new("cidr", Type::Text(&text::CIDR), "The address block, such as 10.0.0.0/24.").required(),
    Attribute::new("name", Type::Text(&text::BLOCK_NAME), "Its name. Left out: not managed."),
    Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
    Attribute::new("publish", Type::Bool, "Whether a route to it is published.").default(Literal::Bool(true)),
]);

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::TransitRouter,
    doc: "An Enterprise Edition transit router: one for a CEN and region.",
    attributes: &[
        Attribute::new("cen", Type::Reference(Kind::Cen), "The CEN that it belongs to.").required().replaces(),
        Attribute::new("region", Type::Text(&text::REGION), "Its region. Left out: provider.region.").replaces(),
        Attribute::new("name", Type::Text(&text::NAME), "The name shown in the console. Left out: not managed."),
        Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
        Attribute::new("support_multicast", Type::Bool, "Whether it supports multicast.").replaces(),
        Attribute::new(
            "cidrs",
            Type::Set { item: &CIDR, min: 0, max: 5, key: Some("cidr") },
            "Its address blocks, changed one by one.",
        ),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap),
        Attribute::new("type", Type::OneOf(&["Enterprise", "Basic"]), "Its edition.").computed(),
        Attribute::new("cidr_ids", Type::Tags, "The id of each of its address blocks.").computed(),
    ],
    natural_key: &["cen", "region"],
    timeouts: Durations {
        create: Duration::from_mins(5),
        update: Duration::from_mins(5),
        delete: Duration::from_mins(5),
    },
    timeouts_by_type: &[],
    usual: Durations {
        create: Duration::from_secs(20),
        update: Duration::from_secs(5),
        delete: Duration::from_secs(20),
    },
    deleted: "",
    replaced: "",
    holds_data: false,
    whole_object_update: false,
    rules: |_| Vec::new(),
};
