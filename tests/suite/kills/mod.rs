//! The real process, killed with SIGKILL at random moments of real applies, against a real emulator process: afterwards
//! nothing is there twice, nothing is forgotten, and every file can be read.
//!
//! `CENFORM_KILLS` says how many kills there are; `CENFORM_SEED` makes the choices of one life again, though not its
//! moments, which are the machine's.

mod campaign;
mod fleet;
mod life;
mod process;
