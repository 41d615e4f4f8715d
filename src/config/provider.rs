//! `provider:` of a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::check;
use crate::kinds::schema::{Attribute, Type};
use crate::model::address::Address;
use crate::model::region::Region;
use crate::model::stack::{IgnoreTags, Provider};
use crate::model::value::Value;

use super::context::{Context, Secrets, Uses};
use super::document::Entry;
use super::duration;
use super::fields::{fields, problem, wrong_type};

/// The keys of `provider`.
pub(super) const KEYS: [&str; 5] = ["region", "settle_window", "token_window", "default_tags", "ignore_tags"];

/// What the provider gives to resources.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    /// Tags of every resource.
    pub(super) tags: BTreeMap<String, Value>,
    /// Where they stand.
    pub(super) tags_place: Option<Place>,
    /// The resources that the tags use, and where.
    pub(super) uses: Vec<(Address, Place)>,
    /// Whether a region was written that is wrong, which has been told.
    pub(super) region_is_wrong: bool,
}

/// Reads `provider`. `region` from the command line stands instead of the written one.
pub(super) fn read(
    entry: Option<&Entry>,
    region: Option<&Region>,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> (Provider, Defaults) {
    let mut provider = Provider::default();
    let mut defaults = Defaults::default();
    let written = entry.map(|entry| fields(&entry.value, &entry.place, "provider", &KEYS, found));
    for (key, tree, place) in written.unwrap_or_default() {
        let mut uses = Uses::default();
        let value = context.value(tree, &place, Secrets::Refuse, &mut uses, found);
        if key == "default_tags" {
            let tags = value.and_then(|value| default_tags(value, &place, found));
            defaults.tags = tags.unwrap_or_default();
            defaults.tags_place = Some(place);
            defaults.uses = uses.resources;
            continue;
        }
        let value = value.filter(|value| {
            let known = !value.has_unknown();
            if !known {
                found.push(not_known(&format!("provider.{key}"), &place));
            }
            known
        });
        match (key, value) {
            ("region", Some(Value::Text(text))) if Region::is_well_formed(&text) => {
                provider.region = Some(Region(text));
            }
            ("region", Some(Value::Text(text))) => {
                let detail = format!("\"{}\" is no region id.", crate::base::text::printable(&text));
                found.push(problem(codes::NOT_ALLOWED, detail, place).help("Write a region id such as cn-hangzhou."));
                defaults.region_is_wrong = true;
            }
            ("region", None) => defaults.region_is_wrong = true,
            ("region", Some(other)) => {
                found.push(wrong_type("provider.region", "text", &other, &place));
                defaults.region_is_wrong = true;
            }
            ("settle_window", Some(value)) => {
                if let Some(window) = window(key, &value, &place, found) {
                    provider.settle_window = Some(window);
                }
            }
            ("token_window", Some(value)) => {
                if let Some(window) = window(key, &value, &place, found) {
                    provider.token_window = window;
                }
            }
            ("ignore_tags", Some(value)) => provider.ignore_tags = ignore_tags(&value, &place, found),
            _ => {}
        }
    }
    if let Some(region) = region {
        provider.region = Some(region.clone());
    }
    (provider, defaults)
}

/// The problem of a value that planning needs.
pub(super) fn not_known(what: &str, place: &Place) -> Diagnostic {
    problem(codes::NOT_KNOWN_AT_PLAN, format!("{what} must be known when planning."), place.clone())
        .help("Use variables and local values here, and nothing that a resource tells.")
}

/// A duration that may be zero.
fn window(key: &str, value: &Value, place: &Place, found: &mut Vec<Diagnostic>) -> Option<Duration> {
    let read = match value {
        Value::Int(0) => Some(Duration::ZERO),
        Value::Text(text) => duration::parse(text),
        _ => None,
    };
    if read.is_none() {
        let detail = format!("provider.{key} must be a duration, and this is {}.", check::described(value));
        found.push(problem(codes::NOT_ALLOWED, detail, place.clone()).help(duration::HELP));
    }
    read
}

fn default_tags(value: Value, place: &Place, found: &mut Vec<Diagnostic>) -> Option<BTreeMap<String, Value>> {
    let attribute = Attribute::new("default_tags", Type::Tags, "Tags of every resource.");
    let faults = check::check(&attribute, &value);
    let whole = faults.is_empty();
    found.extend(faults.into_iter().map(|fault| super::resource::placed(fault, place)));
    match check::normalise(&attribute.ty, value) {
        Value::Map(tags) if whole => Some(tags),
        Value::Unknown(_) => {
            found.push(not_known("Which tags there are", place));
            None
        }
        _ => None,
    }
}

fn ignore_tags(value: &Value, place: &Place, found: &mut Vec<Diagnostic>) -> IgnoreTags {
    let mut ignored = IgnoreTags::default();
    for (key, value, place) in fields(value, place, "ignore_tags", &["keys", "prefixes"], found) {
        let Some(items) = value.as_list() else {
            found.push(wrong_type(key, "a list of text", value, &place));
            continue;
        };
        let mut words = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::Text(text) if !text.is_empty() => {
                    words.insert(text.clone());
                }
                // An empty prefix would ignore every tag.
                Value::Text(_) => found.push(
                    problem(codes::NOT_ALLOWED, "This is empty.", place.item(at)).help("Write it out or take it out."),
                ),
                other => found.push(wrong_type("An item", "text", other, &place.item(at))),
            }
        }
        match key {
            "keys" => ignored.keys = words,
            _ => ignored.prefixes = words,
        }
    }
    ignored
}
