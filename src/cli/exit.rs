//! The exit codes, and the one place where a failure becomes one (CONTRACT "Exit codes").

use crate::apply::Outcome;
use crate::diagnostics::{Diagnostic, codes};

/// Done; for `plan --detailed-exitcode`: nothing to do.
pub const OK: u8 = 0;
/// Failed, and no mutating request has left the process.
pub const ERROR: u8 = 1;
/// `plan --detailed-exitcode`: there is something to do.
pub const PENDING: u8 = 2;
/// Apply stopped part-way: the state is exact, the rest is listed.
pub const PARTIAL: u8 = 3;
/// The state is locked by someone else.
pub const LOCKED: u8 = 4;
/// The saved plan is stale, or the digest, account or emulator is not the expected one.
pub const STALE: u8 = 5;
/// A gate refused.
pub const GATE: u8 = 6;
/// Interrupted; the state is exact.
pub const INTERRUPTED: u8 = 130;

/// Problems that ended a command before anything was sent.
#[derive(Debug, thiserror::Error)]
#[error("{} problems", .problems.len())]
pub(super) struct Problems {
    /// All of them.
    pub(super) problems: Vec<Diagnostic>,
    /// The files that they are in, by path.
    pub(super) texts: std::collections::BTreeMap<std::path::PathBuf, String>,
}

impl From<Diagnostic> for Problems {
    fn from(problem: Diagnostic) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<Diagnostic>> for Problems {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self { problems, texts: std::collections::BTreeMap::new() }
    }
}

/// The exit code of problems that ended a command: that of the first, by its code.
pub(super) fn of_problems(problems: &[Diagnostic]) -> u8 {
    match problems.iter().find(|problem| problem.is_error()).map(|problem| problem.code) {
        Some(codes::LOCKED) => LOCKED,
        Some(codes::STALE_PLAN | codes::ACCOUNT) => STALE,
        Some(codes::GATE | codes::VANISHED) => GATE,
        Some(codes::INTERRUPTED) => INTERRUPTED,
        Some(codes::OUTCOME_UNKNOWN) => PARTIAL,
        _ => ERROR,
    }
}

/// The exit code of an apply (S28).
pub(super) fn of_outcome(outcome: &Outcome) -> u8 {
    if outcome.is_complete() {
        OK
    } else if outcome.interrupted {
        INTERRUPTED
    } else if outcome.mutated {
        PARTIAL
    } else {
        ERROR
    }
}

/// The exit code of a command that gave `code` and whose output did not get to where it was to go.
pub(super) const fn of_lost_output(code: u8, mutated: bool) -> u8 {
    match code {
        OK | PENDING if mutated => PARTIAL,
        OK | PENDING => ERROR,
        other => other,
    }
}
