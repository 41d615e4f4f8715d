//! An apply from its lock to its end: settle what an interrupted run left open, come to a plan, ask, do it, and look
//! what is written down. Who runs it brings the ports, and says how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;

use super::make::{Made, NotMade, Reads, Refusal, Wish, guarded, make};
use super::moved::{moved_since, referred};
use super::outcome::Outcome;
use super::preflight::check;
use super::question::{Question, Unanswered};
use super::recover::{Recovered, record, recover};
use super::run::{Run, run};
use crate::base::clock::Clock;
use crate::base::random::Random;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::event::Event;
use crate::model::stack::{Provider, Stack};
use crate::model::value::Value;
use crate::plan::{self, Moved, Plan, Planned};
use crate::refresh::{self, Doubts, Live};
use crate::state::journal::Intent;
use crate::state::{Loaded, Lock, State, StateError};

/// How long what was read is fresh: somebody who is asked may take longer, and others work meanwhile.
const FRESH: Duration = Duration::from_secs(5);

/// What an apply works through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The cloud, and who hears what happens.
    pub reads: Reads<'a>,
    /// The lock on the state.
    pub lock: &'a dyn Lock,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// Tokens, jitter, and the lineage of a new state.
    pub random: &'a dyn Random,
    /// How many deeds at once.
    pub parallelism: usize,
}

/// Who sees the plan, decides, and may interrupt.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Sees the plan that was made, be it refused or not. A saved plan has been seen.
    fn see(&self, plan: &Plan);

    /// Hears of what keeps nobody from beginning the plan, and may keep it from succeeding.
    fn warn(&self, problems: &[Diagnostic]);

    /// Whether the plan that was seen is to be done; a problem if it must not be, or nobody can be asked. A saved plan
    /// has been approved.
    async fn approve(&self, plan: &Plan) -> Result<bool, Diagnostic>;

    /// Something is being changed from now on. What is given back turns true when the run is to stop.
    fn begin(&self, plan: &Plan) -> watch::Receiver<bool>;
}

/// What is to be applied.
#[derive(Debug)]
pub enum Wanted<'a> {
    /// A stack.
    Stack(Wish<'a>),
    /// A plan that was made and approved before, as it is.
    Saved(Box<Plan>),
}

