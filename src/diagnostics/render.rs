//! Renders problems for people and as JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value as Json, json};

use super::diagnostic::{Diagnostic, Place, Severity, Span};
use super::style::{BOLD, CYAN, RED, Style, YELLOW};
use crate::base::text::printable;

/// The longest line that is shown, in bytes; of a longer one, only its place is named.
const LONGEST_LINE: usize = 4096;

/// A problem for a person: what is wrong, the line it is in (if its place is resolved and its file is in `texts`), the
/// other places, the details, and what to do. Ends with a line break.
pub fn human(diagnostic: &Diagnostic, texts: &BTreeMap<PathBuf, String>, style: &Style) -> String {
    let (word, colour) = match diagnostic.severity {
        Severity::Error => ("Error", RED),
        Severity::Warning => ("Warning", YELLOW),
    };
    let head = format!("{} [{}]", printable(&diagnostic.summary), diagnostic.code);
    let mut parts = vec![format!("{} {}", style.paint(colour.bold(), &format!("{word}:")), style.paint(BOLD, &head))];
    if let Some(address) = &diagnostic.address {
        parts.push(format!("  in {}", printable(&address.to_string())));
    }
    let sources = sources(diagnostic, texts, style);
    if !sources.is_empty() {
        parts.push(sources);
    }
    if !diagnostic.detail.is_empty() {
        parts.extend([String::new(), style.wrap("", &diagnostic.detail)]);
    }
    if let Some(help) = &diagnostic.help {
        let help = style.wrap("", &format!("Help: {help}"));
        parts.extend([String::new(), help.replacen("Help:", &style.paint(CYAN.bold(), "Help:"), 1)]);
    }
    parts.join("\n") + "\n"
}

/// All problems for a person, in their order, an empty line between two.
pub fn all(diagnostics: &[Diagnostic], texts: &BTreeMap<PathBuf, String>, style: &Style) -> String {
    let each: Vec<String> = diagnostics.iter().map(|diagnostic| human(diagnostic, texts, style)).collect();
    each.join("\n")
}

/// The lines of the files that a problem is about.
fn sources(diagnostic: &Diagnostic, texts: &BTreeMap<PathBuf, String>, style: &Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let main = diagnostic.place.iter().map(|place| (place, AnnotationKind::Primary, None));
    let related = diagnostic
        .related
        .iter()
        .map(|related| (&related.place, AnnotationKind::Context, Some(printable(&related.message))));
    let elements: Vec<Element<'_>> =
        main.chain(related).map(|(place, kind, label)| source(place, texts, kind, label)).collect();
    if elements.is_empty() {
        return String::new();
    }
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width).render(&[Group::with_level(level).elements(elements)])
}

/// One place: its line with the part marked, or the name of its file where there is no text.
fn source<'a>(
    place: &'a Place,
    texts: &'a BTreeMap<PathBuf, String>,
    kind: AnnotationKind,
    label: Option<String>,
) -> Element<'a> {
    let path = printable(&place.file.to_string_lossy());
    let Some((span, (line, marked))) =
        place.span.and_then(|span| Some((span, line_of(texts.get::<Path>(&place.file)?, span)?)))
    else {
        return Origin::path(path).into();
    };
    if line.len() > LONGEST_LINE {
        return Origin::path(path).line(span.start_line).char_column(span.start_column).into();
    }
    let annotation: Annotation<'a> = kind.span(marked).label(label);
    Snippet::source(line).line_start(span.start_line).path(path).annotation(annotation).into()
}

/// The line that a span begins in, and the part of it that the span covers, in bytes; `None` for the empty span at the
/// beginning of a text, which stands for the whole file, and for a span of another text.
fn line_of(text: &str, span: Span) -> Option<(&str, std::ops::Range<usize>)> {
    if span.end_byte == 0 {
        return None;
    }
    let begin = text.get(..span.start_byte)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(begin..)?.lines().next().unwrap_or_default();
    let start = (span.start_byte - begin).min(line.len());
    let end = span.end_byte.saturating_sub(begin).clamp(start, line.len());
    line.get(start..end)?;
    Some((line, start..end))
}

