//! Finds the parts of a text and the names in an expression. The grammar itself is the engine's;
//! this only tells where things stand, which the engine does not.

use super::error::{ExprError, ExprErrorKind};

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// The inside of `${…}`, and where it begins.
    Code(usize, &'a str),
}

/// Cuts a text at its `${…}`; `$${` is a literal `${`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, ExprError> {
    let mut pieces = Vec::new();
    let mut rest = 0;
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|tail| tail.find("${")) {
        let dollar = from + found;
        if dollar > rest && text.as_bytes().get(dollar - 1) == Some(&b'$') {
            // The first dollar of `$${` goes, what follows is text.
            pieces.push(Piece::Text(&text[rest..dollar - 1]));
            pieces.push(Piece::Text("${"));
            rest = dollar + 2;
            from = rest;
            continue;
        }
        let start = dollar + 2;
        let Some(length) = code_length(&text[start..]) else {
            return Err(ExprError::new(
                ExprErrorKind::Syntax,
                "This ${ has no closing }.",
                dollar,
                text.len() - dollar,
            )
            .help("Close the expression with }, or write $${ for a literal ${."));
        };
        if dollar > rest {
            pieces.push(Piece::Text(&text[rest..dollar]));
        }
        pieces.push(Piece::Code(start, &text[start..start + length]));
        rest = start + length + 1;
        from = rest;
    }
    if rest < text.len() || pieces.is_empty() {
        pieces.push(Piece::Text(&text[rest..]));
    }
    Ok(pieces)
}

/// The length of the code before the brace that closes it.
fn code_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth == 0 => return Some(at),
            (None, b'}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// What a name in an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A variable, with the way into it as far as it is written out.
    Root,
    /// The name after `|`.
    Filter,
    /// The name after `is`.
    Test,
}

/// A name in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) role: Role,
    /// The name, and for a root the path behind it: `cen`, `backbone`, `id`.
    pub(super) path: Vec<String>,
    pub(super) offset: usize,
    pub(super) length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Quoted(&'a str),
    Mark(u8),
}

/// The names in an expression, in order.
pub(super) fn names(code: &str) -> Vec<Name> {
    let tokens = tokens(code);
    let token = |at: usize| tokens.get(at).map(|(_, token)| *token);
    let mut names = Vec::new();
    for (at, (offset, word)) in tokens.iter().enumerate() {
        let Token::Word(word) = *word else { continue };
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let before = at.checked_sub(1).and_then(token);
        let before_that = at.checked_sub(2).and_then(token);
        let is_test = before == Some(Token::Word("is"))
            || (before == Some(Token::Word("not")) && before_that == Some(Token::Word("is")));
        let role = match before {
            Some(Token::Mark(b'.')) => continue,
            Some(Token::Mark(b'|')) => Role::Filter,
            _ if is_test && word != "not" => Role::Test,
            _ if token(at + 1) == Some(Token::Mark(b'=')) && token(at + 2) != Some(Token::Mark(b'=')) => continue,
            _ => Role::Root,
        };
        let mut path = vec![word.to_owned()];
        let mut end = offset + word.len();
        let mut next = at + 1;
        loop {
            if role != Role::Root {
                break;
            }
            let (step, used) = match (token(next), token(next + 1), token(next + 2)) {
                (Some(Token::Mark(b'.')), Some(Token::Word(step)), _) => (step, 2),
                (Some(Token::Mark(b'[')), Some(Token::Quoted(step)), Some(Token::Mark(b']')))
                    if !step.contains('\\') =>
                {
                    (step, 3)
                }
                _ => break,
            };
            path.push(step.to_owned());
            next += used;
            end = tokens.get(next - 1).map_or(end, |(offset, token)| offset + token.written());
        }
        names.push(Name { role, path, offset: *offset, length: end - offset });
    }
    names
}

impl Token<'_> {
    const fn written(&self) -> usize {
        match self {
            Token::Word(word) => word.len(),
            Token::Quoted(text) => text.len() + 2,
            Token::Mark(_) => 1,
        }
    }
}

fn tokens(code: &str) -> Vec<(usize, Token<'_>)> {
    let bytes = code.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b'"' | b'\'' => {
                let inside = quoted_length(&bytes[at + 1..], byte);
                tokens.push((at, Token::Quoted(&code[at + 1..at + 1 + inside])));
                inside + 2
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let word = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                tokens.push((at, Token::Word(&code[at..at + word])));
                word
            }
            _ if byte.is_ascii_whitespace() => 1,
            _ => {
                tokens.push((at, Token::Mark(byte)));
                1
            }
        };
        at += length;
    }
    tokens
}

/// The length of what stands between the quotes; up to the end where the second one is missing.
fn quoted_length(bytes: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    bytes
        .iter()
        .position(|&byte| {
            let closes = !escaped && byte == quote;
            escaped = !escaped && byte == b'\\';
            closes
        })
        .unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_expressions() {
        let cut = |text| pieces(text).unwrap();
        assert_eq!(cut("plain"), [Piece::Text("plain")]);
        assert_eq!(cut(""), [Piece::Text("")]);
        assert_eq!(cut("a${ x }b"), [Piece::Text("a"), Piece::Code(3, " x "), Piece::Text("b")]);
        assert_eq!(cut("${ {'}': 1}['}'] }"), [Piece::Code(2, " {'}': 1}['}'] ")]);
        assert_eq!(cut(r#"${ "\"}" }"#), [Piece::Code(2, r#" "\"}" "#)]);
        assert_eq!(cut("$${x}"), [Piece::Text(""), Piece::Text("${"), Piece::Text("x}")]);
        assert_eq!(cut("$5 {}"), [Piece::Text("$5 {}")]);
        let error = pieces("ab ${x").unwrap_err();
        assert_eq!((error.offset, error.length), (3, 3));
    }

    #[test]
    fn names_are_found_where_they_stand() {
        let found = |code| {
            names(code)
                .into_iter()
                .map(|name| (name.role, name.path.join("."), name.offset, name.length))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("cen['my-name'].id ~ var.x|default(local.y, k=3)"),
            [
                (Role::Root, "cen.my-name.id".to_owned(), 0, 17),
                (Role::Root, "var.x".to_owned(), 20, 5),
                (Role::Filter, "default".to_owned(), 26, 7),
                (Role::Root, "local.y".to_owned(), 34, 7),
            ]
        );
        assert_eq!(
            found("each is not defined"),
            [
                (Role::Root, "each".to_owned(), 0, 4),
                (Role::Root, "is".to_owned(), 5, 2),
                (Role::Root, "not".to_owned(), 8, 3),
                (Role::Test, "defined".to_owned(), 12, 7)
            ]
        );
        assert_eq!(found("'var.x'"), []);
        assert_eq!(found("'unclosed"), []);
    }
}
