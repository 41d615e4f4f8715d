//! What the owner of a network grants before it is attached, and what is revoked once it no longer is.
//!
//! Grants take no ClientToken, and nothing of them is in the state: whether one is there is always looked up.

use tokio::time::{Instant, sleep};

use super::calls::{Call, CallError, NONE, Sent, acknowledged, not_done, send};
use super::context::{AGAIN, Context};
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::driver::{At, Grant, New};
use crate::kinds::registry;
use crate::model::action::Deed;
use crate::model::value::Attributes;
use crate::plan::Operation;
use crate::refresh::batch::region_in;
use crate::state::Entry;

/// Makes sure that a grant is there. Gives whether this run made it.
pub(super) async fn give(
    cx: &Context<'_>,
    operation: &Operation,
    grant: &Grant,
    deadline: Instant,
) -> Result<bool, Diagnostic> {
    Side::of(cx, operation, Deed::Create, grant, deadline)?.bring(true).await
}

/// Revokes a grant, unless something else is attached by it.
pub(super) async fn revoke(
    cx: &Context<'_>,
    operation: &Operation,
    deed: Deed,
    grant: &Grant,
    deadline: Instant,
) -> Result<(), Diagnostic> {
    if is_used(cx, grant) {
        return Ok(());
    }
    Side::of(cx, operation, deed, grant, deadline)?.bring(false).await.map(|_| ())
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

/// Revokes the grant of an object that is gone, if it had one.
pub(super) async fn end(
    cx: &Context<'_>,
    operation: &Operation,
    deed: Deed,
    (id, attributes): (&str, &Attributes),
    deadline: Instant,
) -> Result<(), Diagnostic> {
    cx.remember_gone(id);
    match of_gone(operation, id, attributes) {
        Some(grant) => revoke(cx, operation, deed, &grant, deadline).await,
        None => Ok(()),
    }
}

/// The grant of an object that is gone from where it was, which need not be where its successor will be.
fn of_gone(operation: &Operation, id: &str, attributes: &Attributes) -> Option<Grant> {
    let region = region_in(attributes).or_else(|| operation.region.clone());
    let at = At { id, region: region.as_ref(), attributes };
    registry::driver(operation.address.kind).granted(&at, &operation.account_id)
}

/// The same, unless the object that is to take its place needs that grant.
pub(super) async fn settle(
    cx: &Context<'_>,
    operation: &Operation,
    deed: Deed,
    (id, attributes): (&str, &Attributes),
    deadline: Instant,
) -> Result<(), Diagnostic> {
    let is_made = cx.ledger.entry(&operation.address).is_some_and(|entry| entry.id != id);
    if operation.action.creates()
        && !is_made
        && let Ok(known) = cx.known(operation)
    {
        let new = New { region: operation.region.as_ref(), attributes: &known };
        let next = registry::driver(operation.address.kind).grant(&new, &operation.account_id);
        if of_gone(operation, id, attributes).zip(next).is_some_and(|(own, next)| own.is_same(&next)) {
            return Ok(());
        }
    }
    end(cx, operation, deed, (id, attributes), deadline).await
}

/// The side of a network's owner.
struct Side<'a> {
    cx: &'a Context<'a>,
    operation: &'a Operation,
    deed: Deed,
    grant: &'a Grant,
    deadline: Instant,
    /// The name of the owner's credentials.
    owner: Option<&'a str>,
}

impl<'a> Side<'a> {
    fn of(
        cx: &'a Context<'a>,
        operation: &'a Operation,
        deed: Deed,
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
        Ok(Self { cx, operation, deed, grant, deadline, owner: owner.as_deref() })
    }

