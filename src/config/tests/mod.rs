//! What the loader promises.

mod files;
mod harness;
mod language;
mod problems;
mod schema;
mod variables;
mod wild;
