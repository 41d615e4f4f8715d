//! Whose credentials a run uses, and whether they are who a state or a plan says (S22).

use std::collections::{BTreeMap, BTreeSet};

use super::exit::Problems;
use super::session::{self, Location};
use super::settings::Settings;
use super::ui::Ui;
use crate::base::text::{list, some};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::clouds::Clouds;
use crate::kinds::schema::granting_owner;
use crate::model::address::Address;
use crate::model::stack::{CredentialsSource, DeclaredAccount, Stack};
use crate::model::value::Value;
use crate::plan::Plan;
use crate::state::{Loaded, State};

/// Accounts by name.
pub(super) type Declared = BTreeMap<String, DeclaredAccount>;

/// The names of the credentials that a run uses (`None` is the default chain), and of what the state knows under each.
#[derive(Debug, Default)]
pub(super) struct Uses(pub(super) BTreeMap<Option<String>, Option<Address>>);

impl Uses {
    /// What a stack and its state use.
    pub(super) fn of(stack: &Stack, loaded: &Loaded) -> Self {
        let mut uses = Self::default();
        let mut owners = BTreeSet::new();
        for resource in stack.resources.values() {
            uses.add(resource.account.as_ref());
            match resource.attributes.get("owner").and_then(Value::as_text) {
                Some(owner) if stack.accounts.contains_key(owner) => uses.add(Some(&owner.to_owned())),
                _ => owners.extend(granting_owner(&resource.attributes)),
            }
        }
        for entry in loaded.state.resources.values() {
            let deposed = entry.deposed.iter().map(|old| &old.attributes);
            owners.extend(deposed.chain([&entry.attributes]).filter_map(granting_owner));
        }
        // What an interrupted run has granted may be to be revoked.
        owners.extend(loaded.open.iter().filter_map(|intent| granting_owner(&intent.attributes)));
        for owner in owners {
            // An account says who it is only when it is asked, unless the stack does.
            let known = |account: &DeclaredAccount| account.id.as_deref() == Some(owner);
            let it = stack.accounts.iter().find(|(_, account)| known(account)).map(|(name, _)| name);
            it.map_or_else(|| stack.accounts.keys().collect(), |name| vec![name])
                .into_iter()
                .for_each(|name| uses.add(Some(name)));
        }
        uses.with_state(loaded).or_some(&stack.accounts)
    }

    /// What a saved plan and its state use.
    pub(super) fn of_plan(plan: &Plan, declared: &Declared, loaded: &Loaded) -> Self {
        let mut uses = Self::default();
        let used = plan.accounts.iter().filter(|(_, account)| account.account_id.is_some());
        used.for_each(|(name, _)| uses.add(Some(name)));
        plan.operations.iter().for_each(|operation| uses.add(operation.account.as_ref()));
        plan.records.iter().for_each(|entry| uses.add(entry.account.as_ref()));
        plan.existing.iter().for_each(|read| uses.add(read.account.as_ref()));
        uses.with_state(loaded).or_some(declared)
    }

    fn add(&mut self, name: Option<&String>) {
        self.0.entry(name.cloned()).or_default();
    }

    fn with_state(mut self, loaded: &Loaded) -> Self {
        let entries = loaded.state.resources.values().map(|entry| (&entry.account, &entry.address));
        let intents = loaded.open.iter().map(|intent| (&intent.account, &intent.address));
        for (name, address) in entries.chain(intents) {
            self.0.entry(name.clone()).or_default().get_or_insert_with(|| address.clone());
        }
        self
    }

    /// Where nothing uses any credentials, somebody has to be asked all the same.
    fn or_some(mut self, declared: &Declared) -> Self {
        if self.0.is_empty() {
            self.add(declared.keys().next());
        }
        self
    }

    /// What the state knows under names that are not declared any more.
    pub(super) fn undeclared(&self, names: &BTreeSet<String>) -> Vec<Diagnostic> {
        let missing = self.0.iter().filter_map(|(name, holder)| Some((name.as_ref()?, holder)));
        missing
            .filter(|(name, _)| !names.contains(*name))
            .map(|(name, holder)| {
                let what = holder.as_ref().map_or_else(|| "The plan".to_owned(), ToString::to_string);
                let detail = format!("{what} was made with the account {name}, which is not declared any more.");
                let told = Diagnostic::error(codes::UNRESOLVED, "An account is not declared any more", detail)
                    .help(format!("Declare {name} under accounts again, until nothing in the state uses it."));
                Diagnostic { address: holder.clone(), ..told }
            })
            .collect()
    }
}

