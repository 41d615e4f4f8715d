//! What knows nothing of clouds: ports to the outside (clock, randomness, environment, files, user and machine),
//! secrets, text, and what to do about a disk that refuses.
//!
//! # Adding a port
//! Write a trait with a system implementation here, and hand it down from `cli`; nothing below
//! `cli` reaches for a global.

pub mod clock;
pub mod disk;
pub mod env;
pub mod fs;
pub mod random;
pub mod secret;
pub mod sim_fs;
pub mod system;
pub mod text;
