//! What seems to have vanished is asked about before anything is planned (S7).

use cenform::apply::NotMade;
use cenform::model::action::Action;
use cenform::plan::Words;
use cenform::refresh::Vanished;
use serde_json::Value as Json;

use super::bench::{Bench, Ended, STACK, address, lines};

fn accepting(words: &[&str]) -> Words {
    Words { accept_gone: words.iter().map(|word| address(word)).collect(), ..Words::default() }
}

fn refresh_only() -> Words {
    Words { refresh_only: true, ..Words::default() }
}

/// Somebody deletes the router with all that is in it.
fn without_router(world: &mut Json) {
    for list in ["TransitRouters", "TransitRouterAttachments", "FlowLogs"] {
        world[list] = Json::Array(Vec::new());
    }
}

fn anchors(found: &[Vanished]) -> Vec<String> {
    let told = |found: &Vanished| match found {
        Vanished::Anchor { address, covers, .. } => {
            let covers: Vec<String> = covers.iter().map(ToString::to_string).collect();
            format!("{address}: {}", covers.join(" "))
        }
        Vanished::Most { kind, gone, of, .. } => format!("{kind}: {} of {of}", gone.len()),
    };
    found.iter().map(told).collect()
}

/// S7: an anchor that is gone stops plan, apply, destroy, a refresh and a saved plan; nothing is written.
#[tokio::test(start_paused = true)]
async fn a_router_that_is_gone_stops_every_command_until_it_is_accepted() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let edited = STACK.replace("ttl: 180", "ttl: 90");
    let saved = bench.plan(&edited, &Words::default(), true).await.unwrap().planned.plan;
    bench.edit(without_router);
    let (before, writes) = (bench.state().await, bench.writes());
    let found = vec!["transit_router.hz: attachment.app flow_log.app".to_owned()];
    for words in [Words::default(), refresh_only(), accepting(&["attachment.app", "flow_log.app"])] {
        let Err(NotMade::Vanished(vanished)) = bench.plan(STACK, &words, true).await else { panic!("{words:?}") };
        assert_eq!(anchors(&vanished), found, "{words:?}");
        let Ended::Vanished(vanished) = bench.apply_with(STACK, &words).await else { panic!("{words:?}") };
        assert_eq!(anchors(&vanished), found, "{words:?}");
    }
    for ended in [bench.destroy(STACK).await, bench.apply_saved(saved).await] {
        let Ended::Vanished(vanished) = ended else { panic!("{ended:?}") };
        assert_eq!(anchors(&vanished), found);
    }
    assert_eq!((bench.state().await, bench.writes()), (before, writes));

    let plan = bench.apply_with(STACK, &accepting(&["transit_router.hz"])).await.complete();
    assert_eq!(lines(&plan), ["Create transit_router.hz", "Create attachment.app", "Create flow_log.app"]);
    assert!(plan.drift.iter().filter(|drift| drift.gone).count() == 3 && !plan.words.accept_gone.is_empty());
    bench.assert_whole(STACK, "made again").await;
}

/// S7: a CEN covers its routers and all that is in them; what is no longer declared is forgotten.
#[tokio::test(start_paused = true)]
async fn an_accepted_cen_is_forgotten_where_nothing_declares_it() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    bench.edit(|world| {
        without_router(world);
        world["Cens"] = Json::Array(Vec::new());
    });
    let destroyed = Words { destroy: true, ..accepting(&["cen.backbone"]) };
    let plan = bench.apply_with(STACK, &destroyed).await.complete();
    let forgotten = plan.operations.iter().filter(|operation| operation.action == Action::Forget).count();
    assert_eq!((forgotten, plan.drift.len()), (4, 4), "{plan:#?}");
    assert!(bench.state().await.resources.is_empty() && bench.is_empty());
}

/// S7: at least three and more than half of an account, region and kind.
#[tokio::test(start_paused = true)]
async fn most_flow_logs_of_a_region_must_be_accepted() {
    let keys = ["a", "b", "c", "d", "e"];
    let spoke = |key: &str| {
        format!(
            "  {key}: {{ type: vpc, transit_router: hz, vpc_id: vpc-bp1h8vbrbcgohcju5abc{key}, zone_mappings: \
             [ {{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abc{key} }} ] }}\n"
        )
    };
    let log = |key: &str| format!("  {key}: {{ attachment: {key}, logstore: tr }}\n");
    let yaml = format!(
        "{}attachments:\n{}log_projects: {{ netflow: {{ name: netflow-7f3a }} }}\n\
         logstores: {{ tr: {{ project: netflow, name: tr-flow, ttl: 180 }} }}\nflow_logs:\n{}",
        STACK.split("attachments:").next().unwrap(),
        keys.map(spoke).concat(),
        keys.map(log).concat()
    );
    let yaml = &yaml;
    let bench = Bench::new();
    bench.apply(yaml).await.complete();
    let delete = |count: usize| move |world: &mut Json| drop(world["FlowLogs"].as_array_mut().unwrap().drain(..count));
    bench.edit(delete(2));
    assert_eq!(bench.plan(yaml, &Words::default(), true).await.unwrap().planned.plan.drift.len(), 2, "two are drift");
    bench.edit(delete(1));
    let Ended::Vanished(found) = bench.apply(yaml).await else { panic!("it was applied") };
    assert_eq!(anchors(&found), ["flow_log: 3 of 5"]);
    let words = accepting(&["flow_log.a", "flow_log.b", "flow_log.c", "flow_log.d", "flow_log.e"]);
    assert_eq!(bench.apply_with(yaml, &words).await.complete().summary().add, 3);
    bench.assert_whole(yaml, "made again").await;
}
