//! The attributes of a CEN (cloud-api 5.1, 11).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Durations, Literal, Schema, Type};
use crate::kinds::text;
use crate::model::address::Kind;

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::Cen,
    doc: "A Cloud Enterprise Network instance: the network that transit routers belong to.",
    attributes: &[
        Attribute::new("name", Type::Text(&text::NAME), "The name shown in the console. Left out: not managed."),
        Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
        Attribute::new("protection_level", Type::OneOf(&["REDUCED"]), "How overlapping CIDR blocks are treated.")
            .default(Literal::Text("REDUCED")),
        Attribute::new("resource_group_id", Type::Text(&text::RESOURCE_GROUP_ID), "The resource group it belongs to.")
            .after_create(),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap),
    ],
    natural_key: &[],
    timeouts: Durations {
        create: Duration::from_mins(5),
        update: Duration::from_mins(5),
        delete: Duration::from_mins(5),
    },
    timeouts_by_type: &[],
    usual: Durations { create: Duration::from_secs(5), update: Duration::from_secs(5), delete: Duration::from_secs(5) },
    deleted: "",
    replaced: "",
    holds_data: false,
    whole_object_update: false,
    rules: |_| Vec::new(),
};
