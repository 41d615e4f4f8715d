//! What one deed of an operation does.

use tokio::time::{Instant, sleep};

use super::calls::{Answered, Call, CallError, NONE, Sent, acknowledged, created, not_done, send, wrote};
use super::context::{AGAIN, Context, growing, interrupted, ruling, scope, timeout, unwritable};
use super::converge::{Goal, became_replacement, converge, read};
use super::recover::provably_ours;
use super::waits::WaitError;
use super::{grants, preflight};
use crate::base::text::span;
use crate::cloud::error::{Class, CloudError};
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::driver::{At, Driver, New};
use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Change, Schema};
use crate::model::action::{Action, Deed};
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::value::{Attributes, Value};
use crate::plan::{Operation, Target, diff, natural_key, remembered};
use crate::refresh::batch::region_in;
use crate::state::journal::Wrote;
use crate::state::{Deposed, Entry, EntryStatus};

/// Does a deed. Gives the id of the object that it was about.
pub(super) async fn perform(cx: &Context<'_>, operation: &Operation, target: &Target) -> Result<String, Diagnostic> {
    match target.deed {
        Deed::Create => create(cx, operation).await,
        Deed::Update | Deed::Wait => update(cx, operation, target.deed).await,
        Deed::Delete => delete(cx, operation).await,
        Deed::Record => {
            // What else is recorded was so when the run began.
            if operation.action == Action::Forget {
                cx.ledger.remove(&operation.address).await.map_err(|error| unwritable(&error))?;
            }
            Ok(operation.id.clone().unwrap_or_default())
        }
    }
}

async fn create(cx: &Context<'_>, operation: &Operation) -> Result<String, Diagnostic> {
    let result = create_object(cx, operation).await;
    if operation.action != Action::Replace {
        return result;
    }
    // The old object is gone: say what is dark now, and how to go on (S14).
    result.map_err(|problem| {
        let detail = format!(
            "{} The old {} was deleted and the new one is not there: what it did is not done now.",
            problem.detail, operation.address
        );
        let again = "cenform apply on the stack again: it creates what is missing.";
        let help = match &problem.help {
            Some(help) => format!("{help} Then run {again}"),
            None => format!("Run {again}"),
        };
        Diagnostic { detail, ..problem }.help(help)
    })
}

