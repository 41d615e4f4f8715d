//! The engine against the emulator's world, in one process and under a paused clock.

#[cfg(test)]
#[path = "suite/engine/mod.rs"]
mod engine;
