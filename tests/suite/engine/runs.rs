//! Runs that are killed at each place where they can be.

use super::bench::{Bench, Crash, Ended};

/// A run of a command.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run<'a> {
    Apply(&'a str),
    Destroy(&'a str),
}

impl Run<'_> {
    /// Its end.
    pub(super) async fn on(self, bench: &Bench) -> Ended {
        match self {
            Self::Apply(yaml) => bench.apply(yaml).await,
            Self::Destroy(yaml) => bench.destroy(yaml).await,
        }
    }
}

/// A bench on which a stack was applied.
pub(super) async fn applied(yaml: &str) -> Bench {
    let bench = Bench::new();
    bench.apply(yaml).await.complete();
    bench
}

/// What is left of a run that was killed, once for each place where it can be, if `first` was applied before.
pub(super) async fn killed(first: Option<&str>, run: Run<'_>) -> Vec<(Crash, Bench)> {
    let prepared = async || match first {
        Some(yaml) => applied(yaml).await,
        None => Bench::new(),
    };
    let whole = prepared().await;
    whole.forget_writes();
    run.on(&whole).await.complete();
    let mut left = Vec::new();
    for crash in crashes(whole.writes()) {
        let bench = prepared().await;
        bench.crash_at(Some(crash));
        assert!(matches!(run.on(&bench).await, Ended::Crashed), "{crash:?}");
        bench.crash_at(None);
        left.push((crash, bench));
    }
    left
}

/// Every place where a run that does `writes` calls can end.
pub(super) fn crashes(writes: u64) -> impl Iterator<Item = Crash> {
    (1..=writes).flat_map(|number| [Crash::Before(number), Crash::After(number)])
}