async fn create_object(cx: &Context<'_>, operation: &Operation) -> Result<String, Diagnostic> {
    let kind = operation.address.kind;
    let driver = registry::driver(kind);
    let known = cx.known(operation)?;
    let deadline = Instant::now() + timeout(operation, Deed::Create, driver.schema());
    let new = New { region: operation.region.as_ref(), attributes: &known };
    let request = driver.create(&new);
    let call = Call {
        operation,
        deed: Deed::Create,
        request: &request,
        account: operation.account.as_deref(),
        id: None,
        creates: Some(&known),
        deadline,
        answers: NONE,
    };
    make_room(cx, operation, &known).await?;
    let old = cx.ledger.entry(&operation.address);
    if let Some(gone) = old.as_ref().filter(|_| operation.action == Action::Create) {
        grants::release(cx, operation, (&gone.id, &gone.attributes), Some(&known)).await?;
    }
    let grant = driver.grant(&new, &operation.account_id);
    if let Some(grant) = &grant {
        grants::give(cx, operation, grant, &known, deadline).await?;
    }
    let Created { id, request_id, number, answered } = match make(cx, &call, driver, &new).await {
        Ok(made) => made,
        Err(NotCreated::Unclear(problem)) => return Err(problem),
        Err(NotCreated::Refused(refusal)) => {
            let refused = problem(&refusal);
            let Some(grant) = grant else { return Err(refused) };
            return Err(match grants::withdraw(cx, operation, &grant).await {
                Ok(()) => refused,
                Err(stays) => with_what_stays(refused, &stays),
            });
        }
    };
    let creates_first = operation.action == Action::ReplaceCreateFirst;
    // What a replacement leaves behind until its own delete (S13).
    let deposed = old.clone().map_or_else(Vec::new, |old| {
        let itself = creates_first.then_some(Deposed { id: old.id, attributes: old.attributes, deleting: false });
        old.deposed.into_iter().chain(itself).collect()
    });
    let found = cx.found.get(&operation.address).map(|(intent, _)| &intent.attributes);
    let sent = found.unwrap_or(&known).clone();
    let mut entry = Entry { deposed, ..entry(operation, &id, EntryStatus::Creating, sent) };
    if let Some(sent) = found {
        // What was written then goes back to its default if it is left out now (S1).
        entry.owned.extend(diff::written(driver.schema(), sent));
    }
    let wrote = created(&operation.address, &id, &entry.attributes);
    if answered == Answered::Again && driver.schema().natural_key.is_empty() {
        // The service may have forgotten the token and made a second one: the intent stays open until that is known.
        cx.ledger.enter(entry.clone()).await.map_err(|error| unwritable(&error))?;
        cx.ledger.note(wrote).await.map_err(|error| unwritable(&error))?;
        cx.remember_resent(number);
    } else {
        acknowledged(cx, number, &request_id, Some(entry.clone()), Some(wrote)).await?;
    }
    if let Some(grant) = &grant {
        grants::hand_over(cx, grant).await?;
    }
    if let Some(other) = found.and_then(|sent| made_otherwise(driver.schema(), sent, &known)) {
        let detail = format!("An interrupted apply has made {} with another {other}.", operation.address);
        return Err(Diagnostic::error(codes::CANNOT_REPLACE, "It was made otherwise before", detail)
            .help("It is in the state now. Plan again: the new plan shows its replacement."));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let at_once = driver.page_size().is_none();
    let live = match cx.waits.settled(&scope(operation), &id, &known, at_once, left).await {
        Ok(live) => live,
        Err(error) => {
            let problem = wait_problem(operation, Deed::Create, &error);
            if error != WaitError::Vanished {
                return Err(problem);
            }
            return Err(vanished(cx, operation, &entry, old.filter(|_| creates_first), &request_id, problem).await?);
        }
    };
    let after = found.map(|sent| diff::with_what_was_sent(driver.schema(), sent, &live.attributes, &known));
    let after = after.as_ref().unwrap_or(&known);
    let goal = Goal { operation, deed: Deed::Create, after, created: found.is_none(), deadline };
    let live = converge(cx, &goal, live).await?;
    finish(cx, operation, &live, &known, entry.deposed).await?;
    cx.remember_made(&operation.address);
    Ok(id)
}

/// What an earlier replacement has left where the new object is to be goes before it comes (S13).
async fn make_room(cx: &Context<'_>, operation: &Operation, known: &Attributes) -> Result<(), Diagnostic> {
    let kind = operation.address.kind;
    let Some(place) = natural_key(kind, known) else { return Ok(()) };
    while let Some(entry) = cx.ledger.entry(&operation.address) {
        let in_the_way = |old: &Deposed| natural_key(kind, &old.attributes).as_ref() == Some(&place);
        let Some(at) = entry.deposed.iter().position(in_the_way) else { break };
        delete_left_over(cx, operation, entry, at, &Attributes::new(), Some(known)).await?;
    }
    Ok(())
}

/// Deletes the old object of an earlier replacement: that of the entry at this position. `said` is what the plan says of
/// it, `next` are the attributes of what comes after it.
async fn delete_left_over(
    cx: &Context<'_>,
    operation: &Operation,
    mut entry: Entry,
    at: usize,
    said: &Attributes,
    next: Option<&Attributes>,
) -> Result<(), Diagnostic> {
    let Some(old) = entry.deposed.get_mut(at) else { return Ok(()) };
    let begun = std::mem::replace(&mut old.deleting, true);
    let id = old.id.clone();
    let attributes = old.attributes.clone().into_iter().chain(said.clone()).collect();
    delete_object(cx, operation, (&id, &attributes), begun, entry.clone()).await?;
    grants::release(cx, operation, (&id, &attributes), next).await?;
    entry.deposed.remove(at);
    cx.ledger.enter(entry).await.map_err(|error| unwritable(&error))
}

/// What only a create sets, and was sent otherwise than it is wanted now.
fn made_otherwise(schema: &Schema, sent: &Attributes, wanted: &Attributes) -> Option<&'static str> {
    let differs = |attribute: &&Attribute| {
        let [sent, wanted] = [sent, wanted].map(|of| of.get(attribute.name).unwrap_or(&Value::Null));
        attribute.change == Change::Replace && !diff::same(&attribute.ty, sent, wanted)
    };
    schema.attributes.iter().find(differs).map(|attribute| attribute.name)
}

