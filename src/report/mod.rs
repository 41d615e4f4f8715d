//! Plans, events and states as text, JSON and drawings. Nothing here prints: functions return text.
//!
//! [`view`] decides what is shown of a change; each output only decides how.
//!
//! # Adding an output
//! Write one file that turns a [`view`] (or a state, or an event) into its format. A rule about what
//! is shown goes into [`view`], so that every output has it.

pub mod dot;
pub mod human;
pub mod json;
pub mod outputs;
#[cfg(test)]
mod sample;
pub mod view;

pub use crate::diagnostics::Style;
