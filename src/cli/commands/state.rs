//! `state list` and `state show`.

use std::path::PathBuf;

use crate::base::text::{count, nearest};
use crate::cli::args::StackArg;
use crate::cli::exit::{self, Problems};
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::Address;
use crate::report::human;
use crate::state::State;

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
}

/// Looks into the state.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    match &args.command {
        Command::List(stack) => {
            let loaded = session::state(&Location::of(settings, &stack.stack)).await?;
            ui.print(&human::state_list(&loaded.state));
        }
        Command::Show { address: given, stack } => {
            let address: Address = given.parse().map_err(|error: crate::model::address::NotAnAddress| {
                Problems::from(Diagnostic::error(codes::NO_SUCH, "That is no address", format!("{error}.")))
            })?;
            let loaded = session::state(&Location::of(settings, stack)).await?;
            let entry = loaded.state.resources.get(&address).ok_or_else(|| missing(&address, &loaded.state))?;
            ui.print(&human::state_show(entry, &ui.style_out()));
        }
    }
    Ok(exit::OK)
}

fn missing(address: &Address, state: &State) -> Problems {
    let known: Vec<String> = state.resources.keys().map(ToString::to_string).collect();
    let problem = Diagnostic::error(
        codes::NO_SUCH,
        "There is no such resource in the state",
        format!("The state holds {} and no {address}.", count(known.len(), "resource")),
    );
    let help = match nearest(&address.to_string(), known.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean {near}?"),
        None => "`cenform state list` shows what there is.".to_owned(),
    };
    problem.help(help).into()
}