/// A problem as `validate --json` and the event stream write it.
pub fn json(diagnostic: &Diagnostic) -> Json {
    let related: Vec<Json> = diagnostic
        .related
        .iter()
        .map(|related| json!({ "range": range(&related.place), "message": related.message }))
        .collect();
    json!({
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "address": diagnostic.address.as_ref().map(ToString::to_string),
        "range": diagnostic.place.as_ref().map(range),
        "related": related,
        "help": diagnostic.help,
    })
}

/// The whole answer of `validate --json`. With `strict`, warnings count as errors.
pub fn validation(diagnostics: &[Diagnostic], strict: bool) -> Json {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = diagnostics.len() - errors;
    json!({
        "format_version": "1.0",
        "valid": errors == 0 && !(strict && warnings > 0),
        "error_count": errors,
        "warning_count": warnings,
        "diagnostics": diagnostics.iter().map(json).collect::<Vec<_>>(),
    })
}

/// A place as JSON: lines and columns from 1, bytes from 0. A place that is not resolved is the beginning of its file.
fn range(place: &Place) -> Json {
    let start = Span { start_line: 1, start_column: 1, start_byte: 0, end_line: 1, end_column: 1, end_byte: 0 };
    let span = place.span.unwrap_or(start);
    json!({
        "filename": place.file.to_string_lossy(),
        "start": { "line": span.start_line, "column": span.start_column, "byte": span.start_byte },
        "end": { "line": span.end_line, "column": span.end_column, "byte": span.end_byte },
    })
}

#[cfg(test)]
mod tests {
    use insta::{assert_json_snapshot, assert_snapshot};

    use super::*;
    use crate::diagnostics::{codes, locate};
    use crate::model::address::{Address, Kind};

    const TEXT: &str = "\
version: 1
flow_logs:
  app:
    interval: 90
    name: \"流量 \u{1b}[31m ${var.nmae}\"
  spoke: { interval: 60 }
  app:
    interval: 600
";

    fn texts() -> BTreeMap<PathBuf, String> {
        BTreeMap::from([(PathBuf::from("stack.yaml"), TEXT.to_owned())])
    }

    fn app() -> Place {
        Place::file("stack.yaml").field("flow_logs").field("app")
    }

    fn duplicate() -> Diagnostic {
        let again = locate::duplicates(TEXT).remove(0);
        let at = |span| Place { span: Some(span), ..app().as_key() };
        Diagnostic::error(codes::DUPLICATE_NAME, "A name is declared twice", "flow_log.app is declared twice.")
            .place(at(again.later))
            .related(at(again.first), "first declared here")
            .help("Rename one of them.")
    }

    fn problems() -> Vec<Diagnostic> {
        let name = "流量 \u{1b}[31m ".len();
        let mut problems = vec![
            Diagnostic::error(
                codes::NOT_ALLOWED,
                "A value is not allowed",
                "interval is 90, and must be one of 60 and 600. The service aggregates the packets of a flow over this many seconds before it writes a record.",
            )
            .place(Place::file("stack.yaml").field("flow_logs").field("spoke").field("interval"))
            .about(&Address::new(Kind::FlowLog, "spoke"))
            .help("Write 60 or 600."),
            Diagnostic::warning(codes::UNDEFINED, "A variable is not defined", "There is no variable nmae.")
                .place(Place::file("stack.yaml").field("flow_logs").field("app").field("name").part(name, 11)),
            duplicate(),
            Diagnostic::error(codes::VERSION, "The version is missing", "The file does not begin with version.")
                .place(Place::file("stack.yaml")),
            Diagnostic::error(codes::FILE, "A file cannot be read", "No such file.\nIt was \u{1b}[2Jthere.")
                .place(Place::file("gone/\u{7}.yaml").field("x")),
            Diagnostic::error(codes::NETWORK, "The cloud could not be reached", "CreateFlowlog got no answer."),
        ];
        locate::resolve(&mut problems, &texts());
        problems
    }

