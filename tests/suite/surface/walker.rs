//! Takes a row through the engine: create, change, drift, unset, and drift of what was never owned. After each plan the
//! world is looked at from outside, and the next plan is empty.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use cenform::diagnostics::Diagnostic;
use cenform::model::address::Address;
use cenform::plan::{PathStep, Plan, Reason};
use cenform::state::Entry;
use futures_util::FutureExt as _;
use serde_json::{Map, Value as Json};

use super::outside::{Seen, is_shown, yaml};
use super::row::{Outside, Row, Subject, Then};
use super::table;
use crate::suite::engine::bench::{Bench, Ended, address, lines};

/// Which of a row's values a stack has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    First,
    Second,
    Not,
}

/// The stack of a subject, with `change` made to its resource.
pub(super) fn stack(subject: &Subject, change: impl FnOnce(&mut Map<String, Json>)) -> String {
    let mut stack = yaml(subject.stack);
    let resource = stack[subject.section]["x"].as_object_mut().unwrap();
    change(resource);
    if resource.contains_key("owner") {
        stack["accounts"] = yaml(table::ACCOUNTS);
    }
    serde_yaml::to_string(&stack).unwrap()
}

/// Puts a YAML map into a resource; what is `null` goes.
pub(super) fn put(resource: &mut Map<String, Json>, beside: &str) {
    for (name, value) in yaml(beside).as_object().unwrap() {
        resource.remove(name);
        if !value.is_null() {
            resource.insert(name.clone(), value.clone());
        }
    }
}

/// The stack of a subject with one of a row's values.
pub(super) fn written(subject: &Subject, row: &Row, which: Written) -> String {
    stack(subject, |resource| {
        put(resource, row.beside);
        let value = match which {
            Written::First => row.values[0],
            Written::Second => {
                put(resource, row.beside_second);
                row.values[1]
            }
            Written::Not => row.without,
        };
        resource.remove(row.root());
        if !value.is_empty() {
            resource.insert(row.root().to_owned(), yaml(value));
        }
    })
}

/// How a run ended, in short.
pub(super) fn said(ended: &Ended) -> String {
    let details = |problems: &[Diagnostic]| {
        problems.iter().map(|problem| problem.detail.as_str()).collect::<Vec<_>>().join("\n  ")
    };
    match ended {
        Ended::NotLoaded(problems) | Ended::NotPlanned(problems) => details(problems),
        Ended::Done(plan, outcome) => {
            let problems: Vec<_> = outcome.failures.iter().map(|failure| failure.problem.clone()).collect();
            format!("{:?}: {}", lines(plan), details(&problems))
        }
        other => format!("{other:?}"),
    }
}

/// A bench on which one row is walked.
pub(super) struct Walk<'a> {
    pub(super) bench: Bench,
    pub(super) subject: &'a Subject,
    pub(super) at: String,
}

impl<'a> Walk<'a> {
    pub(super) fn new(subject: &'a Subject, at: &str) -> Self {
        Self { bench: Bench::new(), subject, at: format!("{}.{at}", subject.name) }
    }

    pub(super) fn address(&self) -> Address {
        address(&format!("{}.x", self.subject.kind))
    }

    pub(super) async fn entry(&self) -> Entry {
        self.bench.state().await.resources[&self.address()].clone()
    }

    pub(super) async fn seen(&self) -> Seen<'_> {
        Seen::new(&self.bench, self.subject, &self.entry().await)
    }

    /// Applies a stack, which must do all that its plan says.
    pub(super) async fn apply(&self, yaml: &str, step: &str) -> Plan {
        match self.bench.apply(yaml).await {
            Ended::Done(plan, outcome) if outcome.is_complete() => *plan,
            other => panic!("{}, {step}: {}\n{yaml}", self.at, said(&other)),
        }
    }

    /// Applies a stack whose plan does this, and sees that the next one does nothing.
    pub(super) async fn applies(&self, yaml: &str, then: Then, step: &str) -> Plan {
        let (at, object) = (format!("{}, {step}", self.at), self.address());
        let plan = self.apply(yaml, step).await;
        let wanted = match then {
            Then::Update => vec![format!("Update {object}")],
            Then::Protect => vec![format!("Protect {object}")],
            Then::Replace => vec![format!("Replace {object}")],
            Then::Does(operations) => operations.iter().map(ToString::to_string).collect(),
            Then::Nothing | Then::Note(_) => Vec::new(),
            Then::Refused(because) => panic!("{at}: not refused, although {because}"),
        };
        let differences: Vec<_> = plan.operations.iter().map(|operation| &operation.differences).collect();
        assert_eq!(lines(&plan), wanted, "{at}: {differences:?}\n{yaml}");
        let notes: Vec<&str> = plan.notes.iter().map(|note| note.message.as_str()).collect();
        match then {
            Then::Note(says) => assert!(notes.iter().any(|note| note.contains(says)), "{at}: {notes:?}"),
            _ => assert!(notes.is_empty(), "{at}: {notes:?}"),
        }
        self.bench.forget_writes();
        let next = self.apply(yaml, step).await;
        assert!(next.is_empty(), "{at}, and again: {:?} {:?}", lines(&next), next.outputs);
        assert!(next.drift.is_empty(), "{at}, and again: {:?}", next.drift);
        assert_eq!(self.bench.writes(), 0, "{at}, and again");
        plan
    }

    /// Applies a stack of which there is no plan, because of this.
    pub(super) async fn refused(&self, yaml: &str, because: &str, step: &str) {
        let refused = self.bench.apply(yaml).await;
        let (Ended::NotLoaded(problems) | Ended::NotPlanned(problems)) = refused else {
            panic!("{}, {step}: not refused: {}", self.at, said(&refused))
        };
        assert!(problems.iter().any(|problem| problem.detail.contains(because)), "{}, {step}: {problems:#?}", self.at);
    }
}

