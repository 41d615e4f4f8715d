//! What was changed outside: shown apart from what is to be done, and accepted only when somebody says so.

use cenform::model::action::Action;
use cenform::model::value::Value;
use cenform::plan::{PathStep, Plan, Reason, Words};
use serde_json::{Value as Json, json};

use super::bench::{Bench, STACK, address, lines};

fn refresh_only() -> Words {
    Words { refresh_only: true, ..Words::default() }
}

/// What has drifted: `ADDRESS path before -> now`, or `ADDRESS gone`.
fn drifted(plan: &Plan) -> Vec<String> {
    let of = |drift: &cenform::plan::Drift| {
        if drift.gone {
            return vec![format!("{} gone", drift.address)];
        }
        let json = |value: &Value| Json::from(value).to_string();
        let line = |difference: &cenform::plan::Difference| {
            let (before, now) = (json(&difference.before), json(&difference.after));
            format!("{} {} {before} -> {now}", drift.address, PathStep::join(&difference.path))
        };
        drift.differences.iter().map(line).collect()
    };
    plan.drift.iter().flat_map(of).collect()
}

/// Somebody edits the flow log at a console.
fn edit_log(bench: &Bench, change: &Json) {
    bench.edit(|world| {
        for (name, value) in change.as_object().unwrap() {
            world["FlowLogs"][0][name] = value.clone();
        }
    });
}

/// The world without its counter of requests.
fn world(bench: &Bench) -> Json {
    let mut world = bench.world();
    world.as_object_mut().unwrap().remove("Counters");
    world
}

async fn plan(bench: &Bench, yaml: &str) -> Plan {
    bench.plan(yaml, &Words::default(), true).await.unwrap().planned.plan
}

/// S1, S17: only what is managed drifts; what the plan undoes is shown as drift and as a change with its reason.
#[tokio::test(start_paused = true)]
async fn a_managed_attribute_that_was_changed_is_drift_and_a_change() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    edit_log(&bench, &json!({ "Description": "by hand" }));
    let unmanaged = plan(&bench, STACK).await;
    assert!(unmanaged.drift.is_empty() && unmanaged.is_empty(), "nobody manages the description: {unmanaged:#?}");
    edit_log(&bench, &json!({ "Interval": 600 }));
    let drift = plan(&bench, STACK).await;
    assert_eq!(drifted(&drift), ["flow_log.app interval 60 -> 600"]);
    assert_eq!(lines(&drift), ["Update flow_log.app"]);
    assert_eq!(drift.operations[0].differences[0].reason, Reason::Drifted);
}

/// S17: drift with nothing to do is shown, and is no reason for an apply.
#[tokio::test(start_paused = true)]
async fn drift_towards_the_stack_is_shown_and_is_nothing_to_do() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    edit_log(&bench, &json!({ "Interval": 600 }));
    let found = plan(&bench, &STACK.replace("interval: 60", "interval: 600")).await;
    assert_eq!(drifted(&found), ["flow_log.app interval 60 -> 600"]);
    assert!(found.is_empty());
}

/// S2, S3: the status and, where tags are written, all tags are managed.
#[tokio::test(start_paused = true)]
async fn a_log_switched_off_and_a_foreign_tag_are_drift() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let id = bench.id("flow_log.app").await;
    bench.call(None, "DeactiveFlowLog", &[("FlowLogId", &id), ("RegionId", "cn-hangzhou")]).await;
    let tag = [("Tag.1.Key", "owner"), ("Tag.1.Value", "them"), ("ResourceType", "flowlog"), ("ResourceId.1", &id)];
    bench.call(None, "TagResources", &[&tag[..], &[("RegionId", "cn-hangzhou")]].concat()).await;
    let found = plan(&bench, STACK).await;
    let expected = ["flow_log.app status \"Active\" -> \"Inactive\"", "flow_log.app tags.owner null -> \"them\""];
    assert_eq!(drifted(&found), expected);
    assert_eq!(lines(&found), ["Update flow_log.app"]);
    bench.apply(STACK).await.complete();
    bench.assert_whole(STACK, "as it was").await;
}

