//! Codes and statuses that the documentation leaves open: what is refused, is refused as the settings say.

use super::call::Call;
use super::codes::{CEN_STATUS, ROUTER_HAS_ATTACHMENTS, flow_log::INVALID_PARAMETER};
use super::state::World;
use crate::emulator::message::Refusal;
use crate::emulator::options::{CenInUse, Settings, TagCodes};

/// The codes of tag rules, known from sister products only (cloud-api 6.2).
const TAGS: &[&str] =
    &["IllegalParam.TagKey", "IllegalParam.TagValue", "Forbidden.TagKey.Duplicated", "Forbidden.TagKeys"];

impl Settings {
    /// A refusal with the HTTP status that is set for its code.
    pub(in crate::emulator) fn with_status(&self, mut refusal: Refusal) -> Refusal {
        let set = match refusal.code.as_ref() {
            "Throttling.User" => self.throttling_status,
            "DryRunOperation" => self.dry_run_status,
            "InvalidFlowlogId.NotFound" => self.unknown_flow_log_status,
            "LogStoreAlreadyExist" => self.logstore_exists_status,
            "IndexConfigNotExist" => self.index_missing_status,
            _ => return refusal,
        };
        refusal.status = set.0;
        refusal
    }
}

impl World {
    /// What an RPC call that the world refused is answered.
    pub(super) fn refused(&self, action: &str, call: &Call<'_>, refusal: Refusal) -> Refusal {
        let settings = &self.rules.settings;
        if settings.tag_codes == TagCodes::Plain && TAGS.contains(&refusal.code.as_ref()) {
            return INVALID_PARAMETER;
        }
        let cen = call.params.filled("CenId").and_then(|id| self.cens.get(id));
        let is_in_use = action == "DeleteCen"
            && refusal.code == CEN_STATUS.code
            && cen.is_some_and(|cen| cen.life.status.is_settled());
        if is_in_use && settings.cen_with_children == CenInUse::Children {
            return ROUTER_HAS_ATTACHMENTS;
        }
        settings.with_status(refusal)
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    fn cloud(assignment: &str) -> Cloud {
        let mut settings = Settings::default();
        settings.set(assignment).unwrap();
        Cloud::with(settings)
    }

    #[test]
    fn statuses_are_as_they_are_set() {
        let unknown = [("RegionId", "cn-hangzhou"), ("FlowLogId", "flowlog-x")];
        let not_found = "InvalidFlowlogId.NotFound".to_owned();
        assert_eq!(Cloud::new().refused("DeleteFlowlog", &unknown), (400, not_found.clone()));
        assert_eq!(cloud("unknown_flow_log_status=404").refused("DeleteFlowlog", &unknown), (404, not_found));
        let mut cloud = cloud("dry_run_status=412");
        let cen = cloud.cen();
        let trial = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou"), ("DryRun", "true")];
        assert_eq!(cloud.refused("CreateTransitRouter", &trial), (412, "DryRunOperation".to_owned()));
    }

    #[test]
    fn a_cen_in_use_is_refused_in_one_of_two_ways() {
        for (setting, status, code) in [
            ("status", 409, "InvalidOperation.CenInstanceStatus"),
            ("children", 400, "InvalidOperation.AttachedChildInstanceExist"),
        ] {
            let mut cloud = cloud(&format!("cen_with_children={setting}"));
            let (cen, _) = cloud.router();
            assert_eq!(cloud.refused("DeleteCen", &[("CenId", &cen)]), (status, code.to_owned()));
            let young = cloud.ok("CreateCen", &[])["CenId"].as_str().unwrap().to_owned();
            let busy = (409, "InvalidOperation.CenInstanceStatus".to_owned());
            assert_eq!(cloud.refused("DeleteCen", &[("CenId", &young)]), busy);
        }
    }

    #[test]
    fn tags_are_refused_with_particular_codes_or_a_plain_one() {
        for (setting, code) in [("particular", "IllegalParam.TagKey"), ("plain", "InvalidParameter")] {
            let mut cloud = cloud(&format!("tag_codes={setting}"));
            assert_eq!(cloud.code("CreateCen", &[("Tag.1.Key", "acs:x")]), code);
        }
    }
}
