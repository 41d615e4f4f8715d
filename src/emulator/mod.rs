//! A strict emulator of the CEN, SLS and STS APIs.
//!
//! Shares nothing with the client in `cloud` or with `kinds`: a mistake must not hide on both sides. [`world`] is a
//! pure state machine; [`gateway`] puts signatures and products in front of it and is what in-process callers use;
//! [`http`] serves it on a socket and `storage` keeps it in a file.
//!
//! # Adding an action or a resource
//! Write it in a file of [`world`] and add its row to the table of actions there.

pub mod faults;
pub mod gateway;
mod held;
pub mod http;
pub mod limit;
mod line;
pub mod message;
pub mod options;
mod ram;
mod settings;
pub mod signature;
mod storage;
pub mod world;
