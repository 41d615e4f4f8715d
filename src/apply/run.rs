//! The run of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, interval_at, sleep};

use super::context::{Context, followers};
use super::deeds;
use super::grants;
use super::ledger::Ledger;
use super::outcome::{Failure, Outcome};
use super::recover::Recovered;
use super::resent;
use super::vacancy::{Places, places};
use super::waits::Waits;
use crate::base::clock::Clock;
use crate::base::random::Random;
use crate::diagnostics::{Diagnostic, codes};
use crate::expr;
use crate::graph::queue::ReadyQueue;
use crate::kinds::clouds::Clouds;
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::model::event::Event;
use crate::model::object::Object;
use crate::model::stack::Provider;
use crate::model::value::{Attributes, Value};
use crate::plan::{Operation, Plan, Published, PublishedResources, Target, order_of, targets_of, usual};
use crate::refresh::Doubts;
use crate::state::journal::{Intent, Record};
use crate::state::{Lock, State};

/// How often a deed that takes long says so.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often a run that goes on looks whether the state is to be committed.
const COMMIT_EVERY: Duration = Duration::from_secs(5);

/// Everything that a run needs.
pub(super) struct Run<'a> {
    /// What to do.
    pub plan: &'a Plan,
    /// The cloud.
    pub clouds: &'a Clouds,
    /// The lock on the state.
    pub lock: &'a dyn Lock,
    /// The state with everything recovered.
    pub recovered: Recovered,
    /// The managed objects as the refresh saw them.
    pub live: &'a BTreeMap<Address, Option<Object>>,
    /// The planned creates whose natural key was seen to be free when the plan was checked.
    pub free: &'a BTreeSet<Address>,
    /// `provider` of the stack.
    pub provider: &'a Provider,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// Tokens and jitter.
    pub random: &'a dyn Random,
    /// How many deeds at once.
    pub parallelism: usize,
    /// Hears what happens.
    pub tell: &'a (dyn Fn(Event) + Sync),
    /// Turns true when the run is to stop: nothing new is begun, calls in flight are finished, and waits end at once.
    pub stop: watch::Receiver<bool>,
}

/// Runs a plan. The state is committed whatever happens; what went wrong is in the outcome.
pub(super) async fn run(run: Run<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mutated = run.recovered.count > 0 || !run.recovered.reusable.is_empty();
    let Recovered { mut loaded, reusable, missing, count: _, mut news, questions: _, doubts: _ } = run.recovered;
    let doubts = Doubts::new(&loaded, run.clock.now(), run.provider, run.tell);
    let places = places(run.clouds, run.plan, &loaded.state, &doubts, &missing, run.free).await;
    let Places { absent, found } = match places {
        Ok(places) => places,
        Err(failures) => {
            let failed = |target: &Target| failures.iter().any(|failure| failure.target == *target);
            outcome.not_done = targets(run.plan).filter(|target| !failed(target)).collect();
            outcome.failures = failures;
            outcome.mutated = mutated;
            return outcome;
        }
    };
    for record in &run.plan.records {
        loaded.state.resources.insert(record.address.clone(), record.clone());
        // What the YAML owns now is known to the next run, too, if this one is killed before its first commit (S1).
        news.push(Record::Entry(Box::new(record.clone())));
    }
    loaded.open.clone_from(&reusable);
    // Until what was found is in the state, the intent is what remembers it.
    let still_open = |intent: &Intent| reusable.iter().any(|other| other.number == intent.number);
    loaded.open.extend(found.values().map(|(intent, _)| intent).filter(|intent| !still_open(intent)).cloned());
    news.retain(|record| match record {
        Record::Outcome(outcome) => loaded.open.iter().all(|intent| intent.number != outcome.number),
        _ => true,
    });
    let published = published(&loaded.state, run.plan);
    let settle_window = run.provider.settle_window(run.plan.emulator);
    let ledger = match Ledger::begin(run.lock, run.clock, settle_window, loaded, news, mutated).await {
        Ok(ledger) => ledger,
        Err(error) => {
            outcome.not_done = targets(run.plan).collect();
            outcome.state = Some(error);
            outcome.mutated = mutated;
            return outcome;
        }
    };
    let cx = Context {
        stop: run.stop.clone(),
        clouds: run.clouds,
        random: run.random,
        ledger,
        waits: Waits::new(run.clouds, settle_window, run.stop.clone()),
        settle_window,
        live: run.live,
        existing: &run.plan.existing,
        followers: followers(&run.plan.operations),
        ignore_tags: &run.provider.ignore_tags,
        token_window: run.provider.token_window,
        tell: run.tell,
        absent,
        found,
        reusable: Mutex::new(reusable),
        published: Mutex::new(published),
        made: Mutex::default(),
        followed: Mutex::default(),
        gone: Mutex::default(),
        resent: Mutex::default(),
    };
    // To revoke is more than to record (S17).
    if !run.plan.words.refresh_only {
        outcome.failures = grants::tidy(&cx, run.plan).await;
    }
    walk(&cx, run.plan, run.parallelism, run.stop, &mut outcome).await;
    if outcome.state.is_none() && !cx.ledger.has_failed() {
        resent::settle(&cx, &mut outcome).await;
    }
    cx.ledger.edit(|state| {
        state.existing = run.plan.existing.iter().map(|read| (read.address.clone(), read.clone())).collect();
        record_outputs(&cx, run.plan, &mut state.outputs);
    });
    if outcome.state.is_none() {
        outcome.state = cx.ledger.commit().await.err();
    }
    outcome.unwritten = outcome.state.is_some().then(|| Box::new(cx.ledger.to_commit()));
    outcome.mutated = cx.ledger.mutated();
    outcome
}

