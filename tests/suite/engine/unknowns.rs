//! What a plan does not know yet, and what apply makes of it.

use std::collections::BTreeSet;

use cenform::apply::Outcome;
use cenform::model::address::Address;

use super::bench::{Bench, STACK, address, lines};

/// A CEN, and a store that is there before a second CEN is.
fn stack(late: bool, store: &str) -> String {
    let late = if late { "late: { name: late }" } else { "" };
    format!(
        "version: 1\nprovider: {{ region: cn-hangzhou }}\ncens: {{ {late} }}\n\
         log_projects: {{ p: {{ name: netflow-7f3a }} }}\n\
         logstores: {{ s: {{ project: p, name: store, {store} }} }}\n"
    )
}

const PLAIN: &str = "ttl: 7, encryption: { enable: true, type: default }";

/// What comes of a store whose value is known only once the late CEN is there: the plan, the outcome, and whether the
/// store was written.
async fn came_of(store: &str) -> (Vec<String>, Outcome, bool) {
    let bench = Bench::new();
    bench.apply(&stack(false, PLAIN)).await.complete();
    let before = bench.world()["Projects"].clone();
    let (plan, outcome) = bench.apply(&stack(true, store)).await.done();
    (lines(&plan), outcome, bench.world()["Projects"] != before)
}

fn failed(outcome: &Outcome) -> Vec<(Address, &str)> {
    outcome.failures.iter().map(|failure| (failure.target.address.clone(), failure.problem.code)).collect()
}

/// S10: an update that turns out to be a replacement stops before its call.
#[tokio::test(start_paused = true)]
async fn a_stronger_action_stops_before_its_call() {
    let store = "ttl: 7, encryption: \"${{'enable': true, 'type': 'sm4' if cen.late.id else 'default'}}\"";
    let (plan, outcome, written) = came_of(store).await;
    assert_eq!(plan, ["Create cen.late", "Update logstore.s"]);
    assert_eq!(failed(&outcome), [(address("logstore.s"), "E0804")]);
    assert!(outcome.mutated && !written, "{outcome:#?}");
    let problem = &outcome.failures[0].problem;
    assert!(problem.detail.starts_with("encryption.type was not known when the plan was made"), "{problem:#?}");
}

/// S10: a rule that is broken by what was unknown stops the operation before its call.
#[tokio::test(start_paused = true)]
async fn a_failed_rule_stops_before_its_call() {
    for (store, code) in [
        ("ttl: \"${7 if not cen.late.id else 0}\", encryption: { enable: true, type: default }", "E0204"),
        ("ttl: 7, hot_ttl: \"${30 if cen.late.id else 7}\", encryption: { enable: true, type: default }", "E0206"),
    ] {
        let (plan, outcome, written) = came_of(store).await;
        assert_eq!(plan, ["Create cen.late", "Update logstore.s"], "{store}");
        assert_eq!(failed(&outcome), [(address("logstore.s"), code)], "{store}: {outcome:#?}");
        assert!(outcome.mutated && !written, "{store}");
    }
}

/// S10: what turns out as it is needs no call, and what turns out as an update is one.
#[tokio::test(start_paused = true)]
async fn the_same_or_a_weaker_action_goes_on() {
    for (ttl, written) in [("7", false), ("30", true)] {
        let store = format!("ttl: \"${{{ttl} if cen.late.id else 1}}\", encryption: {{ enable: true, type: default }}");
        let (plan, outcome, was_written) = came_of(&store).await;
        assert_eq!(plan, ["Create cen.late", "Update logstore.s"]);
        assert!(outcome.is_complete(), "{outcome:#?}");
        assert_eq!(was_written, written, "{ttl}");
    }
}

/// S10: an update leaves ids and what the service tells as they are, so that nothing that refers to it is unknown.
#[tokio::test(start_paused = true)]
async fn what_is_told_is_stable_under_update() {
    let yaml = |name: &str| {
        STACK
            .replace("name: backbone", &format!("name: {name}"))
            .replace("interval: 60", "interval: 60, description: \"of ${cen.backbone.id}\"")
    };
    let bench = Bench::new();
    bench.apply(&yaml("backbone")).await.complete();
    let plan = bench.apply(&yaml("spine")).await.complete();
    assert_eq!(lines(&plan), ["Update cen.backbone"]);
    assert!(plan.outputs.is_empty());
    let formatted = yaml("spine").replace("interval: 60,", "interval: 60, log_format: [srcaddr, dstaddr, bytes],");
    let plan = bench.apply(&formatted).await.complete();
    assert!(plan.outputs["log"].after.has_unknown(), "only a replacement makes an id unknown");
    let made: BTreeSet<String> = bench.known().await;
    assert!(made.contains(&bench.id("flow_log.app").await));
}
