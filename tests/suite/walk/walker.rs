//! Walks: does what is next, and looks whether it came out as it should.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use cenform::apply::{Made, NotMade};
use cenform::diagnostics::Diagnostic;
use cenform::emulator::options::Options;
use cenform::model::address::Address;
use cenform::plan::{Plan, Words};
use cenform::refresh::Vanished;
use cenform::state::State;
use serde_json::{Value as Json, json};

use super::checks::{
    did_as_planned, objects, settled, state_survives_its_file, survives_its_file, too_much, triggers_pull,
};
use super::outside::{self, Harm};
use super::parts;
use super::sheet::{
    Sheet, addresses, has_triggers, is_referred_to, item, moves, renamed, some, told, unprotected, without,
};
use crate::suite::engine::bench::{Bench, Ended, address, lines};
use crate::suite::sim::dice::Dice;
use crate::suite::sim::invariants::{self, Before};
use crate::suite::sim::stranger;

/// How many steps a walk has at most.
const STEPS: u64 = 4;

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
        let mut walk = Walk {
            bench,
            dice,
            sheet: Sheet::new(),
            stack: json!({}),
            applied: json!({}),
            is_applied: false,
            theirs: BTreeSet::new(),
            story: String::new(),
        };
        let broken = walk.walk().await.err();
        Walked { story: walk.story, broken }
    })
}

/// What the world is held against after an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against<'a> {
    /// The plan and the YAML.
    Yaml,
    /// The plan and the YAML, without what is at these addresses.
    Part(&'a BTreeSet<String>),
    /// The plan alone: the world was changed since it was made, or everything was to go.
    Plan,
}

pub(super) struct Walk {
    pub(super) bench: Bench,
    pub(super) dice: Dice,
    pub(super) sheet: Sheet,
    /// The stack as it is written.
    pub(super) stack: Json,
    /// The stack as it was applied last.
    pub(super) applied: Json,
    /// Whether the world and the state are as the stack says.
    is_applied: bool,
    /// What is in the world and not ours.
    pub(super) theirs: BTreeSet<String>,
    story: String,
}

impl Walk {
    async fn walk(&mut self) -> Result<(), String> {
        self.edit();
        // Only now is there something to be marked.
        self.edit();
        self.apply().await?;
        for _ in 0..=self.dice.below(STEPS) {
            match self.dice.below(17) {
                0..3 => self.edit(),
                3..6 => self.meddle().await,
                6 => self.apply_late().await?,
                7 => self.destroy().await?,
                8 => self.forget_and_import().await?,
                9 => self.lend_and_take_back().await?,
                10 if self.theirs.is_empty() => self.strangers_come().await,
                11 => self.record_drift().await?,
                12..15 => self.apply_part().await?,
                15 => self.replace().await?,
                _ => self.apply().await?,
            }
        }
        self.catch_up().await
    }

    /// Applies the stack, unless that was just done.
    pub(super) async fn catch_up(&mut self) -> Result<(), String> {
        if self.is_applied { Ok(()) } else { self.apply().await }
    }

    pub(super) fn tell(&mut self, what: &str) {
        let _ = writeln!(self.story, "{what}");
    }

    /// The stack as text.
    pub(super) fn yaml(&self) -> String {
        serde_yaml::to_string(&self.stack).unwrap()
    }

    /// The YAML is edited.
    pub(super) fn edit(&mut self) {
        self.sheet.edit(&self.dice, &self.stack);
        self.written();
    }

    fn written(&mut self) {
        let stack = self.sheet.write(&self.dice, &self.stack);
        self.rewritten(stack);
    }

    fn rewritten(&mut self, stack: Json) {
        self.is_applied = false;
        let changes = told(&self.stack, &stack);
        self.tell(&format!("The YAML is edited:\n    {}", changes.join("\n    ")));
        self.stack = stack;
    }

    /// Somebody changes the cloud behind our back.
    pub(super) async fn meddle(&mut self) {
        self.meddle_with(Harm::Any).await;
    }

    async fn meddle_with(&mut self, harm: Harm) {
        self.is_applied = false;
        if let Some(deed) = outside::happens(&self.bench, &self.dice, harm).await {
            self.tell(&format!("In the cloud, {deed}."));
        }
        self.bench.pass(Duration::from_secs(5)).await;
    }

