//! Whose credentials a plan needs, and what keeps an object in its account.

use std::collections::BTreeMap;

use super::types::{Operation, PlannedAccount};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::schema::granting_owner;
use crate::model::stack::{CredentialsSource, Resource, Stack};
use crate::model::value::Attributes;
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
        resource.account.as_deref().map_or("the default credentials".to_owned(), |name| format!("account {name}"));
    let here = ids.get(&resource.account).map_or("another one", String::as_str);
    let detail = format!("{address} is in the account {}, and {whose} would put it in {here}.", entry.account_id);
    Some(
        Diagnostic::error(codes::NOT_ALLOWED, "An object cannot move to another account", detail)
            .about(address)
            .help("Go back to credentials of its account; declare what is to be in the other one under another name."),
    )
}

/// The account other than its own that an object's network is granted by.
fn owner<'a>(attributes: &'a Attributes, account_id: &str) -> Option<&'a str> {
    granting_owner(attributes).filter(|owner| *owner != account_id)
}

/// Whether a grant is to be revoked once an object in this account is gone.
pub(super) fn owes(attributes: &Attributes, account_id: &str) -> bool {
    owner(attributes, account_id).is_some()
}

/// What is to be known where a stack stops to grant a network that stays attached.
pub(super) fn left_to_owner(entry: &Entry, said: &Attributes) -> Option<String> {
    let owner = owner(&entry.attributes, &entry.account_id).filter(|_| granting_owner(said).is_none())?;
    Some(format!("The grant of its network stays from now on until the account {owner}, which owns it, revokes it."))
}

/// Operations that need the credentials of a network's owner, which this run does not have.
pub(super) fn without_owner(operations: &[Operation], ids: &AccountIds) -> Vec<Diagnostic> {
    let missing = |operation: &Operation| {
        let Operation { address, action, account_id, before, after, .. } = operation;
        let granted = owner(after, account_id).filter(|_| action.creates());
        let to_revoke = owner(before, account_id).filter(|_| action.deletes());
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
    let Operation { action, account_id, before, after, .. } = operation;
    usize::from(action.creates() && owner(after, account_id).is_some())
        + usize::from(action.deletes() && owner(before, account_id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::Action;
    use crate::model::object::Object;
    use crate::model::stack::{Lifecycle, Timeouts};
    use crate::plan::{Input, Planned, Words, build};
    use crate::state::{Deposed, EntryStatus, State, samples};

    const OURS: &str = "1000000000000001";
    const THEIRS: &str = "1000000000000002";

    fn granted(owner: &str) -> Attributes {
        [("owner", owner.into()), ("grant", true.into()), ("type", "vpc".into())]
            .map(|(name, value): (&str, crate::model::value::Value)| (name.to_owned(), value))
            .into()
    }

    fn attachment(status: EntryStatus, attributes: Attributes) -> Entry {
        Entry { status, attributes, ..samples::entry("attachment.app", "tr-attach-1") }
    }

    fn ids(known: &[(Option<&str>, &str)]) -> AccountIds {
        known.iter().map(|(name, id)| (name.map(str::to_owned), (*id).to_owned())).collect()
    }

    /// The plan of a stack with these resources and a state with this entry, whose object is gone unless it is `live`.
    fn plan(
        resources: &[Resource],
        entry: &Entry,
        live: Option<Object>,
        accounts: &AccountIds,
    ) -> Result<Planned, Vec<Diagnostic>> {
        let resources = resources.iter().map(|resource| (resource.address.clone(), resource.clone())).collect();
        let address = entry.address.clone();
        let deposed = entry.deposed.iter().map(|old| ((address.clone(), old.id.clone()), None)).collect();
        build(Input {
            stack: &Stack { resources, ..Stack::default() },
            state: &State { resources: [(address.clone(), entry.clone())].into(), ..samples::state() },
            managed: &[(address, live)].into(),
            deposed: &deposed,
            moves: &super::super::Moves::new(),
            existing: &BTreeMap::new(),
            account_id: OURS,
            accounts,
            emulator: true,
            stack_path: "",
            words: &Words::default(),
        })
    }

    fn cen(account: Option<&str>) -> Resource {
        Resource {
            address: "cen.c".parse().unwrap(),
            region: None,
            account: account.map(str::to_owned),
            existing: None,
            attributes: Attributes::new(),
            owned: std::collections::BTreeSet::new(),
            references: Vec::new(),
            depends_on: std::collections::BTreeSet::new(),
            lifecycle: Lifecycle::default(),
            timeouts: Timeouts::default(),
        }
    }

    #[test]
    fn what_is_gone_and_was_granted_is_deleted_rather_than_forgotten() {
        let both = ids(&[(None, OURS), (Some("app"), THEIRS)]);
        let left_over = Entry {
            deposed: vec![Deposed { id: "tr-attach-0".to_owned(), attributes: granted(THEIRS), deleting: false }],
            ..attachment(EntryStatus::Settled, Attributes::new())
        };
        for (entry, action, writes, drifted) in [
            (attachment(EntryStatus::Deleting, granted(THEIRS)), Action::Delete, 2, 0),
            (attachment(EntryStatus::Settled, granted(THEIRS)), Action::Delete, 2, 1),
            (attachment(EntryStatus::Settled, granted(OURS)), Action::Forget, 0, 1),
            (attachment(EntryStatus::Settled, Attributes::new()), Action::Forget, 0, 1),
            (left_over, Action::Delete, 1, 2),
        ] {
            let plan = plan(&[], &entry, None, &both).unwrap().plan;
            let [operation] = plan.operations.as_slice() else { panic!("{:?}", plan.operations) };
            assert_eq!((operation.action, plan.writes, plan.drift.len()), (action, writes, drifted), "{entry:?}");
        }
    }

    #[test]
    fn the_owner_s_credentials_are_missed_when_planning() {
        let entry = attachment(EntryStatus::Deleting, granted(THEIRS));
        let problems = plan(&[], &entry, None, &ids(&[(None, OURS)])).unwrap_err();
        assert_eq!(
            problems[0].detail,
            "attachment.app revokes a grant with the credentials of the account 1000000000000002, and none of these are its."
        );
    }

    #[test]
    fn an_object_stays_in_its_account_under_any_name() {
        let live = Object {
            id: "cen-1".to_owned(),
            status: "Active".to_owned(),
            settled: true,
            attributes: Attributes::new(),
            created: String::new(),
        };
        let entry = samples::entry("cen.c", "cen-1");
        let accounts = ids(&[(None, OURS), (Some("same"), OURS), (Some("other"), THEIRS)]);
        let recorded = plan(&[cen(Some("same"))], &entry, Some(live.clone()), &accounts).unwrap().plan;
        assert!(recorded.operations.is_empty());
        assert_eq!(recorded.records[0].account.as_deref(), Some("same"));
        let problems = plan(&[cen(Some("other"))], &entry, Some(live), &accounts).unwrap_err();
        assert_eq!(
            problems[0].detail,
            "cen.c is in the account 1000000000000001, and account other would put it in 1000000000000002."
        );
    }
}