async fn walk(subject: &Subject, row: &Row) {
    if row.computed { tell(subject, row).await } else { live(subject, row).await }
}

/// What the service tells can be read in an output.
async fn tell(subject: &Subject, row: &Row) {
    let walk = Walk::new(subject, row.attribute);
    let output = format!("${{{}.x.{}}}", subject.kind, row.attribute);
    let mut stack = yaml(subject.stack);
    stack["outputs"]["told"] = output.into();
    let stack = serde_yaml::to_string(&stack).unwrap();
    walk.apply(&stack, "told").await;
    let outputs = walk.bench.state().await.outputs;
    let shown = walk.seen().await.object().await;
    let told = outputs.get("told").map(Json::from).unwrap_or_default();
    let shown =
        if row.at.is_empty() { Json::from(walk.entry().await.id) } else { shown.pointer(row.at).unwrap().clone() };
    assert!(!told.is_null() && told == shown, "{}: {told} is told, {shown} is shown", walk.at);
    assert!(walk.apply(&stack, "again").await.is_empty(), "{}", walk.at);
    // It cannot be written.
    if !matches!(row.attribute, "id" | "status") || subject.kind != "flow_log" {
        let written = self::stack(subject, |resource| put(resource, &format!("{{ {}: x }}", row.attribute)));
        assert!(matches!(walk.bench.apply(&written).await, Ended::NotLoaded(_)), "{} can be written", walk.at);
    }
}

async fn live(subject: &Subject, row: &Row) {
    let walk = Walk::new(subject, row.attribute);
    let with = |which| written(subject, row, which);
    let has_two = row.values[0] != row.values[1];
    // Created with the first value.
    let first = with(Written::First);
    walk.apply(&first, "create").await;
    walk.shows(row, Some(row.shown[0]), "create").await;
    walk.applies(&first, Then::Nothing, "create, again").await;
    // Changed to the second. What counts at creation only keeps the first.
    let second = with(Written::Second);
    let mut shown = row.shown[0];
    if has_two {
        let plan = walk.applies(&second, row.change, "change").await;
        walk.because(row, &plan, &Reason::ChangedInYaml, "change");
        if !matches!(row.change, Then::Note(_)) {
            shown = row.shown[1];
        }
        walk.shows(row, Some(shown), "change").await;
    }
    // Changed by somebody else.
    if !matches!(row.outside, Outside::Never) {
        walk.seen().await.change(row.outside).await;
        let found = walk.found(row).await;
        assert!(row.at.is_empty() || !is_shown(&walk.meant(shown).await, &found), "{}: no drift: {found}", walk.at);
        let plan = walk.applies(&second, row.drift, "drift").await;
        walk.because(row, &plan, &Reason::Drifted, "drift");
        if matches!(row.drift, Then::Update | Then::Replace) {
            walk.shows(row, Some(shown), "drift").await;
        }
    }
    // Left out.
    let not = with(Written::Not);
    if let Then::Refused(because) = row.unset {
        return walk.refused(&not, because, "unset").await;
    }
    let before = walk.found(row).await;
    let plan = walk.applies(&not, row.unset, "unset").await;
    walk.because(row, &plan, &Reason::NoLongerSet, "unset");
    match row.shown_unset {
        Some(shown) => walk.shows(row, Some(shown), "unset").await,
        None => assert_eq!(walk.found(row).await, before, "{}, unset", walk.at),
    }
    if !row.at_birth {
        never_owned(subject, row).await;
    }
}

