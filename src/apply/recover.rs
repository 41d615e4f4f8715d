//! Settles what an interrupted run left open (S25). It looks things up and executes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::calls::{created, wrote};
use super::grants;
use super::make::Reads;
use super::question::{Question, Unanswered};
use crate::base::clock::Clock;
use crate::cloud::error::CloudError;
use crate::kinds::clouds::Clouds;
use crate::kinds::driver::New;
use crate::kinds::registry;
use crate::kinds::schema::Change;
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::model::event::Lag;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::stack::{Existing, Provider, Resource, Stack};
use crate::model::value::{Attributes, Value};
use crate::plan::{Moves, Operation, Plan, diff, referents, remembered};
use crate::refresh::Doubts;
use crate::refresh::batch::{Scope, read_each};
use crate::refresh::doubt::Patience;
use crate::state::journal::{Intent, Outcome, Record, Wrote};
use crate::state::{Deposed, Entry, EntryStatus, Loaded, Lock, State, StateError};

/// The clock of the cloud and ours may differ by this much.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// A state in which every open intent is settled, or can be by sending its token again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recovered {
    /// The state, with what was found.
    pub loaded: Loaded,
    /// How many operations were recovered.
    pub count: usize,
    /// What was found out, as the journal of the run will have it: it is not to be found out again.
    pub news: Vec<Record>,
    /// Intents whose token may be sent again, if the new plan wants the same (S24), and of grants, whether the object
    /// that they were for is there or not: the run either makes it or revokes them.
    pub reusable: Vec<Intent>,
    /// Creates that left no trace. What takes their place after all is no stranger's, if it is provably theirs (S6).
    pub missing: Vec<Intent>,
    /// What only a person can answer.
    pub questions: Vec<Question>,
    /// Of the reusable: what only a person can answer, unless the new plan sends the token again.
    pub doubts: Vec<Question>,
}

impl Recovered {
    /// Closes the questions that the stack answers, by importing one of the candidates or declaring it as existing.
    pub(super) fn heed(&mut self, stack: &Stack) {
        let declares =
            |resource: &Resource, id: &String| matches!(&resource.existing, Some(Existing::Id(own)) if own == id);
        let answered = |question: &Question| {
            let Question { intent: Intent { address, .. }, candidates, successor } = question;
            if successor.is_none() {
                let imported = stack.imports.get(address).and_then(Option::as_ref);
                if imported.is_some_and(|id| candidates.contains(id)) {
                    return true;
                }
                let declared = stack.resources.get(address);
                return declared.is_some_and(|resource| candidates.iter().any(|id| declares(resource, id)));
            }
            // Beside the one that is at the address, each of them has to be told what it is.
            let same_kind = || stack.resources.values().filter(|resource| resource.address.kind == address.kind);
            candidates.iter().all(|id| same_kind().any(|resource| declares(resource, id)))
        };
        let closed: BTreeSet<u64> = self
            .questions
            .extract_if(.., |question| answered(question))
            .chain(self.doubts.extract_if(.., |doubt| answered(doubt)))
            .map(|question| question.intent.number)
            .collect();
        self.news.extend(closed.iter().map(|number| closed_by_a_look(*number, false)));
        self.reusable.retain(|intent| !closed.contains(&intent.number));
        self.count += closed.len();
    }

    /// The addresses of the calls whose outcome is still to be settled.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        let Self { reusable, missing, doubts, .. } = self;
        reusable.iter().chain(missing).chain(doubts.iter().map(|doubt| &doubt.intent)).map(|intent| &intent.address)
    }

    /// Makes these moves: what a call may have made under an old address is made for the new one (S19).
    pub(super) fn follow(&mut self, moves: &Moves) {
        let Self { loaded, news, reusable, missing, doubts, .. } = self;
        for (from, to) in moves {
            loaded.move_entry(from, to);
            news.push(Record::Moved { from: from.clone(), to: to.clone() });
        }
        let doubted = doubts.iter_mut().map(|doubt| &mut doubt.intent);
        for intent in reusable.iter_mut().chain(missing).chain(doubted) {
            if let Some(to) = moves.get(&intent.address) {
                intent.address.clone_from(to);
            }
        }
    }

    /// What was found out counts as written now, while the window lasts (S6).
    fn remember(&mut self, wrote: Wrote, now: Timestamp, window: Duration) {
        if !window.is_zero() {
            let wrote = Wrote { at: now.to_string(), ..wrote };
            self.loaded.recent.push(wrote.clone());
            self.news.push(Record::Wrote(wrote));
        }
    }

    /// The doubts that the plan does not settle by sending the very same create again.
    pub(super) fn unsettled(&self, plan: &Plan) -> Vec<&Question> {
        let sends_again = |intent: &Intent| {
            plan.operations.iter().any(|operation| {
                let Operation { address, action, region, after, .. } = operation;
                *address == intent.address && action.creates() && !after.values().any(Value::has_unknown) && {
                    let new = New { region: region.as_ref(), attributes: after };
                    registry::driver(address.kind).create(&new).digest() == intent.digest
                }
            })
        };
        self.doubts.iter().filter(|doubt| !sends_again(&doubt.intent)).collect()
    }
}

