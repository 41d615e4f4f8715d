//! `moved`, `removed` and `imports` of a stack: what the state is to know of objects besides what is declared (S17, S19).

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::base::text::printable;
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::registry::schema;
use crate::model::address::Address;
use crate::model::stack::{Resource, Stack};
use crate::model::value::Value;

use super::context::{Context, Secrets, Uses};
use super::document::{Document, Entry};
use super::fields::{fields, problem, wrong_type};
use super::provider::not_known;
use super::reference::by_address;

/// The keys of an entry of `moved`.
pub(super) const MOVED: [&str; 2] = ["from", "to"];
/// The keys of an entry of `removed`.
pub(super) const REMOVED: [&str; 1] = ["from"];
/// The keys of an entry of `imports`.
pub(super) const IMPORTS: [&str; 2] = ["to", "id"];

/// An entry of `moved`, with where it says what.
struct Move {
    from: (Address, Place),
    to: (Address, Place),
}

/// Reads the three sections into the stack, whose resources are there already.
pub(super) fn read(document: &Document, context: &Context<'_>, stack: &mut Stack, found: &mut Vec<Diagnostic>) {
    let moves = moves(document, context, found);
    stack.moved = moves.iter().map(|one| (one.from.0.clone(), one.to.0.clone())).collect();
    find_circles(&moves, stack, found);
    stack.removed = removed(document, context, &moves, found);
    stack.imports = imports(document, context, &stack.resources, found);
}

/// The moves that fit, each from and to an address of its own.
fn moves(document: &Document, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for entry in &document.moved {
        let said = said(entry, "An entry of moved", MOVED, context, found);
        let [Some(from), Some(to)] = said.map(|said| said.and_then(|(value, place)| address(&value, place, found)))
        else {
            continue;
        };
        let one = Move { from, to };
        match misfit(&one, &moves, document, context) {
            Some(misfit) => found.push(misfit),
            None => moves.push(one),
        }
    }
    moves
}

/// What is wrong with a move beside those that were said before it (S19).
fn misfit(one: &Move, before: &[Move], document: &Document, context: &Context<'_>) -> Option<Diagnostic> {
    let Move { from: (from, from_place), to: (to, to_place) } = one;
    if from == to {
        let detail = format!("{from} is said to have moved to itself.");
        return Some(problem(codes::MOVED, detail, to_place.clone()).help("Name its new address, or take it out."));
    }
    if from.kind != to.kind {
        let detail =
            format!("{from} cannot have moved to {to}: {} does not become {}.", from.kind.one(), to.kind.one());
        return Some(problem(codes::MOVED, detail, to_place.clone()).help("Name an address of the same kind."));
    }
    if let Some(other) = before.iter().find(|other| other.from.0 == *from) {
        let detail = format!("{from} is said to have moved twice.");
        let told = problem(codes::MOVED, detail, from_place.clone());
        return Some(told.related(other.from.1.clone(), "It moves here already.").help("Keep one of the two."));
    }
    if let Some(other) = before.iter().find(|other| other.to.0 == *to) {
        let detail = format!("{from} and {} are said to have moved to one address, {to}.", other.from.0);
        let told = problem(codes::MOVED, detail, to_place.clone());
        return Some(told.related(other.to.1.clone(), "This moves there already.").help("Keep one of the two."));
    }
    let still = still_declared(from, to.key.is_none(), document, context)?;
    let detail = format!("{from} is said to have moved to {to}, and is still declared.");
    let told = problem(codes::MOVED, detail, from_place.clone()).related(still.as_key(), "It is declared here.");
    Some(told.help("Take the declaration out, or give it another name; or take the move out."))
}

/// Where an address is declared; as a whole also where one of its instances is.
fn still_declared(address: &Address, whole: bool, document: &Document, context: &Context<'_>) -> Option<Place> {
    let instance = || {
        let key = context.keys(address).into_iter().next().filter(|_| whole && address.key.is_none())?;
        document.resources.get(&Address { key: Some(key), ..address.clone() })
    };
    document.resources.get(address).or_else(instance).map(|entry| entry.place.clone())
}

fn find_circles(moves: &[Move], stack: &Stack, found: &mut Vec<Diagnostic>) {
    // Of what leads into a circle, each is a part of it or of no other.
    let circle = moves.iter().find(|one| stack.moved_to(&one.from.0).is_none());
    if let Some(Move { from: (from, place), .. }) = circle {
        let detail = format!("The moves from {from} on lead in a circle, and to no address.");
        found.push(problem(codes::MOVED, detail, place.clone()).help("Take one of them out."));
    }
}

