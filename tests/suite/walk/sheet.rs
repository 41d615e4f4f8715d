//! The YAML of a walk: a random stack, and what somebody marks in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use crate::suite::sim::dice::Dice;
use crate::suite::sim::stacks::Draft;

/// The sections, so that each comes after what its items can need.
pub(super) const SECTIONS: [&str; 6] =
    ["cens", "transit_routers", "attachments", "log_projects", "logstores", "flow_logs"];

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
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            draft: Draft::new("0s", 1),
            protected: BTreeSet::new(),
            unprotected: BTreeSet::new(),
            shown: BTreeSet::new(),
            dependent: BTreeSet::new(),
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
            _ => self.draft.edit(dice),
        }
    }

    /// Takes the protection off everything that is declared.
    pub(super) fn unprotect(&mut self) {
        self.unprotected = std::mem::take(&mut self.protected);
    }

    /// The stack.
    pub(super) fn write(&mut self, dice: &Dice) -> Json {
        let mut stack = self.draft.stack(dice);
        for (marks, prevents) in [(&self.protected, true), (&self.unprotected, false)] {
            for address in marks {
                if let Some(item) = item(&mut stack, address) {
                    item["lifecycle"] = json!({ "prevent_destroy": prevents });
                }
            }
        }
        let first = addresses(&stack).next();
        for address in self.dependent.iter().filter(|address| first.as_ref() != Some(address)) {
            if let Some(item) = item(&mut stack, address) {
                item["depends_on"] = json!([first]);
            }
        }
        let declared: BTreeSet<String> = addresses(&stack).collect();
        let outputs: Map<String, Json> = self.shown.intersection(&declared).map(|address| output(address)).collect();
        if !outputs.is_empty() {
            stack["outputs"] = outputs.into();
        }
        stack
    }
}

/// An output that tells the id of a resource.
fn output(address: &str) -> (String, Json) {
    let (kind, name) = address.split_once('.').unwrap();
    (format!("{kind}_{}", name.replace('-', "_")), format!("${{{kind}['{name}'].id}}").into())
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
