//! What is no longer as a saved plan shows it, side by side (S16).

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::base::text::printable;
use crate::model::value::Value;
use crate::plan::Moved;

/// The heads of the columns after the attribute.
const HEADS: [&str; 3] = ["When planned", "Now", "After the plan"];
/// The most columns of a terminal that a table takes.
const WIDTH: usize = 80;
/// The widest that the column of attributes becomes.
const WIDEST_NAME: usize = 24;

/// A table of what has moved of one object; each line ends with a line break.
pub fn moved(rows: &[&Moved]) -> String {
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|Moved { address: _, id: _, attribute, planned, now, after }| match attribute {
            Some(attribute) => [printable(attribute), spoken(planned), spoken(now), spoken(after)],
            None => ["(object)".to_owned(), state(planned), state(now), state(after)],
        })
        .collect();
    let name = cells.iter().map(|row| row[0].width()).max().unwrap_or_default().min(WIDEST_NAME);
    // Two columns of indentation, and two between columns.
    let value = (WIDTH - 2 - name - 2 * HEADS.len()) / HEADS.len();
    let heads = [String::new(), HEADS[0].to_owned(), HEADS[1].to_owned(), HEADS[2].to_owned()];
    std::iter::once(&heads).chain(&cells).map(|row| line(row, [name, value, value, value])).collect()
}

/// A row, whose long cells go on below.
fn line(cells: &[String; 4], widths: [usize; 4]) -> String {
    let columns: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| folded(cell, width)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or_default();
    let mut out = String::new();
    for at in 0..height {
        let mut text = String::new();
        for (column, width) in columns.iter().zip(widths) {
            let part = column.get(at).map_or("", |part| part.trim_end());
            text.push_str("  ");
            text.push_str(part);
            text.push_str(&" ".repeat(width.saturating_sub(part.width())));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// A cell in lines that fit, broken between words where that is possible.
fn folded(cell: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in cell.split_inclusive(' ') {
        let mut breaks = column > 0 && column + word.trim_end().width() > width;
        for c in word.chars() {
            let wide = c.width().unwrap_or_default();
            if breaks || column + wide > width && c != ' ' {
                lines.push(String::new());
                column = 0;
                breaks = false;
            }
            column += wide;
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    lines
}

/// A value as it is written; what is not there is said to be unset.
fn spoken(value: &Value) -> String {
    match value {
        Value::Null => "unset".to_owned(),
        value if value.has_unknown() => "(known after apply)".to_owned(),
        value => printable(&serde_json::Value::from(value).to_string()),
    }
}

/// What becomes of an object, in a word.
fn state(value: &Value) -> String {
    value.as_text().map_or_else(|| spoken(value), printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S16: planned before, now and after stand side by side in 80 columns.
    #[test]
    fn what_has_moved_stands_side_by_side() {
        let row = |attribute: Option<&str>, planned: Value, now: Value, after: Value| Moved {
            address: "flow_log.app".parse().unwrap(),
            id: "flowlog-1".to_owned(),
            attribute: attribute.map(str::to_owned),
            planned,
            now,
            after,
        };
        let rows = [
            row(Some("interval"), 60.into(), 600.into(), 60.into()),
            row(Some("description"), "traffic of the application".into(), "changed by hand".into(), Value::Null),
            row(None, "there".into(), "gone".into(), "destroyed".into()),
        ];
        let table = moved(&rows.iter().collect::<Vec<_>>());
        assert!(table.lines().all(|line| line.width() <= WIDTH), "{table}");
        insta::assert_snapshot!(table, @r#"
                       When planned          Now                   After the plan
          interval     60                    600                   60
          description  "traffic of the       "changed by hand"     unset
                       application"
          (object)     there                 gone                  destroyed
        "#);
    }
}
