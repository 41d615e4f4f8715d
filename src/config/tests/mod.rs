//! What the loader promises.

mod ends;
mod files;
mod harness;
mod language;
mod problems;
mod schema;
mod variables;
mod wild;
