//! What a plan means beyond what it changes: data of the kinds, found for operations and their differences.

use super::types::{Difference, Operation, PathStep, Reason};
use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Type};
use crate::model::action::Action;
use crate::model::address::Kind;

/// What deleting or replacing an object means, in a few words.
pub fn of_operation(operation: &Operation) -> Option<&'static str> {
    let schema = registry::schema(operation.address.kind);
    let words = match operation.action {
        Action::Delete => schema.deleted,
        Action::Replace | Action::ReplaceCreateFirst => schema.replaced,
        _ => "",
    };
    (!words.is_empty()).then_some(words)
}

/// What a difference of an object of a kind means, in a few words. What follows a replaced object means nothing of its
/// own: that object says it.
pub fn of_difference(kind: Kind, difference: &Difference) -> Option<String> {
    let Difference { path, before, after, reason, forces_replacement: _ } = difference;
    if matches!(reason, Reason::ReferenceReplaced(_)) {
        return None;
    }
    let attribute = at(registry::schema(kind).attributes, path)?;
    (attribute.consequence?)(before, after)
}

/// All that an operation means, each difference with the attribute it is of.
pub fn all(operation: &Operation) -> Vec<String> {
    let told = |difference: &Difference| {
        let words = of_difference(operation.address.kind, difference)?;
        let step = |step: &PathStep| match step {
            PathStep::Key(key) => key.clone(),
            PathStep::Index(index) => index.to_string(),
        };
        let path = difference.path.iter().map(step).collect::<Vec<_>>().join(".");
        Some(format!("{path}: {words}"))
    };
    let whole = of_operation(operation).map(str::to_owned);
    whole.into_iter().chain(operation.differences.iter().filter_map(told)).collect()
}

/// The attribute that a path leads to, through objects.
fn at(attributes: &'static [Attribute], path: &[PathStep]) -> Option<&'static Attribute> {
    let (PathStep::Key(name), rest) = path.split_first()? else { return None };
    let attribute = attributes.iter().find(|attribute| attribute.name == name)?;
    match attribute.ty {
        _ if rest.is_empty() => Some(attribute),
        Type::Object(fields) => at(fields, rest),
        _ => None,
    }
}
