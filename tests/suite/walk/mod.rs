//! Random walks through the life of a stack where nothing fails: somebody edits the YAML, somebody changes the cloud behind
//! our back, and in between it is planned and applied. After each apply the world is as the YAML says, and what nobody
//! spoke of is as it was.
//!
//! `CENFORM_WALKS` says how many walks are walked (`10000`) or which (`500..900`); `CENFORM_WALK` walks one of them and
//! tells it.
//!
//! # Adding a step
//! What somebody writes into the YAML is a mark in `sheet`, what somebody does in the cloud a deed in `outside`, what is
//! done with the engine a step in `walker` or, of a part of the stack, in `parts`; what holds after it is in `checks`.

mod checks;
mod outside;
mod parts;
mod sheet;
mod walker;
mod walks;
