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

/// Makes sure that a grant is there. Gives whether this run made it.
pub(super) async fn give(
    cx: &Context<'_>,
    operation: &Operation,
    grant: &Grant,
    deadline: Instant,
) -> Result<bool, Diagnostic> {
    Side::of(cx, operation, Deed::Create, grant, deadline)?.bring(true).await
}

/// Revokes a grant that no object needs any more.
pub(super) async fn revoke(
    cx: &Context<'_>,
    operation: &Operation,
    deed: Deed,
    grant: &Grant,
    deadline: Instant,
) -> Result<(), Diagnostic> {
    Side::of(cx, operation, deed, grant, deadline)?.bring(false).await.map(|_| ())
}

/// The grant that goes with an object of an operation's resource.
pub(super) fn of(operation: &Operation, id: &str, attributes: &Attributes) -> Option<Grant> {
    let at = At { id, region: operation.region.as_ref(), attributes };
    registry::driver(operation.address.kind).granted(&at)
}

/// Revokes the grant of an object that is gone, if it had one and the object that takes its place does not need it.
pub(super) async fn settle(
    cx: &Context<'_>,
    operation: &Operation,
    deed: Deed,
    (id, attributes): (&str, &Attributes),
    deadline: Instant,
) -> Result<(), Diagnostic> {
    let Some(grant) = of(operation, id, attributes) else { return Ok(()) };
    let successor = match cx.ledger.entry(&operation.address).filter(|entry| entry.id != id) {
        Some(entry) => of(operation, &entry.id, &entry.attributes),
        None if operation.action.creates() => cx.known(operation).ok().and_then(|known| {
            let new = New { region: operation.region.as_ref(), attributes: &known };
            registry::driver(operation.address.kind).grant(&new)
        }),
        None => None,
    };
    if successor.is_some_and(|other| other.revoke == grant.revoke) {
        return Ok(());
    }
    revoke(cx, operation, deed, &grant, deadline).await
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
        Ok(Self { cx, operation, deed, grant, deadline, owner })
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
