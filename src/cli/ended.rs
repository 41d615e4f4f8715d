//! How an apply ended, in words and as an exit code.

use std::collections::{BTreeMap, BTreeSet};

use super::exit::{self, Problems};
use super::plans;
use super::rescue::rescued;
use super::session::{self, Location};
use super::settings::Settings;
use super::ui::Ui;
use crate::apply::{Done, NotBegun, Outcome, Question};
use crate::base::fs::OsFs;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::plan::{Moved, Plan, Summary, Target};
use crate::report::human::Recorded;
use crate::report::{human, json};
use crate::state::journal::Intent;
use crate::state::{State, StateError};

/// Says how an apply ended, and gives the exit code; or the problems that kept it from being begun.
pub(super) fn tell(
    settings: &Settings,
    ui: &Ui,
    location: &Location,
    ended: Result<Done, NotBegun>,
) -> Result<u8, Problems> {
    Err(match ended {
        Ok(done) => return Ok(report(settings, ui, location, &done)),
        Err(NotBegun::Declined) => {
            ui.print("\nApply cancelled. Nothing was changed.\n");
            return Ok(exit::ERROR);
        }
        Err(NotBegun::NotRecovered(unanswered)) => unanswered.problem().into(),
        Err(NotBegun::Questions(questions)) => questions.iter().map(Question::problem).collect::<Vec<_>>().into(),
        Err(NotBegun::NotMade(error)) => plans::not_made(error),
        Err(NotBegun::Stale(problem)) => problem.into(),
        Err(NotBegun::Moved(rows)) => moved(ui, &rows).into(),
        Err(NotBegun::Refused(refusal)) => plans::refused(refusal),
        Err(NotBegun::NotApproved(problem)) => problem.into(),
        Err(NotBegun::State(error)) => session::state_problem(&error).into(),
    })
}

/// What is no longer as the saved plan shows it, object by object (S16).
fn moved(ui: &Ui, rows: &[Moved]) -> Vec<Diagnostic> {
    let mut objects: BTreeMap<(&Address, &str), Vec<&Moved>> = BTreeMap::new();
    for row in rows {
        objects.entry((&row.address, &row.id)).or_default().push(row);
        if let Some(stream) = ui.stream() {
            ui.print(&(stream.moved(row) + "\n"));
        }
    }
    let problem = |((address, id), rows): ((&Address, &str), Vec<&Moved>)| {
        let detail = format!("{address} ({id}) is no longer as the plan shows it:\n\n{}", human::moved(&rows));
        Diagnostic::error(codes::STALE_PLAN, "The cloud has changed since the plan was made", detail.trim_end())
            .about(address)
            .help("Plan again and review what is new.")
    };
    objects.into_iter().map(problem).collect()
}

/// Whether a part of what a run did could not be written into the journal.
fn unjournaled(outcome: &Outcome) -> bool {
    outcome.failures.iter().any(|failure| failure.problem.code == codes::STATE)
}

/// The state of a run that has changed something and could write neither it nor the journal. Where the lock was lost,
/// what is there belongs to another by now.
fn unwritten(outcome: &Outcome) -> Option<&State> {
    let ours = !matches!(outcome.state, Some(StateError::LockLost { .. } | StateError::Moved { .. }));
    outcome.unwritten.as_deref().filter(|_| ours && outcome.mutated && unjournaled(outcome))
}

/// Where what a run did is written down.
fn recorded(done: &Done) -> Recorded {
    let Done { outcome, journaled, .. } = done;
    match &outcome.state {
        None => Recorded::State,
        Some(_) if !outcome.mutated => Recorded::Nothing,
        // Who has the lock now has taken the journal up.
        Some(StateError::LockLost { .. } | StateError::Moved { .. }) => Recorded::Calls,
        Some(_) if !unjournaled(outcome) => Recorded::Journal,
        Some(_) if *journaled => Recorded::Calls,
        Some(_) => Recorded::Nowhere,
    }
}

