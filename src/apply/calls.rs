//! Mutating calls: an intent before each, tokens as S24 says, retries until the deed's deadline.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::context::{Context, interrupted, unwritable};
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::cloud::retry::{Attempt, Decision, after_failure};
use crate::diagnostics::Diagnostic;
use crate::kinds::registry;
use crate::kinds::schema::Change;
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::model::value::Attributes;
use crate::plan::Operation;
use crate::state::Entry;
use crate::state::journal::{Intent, Outcome, Wrote};

/// How long a call may meet what was just made before the service knows it everywhere (cloud-api 8.4).
const PARENT_WINDOW: Duration = Duration::from_mins(1);

/// A mutating call on its way.
pub(super) struct Call<'a> {
    pub(super) operation: &'a Operation,
    pub(super) deed: Deed,
    pub(super) request: &'a Request,
    /// The name of the credentials that make it.
    pub(super) account: Option<&'a str>,
    /// The object that it is about; `None` for a create.
    pub(super) id: Option<&'a str>,
    /// For a create, and for a grant that it needs: the attributes of the new object.
    pub(super) creates: Option<&'a Attributes>,
    pub(super) deadline: Instant,
    /// Which refusals the caller has an answer to: they are handed back at once instead of being waited out.
    pub(super) answers: &'a (dyn Fn(&CloudError) -> bool + Sync),
}

/// No refusal is the caller's to answer.
pub(super) const NONE: &(dyn Fn(&CloudError) -> bool + Sync) = &|_| false;

/// How a call ended.
pub(super) enum Sent {
    /// It was acknowledged.
    Answer(Box<Answer>, u64, Answered),
    /// Its outcome is unknown and no token can tell: look (S24).
    Look(CloudError, u64),
}

/// Which sending of a call was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// The only one that can have taken effect.
    Only,
    /// One after another with the same token whose outcome is unknown.
    Again,
}

/// Why a call did not succeed.
pub(super) enum CallError {
    /// The cloud refused it for good, or time ran out.
    Cloud(CloudError),
    /// Nothing more may be sent: the journal could not be written, or the run is to stop.
    Ended(Diagnostic),
}

