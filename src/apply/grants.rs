//! What the owner of a network grants before it is attached, and what is revoked once it no longer is.
//!
//! Grants take no ClientToken, and whether one is there is always looked up. That it is ours to revoke is remembered by
//! the object that it is for; until that is in the state, by the intent, which stays open as long.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::{Instant, sleep};

use super::calls::{Call, CallError, NONE, Sent, acknowledged, not_done, send};
use super::context::{AGAIN, Context, timeout};
use super::outcome::Failure;
use crate::cloud::error::{Class, CloudError};
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::clouds::Clouds;
use crate::kinds::driver::{At, Grant, New};
use crate::kinds::registry;
use crate::model::action::{Action, Deed};
use crate::model::value::Attributes;
use crate::plan::{Besides, Operation, Plan, Target};
use crate::refresh::batch::region_in;
use crate::state::Entry;
use crate::state::journal::Intent;

/// Makes sure that a grant is there for an object with these attributes.
pub(super) async fn give(
    cx: &Context<'_>,
    operation: &Operation,
    grant: &Grant,
    attributes: &Attributes,
    deadline: Instant,
) -> Result<(), Diagnostic> {
    let side = Side::of(cx, operation, grant, deadline)?;
    Side { creates: Some(attributes), ..side }.bring(true).await
}

/// The object that a grant is for is in the state: that remembers from now on what is to be revoked.
pub(super) async fn hand_over(cx: &Context<'_>, grant: &Grant) -> Result<(), Diagnostic> {
    for intent in open(cx, grant) {
        acknowledged(cx, intent.number, "", None, None).await?;
    }
    Ok(())
}

/// Takes back what was granted for an object that was not made, if a run of ours granted it and nobody uses it.
pub(super) async fn withdraw(cx: &Context<'_>, operation: &Operation, grant: &Grant) -> Result<(), Diagnostic> {
    let (own, others): (Vec<_>, Vec<_>) =
        open(cx, grant).into_iter().partition(|intent| intent.address == operation.address);
    if !own.is_empty() && others.is_empty() && !is_used(cx, grant) {
        let side = Side::of(cx, operation, grant, within(operation))?;
        Side { answers: &in_use, ..side }.bring(false).await?;
    }
    for intent in own {
        acknowledged(cx, intent.number, "", None, None).await?;
    }
    Ok(())
}

/// Takes back what earlier runs have granted for objects that are not there and that this plan does not make.
pub(super) async fn tidy(cx: &Context<'_>, plan: &Plan) -> Vec<Failure> {
    let mut failures = Vec::new();
    for intent in cx.ledger.pending() {
        let Some(grant) = of_intent(cx.clouds, &intent) else { continue };
        let makes = |operation: &Operation| {
            operation.action.creates() && needed(operation, &operation.after).is_some_and(|other| other.is_same(&grant))
        };
        if plan.operations.iter().any(makes) {
            continue;
        }
        let operation = undoing(cx.clouds, &intent);
        if let Err(problem) = withdraw(cx, &operation, &grant).await {
            let address = intent.address;
            let problem = problem.about(&address);
            failures.push(Failure { target: Target { address, deed: Deed::Delete }, problem });
        }
    }
    failures
}

/// What is left to do about a grant that was made for nothing.
fn undoing(clouds: &Clouds, intent: &Intent) -> Operation {
    Operation {
        address: intent.address.clone(),
        action: Action::Delete,
        besides: Besides::default(),
        id: None,
        account_id: clouds.id(intent.account.as_deref()).unwrap_or_default().to_owned(),
        account: intent.account.clone(),
        region: intent.region.clone(),
        before: intent.attributes.clone(),
        after: Attributes::new(),
        differences: Vec::new(),
        left_overs: Vec::new(),
        because: None,
        cause: None,
        owned: BTreeSet::new(),
        dependencies: BTreeSet::new(),
        protected: false,
        after_deeds: BTreeMap::new(),
        timeouts: BTreeMap::new(),
    }
}

/// The grant that an intent was to make; `None` if it was to do something else.
pub(super) fn of_intent(clouds: &Clouds, intent: &Intent) -> Option<Grant> {
    let new = New { region: intent.region.as_ref(), attributes: &intent.attributes };
    let grant = registry::driver(intent.address.kind).grant(&new, clouds.id(intent.account.as_deref())?)?;
    (grant.give.digest() == intent.digest).then_some(grant)
}

/// The intents that made a grant, or were to, for objects that are not in the state yet.
fn open(cx: &Context<'_>, grant: &Grant) -> Vec<Intent> {
    let made = |intent: &Intent| of_intent(cx.clouds, intent).is_some_and(|other| other.is_same(grant));
    cx.ledger.pending().into_iter().filter(made).collect()
}

