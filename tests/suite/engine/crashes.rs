//! The process ends at any call, or is told to stop, or cannot write: the next run goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use cenform::apply::Outcome;
use cenform::cloud::request::Sls;
use cenform::emulator::options::Options;
use cenform::model::address::Kind;
use cenform::model::region::Region;
use cenform::plan::Words;
use cenform::state::EntryStatus;
use serde_json::json;
use tokio::time::Instant;

use super::bench::{Bench, Crash, Ended, STACK, address, lines};
use super::runs::crashes;

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_is_killed_anywhere_is_finished_by_the_next() {
    let whole = Bench::new();
    whole.crash_at(None);
    whole.apply(STACK).await.complete();
    let writes = whole.writes();
    assert!((7..12).contains(&writes), "{writes}");
    whole.assert_whole(STACK, "no crash").await;
    for crash in crashes(writes) {
        let bench = Bench::new();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.apply(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_and_not_told_is_destroyed_in_order() {
    for crash in crashes(7) {
        let bench = Bench::new();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.apply(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.pass(Duration::from_secs(1)).await;
        let mut ended = bench.destroy(STACK).await;
        // A CEN that may have been made is nothing that a destroy could find out about by itself.
        if let Ended::Questions(questions) = &ended {
            assert_eq!((questions[0].intent.address.kind, questions[0].candidates.len()), (Kind::Cen, 1), "{crash:?}");
            bench.apply(STACK).await.complete();
            ended = bench.destroy(STACK).await;
        }
        ended.complete();
        assert!(bench.is_empty(), "{crash:?}: {:?}", bench.objects());
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_killed_anywhere_is_finished_by_the_next() {
    for crash in crashes(6) {
        let bench = Bench::new();
        bench.apply(STACK).await.complete();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.destroy(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.destroy(STACK).await.complete();
        assert!(bench.is_empty(), "{crash:?}: {:?}", bench.objects());
        assert!(bench.known().await.is_empty(), "{crash:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_renamed_after_a_crash_is_not_taken_for_what_was_to_be_made() {
    let renamed =
        STACK.replace("attachments:\n  app:", "attachments:\n  other:").replace("attachment: app", "attachment: other");
    for crash in crashes(7) {
        let bench = Bench::new();
        bench.crash_at(Some(crash));
        assert!(matches!(bench.apply(STACK).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        bench.pass(Duration::from_secs(1)).await;
        bench.apply(&renamed).await.complete();
        bench.assert_whole(&renamed, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_finishes_what_is_under_way_and_the_next_the_rest() {
    for number in 1..=6 {
        let bench = Bench::new();
        bench.interrupt_at(Some(number));
        let (_, outcome) = bench.apply(STACK).await.done();
        assert!(outcome.interrupted && outcome.failures.is_empty() && outcome.mutated, "{number}: {outcome:#?}");
        let made: usize = bench.objects().values().map(BTreeSet::len).sum();
        assert!(made >= 1 && bench.known().await.len() >= made, "{number}");
        bench.interrupt_at(None);
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, &number.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_the_run_before_the_next_call_and_loses_nothing() {
    for appends in 1..20 {
        let bench = Bench::new();
        bench.room_for(Some(appends));
        bench.crash_at(None);
        let (_, outcome) = bench.apply(STACK).await.done();
        if outcome.is_complete() {
            assert!(appends > 10);
            return;
        }
        assert_eq!(outcome.mutated, bench.writes() > 0, "{appends}");
        assert!(bench.writes() < appends + 1, "{appends}: {} calls", bench.writes());
        bench.room_for(None);
        bench.apply(STACK).await.complete();
        bench.assert_whole(STACK, &appends.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_with_its_recycle_bin_on_is_gone_when_it_is_in_there() {
    let yaml = "version: 1\nprovider: { region: cn-hangzhou }\n\
        log_projects: { p: { name: netflow-7f3a, recycle_bin: true } }\nlogstores: { l: { project: p, name: tr-flow, ttl: 7 } }\n";
    let bench = Bench::new();
    bench.apply(yaml).await.complete();
    bench.destroy(yaml).await.complete();
    assert_eq!(bench.known().await.len(), 0);
    // One that somebody else has put there is not in the way either.
    let other = yaml.replace("netflow-7f3a", "netflow-9c41");
    bench.apply(&other).await.complete();
    let region = Region("cn-hangzhou".to_owned());
    let delete = Sls::write("DeleteProject", "DELETE", &region, Some("netflow-9c41"), "/");
    bench.api().call(&delete.into()).await.unwrap();
    let words = Words { destroy: true, accept_gone: [address("log_project.p")].into(), ..Words::default() };
    bench.apply_with(&other, &words).await.complete();
    assert_eq!(bench.known().await.len(), 0);
}

/// What a killed run has made at an address and a later one has made anew is told apart, however late it shows itself.
#[tokio::test(start_paused = true)]
async fn what_shows_itself_after_its_successor_was_made_is_left_over() {
    for back in [false, true] {
        let bench = Bench::with(&Options { stale: Duration::from_mins(1), ..Options::default() });
        let bare = STACK.split("flow_logs:").next().unwrap();
        bench.apply(bare).await.complete();
        bench.pass(Duration::from_mins(2)).await;
        bench.crash_at(Some(Crash::After(1)));
        assert!(matches!(bench.apply(STACK).await, Ended::Crashed));
        bench.crash_at(None);
        let whole_router = STACK.replace("attachment: app, logstore", "transit_router: hz, logstore");
        bench.apply(&whole_router).await.complete();
        let log = bench.id("flow_log.app").await;
        assert_eq!(bench.objects()["FlowLogs"].len(), 2, "the first did not show itself");
        bench.pass(Duration::from_mins(2)).await;
        // If the first is wanted again, it is in nobody's way.
        let yaml = if back { STACK } else { &whole_router };
        let plan = bench.apply(yaml).await.complete();
        assert_eq!(lines(&plan), [if back { "Replace flow_log.app" } else { "Delete flow_log.app" }]);
        assert_eq!(bench.id("flow_log.app").await == log, !back);
        bench.pass(Duration::from_mins(2)).await;
        bench.assert_whole(yaml, "left over").await;
    }
}

/// A run that was killed when a flow log had just been made, on a cloud whose lists show it a while later.
async fn killed_over_a_stale_list() -> Bench {
    let bench = Bench::with(&Options { stale: Duration::from_secs(20), ..Options::default() });
    let bare = STACK.split("flow_logs:").next().unwrap();
    bench.apply(bare).await.complete();
    bench.pass(Duration::from_mins(1)).await;
    bench.crash_at(Some(Crash::After(1)));
    assert!(matches!(bench.apply(STACK).await, Ended::Crashed));
    bench.crash_at(None);
    bench
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_is_looked_for_until_its_settle_window_is_over() {
    let patient = STACK.replace("region: cn-hangzhou }", "region: cn-hangzhou, settle_window: 30s }");
    let edited = patient.replace("name: app, interval: 60", "name: renamed, interval: 60");
    let bench = killed_over_a_stale_list().await;
    let begun = Instant::now();
    let plan = bench.apply(&edited).await.complete();
    assert_eq!(lines(&plan), ["Update flow_log.app"], "it was found before there was a plan");
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    bench.pass(Duration::from_mins(1)).await;
    bench.assert_whole(&edited, "looked for").await;
}

#[tokio::test(start_paused = true)]
async fn what_shows_itself_only_when_its_place_is_looked_at_is_taken_for_what_it_is() {
    let edited = STACK.replace("name: app, interval: 60", "name: renamed, interval: 60");
    let other_format = edited.replace("name: renamed,", "name: renamed, log_format: [srcaddr, dstaddr, bytes],");
    for (yaml, stays) in [(&edited, true), (&other_format, false)] {
        let bench = killed_over_a_stale_list().await;
        // Reading the CEN takes until the list shows the flow log.
        bench.faults(&json!([{ "action": "DescribeCens", "every": 1, "then": { "delay": "30s" } }]));
        let (plan, outcome) = bench.apply(yaml).await.done();
        assert_eq!(lines(&plan), ["Create flow_log.app"]);
        assert_eq!(bench.sent("CreateFlowlog").len(), 1, "that of the killed run");
        assert!(bench.state().await.resources.contains_key(&address("flow_log.app")), "{outcome:#?}");
        let failed: Vec<_> = outcome.failures.iter().map(|failure| failure.problem.code).collect();
        assert_eq!(failed, if stays { vec![] } else { vec!["E0804"] });
        bench.faults(&json!([]));
        bench.apply(yaml).await.complete();
        bench.pass(Duration::from_mins(1)).await;
        bench.assert_whole(yaml, "taken for what it is").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_recovered_is_not_recovered_again() {
    let bench = Bench::new();
    bench.apply(STACK.split("flow_logs:").next().unwrap()).await.complete();
    bench.crash_at(Some(Crash::After(1)));
    assert!(matches!(bench.apply(STACK).await, Ended::Crashed));
    let first = bench.open().await;
    let logs = bench.objects()["FlowLogs"].clone();
    // The next run is killed before its first call.
    bench.pass(Duration::from_secs(1)).await;
    bench.crash_at(Some(Crash::Before(1)));
    let edited = STACK.replace("backbone: { name: backbone }", "backbone: { name: spine }");
    assert!(matches!(bench.apply(&edited).await, Ended::Crashed));
    assert_eq!(BTreeSet::from([bench.id("flow_log.app").await]), logs);
    let open = bench.open().await;
    assert_eq!(open.iter().map(|intent| intent.address.to_string()).collect::<Vec<_>>(), ["cen.backbone"]);
    assert!(open[0].number > first[0].number, "{open:#?}");
    bench.crash_at(None);
    bench.apply(&edited).await.complete();
    bench.assert_whole(&edited, "recovered once").await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_waits_at_once_and_the_next_run_goes_on_waiting() {
    let slow = Options { settle: Duration::from_mins(2), ..Options::default() };
    let cut_short = |outcome: &Outcome| {
        assert!(outcome.interrupted && outcome.failures.is_empty(), "{outcome:#?}");
        outcome.under_way.iter().map(|target| format!("{} {}", target.deed, target.address)).collect::<Vec<_>>()
    };
    let bench = Bench::with(&slow);
    bench.apply(STACK.split("transit_routers:").next().unwrap()).await.complete();
    bench.interrupt_at(Some(1));
    let begun = Instant::now();
    let (_, outcome) = bench.apply(STACK).await.done();
    assert!(cut_short(&outcome).contains(&"create transit_router.hz".to_owned()), "{outcome:#?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let status = async |of: &str| bench.state().await.resources[&address(of)].status;
    assert_eq!(status("transit_router.hz").await, EntryStatus::Creating);
    bench.interrupt_at(None);
    let plan = bench.apply(STACK).await.complete();
    assert!(lines(&plan).contains(&"Wait transit_router.hz".to_owned()), "{:?}", lines(&plan));
    bench.assert_whole(STACK, "waited on").await;

    let doomed = STACK.split("flow_logs:").next().unwrap();
    bench.apply(doomed).await.complete();
    bench.interrupt_at(Some(1));
    let (_, outcome) = bench.destroy(doomed).await.done();
    assert!(cut_short(&outcome).contains(&"delete attachment.app".to_owned()), "{outcome:#?}");
    assert_eq!(status("attachment.app").await, EntryStatus::Deleting);
    bench.interrupt_at(None);
    bench.destroy(doomed).await.complete();
    assert!(bench.is_empty() && bench.known().await.is_empty());
    let deletes = bench.sent("DeleteTransitRouterVpcAttachment").len();
    assert_eq!(deletes, 1, "what is on its way out is only waited for");
}
