//! `moved`, `removed` and `imports`.

use super::harness::{Given, diagnostics, loaded, memory, problems, problems_of};

const BASE: &str = "version: 1\nprovider: { region: cn-hangzhou }\nvariables: { id: { default: cen-1 } }\n\
    cens: { a: { name: a }, b: { existing: cen-9 } }\n";

fn found(rest: &str) -> Vec<String> {
    problems(&format!("{BASE}{rest}"))
}

fn details(rest: &str) -> Vec<String> {
    diagnostics(&format!("{BASE}{rest}")).into_iter().map(|diagnostic| diagnostic.detail).collect()
}

#[test]
fn all_of_them_load_from_all_files() {
    let files = memory(&[
        (
            "a.yaml",
            format!(
                "{BASE}moved: [ {{ from: cen.old, to: cen.a }} ]\nimports: [ {{ to: cen.a, id: '${{var.id}}' }} ]\n"
            ),
        ),
        (
            "b.yaml",
            "version: 1\nlog_projects: { p: { name: my-project } }\nmoved: [ { from: cen.older, to: cen.old } ]\n\
             removed:\n  - { from: flow_log.gone }\n  - from: flow_log.x/here\nimports:\n  - to: log_project.p\n"
                .to_owned(),
        ),
    ]);
    let stack = super::harness::load_with(".", &files, &Given::default()).unwrap().stack;
    let moved: Vec<String> = stack.moved.iter().map(|(from, to)| format!("{from} -> {to}")).collect();
    assert_eq!(moved, ["cen.old -> cen.a", "cen.older -> cen.old"]);
    let to = |of: &str| stack.moved_to(&of.parse().unwrap()).map(|to| to.to_string());
    assert_eq!((to("cen.older").as_deref(), to("cen.a")), (Some("cen.a"), None));
    let removed = |of: &str| stack.is_removed(&of.parse().unwrap());
    assert!(removed("flow_log.gone") && removed("flow_log.gone/here") && removed("flow_log.x/here"));
    assert!(!removed("flow_log.x") && !removed("flow_log.x/there"));
    let imports: Vec<String> = stack.imports.iter().map(|(to, id)| format!("{to} {id:?}")).collect();
    assert_eq!(imports, ["cen.a Some(\"cen-1\")", "log_project.p None"]);
    let empty = loaded(&format!("{BASE}moved:\nremoved: []\nimports: null\n")).stack;
    assert!(empty.moved.is_empty() && empty.removed.is_empty() && empty.imports.is_empty());
}

/// S19: what has moved is known by its new name.
#[test]
fn what_has_moved_is_removed_by_its_new_name() {
    let both = "moved: [ { from: cen.x, to: cen.y } ]\nremoved: [ { from: cen.x } ]\n";
    assert_eq!(found(both), ["E0304 6:20 cen.x <- 5:18 cen.x"]);
}

/// S19.
#[test]
fn moves_that_contradict_are_told_where_they_stand() {
    assert_eq!(found("moved: [ { from: cen.x, to: cen.x } ]\n"), ["E0304 5:29 cen.x"]);
    assert_eq!(found("moved: [ { from: flow_log.x, to: cen.a } ]\n"), ["E0304 5:34 cen.a"]);
    assert_eq!(
        details("moved: [ { from: flow_log.x, to: cen.a } ]\n"),
        ["flow_log.x cannot have moved to cen.a: a flow log does not become a CEN."]
    );
    assert_eq!(
        found("moved:\n  - { from: cen.x, to: cen.y }\n  - { from: cen.x, to: cen.z }\n"),
        ["E0304 7:13 cen.x <- 6:13 cen.x"]
    );
    assert_eq!(
        found("moved:\n  - { from: cen.x, to: cen.z }\n  - { from: cen.y, to: cen.z }\n"),
        ["E0304 7:24 cen.z <- 6:24 cen.z"]
    );
    assert_eq!(found("moved: [ { from: cen.a, to: cen.c } ]\n"), ["E0304 5:18 cen.a <- 4:9 a"]);
    let circle =
        "moved:\n  - { from: cen.x, to: cen.y }\n  - { from: cen.y, to: cen.z }\n  - { from: cen.z, to: cen.x }\n";
    assert_eq!(details(circle), ["The moves from cen.x on lead in a circle, and to no address."]);
    // A resource that moves as a whole may meet an instance that moves back.
    let instances = "moved: [ { from: flow_log.x, to: flow_log.y }, { from: flow_log.y/here, to: flow_log.x/here } ]\n";
    assert_eq!(details(instances), ["The moves from flow_log.y[\"here\"] on lead in a circle, and to no address."]);
}

