//! Every example applies as it is, stays applied, and goes without a trace.

use std::fs;
use std::path::Path;

use cenform::base::fs::{Access, Fs as _, OsFs};
use serde_json::Value;

use super::shell;

/// What is in the embedded emulator, without what only grows.
fn world(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join(".cenform/emulator.json")).unwrap();
    let mut world: Value = serde_json::from_str(&text).unwrap();
    for grows in ["Counters", "Tokens"] {
        world.as_object_mut().unwrap().remove(grows).unwrap();
    }
    world
}

fn there_and_back(example: &Path) {
    let name = example.display();
    let folder = tempfile::tempdir().unwrap();
    shell::copy(example, folder.path());
    let folder = folder.path();

    shell::expect(2, "cenform plan --emulator --detailed-exitcode", folder);
    let before = world(folder);
    shell::expect(0, "cenform apply --emulator --auto-approve", folder);

    let applied = world(folder);
    let flow_logs = applied["FlowLogs"].as_array().unwrap();
    let text = shell::expect(0, "cenform state list", folder);
    assert_eq!(flow_logs.len(), text.lines().filter(|line| line.starts_with("flow_log.")).count(), "{name}");
    assert!(!flow_logs.is_empty(), "{name}");
    assert!(flow_logs.iter().all(|flow_log| flow_log["Status"] == "Active"), "{name}: {flow_logs:?}");

    let text = shell::expect(0, "cenform plan --emulator --detailed-exitcode", folder);
    assert!(text.ends_with("No changes. Your infrastructure matches the configuration.\n"), "{name}: {text}");
    assert_eq!(world(folder), applied, "{name}: plan changed something");

    shell::expect(0, "cenform destroy --emulator --auto-approve", folder);
    assert_eq!(world(folder), before, "{name}: destroy left something behind");
    assert_eq!(shell::expect(0, "cenform state list", folder), "", "{name}");
}

#[test]
fn every_example_goes_there_and_back() {
    let entries = fs::read_dir(shell::repository().join("examples")).unwrap();
    let examples: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(examples.len() >= 6);
    std::thread::scope(|scope| {
        for example in &examples {
            scope.spawn(|| there_and_back(example));
        }
    });
}

#[test]
fn every_stack_of_the_readme_applies() {
    let readme = fs::read_to_string(shell::repository().join("README.md")).unwrap();
    let stacks: Vec<_> = readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(stacks.len(), 4);
    let apply = |stack: &str| {
        let folder = tempfile::tempdir().unwrap();
        OsFs.replace(&folder.path().join("stack.yaml"), stack.as_bytes(), Access::Umask).unwrap();
        let apply = "CENFORM_VAR_app_secret=secret cenform apply --emulator --auto-approve";
        shell::expect(0, apply, folder.path());
    };
    std::thread::scope(|scope| {
        for stack in stacks {
            scope.spawn(move || apply(stack));
        }
    });
}
