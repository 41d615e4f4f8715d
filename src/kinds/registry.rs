//! Two lines a kind.

use super::driver::Driver;
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

/// The cloud calls of a kind.
pub fn driver(kind: Kind) -> &'static dyn Driver {
    match kind {
        Kind::Cen => &super::cen::calls::Cen,
        Kind::TransitRouter => &super::transit_router::calls::TransitRouter,
        Kind::Attachment => &super::attachment::calls::Attachment,
        Kind::LogProject => &super::log_project::calls::LogProject,
        Kind::Logstore => &super::logstore::calls::Logstore,
        Kind::FlowLog => &super::flow_log::calls::FlowLog,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_schema_and_calls() {
        for kind in Kind::ALL {
            assert_eq!(schema(kind).kind, kind);
            assert_eq!(driver(kind).schema().kind, kind);
        }
    }
}