#[test]
fn entries_that_are_none_are_told_where_they_stand() {
    assert_eq!(found("moved: { from: cen.x, to: cen.a }\n"), ["E0202 5:8 { from: cen.x, to: cen.a }"]);
    assert_eq!(found("moved: [ cen.x ]\n"), ["E0202 5:10 cen.x"]);
    assert_eq!(found("moved: [ { from: cen.x } ]\n"), ["E0203 5:10 { from: cen.x }"]);
    assert_eq!(
        found("moved: [ { form: cen.x, to: cen.a } ]\n"),
        ["E0203 5:10 { form: cen.x, to: cen.a }", "E0201 5:12 form"]
    );
    assert_eq!(found("moved: [ { from: x, to: cen.a } ]\n"), ["E0301 5:18 x"]);
    assert_eq!(found("moved: [ { from: 3, to: cen.a } ]\n"), ["E0202 5:18 3"]);
    assert_eq!(found("moved: [ { from: \"${cen.a.id}\", to: cen.a } ]\n"), ["E0303 5:18 \"${cen.a.id}\""]);
    assert_eq!(found("removed: [ {} ]\n"), ["E0203 5:12 {}"]);
    assert_eq!(found("imports: [ { id: cen-1 } ]\n"), ["E0203 5:12 { id: cen-1 }"]);
}

/// S19.
#[test]
fn what_is_removed_is_not_declared() {
    assert_eq!(found("removed: [ { from: cen.a } ]\n"), ["E0304 5:20 cen.a <- 4:9 a"]);
    assert_eq!(details("removed: [ { from: cen.a } ]\n"), ["cen.a is said to be removed, and is still declared."]);
}

#[test]
fn imports_are_of_declared_and_managed_resources_and_known_when_planning() {
    assert_eq!(found("imports: [ { to: cen.x, id: cen-1 } ]\n"), ["E0301 5:18 cen.x"]);
    assert_eq!(found("imports: [ { to: cen.b, id: cen-9 } ]\n"), ["E0304 5:18 cen.b"]);
    assert_eq!(found("imports: [ { to: cen.a } ]\n"), ["E0203 5:12 { to: cen.a }"]);
    assert_eq!(found("imports: [ { to: cen.a, id: \"\" } ]\n"), ["E0204 5:29 \"\""]);
    assert_eq!(found("imports: [ { to: cen.a, id: 7 } ]\n"), ["E0202 5:29 7"]);
    assert_eq!(found("imports: [ { to: cen.a, id: \"${cen.b.id}\" } ]\n"), ["E0303 5:29 \"${cen.b.id}\""]);
    assert_eq!(
        found("imports: [ { to: cen.a, id: cen-1 }, { to: cen.a, id: cen-2 } ]\n"),
        ["E0304 5:44 cen.a <- 5:18 cen.a"]
    );
    let two = format!(
        "{}imports: [ {{ to: cen.a, id: cen-1 }}, {{ to: cen.c, id: cen-1 }} ]\n",
        BASE.replace("cens: {", "cens: { c: {},")
    );
    assert_eq!(problems_of(&memory(&[("main.yaml", two)]), &Given::default()), ["E0304 5:55 cen-1 <- 5:18 cen.a"]);
}
