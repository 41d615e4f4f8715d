//! Chances that are the same for the same number.

use cenform::base::random::{Random as _, SeededRandom};

/// A sequence of chances.
pub(in crate::suite) struct Dice(SeededRandom);

impl Dice {
    pub(in crate::suite) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `bound`, which is not 0.
    pub(in crate::suite) fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound
    }

    /// One of several.
    pub(in crate::suite) fn one_of<T: Copy>(&self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    /// Whether something of this probability happens.
    pub(in crate::suite) fn chance(&self, probability: f64) -> bool {
        self.0.unit() < probability
    }

    /// A probability of at most this.
    pub(in crate::suite) fn up_to(&self, most: f64) -> f64 {
        most * self.0.unit()
    }
}
