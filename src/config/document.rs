//! The files of a stack as one document.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostics::{Diagnostic, Place, codes};
use crate::model::address::{Address, Kind, is_name};
use crate::model::value::Value;

use super::ends::{self, End};
use super::fields::{entries, not_yet, problem, unknown_key};

/// The keys that stand beside the sections of the kinds.
pub(super) const KEYS: [&str; 10] =
    ["version", "provider", "accounts", "variables", "locals", "outputs", "moved", "removed", "imports", "gates"];
/// Keys of the language that a later version brings.
const LATER: [&str; 2] = ["requires", "lints"];

/// A declaration and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What is declared.
    pub(super) value: Value,
    /// Where.
    pub(super) place: Place,
}

/// Everything that the files of a stack declare.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) provider: Option<Entry>,
    pub(super) gates: Option<Entry>,
    pub(super) accounts: BTreeMap<String, Entry>,
    pub(super) variables: BTreeMap<String, Entry>,
    pub(super) locals: BTreeMap<String, Entry>,
    pub(super) outputs: BTreeMap<String, Entry>,
    pub(super) resources: BTreeMap<Address, Entry>,
    pub(super) moved: Vec<Entry>,
    pub(super) removed: Vec<Entry>,
    pub(super) imports: Vec<Entry>,
    /// The flow logs among them that stand in an attachment.
    pub(super) ends: BTreeMap<Address, End>,
}

/// Whether a file with this key at its top is meant as a part of a stack.
pub(super) fn is_known(key: &str) -> bool {
    KEYS.contains(&key) || LATER.contains(&key) || section(key).is_some()
}

fn section(key: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.section() == key)
}

/// Puts the files together.
pub(super) fn merge(trees: Vec<(PathBuf, Value)>, found: &mut Vec<Diagnostic>) -> Document {
    let mut document = Document::default();
    let known = KEYS.into_iter().chain(Kind::ALL.map(Kind::section)).collect::<Vec<_>>();
    for (file, tree) in trees {
        for (key, value, place) in entries(&tree, &Place::file(file), "A stack", found) {
            match key {
                "version" => {}
                "provider" => once(&mut document.provider, key, value, place, found),
                "gates" => once(&mut document.gates, key, value, place, found),
                "accounts" => declare(&mut document.accounts, "an account", value, &place, found),
                "variables" => declare(&mut document.variables, "a variable", value, &place, found),
                "locals" => declare(&mut document.locals, "a local value", value, &place, found),
                "outputs" => declare(&mut document.outputs, "an output", value, &place, found),
                "moved" => items(&mut document.moved, value, &place, found),
                "removed" => items(&mut document.removed, value, &place, found),
                "imports" => items(&mut document.imports, value, &place, found),
                key if LATER.contains(&key) => found.push(not_yet(key, &place)),
                key => match section(key) {
                    None => found.push(unknown_key(key, "A stack", &known, &place)),
                    Some(kind) => {
                        let mut declared = BTreeMap::new();
                        declare(&mut declared, kind.one(), value, &place, found);
                        for (name, entry) in declared {
                            add(&mut document.resources, Address::new(kind, name), entry, found);
                        }
                    }
                },
            }
        }
    }
    document.ends = ends::declare(&mut document.resources, found);
    document
}

/// Keeps what may stand in one file only.
fn once(kept: &mut Option<Entry>, key: &str, value: &Value, place: Place, found: &mut Vec<Diagnostic>) {
    let Some(first) = kept else {
        *kept = Some(Entry { value: value.clone(), place });
        return;
    };
    found.push(
        problem(codes::DUPLICATE_NAME, format!("{key} stands in two files."), place.as_key())
            .related(first.place.as_key(), "It stands here first.")
            .help("Keep it in one file only."),
    );
}

/// Adds the declarations of one section of one file.
fn declare(
    declared: &mut BTreeMap<String, Entry>,
    what: &str,
    value: &Value,
    place: &Place,
    found: &mut Vec<Diagnostic>,
) {
    let Some(entries) = value.as_map() else {
        found.push(super::fields::wrong_type("This section", "a map from names to what they stand for", value, place));
        return;
    };
    for (name, value) in entries {
        let entry = Entry { value: value.clone(), place: place.field(name) };
        if !is_name(name) {
            let detail = format!("\"{}\" cannot name {what}.", crate::base::text::printable(name));
            let lower = name.to_lowercase().replace([' ', '.'], "-");
            let rule = "A name has 1 to 63 characters of a-z, 0-9, - and _, and begins with a letter.";
            let help = if is_name(&lower) { format!("{rule} How about {lower}?") } else { rule.to_owned() };
            found.push(problem(codes::BAD_NAME, detail, entry.place.as_key()).help(help));
            continue;
        }
        add(declared, name.clone(), entry, found);
    }
}

/// Adds the items of one list of one file.
fn items(all: &mut Vec<Entry>, value: &Value, place: &Place, found: &mut Vec<Diagnostic>) {
    match value.as_list() {
        Some(items) => all
            .extend(items.iter().enumerate().map(|(at, value)| Entry { value: value.clone(), place: place.item(at) })),
        None => found.push(super::fields::wrong_type("This section", "a list", value, place)),
    }
}

fn add<N: Ord + std::fmt::Display>(
    declared: &mut BTreeMap<N, Entry>,
    name: N,
    entry: Entry,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(first) = declared.get(&name) {
        found.push(
            problem(codes::DUPLICATE_NAME, format!("{name} is declared in two files."), entry.place.as_key())
                .related(first.place.as_key(), "It is declared here first.")
                .help("Give one of them another name, or take one out."),
        );
    } else {
        declared.insert(name, entry);
    }
}
