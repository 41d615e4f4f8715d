//! `emulator`: the emulator as a server.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use crate::base::clock::SystemClock;
use crate::cli::exit;
use crate::cli::settings::duration;
use crate::cli::signals::Interrupts;
use crate::cli::ui::Ui;
use crate::emulator::http;
use crate::emulator::options::{AccessKey, Options, Settings};

/// Arguments of `emulator`.
#[derive(Debug, clap::Args)]
#[command(after_help = settings_help())]
pub(in crate::cli) struct Args {
    /// Where to listen; port 0 picks one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7480")]
    listen: String,
    /// Where to keep the world; without it, in memory.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// A key that may call; may be given again [default: emulator:emulator].
    #[arg(long = "access-key", value_name = "ID:SECRET[:ACCOUNT[:STS_TOKEN]]")]
    access_keys: Vec<String>,
    /// How long an object stays in a transit status.
    #[arg(long, value_name = "DURATION", default_value = "200ms")]
    settle: String,
    /// How long each call takes.
    #[arg(long, value_name = "DURATION", default_value = "0")]
    latency: String,
    /// The time that signatures are checked against, for ever.
    #[arg(long, value_name = "RFC3339")]
    clock: Option<String>,
    /// An answer to what the documentation leaves open; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Makes ids repeatable.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// What can be given to `--set`, the default first.
fn settings_help() -> String {
    let lines = Settings::ALL.iter().map(|setting| format!("  {setting}\n      {}\n", setting.doc));
    std::iter::once("What --set takes, the default first:\n".to_owned()).chain(lines).collect()
}

/// Serves until it is told to stop.
pub(in crate::cli) async fn exec(ui: &Ui, interrupts: &Interrupts, args: &Args) -> anyhow::Result<u8> {
    let length = |flag: &str, text: &str| {
        duration(text).with_context(|| format!("{flag} {text} is not a duration such as 200ms or 5s"))
    };
    let mut settings = Settings::default();
    for assignment in &args.settings {
        settings.set(assignment)?;
    }
    let mut options = Options {
        settle: length("--settle", &args.settle)?,
        latency: length("--latency", &args.latency)?,
        fixed_clock: args
            .clock
            .as_deref()
            .map(|text| {
                text.parse().with_context(|| format!("--clock {text} is not a time such as 2025-09-09T01:02:03Z"))
            })
            .transpose()?,
        seed: args.seed,
        settings,
        data: args.data.clone(),
        ..Options::default()
    };
    if !args.access_keys.is_empty() {
        options.keys = args.access_keys.iter().map(|key| key.parse::<AccessKey>()).collect::<Result<_, _>>()?;
    }
    let listener = tokio::net::TcpListener::bind(&args.listen)
        .await
        .with_context(|| format!("nothing can listen on {}", args.listen))?;
    let running = http::start(options, listener, Arc::new(SystemClock))?;
    ui.print(&format!("listening on http://{}\n", running.address()));
    let mut stop = interrupts.gracefully();
    // A listener whose sender is gone will never hear of a signal: it serves on.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
    running.stop().await?;
    Ok(exit::OK)
}
