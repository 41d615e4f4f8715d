//! How a tree of changes is written: symbols, aligned names, braces.

use std::borrow::Cow;

use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr as _;

use crate::base::text::{count, printable};
use crate::diagnostics::style::{DIM, GREEN, RED, YELLOW};
use crate::model::address::Address;
use crate::model::value::Value;
use crate::report::Style;
use crate::report::view::{Block, Content, FORCES_REPLACEMENT, Item, Mark};

/// Text that is not longer than this, or that is one word as an id is, is not shown line by line.
const SHORT: usize = 20;

/// What a line of text begins with that goes on from the one above.
const GOES_ON: &str = "    ";

/// A block with its symbol (up to three columns) before `resource "kind" "name" {`.
pub(super) fn block(block: &Block, symbol: &str, style: Style) -> String {
    let mut writer = Writer { style, lines: Vec::new() };
    writer.lines.push(format!("{symbol} {} {{", head(&block.address)));
    writer.items(&block.items, block.hidden, "attribute", 6);
    writer.lines.push("    }".to_owned());
    writer.lines.join("\n") + "\n"
}

/// One item by itself, its symbol in column `indent`.
pub(super) fn item(item: &Item, indent: usize, name_width: usize, style: Style) -> String {
    let mut writer = Writer { style, lines: Vec::new() };
    writer.item(item, indent, name_width);
    writer.lines.join("\n") + "\n"
}

/// `resource "kind" "name"`.
pub(super) fn head(address: &Address) -> String {
    format!("resource \"{}\" \"{}\"", address.kind, address.name)
}

/// The columns that the longest name takes.
pub(super) fn name_width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| label(name).width()).max().unwrap_or(0)
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| format!("{} = {}", label(key), inline(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Unknown(_) => "(known after apply)".to_owned(),
    }
}

/// Text in double quotes, with what would end or steer the line escaped.
pub(super) fn quoted(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    format!("\"{}\"", printable(&escaped))
}

/// A name as it is if it is a word, else quoted.
fn label(name: &str) -> String {
    let word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if word { name.to_owned() } else { quoted(name) }
}

/// Whether text is more than a word or a name.
fn prose(text: &str) -> bool {
    text.width() > SHORT && text.contains(' ')
}

/// The columns that a comment takes that is never put on another line.
fn forced(comments: &[String]) -> usize {
    comments.first().filter(|first| *first == FORCES_REPLACEMENT).map_or(0, |first| " # ".len() + first.width())
}

struct Writer {
    style: Style,
    lines: Vec<String>,
}

impl Writer {
    fn items(&mut self, items: &[Item], hidden: usize, noun: &str, indent: usize) {
        let width = name_width(items.iter().filter_map(|item| item.name.as_deref()));
        for item in items {
            self.item(item, indent, width);
        }
        if hidden > 0 {
            let aside = format!("# ({} hidden)", count(hidden, &format!("unchanged {noun}")));
            self.lines.push(format!("{:indent$}  {}", "", self.style.paint(DIM, &aside)));
        }
    }

    fn item(&mut self, item: &Item, indent: usize, name_width: usize) {
        let symbol = match item.mark {
            Mark::Same => " ".to_owned(),
            Mark::Add => self.style.paint(GREEN, "+"),
            Mark::Change => self.style.paint(YELLOW, "~"),
            Mark::Remove => self.style.paint(RED, "-"),
        };
        let name = item.name.as_deref().map(|name| {
            let label = label(name);
            let padding = name_width.saturating_sub(label.width());
            format!("{label}{:padding$} = ", "")
        });
        let name = name.unwrap_or_default();
        let head = format!("{:indent$}{symbol} {name}", "");
        let column = indent + 2 + name.width();
        let comma = if item.name.is_none() { "," } else { "" };
        let null = if item.mark == Mark::Remove && item.name.is_some() { " -> null" } else { "" };
        let tail = format!("{}{comma}", self.style.paint(DIM, null));
        match &item.content {
            Content::Map { items, hidden } => {
                self.line(format!("{head}{{"), &item.comments, indent);
                self.nested("}", (items, *hidden), indent, &tail);
            }
            Content::List { items, hidden } => {
                self.line(format!("{head}["), &item.comments, indent);
                self.nested("]", (items, *hidden), indent, &tail);
            }
            Content::Value { before: Some(Value::Text(before)), after: Some(Value::Text(after)) }
                if item.mark == Mark::Change && self.wants_lines(before, after, column) =>
            {
                self.line(format!("{head}<<-EOT"), &item.comments, indent);
                self.text(before, after, indent);
            }
            Content::Value { before: Some(before), after: Some(after) } if item.mark == Mark::Change => {
                let arrow = self.style.paint(YELLOW, "->");
                let (before, after) = (inline(before), inline(after));
                let whole = column + before.width() + " -> ".len() + after.width() + forced(&item.comments);
                if whole <= self.style.width {
                    self.line(format!("{head}{before} {arrow} {after}{comma}"), &item.comments, indent);
                } else {
                    let column = column.saturating_sub("-> ".len());
                    self.lines.push(format!("{head}{before}"));
                    self.line(format!("{:column$}{arrow} {after}{comma}", ""), &item.comments, indent);
                }
            }
            Content::Value { before, after } => {
                let value = after.as_ref().or(before.as_ref()).unwrap_or(&Value::Null);
                let line = inline(value);
                match value {
                    Value::List(values) if column + line.width() > self.style.width => {
                        self.line(format!("{head}["), &item.comments, indent);
                        self.filled(values, indent + 6);
                        self.lines.push(format!("{:indent$}  ]{tail}", ""));
                    }
                    Value::Text(text) if column + line.width() > self.style.width && prose(text) => {
                        self.line(format!("{head}<<-EOT"), &item.comments, indent);
                        text.lines().for_each(|line| self.prose(line, indent + 4));
                        self.lines.push(format!("{:indent$}  EOT{tail}", ""));
                    }
                    _ => self.line(format!("{head}{line}{tail}"), &item.comments, indent),
                }
            }
        }
    }