/// Writes down what was recovered, where nothing else will be done.
pub(super) async fn record(lock: &dyn Lock, recovered: &Recovered) -> Result<(), StateError> {
    let state = &recovered.loaded.state;
    let next = State { serial: state.serial + 1, ..state.clone() };
    lock.commit(&next, state.serial, &recovered.reusable, &recovered.loaded.recent).await
}

/// Looks every open intent up. What is not there is looked for until the settle window of its create is over (S6).
pub(super) async fn recover(
    Reads { clouds, tell, .. }: Reads<'_>,
    loaded: Loaded,
    clock: &dyn Clock,
    provider: &Provider,
) -> Result<Recovered, Unanswered> {
    let settle_window = provider.settle_window(loaded.state.emulator);
    let (now, begun) = (clock.now(), Instant::now());
    let doubts = Doubts::new(&loaded, now, provider, tell);
    let mut recovered = Recovered {
        loaded,
        count: 0,
        news: Vec::new(),
        reusable: Vec::new(),
        missing: Vec::new(),
        questions: Vec::new(),
        doubts: Vec::new(),
    };
    // Intents come in the order in which they were sent: of several for one address, the last is what was wanted.
    let mut found_again = BTreeSet::new();
    let mut changed = BTreeSet::new();
    for intent in std::mem::take(&mut recovered.loaded.open) {
        if grants::of_intent(clouds, &intent).is_some() {
            recovered.count += 1;
            recovered.reusable.push(intent);
            continue;
        }
        // Updates and deletes show their outcome in the refresh; only a create can be unknown to it.
        if intent.deed != Deed::Create || intent.id.is_some() {
            if may_be_going(&mut recovered.loaded.state, &intent) {
                changed.insert(intent.address.clone());
            }
            recovered.count += 1;
            recovered.news.push(closed_by_a_look(intent.number, false));
            // No list is believed about it for a while. What may be gone by now is marked in the state instead.
            if let Some(id) = intent.id.as_ref().filter(|_| intent.deed != Deed::Delete) {
                recovered.remember(
                    wrote(&intent.address, id, &Attributes::new(), std::iter::empty()),
                    now,
                    settle_window,
                );
            }
            continue;
        }
        let since = intent.at.parse::<Timestamp>().ok();
        // One that seems to lie ahead of us, by a clock that differs, has just been sent.
        let age = since.map_or(Duration::MAX, |since| now.duration_since(since).try_into().unwrap_or_default());
        let successor = successor(&recovered.loaded.state, &intent);
        let again = intent.token.is_some() && age < provider.token_window && successor.is_none();
        let doubted_until = begun
            + if successor.is_some() {
                // Its token was sent again, nobody knows when.
                settle_window
            } else {
                settle_window.saturating_sub(age)
            };
        let unanswered = |source| Unanswered { intent: intent.clone(), source };
        let mut ours = unheld(clouds, &doubts, &recovered.loaded.state, &intent).await.map_err(unanswered)?;
        let mut patience = Patience::since(begun, tell);
        while ours.is_empty() && Instant::now() < doubted_until {
            let lag = || Lag::Interrupted { address: intent.address.clone() };
            sleep(patience.pause(doubted_until.saturating_duration_since(Instant::now()), lag)).await;
            ours = unheld(clouds, &doubts, &recovered.loaded.state, &intent).await.map_err(unanswered)?;
        }
        match (ours.as_slice(), intent.absent) {
            ([], _) => {
                recovered.count += 1;
                recovered.missing.push(intent.clone());
                if again {
                    recovered.reusable.push(intent);
                } else {
                    recovered.news.push(closed_by_a_look(intent.number, false));
                }
            }
            ([object], true) => {
                let account_id = clouds.id(intent.account.as_deref()).unwrap_or_default();
                let follows_found = found_again.contains(&intent.address);
                let entry = recorded(&intent, object, account_id, &recovered.loaded.state, follows_found);
                // That it is there is known from now on, whatever a read says that lags behind.
                recovered.remember(created(&intent.address, &object.id, &intent.attributes), now, settle_window);
                if entry.id == object.id {
                    found_again.insert(intent.address.clone());
                }
                recovered.loaded.state.resources.insert(intent.address.clone(), entry);
                recovered.count += 1;
                recovered.news.push(closed_by_a_look(intent.number, true));
                changed.insert(intent.address);
            }
            (several, _) => {
                let candidates = several.iter().map(|object| object.id.clone()).collect();
                let question = Question { intent, candidates, successor };
                if again {
                    recovered.reusable.push(question.intent.clone());
                    recovered.doubts.push(question);
                } else {
                    recovered.questions.push(question);
                }
            }
        }
    }
    for address in found_again {
        let dependencies = held(&recovered.loaded.state, &address);
        if let Some(entry) = recovered.loaded.state.resources.get_mut(&address) {
            entry.dependencies.extend(dependencies);
        }
    }
    let entries = changed.iter().filter_map(|address| recovered.loaded.state.resources.get(address).cloned());
    recovered.news.extend(entries.map(|entry| Record::Entry(Box::new(entry))));
    Ok(recovered)
}

