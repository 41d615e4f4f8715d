//! Transit routers (cloud-api 5.2).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::call::{Action, Call, DryRun, Outcome, fields, illegal};
use super::cidr::{self, Cidr};
use super::codes::{
    CEN_NOT_FOUND, CEN_STATUS, FLOW_LOG_EXISTS, ROUTER_EXISTS, ROUTER_HAS_ATTACHMENTS, ROUTER_UNKNOWN,
    flow_log::ROUTER_STATUS,
};
use super::file;
use super::life::{Life, Status, minutes};
use super::paging::Page;
use super::state::{Object, World};
use super::text::{self, REGIONS, Tag};
use crate::emulator::message::Refusal;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouter", create, DryRun::Refuses),
    Action::read("ListTransitRouters", list),
    Action::write("UpdateTransitRouter", update, DryRun::Answers),
    Action::write("DeleteTransitRouter", delete, DryRun::Refuses),
];

/// A transit router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Router {
    pub(super) transit_router_id: String,
    #[serde(default = "file::default_account")]
    pub(super) account: String,
    pub(super) cen_id: String,
    pub(super) region_id: String,
    #[serde(default)]
    pub(super) transit_router_name: String,
    #[serde(default)]
    pub(super) transit_router_description: String,
    #[serde(default)]
    pub(super) r#type: Edition,
    #[serde(default)]
    pub(super) support_multicast: bool,
    #[serde(default)]
    pub(super) transit_router_cidr_list: Vec<Cidr>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default = "file::long_ago")]
    pub(super) creation_time: Timestamp,
    #[serde(flatten)]
    pub(super) life: Life,
}

/// The edition of a router.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Edition {
    /// What `CreateTransitRouter` makes.
    #[default]
    Enterprise,
    /// An old one, without flow logs.
    Basic,
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let region = call.params.required("RegionId")?;
    let cen = call.params.required("CenId")?;
    if !REGIONS.contains(&region) {
        return Err(illegal("RegionId"));
    }
    let name = text::plain(call.params, "TransitRouterName", 128)?.unwrap_or_default().to_owned();
    let description = text::plain(call.params, "TransitRouterDescription", 256)?.unwrap_or_default().to_owned();
    let multicast = call.params.flag("SupportMulticast")?.unwrap_or(false);
    let cidrs = call.params.filled("TransitRouterCidrList").map(cidr::read_list).transpose()?.unwrap_or_default();
    let tags = text::tags(call.params)?;
    world.check_cen_for_child(call, cen)?;
    if world.router_in(cen, region).is_some() {
        return Err(ROUTER_EXISTS);
    }
    let id = world.add_router(call, cen, region);
    let cidrs: Vec<Cidr> = cidrs.into_iter().map(|cidr| cidr.with_id(&mut world.ids)).collect();
    if let Some(router) = world.routers.get_mut(&id) {
        router.transit_router_name = name;
        router.transit_router_description = description;
        router.support_multicast = multicast;
        router.transit_router_cidr_list = cidrs;
        router.tags = tags;
    }
    Ok(fields(json!({ "TransitRouterId": id })))
}

fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let page = Page::of(call.params, 10, 50)?.at_most(world.rules.settings.page_given.get());
    let tags = text::tags(call.params)?;
    let mut multicast = None;
    for feature in call.params.list("FeatureFilter", 1)? {
        multicast = match (feature.get("Key").copied(), feature.get("Value.1").copied()) {
            (Some("Multicast"), Some("Enabled")) => Some(true),
            (Some("Multicast"), Some("Disabled")) => Some(false),
            _ => return Err(illegal("FeatureFilter")),
        };
    }
    if let Some(cen) = call.params.filled("CenId") {
        world.check_listed_cen(call, cen)?;
    }
    let wanted = |name: &str, value: &str| call.params.filled(name).is_none_or(|wanted| wanted == value);
    let found: Vec<&Router> = world
        .routers
        .values()
        .filter(|router| router.account == call.account)
        .filter(|router| {
            wanted("CenId", &router.cen_id)
                && wanted("RegionId", &router.region_id)
                && wanted("TransitRouterId", &router.transit_router_id)
                && wanted("TransitRouterName", &router.transit_router_name)
                && wanted("Status", router.life.status.word())
                && wanted("Type", router.r#type.word())
        })
        .filter(|router| multicast.is_none_or(|wanted| router.support_multicast == wanted))
        .filter(|router| text::has_tags(&router.tags, &tags))
        .collect();
    let total = found.len();
    let routers: Vec<Json> = page.cut(found).into_iter().map(shown).collect();
    Ok(fields(json!({
        "PageNumber": page.number, "PageSize": page.size, "TotalCount": total, "TransitRouters": routers,
    })))
}

