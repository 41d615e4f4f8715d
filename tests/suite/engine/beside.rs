//! Two processes with one stack, one state and one cloud.

use std::sync::Arc;
use std::time::Duration;

use cenform::base::sim_fs::SimFs;
use cenform::emulator::options::Options;

use super::bench::{Bench, Crash, Ended, Plain, STACK};

#[tokio::test(start_paused = true)]
async fn what_ends_a_process_ends_no_other() {
    let bench = Bench::on_disk(&Options::default(), SimFs::new(1), Arc::new(Plain));
    let other = bench.beside();
    bench.crash_at(Some(Crash::After(6)));
    let beside = async {
        bench.pass(Duration::from_millis(20)).await;
        other.apply(STACK).await
    };
    let (first, second) = tokio::join!(bench.apply(STACK), beside);
    assert!(matches!(first, Ended::Crashed), "{first:?}");
    let Ended::Failed(why) = second else { panic!("{second:?}") };
    assert!(why.contains("is locked by ada@host"), "{why}");
    assert_eq!((bench.writes(), other.writes()), (6, 0));
    other.apply(STACK).await.complete();
    bench.disk().kill();
    bench.crash_at(None);
    bench.assert_whole(STACK, "the first, again").await;
}
