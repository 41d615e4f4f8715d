//! The emulator's own check of signatures, written apart from the client's signing so that one mistake cannot hide
//! on both sides; the same known answers hold for both.
//!
//! # Adding a signature version
//! Add a file with a `verify` that gives the caller's key, and a line in `gateway` that tells when it is meant.

pub mod keyring;
pub mod nonces;
pub mod rpc;
pub mod sls;
