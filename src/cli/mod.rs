//! The command line: arguments in, an exit code out. The only room that reads the environment,
//! looks at the terminal, prints, or ends the process.
//!
//! # Adding a command
//! Write one file in `commands/` with `Args` and `exec(&Settings, &Ui, Args)`, and add its line to
//! `args::Command` and to `commands::exec`.

mod accounts;
mod args;
mod commands;
mod declaring;
mod ended;
mod exit;
mod holder;
mod manual;
mod normalise;
mod plans;
mod progress;
mod rescue;
mod saved;
mod session;
mod settings;
mod signals;
mod start;
mod ui;

pub use args::command;
pub use exit::{ERROR, GATE, INTERRUPTED, LOCKED, OK, PARTIAL, PENDING, STALE};
pub use start::main;
