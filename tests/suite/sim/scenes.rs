//! Lives of two, which are short enough to be told by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cenform::base::fs::Fs;
use cenform::base::sim_fs::SimFs;
use cenform::cloud::transport::Transport;
use cenform::emulator::options::Options;
use cenform::state::Lock;

use super::invariants;
use super::seen::Lax;
use super::watch::Watched;
use super::witness::Witness;
use crate::suite::engine::bench::{Bench, Crash, Ended, Ports, STACK};

/// How often a stack is applied until it must be complete.
const PATIENCE: usize = 6;

/// Something that happens between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    /// Two apply a stack at once: this long after the first, the second begins.
    AtOnce(Duration),
    /// This long after one has begun, another takes the lock from it and applies the same stack.
    Stolen(Duration),
    /// A run is killed before it sends this call, and somebody makes a CEN of the same name.
    Lookalike(u64),
}

impl Scene {
    /// Plays it by processes that are built through `ports`, and says what should not have happened.
    pub(super) fn broken(self, ports: Arc<dyn Ports>) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let played = runtime.block_on(async {
            match self {
                Self::AtOnce(after) => at_once(ports, after).await,
                Self::Stolen(after) => stolen(ports, after).await,
                Self::Lookalike(call) => lookalike(ports, call).await,
            }
        });
        played.err()
    }
}

fn options() -> Options {
    Options { settle: Duration::from_secs(6), ..Options::default() }
}

async fn at_once(ports: Arc<dyn Ports>, after: Duration) -> Result<(), String> {
    let bench = Bench::on_disk(&options(), SimFs::new(1), ports);
    let second = bench.beside();
    let beside = async {
        bench.pass(after).await;
        second.apply(STACK).await
    };
    let (first, second) = tokio::join!(bench.apply(STACK), beside);
    if !matches!(&first, Ended::Done(_, outcome) if outcome.is_complete()) {
        return Err(format!("the first is not complete: {first:?}"));
    }
    match second {
        Ended::Failed(why) if why.contains("is locked by ada@host") => Ok(()),
        other => Err(format!("the second has the lock, too: {other:?}")),
    }
}

/// The first process is as it is; to those after it the lock is given also where another has it.
struct Thieves {
    ports: Arc<dyn Ports>,
    is_later: AtomicBool,
}

impl Ports for Thieves {
    fn fs(&self, fs: Arc<dyn Fs>) -> Arc<dyn Fs> {
        let fs = self.ports.fs(fs);
        if self.is_later.swap(true, Ordering::SeqCst) { Arc::new(Watched::new(fs, Arc::new(Lax))) } else { fs }
    }

    fn lock(&self, lock: Box<dyn Lock>) -> Box<dyn Lock> {
        self.ports.lock(lock)
    }

    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        self.ports.transport(transport)
    }
}

async fn stolen(ports: Arc<dyn Ports>, after: Duration) -> Result<(), String> {
    let disk = SimFs::new(1);
    let bench = Bench::on_disk(&options(), disk, Arc::new(Thieves { ports, is_later: AtomicBool::new(false) }));
    let witness = Arc::new(Witness::default());
    bench.witness(witness.clone());
    let thief = bench.beside();
    let beside = async {
        bench.pass(after).await;
        thief.apply(STACK).await
    };
    let (mut told, theft) = tokio::join!(bench.apply(STACK), beside);
    let mut log = format!("{told:?}\n{theft:?}\n");
    for _ in 0..PATIENCE {
        if matches!(&told, Ended::Done(_, outcome) if outcome.is_complete()) {
            break;
        }
        bench.pass(Duration::from_secs(200)).await;
        told = bench.apply(STACK).await;
        log += &format!("{told:?}\n");
    }
    if !matches!(&told, Ended::Done(_, outcome) if outcome.is_complete()) {
        return Err(format!("it does not come to rest: {log}"));
    }
    let mut broken = invariants::broken(Some(STACK), &bench.world(), &bench.state().await);
    broken.extend(witness.broken());
    if broken.is_empty() { Ok(()) } else { Err(format!("{}\n{log}", broken.join("\n"))) }
}

async fn lookalike(ports: Arc<dyn Ports>, call: u64) -> Result<(), String> {
    let disk = SimFs::new(1);
    let bench = Bench::on_disk(&options(), disk.clone(), ports);
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
}
