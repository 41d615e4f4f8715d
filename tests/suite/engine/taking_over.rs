//! From managed to `existing` and back (S5).

use cenform::plan::Words;

use super::bench::{Bench, STACK, address, lines};

/// S5: taking existing away imports.
#[tokio::test(start_paused = true)]
async fn what_is_no_longer_existing_is_taken_over_and_not_made_again() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let cen = bench.objects()["Cens"].first().unwrap().clone();
    let elsewhere = STACK.replace("backbone: { name: backbone }", &format!("backbone: {{ existing: {cen} }}"));
    let plan = bench.apply(&elsewhere).await.complete();
    assert_eq!(lines(&plan), ["Forget cen.backbone"]);
    let plan = bench.apply(STACK).await.complete();
    assert_eq!(lines(&plan), ["Import cen.backbone"]);
    bench.assert_whole(STACK, "back").await;
    bench.apply(&elsewhere).await.complete();
    let plan = bench.apply(&STACK.replace("name: backbone }", "name: other }")).await.complete();
    assert_eq!(lines(&plan), ["Update cen.backbone"]);
    assert_eq!(bench.objects()["Cens"].len(), 1);
}

/// S5: what is declared as existing belongs to somebody else, under whatever name it was managed before.
#[tokio::test(start_paused = true)]
async fn what_becomes_existing_under_another_name_is_not_destroyed() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let cen = bench.id("cen.backbone").await;
    let elsewhere = STACK
        .replace("backbone: { name: backbone }", &format!("theirs: {{ existing: {cen} }}"))
        .replace("cen: backbone", "cen: theirs");
    let plan = bench.apply(&elsewhere).await.complete();
    assert_eq!(lines(&plan), ["Forget cen.backbone"]);
}

/// S5, S20: what a partial destroy leaves is known as before.
#[tokio::test(start_paused = true)]
async fn a_partial_destroy_keeps_what_was_read() {
    let bench = Bench::new();
    bench.apply(STACK).await.complete();
    let cen = bench.id("cen.backbone").await;
    let elsewhere = STACK.replace("backbone: { name: backbone }", &format!("backbone: {{ existing: {cen} }}"));
    bench.apply(&elsewhere).await.complete();
    let words = Words { destroy: true, targets: [address("flow_log.app")].into(), ..Words::default() };
    bench.apply_with(&elsewhere, &words).await.complete();
    assert_eq!(lines(&bench.apply(STACK).await.complete()), ["Import cen.backbone", "Create flow_log.app"]);
}