/// The accounts of a saved plan, with the keys that the stack gives.
pub(super) fn of_plan(settings: &Settings, ui: &Ui, location: &Location, plan: &Plan) -> Result<Declared, Problems> {
    let used = plan.accounts.iter().filter(|(_, account)| account.account_id.is_some());
    let mut declared = Declared::new();
    let mut stack = None;
    for (name, account) in used {
        let source = match &account.profile {
            Some(profile) => CredentialsSource::Profile(profile.clone()),
            None if settings.emulator => continue,
            None => {
                if stack.is_none() {
                    stack = Some(session::load(settings, ui, &location.stack)?);
                }
                let accounts = stack.as_ref().map(|stack| &stack.accounts);
                let found = accounts.and_then(|accounts| accounts.get(name)).ok_or_else(|| {
                    let detail =
                        format!("The plan uses the account {name}, which the stack does not declare any more.");
                    Diagnostic::error(codes::STALE_PLAN, "The saved plan is stale", detail).help("Plan again.")
                })?;
                found.source.clone()
            }
        };
        declared.insert(name.clone(), DeclaredAccount { source, id: account.account_id.clone() });
    }
    Ok(declared)
}

/// An object with the name of its credentials and the id of its account.
type Member<'a> = (&'a Address, &'a Option<String>, &'a str);

/// Checks that a state belongs to these accounts.
pub(super) fn owns(clouds: &Clouds, what: &str, state: &State) -> Result<(), Problems> {
    let members = state.resources.values().map(|entry| (&entry.address, &entry.account, entry.account_id.as_str()));
    belongs(clouds, what, &state.account_id, members.collect(), state.emulator)
}

/// Checks that a plan is for these accounts.
pub(super) fn serves(clouds: &Clouds, what: &str, plan: &Plan) -> Result<(), Problems> {
    let records = plan.records.iter().map(|entry| (&entry.address, &entry.account, entry.account_id.as_str()));
    let operations = plan.operations.iter();
    let members = operations.map(|one| (&one.address, &one.account, one.account_id.as_str())).chain(records);
    belongs(clouds, what, &plan.account_id, members.collect(), plan.emulator)
}

fn belongs(
    clouds: &Clouds,
    what: &str,
    home: &str,
    mut members: Vec<Member<'_>>,
    emulator: bool,
) -> Result<(), Problems> {
    let here: BTreeSet<String> = clouds.ids().into_values().collect();
    let none = members.is_empty();
    members.retain(|(_, name, id)| clouds.id(name.as_deref()) != Some(id));
    // What every object of a state proves need not be proved again by where the state began.
    if !here.contains(home) && (none || !members.is_empty()) {
        let here: Vec<String> = here.into_iter().collect();
        let detail = format!("{what} belongs to the account {home}, and these credentials to {}.", list(&here));
        return Err(session::elsewhere(what, detail).into());
    }
    // Once an account is enough.
    let mut strays: BTreeMap<(&Option<String>, &str), Vec<&Address>> = BTreeMap::new();
    for (address, name, id) in members {
        strays.entry((name, id)).or_default().push(address);
    }
    if strays.is_empty() {
        return Ok(());
    }
    let stray = |((name, id), addresses): ((&Option<String>, &str), Vec<&Address>)| {
        let whose = name.as_ref().map_or("the default credentials".to_owned(), |name| format!("the account {name}"));
        let is = clouds.id(name.as_deref()).unwrap_or("nobody");
        let objects: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let detail = format!("{what} has {} in the account {id}, and {whose} turned out to be {is}.", some(&objects));
        let problem = session::elsewhere(what, detail);
        let numbered = "With --emulator, accounts are numbered by their sorted names: adding, renaming or taking away \
                        one under accounts moves those after it.";
        match &problem.help {
            Some(help) if emulator => Diagnostic { help: Some(format!("{help} {numbered}")), ..problem },
            _ => problem,
        }
    };
    Err(Problems { problems: strays.into_iter().map(stray).collect(), texts: BTreeMap::new() })
}
