//! Logstores.

pub mod calls;
pub mod schema;
