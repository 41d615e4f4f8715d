//! The engine against the emulator's world, in one process and under a paused clock.

pub(super) mod bench;
mod crashes;
mod faults;
mod index;
mod replacing;
mod runs;
mod taking_over;
