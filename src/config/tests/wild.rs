//! Texts that nobody would write.

use proptest::prelude::*;

use super::harness::{Given, load_with, memory};

const STACK: &str = include_str!("wild.yaml");

fn survives(text: &str) {
    let outcome = load_with(".", &memory(&[("main.yaml", text)]), &Given::default());
    if let Err(problems) = outcome {
        assert!(problems.diagnostics.iter().any(crate::diagnostics::Diagnostic::is_error));
    }
}

#[test]
fn the_text_that_is_mutated_loads() {
    load_with(".", &memory(&[("main.yaml", STACK)]), &Given::default()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn any_text_ends_in_a_stack_or_in_problems(text in "\\PC*") {
        survives(&text);
        survives(&format!("version: 1\nlocals:\n  a: {text}\n"));
    }

    #[test]
    fn a_mutated_stack_ends_in_a_stack_or_in_problems(
        at in 0..STACK.len(),
        length in 0_usize..12,
        with in prop::sample::select(vec!["", "\n", "  ", ": ", "- ", "{", "}", "[", "\"", "${", "}", "&a ", "*a", "null", "3", "<<: ", "é", "|", "'", "#"]),
    ) {
        let mut text = STACK.as_bytes().to_vec();
        text.splice(at..(at + length).min(STACK.len()), with.bytes());
        survives(&String::from_utf8_lossy(&text));
    }

    #[test]
    fn any_expression_ends_in_a_value_or_an_error(code in "[a-z0-9.'\"|(){}\\[\\]~ +*$-]{0,40}") {
        survives(&format!("version: 1\nlocals:\n  a: {}\n", serde_json::Value::from(format!("${{{code}}}"))));
    }
}
