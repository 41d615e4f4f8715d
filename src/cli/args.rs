//! The arguments, as the user writes them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::commands;

/// Declarative provisioning of Alibaba Cloud CEN transit-router flow logs.
#[derive(Debug, Parser)]
#[command(name = "cenform", disable_version_flag = false, version, max_term_width = 100)]
#[command(after_help = "STACK is a directory or a YAML file; the default is the current directory.")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The whole command line, for completions and tests.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// The state file, instead of the one beside the stack.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// A variable's value; may be given again.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub(super) vars: Vec<String>,
    /// A YAML or JSON file of variables; may be given again, later ones win.
    #[arg(long = "var-file", global = true, value_name = "FILE")]
    pub(super) var_files: Vec<PathBuf>,
    /// Send every call to this address instead of Alibaba Cloud.
    #[arg(long, global = true, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Work on an emulator of the cloud inside this process.
    #[arg(long, global = true)]
    pub(super) emulator: bool,
    /// Where that emulator keeps its data.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) emulator_data: Option<PathBuf>,
    /// Use the key of this profile of ~/.aliyun/config.json.
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// The region of what has none, instead of provider.region.
    #[arg(long, global = true, value_name = "ID")]
    pub(super) region: Option<String>,
    /// How many objects are worked on at once [default: 10].
    #[arg(long, global = true, value_name = "N")]
    pub(super) parallelism: Option<usize>,
    /// How long to wait for somebody else's lock [default: 0s].
    #[arg(long, global = true, value_name = "DURATION")]
    pub(super) lock_timeout: Option<String>,
    /// Whether questions may be asked [default: true].
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) input: Option<bool>,
    /// No colour.
    #[arg(long, global = true)]
    pub(super) no_color: bool,
    /// Show every call to the cloud.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Say only what was asked for, and what is wrong.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a starter stack that plans and applies as it is.
    Init(commands::init::Args),
    /// Check a stack without a call to the cloud.
    Validate(commands::validate::Args),
    /// Show what apply would do. Reads only.
    Plan(commands::plan::Args),
    /// Do what the plan shows.
    Apply(commands::apply::Args),
    /// Delete everything that the stack made.
    Destroy(commands::destroy::Args),
    /// Show a saved plan, or the state.
    Show(commands::show::Args),
    /// Print the outputs of the last apply.
    Output(commands::output::Args),
    /// Take an object that is there into the state.
    Import(commands::import::Args),
    /// Look into the state, or change it without a call to the cloud.
    State(commands::state::Args),
    /// Take the right to write a state from a run that is gone or stuck.
    Unlock(commands::unlock::Args),
    /// Print the resources and their dependencies as a DOT graph.
    Graph(commands::graph::Args),
    /// Print the JSON Schema of the stack language.
    Schema(commands::schema::Args),
    /// Explain an error code, a kind or an attribute.
    Explain(commands::explain::Args),
    /// Serve an emulator of the CEN, SLS and STS APIs.
    Emulator(commands::emulator::Args),
    /// Print a completion script for a shell.
    Completions(commands::completions::Args),
    /// Print the version.
    Version(commands::version::Args),
}

/// The stack that a command is about.
#[derive(Debug, Clone, Args)]
pub(super) struct StackArg {
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK", default_value = ".")]
    pub(super) stack: PathBuf,
}
