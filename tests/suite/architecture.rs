//! Holds the source to the map of the house in `src/lib.rs`, and to its rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use super::house::Source;

/// What every room may use.
const GROUND: &[&str] = &["model", "diagnostics", "base"];

/// The rooms, and what each may use beside the ground. An entry may name a part of a room.
const HOUSE: &[(&str, &[&str])] = &[
    ("main", &["cli::main"]),
    ("cli", &["report", "apply", "plan", "refresh", "config", "state", "graph", "kinds", "expr", "cloud", "emulator"]),
    ("report", &["plan", "state", "graph"]),
    // Requests are built, sent and doubted elsewhere; apply words, repeats and sorts what became of them.
    (
        "apply",
        &[
            "plan",
            "refresh",
            "kinds",
            "state",
            "graph",
            "expr",
            "cloud::error",
            "cloud::problem",
            "cloud::request",
            "cloud::retry",
        ],
    ),
    ("plan", &["graph", "kinds::schema", "kinds::check", "kinds::compare", "kinds::registry", "state", "expr"]),
    ("refresh", &["kinds", "state", "cloud::error"]),
    (
        "config",
        &[
            "kinds::schema",
            "kinds::check",
            "kinds::registry",
            "kinds::log_format",
            "kinds::log_index",
            "kinds::text",
            "expr",
        ],
    ),
    ("state", &[]),
    ("graph", &[]),
    ("kinds", &["cloud"]),
    ("expr", &[]),
    ("cloud", &[]),
    ("emulator", &[]),
    ("model", &[]),
    ("diagnostics", &[]),
    ("base", &[]),
];

/// The ground itself, from the top down: each uses only those after it.
const BENEATH: &[(&str, &[&str])] = &[("diagnostics", &["model", "base"]), ("model", &["base"]), ("base", &[])];

/// Files of `kinds` that only describe, and so know nothing of the cloud.
const PURE: &[&str] =
    &["schema.rs", "rows.rs", "check.rs", "compare.rs", "registry.rs", "text.rs", "log_format.rs", "log_index.rs"];

/// What only some files may touch, and which. A file is named by how its path begins.
const PORTS: &[(&str, &[&str])] = &[
    ("std::env::var", &[]),
    ("std::env::vars", &[]),
    ("env::vars_os", &["base/env.rs"]),
    ("env::var_os", &[]),
    ("env::args", &[]),
    ("env::args_os", &["cli/start.rs"]),
    ("Timestamp::now", &["base/clock.rs"]),
    ("Zoned::now", &[]),
    ("SystemTime::now", &[]),
    ("std::time::Instant", &[]),
    ("std::fs", &["base/fs.rs", "config/files.rs", "emulator/storage.rs", "cli/"]),
    ("std::process", &["cli/", "main.rs"]),
    ("std::thread", &[]),
    ("getrandom", &["base/random.rs"]),
    ("print", &[]),
    ("println", &[]),
    ("eprint", &[]),
    ("eprintln", &[]),
    ("io::stdout", &["cli/ui.rs", "cli/start.rs"]),
    ("io::stderr", &["cli/ui.rs", "cli/start.rs"]),
    ("io::stdin", &["cli/ui.rs", "cli/start.rs"]),
    ("anyhow", &["cli/"]),
    ("registry::driver", &["apply/", "refresh/", "kinds/", "cli/"]),
    ("reqwest", &["cloud/"]),
    ("axum", &["emulator/"]),
    ("petgraph", &["graph/", "config/cycles.rs"]),
    ("minijinja", &["expr/"]),
];

/// The crates that are there by name, each with a room that it works in.
const REQUIRED: &[(&str, &str)] = &[
    ("serde", "state"),
    ("serde_yaml", "config"),
    ("petgraph", "graph"),
    ("reqwest", "cloud"),
    ("tokio", "apply"),
    ("similar", "report"),
    ("anyhow", "cli"),
    ("hmac", "cloud"),
    ("sha1", "cloud"),
];

const MOST_LINES: usize = 700;