/// Every deed of a plan.
fn targets(plan: &Plan) -> impl Iterator<Item = Target> {
    plan.operations.iter().flat_map(targets_of)
}

type Flight<'f> = Pin<Box<dyn Future<Output = (Target, Duration, Result<String, Diagnostic>)> + 'f>>;

async fn walk(
    cx: &Context<'_>,
    plan: &Plan,
    parallelism: usize,
    mut stop: watch::Receiver<bool>,
    outcome: &mut Outcome,
) {
    let of = |operation| targets_of(operation).map(move |target| (target, operation));
    let operations: BTreeMap<Target, &Operation> = plan.operations.iter().flat_map(of).collect();
    let mut queue = match ReadyQueue::new(&order_of(&plan.operations), usual) {
        Ok(queue) => queue,
        Err(cycle) => return refuse(plan, outcome, &cycle.to_string()),
    };
    let mut left: BTreeSet<Target> = operations.keys().cloned().collect();
    let mut flights: FuturesUnordered<Flight<'_>> = FuturesUnordered::new();
    // Runs beside the flights, never instead of them: a commit waits for appends that are under way.
    let commits = async {
        loop {
            sleep(COMMIT_EVERY).await;
            if let Err(error) = cx.ledger.relieve().await {
                return error;
            }
        }
    };
    tokio::pin!(commits);
    let mut stopping = *stop.borrow();
    let mut listening = true;
    loop {
        // A deed may have heard of it before this does.
        stopping |= *stop.borrow();
        while !stopping && outcome.state.is_none() && !cx.ledger.has_failed() && flights.len() < parallelism.max(1) {
            let Some(target) = queue.pop() else { break };
            let Some(operation) = operations.get(&target) else { continue };
            left.remove(&target);
            flights.push(Box::pin(fly(cx, operation, target)));
        }
        if flights.is_empty() {
            break;
        }
        tokio::select! {
            // In this order, so that the same run comes to the same end: an interrupt keeps back what a landing would
            // begin, and a commit has what has landed.
            biased;
            // Where nobody can interrupt any more, the run goes on to its end.
            changed = stop.changed(), if listening && !stopping => listening = changed.is_ok(),
            Some((target, elapsed, result)) = flights.next() => {
                landed(cx, &mut queue, outcome, operations.get(&target).copied(), target, elapsed, result);
                cx.ledger.progress(operations.len() - left.len() - flights.len(), operations.len()).await;
            }
            error = &mut commits, if outcome.state.is_none() => outcome.state = Some(error),
        }
    }
    outcome.interrupted |= stopping;
    outcome.not_done.extend(left);
}