/// Says what became of a plan.
fn report(settings: &Settings, ui: &Ui, location: &Location, ended: &Done) -> u8 {
    let Done { plan, outcome, outputs, open, journaled: _ } = ended;
    let mut problems: Vec<Diagnostic> = outcome.failures.iter().map(|failure| failure.problem.clone()).collect();
    problems.extend(outcome.state.as_ref().map(session::state_problem));
    let mut recorded = recorded(ended);
    if let Some(state) = unwritten(outcome) {
        let (told, whole) = rescued(&OsFs, &settings.environment, &location.state, state);
        // The journal that was there before names what was begun.
        if whole || recorded == Recorded::Nowhere {
            problems.push(told);
        }
        recorded = if whole { Recorded::Rescued } else { recorded };
    }
    if !problems.is_empty() {
        ui.problems(&problems, &BTreeMap::new());
    }
    let done = Summary { add: outcome.added, change: outcome.changed, destroy: outcome.destroyed };
    let style = ui.style_out();
    let skipped = skipped(plan, outcome);
    let stopped = (!outcome.is_complete()).then(|| human::Stopped {
        done,
        failed: outcome.failures.len(),
        skipped: &skipped,
        interrupted: outcome.interrupted,
        recorded,
    });
    if let Some(stream) = ui.stream() {
        let command = if plan.words.destroy { json::Command::Destroy } else { json::Command::Apply };
        let summary = match &stopped {
            None => stream.applied(&done, command),
            Some(stopped) => stream.incomplete(stopped, command),
        };
        ui.print(&(summary + "\n"));
        ui.print(&(stream.outputs(outputs) + "\n"));
        if let Some(stopped) = &stopped {
            let interrupted = outcome.interrupted;
            let message = human::on_record(stopped);
            let unknown = |open: &Vec<Intent>| {
                open.iter().filter(|intent| intent.is_unknown()).map(|intent| intent.address.clone()).collect()
            };
            let open: Option<Vec<Address>> = open.as_ref().map(unknown);
            let ending =
                json::Ending { message: &message, interrupted, not_done: Some(&skipped), open: open.as_deref() };
            ui.print(&(stream.stopped(&ending) + "\n"));
        }
    } else if let Some(stopped) = &stopped {
        ui.print(&format!("\n{}", human::stopped(stopped, &style)));
    } else {
        ui.print(&format!("\n{}", human::applied(&done, plan.words.destroy, &style)));
        if !outputs.is_empty() {
            ui.print(&format!("\nOutputs:\n\n{}", human::outputs(outputs, &style)));
        }
    }
    ui.delivered(exit::of_outcome(outcome), outcome.mutated)
}

/// The deeds that were not done, and what kept each.
fn skipped(plan: &Plan, outcome: &Outcome) -> Vec<human::Skipped> {
    let undone: BTreeSet<&Target> = outcome
        .not_done
        .iter()
        .chain(&outcome.under_way)
        .chain(outcome.failures.iter().map(|failure| &failure.target))
        .collect();
    let mut waits: BTreeMap<(&Address, Deed), Vec<&Target>> = BTreeMap::new();
    for operation in &plan.operations {
        for (deed, firsts) in &operation.after_deeds {
            waits.entry((&operation.address, *deed)).or_default().extend(firsts);
        }
    }
    let because = |target: &Target| {
        let firsts = waits.get(&(&target.address, target.deed)).into_iter().flatten();
        match firsts.copied().find(|first| undone.contains(first)) {
            Some(first) => format!("it waits for the {} of {}", first.deed, first.address),
            None if outcome.interrupted => "the run was interrupted".to_owned(),
            None => "the run ended before its turn".to_owned(),
        }
    };
    let skipped = |target: &Target| human::Skipped {
        address: target.address.clone(),
        deed: target.deed,
        because: because(target),
    };
    let begun = |target: &Target| human::Skipped {
        address: target.address.clone(),
        deed: target.deed,
        because: "it was begun, and the next apply goes on with it".to_owned(),
    };
    outcome.under_way.iter().map(begun).chain(outcome.not_done.iter().map(skipped)).collect()
}
