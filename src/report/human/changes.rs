//! A plan.

use std::collections::BTreeMap;

use super::block::{block, item, name_width};
use crate::base::text::{count, list, printable, some};
use crate::diagnostics::style::{BOLD, CYAN, GREEN, RED, YELLOW};
use crate::model::action::Action;
use crate::model::address::Kind;
use crate::plan::{Cause, Drift, Note, Operation, Plan, Summary, consequence};
use crate::report::{Style, view};

/// A plan, in Terraform's form: what changed outside, what will be done (what destroys first), what
/// only the state is about, notes, outputs, and the summary line that scripts look for.
pub fn plan(plan: &Plan, style: &Style) -> String {
    let style = *style;
    let (state_only, cloud): (Vec<&Operation>, Vec<&Operation>) =
        plan.operations.iter().partition(|operation| operation.action.is_state_only());
    let mut sections = Vec::new();
    sections.extend(drift(&plan.drift, style));
    sections.extend(operations(plan, &cloud, style));
    sections.extend(records(plan, &state_only, style));
    sections.extend(notes(plan, style));
    sections.extend(outputs(plan, style));
    sections.push(summary(plan, style));
    sections.join("\n")
}

/// What applying a plan means that only records.
const ACCEPTING: &str = "This is a refresh-only plan, so cenform will not take any actions to undo these. If you were \
    expecting these changes then you can apply this plan to record the updated values in the cenform state, without \
    changing anything in the cloud.";

fn drift(drift: &[Drift], style: Style) -> Option<String> {
    if drift.is_empty() {
        return None;
    }
    let mut parts = vec![
        style.paint(BOLD, "Note: Objects have changed outside of cenform"),
        "\n\nSince the last apply, these objects were changed by someone or something else:\n".to_owned(),
    ];
    for drift in drift {
        let (words, action) = if drift.gone { ("is gone", Action::Delete) } else { ("has changed", Action::Update) };
        let left_over = if drift.left_over { " (left behind by an interrupted replacement)" } else { "" };
        let head = format!("  # {}{left_over} {words}", printable(&drift.address.to_string()));
        let block = block(&view::drift(drift), &symbol(action, style), style);
        parts.push(format!("\n{}\n{block}", style.paint(BOLD, &head)));
    }
    Some(parts.concat())
}

/// The order in which operations are shown: what destroys comes first.
fn rank(action: Action) -> usize {
    match action {
        Action::Delete => 0,
        Action::Replace | Action::ReplaceCreateFirst => 1,
        Action::Update => 2,
        Action::Create => 3,
        Action::Import => 4,
        Action::Move => 5,
        Action::Protect => 6,
        Action::Forget => 7,
        Action::Wait => 8,
    }
}

fn operations(plan: &Plan, operations: &[&Operation], style: Style) -> Option<String> {
    if operations.is_empty() {
        return None;
    }
    let legend = [
        (Action::Create, "create"),
        (Action::Update, "update in-place"),
        (Action::Delete, "destroy"),
        (Action::Replace, "destroy and then create replacement"),
        (Action::ReplaceCreateFirst, "create replacement and then destroy"),
    ];
    let used = legend.into_iter().filter(|(action, _)| operations.iter().any(|operation| operation.action == *action));
    let mut text = "Resource actions are indicated with the following symbols:\n".to_owned();
    text.extend(used.map(|(action, words)| format!("{} {words}\n", symbol(action, style))));
    text.push_str("\ncenform will perform the following actions:\n");
    let mut sorted = operations.to_vec();
    sorted.sort_by_key(|operation| (rank(operation.action), &operation.address));
    text.extend(sorted.into_iter().map(|operation| format!("\n{}", shown(plan, operation, style))));
    Some(text)
}

