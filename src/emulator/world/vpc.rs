//! VPC attachments (cloud-api 5.3).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::attachment::{create, delete, list, update};
use super::call::{Action, Call, DryRun, Outcome, Params, fields, illegal, missing};
use super::codes::{NETWORK_ATTACHED, flow_log::ATTACHMENT_NOT_FOUND};
use super::ids::Ids;
use super::life::{Status, seconds};
use super::network::{Attachable, Network, Place, Publish, Row, check_charge, named};
use super::state::{Object, World};
use super::text::is_zone_of;
use crate::emulator::message::Refusal;
use crate::emulator::options::Settings;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterVpcAttachment", |world, call| create(world, call, &ROW), DryRun::Refuses),
    Action::read("ListTransitRouterVpcAttachments", |world, call| list(world, call, &ROW)),
    Action::write(
        "UpdateTransitRouterVpcAttachmentAttribute",
        |world, call| update(world, call, &ROW),
        DryRun::Answers,
    ),
    Action::write("UpdateTransitRouterVpcAttachmentZones", update_zones, DryRun::Refuses),
    Action::write("DeleteTransitRouterVpcAttachment", |world, call| delete(world, call, &ROW), DryRun::Answers),
];

/// The row of this type.
pub(super) static ROW: Row = Row {
    tag_type: "TransitRouterVpcAttachment",
    id: ("VpcId", "vpc-"),
    owner: Some(("VpcOwnerId", "VPC")),
    exclusive: false,
    publish: Publish::AsSaid(false),
    narrow_names: false,
    filters: &["VpcId", "OrderType", "Status"],
    page_max: None,
    constants: &[("ChargeType", "POSTPAY"), ("ManagedService", "")],
    time: seconds,
    busy: Refusal::new(
        400,
        "IncorrectStatus.Attachment",
        "The status of the attachment does not allow this operation.",
    ),
    taken: NETWORK_ATTACHED,
    read: |call, _| read(call),
};

/// A router has as many VPCs as it may have.
const QUOTA: Refusal = Refusal::new(
    400,
    "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter",
    "The maximum number of VPC attachment per Transit Router is exceeded.",
);

/// The most zones of an attachment.
const MAX_ZONES: usize = 10;

/// An attached VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Vpc {
    vpc_id: String,
    #[serde(default)]
    vpc_owner_id: u64,
    #[serde(default)]
    vpc_region_id: String,
    #[serde(default)]
    zone_mappings: Vec<ZoneMapping>,
    #[serde(rename = "TransitRouterVPCAttachmentOptions", default = "default_options")]
    options: Map<String, Json>,
}

/// A zone that the router reaches the VPC through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
struct ZoneMapping {
    zone_id: String,
    #[serde(rename = "VSwitchId")]
    vswitch_id: String,
    #[serde(default = "some_interface")]
    network_interface_id: String,
}

fn default_options() -> Map<String, Json> {
    fields(json!({ "ipv6Support": "disable" }))
}

fn some_interface() -> String {
    "eni-unknown".to_owned()
}

fn read(call: &Call<'_>) -> Result<Network, Refusal> {
    let params = call.params;
    let (vpc_id, vpc_owner_id) = named(call, &ROW)?;
    check_charge(params)?;
    let zone_mappings = zones(params, "ZoneMappings")?;
    if zone_mappings.is_empty() {
        return Err(missing("ZoneMappings"));
    }
    check_distinct(&zone_mappings)?;
    let options = options(params)?.unwrap_or_else(default_options);
    Ok(Network::Vpc(Vpc { vpc_id, vpc_owner_id, vpc_region_id: String::new(), zone_mappings, options }))
}

impl Attachable for Vpc {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn id(&self) -> &str {
        &self.vpc_id
    }

    fn owner(&mut self) -> &mut u64 {
        &mut self.vpc_owner_id
    }

    fn region(&mut self) -> &mut String {
        &mut self.vpc_region_id
    }

    fn place(&mut self, world: &mut World, _: &Call<'_>, place: &Place) -> Result<(), Refusal> {
        let siblings = world.attachments.values().filter(|item| Some(&item.transit_router_id) == place.router.as_ref());
        let vpcs = siblings.filter(|item| matches!(item.network, Network::Vpc(_))).count();
        if vpcs >= world.rules.settings.vpc_attachment_quota {
            return Err(QUOTA);
        }
        place_zones(&mut self.zone_mappings, &place.region, &mut world.ids)
    }