/// An intent is closed by what was found; `done` says whether that is what it was to make.
const fn closed_by_a_look(number: u64, done: bool) -> Record {
    Record::Outcome(Outcome { number, acknowledged: done, request_id: String::new(), code: None })
}

/// A delete whose outcome is unknown is one that is under way, if the refresh shows the object on its way out; otherwise
/// it has not taken effect (S26). Gives whether the state has changed.
fn may_be_going(state: &mut State, intent: &Intent) -> bool {
    let Some(entry) = state.resources.get_mut(&intent.address).filter(|_| intent.deed == Deed::Delete) else {
        return false;
    };
    if intent.id.as_ref() == Some(&entry.id) {
        entry.status = EntryStatus::Deleting;
        return true;
    }
    let old = entry.deposed.iter_mut().find(|old| intent.id.as_ref() == Some(&old.id));
    old.map(|old| old.deleting = true).is_some()
}

/// What the state has at the address of a create, unless it is what that was to follow.
pub(super) fn successor(state: &State, intent: &Intent) -> Option<String> {
    let entry = state.resources.get(&intent.address)?;
    (intent.replaces.as_ref() != Some(&entry.id)).then(|| entry.id.clone())
}

/// What an entry must not outlive, as its references say (S12).
fn held(state: &State, address: &Address) -> BTreeSet<Address> {
    state.resources.get(address).map_or_else(BTreeSet::new, |entry| referents(state, entry.kind, &entry.attributes))
}

/// The entry of an object that an interrupted run created. What the YAML owned then is in the
/// attributes that were sent; the next plan records the rest.
///
/// `follows_found`: the entry of the state comes from an older intent, not from the journal.
fn recorded(intent: &Intent, object: &Object, account_id: &str, state: &State, follows_found: bool) -> Entry {
    let attributes = remembered(object, &intent.attributes);
    let mut deposed = Vec::new();
    if let Some(entry) = state.resources.get(&intent.address) {
        if entry.id == object.id || entry.deposed.iter().any(|old| old.id == object.id) {
            return entry.clone();
        }
        deposed.clone_from(&entry.deposed);
        if !follows_found && intent.replaces.as_ref() != Some(&entry.id) {
            // A later run has made the entry: what this one made is not wanted any more, and is ours to delete.
            deposed.push(Deposed { id: object.id.clone(), attributes, deleting: false });
            return Entry { deposed, ..entry.clone() };
        }
        // The old object of a replacement that creates first is still there and waits for its own delete (S13).
        let deleting = entry.status == EntryStatus::Deleting;
        deposed.push(Deposed { id: entry.id.clone(), attributes: entry.attributes.clone(), deleting });
    }
    Entry {
        address: intent.address.clone(),
        kind: intent.address.kind,
        id: object.id.clone(),
        account_id: account_id.to_owned(),
        account: intent.account.clone(),
        region: intent.region.clone(),
        schema_version: intent.address.kind.schema_version(),
        status: if object.settled { EntryStatus::Settled } else { EntryStatus::Creating },
        protected: false,
        owned: diff::written(registry::schema(intent.address.kind), &intent.attributes),
        attributes,
        dependencies: BTreeSet::new(),
        deposed,
    }
}

