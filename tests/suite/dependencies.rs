//! Holds the tree of dependencies to what builds anywhere and is looked after.

use std::process::Command;

/// What must not be built, and why.
const UNWANTED: &[(&str, &str)] = &[
    ("aws-lc-sys", "it needs a C compiler and more; ring is asked for"),
    ("openssl-sys", "it needs a library of the system"),
    ("native-tls", "it needs a library of the system"),
    ("serde_yml", "it is not looked after"),
    ("libyml", "it is not looked after"),
    ("serde_yaml", "it is not looked after; yaml_serde stands in for it"),
    ("unsafe-libyaml", "it is not looked after"),
    ("h2", "HTTP/1.1 is all that is spoken"),
];

#[test]
fn nothing_unwanted_is_built() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"yaml_serde"), "the tree is not what it was:\n{tree}");
    for (name, why) in UNWANTED {
        assert!(!names.contains(name), "{name} is built: {why}");
    }
}
