//! Attachments: network instance connections of transit routers.

pub mod calls;
pub mod schema;
