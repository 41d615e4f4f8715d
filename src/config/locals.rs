//! Local values, worked out in the order in which they use each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Diagnostic, codes};
use crate::expr::Template;
use crate::model::value::Value;

use super::context::{Context, Local, Secrets, Uses};
use super::cycles::{Group, groups};
use super::document::Entry;
use super::fields::problem;

/// Works out all local values and puts them into the context.
pub(super) fn read(declared: &BTreeMap<String, Entry>, context: &mut Context<'_>, found: &mut Vec<Diagnostic>) {
    let uses = declared.iter().map(|(name, entry)| (name.clone(), locals_in(&entry.value))).collect();
    context.declare_locals(declared.keys());
    for group in groups(&uses) {
        match group {
            Group::One(name) => {
                let Some(entry) = declared.get(&name) else { continue };
                let mut used = Uses::default();
                let value = context.value(&entry.value, &entry.place, Secrets::Taint, &mut used, found);
                let local = Local { value, sensitive: used.sensitive, resources: used.addresses() };
                context.set_local(name, local);
            }
            Group::Circle(names) => {
                let walk = names.iter().chain(names.first()).map(|name| format!("local.{name}")).collect::<Vec<_>>();
                let place = names.first().and_then(|name| declared.get(name)).map(|entry| entry.place.as_key());
                if let Some(place) = place {
                    found.push(
                        problem(codes::CYCLE, format!("These values need each other: {}.", walk.join(" -> ")), place)
                            .help("Take one of the references out."),
                    );
                }
            }
        }
    }
}

/// The local values that a tree uses.
fn locals_in(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Text(text) => Template::parse(text).map_or_else(
            |_| BTreeSet::new(),
            |template| {
                let references = template.references().iter().filter(|reference| reference.root() == "local");
                references.filter_map(|reference| reference.name().map(ToOwned::to_owned)).collect()
            },
        ),
        Value::List(items) => items.iter().flat_map(locals_in).collect(),
        Value::Map(entries) => entries.values().flat_map(locals_in).collect(),
        _ => BTreeSet::new(),
    }
}
