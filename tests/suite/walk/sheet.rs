//! The YAML of a walk: a random stack, and what somebody marks in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::suite::sim::dice::Dice;
use crate::suite::sim::stacks::Draft;

/// The sections, so that each comes after what its items can need.
pub(super) const SECTIONS: [&str; 6] =
    ["cens", "transit_routers", "attachments", "log_projects", "logstores", "flow_logs"];

/// The attributes that name another resource, and its kind.
const REFERENCES: [(&str, &str); 6] = [
    ("cen", "cen"),
    ("transit_router", "transit_router"),
    ("peer", "transit_router"),
    ("attachment", "attachment"),
    ("project", "log_project"),
    ("logstore", "logstore"),
];

/// Where an item names another resource by its address.
const SAID: [&str; 2] = ["/depends_on/0", "/lifecycle/replace_triggered_by/0"];

/// A stack that is edited.
pub(super) struct Sheet {
    draft: Draft,
    /// What must not be destroyed.
    protected: BTreeSet<String>,
    /// What no longer needs to be protected, and says so.
    unprotected: BTreeSet<String>,
    /// Whose id is an output.
    shown: BTreeSet<String>,
    /// What depends on the first of its stack for no reason that anybody can see.
    dependent: BTreeSet<String>,
    /// What counts only when an object is made.
    ignored: BTreeMap<String, &'static str>,
    /// What is replaced whenever the first of its stack changes.
    triggered: BTreeSet<String>,
    /// How much may be lost at once.
    gates: Option<Json>,
    /// What is declared under another name than before, and says so.
    moved: BTreeMap<String, String>,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            draft: Draft::new("0s", 1),
            protected: BTreeSet::new(),
            unprotected: BTreeSet::new(),
            shown: BTreeSet::new(),
            dependent: BTreeSet::new(),
            ignored: BTreeMap::new(),
            triggered: BTreeSet::new(),
            gates: None,
            moved: BTreeMap::new(),
        }
    }

    /// Changes something. `last` is the stack as it was written last.
    pub(super) fn edit(&mut self, dice: &Dice, last: &Json) {
        let there: Vec<String> = addresses(last).collect();
        let mark = |marks: &mut BTreeSet<String>| {
            if let Some(at) = some(dice, &there)
                && !marks.remove(at)
            {
                marks.insert(at.clone());
            }
        };
        match dice.below(10) {
            0 => mark(&mut self.protected),
            1 => mark(&mut self.shown),
            2 => mark(&mut self.dependent),
            3 => mark(&mut self.triggered),
            4 => self.ignore(dice, &there),
            5 if self.gates.is_none() => {
                self.gates = Some(json!({ "max_destroy": dice.below(3), "max_replace": dice.below(3) }));
            }
            5 => self.gates = None,
            _ => {}
        }
        if dice.chance(0.8) {
            self.draft.edit(dice);
        }
    }

    /// What somebody does to an attribute counts no longer, or again.
    fn ignore(&mut self, dice: &Dice, there: &[String]) {
        if let Some(at) = some(dice, there)
            && self.ignored.remove(at).is_none()
        {
            let without_description = at.starts_with("logstore.");
            let attribute = if without_description { "tags" } else { dice.one_of(&["description", "tags"]) };
            self.ignored.insert(at.clone(), attribute);
        }
    }

    /// Takes the protection off everything that is declared, and lets everything be lost.
    pub(super) fn unprotect(&mut self) {
        self.gates = None;
        self.unprotected = std::mem::take(&mut self.protected);
    }

    /// The stack. `last` is the stack as it was written last.
    pub(super) fn write(&mut self, dice: &Dice, last: &Json) -> Json {
        let mut stack = self.draft.stack(dice);
        self.note_moves(dice, &addresses(last).collect(), &addresses(&stack).collect());
        for (marks, prevents) in [(&self.protected, true), (&self.unprotected, false)] {
            for address in marks {
                if let Some(item) = item(&mut stack, address) {
                    item["lifecycle"]["prevent_destroy"] = prevents.into();
                }
            }
        }
        let first = addresses(&stack).next();
        for address in self.dependent.iter().filter(|address| first.as_ref() != Some(address)) {
            if let Some(item) = item(&mut stack, address) {
                item["depends_on"] = json!([first]);
            }
        }
        for address in self.triggered.iter().filter(|address| first.as_ref() != Some(address)) {
            if let Some(item) = item(&mut stack, address) {
                item["lifecycle"]["replace_triggered_by"] = json!([first]);
            }
        }
        for (address, attribute) in &self.ignored {
            if let Some(item) = item(&mut stack, address) {
                item["lifecycle"]["ignore_changes"] = json!([attribute]);
            }
        }
        let declared: BTreeSet<String> = addresses(&stack).collect();
        let moved = self.moved.iter().filter(|(from, to)| !declared.contains(*from) && declared.contains(*to));
        let moved: Vec<Json> = moved.map(|(from, to)| json!({ "from": from, "to": to })).collect();
        if !moved.is_empty() {
            stack["moved"] = moved.into();
        }
        if let Some(gates) = &self.gates {
            stack["gates"] = gates.clone();
        }
        let outputs: Map<String, Json> = self.shown.intersection(&declared).map(|address| output(address)).collect();
        if !outputs.is_empty() {
            stack["outputs"] = outputs.into();
        }
        stack
    }

    /// Who renames something may say so.
    fn note_moves(&mut self, dice: &Dice, last: &BTreeSet<String>, now: &BTreeSet<String>) {
        for from in last.difference(now) {
            let to = from.strip_suffix("-b").map_or_else(|| format!("{from}-b"), str::to_owned);
            if now.contains(&to) && !last.contains(&to) {
                self.moved.retain(|a, b| ![a, b].iter().any(|at| [from, &to].contains(at)));
                if dice.chance(0.6) {
                    self.moved.insert(from.clone(), to);
                }
            }
        }
    }
}