    fn update(&mut self, params: &Params, _: &Settings) -> Result<(), Refusal> {
        if let Some(options) = options(params)? {
            self.options = options;
        }
        Ok(())
    }
}

fn place_zones(zones: &mut [ZoneMapping], region: &str, ids: &mut Ids) -> Result<(), Refusal> {
    if !zones.iter().all(|zone| is_zone_of(&zone.zone_id, region)) {
        return Err(illegal("ZoneId"));
    }
    for zone in zones {
        zone.network_interface_id = ids.object("eni-");
    }
    Ok(())
}

fn zones(params: &Params, name: &str) -> Result<Vec<ZoneMapping>, Refusal> {
    let items = params.list(name, MAX_ZONES)?;
    items
        .into_iter()
        .map(|item| {
            let field = |field: &str| {
                let value = item.get(field).copied().filter(|value| !value.is_empty());
                value.map(str::to_owned).ok_or_else(|| missing(field))
            };
            let zone = ZoneMapping {
                zone_id: field("ZoneId")?,
                vswitch_id: field("VSwitchId")?,
                network_interface_id: String::new(),
            };
            if zone.vswitch_id.starts_with("vsw-") {
                Ok(zone)
            } else {
                Err(Refusal::new(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId is not found."))
            }
        })
        .collect()
}

fn check_distinct(zones: &[ZoneMapping]) -> Result<(), Refusal> {
    let repeated = |(index, zone): (usize, &ZoneMapping)| {
        zones[..index].iter().any(|other| other.zone_id == zone.zone_id || other.vswitch_id == zone.vswitch_id)
    };
    if zones.iter().enumerate().any(repeated) {
        return Err(Refusal::new(400, "Duplicated.ZoneMapping", "The parameter ZoneMapping is duplicated."));
    }
    Ok(())
}

/// `TransitRouterVPCAttachmentOptions`: one JSON text.
fn options(params: &Params) -> Result<Option<Map<String, Json>>, Refusal> {
    let Some(text) = params.filled("TransitRouterVPCAttachmentOptions") else { return Ok(None) };
    let options: Map<String, Json> =
        serde_json::from_str(text).map_err(|_| illegal("TransitRouterVPCAttachmentOptions"))?;
    match options.get("ipv6Support").and_then(Json::as_str) {
        Some("enable" | "disable") if options.len() == 1 => Ok(Some(options)),
        _ => Err(illegal("Ipv6Support")),
    }
}

fn update_zones(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("TransitRouterAttachmentId")?;
    let mut added = zones(call.params, "AddZoneMappings")?;
    let removed = zones(call.params, "RemoveZoneMappings")?;
    if added.is_empty() && removed.is_empty() {
        return Err(missing("AddZoneMappings"));
    }
    let vpc = own_vpc(world, call, id)?;
    let is_same = |a: &ZoneMapping, b: &ZoneMapping| a.zone_id == b.zone_id && a.vswitch_id == b.vswitch_id;
    if !removed.iter().all(|gone| vpc.zone_mappings.iter().any(|zone| is_same(zone, gone))) {
        return Err(illegal("ZoneMappings"));
    }
    let mut zones: Vec<ZoneMapping> =
        vpc.zone_mappings.iter().filter(|zone| !removed.iter().any(|gone| is_same(zone, gone))).cloned().collect();
    check_distinct(&[zones.as_slice(), added.as_slice()].concat())?;
    if !(1..=MAX_ZONES).contains(&(zones.len() + added.len())) {
        return Err(illegal("ZoneMappings"));
    }
    let region = vpc.vpc_region_id.clone();
    place_zones(&mut added, &region, &mut world.ids)?;
    zones.append(&mut added);
    own_vpc(world, call, id)?.zone_mappings = zones;
    world.begin(Object::Attachment(id.to_owned()), Status::Modifying, Some(Status::Attached), call.now);
    Ok(fields(json!({})))
}

/// The VPC of an attachment of the caller's in which nothing is going on.
fn own_vpc<'w>(world: &'w mut World, call: &Call<'_>, id: &str) -> Result<&'w mut Vpc, Refusal> {
    match &mut world.settled_attachment(call, id, &ROW)?.network {
        Network::Vpc(vpc) => Ok(vpc),
        _ => Err(ATTACHMENT_NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::world::testing::Cloud;

    const ZONE: [(&str, &str); 2] = [("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-1")];

    #[test]
    fn an_attachment_is_created_changed_and_deleted_in_its_own_time() {
        let mut cloud = Cloud::new();
        let (cen, router) = cloud.router();
        let params = [("TransitRouterId", router.as_str()), ("VpcId", "vpc-1"), ZONE[0], ZONE[1]];
        let id = cloud.ok("CreateTransitRouterVpcAttachment", &params)["TransitRouterAttachmentId"]
            .as_str()
            .unwrap()
            .to_owned();
        let one = [("TransitRouterAttachmentId", id.as_str())];
        let show = |cloud: &mut Cloud| {
            cloud.ok("ListTransitRouterVpcAttachments", &one)["TransitRouterAttachments"][0].clone()
        };
        assert_eq!(show(&mut cloud)["Status"], "Attaching");
        assert_eq!(cloud.code("DeleteTransitRouterVpcAttachment", &one), "IncorrectStatus.Attachment");
        cloud.wait();
        let shown = show(&mut cloud);
        assert_eq!((&shown["Status"], &shown["CenId"]), (&json!("Attached"), &json!(cen)));
        assert_eq!(shown["ResourceType"], "VPC");
        assert_eq!(shown["OrderType"], "PayByCenOwner");
        assert_eq!(shown["TransitRouterVPCAttachmentOptions"], json!({ "ipv6Support": "disable" }));
        assert_eq!(shown["VpcOwnerId"], 1_000_000_000_000_001_u64);
        cloud.ok(
            "UpdateTransitRouterVpcAttachmentAttribute",
            &[
                one[0],
                ("TransitRouterAttachmentName", "new"),
                ("AutoPublishRouteEnabled", "True"),
                ("OrderType", "PayByResourceOwner"),
                ("TransitRouterVPCAttachmentOptions", r#"{"ipv6Support": "enable"}"#),
            ],
        );
        let shown = show(&mut cloud);
        assert_eq!((&shown["Status"], &shown["TransitRouterAttachmentName"]), (&json!("Modifying"), &json!("new")));
        assert_eq!(
            (&shown["AutoPublishRouteEnabled"], &shown["OrderType"]),
            (&json!(true), &json!("PayByResourceOwner"))
        );
        assert_eq!(shown["TransitRouterVPCAttachmentOptions"]["ipv6Support"], "enable");
        cloud.wait();
        cloud.ok("DeleteTransitRouterVpcAttachment", &one);
        assert_eq!(show(&mut cloud)["Status"], "Detaching");
        cloud.wait();
        assert_eq!(cloud.ok("ListTransitRouterVpcAttachments", &one)["TotalCount"], 0);
        assert_eq!(
            cloud.refused("DeleteTransitRouterVpcAttachment", &one),
            (400, "InvalidTransitRouterAttachmentId.NotFound".to_owned())
        );
    }

    #[test]
    fn what_an_attachment_cannot_be() {
        let mut cloud = Cloud::new();
        let (_, router, _) = cloud.attachment();
        let base = [("TransitRouterId", router.as_str()), ("VpcId", "vpc-2"), ZONE[0], ZONE[1]];
        let second = [("ZoneMappings.2.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.2.VSwitchId", "vsw-2")];
        for (extra, code) in [
            (vec![("VpcId", "")], "MissingParam.VpcId"),
            (vec![("VpcId", "i-1")], "IllegalParam.VpcId"),
            (vec![("VpcId", "vpc-app")], "QuotaFull.ChildInstanceRelatedCen"),
            (vec![("TransitRouterId", "")], "MissingParam.CenIdOrRegionId"),
            (vec![("TransitRouterId", "tr-unknown")], "InvalidTransitRouterId.NotFound"),
            (vec![("CenId", "cen-other")], "InvalidCenId.NotFound"),
            (vec![("RegionId", "cn-shanghai")], "IllegalParam.RegionId"),
            (vec![("ZoneMappings.1.ZoneId", "cn-shanghai-a")], "IllegalParam.ZoneId"),
            (vec![("ZoneMappings.1.ZoneId", "")], "MissingParam.ZoneId"),
            (vec![("ZoneMappings.1.VSwitchId", "sw-1")], "InvalidVSwitchId.NotFound"),
            (second.to_vec(), "Duplicated.ZoneMapping"),
            (vec![("ChargeType", "PREPAY")], "IllegalParam.ChargeType"),
            (vec![("TransitRouterVPCAttachmentOptions", "x")], "IllegalParam.TransitRouterVPCAttachmentOptions"),
            (vec![("TransitRouterVPCAttachmentOptions", r#"{"ipv6Support":"on"}"#)], "IllegalParam.Ipv6Support"),
            (vec![("TransitRouterAttachmentName", "https://x")], "IllegalParam.TransitRouterAttachmentName"),
            (vec![("DryRun", "true")], "DryRunOperation"),
        ] {
            let params: Vec<_> = base
                .iter()
                .filter(|(name, _)| !extra.iter().any(|(other, _)| other == name))
                .chain(&extra)
                .copied()
                .collect();
            assert_eq!(cloud.code("CreateTransitRouterVpcAttachment", &params), code);
        }
        let no_zones = &base[..2];
        assert_eq!(cloud.code("CreateTransitRouterVpcAttachment", no_zones), "MissingParam.ZoneMappings");
    }

    #[test]
    fn zones_are_added_and_taken_away_but_one_stays() {
        let mut cloud = Cloud::new();
        let (_, _, id) = cloud.attachment();
        let change = |cloud: &mut Cloud, zones: &[(&str, &str)]| {
            let params: Vec<_> = [("TransitRouterAttachmentId", id.as_str())].iter().chain(zones).copied().collect();
            cloud.call("UpdateTransitRouterVpcAttachmentZones", &params).map_err(|refusal| refusal.code.into_owned())
        };
        let add = [("AddZoneMappings.1.ZoneId", "cn-hangzhou-i"), ("AddZoneMappings.1.VSwitchId", "vsw-2")];
        let remove = [("RemoveZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("RemoveZoneMappings.1.VSwitchId", "vsw-app")];
        assert_eq!(change(&mut cloud, &remove).unwrap_err(), "IllegalParam.ZoneMappings");
        assert_eq!(change(&mut cloud, &[]).unwrap_err(), "MissingParam.AddZoneMappings");
        change(&mut cloud, &[add, remove].concat()).unwrap();
        assert_eq!(change(&mut cloud, &add).unwrap_err(), "IncorrectStatus.Attachment");
        cloud.wait();
        let listed = cloud.ok("ListTransitRouterVpcAttachments", &[("VpcId", "vpc-app")]);
        let zones = &listed["TransitRouterAttachments"][0]["ZoneMappings"];
        assert_eq!((zones.as_array().unwrap().len(), &zones[0]["ZoneId"]), (1, &json!("cn-hangzhou-i")));
        assert!(zones[0]["NetworkInterfaceId"].as_str().unwrap().starts_with("eni-"));
    }

    #[test]
    fn without_a_router_the_region_gets_one() {
        let mut cloud = Cloud::new();
        let cen = cloud.cen();
        let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1"), ZONE[0], ZONE[1]];
        cloud.ok("CreateTransitRouterVpcAttachment", &params);
        assert_eq!(cloud.ok("ListTransitRouters", &[("CenId", &cen)])["TotalCount"], 1);
    }

    #[test]
    fn lists_go_on_with_their_token() {
        let mut cloud = Cloud::new();
        let (_, router) = cloud.router();
        for n in 0..5 {
            let vpc = format!("vpc-{n}");
            let params = [("TransitRouterId", router.as_str()), ("VpcId", vpc.as_str()), ZONE[0], ZONE[1]];
            cloud.ok("CreateTransitRouterVpcAttachment", &params);
        }
        let first = cloud.ok("ListTransitRouterVpcAttachments", &[("MaxResults", "3"), ("RegionId", "cn-hangzhou")]);
        let token = first["NextToken"].as_str().unwrap();
        let second = cloud.ok("ListTransitRouterVpcAttachments", &[("MaxResults", "3"), ("NextToken", token)]);
        let count = |page: &Json| page["TransitRouterAttachments"].as_array().unwrap().len();
        assert_eq!((count(&first), count(&second), &second["NextToken"]), (3, 2, &json!("")));
        assert_eq!(cloud.code("ListTransitRouterVpcAttachments", &[("MaxResults", "101")]), "IllegalParam.MaxResults");
    }
}
