//! Replacements in both orders, and what they may leave behind.

use std::time::Duration;

use serde_json::json;

use super::bench::{Bench, Crash, Ended, STACK, address, lines};
use super::runs::crashes;

/// The stack with its attachment on another VPC, which replaces it and the flow log on it.
fn moved(create_first: bool) -> String {
    let moved = STACK.replace("vpc_id: vpc-bp1h8vbrbcgohcju5abcd", "vpc_id: vpc-bp1nwd16gvo1wgs5abcde");
    if !create_first {
        return moved;
    }
    moved
        .replace("    type: vpc", "    lifecycle: { create_before_destroy: true }\n    type: vpc")
        .replace("flow_logs:\n  app: {", "flow_logs:\n  app: { lifecycle: { create_before_destroy: true },")
}

/// S13, in both orders.
#[tokio::test(start_paused = true)]
async fn a_replacement_that_is_killed_anywhere_is_finished_by_the_next() {
    for create_first in [false, true] {
        for crash in crashes(4) {
            let at = format!("create first {create_first}, {crash:?}");
            let bench = Bench::new();
            bench.apply(STACK).await.complete();
            bench.crash_at(Some(crash));
            let yaml = moved(create_first);
            assert!(matches!(bench.apply(&yaml).await, Ended::Crashed), "{at}");
            bench.crash_at(None);
            bench.pass(Duration::from_secs(1)).await;
            let known = bench.known().await;
            bench.apply(&yaml).await.complete();
            // Whatever an interrupted replacement has left is gone after the run that follows it.
            bench.assert_whole(&yaml, &format!("{at}, {known:?}")).await;
        }
    }
}

/// What an interrupted destroy has begun to delete cannot stay until its successor is there, whatever the stack says.
#[tokio::test(start_paused = true)]
async fn what_is_being_deleted_goes_first() {
    let yaml = STACK.replace("    type: vpc", "    lifecycle: { create_before_destroy: true }\n    type: vpc");
    let bench = Bench::new();
    bench.apply(&yaml).await.complete();
    // The flow log and the logstore are gone, and the attachment is on its way.
    bench.crash_at(Some(Crash::Before(4)));
    assert!(matches!(bench.destroy(&yaml).await, Ended::Crashed));
    bench.crash_at(None);
    let plan = bench.apply(&yaml).await.complete();
    assert!(lines(&plan).contains(&"Replace attachment.app".to_owned()), "{plan:#?}");
    bench.assert_whole(&yaml, "after").await;
}

/// S12
#[tokio::test(start_paused = true)]
async fn a_rename_in_the_stack_hands_the_place_over() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let renamed = STACK.replace("flow_logs:\n  app:", "flow_logs:\n  other:").replace("flow_log.app", "flow_log.other");
    let plan = bench.apply(&renamed).await.complete();
    assert_eq!(lines(&plan), ["Delete flow_log.app", "Create flow_log.other"]);
    bench.assert_whole(&renamed, "renamed").await;
}

#[tokio::test(start_paused = true)]
async fn a_left_over_of_a_replacement_outlives_its_successor() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    // Killed when the new attachment and its log are there and the old ones are not gone.
    bench.crash_at(Some(Crash::Before(3)));
    let yaml = moved(true);
    assert!(matches!(bench.apply(&yaml).await, Ended::Crashed));
    bench.crash_at(None);
    let state = bench.state().await;
    let entry = &state.resources[&address("attachment.app")];
    assert_eq!(entry.deposed.len(), 1, "{entry:#?}");
    // Somebody deletes the new log and the new attachment: the old ones are still ours.
    let left: Vec<String> = entry.deposed.iter().map(|deposed| deposed.id.clone()).collect();
    bench.apply(&yaml).await.complete();
    assert!(!bench.objects()["TransitRouterAttachments"].contains(&left[0]));
    bench.assert_whole(&yaml, "after").await;
}