/// A plan that was begun.
#[derive(Debug)]
pub struct Done {
    /// What was to be done.
    pub plan: Plan,
    /// What became of it.
    pub outcome: Outcome,
    /// The outputs as the state has them now; those of before where it cannot be read.
    pub outputs: BTreeMap<String, Value>,
    /// The calls whose outcome is not known, if that can be told.
    pub open: Option<Vec<Intent>>,
    /// Whether the journal can be read and holds what the state does not.
    pub journaled: bool,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// What an interrupted run left open could not be looked up.
    #[error(transparent)]
    NotRecovered(#[from] Unanswered),
    /// Only a person can say what became of creates of an interrupted run (S25).
    #[error("nobody knows what became of {} creates", .0.len())]
    Questions(Vec<Question>),
    /// There is no plan.
    #[error(transparent)]
    NotMade(#[from] NotMade),
    /// The saved plan was not made from this state (S15).
    #[error("the saved plan is stale")]
    Stale(Diagnostic),
    /// The cloud is no longer as the saved plan shows it: everything that has moved (S16).
    #[error("the cloud has changed since the plan was made")]
    Moved(Vec<Moved>),
    /// The plan may not be begun.
    #[error("the plan is refused")]
    Refused(Refusal),
    /// The plan must not be done, or nobody could be asked.
    #[error("the plan was not approved: {}", .0.summary)]
    NotApproved(Diagnostic),
    /// It was asked, and the answer was not yes.
    #[error("the plan was declined")]
    Declined,
    /// The state could not be written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A plan that may be begun, with what it is begun on.
struct Ready {
    made: Made,
    recovered: Recovered,
    provider: Provider,
}

/// Applies under the lock that the ports have, from the state that was `loaded` under it.
pub async fn whole(ports: Ports<'_>, loaded: Loaded, wanted: Wanted<'_>, asker: &dyn Asker) -> Result<Done, NotBegun> {
    let ready = match wanted {
        Wanted::Stack(wish) => planned(ports, loaded, &wish, asker).await?,
        Wanted::Saved(plan) => saved(ports, loaded, plan, asker).await?,
    };
    Ok(begun(ports, ready, asker).await)
}

/// Plans a stack and has it approved.
async fn planned(ports: Ports<'_>, loaded: Loaded, wish: &Wish<'_>, asker: &dyn Asker) -> Result<Ready, NotBegun> {
    let mut recovered = recovered(ports, loaded, &wish.stack.provider, wish.stack).await?;
    let moves = plan::moves(wish.stack, wish.words, &recovered.loaded.state, recovered.addresses())
        .map_err(NotMade::NotPlanned)?;
    recovered.follow(&moves);
    let doubts = Doubts::new(&recovered.loaded, ports.clock.now(), &wish.stack.provider, ports.reads.tell);
    let mut made = make(ports.reads, wish, &moves, &recovered.loaded.state, &recovered.missing, &doubts).await?;
    let read = Instant::now();
    let plan = &made.planned.plan;
    // S20: what is left out is where it was.
    let left_out = moves.into_iter().filter(|(_, to)| plan.left_out.contains(to));
    recovered.follow(&left_out.map(|(from, to)| (to, from)).collect());
    answered(recovered.unsettled(plan).into_iter().cloned().collect())?;
    asker.see(plan);
    allowed(&made, asker)?;
    if !asker.approve(plan).await.map_err(NotBegun::NotApproved)? {
        return Err(NotBegun::Declined);
    }
    if read.elapsed() >= FRESH {
        made.live = unmoved(ports, &recovered, plan).await?;
    }
    Ok(Ready { made, recovered, provider: wish.stack.provider.clone() })
}

/// Holds a saved plan against what is there now.
async fn saved(ports: Ports<'_>, loaded: Loaded, plan: Box<Plan>, asker: &dyn Asker) -> Result<Ready, NotBegun> {
    let none = Stack::default();
    let committed = loaded.state.clone();
    let mut recovered = recovered(ports, loaded, &plan.provider, &none).await?;
    let interrupted = recovered.loaded.interrupted;
    if interrupted {
        // The next plan is made from it; this one was not.
        record(ports.lock, &recovered).await?;
    }
    if let Some(problem) = stale(&plan, &committed, interrupted) {
        return Err(NotBegun::Stale(problem));
    }
    // What the plan takes over is in no state yet.
    recovered.follow(&plan.moves());
    let live = unmoved(ports, &recovered, &plan).await?;
    let mut checked = check(ports.reads.clouds, &plan, &live).await;
    checked.heed(&recovered.missing);
    let provider = plan.provider.clone();
    let made = Made { planned: Planned { plan: *plan, gates: Vec::new() }, live, checked };
    allowed(&made, asker)?;
    Ok(Ready { made, recovered, provider })
}

/// Reads what a plan touches and refers to once more, right before its first write: as the plan shows it, or it is not
/// begun (S16).
async fn unmoved(ports: Ports<'_>, recovered: &Recovered, plan: &Plan) -> Result<Live, NotBegun> {
    let Reads { clouds, tell, .. } = ports.reads;
    let mut believed = recovered.loaded.state.clone();
    believed.resources.extend(plan.records.iter().map(|entry| (entry.address.clone(), entry.clone())));
    let doubts = Doubts::new(&recovered.loaded, ports.clock.now(), &plan.provider, tell);
    let mut live = refresh::read(clouds, &Stack::default(), &believed, &doubts, tell).await.map_err(NotMade::Unread)?;
    live.existing = refresh::read_existing(clouds, referred(plan)).await.map_err(NotMade::Unread)?;
    guarded(&recovered.loaded.state, &live, &recovered.reusable, &plan.words)?;
    let moved = moved_since(plan, &believed, &live);
    if moved.is_empty() { Ok(live) } else { Err(NotBegun::Moved(moved)) }
}

/// The state with everything that an interrupted run left open settled (S25).
async fn recovered(
    ports: Ports<'_>,
    loaded: Loaded,
    provider: &Provider,
    stack: &Stack,
) -> Result<Recovered, NotBegun> {
    let mut recovered = recover(ports.reads, loaded, ports.clock, provider).await?;
    recovered.heed(stack);
    if recovered.loaded.interrupted {
        (ports.reads.tell)(Event::Recovered { count: recovered.count });
    }
    answered(std::mem::take(&mut recovered.questions))?;
    Ok(recovered)
}

/// Goes on only where there are no questions.
fn answered(questions: Vec<Question>) -> Result<(), NotBegun> {
    if questions.is_empty() { Ok(()) } else { Err(NotBegun::Questions(questions)) }
}

/// Goes on only where nothing stands in the way of the plan.
fn allowed(made: &Made, asker: &dyn Asker) -> Result<(), NotBegun> {
    if let Some(refusal) = made.refusal() {
        return Err(NotBegun::Refused(refusal));
    }
    asker.warn(&made.checked.problems);
    Ok(())
}

/// Why a plan was not made from this state, if it was not (S15).
fn stale(plan: &Plan, committed: &State, interrupted: bool) -> Option<Diagnostic> {
    let detail = if plan.lineage != committed.lineage && plan.lineage.is_empty() {
        "It was made when there was no state, and one has appeared since.".to_owned()
    } else if plan.lineage != committed.lineage {
        "It was made from another state than the one that is here.".to_owned()
    } else if plan.serial > committed.serial {
        format!(
            "It was made from serial {} of the state, which is at {} now: an older state was put in its place.",
            plan.serial, committed.serial
        )
    } else if plan.serial != committed.serial {
        format!(
            "It was made from serial {} of the state, which is at {} now: something was applied in between.",
            plan.serial, committed.serial
        )
    } else if interrupted {
        "An apply was interrupted, and what it did was not in the plan. It is in the state now.".to_owned()
    } else {
        return None;
    };
    let problem = Diagnostic::error(codes::STALE_PLAN, "The saved plan is stale", detail);
    Some(problem.help("Plan again and review what is new."))
}

/// Does it, and looks what is written down.
async fn begun(ports: Ports<'_>, ready: Ready, asker: &dyn Asker) -> Done {
    let Ready { made, mut recovered, provider } = ready;
    let plan = made.planned.plan;
    let state = &mut recovered.loaded.state;
    if state.lineage.is_empty() {
        state.lineage = ports.random.uuid();
        state.account_id.clone_from(&plan.account_id);
        state.emulator = plan.emulator;
    }
    let before = state.outputs.clone();
    let outcome = run(Run {
        plan: &plan,
        clouds: ports.reads.clouds,
        lock: ports.lock,
        recovered,
        live: &made.live.managed,
        free: &made.checked.free,
        provider: &provider,
        clock: ports.clock,
        random: ports.random,
        parallelism: ports.parallelism,
        tell: ports.reads.tell,
        stop: asker.begin(&plan),
    })
    .await;
    match ports.lock.load().await.ok() {
        Some(Loaded { state, open, recent: _, last: _, interrupted }) => {
            Done { plan, outcome, outputs: state.outputs, open: Some(open), journaled: interrupted }
        }
        None => Done { plan, outcome, outputs: before, open: None, journaled: false },
    }
}