/// The grant that an operation needs before it can create an object with these attributes.
pub(super) fn needed(operation: &Operation, attributes: &Attributes) -> Option<Grant> {
    let new = New { region: operation.region.as_ref(), attributes };
    registry::driver(operation.address.kind).grant(&new, &operation.account_id)
}

/// Whether an object that is not gone was attached by a grant: some networks go to several routers of a CEN, by one.
fn is_used(cx: &Context<'_>, grant: &Grant) -> bool {
    cx.ledger.any(|entry| {
        let Entry { kind, id, account_id, region, attributes, deposed, .. } = entry;
        let objects = deposed.iter().map(|old| (&old.id, &old.attributes)).chain([(id, attributes)]);
        objects.filter(|(id, _)| !cx.is_gone(id)).any(|(id, attributes)| {
            let at = At { id, region: region.as_ref(), attributes };
            registry::driver(*kind).granted(&at, account_id).is_some_and(|other| other.is_same(grant))
        })
    })
}

/// Revokes the grant of an object that is gone, if it had one, unless something else is attached by it or the `next`
/// object, with these attributes, is to be.
pub(super) async fn release(
    cx: &Context<'_>,
    operation: &Operation,
    (id, attributes): (&str, &Attributes),
    next: Option<&Attributes>,
) -> Result<(), Diagnostic> {
    cx.remember_gone(id);
    // It is gone from where it was, which need not be where its successor will be.
    let region = region_in(attributes).or_else(|| operation.region.clone());
    let at = At { id, region: region.as_ref(), attributes };
    let Some(grant) = registry::driver(operation.address.kind).granted(&at, &operation.account_id) else {
        return Ok(());
    };
    let next = next.and_then(|next| needed(operation, next));
    if is_used(cx, &grant) || next.is_some_and(|next| next.is_same(&grant)) {
        return Ok(());
    }
    Side::of(cx, operation, &grant, within(operation))?.bring(false).await
}

/// Until when a grant is to be revoked.
fn within(operation: &Operation) -> Instant {
    Instant::now() + timeout(operation, Deed::Delete, registry::schema(operation.address.kind))
}

/// The side of a network's owner.
struct Side<'a> {
    cx: &'a Context<'a>,
    operation: &'a Operation,
    grant: &'a Grant,
    deadline: Instant,
    /// The name of the owner's credentials.
    owner: Option<&'a str>,
    /// The attributes of the object that it is granted for.
    creates: Option<&'a Attributes>,
    /// Which refusals to revoke mean that it is not to be revoked.
    answers: &'a (dyn Fn(&CloudError) -> bool + Sync),
}

/// Whether a grant is not revoked because an object goes with it, which then is somebody else's.
fn in_use(refusal: &CloudError) -> bool {
    refusal.class() == Class::WaitForObject
}

impl<'a> Side<'a> {
    fn of(
        cx: &'a Context<'a>,
        operation: &'a Operation,
        grant: &'a Grant,
        deadline: Instant,
    ) -> Result<Self, Diagnostic> {
        let owner = cx.clouds.name_of(&grant.owner).ok_or_else(|| {
            Diagnostic::error(
                codes::CREDENTIALS,
                "The owner's credentials are missing",
                format!("The network belongs to the account {}, and no credentials of this run are its.", grant.owner),
            )
            .help("Declare them under accounts, then apply again.")
        })?;
        Ok(Self { cx, operation, grant, deadline, owner: owner.as_deref(), creates: None, answers: NONE })
    }

    /// Makes the grant be there, or not. The intent of a grant stays open.
    async fn bring(&self, wanted: bool) -> Result<(), Diagnostic> {
        let Self { cx, operation, grant, deadline, owner, creates, answers } = *self;
        let call = Call {
            operation,
            deed: if wanted { Deed::Create } else { Deed::Delete },
            request: if wanted { &grant.give } else { &grant.revoke },
            account: owner,
            id: Some(&grant.cen),
            creates,
            deadline,
            answers,
        };
        while self.is_there(wanted).await? != wanted {
            match send(cx, &call).await {
                Ok(Sent::Answer(..)) if wanted => return Ok(()),
                Ok(Sent::Answer(answer, number, _)) => {
                    return acknowledged(cx, number, &answer.request_id, None, None).await;
                }
                Ok(Sent::Look(error, number)) => {
                    if self.is_there(wanted).await? == wanted {
                        if wanted {
                            return Ok(());
                        }
                        return acknowledged(cx, number, error.request_id().unwrap_or_default(), None, None).await;
                    }
                    not_done(cx, number, &error).await?;
                    if Instant::now() + AGAIN >= deadline {
                        return Err(self.failed(&error));
                    }
                    sleep(AGAIN).await;
                }
                // There is nothing left to revoke.
                Err(CallError::Cloud(error)) if !wanted && (error.is_not_found() || answers(&error)) => return Ok(()),
                Err(CallError::Cloud(error)) => return Err(self.failed(&error)),
                Err(CallError::Ended(problem)) => return Err(problem),
            }
        }
        Ok(())
    }

