//! The table of all RPC actions of CEN.

use super::call::Action;
use super::state::World;
use super::{cen, cidr, ecr, flow_log, grant, peer, router, service, tags, vbr, vpc, vpn};

/// The rows of every file.
const TABLES: &[&[Action]] = &[
    service::ACTIONS,
    cen::ACTIONS,
    router::ACTIONS,
    cidr::ACTIONS,
    vpc::ACTIONS,
    vbr::ACTIONS,
    vpn::ACTIONS,
    ecr::ACTIONS,
    peer::ACTIONS,
    grant::ACTIONS,
    flow_log::ACTIONS,
    tags::ACTIONS,
];

/// The action of this name; case matters.
pub(super) fn find(name: &str) -> Option<&'static Action> {
    TABLES.iter().flat_map(|table| table.iter()).find(|action| action.name == name)
}

impl World {
    /// The name of an RPC action, if it is one.
    pub fn action_name(name: &str) -> Option<&'static str> {
        find(name).map(|action| action.name)
    }
}
