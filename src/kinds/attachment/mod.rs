//! Attachments: network instance connections of transit routers.
//!
//! # Adding a type
//! Add its attributes to `schema` and its row to `rows`.

pub mod calls;
mod rows;
pub mod schema;
