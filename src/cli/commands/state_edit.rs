//! `state mv`, `state rm` and `state unprotect`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::base::text::{count, nearest};
use crate::cli::exit::Problems;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::{Address, NotAnAddress};
use crate::state::edit::{self, Refused};
use crate::state::{Entry, Loaded, State};

/// Arguments of `state mv`.
#[derive(Debug, clap::Args)]
pub(super) struct Move {
    /// The address in the state, such as `flow_log.app`; without a key, that of all its instances.
    #[arg(value_name = "FROM")]
    from: String,
    /// The new address, of the same kind.
    #[arg(value_name = "TO")]
    to: String,
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK", default_value = ".")]
    stack: PathBuf,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `state rm`.
#[derive(Debug, clap::Args)]
pub(super) struct Forget {
    /// Addresses, such as `flow_log.app`; without a key, all instances. The last may be the stack.
    #[arg(value_name = "ADDR", required = true)]
    addresses: Vec<String>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `state unprotect`.
#[derive(Debug, clap::Args)]
pub(super) struct Unprotect {
    /// Addresses, such as `cen.backbone`; without a key, all instances. The last may be the stack.
    #[arg(value_name = "ADDR", required = true)]
    addresses: Vec<String>,
}

/// The address that was given.
pub(super) fn address(given: &str) -> Result<Address, Problems> {
    given.parse().map_err(|error: NotAnAddress| {
        Diagnostic::error(codes::NO_SUCH, "That is no address", format!("{error}.")).into()
    })
}

/// The addresses that were given, and the stack if it stands after them.
fn addresses(given: &[String]) -> Result<(Vec<Address>, PathBuf), Problems> {
    let is_stack = |last: &&String| last.parse::<Address>().is_err() && Path::new(last.as_str()).exists();
    let (addresses, stack) = match given.split_last() {
        Some((last, before)) if is_stack(&last) && !before.is_empty() => (before, last.as_str()),
        _ => (given, "."),
    };
    let read: Result<Vec<Address>, Problems> = addresses.iter().map(|given| address(given)).collect();
    Ok((read?, PathBuf::from(stack)))
}

/// That the state has no such resource.
pub(super) fn missing(address: &Address, state: &State) -> Problems {
    let known: Vec<String> = state.resources.keys().map(ToString::to_string).collect();
    let near = nearest(&address.to_string(), known.iter().map(String::as_str));
    let detail = format!("The state holds {} and no {address}.", count(known.len(), "resource"));
    not_there(detail, near).into()
}

fn not_there(detail: String, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::NO_SUCH, "There is no such resource in the state", detail).help(match near {
        Some(near) => format!("Did you mean {near}?"),
        None => "`cenform state list` shows what there is.".to_owned(),
    })
}

/// Why a state is not changed, with what to do.
fn refusal(refused: &Refused) -> Diagnostic {
    let detail = format!("{refused}.");
    let problem =
        |help: &str| Diagnostic::error(codes::EDIT, "The state cannot be changed this way", detail.clone()).help(help);
    match refused {
        Refused::Missing { near, .. } => not_there(detail, near.as_deref()),
        Refused::Occupied { .. } => problem("Choose another address, or take what is there away from it first."),
        Refused::OtherKind { .. } => problem("An object keeps its kind: give an address of the same kind."),
        Refused::Open { .. } => problem("Apply first: that finds out what became of it."),
    }
}

/// Everything that keeps a state from being changed, with what to do.
pub(super) fn refusals(refused: &[Refused]) -> Problems {
    refused.iter().map(refusal).collect::<Vec<_>>().into()
}

/// What is done with a state, as its lock says it, and whether it is only to be said.
struct Errand<'a> {
    settings: &'a Settings,
    ui: &'a Ui,
    stack: &'a Path,
    doing: &'a str,
    dry_run: bool,
}

impl Errand<'_> {
    /// Changes the state under its lock, unless nothing is to be done or nothing has changed. Gives what `change` gives.
    async fn done<T>(&self, change: impl FnOnce(&mut Loaded) -> Result<T, Vec<Refused>> + Send) -> Result<T, Problems> {
        let location = Location::of(self.settings, self.stack);
        location.must_exist("Name the directory or the file of a stack.")?;
        if self.dry_run {
            return change(&mut session::state(&location).await?).map_err(|refused| refusals(&refused));
        }
        let lock = session::lock(self.settings, self.ui, &location, self.doing).await?;
        let unusable = |error| Problems::from(session::state_problem(&error));
        let before = lock.load().await.map_err(unusable)?;
        let mut loaded = before.clone();
        let done = change(&mut loaded).map_err(|refused| refusals(&refused))?;
        if loaded != before {
            edit::write(&*lock, loaded).await.map_err(unusable)?;
        }
        Ok(done)
    }
}

/// Gives a resource of the state another address.
pub(super) async fn rename(settings: &Settings, ui: &Ui, args: &Move) -> Result<(), Problems> {
    let (from, to) = (address(&args.from)?, address(&args.to)?);
    let errand = Errand { settings, ui, stack: &args.stack, doing: "state mv", dry_run: args.dry_run };
    let pairs = errand.done(|loaded| edit::rename(loaded, &from, &to)).await?;
    let verb = if args.dry_run { "Would move" } else { "Moved" };
    for (old, new) in &pairs {
        ui.print(&format!("{verb} {old} to {new}\n"));
    }
    if !args.dry_run {
        ui.talk("The stack must say the new name too, or the next plan deletes it and makes the old one anew.");
    }
    Ok(())
}

/// Forgets resources.
pub(super) async fn forget(settings: &Settings, ui: &Ui, args: &Forget) -> Result<(), Problems> {
    let (addresses, stack) = addresses(&args.addresses)?;
    let errand = Errand { settings, ui, stack: &stack, doing: "state rm", dry_run: args.dry_run };
    let gone = errand.done(|loaded| edit::forget(loaded, &addresses)).await?;
    for entry in &gone {
        ui.print(&forgotten(entry, args.dry_run));
    }
    if !args.dry_run {
        ui.talk(
            "What was removed stays in the cloud, and cenform does not know it any more. Take it out of the stack too, \
             or the next plan wants to make it anew.",
        );
    }
    Ok(())
}

fn forgotten(entry: &Entry, dry_run: bool) -> String {
    let verb = if dry_run { "Would remove" } else { "Removed" };
    let mut line = format!("{verb} {} ({})", entry.address, entry.id);
    for old in &entry.deposed {
        let _ = write!(line, " and its left-over {}", old.id);
    }
    line + "\n"
}

/// Takes the protection off resources (S18).
pub(super) async fn unprotect(settings: &Settings, ui: &Ui, args: &Unprotect) -> Result<(), Problems> {
    let (addresses, stack) = addresses(&args.addresses)?;
    let errand = Errand { settings, ui, stack: &stack, doing: "state unprotect", dry_run: false };
    let bare = errand.done(|loaded| edit::unprotect(loaded, &addresses)).await?;
    if bare.is_empty() {
        ui.print("Nothing of that was protected.\n");
        return Ok(());
    }
    for address in &bare {
        ui.print(&format!("Unprotected {address}\n"));
    }
    ui.talk("Where the stack still has lifecycle.prevent_destroy, the next apply protects it again.");
    Ok(())
}
