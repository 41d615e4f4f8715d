//! Parts of a stack, what is replaced on request or along with something, and what refuses a plan.

use std::collections::BTreeSet;

use cenform::model::action::Deed;
use cenform::model::address::Address;
use cenform::plan::{Cause, Operation, Plan, Target, Words};
use cenform::state::State;
use serde_json::json;

use super::bench::{Bench, Ended, STACK, address, lines};

fn addresses(texts: &[&str]) -> BTreeSet<Address> {
    texts.iter().map(|text| address(text)).collect()
}

fn target(texts: &[&str]) -> Words {
    Words { targets: addresses(texts), ..Words::default() }
}

fn exclude(texts: &[&str]) -> Words {
    Words { excludes: addresses(texts), ..Words::default() }
}

fn recorded(state: &State) -> Vec<String> {
    state.resources.keys().map(ToString::to_string).collect()
}

fn operation<'p>(plan: &'p Plan, of: &str) -> &'p Operation {
    plan.operations.iter().find(|operation| operation.address == address(of)).unwrap()
}

/// What a deed waits for, written shortly.
fn waits(plan: &Plan, of: &str, deed: Deed) -> Vec<String> {
    let waits = operation(plan, of).after_deeds.get(&deed).into_iter().flatten();
    waits.map(|Target { address, deed }| format!("{deed} {address}")).collect()
}

fn details(ended: Ended) -> Vec<String> {
    match ended {
        Ended::NotPlanned(problems) => problems.into_iter().map(|problem| problem.detail).collect(),
        other => panic!("{other:#?}"),
    }
}

fn gates(ended: Ended) -> Vec<String> {
    match ended {
        Ended::Refused(refusal) => refusal.gates.into_iter().map(|gate| gate.message).collect(),
        other => panic!("{other:#?}"),
    }
}

/// S20: a target takes what it needs with it, and something left out what needs it.
#[tokio::test(start_paused = true)]
async fn a_part_is_planned_and_recorded_and_nothing_else() {
    let bench = Bench::new();
    let plan = bench.apply_with(STACK, &target(&["attachment.app"])).await.complete();
    assert_eq!(lines(&plan), ["Create cen.backbone", "Create transit_router.hz", "Create attachment.app"]);
    assert_eq!(plan.left_out, addresses(&["log_project.netflow", "logstore.tr", "flow_log.app"]));
    assert!(plan.outputs.is_empty() && bench.state().await.outputs.is_empty());
    let plan = bench.apply_with(STACK, &exclude(&["log_project.netflow"])).await.complete();
    assert!(plan.is_empty() && plan.left_out.len() == 3, "{plan:#?}");
    bench.apply(STACK).await.complete();
    bench.assert_whole(STACK, "all").await;
    // What is left out keeps what is remembered of it, and its drift is told by the plan that is about it.
    bench.edit(|world| world["FlowLogs"][0]["FlowLogName"] = "theirs".into());
    let changed = STACK.replace("name: hz", "name: other").replace("interval: 60", "interval: 600");
    let before = bench.state().await.resources[&address("flow_log.app")].clone();
    let plan = bench.apply_with(&changed, &target(&["transit_router.hz"])).await.complete();
    assert_eq!((lines(&plan), plan.drift.len()), (vec!["Update transit_router.hz".to_owned()], 0));
    assert_eq!(bench.state().await.resources[&address("flow_log.app")], before);
    let plan = bench.apply_with(&changed, &exclude(&["cen.backbone"])).await.complete();
    assert_eq!((lines(&plan), plan.drift.len()), (Vec::new(), 0), "{plan:#?}");
    bench.apply(&changed).await.complete();
    bench.assert_whole(&changed, "after").await;
}

/// S20: a destroy takes what stands on a target, and leaves what something left out stands on.
#[tokio::test(start_paused = true)]
async fn a_part_is_destroyed_with_what_stands_on_it() {
    let destroy = |words: Words| Words { destroy: true, ..words };
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let plan = bench.apply_with(STACK, &destroy(exclude(&["flow_log.app"]))).await.complete();
    assert!(plan.is_empty(), "it stands on everything: {plan:#?}");
    assert!(bench.state().await.outputs.contains_key("log"));
    let plan = bench.apply_with(STACK, &destroy(target(&["attachment.app"]))).await.complete();
    assert_eq!(lines(&plan), ["Delete attachment.app", "Delete flow_log.app"]);
    let left = ["cen.backbone", "transit_router.hz", "log_project.netflow", "logstore.tr"];
    assert_eq!(recorded(&bench.state().await), left);
    let plan = bench.apply_with(STACK, &destroy(exclude(&["transit_router.hz"]))).await.complete();
    assert_eq!(lines(&plan), ["Delete log_project.netflow", "Delete logstore.tr"]);
    // What has gone from the stack goes with what stood on it.
    let cens = "version: 1\nprovider: { region: cn-hangzhou }\n";
    let plan = bench.apply_with(cens, &target(&["cen.backbone"])).await.complete();
    assert_eq!(lines(&plan), ["Delete cen.backbone", "Delete transit_router.hz"]);
}