/// Why nothing was made.
enum NotCreated {
    /// The cloud refused it for good, or time ran out.
    Refused(CloudError),
    /// It is not known whether something was made, or nothing more may be sent.
    Unclear(Diagnostic),
}

/// What a create made.
struct Created {
    id: String,
    /// Empty where none is known.
    request_id: String,
    /// The number of the intent.
    number: u64,
    answered: Answered,
}

/// Sends a create until it is known what it made.
async fn make(cx: &Context<'_>, call: &Call<'_>, driver: &dyn Driver, new: &New<'_>) -> Result<Created, NotCreated> {
    // An interrupted run has sent it, and it had not shown itself when that run was looked into.
    if let Some((intent, object)) = cx.found.get(&call.operation.address) {
        let (id, number) = (object.id.clone(), intent.number);
        return Ok(Created { id, request_id: String::new(), number, answered: Answered::Only });
    }
    loop {
        let (error, request_id, number) = match send(cx, call).await {
            Ok(Sent::Answer(answer, number, answered)) => match driver.created(new, &answer) {
                Ok(id) => return Ok(Created { id, request_id: answer.request_id, number, answered }),
                Err(error) => (error, answer.request_id, number),
            },
            Ok(Sent::Look(error, number)) => (error, String::new(), number),
            Err(CallError::Cloud(error)) => return Err(NotCreated::Refused(error)),
            Err(CallError::Ended(problem)) => return Err(NotCreated::Unclear(problem)),
        };
        match look_up(cx, number).await.map_err(NotCreated::Unclear)? {
            Some(object) => return Ok(Created { id: object.id, request_id, number, answered: Answered::Only }),
            // It has left no trace and was not accepted in the end, or cannot have been: a new intent, if that helps (S24).
            None if is_absent(cx, number) && (!error.outcome_unknown() || !call.request.takes_token()) => {
                not_done(cx, number, &error).await.map_err(NotCreated::Unclear)?;
                let helps = error.outcome_unknown() || error.class() == Class::WaitForObject;
                if !helps || Instant::now() + AGAIN >= call.deadline {
                    return Err(NotCreated::Refused(error));
                }
                sleep(AGAIN).await;
            }
            None => return Err(NotCreated::Unclear(outcome_unknown(call.operation.address.kind, &error))),
        }
    }
}

/// A create whose outcome is unknown: the object is looked up by its natural key (S25) until the
/// settle window has passed, in which it may not show itself yet (S6).
async fn look_up(cx: &Context<'_>, number: u64) -> Result<Option<Object>, Diagnostic> {
    let Some(intent) = cx.ledger.intent(number) else { return Ok(None) };
    let begun = Instant::now();
    loop {
        let found =
            provably_ours(cx.clouds, &cx.ledger.doubts(cx.tell), &intent).await.map_err(|error| problem(&error))?;
        if found.is_some() || !intent.absent || begun.elapsed() >= cx.settle_window {
            return Ok(found);
        }
        // The intent stays open, and the next run looks on.
        if cx.stopped_within(growing(begun.elapsed())).await {
            return Err(interrupted());
        }
    }
}

/// Whether the place of a create was free before, so that finding nothing there means something.
fn is_absent(cx: &Context<'_>, number: u64) -> bool {
    cx.ledger.intent(number).is_some_and(|intent| intent.absent)
}

