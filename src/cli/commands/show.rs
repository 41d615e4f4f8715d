//! `show`: a saved plan, or the state.

use std::path::PathBuf;

use crate::cli::args::StackArg;
use crate::cli::exit;
use crate::cli::plans;
use crate::cli::saved;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::report::human;

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A plan file, or the stack whose state to show.
    #[arg(value_name = "FILE|STACK", default_value = ".")]
    what: PathBuf,
    /// Print the file's content as JSON.
    #[arg(long)]
    json: bool,
}

/// Shows.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    if let Some(plan) = saved::read(&args.what)? {
        if args.json {
            ui.print(&format!("{}\n", serde_json::to_string_pretty(&plan)?));
        } else {
            plans::show(ui, &plan);
            ui.print(&format!("\n{}", human::provenance(&plan)));
        }
        return Ok(exit::OK);
    }
    let stack = StackArg { stack: args.what.clone() };
    let location = Location::of(settings, &stack.stack);
    let loaded = session::state(&location).await?;
    if args.json {
        let text = crate::state::file::encode(&loaded.state)?;
        ui.print(&String::from_utf8_lossy(&text));
    } else {
        ui.print(&human::state(&loaded.state, &ui.style_out()));
    }
    Ok(exit::OK)
}
