//! Write domains (S27): what shares a router, a peer router, a network or a CEN is changed one at a time.
//!
//! A router is changed in its CEN; an attachment at its routers and its network; a flow log at its router. While one of
//! them is unsettled, a write to another one with which it shares any of these is refused. No document says which
//! operations exclude each other: this is what the retries of the Terraform provider point to (cloud-api 11).

use std::collections::BTreeSet;

use super::call::{Action, Call, Params};
use super::codes::{BLOCKING, flow_log::SIBLING_STATUS};
use super::state::{Object, World};
use crate::emulator::message::Refusal;

/// The fields of an attachment, and parameters of its create call, that name what it hangs on besides its router.
const NETWORKS: &[&str] = &["PeerTransitRouterId", "VpcId", "VbrId", "VpnId", "EcrId"];

/// The ids that a write may not share with another one.
type Domain = BTreeSet<String>;

impl World {
    /// Refuses a write while something else in its domain is unsettled.
    pub(super) fn check_domains(&self, action: &Action, call: &Call<'_>) -> Result<(), Refusal> {
        let (written, domain) = self.written(action.name, call.params);
        let is_log = action.name == "CreateFlowlog" || matches!(written, Some(Object::FlowLog(_)));
        let mut others = self.unsettled().filter(|other| Some(*other) != written.as_ref());
        match others.find(|other| !self.domain(other).is_disjoint(&domain)) {
            Some(Object::FlowLog(_)) if is_log => Err(SIBLING_STATUS),
            Some(_) => Err(BLOCKING),
            None => Ok(()),
        }
    }

    /// The object that a write is about, if there is one yet, and its domain. Tags and resource groups have none.
    fn written(&self, action: &str, params: &Params) -> (Option<Object>, Domain) {
        let named = |name: &str| params.filled(name).map(str::to_owned);
        let existing = match action {
            "CreateTransitRouter" => return (None, named("CenId").into_iter().collect()),
            "CreateFlowlog" => {
                let attachment = params.filled("TransitRouterAttachmentId").and_then(|id| self.attachments.get(id));
                let region = params.filled("RegionId").unwrap_or_default();
                let end = attachment.and_then(|attachment| attachment.ends().find(|end| self.region_of(end) == region));
                return (None, named("TransitRouterId").or(end.map(str::to_owned)).into_iter().collect());
            }
            "ModifyCenAttribute" | "DeleteCen" => named("CenId").map(Object::Cen),
            "ModifyFlowLogAttribute" | "ActiveFlowLog" | "DeactiveFlowLog" | "DeleteFlowlog" => {
                named("FlowLogId").map(Object::FlowLog)
            }
            name if name.ends_with("Attachment") && name.starts_with("Create") => {
                let networks = NETWORKS.iter().filter_map(|network| named(network));
                // Without a router of its own the service looks for one in the CEN, or makes it there.
                let place = named("TransitRouterId").or_else(|| named("CenId"));
                return (None, networks.chain(place).collect());
            }
            name if name.contains("Attachment") => named("TransitRouterAttachmentId").map(Object::Attachment),
            name if name.contains("TransitRouter") => named("TransitRouterId").map(Object::Router),
            _ => None,
        };
        let domain = existing.as_ref().map(|object| self.domain(object)).unwrap_or_default();
        (existing, domain)
    }

