//! Logstores.

pub mod calls;
mod index;
pub mod schema;
