//! Whose credentials a plan needs, and what keeps an object in its account.

use std::collections::BTreeMap;

use super::types::{Operation, PlannedAccount};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::schema::granting_owner;
use crate::model::stack::{CredentialsSource, Resource, Stack};
use crate::state::Entry;

/// Account ids by the name of their credentials; `None` is the default chain.
pub type AccountIds = BTreeMap<Option<String>, String>;

/// The accounts of a stack as a plan carries them: without credentials.
pub(super) fn planned(stack: &Stack, ids: &AccountIds) -> BTreeMap<String, PlannedAccount> {
    let planned = |name: &String, source: &CredentialsSource| PlannedAccount {
        profile: match source {
            CredentialsSource::Profile(profile) => Some(profile.clone()),
            CredentialsSource::Key(_) => None,
        },
        account_id: ids.get(&Some(name.clone())).cloned(),
    };
    stack.accounts.iter().map(|(name, account)| (name.clone(), planned(name, &account.source))).collect()
}

/// What is wrong with the account of a resource: an object cannot move to another one.
pub(super) fn moves(resource: &Resource, prior: Option<&Entry>, ids: &AccountIds) -> Option<Diagnostic> {
    let address = &resource.address;
    let entry = prior.filter(|entry| ids.get(&resource.account) != Some(&entry.account_id))?;
    let whose =
        resource.account.as_deref().map_or("the default credentials".to_owned(), |name| format!("account: {name}"));
    let here = ids.get(&resource.account).map_or("another account", String::as_str);
    let detail = format!("{address} is in the account {}, and {whose} is {here}.", entry.account_id);
    Some(
        Diagnostic::error(codes::NOT_ALLOWED, "An object cannot move to another account", detail)
            .about(address)
            .help("Go back to credentials of its account; declare what is to be in the other one under another name."),
    )
}

/// Operations that need the credentials of a network's owner, which this run does not have.
pub(super) fn without_owner(operations: &[Operation], ids: &AccountIds) -> Vec<Diagnostic> {
    let missing = |operation: &Operation| {
        let Operation { address, action, before, after, .. } = operation;
        let granted = granting_owner(after).filter(|_| action.creates());
        let to_revoke = granting_owner(before).filter(|_| action.deletes());
        let owner = granted.into_iter().chain(to_revoke).find(|owner| !ids.values().any(|id| id == owner))?;
        let what = if granted == Some(owner) { "grants" } else { "revokes a grant" };
        let detail =
            format!("{address} {what} with the credentials of the account {owner}, and none of these are its.");
        let told = Diagnostic::error(codes::CREDENTIALS, "The owner's credentials are missing", detail).about(address);
        Some(told.help(
            "Declare them under accounts, or take grant: true away and let the owner grant and revoke by itself.",
        ))
    };
    operations.iter().filter_map(missing).collect()
}

/// How many calls an operation makes with the credentials of a network's owner, at most.
pub(super) fn grants(operation: &Operation) -> usize {
    let Operation { action, before, after, .. } = operation;
    usize::from(action.creates() && granting_owner(after).is_some())
        + usize::from(action.deletes() && granting_owner(before).is_some())
}