/// One operation under its headings.
fn shown(plan: &Plan, operation: &Operation, style: Style) -> String {
    let moved;
    let words = match operation.action {
        Action::Move => {
            moved = format!("has moved to {}", operation.address);
            moved.as_str()
        }
        Action::Protect if operation.besides.protecting == Some(true) => "will be protected",
        Action::Protect => "will no longer be protected",
        Action::Create => "will be created",
        Action::Update => "will be updated in-place",
        Action::Delete => "will be destroyed",
        Action::Replace | Action::ReplaceCreateFirst if operation.cause == Some(Cause::Requested) => {
            "will be replaced, as requested"
        }
        Action::Replace | Action::ReplaceCreateFirst => "must be replaced",
        Action::Import => "will be imported",
        Action::Forget => "will no longer be managed by cenform, but will not be destroyed",
        Action::Wait => "will be waited for: an earlier run has not seen it settle",
    };
    let named = operation.besides.previous.as_ref().filter(|_| operation.action == Action::Move);
    let named = named.unwrap_or(&operation.address).to_string();
    let head = style.paint(BOLD, &printable(&format!("  # {named} {words}")));
    let because = operation.because.as_ref().map(|because| format!("  # (because {})\n", printable(because)));
    let means = consequence::of_operation(operation).map(|means| format!("  # ({means})\n"));
    let account = view::account(operation.account.as_deref(), &operation.account_id);
    let account = account.map(|account| format!("  # ({account})\n"));
    let beside = beside(operation).into_iter().map(|line| printable(&format!("  # ({line})")) + "\n");
    let block = block(&view::operation(operation, &plan.names), &symbol(operation.action, style), style);
    let asides: String = because.into_iter().chain(beside).chain(means).chain(account).collect();
    format!("{head}\n{asides}{block}")
}

/// What only the state is about and happens beside the rest of an operation (S17).
fn beside(operation: &Operation) -> Vec<String> {
    let moved = operation.besides.previous.as_ref().filter(|_| operation.action != Action::Move);
    let imported = operation.id.as_ref().filter(|_| operation.besides.importing && operation.action != Action::Import);
    let protecting =
        operation.besides.protecting.map(|on| format!("prevent_destroy is switched {}", if on { "on" } else { "off" }));
    let moved = moved.map(|from| format!("moved from {from}"));
    moved.into_iter().chain(imported.map(|id| format!("imported from {id}"))).chain(protecting).collect()
}

/// The symbol of an action, in three columns.
fn symbol(action: Action, style: Style) -> String {
    let (minus, plus) = (style.paint(RED, "-"), style.paint(GREEN, "+"));
    match action {
        Action::Create => format!("  {plus}"),
        Action::Update => format!("  {}", style.paint(YELLOW, "~")),
        Action::Delete => format!("  {minus}"),
        Action::Replace => format!("{minus}/{plus}"),
        Action::ReplaceCreateFirst => format!("{plus}/{minus}"),
        Action::Forget => format!("  {}", style.paint(CYAN, ".")),
        Action::Import | Action::Move | Action::Protect | Action::Wait => "   ".to_owned(),
    }
}

fn records(plan: &Plan, operations: &[&Operation], style: Style) -> Option<String> {
    if operations.is_empty() {
        return None;
    }
    let mut text = "cenform will record in its state, without changing anything in the cloud:\n".to_owned();
    let mut sorted = operations.to_vec();
    sorted.sort_by_key(|operation| (rank(operation.action), &operation.address));
    text.extend(sorted.into_iter().map(|operation| format!("\n{}", shown(plan, operation, style))));
    Some(text)
}

fn notes(plan: &Plan, style: Style) -> Option<String> {
    let notes: Vec<&Note> = plan.notes.iter().chain(&plan.pauses).collect();
    let lines = notes.iter().map(|note| style.wrap("  ", &noted(note)) + "\n");
    (!notes.is_empty()).then(|| lines.collect())
}

/// A note with what it is about.
pub fn noted(note: &Note) -> String {
    let about = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
    format!("Note: {about}{}", note.message)
}

fn outputs(plan: &Plan, style: Style) -> Option<String> {
    if plan.outputs.is_empty() {
        return None;
    }
    let width = name_width(plan.outputs.keys().map(String::as_str));
    let items = plan
        .outputs
        .iter()
        .map(|(name, change)| item(&view::change(name, &change.before, &change.after), 2, width, style));
    Some(format!("Changes to Outputs:\n{}", items.collect::<String>()))
}

fn summary(plan: &Plan, style: Style) -> String {
    totals(plan, style) + &partial(plan).map(|line| style.wrap("", &line) + "\n").unwrap_or_default()
}

