//! Lives a life, and lets everything come to rest.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cenform::apply::Question;
use cenform::base::sim_fs::SimFs;
use cenform::cloud::request::{Product, Rpc};
use cenform::model::address::Kind;
use cenform::state::StateError;
use serde_json::json;
use tokio::sync::Notify;

use super::story::{Beside, End, Step, Story};
use super::witness::Witness;
use super::{invariants, stranger};
use crate::suite::engine::bench::{Bench, Ended, Ports, Process, Way, lines};

/// How often a stack is applied until it must be complete.
const PATIENCE: usize = 12;

/// What came of a life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// How each run ended, and how everything was at the end.
    pub(super) log: String,
    /// What should not have happened.
    pub(super) broken: Option<String>,
}

/// Lives a life on a runtime and under a clock of its own, by processes that are built through `ports`.
pub(super) fn play(story: &Story, ports: Arc<dyn Ports>) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let witness = Arc::new(Witness::default());
        let bench = Bench::on_disk(&story.cloud.options(), SimFs::new(story.cloud.seed), ports);
        let stranger = bench.beside();
        witness.is_stranger(stranger.number());
        bench.witness(witness.clone());
        let mut life = Life { bench, stranger, witness, log: String::new() };
        let broken = life.live(story).await.err();
        let _ = write!(life.log, "{} calls", life.witness.calls());
        Told { log: life.log, broken }
    })
}

/// What the next run of a process meets.
fn meets(process: &Process, end: End) {
    process.crash_at(end.of_wire());
    process.interrupt_at(None);
    match end {
        End::Interrupted(call) => process.interrupt_at(Some(call)),
        End::InterruptedAny(call) => {
            let stop = process.interrupter();
            process.at_call(call, move || {
                stop.send_replace(true);
                Way::Goes
            });
        }
        _ => {}
    }
    if let Some((nth, fault)) = end.of_disk() {
        process.disk().fail(nth, fault);
    }
}

async fn run(process: &Process, stack: &str, destroy: bool) -> Ended {
    if destroy { process.destroy(stack).await } else { process.apply(stack).await }
}

fn has_lost_its_lock(ended: &Ended) -> bool {
    match ended {
        Ended::Done(_, outcome) => matches!(outcome.state, Some(StateError::LockLost { .. })),
        Ended::Failed(why) => why.contains("was lost"),
        _ => false,
    }
}

struct Life {
    bench: Bench,
    /// Somebody else with the same account.
    stranger: Process,
    witness: Arc<Witness>,
    log: String,
}

impl Life {
    async fn live(&mut self, story: &Story) -> Result<(), String> {
        for step in &story.steps {
            self.step(step).await?;
        }
        let Some(last) = story.steps.last() else { return Ok(()) };
        self.rest(last).await
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        self.bench.faults(&json!(step.faults));
        meets(&self.bench, step.end);
        if let Some(call) = step.restart_at {
            let cloud = self.bench.cloud().clone();
            self.bench.at_call(call, move || {
                cloud.restart();
                Way::Lost
            });
        }
        self.together(step).await?;
        if step.power_fails {
            self.bench.disk().crash();
        } else {
            self.bench.disk().kill();
        }
        self.witness.is_over();
        if step.restart {
            self.bench.cloud().restart();
        }
        self.bench.pass(Duration::from_secs(step.pause_s)).await;
        self.whole()
    }

    /// The run of a step, and whoever else is at work meanwhile.
    async fn together(&mut self, step: &Step) -> Result<(), String> {
        let [beside_begins, stranger_begins] = [(); 2].map(|()| Arc::new(Notify::new()));
        self.notifies(step.beside.as_ref().map(|beside| beside.from), &beside_begins);
        self.notifies(step.stranger_at, &stranger_begins);
        let first = async {
            let ended = run(&self.bench, &step.stack, step.destroy).await;
            beside_begins.notify_one();
            stranger_begins.notify_one();
            ended
        };
        let second = async {
            let beside = step.beside.as_ref()?;
            let other = self.other(beside);
            beside_begins.notified().await;
            let ended = run(&other, &beside.stack, beside.destroy).await;
            other.disk().kill();
            Some((beside, ended))
        };
        let stranger = async {
            if step.stranger_at.is_some() {
                stranger_begins.notified().await;
                stranger::makes(&self.stranger, &step.stack).await;
            }
        };
        let (first, second, ()) = tokio::join!(first, second, stranger);
        self.note(&format!("{:?}", step.end), &first)?;
        let Some((beside, second)) = second else { return Ok(()) };
        self.note(&format!("beside, {:?}", beside.end), &second)?;
        if !beside.robs && (has_lost_its_lock(&first) || has_lost_its_lock(&second)) {
            return Err("a run has lost its lock, and nobody has robbed it".to_owned());
        }
        Ok(())
    }