    /// Somebody with the same account makes what looks like ours.
    async fn strangers_come(&mut self) {
        let before = objects(&self.world());
        stranger::makes(&self.bench, &self.yaml()).await;
        self.bench.pass(Duration::from_secs(5)).await;
        self.theirs = objects(&self.world()).into_keys().filter(|id| !before.contains_key(id)).collect();
        self.tell(&format!("In the cloud, somebody else makes {:?}.", self.theirs));
    }

    /// One of the resources that are declared, of those that fit, and its id.
    async fn one(&self, fits: impl Fn(&str, &Json) -> bool) -> Option<(String, String)> {
        let mut stack = self.stack.clone();
        let there: Vec<String> = addresses(&self.stack)
            .filter(|address| item(&mut stack, address).is_some_and(|item| fits(address, item)))
            .collect();
        let address = some(&self.dice, &there)?.clone();
        let id = self.bench.id(&address).await;
        Some((address, id))
    }

    /// What was changed outside is recorded, and nothing else happens.
    async fn record_drift(&mut self) -> Result<(), String> {
        self.is_applied = false;
        let mut words = Words { refresh_only: true, ..Words::default() };
        let plan = self.plan(&mut words).await?.planned.plan;
        let before = objects(&self.world());
        self.tell("What was changed outside is recorded.");
        let ended = self.bench.apply_with(&self.yaml(), &words).await;
        let Ended::Done(done, outcome) = ended else { return Err(format!("drift is not recorded: {ended:#?}")) };
        if !outcome.is_complete() || outcome.mutated || objects(&self.world()) != before || done.digest != plan.digest {
            return Err(format!("recording drift did something: {plan:#?}\n{outcome:#?}"));
        }
        let again = self.plan(&mut words).await?.planned.plan;
        if again.drift.is_empty() { Ok(()) } else { Err(format!("drift that was recorded is drift: {again:#?}")) }
    }

    /// Something is forgotten, and later imported again.
    async fn forget_and_import(&mut self) -> Result<(), String> {
        self.catch_up().await?;
        let fits = |address: &str, item: &Json| !is_referred_to(&self.stack, address) && item["grant"] != true;
        let Some((address, id)) = self.one(fits).await else { return Ok(()) };
        let mut forgetful = without(self.stack.clone(), &address);
        forgetful["removed"] = json!([{ "from": address }]);
        let by_id = address.starts_with("cen.") || self.dice.chance(0.5);
        let import = if by_id { json!([{ "to": address, "id": id }]) } else { json!([{ "to": address }]) };
        self.away_and_back(&address, &id, forgetful, "imports", import).await
    }

    /// Something is declared as somebody else's, and later as ours again.
    async fn lend_and_take_back(&mut self) -> Result<(), String> {
        self.catch_up().await?;
        let Some((address, id)) = self.one(|_, item| item["grant"] != true).await else { return Ok(()) };
        let mut lent = self.stack.clone();
        item(&mut lent, &address).unwrap()["existing"] = id.clone().into();
        self.away_and_back(&address, &id, lent, "provider", self.stack["provider"].clone()).await
    }

    /// Another stack lets an object go, and the one of now takes it back with something that it says besides.
    async fn away_and_back(&mut self, at: &str, id: &str, away: Json, key: &str, says: Json) -> Result<(), String> {
        let stack = self.stack.clone();
        self.rewritten(away);
        self.theirs.insert(id.to_owned());
        self.apply().await?;
        if self.bench.state().await.resources.keys().any(|address| address.to_string() == at) {
            return Err(format!("{at} is still in the state"));
        }
        if self.dice.chance(0.5) && !has_triggers(&stack) {
            // Were what it needs made anew, it would be replaced, and nothing is taken over for that.
            self.meddle_with(Harm::Changes).await;
        }
        self.theirs.remove(id);
        let mut back = stack.clone();
        back[key] = says;
        self.rewritten(back);
        // Nothing of it is managed until then.
        let (kind, name) = at.split_once('.').unwrap();
        self.applied[format!("{kind}s")][name] = json!({});
        self.apply().await?;
        self.stack = stack;
        let now = self.bench.id(at).await;
        if now == id { Ok(()) } else { Err(format!("{at} was {id}, and is {now} now that it is back")) }
    }

