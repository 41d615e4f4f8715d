//! Objects that come under other addresses, leave the state, or come into it: `moved`, `removed`, `imports` (S17 to S19).

use std::collections::BTreeSet;
use std::time::Duration;

use cenform::model::action::Action;
use cenform::plan::{Besides, Plan, digest_of};
use serde_json::json;

use super::bench::{Bench, Ended, STACK, address, lines};
use super::runs::crashes;

/// The network with its router and its flow log under other names.
fn renamed() -> String {
    STACK
        .replace("{ hz: { cen", "{ core: { cen")
        .replace("transit_router: hz", "transit_router: core")
        .replace("  app: { attachment", "  spoke: { attachment")
        .replace("flow_log.app.id", "flow_log.spoke.id")
}

const MOVED: &str = "moved:
  - { from: transit_router.hz, to: transit_router.core }
  - { from: flow_log.app, to: flow_log.old }
  - { from: flow_log.old, to: flow_log.spoke }
";

const IMPORTS: &str = "imports:
  - { to: transit_router.hz }
  - { to: attachment.app }
  - { to: log_project.netflow }
  - { to: logstore.tr }
  - { to: flow_log.app }
";

fn previous(plan: &Plan, of: &str) -> Option<String> {
    let operation = plan.operations.iter().find(|operation| operation.address == address(of)).unwrap();
    operation.besides.previous.as_ref().map(ToString::to_string)
}

fn refused(ended: Ended) -> Vec<String> {
    match ended {
        Ended::NotPlanned(problems) => problems.into_iter().map(|problem| problem.detail).collect(),
        other => panic!("not refused: {other:#?}"),
    }
}

/// S19: a move changes nothing in the cloud, and what refers to the old address follows.
#[tokio::test(start_paused = true)]
async fn a_move_alone_makes_no_call() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let yaml = renamed() + MOVED;
    bench.forget_writes();
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(lines(&plan), ["Move transit_router.core", "Move flow_log.spoke"]);
    assert_eq!(previous(&plan, "flow_log.spoke").as_deref(), Some("flow_log.app"), "a chain collapses");
    assert_eq!((bench.writes(), plan.writes), (0, 0));
    let state = bench.state().await;
    let held = &state.resources[&address("attachment.app")].dependencies;
    assert!(held.contains(&address("transit_router.core")) && !held.contains(&address("transit_router.hz")));
    bench.assert_whole(&yaml, "a stale entry is silent").await;
    bench.assert_whole(&renamed(), "and so is none").await;
}

/// S19: what else is done with what has moved is done at the new address, and says where it was.
#[tokio::test(start_paused = true)]
async fn a_move_is_told_with_what_else_happens() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let yaml = renamed().replace("interval: 60", "interval: 600") + MOVED;
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(lines(&plan), ["Move transit_router.core", "Update flow_log.spoke"]);
    assert_eq!(previous(&plan, "flow_log.spoke").as_deref(), Some("flow_log.app"));
    bench.assert_whole(&yaml, "updated").await;
    // S15: that it moves is a part of what is approved.
    let mut unmoved = plan.clone();
    unmoved.operations[1].besides = Besides::default();
    assert_eq!(digest_of(&plan), plan.digest);
    assert_ne!(digest_of(&unmoved), plan.digest);
    // Gone behind our back: it is made anew under its new name.
    let log = bench.id("flow_log.spoke").await;
    bench.call(None, "DeleteFlowlog", &[("RegionId", "cn-hangzhou"), ("FlowLogId", &log)]).await;
    let again = STACK.to_owned()
        + "moved: [ { from: flow_log.spoke, to: flow_log.app }, { from: transit_router.core, to: transit_router.hz } ]\n";
    let plan = bench.apply(&again).await.complete();
    assert_eq!(lines(&plan), ["Move transit_router.hz", "Create flow_log.app"]);
    assert_eq!(previous(&plan, "flow_log.app").as_deref(), Some("flow_log.spoke"));
    bench.assert_whole(&again, "made anew").await;
}