/// S20: an address without a key stands for all instances, and one that names nothing is a mistake.
#[tokio::test(start_paused = true)]
async fn an_address_stands_for_its_instances() {
    let mesh = "version: 1\nprovider: { region: cn-hangzhou }\ncens: { c: {} }\n\
                transit_routers: { hz: { cen: c }, sh: { cen: c, region: cn-shanghai } }\n\
                log_projects: { hz: { name: netflow-hz }, sh: { name: netflow-sh, region: cn-shanghai } }\n\
                logstores: { hz: { project: hz, name: sent, ttl: 7 }, sh: { project: sh, name: sent, ttl: 7 } }\n\
                attachments: { mesh: { type: peer, transit_router: hz, peer: sh, bandwidth_type: DataTransfer, \
                bandwidth: 2, flow_logs: { here: { logstore: hz }, there: { logstore: sh } } } }\n";
    let bench = Bench::new();
    let plan = bench.apply_with(mesh, &exclude(&["flow_log.mesh"])).await.complete();
    assert_eq!(plan.left_out.len(), 2, "{plan:#?}");
    let plan = bench.apply_with(mesh, &target(&["flow_log.mesh/there"])).await.complete();
    assert_eq!(lines(&plan), ["Create flow_log.mesh[\"there\"]"]);
    let unknown = bench.apply_with(mesh, &target(&["flow_log.mash", "flow_log.mesh/back"])).await;
    let there_is_none = |of: &str| format!("--target names {of}, which is neither in the stack nor in the state.");
    assert_eq!(details(unknown), ["flow_log.mash", "flow_log.mesh[\"back\"]"].map(there_is_none));
}

/// S11: what is left out is not pulled down by what is replaced.
#[tokio::test(start_paused = true)]
async fn what_stands_on_a_replacement_cannot_be_left_out() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let moved = STACK.replace("vpc-bp1h8vbrbcgohcju5abcd\n", "vpc-bp1nwd16gvo1wgs5abcde\n");
    let told = details(bench.apply_with(&moved, &target(&["attachment.app"])).await);
    assert_eq!(told, ["attachment.app would be replaced, and what stands on it is left out: flow_log.app."]);
    bench.apply_with(&moved, &target(&["flow_log.app"])).await.complete();
    bench.assert_whole(&moved, "moved").await;
}

/// S19, S20: what is left out has not moved either, and what is created does not take its place.
#[tokio::test(start_paused = true)]
async fn what_is_left_out_keeps_its_name_and_its_place() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let before = bench.state().await.resources[&address("flow_log.app")].clone();
    let renamed =
        STACK.replace("  app: { attachment", "  other: { attachment").replace("flow_log.app", "flow_log.other");
    let moved = renamed.clone() + "moved: [ { from: flow_log.app, to: flow_log.other } ]\n";
    let plan = bench.apply_with(&moved, &target(&["cen.backbone"])).await.complete();
    assert!(plan.is_empty(), "{plan:#?}");
    assert_eq!(bench.state().await.resources.get(&address("flow_log.app")), Some(&before));
    let told = details(bench.apply_with(&renamed, &target(&["flow_log.other"])).await);
    assert_eq!(told, ["flow_log.other would be created where flow_log.app is, which is left out."]);
    let plan = bench.apply_with(&moved, &target(&["flow_log.other"])).await.complete();
    assert_eq!(lines(&plan), ["Move flow_log.other"]);
    bench.assert_whole(&moved, "after").await;
}

