//! Takes secrets that a stack writes out from the texts that problems are shown in.

use super::accounts::SECRET;
use super::files::Texts;

/// Makes every written secret unreadable. Lengths and what YAML reads as structure stay, so that places do.
pub(super) fn hide_secrets(texts: &mut Texts) {
    for text in texts.values_mut() {
        for key in SECRET {
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