impl Edition {
    const fn word(self) -> &'static str {
        match self {
            Self::Enterprise => "Enterprise",
            Self::Basic => "Basic",
        }
    }
}

fn shown(router: &Router) -> Json {
    json!({
        "AliUid": file::account_number(&router.account),
        "CenId": router.cen_id,
        "RegionId": router.region_id,
        "Status": router.life.status.word(),
        "Type": router.r#type.word(),
        "TransitRouterId": router.transit_router_id,
        "TransitRouterName": router.transit_router_name,
        "TransitRouterDescription": router.transit_router_description,
        "CreationTime": minutes(router.creation_time),
        "SupportMulticast": router.support_multicast,
        "Tags": router.tags,
        "TransitRouterCidrList": router.transit_router_cidr_list,
    })
}

fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("TransitRouterId")?;
    let region = call.params.required("RegionId")?;
    let name = text::plain(call.params, "TransitRouterName", 128)?;
    let description = text::plain(call.params, "TransitRouterDescription", 256)?;
    let router = world.settled_router(call, id, Some(region))?;
    if let Some(name) = name {
        name.clone_into(&mut router.transit_router_name);
    }
    if let Some(description) = description {
        description.clone_into(&mut router.transit_router_description);
    }
    world.begin(Object::Router(id.to_owned()), Status::Modifying, Some(Status::Active), call.now);
    Ok(fields(json!({})))
}

fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("TransitRouterId")?;
    world.settled_router(call, id, None)?;
    if world.attachments.values().any(|item| item.beyond(id).is_some()) {
        return Err(ROUTER_HAS_ATTACHMENTS);
    }
    if world.flow_logs.values().any(|log| log.transit_router_id == id) {
        return Err(FLOW_LOG_EXISTS);
    }
    world.begin(Object::Router(id.to_owned()), Status::Deleting, None, call.now);
    Ok(fields(json!({})))
}

impl World {
    /// Whether something new may be put into this CEN now.
    pub(super) fn check_cen_for_child(&self, call: &Call<'_>, id: &str) -> Result<(), Refusal> {
        let cen = self.cens.get(id).filter(|cen| cen.account == call.account).ok_or(CEN_NOT_FOUND)?;
        if !cen.life.status.is_settled() {
            return Err(CEN_STATUS);
        }
        self.check_service(call.account)
    }

    /// The one router of a CEN in a region.
    pub(super) fn router_in(&self, cen: &str, region: &str) -> Option<&Router> {
        self.routers.values().find(|router| router.cen_id == cen && router.region_id == region)
    }

    /// Begins to make a plain router, and gives its id.
    pub(super) fn add_router(&mut self, call: &Call<'_>, cen: &str, region: &str) -> String {
        let id = self.ids.object("tr-");
        let router = Router {
            transit_router_id: id.clone(),
            account: call.account.to_owned(),
            cen_id: cen.to_owned(),
            region_id: region.to_owned(),
            transit_router_name: String::new(),
            transit_router_description: String::new(),
            r#type: Edition::Enterprise,
            support_multicast: false,
            transit_router_cidr_list: Vec::new(),
            tags: Vec::new(),
            creation_time: call.now,
            life: Life::settled(Status::Creating),
        };
        self.routers.insert(id.clone(), router);
        self.begin(Object::Router(id.clone()), Status::Creating, Some(Status::Active), call.now);
        id
    }

