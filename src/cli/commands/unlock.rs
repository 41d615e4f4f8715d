//! `unlock`: takes the right to write a state from whoever holds it.

use std::path::PathBuf;

use crate::base::clock::{Clock as _, SystemClock};
use crate::cli::exit::{self, Problems};
use crate::cli::holder::spoken;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::state::Backend as _;

/// Arguments of `unlock`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The holder, by the id that the refusal of the lock names.
    #[arg(value_name = "ID")]
    id: String,
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK", default_value = ".")]
    stack: PathBuf,
}

/// Unlocks the state. Nobody is asked: the id says that this very holder is meant.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    let location = Location::of(settings, &args.stack);
    location.must_exist("Name the directory or the file of a stack.")?;
    let unlocked = location.backend().unlock(&args.id).await;
    let holder = unlocked.map_err(|error| Problems::from(session::state_problem(&error)))?;
    ui.print(&format!(
        "{} is unlocked: {}, and can write no more.\nWhat it has begun is in the journal, and the next apply goes on \
         from there.\n",
        location.spoken(),
        spoken(&holder, SystemClock.now())
    ));
    Ok(exit::OK)
}
