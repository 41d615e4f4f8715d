//! How a tree of changes is written: symbols, aligned names, braces.

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
        let comments = self.comments(&item.comments);
        match &item.content {
            Content::Map { items, hidden } => {
                self.nested(&head, ["{", "}"], (items, *hidden), indent, &comments, &tail);
            }
            Content::List { items, hidden } => {
                self.nested(&head, ["[", "]"], (items, *hidden), indent, &comments, &tail);
            }
            Content::Value { before: Some(Value::Text(before)), after: Some(Value::Text(after)) }
                if item.mark == Mark::Change && self.wants_lines(before, after, column) =>
            {
                self.text(&head, before, after, indent, &comments);
            }
            Content::Value { before: Some(before), after: Some(after) } if item.mark == Mark::Change => {
                let arrow = self.style.paint(YELLOW, "->");
                self.lines.push(format!("{head}{} {arrow} {}{comma}{comments}", inline(before), inline(after)));
            }
            Content::Value { before, after } => {
                let value = after.as_ref().or(before.as_ref()).unwrap_or(&Value::Null);
                let line = inline(value);
                match value {
                    Value::List(values) if column + line.width() > self.style.width => {
                        self.lines.push(format!("{head}[{comments}"));
                        self.filled(values, indent + 6);
                        self.lines.push(format!("{:indent$}  ]{tail}", ""));
                    }
                    _ => self.lines.push(format!("{head}{line}{tail}{comments}")),
                }
            }
        }
    }

    fn nested(
        &mut self,
        head: &str,
        [open, close]: [&str; 2],
        (items, hidden): (&[Item], usize),
        indent: usize,
        comments: &str,
        tail: &str,
    ) {
        self.lines.push(format!("{head}{open}{comments}"));
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
        let prose = |text: &str| text.width() > SHORT && text.contains(' ');
        (long && prose(before) && prose(after)) || (before.contains('\n') && after.contains('\n'))
    }

    /// A change of text line by line, the words that differ emphasised.
    fn text(&mut self, head: &str, before: &str, after: &str, indent: usize, comments: &str) {
        self.lines.push(format!("{head}<<-EOT{comments}"));
        let diff = TextDiff::from_lines(before, after);
        for change in diff.iter_all_inline_changes() {
            let (symbol, colour) = match change.tag() {
                ChangeTag::Equal => (" ", anstyle::Style::new()),
                ChangeTag::Delete => ("-", RED),
                ChangeTag::Insert => ("+", GREEN),
            };
            let parts = change.iter_strings_lossy().map(|(emphasised, part)| {
                let part = printable(part.trim_end_matches(['\r', '\n']));
                self.style.paint(if emphasised { colour.bold().underline() } else { colour }, &part)
            });
            let line: String = parts.collect();
            self.lines.push(format!("{:indent$}    {} {line}", "", self.style.paint(colour, symbol)));
        }
        self.lines.push(format!("{:indent$}  EOT", ""));
    }

    fn comments(&self, comments: &[String]) -> String {
        if comments.is_empty() {
            return String::new();
        }
        let colour = if comments.iter().any(|comment| comment == FORCES_REPLACEMENT) { RED } else { DIM };
        let text = printable(&comments.join(", "));
        format!(" {}", self.style.paint(colour, &format!("# {text}")))
    }
}
