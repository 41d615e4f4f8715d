//! From YAML text to a [`crate::model::stack::Stack`]: files, variables, locals, references, checks.
//!
//! Problems are collected and told together. Each carries the path of what it is about; lines and
//! columns are looked up only when they are shown.
//!
//! # Adding a top-level key
//! Add it to `document.rs`, read it in a file of its own, and describe it in `json_schema.rs`.

mod accounts;
mod context;
mod cycles;
mod document;
mod duration;
mod ends;
mod fields;
mod files;
mod gates;
mod json_schema;
mod lenient;
mod lifecycle;
mod link;
mod load;
mod locals;
mod masking;
mod moves;
mod outputs;
mod provider;
mod reference;
mod resource;
mod variables;
mod yaml;

#[cfg(test)]
mod tests;

pub use files::{Files, SystemFiles};
pub use json_schema::json_schema;
pub use load::{LoadRequest, Loaded, Problems, load};
