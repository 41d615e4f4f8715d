//! YAML text to a tree of values, with its own words for the mistakes that people make.

use std::path::Path;

use saphyr_parser::{Event, Parser};

use crate::diagnostics::locate::duplicates;
use crate::diagnostics::{Diagnostic, Place, Segment, Span, codes};
use crate::model::value::Value;

use super::fields::problem;
use super::lenient;

/// How deep collections may nest; the reader has the same limit.
const DEEPEST: usize = 128;
/// How many brackets may be open before their nesting is looked at.
const SUSPICIOUS: usize = 512;
/// The most repairs of unquoted expressions in one file.
const MOST_REPAIRS: usize = 64;

/// The tree of one document. `None` if the text is no YAML, which is then in `found`.
pub(super) fn parse(file: &Path, text: &str, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let place = Place::file(file);
    if nests_too_deep(text) {
        found.push(too_deep(place));
        return None;
    }
    let mut tree = match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(tree) => tree,
        Err(error) if error.to_string().contains("duplicate entry") => {
            // The rest of the file is looked at all the same, so that its problems are told together with these.
            found.extend(twice(file, text));
            lenient::read(text)?
        }
        Err(error) => {
            found.extend(explain(file, text, &error));
            return None;
        }
    };
    if let Err(error) = tree.apply_merge() {
        let detail = format!("A merge (<<) cannot be done: {error}.");
        found.push(problem(codes::YAML, detail, place).help("Merge a map, or a list of maps: <<: *base."));
        return None;
    }
    let before = found.len();
    let tree = convert(tree, &place, found);
    (found.len() == before).then_some(tree)
}

fn convert(tree: serde_yaml::Value, place: &Place, found: &mut Vec<Diagnostic>) -> Value {
    match tree {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(truth) => Value::Bool(truth),
        serde_yaml::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_yaml::Value::String(text) => Value::Text(text),
        serde_yaml::Value::Sequence(items) => {
            let items = items.into_iter().enumerate();
            Value::List(items.map(|(at, item)| convert(item, &place.item(at), found)).collect())
        }
        serde_yaml::Value::Mapping(entries) => {
            let mut map = std::collections::BTreeMap::new();
            for (key, inner) in entries {
                if let serde_yaml::Value::String(key) = key {
                    let inner = convert(inner, &place.field(&key), found);
                    map.insert(key, inner);
                } else {
                    found.push(key_is_no_text(&key, place));
                }
            }
            Value::Map(map)
        }
        serde_yaml::Value::Tagged(tagged) => {
            let detail = format!("The YAML tag {} means nothing here.", tagged.tag);
            found.push(problem(codes::WRONG_TYPE, detail, place.clone()).help("Take the tag off."));
            Value::Null
        }
    }
}

fn key_is_no_text(key: &serde_yaml::Value, map: &Place) -> Diagnostic {
    let written = match key {
        serde_yaml::Value::Bool(truth) => truth.to_string(),
        serde_yaml::Value::Number(number) => number.to_string(),
        _ => {
            return problem(codes::WRONG_TYPE, "A key must be text, and this map has one that is not.", map.clone())
                .help("Write each key as a single word or in quotes.");
        }
    };
    problem(codes::WRONG_TYPE, format!("A key must be text, and {written} is not."), map.field(&written).as_key())
        .help(format!("Put it in quotes: \"{written}\"."))
}

/// Every key that stands twice.
fn twice(file: &Path, text: &str) -> Vec<Diagnostic> {
    duplicates(text)
        .into_iter()
        .map(|duplicate| {
            let map = Place { path: duplicate.path, ..Place::file(file) };
            let key = map.field(&duplicate.key).as_key();
            problem(
                codes::DUPLICATE_KEY,
                format!("\"{}\" stands twice in the same map.", duplicate.key),
                Place { span: Some(duplicate.later), ..key.clone() },
            )
            .related(Place { span: Some(duplicate.first), ..key }, "It stands here first.")
            .help("Keep one of them, or give one another name.")
        })
        .collect()
}

