//! `graph`: the resources and their dependencies as DOT.

use crate::cli::args::StackArg;
use crate::cli::exit;
use crate::cli::session;
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::model::stack::{Existing, Resource};
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
    let nodes = stack.resources.values().map(|resource| (resource.address.clone(), label(resource))).collect();
    let edges = stack
        .resources
        .values()
        .flat_map(|resource| resource.dependencies().into_iter().map(|target| (resource.address.clone(), target)))
        .collect();
    ui.print(&dot::graph(&nodes, &edges));
    Ok(exit::OK)
}

/// What a node says: its address, and whether somebody else manages it.
fn label(resource: &Resource) -> String {
    match &resource.existing {
        None => resource.address.to_string(),
        Some(Existing::Id(by) | Existing::Name(by)) => format!("{} (existing: {by})", resource.address),
    }
}
