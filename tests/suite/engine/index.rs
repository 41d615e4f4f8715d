//! The index of a logstore, which others may make and change too.

use serde_json::{Value as Json, json};

use super::bench::{Bench, STACK, lines};

/// The index in the world.
fn index(bench: &Bench) -> Json {
    bench.world()["Projects"][0]["logstores"][0]["index"].clone()
}

fn with_index(index: &str) -> String {
    STACK.replace("index: flow_log", &format!("index: {index}"))
}

/// S4: what is owned is fought for.
#[tokio::test(start_paused = true)]
async fn an_index_that_somebody_else_made_in_the_meantime_is_brought_to_what_is_wanted() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    bench.apply(&STACK.replace(", index: flow_log", "")).await.complete();
    assert_eq!(index(&bench)["keys"].as_object().unwrap().len(), 15, "what is left out stays");
    // Neither the refresh nor the look right before the call sees it.
    let unseen =
        |nth| json!({ "action": "GetIndex", "nth": nth, "then": { "error": "IndexConfigNotExist", "http": 400 } });
    bench.faults(&json!([unseen(1), unseen(2)]));
    let wanted = with_index("{ keys: { bytes: { type: long } } }");
    let plan = bench.apply(&wanted).await.complete();
    assert_eq!(lines(&plan), ["Update logstore.tr"]);
    assert_eq!(index(&bench)["keys"], json!({ "bytes": { "type": "long" } }));
    bench.assert_whole(&wanted, "afterwards").await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_index_survives_lost_calls() {
    let wanted = with_index("{ line: { token: [','] } }");
    for then in ["drop_reply", "drop_request"] {
        let bench = Bench::new();
        bench.apply(STACK).await.complete();
        bench.faults(&json!([{ "action": "UpdateIndex", "nth": 1, "then": then }]));
        bench.apply(&wanted).await.complete();
        assert_eq!(index(&bench)["keys"], Json::Null, "{then}");
        bench.assert_whole(&wanted, then).await;
    }
}
