//! `graph`: the resources and their dependencies as DOT.

use crate::cli::args::StackArg;
use crate::cli::exit;
use crate::cli::session;
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::report::dot;

/// Arguments of `graph`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    stack: StackArg,
}

/// Prints the graph.
pub(in crate::cli) fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    let stack = session::load(settings, ui, &args.stack.stack)?;
    ui.print(&dot::stack(&stack));
    Ok(exit::OK)
}
