//! How plan and apply come to a plan: the cloud is read, the plan is built from what it shows, and it is looked whether
//! that plan can be begun. Nothing is written (S9).

use super::imports;
use super::preflight::{Checked, check};
use crate::diagnostics::Diagnostic;
use crate::kinds::clouds::Clouds;
use crate::model::event::Event;
use crate::model::stack::Stack;
use crate::plan::{self, Gate, Input, Moves, Planned, Words};
use crate::refresh::{self, Doubts, Live, RefreshError, Vanished};
use crate::state::State;
use crate::state::journal::Intent;

/// What a plan is read through.
#[derive(Clone, Copy)]
pub struct Reads<'a> {
    /// The cloud.
    pub clouds: &'a Clouds,
    /// Whether it is an emulator (S22).
    pub emulator: bool,
    /// Hears what happens.
    pub tell: &'a (dyn Fn(Event) + Sync),
}

/// What a plan is wanted for, and what was said.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The stack, with the owners that it names as accounts identified.
    pub stack: &'a Stack,
    /// What was said.
    pub words: &'a Words,
    /// Whether to read the cloud; otherwise the state is believed, and nothing is looked up.
    pub refresh: bool,
    /// The stack as seen from the folder of the plan file; empty without one.
    pub stack_path: &'a str,
}

/// A plan with what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The plan, and the gates that refuse it.
    pub planned: Planned,
    /// The objects as the refresh saw them.
    pub live: Live,
    /// What was found out before it is begun.
    pub checked: Checked,
}

/// What keeps a plan from being begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Every gate that refuses it (S29).
    pub gates: Vec<Gate>,
    /// Everything else that stands in its way, and everything that may (warnings).
    pub problems: Vec<Diagnostic>,
}

impl Made {
    /// What keeps the plan from being begun, if anything does.
    pub fn refusal(&self) -> Option<Refusal> {
        let Self { planned: Planned { plan: _, gates }, live: _, checked } = self;
        let refused = !gates.is_empty() || checked.problems.iter().any(Diagnostic::is_error);
        refused.then(|| Refusal { gates: gates.clone(), problems: checked.problems.clone() })
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The cloud could not be read.
    #[error(transparent)]
    Unread(#[from] RefreshError),
    /// Much of what the state manages seems to have vanished, and nobody has accepted it (S7).
    #[error("what the state manages has vanished")]
    Vanished(Vec<Vanished>),
    /// What the stack wants cannot be planned: everything that is wrong.
    #[error("the plan has {} problems", .0.len())]
    NotPlanned(Vec<Diagnostic>),
}

/// Reads, plans, and looks whether the plan can be begun. `moves` are made in `state` already (S19). `open` are the calls
/// with an unknown outcome: what has taken the place of a create may be its own. What contradicts `doubts` is not believed
/// at once (S6).
pub async fn make(
    reads: Reads<'_>,
    wish: &Wish<'_>,
    moves: &Moves,
    state: &State,
    open: &[Intent],
    doubts: &Doubts<'_>,
) -> Result<Made, NotMade> {
    let Wish { stack, words, refresh, stack_path } = *wish;
    let mut live = if refresh {
        refresh::read(reads.clouds, stack, state, doubts, reads.tell).await?
    } else {
        refresh::offline(stack, state)?
    };
    guarded(state, &live, open, words)?;
    // What is to be destroyed is not taken in before, and what is only read is not taken in at all.
    let takes_in = !words.destroy && !words.refresh_only;
    if refresh && takes_in {
        imports::look_up(reads.clouds, stack, state, &mut live).await.map_err(NotMade::NotPlanned)?;
    } else if takes_in {
        let unread = imports::unread(stack, state);
        if !unread.is_empty() {
            return Err(NotMade::NotPlanned(unread));
        }
    }
    let (home, accounts) = (home(reads.clouds, state), reads.clouds.ids());
    let planned = plan::build(Input {
        stack,
        state,
        moves,
        managed: &live.managed,
        deposed: &live.deposed,
        existing: &live.existing,
        account_id: &home,
        accounts: &accounts,
        emulator: reads.emulator,
        stack_path,
        words,
    })
    .map_err(NotMade::NotPlanned)?;
    let mut checked = if refresh { check(reads.clouds, &planned.plan, &live).await } else { Checked::default() };
    checked.heed(open);
    Ok(Made { planned, live, checked })
}

/// Goes on only where nothing has vanished but what was accepted as gone (S7).
pub(super) fn guarded(state: &State, live: &Live, open: &[Intent], words: &Words) -> Result<(), NotMade> {
    let found = refresh::vanished(state, live, open, &words.accept_gone);
    if found.is_empty() { Ok(()) } else { Err(NotMade::Vanished(found)) }
}

/// The account that a state belongs to: the one that it names, or will name. That is the default chain's if the run uses
/// it, else that of the first name.
fn home(clouds: &Clouds, state: &State) -> String {
    if state.lineage.is_empty() {
        return clouds.ids().into_values().next().unwrap_or_default();
    }
    state.account_id.clone()
}
