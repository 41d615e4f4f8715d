//! `show`: a saved plan, or the state.

use std::path::PathBuf;

use crate::cli::exit::{self, Problems};
use crate::cli::plans;
use crate::cli::saved;
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
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
    let is_yaml = args.what.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    if args.what.is_file() && !is_yaml {
        let detail = format!("{} is neither a plan nor a stack.", args.what.display());
        let problem = Diagnostic::error(codes::NO_SUCH, "There is nothing to show", detail);
        return Err(Problems::from(problem.help("Name a plan file, or the stack whose state to show.")).into());
    }
    let location = Location::of(settings, &args.what);
    let loaded = session::state(&location).await?;
    if args.json {
        let text = crate::state::file::encode(&loaded.state)?;
        ui.print(&String::from_utf8_lossy(&text));
    } else {
        ui.print(&human::state(&loaded.state, &ui.style_out()));
    }
    Ok(exit::OK)
}