fn removed(
    document: &Document,
    context: &Context<'_>,
    moves: &[Move],
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<Address> {
    let mut removed = BTreeSet::new();
    for entry in &document.removed {
        let [said] = said(entry, "An entry of removed", REMOVED, context, found);
        let Some((from, place)) = said.and_then(|(value, place)| address(&value, place, found)) else { continue };
        if let Some(still) = still_declared(&from, true, document, context) {
            let detail = format!("{from} is said to be removed, and is still declared.");
            found.push(
                problem(codes::MOVED, detail, place)
                    .related(still.as_key(), "It is declared here.")
                    .help("Take the declaration out: its object is forgotten, and stays as it is."),
            );
            continue;
        }
        // What was at that name is known by the other one when it would be forgotten.
        if let Some(Move { to: (to, _), from: (_, moved) }) = moves.iter().find(|one| one.from.0 == from) {
            let detail = format!("{from} is said to be removed, and to have moved to {to}.");
            found.push(
                problem(codes::MOVED, detail, place)
                    .related(moved.clone(), "It is said to have moved here.")
                    .help(format!("Name {to} as removed, or take one of the two out.")),
            );
            continue;
        }
        removed.insert(from);
    }
    removed
}

fn imports(
    document: &Document,
    context: &Context<'_>,
    resources: &BTreeMap<Address, Resource>,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<Address, Option<String>> {
    let mut imports: BTreeMap<Address, (Option<String>, Place)> = BTreeMap::new();
    for entry in &document.imports {
        let (mut to, mut id) = (None, None);
        let before = found.len();
        for (key, tree, place) in fields(&entry.value, &entry.place, "An entry of imports", &IMPORTS, found) {
            let Some(value) = context.value(tree, &place, Secrets::Refuse, &mut Uses::default(), found) else {
                continue;
            };
            match (key, value) {
                ("to", value) => to = by_address(&value, &place, context, found).map(|address| (address, place)),
                (_, Value::Text(text)) if !text.trim().is_empty() => id = Some((text, place)),
                (_, Value::Text(_)) => found.push(
                    problem(codes::NOT_ALLOWED, "The id of an import is empty.", place)
                        .help("Write it out, or leave it out: the object is then looked up by what it is."),
                ),
                (_, Value::Unknown(_)) => found.push(not_known("The id of an import", &place)),
                (_, other) => found.push(wrong_type("The id of an import", "text", &other, &place)),
            }
        }
        if found.len() > before {
            continue;
        }
        let Some((to, place)) = to else {
            found.push(missing("An entry of imports", "to", &entry.place));
            continue;
        };
        let of_one_id = |(other, (known, _)): &(&Address, &(Option<String>, Place))| {
            other.kind == to.kind && known.is_some() && known.as_ref() == id.as_ref().map(|(id, _)| id)
        };
        if let Some((_, first)) = imports.get(&to) {
            let told = problem(codes::MOVED, format!("Two imports are for {to}."), place);
            found.push(told.related(first.clone(), "The first is here.").help("Keep one of the two."));
        } else if let (Some((id, place)), Some((other, (_, first)))) = (&id, imports.iter().find(of_one_id)) {
            let detail = format!("{} is to be imported twice, as {other} and as {to}.", printable(id));
            let told = problem(codes::MOVED, detail, place.clone());
            found.push(told.related(first.clone(), "The first is here.").help("Keep one of the two."));
        } else if resources.get(&to).is_some_and(|resource| resource.existing.is_some()) {
            let detail = format!("{to} is declared as existing, which is not managed, and cannot be imported.");
            found.push(
                problem(codes::MOVED, detail, place)
                    .help("Take existing away to import it, or the import to leave it."),
            );
        } else if id.is_none() && schema(to.kind).natural_key.is_empty() {
            let detail = format!("The import of {to} has no id, and {} can be told by nothing else.", to.kind.one());
            found.push(problem(codes::MISSING, detail, entry.place.clone()).help("Add id: ID."));
        } else {
            imports.insert(to, (id.map(|(id, _)| id), place));
        }
    }
    imports.into_iter().map(|(to, (id, _))| (to, id)).collect()
}

/// What an entry says under these keys, all of which must be there.
fn said<const N: usize>(
    entry: &Entry,
    what: &str,
    keys: [&str; N],
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> [Option<(Value, Place)>; N] {
    let written = fields(&entry.value, &entry.place, what, &keys, found);
    keys.map(|key| {
        let Some((_, tree, place)) = written.iter().find(|(written, ..)| *written == key) else {
            if entry.value.as_map().is_some() || entry.value.is_null() {
                found.push(missing(what, key, &entry.place));
            }
            return None;
        };
        let value = context.value(tree, place, Secrets::Refuse, &mut Uses::default(), found)?;
        Some((value, place.clone()))
    })
}

fn missing(what: &str, key: &str, place: &Place) -> Diagnostic {
    problem(codes::MISSING, format!("{what} has no {key}."), place.clone()).help(format!("Add {key}: ADDRESS."))
}

/// An address that need not be declared.
fn address(value: &Value, place: Place, found: &mut Vec<Diagnostic>) -> Option<(Address, Place)> {
    match value {
        Value::Text(text) => match Address::from_str(text) {
            Ok(address) => return Some((address, place)),
            Err(error) => found.push(problem(codes::UNRESOLVED, format!("{error}."), place)),
        },
        Value::Unknown(_) => found.push(not_known("An address", &place)),
        other => found.push(wrong_type("An address", "text", other, &place)),
    }
    None
}
