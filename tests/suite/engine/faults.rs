//! Lost requests, lost answers and refusals.

use std::time::Duration;

use cenform::apply::Failure;
use cenform::emulator::options::Options;
use cenform::model::action::Deed;
use cenform::plan::Target;
use serde_json::json;
use tokio::time::Instant;

use super::bench::{Bench, Crash, Ended, STACK, address};

const CREATES: [&str; 6] = [
    "CreateCen",
    "CreateTransitRouter",
    "CreateTransitRouterVpcAttachment",
    "CreateProject",
    "CreateLogStore",
    "CreateFlowlog",
];

const DELETES: [&str; 6] = [
    "DeleteCen",
    "DeleteTransitRouter",
    "DeleteTransitRouterVpcAttachment",
    "DeleteProject",
    "DeleteLogStore",
    "DeleteFlowlog",
];

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_out_in_the_same_run() {
    for action in CREATES.into_iter().chain(["TagResources", "CreateIndex"]) {
        let bench = Bench::new();
        bench.faults(&json!([{ "action": action, "nth": 1, "then": "drop_reply" }]));
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, action).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_made_good() {
    for action in CREATES.into_iter().chain(["TagResources", "CreateIndex"]) {
        let bench = Bench::new();
        bench.faults(&json!([{ "action": action, "nth": 1, "then": "drop_request" }]));
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, action).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_delete_is_made_good_at_once() {
    for action in DELETES {
        for then in ["drop_reply", "drop_request"] {
            let bench = Bench::new();
            bench.apply(STACK).await.complete();
            bench.faults(&json!([{ "action": action, "nth": 1, "then": then }]));
            let before = Instant::now();
            bench.destroy(STACK).await.complete();
            assert!(before.elapsed().as_secs() < 30, "{action} {then}: {:?}", before.elapsed());
            assert!(bench.is_empty(), "{action} {then}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_and_transit_states_are_waited_out() {
    for (code, http) in [("Throttling.User", 400), ("IncorrectStatus.flowlog", 400), ("Operation.Blocking", 400)] {
        for action in CREATES.into_iter().chain(DELETES) {
            let bench = Bench::new();
            bench.faults(&json!([{ "action": action, "nth": 1, "then": { "error": code, "http": http } }]));
            bench.apply(STACK).await.complete();
            bench.assert_whole(STACK, action).await;
            bench.destroy(STACK).await.complete();
            assert!(bench.is_empty(), "{action} {code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_sent_again_and_refused_is_not_the_end() {
    for action in ["CreateTransitRouter", "CreateTransitRouterVpcAttachment", "CreateFlowlog"] {
        let bench = Bench::new();
        bench.faults(&json!([
            { "action": action, "nth": 1, "then": "drop_request" },
            { "action": action, "nth": 2, "then": { "error": "IncorrectStatus.TransitRouterInstance", "http": 400 } },
        ]));
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, action).await;
    }
}

/// S8: it failed in the background; its RequestId is told, its entry is gone, and it is not made again in this run.
#[tokio::test(start_paused = true)]
async fn what_vanishes_while_it_is_made_is_forgotten_and_told_with_its_request() {
    let bench = Bench::new();
    let gone = json!({ "error": "InvalidFlowlogId.NotFound", "http": 400 });
    bench.faults(&json!([{ "action": "DescribeFlowlogs", "every": 1, "then": gone }]));
    let (_, outcome) = bench.apply(STACK).await.done();
    let [failure] = outcome.failures.as_slice() else { panic!("{outcome:#?}") };
    assert!(failure.problem.detail.contains("(RequestId "), "{}", failure.problem.detail);
    assert!(outcome.mutated);
    assert!(!bench.state().await.resources.contains_key(&address("flow_log.app")));
    assert_eq!(bench.sent("CreateFlowlog").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_whatever_is_dropped() {
    for seed in 0..30 {
        let options = Options { seed, ..Default::default() };
        let bench = Bench::with(&options);
        bench.faults(&json!([
            { "action": "*", "probability": 0.1, "then": "drop_reply" },
            { "action": "*", "probability": 0.1, "then": "drop_request" },
            { "action": "*", "probability": 0.05, "then": { "throttle": true } },
            { "action": "*", "probability": 0.05, "then": { "error": "InternalError", "http": 500 } },
        ]));
        let mut runs = 0;
        loop {
            runs += 1;
            let (_, outcome) = bench.apply(STACK).await.done();
            if outcome.is_complete() {
                break;
            }
            assert!(runs < 10, "seed {seed}: {outcome:#?}");
        }
        bench.faults(&json!([]));
        bench.assert_whole(STACK, &format!("seed {seed}")).await;
    }
}

/// Whether an inactive flow log can be modified is not documented: each answer ends with the new name, and inactive.
#[tokio::test(start_paused = true)]
async fn an_inactive_flow_log_is_renamed_without_hanging() {
    let inactive = STACK.replace("name: app, interval: 60", "name: app, interval: 60, status: Inactive");
    let renamed = inactive.replace("name: app, interval", "name: renamed, interval");
    for answer in ["keeps", "activates", "refuses"] {
        let mut options = Options::default();
        options.settings.set(&format!("modify_inactive={answer}")).unwrap();
        let bench = Bench::with(&options);
        bench.apply(&inactive).await.complete();
        let begun = Instant::now();
        bench.apply(&renamed).await.complete();
        assert!(begun.elapsed() < Duration::from_secs(30), "{answer}: {:?}", begun.elapsed());
        bench.assert_whole(&renamed, answer).await;
        let log = &bench.world()["FlowLogs"][0];
        assert_eq!((&log["FlowLogName"], &log["Status"]), (&json!("renamed"), &json!("Inactive")), "{answer}");
    }
}

/// A list may still show a flow log as it was before it was switched off.
#[tokio::test(start_paused = true)]
async fn a_flow_log_is_switched_off_once_however_late_lists_show_it() {
    let inactive = STACK
        .replace("name: app, interval: 60", "name: app, interval: 60, status: Inactive")
        .replace("region: cn-hangzhou }", "region: cn-hangzhou, settle_window: 10s }")
        // One alone would be read by its id.
        .replace("flow_logs:\n", "flow_logs:\n  all: { transit_router: hz, logstore: tr }\n");
    for seed in 0..5 {
        let bench = Bench::with(&Options { seed, stale: Duration::from_secs(3), ..Options::default() });
        let begun = Instant::now();
        bench.apply(&inactive).await.complete();
        assert!(begun.elapsed() < Duration::from_mins(1), "{seed}: {:?}", begun.elapsed());
        assert_eq!(bench.sent("DeactiveFlowLog").len(), 1, "{seed}");
        // Nor is one switched on for five minutes that a killed run has switched on, which lists do not show yet.
        let active = inactive.replace("status: Inactive", "status: Active");
        bench.pass(Duration::from_mins(1)).await;
        bench.crash_at(Some(Crash::After(1)));
        assert!(matches!(bench.apply(&active).await, Ended::Crashed), "{seed}");
        bench.crash_at(None);
        let begun = Instant::now();
        bench.apply(&active).await.complete();
        assert!(begun.elapsed() < Duration::from_mins(1), "{seed}: {:?}", begun.elapsed());
        assert_eq!(bench.world()["FlowLogs"][0]["Status"], "Active", "{seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_repeating_of_what_is_refused() {
    let bench = Bench::new();
    let busy = json!({ "error": "IncorrectStatus.TransitRouterInstance", "http": 400 });
    bench.faults(&json!([{ "action": "CreateFlowlog", "every": 1, "then": busy }]));
    let before = Instant::now();
    // Everything else takes fewer calls than that.
    bench.interrupt_at(Some(20));
    let (_, outcome) = bench.apply(STACK).await.done();
    assert!(outcome.interrupted && bench.writes() == 20, "{outcome:#?}");
    assert!(outcome.failures.is_empty() && outcome.under_way.is_empty(), "{outcome:#?}");
    assert_eq!(outcome.not_done, [Target { address: address("flow_log.app"), deed: Deed::Create }]);
    assert!(before.elapsed() < Duration::from_mins(4), "{:?}", before.elapsed());
    bench.faults(&json!([]));
    bench.interrupt_at(None);
    bench.apply(STACK).await.complete();
    bench.assert_whole(STACK, "interrupted").await;
}

/// A service that has forgotten a token makes a second CEN, which nothing but a look tells: in the same run, or in the
/// one after a kill.
#[tokio::test(start_paused = true)]
async fn a_cen_that_is_made_twice_is_asked_about_until_a_person_has_answered() {
    let yaml = STACK.split("transit_routers:").next().unwrap();
    let twice = json!([
        { "action": "CreateCen", "nth": 1, "then": "drop_reply" },
        { "action": "CreateCen", "nth": 2, "then": "forget_tokens" },
    ]);
    for killed in [None, Some(Crash::After(2)), Some(Crash::After(1))] {
        for answer in ["deleted", "declared"] {
            let at = format!("{killed:?}, {answer}");
            let bench = Bench::new();
            bench.faults(&twice);
            bench.crash_at(killed);
            if killed == Some(Crash::After(1)) {
                assert!(matches!(bench.apply(yaml).await, Ended::Crashed), "{at}");
                bench.faults(&json!([{ "action": "CreateCen", "every": 1, "then": "forget_tokens" }]));
            }
            bench.crash_at(killed.filter(|crash| *crash == Crash::After(2)));
            let other = match bench.apply(yaml).await {
                Ended::Crashed => None,
                ended => {
                    let (_, outcome) = ended.done();
                    assert!(!outcome.is_complete() && outcome.failures.len() == 1, "{at}: {outcome:#?}");
                    let problem = &outcome.failures[0].problem;
                    let ours = bench.id("cen.backbone").await;
                    let both = bench.objects()["Cens"].clone();
                    assert!(both.iter().all(|id| problem.detail.contains(id)), "{at}: {problem:#?}");
                    assert_eq!((problem.code, both.len()), ("E0904", 2), "{at}");
                    both.into_iter().find(|id| *id != ours)
                }
            };
            bench.crash_at(None);
            bench.faults(&json!([]));
            // Whoever has not heard it is told again.
            bench.pass(Duration::from_secs(700)).await;
            let Ended::Questions(questions) = bench.apply(yaml).await else { panic!("{at}: nobody is asked") };
            let candidates = questions[0].candidates.clone();
            assert_eq!(candidates.len(), if other.is_some() { 1 } else { 2 }, "{at}: {questions:#?}");
            assert!(other.is_none_or(|other| candidates == [other]), "{at}: {questions:#?}");
            let mut answered = yaml.to_owned();
            for (number, id) in candidates.iter().enumerate() {
                if answer == "deleted" {
                    bench.call(None, "DeleteCen", &[("CenId", id)]).await;
                } else {
                    let declared = format!("}} , other{number}: {{ existing: {id} }} }}");
                    answered = answered.replace("} }", &declared);
                }
            }
            if candidates.len() == 2 && answer == "declared" {
                continue;
            }
            bench.apply(&answered).await.complete();
            assert!(bench.open().await.is_empty(), "{at}");
            assert_eq!(bench.objects()["Cens"].len(), if answer == "deleted" { 1 } else { 2 }, "{at}");
            assert_eq!(bench.known().await.len(), 1, "{at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_sent_again_and_remembered_raises_no_question() {
    let bench = Bench::new();
    bench.faults(&json!([{ "action": "CreateCen", "nth": 1, "then": "drop_reply" }]));
    let before = Instant::now();
    bench.apply(STACK).await.complete();
    assert!(bench.open().await.is_empty() && before.elapsed() < Duration::from_mins(1), "{:?}", before.elapsed());
    assert_eq!(bench.sent("CreateCen").len(), 2);
    bench.assert_whole(STACK, "once").await;
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_refused_whether_a_cen_was_made_twice_is_repeated_and_then_left_to_the_next_run() {
    let yaml = STACK.split("transit_routers:").next().unwrap();
    let yaml = yaml.replace("region: cn-hangzhou }", "region: cn-hangzhou, settle_window: 60s }");
    for lasts in [Duration::from_secs(30), Duration::from_mins(2)] {
        let bench = Bench::new();
        bench.faults(&json!([{ "action": "CreateCen", "nth": 1, "then": "drop_reply" }]));
        let refuse = async {
            bench.pass(Duration::from_secs(5)).await;
            bench.faults(
                &json!([{ "action": "DescribeCens", "every": 1, "then": { "error": "Forbidden.RAM", "http": 403 } }]),
            );
            bench.pass(lasts).await;
            bench.faults(&json!([]));
        };
        let (ended, ()) = tokio::join!(bench.apply(&yaml), refuse);
        let (_, outcome) = ended.done();
        assert_eq!((outcome.added, outcome.is_complete()), (1, lasts < Duration::from_mins(1)), "{outcome:#?}");
        for Failure { target, problem } in &outcome.failures {
            assert_eq!(target.address, address("cen.backbone"));
            let help = problem.help.as_deref().unwrap_or_default();
            assert!(problem.detail.contains("is in the state") && help.ends_with("it looks on."), "{problem:#?}");
        }
        assert_eq!(bench.open().await.len(), outcome.failures.len());
        bench.apply(&yaml).await.complete();
        assert!(bench.open().await.is_empty() && bench.objects()["Cens"].len() == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_leaves_it_to_the_next_run_whether_a_cen_was_made_twice() {
    let yaml = STACK.split("transit_routers:").next().unwrap();
    let yaml = yaml.replace("region: cn-hangzhou }", "region: cn-hangzhou, settle_window: 60s }");
    let bench = Bench::new();
    bench.faults(&json!([{ "action": "CreateCen", "nth": 1, "then": "drop_reply" }]));
    let interrupt = async {
        bench.pass(Duration::from_secs(30)).await;
        bench.interrupter().send_replace(true);
    };
    let (ended, ()) = tokio::join!(bench.apply(&yaml), interrupt);
    let (_, outcome) = ended.done();
    assert!(outcome.interrupted && outcome.failures.is_empty() && outcome.added == 1, "{outcome:#?}");
    assert_eq!(outcome.under_way, [Target { address: address("cen.backbone"), deed: Deed::Create }]);
    assert_eq!(bench.open().await.len(), 1);
    bench.interrupt_at(None);
    bench.apply(&yaml).await.complete();
    assert!(bench.open().await.is_empty());
}

/// What has a natural key cannot be made twice: that it exists already is settled by a look (S24).
#[tokio::test(start_paused = true)]
async fn forgotten_tokens_make_nothing_twice_that_has_a_natural_key() {
    for action in ["CreateTransitRouter", "CreateTransitRouterVpcAttachment", "CreateFlowlog"] {
        let bench = Bench::new();
        bench.faults(&json!([
            { "action": action, "nth": 1, "then": "drop_reply" },
            { "action": action, "every": 1, "then": "forget_tokens" },
        ]));
        bench.apply(STACK).await.complete();
        bench.faults(&json!([]));
        bench.assert_whole(STACK, action).await;
    }
}