fn outcome_unknown(kind: Kind, error: &CloudError) -> Diagnostic {
    Diagnostic::error(
        codes::OUTCOME_UNKNOWN,
        "Nobody knows whether it was created",
        format!("{error}. No {} that is certainly this one was found afterwards.", kind.spoken()),
    )
    .help("Apply again: the first thing it does is to find out.")
}

/// A new object is gone, and so is its entry; the object that it was to follow is the one that counts again (S8).
async fn vanished(
    cx: &Context<'_>,
    operation: &Operation,
    entry: &Entry,
    old: Option<Entry>,
    request_id: &str,
    problem: Diagnostic,
) -> Result<Diagnostic, Diagnostic> {
    let told = if request_id.is_empty() { String::new() } else { format!(" (RequestId {request_id})") };
    let problem = Diagnostic { detail: format!("{}{told}.", problem.detail.trim_end_matches('.')), ..problem };
    // Without a predecessor, the entry stays for what else hangs on it.
    if old.is_some() || entry.deposed.is_empty() {
        let released = grants::release(cx, operation, (&entry.id, &entry.attributes), None).await;
        if let Err(stays) = released {
            return Err(with_what_stays(problem, &stays));
        }
    }
    let forgotten = match old {
        Some(old) => cx.ledger.enter(old).await,
        None if !entry.deposed.is_empty() => Ok(()),
        None => cx.ledger.remove(&entry.address).await,
    };
    forgotten.map_err(|error| unwritable(&error))?;
    Ok(problem)
}

/// A problem with an object whose grant could not be revoked either.
fn with_what_stays(problem: Diagnostic, stays: &Diagnostic) -> Diagnostic {
    let detail = format!("{} What was granted for it stays: {}", problem.detail, stays.detail);
    Diagnostic { detail, ..problem }
}

async fn update(cx: &Context<'_>, operation: &Operation, deed: Deed) -> Result<String, Diagnostic> {
    let kind = operation.address.kind;
    let schema = registry::schema(kind);
    let deadline = Instant::now() + timeout(operation, deed, schema);
    let after = cx.known(operation)?;
    let refreshed = cx.live.get(&operation.address).and_then(Option::as_ref);
    let Some(mut live) = refreshed.cloned() else {
        return Err(Diagnostic::error(
            codes::CLOUD,
            "The object is gone",
            format!("{} was there when the plan was made, and is not any more.", operation.address),
        )
        .help("Plan again to see what is left to do."));
    };
    if schema.whole_object_update {
        live = read(cx, operation, &live).await?;
    }
    if let Some(attribute) = became_replacement(operation, &after, &live.attributes) {
        return Err(Diagnostic::error(
            codes::CANNOT_REPLACE,
            "The update turned out to be a replacement",
            format!("{attribute} was not known when the plan was made, and its value replaces {}.", operation.address),
        )
        .help("Plan again: what is known now shows the replacement, and nothing was sent for this one."));
    }
    if deed == Deed::Wait && !live.settled {
        let left = deadline.saturating_duration_since(Instant::now());
        live = match cx.waits.settled(&scope(operation), &live.id, &live.attributes, false, left).await {
            Ok(live) => live,
            Err(error) => {
                let problem = wait_problem(operation, deed, &error);
                if error != WaitError::Vanished {
                    return Err(problem);
                }
                let entry = cx.ledger.entry(&operation.address);
                let entry = entry.unwrap_or_else(|| self::entry(operation, &live.id, EntryStatus::Creating, after));
                return Err(vanished(cx, operation, &entry, None, "", problem).await?);
            }
        };
    }
    own(cx, operation).await?;
    let goal = Goal { operation, deed, after: &after, created: false, deadline };
    let live = converge(cx, &goal, live).await?;
    let deposed = cx.ledger.entry(&operation.address).map_or_else(Vec::new, |entry| entry.deposed);
    finish(cx, operation, &live, &after, deposed).await?;
    Ok(live.id)
}

