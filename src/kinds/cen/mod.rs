//! CEN instances.

pub mod calls;
pub mod schema;
