//! Simple Log Service: REST in place of RPC, with codes of its own (cloud-api 8).
//!
//! # Adding a call
//! Write a function from the world and a [`call::Call`] to an outcome, and give its method and path a line in `route`.

pub mod call;
pub mod host;
mod index;
mod logstore;
pub(in crate::emulator) mod project;
mod route;
mod tags;
