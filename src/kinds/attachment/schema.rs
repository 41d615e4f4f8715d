//! The attributes of an attachment (cloud-api 5.3, 11).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Change, KindTimeouts, Literal, Schema, Type};
use crate::kinds::text;
use crate::model::address::Kind;

/// One zone of a VPC attachment.
static ZONE_MAPPING: Type = Type::Object(&[
    Attribute::new("zone_id", Type::Text(&text::NOT_EMPTY), "The zone.").required(),
    Attribute::new("vswitch_id", Type::Text(&text::VSWITCH_ID), "The vSwitch in that zone.").required(),
]);

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::Attachment,
    doc: "A network instance connection of a transit router.",
    version: 1,
    attributes: &[
        Attribute::new("type", Type::OneOf(&["vpc"]), "What is attached.").required().replaces(),
        Attribute::new("transit_router", Type::Reference(Kind::TransitRouter), "The router that it is attached to.")
            .required()
            .replaces(),
        Attribute::new("name", Type::Text(&text::NAME), "The name shown in the console. Left out: not managed."),
        Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap),
        Attribute::new(
            "force_delete",
            Type::Bool,
            "Whether deleting it also deletes its associations and learned routes.",
        )
        .default(Literal::Bool(false))
        .changes(Change::NotCompared),
        Attribute::new("payer", Type::OneOf(&["cen_owner", "resource_owner"]), "Who pays for it.")
            .default(Literal::Text("cen_owner"))
            .after_create(),
        Attribute::new("vpc_id", Type::Text(&text::VPC_ID), "The VPC.").required().replaces().only(&["vpc"]),
        Attribute::new(
            "zone_mappings",
            Type::Set { item: &ZONE_MAPPING, min: 1, max: 10, key: Some("zone_id") },
            "The zones and the vSwitch in each that the router's network interfaces are made in.",
        )
        .required()
        .only(&["vpc"]),
        Attribute::new("auto_publish_routes", Type::Bool, "Whether the router's routes are published to the VPC.")
            .default(Literal::Bool(false))
            .only(&["vpc"]),
        Attribute::new("ipv6", Type::Bool, "Whether it carries IPv6.").default(Literal::Bool(false)).only(&["vpc"]),
        Attribute::new("cen", Type::Text(&text::CEN_ID), "The CEN of its router.")
            .derived(&[("transit_router", "cen")]),
        Attribute::new("region", Type::Text(&text::REGION), "The region of its router.")
            .derived(&[("transit_router", "region")]),
    ],
    natural_key: &["transit_router", "vpc_id"],
    timeouts: KindTimeouts {
        create: Duration::from_mins(42),
        update: Duration::from_mins(8),
        delete: Duration::from_mins(20),
    },
    holds_data: false,
    whole_object_update: false,
    rules: |_| Vec::new(),
};
