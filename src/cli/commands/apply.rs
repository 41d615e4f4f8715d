//! `apply`: plan, ask, do; or do exactly what a saved plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tokio::sync::watch;

use crate::apply::{self, Outcome, Recovered, Run};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::random::{Random as _, SystemRandom};
use crate::base::text;
use crate::cli::accounts::{self, Uses};
use crate::cli::exit::{self, Problems};
use crate::cli::plans::{self, PlanFlags};
use crate::cli::progress::speaker;
use crate::cli::saved;
use crate::cli::session::{self, Cloud, Location, World};
use crate::cli::settings::Settings;
use crate::cli::signals::Interrupts;
use crate::cli::ui::{Last, Ui};
use crate::diagnostics::{Diagnostic, codes};
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::model::event::Event;
use crate::model::stack::{Provider, Stack};
use crate::model::value::Value;
use crate::plan::{Plan, Summary, Target};
use crate::refresh::{self, Doubts, Live};
use crate::report::human::Recorded;
use crate::report::{human, json};
use crate::state::{Loaded, Lock, State, StateError};

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The stack, or a plan file.
    #[arg(value_name = "STACK|PLANFILE", default_value = ".")]
    pub(in crate::cli) what: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) flags: PlanFlags,
    /// Apply without asking.
    #[arg(long)]
    pub(in crate::cli) auto_approve: bool,
    /// Refuse unless the plan has this digest.
    #[arg(long, value_name = "sha256:…")]
    pub(in crate::cli) expect: Option<String>,
    /// Print a line of JSON for each thing that happens. Needs --auto-approve or a plan file.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Applies.
pub(in crate::cli) async fn exec(
    settings: &Settings,
    ui: &Ui,
    interrupts: &Interrupts,
    args: &Args,
) -> anyhow::Result<u8> {
    ui.speak(args.json);
    plans::greet(ui);
    Ok(match act(settings, ui, interrupts, args).await {
        Ok(code) => code,
        Err(error) => ui.failure(&error),
    })
}

async fn act(settings: &Settings, ui: &Ui, interrupts: &Interrupts, args: &Args) -> anyhow::Result<u8> {
    if let Some(plan) = saved::read(&args.what)? {
        return apply_saved(settings, ui, interrupts, args, plan).await;
    }
    let location = Location::of(settings, &args.what);
    let mut stack = session::load(settings, ui, &args.what)?;
    let lock = session::lock(settings, ui, &location, if args.flags.destroy { "destroy" } else { "apply" }).await?;
    let world = World::open(settings, ui, &location, stack.accounts.keys().cloned().collect()).await?;
    let result = async {
        let loaded = loaded(&*lock).await?;
        let cloud = world.enter(settings, &stack.accounts, &Uses::of(&stack, &loaded)).await?;
        let at_once = world.at_once(&location);
        plan_and_apply(settings, ui, interrupts, at_once, args, &location, &mut stack, &cloud, &*lock, loaded).await
    }
    .await;
    let code = ended(ui, &*lock, result).await;
    world.close().await?;
    Ok(code)
}

async fn loaded(lock: &dyn Lock) -> Result<Loaded, Problems> {
    lock.load().await.map_err(|error| session::state_problem(&error).into())
}

/// The exit code. What an interrupted run has sent counts while nobody knows what became of it (S28).
async fn ended(ui: &Ui, lock: &dyn Lock, result: anyhow::Result<u8>) -> u8 {
    let code = result.unwrap_or_else(|error| ui.failure(&error));
    let sent = code == exit::ERROR && lock.load().await.is_ok_and(|loaded| !loaded.open.is_empty());
    if sent { exit::PARTIAL } else { code }
}

