//! A life with a stranger in it, which is short enough to be told by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cenform::base::sim_fs::SimFs;
use cenform::emulator::options::Options;

use crate::suite::engine::bench::{Bench, Crash, Ended, Ports, STACK};

/// A run is killed before it sends this call, and somebody makes a CEN of the same name: by processes that are built
/// through `ports`. What should not have happened.
pub(super) fn lookalike(ports: Arc<dyn Ports>, call: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let options = Options { settle: Duration::from_secs(6), ..Options::default() };
        let disk = SimFs::new(1);
        let bench = Bench::on_disk(&options, disk.clone(), ports);
        bench.crash_at(Some(Crash::Before(call)));
        let crashed = bench.apply(STACK).await;
        if !matches!(crashed, Ended::Crashed) {
            return Err(format!("it goes on: {crashed:?}"));
        }
        disk.kill();
        bench.crash_at(None);
        let before = bench.objects()["Cens"].clone();
        bench.call(None, "CreateCen", &[("Name", "backbone")]).await;
        let stranger: BTreeSet<String> = bench.objects()["Cens"].difference(&before).cloned().collect();
        bench.apply(STACK).await;
        let known = bench.known().await;
        if known.is_disjoint(&stranger) && stranger.is_subset(&bench.objects()["Cens"]) {
            Ok(())
        } else {
            Err(format!("what somebody else has made is taken: {stranger:?} in {known:?}"))
        }
    })
}
