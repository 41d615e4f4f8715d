//! The cloud's error codes: what each means, of which class it is, and what to do next. One table, by families with
//! exceptions: a row of the code itself wins over that of a family, a longer family over a shorter one.
//!
//! # Adding a code
//! Look whether its family says enough. If not, add a row to the file of its product, and the code to
//! `tests/data/error-codes.txt`, which holds the table against the documentation.

mod attachments;
mod families;
mod flow_logs;
mod gateway;
mod log_service;
mod network;
mod table;

pub use table::{Row, all, find};