    /// A router of the caller's in which nothing is going on.
    pub(super) fn settled_router(
        &mut self,
        call: &Call<'_>,
        id: &str,
        region: Option<&str>,
    ) -> Result<&mut Router, Refusal> {
        let router = self
            .routers
            .get_mut(id)
            .filter(|router| router.account == call.account && region.is_none_or(|region| router.region_id == region))
            .ok_or(ROUTER_UNKNOWN)?;
        if router.life.status.is_settled() { Ok(router) } else { Err(ROUTER_STATUS) }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn a_router_is_created_renamed_and_deleted_in_its_own_time() {
        let mut cloud = Cloud::new();
        let cen = cloud.cen();
        let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou"), ("TransitRouterName", "hz")];
        let id = cloud.ok("CreateTransitRouter", &params)["TransitRouterId"].as_str().unwrap().to_owned();
        let update = [("TransitRouterId", id.as_str()), ("RegionId", "cn-hangzhou"), ("TransitRouterName", "new")];
        assert_eq!(cloud.code("UpdateTransitRouter", &update), "IncorrectStatus.TransitRouterInstance");
        cloud.wait();
        let router = cloud.ok("ListTransitRouters", &[("TransitRouterId", &id)])["TransitRouters"][0].clone();
        assert_eq!((&router["Status"], &router["Type"]), (&"Active".into(), &"Enterprise".into()));
        assert_eq!(router["AliUid"], 1_000_000_000_000_001_u64);
        assert_eq!(router["CreationTime"], "2026-11-22T10:00Z");
        cloud.ok("UpdateTransitRouter", &update);
        assert_eq!(cloud.router_status(&id).as_deref(), Some("Modifying"));
        assert_eq!(
            cloud.code("DeleteTransitRouter", &[("TransitRouterId", &id)]),
            "IncorrectStatus.TransitRouterInstance"
        );
        cloud.wait();
        cloud.ok("DeleteTransitRouter", &[("TransitRouterId", &id)]);
        assert_eq!(cloud.router_status(&id).as_deref(), Some("Deleting"));
        assert_eq!(cloud.code("DeleteCen", &[("CenId", &cen)]), "InvalidOperation.CenInstanceStatus");
        cloud.wait();
        assert_eq!(cloud.router_status(&id), None);
        let unknown = "InvalidTransitRouterInstance.NotFound";
        assert_eq!(cloud.code("DeleteTransitRouter", &[("TransitRouterId", &id)]), unknown);
        cloud.ok("DeleteCen", &[("CenId", &cen)]);
    }

    #[test]
    fn what_a_router_cannot_be() {
        let mut cloud = Cloud::new();
        let (cen, router) = cloud.router();
        let with = |extra: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
            [("CenId", cen.clone()), ("RegionId", "cn-shanghai".to_owned())]
                .into_iter()
                .filter(|(name, _)| !extra.iter().any(|(other, _)| other == name))
                .chain(extra.iter().map(|(name, value)| (*name, (*value).to_owned())))
                .collect()
        };
        for (extra, code) in [
            (vec![("RegionId", "")], "MissingParam.RegionId"),
            (vec![("CenId", "")], "MissingParam.CenId"),
            (vec![("RegionId", "cn-atlantis")], "IllegalParam.RegionId"),
            (vec![("CenId", "cen-unknown")], "InvalidCenId.NotFound"),
            (vec![("RegionId", "cn-hangzhou")], "InstanceExist.TransitRouterInstance"),
            (vec![("TransitRouterName", "http://x")], "IllegalParam.TransitRouterName"),
            (vec![("SupportMulticast", "maybe")], "IllegalParam.SupportMulticast"),
            (vec![("DryRun", "true")], "DryRunOperation"),
        ] {
            let params = with(&extra);
            let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(cloud.code("CreateTransitRouter", &params), code);
        }
        let elsewhere = [("TransitRouterId", router.as_str()), ("RegionId", "cn-shanghai")];
        assert_eq!(cloud.code("UpdateTransitRouter", &elsewhere), "InvalidTransitRouterInstance.NotFound");
    }

    #[test]
    fn a_router_is_not_made_in_a_cen_that_is_not_active() {
        let mut cloud = Cloud::new();
        let cen = cloud.ok("CreateCen", &[])["CenId"].as_str().unwrap().to_owned();
        let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou")];
        assert_eq!(cloud.refused("CreateTransitRouter", &params), (409, "InvalidOperation.CenInstanceStatus".into()));
    }

    #[test]
    fn a_router_with_attachments_or_flow_logs_stays() {
        let mut cloud = Cloud::new();
        let (_, router, attachment) = cloud.attachment();
        let delete = [("TransitRouterId", router.as_str())];
        assert_eq!(cloud.code("DeleteTransitRouter", &delete), "InvalidOperation.AttachedChildInstanceExist");
        cloud.ok("DeleteTransitRouterVpcAttachment", &[("TransitRouterAttachmentId", &attachment)]);
        cloud.wait();
        let log = cloud.flow_log(&[("TransitRouterId", &router)]);
        assert_eq!(cloud.code("DeleteTransitRouter", &delete), "OperationFailed.FlowLogExistOrNisOpened");
        cloud.ok("DeleteFlowlog", &[("RegionId", "cn-hangzhou"), ("FlowLogId", &log)]);
        cloud.wait();
        cloud.ok("DeleteTransitRouter", &delete);
    }

    #[test]
    fn routers_are_filtered() {
        let mut cloud = Cloud::new();
        let (cen, router) = cloud.router();
        let mut count =
            |params: &[(&str, &str)]| cloud.ok("ListTransitRouters", params)["TotalCount"].as_u64().unwrap();
        assert_eq!(count(&[("CenId", &cen), ("TransitRouterId", &router), ("Type", "Enterprise")]), 1);
        assert_eq!(count(&[("RegionId", "cn-shanghai")]), 0);
        assert_eq!(count(&[("FeatureFilter.1.Key", "Multicast"), ("FeatureFilter.1.Value.1", "Enabled")]), 0);
        assert_eq!(count(&[("FeatureFilter.1.Key", "Multicast"), ("FeatureFilter.1.Value.1", "Disabled")]), 1);
    }
}