/// S19: an occupied address is an error, and nothing is changed.
#[tokio::test(start_paused = true)]
async fn a_move_to_where_something_is_is_refused() {
    let bench = Bench::new();
    let both = STACK.replace("cens: { ", "cens: { other: { name: other }, ");
    bench.apply(&both).await.complete();
    let (app, other) = (bench.id("cen.backbone").await, bench.id("cen.other").await);
    let yaml = STACK.replace("backbone", "other") + "moved: [ { from: cen.backbone, to: cen.other } ]\n";
    assert_eq!(
        refused(bench.apply(&yaml).await),
        [format!("cen.backbone ({app}) has moved to cen.other, where {other} is already.")]
    );
    bench.assert_whole(&both, "as it was").await;
}

/// S19, S25: an interrupted create follows a move, wherever the run ended, and is not made twice.
#[tokio::test(start_paused = true)]
async fn an_apply_that_is_killed_and_then_moved_loses_nothing() {
    let yaml = renamed() + MOVED;
    for crash in crashes(7) {
        let bench = Bench::new();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.apply(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.apply(&yaml).await.complete();
        bench.assert_whole(&yaml, &format!("{crash:?}")).await;
    }
}

/// S24: the token of a create that was lost is sent again for the address to which it has moved.
#[tokio::test(start_paused = true)]
async fn a_lost_create_keeps_its_token_under_its_new_address() {
    let bench = Bench::new();
    bench
        .apply(
            &STACK.replace("flow_logs:\n", "flow_logs: {}\n#").replace("outputs: { log: \"${flow_log.app.id}\" }", ""),
        )
        .await
        .complete();
    bench.faults(&json!([{ "action": "CreateFlowlog", "every": 1, "then": "drop_request" }]));
    bench.interrupt_at(Some(1));
    drop(bench.apply(STACK).await);
    bench.interrupt_at(None);
    bench.faults(&json!([]));
    let open = bench.open().await;
    assert_eq!(open.iter().map(|intent| intent.address.to_string()).collect::<Vec<_>>(), ["flow_log.app"]);
    let yaml = renamed() + MOVED;
    bench.apply(&yaml).await.complete();
    bench.assert_whole(&yaml, "sent again").await;
    let sent = bench.sent("CreateFlowlog");
    let tokens: BTreeSet<&str> =
        sent.iter().filter_map(|one| one.split_once("ClientToken=")).map(|(_, token)| token).collect();
    assert!(sent.len() > 1 && tokens.len() == 1, "{tokens:?}");
}

/// S19: a run that is killed after it has moved something does not move it again, and does not lose it.
#[tokio::test(start_paused = true)]
async fn a_move_that_is_killed_is_finished_by_the_next() {
    let yaml = renamed().replace("interval: 60", "interval: 600").replace("ttl: 180", "ttl: 30") + MOVED;
    for crash in crashes(2) {
        let bench = Bench::new();
        bench.apply(STACK).await.complete();
        let ids = bench.known().await;
        bench.crash_at(Some(crash));
        assert!(matches!(bench.apply(&yaml).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.apply(&yaml).await.complete();
        bench.assert_whole(&yaml, &format!("{crash:?}")).await;
        assert_eq!(bench.known().await, ids, "{crash:?}");
    }
}

/// S18, S19: what is removed is forgotten, protected or not, and stays in the cloud.
#[tokio::test(start_paused = true)]
async fn what_is_removed_is_forgotten_and_not_destroyed() {
    let bench = Bench::new();
    let protected = STACK.replace("name: app, ", "name: app, lifecycle: { prevent_destroy: true }, ");
    bench.apply(&protected).await.complete();
    let yaml = STACK.split("flow_logs:").next().unwrap().to_owned();
    assert!(matches!(bench.apply(&yaml).await, Ended::Refused(_)), "it is protected");
    let yaml = yaml + "removed: [ { from: flow_log.app } ]\n";
    bench.forget_writes();
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(lines(&plan), ["Forget flow_log.app"]);
    assert_eq!((bench.writes(), bench.objects()["FlowLogs"].len()), (0, 1));
    assert!(!bench.state().await.resources.contains_key(&address("flow_log.app")));
    // It comes back by what it is.
    let back = STACK.to_owned() + "imports: [ { to: flow_log.app } ]\n";
    assert_eq!(lines(&bench.apply(&back).await.complete()), ["Import flow_log.app"]);
    bench.assert_whole(&back, "a stale import is silent").await;
}

/// S17: an import finds each kind by its natural key, what belongs to something by what that is imported as.
#[tokio::test(start_paused = true)]
async fn a_network_is_imported_by_what_it_is() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let cen = bench.id("cen.backbone").await;
    let ids = bench.known().await;
    let removed: String = ["cen.backbone", "transit_router.hz", "attachment.app", "log_project.netflow", "logstore.tr"]
        .map(|from| format!("  - {{ from: {from} }}\n"))
        .concat();
    let nothing = format!("version: 1\nremoved:\n  - {{ from: flow_log.app }}\n{removed}");
    let plan = bench.apply(&nothing).await.complete();
    assert!(plan.operations.iter().all(|operation| operation.action == Action::Forget), "{:?}", lines(&plan));
    bench.pass(Duration::from_mins(2)).await;
    bench.forget_writes();
    // A CEN is told by nothing but its id, and without it nothing else can be.
    let yaml = format!("{STACK}{IMPORTS}  - {{ to: cen.backbone, id: {cen} }}\n").replace("ttl: 180", "ttl: 30");
    let problems = refused(bench.apply(&format!("{STACK}{IMPORTS}")).await);
    assert!(
        problems[0].contains("looked up by its cen, which is not known before something else is made"),
        "{problems:?}"
    );
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(
        lines(&plan),
        [
            "Import cen.backbone",
            "Import transit_router.hz",
            "Import attachment.app",
            "Import log_project.netflow",
            "Update logstore.tr",
            "Import flow_log.app"
        ]
    );
    assert!(plan.operations.iter().all(|operation| operation.besides.importing));
    assert_eq!(bench.writes(), 1);
    assert_eq!(bench.known().await, ids);
    bench.assert_whole(&yaml, "imported").await;
}

/// S22: an object is under one address only.
#[tokio::test(start_paused = true)]
async fn an_import_that_cannot_be_is_refused_with_the_way_out() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let (cen, log) = (bench.id("cen.backbone").await, bench.id("flow_log.app").await);
    let two = STACK.replace("cens: { ", "cens: { other: { name: other }, ");
    let import = |to: &str, id: &str| format!("imports: [ {{ to: {to}, id: {id} }} ]\n");
    assert_eq!(
        refused(bench.apply(&format!("{two}{}", import("cen.other", &cen))).await),
        [format!("{cen} is to be imported as cen.other, and it is in the state as cen.backbone.")]
    );
    assert_eq!(
        refused(bench.apply(&format!("{two}{}", import("cen.other", "cen-none"))).await),
        ["cen.other is to be imported, and there is no CEN with the id cen-none."]
    );
    // What it says now would replace the object: that is no import.
    let gone = STACK.split("flow_logs:").next().unwrap().to_owned() + "removed: [ { from: flow_log.app } ]\n";
    bench.apply(&gone).await.complete();
    let router = STACK.replace("attachment: app, logstore", "transit_router: hz, logstore");
    let problems = refused(bench.apply(&format!("{router}{}", import("flow_log.app", &log))).await);
    assert_eq!(problems, [format!("flow_log.app is to be imported, and what it says now replaces {log}.")]);
    assert_eq!(bench.objects()["FlowLogs"].len(), 1);
}

/// S17, S18: that an object is protected is an operation of its own, and comes off by one, too.
#[tokio::test(start_paused = true)]
async fn protection_goes_on_and_off_by_a_plan() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let with =
        |word: &str| STACK.replace("name: app, ", &format!("name: app, lifecycle: {{ prevent_destroy: {word} }}, "));
    bench.forget_writes();
    let plan = bench.apply(&with("true")).await.complete();
    assert_eq!((lines(&plan), bench.writes()), (vec!["Protect flow_log.app".to_owned()], 0));
    assert_eq!(plan.operations[0].besides.protecting, Some(true));
    assert!(bench.state().await.resources[&address("flow_log.app")].protected);
    assert!(matches!(bench.destroy(STACK).await, Ended::Refused(_)), "it comes off only by an applied plan");
    let plan = bench.apply(&with("false").replace("interval: 60", "interval: 600")).await.complete();
    assert_eq!(lines(&plan), ["Update flow_log.app"]);
    assert_eq!(plan.operations[0].besides.protecting, Some(false));
    bench.destroy(STACK).await;
    assert_eq!(bench.objects()["FlowLogs"].len(), 0);
}

