//! What a run has begun and not ended, the next one goes on with; and what it cannot, it tells.

use std::time::Duration;

use cenform::emulator::options::Options;
use cenform::state::EntryStatus;
use serde_json::json;
use tokio::time::Instant;

use super::bench::{Bench, Crash, Ended, STACK, address, lines};
use super::runs::crashes;

fn slow() -> Bench {
    Bench::with(&Options { settle: Duration::from_mins(2), ..Options::default() })
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_killed_anywhere_is_made_good_by_an_apply() {
    for crash in crashes(6) {
        let bench = Bench::new();
        bench.apply(STACK).await.complete();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.destroy(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        // What was sent is on its way out and not said to be.
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_left_over_that_was_cut_short_is_only_waited_for() {
    let yaml = STACK
        .replace("vpc_id: vpc-bp1h8vbrbcgohcju5abcd", "vpc_id: vpc-bp1nwd16gvo1wgs5abcde")
        .replace("    type: vpc", "    lifecycle: { create_before_destroy: true }\n    type: vpc")
        .replace("flow_logs:\n  app: {", "flow_logs:\n  app: { lifecycle: { create_before_destroy: true },");
    let bench = slow();
    bench.apply(STACK).await.complete();
    bench.interrupt_at(Some(4));
    let (_, outcome) = bench.apply(&yaml).await.done();
    assert!(outcome.interrupted && outcome.failures.is_empty(), "{outcome:#?}");
    let entry = bench.state().await.resources[&address("attachment.app")].clone();
    assert_eq!((entry.status, entry.deposed.len()), (EntryStatus::Settled, 1), "{entry:#?}");
    assert!(entry.deposed[0].deleting, "{entry:#?}");
    bench.interrupt_at(None);
    bench.apply(&yaml).await.complete();
    assert_eq!(bench.sent("DeleteTransitRouterVpcAttachment").len(), 1);
    bench.assert_whole(&yaml, "waited for").await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_cut_short_is_waited_for() {
    let yaml = STACK.replace("name: app, interval: 60", "name: app, interval: 60, status: Inactive");
    let bench = slow();
    bench.apply(STACK).await.complete();
    bench.interrupt_at(Some(1));
    let (_, outcome) = bench.apply(&yaml).await.done();
    assert!(outcome.interrupted && outcome.failures.is_empty(), "{outcome:#?}");
    bench.interrupt_at(None);
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(lines(&plan), ["Wait flow_log.app"]);
    assert_eq!(bench.world()["FlowLogs"][0]["Status"], "Inactive");
}

/// What an update leaves on its way is not taken for what an earlier run began to delete.
#[tokio::test(start_paused = true)]
async fn a_delete_that_was_never_sent_ends_with_the_next_update() {
    let yaml = STACK.replace("name: app, interval: 60", "name: app, interval: 60, status: Inactive");
    let bench = slow();
    bench.apply(STACK).await.complete();
    bench.crash_at(Some(Crash::Before(1)));
    assert!(matches!(bench.destroy(STACK).await, Ended::Crashed));
    bench.crash_at(None);
    bench.interrupt_at(Some(1));
    let (plan, outcome) = bench.apply(&yaml).await.done();
    assert_eq!(lines(&plan), ["Update flow_log.app"]);
    assert!(outcome.interrupted && outcome.failures.is_empty(), "{outcome:#?}");
    bench.interrupt_at(None);
    assert_eq!(lines(&bench.apply(&yaml).await.complete()), ["Wait flow_log.app"]);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_says_how_long_and_what_rules_that() {
    let own = STACK.replace("hz: { cen: backbone,", "hz: { cen: backbone, timeouts: { create: 10s },");
    let cases = [
        (&own, 10, "transit_router.hz had not settled after 10s; its timeouts: { create: … } says so."),
        (
            &STACK.to_owned(),
            300,
            "transit_router.hz had not settled after 5m0s; a transit router has so long, where timeouts: { create: … } says nothing else.",
        ),
    ];
    for (yaml, seconds, told) in cases {
        let bench = Bench::with(&Options { settle: Duration::from_mins(6), ..Options::default() });
        let cen = STACK.split("transit_routers:").next().unwrap();
        bench.apply(cen).await;
        bench.pass(Duration::from_mins(2)).await;
        bench.apply(cen).await.complete();
        let begun = Instant::now();
        let (_, outcome) = bench.apply(yaml).await.done();
        let problem = &outcome.failures[0].problem;
        assert_eq!((problem.code, problem.detail.as_str()), ("E0903", told));
        assert!(begun.elapsed() >= Duration::from_secs(seconds), "{:?}", begun.elapsed());
        assert!(problem.help.as_ref().is_some_and(|help| help.contains("it goes on waiting")), "{problem:#?}");
        let (plan, _) = bench.apply(STACK).await.done();
        assert!(lines(&plan).contains(&"Wait transit_router.hz".to_owned()), "{:?}", lines(&plan));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_fate_cannot_be_looked_up_is_named() {
    let bench = Bench::new();
    bench.apply(STACK.split("flow_logs:").next().unwrap()).await.complete();
    bench.crash_at(Some(Crash::After(1)));
    assert!(matches!(bench.apply(STACK).await, Ended::Crashed));
    bench.crash_at(None);
    let refused = json!({ "error": "Forbidden.RAM", "http": 403 });
    bench.faults(&json!([{ "action": "DescribeFlowlogs", "every": 1, "then": refused }]));
    let Ended::Failed(why) = bench.apply(STACK).await else { panic!("it was looked up") };
    assert!(why.starts_with("what became of CreateFlowlog for flow_log.app cannot be looked up"), "{why}");
    assert_eq!(bench.open().await.len(), 1);
    bench.faults(&json!([]));
    bench.apply(STACK).await.complete();
    bench.assert_whole(STACK, "looked up").await;
}

/// What the stack owns from a run on is known to the next one, however early that run was killed (S1).
#[tokio::test(start_paused = true)]
async fn what_needed_no_call_is_not_forgotten_by_a_run_that_is_killed() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    bench.edit(|world| world["Cens"][0]["Description"] = "spine".into());
    let described = STACK.replace("{ name: backbone }", "{ name: backbone, description: spine }");
    let renamed = described.replace("name: app, interval", "name: other, interval");
    bench.crash_at(Some(Crash::Before(1)));
    assert!(matches!(bench.apply(&renamed).await, Ended::Crashed));
    bench.crash_at(None);
    let owned = bench.state().await.resources[&address("cen.backbone")].owned.clone();
    assert!(owned.contains("description"), "{owned:?}");
    let plan = bench.apply(STACK).await.complete();
    assert_eq!(lines(&plan), ["Update cen.backbone"], "it goes back to its default");
    bench.assert_whole(STACK, "owned").await;
}