/// Owns what is about to be set, before it is: a run that never hears of it leaves it to the next to take back (S1). A
/// delete that has not taken effect is over: what is on its way from now on is so because of the update.
async fn own(cx: &Context<'_>, operation: &Operation) -> Result<(), Diagnostic> {
    let Some(entry) = cx.ledger.entry(&operation.address) else { return Ok(()) };
    let mut begun = entry.clone();
    begun.owned.extend(operation.owned.iter().cloned());
    if begun.status == EntryStatus::Deleting {
        begun.status = EntryStatus::Settled;
    }
    if begun == entry { Ok(()) } else { cx.ledger.enter(begun).await.map_err(|error| unwritable(&error)) }
}

async fn delete(cx: &Context<'_>, operation: &Operation) -> Result<String, Diagnostic> {
    let address = &operation.address;
    let id = operation.id.clone().unwrap_or_default();
    if operation.action == Action::Replace {
        // What is begun here ends only when these are there again (S14).
        preflight::can_be_created(cx, std::iter::once(operation).chain(cx.followers(operation))).await?;
    }
    let next = if operation.action.creates() { cx.known(operation).ok() } else { None };
    // What was planned of the object that is to go is newer than what is remembered.
    let known = |attributes: &Attributes| -> Attributes {
        attributes.clone().into_iter().chain(operation.before.clone()).collect()
    };
    let itself = cx.ledger.entry(address).filter(|entry| entry.id == id);
    if let Some(entry) = itself.clone() {
        let begun = entry.status == EntryStatus::Deleting;
        let attributes = known(&entry.attributes);
        let deleting = Entry { status: EntryStatus::Deleting, ..entry };
        delete_object(cx, operation, (&id, &attributes), begun, deleting).await?;
    }
    // The old objects of replacements go with the one that they were replaced by, or by themselves.
    while let Some(entry) = cx.ledger.entry(address) {
        let Some(old) = entry.deposed.first() else { break };
        let said = if old.id == id { operation.before.clone() } else { Attributes::new() };
        delete_left_over(cx, operation, entry, 0, &said, next.as_ref()).await?;
    }
    if let Some(entry) = itself {
        grants::release(cx, operation, (&id, &known(&entry.attributes)), next.as_ref()).await?;
        cx.ledger.remove(address).await.map_err(|error| unwritable(&error))?;
    }
    Ok(id)
}

