//! `gates:` of a stack.

use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::check::described;
use crate::model::stack::Limits;
use crate::model::value::Value;

use super::context::{Context, Secrets, Uses};
use super::document::Entry;
use super::fields::{fields, problem};
use super::provider::not_known;

/// The keys of `gates`.
pub(super) const KEYS: [&str; 2] = ["max_destroy", "max_replace"];

/// Reads `gates`.
pub(super) fn read(entry: Option<&Entry>, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Limits {
    let mut limits = Limits::default();
    let Some(entry) = entry else { return limits };
    for (key, tree, place) in fields(&entry.value, &entry.place, "gates", &KEYS, found) {
        let Some(value) = context.value(tree, &place, Secrets::Refuse, &mut Uses::default(), found) else { continue };
        let limit = match value {
            Value::Null => continue,
            Value::Int(number) => usize::try_from(number).ok(),
            Value::Unknown(_) => {
                found.push(not_known(&format!("gates.{key}"), &place));
                continue;
            }
            _ => None,
        };
        if limit.is_none() {
            let detail = format!("gates.{key} must be a whole number from 0, and this is {}.", described(&value));
            let help = format!("Write how many the plan may have at most, as in {key}: 0.");
            found.push(problem(codes::NOT_ALLOWED, detail, place).help(help));
        }
        match key {
            "max_destroy" => limits.max_destroy = limit,
            _ => limits.max_replace = limit,
        }
    }
    limits
}
