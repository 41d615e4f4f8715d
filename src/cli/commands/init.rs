//! `init`: a starter stack that plans and applies as it is.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::base::fs::{Access, Fs as _, OsFs};
use crate::cli::exit::{self, Problems};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Where to write the stack.
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

/// The starter stack.
const STARTER: &str = include_str!("starter.yaml");

/// Writes the starter stack.
pub(in crate::cli) fn exec(_: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    let file = args.directory.join("cenform.yaml");
    let taken = std::fs::read_dir(&args.directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
    if let Some(taken) = taken {
        return Err(Problems::from(
            Diagnostic::error(
                codes::SETTING,
                "There is a stack already",
                format!("{} is there, and init overwrites nothing.", taken.display()),
            )
            .help("Name an empty directory: cenform init DIR."),
        )
        .into());
    }
    OsFs.create_dir_all(&args.directory)
        .with_context(|| format!("the folder {} cannot be made", args.directory.display()))?;
    OsFs.replace(&file, STARTER.as_bytes(), Access::Umask)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let directory = args.directory.display();
    ui.print(&format!(
        "Wrote {}.\n\nTry it without an account:\n    cenform plan --emulator {directory}\n    cenform apply --emulator {directory}\n",
        file.display()
    ));
    Ok(exit::OK)
}