/// The one object that a create must have made, if there is exactly one and its place was free before.
pub(super) async fn provably_ours(
    clouds: &Clouds,
    doubts: &Doubts<'_>,
    intent: &Intent,
) -> Result<Option<Object>, CloudError> {
    if !intent.absent {
        return Ok(None);
    }
    let mut ours = possible(clouds, doubts, intent).await?;
    Ok(if ours.len() == 1 { ours.pop() } else { None })
}

/// The objects that a create can have made and that the state does not have.
async fn unheld(
    clouds: &Clouds,
    doubts: &Doubts<'_>,
    state: &State,
    intent: &Intent,
) -> Result<Vec<Object>, CloudError> {
    let mut ours = possible(clouds, doubts, intent).await?;
    ours.retain(|object| !is_recorded(clouds, state, intent, object));
    Ok(ours)
}

/// Whether the state has an object already, be it that of another resource or what a later create has made for this one.
pub(super) fn is_recorded(clouds: &Clouds, state: &State, intent: &Intent, object: &Object) -> bool {
    state.resources.values().any(|entry| holds(entry, clouds, intent, object))
}

/// Whether an entry has an object of the kind and scope of a create.
pub(super) fn holds(entry: &Entry, clouds: &Clouds, intent: &Intent, object: &Object) -> bool {
    let mut ids = entry.deposed.iter().map(|old| &old.id).chain([&entry.id]);
    entry.kind == intent.address.kind
        && Some(entry.account_id.as_str()) == clouds.id(intent.account.as_deref())
        && entry.region == intent.region
        && ids.any(|id| *id == object.id)
}

/// The objects that a create can have made. A list may still show one that is gone: only a look by exact id is believed
/// (S6).
pub(super) async fn possible(clouds: &Clouds, doubts: &Doubts<'_>, intent: &Intent) -> Result<Vec<Object>, CloudError> {
    let Intent { address, account, region, attributes, .. } = intent;
    let since = intent.at.parse::<Timestamp>().ok();
    let listed = candidates(clouds, address, account.as_deref(), region.as_ref(), attributes).await?;
    let listed: Vec<Object> =
        listed.into_iter().filter(|object| could_be(object, address, attributes, since)).collect();
    let scope = Scope { kind: address.kind, account: account.clone(), region: region.clone() };
    let wanted = listed.iter().map(|object| (object.id.as_str(), &object.attributes));
    let mut shown: BTreeMap<_, _> = read_each(clouds, &scope, wanted).await?.into_iter().collect();
    let found = listed.iter().filter_map(|object| shown.remove(&object.id)?).collect();
    doubts.without_gone(clouds, &scope, found).await
}

/// The objects with the natural key of what was sent; of a kind without one, those with its name.
async fn candidates(
    clouds: &Clouds,
    address: &Address,
    account: Option<&str>,
    region: Option<&Region>,
    sent: &Attributes,
) -> Result<Vec<Object>, CloudError> {
    let key = registry::schema(address.kind).natural_key;
    let names: &[&str] = if key.is_empty() { &["name"] } else { key };
    let wanted: Attributes = sent
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()) || *name == "type")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    clouds.find(address.kind, account, region, &wanted).await
}

