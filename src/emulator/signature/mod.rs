//! The emulator's own check of signatures, written apart from the client's signing so that one mistake cannot hide
//! on both sides; the same known answers hold for both.
//!
//! [`rpc`] and [`sls`] check the calls of the two kinds of products; the files of the versions only say what a request
//! claims.
//!
//! # Adding a signature version
//! Add a file with a `claim`, and a line in [`rpc`] or [`sls`] that tells when it is meant.

mod acs3;
mod canonical;
mod claim;
pub mod keyring;
pub mod nonces;
pub mod rpc;
mod rpc_v1;
pub mod sls;
mod sls_v1;
mod sls_v4;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod vectors;
