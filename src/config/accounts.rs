//! `accounts:`, and what names one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::secret::Secret;
use crate::base::text::{nearest, printable, some};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::model::stack::{CredentialsSource, DeclaredAccount, DeclaredKey, is_account_id};
use crate::model::value::Value;

use super::context::{Context, Secrets, Uses};
use super::document::Entry;
use super::fields::{entries, not_yet, problem, unknown_key, unplaced, wrong_type};
use super::provider::not_known;

/// The keys of an account.
pub(super) const KEYS: [&str; 5] = ["profile", "access_key_id", "access_key_secret", "security_token", "id"];
/// The keys whose values are never shown.
pub(super) const SECRET: [&str; 2] = ["access_key_secret", "security_token"];
/// The keys whose values are no secrets. What stands under any other key may be one with its key mistyped.
pub(super) const SHOWN: [&str; 6] = ["profile", "access_key_id", "id", "role", "session_name", "external_id"];
/// Keys of the language that a later version brings.
const LATER: [&str; 3] = ["role", "session_name", "external_id"];

/// Reads the accounts. Those with a problem, which has been told, are left out.
pub(super) fn read(
    declared: &BTreeMap<String, Entry>,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<String, DeclaredAccount> {
    declared.iter().filter_map(|(name, entry)| Some((name.clone(), account(name, entry, context, found)?))).collect()
}

fn account(name: &str, entry: &Entry, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Option<DeclaredAccount> {
    let before = found.len();
    let mut written = BTreeSet::new();
    let mut values = BTreeMap::new();
    for (key, tree, place) in entries(&entry.value, &entry.place, "An account", found) {
        match KEYS.iter().find(|known| **known == key) {
            Some(key) => {
                written.insert(*key);
                values.extend(text(key, tree, &place, context, found).map(|value| (*key, value)));
            }
            None if LATER.contains(&key) => found.push(not_yet(key, &place)),
            None => found.push(unknown_key(key, "An account", &KEYS, &place)),
        }
    }
    let whole = found.len() == before;
    let key = ["access_key_id", "access_key_secret", "security_token"].into_iter().find(|key| written.contains(key));
    let wrong = |code, detail, help: &str| problem(code, detail, entry.place.as_key()).help(help);
    match key {
        Some(key) if written.contains("profile") => found.push(wrong(
            codes::NOT_TOGETHER,
            format!("The account {name} has a profile and {key}, and its credentials come from one of them only."),
            "Keep the profile, or the access key.",
        )),
        Some(_) => {
            for missing in ["access_key_id", "access_key_secret"].into_iter().filter(|key| !written.contains(key)) {
                found.push(wrong(
                    codes::MISSING,
                    format!("The account {name} has no {missing}."),
                    "An access key is its id and its secret, and a temporary one its security_token too.",
                ));
            }
        }
        None if whole && !written.contains("profile") => found.push(wrong(
            codes::MISSING,
            format!("The account {name} does not say where its credentials come from."),
            "Add profile: NAME of a profile in ~/.aliyun/config.json, or access_key_id and access_key_secret.",
        )),
        None => {}
    }
    if found.len() > before {
        return None;
    }
    let source = match values.remove("profile") {
        Some(profile) => CredentialsSource::Profile(profile),
        None => CredentialsSource::Key(DeclaredKey {
            id: values.remove("access_key_id")?,
            secret: Secret::new(values.remove("access_key_secret")?),
            token: values.remove("security_token").map(Secret::new),
        }),
    };
    Some(DeclaredAccount { source, id: values.remove("id") })
}

/// The text of one key. Nothing of an access key is ever shown, so of what is wrong with one only that is told.
fn text(key: &str, tree: &Value, place: &Place, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> Option<String> {
    let of_key = !matches!(key, "profile" | "id");
    // A profile's name and an account's id are shown and saved in plans (S21).
    let secrets = if of_key { Secrets::Taint } else { Secrets::Refuse };
    let value = context.value(tree, place, secrets, &mut Uses::default(), found)?;
    let untold = |what: &str| unplaced(codes::NOT_ALLOWED, format!("The {key} in {} {what}.", place.file.display()));
    let wrong = match &value {
        Value::Text(text) if text.is_empty() => {
            problem(codes::NOT_ALLOWED, format!("{key} is empty."), place.clone()).help("Write it out or take it out.")
        }
        Value::Text(text) if of_key && !text.chars().all(|c| c.is_ascii_graphic()) => {
            untold("holds a character that no key has: a space, a line break or a character beyond ASCII")
                .help("Write it again, without spaces and line ends inside.")
        }
        Value::Text(text) if key == "id" && !is_account_id(text) => {
            let detail = format!("\"{}\" is no account id.", printable(text));
            problem(codes::NOT_ALLOWED, detail, place.clone()).help("An account id has 16 digits.")
        }
        Value::Text(text) => return Some(text.clone()),
        other if other.has_unknown() => not_known(key, place),
        _ if of_key => untold("is no text").help("Put it in quotes."),
        other => wrong_type(key, "text", other, place),
    };
    found.push(wrong);
    None
}

/// The account that `account:` names.
pub(super) fn named(
    value: &Value,
    place: &Place,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    match value {
        Value::Text(name) if context.is_account(name) => Some(name.clone()),
        Value::Text(name) => {
            found.push(undeclared(name, place, context));
            None
        }
        other => {
            found.push(wrong_type("account", "text", other, place).help("Write the name of an account."));
            None
        }
    }
}

/// Whether the owner of a network is an account id or a declared account. What is no text is left to the schema.
pub(super) fn is_owner(value: &Value, place: &Place, context: &Context<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let Some(owner) = value.as_text().filter(|owner| !is_account_id(owner) && !context.is_account(owner)) else {
        return true;
    };
    let told = undeclared(owner, place, context);
    let help = told.help.clone().unwrap_or_default();
    found.push(told.help(format!("{help} An account of somebody else is its id, 16 digits in quotes.")));
    false
}

fn undeclared(name: &str, place: &Place, context: &Context<'_>) -> Diagnostic {
    let told = problem(codes::UNRESOLVED, format!("There is no account \"{}\".", printable(name)), place.clone());
    let names = context.account_names();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => told.help(format!("Did you mean {near}?")),
        None if names.is_empty() => told.help("Declare it under accounts."),
        None => told.help(format!("Declared under accounts: {}.", some(&names))),
    }
}
