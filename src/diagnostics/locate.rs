//! Resolves places to lines and columns, only once there is a problem to show.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Place, Segment, Span};
use super::tree::{Content, Found, Tree};

/// A key that stands twice in a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The path of the map.
    pub path: Vec<Segment>,
    /// The key.
    pub key: String,
    /// Where the key stands first.
    pub first: Span,
    /// Where it stands again.
    pub later: Span,
}

/// Resolves every place of `diagnostics` that has no position yet and whose file's text is in `texts`.
///
/// One pass over each text. What a path names through an alias or a merge is found where it is written. A path that
/// names nothing is resolved to its nearest parent; a collection over several lines to its key or its first line; the
/// whole document to the beginning of the file. Of a key that stands twice, the later one is meant.
pub fn resolve(diagnostics: &mut [Diagnostic], texts: &BTreeMap<PathBuf, String>) {
    let mut by_file: BTreeMap<PathBuf, Vec<&mut Place>> = BTreeMap::new();
    for diagnostic in diagnostics.iter_mut() {
        let related = diagnostic.related.iter_mut().map(|related| &mut related.place);
        for place in diagnostic.place.iter_mut().chain(related).filter(|place| place.span.is_none()) {
            by_file.entry(place.file.clone()).or_default().push(place);
        }
    }
    for (file, places) in by_file {
        if let Some(text) = texts.get::<Path>(&file) {
            resolve_in(text, places);
        }
    }
}

/// Sorts resolved diagnostics as their places follow each other in the text. Those without a place come first, in the
/// order that they have.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        diagnostic.place.as_ref().map(|place| (place.file.clone(), place.span.map(|span| span.start_byte)))
    });
}

/// Every key of `text`, one YAML document, that stands again in the same map, in the order of the text. A text that is
/// not well-formed is looked at up to its mistake.
pub fn duplicates(text: &str) -> Vec<Duplicate> {
    let tree = Tree::read(text);
    let found = tree.duplicates();
    let points = Points::of(text, found.iter().flat_map(|again| [again.first, again.later]).map(|key| tree.range(key)));
    let told = found.iter().map(|again| Duplicate {
        path: again.path.clone(),
        key: again.key.to_owned(),
        first: points.span(tree.range(again.first)),
        later: points.span(tree.range(again.later)),
    });
    told.collect()
}

fn resolve_in(text: &str, places: Vec<&mut Place>) {
    let tree = Tree::read(text);
    let found: Vec<_> = places.into_iter().map(|place| (tree.find(&place.path), place)).collect();
    let nodes = found.iter().filter_map(|(found, _)| found.as_ref()).flat_map(|found| [Some(found.node), found.key]);
    let points = Points::of(text, nodes.flatten().map(|node| tree.range(node)));
    for (found, place) in found {
        place.span = Some(match found {
            Some(found) => span_of(text, &tree, &points, found, place),
            None => Point::START.to(Point::START),
        });
    }
}

fn span_of(text: &str, tree: &Tree<'_>, points: &Points, found: Found, place: &Place) -> Span {
    let value = points.span(tree.range(found.node));
    let raw = text.get(value.start_byte..value.end_byte).unwrap_or_default();
    let start = Point { line: value.start_line, column: value.start_column, byte: value.start_byte };
    match (found.key.map(|key| points.span(tree.range(key))), tree.content(found.node)) {
        (Some(key), _) if place.key => key,
        // An empty value has no text of its own; the parser puts it at the colon.
        (Some(key), Content::Scalar(scalar)) if scalar.is_empty() && raw.len() < 2 => key,
        (_, Content::Scalar(scalar)) => {
            let raw = raw.trim_end();
            let within = place.within.filter(|_| found.steps == place.path.len());
            let (from, to) = within.and_then(|within| part(raw, scalar, within)).unwrap_or((0, raw.len()));
            start.past(&raw[..from]).to(start.past(&raw[..to]))
        }
        // A collection below its key, or over several lines, is too much to point at.
        (Some(key), _) if value.end_line > key.start_line => key,
        _ => start.to(start.past(raw.lines().next().unwrap_or_default())),
    }
}

