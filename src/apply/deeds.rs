//! What one deed of an operation does.

use tokio::time::Instant;

use super::calls::{Call, CallError, Sent, acknowledged, send};
use super::context::{Context, scope, timeout, unwritable};
use super::converge::{Goal, became_replacement, converge, read};
use super::preflight;
use super::recover::provably_ours;
use super::waits::WaitError;
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::driver::{At, New};
use crate::kinds::registry;
use crate::model::action::{Action, Deed};
use crate::model::object::Object;
use crate::model::value::Attributes;
use crate::plan::{Operation, Target, remembered};
use crate::state::{Deposed, Entry, EntryStatus};

/// Does a deed. Gives the id of the object that it was about.
pub(super) async fn perform(cx: &Context<'_>, operation: &Operation, target: &Target) -> Result<String, Diagnostic> {
    match target.deed {
        Deed::Create => create(cx, operation).await,
        Deed::Update | Deed::Wait => update(cx, operation, target.deed).await,
        Deed::Delete => delete(cx, operation).await,
        Deed::Record => {
            cx.ledger.remove(&operation.address).await.map_err(|error| unwritable(&error))?;
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
        Diagnostic { detail, ..problem }.help("Run cenform apply on the stack again: it creates what is missing.")
    })
}

async fn create_object(cx: &Context<'_>, operation: &Operation) -> Result<String, Diagnostic> {
    let kind = operation.address.kind;
    let driver = registry::driver(kind);
    let known = cx.known(operation)?;
    let deadline = Instant::now() + timeout(operation, Deed::Create, driver.schema());
    let new = New { region: operation.region.as_ref(), attributes: &known };
    let request = driver.create(&new);
    let call = Call { operation, deed: Deed::Create, request: &request, id: None, creates: Some(&known), deadline };
    let (id, request_id, number) = match send(cx, &call).await {
        Ok(Sent::Answer(answer, number)) => match driver.created(&new, &answer) {
            Ok(id) => (id, answer.request_id.clone(), number),
            Err(error) => (look_up(cx, operation, &known, number, error).await?, answer.request_id.clone(), number),
        },
        Ok(Sent::Look(error, number)) => (look_up(cx, operation, &known, number, error).await?, String::new(), number),
        Err(CallError::Cloud(error)) => return Err(problem(&error)),
        Err(CallError::Journal(problem)) => return Err(problem),
    };
    // What a replacement leaves behind until its own delete (S13).
    let old = cx.ledger.entry(&operation.address).filter(|_| operation.action == Action::ReplaceCreateFirst);
    let deposed = old.map_or_else(Vec::new, |old| {
        let mut deposed = old.deposed;
        deposed.push(Deposed { id: old.id, attributes: old.attributes });
        deposed
    });
    let entry = Entry { deposed, ..entry(operation, &id, EntryStatus::Creating, known.clone()) };
    acknowledged(cx, number, &request_id, Some(entry.clone())).await?;
    let left = deadline.saturating_duration_since(Instant::now());
    let at_once = driver.page_size().is_none();
    let live =
        cx.waits.settled(&scope(operation), &id, &known, at_once, left).await.map_err(|error| wait_problem(&error))?;
    let goal = Goal { operation, deed: Deed::Create, after: &known, created: true, deadline };
    let live = converge(cx, &goal, live).await?;
    finish(cx, operation, &live, &known, entry.deposed).await?;
    cx.remember_made(&operation.address);
    Ok(id)
}

/// A create whose outcome is unknown: the object is looked up by its natural key (S25).
async fn look_up(
    cx: &Context<'_>,
    operation: &Operation,
    sent: &Attributes,
    number: u64,
    error: CloudError,
) -> Result<String, Diagnostic> {
    let kind = operation.address.kind;
    let found = match provably_ours(cx.clouds, operation, sent, cx.absent.contains(&operation.address)).await {
        Ok(found) => found,
        Err(second) => return Err(problem(&second)),
    };
    if let Some(object) = found {
        return Ok(object.id);
    }
    let _ = number;
    Err(Diagnostic::error(
        codes::OUTCOME_UNKNOWN,
        "Nobody knows whether it was created",
        format!("{error}. No {} that is certainly this one was found afterwards.", kind.spoken()),
    )
    .help("Apply again: the first thing it does is to find out."))
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
    let goal = Goal { operation, deed, after: &after, created: false, deadline };
    let live = converge(cx, &goal, live).await?;
    let deposed = cx.ledger.entry(&operation.address).map_or_else(Vec::new, |entry| entry.deposed);
    finish(cx, operation, &live, &after, deposed).await?;
    Ok(live.id)
}

