//! `state pull` and `state push`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::fs::{Fs as _, OsFs};
use crate::base::text::{count, some};
use crate::cli::args::StackArg;
use crate::cli::exit::Problems;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::Kind;
use crate::state::journal::Begin;
use crate::state::{Backend as _, Entry, Remains, State, StateError, file};

/// Arguments of `state push`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The state file, such as one that `state pull` printed or one of backups; - reads it from stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK", default_value = ".")]
    stack: PathBuf,
    /// Also push a state of another lineage, an older one, or one that loses what only the journal knows.
    #[arg(long)]
    force: bool,
}

/// Prints the state with the journal folded onto it.
pub(super) async fn pull(settings: &Settings, ui: &Ui, args: &StackArg) -> anyhow::Result<()> {
    let location = Location::of(settings, &args.stack);
    let loaded = session::state(&location).await?;
    if loaded.state.lineage.is_empty() {
        let detail = format!("There is no {}.", location.state.display());
        let problem = Diagnostic::error(codes::NO_SUCH, "There is no state yet", detail);
        return Err(Problems::from(problem.help("The first apply makes it.")).into());
    }
    ui.print(&String::from_utf8_lossy(&file::encode(&loaded.state)?));
    Ok(())
}

/// Puts a state in the place of the one that is there.
pub(super) async fn push(settings: &Settings, ui: &Ui, args: &Args) -> Result<(), Problems> {
    let location = Location::of(settings, &args.stack);
    location.must_exist("Name the directory or the file of a stack.")?;
    let pushed = read(ui, &args.file)?;
    let lock = session::lock(settings, ui, &location, "state push").await?;
    let unusable = |error| Problems::from(session::state_problem(&error));
    let remains = location.backend().remains().await.map_err(unusable)?;
    let problems = objections(&location, &pushed, &remains, args.force);
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let serial = lock.push(&pushed).await.map_err(unusable)?;
    let resources = count(pushed.resources.len(), "resource");
    let (pushed_from, state) = (name(&args.file), location.state.display());
    ui.print(&format!("Pushed {pushed_from}: {state} has serial {serial} and {resources} now.\n"));
    let lost = lost(&pushed, &remains);
    if !lost.is_empty() {
        let lost = some(&lost);
        ui.talk(&format!("No longer in the state, and still in the cloud: {lost}. What was there is in its backups."));
    }
    Ok(())
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}

/// The state in a file, or on stdin.
fn read(ui: &Ui, path: &Path) -> Result<State, Problems> {
    let bytes = if path == Path::new("-") { ui.input(file::LIMIT) } else { OsFs.read(path, file::LIMIT) };
    let name = name(path);
    let bytes = bytes.map_err(|error| {
        Diagnostic::error(codes::NO_SUCH, "The state to push cannot be read", format!("{name}: {error}."))
    })?;
    file::decode(&bytes, &name).map_err(|error| match error {
        StateError::Damaged { problem, .. } => {
            Diagnostic::error(codes::EDIT, "That is no state", format!("{name}: {problem}."))
                .help("Give a file that `cenform state pull` printed, or one of the backups beside the state.")
                .into()
        }
        other => session::state_problem(&other).into(),
    })
}

/// Everything that speaks against putting this state in the place of what is there.
fn objections(location: &Location, pushed: &State, remains: &Remains, force: bool) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    if let Some(known) = &remains.begin {
        let world = |emulator: bool| if emulator { "an emulator's account" } else { "the account" };
        if (&known.account_id, known.emulator) != (&pushed.account_id, pushed.emulator) {
            let detail = format!(
                "{} belongs to {} {}, and what is to be pushed to {} {}.",
                location.spoken(),
                world(known.emulator),
                known.account_id,
                world(pushed.emulator),
                pushed.account_id
            );
            let problem = Diagnostic::error(codes::ACCOUNT, "The state to push belongs elsewhere", detail);
            problems.push(problem.help("Push it to the state file that it belongs to, or to a new one with --state."));
        }
        if !force {
            problems.extend(older(pushed, known, remains.damage.is_some()));
        }
    }
    if !force {
        problems.extend(unknown(remains));
        problems.extend(losing(pushed, remains));
    }
    problems
}

/// That the state to push is another one, or an older one than what is there.
fn older(pushed: &State, known: &Begin, damaged: bool) -> Option<Diagnostic> {
    let (summary, detail) = if known.lineage != pushed.lineage {
        let detail = format!("It has the lineage {}, and what is there has {}.", pushed.lineage, known.lineage);
        ("The state to push is another one", detail)
    } else if known.serial > pushed.serial && !damaged {
        let detail = format!("It has the serial {}, and what is there has {}.", pushed.serial, known.serial);
        ("The state to push is an older one", detail)
    } else {
        return None;
    };
    let problem = Diagnostic::error(codes::EDIT, summary, detail);
    Some(problem.help("Look what was done since with `cenform state pull`. To push it all the same, give --force."))
}

/// That what became of calls would never be found out.
fn unknown(remains: &Remains) -> Option<Diagnostic> {
    let open = remains.open.iter().map(|intent| format!("{} for {}", intent.call, intent.address));
    let open: Vec<String> = open.collect();
    if open.is_empty() {
        return None;
    }
    let detail = format!("An interrupted apply has sent {}, and nobody knows what became of that.", some(&open));
    let problem = Diagnostic::error(codes::EDIT, "The journal has unknown outcomes", detail);
    Some(problem.help("Apply first: that finds out. To push all the same and never find out, give --force."))
}

/// That objects would be lost which a damaged state or its journal still tells of.
fn losing(pushed: &State, remains: &Remains) -> Option<Diagnostic> {
    remains.damage.as_ref()?;
    let lost = lost(pushed, remains);
    if lost.is_empty() {
        return None;
    }
    let detail = format!("What is there still tells of {}, and the state to push does not.", some(&lost));
    let problem = Diagnostic::error(codes::EDIT, "The state to push would lose objects", detail);
    Some(problem.help("Note them, push with --force, and take them into the state with `cenform import`."))
}

/// The objects that are known and that the state to push does not have.
fn lost(pushed: &State, remains: &Remains) -> Vec<String> {
    fn objects(entry: &Entry) -> impl Iterator<Item = (Kind, &str)> {
        let ids = std::iter::once(&entry.id).chain(entry.deposed.iter().map(|old| &old.id));
        ids.map(|id| (entry.kind, id.as_str()))
    }
    let kept: BTreeSet<(Kind, &str)> = pushed.resources.values().flat_map(objects).collect();
    let known = remains.resources.values().flat_map(|entry| objects(entry).map(move |object| (&entry.address, object)));
    let lost = known.filter(|(_, object)| !kept.contains(object));
    lost.map(|(address, (_, id))| format!("{address} ({id})")).collect()
}