#[expect(clippy::too_many_arguments, reason = "the parts of a session, each its own thing")]
async fn plan_and_apply(
    settings: &Settings,
    ui: &Ui,
    interrupts: &Interrupts,
    at_once: impl Future<Output = Last> + Send + 'static,
    args: &Args,
    location: &Location,
    stack: &mut Stack,
    cloud: &Cloud,
    lock: &dyn Lock,
    loaded: Loaded,
) -> anyhow::Result<u8> {
    cloud.clouds.identify_owners(stack);
    let (_, recovered) = recovered(ui, location, cloud, loaded, &stack.provider, stack).await?;
    let mut made = plans::make(ui, cloud, stack, &recovered.loaded, &args.flags, "").await?;
    made.checked.heed(&recovered.missing);
    let plan = made.planned.plan;
    asked(&recovered.unsettled(&plan))?;
    plans::show(ui, &plan);
    plans::refusal(ui, &made.planned.gates, &made.checked)?;
    expected(args, &plan)?;
    if !plan.is_empty() && !args.auto_approve {
        let question = if args.flags.destroy {
            "Do you really want to destroy all resources?"
        } else {
            "Do you want to perform these actions?"
        };
        if !ui.confirm(question, "--auto-approve").await.map_err(Problems::from)? {
            ui.print("\nApply cancelled. Nothing was changed.\n");
            return Ok(exit::ERROR);
        }
    }
    let run = Doing {
        settings,
        cloud,
        lock,
        plan: &plan,
        live: &made.live,
        free: &made.checked.free,
        provider: &stack.provider,
        stop: interrupts.gracefully(at_once),
    };
    Ok(run.go(ui, recovered).await)
}

async fn apply_saved(
    settings: &Settings,
    ui: &Ui,
    interrupts: &Interrupts,
    args: &Args,
    plan: Plan,
) -> anyhow::Result<u8> {
    if args.flags != PlanFlags::of_saved() {
        return Err(Problems::from(
            Diagnostic::error(
                codes::SETTING,
                "A saved plan is applied as it is",
                "--destroy, --allow-data-loss and --refresh are said when the plan is made, not when it is applied.",
            )
            .help("Leave them out, or plan again with them."),
        )
        .into());
    }
    let folder = args.what.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let location = Location::of(settings, &folder.join(&plan.stack));
    expected(args, &plan)?;
    if settings.state.is_none() {
        location.must_exist(
            "A plan file knows its stack from where it was saved: put it back there, or name the state with --state.",
        )?;
    }
    let name = format!("The plan {}", args.what.display());
    session::same_world(settings, &name, plan.emulator)?;
    let declared = accounts::of_plan(settings, ui, &location, &plan)?;
    let lock = session::lock(settings, ui, &location, "apply").await?;
    let world = World::open(settings, ui, &location, plan.accounts.keys().cloned().collect()).await?;
    let result = async {
        let loaded = loaded(&*lock).await?;
        let cloud = world.enter(settings, &declared, &Uses::of_plan(&plan, &declared, &loaded)).await?;
        accounts::serves(&cloud.clouds, &name, &plan)?;
        let (committed, recovered) =
            recovered(ui, &location, &cloud, loaded, &plan.provider, &Stack::default()).await?;
        if recovered.loaded.interrupted {
            // The next plan is made from it; this one was not.
            apply::record(&*lock, &recovered).await.map_err(|error| Problems::from(session::state_problem(&error)))?;
        }
        saved::is_current(&plan, &committed, &recovered)?;
        // What the plan takes over is in no state yet.
        let mut planned = committed;
        planned.resources.extend(plan.records.iter().map(|entry| (entry.address.clone(), entry.clone())));
        let doubts = Doubts::new(&recovered.loaded, SystemClock.now(), &plan.provider);
        let live = refresh::read(&cloud.clouds, &Stack::default(), &planned, &doubts, &speaker(ui))
            .await
            .map_err(|error| Problems::from(plans::refresh_problem(&error)))?;
        let moved = apply::moved_since(&plan, &planned, &live);
        if !moved.is_empty() {
            return Err(Problems { problems: moved, texts: BTreeMap::new() }.into());
        }
        let mut checked = apply::check(&cloud.clouds, &plan, &live).await;
        checked.heed(&recovered.missing);
        plans::refusal(ui, &[], &checked)?;
        let doing = Doing {
            settings,
            cloud: &cloud,
            lock: &*lock,
            plan: &plan,
            live: &live,
            free: &checked.free,
            provider: &plan.provider,
            stop: interrupts.gracefully(world.at_once(&location)),
        };
        Ok(doing.go(ui, recovered).await)
    }
    .await;
    let code = ended(ui, &*lock, result).await;
    world.close().await?;
    Ok(code)
}

