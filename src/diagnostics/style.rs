//! How text for people is written: colours and width.

use anstyle::{AnsiColor, Effects, Style as Ansi};
use unicode_width::UnicodeWidthStr as _;

/// How text for people is written: the printer decides, everything below it obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colour escape codes.
    pub colour: bool,
    /// How many columns there are.
    pub width: usize,
}

/// Red: errors and what goes.
pub const RED: Ansi = AnsiColor::Red.on_default();
/// Green: what comes.
pub const GREEN: Ansi = AnsiColor::Green.on_default();
/// Yellow: warnings and what changes.
pub const YELLOW: Ansi = AnsiColor::Yellow.on_default();
/// Cyan: what only the state is about.
pub const CYAN: Ansi = AnsiColor::Cyan.on_default();
/// Bold: headings.
pub const BOLD: Ansi = Ansi::new().effects(Effects::BOLD);
/// Dim: asides.
pub const DIM: Ansi = Ansi::new().effects(Effects::DIMMED);

impl Style {
    /// Without colour, 80 columns.
    pub const fn plain() -> Self {
        Self { colour: false, width: 80 }
    }

    /// `text` in a colour, if there are colours.
    pub fn paint(self, ansi: Ansi, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{ansi}{text}{ansi:#}") } else { text.to_owned() }
    }

    /// `text` in lines that fit, each after the first beginning with `indent`. A line break in the
    /// text stays one; control characters are escaped; a word longer than a line gets a line of its own.
    pub fn wrap(self, indent: &str, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (number, paragraph) in text.lines().enumerate() {
            let mut column = indent.width();
            if number > 0 {
                out.push('\n');
                out.push_str(if paragraph.is_empty() { "" } else { indent });
            }
            for (position, word) in paragraph.split(' ').enumerate() {
                let word = crate::base::text::printable(word);
                let width = word.width();
                if position > 0 && column + 1 + width > self.width {
                    out.push('\n');
                    out.push_str(indent);
                    column = indent.width() + width;
                } else {
                    out.push_str(if position > 0 { " " } else { "" });
                    column += usize::from(position > 0) + width;
                }
                out.push_str(&word);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_the_width() {
        let style = Style { colour: false, width: 20 };
        assert_eq!(
            style.wrap("  ", "one two three four five\n\nan-unbreakable-word-of-35-characters-! end"),
            "one two three four\n  five\n\n  an-unbreakable-word-of-35-characters-!\n  end"
        );
        assert_eq!(style.wrap("", "流量 日志 流量 日志 流量"), "流量 日志 流量 日志\n流量");
        assert_eq!(style.wrap("", "a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }

    #[test]
    fn colour_only_where_it_is_wanted() {
        assert_eq!(Style::plain().paint(RED, "x"), "x");
        assert_eq!(Style { colour: true, width: 80 }.paint(RED, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
