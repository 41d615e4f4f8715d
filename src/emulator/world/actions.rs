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

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::emulator::world::call::DryRun;
    use crate::emulator::world::testing::Cloud;

    /// What no flow log needs: bandwidth packages are bought elsewhere.
    const LEFT_OUT: [&str; 2] = ["Bandwidth", "Geographic"];

    #[test]
    fn every_documented_action_is_there_with_the_parameters_that_all_share() {
        let facts: Json = serde_json::from_str(include_str!("../../../tests/data/api-meta.json")).unwrap();
        for (name, documented) in facts["products"]["Cbn"]["actions"].as_object().unwrap() {
            if LEFT_OUT.iter().any(|word| name.contains(word)) {
                continue;
            }
            let action = find(name).unwrap_or_else(|| panic!("{name} is missing"));
            let params = documented["params"].as_array().unwrap();
            let has = |wanted: &str| params.iter().any(|param| param["name"] == wanted);
            assert!(!action.writes || action.takes_token == has("ClientToken"), "{name}: ClientToken");
            assert_eq!(action.dry_run != DryRun::Unknown, has("DryRun"), "{name}: DryRun");
            let required = params.iter().any(|param| param["required"] == true);
            let refused = Cloud::new().call(name, &[]).err().map(|refusal| refusal.code.into_owned());
            let missed = refused.as_deref().is_some_and(|code| code.starts_with("MissingParam."));
            assert!(missed || !required, "{name} without parameters: {refused:?}");
        }
    }
}