    fn nested(&mut self, close: &str, (items, hidden): (&[Item], usize), indent: usize, tail: &str) {
        self.items(items, hidden, "element", indent + 4);
        self.lines.push(format!("{:indent$}  {close}{tail}", ""));
    }

    /// Plain values, as many on a line as fit.
    fn filled(&mut self, values: &[Value], indent: usize) {
        let mut line = String::new();
        for value in values {
            let next = format!("{},", inline(value));
            if !line.is_empty() && indent + line.width() + 1 + next.width() > self.style.width {
                self.lines.push(format!("{:indent$}{line}", ""));
                line.clear();
            }
            line = if line.is_empty() { next } else { format!("{line} {next}") };
        }
        self.lines.push(format!("{:indent$}{line}", ""));
    }

    /// Whether a change of text is easier to read with one version below the other.
    fn wants_lines(&self, before: &str, after: &str, column: usize) -> bool {
        let long = column + quoted(before).width() + " -> ".len() + quoted(after).width() > self.style.width;
        (long && prose(before) && prose(after)) || (before.contains('\n') && after.contains('\n'))
    }

    /// A change of text line by line, the words that differ emphasised and pointed at.
    fn text(&mut self, before: &str, after: &str, indent: usize) {
        let diff = TextDiff::from_lines(before, after);
        for change in diff.iter_all_inline_changes() {
            let (symbol, colour) = match change.tag() {
                ChangeTag::Equal => (" ", anstyle::Style::new()),
                ChangeTag::Delete => ("-", RED),
                ChangeTag::Insert => ("+", GREEN),
            };
            let symbol = self.style.paint(colour, symbol);
            for (number, words) in self.filled_words(change.iter_strings_lossy(), indent + 6).iter().enumerate() {
                // What is only too long for one line goes on further in.
                let margin = if number == 0 { "" } else { GOES_ON };
                let paint = |(emphasised, word): &(bool, String)| {
                    self.style.paint(if *emphasised { colour.bold().underline() } else { colour }, word)
                };
                let line: String = words.iter().map(paint).collect();
                self.lines.push(format!("{:indent$}    {symbol} {margin}{line}", ""));
                if words.iter().any(|(emphasised, _)| *emphasised) && words.iter().any(|(emphasised, _)| !emphasised) {
                    let point = |(emphasised, word): &(bool, String)| {
                        (if *emphasised { "^" } else { " " }).repeat(word.width())
                    };
                    let pointers: String = words.iter().map(point).collect();
                    self.lines.push(format!("{:indent$}      {margin}{}", "", pointers.trim_end()));
                }
            }
        }
        self.lines.push(format!("{:indent$}  EOT", ""));
    }

    /// A line of text, in as many lines as it takes.
    fn prose(&mut self, line: &str, indent: usize) {
        for (number, words) in self.filled_words([(false, line.into())].into_iter(), indent).iter().enumerate() {
            let margin = if number == 0 { "" } else { GOES_ON };
            let line: String = words.iter().map(|(_, word)| word.as_str()).collect();
            self.lines.push(format!("{:indent$}{margin}{line}", ""));
        }
    }

    /// The words of a line of text, and whether each is emphasised, in as many lines as it takes.
    fn filled_words<'t>(
        &self,
        parts: impl Iterator<Item = (bool, Cow<'t, str>)>,
        indent: usize,
    ) -> Vec<Vec<(bool, String)>> {
        let mut lines: Vec<Vec<(bool, String)>> = vec![Vec::new()];
        let mut column = indent;
        for (emphasised, part) in parts {
            for word in part.trim_end_matches(['\r', '\n']).split_inclusive(' ') {
                let word = printable(word);
                if column > indent && column + word.trim_end().width() > self.style.width {
                    if let Some((_, last)) = lines.last_mut().and_then(|line| line.last_mut()) {
                        last.truncate(last.trim_end_matches(' ').len());
                    }
                    lines.push(Vec::new());
                    column = indent + GOES_ON.len();
                }
                column += word.width();
                if let Some(line) = lines.last_mut() {
                    line.push((emphasised, word));
                }
            }
        }
        lines
    }

    /// A line with its comments: behind it, or below where that gets too long. What forces a replacement is always behind.
    fn line(&mut self, line: String, comments: &[String], indent: usize) {
        if comments.is_empty() {
            self.lines.push(line);
            return;
        }
        let forces = comments.iter().any(|comment| comment == FORCES_REPLACEMENT);
        let colour = if forces { RED } else { DIM };
        let aside = |comments: &[String]| format!("# {}", printable(&comments.join(", ")));
        let column = anstream::adapter::strip_str(&line).to_string().width();
        let fits = column + 1 + aside(comments).width() <= self.style.width;
        let (behind, below) = match comments {
            [first, rest @ ..] if !fits && first == FORCES_REPLACEMENT => (&comments[..1], rest),
            _ if fits => (comments, &[][..]),
            _ => (&[][..], comments),
        };
        let behind =
            if behind.is_empty() { String::new() } else { format!(" {}", self.style.paint(colour, &aside(behind))) };
        self.lines.push(format!("{line}{behind}"));
        if !below.is_empty() {
            let margin = format!("{:indent$}    ", "");
            let rest = self.style.wrap(&format!("{margin}# "), &below.join(", "));
            self.lines.extend(
                format!("{margin}# {rest}")
                    .lines()
                    .map(|line| format!("{margin}{}", self.style.paint(colour, line.trim_start()))),
            );
        }
    }
}
