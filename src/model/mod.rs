//! The words that every room uses: no I/O, no async.
//!
//! # Adding a word
//! Give it a file of its own, plain data with its text form, and no behaviour that belongs to a
//! room above.

pub mod action;
pub mod address;
pub mod event;
pub mod object;
pub mod region;
pub mod stack;
pub mod value;
