//! Outputs.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, Place, codes};
use crate::model::stack::Output;
use crate::model::value::Value;

use super::context::{Context, Secrets, Uses};
use super::document::Entry;
use super::fields::{fields, problem, wrong_type};

/// The keys of the long form.
pub(super) const KEYS: [&str; 3] = ["value", "description", "sensitive"];

/// Works out the outputs. A map with `value` in it is the long form; anything else is the value itself.
pub(super) fn read(
    declared: &BTreeMap<String, Entry>,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Output> {
    declared
        .iter()
        .filter_map(|(name, entry)| {
            let long = entry.value.as_map().is_some_and(|entries| entries.contains_key("value"));
            let output =
                if long { read_long(entry, context, found) } else { short(&entry.value, &entry.place, context, found) };
            Some((name.clone(), output?))
        })
        .collect()
}

fn short(tree: &Value, place: &Place, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Option<Output> {
    let mut uses = Uses::default();
    let value = context.value(tree, place, Secrets::Refuse, &mut uses, found)?;
    Some(Output { value, description: None, uses: uses.addresses() })
}

fn read_long(entry: &Entry, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Option<Output> {
    let mut output = None;
    let mut description = None;
    for (key, value, place) in fields(&entry.value, &entry.place, "An output", &KEYS, found) {
        match (key, value) {
            ("value", tree) => output = short(tree, &place, context, found),
            ("description", Value::Text(text)) => description = Some(text.clone()),
            ("sensitive", Value::Bool(false)) => {}
            ("sensitive", Value::Bool(true)) => found.push(
                problem(codes::SENSITIVE, "An output cannot be sensitive: it is kept and shown as it is.", place)
                    .help("Take the output out; sensitive variables may feed the credentials of accounts only."),
            ),
            ("sensitive", other) => found.push(wrong_type(key, "true or false", other, &place)),
            (_, other) => found.push(wrong_type(key, "text", other, &place)),
        }
    }
    output.map(|output| Output { description, ..output })
}
