//! `apply`: plan, ask, do; or do exactly what a saved plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::apply::{self, Asker, Ports, Reads, Wanted, Wish};
use crate::base::clock::SystemClock;
use crate::base::random::SystemRandom;
use crate::cli::accounts::{self, Declared, Uses};
use crate::cli::ended;
use crate::cli::exit::{self, Problems};
use crate::cli::plans::{self, PlanFlags};
use crate::cli::progress::speaker;
use crate::cli::saved;
use crate::cli::session::{self, Location, World};
use crate::cli::settings::Settings;
use crate::cli::signals::Interrupts;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::state::{Loaded, Lock};

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
    let (location, mut errand) = if let Some(plan) = saved::read(&args.what)? {
        of_plan(settings, ui, args, Box::new(plan))?
    } else {
        args.flags.agree().map_err(Problems::from)?;
        (Location::of(settings, &args.what), Errand::Stack(Box::new(session::load(settings, ui, &args.what)?)))
    };
    let lock = session::lock(settings, ui, &location, if args.flags.destroy { "destroy" } else { "apply" }).await?;
    let world = World::open(settings, ui, &location, errand.names()).await?;
    let result = async {
        let loaded = lock.load().await.map_err(|error| Problems::from(session::state_problem(&error)))?;
        let cloud = world.enter(settings, errand.declared(), &errand.uses(&loaded)).await?;
        match &mut errand {
            Errand::Stack(stack) => cloud.clouds.identify_owners(stack),
            Errand::Saved { plan, name, .. } => accounts::serves(&cloud.clouds, name, plan)?,
        }
        cloud.owns(&location, &loaded.state)?;
        let words = args.flags.words();
        let wanted = match errand {
            Errand::Stack(ref stack) => {
                Wanted::Stack(Wish { stack, words: &words, refresh: args.flags.refresh, stack_path: "" })
            }
            Errand::Saved { plan, .. } => Wanted::Saved(plan),
        };
        let tell = speaker(ui);
        let ports = Ports {
            reads: Reads { clouds: &cloud.clouds, emulator: cloud.emulator, tell: &tell },
            lock: &*lock,
            clock: &SystemClock,
            random: &SystemRandom,
            parallelism: settings.parallelism,
        };
        let person = Person { ui, interrupts, args, world: &world, location: &location };
        Ok(ended::tell(settings, ui, &location, apply::whole(ports, loaded, wanted, &person).await)?)
    }
    .await;
    let code = code(ui, &*lock, result).await;
    world.close().await?;
    Ok(code)
}

/// The exit code. What an interrupted run has sent counts while nobody knows what became of it (S28).
async fn code(ui: &Ui, lock: &dyn Lock, result: anyhow::Result<u8>) -> u8 {
    let code = result.unwrap_or_else(|error| ui.failure(&error));
    let sent = code == exit::ERROR && lock.load().await.is_ok_and(|loaded| !loaded.open.is_empty());
    if sent { exit::PARTIAL } else { code }
}

/// What is to be applied, with whose credentials.
enum Errand {
    Stack(Box<Stack>),
    Saved {
        plan: Box<Plan>,
        /// The plan, as a message names it.
        name: String,
        declared: Declared,
    },
}

impl Errand {
    /// The names of the accounts that there are.
    fn names(&self) -> BTreeSet<String> {
        match self {
            Self::Stack(stack) => stack.accounts.keys().cloned().collect(),
            Self::Saved { plan, .. } => plan.accounts.keys().cloned().collect(),
        }
    }

    fn declared(&self) -> &Declared {
        match self {
            Self::Stack(stack) => &stack.accounts,
            Self::Saved { declared, .. } => declared,
        }
    }

    fn uses(&self, loaded: &Loaded) -> Uses {
        match self {
            Self::Stack(stack) => Uses::of(stack, loaded),
            Self::Saved { plan, declared, .. } => Uses::of_plan(plan, declared, loaded),
        }
    }
}

/// A saved plan, held against what can be told before anybody is asked who this is.
fn of_plan(settings: &Settings, ui: &Ui, args: &Args, plan: Box<Plan>) -> anyhow::Result<(Location, Errand)> {
    if args.flags != PlanFlags::of_saved() {
        return Err(Problems::from(
            Diagnostic::error(
                codes::SETTING,
                "A saved plan is applied as it is",
                "The flags of planning, such as --destroy, --target and --allow-data-loss, are said when the plan is made, \
                 not when it is applied.",
            )
            .help("Leave them out, or plan again with them."),
        )
        .into());
    }
    let folder = args.what.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let location = Location::of(settings, &folder.join(&plan.stack));
    expected(args, &plan).map_err(Problems::from)?;
    if settings.state.is_none() {
        location.must_exist(
            "A plan file knows its stack from where it was saved: put it back there, or name the state with --state.",
        )?;
    }
    let name = format!("The plan {}", args.what.display());
    session::same_world(settings, &name, plan.emulator)?;
    let declared = accounts::of_plan(settings, ui, &location, &plan)?;
    Ok((location, Errand::Saved { plan, name, declared }))
}

fn expected(args: &Args, plan: &Plan) -> Result<(), Diagnostic> {
    match &args.expect {
        Some(expected) if *expected != plan.digest => Err(Diagnostic::error(
            codes::STALE_PLAN,
            "The plan is not the one that was approved",
            format!("Its digest is {} and {expected} was expected.", plan.digest),
        )
        .help("Review this plan and approve its digest.")),
        _ => Ok(()),
    }
}

/// Who gave the command.
struct Person<'a> {
    ui: &'a Ui,
    interrupts: &'a Interrupts,
    args: &'a Args,
    world: &'a World,
    location: &'a Location,
}

#[async_trait]
impl Asker for Person<'_> {
    fn see(&self, plan: &Plan) {
        plans::show(self.ui, plan);
    }

    fn warn(&self, problems: &[Diagnostic]) {
        self.ui.problems(problems, &BTreeMap::new());
    }

    async fn approve(&self, plan: &Plan) -> Result<bool, Diagnostic> {
        expected(self.args, plan)?;
        if plan.is_empty() || self.args.auto_approve {
            return Ok(true);
        }
        let question = match (plan.words.destroy, plan.left_out.is_empty()) {
            (true, true) => "Do you really want to destroy all resources?",
            (true, false) => "Do you really want to destroy these resources?",
            (false, _) if plan.words.refresh_only => {
                "Would you like to update the cenform state to reflect these detected changes?"
            }
            (false, _) => "Do you want to perform these actions?",
        };
        self.ui.confirm(question, "--auto-approve").await
    }

    fn begin(&self, _: &Plan) -> watch::Receiver<bool> {
        self.interrupts.gracefully(self.world.at_once(self.location))
    }
}
