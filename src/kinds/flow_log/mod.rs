//! Flow logs.

pub mod calls;
pub mod needs;
pub mod schema;