/// Whether an object can be the result of a create: made since then, and equal in what only a create sets.
fn could_be(object: &Object, address: &Address, sent: &Attributes, since: Option<Timestamp>) -> bool {
    let created = object.created.parse::<Timestamp>().ok();
    let in_time = match (since, created) {
        (Some(since), Some(created)) => since.checked_sub(CLOCK_MARGIN).is_ok_and(|earliest| created >= earliest),
        _ => true,
    };
    let schema = registry::schema(address.kind);
    in_time
        && schema.attributes.iter().filter(|attribute| attribute.change == Change::Replace).all(|attribute| {
            match (sent.get(attribute.name), object.attributes.get(attribute.name)) {
                (Some(sent), Some(shown)) => diff::same(&attribute.ty, sent, shown),
                _ => true,
            }
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::state::samples;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    fn entry(address: &str, id: &str, known: &[(&str, &str)]) -> Entry {
        Entry { attributes: attributes(known), ..samples::entry(address, id) }
    }

    fn loaded(entries: impl IntoIterator<Item = Entry>) -> Loaded {
        let resources = entries.into_iter().map(|entry| (entry.address.clone(), entry)).collect();
        Loaded { state: State { resources, ..State::default() }, interrupted: true, ..Loaded::default() }
    }

    fn intent(address: &str) -> Intent {
        Intent {
            number: 1,
            address: address.parse().unwrap(),
            deed: Deed::Create,
            call: "Create".to_owned(),
            token: None,
            digest: String::new(),
            at: "2026-11-22T10:15:00Z".to_owned(),
            id: None,
            absent: true,
            replaces: None,
            account: None,
            region: None,
            attributes: Attributes::new(),
        }
    }

    fn object(id: &str, known: &[(&str, &str)]) -> Object {
        Object {
            id: id.to_owned(),
            status: "Active".to_owned(),
            settled: true,
            attributes: attributes(known),
            created: String::new(),
        }
    }

    #[test]
    fn the_old_object_of_a_replacement_is_kept_for_its_delete() {
        let before = loaded([entry("flow_log.app", "flowlog-old", &[("name", "a")])]);
        let record = |id: &str, replaces: Option<&str>, follows_found| {
            let intent = Intent { replaces: replaces.map(str::to_owned), ..intent("flow_log.app") };
            recorded(&intent, &object(id, &[]), "1000000000000002", &before.state, follows_found)
        };
        let found = record("flowlog-new", Some("flowlog-old"), false);
        assert_eq!((found.id.as_str(), found.account_id.as_str()), ("flowlog-new", "1000000000000002"));
        assert_eq!(
            found.deposed,
            [Deposed { id: "flowlog-old".to_owned(), attributes: attributes(&[("name", "a")]), deleting: false }]
        );
        assert_eq!(
            record("flowlog-new", None, true).id,
            "flowlog-new",
            "the last of several intents is what was wanted"
        );
        let known = record("flowlog-old", None, false);
        assert_eq!(Some(&known), before.state.resources.values().next(), "what the journal recorded is not undone");
        let late = record("flowlog-new", None, false);
        assert_eq!((late.id.as_str(), late.deposed[0].id.as_str()), ("flowlog-old", "flowlog-new"));
    }

    #[test]
    fn what_was_recovered_depends_on_what_it_refers_to() {
        let loaded = loaded([
            entry("transit_router.hz", "tr-1", &[]),
            entry("log_project.p", "netflow", &[]),
            entry("logstore.l", "netflow/tr", &[("project", "netflow")]),
            entry("flow_log.app", "flowlog-1", &[("transit_router", "tr-1"), ("logstore", "netflow/tr")]),
        ]);
        let of = |address: &str| -> Vec<String> {
            held(&loaded.state, &address.parse().unwrap()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("flow_log.app"), ["transit_router.hz", "logstore.l"]);
        assert_eq!(of("logstore.l"), ["log_project.p"]);
        assert!(of("transit_router.hz").is_empty());
    }

    #[test]
    fn importing_a_candidate_or_declaring_it_as_existing_answers_the_question() {
        let question = Question {
            intent: intent("cen.c"),
            candidates: vec!["cen-1".to_owned(), "cen-2".to_owned()],
            successor: None,
        };
        let cases = [("cen-2", false, true), ("cen-3", false, false), ("cen-2", true, true), ("cen-3", true, false)];
        for (id, imported, answered) in cases {
            let mut recovered = Recovered {
                loaded: loaded([]),
                count: 0,
                news: Vec::new(),
                reusable: Vec::new(),
                missing: Vec::new(),
                questions: vec![question.clone()],
                doubts: Vec::new(),
            };
            let resource = Resource {
                address: "cen.c".parse().unwrap(),
                region: None,
                account: None,
                existing: (!imported).then(|| Existing::Id(id.to_owned())),
                attributes: Attributes::new(),
                owned: BTreeSet::new(),
                references: Vec::new(),
                depends_on: BTreeSet::new(),
                lifecycle: crate::model::stack::Lifecycle::default(),
                timeouts: crate::model::stack::Timeouts::default(),
            };
            let resources = BTreeMap::from([(resource.address.clone(), resource)]);
            let imports = resources.keys().filter(|_| imported).map(|to| (to.clone(), Some(id.to_owned()))).collect();
            let stack = Stack { resources, imports, ..Stack::default() };
            let mut doubtful = Recovered {
                reusable: vec![question.intent.clone()],
                doubts: recovered.questions.clone(),
                questions: Vec::new(),
                ..recovered.clone()
            };
            recovered.heed(&stack);
            doubtful.heed(&stack);
            assert_eq!((recovered.questions.is_empty(), recovered.count), (answered, usize::from(answered)), "{id}");
            assert_eq!((doubtful.doubts.is_empty(), doubtful.reusable.is_empty()), (answered, answered), "{id}");
        }
    }
}
