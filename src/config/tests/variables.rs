//! Variables and their four sources.

use super::harness::{Given, load_with, memory, problems, problems_of};
use crate::model::value::Value;

const STACK: &str = "version: 1\nvariables:\n  s: { default: default }\n  n: { type: number, default: 1 }\n  \
                     b: { type: bool, default: false }\n  l: { type: list, default: [] }\n  m: { type: map, default: {} }\n\
                     outputs: { s: \"${var.s}\", n: \"${var.n}\", b: \"${var.b}\", l: \"${var.l}\", m: \"${var.m}\" }\n";

fn outputs(files: &[(&str, &str)], given: &Given) -> Vec<String> {
    let mut all = vec![("main.yaml", STACK)];
    all.extend(files);
    let stack = load_with("main.yaml", &memory(&all), given).unwrap().stack;
    stack
        .outputs
        .into_iter()
        .map(|(name, output)| format!("{name}={}", serde_json::to_string(&output.value).unwrap()))
        .collect()
}

fn refused(files: &[(&str, &str)], given: &Given) -> Vec<String> {
    let mut all = vec![("main.yaml", STACK)];
    all.extend(files);
    super::harness::lines(&load_with("main.yaml", &memory(&all), given).unwrap_err())
}

#[test]
fn flags_beat_files_beat_the_environment_beats_defaults() {
    let files = [("one.vars.yaml", "s: one\nn: 10\n"), ("two.json", "{\"s\": \"two\"}")];
    let mut given = Given::default();
    assert_eq!(outputs(&files, &given)[4], "s=\"default\"");
    given.environment = vec![("CENFORM_VAR_s", "environment"), ("CENFORM_VAR_n", "5")];
    assert_eq!(outputs(&files, &given)[4], "s=\"environment\"");
    given.var_files = vec!["one.vars.yaml"];
    assert_eq!(outputs(&files, &given)[4], "s=\"one\"");
    given.var_files.push("two.json");
    assert_eq!(outputs(&files, &given)[3..], ["n=10", "s=\"two\""]);
    given.vars = vec![("s", "flag"), ("s", "later flag")];
    assert_eq!(outputs(&files, &given)[4], "s=\"later flag\"");
}

#[test]
fn text_is_read_by_the_declared_type_and_never_evaluated() {
    let vars = vec![("s", "1.10"), ("n", "2.5"), ("b", "true"), ("l", "[a, 1]"), ("m", "{x: {y: z}}")];
    let read = outputs(&[], &Given { vars, ..Given::default() });
    assert_eq!(read, ["b=true", "l=[\"a\",1]", "m={\"x\":{\"y\":\"z\"}}", "n=2.5", "s=\"1.10\""]);
    let literal = outputs(&[], &Given { vars: vec![("s", "${var.n}")], ..Given::default() });
    assert_eq!(literal[4], "s=\"${var.n}\"");
    for (name, value) in [("n", "many"), ("b", "yes"), ("l", "a"), ("m", "[]"), ("n", "[")] {
        assert_eq!(
            refused(&[], &Given { vars: vec![(name, value)], ..Given::default() }),
            ["E0501 "],
            "{name}={value}"
        );
    }
}

#[test]
fn outputs_of_terraform_flow_over() {
    let json = r#"{"s": {"sensitive": false, "type": "string", "value": "vpc-1"},
                   "other": {"sensitive": false, "type": "string", "value": "not for us"}}"#;
    let read = outputs(&[("tf.json", json)], &Given { var_files: vec!["tf.json"], ..Given::default() });
    assert_eq!(read[4], "s=\"vpc-1\"");
    let wrong = json.replace("\"vpc-1\"", "3");
    assert_eq!(
        refused(&[("tf.json", &wrong)], &Given { var_files: vec!["tf.json"], ..Given::default() }),
        ["E0501 tf.json:1:55 3"]
    );
}