    /// Makes the grant be there, or not. Gives whether a call of this run did that.
    async fn bring(&self, wanted: bool) -> Result<bool, Diagnostic> {
        let Self { cx, operation, deed, grant, deadline, owner } = *self;
        let call = Call {
            operation,
            deed,
            request: if wanted { &grant.give } else { &grant.revoke },
            account: owner,
            id: Some(&grant.cen),
            creates: None,
            deadline,
            answers: NONE,
        };
        while self.is_there(wanted).await? != wanted {
            match send(cx, &call).await {
                Ok(Sent::Answer(answer, number)) => {
                    return acknowledged(cx, number, &answer.request_id, None).await.map(|()| true);
                }
                Ok(Sent::Look(error, number)) => {
                    if self.is_there(wanted).await? == wanted {
                        let request_id = error.request_id().unwrap_or_default();
                        return acknowledged(cx, number, request_id, None).await.map(|()| true);
                    }
                    not_done(cx, number, &error).await?;
                    if Instant::now() + AGAIN >= deadline {
                        return Err(self.failed(&error));
                    }
                    sleep(AGAIN).await;
                }
                // There is nothing left to revoke.
                Err(CallError::Cloud(error)) if !wanted && error.is_not_found() => return Ok(false),
                Err(CallError::Cloud(error)) => return Err(self.failed(&error)),
                Err(CallError::Journal(problem)) => return Err(problem),
            }
        }
        Ok(false)
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
            id: None,
            account_id: "1000000000000001".to_owned(),
            account: None,
            region: None,
            before: Attributes::new(),
            after: Attributes::new(),
            differences: Vec::new(),
            because: None,
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

    /// Brings a grant about, or revokes it, on a cloud in which it is there or not and the next calls fail so.
    /// What came of it, the calls, and the intents that are still open.
    async fn bring(
        wanted: bool,
        there: bool,
        fails: &[CloudError],
    ) -> (Result<bool, String>, Vec<&'static str>, usize) {
        bring_beside(&[], &[], wanted, there, fails).await
    }

    /// The same where the state has these attachments by the same grant, some of which are gone.
    async fn bring_beside(
        others: &[&str],
        gone: &[&str],
        wanted: bool,
        there: bool,
        fails: &[CloudError],
    ) -> (Result<bool, String>, Vec<&'static str>, usize) {
        let owner = Arc::new(Owner::default());
        *owner.granted.lock().unwrap() = there;
        owner.fails.lock().unwrap().extend(fails.iter().rev().cloned());
        let side = owner.clone();
        let clouds = answered(Some("app"), OWNER, move |request| side.answer(request));
        let holder = Holder {
            id: "1".to_owned(),
            who: "ada@host".to_owned(),
            pid: 1,
            doing: "apply".to_owned(),
            since: "2026-11-22T10:15:00Z".to_owned(),
        };
        let lock = MemoryBackend::default().lock(holder, Duration::ZERO).await.unwrap();
        let clock = TokioClock::starting_at("2026-11-22T10:15:00Z".parse().unwrap());
        let resources = others.iter().map(|id| attachment(id)).map(|entry| (entry.address.clone(), entry)).collect();
        let state = State { serial: 0, resources, ..samples::state() };
        let loaded = Loaded { state, open: Vec::new(), interrupted: false };
        let none = BTreeMap::new();
        let cx = Context {
            stop: tokio::sync::watch::channel(false).1,
            clouds: &clouds,
            random: &SeededRandom::new(1),
            ledger: Ledger::begin(&*lock, &clock, loaded, false, false).await.unwrap(),
            waits: Waits::new(&clouds, Duration::ZERO),
            live: &none,
            existing: &[],
            ignore_tags: &IgnoreTags::default(),
            token_window: Duration::from_mins(10),
            settle_window: Duration::ZERO,
            tell: &|_| (),
            absent: BTreeSet::new(),
            reusable: Mutex::default(),
            published: Mutex::new(PublishedResources::default()),
            made: Mutex::default(),
            gone: Mutex::new(gone.iter().map(|id| (*id).to_owned()).collect()),
        };
        let (operation, grant, deadline) = (operation(), grant(), Instant::now() + Duration::from_mins(1));
        let came = if wanted {
            give(&cx, &operation, &grant, deadline).await
        } else {
            revoke(&cx, &operation, Deed::Delete, &grant, deadline).await.map(|()| false)
        };
        let calls = owner.calls.lock().unwrap().clone();
        let open = Lock::load(&*lock).await.unwrap().open;
        (came.map_err(|problem| problem.detail), calls, open.len())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_not_granted_again() {
        assert_eq!(bring(true, true, &[]).await, (Ok(false), vec!["Look"], 0));
        assert_eq!(bring(true, false, &[]).await, (Ok(true), vec!["Look", "Grant"], 0));
        assert_eq!(bring(false, false, &[]).await, (Ok(false), vec!["Look"], 0));
        assert_eq!(bring(false, true, &[]).await, (Ok(false), vec!["Look", "Revoke"], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_outcome_is_looked_up() {
        assert_eq!(bring(true, false, &[lost()]).await, (Ok(true), vec!["Look", "Grant", "Look"], 0));
        assert_eq!(bring(false, true, &[lost()]).await, (Ok(false), vec!["Look", "Revoke", "Look"], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_and_something_that_is_gone_needs_no_revoking() {
        let (came, calls, open) = bring(true, false, &[refused(Class::Permission)]).await;
        let told = came.unwrap_err();
        assert!(told.starts_with("Asked as the account 1000000000000002, which owns the network: "), "{told}");
        assert_eq!((calls, open), (vec!["Look", "Grant"], 0));
        let (came, calls, open) = bring(true, false, &[refused(Class::Throttled)]).await;
        assert_eq!((came, calls, open), (Ok(true), vec!["Look", "Grant", "Grant"], 0));
        assert_eq!(bring(false, true, &[refused(Class::NotFound)]).await, (Ok(false), vec!["Look", "Revoke"], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_that_something_else_is_attached_by_stays() {
        assert_eq!(bring_beside(&["one", "two"], &["one"], false, true, &[]).await, (Ok(false), vec![], 0));
        let last = bring_beside(&["one", "two"], &["one", "two"], false, true, &[]).await;
        assert_eq!(last, (Ok(false), vec!["Look", "Revoke"], 0));
    }
}
