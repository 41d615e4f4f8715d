//! What may happen in a life.

/// What may happen beside what always may. What is off by default waits for a cure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Lists lag behind. Off: a run believes an absence that a stale list shows to it, in recovery and across runs (S6).
    pub(super) stale_lists: bool,
}

impl Allowed {
    /// Reads words such as `stale_lists`.
    pub(super) fn read(words: &str) -> Self {
        let mut allowed = Self::default();
        for word in words.split(',').map(str::trim) {
            match word {
                "stale_lists" => allowed.stale_lists = true,
                other => panic!("{other:?} is nothing that can be allowed"),
            }
        }
        allowed
    }
}
