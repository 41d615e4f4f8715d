//! `validate`: everything that can be said without a call.

use crate::cli::args::StackArg;
use crate::cli::exit;
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::config::{self, LoadRequest, SystemFiles};
use crate::diagnostics::{locate, render};

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    stack: StackArg,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Let warnings count as errors.
    #[arg(long)]
    strict: bool,
}

/// Checks the stack.
pub(in crate::cli) fn exec(settings: &Settings, ui: &Ui, args: &Args) -> u8 {
    let request = LoadRequest {
        path: args.stack.stack.clone(),
        vars: settings.vars.clone(),
        var_files: settings.var_files.clone(),
        region: settings.region.clone(),
        environment: &settings.environment,
        files: &SystemFiles,
    };
    let (mut diagnostics, files) = match config::load(&request) {
        Ok(loaded) => (loaded.warnings, loaded.files),
        Err(problems) => (problems.diagnostics, problems.files),
    };
    let failed = diagnostics.iter().any(|diagnostic| args.strict || diagnostic.is_error());
    if args.json {
        locate::resolve(&mut diagnostics, &files);
        locate::sort(&mut diagnostics);
        ui.print(&format!("{:#}\n", render::validation(&diagnostics, args.strict)));
    } else {
        ui.problems(&diagnostics, &files);
        if !failed {
            ui.print("Success! The configuration is valid.\n");
        }
    }
    if failed { exit::ERROR } else { exit::OK }
}
