//! `lifecycle:` of a resource.

use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::schema::{Attribute, Schema, Type};
use crate::model::value::Value;

use super::context::Context;
use super::fields::{fields, problem, unknown_key, wrong_type};
use super::reference;
use super::resource::Built;

/// The keys of `lifecycle`.
pub(super) const KEYS: [&str; 4] =
    ["prevent_destroy", "create_before_destroy", "ignore_changes", "replace_triggered_by"];
/// Terraform's word for every attribute.
const ALL: &str = "all";

/// Reads `lifecycle`, in which everything is known.
pub(super) fn read(
    value: &Value,
    place: &Place,
    schema: &Schema,
    context: &Context<'_>,
    built: &mut Built,
    found: &mut Vec<Diagnostic>,
) {
    for (key, value, place) in fields(value, place, "lifecycle", &KEYS, found) {
        match (key, value) {
            ("prevent_destroy", Value::Bool(truth)) => built.resource.lifecycle.prevent_destroy = *truth,
            ("create_before_destroy", Value::Bool(truth)) => built.resource.lifecycle.create_before_destroy = *truth,
            ("ignore_changes", Value::List(items)) => {
                let paths = items.iter().enumerate().filter_map(|(at, item)| {
                    ignored(schema, item, &place.item(at)).map_err(|wrong| found.push(wrong)).ok()
                });
                built.resource.lifecycle.ignore_changes.extend(paths);
            }
            ("ignore_changes", Value::Text(word)) if word == ALL => found.push(not_all(&place)),
            ("ignore_changes", other) => found.push(wrong_type(key, "a list of attributes", other, &place)),
            ("replace_triggered_by", Value::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    let place = place.item(at);
                    if let Some(target) = reference::by_address(item, &place, context, found) {
                        built.needs.push((target.clone(), place));
                        built.resource.lifecycle.replace_triggered_by.insert(target);
                    }
                }
            }
            ("replace_triggered_by", other) => found.push(wrong_type(key, "a list of addresses", other, &place)),
            (key, other) => found.push(wrong_type(key, "true or false", other, &place)),
        }
    }
}

fn not_all(place: &Place) -> Diagnostic {
    problem(codes::NOT_ALLOWED, "There is no word for all attributes here.", place.clone()).help(
        "Name each attribute: ignore_changes: [name, tags]. What cenform must never change at all is existing: ID.",
    )
}

/// The way to the part that an item of `ignore_changes` names: the attribute, then fields, keys of items, or tags.
fn ignored(schema: &Schema, item: &Value, place: &Place) -> Result<Vec<String>, Diagnostic> {
    let Value::Text(text) = item else { return Err(wrong_type("An attribute", "text", item, place)) };
    if text == ALL {
        return Err(not_all(place));
    }
    let Some(steps) = steps(text) else {
        let detail = format!("\"{}\" is not the path of an attribute.", crate::base::text::printable(text));
        let help = "Write an attribute, or the way into one: tags.team, cidrs[\"10.0.0.0/24\"].name.";
        return Err(problem(codes::NOT_ALLOWED, detail, place.clone()).help(help));
    };
    let writable: Vec<&Attribute> = schema.attributes.iter().filter(|attribute| attribute.is_writable()).collect();
    let what = format!("A{}", &schema.kind.one()[1..]);
    let Some((first, rest)) = steps.split_first() else { return Ok(steps) };
    let attribute = field(&writable, first, &what, place)?;
    let (mut ty, mut path) = (&attribute.ty, first.clone());
    for step in rest {
        ty = match ty {
            Type::Object(fields) => &field(&fields.iter().collect::<Vec<_>>(), step, &path, place)?.ty,
            Type::Set { item, key: Some(_), .. } => item,
            // Below a tag there is nothing.
            Type::Tags => &Type::Bool,
            _ => {
                let detail = format!("{path} has no parts that could be ignored by themselves.");
                return Err(problem(codes::NOT_ALLOWED, detail, place.clone()).help(format!("Write {path}.")));
            }
        };
        path = format!("{path}.{step}");
    }
    Ok(steps)
}

fn field<'a>(known: &[&'a Attribute], name: &str, what: &str, place: &Place) -> Result<&'a Attribute, Diagnostic> {
    let names = known.iter().map(|attribute| attribute.name);
    known.iter().find(|attribute| attribute.name == name).copied().ok_or_else(|| {
        let unknown = unknown_key(name, what, &names.clone().collect::<Vec<_>>(), place);
        Diagnostic { place: Some(place.clone()), ..unknown }
    })
}

/// The steps of a path such as `tags.team` or `cidrs["10.0.0.0/24"].name`; `None` if it is none. What is in brackets
/// may be in quotes.
fn steps(text: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let (step, after) = match rest.strip_prefix('[').filter(|_| !steps.is_empty()) {
            Some(inner) => match inner.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\"]")?,
                None => inner.split_once(']')?,
            },
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        if step.is_empty() {
            return None;
        }
        steps.push(step.to_owned());
        rest = match after.strip_prefix('.') {
            Some(field) => field,
            None if after.is_empty() => return Some(steps),
            None if after.starts_with('[') => after,
            None => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn paths_have_dots_and_brackets() {
        for (path, expected) in [
            ("name", Some(vec!["name"])),
            ("tags.team", Some(vec!["tags", "team"])),
            ("tags[\"a.b\"]", Some(vec!["tags", "a.b"])),
            ("cidrs[10.0.0.0/24].name", Some(vec!["cidrs", "10.0.0.0/24", "name"])),
            ("cidrs[\"10.0.0.0/24\"].name", Some(vec!["cidrs", "10.0.0.0/24", "name"])),
            ("", None),
            ("tags.", None),
            (".tags", None),
            ("[tags]", None),
            ("tags[team", None),
            ("tags[a]b", None),
            ("tags..b", None),
        ] {
            let found = steps(path);
            assert_eq!(found, expected.map(|steps| steps.into_iter().map(str::to_owned).collect()), "{path}");
        }
    }
}
