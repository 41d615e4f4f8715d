//! `completions`: a completion script for a shell.

use crate::cli::args;
use crate::cli::exit;
use crate::cli::ui::Ui;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(in crate::cli) fn exec(ui: &Ui, args: &Args) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "cenform", &mut script);
    ui.print(&String::from_utf8_lossy(&script));
    exit::OK
}