async fn delete(cx: &Context<'_>, operation: &Operation) -> Result<String, Diagnostic> {
    let address = &operation.address;
    let id = operation.id.clone().unwrap_or_default();
    let mut entry = cx.ledger.entry(address);
    if operation.action == Action::Replace {
        preflight::can_be_created(cx, operation).await?;
    }
    delete_object(cx, operation, &id, &operation.before, entry.as_mut()).await?;
    // The old objects of interrupted replacements go with the one that they were replaced by.
    if let Some(entry) = entry.as_ref().filter(|entry| entry.id == id) {
        for deposed in entry.deposed.clone() {
            delete_object(cx, operation, &deposed.id, &deposed.attributes, None).await?;
        }
        cx.ledger.remove(address).await.map_err(|error| unwritable(&error))?;
    } else if let Some(mut entry) = cx.ledger.entry(address) {
        entry.deposed.retain(|deposed| deposed.id != id);
        cx.ledger.enter(entry).await.map_err(|error| unwritable(&error))?;
    }
    Ok(id)
}

/// Deletes one object and waits until it is gone.
async fn delete_object(
    cx: &Context<'_>,
    operation: &Operation,
    id: &str,
    attributes: &Attributes,
    entry: Option<&mut Entry>,
) -> Result<(), Diagnostic> {
    let driver = registry::driver(operation.address.kind);
    let limit = timeout(operation, Deed::Delete, driver.schema());
    let deadline = Instant::now() + limit;
    let at = At { id, region: operation.region.as_ref(), attributes };
    let account = operation.account.as_deref();
    let begun = entry.as_ref().is_some_and(|entry| entry.status == EntryStatus::Deleting && entry.id == id);
    let request = driver.delete(&at);
    let mut deleting = entry.filter(|entry| entry.id == id).map(|entry| {
        entry.status = EntryStatus::Deleting;
        entry.clone()
    });
    // An earlier run's delete that is still under way is only waited for (S26).
    let under_way = begun && {
        let live = cx.clouds.read(operation.address.kind, account, &at).await;
        live.map_err(|error| problem(&error))?.is_none_or(|object| !object.settled)
    };
    if !under_way {
        let call = Call { operation, deed: Deed::Delete, request: &request, id: Some(id), creates: None, deadline };
        match send(cx, &call).await {
            Ok(Sent::Answer(answer, number)) => {
                acknowledged(cx, number, &answer.request_id, deleting.take()).await?;
            }
            // The wait below finds out whether it took effect; a delete that did not is an error of its time-out.
            Ok(Sent::Look(error, number)) => {
                acknowledged(cx, number, error.request_id().unwrap_or_default(), deleting.take()).await?;
            }
            // Some codes mean a missing store as well as a missing object: only a read tells (cloud-api 5.4).
            Err(CallError::Cloud(error)) if error.is_not_found() => {
                let live = cx.clouds.read(operation.address.kind, account, &at).await;
                if live.map_err(|error| problem(&error))?.is_some() {
                    return Err(problem(&error));
                }
                return Ok(());
            }
            Err(CallError::Cloud(error)) => return Err(problem(&error)),
            Err(CallError::Journal(problem)) => return Err(problem),
        }
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let at_once = driver.page_size().is_none();
    cx.waits.gone(&scope(operation), id, attributes, at_once, left).await.map_err(|error| wait_problem(&error))
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
        schema_version: registry::schema(operation.address.kind).version,
        status,
        protected: operation.protected,
        owned: operation.owned.clone(),
        attributes,
        dependencies: operation.dependencies.clone(),
        deposed: Vec::new(),
    }
}

/// A wait that ended badly, as a problem with what to do.
pub(super) fn wait_problem(error: &WaitError) -> Diagnostic {
    match error {
        WaitError::TimedOut(_) => Diagnostic::error(codes::TIMEOUT, "It took too long", format!("{error}."))
            .help("The object is kept in the state as it is. Apply again: it goes on waiting."),
        WaitError::Vanished => Diagnostic::error(codes::CLOUD, "It failed in the background", format!("{error}."))
            .help("Look into the console's event log with the RequestId, then apply again."),
        WaitError::Cloud(source) => problem(source),
    }
}
