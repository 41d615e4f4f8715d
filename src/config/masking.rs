//! Takes secrets that a stack writes out from the texts that problems are shown in.

use std::collections::BTreeSet;

use crate::model::value::Value;

use super::accounts::{SECRET, SHOWN};
use super::document::Document;
use super::files::Texts;
use super::variables::Given;

/// What is shorter stands in other words, too, and is no key.
const SHORTEST: usize = 8;
/// The most words that are looked for in the texts.
const MOST: usize = 1000;

/// Makes every written secret unreadable. Lengths and what YAML reads as structure stay, so that places do.
pub(super) fn hide_secrets(texts: &mut Texts, secrets: &BTreeSet<String>) {
    for text in texts.values_mut() {
        *text = hide_keys(text);
        for secret in secrets {
            if text.contains(secret) {
                *text = text.replace(secret, &unreadable(secret));
            }
        }
    }
}

/// The words that may be secrets: under `accounts` all but what is no secret by its key, which may be mistyped; of
/// sensitive variables every value; and what files of variables hold for names that are not declared.
pub(super) fn secrets(document: Option<&Document>, given: &Given) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let accounts = document.into_iter().flat_map(|document| document.accounts.values());
    for (key, value) in accounts.filter_map(|account| account.value.as_map()).flatten() {
        if !SHOWN.contains(&key.as_str()) {
            words(value, &mut found);
        }
    }
    let declared = |name: &str| document.and_then(|document| document.variables.get(name)?.value.as_map());
    // What is not true or false is a mistake, whose value may be meant as true.
    let is_open = |name: &str| {
        declared(name).is_some_and(|variable| matches!(variable.get("sensitive"), None | Some(Value::Bool(false))))
    };
    for (name, variable) in document.into_iter().flat_map(|document| &document.variables) {
        let values = variable.value.as_map().into_iter().flatten();
        for (_, value) in values.filter(|(key, _)| !is_open(name) && matches!(key.as_str(), "default" | "allowed")) {
            words(value, &mut found);
        }
    }
    for (_, value) in given.in_files().filter(|(name, _)| !is_open(name)) {
        words(value, &mut found);
    }
    found
}

/// Adds the words of every text in a value. An expression only says where a secret comes from.
fn words(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Text(text) if !text.contains("${") => {
            let long = text.split_whitespace().filter(|word| word.len() >= SHORTEST);
            found.extend(long.take(MOST.saturating_sub(found.len())).map(str::to_owned));
        }
        Value::List(items) => items.iter().for_each(|item| words(item, found)),
        Value::Map(entries) => entries.values().for_each(|entry| words(entry, found)),
        _ => {}
    }
}

/// The text with the values of all secret keys made unreadable.
pub(super) fn hide_keys(text: &str) -> String {
    SECRET.into_iter().fold(text.to_owned(), |text, key| if text.contains(key) { hidden(&text, key) } else { text })
}

fn unreadable(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }).collect()
}

/// The text with what stands behind each `key:` made unreadable, up to the end of the value or line. An expression
/// only says where the secret comes from.
fn hidden(text: &str, key: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        let (before, after) = rest.split_at(at + key.len());
        shown.push_str(before);
        let begin =
            after.find(|c: char| c != ':' && c != ' ' && c != '\t' && c != '"' && c != '\'').unwrap_or(after.len());
        let (between, value) = after.split_at(begin);
        shown.push_str(between);
        let end = value.find(['\n', ',', '}']).unwrap_or(value.len());
        let (value, following) = value.split_at(end);
        if !between.contains(':') || value.starts_with("${") {
            shown.push_str(value);
        } else {
            shown.push_str(&unreadable(value));
        }
        rest = following;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_out_is_hidden_and_the_rest_stays() {
        for (text, shown) in [
            ("  access_key_secret: h+us/h2\n  id: a", "  access_key_secret: x+xx/xx\n  id: a"),
            ("{ \"access_key_secret\": 'hush', id: a }", "{ \"access_key_secret\": 'xxxx', id: a }"),
            ("access_key_secret: ${var.a}\n", "access_key_secret: ${var.a}\n"),
            ("access_key_secret: \"${var.a}\"\n", "access_key_secret: \"${var.a}\"\n"),
            ("see access_key_secret in here", "see access_key_secret in here"),
            ("access_key_secret", "access_key_secret"),
            (
                "a: {access_key_secret: one}\nb: {access_key_secret: two}",
                "a: {access_key_secret: xxx}\nb: {access_key_secret: xxx}",
            ),
        ] {
            assert_eq!(hidden(text, "access_key_secret"), shown);
        }
    }
}