/// Whether `path` is `start` or lies in it.
fn is_in(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether the segments of `wanted` stand in `path` side by side; a lone one must be the first.
fn touches(path: &[String], wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split("::").collect();
    match wanted.as_slice() {
        [root] => path.first().is_some_and(|first| first == root),
        _ => path.windows(wanted.len()).any(|window| window == wanted),
    }
}

fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn allowed(room: &str) -> Option<Vec<&'static str>> {
    let row = |rows: &[(&str, &'static [&'static str])]| rows.iter().find(|(name, _)| *name == room).map(|row| row.1);
    let ground = row(BENEATH).unwrap_or(GROUND);
    Some([row(HOUSE)?, ground].concat())
}

/// Every rule that a file breaks.
fn broken(file: &str, text: &str, source: &Source) -> Vec<String> {
    let room = room_of(file);
    let mut broken = Vec::new();
    let Some(allowed) = allowed(room) else {
        return if room == "lib" { broken } else { vec![format!("{file}: the house has no room {room}")] };
    };
    let name = file.rsplit('/').next().unwrap_or(file);
    let is_pure = room == "kinds" && PURE.contains(&name);
    for (path, _) in source.abroad() {
        let is_allowed = allowed.iter().any(|room| is_in(&path, room));
        if !is_allowed || is_pure && is_in(&path, "cloud") {
            broken.push(format!("{file} may not use {path}"));
        }
    }
    for mention in source.mentions.iter().filter(|mention| !mention.in_test) {
        for (what, files) in PORTS {
            if touches(&mention.path, what) && !files.iter().any(|start| file.starts_with(start)) {
                broken.push(format!("{file} may not touch {what}"));
            }
        }
    }
    if name == "mod.rs" && source.has_logic {
        broken.push(format!("{file} holds logic"));
    }
    if source.has_unsafe {
        broken.push(format!("{file} says unsafe"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        broken.push(format!("{file} has {lines} lines, more than {MOST_LINES}"));
    }
    broken
}

/// The files below a folder with their texts, by path from there.
fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The files of this project with their texts.
static FILES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));