#[test]
fn values_that_nothing_takes() {
    assert_eq!(refused(&[], &Given { vars: vec![("q", "x")], ..Given::default() }), ["E0501 "]);
    let files = [("v.yaml", "n: 2\nnn: 3\n")];
    assert_eq!(refused(&files, &Given { var_files: vec!["v.yaml"], ..Given::default() }), ["E0501 v.yaml:2:1 nn"]);
    assert_eq!(refused(&[], &Given { var_files: vec!["gone.yaml"], ..Given::default() }), ["E0101 gone.yaml:"]);
    assert_eq!(
        refused(&[("v.yaml", "[1]")], &Given { var_files: vec!["v.yaml"], ..Given::default() }),
        ["E0202 v.yaml:1:1 "]
    );
    let given = Given { environment: vec![("CENFORM_VAR_zz", "x")], ..Given::default() };
    let loaded = load_with(".", &memory(&[("main.yaml", STACK)]), &given).unwrap();
    assert_eq!(loaded.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["W0501"]);
}

#[test]
fn hints_for_very_many_names_are_bounded() {
    let declared = (0..600).map(|n| format!("  v{n}: {{ default: x }}\n")).collect::<Vec<_>>().concat();
    let stack = format!("version: 1\nvariables:\n{declared}");
    let given = (0..600).map(|n| format!("wrong{n:03}: x\n")).collect::<Vec<_>>().concat();
    let files = memory(&[("main.yaml", stack.as_str()), ("v.vars.yaml", &given)]);
    let given = Given { var_files: vec!["v.vars.yaml"], ..Given::default() };
    let found = load_with(".", &files, &given).unwrap_err().diagnostics;
    let help = |at: usize| found[at].help.as_deref().unwrap();
    assert!(help(0).ends_with(" and 588 more."), "{}", help(0));
    assert_eq!(help(599), "Take it out, or declare it under variables.");
}

#[test]
fn declarations_are_checked() {
    let declared = |declaration: &str| problems(&format!("version: 1\nvariables:\n  v: {declaration}\n"));
    assert_eq!(declared("{}"), ["E0501 3:3 v"]);
    assert_eq!(declared("{ type: strin, default: x }"), ["E0204 3:14 strin"]);
    assert_eq!(declared("{ defualt: x }"), ["E0201 3:8 defualt"]);
    assert_eq!(declared("{ default: 3 }"), ["E0501 3:17 3"]);
    assert_eq!(declared("{ type: number, default: \"3\" }"), ["E0501 3:31 \"3\""]);
    assert_eq!(declared("{ default: x, allowed: [y, z] }"), ["E0501 3:17 x"]);
    assert_eq!(declared("{ default: y, allowed: [y, 3] }"), ["E0202 3:33 3"]);
    assert_eq!(declared("{ default: \"${var.v}\" }"), ["E0401 3:17 \"${var.v}\""]);
    assert_eq!(declared("{ sensitive: maybe, default: x }"), ["E0202 3:19 maybe"]);
    let secret = memory(&[("main.yaml", "version: 1\nvariables: { s: { sensitive: true, allowed: [a] } }\n")]);
    let given = Given { vars: vec![("s", "hunter2")], ..Given::default() };
    let problems = load_with(".", &secret, &given).unwrap_err();
    assert!(!format!("{:?}", problems.diagnostics).contains("hunter2"));
    assert_eq!(problems_of(&secret, &given), ["E0501 "]);
    let stack = "version: 1\nvariables: { s: { sensitive: true } }\n";
    let in_file = memory(&[("main.yaml", stack), ("v.vars.yaml", "s: [hunter2]\n")]);
    let given = Given { var_files: vec!["v.vars.yaml"], ..Given::default() };
    assert_eq!(problems_of(&in_file, &given), ["E0501 "], "no place, whose line would show it");
}

#[test]
fn numbers_keep_their_type() {
    let stack = load_with(".", &memory(&[("main.yaml", STACK)]), &Given::default()).unwrap().stack;
    assert_eq!(stack.outputs["n"].value, Value::Int(1));
}
