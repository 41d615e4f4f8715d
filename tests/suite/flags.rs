//! Every flag that `--help` names is used at least once, and so is every command.

use std::fs;

use clap::Command;

use super::scripts;
use super::shell::repository;

/// Every line that runs the binary, of scripts and of tests.
fn lines() -> Vec<String> {
    let read = |path: &std::path::PathBuf| fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = scripts::all().iter().flat_map(|path| scripts::commands(&read(path))).collect();
    let suite = fs::read_dir(repository().join("tests/suite")).unwrap().map(|entry| entry.unwrap().path());
    for path in suite.filter(|path| path.is_file()) {
        let text = read(&path);
        lines.extend(text.lines().filter(|line| line.contains("cenform ")).map(str::to_owned));
        // Servers are started with a list of arguments.
        let servers = text.lines().filter(|line| line.contains("Server::start(") || line.contains(".args("));
        lines.extend(servers.map(|line| format!("cenform emulator {}", line.replace('"', " "))));
    }
    lines
}

/// The flags of a command and of those below it that nobody uses, with the path to each.
fn unused(command: &Command, path: &str, lines: &[String], found: &mut Vec<String>) {
    let words: Vec<&str> = path.split(' ').collect();
    let of_command: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split([' ', '=', '`']).collect::<Vec<_>>())
        .filter(|line| words.iter().all(|word| line.contains(word)))
        .collect();
    if !command.has_subcommands() && of_command.is_empty() {
        found.push(path.to_owned());
    }
    for argument in command.get_arguments() {
        let Some(long) = argument.get_long() else { continue };
        let short = argument.get_short().map_or_else(String::new, |short| format!("-{short}"));
        let spelled = [format!("--{long}"), format!("-{long}"), short];
        if !of_command.iter().any(|line| spelled.iter().any(|flag| line.contains(&flag.as_str()))) {
            found.push(format!("{path} --{long}"));
        }
    }
    for below in command.get_subcommands() {
        unused(below, &format!("{path} {}", below.get_name()), lines, found);
    }
}

#[test]
fn every_flag_is_used_somewhere() {
    let mut found = Vec::new();
    unused(&cenform::cli::command(), "cenform", &lines(), &mut found);
    assert!(found.is_empty(), "no script uses: {found:#?}");
}
