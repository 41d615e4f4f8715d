//! What is in the state.

use std::collections::BTreeMap;

use super::block::{head, item, name_width};
use crate::base::text::printable;
use crate::diagnostics::style::BOLD;
use crate::model::value::{Attributes, Value};
use crate::report::{Style, view};
use crate::state::{Entry, EntryStatus, ExistingRead, State};

/// The addresses of the managed objects, a line each.
pub fn state_list(state: &State) -> String {
    state.resources.keys().map(|address| printable(&address.to_string()) + "\n").collect()
}

/// One managed object.
pub fn state_show(entry: &Entry, style: &Style) -> String {
    let mut asides = Vec::new();
    asides.extend(match entry.status {
        EntryStatus::Settled => None,
        EntryStatus::Creating => Some("is still being created".to_owned()),
        EntryStatus::Deleting => Some("is still being deleted".to_owned()),
    });
    asides.extend(view::account(entry.account.as_deref(), &entry.account_id));
    asides.extend(entry.protected.then(|| "is protected from being destroyed".to_owned()));
    asides.extend(entry.deposed.iter().map(|old| format!("replaces {}, which is still to be deleted", old.id)));
    object(&entry.address.to_string(), &head(&entry.address), &entry.id, &entry.attributes, &asides, *style)
}

/// Everything in a state: the managed objects, those that are managed by someone else, the outputs.
pub fn state(state: &State, style: &Style) -> String {
    if state.resources.is_empty() && state.existing.is_empty() && state.outputs.is_empty() {
        return "The state is empty. No resources are managed.\n".to_owned();
    }
    let mut sections: Vec<String> = state.resources.values().map(|entry| state_show(entry, style)).collect();
    sections.extend(state.existing.values().map(|read| existing(read, *style)));
    if !state.outputs.is_empty() {
        sections.push(format!("Outputs:\n\n{}", outputs(&state.outputs, style)));
    }
    sections.join("\n")
}

/// The values of outputs, a line or a few each.
pub fn outputs(outputs: &BTreeMap<String, Value>, style: &Style) -> String {
    let items: String = outputs.iter().map(|(name, value)| item(&view::value(name, value), 0, 0, *style)).collect();
    // An item leaves two columns for a symbol; an output has none.
    items.split_inclusive('\n').map(|line| line.strip_prefix("  ").unwrap_or(line)).collect()
}

fn existing(read: &ExistingRead, style: Style) -> String {
    let asides = ["is managed by someone else".to_owned()];
    object(&read.address.to_string(), &head(&read.address), &read.id, &read.attributes, &asides, style)
}

fn object(address: &str, head: &str, id: &str, attributes: &Attributes, asides: &[String], style: Style) -> String {
    let asides: Vec<String> = asides.iter().map(|aside| format!("# {}\n", printable(aside))).collect();
    let width = name_width(attributes.keys().map(String::as_str).chain(["id"]));
    let id = view::value("id", &Value::from(id));
    let rest = attributes.iter().filter(|(name, _)| *name != "id").map(|(name, value)| view::value(name, value));
    let items: String = std::iter::once(id).chain(rest).map(|shown| item(&shown, 2, width, style)).collect();
    let heading = style.paint(BOLD, &format!("# {}:", printable(address)));
    format!("{heading}\n{}{head} {{\n{items}}}\n", asides.concat())
}
