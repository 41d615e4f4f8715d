//! The engine against the emulator's world, in one process and under a paused clock.

mod attachments;
pub(super) mod bench;
mod crashes;
mod faults;
mod grants;
mod index;
mod picture;
mod replacing;
mod runs;
mod taking_over;
