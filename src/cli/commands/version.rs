//! `version`.

use crate::cli::exit;
use crate::cli::ui::Ui;

/// Arguments of `version`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the version.
pub(in crate::cli) fn exec(ui: &Ui, args: &Args) -> u8 {
    let version = env!("CARGO_PKG_VERSION");
    if args.json {
        let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
        ui.print(&format!("{:#}\n", serde_json::json!({ "cenform_version": version, "platform": platform })));
    } else {
        ui.print(&format!("cenform {version}\n"));
    }
    exit::OK
}
