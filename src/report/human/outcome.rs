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
    /// Where what was done is written down.
    pub recorded: Recorded,
}

/// Where an apply that stopped part-way has written down what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// In the state, all of it.
    State,
    /// Nowhere, and there was nothing to write down.
    Nothing,
    /// The state could not be written, and the journal has all of it.
    Journal,
    /// The journal has each call that was begun, and not what became of all of them.
    Calls,
    /// Neither could be written, and a file that a problem names has all of it.
    Rescued,
    /// Neither could be written, and neither can be read.
    Nowhere,
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
    lines.push(format!("{} {}", style.paint(RED.bold(), word(stopped)), counts(stopped)));
    lines.push(style.wrap("", &on_record(stopped)));
    lines.join("\n") + "\n"
}

/// The line of an apply that stopped part-way: what was done, and how much was not.
pub fn incomplete(stopped: &Stopped<'_>) -> String {
    format!("{} {}", word(stopped), counts(stopped))
}

const fn word(stopped: &Stopped<'_>) -> &'static str {
    if stopped.interrupted { "Apply interrupted." } else { "Apply incomplete." }
}

fn counts(stopped: &Stopped<'_>) -> String {
    let Summary { add, change, destroy } = stopped.done;
    let (failed, skipped) = (stopped.failed, stopped.skipped.len());
    format!("Resources: {add} added, {change} changed, {destroy} destroyed, {failed} failed, {skipped} not done.")
}

/// What is known of what an apply that stopped part-way did, and how to go on.
pub fn on_record(stopped: &Stopped<'_>) -> String {
    let known = match stopped.recorded {
        Recorded::State => "The state records exactly what was done.",
        Recorded::Nothing => "Nothing was changed.",
        Recorded::Journal => {
            "The state could not be written; the journal records exactly what was done, and the next apply goes on \
             from it."
        }
        Recorded::Calls => {
            "Not all that was done could be written down. The journal names each call that was begun, and the next \
             apply finds out what became of it."
        }
        Recorded::Rescued => {
            "The file named above records exactly what was done. Put it in the place of the state before anything else."
        }
        Recorded::Nowhere => {
            "What was done is written down nowhere: what is said above, with its ids, is all that is known of it. \
             Keep it."
        }
    };
    let next = if stopped.failed == 0 && matches!(stopped.recorded, Recorded::State) {
        "Run the same command again to go on."
    } else {
        "Correct what failed, then run the same command again to go on."
    };
    format!("{known} {next}")
}
