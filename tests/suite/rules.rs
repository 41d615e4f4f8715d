//! Each rule of what a plan and an apply mean is named by a test, so that whoever changes a rule finds what holds it.
//!
//! A test names a rule in its own name (`s9_…`) or in the comment directly above it; a script does in a heading.
//! `cargo test --test main rules -- --nocapture` prints which does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn};

use super::scripts;
use super::shell::repository;

/// The rules of planning, and those of applying that a change of plan rests on.
const RULES: [u32; 24] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 28, 29];

/// The number of a rule in a text.
static IN_TEXT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bS([1-9][0-9]?)\b").unwrap());

/// The number of a rule in the name of a test.
static IN_NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|_)s([1-9][0-9]?)_").unwrap());

fn numbers(pattern: &Regex, text: &str) -> BTreeSet<u32> {
    pattern.captures_iter(text).map(|found| found[1].parse().unwrap()).collect()
}

/// The tests of a file, with the rules that each names.
#[derive(Default)]
struct Tests(Vec<(String, BTreeSet<u32>)>);

impl<'a> Visit<'a> for Tests {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        let is_test = |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test");
        if item.attrs.iter().any(is_test) {
            let name = item.sig.ident.to_string();
            let mut rules = numbers(&IN_NAME, &name);
            rules.extend(item.attrs.iter().flat_map(|attribute| numbers(&IN_TEXT, &comment(attribute))));
            self.0.push((name, rules));
        }
        visit::visit_item_fn(self, item);
    }
}

/// The text of a comment above an item.
fn comment(attribute: &Attribute) -> String {
    match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue { path, value: syn::Expr::Lit(text), .. }) if path.is_ident("doc") => {
            match &text.lit {
                syn::Lit::Str(text) => text.value(),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}

fn tests_of(text: &str) -> Vec<(String, BTreeSet<u32>)> {
    let mut tests = Tests::default();
    tests.visit_file(&syn::parse_file(text).unwrap());
    tests.0
}

/// The headings of a script, with the rules that each names. What is in a block is none.
fn headings_of(script: &str) -> Vec<(String, BTreeSet<u32>)> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in script.lines() {
        in_block ^= line.starts_with("```");
        if line.starts_with('#') && !in_block {
            found.push((line.trim_start_matches(['#', ' ']).to_owned(), numbers(&IN_TEXT, line)));
        }
    }
    found
}

/// Does something with each source file in a folder and below it.
fn each_source(folder: &Path, act: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, act);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            act(&path);
        }
    }
}

/// The tests that name each rule, with where they are.
fn named() -> BTreeMap<u32, Vec<String>> {
    let mut named = BTreeMap::<u32, Vec<String>>::new();
    let repository = repository();
    let mut note = |path: &Path, tests: Vec<(String, BTreeSet<u32>)>| {
        let path = path.strip_prefix(&repository).unwrap().display();
        for (name, rules) in tests {
            for rule in rules {
                named.entry(rule).or_default().push(format!("{path}: {name}"));
            }
        }
    };
    for folder in ["src", "tests/suite"] {
        each_source(&repository.join(folder), &mut |path| note(path, tests_of(&fs::read_to_string(path).unwrap())));
    }
    for path in scripts::all() {
        let script = fs::read_to_string(&path).unwrap();
        note(&path, headings_of(&script));
    }
    named
}

#[test]
fn each_rule_is_named_by_a_test() {
    let named = named();
    for (rule, tests) in &named {
        println!("S{rule}\n    {}", tests.join("\n    "));
    }
    let unnamed: Vec<u32> = RULES.into_iter().filter(|rule| !named.contains_key(rule)).collect();
    assert!(unnamed.is_empty(), "no test names S{unnamed:?}");
}

#[test]
fn only_a_test_or_a_heading_names_a_rule() {
    let text = "/// S1\nfn help() {}\n// S2\nmod m {\n/// Of S3 and (S14).\n#[tokio::test(start_paused = true)]\n\
                async fn a() { let s4 = \"S5\"; }\n#[test]\nfn s6_b_s7_c() {}\n}\n";
    assert_eq!(tests_of(text), [("a".to_owned(), [3, 14].into()), ("s6_b_s7_c".to_owned(), [6, 7].into())]);
    let script = "# Words (S1)\nS2\n```console\n# S3\n```\n## More, S4\n";
    assert_eq!(headings_of(script), [("Words (S1)".to_owned(), [1].into()), ("More, S4".to_owned(), [4].into())]);
}
