//! The kinds of resource. Each folder has a `schema` (attributes, rules, identity; pure) and `calls`
//! (its requests and the parsing of their answers).
//!
//! # Adding a kind
//! Write a folder with `schema` and `calls`, and add its line to [`registry`].

pub mod attachment;
pub mod cen;
pub mod check;
pub mod driver;
pub mod flow_log;
pub mod log_format;
pub mod log_project;
pub mod logstore;
pub mod registry;
pub mod schema;
pub mod text;
pub mod transit_router;