    fn domain(&self, object: &Object) -> Domain {
        match object {
            Object::Cen(id) => Domain::from([id.clone()]),
            Object::Router(id) => {
                let cen = self.routers.get(id).map(|router| router.cen_id.clone());
                cen.into_iter().chain([id.clone()]).collect()
            }
            Object::Attachment(id) => self.attachments.get(id).map_or_else(Domain::new, |attachment| {
                let fields = serde_json::to_value(&attachment.network).unwrap_or_default();
                let networks = NETWORKS.iter().filter_map(|network| fields[network].as_str().map(str::to_owned));
                networks.chain([attachment.transit_router_id.clone()]).collect()
            }),
            Object::FlowLog(id) => {
                self.flow_logs.get(id).map(|log| log.transit_router_id.clone()).into_iter().collect()
            }
            Object::Project(_) => Domain::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::world::state::Rules;
    use crate::emulator::world::testing::Cloud;

    fn cloud(write_domains: bool) -> Cloud {
        Cloud::of(Rules { write_domains, settle: Duration::from_millis(200), seed: 7, ..Rules::default() })
    }

    const VPC: [(&str, &str); 2] =
        [("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-app")];

    #[test]
    fn what_shares_a_domain_is_changed_one_at_a_time() {
        for (domains, expected) in [(false, None), (true, Some("Operation.Blocking"))] {
            let mut cloud = cloud(domains);
            let (cen, router) = cloud.router();
            let attach = |router, vpc| [("TransitRouterId", router), ("VpcId", vpc), VPC[0], VPC[1]];
            let mut code = |action: &str, params: &[(&str, &str)], waits: bool| {
                let code = cloud.call(action, params).err().map(|refusal| refusal.code.into_owned());
                if waits {
                    cloud.wait();
                }
                code
            };
            let create = "CreateTransitRouterVpcAttachment";
            assert_eq!(code(create, &attach(&router, "vpc-1"), false), None);
            assert_eq!(code(create, &attach(&router, "vpc-2"), true).as_deref(), expected, "the router is shared");
            let elsewhere = [("CenId", cen.as_str()), ("RegionId", "cn-shanghai")];
            assert_eq!(code("CreateTransitRouter", &elsewhere, false), None);
            let third = [("CenId", cen.as_str()), ("RegionId", "cn-beijing")];
            assert_eq!(code("CreateTransitRouter", &third, false).as_deref(), expected, "the CEN is shared");
            let rename = [("CenId", cen.as_str()), ("Name", "x")];
            assert_eq!(code("ModifyCenAttribute", &rename, false).as_deref(), expected, "the CEN is shared");
            assert_eq!(code(create, &attach(&router, "vpc-3"), true), None, "another router is being made");
        }
    }

    #[test]
    fn a_network_that_two_cens_share_is_changed_one_at_a_time() {
        let mut cloud = cloud(true);
        let (_, one) = cloud.router();
        let (_, two) = cloud.router();
        let attach = |router| [("TransitRouterId", router), ("VpcId", "vpc-1"), VPC[0], VPC[1]];
        cloud.ok("CreateTransitRouterVpcAttachment", &attach(one.as_str()));
        assert_eq!(cloud.code("CreateTransitRouterVpcAttachment", &attach(two.as_str())), "Operation.Blocking");
        cloud.wait();
        cloud.ok("CreateTransitRouterVpcAttachment", &attach(two.as_str()));
    }

    #[test]
    fn flow_logs_of_one_router_have_a_code_of_their_own() {
        let mut cloud = cloud(true);
        let (cen, router, attachment) = cloud.attachment();
        let base = [("RegionId", "cn-hangzhou"), ("CenId", cen.as_str())];
        cloud.ok("CreateFlowlog", &[base[0], base[1], ("TransitRouterId", &router)]);
        let other = [base[0], base[1], ("TransitRouterAttachmentId", attachment.as_str()), ("ClientToken", "t")];
        assert_eq!(cloud.code("CreateFlowlog", &other), "IncorrectStatus.TrFlowlog");
        let rename = [("TransitRouterId", router.as_str()), ("RegionId", "cn-hangzhou")];
        assert_eq!(cloud.code("UpdateTransitRouter", &rename), "Operation.Blocking");
        cloud.wait();
        assert_eq!(cloud.code("CreateFlowlog", &other), "IncorrectStatus.TrFlowlog", "the token remembers");
        cloud.ok("CreateFlowlog", &other[..3]);
    }

    #[test]
    fn a_flow_log_of_a_peer_attachment_is_made_at_its_own_end() {
        let mut cloud = cloud(true);
        let [cen, here, there, attachment] = cloud.peers();
        cloud.pass(Duration::from_secs(1));
        let log = |region, of| [("RegionId", region), ("CenId", cen.as_str()), of];
        let this = ("TransitRouterAttachmentId", attachment.as_str());
        cloud.ok("CreateFlowlog", &log("cn-hangzhou", ("TransitRouterId", &here)));
        assert_eq!(cloud.code("CreateFlowlog", &log("cn-hangzhou", this)), "IncorrectStatus.TrFlowlog");
        cloud.ok("CreateFlowlog", &log("cn-shanghai", this));
        assert_eq!(
            cloud.code("CreateFlowlog", &log("cn-shanghai", ("TransitRouterId", &there))),
            "IncorrectStatus.TrFlowlog"
        );
    }

    #[test]
    fn an_object_that_is_itself_unsettled_has_its_own_code() {
        let mut cloud = cloud(true);
        let (_, router) = cloud.router();
        let update = [("TransitRouterId", router.as_str()), ("RegionId", "cn-hangzhou")];
        cloud.ok("UpdateTransitRouter", &update);
        assert_eq!(cloud.code("UpdateTransitRouter", &update), "IncorrectStatus.TransitRouterInstance");
    }
}