    /// Somebody is notified with a call of the run.
    fn notifies(&self, call: Option<u64>, whom: &Arc<Notify>) {
        if let Some(call) = call {
            let whom = whom.clone();
            self.bench.at_call(call, move || {
                whom.notify_one();
                Way::Goes
            });
        }
    }

    /// A second process.
    fn other(&self, beside: &Beside) -> Process {
        let other = self.bench.beside();
        meets(&other, beside.end);
        other.waits(Duration::from_secs(beside.wait_s));
        if beside.robs {
            other.disk().rob();
        }
        other
    }

    fn note(&mut self, what: &str, ended: &Ended) -> Result<(), String> {
        let how = match ended {
            Ended::NotLoaded(problems) => return Err(format!("the stack is not valid: {problems:#?}")),
            Ended::Done(plan, outcome) if outcome.is_complete() => format!("complete: {:?}", lines(plan)),
            Ended::Done(plan, outcome) => {
                let problems = outcome.failures.iter().map(|failure| {
                    let problem = &failure.problem;
                    let detail = problem.detail.lines().next().unwrap_or_default();
                    format!("\n    {} {}: {} {detail}", failure.target.deed, failure.target.address, problem.summary)
                });
                format!("not complete: {:?} {:?}{}", lines(plan), outcome.state, problems.collect::<String>())
            }
            Ended::Failed(why) => why.clone(),
            other => format!("{other:?}"),
        };
        let _ = writeln!(self.log, "{what} -> {how}");
        Ok(())
    }

    /// Whether nothing has happened that should not.
    fn whole(&self) -> Result<(), String> {
        let broken = self.witness.broken();
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// Nothing goes wrong any more: applies until everything is as the stack says, and holds it against that.
    async fn rest(&mut self, last: &Step) -> Result<(), String> {
        self.bench.faults(&json!([]));
        meets(&self.bench, End::Own);
        for _ in 0..PATIENCE {
            let ended = run(&self.bench, &last.stack, last.destroy).await;
            self.note("rest", &ended)?;
            self.whole()?;
            match ended {
                Ended::Done(_, outcome) if outcome.is_complete() && self.bench.open().await.is_empty() => {
                    return self.at_rest(last).await;
                }
                Ended::Questions(questions) => self.answer(questions).await?,
                _ => self.bench.pass(Duration::from_secs(200)).await,
            }
        }
        let (last, open) = (self.log.lines().last().unwrap_or_default(), self.bench.open().await);
        Err(format!("it does not come to rest: {last}\nopen: {open:#?}"))
    }

    /// A person answers: what may have been made is not wanted.
    async fn answer(&mut self, questions: Vec<Question>) -> Result<(), String> {
        for question in questions {
            // Within the token's window the token answers, and it is kept.
            if question.intent.address.kind != Kind::Cen || question.intent.token.is_none() {
                return Err(format!("a question that nobody should be asked: {question:#?}"));
            }
            for id in question.candidates {
                if self.witness.is_theirs(&id) {
                    stranger::renames(&self.stranger, &id).await;
                    let _ = writeln!(self.log, "it was somebody else's");
                    continue;
                }
                self.witness.permit(&id);
                let request = Rpc::write(Product::Cbn, "DeleteCen").param("CenId", id).into();
                let answer = self.bench.api().call(&request).await;
                let _ = writeln!(self.log, "a person deletes a CEN: {}", answer.is_ok());
            }
        }
        self.bench.pass(Duration::from_secs(10)).await;
        Ok(())
    }

    async fn at_rest(&mut self, last: &Step) -> Result<(), String> {
        let stack = if last.destroy { json!({}) } else { serde_yaml::from_str(&last.stack).unwrap() };
        for _ in 0..2 {
            let mut broken =
                invariants::broken(&stack, &self.witness.ours(self.bench.world()), &self.bench.state().await, None);
            broken.extend(self.witness.untold());
            if !broken.is_empty() {
                return Err(broken.join("\n"));
            }
            let ended = run(&self.bench, &last.stack, last.destroy).await;
            self.note("again", &ended)?;
            match ended {
                Ended::Done(plan, outcome) if outcome.is_complete() && plan.operations.is_empty() => {}
                _ => return Err("there is something to do after everything was done".to_owned()),
            }
            self.whole()?;
        }
        let _ = writeln!(self.log, "{}", self.bench.world());
        Ok(())
    }
}
