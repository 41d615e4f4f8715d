//! Walks: does what is next, and looks whether it came out as it should.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use cenform::apply::Made;
use cenform::diagnostics::Diagnostic;
use cenform::emulator::options::Options;
use cenform::plan::{Plan, Words};
use cenform::state::State;
use serde_json::{Value as Json, json};

use super::checks::{did_as_planned, objects, settled, state_survives_its_file, survives_its_file};
use super::outside;
use super::sheet::{Sheet, told};
use crate::suite::engine::bench::{Bench, Ended, lines};
use crate::suite::sim::dice::Dice;
use crate::suite::sim::invariants::{self, Before};

/// How many steps a walk has at most.
const STEPS: u64 = 6;

/// What came of a walk.
pub(super) struct Walked {
    /// What happened, step by step.
    pub(super) story: String,
    /// What should not have happened.
    pub(super) broken: Option<String>,
}

/// Walks the walk of a number, on a runtime and under a clock of its own.
pub(super) fn walk(seed: u64) -> Walked {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let dice = Dice::new(seed ^ 0x003a_1c0d);
        let bench = Bench::with(&Options { seed, ..Options::default() });
        let mut walk =
            Walk { bench, dice, sheet: Sheet::new(), stack: json!({}), applied: json!({}), story: String::new() };
        let broken = walk.walk().await.err();
        Walked { story: walk.story, broken }
    })
}

/// What the world is held against after an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Against {
    /// The plan and the YAML.
    Yaml,
    /// The plan alone: the world was changed since it was made, or everything was to go.
    Plan,
}

struct Walk {
    bench: Bench,
    dice: Dice,
    sheet: Sheet,
    /// The stack as it is written.
    stack: Json,
    /// The stack as it was applied last.
    applied: Json,
    story: String,
}

impl Walk {
    async fn walk(&mut self) -> Result<(), String> {
        self.edit();
        self.apply().await?;
        for _ in 0..=self.dice.below(STEPS) {
            match self.dice.below(9) {
                0..3 => self.edit(),
                3..6 => self.meddle().await,
                6 => self.apply_late().await?,
                7 => self.destroy().await?,
                _ => self.apply().await?,
            }
        }
        self.apply().await
    }

    fn tell(&mut self, what: &str) {
        let _ = writeln!(self.story, "{what}");
    }

    /// The stack as text.
    fn yaml(&self) -> String {
        serde_yaml::to_string(&self.stack).unwrap()
    }

    /// The YAML is edited.
    fn edit(&mut self) {
        self.sheet.edit(&self.dice, &self.stack);
        self.written();
    }

    fn written(&mut self) {
        let stack = self.sheet.write(&self.dice);
        let changes = told(&self.stack, &stack);
        self.tell(&format!("The YAML is edited:\n    {}", changes.join("\n    ")));
        self.stack = stack;
    }

    /// Somebody changes the cloud behind our back.
    async fn meddle(&mut self) {
        if let Some(deed) = outside::happens(&self.bench, &self.dice).await {
            self.tell(&format!("In the cloud, {deed}."));
        }
        self.bench.pass(Duration::from_secs(5)).await;
    }

    /// The stack is planned, now and then twice, and nothing comes of it but the same plan (S9, S15).
    async fn plan(&mut self, words: &Words) -> Result<Made, String> {
        let (yaml, before) = (self.yaml(), self.around().await);
        let made =
            self.bench.plan(&yaml, words, true).await.map_err(|error| format!("there is no plan: {error:#?}"))?;
        if self.dice.chance(0.3) {
            let again = self.bench.plan(&yaml, words, true).await.map_err(|error| format!("no second: {error:#?}"))?;
            let [first, second] = [&made, &again].map(|made| serde_json::to_string(&made.planned.plan).unwrap());
            if first != second {
                return Err(format!("two plans of the same are not the same:\n{first}\n{second}"));
            }
        }
        if self.around().await != before {
            return Err("a plan has changed the world or the state".to_owned());
        }
        let plan = &made.planned.plan;
        let notes: String = plan.notes.iter().fold(String::new(), |notes, note| notes + "\n    note: " + &note.message);
        self.tell(&format!("A plan says {:?}:\n    {}{notes}", plan.summary(), lines(plan).join("\n    ")));
        Ok(made)
    }

    /// The world, in which everything has had the time to settle.
    fn world(&self) -> Json {
        settled(self.bench.world())
    }

    /// What a plan must not change. How many requests there have been is none of it.
    async fn around(&self) -> (BTreeMap<String, Json>, State) {
        (objects(&self.world()), self.bench.state().await)
    }

    /// The stack is planned and applied, by one command or by two.
    async fn apply(&mut self) -> Result<(), String> {
        let words = Words { allow_data_loss: true, ..Words::default() };
        let made = self.plan(&words).await?;
        if made.refusal().is_some() {
            self.refused(&made, &words).await?;
            return Box::pin(self.apply()).await;
        }
        let plan = made.planned.plan;
        let before = self.world();
        let ended = if self.dice.chance(0.3) {
            self.tell("The plan is saved and applied.");
            self.bench.apply_saved(survives_its_file(&plan)?).await
        } else {
            self.tell("The stack is applied.");
            self.bench.apply_with(&self.yaml(), &words).await
        };
        self.done(&plan, &before, ended, Against::Yaml).await?;
        self.rests().await
    }