    /// The stack is planned, now and then twice, and nothing comes of it but the same plan (S9, S15).
    pub(super) async fn plan(&mut self, words: &mut Words) -> Result<Made, String> {
        self.try_to_plan(words).await?.map_err(|problems| format!("there is no plan: {problems:#?}"))
    }

    /// The same, where there may be none.
    pub(super) async fn try_to_plan(&mut self, words: &mut Words) -> Result<Result<Made, Vec<Diagnostic>>, String> {
        let (yaml, before) = (self.yaml(), self.around().await);
        let made = match self.bench.plan(&yaml, words, true).await {
            Err(NotMade::Vanished(found)) => {
                self.accept(&found, words)?;
                self.bench.plan(&yaml, words, true).await
            }
            made => made,
        };
        let made = match made {
            Err(NotMade::NotPlanned(problems)) => return Ok(Err(problems)),
            made => made.map_err(|error| format!("there is no plan: {error:#?}"))?,
        };
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
        Ok(Ok(made))
    }

    /// The world, in which everything has had the time to settle.
    pub(super) fn world(&self) -> Json {
        settled(self.bench.world())
    }

    /// A person looks at what has vanished: it is gone indeed, and may be (S7).
    fn accept(&mut self, found: &[Vanished], words: &mut Words) -> Result<(), String> {
        let there = objects(&self.world());
        for vanished in found {
            match vanished {
                Vanished::Anchor { id, .. } if there.contains_key(id) => {
                    return Err(format!("{id} is there, and has vanished: {found:#?}"));
                }
                Vanished::Anchor { address, .. } => words.accept_gone.extend([address.clone()]),
                Vanished::Most { gone, .. } => words.accept_gone.extend(gone.iter().cloned()),
            }
        }
        self.tell(&format!("What is gone is accepted: {:?}", words.accept_gone));
        Ok(())
    }

    /// What a plan must not change. How many requests there have been is none of it.
    pub(super) async fn around(&self) -> (BTreeMap<String, Json>, State) {
        (objects(&self.world()), self.bench.state().await)
    }

    /// The stack is planned and applied, by one command or by two.
    async fn apply(&mut self) -> Result<(), String> {
        let max_destroy = self.dice.chance(0.1).then_some(1);
        self.apply_saying(Words { allow_data_loss: true, max_destroy, ..Words::default() }).await
    }

    /// The stack is applied, and something is replaced for no other reason than that somebody says so.
    async fn replace(&mut self) -> Result<(), String> {
        self.catch_up().await?;
        let Some((at, _)) = self.one(|_, item| item.get("existing").is_none()).await else { return Ok(()) };
        self.edit();
        if self.dice.chance(0.3) {
            self.meddle().await;
        }
        if item(&mut self.stack, &at).is_none() || moves(&self.stack).any(|(_, to)| to == at) {
            return Ok(());
        }
        self.tell(&format!("{at} is to be replaced."));
        self.apply_saying(Words { allow_data_loss: true, replace: [address(&at)].into(), ..Words::default() }).await
    }

    async fn apply_saying(&mut self, mut words: Words) -> Result<(), String> {
        let made = self.plan(&mut words).await?;
        if self.is_refused_rightly(&made, &words)? {
            self.refused(&made, &words).await?;
            return Box::pin(self.apply()).await;
        }
        let plan = made.planned.plan;
        for asked in &words.replace {
            if !plan.operations.iter().any(|operation| operation.address == *asked && operation.action.creates()) {
                return Err(format!("{asked} is to be replaced, and is not: {:?}", lines(&plan)));
            }
        }
        let state = self.bench.state().await;
        triggers_pull(&self.stack, &plan, &state)?;
        self.carry_out(&plan, &words, Against::Yaml).await?;
        self.rests().await?;
        self.is_applied = true;
        Ok(())
    }

    /// What was planned is done, from a file or not.
    pub(super) async fn carry_out(&mut self, plan: &Plan, words: &Words, against: Against<'_>) -> Result<(), String> {
        let before = self.world();
        let ended = if self.dice.chance(0.3) {
            self.tell("The plan is saved and applied.");
            self.bench.apply_saved(survives_its_file(plan)?).await
        } else {
            self.tell("The stack is applied.");
            self.bench.apply_with(&self.yaml(), words).await
        };
        self.done(plan, &before, ended, against).await
    }

