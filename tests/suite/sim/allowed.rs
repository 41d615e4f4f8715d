//! What may happen in a life.

/// What may happen beside what always may. What is off by default waits for a cure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Lists lag behind. Off: a run believes an absence that a stale list shows to it, in recovery and across runs (S6).
    pub(super) stale_lists: bool,
    /// Power fails after a process has died, or has gone on from a failed operation of the disk, with something not
    /// synced. Off: what a half commit has renamed is taken for durable.
    pub(super) later_power_loss: bool,
    /// Tokens are forgotten sooner than `provider.token_window` says. Off: a CEN is then made twice (S25).
    pub(super) young_tokens_forgotten: bool,
    /// The YAML of a CEN changes, and more time passes than `provider.token_window`. Off: where the answer to a create
    /// was lost, the CEN that a later one has made and recorded at the same address is asked about as if it were that
    /// create's, in every run (S25).
    pub(super) cens_in_doubt: bool,
    /// A flow log is declared Inactive. Off: where its create was cut off, the next run waits for it, leaves it Active
    /// and calls itself complete (S2).
    pub(super) inactive_logs: bool,
}

impl Allowed {
    /// Reads words such as `stale_lists,later_power_loss`.
    pub(super) fn read(words: &str) -> Self {
        let mut allowed = Self::default();
        for word in words.split(',').map(str::trim) {
            match word {
                "stale_lists" => allowed.stale_lists = true,
                "later_power_loss" => allowed.later_power_loss = true,
                "young_tokens_forgotten" => allowed.young_tokens_forgotten = true,
                "cens_in_doubt" => allowed.cens_in_doubt = true,
                "inactive_logs" => allowed.inactive_logs = true,
                other => panic!("{other:?} is nothing that can be allowed"),
            }
        }
        allowed
    }
}