/// What they mention. A file that only a test declares is read as one.
static SOURCES: LazyLock<BTreeMap<&str, Source>> = LazyLock::new(|| {
    let read = |file: &str, in_test| {
        Source::read(file, &FILES[file], in_test).unwrap_or_else(|error| panic!("{file} is no Rust: {error}"))
    };
    let mut sources: BTreeMap<&str, Source> = FILES.keys().map(|file| (file.as_str(), read(file, false))).collect();
    let tests: Vec<String> = sources.values().flat_map(|source| source.test_modules.clone()).collect();
    let is_test = |file: &str| {
        tests.iter().any(|module| file.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    for (file, source) in sources.iter_mut().filter(|(file, _)| is_test(file)) {
        *source = read(file, true);
    }
    sources
});

#[test]
fn every_file_keeps_the_rules_of_the_house() {
    let broken: BTreeSet<String> =
        SOURCES.iter().flat_map(|(file, source)| broken(file, &FILES[*file], source)).collect();
    assert!(broken.is_empty(), "{}", broken.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_map_in_the_library_is_this_one() {
    let rows: Vec<Vec<&str>> = FILES["lib.rs"]
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    for row in &rows {
        let room = row[0].trim_end_matches("`]");
        let Some((_, uses)) = HOUSE.iter().find(|(name, _)| *name == room) else {
            panic!("the house has no room {room}")
        };
        let said: BTreeSet<&str> = row[2].split(", ").filter(|name| *name != "-" && *name != "all below").collect();
        let meant: BTreeSet<&str> = uses.iter().map(|path| path.split("::").next().unwrap_or(path)).collect();
        assert!(room == "cli" || said == meant, "{room}: the map says {said:?}, the test {meant:?}");
    }
    assert_eq!(rows.len() + 1, HOUSE.len(), "a row is missing");
}

#[test]
fn every_required_crate_works_where_it_belongs() {
    for (name, room) in REQUIRED {
        let works = SOURCES.iter().any(|(file, source)| {
            room_of(file) == *room
                && source.mentions.iter().any(|mention| !mention.in_test && touches(&mention.path, name))
        });
        assert!(works, "{name} does nothing in {room}");
    }
}

/// What is broken by a file of one snippet.
fn snippet(file: &str, text: &str) -> Vec<String> {
    broken(file, text, &Source::read(file, text, false).unwrap())
}

#[test]
fn a_broken_rule_is_seen() {
    for (file, text, says) in [
        ("model/value.rs", "use crate::plan::Plan;", "model/value.rs may not use plan::Plan"),
        ("state/lock.rs", "use crate::{base::fs, graph::{dag, queue as q}};", "state/lock.rs may not use graph::dag"),
        ("graph/dag.rs", "fn f() { crate::state::load() }", "graph/dag.rs may not use state::load"),
        ("graph/dag.rs", "fn f() { vec![crate::state::load()]; }", "graph/dag.rs may not use state::load"),
        ("graph/dag.rs", "mod inner { use super::super::super::state::Lock; }", "graph/dag.rs may not use state::Lock"),
        ("graph/dag.rs", "use super::super::state::*;", "graph/dag.rs may not use state::*"),
        ("refresh/live.rs", "use crate::cloud::client::Client;", "refresh/live.rs may not use cloud::client::Client"),
        ("plan/diff.rs", "use crate::kinds::cen::calls::Cen;", "plan/diff.rs may not use kinds::cen::calls::Cen"),
        ("plan/diff.rs", "fn f() { registry::driver(k) }", "plan/diff.rs may not touch registry::driver"),
        ("kinds/cen/schema.rs", "use crate::cloud::Api;", "kinds/cen/schema.rs may not use cloud::Api"),
        ("emulator/world.rs", "use crate::cloud::sign;", "emulator/world.rs may not use cloud::sign"),
        ("base/text.rs", "use crate::model::value::Value;", "base/text.rs may not use model::value::Value"),
        ("model/value.rs", "use crate::diagnostics::codes;", "model/value.rs may not use diagnostics::codes"),
        ("main.rs", "fn main() { cenform::plan::build() }", "main.rs may not use plan::build"),
        ("attic/box.rs", "", "attic/box.rs: the house has no room attic"),
        ("plan/diff.rs", "use anyhow::Context as _;", "plan/diff.rs may not touch anyhow"),
        ("plan/diff.rs", "fn f() { println!(\"x\") }", "plan/diff.rs may not touch println"),
        ("plan/diff.rs", "fn f() { SystemTime::now(); }", "plan/diff.rs may not touch SystemTime::now"),
        ("plan/diff.rs", "fn f() { std::env::var(\"HOME\"); }", "plan/diff.rs may not touch std::env::var"),
        ("plan/diff.rs", "fn f() { dbg!(std::env::var(\"HOME\")); }", "plan/diff.rs may not touch std::env::var"),
        ("plan/mod.rs", "impl Plan { fn f(&self) -> u8 { 1 } }", "plan/mod.rs holds logic"),
        ("plan/diff.rs", "fn f() { unsafe { g() } }", "plan/diff.rs says unsafe"),
    ] {
        let broken = snippet(file, text);
        assert!(broken.iter().any(|broken| broken == says), "{text} in {file}: {broken:?}");
    }
    let long = "//\n".repeat(MOST_LINES + 1);
    assert_eq!(snippet("plan/diff.rs", &long), ["plan/diff.rs has 701 lines, more than 700"]);
}

#[test]
fn a_kept_rule_is_no_complaint() {
    for (file, text) in [
        ("plan/diff.rs", "use crate::{model::value::Value, diagnostics::{self, codes}, graph::Graph};"),
        ("apply/run.rs", "use crate::cloud::error::Class; use super::ledger::Ledger; use tokio::time::Instant;"),
        ("kinds/cen/calls.rs", "use crate::cloud::Api; use crate::kinds::wire;"),
        ("cli/ui.rs", "use std::io; fn f() { io::stderr(); }"),
        ("base/clock.rs", "fn f() { Timestamp::now(); }"),
        ("plan/mod.rs", "mod a; pub use a::B; #[cfg(test)] mod tests { fn f() { println!(\"x\"); } }"),
        ("plan/diff.rs", "//! crate::cloud is words here.\nconst A: &str = \"crate::cloud::x\";"),
    ] {
        assert_eq!(snippet(file, text), Vec::<String>::new(), "{text} in {file}");
    }
}