/// S17, S19: what moves and is protected is one operation, and what moves and goes is another.
#[tokio::test(start_paused = true)]
async fn a_move_goes_with_protection_and_with_a_destroy() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let with = |word: &str| {
        renamed().replace("name: app, ", &format!("name: app, lifecycle: {{ prevent_destroy: {word} }}, ")) + MOVED
    };
    let plan = bench.apply(&with("true")).await.complete();
    assert_eq!(lines(&plan), ["Move transit_router.core", "Move flow_log.spoke"]);
    let besides = Besides { previous: Some(address("flow_log.app")), importing: false, protecting: Some(true) };
    assert_eq!(plan.operations[1].besides, besides);
    let back = "moved:\n  - { from: transit_router.core, to: transit_router.hz }\n  - { from: flow_log.spoke, to: flow_log.app }\n";
    let back = STACK.to_owned() + back;
    assert!(matches!(bench.destroy(&back).await, Ended::Refused(_)), "it is protected wherever it is");
    bench.apply(&with("false")).await.complete();
    let plan = bench.destroy(&back).await.complete();
    assert_eq!(previous(&plan, "flow_log.app").as_deref(), Some("flow_log.spoke"));
    assert!(bench.is_empty() && bench.known().await.is_empty());
}

/// S17: what an import may mean is told, where it may mean several, and so is one that means nothing any more.
#[tokio::test(start_paused = true)]
async fn an_import_says_which_there_are() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let log = bench.id("flow_log.app").await;
    let gone = STACK.split("flow_logs:").next().unwrap().to_owned() + "removed: [ { from: flow_log.app } ]\n";
    bench.apply(&gone).await.complete();
    bench.edit(|world| {
        let logs = world["FlowLogs"].as_array_mut().unwrap();
        let mut twin = logs[0].clone();
        twin["FlowLogId"] = json!("flowlog-twin");
        logs.push(twin);
    });
    let import = |entry: &str| format!("{STACK}imports: [ {{ to: flow_log.app{entry} }} ]\n");
    let [problem] = refused(bench.apply(&import("")).await).try_into().unwrap();
    for part in ["there are 2 flow logs with the attachment ", "and the transit_router ", &log, "flowlog-twin"] {
        assert!(problem.contains(part), "{part} is not in {problem}");
    }
    let plan = bench.apply(&import(&format!(", id: {log}"))).await.complete();
    assert_eq!((lines(&plan), plan.notes.len()), (vec!["Import flow_log.app".to_owned()], 0));
    let plan = bench.apply(&import(", id: flowlog-twin")).await.complete();
    assert_eq!(
        (plan.operations.len(), plan.notes[0].message.as_str()),
        (0, format!("It is {log} in the state: the import of flowlog-twin does nothing. Take it out.").as_str())
    );
}
