//! What the loader promises.

mod accounts;
mod ends;
mod files;
mod harness;
mod language;
mod lifecycle;
mod moves;
mod problems;
mod schema;
mod variables;
mod wild;