    /// Whether the grant is there. Of a network that is gone nothing is left to revoke.
    async fn is_there(&self, wanted: bool) -> Result<bool, Diagnostic> {
        match self.cx.clouds.call(self.owner, &self.grant.look).await {
            Ok(answer) => Ok(self.grant.is_in(&answer)),
            Err(error) if !wanted && error.is_not_found() => Ok(false),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &CloudError) -> Diagnostic {
        let told = problem(error);
        let owner = &self.grant.owner;
        Diagnostic { detail: format!("Asked as the account {owner}, which owns the network: {}", told.detail), ..told }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use serde_json::json;

    use super::super::ledger::Ledger;
    use super::super::waits::Waits;
    use super::*;
    use crate::base::clock::TokioClock;
    use crate::base::random::SeededRandom;
    use crate::cloud::error::Class;
    use crate::cloud::request::{Answer, Product, Request, Rpc};
    use crate::kinds::clouds::testing::answered;
    use crate::model::action::Action;
    use crate::model::stack::IgnoreTags;
    use crate::model::value::Value;
    use crate::plan::PublishedResources;
    use crate::state::memory::MemoryBackend;
    use crate::state::{Backend as _, Holder, Loaded, Lock, State, samples};

    const OWNER: &str = "1000000000000002";

    /// The owner's side of the cloud.
    #[derive(Default)]
    struct Owner {
        granted: Mutex<bool>,
        /// What becomes of the next calls that change something: a lost reply, or a refusal.
        fails: Mutex<Vec<CloudError>>,
        calls: Mutex<Vec<&'static str>>,
    }

    impl Owner {
        fn answer(&self, request: &Request) -> Result<Answer, CloudError> {
            self.calls.lock().unwrap().push(request.action());
            let mut granted = self.granted.lock().unwrap();
            if request.is_mutating() {
                let fails = self.fails.lock().unwrap().pop();
                if fails.as_ref().is_none_or(CloudError::outcome_unknown) {
                    *granted = request.action() == "Grant";
                }
                fails.map_or(Ok(()), Err)?;
            }
            let rules = if *granted { json!([{ "CenId": "cen-1" }]) } else { json!([]) };
            Ok(Answer { body: json!({ "GrantRules": rules }), request_id: "R".to_owned() })
        }
    }

    fn lost() -> CloudError {
        CloudError::NoAnswer { action: "Grant", problem: "reset".to_owned(), sent: true }
    }

    fn refused(class: Class) -> CloudError {
        CloudError::Service {
            action: "Grant",
            status: 400,
            code: "No".to_owned(),
            message: "No.".to_owned(),
            request_id: "R".to_owned(),
            class,
            retry_after: None,
        }
    }

    fn grant() -> Grant {
        Grant {
            owner: OWNER.to_owned(),
            give: Rpc::write(Product::Cbn, "Grant").into(),
            revoke: Rpc::write(Product::Cbn, "Revoke").into(),
            look: Rpc::read(Product::Cbn, "Look").into(),
            cen: "cen-1".to_owned(),
            network: "ecr-1".to_owned(),
        }
    }

    fn operation() -> Operation {
        Operation {
            address: "attachment.app".parse().unwrap(),
            action: Action::Create,
            besides: Besides::default(),
            id: None,
            account_id: "1000000000000001".to_owned(),
            account: None,
            region: None,
            before: Attributes::new(),
            after: Attributes::new(),
            differences: Vec::new(),
            left_overs: Vec::new(),
            because: None,
            cause: None,
            owned: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            protected: false,
            after_deeds: BTreeMap::new(),
            timeouts: BTreeMap::new(),
        }
    }

    fn attachment(id: &str) -> Entry {
        let attributes = json!({ "type": "ecr", "ecr_id": "ecr-1", "cen": "cen-1", "owner": OWNER, "grant": true });
        let attributes = Value::from(attributes).as_map().unwrap().clone();
        Entry { attributes, ..samples::entry(&format!("attachment.{id}"), id) }
    }

    /// Does some work in a run whose state has these attachments by one grant. The intents that are open afterwards.
    async fn in_a_run(owner: &Arc<Owner>, known: &[&str], work: impl AsyncFnOnce(&Context<'_>)) -> usize {
        let side = owner.clone();
        let clouds = answered(Some("app"), OWNER, move |request| side.answer(request));
        let holder = Holder {
            id: "1".to_owned(),
            who: "ada@host".to_owned(),
            pid: 1,
            doing: "apply".to_owned(),
            since: "2026-11-22T10:15:00Z".to_owned(),
            progress: None,
        };
        let lock = MemoryBackend::default().lock(holder, Duration::ZERO).await.unwrap();
        let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
        let resources = known.iter().map(|id| attachment(id)).map(|entry| (entry.address.clone(), entry)).collect();
        let state = State { serial: 0, resources, ..samples::state() };
        let loaded = Loaded { state, ..Loaded::default() };
        let none = BTreeMap::new();
        let cx = Context {
            stop: tokio::sync::watch::channel(false).1,
            clouds: &clouds,
            random: &SeededRandom::new(1),
            ledger: Ledger::begin(&*lock, &clock, Duration::ZERO, loaded, Vec::new(), false).await.unwrap(),
            waits: Waits::new(&clouds, Duration::ZERO, tokio::sync::watch::channel(false).1),
            live: &none,
            existing: &[],
            followers: BTreeMap::new(),
            ignore_tags: &IgnoreTags::default(),
            token_window: Duration::from_mins(10),
            settle_window: Duration::ZERO,
            tell: &|_| (),
            absent: BTreeSet::new(),
            found: BTreeMap::new(),
            reusable: Mutex::default(),
            published: Mutex::new(PublishedResources::default()),
            made: Mutex::default(),
            followed: Mutex::default(),
            gone: Mutex::default(),
            resent: Mutex::default(),
        };
        work(&cx).await;
        Lock::load(&*lock).await.unwrap().open.len()
    }

    /// Brings a grant about, or revokes it, on a cloud in which it is there or not and the next calls fail so.
    /// What came of it, the calls, and the intents that are still open: that of a grant stays so.
    async fn bring(wanted: bool, there: bool, fails: &[CloudError]) -> (Result<(), String>, Vec<&'static str>, usize) {
        let owner = Arc::new(Owner::default());
        *owner.granted.lock().unwrap() = there;
        owner.fails.lock().unwrap().extend(fails.iter().rev().cloned());
        let mut came = Ok(());
        let open = in_a_run(&owner, &[], async |cx| {
            let (operation, grant, deadline) = (operation(), grant(), Instant::now() + Duration::from_mins(1));
            came = if wanted {
                give(cx, &operation, &grant, &Attributes::new(), deadline).await
            } else {
                Side::of(cx, &operation, &grant, deadline).unwrap().bring(false).await
            };
        })
        .await;
        let calls = owner.calls.lock().unwrap().clone();
        (came.map_err(|problem| problem.detail), calls, open)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_not_granted_again() {
        assert_eq!(bring(true, true, &[]).await, (Ok(()), vec!["Look"], 0));
        assert_eq!(bring(true, false, &[]).await, (Ok(()), vec!["Look", "Grant"], 1));
        assert_eq!(bring(false, false, &[]).await, (Ok(()), vec!["Look"], 0));
        assert_eq!(bring(false, true, &[]).await, (Ok(()), vec!["Look", "Revoke"], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_outcome_is_looked_up() {
        assert_eq!(bring(true, false, &[lost()]).await, (Ok(()), vec!["Look", "Grant", "Look"], 1));
        assert_eq!(bring(false, true, &[lost()]).await, (Ok(()), vec!["Look", "Revoke", "Look"], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_and_something_that_is_gone_needs_no_revoking() {
        let (came, calls, open) = bring(true, false, &[refused(Class::Permission)]).await;
        let told = came.unwrap_err();
        assert!(told.starts_with("Asked as the account 1000000000000002, which owns the network: "), "{told}");
        assert_eq!((calls, open), (vec!["Look", "Grant"], 0));
        let (came, calls, open) = bring(true, false, &[refused(Class::Throttled)]).await;
        assert_eq!((came, calls, open), (Ok(()), vec!["Look", "Grant", "Grant"], 1));
        assert_eq!(bring(false, true, &[refused(Class::NotFound)]).await, (Ok(()), vec!["Look", "Revoke"], 0));
    }
    #[tokio::test(start_paused = true)]
    async fn a_grant_that_something_else_is_attached_by_stays() {
        let owner = Arc::new(Owner::default());
        let both = ["one", "two"];
        in_a_run(&owner, &both, async |cx| {
            for (id, calls) in both.into_iter().zip([0, 1]) {
                let attributes = attachment(id).attributes;
                release(cx, &operation(), (id, &attributes), None).await.unwrap();
                assert_eq!(owner.calls.lock().unwrap().len(), calls, "{id}");
            }
        })
        .await;
    }
}
