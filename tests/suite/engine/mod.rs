//! The engine against the emulator's world, in one process and under a paused clock.

mod attachments;
pub(super) mod bench;
mod beside;
mod cloud;
mod crashes;
mod drift;
mod faults;
mod front;
mod going_on;
mod grants;
mod index;
mod meaning;
mod moved;
mod moving;
mod picture;
mod ports;
mod process;
mod replacing;
mod runs;
mod selecting;
mod taking_over;
mod unknowns;
mod vanished;