    /// Whether what refuses a plan is what protects its objects, or how much may be lost, and nothing else.
    pub(super) fn is_refused_rightly(&self, made: &Made, words: &Words) -> Result<bool, String> {
        let (gates, applied) = (&made.planned.gates, renamed(self.applied.clone(), moves(&self.stack)));
        let protects = |stack: &Json, address: &Address| {
            stack[format!("{}s", address.kind)][&address.name]["lifecycle"]["prevent_destroy"] == true
        };
        let is_protected = |address: &Address| protects(&self.stack, address) || protects(&applied, address);
        let too_much = too_much(&self.stack, words, &made.planned.plan);
        let told: Vec<BTreeSet<Address>> = gates.iter().map(|gate| gate.addresses.iter().cloned().collect()).collect();
        if let Some(lost) = too_much.iter().find(|lost| !told.contains(lost)) {
            return Err(format!("more is lost than may be, {lost:?}, and that is not refused: {gates:#?}"));
        }
        if let Some(lost) = told.iter().find(|lost| !too_much.contains(lost) && !lost.iter().all(is_protected)) {
            return Err(format!("nothing protects all of {lost:?}, and it is refused: {gates:#?}"));
        }
        match made.refusal() {
            Some(refusal) if gates.is_empty() => Err(format!("nothing stands in the way, and yet: {refusal:#?}")),
            refusal => Ok(refusal.is_some()),
        }
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
        self.tell("It is refused. The stack that was applied last is applied again, without protection.");
        let wanted = std::mem::replace(&mut self.stack, unprotected(self.applied.clone()));
        self.sheet.unprotect();
        Box::pin(self.apply()).await?;
        self.stack = unprotected(wanted);
        Ok(())
    }

    /// A plan is saved; something else happens; the plan is applied, which is stale or is not.
    async fn apply_late(&mut self) -> Result<(), String> {
        let mut words = Words { allow_data_loss: true, ..Words::default() };
        let made = self.plan(&mut words).await?;
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
            Ended::Stale(_) | Ended::Moved(_) | Ended::Vanished(_) => {
                let has_vanished = matches!(ended, Ended::Vanished(_));
                let why = match ended {
                    Ended::Stale(why) => why,
                    other => format!("{other:?}"),
                };
                self.tell(&format!("It does not fit any more: {why}"));
                if self.around().await != before {
                    return Err("a stale plan has changed the world or the state".to_owned());
                }
                if plan.is_empty() && !moved && !has_vanished {
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
        self.is_applied = false;
        let mut words = Words { destroy: true, ..Words::default() };
        let plan = self.plan(&mut words).await?.planned.plan;
        let before = self.world();
        self.tell("It is destroyed.");
        let ended = self.bench.apply_with(&self.yaml(), &words).await;
        let stack = std::mem::replace(&mut self.stack, json!({}));
        self.done(&plan, &before, ended, Against::Plan).await?;
        let (world, theirs) = (json!({}), &self.theirs);
        let left_out = &BTreeSet::new();
        let nothing = Before { stack: &json!({}), world: &world, theirs, left_out };
        let broken = invariants::broken(&self.stack, &self.world(), &self.bench.state().await, Some(&nothing));
        self.stack = stack;
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    /// Something was applied: all of it was done, as the plan says.
    pub(super) async fn done(
        &mut self,
        plan: &Plan,
        before: &Json,
        ended: Ended,
        against: Against<'_>,
    ) -> Result<(), String> {
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
        let everything = BTreeSet::new();
        let left_out = match against {
            Against::Yaml => Some(&everything),
            Against::Part(left_out) => Some(left_out),
            Against::Plan => None,
        };
        if let Some(left_out) = left_out {
            let now = parts::merged(&self.stack, &self.applied, left_out);
            let applied = renamed(std::mem::replace(&mut self.applied, now), moves(&self.stack));
            let applied = Before { stack: &applied, world: before, theirs: &self.theirs, left_out };
            broken.extend(invariants::broken(&self.applied, &world, &state, Some(&applied)));
        } else {
            self.applied = self.stack.clone();
        }
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
