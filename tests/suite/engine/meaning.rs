//! What is compared and what a plan is, rule by rule, where no other file holds it.

use std::collections::{BTreeMap, BTreeSet};

use cenform::cloud::request::Sls;
use cenform::model::region::Region;
use cenform::plan::{Drift, Plan, Words, digest_of};
use serde_json::{Value as Json, json};

use super::bench::{Bench, Ended, STACK, address, lines};

async fn plan(bench: &Bench, yaml: &str) -> Plan {
    let words = Words { allow_data_loss: true, ..Words::default() };
    bench.plan(yaml, &words, true).await.unwrap().planned.plan
}

/// Somebody tags the CEN of the stack.
async fn tag_cen(bench: &Bench, key: &str) {
    let cen = bench.id("cen.backbone").await;
    let params = [("ResourceType", "cen"), ("ResourceId.1", &cen), ("Tag.1.Key", key), ("Tag.1.Value", "theirs")];
    bench.call(None, "TagResources", &params).await;
}

fn tags(item: &Json) -> BTreeMap<&str, &str> {
    let tags = item["Tags"].as_array().into_iter().flatten();
    tags.map(|tag| (tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn s3_foreign_tags_stay_where_no_tags_are_declared_and_go_where_some_are() {
    let tagged = STACK.replace("backbone: { name: backbone }", "backbone: { name: backbone, tags: { team: net } }");
    let ignoring = tagged.replace(
        "provider: { region: cn-hangzhou }",
        "provider: { region: cn-hangzhou, ignore_tags: { keys: [cost], prefixes: ['finops:'] } }",
    );
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    for key in ["cost", "finops:unit", "seen-by"] {
        tag_cen(&bench, key).await;
    }
    assert_eq!(lines(&bench.apply(STACK).await.complete()), Vec::<String>::new());
    assert_eq!(tags(&bench.world()["Cens"][0]).len(), 3);
    // The plan shows which tag will go; what is ignored neither goes nor is spoken of.
    let shown = bench.apply(&ignoring).await.complete();
    assert_eq!(lines(&shown), ["Update cen.backbone"]);
    let before = serde_json::to_string(&shown.operations[0].differences).unwrap();
    assert!(before.contains("seen-by") && !before.contains("finops:unit"), "{before}");
    let left = [("cost", "theirs"), ("finops:unit", "theirs"), ("team", "net")];
    assert_eq!(tags(&bench.world()["Cens"][0]), left.into());
    assert_eq!(lines(&bench.apply(&tagged).await.complete()), ["Update cen.backbone"]);
    assert_eq!(tags(&bench.world()["Cens"][0]), [("team", "net")].into());
}

#[tokio::test(start_paused = true)]
async fn s4_an_update_of_a_whole_object_sends_what_nobody_manages_as_it_is() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    // Somebody makes the store keep its logs hot, which the stack says nothing about; its ttl, which it says, changes too.
    let region = Region("cn-hangzhou".to_owned());
    let update = Sls::write("UpdateLogStore", "PUT", &region, Some("netflow-7f3a"), "/logstores/tr-flow");
    let body = json!({ "logstoreName": "tr-flow", "ttl": 180, "hot_ttl": 30, "appendMeta": true });
    bench.api().call(&update.body(body).into()).await.unwrap();
    assert_eq!(lines(&plan(&bench, STACK).await), Vec::<String>::new());
    let longer = STACK.replace("ttl: 180", "ttl: 200");
    assert_eq!(lines(&bench.apply(&longer).await.complete()), ["Update logstore.tr"]);
    let store = &bench.world()["Projects"][0]["logstores"][0];
    assert_eq!((&store["ttl"], &store["hot_ttl"], &store["appendMeta"]), (&json!(200), &json!(30), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn s9_a_plan_takes_no_lock_and_sends_nothing_that_changes_anything() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let (state, objects) = (bench.state().await, bench.objects());
    bench.forget_writes();
    let made = plan(&bench, &STACK.replace("interval: 60", "interval: 600")).await;
    assert_eq!(lines(&made), ["Update flow_log.app"]);
    assert_eq!((bench.writes(), bench.state().await, bench.objects()), (0, state, objects));
}

#[tokio::test(start_paused = true)]
async fn s11_what_refers_to_a_replaced_object_is_replaced_although_its_name_stays() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    // The logstore keeps its name, and so does what the flow log says of it.
    let encrypted = STACK.replace("index: flow_log }", "index: flow_log, telemetry_type: Metrics }");
    let plan = bench.apply(&encrypted).await.complete();
    assert_eq!(lines(&plan), ["Replace logstore.tr", "Replace flow_log.app"]);
    let reason = serde_json::to_value(&plan.operations[1].differences[0].reason).unwrap();
    assert_eq!(reason, json!({ "reference_replaced": "logstore.tr" }));
    bench.assert_whole(&encrypted, "replaced").await;
}

#[tokio::test(start_paused = true)]
async fn s15_a_digest_names_what_is_done_and_nothing_else() {
    let (bench, other) = (Bench::new(), Bench::new());
    let digest = async |bench: &Bench, yaml: &str| plan(bench, yaml).await.digest;
    let first = digest(&bench, STACK).await;
    assert_eq!(first, digest(&other, STACK).await);
    // How long one would wait changes nothing that is done; an attribute does.
    let patient = STACK.replace("flow_logs:\n  app: {", "flow_logs:\n  app: { timeouts: { create: 20m },");
    assert_eq!(first, digest(&bench, &patient).await);
    assert_ne!(first, digest(&bench, &STACK.replace("interval: 60", "interval: 600")).await);
    // Another state, at another serial, and the same to do.
    let changed = STACK.replace("name: backbone", "name: spine");
    for yaml in [STACK, &STACK.replace("ttl: 180", "ttl: 200"), STACK] {
        bench.apply(yaml).await.complete();
    }
    other.apply(STACK).await.complete();
    let (here, there) = (plan(&bench, &changed).await, plan(&other, &changed).await);
    assert_ne!((here.serial, &here.lineage), (there.serial, &there.lineage));
    assert_eq!(here.digest, there.digest);
}

#[tokio::test(start_paused = true)]
async fn s15_a_plan_made_without_a_state_is_refused_where_one_has_appeared() {
    let bench = Bench::new();
    let saved = plan(&bench, STACK).await;
    assert_eq!((saved.lineage.as_str(), saved.serial), ("", 0));
    bench.apply(&STACK[..STACK.find("transit_routers").unwrap()]).await.complete();
    assert!(matches!(bench.apply_saved(saved).await, Ended::Stale(_)));
    assert_eq!(bench.known().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn s17_what_touches_the_state_only_is_to_do_and_counts_for_nothing() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let cen = bench.id("cen.backbone").await;
    let elsewhere = STACK.replace("backbone: { name: backbone }", &format!("backbone: {{ existing: {cen} }}"));
    for (yaml, does) in [(elsewhere.as_str(), "Forget cen.backbone"), (STACK, "Import cen.backbone")] {
        let (plan, outcome) = bench.apply(yaml).await.done();
        let summary = plan.summary();
        assert_eq!((lines(&plan), plan.is_empty()), (vec![does.to_owned()], false));
        assert_eq!((summary.add, summary.change, summary.destroy), (0, 0, 0));
        assert_eq!((outcome.added, outcome.changed, outcome.destroyed, outcome.mutated), (0, 0, 0, false));
    }
    // An attribute that the stack does not own drifts, which is nothing to do.
    let params = [("CenId", cen.as_str()), ("Description", "theirs")];
    bench.call(None, "ModifyCenAttribute", &params).await;
    assert!(plan(&bench, STACK).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn s29_stores_with_data_go_only_with_a_word_and_all_that_refuses_is_told() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let moved = STACK.replace("netflow-7f3a", "netflow-9c41");
    let (silent, before) = (Words::default(), bench.objects());
    let Ended::Refused(refusal) = bench.apply_with(&moved, &silent).await else { panic!("it is not refused") };
    let gates: Vec<String> = refusal.gates.iter().flat_map(|gate| &gate.addresses).map(ToString::to_string).collect();
    assert_eq!(gates, ["log_project.netflow", "logstore.tr"]);
    assert_eq!(bench.objects(), before);
    // A plan records the word that was given, and its apply asks for none again.
    let saved = plan(&bench, &moved).await;
    bench.apply_saved(saved).await.complete();
    assert_eq!(bench.objects()["Projects"], ["netflow-9c41".to_owned()].into());
    bench.destroy(&moved).await.complete();
    assert!(bench.is_empty());
}

/// S15: whatever would be done otherwise is another digest.
#[tokio::test(start_paused = true)]
async fn s15_the_digest_covers_all_that_a_plan_does() {
    let bench = Bench::new();
    let made = plan(&bench, STACK).await;
    let at = made.operations.iter().position(|operation| operation.address == address("flow_log.app")).unwrap();
    let gone =
        Drift { address: address("cen.x"), id: "cen-1".to_owned(), gone: true, left_over: false, differences: vec![] };
    let changes: [&dyn Fn(&mut Plan); 7] = [
        &|plan| plan.operations[at].protected = true,
        &|plan| drop(plan.operations[at].owned.pop_first()),
        &|plan| drop(plan.operations[at].dependencies.pop_first()),
        &|plan| plan.operations[at].left_overs = vec!["flowlog-1".to_owned()],
        &|plan| drop(plan.operations[at].after.insert("region".to_owned(), "cn-shanghai".into())),
        &|plan| drop(plan.outputs.pop_first()),
        &|plan| {
            plan.words.refresh_only = true;
            plan.drift.push(gone.clone());
        },
    ];
    let mut digests = BTreeSet::from([made.digest.clone()]);
    for (number, change) in changes.iter().enumerate() {
        let mut changed = made.clone();
        change(&mut changed);
        assert!(digests.insert(digest_of(&changed)), "change {number} is not seen");
    }
}