/// S11: a store that is replaced keeps its name, and its flow log is replaced all the same. S12: in which order.
#[tokio::test(start_paused = true)]
async fn a_replaced_store_takes_its_flow_log_with_it() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let plan = bench.apply(&STACK.replace("ttl: 180", "ttl: 180, telemetry_type: Metrics")).await.complete();
    assert_eq!(lines(&plan), ["Replace logstore.tr", "Replace flow_log.app"]);
    assert_eq!(waits(&plan, "flow_log.app", Deed::Delete), Vec::<String>::new());
    assert_eq!(waits(&plan, "logstore.tr", Deed::Delete), ["delete flow_log.app"]);
    assert_eq!(waits(&plan, "logstore.tr", Deed::Create), ["delete logstore.tr"]);
    assert_eq!(waits(&plan, "flow_log.app", Deed::Create), ["create logstore.tr", "delete flow_log.app"]);
    let notes: Vec<&str> = plan.pauses.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(notes, ["Logging pauses for about 12 seconds."]);
}

/// S12: two flow logs that change places before they go cannot.
#[tokio::test(start_paused = true)]
async fn a_circle_of_operations_is_named() {
    let logs = |first: &str, second: &str, lifecycle: &str| {
        let lifecycle = format!("lifecycle: {{ create_before_destroy: {lifecycle} }}");
        format!(
            "version: 1\nprovider: {{ region: cn-hangzhou }}\ncens: {{ a: {{}}, b: {{}} }}\n\
             transit_routers: {{ a: {{ cen: a }}, b: {{ cen: b }} }}\n\
             flow_logs:\n  a: {{ transit_router: {first}, destination: {{ project: netflow-7f3a, logstore: tr-flow }}, {lifecycle} }}\n  \
             b: {{ transit_router: {second}, destination: {{ project: netflow-7f3a, logstore: tr-flow }}, {lifecycle} }}\n"
        )
    };
    let bench = Bench::new();
    bench.apply(&logs("a", "b", "true")).await.complete();
    let told = details(bench.apply(&logs("b", "a", "true")).await);
    assert_eq!(
        told,
        ["Each of these waits for the next, in a circle: delete flow_log.a -> create flow_log.b -> delete flow_log.b \
          -> create flow_log.a -> delete flow_log.a."]
    );
    bench.apply(&logs("b", "a", "false")).await.complete();
}

/// S13: what cannot be there twice is not created first, and the error names what keeps the two apart.
#[tokio::test(start_paused = true)]
async fn what_keeps_its_place_cannot_be_created_first() {
    let yaml = STACK.replace("name: app,", "name: app, lifecycle: { create_before_destroy: true },");
    let bench = Bench::new();
    bench.apply(&yaml).await.complete();
    let replace = Words { replace: addresses(&["flow_log.app"]), ..Words::default() };
    let told = details(bench.apply_with(&yaml, &replace).await);
    let expected =
        "No two flow logs can have the same attachment and transit_router, and the new flow_log.app keeps it.";
    assert_eq!(told, [expected]);
}

/// S14: what the new objects need is looked at before the first of the old ones is deleted.
#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_that_could_not_be_made_again() {
    let moved = STACK.replace("vpc-bp1h8vbrbcgohcju5abcd\n", "vpc-bp1nwd16gvo1wgs5abcde\n");
    // What the flow log needs, and what the attachment needs that goes after it. The first reads are those of the plan.
    for action in ["GetLogStore", "ListTransitRouters"] {
        let mut found = Vec::new();
        for nth in 1..8 {
            let bench = Bench::new();
            bench.apply(STACK).await.complete();
            bench.faults(&json!([{ "action": action, "nth": nth, "then": { "error": "Forbidden.RAM", "http": 403 } }]));
            if let Ended::Done(_, outcome) = bench.apply(&moved).await
                && let Some(failure) = outcome.failures.first()
            {
                assert_eq!(bench.objects()["FlowLogs"].len(), 1, "{action} {nth}: {outcome:#?}");
                found.push((failure.target.address.to_string(), failure.target.deed));
                break;
            }
        }
        assert_eq!(found, [("flow_log.app".to_owned(), Deed::Delete)], "{action}");
    }
}

/// S14: what is dark after a create that failed, and how to go on.
#[tokio::test(start_paused = true)]
async fn a_replacement_that_ends_half_way_says_what_is_dark() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let formatted = STACK.replace("interval: 60", "interval: 60, log_format: [srcaddr, dstaddr, bytes]");
    bench.faults(&json!([{ "action": "CreateFlowlog", "nth": 1, "then": { "error": "Forbidden.RAM", "http": 403 } }]));
    let (_, outcome) = bench.apply(&formatted).await.done();
    let problem = &outcome.failures[0].problem;
    let dark = "The old flow_log.app was deleted and the new one is not there: what it did is not done now.";
    assert!(problem.detail.contains(dark), "{problem:#?}");
    let help = problem.help.as_deref().unwrap();
    assert!(help.ends_with("cenform apply on the stack again: it creates what is missing."), "{help}");
    bench.apply(&formatted).await.complete();
    bench.assert_whole(&formatted, "after").await;
}