/// The stack goes back to where it was while the old attachment is still there.
#[tokio::test(start_paused = true)]
async fn a_left_over_makes_room_for_what_takes_its_place() {
    let first = |yaml: &str| {
        let bare = yaml.split("flow_logs:").next().unwrap();
        bare.replace("    type: vpc", "    lifecycle: { create_before_destroy: true }\n    type: vpc")
    };
    let there = first(&moved(false));
    for back in [first(STACK), STACK.split("flow_logs:").next().unwrap().to_owned()] {
        for gone in [false, true] {
            for crash in [Crash::After(1), Crash::Before(2), Crash::After(2)] {
                let at = format!("{crash:?}, successor gone {gone}");
                let bench = Bench::new();
                bench.apply(&first(STACK)).await.complete();
                bench.crash_at(Some(crash));
                assert!(matches!(bench.apply(&there).await, Ended::Crashed), "{at}");
                bench.crash_at(None);
                bench.pass(Duration::from_secs(1)).await;
                if gone && crash != Crash::After(1) {
                    let id = bench.id("attachment.app").await;
                    let params = [("TransitRouterAttachmentId", id.as_str())];
                    bench.call(None, "DeleteTransitRouterVpcAttachment", &params).await;
                }
                bench.apply(&back).await.complete();
                bench.assert_whole(&back, &at).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_moves_to_another_region_is_deleted_in_the_old_one() {
    for create_first in [false, true] {
        let router = |region: &str| {
            let lifecycle = format!("lifecycle: {{ create_before_destroy: {create_first} }}");
            let router = format!("x: {{ cen: c, region: {region}, {lifecycle} }}");
            let project = format!("p: {{ name: netflow-{region}, region: {region}, {lifecycle} }}");
            format!("version: 1\ncens: {{ c: {{}} }}\ntransit_routers: {{ {router} }}\nlog_projects: {{ {project} }}\n")
        };
        for crash in crashes(4) {
            let bench = Bench::new();
            bench.apply(&router("cn-hangzhou")).await.complete();
            bench.crash_at(Some(crash));
            assert!(matches!(bench.apply(&router("cn-shanghai")).await, Ended::Crashed), "{crash:?}");
            bench.crash_at(None);
            bench.pass(Duration::from_secs(1)).await;
            bench.apply(&router("cn-shanghai")).await.complete();
            let world = bench.world();
            let regions = |list: &str, field: &str| -> Vec<String> {
                let items = world[list].as_array().unwrap().iter();
                items.map(|item| item[field].as_str().unwrap().to_owned()).collect()
            };
            assert_eq!(
                regions("TransitRouters", "RegionId"),
                ["cn-shanghai"],
                "create first {create_first}, {crash:?}"
            );
            assert_eq!(regions("Projects", "region"), ["cn-shanghai"], "create first {create_first}, {crash:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_follows_its_router_to_another_region_is_deleted_in_the_old_one() {
    let mesh = |here: &str, there: &str| {
        let ends = format!("here: {{ logstore: {here} }}, there: {{ logstore: {there} }}");
        let line = "bandwidth_type: DataTransfer, bandwidth: 2";
        format!(
            "version: 1\ncens: {{ c: {{}} }}\n\
             transit_routers: {{ hz: {{ cen: c, region: cn-hangzhou }}, sh: {{ cen: c, region: cn-shanghai }}, \
             bj: {{ cen: c, region: cn-beijing }} }}\n\
             log_projects: {{ hz: {{ name: netflow-hz, region: cn-hangzhou }}, \
             sh: {{ name: netflow-sh, region: cn-shanghai }}, bj: {{ name: netflow-bj, region: cn-beijing }} }}\n\
             logstores: {{ hz: {{ project: hz, name: tr-flow, ttl: 30 }}, sh: {{ project: sh, name: tr-flow, ttl: 30 }}, \
             bj: {{ project: bj, name: tr-flow, ttl: 30 }} }}\n\
             attachments: {{ m: {{ type: peer, transit_router: {here}, peer: {there}, {line}, flow_logs: {{ {ends} }} }} }}\n"
        )
    };
    for (here, there) in [("sh", "hz"), ("hz", "bj"), ("bj", "sh")] {
        let moved = mesh(here, there);
        for crash in [None, Some(Crash::Before(2)), Some(Crash::After(3))] {
            let bench = Bench::new();
            bench.apply(&mesh("hz", "sh")).await.complete();
            if crash.is_some() {
                bench.crash_at(crash);
                assert!(matches!(bench.apply(&moved).await, Ended::Crashed), "{here} {there} {crash:?}");
                bench.crash_at(None);
                bench.pass(Duration::from_secs(1)).await;
            }
            bench.apply(&moved).await.complete();
            let world = bench.world();
            let count = |list: &str| world[list].as_array().unwrap().len();
            assert_eq!((count("TransitRouterAttachments"), count("FlowLogs")), (1, 2), "{here} {there} {crash:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_its_region_from_another_is_deleted_where_it_was() {
    let at = |router: &str, project: &str, lifecycle: &str| {
        format!(
            "version: 1
provider: {{ region: cn-hangzhou }}
cens: {{ c: {{}} }}
transit_routers: {{ hz: {{ cen: c }}, sh: {{ cen: c, region: cn-shanghai }} }}
log_projects: {{ hz: {{ name: netflow-hz }}, sh: {{ name: netflow-sh, region: cn-shanghai }} }}
logstores: {{ tr: {{ project: {project}, name: tr-flow, ttl: 7{lifecycle} }} }}
flow_logs: {{ tr: {{ transit_router: {router}, logstore: tr{lifecycle} }} }}
"
        )
    };
    for lifecycle in ["", ", lifecycle: { create_before_destroy: true }"] {
        let (before, after) = (at("hz", "hz", lifecycle), at("sh", "sh", lifecycle));
        for crash in (1..=4).flat_map(|number| [Crash::Before(number), Crash::After(number)]) {
            let bench = Bench::new();
            bench.apply(&before).await.complete();
            bench.crash_at(Some(crash));
            assert!(matches!(bench.apply(&after).await, Ended::Crashed), "{lifecycle} {crash:?}");
            bench.crash_at(None);
            bench.pass(Duration::from_secs(1)).await;
            bench.apply(&after).await.complete();
            let world = bench.world();
            let logs = world["FlowLogs"].as_array().unwrap();
            assert_eq!(logs.len(), 1, "{lifecycle} {crash:?} {logs:?}");
            assert_eq!(logs[0]["RegionId"], "cn-shanghai", "{lifecycle} {crash:?}");
            let stores = |project: usize| world["Projects"][project]["logstores"].as_array().map_or(0, Vec::len);
            assert_eq!((stores(0), stores(1)), (0, 1), "{lifecycle} {crash:?} {world:#}");
            assert_eq!(lines(&bench.apply(&after).await.complete()), Vec::<String>::new(), "{lifecycle} {crash:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_the_same_run_changes_keeps_no_replacement_from_its_work() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let yaml = moved(false).replace("name: hz", "name: other");
    // The router is being changed when the old flow log is gone and the old attachment would be next.
    bench.faults(&json!([
        { "action": "UpdateTransitRouter", "nth": 1, "then": { "throttle": true } },
        { "action": "DeleteFlowlog", "nth": 1, "then": { "delay": "800ms" } },
    ]));
    let plan = bench.apply(&yaml).await.complete();
    assert_eq!(lines(&plan), ["Update transit_router.hz", "Replace attachment.app", "Replace flow_log.app"]);
    bench.assert_whole(&yaml, "changed").await;
}

/// S14
#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_for_a_place_that_is_taken() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    // Another attachment of the very VPC that the first is to move to, which is in no state.
    let both = STACK.replace("log_projects:", &format!("  other:{OTHER}log_projects:"));
    bench.apply(&both).await.complete();
    let forgotten = both.replace(
        "  other:\n",
        &format!("  other:\n    existing: {}\n", bench.state().await.resources[&address("attachment.other")].id),
    );
    bench.apply(&forgotten).await.complete();
    bench.apply(STACK).await.complete();
    let (_, outcome) = bench.apply(&moved(false)).await.done();
    assert!(!outcome.mutated && outcome.failures[0].problem.summary == "There is one already", "{outcome:#?}");
    assert_eq!(bench.objects()["TransitRouterAttachments"].len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_now_of_deleting_counts_for_the_old_object_too() {
    let forced = |yaml: &str| yaml.replace("    vpc_id:", "    force_delete: true\n    vpc_id:");
    let force = |bench: &Bench| {
        let sent = bench.sent("DeleteTransitRouterVpcAttachment");
        sent.iter().map(|params| params.contains("&Force=true")).collect::<Vec<_>>()
    };
    for create_first in [false, true] {
        let yaml = moved(create_first);
        for (before, after, expected) in
            [(STACK, &forced(&yaml), true), (&forced(STACK), &yaml, false), (&forced(STACK), &forced(&yaml), true)]
        {
            let bench = Bench::new();
            bench.apply(before).await.complete();
            bench.apply(after).await.complete();
            assert_eq!(force(&bench), [expected], "create first {create_first}");
        }
    }
    for (before, after, expected) in [(STACK, forced(STACK), true), (&forced(STACK), STACK.to_owned(), false)] {
        let bench = Bench::new();
        bench.apply(before).await.complete();
        bench.destroy(&after).await.complete();
        assert_eq!(force(&bench), [expected]);
    }
    // Killed before the old objects were deleted.
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    bench.crash_at(Some(Crash::Before(3)));
    assert!(matches!(bench.apply(&moved(true)).await, Ended::Crashed));
    bench.crash_at(None);
    bench.apply(&forced(&moved(true))).await.complete();
    assert_eq!(force(&bench), [true]);
}

const OTHER: &str = "
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1nwd16gvo1wgs5abcde
    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]
";

/// S12: what is left behind goes before what it stands on, also where its successor stands elsewhere.
#[tokio::test(start_paused = true)]
async fn what_a_left_over_stands_on_outlives_it() {
    let second = "  data:\n    type: vpc\n    transit_router: hz\n    vpc_id: vpc-bp1nwd16gvo1wgs5abcde\n    \
                  zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1nwd16gvo1wgs5abcde } ]\n";
    let both = STACK
        .replace("log_projects:", &format!("{second}log_projects:"))
        .replace("flow_logs:\n  app: {", "flow_logs:\n  app: { lifecycle: { create_before_destroy: true },");
    let there = both.replace("attachment: app,", "attachment: data,");
    let without = there.replace("  app:\n    type: vpc\n    transit_router: hz\n    vpc_id: vpc-bp1h8vbrbcgohcju5abcd\n    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]\n", "");
    for goes_on in ["destroy", "drop"] {
        let bench = Bench::new();
        bench.apply(&both).await.complete();
        bench.faults(
            &json!([{ "action": "DeleteFlowlog", "every": 1, "then": { "error": "Forbidden.RAM", "http": 403 } }]),
        );
        bench.apply(&there).await.done();
        bench.faults(&json!([]));
        assert_eq!(bench.state().await.resources[&address("flow_log.app")].deposed.len(), 1);
        if goes_on == "destroy" {
            bench.destroy(&there).await.complete();
            assert!(bench.is_empty());
        } else {
            bench.apply(&without).await.complete();
            bench.assert_whole(&without, goes_on).await;
        }
    }
}

/// S14: nothing goes dark for a successor whose store cannot be made.
#[tokio::test(start_paused = true)]
async fn what_a_successor_refers_to_is_made_before_its_predecessor_goes() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let yaml = STACK
        .replace("logstores: { tr:", "logstores: { new: { project: netflow, name: new-flow, ttl: 7 }, tr:")
        .replace("attachment: app, logstore: tr", "attachment: app, logstore: new");
    bench
        .faults(&json!([{ "action": "CreateLogStore", "every": 1, "then": { "error": "Unauthorized", "http": 403 } }]));
    let (_, outcome) = bench.apply(&yaml).await.done();
    assert_eq!((outcome.failures.len(), outcome.destroyed), (1, 0), "{outcome:#?}");
    assert_eq!(bench.objects()["FlowLogs"].len(), 1);
    bench.faults(&json!([]));
    bench.apply(&yaml).await.complete();
    bench.assert_whole(&yaml, "after").await;
}
