//! Takes secrets that a stack writes out from the texts that problems are shown in.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{KEYS, SECRET};
use super::document::Entry;
use super::files::Texts;

/// Makes every written secret unreadable, also behind a key of an account that is not known: it may be a misspelt one.
/// Lengths and what YAML reads as structure stay, so that places do.
pub(super) fn hide_secrets(texts: &mut Texts, accounts: &BTreeMap<String, Entry>) {
    let written = accounts.values().filter_map(|account| account.value.as_map()).flat_map(BTreeMap::keys);
    let strange = written.map(String::as_str).filter(|key| !key.is_empty() && !KEYS.contains(key));
    let keys: BTreeSet<&str> = strange.chain(SECRET).collect();
    for text in texts.values_mut() {
        for key in &keys {
            if text.contains(key) {
                *text = hidden(text, key);
            }
        }
    }
}

/// The text with what stands behind each `key:` made unreadable, up to the end of the value or line. An expression
/// only says where the secret comes from.
fn hidden(text: &str, key: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        let is_word = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
        let (before, after) = rest.split_at(at + key.len());
        shown.push_str(before);
        if !is_word {
            rest = after;
            continue;
        }
        let begin =
            after.find(|c: char| c != ':' && c != ' ' && c != '\t' && c != '"' && c != '\'').unwrap_or(after.len());
        let (between, value) = after.split_at(begin);
        shown.push_str(between);
        let end = value.find(['\n', ',', '}']).unwrap_or(value.len());
        let (value, following) = value.split_at(end);
        if !between.contains(':') || value.starts_with("${") {
            shown.push_str(value);
        } else {
            shown.extend(value.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }));
        }
        rest = following;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn what_is_written_out_is_hidden_and_the_rest_stays() {
        for (text, shown) in [
            ("  access_key_secret: h+us/h2\n  id: a", "  access_key_secret: x+xx/xx\n  id: a"),
            ("{ \"access_key_secret\": 'hush', id: a }", "{ \"access_key_secret\": 'xxxx', id: a }"),
            ("access_key_secret: ${var.a}\n", "access_key_secret: ${var.a}\n"),
            ("access_key_secret: \"${var.a}\"\n", "access_key_secret: \"${var.a}\"\n"),
            ("no_access_key_secret: hush", "no_access_key_secret: hush"),
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
