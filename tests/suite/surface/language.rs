//! No attribute is without a row, and no row without an attribute: held against the language, copied by hand, and
//! against the JSON Schema that is published.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value as Json;

use super::lives::on_every;
use super::outside::yaml;
use super::row::{Row, Subject};
use super::table::{NOT_YET, subjects};
use super::walker::stack;
use crate::suite::engine::bench::{Bench, Ended};
use crate::suite::shell::repository;

/// The attributes of each kind and type, as the language has them. `=`: computed.
const LANGUAGE: &[(&str, &str)] = &[
    ("cen", "id= status= name description protection_level resource_group_id tags"),
    (
        "transit_router",
        "id= status= type= cen region name description support_multicast cidrs cidrs.cidr cidrs.name \
         cidrs.description cidrs.publish tags",
    ),
    (
        "attachment(vpc)",
        "id= status= type transit_router name description tags force_delete payer owner grant vpc_id zone_mappings \
         zone_mappings.zone_id zone_mappings.vswitch_id auto_publish_routes ipv6",
    ),
    (
        "attachment(vbr)",
        "id= status= type transit_router name description tags force_delete payer owner grant vbr_id \
         auto_publish_routes",
    ),
    (
        "attachment(vpn)",
        "id= status= type transit_router name description tags force_delete payer owner grant vpn_id zones \
         auto_publish_routes charge_type",
    ),
    ("attachment(ecr)", "id= status= type transit_router name description tags force_delete payer owner grant ecr_id"),
    (
        "attachment(peer)",
        "id= status= type transit_router name description tags force_delete peer bandwidth bandwidth_type \
         bandwidth_package_id link_type auto_publish_routes flow_logs flow_logs.here flow_logs.there",
    ),
    ("log_project", "id= status= name region description redundancy resource_group_id recycle_bin tags"),
    (
        "logstore",
        "id= status= project name ttl shard_count auto_split max_split_shard_count hot_ttl infrequent_access_ttl \
         append_meta web_tracking mode telemetry_type encryption encryption.enable encryption.type \
         encryption.cmk_key_id encryption.cmk_arn encryption.cmk_region index index.line index.keys tags",
    ),
    (
        "flow_log",
        "id= attachment transit_router logstore destination destination.project destination.logstore name \
         description interval log_format status tags region= cen=",
    ),
];

/// What every resource may have.
pub(super) const ON_EVERY: &str = "for_each enabled depends_on account existing existing.name timeouts timeouts.create \
                        timeouts.update timeouts.delete lifecycle lifecycle.prevent_destroy lifecycle.ignore_changes \
                        lifecycle.replace_triggered_by lifecycle.create_before_destroy";

type Names = BTreeSet<String>;

fn names<'a>(words: impl IntoIterator<Item = &'a str>) -> Names {
    words.into_iter().map(str::to_owned).collect()
}

fn of_rows(subject: &Subject) -> Names {
    let name = |row: &Row| format!("{}{}", row.attribute, if row.computed { "=" } else { "" });
    subject.rows.iter().map(name).collect()
}

#[test]
fn every_attribute_of_the_language_has_a_row() {
    let subjects = subjects();
    let known = names(LANGUAGE.iter().map(|(name, _)| *name));
    assert_eq!(subjects.iter().map(|subject| subject.name.to_owned()).collect::<Names>(), known);
    for (name, words) in LANGUAGE {
        let subject = subjects.iter().find(|subject| subject.name == *name).unwrap();
        assert_eq!(of_rows(subject), names(words.split_whitespace()), "{name}");
        assert_eq!(of_rows(subject).len(), subject.rows.len(), "{name} has a row twice");
    }
}

fn published() -> Json {
    let text = fs::read_to_string(repository().join("schemas/stack.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The properties of a schema, through choices and lists, and those inside them.
fn properties(schema: &Json, below: &str, depth: usize) -> Names {
    let mut found = Names::new();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{below}{name}");
        if depth > 1 {
            found.extend(properties(inner, &format!("{path}."), depth - 1));
        }
        found.insert(path);
    }
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    for inner in choices.chain(schema.get("items")) {
        found.extend(properties(inner, below, depth));
    }
    found
}

#[test]
fn every_attribute_that_is_published_has_a_row() {
    let (subjects, published) = (subjects(), published());
    let kinds: BTreeSet<&str> = subjects.iter().map(|subject| subject.kind).collect();
    for kind in kinds {
        let of_kind = || subjects.iter().filter(|subject| subject.kind == kind);
        let rows = of_kind().flat_map(|subject| {
            let there = subject.rows.iter().filter(|row| !row.computed);
            there.map(|row| row.attribute)
        });
        let shown = properties(&published["$defs"][kind], "", 2);
        assert_eq!(shown, names(rows.chain(on_every())), "{kind}");
        let section = of_kind().next().unwrap().section;
        assert!(published["properties"][section].is_object(), "{kind}");
    }
}

#[test]
fn what_is_still_to_come_is_not_there() {
    let there = properties(&published()["$defs"]["cen"], "", 2);
    for key in NOT_YET {
        assert!(!there.contains(*key), "{key} is there: take it out of NOT_YET");
    }
}

#[tokio::test(start_paused = true)]
async fn an_attribute_of_another_type_is_refused() {
    let subjects = subjects();
    let there = |subject: &&Subject| subject.kind == "attachment";
    let bench = Bench::new();
    for subject in subjects.iter().filter(there) {
        let own = of_rows(subject);
        let others = subjects.iter().filter(there).flat_map(|subject| &subject.rows);
        for row in others.filter(|row| !row.computed && !own.contains(row.attribute) && row.attribute == row.root()) {
            let written = stack(subject, |resource| {
                resource.insert(row.attribute.to_owned(), yaml(row.values[0]));
            });
            let Ended::NotLoaded(problems) = bench.apply(&written).await else {
                panic!("{} takes {}", subject.name, row.attribute)
            };
            let says = format!("{} is not for type", row.attribute);
            assert!(problems.iter().any(|problem| problem.detail.contains(&says)), "{}: {problems:#?}", subject.name);
        }
    }
}
