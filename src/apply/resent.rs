//! Creates that were answered when their token was sent again. A service that has forgotten a token makes a second object;
//! of a kind with a natural key it refuses that, of a CEN nothing but a look tells.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::calls::acknowledged;
use super::context::{Context, interrupted};
use super::outcome::{Failure, Outcome};
use super::question::Question;
use super::recover::{holds, possible};
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::action::Deed;
use crate::model::event::Lag;
use crate::plan::Target;
use crate::refresh::doubt::Patience;
use crate::state::journal::Intent;

/// Looks whether any of them was made twice. The intent of one that was stays open: the question is asked again until it
/// is answered (S25), by a run that is killed here, too. One that is interrupted leaves the looking to the next.
pub(super) async fn settle(cx: &Context<'_>, outcome: &mut Outcome) {
    let resent = std::mem::take(&mut *cx.resent.lock().unwrap_or_else(PoisonError::into_inner));
    for (number, answered) in resent {
        let Some(intent) = cx.ledger.intent(number) else { continue };
        let target = Target { address: intent.address.clone(), deed: Deed::Create };
        match settle_one(cx, intent, answered).await {
            Ok(()) => {}
            Err(problem) if problem.code == codes::INTERRUPTED => {
                outcome.interrupted = true;
                outcome.under_way.push(target);
            }
            Err(problem) => {
                let problem = problem.about(&target.address);
                outcome.failures.push(Failure { target, problem });
            }
        }
    }
}

async fn settle_one(cx: &Context<'_>, intent: Intent, answered: Instant) -> Result<(), Diagnostic> {
    let mut patience = Patience::since(answered, cx.tell);
    loop {
        let looked = beside(cx, &intent).await;
        // What the first sending made may not show itself yet (S6).
        let left = cx.settle_window.saturating_sub(answered.elapsed());
        match looked {
            Ok(candidates) if !candidates.is_empty() => {
                let successor = cx.ledger.entry(&intent.address).map(|entry| entry.id);
                return Err(Question { intent, candidates, successor }.problem());
            }
            Ok(_) if left.is_zero() => return acknowledged(cx, intent.number, "", None, None).await,
            Err(error) if left.is_zero() => return Err(unseen(&intent, &error)),
            Ok(_) | Err(_) => {}
        }
        let lag = || Lag::SentAgain { address: intent.address.clone() };
        if cx.stopped_within(patience.pause(left, lag)).await {
            return Err(interrupted());
        }
    }
}

/// It could not be looked up whether it was made twice.
fn unseen(intent: &Intent, error: &CloudError) -> Diagnostic {
    let told = problem(error);
    let detail = format!(
        "It was made and is in the state. Its {} was sent more than once, and whether that made a second one cannot be \
         looked up. {}",
        intent.call, told.detail
    );
    let next = "Apply again: it looks on.";
    let help = told.help.as_ref().map_or_else(|| next.to_owned(), |help| format!("{help} {next}"));
    Diagnostic { detail, ..told }.help(help)
}

/// The objects that the create can have made and that the state does not have.
async fn beside(cx: &Context<'_>, intent: &Intent) -> Result<Vec<String>, CloudError> {
    let possible = possible(cx.clouds, &cx.ledger.doubts(cx.tell), intent).await?.into_iter();
    let unheld = possible.filter(|object| !cx.ledger.any(|entry| holds(entry, cx.clouds, intent, object)));
    Ok(unheld.map(|object| object.id).collect())
}