/// S9: planning writes nothing, whatever it finds.
#[tokio::test(start_paused = true)]
async fn planning_leaves_state_and_cloud_as_they_are() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    edit_log(&bench, &json!({ "Interval": 600 }));
    let (state, world, writes) = (bench.state().await, world(&bench), bench.writes());
    for words in [Words::default(), refresh_only()] {
        bench.plan(&STACK.replace("ttl: 180", "ttl: 90"), &words, true).await.unwrap();
    }
    assert!((bench.state().await, self::world(&bench), bench.writes()) == (state, world, writes));
}

/// S17: `--refresh-only` records what was changed, and the next plan compares with that.
#[tokio::test(start_paused = true)]
async fn what_was_changed_is_accepted_and_nothing_else_is_done() {
    let bench = Bench::new();
    let yaml = STACK.replace("${flow_log.app.id}", "${flow_log.app.interval}");
    bench.apply(&yaml).await.complete();
    edit_log(&bench, &json!({ "Interval": 600 }));
    let (before, world, writes) = (bench.state().await, world(&bench), bench.writes());
    // What the stack wants besides is left alone.
    let edited = yaml.replace("ttl: 180", "ttl: 90").replace("name: hz", "name: other");
    let accepted = bench.apply_with(&edited, &refresh_only()).await.complete();
    assert_eq!(
        (drifted(&accepted), accepted.operations.len()),
        (vec!["flow_log.app interval 60 -> 600".to_owned()], 0)
    );
    assert!(!accepted.is_empty());
    assert!((self::world(&bench), bench.writes()) == (world, writes));
    let after = bench.state().await;
    let (old, new) = (&before.resources[&address("flow_log.app")], &after.resources[&address("flow_log.app")]);
    assert_eq!((&new.attributes["interval"], &new.owned), (&Value::from(600), &old.owned));
    assert_eq!(after.outputs["log"], Value::from(600));
    assert_eq!(after.resources[&address("logstore.tr")], before.resources[&address("logstore.tr")]);
    // It is no drift any more, and still not what the stack says.
    let next = plan(&bench, &yaml).await;
    assert_eq!((drifted(&next), lines(&next)), (Vec::new(), vec!["Update flow_log.app".to_owned()]));
    assert_eq!(next.operations[0].differences[0].reason, Reason::ChangedInYaml);
    let nothing = bench.plan(&yaml, &refresh_only(), true).await.unwrap().planned.plan;
    assert!(nothing.is_empty(), "{nothing:#?}");
}

/// S17: an object that is gone is forgotten by `--refresh-only`, and made again by the next apply. What the service no
/// longer tells is accepted too.
#[tokio::test(start_paused = true)]
async fn what_is_gone_is_forgotten_and_nothing_is_made() {
    let bench = Bench::new();
    let yaml = STACK.replace("name: hz", "name: hz, description: the first");
    bench.apply(&yaml).await.complete();
    bench.edit(|world| {
        world["FlowLogs"] = json!([]);
        world["TransitRouters"][0]["TransitRouterDescription"] = json!("");
    });
    let saved = bench.plan(&yaml, &refresh_only(), true).await.unwrap().planned.plan;
    assert_eq!(drifted(&saved), ["transit_router.hz description \"the first\" -> \"\"", "flow_log.app gone"]);
    assert_eq!(saved.operations.iter().map(|operation| operation.action).collect::<Vec<_>>(), [Action::Forget]);
    let writes = bench.writes();
    bench.apply_saved(saved).await.complete();
    assert_eq!(bench.writes(), writes);
    assert!(!bench.state().await.resources.contains_key(&address("flow_log.app")));
    let next = plan(&bench, &yaml).await;
    assert_eq!(drifted(&next), Vec::<String>::new());
    assert_eq!(lines(&next), ["Update transit_router.hz", "Create flow_log.app"]);
}

/// S15: what `--refresh-only` would record is in the digest.
#[tokio::test(start_paused = true)]
async fn another_drift_has_another_digest() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let mut digests = Vec::new();
    for name in ["one", "two", "two"] {
        edit_log(&bench, &json!({ "FlowLogName": name }));
        digests.push(bench.plan(STACK, &refresh_only(), true).await.unwrap().planned.plan.digest);
    }
    assert!(digests[0] != digests[1] && digests[1] == digests[2], "{digests:?}");
}
