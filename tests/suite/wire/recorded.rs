//! Holds what the six kinds send against the facts and against `tests/data/wire`.
//!
//! One file a product shows each action with each set of parameters that it is sent with, once: the request as it leaves,
//! from one key, at one moment, with one nonce and one ClientToken, and with ids that are numbered. `actions.txt` names
//! every action, for others to read: product and name, one a line. `UPDATE=1 cargo test` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use cenform::cloud::transport::HttpRequest;
use serde_json::Value as Json;

use super::call::Call;
use super::check::wrong;
use super::scenes::SENT;
use super::tap::{as_sent, key, moment};
use crate::suite::shell::repository;
use crate::suite::snapshot;

#[test]
fn every_request_is_one_of_the_api() {
    let wrong: BTreeSet<String> = SENT.requests.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// The names of the leaves of a JSON value. Those of a map's entries are all one, and so are the items of a list.
fn leaves(json: &Json, place: &str, found: &mut BTreeSet<String>) {
    match json {
        Json::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let is_map = place.ends_with("keys");
                leaves(value, &format!("{place}.{}", if is_map { "*" } else { name }), found);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                leaves(item, &format!("{place}[]"), found);
            }
        }
        _ => {
            found.insert(place.to_owned());
        }
    }
}

/// What a call has: its parameters and fields, with `N` for the numbers of lists.
fn names(call: &Call) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, value) in call.query.iter().chain(&call.form) {
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = name.split('.').map(|part| if is_number(&part) { "N" } else { part }).collect();
        let name = parts.join(".");
        match serde_json::from_str(value) {
            Ok(json @ (Json::Object(_) | Json::Array(_))) => leaves(&json, &name, &mut names),
            _ => drop(names.insert(name)),
        }
    }
    for (name, value) in call.body.iter().flat_map(|body| body.as_object().unwrap()) {
        leaves(value, name, &mut names);
    }
    names
}

/// A product's calls by action and by what they have: of those that have the same, the first by its text.
type Calls = BTreeMap<&'static str, BTreeMap<BTreeSet<String>, Call>>;

fn calls() -> BTreeMap<&'static str, Calls> {
    let mut products: BTreeMap<_, Calls> = BTreeMap::new();
    for http in &SENT.requests {
        let call = Call::read(http).unwrap().steady();
        let shapes = products.entry(call.product).or_default().entry(call.action).or_default();
        let text = |call: &Call| format!("{call:?}");
        let kept = shapes.entry(names(&call)).or_insert_with(|| call.clone());
        if text(&call) < text(kept) {
            *kept = call;
        }
    }
    products
}

fn listed(names: &BTreeSet<String>) -> String {
    let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() { ": nothing".to_owned() } else { format!(": {names}") }
}

/// A request as text.
fn shown(http: &HttpRequest) -> String {
    let mut text = format!("{} {}\n", http.method, http.url);
    for (name, value) in &http.headers {
        writeln!(text, "{name}: {value}").unwrap();
    }
    if !http.body.is_empty() {
        writeln!(text, "\n{}", std::str::from_utf8(&http.body).unwrap()).unwrap();
    }
    text
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_what_was_sent() {
    let folder = repository().join("tests/data/wire");
    let mut files = BTreeMap::new();
    let mut index = BTreeSet::new();
    for (product, calls) in calls() {
        let product = product.to_lowercase();
        let mut text = format!("# Every call of {product} that is made, once with each set of parameters.\n");
        text.push_str("# Beside \"ever\" stands all that an action is sent with in any of its calls.\n");
        for (action, shapes) in calls {
            index.insert(format!("{product} {action}\n"));
            let ever: BTreeSet<String> = shapes.keys().flatten().cloned().collect();
            write!(text, "\n\n# {action} ever{}\n", listed(&ever)).unwrap();
            for (names, call) in shapes {
                let http = as_sent(&call.request(), key(), moment(), 1).await;
                assert_eq!(Call::read(&http).unwrap().steady(), call);
                write!(text, "\n### {action}{}\n{}", listed(&names), shown(&http)).unwrap();
            }
        }
        files.insert(format!("{product}.http"), text);
    }
    files.insert("actions.txt".to_owned(), index.into_iter().collect());
    for (name, text) in &files {
        snapshot::hold(&folder.join(name), text);
    }
    let there = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), files.into_keys().collect());
}
