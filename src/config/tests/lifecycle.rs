//! `lifecycle` and `gates`.

use super::harness::{Given, diagnostics, lines, load_with, loaded, memory, problems, resource};
use crate::model::stack::Limits;

const BASE: &str = "version: 1\nprovider: { region: cn-hangzhou }\ncens: { c: {}, d: {} }\n";

/// The problems of a router with this lifecycle, which begins in line 4, column 44.
fn router(lifecycle: &str) -> String {
    format!("{BASE}transit_routers: {{ t: {{ cen: c, lifecycle: {{ {lifecycle} }} }} }}\n")
}

#[test]
fn what_is_ignored_is_the_way_to_an_attribute() {
    let list = "ignore_changes: [name, tags.team, 'tags[\"a.b\"]', 'cidrs[\"10.0.0.0/24\"].name', 'cidrs[::/0]']";
    let ignored = resource(&router(list), "transit_router.t").lifecycle.ignore_changes;
    let ignored: Vec<String> = ignored.iter().map(|path| path.join(" ")).collect();
    assert_eq!(ignored, ["cidrs 10.0.0.0/24 name", "cidrs ::/0", "name", "tags a.b", "tags team"]);
}

#[test]
fn what_cannot_be_ignored_says_why() {
    for (ignored, found, help) in [
        ("[nmae]", "A transit router has no \"nmae\".", "Did you mean name?"),
        ("[type]", "A transit router has no \"type\".", "Known here: "),
        ("['cidrs[::/0].nmae']", "cidrs.::/0 has no \"nmae\".", "Did you mean name?"),
        ("[name.first]", "name has no parts that could be ignored by themselves.", "Write name."),
        ("[cidrs.]", "\"cidrs.\" is not the path of an attribute.", "Write an attribute, or the way into one"),
        ("all", "There is no word for all attributes here.", "Name each attribute"),
        ("[all]", "There is no word for all attributes here.", "Name each attribute"),
        ("name", "ignore_changes must be a list of attributes", ""),
        ("[1]", "An attribute must be text", "Put it in quotes"),
    ] {
        let told = diagnostics(&router(&format!("ignore_changes: {ignored}")));
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].detail.starts_with(found), "{}", told[0].detail);
        assert!(told[0].help.as_deref().unwrap_or_default().starts_with(help), "{:?}", told[0].help);
        let span = told[0].place.as_ref().and_then(|place| place.span).unwrap();
        assert_eq!(span.start_line, 4, "{ignored}");
    }
}

#[test]
fn what_triggers_a_replacement_is_a_dependency() {
    let router = |by: &str| router(&format!("replace_triggered_by: {by}"));
    let read = resource(&router("[cen.d]"), "transit_router.t");
    assert_eq!(read.dependencies().iter().map(ToString::to_string).collect::<Vec<_>>(), ["cen.c", "cen.d"]);
    assert_eq!(problems(&router("[cen.dd]")), ["E0301 4:69 cen.dd"]);
    assert_eq!(problems(&router("cen.d")), ["E0202 4:68 cen.d"]);
    let circle = format!(
        "{BASE}transit_routers:\n  t: {{ cen: c, lifecycle: {{ replace_triggered_by: [transit_router.u] }} }}\n  \
         u: {{ cen: c, region: cn-beijing, depends_on: [transit_router.t] }}\n"
    );
    assert_eq!(problems(&circle), ["E0302 5:52 transit_router.u <- 6:49 transit_router.t"]);
}

#[test]
fn gates_are_whole_numbers_in_one_file() {
    let gates = |text: &str| loaded(&format!("{BASE}gates: {text}\n")).stack.limits;
    assert_eq!(gates("null"), Limits::default());
    let limits = Limits { max_destroy: Some(0), max_replace: Some(2) };
    assert_eq!(gates("{ max_destroy: 0, max_replace: \"${1 + 1}\" }"), limits);
    for (wrong, found) in [
        ("{ max_destroy: -1 }", "E0204 4:23 -1"),
        ("{ max_destroy: none }", "E0204 4:23 none"),
        ("{ max_destory: 1 }", "E0201 4:10 max_destory"),
        ("{ max_replace: \"${cen.c.id}\" }", "E0303 4:23 \"${cen.c.id}\""),
    ] {
        assert_eq!(problems(&format!("{BASE}gates: {wrong}\n")), [found]);
    }
    let files = memory(&[("a.yaml", "version: 1\ngates: {}\n"), ("b.yaml", "version: 1\ngates: {}\n")]);
    let found = load_with(".", &files, &Given::default()).unwrap_err();
    assert_eq!(found.diagnostics[0].detail, "gates stands in two files.", "{:?}", lines(&found));
}
