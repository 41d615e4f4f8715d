//! `state`: looks into the state, and changes it by hand without a call to the cloud.

use std::path::PathBuf;

use super::{state_edit, state_push};
use crate::cli::args::StackArg;
use crate::cli::exit;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::report::human;

/// Arguments of `state`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the addresses in the state.
    List(StackArg),
    /// Show one resource of the state.
    Show {
        /// The address, such as `flow_log.app`.
        #[arg(value_name = "ADDR")]
        address: String,
        /// The stack: a directory or a YAML file.
        #[arg(value_name = "STACK", default_value = ".")]
        stack: PathBuf,
    },
    /// Give a resource of the state another address.
    Mv(state_edit::Move),
    /// Forget resources. They stay in the cloud, also protected ones.
    Rm(state_edit::Forget),
    /// Take the protection of `lifecycle.prevent_destroy` off resources.
    Unprotect(state_edit::Unprotect),
    /// Print the state as an apply would begin with it, as JSON.
    Pull(StackArg),
    /// Put a state in the place of the one that is there.
    Push(state_push::Args),
}

/// Looks into the state, or changes it.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    match &args.command {
        Command::List(stack) => {
            let loaded = session::state(&Location::of(settings, &stack.stack)).await?;
            ui.print(&human::state_list(&loaded.state));
        }
        Command::Show { address: given, stack } => {
            let address = state_edit::address(given)?;
            let loaded = session::state(&Location::of(settings, stack)).await?;
            let entry = loaded.state.resources.get(&address);
            ui.print(&human::state_show(
                entry.ok_or_else(|| state_edit::missing(&address, &loaded.state))?,
                &ui.style_out(),
            ));
        }
        Command::Mv(args) => state_edit::rename(settings, ui, args).await?,
        Command::Rm(args) => state_edit::forget(settings, ui, args).await?,
        Command::Unprotect(args) => state_edit::unprotect(settings, ui, args).await?,
        Command::Pull(stack) => state_push::pull(settings, ui, stack).await?,
        Command::Push(args) => state_push::push(settings, ui, args).await?,
    }
    Ok(exit::OK)
}
