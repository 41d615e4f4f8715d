//! Small words of the loader: problems, and maps with known keys.

use crate::base::text::{list, nearest};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::check::described;
use crate::model::value::Value;

/// A problem with the title of its code.
pub(super) fn problem(code: &'static str, detail: impl Into<String>, place: Place) -> Diagnostic {
    unplaced(code, detail).place(place)
}

/// A problem that is in no file.
pub(super) fn unplaced(code: &'static str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, title(code), detail)
}

/// A warning with the title of its code.
pub(super) fn caution(code: &'static str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, title(code), detail)
}

fn title(code: &str) -> &'static str {
    codes::ALL.iter().find(|row| row.code == code).map_or("", |row| row.title)
}

/// A key of a map with its value and the value's place.
pub(super) type Field<'v> = (&'v str, &'v Value, Place);

/// The entries of a map that are not null. Anything else than a map or nothing is a problem.
pub(super) fn entries<'v>(value: &'v Value, place: &Place, what: &str, found: &mut Vec<Diagnostic>) -> Vec<Field<'v>> {
    match value {
        Value::Null => Vec::new(),
        Value::Map(entries) => entries
            .iter()
            .filter(|(_, inner)| !inner.is_null())
            .map(|(key, inner)| (key.as_str(), inner, place.field(key)))
            .collect(),
        other => {
            let detail = format!("{what} must be a map, and this is {}.", described(other));
            found.push(problem(codes::WRONG_TYPE, detail, place.clone()).help("Write it as key: value, one a line."));
            Vec::new()
        }
    }
}

/// As [`entries`], with only these keys.
pub(super) fn fields<'v>(
    value: &'v Value,
    place: &Place,
    what: &str,
    known: &[&str],
    found: &mut Vec<Diagnostic>,
) -> Vec<Field<'v>> {
    let mut kept = Vec::new();
    for (key, inner, at) in entries(value, place, what, found) {
        if known.contains(&key) {
            kept.push((key, inner, at));
        } else {
            found.push(unknown_key(key, what, known, &at));
        }
    }
    kept
}

/// The problem of a key that is not known.
pub(super) fn unknown_key(key: &str, what: &str, known: &[&str], place: &Place) -> Diagnostic {
    let unknown = problem(codes::UNKNOWN_KEY, format!("{what} has no \"{key}\"."), place.as_key());
    if let Some(near) = nearest(key, known.iter().copied()) {
        return unknown.help(format!("Did you mean {near}?"));
    }
    let known = known.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    unknown.help(format!("Known here: {}.", list(&known)))
}

/// The problem of a key that a later version knows.
pub(super) fn not_yet(key: &str, place: &Place) -> Diagnostic {
    problem(codes::UNKNOWN_KEY, format!("{key} is not supported yet by this version of cenform."), place.as_key())
        .help("Take it out for now.")
}

/// The problem of a value of another type.
pub(super) fn wrong_type(what: &str, wanted: &str, value: &Value, place: &Place) -> Diagnostic {
    let wrong = problem(
        codes::WRONG_TYPE,
        format!("{what} must be {wanted}, and this is {}.", described(value)),
        place.clone(),
    );
    match value {
        Value::Int(_) | Value::Bool(_) if wanted == "text" => {
            let written = serde_json::Value::from(value);
            wrong.help(format!("Put it in quotes: \"{written}\"."))
        }
        Value::Float(number) if wanted == "text" => {
            wrong.help(format!("Put it in quotes, as in \"{number}\": without quotes 1.10 would become 1.1."))
        }
        _ => wrong,
    }
}