/// The line that says what a plan is not about, if it is not about everything (S20).
pub(in crate::report) fn partial(plan: &Plan) -> Option<String> {
    let left_out: Vec<String> = plan.left_out.iter().map(|address| printable(&address.to_string())).collect();
    let count = count(left_out.len(), "resource");
    let are = if left_out.len() == 1 { "is" } else { "are" };
    (!left_out.is_empty()).then(|| format!("This plan is partial: {count} {are} left out ({}).", some(&left_out)))
}

fn totals(plan: &Plan, style: Style) -> String {
    if plan.words.refresh_only {
        return if plan.is_empty() {
            style.paint(GREEN.bold(), "No changes.")
                + &style.paint(BOLD, " Your infrastructure still matches the state.")
                + "\n"
        } else {
            style.wrap("", ACCEPTING) + "\n"
        };
    }
    if plan.is_empty() {
        let matches = if plan.left_out.is_empty() { "Your infrastructure" } else { "What is not left out" };
        return style.paint(GREEN.bold(), "No changes.")
            + &style.paint(BOLD, &format!(" {matches} matches the configuration."))
            + "\n";
    }
    if plan.operations.is_empty() {
        return "Applying this plan records the new output values. Nothing changes in the cloud.\n".to_owned();
    }
    // What only the state records costs no call.
    let writes = match plan.writes {
        0 => String::new(),
        writes => {
            let place = if plan.emulator { " on Alibaba Cloud" } else { "" };
            let calls = count(writes, "write");
            let cost = format!("This plan makes at least {calls} and takes {}{place}.", roughly(plan.seconds));
            style.wrap("", &cost) + "\n"
        }
    };
    let kinds = by_kind(plan).map(|kinds| style.wrap("", &kinds) + "\n").unwrap_or_default();
    format!("{} {}\n{kinds}{writes}", style.paint(BOLD, "Plan:"), planned(plan))
}

/// The counts of a plan as Terraform and `OpenTofu` tell them: what is only recorded is named where there is some.
pub fn planned(plan: &Plan) -> String {
    let Summary { add, change, destroy } = plan.summary();
    let (imported, forgotten) = plan.recorded();
    let import = if imported == 0 { String::new() } else { format!("{imported} to import, ") };
    let forget = if forgotten == 0 { String::new() } else { format!(", {forgotten} to forget") };
    format!("{import}{add} to add, {change} to change, {destroy} to destroy{forget}.")
}

/// A plan with more changes than this is told by kind as well.
const FEW: usize = 5;

/// What a large plan does in the cloud, by kind.
fn by_kind(plan: &Plan) -> Option<String> {
    let verbs: [(&str, &[Action]); 4] = [
        ("destroys", &[Action::Delete]),
        ("replaces", &[Action::Replace, Action::ReplaceCreateFirst]),
        ("changes", &[Action::Update]),
        ("creates", &[Action::Create]),
    ];
    let parts: Vec<String> = verbs
        .into_iter()
        .filter_map(|(verb, actions)| {
            let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
            for operation in plan.operations.iter().filter(|operation| actions.contains(&operation.action)) {
                *kinds.entry(operation.address.kind).or_default() += 1;
            }
            let kinds: Vec<String> = kinds.into_iter().map(|(kind, number)| count(number, kind.spoken())).collect();
            (!kinds.is_empty()).then(|| format!("{verb} {}", list(&kinds)))
        })
        .collect();
    let changes = plan.operations.iter().filter(|operation| !operation.action.is_state_only()).count();
    (changes > FEW).then(|| format!("It {}.", parts.join("; ")))
}

/// What a saved plan is, below what it does: its digest, what it is for, and what was said when it was made.
pub fn provenance(plan: &Plan) -> String {
    let Plan { digest, account_id, emulator, stack, serial, words, .. } = plan;
    let world = if *emulator { ", in an emulator" } else { "" };
    let state = match serial {
        0 => "none when the plan was made".to_owned(),
        serial => format!("as of serial {serial}"),
    };
    let said = words.flags();
    let said = if said.is_empty() { String::new() } else { format!("Made with: {}\n", printable(&said.join(" "))) };
    format!(
        "Digest: {}\nStack: {}\nAccount: {}{world}\nState: {state}\n{said}",
        printable(digest),
        printable(stack),
        printable(account_id),
    )
}

/// A duration in words, as rough as it is known.
fn roughly(seconds: u64) -> String {
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60 => "about a minute".to_owned(),
        seconds => format!("about {} minutes", seconds.div_ceil(60)),
    }
}