    #[test]
    fn people_see_the_line() {
        assert_snapshot!(all(&problems(), &texts(), &Style::plain()), @r"
        Error: A value is not allowed [E0204]
          in flow_log.spoke
         --> stack.yaml:6:22
          |
        6 |   spoke: { interval: 60 }
          |                      ^^

        interval is 90, and must be one of 60 and 600. The service aggregates the
        packets of a flow over this many seconds before it writes a record.

        Help: Write 60 or 600.

        Warning: A variable is not defined [E0402]
         --> stack.yaml:7:3
          |
        7 |   app:
          |   ^^^

        There is no variable nmae.

        Error: A name is declared twice [E0106]
         --> stack.yaml:7:3
          |
        7 |   app:
          |   ^^^
          |
         ::: stack.yaml:3:3
          |
        3 |   app:
          |   --- first declared here

        flow_log.app is declared twice.

        Help: Rename one of them.

        Error: The version is missing [E0105]
        --> stack.yaml

        The file does not begin with version.

        Error: A file cannot be read [E0101]
        --> gone/\u{7}.yaml

        No such file.
        It was \u{1b}[2Jthere.

        Error: The cloud could not be reached [E0902]

        CreateFlowlog got no answer.
        ");
    }

    #[test]
    fn the_name_in_the_first_app_is_marked() {
        let text = TEXT.replace("  app:\n    interval: 600\n", "");
        let texts = BTreeMap::from([(PathBuf::from("stack.yaml"), text)]);
        let mut problems = [problems().remove(1)];
        problems[0].place.as_mut().unwrap().span = None;
        locate::resolve(&mut problems, &texts);
        assert_snapshot!(human(&problems[0], &texts, &Style { colour: false, width: 40 }), @r#"
        Warning: A variable is not defined [E0402]
         --> stack.yaml:5:21
          |
        5 |     name: "流量 ␛[31m ${var.nmae}"
          |                       ^^^^^^^^^^^

        There is no variable nmae.
        "#);
    }

    #[test]
    fn colour_is_added_and_nothing_else() {
        let coloured = all(&problems(), &texts(), &Style { colour: true, width: 80 });
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(plain, all(&problems(), &texts(), &Style::plain()));
        assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31mError:\u{1b}[0m"), "{coloured:?}");
    }

    #[test]
    fn scripts_see_the_contract() {
        assert_json_snapshot!(validation(&[duplicate(), problems().remove(1), problems().remove(5)], false), @r#"
        {
          "diagnostics": [
            {
              "address": null,
              "code": "E0106",
              "detail": "flow_log.app is declared twice.",
              "help": "Rename one of them.",
              "range": {
                "end": {
                  "byte": 114,
                  "column": 6,
                  "line": 7
                },
                "filename": "stack.yaml",
                "start": {
                  "byte": 111,
                  "column": 3,
                  "line": 7
                }
              },
              "related": [
                {
                  "message": "first declared here",
                  "range": {
                    "end": {
                      "byte": 27,
                      "column": 6,
                      "line": 3
                    },
                    "filename": "stack.yaml",
                    "start": {
                      "byte": 24,
                      "column": 3,
                      "line": 3
                    }
                  }
                }
              ],
              "severity": "error",
              "summary": "A name is declared twice"
            },
            {
              "address": null,
              "code": "E0402",
              "detail": "There is no variable nmae.",
              "help": null,
              "range": {
                "end": {
                  "byte": 114,
                  "column": 6,
                  "line": 7
                },
                "filename": "stack.yaml",
                "start": {
                  "byte": 111,
                  "column": 3,
                  "line": 7
                }
              },
              "related": [],
              "severity": "warning",
              "summary": "A variable is not defined"
            },
            {
              "address": null,
              "code": "E0902",
              "detail": "CreateFlowlog got no answer.",
              "help": null,
              "range": null,
              "related": [],
              "severity": "error",
              "summary": "The cloud could not be reached"
            }
          ],
          "error_count": 2,
          "format_version": "1.0",
          "valid": false,
          "warning_count": 1
        }
        "#);
        assert_eq!(validation(&[problems().remove(1)], false)["valid"], true);
        assert_eq!(validation(&[problems().remove(1)], true)["valid"], false);
    }
}