/// The committed state, and it with everything that an interrupted run left open settled (S25).
async fn recovered(
    ui: &Ui,
    location: &Location,
    cloud: &Cloud,
    loaded: Loaded,
    provider: &Provider,
    stack: &Stack,
) -> anyhow::Result<(State, Recovered)> {
    cloud.owns(location, &loaded.state)?;
    let committed = loaded.state.clone();
    let mut recovered = apply::recover(&cloud.clouds, loaded, &SystemClock, provider)
        .await
        .map_err(|error| Problems::from(crate::cloud::problem::problem(&error)))?;
    recovered.heed(stack);
    if recovered.loaded.interrupted {
        speaker(ui)(Event::Recovered { count: recovered.count });
    }
    asked(&recovered.questions.iter().collect::<Vec<_>>())?;
    Ok((committed, recovered))
}

/// Refuses to go on while there are questions.
fn asked(questions: &[&apply::Question]) -> Result<(), Problems> {
    if questions.is_empty() {
        return Ok(());
    }
    let problems = questions.iter().copied().map(question).collect();
    Err(Problems { problems, texts: BTreeMap::new() })
}

fn question(question: &apply::Question) -> Diagnostic {
    let address = &question.intent.address;
    Diagnostic::error(
        codes::OUTCOME_UNKNOWN,
        "Nobody knows what became of a create",
        format!(
            "An interrupted apply sent {} for {address}, and {} may be its result: {}.",
            question.intent.call,
            text::count(question.candidates.len(), "object"),
            question.candidates.join(", ")
        ),
    )
    .about(address)
    .help(format!("If it is one of them, declare {address} with existing: ID; if not, delete it. Then apply again."))
}

fn expected(args: &Args, plan: &Plan) -> Result<(), Problems> {
    match &args.expect {
        Some(expected) if *expected != plan.digest => Err(Diagnostic::error(
            codes::STALE_PLAN,
            "The plan is not the one that was approved",
            format!("Its digest is {} and {expected} was expected.", plan.digest),
        )
        .help("Review this plan and approve its digest.")
        .into()),
        _ => Ok(()),
    }
}

/// A plan about to be done.
struct Doing<'a> {
    settings: &'a Settings,
    cloud: &'a Cloud,
    lock: &'a dyn Lock,
    plan: &'a Plan,
    live: &'a Live,
    free: &'a BTreeSet<Address>,
    provider: &'a Provider,
    stop: watch::Receiver<bool>,
}

impl Doing<'_> {
    /// Does it and says how it ended.
    async fn go(self, ui: &Ui, mut recovered: Recovered) -> u8 {
        let state = &mut recovered.loaded.state;
        if state.lineage.is_empty() {
            state.lineage = SystemRandom.uuid();
            state.account_id = self.plan.account_id.clone();
            state.emulator = self.plan.emulator;
        }
        let before = state.outputs.clone();
        let tell = speaker(ui);
        let outcome = apply::run(Run {
            plan: self.plan,
            clouds: &self.cloud.clouds,
            lock: self.lock,
            recovered,
            live: &self.live.managed,
            free: self.free,
            provider: self.provider,
            clock: &SystemClock,
            random: &SystemRandom,
            parallelism: self.settings.parallelism,
            tell: &tell,
            stop: self.stop,
        })
        .await;
        let after = self.lock.load().await.ok();
        let recorded = recorded(&outcome, after.as_ref().is_some_and(|loaded| loaded.interrupted));
        let (outputs, open) = match after {
            Some(loaded) => {
                (loaded.state.outputs, Some(loaded.open.into_iter().map(|intent| intent.address).collect()))
            }
            None => (before, None),
        };
        report(ui, self.plan, &outcome, &After { outputs, open, recorded })
    }
}

/// What is known when a run has ended.
struct After {
    outputs: BTreeMap<String, Value>,
    /// The resources with a call whose outcome is not known, if that can be told.
    open: Option<Vec<Address>>,
    recorded: Recorded,
}

