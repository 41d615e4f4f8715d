//! From managed to `existing` and back (S5).

use super::bench::{Bench, STACK, lines};

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