/// S18: the protection is in the state. It comes off by an applied plan in which the resource is still declared.
#[tokio::test(start_paused = true)]
async fn protection_comes_off_by_an_applied_plan() {
    let protect = |truth: bool| {
        let lifecycle = format!("lifecycle: {{ prevent_destroy: {truth} }}");
        STACK
            .replace("name: hz }", &format!("name: hz, {lifecycle} }}"))
            .replace("name: app, interval", &format!("name: app, {lifecycle}, interval"))
    };
    let destroy = Words { destroy: true, ..Words::default() };
    let bench = Bench::new();
    bench.apply(&protect(true)).await.complete();
    let refused = "flow_log.app and transit_router.hz would be destroyed, and lifecycle.prevent_destroy protects them. \
                   To let them go, first apply the stack with prevent_destroy: false on them, or take the protection \
                   out of the state with cenform state unprotect.";
    let refused = refused.replace("flow_log.app and transit_router.hz", "transit_router.hz and flow_log.app");
    for yaml in [protect(true), protect(false), STACK.to_owned()] {
        assert_eq!(
            gates(bench.apply_with(&yaml, &destroy).await),
            std::slice::from_ref(&refused),
            "all offenders in one"
        );
    }
    // The block is gone, and so is what would have said that it may go.
    let bare = STACK.split("flow_logs:").next().unwrap();
    assert!(gates(bench.apply(bare).await)[0].starts_with("flow_log.app would be destroyed, and"));
    let replaced = protect(false).replace("interval: 60", "interval: 60, log_format: [srcaddr, dstaddr, bytes]");
    assert!(gates(bench.apply(&replaced).await)[0].starts_with("flow_log.app would be replaced, and"));
    bench.apply(&protect(false)).await.complete();
    bench.apply_with(&protect(false), &destroy).await.complete();
    assert!(bench.is_empty());
}

