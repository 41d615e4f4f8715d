//! `emulator`: the emulator as a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::base::clock::SystemClock;
use crate::base::fs::{Fs as _, OsFs};
use crate::cli::exit;
use crate::cli::settings::duration;
use crate::cli::signals::Interrupts;
use crate::cli::ui::{Last, Ui};
use crate::emulator::http;
use crate::emulator::limit::RateLimit;
use crate::emulator::options::{AccessKey, Options, Settings};

/// Arguments of `emulator`.
#[derive(Debug, clap::Args)]
#[command(after_help = further_help())]
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
    /// How long an object stays in a transit status, such as 200ms, 5s or 1m30s.
    #[arg(long, value_name = "DURATION", default_value = "200ms")]
    settle: String,
    /// How long each answer is held back; meanwhile another call with its ClientToken is told that it is still being
    /// processed.
    #[arg(long, value_name = "DURATION", default_value = "0")]
    latency: String,
    /// How often a second an account may call one action in a region, such as 3/s; more is refused with
    /// Throttling.User, or by Log Service as too busy, and told when to come again [default: no limit].
    #[arg(long, value_name = "N/s")]
    rate_limit: Option<RateLimit>,
    /// How far lists, and reads through filters of lists, may lag behind, each object for a time of its own. Reads by
    /// exact id never do.
    #[arg(long, value_name = "DURATION", default_value = "0")]
    stale: String,
    /// Refuses a write while another object of its router, peer router, network or CEN is still changing
    /// (Operation.Blocking, for flow logs of one router IncorrectStatus.TrFlowlog).
    #[arg(long)]
    write_domains: bool,
    /// The time that signatures are checked against and that answers tell, for ever; objects settle in real time all the
    /// same [default: the clock's].
    #[arg(long, value_name = "RFC3339")]
    clock: Option<String>,
    /// Faults to begin with: a list in JSON as below, which is also what POST /_emulator/faults takes [default: none].
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// An answer to what the documentation leaves open, see below; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// What ids and chances are made from: two emulators with the same seed that get the same calls give
    /// the same ids.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// What can be given to `--faults` and to `--set`.
fn further_help() -> String {
    let faults = "A fault is {\"action\": NAME, WHEN, \"then\": WHAT}, where NAME is an action or *, WHEN is one of
  \"nth\": N            the Nth call from now on
  \"every\": N          each Nth call
  \"probability\": P    each call with this chance, 0 to 1
and WHAT is one of
  {\"error\": CODE, \"http\": STATUS}   refuse it; the codes of CreateFlowlog need no status
  {\"throttle\": true}               refuse it as one too many
  {\"delay\": \"2s\"}                 do it and hold the answer back
  \"drop_reply\"                     do it and close the connection
  \"drop_request\"                   close the connection
  \"forget_tokens\"                  forget every ClientToken, then do it

What --set takes, with its default:
";
    let lines = Settings::ALL
        .iter()
        .map(|setting| format!("  {setting} [default: {}]\n      {}\n", setting.default(), setting.doc()));
    std::iter::once(faults.to_owned()).chain(lines).collect()
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
        rate_limit: args.rate_limit,
        stale: length("--stale", &args.stale)?,
        write_domains: args.write_domains,
        fixed_clock: args
            .clock
            .as_deref()
            .map(|text| {
                text.parse().with_context(|| format!("--clock {text} is not a time such as 2025-09-09T01:02:03Z"))
            })
            .transpose()?,
        faults: args.faults.as_deref().map(read_faults).transpose()?,
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
    // Before the address is told: who reads it may end the emulator at once, and that is to end it well.
    let freeze = running.freezer();
    let mut stop = interrupts.gracefully(async move {
        Last::saying(&freeze().map_or_else(|error| error.to_string(), |()| "Stopped.".to_owned()))
    });
    ui.print(&format!("listening on http://{}\n", running.address()));
    // A listener whose sender is gone will never hear of a signal: it serves on.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
    running.stop().await?;
    Ok(exit::OK)
}

/// The most that a list of faults may hold.
const LARGEST_FAULTS: u64 = 1 << 20;

fn read_faults(path: &Path) -> anyhow::Result<Vec<u8>> {
    OsFs.read(path, LARGEST_FAULTS).with_context(|| format!("{} cannot be read", path.display()))
}
