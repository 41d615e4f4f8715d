//! Which files are read, and what is wrong with them.

use std::fmt::Write as _;

use super::harness::{Given, lines, load_with, memory, problems, problems_of};

#[test]
fn a_directory_is_one_stack() {
    let files = memory(&[
        ("s/a.yaml", "version: 1\ncens: { a: }\n"),
        ("s/b.yml", "version: 1\ncens: { b: }\n"),
        ("s/.hidden.yaml", "nonsense"),
        ("s/prod.vars.yaml", "env: prod\n"),
        ("s/readme.md", "text"),
        ("s/ci-1.yaml", "on: push\n"),
        ("s/.cenformignore", "# not ours\nci-*\n"),
    ]);
    let loaded = load_with("s", &files, &Given::default()).unwrap();
    assert_eq!(loaded.stack.resources.len(), 2);
    assert_eq!(loaded.stack.directory.to_str(), Some("s"));
}

#[test]
fn what_is_declared_twice_shows_both_places() {
    let files = memory(&[
        ("a.yaml", "version: 1\ncens: { x: }\nprovider: {}\nlocals: { l: 1 }\n"),
        ("b.yaml", "version: 1\ncens: { x: }\nprovider: {}\nlocals: { l: 1 }\n"),
    ]);
    assert_eq!(
        problems_of(&files, &Given::default()),
        [
            "E0106 b.yaml:2:9 x <- a.yaml:2:9 x",
            "E0106 b.yaml:3:1 provider <- a.yaml:3:1 provider",
            "E0106 b.yaml:4:11 l <- a.yaml:4:11 l",
        ]
    );
    assert_eq!(
        problems("version: 1\ncens:\n  x: {}\n  y: {}\n  x: {}\ncens: {}\n"),
        ["E0103 5:3 x <- 3:3 x", "E0103 6:1 cens <- 2:1 cens"]
    );
}

#[test]
fn files_that_are_no_part_of_a_stack() {
    let files = memory(&[("a.yaml", "version: 1\n"), ("workflow.yaml", "on: push\n"), ("empty.yaml", "")]);
    let found = problems_of(&files, &Given::default());
    assert_eq!(found, ["E0104 empty.yaml:1:1 ", "E0104 workflow.yaml:1:1 "]);
    assert_eq!(problems("cens: {}\n"), ["E0105 1:1 "]);
    assert_eq!(problems("version: 2\n"), ["E0105 1:10 2"]);
    assert_eq!(problems("version: \"1\"\n"), ["E0105 1:10 \"1\""]);
    assert_eq!(
        lines(&load_with("x.yaml", &memory(&[("x.yaml", "on: push\n")]), &Given::default()).unwrap_err()),
        ["E0105 x.yaml:1:1 "]
    );
}

#[test]
fn paths_and_bytes() {
    let none = lines(&load_with("nowhere", &memory::<&str>(&[]), &Given::default()).unwrap_err());
    assert_eq!(none, ["E0101 nowhere:"]);
    let empty = memory(&[("s/readme.md", "")]);
    assert_eq!(lines(&load_with("s", &empty, &Given::default()).unwrap_err()), ["E0101 s:"]);
    let bad = memory(&[("main.yaml", b"version: 1\nlocals: { a: \"\xff\" }\n")]);
    assert_eq!(problems_of(&bad, &Given::default()), ["E0101 "]);
    let big = memory(&[("main.yaml", vec![b' '; (16 << 20) + 1])]);
    assert_eq!(problems_of(&big, &Given::default()), ["E0101 "]);
    for text in ["\u{feff}version: 1\ncens: { a: }\n", "version: 1\r\ncens:\r\n  a: {}\r\n"] {
        let loaded = load_with(".", &memory(&[("main.yaml", text)]), &Given::default()).unwrap();
        assert_eq!(loaded.stack.resources.len(), 1);
    }
}

#[test]
fn text_that_is_no_yaml() {
    assert_eq!(problems("version: 1\na: b: c\n")[0][..9], *"E0102 2:5");
    assert_eq!(problems("version: 1\ncens:\n\t- b\n")[0][..7], *"E0102 3");
    assert_eq!(problems("version: 1\n---\nversion: 1\n").len(), 1);
    assert_eq!(problems("version: 1\nlocals: { a: *nope }\n")[0][..10], *"E0102 2:14");
    assert_eq!(problems("version: 1\nlocals: { <<: 3 }\n")[0][..5], *"E0102");
    let deep = format!("version: 1\nlocals: {{ a: {}", "[".repeat(20_000));
    assert_eq!(problems(&deep)[0][..5], *"E0102");
    let mut bomb = "version: 1\nlocals:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        writeln!(bomb, "  a{n}: &a{n} [{aliases}]").unwrap();
    }
    assert_eq!(problems(&bomb)[0][..5], *"E0102");
}

#[test]
fn a_broken_quote_around_an_expression_is_no_flow_style() {
    let found = problems("version: 1\ncens:\n  a: { name\n one-${var.env}\" }\n");
    assert_eq!(found.len(), 1);
}

#[test]
fn bombs_of_local_values_are_refused() {
    let doubling = |first: &str| {
        let mut stack = format!("version: 1\ncens: {{ c: }}\nlocals:\n  l0: \"{first}\"\n");
        for n in 1..60 {
            writeln!(stack, "  l{n}: \"${{local.l{0} ~ local.l{0}}}\"", n - 1).unwrap();
        }
        stack
    };
    assert_eq!(problems(&doubling("xxxxxxxxxxxxxxxx")).len(), 1);
    let mut nested = "version: 1\ncens: { c: }\nlocals:\n  a0: ${cen.c.id}\n  b0: ${cen.c.id}\n".to_owned();
    for n in 1..60 {
        for side in ["a", "b"] {
            writeln!(nested, "  {side}{n}: \"${{local.a{0} ~ local.b{0}}}\"", n - 1).unwrap();
        }
    }
    assert!(problems(&nested).iter().all(|line| line.starts_with("E0403")));
    let mut chain = "version: 1\ncens: { c: }\nlocals:\n  l0: ${cen.c.id}\n".to_owned();
    for n in 1..5000 {
        writeln!(chain, "  l{n}: ${{local.l{}}}", n - 1).unwrap();
    }
    assert_eq!(problems(&chain).len(), 1);
}