/// S29: stores with data are deleted and replaced only where somebody says so, and the limits count all the same.
#[tokio::test(start_paused = true)]
async fn stores_and_limits_ask_for_a_word() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let renamed = STACK.replace("name: tr-flow", "name: tr-log") + "gates: { max_destroy: 1, max_replace: 1 }\n";
    let told = gates(bench.apply_with(&renamed, &Words::default()).await);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("logstore.tr would be replaced, and the logs in it would be lost."), "{told:#?}");
    assert!(told[1].starts_with("logstore.tr and flow_log.app would be replaced: 2 objects, and gates.max_replace"));
    assert_eq!(gates(bench.apply(&renamed).await).len(), 1, "--allow-data-loss says nothing of the limits");
    let raised = renamed.replace("max_replace: 1", "max_replace: 2");
    bench.apply(&raised).await.complete();
    let destroy = |most: Option<usize>| Words { destroy: true, max_destroy: most, ..Words::default() };
    let told = gates(bench.apply_with(&raised, &destroy(None)).await);
    assert!(told[0].contains("6 objects, and gates.max_destroy of the stack allows 1."), "{told:#?}");
    let told = gates(bench.apply_with(&raised, &destroy(Some(5))).await);
    assert!(told[0].ends_with("allows 5. If that is what you want, plan again with --max-destroy 6."), "{told:#?}");
    bench.apply_with(&raised, &destroy(Some(6))).await.complete();
    assert!(bench.is_empty(), "destroying is the word for stores");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_triggered_by_what_changes() {
    let yaml = STACK
        .replace("name: app, interval", "name: app, lifecycle: { replace_triggered_by: [cen.backbone] }, interval");
    let bench = Bench::new();
    bench.apply(&yaml).await.complete();
    let plan = bench.apply(&yaml.replace("name: backbone }", "name: spine }")).await.complete();
    assert_eq!(lines(&plan), ["Update cen.backbone", "Replace flow_log.app"]);
    let log = operation(&plan, "flow_log.app");
    assert_eq!(log.cause, Some(Cause::TriggeredBy(address("cen.backbone"))));
    assert_eq!(waits(&plan, "flow_log.app", Deed::Create), ["update cen.backbone", "delete flow_log.app"]);
    // A trigger that comes into being, or into the stack, changes nothing.
    let other =
        yaml.replace("cens: {", "cens: { other: {},").replace("by: [cen.backbone", "by: [cen.backbone, cen.other");
    let renamed = |yaml: &str| yaml.replace("name: backbone }", "name: spine }");
    assert_eq!(lines(&bench.apply(&renamed(&other)).await.complete()), ["Create cen.other"]);
    // One that is made anew because it is gone does.
    let id = bench.id("cen.other").await;
    bench.call(None, "DeleteCen", &[("CenId", id.as_str())]).await;
    let accepting = Words { accept_gone: [address("cen.other")].into(), ..Words::default() };
    let plan = bench.apply_with(&renamed(&other), &accepting).await.complete();
    assert_eq!(lines(&plan), ["Create cen.other", "Replace flow_log.app"]);
    bench.assert_whole(&renamed(&other), "after").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_ignored_counts_when_the_object_is_made() {
    let yaml = |interval: u32, name: &str| {
        let lifecycle = "lifecycle: { ignore_changes: [name, interval, tags.team] }";
        STACK.replace(
            "name: app, interval: 60, tags: { team: net }",
            &format!("name: {name}, interval: {interval}, tags: {{ team: {name} }}, {lifecycle}"),
        )
    };
    let bench = Bench::new();
    bench.apply(&yaml(60, "app")).await.complete();
    bench.edit(|world| {
        let log = &mut world["FlowLogs"][0];
        log["FlowLogName"] = "theirs".into();
    });
    let plan = bench.apply(&yaml(600, "other")).await.complete();
    assert!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    assert_eq!(bench.world()["FlowLogs"][0]["Interval"], 60);
    let replace = Words { replace: addresses(&["flow_log.app"]), ..Words::default() };
    let plan = bench.apply_with(&yaml(600, "other"), &replace).await.complete();
    assert_eq!(operation(&plan, "flow_log.app").cause, Some(Cause::Requested));
    let log = &bench.world()["FlowLogs"][0];
    assert_eq!((&log["Interval"], &log["FlowLogName"]), (&json!(600), &json!("other")), "{log:#}");
    bench.assert_whole(&yaml(60, "app"), "ignored again").await;
}

/// S16: a saved plan leaves what is ignored out of its look.
#[tokio::test(start_paused = true)]
async fn a_saved_plan_goes_by_what_is_ignored() {
    for ignored in ["name", "tags", "tags.team"] {
        let yaml = STACK.replace(
            "name: app, interval",
            &format!("lifecycle: {{ ignore_changes: [{ignored}] }}, name: app, interval"),
        );
        let bench = Bench::new();
        bench.apply(&yaml).await.complete();
        let changed = yaml.replace("interval: 60", "interval: 600");
        let saved = bench.plan(&changed, &Words::default(), true).await.unwrap().planned.plan;
        bench.apply_saved(saved).await.complete();
        bench.assert_whole(&changed, ignored).await;
    }
}

/// S3: a tag that is ignored stays, also where the others are let go of.
#[tokio::test(start_paused = true)]
async fn an_ignored_tag_outlives_the_others() {
    let lifecycle = "lifecycle: { ignore_changes: [tags.team] }, name: app, interval";
    let yaml = STACK
        .replace("name: app, interval", lifecycle)
        .replace("tags: { team: net } }\noutputs", "tags: { team: net, env: prod } }\noutputs");
    let bench = Bench::new();
    bench.apply(&yaml).await.complete();
    let without = yaml.replace(", tags: { team: net, env: prod }", "");
    bench.apply(&without).await.complete();
    assert_eq!(bench.world()["FlowLogs"][0]["Tags"], json!([{ "Key": "team", "Value": "net" }]));
}

/// S16: what is ignored keeps no saved plan from being applied, whoever changes it.
#[tokio::test(start_paused = true)]
async fn what_is_ignored_is_not_read_again_for_a_saved_plan() {
    let yaml = STACK.replace("name: app, interval", "name: app, lifecycle: { ignore_changes: [name] }, interval");
    let bench = Bench::new();
    bench.apply(&yaml).await.complete();
    let changed = yaml.replace("interval: 60", "interval: 600");
    let plan = bench.plan(&changed, &Words::default(), true).await.unwrap().planned.plan;
    bench.edit(|world| world["FlowLogs"][0]["FlowLogName"] = "theirs".into());
    assert_eq!(lines(&bench.apply_saved(plan).await.complete()), ["Update flow_log.app"]);
    bench.assert_whole(&changed, "after").await;
}
