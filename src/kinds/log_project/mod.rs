//! Log projects.

pub mod calls;
pub mod needs;
pub mod schema;