/// The bytes of the source `raw` of a scalar that are `within` (offset, length) of its value. Exact where the value
/// stands literally in the source; else where its words stand; `None` where they do not.
fn part(raw: &str, value: &str, (offset, length): (usize, usize)) -> Option<(usize, usize)> {
    let wanted = value.get(offset..offset.checked_add(length)?)?;
    let unquoted = raw.strip_suffix(['"', '\'']).unwrap_or(raw);
    if let Some(before) = unquoted.strip_suffix(value).or_else(|| raw.strip_suffix(value)) {
        return Some((before.len() + offset, before.len() + offset + length));
    }
    if wanted.is_empty() {
        return None;
    }
    let nth = value.match_indices(wanted).take_while(|(at, _)| *at < offset).count();
    let (at, _) = raw.match_indices(wanted).nth(nth)?;
    Some((at, at + length))
}

/// A position: line and column from 1, the column in characters; byte from 0.
#[derive(Debug, Clone, Copy)]
struct Point {
    line: usize,
    column: usize,
    byte: usize,
}

impl Point {
    const START: Self = Self { line: 1, column: 1, byte: 0 };

    fn to(self, end: Self) -> Span {
        Span {
            start_line: self.line,
            start_column: self.column,
            start_byte: self.byte,
            end_line: end.line,
            end_column: end.column,
            end_byte: end.byte,
        }
    }

    /// The position after `text`, which begins here.
    fn past(self, text: &str) -> Self {
        text.chars().fold(self, Self::step)
    }

    fn step(self, c: char) -> Self {
        let byte = self.byte + c.len_utf8();
        if c == '\n' {
            Self { line: self.line + 1, column: 1, byte }
        } else {
            Self { column: self.column + 1, byte, ..self }
        }
    }
}

/// The positions of some characters of a text, found in one walk.
struct Points(HashMap<usize, Point>);

