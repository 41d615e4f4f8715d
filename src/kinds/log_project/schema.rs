//! The attributes of a log project (cloud-api 8.3, 11).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Durations, Literal, Schema, Type, empty_tags};
use crate::kinds::text;
use crate::model::address::Kind;

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::LogProject,
    doc: "A Simple Log Service project. Its name is global: no two accounts can use the same.",
    attributes: &[
        Attribute::new("name", Type::Text(&text::PROJECT_NAME), "Its name, which is also its id.")
            .required()
            .replaces(),
        Attribute::new("region", Type::Text(&text::REGION), "Its region. Left out: provider.region.").replaces(),
        Attribute::new("description", Type::Text(&text::ANY), "A description.").default(Literal::Text("")),
        Attribute::new("redundancy", Type::OneOf(&["LRS", "ZRS"]), "Locally or zone-redundant storage.").replaces(),
        Attribute::new("resource_group_id", Type::Text(&text::RESOURCE_GROUP_ID), "The resource group it belongs to."),
        Attribute::new("recycle_bin", Type::Bool, "Whether a deleted project is kept in the recycle bin."),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap).after_create(),
    ],
    natural_key: &["name"],
    timeouts: Durations {
        create: Duration::from_mins(5),
        update: Duration::from_mins(5),
        delete: Duration::from_mins(5),
    },
    timeouts_by_type: &[],
    usual: Durations { create: Duration::from_secs(1), update: Duration::from_secs(1), delete: Duration::from_secs(1) },
    deleted: "all logs in it are lost",
    replaced: "all logs in it are lost",
    holds_data: true,
    whole_object_update: true,
    rules: empty_tags,
};