/// Where what a run did is written down. `kept` says whether the journal can be read and holds what the state does not.
fn recorded(outcome: &Outcome, kept: bool) -> Recorded {
    let unjournaled = outcome.failures.iter().any(|failure| failure.problem.code == codes::STATE);
    match &outcome.state {
        None => Recorded::State,
        Some(_) if !outcome.mutated => Recorded::Nothing,
        // Who has the lock now has taken the journal up.
        Some(StateError::LockLost { .. } | StateError::Moved { .. }) => Recorded::Calls,
        Some(_) if !unjournaled => Recorded::Journal,
        Some(_) if kept => Recorded::Calls,
        Some(_) => Recorded::Nowhere,
    }
}

fn report(ui: &Ui, plan: &Plan, outcome: &Outcome, after: &After) -> u8 {
    let mut problems: Vec<Diagnostic> = outcome.failures.iter().map(|failure| failure.problem.clone()).collect();
    problems.extend(outcome.state.as_ref().map(session::state_problem));
    if !problems.is_empty() {
        ui.problems(&problems, &BTreeMap::new());
    }
    let After { outputs, open, recorded } = after;
    let done = Summary { add: outcome.added, change: outcome.changed, destroy: outcome.destroyed };
    let style = ui.style_out();
    let skipped = skipped(plan, outcome);
    let stopped = (!outcome.is_complete()).then_some(human::Stopped {
        done,
        failed: outcome.failures.len(),
        skipped: &skipped,
        interrupted: outcome.interrupted,
        recorded: *recorded,
    });
    if let Some(stream) = ui.stream() {
        let command = if plan.words.destroy { json::Command::Destroy } else { json::Command::Apply };
        let summary = match &stopped {
            None => stream.applied(&done, command),
            Some(stopped) => stream.incomplete(stopped, command),
        };
        ui.print(&(summary + "\n"));
        ui.print(&(stream.outputs(outputs) + "\n"));
        if let Some(stopped) = &stopped {
            let interrupted = outcome.interrupted;
            let message = human::on_record(stopped);
            let ending =
                json::Ending { message: &message, interrupted, not_done: Some(&skipped), open: open.as_deref() };
            ui.print(&(stream.stopped(&ending) + "\n"));
        }
    } else if let Some(stopped) = &stopped {
        ui.print(&format!("\n{}", human::stopped(stopped, &style)));
    } else {
        ui.print(&format!("\n{}", human::applied(&done, plan.words.destroy, &style)));
        if !outputs.is_empty() {
            ui.print(&format!("\nOutputs:\n\n{}", human::outputs(outputs, &style)));
        }
    }
    ui.delivered(exit::of_outcome(outcome), outcome.mutated)
}

/// The deeds that were not done, and what kept each.
fn skipped(plan: &Plan, outcome: &Outcome) -> Vec<human::Skipped> {
    let undone: BTreeSet<&Target> = outcome
        .not_done
        .iter()
        .chain(&outcome.under_way)
        .chain(outcome.failures.iter().map(|failure| &failure.target))
        .collect();
    let mut waits: BTreeMap<(&Address, Deed), Vec<&Target>> = BTreeMap::new();
    for operation in &plan.operations {
        for (deed, firsts) in &operation.after_deeds {
            waits.entry((&operation.address, *deed)).or_default().extend(firsts);
        }
    }
    let because = |target: &Target| {
        let firsts = waits.get(&(&target.address, target.deed)).into_iter().flatten();
        match firsts.copied().find(|first| undone.contains(first)) {
            Some(first) => format!("it waits for the {} of {}", first.deed, first.address),
            None if outcome.interrupted => "the run was interrupted".to_owned(),
            None => "the run ended before its turn".to_owned(),
        }
    };
    let skipped = |target: &Target| human::Skipped {
        address: target.address.clone(),
        deed: target.deed,
        because: because(target),
    };
    let begun = |target: &Target| human::Skipped {
        address: target.address.clone(),
        deed: target.deed,
        because: "it was begun, and the next apply goes on with it".to_owned(),
    };
    outcome.under_way.iter().map(begun).chain(outcome.not_done.iter().map(skipped)).collect()
}