/// Deletes one object and waits until it is gone. `begun`: a run has done so and has not seen it gone; `deleting` is the
/// entry that says so.
async fn delete_object(
    cx: &Context<'_>,
    operation: &Operation,
    (id, attributes): (&str, &Attributes),
    begun: bool,
    deleting: Entry,
) -> Result<(), Diagnostic> {
    let driver = registry::driver(operation.address.kind);
    // It is where it was made, which need not be where its successor will be.
    let region = region_in(attributes).or_else(|| operation.region.clone());
    let operation = &Operation { region, ..operation.clone() };
    let deadline = Instant::now() + timeout(operation, Deed::Delete, driver.schema());
    let at = At { id, region: operation.region.as_ref(), attributes };
    // An earlier run's delete that is still under way is only waited for (S26).
    if !(begun && is_going(cx, operation, &at).await?) {
        let request = driver.delete(&at);
        let call = Call {
            operation,
            deed: Deed::Delete,
            request: &request,
            account: operation.account.as_deref(),
            id: Some(id),
            creates: None,
            deadline,
            answers: NONE,
        };
        send_delete(cx, &call, &at, deleting).await?;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let at_once = driver.page_size().is_none();
    cx.waits
        .gone(&scope(operation), id, attributes, at_once, left)
        .await
        .map_err(|error| wait_problem(operation, Deed::Delete, &error))
}

/// Sends a delete until it is known to have taken effect.
async fn send_delete(cx: &Context<'_>, call: &Call<'_>, at: &At<'_>, deleting: Entry) -> Result<(), Diagnostic> {
    let key = registry::schema(call.operation.address.kind).natural_key;
    let gone = Wrote { gone: true, ..wrote(&call.operation.address, at.id, at.attributes, key.iter().copied()) };
    loop {
        match send(cx, call).await {
            Ok(Sent::Answer(answer, number, _)) => {
                return acknowledged(cx, number, &answer.request_id, Some(deleting), Some(gone)).await;
            }
            // A look tells whether it took effect; if not, it is sent once more (S24).
            Ok(Sent::Look(error, number)) => {
                if is_going(cx, call.operation, at).await? {
                    let request_id = error.request_id().unwrap_or_default();
                    return acknowledged(cx, number, request_id, Some(deleting), Some(gone)).await;
                }
                not_done(cx, number, &error).await?;
                if Instant::now() + AGAIN >= call.deadline {
                    return Err(problem(&error));
                }
                sleep(AGAIN).await;
            }
            // Some codes mean a missing store as well as a missing object: only a read tells (cloud-api 5.4).
            Err(CallError::Cloud(error)) if error.is_not_found() && is_going(cx, call.operation, at).await? => {
                return cx.ledger.note(gone).await.map_err(|error| unwritable(&error));
            }
            Err(CallError::Cloud(error)) => return Err(problem(&error)),
            Err(CallError::Ended(problem)) => return Err(problem),
        }
    }
}

/// Whether an object is on its way out, or gone. Where a kind has no status, it is there or gone.
async fn is_going(cx: &Context<'_>, operation: &Operation, at: &At<'_>) -> Result<bool, Diagnostic> {
    let live = cx.clouds.read(operation.address.kind, operation.account.as_deref(), at).await;
    Ok(live.map_err(|error| problem(&error))?.is_none_or(|object| !object.settled))
}

/// Records an object that has come to rest.
async fn finish(
    cx: &Context<'_>,
    operation: &Operation,
    live: &Object,
    known: &Attributes,
    deposed: Vec<Deposed>,
) -> Result<(), Diagnostic> {
    let entry = Entry { deposed, ..entry(operation, &live.id, EntryStatus::Settled, remembered(live, known)) };
    cx.publish(&entry);
    cx.ledger.enter(entry).await.map_err(|error| unwritable(&error))
}

fn entry(operation: &Operation, id: &str, status: EntryStatus, attributes: Attributes) -> Entry {
    Entry {
        address: operation.address.clone(),
        kind: operation.address.kind,
        id: id.to_owned(),
        account_id: operation.account_id.clone(),
        account: operation.account.clone(),
        region: operation.region.clone(),
        schema_version: operation.address.kind.schema_version(),
        status,
        protected: operation.protected,
        owned: operation.owned.clone(),
        attributes,
        dependencies: operation.dependencies.clone(),
        deposed: Vec::new(),
    }
}

/// A wait that ended badly, as a problem with what to do. `deed` is what was waited for.
pub(super) fn wait_problem(operation: &Operation, deed: Deed, error: &WaitError) -> Diagnostic {
    match error {
        WaitError::TimedOut => out_of_time(operation, deed),
        WaitError::Vanished => Diagnostic::error(codes::CLOUD, "It failed in the background", format!("{error}."))
            .help("Look into the console's event log with the RequestId, then apply again."),
        WaitError::Broken => Diagnostic::error(codes::INTERNAL, "Waiting for it has ended early", format!("{error}."))
            .help("The object is kept in the state as it is. Apply again: it goes on waiting."),
        WaitError::Interrupted => interrupted(),
        WaitError::Cloud(source) => problem(source),
    }
}

/// How long it was waited, and what says so; the next apply goes on waiting (S26).
fn out_of_time(operation: &Operation, deed: Deed) -> Diagnostic {
    let kind = operation.address.kind;
    let ruling = ruling(deed);
    let waited = span(timeout(operation, deed, registry::schema(kind)));
    let seen = if deed == Deed::Delete { "was still there" } else { "had not settled" };
    let says = if operation.timeouts.contains_key(&ruling) {
        format!("its timeouts: {{ {ruling}: … }} says so")
    } else {
        format!("a {} has so long, where timeouts: {{ {ruling}: … }} says nothing else", kind.spoken())
    };
    Diagnostic::error(
        codes::TIMEOUT,
        "It took too long",
        format!("{} {seen} after {waited}; {says}.", operation.address),
    )
    .help("It is kept in the state as it is. Apply again: it goes on waiting.")
}
