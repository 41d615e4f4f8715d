//! From the process to the command.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use super::args::Cli;
use super::commands;
use super::exit;
use super::normalise::normalise;
use super::settings::{Settings, Surroundings};
use super::signals::Interrupts;
use super::ui::Ui;
use crate::base::env::Environment;

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let environment = Environment::of_process();
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let surroundings = Surroundings {
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
    };
    std::panic::set_hook(Box::new(|info| Ui::report_panic(&info.to_string())));
    let code = std::panic::catch_unwind(|| run(&arguments, &environment, surroundings)).unwrap_or(exit::ERROR);
    ExitCode::from(code)
}

fn run(arguments: &[String], environment: &Environment, surroundings: Surroundings) -> u8 {
    let matches = match Cli::command().try_get_matches_from(normalise(arguments)) {
        Ok(matches) => matches,
        Err(error) => return Ui::report_usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return Ui::report_usage(&error),
    };
    let Cli { global, command } = cli;
    let settings = match Settings::resolve(global, environment, surroundings) {
        Ok(settings) => settings,
        Err(problem) => return Ui::plain().problem(&problem),
    };
    let ui = Ui::new(&settings);
    ui.trace(settings.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return ui.failure(&anyhow::Error::new(error).context("the asynchronous runtime cannot be started"));
        }
    };
    let code = runtime.block_on(async {
        let interrupts = Interrupts::listen(&ui);
        match commands::exec(&settings, &ui, &interrupts, command).await {
            Ok(code) => code,
            Err(error) => ui.failure(&error),
        }
    });
    // A request that hangs does not keep the process: what it was about is in the journal.
    runtime.shutdown_background();
    ui.delivered(code, false)
}
