//! Whole lives of a stack from one number: random stacks, edits, faults and ends of runs, against the emulator's world and
//! a disk that forgets, in one process and under a paused clock. After each life everything must be as the YAML says.
//!
//! `CENFORM_SEEDS` says how many lives are lived (`100000`) or which (`5000..10000`); `CENFORM_SEED` lives one of them and
//! tells it. `CENFORM_MUTANT` looks for the first life that fails where the engine lacks something (`caught.rs`).

mod author;
mod calls;
mod calm;
mod caught;
pub(super) mod dice;
pub(super) mod invariants;
pub(super) mod many;
mod matrix;
mod mutants;
mod player;
mod scenes;
mod seeds;
mod seen;
pub(super) mod stacks;
mod story;
pub(super) mod stranger;
mod watch;
pub(super) mod witness;