/// What was never written is nobody's business, until it is written.
async fn never_owned(subject: &Subject, row: &Row) {
    let walk = Walk::new(subject, row.attribute);
    let not = written(subject, row, Written::Not);
    walk.apply(&not, "never owned").await;
    walk.applies(&not, Then::Nothing, "never owned").await;
    let outside = row.outside_unowned.unwrap_or(row.outside);
    walk.seen().await.change(outside).await;
    let found = walk.found(row).await;
    walk.applies(&not, row.unowned, "drift of what was never owned").await;
    if row.unowned == Then::Nothing {
        assert_eq!(walk.found(row).await, found, "{}: drift of what was never owned", walk.at);
    }
    let found = walk.found(row).await;
    if row.at.is_empty() {
        return;
    }
    // Written for the first time, with a value that it does not have.
    let is = |shown: Json| is_shown(&shown, &found);
    let which = if is(walk.meant(row.shown[0]).await) { Written::Second } else { Written::First };
    if which == Written::Second && row.values[0] == row.values[1] {
        return;
    }
    walk.applies(&written(subject, row, which), row.change, "set later").await;
    if !matches!(row.change, Then::Note(_)) {
        walk.shows(row, Some(row.shown[usize::from(which == Written::Second)]), "set later").await;
    }
}

impl Walk<'_> {
    /// What the API shows of an attribute.
    async fn found(&self, row: &Row) -> Json {
        if row.at.is_empty() {
            return Json::Null;
        }
        self.seen().await.object().await.pointer(row.at).cloned().unwrap_or_default()
    }

    /// What a value is as the API shows it: `$cen.c` is that resource's id.
    async fn meant(&self, shown: &str) -> Json {
        let mut text = shown.to_owned();
        for (address, entry) in &self.bench.state().await.resources {
            text = text.replace(&format!("${address}"), &entry.id);
        }
        yaml(&text)
    }

    async fn shows(&self, row: &Row, shown: Option<&str>, step: &str) {
        let Some(shown) = shown.filter(|_| !row.at.is_empty()) else { return };
        let (expected, found) = (self.meant(shown).await, self.found(row).await);
        assert!(is_shown(&expected, &found), "{}, {step}: {found} is shown, not {expected}", self.at);
    }

    /// Every difference is of this attribute, and has this reason.
    fn because(&self, row: &Row, plan: &Plan, reason: &Reason, step: &str) {
        for operation in plan.operations.iter().filter(|operation| operation.address == self.address()) {
            assert!(!operation.differences.is_empty(), "{}, {step}: no reason", self.at);
            for difference in &operation.differences {
                let of = matches!(difference.path.first(), Some(PathStep::Key(name)) if name == row.root());
                assert!(of || row.beside_second != "{}", "{}, {step}: {difference:#?}", self.at);
                // What has another place to come from, or stands in what is still written, was changed.
                let is = difference.reason == *reason
                    || *reason == Reason::NoLongerSet
                        && (operation.action.deletes() || row.attribute != row.root())
                        && difference.reason == Reason::ChangedInYaml;
                assert!(!of || is, "{}, {step}: {difference:#?}", self.at);
            }
        }
    }
}

/// Does all of some work, and then fails with everything that went wrong.
pub(super) async fn all<'t, T: 't>(items: impl IntoIterator<Item = T>, work: impl AsyncFn(T)) {
    let mut wrong = Vec::new();
    for item in items {
        if let Err(panic) = AssertUnwindSafe(work(item)).catch_unwind().await {
            wrong.push(message(&*panic));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

async fn walk_rows(name: &str) {
    let subjects = table::subjects();
    let subject = subjects.iter().find(|subject| subject.name == name).unwrap();
    all(subject.rows.iter(), async |row| walk(subject, row).await).await;
}

/// One test a subject.
macro_rules! walks {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $test() {
                walk_rows($name).await;
            }
        )+
        const NAMES: &[&str] = &[$($name),+];
    };
}

walks!(
    cen: "cen",
    transit_router: "transit_router",
    vpc: "attachment(vpc)",
    vbr: "attachment(vbr)",
    vpn: "attachment(vpn)",
    ecr: "attachment(ecr)",
    peer: "attachment(peer)",
    log_project: "log_project",
    logstore: "logstore",
    flow_log: "flow_log",
);

#[test]
fn every_subject_is_walked() {
    let subjects = table::subjects();
    assert_eq!(subjects.iter().map(|subject| subject.name).collect::<Vec<_>>(), NAMES);
}
