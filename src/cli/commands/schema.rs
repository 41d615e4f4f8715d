//! `schema`: the JSON Schema of the stack language.

use crate::cli::exit;
use crate::cli::ui::Ui;
use crate::config;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

/// Prints the schema.
pub(in crate::cli) fn exec(ui: &Ui, _: &Args) -> u8 {
    ui.print(&format!("{:#}\n", config::json_schema()));
    exit::OK
}
