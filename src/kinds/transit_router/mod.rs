//! Transit routers.

pub mod calls;
pub mod schema;