impl Points {
    /// The positions of the characters at both ends of these ranges; one beyond the end is at the end.
    fn of(text: &str, wanted: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut wanted: Vec<usize> = wanted.flat_map(|(start, end)| [start, end]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut chars = text.chars();
        let (mut at, mut point) = (0, Point::START);
        let points = wanted.into_iter().map(|number| {
            while at < number
                && let Some(c) = chars.next()
            {
                point = point.step(c);
                at += 1;
            }
            (number, point)
        });
        Self(points.collect())
    }

    fn span(&self, (start, end): (usize, usize)) -> Span {
        let point = |number| self.0.get(&number).copied().unwrap_or(Point::START);
        point(start).to(point(end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text at a path, with its line and column.
    fn at(text: &str, place: &Place) -> String {
        let mut diagnostics = [Diagnostic::error("E0201", "x", "y").place(place.clone())];
        resolve(&mut diagnostics, &BTreeMap::from([(place.file.clone(), text.to_owned())]));
        let span = diagnostics[0].place.as_ref().unwrap().span.unwrap();
        format!("{}:{} {}", span.start_line, span.start_column, &text[span.start_byte..span.end_byte])
    }

    fn place(path: &str) -> Place {
        path.split('/').filter(|step| !step.is_empty()).fold(Place::file("a.yaml"), |place, step| {
            step.parse().map_or_else(|_| place.field(step), |index| place.item(index))
        })
    }

    const STACK: &str = "\
# 流量日志
version: 1
common: &common
  region: cn-hangzhou   # here
  tags: { \"环境\": prod, team: 'net''work' }
flow_logs:
  app:
    <<: *common
    interval: 90
    log_format: [srcaddr, \"dst addr\"]
    name: \"flow-${var.环境}-x\"
    empty:
    text: |
      one ${two}
      three ${two}
  other: *common
  last: &a [ *common, *a ]
zones:
- { zone_id: h }
- zone_id: i
  vswitch_id: vsw-1
";

    #[test]
    fn paths_lead_to_their_text() {
        for (path, expected) in [
            ("version", "2:10 1"),
            ("flow_logs/app/interval", "9:15 90"),
            ("flow_logs/app/log_format/1", "10:27 \"dst addr\""),
            ("flow_logs/app/log_format", "10:17 [srcaddr, \"dst addr\"]"),
            ("flow_logs/app", "7:3 app"),
            ("flow_logs/app/empty", "12:5 empty"),
            ("flow_logs", "6:1 flow_logs"),
            ("common/tags/环境", "5:17 prod"),
            ("zones/0", "19:3 { zone_id: h }"),
            ("zones/1", "20:3 zone_id: i"),
            ("zones/1/vswitch_id", "21:15 vsw-1"),
        ] {
            assert_eq!(at(STACK, &place(path)), expected, "{path}");
        }
    }

    #[test]
    fn aliases_and_merges_lead_to_where_the_value_is_written() {
        assert_eq!(at(STACK, &place("flow_logs/app/region")), "4:11 cn-hangzhou");
        assert_eq!(at(STACK, &place("flow_logs/other/tags/team")), "5:29 'net''work'");
        assert_eq!(at(STACK, &place("flow_logs/last/0/region")), "4:11 cn-hangzhou");
        assert_eq!(at(STACK, &place("flow_logs/other")), "16:10 *common");
        let circle = format!("{}region", "flow_logs/last/".to_owned() + &"1/".repeat(20));
        assert_eq!(at(STACK, &place(&circle)), "17:23 *a");
    }

    #[test]
    fn a_missing_path_leads_to_its_nearest_parent() {
        assert_eq!(at(STACK, &place("flow_logs/app/logstore")), "7:3 app");
        assert_eq!(at(STACK, &place("flow_logs/app/interval/deeper")), "9:15 90");
        assert_eq!(at(STACK, &place("flow_logs/app/interval/deeper").part(1, 1)), "9:15 90");
        assert_eq!(at(STACK, &place("nothing/here")), "1:1 ");
        assert_eq!(at(STACK, &place("")), "1:1 ");
        assert_eq!(at("", &place("a")), "1:1 ");
    }

    #[test]
    fn a_key_and_a_part_of_a_value() {
        assert_eq!(at(STACK, &place("flow_logs/app/interval").as_key()), "9:5 interval");
        assert_eq!(at(STACK, &place("zones/1").as_key()), "20:3 zone_id: i");
        let name = "flow-${var.环境}-x";
        let expression = place("flow_logs/app/name").part(5, name.len() - 7);
        assert_eq!(at(STACK, &expression), "11:17 ${var.环境}");
        let text = "one ${two}\nthree ${two}\n";
        assert_eq!(at(STACK, &place("flow_logs/app/text").part(text.rfind('$').unwrap(), 6)), "15:13 ${two}");
        assert_eq!(at(STACK, &place("common/tags/team").part(4, 4)), "5:35 work");
        assert_eq!(at("a: \"x\\t${b}\"", &place("a").part(2, 4)), "1:8 ${b}");
        assert_eq!(at("a: &n !!str ${b}", &place("a").part(0, 4)), "1:13 ${b}");
        assert_eq!(at("a: \"\\x24{b}\"", &place("a").part(0, 4)), "1:4 \"\\x24{b}\"");
        assert_eq!(at("a: b", &place("a").part(7, usize::MAX)), "1:4 b");
    }

    #[test]
    fn a_mark_and_windows_line_ends_move_nothing() {
        assert_eq!(at("\u{feff}a: 1\r\nb: x\r\n", &place("b")), "2:4 x");
        assert_eq!(at("---\na: 1\n---\na: 2\n", &place("a")), "2:4 1");
    }

    #[test]
    fn what_stands_before_a_mistake_is_found() {
        assert_eq!(at("a: 1\nb: {c: 2, d: [\n", &place("b/c")), "2:8 2");
        assert_eq!(at("a: 1\nb: [\"", &place("a")), "1:4 1");
    }

    #[test]
    fn the_later_of_two_keys_is_meant_and_both_are_told() {
        let text = "a: 1\nm:\n  - { x: 1, 'x': 2, \"x\": 3 }\na: 2\n";
        assert_eq!(at(text, &place("a").as_key()), "4:1 a");
        assert_eq!(at(text, &place("a")), "4:4 2");
        let told: Vec<_> = duplicates(text)
            .into_iter()
            .map(|d| {
                (d.path, d.key, (d.first.start_line, d.first.start_column), (d.later.start_line, d.later.start_column))
            })
            .collect();
        let m = vec![Segment::Key("m".to_owned()), Segment::Index(0)];
        assert_eq!(
            told,
            [
                (m.clone(), "x".to_owned(), (3, 7), (3, 13)),
                (m, "x".to_owned(), (3, 7), (3, 21)),
                (vec![], "a".to_owned(), (1, 1), (4, 1)),
            ]
        );
        assert!(duplicates(STACK).is_empty());
    }

    #[test]
    fn many_places_in_a_long_text_are_found_quickly() {
        use std::fmt::Write as _;
        let mut text = "base: &base { n: 1 }\nlist:\n".to_owned();
        for i in 0..20_000 {
            let _ = writeln!(text, "  k{i}: {{ <<: *base, v: 流{i} }}");
        }
        let mut diagnostics: Vec<_> = (0..20_000)
            .flat_map(|i| ["v", "n"].map(|field| place(&format!("list/k{i}")).field(field)))
            .map(|place| Diagnostic::error("E0201", "x", "y").place(place))
            .collect();
        resolve(&mut diagnostics, &BTreeMap::from([(PathBuf::from("a.yaml"), text.clone())]));
        let span = diagnostics[39_998].place.as_ref().unwrap().span.unwrap();
        assert_eq!((span.start_line, &text[span.start_byte..span.end_byte]), (20_002, "流19999"));
        assert_eq!(diagnostics[39_999].place.as_ref().unwrap().span.unwrap().start_line, 1);
    }

    /// Any tree, with text that needs quoting in it.
    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<i32>().prop_map(serde_json::Value::from),
            "[a-z流 :#'\"-]{0,8}".prop_map(serde_json::Value::from),
            "[a-z]{0,4}\n[a-z\n]{0,4}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[a-z流'# ]{1,4}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    fn leaves(value: &serde_json::Value, path: &Place, out: &mut Vec<(Place, serde_json::Value)>) {
        match value {
            serde_json::Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| leaves(item, &path.item(index), out));
            }
            serde_json::Value::Object(map) => map.iter().for_each(|(key, item)| leaves(item, &path.field(key), out)),
            leaf => out.push((path.clone(), leaf.clone())),
        }
    }

    proptest! {
        #[test]
        fn each_leaf_of_any_written_tree_is_found(tree in tree(), json: bool) {
            let tree = serde_json::json!({ "root": tree });
            let text = if json { tree.to_string() } else { serde_yaml::to_string(&tree).unwrap() };
            let mut wanted = Vec::new();
            leaves(&tree, &Place::file("a.yaml"), &mut wanted);
            let mut diagnostics: Vec<_> =
                wanted.iter().map(|(place, _)| Diagnostic::error("E0201", "x", "y").place(place.clone())).collect();
            resolve(&mut diagnostics, &BTreeMap::from([(PathBuf::from("a.yaml"), text.clone())]));
            for (diagnostic, (_, leaf)) in diagnostics.iter().zip(&wanted) {
                let span = diagnostic.place.as_ref().unwrap().span.unwrap();
                let raw = &text[span.start_byte..span.end_byte];
                let line = text.lines().nth(span.start_line - 1).unwrap_or_default();
                let tail: String = line.chars().skip(span.start_column - 1).collect();
                prop_assert!(tail.starts_with(raw.lines().next().unwrap_or_default()));
                if !leaf.as_str().is_some_and(|leaf| leaf.contains('\n')) {
                    prop_assert_eq!(&serde_yaml::from_str::<serde_json::Value>(raw).unwrap(), leaf, "{}", text);
                }
            }
        }

        #[test]
        fn no_text_is_too_strange(
            text in "([ -~]|[\\n\\t:{}\\[\\],&*<|>'\"#%@!?-]|[a-c]: |- |\\PC|\\r){0,80}",
            offset: usize, length in 0..9usize, key: bool,
        ) {
            let mut place = place("a/0/b").part(offset % 9, length);
            place.key = key;
            let paths = [place.clone(), Place { path: place.path[..1].to_vec(), ..place.clone() }];
            let mut diagnostics = paths.map(|place| Diagnostic::error("E0201", "x", "y").place(place));
            resolve(&mut diagnostics, &BTreeMap::from([(PathBuf::from("a.yaml"), text.clone())]));
            for diagnostic in &diagnostics {
                let span = diagnostic.place.as_ref().unwrap().span.unwrap();
                prop_assert!(text.get(span.start_byte..span.end_byte).is_some());
            }
            duplicates(&text);
        }
    }
}