/// What is wrong with a text that is no YAML.
fn explain(file: &Path, text: &str, error: &serde_yaml::Error) -> Vec<Diagnostic> {
    let unquoted = unquoted_expressions(file, text);
    if !unquoted.is_empty() {
        return unquoted;
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (detail, help) = match message {
        told if told.contains("repetition limit") => {
            ("Its aliases (*name) repeat too much.".to_owned(), "Write fewer aliases of aliases.")
        }
        told if told.contains("more than one document") => (
            "It holds more than one YAML document.".to_owned(),
            "Take out the --- between them, or put each into a file of its own.",
        ),
        told if told.contains("found character that cannot start any token") => (
            "There is a character here that YAML does not allow at this place.".to_owned(),
            "Indent with spaces instead of tabs, and put text that begins with @, ` or % in quotes.",
        ),
        told if told.contains("invalid type: integer") => (
            "There is a number here that is too large.".to_owned(),
            "Put it in quotes if it is meant as text, such as an account id.",
        ),
        told => (
            format!("This is not well-formed YAML: {told}."),
            "Look at the indentation, and for text with a colon or a bracket that needs quotes.",
        ),
    };
    if message.contains("recursion limit") {
        return vec![too_deep(Place {
            span: error.location().map(|at| point(text, at.line(), at.column())),
            ..Place::file(file)
        })];
    }
    let mut place = Place::file(file);
    place.span = error.location().map(|at| point(text, at.line(), at.column()));
    vec![problem(codes::YAML, detail, place).help(help)]
}

fn too_deep(place: Place) -> Diagnostic {
    let detail = format!("The text nests more than {DEEPEST} levels deep.");
    problem(codes::YAML, detail, place).help("Write it flatter.")
}

/// Whether flow collections nest deeper than the reader allows. It finds that out by itself, but in
/// a time that grows with the square of the depth; this is asked only of a text with very many open brackets.
fn nests_too_deep(text: &str) -> bool {
    let mut open = 0_usize;
    let suspicious = text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > SUSPICIOUS
    });
    if !suspicious {
        return false;
    }
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::SequenceStart(..) | Event::MappingStart(..), _)) if depth == DEEPEST => return true,
            Ok((Event::SequenceStart(..) | Event::MappingStart(..), _)) => depth += 1,
            Ok((Event::SequenceEnd | Event::MappingEnd, _)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    false
}

/// Flow-style expressions without quotes. YAML stops at the first, so each is put in quotes and the
/// text read again until it goes through or stops at something else.
fn unquoted_expressions(file: &Path, text: &str) -> Vec<Diagnostic> {
    let mut lines = text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
    let mut spots = std::collections::BTreeMap::<usize, (usize, usize)>::new();
    for _ in 0..MOST_REPAIRS {
        let Err(error) = serde_yaml::from_str::<serde::de::IgnoredAny>(&lines.join("\n")) else { break };
        let Some(at) = error.location() else { break };
        let Some(line) = lines.get_mut(at.line().saturating_sub(1)) else { break };
        let Some((start, end)) = unquoted_scalar(line, at.column()) else { break };
        let written = format!("\"{}\"", line[start..end].replace('\\', "\\\\").replace('"', "\\\""));
        spots.entry(at.line()).or_insert_with(|| {
            let columns = |bytes: usize| line[..bytes].chars().count() + 1;
            (columns(start), columns(end))
        });
        line.replace_range(start..end, &written);
    }
    spots
        .into_iter()
        .map(|(number, (from, to))| {
            let start = point(text, number, from);
            let end = point(text, number, to);
            let span = Span { end_column: end.start_column, end_byte: end.start_byte, ..start };
            let place = Place { span: Some(span), ..Place::file(file) };
            let line = super::masking::hide_keys(lines.get(number - 1).map_or("", |line| line.trim()));
            problem(codes::FLOW_STYLE, "In flow style YAML reads the brace of ${…} as its own.", place)
                .help(format!("Write it in quotes: {line}"))
        })
        .collect()
}

/// The bytes of the plain scalar in flow style around the `${` at which YAML stopped (its brace is in `column`).
fn unquoted_scalar(line: &str, column: usize) -> Option<(usize, usize)> {
    let brace = line.char_indices().nth(column.checked_sub(1)?)?.0;
    let before = line.get(..brace)?.strip_suffix('$')?;
    if !line[brace..].starts_with('{') {
        return None;
    }
    let start = before.rfind(['{', '[', ',']).map_or(0, |at| at + 1);
    let start = before[start..].rfind(": ").map_or(start, |colon| start + colon + 2);
    let start = start + (before.len() - start - before[start..].trim_start().len());
    // Where there is a quote already, quotes are not what is missing; and no repair is repaired again.
    if before[start..].contains(['"', '\'']) {
        return None;
    }
    let mut depth = 0_usize;
    let mut end = line.len();
    for (at, byte) in line.bytes().enumerate().skip(brace) {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' if depth > 0 => depth -= 1,
            b'}' | b']' | b',' if depth == 0 => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let end = start + line.get(start..end)?.trim_end().len();
    Some((start, end))
}

/// The position of a line and column, both from 1, the column in characters.
fn point(text: &str, line: usize, column: usize) -> Span {
    let line_start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let rest = text.get(line_start..).unwrap_or_default();
    let byte = line_start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    Span {
        start_line: line,
        start_column: column,
        start_byte: byte,
        end_line: line,
        end_column: column + 1,
        end_byte: (byte + 1).min(text.len()),
    }
}

/// The value of a text that stands for itself, as in `--var`: YAML, with no file.
pub(super) fn parse_inline(text: &str) -> Result<Value, String> {
    if nests_too_deep(text) {
        return Err(format!("it nests more than {DEEPEST} levels deep"));
    }
    let mut tree = serde_yaml::from_str::<serde_yaml::Value>(text).map_err(|error| error.to_string())?;
    tree.apply_merge().map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    let value = convert(tree, &Place { path: Vec::<Segment>::new(), ..Place::file("") }, &mut found);
    match found.pop() {
        None => Ok(value),
        Some(problem) => Err(problem.detail),
    }
}
