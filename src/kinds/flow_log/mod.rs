//! Flow logs.

pub mod calls;
pub mod schema;
