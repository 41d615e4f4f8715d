//! One line a kind.

use super::schema::Schema;
use crate::model::address::Kind;

/// The schema of a kind.
pub fn schema(kind: Kind) -> &'static Schema {
    match kind {
        Kind::Cen => &super::cen::schema::SCHEMA,
        Kind::TransitRouter => &super::transit_router::schema::SCHEMA,
        Kind::Attachment => &super::attachment::schema::SCHEMA,
        Kind::LogProject => &super::log_project::schema::SCHEMA,
        Kind::Logstore => &super::logstore::schema::SCHEMA,
        Kind::FlowLog => &super::flow_log::schema::SCHEMA,
    }
}