/// An output that tells the id of a resource.
pub(super) fn output(address: &str) -> (String, Json) {
    let (kind, name) = address.split_once('.').unwrap();
    (format!("{kind}_{}", name.replace('-', "_")), format!("${{{kind}['{name}'].id}}").into())
}

/// What the moves of a stack are: from where, and where to.
pub(super) fn moves(stack: &Json) -> impl Iterator<Item = (&str, &str)> {
    let moved = stack["moved"].as_array().into_iter().flatten();
    moved.map(|one| (one["from"].as_str().unwrap(), one["to"].as_str().unwrap()))
}

/// A stack as it was, under the names of a later one, with these of its moves.
pub(super) fn renamed<'a>(mut stack: Json, moves: impl Iterator<Item = (&'a str, &'a str)>) -> Json {
    for (from, to) in moves {
        let ((kind, from_name), (_, to_name)) = (from.split_once('.').unwrap(), to.split_once('.').unwrap());
        let Some(items) = stack.get_mut(format!("{kind}s")).and_then(Json::as_object_mut) else { continue };
        if items.contains_key(to_name) {
            continue;
        }
        let Some(item) = items.remove(from_name) else { continue };
        items.insert(to_name.to_owned(), item);
        for item in all_items(&mut stack) {
            for (attribute, _) in REFERENCES.iter().filter(|(_, target)| *target == kind) {
                if item[*attribute] == from_name {
                    item[*attribute] = to_name.into();
                }
            }
            for pointer in SAID {
                if let Some(said) = item.pointer_mut(pointer)
                    && said == from
                {
                    *said = to.into();
                }
            }
        }
    }
    stack
}

fn all_items(stack: &mut Json) -> impl Iterator<Item = &mut Json> {
    let sections = stack.as_object_mut().into_iter().flatten().filter(|(name, _)| SECTIONS.contains(&name.as_str()));
    sections.flat_map(|(_, items)| items.as_object_mut().into_iter().flatten().map(|(_, item)| item))
}

/// A stack that protects nothing any more, and says so.
pub(super) fn unprotected(mut stack: Json) -> Json {
    if let Some(stack) = stack.as_object_mut() {
        stack.remove("gates");
    }
    for item in all_items(&mut stack) {
        if item["lifecycle"]["prevent_destroy"] == true {
            item["lifecycle"]["prevent_destroy"] = false.into();
        }
    }
    stack
}

/// The addresses of what an item needs.
pub(super) fn needs(item: &Json) -> impl Iterator<Item = String> {
    let named = |(attribute, kind): &(&str, &str)| Some(format!("{kind}.{}", item[*attribute].as_str()?));
    let said = SAID.iter().filter_map(|pointer| item.pointer(pointer)?.as_str().map(str::to_owned));
    REFERENCES.iter().filter_map(named).chain(said)
}

/// Whether something in a stack is replaced when something else changes.
pub(super) fn has_triggers(stack: &Json) -> bool {
    let items = SECTIONS.iter().flat_map(|section| stack[*section].as_object().into_iter().flatten());
    items.into_iter().any(|(_, item)| !item["lifecycle"]["replace_triggered_by"].is_null())
}

/// Whether something in a stack refers to what is at an address.
pub(super) fn is_referred_to(stack: &Json, address: &str) -> bool {
    let items = SECTIONS.iter().flat_map(|section| stack[*section].as_object().into_iter().flatten());
    items.into_iter().any(|(_, item)| needs(item).any(|needed| needed == address))
}

/// A stack without what is at an address.
pub(super) fn without(mut stack: Json, address: &str) -> Json {
    let (kind, name) = address.split_once('.').unwrap();
    stack[format!("{kind}s")].as_object_mut().unwrap().remove(name);
    if let Some(outputs) = stack.get_mut("outputs").and_then(Json::as_object_mut) {
        outputs.remove(&output(address).0);
    }
    stack
}

/// The addresses of a stack.
pub(super) fn addresses(stack: &Json) -> impl Iterator<Item = String> {
    SECTIONS.into_iter().flat_map(|section| {
        let kind = section.trim_end_matches('s');
        stack[section].as_object().into_iter().flatten().map(move |(name, _)| format!("{kind}.{name}"))
    })
}

/// What a stack declares at an address.
pub(super) fn item<'a>(stack: &'a mut Json, address: &str) -> Option<&'a mut Json> {
    let (kind, name) = address.split_once('.')?;
    stack.get_mut(format!("{kind}s"))?.get_mut(name)
}

/// One of several, if there are any.
pub(super) fn some<'a, T>(dice: &Dice, of: &'a [T]) -> Option<&'a T> {
    let at = usize::try_from(dice.below(of.len().max(1) as u64)).unwrap();
    of.get(at)
}

/// What tells one stack from another, an attribute a line.
pub(super) fn told(before: &Json, after: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    let blocks = |stack: &Json| {
        let mut blocks = Map::new();
        for (section, items) in stack.as_object().into_iter().flatten() {
            for (name, item) in items.as_object().into_iter().flatten() {
                blocks.insert(format!("{section}.{name}"), item.clone());
            }
        }
        blocks
    };
    let (before, after) = (blocks(before), blocks(after));
    for (at, item) in &after {
        match before.get(at) {
            None => lines.push(format!("+ {at}: {item}")),
            Some(old) if old != item => lines.push(format!("~ {at}: {old}\n      now {item}")),
            Some(_) => {}
        }
    }
    lines.extend(before.keys().filter(|at| !after.contains_key(*at)).map(|at| format!("- {at}")));
    lines
}