/// Sends the call until it is acknowledged, refused for good, or the deadline has passed.
pub(super) async fn send(cx: &Context<'_>, call: &Call<'_>) -> Result<Sent, CallError> {
    let journal = |error| CallError::Ended(unwritable(&error));
    let (operation, request) = (call.operation, call.request);
    let digest = request.digest();
    let mut reused = call.creates.and_then(|_| cx.reuse(&operation.address, call.deed, &digest));
    let mut attempt = 0;
    let begun = Instant::now();
    loop {
        let earlier = reused.take();
        // A token whose fate is unknown is not new: a refusal says nothing about its first use.
        let mut earlier_unknown = earlier.is_some();
        let (number, token, age) = if let Some(intent) = earlier {
            (intent.number, intent.token.clone(), cx.ledger.age(&intent))
        } else {
            let token = request.takes_token().then(|| cx.random.uuid());
            let intent = Intent {
                number: 0,
                address: operation.address.clone(),
                deed: call.deed,
                call: request.action().to_owned(),
                token: token.clone(),
                digest: digest.clone(),
                at: String::new(),
                id: call.id.map(str::to_owned),
                absent: cx.absent.contains(&operation.address),
                replaces: call.creates.and_then(|_| cx.ledger.entry(&operation.address)).map(|entry| entry.id),
                account: operation.account.clone(),
                region: operation.region.clone(),
                attributes: call.creates.cloned().unwrap_or_default(),
            };
            (cx.ledger.intend(intent).await.map_err(journal)?, token, Duration::ZERO)
        };
        let minted = Instant::now();
        let tokened = match &token {
            Some(token) => request.with_token(token),
            None => request.clone(),
        };
        loop {
            let error = match cx.clouds.call(call.account, &tokened).await {
                Ok(answer) => {
                    let answered = if earlier_unknown { Answered::Again } else { Answered::Only };
                    return Ok(Sent::Answer(Box::new(answer), number, answered));
                }
                Err(error) => error,
            };
            attempt += 1;
            let tried = Attempt {
                number: attempt,
                token_age: age.saturating_add(minted.elapsed()),
                token_window: cx.token_window,
                takes_token: token.is_some(),
                earlier_unknown,
            };
            earlier_unknown |= error.outcome_unknown();
            if !earlier_unknown && (call.answers)(&error) {
                not_done(cx, number, &error).await.map_err(CallError::Ended)?;
                return Err(CallError::Cloud(error));
            }
            let mut decision = after_failure(&error, &tried, cx.random.unit());
            // What was made a moment ago, a parent or the object itself, may not be known everywhere yet.
            let just_made = || {
                if call.creates.is_some() { cx.any_made(&operation.dependencies) } else { call.deed == Deed::Create }
            };
            if matches!(decision, Decision::GiveUp)
                && error.is_not_found()
                && begun.elapsed() < PARENT_WINDOW
                && just_made()
            {
                decision = Decision::NewTokenAfter(Duration::from_secs(1));
            }
            let pause = match decision {
                Decision::SameTokenAfter(pause) | Decision::NewTokenAfter(pause) => pause,
                Decision::Resolve => return Ok(Sent::Look(error, number)),
                Decision::GiveUp => Duration::MAX,
            };
            let in_time = call.deadline.checked_duration_since(Instant::now()).is_some_and(|left| pause < left);
            if !in_time {
                if earlier_unknown {
                    return Ok(Sent::Look(error, number));
                }
                not_done(cx, number, &error).await.map_err(CallError::Ended)?;
                return Err(CallError::Cloud(error));
            }
            tracing::debug!(address = %operation.address, %error, ?pause, "trying again");
            if matches!(decision, Decision::SameTokenAfter(_)) {
                sleep(pause).await;
                continue;
            }
            not_done(cx, number, &error).await.map_err(CallError::Ended)?;
            // Nothing of it is in flight now.
            if cx.stopped_within(pause).await {
                return Err(CallError::Ended(interrupted()));
            }
            break;
        }
    }
}

/// Closes an intent that was refused, or after which a look has shown what is there.
pub(super) async fn not_done(cx: &Context<'_>, number: u64, error: &CloudError) -> Result<(), Diagnostic> {
    resolved(cx, number, error, None).await
}

/// The same, where the look has shown what was written all the same.
pub(super) async fn resolved(
    cx: &Context<'_>,
    number: u64,
    error: &CloudError,
    wrote: Option<Wrote>,
) -> Result<(), Diagnostic> {
    let outcome = Outcome {
        number,
        acknowledged: false,
        request_id: error.request_id().unwrap_or_default().to_owned(),
        code: error.code().map(str::to_owned),
    };
    cx.ledger.settle(outcome, None, wrote).await.map_err(|error| unwritable(&error))
}

/// Writes down that a call was acknowledged, what the entry is now, and what was written of the object.
pub(super) async fn acknowledged(
    cx: &Context<'_>,
    number: u64,
    request_id: &str,
    entry: Option<Entry>,
    wrote: Option<Wrote>,
) -> Result<(), Diagnostic> {
    let outcome = Outcome { number, acknowledged: true, request_id: request_id.to_owned(), code: None };
    cx.ledger.settle(outcome, entry, wrote).await.map_err(|error| unwritable(&error))
}

/// What a create has set of an object and an update can change, as the journal remembers it (S6).
pub(super) fn created(address: &Address, id: &str, sent: &Attributes) -> Wrote {
    let schema = registry::schema(address.kind);
    let set = schema.attributes.iter().filter(|it| it.at_create && it.change == Change::InPlace);
    wrote(address, id, sent, set.map(|attribute| attribute.name))
}

/// What a write has set of an object, as the journal remembers it (S6).
pub(super) fn wrote<'a>(
    address: &Address,
    id: &str,
    attributes: &Attributes,
    set: impl Iterator<Item = &'a str>,
) -> Wrote {
    let attributes = set.filter_map(|name| Some((name.to_owned(), attributes.get(name)?.clone()))).collect();
    Wrote { address: address.clone(), id: id.to_owned(), at: String::new(), gone: false, attributes }
}