/// A plan whose deeds wait for each other in a circle, which planning never makes.
fn refuse(plan: &Plan, outcome: &mut Outcome, circle: &str) {
    outcome.not_done = targets(plan).collect();
    outcome.failures.extend(targets(plan).next().map(|target| {
        Failure {
            target,
            problem: Diagnostic::error(codes::ORDER, "The operations cannot be put in order", format!("{circle}."))
                .help("Make the plan again."),
        }
    }));
}

/// Does one deed and says so, again and again while it takes long.
async fn fly(
    cx: &Context<'_>,
    operation: &Operation,
    target: Target,
) -> (Target, Duration, Result<String, Diagnostic>) {
    let begun = Instant::now();
    let (address, deed, id) = (target.address.clone(), target.deed, operation.id.clone());
    let id = if deed == Deed::Create { None } else { id };
    (cx.tell)(Event::Started { address: address.clone(), deed, id: id.clone() });
    let work = deeds::perform(cx, operation, &target);
    tokio::pin!(work);
    let mut heartbeat = interval_at(begun + HEARTBEAT, HEARTBEAT);
    let result = loop {
        tokio::select! {
            // What is done is not said to go on.
            biased;
            result = &mut work => break result,
            _ = heartbeat.tick() => {
                let (address, id) = (address.clone(), id.clone());
                (cx.tell)(Event::Progress { address, deed, id, elapsed: begun.elapsed() });
            }
        }
    };
    (target.clone(), begun.elapsed(), result)
}

fn landed(
    cx: &Context<'_>,
    queue: &mut ReadyQueue<Target>,
    outcome: &mut Outcome,
    operation: Option<&Operation>,
    target: Target,
    elapsed: Duration,
    result: Result<String, Diagnostic>,
) {
    let (address, deed) = (target.address.clone(), target.deed);
    match result {
        Ok(id) => {
            queue.done(&target);
            match deed {
                Deed::Create => outcome.added += 1,
                Deed::Update => outcome.changed += 1,
                Deed::Delete => outcome.destroyed += 1,
                Deed::Wait | Deed::Record => {}
            }
            (cx.tell)(Event::Completed { address, deed, id, elapsed });
        }
        Err(problem) if problem.code == codes::INTERRUPTED => {
            queue.fail(&target);
            if deed == Deed::Create && !cx.has_begun(&address) {
                outcome.not_done.push(target);
            } else {
                outcome.under_way.push(target);
            }
        }
        Err(problem) => {
            queue.fail(&target);
            // The id of a replacement is the old object's, which is gone when the new one is created.
            let id = operation.filter(|_| deed != Deed::Create).and_then(|operation| operation.id.clone());
            // A line is for what happened; the whole story is told at the end.
            let message = problem.detail.lines().next().unwrap_or_default().to_owned();
            (cx.tell)(Event::Failed { address: address.clone(), deed, id, elapsed, message });
            outcome.failures.push(Failure { target, problem: problem.about(&address) });
        }
    }
}

/// What expressions may read when the run begins.
fn published(state: &State, plan: &Plan) -> PublishedResources {
    let managed = state.resources.values().map(|entry| (&entry.address, &entry.id, &entry.attributes));
    let existing = plan.existing.iter().map(|read| (&read.address, &read.id, &read.attributes));
    let see = |(address, id, attributes): (&Address, &String, &Attributes)| {
        (address.clone(), Published { id: Some(id.clone()), attributes: attributes.clone(), complete: true })
    };
    PublishedResources(managed.chain(existing).map(see).collect())
}

/// Evaluates the outputs that change. One that depends on what was not made keeps its old value.
fn record_outputs(cx: &Context<'_>, plan: &Plan, outputs: &mut BTreeMap<String, Value>) {
    let published = cx.published.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (name, change) in &plan.outputs {
        match expr::resolve(&change.after, &*published) {
            Ok(Value::Null) => {
                outputs.remove(name);
            }
            Ok(value) if !value.has_unknown() => {
                outputs.insert(name.clone(), value);
            }
            Ok(_) | Err(_) => {}
        }
    }
}
