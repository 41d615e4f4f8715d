//! Runs that are killed at each place where they can be.

use super::bench::Crash;

/// Every place where a run that does `writes` calls can end.
pub(super) fn crashes(writes: u64) -> impl Iterator<Item = Crash> {
    (1..=writes).flat_map(|number| [Crash::Before(number), Crash::After(number)])
}
