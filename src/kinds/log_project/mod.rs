//! Log projects.

pub mod calls;
pub mod schema;
