//! Nothing that can be sent is left out: held against the source and against the language.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::call::Call;
use super::check::FACTS;
use super::scenes::SENT;
use crate::suite::shell::repository;
use crate::suite::surface::lives::on_every;

/// A product and an action.
type Action = (String, String);

/// Text literals that begin like an action and are none.
const NO_ACTIONS: &[&str] = &["GrantRules"];

/// The actions that a source file names, apart from its tests.
fn named(file: &str) -> BTreeSet<Action> {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([A-Z][A-Za-z]+)""#).unwrap());
    static MADE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"concat!\("(\w+)", \$kind, "(\w+)"\)"#).unwrap());
    static MAKER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"actions!\("(\w+)"\)"#).unwrap());
    static VERB: LazyLock<Regex> = LazyLock::new(|| {
        let verbs = "Active|Assume|Change|Check|Create|Deactive|Delete|Describe|Disable|Enable|Get|Grant|List|Modify|Move|\
                     Open|Revoke|Set|Tag|Untag|Update";
        Regex::new(&format!("^({verbs})[A-Z]")).unwrap()
    });
    let code = file.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut names: BTreeSet<String> = LITERAL.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for made in MADE.captures_iter(code) {
        names.extend(MAKER.captures_iter(code).map(|kind| format!("{}{}{}", &made[1], &kind[1], &made[2])));
    }
    names.retain(|name| VERB.is_match(name) && !NO_ACTIONS.contains(&name.as_str()));
    let product = |name: &String| {
        let products = ["Cbn", "Sls", "Sts", "Ram"].iter().filter(|product| FACTS.action(product, name).is_some());
        let products: Vec<_> = products.copied().collect();
        match products.as_slice() {
            [] => "no product",
            [only] => *only,
            // Both products tag.
            _ if code.contains("Sls") => "Sls",
            _ => "Cbn",
        }
    };
    names.iter().map(|name| (product(name).to_owned(), name.clone())).collect()
}

/// The actions that the files below a folder name.
fn named_below(folder: &Path) -> BTreeSet<Action> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_one = |path: &Path| match path.file_name().unwrap().to_str().unwrap() {
        "testing.rs" | "tests.rs" => BTreeSet::new(),
        _ if path.is_dir() => named_below(path),
        _ => named(&fs::read_to_string(path).unwrap()),
    };
    entries.flat_map(|path| of_one(&path)).collect()
}

#[test]
fn every_action_that_the_source_names_is_sent_and_no_other() {
    let source = repository().join("src");
    let named: BTreeSet<Action> = ["kinds", "cloud"].iter().flat_map(|room| named_below(&source.join(room))).collect();
    let calls = SENT.requests.iter().map(|http| Call::read(http).unwrap());
    let sent: BTreeSet<Action> = calls.map(|call| (call.product.to_owned(), call.action.to_owned())).collect();
    let only = |these: &BTreeSet<Action>, those| these.difference(those).cloned().collect::<Vec<_>>();
    assert_eq!((only(&named, &sent), only(&sent, &named)), (Vec::new(), Vec::new()), "named only, and sent only");
}

#[test]
fn an_action_that_the_source_names_is_seen() {
    let file = r#"
        macro_rules! actions { ($kind:literal) => { concat!("UpdateTransitRouter", $kind, "AttachmentAttribute") } }
        fn f() { call(actions!("Vpc"), "DeleteCen", "CenId", "DescribeNothing", "GrantRules") }
        #[cfg(test)]
        mod tests { fn g() { call("CreateCen") } }
    "#
    .replace("\n        ", "\n");
    let expected = [
        ("Cbn", "DeleteCen"),
        ("Cbn", "UpdateTransitRouter"),
        ("Cbn", "UpdateTransitRouterVpcAttachmentAttribute"),
        ("no product", "DescribeNothing"),
    ];
    assert_eq!(named(&file), expected.map(|(product, name)| (product.to_owned(), name.to_owned())).into());
}

/// The attributes whose values in the table all make the same calls, and why.
const SILENT: &[(&str, &str)] =
    &[("transit_router.cen", "the two CENs are alike, and the one that has the router is made first")];

/// What every resource can have, and what that is to the calls.
const ON_EVERY: &[(&str, &str)] = &[
    ("depends_on", "when they are made"),
    ("account", "whose key signs them"),
    ("existing", "which are made instead: those that read by id"),
    ("existing.name", "which are made instead: those that look for a name"),
    ("timeouts", "for how long"),
    ("timeouts.create", "for how long"),
    ("timeouts.update", "for how long"),
    ("timeouts.delete", "for how long"),
    ("lifecycle", "whether and when they are made"),
    ("lifecycle.prevent_destroy", "whether those that delete are made"),
    ("lifecycle.create_before_destroy", "whether those that delete come last"),
    ("lifecycle.ignore_changes", "what those that update leave alone"),
    ("lifecycle.replace_triggered_by", "whether those that delete and create are made"),
];

#[test]
fn every_attribute_of_the_language_reaches_the_wire() {
    let silent: BTreeSet<&str> = SENT.silent.iter().map(String::as_str).collect();
    assert_eq!(silent, SILENT.iter().map(|(name, _)| *name).collect());
    assert_eq!(on_every().collect::<BTreeSet<_>>(), ON_EVERY.iter().map(|(name, _)| *name).collect());
}
