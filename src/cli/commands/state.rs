//! `state list` and `state show`.

use std::path::PathBuf;

use crate::base::text::nearest;
use crate::cli::args::StackArg;
use crate::cli::exit::{self, Problems};
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::Address;
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
        /// The address: kind.name or kind.name["key"].
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
            match loaded.state.resources.get(&address) {
                Some(entry) => ui.print(&human::state_show(entry, &ui.style_out())),
                None => {
                    let known: Vec<String> = loaded.state.resources.keys().map(ToString::to_string).collect();
                    let problem = Diagnostic::error(
                        codes::NO_SUCH,
                        "There is no such resource in the state",
                        format!("The state holds {} and no {address}.", crate::base::text::count(known.len(), "resource")),
                    );
                    let help = match nearest(given, known.iter().map(String::as_str)) {
                        Some(near) => format!("Did you mean {near}?"),
                        None => "`cenform state list` shows what there is.".to_owned(),
                    };
                    return Err(Problems::from(problem.help(help)).into());
                }
            }
        }
    }
    Ok(exit::OK)
}
