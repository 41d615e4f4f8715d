//! `plan`: refresh, diff, show. It only reads (S9).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::apply::{self, Reads, Wish};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::fs::{Access, Fs as _, OsFs};
use crate::cli::accounts::Uses;
use crate::cli::args::StackArg;
use crate::cli::exit::{self, Problems};
use crate::cli::plans::{self, PlanFlags};
use crate::cli::progress::speaker;
use crate::cli::saved;
use crate::cli::session::{self, Location, World};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::model::event::Event;
use crate::plan::{self, Plan};
use crate::refresh::Doubts;

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    stack: StackArg,
    #[command(flatten)]
    flags: PlanFlags,
    /// Save the plan, so that apply does exactly this.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 if there is something to do.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Print a line of JSON for each thing that happens.
    #[arg(long)]
    json: bool,
}

/// Plans.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    ui.speak(args.json);
    plans::greet(ui);
    Ok(match make(settings, ui, args).await {
        Ok(code) => code,
        Err(error) => ui.failure(&error),
    })
}

async fn make(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    args.flags.agree().map_err(Problems::from)?;
    let location = Location::of(settings, &args.stack.stack);
    let mut stack = session::load(settings, ui, &args.stack.stack)?;
    let mut loaded = session::state(&location).await?;
    let open = loaded.open.iter().map(|intent| &intent.address);
    let words = args.flags.words();
    let moves = plan::moves(&stack, &words, &loaded.state, open).map_err(Problems::from)?;
    for (from, to) in &moves {
        loaded.move_entry(from, to);
    }
    if !loaded.state.lineage.is_empty() {
        session::same_world(settings, &location.spoken(), loaded.state.emulator)?;
    }
    let world = World::open(settings, ui, &location, stack.accounts.keys().cloned().collect()).await?;
    let result = async {
        let cloud = world.enter(settings, &stack.accounts, &Uses::of(&stack, &loaded)).await?;
        cloud.owns(&location, &loaded.state)?;
        cloud.clouds.identify_owners(&mut stack);
        let tell = speaker(ui);
        let reads = Reads { clouds: &cloud.clouds, emulator: cloud.emulator, tell: &tell };
        let wish = Wish {
            stack: &stack,
            words: &words,
            refresh: args.flags.refresh,
            stack_path: &plans::stack_path(&location, args.out.as_deref()),
        };
        // What an interrupted run may have made is no stranger's: apply finds out, and plan says so (S9).
        let doubts = Doubts::new(&loaded, SystemClock.now(), &stack.provider, &tell);
        apply::make(reads, &wish, &moves, &loaded.state, &loaded.open, &doubts).await.map_err(plans::not_made)
    }
    .await;
    world.close().await?;
    let made = result?;
    let plan = &made.planned.plan;
    let unknown = loaded.open.iter().filter(|intent| intent.is_unknown()).count();
    if unknown > 0 {
        speaker(ui)(Event::Unknown { count: unknown });
    }
    plans::show(ui, plan);
    if let Some(refusal) = made.refusal() {
        return Err(plans::refused(refusal).into());
    }
    ui.problems(&made.checked.problems, &BTreeMap::new());
    if let Some(out) = &args.out {
        save(out, plan)?;
        if !args.json {
            ui.print(&format!(
                "\nSaved the plan to: {out}\n\nTo perform exactly these actions, run:\n    cenform apply{emulator} {out}\n\
                 To apply nothing but what was reviewed here, also from a new plan, add:\n    --expect {digest}\n",
                emulator = if settings.emulator { " --emulator" } else { "" },
                out = out.display(),
                digest = plan.digest,
            ));
        }
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { exit::PENDING } else { exit::OK })
}

fn save(out: &Path, plan: &Plan) -> anyhow::Result<()> {
    saved::may_replace(out)?;
    let mut text = serde_json::to_string_pretty(plan)?;
    text.push('\n');
    let saved = if is_device(out) {
        std::fs::OpenOptions::new().write(true).open(out).and_then(|mut file| file.write_all(text.as_bytes()))
    } else {
        OsFs.replace(out, text.as_bytes(), Access::Umask)
    };
    saved.with_context(|| format!("the plan cannot be saved to {}", out.display()))
}

/// Whether there is a device or a pipe, which is written into: a file in its place would keep others from it.
fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}
