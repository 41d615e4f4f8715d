//! The engine's values back to ours.

use minijinja::value::{Value as Jinja, ValueKind};

use super::engine::LONGEST;
use super::error::{ExprError, ExprErrorKind};
use super::scope::Tree;
use crate::model::value::Value;

/// The deepest nesting of a result, and of unknown values in each other's bindings.
pub(super) const DEEPEST: usize = 64;

/// The value, or why it cannot be one.
pub(super) fn value(jinja: &Jinja) -> Result<Value, String> {
    let mut room = LONGEST;
    convert(jinja, 0, &mut room)
}

fn convert(jinja: &Jinja, depth: usize, room: &mut usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("The result is nested too deeply.".to_owned());
    }
    // Passed on as a whole, unknown leaves and all.
    if let Some(tree) = jinja.downcast_object_ref::<Tree>() {
        spend(room, size(&tree.value))?;
        return Ok(tree.value.clone());
    }
    spend(room, 8 + jinja.as_str().map_or(0, str::len))?;
    match jinja.kind() {
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(jinja.is_true())),
        ValueKind::Number if jinja.is_integer() => {
            i64::try_from(jinja.clone()).map(Value::Int).map_err(|_| "The result is too large a number.".to_owned())
        }
        ValueKind::Number => f64::try_from(jinja.clone())
            .ok()
            .filter(|number| number.is_finite())
            .map(Value::Float)
            .ok_or_else(|| "The result is not a number.".to_owned()),
        ValueKind::String => Ok(Value::Text(jinja.as_str().unwrap_or_default().to_owned())),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = jinja.try_iter().map_err(|error| error.to_string())?;
            items.map(|item| convert(&item, depth + 1, room)).collect::<Result<_, _>>().map(Value::List)
        }
        ValueKind::Map => {
            let keys = jinja.try_iter().map_err(|_| NAMESPACE.to_owned())?;
            keys.map(|key| {
                let name = key.as_str().ok_or("The result has a key that is not text.")?.to_owned();
                let inner = jinja.get_item(&key).map_err(|error| error.to_string())?;
                Ok((name, convert(&inner, depth + 1, room)?))
            })
            .collect::<Result<_, String>>()
            .map(Value::Map)
        }
        _ => Err(NAMESPACE.to_owned()),
    }
}

/// What is wrong with `${cen.backbone}` or `${var}` by itself.
const NAMESPACE: &str = "This is not a value but has values in it: name one of them, as in cen.backbone.id.";

fn spend(room: &mut usize, bytes: usize) -> Result<(), String> {
    *room = room.checked_sub(bytes).ok_or("The result is larger than 1 MiB.")?;
    Ok(())
}

/// Refuses a value that is too large or holds unknown values too deep in each other's bindings.
pub fn check_size(value: &Value) -> Result<(), ExprError> {
    let refused = |message: &str| Err(ExprError::new(ExprErrorKind::Evaluation, message, 0, 0));
    if size(value) > LONGEST {
        return refused("With all that it uses, this is larger than 1 MiB.");
    }
    if layers(value) > DEEPEST {
        return refused("Local values that are not known yet use each other more than 64 deep.");
    }
    Ok(())
}

/// How many unknown values are in each other's bindings.
fn layers(value: &Value) -> usize {
    match value {
        Value::Unknown(expression) => 1 + expression.bindings.values().map(layers).max().unwrap_or(0),
        Value::List(items) => items.iter().map(layers).max().unwrap_or(0),
        Value::Map(entries) => entries.values().map(layers).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => 0,
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    8 + match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(key, inner)| key.len() + size(inner)).sum(),
        Value::Unknown(expression) => {
            expression.source.len()
                + expression.bindings.iter().map(|(key, inner)| key.len() + size(inner)).sum::<usize>()
        }
    }
}
