//! What has moved since a plan was saved keeps it from being applied (S16).

use cenform::plan::{Moved, Plan, Words};
use serde_json::{Value as Json, json};

use super::bench::{Bench, Ended, STACK};

async fn saved(bench: &Bench, yaml: &str) -> Plan {
    let words = Words { allow_data_loss: true, ..Words::default() };
    bench.plan(yaml, &words, true).await.unwrap().planned.plan
}

/// What an apply of a saved plan finds moved: `ADDRESS attribute planned | now | after`.
async fn refused(bench: &Bench, plan: Plan) -> Vec<String> {
    let writes = bench.writes();
    let ended = bench.apply_saved(plan).await;
    let Ended::Moved(moved) = ended else { panic!("{ended:?}") };
    assert_eq!(bench.writes(), writes, "nothing was sent");
    let line = |moved: &Moved| {
        let Moved { address, id: _, attribute, planned, now, after } = moved;
        let [planned, now, after] = [planned, now, after].map(|value| Json::from(value).to_string());
        format!("{address} {} {planned} | {now} | {after}", attribute.as_deref().unwrap_or("itself"))
    };
    moved.iter().map(line).collect()
}

/// S16: every difference of every object that is touched, with what the plan would have made of it.
#[tokio::test(start_paused = true)]
async fn every_difference_is_told_at_once() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let yaml = STACK.replace("name: app, interval: 60", "name: renamed, interval: 600");
    let plan = saved(&bench, &yaml.replace("ttl: 180", "ttl: 90")).await;
    bench.edit(|world| {
        world["FlowLogs"][0]["FlowLogName"] = json!("by hand");
        world["FlowLogs"][0]["Interval"] = json!(600);
        world["FlowLogs"][0]["Description"] = json!("nobody manages it");
    });
    let told = refused(&bench, plan).await;
    let expected = [r#"flow_log.app name "app" | "by hand" | "renamed""#, "flow_log.app interval 60 | 600 | 600"];
    assert_eq!(told, expected);
}

/// S16: an object that the plan deletes or changes, and that is gone.
#[tokio::test(start_paused = true)]
async fn what_is_gone_since_is_told() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let delete = |world: &mut Json| world["FlowLogs"] = json!([]);
    let plan = saved(&bench, &STACK.replace("interval: 60", "interval: 600")).await;
    bench.edit(delete);
    assert_eq!(refused(&bench, plan).await, [r#"flow_log.app itself "there" | "gone" | "there""#]);
    // What was gone when it was planned is no difference, and what is there again is one.
    let plan = saved(&bench, STACK).await;
    bench.apply_saved(plan.clone()).await.complete();
    bench.assert_whole(STACK, "made again").await;
}

/// S16: what an operation refers to, though the plan leaves it as it is.
#[tokio::test(start_paused = true)]
async fn what_a_new_object_refers_to_is_read_again() {
    let bench = Bench::new();
    let without = STACK.split("flow_logs:").next().unwrap();
    bench.apply(without).await.complete();
    let plan = saved(&bench, STACK).await;
    bench.edit(|world| world["TransitRouterAttachments"][0]["TransitRouterAttachmentName"] = json!("unmanaged"));
    bench.apply_saved(plan).await.complete();

    let bench = Bench::new();
    bench.apply(without).await.complete();
    let plan = saved(&bench, STACK).await;
    bench.edit(|world| world["TransitRouterAttachments"] = json!([]));
    assert_eq!(refused(&bench, plan).await, [r#"attachment.app itself "there" | "gone" | "there""#]);
}

/// S16: also what is only referred to and managed by somebody else.
#[tokio::test(start_paused = true)]
async fn an_existing_object_that_is_referred_to_is_read_again() {
    let bench = Bench::new();
    bench.call(None, "CreateCen", &[("Name", "theirs")]).await;
    let cen = bench.objects()["Cens"].first().unwrap().clone();
    let yaml = format!(
        "version: 1\ncens: {{ backbone: {{ existing: {cen}, name: theirs }} }}\n\
         transit_routers: {{ hz: {{ cen: backbone, region: cn-hangzhou }} }}\n"
    );
    let plan = saved(&bench, &yaml).await;
    bench.call(None, "ModifyCenAttribute", &[("CenId", &cen), ("Name", "renamed")]).await;
    assert_eq!(refused(&bench, plan).await, [r#"cen.backbone name "theirs" | "renamed" | "theirs""#]);
}

/// S16: a status on its way that settles as expected is no difference.
#[tokio::test(start_paused = true)]
async fn what_has_settled_as_expected_is_no_difference() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let id = bench.id("flow_log.app").await;
    bench.call(None, "DeactiveFlowLog", &[("FlowLogId", &id), ("RegionId", "cn-hangzhou")]).await;
    bench.apply(STACK).await.complete();
    let plan = saved(&bench, &STACK.replace("interval: 60", "interval: 600")).await;
    bench.apply_saved(plan).await.complete();
}

/// S16: what only the state records is held against the cloud, too.
#[tokio::test(start_paused = true)]
async fn a_record_of_what_has_moved_is_refused() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    bench.edit(|world| world["Cens"][0]["Description"] = json!("nobody manages it"));
    let plan = saved(&bench, &STACK.replace("interval: 60", "interval: 600")).await;
    assert!(!plan.records.is_empty());
    bench.edit(|world| world["Cens"][0]["Name"] = json!("by hand"));
    assert_eq!(refused(&bench, plan).await, [r#"cen.backbone name "backbone" | "by hand" | "backbone""#]);
}

/// S16: what changes while somebody thinks about the plan is seen before its first write.
#[tokio::test(start_paused = true)]
async fn what_moves_while_somebody_is_asked_is_told() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let changed = STACK.replace("interval: 60", "interval: 600");
    let cloud = bench.cloud().clone();
    bench.thinks_while(move || cloud.edit(|world| world["FlowLogs"][0]["Interval"] = json!(600)));
    let writes = bench.writes();
    let ended = bench.apply(&changed).await;
    assert!(matches!(&ended, Ended::Moved(moved) if moved.len() == 1), "{ended:?}");
    assert_eq!(bench.writes(), writes, "nothing was sent");
    // What has not changed is done.
    bench.thinks_while(|| ());
    bench.apply(&STACK.replace("ttl: 180", "ttl: 90")).await.complete();
}