    /// A plan that must not be begun: what protects what is said, nothing is done, and the protection is taken off.
    async fn refused(&mut self, made: &Made, words: &Words) -> Result<(), String> {
        let before = self.around().await;
        let refusal = made.refusal().map(|refusal| (refusal.gates, refusal.problems));
        match self.bench.apply_with(&self.yaml(), words).await {
            Ended::Refused(found) if Some((found.gates.clone(), found.problems.clone())) == refusal => {}
            other => return Err(format!("the plan is refused for {refusal:#?}, and its apply ends so: {other:#?}")),
        }
        if self.around().await != before {
            return Err("a refused apply has changed the world or the state".to_owned());
        }
        let protects = |stack: &Json, kind: &str, name: &str| {
            stack[format!("{kind}s")][name]["lifecycle"]["prevent_destroy"] == true
        };
        let gates = &made.planned.gates;
        for gate in gates {
            let address = gate.address.to_string();
            let (kind, name) = address.split_once('.').unwrap();
            if !protects(&self.stack, kind, name) && !protects(&self.applied, kind, name) {
                return Err(format!("nothing protects {address}, and it is refused: {}", gate.message));
            }
        }
        if gates.is_empty() {
            return Err(format!("nothing stands in the way, and yet: {refusal:#?}"));
        }
        self.tell("It is refused. The stack that was applied last is applied again, without protection.");
        let wanted = self.stack.clone();
        self.sheet.unprotect();
        self.stack = self.applied.clone();
        for section in super::sheet::SECTIONS {
            for (_, item) in self.stack[section].as_object_mut().into_iter().flatten() {
                if item["lifecycle"]["prevent_destroy"] == true {
                    item["lifecycle"]["prevent_destroy"] = false.into();
                }
            }
        }
        Box::pin(self.apply()).await?;
        self.stack = wanted;
        self.written();
        Ok(())
    }

    /// A plan is saved; something else happens; the plan is applied, which is stale or is not.
    async fn apply_late(&mut self) -> Result<(), String> {
        let words = Words { allow_data_loss: true, ..Words::default() };
        let made = self.plan(&words).await?;
        if made.refusal().is_some() {
            return Ok(());
        }
        let plan = survives_its_file(&made.planned.plan)?;
        let planned = self.bench.state().await;
        self.tell("The plan is saved.");
        let others = self.dice.chance(0.5);
        if others {
            self.edit();
            self.apply().await?;
        } else {
            self.meddle().await;
        }
        let (before, world) = (self.around().await, self.world());
        self.tell("The saved plan is applied.");
        let ended = self.bench.apply_saved(plan.clone()).await;
        let moved = before.1.serial != planned.serial || before.1.lineage != planned.lineage;
        match ended {
            Ended::Stale(problems) => {
                self.tell(&format!("It is stale: {}", problems[0].detail));
                if self.around().await != before {
                    return Err("a stale plan has changed the world or the state".to_owned());
                }
                if plan.is_empty() && !moved {
                    return Err("a plan without operations is stale though nothing was applied".to_owned());
                }
                Ok(())
            }
            _ if moved => Err(format!("something was applied since, and the saved plan ends so: {ended:#?}")),
            // What changed since is none of what the plan touches, or it would be stale: the next one sees it.
            ended => self.done(&plan, &world, ended, Against::Plan).await,
        }
    }

    /// Everything goes.
    async fn destroy(&mut self) -> Result<(), String> {
        self.sheet.unprotect();
        self.written();
        self.apply().await?;
        let words = Words { destroy: true, ..Words::default() };
        let plan = self.plan(&words).await?.planned.plan;
        let before = self.world();
        self.tell("It is destroyed.");
        let ended = self.bench.apply_with(&self.yaml(), &words).await;
        let stack = std::mem::replace(&mut self.stack, json!({}));
        self.done(&plan, &before, ended, Against::Plan).await?;
        let broken = invariants::broken(&self.stack, &self.world(), &self.bench.state().await, None);
        self.stack = stack;
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// Something was applied: all of it was done, as the plan says.
    async fn done(&mut self, plan: &Plan, before: &Json, ended: Ended, against: Against) -> Result<(), String> {
        let (done, outcome) = match ended {
            Ended::Done(done, outcome) if outcome.is_complete() => (done, outcome),
            other => return Err(format!("the apply is not complete: {other:#?}")),
        };
        if done.digest != plan.digest || done.operations != plan.operations {
            return Err(format!("planned was {:?}, and applied {:?}", lines(plan), lines(&done)));
        }
        // What was deleted is gone, and what was made has settled.
        self.bench.pass(Duration::from_secs(5)).await;
        let (world, state) = (self.world(), self.bench.state().await);
        let mut broken = did_as_planned(plan, &outcome, before, &world);
        state_survives_its_file(&state)?;
        if against == Against::Yaml {
            let applied = Before { stack: &self.applied, world: before };
            broken.extend(invariants::broken(&self.stack, &world, &state, Some(&applied)));
        }
        self.applied = self.stack.clone();
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// There is nothing left to do, whether the cloud is asked or the state.
    async fn rests(&mut self) -> Result<(), String> {
        let words = Words::default();
        for refresh in [true, false] {
            let made = self.bench.plan(&self.yaml(), &words, refresh).await.map_err(|error| format!("{error:#?}"))?;
            let plan = made.planned.plan;
            if !plan.is_empty() || !plan.drift.is_empty() || made.checked.problems.iter().any(Diagnostic::is_error) {
                let rest = (lines(&plan), &plan.outputs, &plan.drift, &made.checked.problems);
                return Err(format!("there is something to do after everything was done ({refresh}): {rest:#?}"));
            }
        }
        Ok(())
    }
}
