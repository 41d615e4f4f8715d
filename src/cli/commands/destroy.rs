//! `destroy`: `apply --destroy`, and the explicit word for stores with data.

use crate::cli::args::StackArg;
use crate::cli::plans::{PartFlags, PlanFlags};
use crate::cli::settings::Settings;
use crate::cli::signals::Interrupts;
use crate::cli::ui::Ui;
use crate::model::address::Address;

/// Arguments of `destroy`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    stack: StackArg,
    #[command(flatten)]
    part: PartFlags,
    /// Destroy without asking.
    #[arg(long)]
    auto_approve: bool,
    /// Refuse unless the plan has this digest.
    #[arg(long, value_name = "sha256:…")]
    expect: Option<String>,
    /// Go on although this object has vanished, with what lives in it. May be given again.
    #[arg(long, value_name = "ADDR")]
    accept_gone: Vec<Address>,
    /// Print a line of JSON for each thing that happens. Needs --auto-approve.
    #[arg(long)]
    json: bool,
}

/// Destroys.
pub(in crate::cli) async fn exec(
    settings: &Settings,
    ui: &Ui,
    interrupts: &Interrupts,
    args: Args,
) -> anyhow::Result<u8> {
    let apply = super::apply::Args {
        what: args.stack.stack,
        flags: PlanFlags { destroy: true, accept_gone: args.accept_gone, part: args.part, ..PlanFlags::of_saved() },
        auto_approve: args.auto_approve,
        expect: args.expect,
        json: args.json,
    };
    super::apply::exec(settings, ui, interrupts, &apply).await
}
