//! How an apply ended.

use crate::diagnostics::style::{GREEN, RED};
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::plan::Summary;
use crate::report::Style;

/// An apply that did not do all that was planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stopped<'a> {
    /// What was done.
    pub done: Summary,
    /// How many deeds failed. What failed, and why, is said where problems are shown.
    pub failed: usize,
    /// What was not begun, or not brought to its end.
    pub skipped: &'a [Skipped],
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// A deed that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Of which resource.
    pub address: Address,
    /// What was planned.
    pub deed: Deed,
    /// Why, in a few words.
    pub because: String,
}

/// The line of an apply, or with `destroy` of a destroy, that did all.
pub fn applied(done: &Summary, destroy: bool, style: &Style) -> String {
    let line = if destroy {
        format!("Destroy complete! Resources: {} destroyed.", done.destroy)
    } else {
        format!("Apply complete! Resources: {} added, {} changed, {} destroyed.", done.add, done.change, done.destroy)
    };
    style.paint(GREEN.bold(), &line) + "\n"
}

/// What an apply that stopped part-way has done, what was not done, and how to go on.
pub fn stopped(stopped: &Stopped<'_>, style: &Style) -> String {
    let mut lines = Vec::new();
    if !stopped.skipped.is_empty() {
        lines.push("Not done:".to_owned());
        lines.extend(
            stopped
                .skipped
                .iter()
                .map(|s| style.wrap("    ", &format!("  - {} ({}): {}", s.address, s.deed, s.because))),
        );
        lines.push(String::new());
    }
    let Summary { add, change, destroy } = stopped.done;
    let word = if stopped.interrupted { "Apply interrupted." } else { "Apply incomplete." };
    lines.push(format!(
        "{} Resources: {add} added, {change} changed, {destroy} destroyed, {} failed, {} not done.",
        style.paint(RED.bold(), word),
        stopped.failed,
        stopped.skipped.len(),
    ));
    let next = if stopped.failed == 0 {
        "Run the same command again to go on."
    } else {
        "Correct what failed, then run the same command again to go on."
    };
    lines.push(style.wrap("", &format!("The state records exactly what was done. {next}")));
    lines.join("\n") + "\n"
}
