//! Runs `tests/scripts/*.md`: commands as a user types them, with all that they print.
//!
//! A script is Markdown. In its blocks marked `console`, a line `$ COMMAND` (continued by lines `> …`)
//! is given to `sh`; the lines after it are all that it printed, stdout and stderr as they came, and
//! `[exit N]` unless that was 0. All commands of a script run in one folder, which is empty at first;
//! `$REPO` holds the examples of this project. What differs from run to run is replaced (see `STEADY`).
//!
//! `UPDATE=1 cargo test` writes what the commands print now into the scripts. Review it as a diff.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::shell::{self, Ended, repository};
use super::snapshot;

/// What differs from run to run, and what stands for it.
static STEADY: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "[UUID]"),
        (r"\bRequestId: [0-9A-F]{24}\b", "RequestId: [ID]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
        (r"\b\d{8}T\d{6}\.\d{3}Z\b", "[TIME]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"\(process \d+\)", "(process [PID])"),
        (r"after \d+s", "after [N]s"),
        (r"\(at most \d+s\)", "(at most [N]s)"),
        (r#""elapsed_seconds":\d+"#, r#""elapsed_seconds":[N]"#),
        (r"(?m)^.*: Still .* elapsed\].*\n", ""),
    ]
    .into_iter()
    .map(|(pattern, instead)| (Regex::new(pattern).unwrap(), instead))
    .collect()
});

/// The scripts, by path.
pub(super) fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("tests/scripts")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A piece of a script.
enum Piece<'a> {
    /// Text that is kept.
    Prose(&'a str),
    /// A command, as `sh` reads it. What it printed at the last update is left out.
    Command(String),
}

fn pieces(script: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = script.lines().peekable();
    let mut in_console = false;
    while let Some(line) = lines.next() {
        match line.strip_prefix("$ ") {
            Some(first) if in_console => {
                let mut command = first.to_owned();
                while let Some(more) = lines.next_if(|line| line.starts_with('>')) {
                    command.push('\n');
                    command.push_str(more.strip_prefix("> ").unwrap_or(&more[1..]));
                }
                while lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```")).is_some() {}
                pieces.push(Piece::Command(command));
            }
            _ => {
                if line.starts_with("```") {
                    in_console = !in_console && line == "```console";
                }
                pieces.push(Piece::Prose(line));
            }
        }
    }
    pieces
}

/// The commands of a script.
pub(super) fn commands(script: &str) -> Vec<String> {
    let command = |piece| match piece {
        Piece::Command(command) => Some(command),
        Piece::Prose(_) => None,
    };
    pieces(script).into_iter().filter_map(command).collect()
}

/// Runs a command in a folder: all that it printed, and how it ended.
fn execute(command: &str, folder: &Path) -> String {
    let Ended { mut text, code } = shell::run(command, folder);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("[no newline]\n");
    }
    if code != 0 {
        writeln!(text, "[exit {code}]").unwrap();
    }
    let real = folder.canonicalize().unwrap();
    let places = [(folder, "[DIR]"), (&real, "[DIR]"), (&repository(), "[REPO]")];
    let text = places.iter().fold(text, |text, (path, name)| text.replace(path.to_str().unwrap(), name));
    STEADY.iter().fold(text, |text, (pattern, instead)| pattern.replace_all(&text, *instead).into_owned())
}

/// The script with what its commands print now.
fn rerun(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut now = String::new();
    for piece in pieces(script) {
        match piece {
            Piece::Prose(line) => writeln!(now, "{line}").unwrap(),
            Piece::Command(command) => {
                let printed = execute(&command, folder.path());
                writeln!(now, "$ {}\n{printed}", command.replace('\n', "\n> ").replace("\n> \n", "\n>\n")).unwrap();
                now.pop();
            }
        }
    }
    now
}

/// Runs a script and holds it to what it says.
fn check(name: &str) {
    let path = repository().join("tests/scripts").join(name).with_extension("md");
    let script = fs::read_to_string(&path).unwrap();
    snapshot::hold(&path, &rerun(&script));
}

/// One test a script, by its file name.
macro_rules! scripts {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { check(stringify!($name)); })*
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

scripts!(
    accounts,
    bad_yaml,
    basics,
    blocks,
    brownfield,
    changes,
    disk,
    drift,
    emulator,
    explain,
    failing,
    for_machines,
    gates,
    importing,
    interrupted,
    lagging,
    moving,
    preflight,
    quickstart,
    reading,
    refusals,
    reviews,
    saved_plans,
    selecting,
    state_commands,
    stores,
    unwritable,
    vanished
);

#[test]
fn every_script_is_run() {
    let found: Vec<String> = all().iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let mut named = NAMES.to_vec();
    named.sort_unstable();
    assert_eq!(found, named, "a script is run when `scripts!` names it");
}

#[test]
fn a_script_is_rerun_in_one_folder_and_steady() {
    let script = "# Words\n\n```console\n$ cat > a <<END\n> two\n>\n> lines\n> END\n$ cat a; false\nold\n```\n\n\
                  ```yaml\n$ kept\n```\n\n```console\n$ printf '%s\\n' \"$PWD\" 2026-11-22T10:15:00Z >&2\n```\n";
    let now = rerun(script);
    let printed = script.replace("old\n", "two\n\nlines\n[exit 1]\n").replace(">&2\n", ">&2\n[DIR]\n[TIME]\n");
    assert_eq!(now, printed);
    assert_eq!(rerun(&now), now);
}
