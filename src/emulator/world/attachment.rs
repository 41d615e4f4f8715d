//! What all attachments have in common (cloud-api 5.3). A type of attachment is a [`Row`] in a file of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, Params, fields, illegal};
use super::codes::{
    ATTACHMENT_BUSY, CEN_NOT_FOUND, FLOW_LOG_EXISTS, ROUTER_NOT_FOUND, ROUTER_TYPE,
    flow_log::{ATTACHMENT_NOT_FOUND, ROUTER_STATUS},
};
use super::file;
use super::ids::Ids;
use super::life::{Life, Status, seconds};
use super::paging::Marked;
use super::router::Edition;
use super::state::{Object, World};
use super::text::{self, REGIONS, Tag};
use super::vpc;
use crate::emulator::message::Refusal;

/// What sets one type of attachment apart.
#[derive(Debug)]
pub(super) struct Row {
    /// What tag calls name it.
    pub(super) tag_type: &'static str,
    /// Whether routes are published when the call does not say.
    pub(super) publish_by_default: bool,
    /// Reads what is attached out of a create call.
    pub(super) read: fn(&Call<'_>) -> Result<Network, Refusal>,
    /// Puts it into a router's region: the checks and ids that depend on the place.
    pub(super) place: fn(&mut Network, &str, &mut Ids) -> Result<(), Refusal>,
    /// Why this network cannot be attached to a router that has that one already.
    pub(super) clash: fn(&Network, &Network) -> Option<Refusal>,
    /// Takes over what an update call says.
    pub(super) update: fn(&mut Network, &Params) -> Result<(), Refusal>,
    /// Whether a list call with these filters wants it.
    pub(super) wanted: fn(&Network, &Params) -> bool,
    /// Its own fields in a list.
    pub(super) shown: fn(&Network) -> Map<String, Json>,
}

/// Every type.
pub(super) static ROWS: &[&Row] = &[&vpc::ROW];

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attachment {
    pub(super) transit_router_attachment_id: String,
    #[serde(default = "file::default_account")]
    pub(super) account: String,
    #[serde(default)]
    pub(super) cen_id: String,
    pub(super) transit_router_id: String,
    #[serde(default)]
    pub(super) transit_router_attachment_name: String,
    #[serde(default)]
    pub(super) transit_router_attachment_description: String,
    #[serde(default)]
    pub(super) auto_publish_route_enabled: bool,
    #[serde(default = "cen_owner")]
    pub(super) order_type: String,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default = "file::long_ago")]
    pub(super) creation_time: Timestamp,
    #[serde(flatten)]
    pub(super) life: Life,
    #[serde(flatten)]
    pub(super) network: Network,
}

fn cen_owner() -> String {
    "PayByCenOwner".to_owned()
}

/// What is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ResourceType")]
pub(super) enum Network {
    /// A VPC.
    #[serde(rename = "VPC")]
    Vpc(vpc::Vpc),
}

impl Network {
    /// Fills in what follows from the router's region.
    pub(super) fn complete(&mut self, region: &str) {
        match self {
            Self::Vpc(vpc) => region.clone_into(&mut vpc.vpc_region_id),
        }
    }

    /// The row of its type.
    pub(super) const fn row(&self) -> &'static Row {
        match self {
            Self::Vpc(_) => &vpc::ROW,
        }
    }
}

/// Create of any type.
pub(super) fn create(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let params = call.params;
    let mut network = (row.read)(call)?;
    let name = text::plain(params, "TransitRouterAttachmentName", 128)?.unwrap_or_default().to_owned();
    let description = text::plain(params, "TransitRouterAttachmentDescription", 256)?.unwrap_or_default().to_owned();
    let publish = params.flag("AutoPublishRouteEnabled")?.unwrap_or(row.publish_by_default);
    let tags = text::tags(params)?;
    let (cen, region, router) = world.place_for_attachment(call)?;
    let siblings = world.attachments.values().filter(|other| Some(&other.transit_router_id) == router.as_ref());
    if let Some(refusal) = siblings.into_iter().find_map(|other| (row.clash)(&network, &other.network)) {
        return Err(refusal);
    }
    (row.place)(&mut network, &region, &mut world.ids)?;
    let router = router.unwrap_or_else(|| world.add_router(call, &cen, &region));
    let id = world.ids.object("tr-attach-");
    let attachment = Attachment {
        transit_router_attachment_id: id.clone(),
        account: call.account.to_owned(),
        cen_id: cen,
        transit_router_id: router,
        transit_router_attachment_name: name,
        transit_router_attachment_description: description,
        auto_publish_route_enabled: publish,
        order_type: cen_owner(),
        tags,
        creation_time: call.now,
        life: Life::settled(Status::Attaching),
        network,
    };
    world.attachments.insert(id.clone(), attachment);
    world.begin(Object::Attachment(id.clone()), Status::Attaching, Some(Status::Attached), call.now);
    Ok(fields(json!({ "TransitRouterAttachmentId": id })))
}

/// List of any type.
pub(super) fn list(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let params = call.params;
    let size = params.number("MaxResults", 1..=100)?.unwrap_or(20);
    let page = Marked::of(size, params.filled("NextToken"))?;
    let tags = text::tags(params)?;
    let wanted = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
    let found: Vec<&Attachment> = world
        .attachments
        .values()
        .filter(|item| item.account == call.account && item.network.row().tag_type == row.tag_type)
        .filter(|item| {
            wanted("CenId", &item.cen_id)
                && wanted("TransitRouterId", &item.transit_router_id)
                && wanted("TransitRouterAttachmentId", &item.transit_router_attachment_id)
                && wanted("OrderType", &item.order_type)
                && wanted("Status", item.life.status.word())
                && wanted("RegionId", world.region_of(item))
                && (row.wanted)(&item.network, params)
        })
        .filter(|item| text::has_tags(&item.tags, &tags))
        .collect();
    let total = found.len();
    let (items, next) = page.cut(found, |item| item.transit_router_attachment_id.as_str());
    let items: Vec<Json> = items.into_iter().map(|item| shown(world, item)).collect();
    Ok(fields(json!({
        "MaxResults": size, "NextToken": next, "TotalCount": total, "TransitRouterAttachments": items,
    })))
}

fn shown(world: &World, item: &Attachment) -> Json {
    let mut shown = fields(json!({
        "CenId": item.cen_id,
        "TransitRouterId": item.transit_router_id,
        "TransitRouterAttachmentId": item.transit_router_attachment_id,
        "TransitRouterAttachmentName": item.transit_router_attachment_name,
        "TransitRouterAttachmentDescription": item.transit_router_attachment_description,
        "Status": item.life.status.word(),
        "CreationTime": seconds(item.creation_time),
        "AutoPublishRouteEnabled": item.auto_publish_route_enabled,
        "OrderType": item.order_type,
        "Tags": item.tags,
        "TransitRouterRegionId": world.region_of(item),
    }));
    shown.extend((item.network.row().shown)(&item.network));
    Json::Object(shown)
}

/// Update of the attributes of any type.
pub(super) fn update(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let params = call.params;
    let id = params.required("TransitRouterAttachmentId")?;
    let name = text::plain(params, "TransitRouterAttachmentName", 128)?;
    let description = text::plain(params, "TransitRouterAttachmentDescription", 256)?;
    let publish = params.flag("AutoPublishRouteEnabled")?;
    let order = params.filled("OrderType");
    if order.is_some_and(|order| !matches!(order, "PayByCenOwner" | "PayByResourceOwner")) {
        return Err(illegal("OrderType"));
    }
    let item = world.settled_attachment(call, id, row)?;
    (row.update)(&mut item.network, params)?;
    for (new, field) in [
        (name, &mut item.transit_router_attachment_name),
        (description, &mut item.transit_router_attachment_description),
        (order, &mut item.order_type),
    ] {
        if let Some(new) = new {
            new.clone_into(field);
        }
    }
    item.auto_publish_route_enabled = publish.unwrap_or(item.auto_publish_route_enabled);
    world.begin(Object::Attachment(id.to_owned()), Status::Modifying, Some(Status::Attached), call.now);
    Ok(fields(json!({})))
}

/// Delete of any type.
pub(super) fn delete(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let id = call.params.required("TransitRouterAttachmentId")?;
    call.params.flag("Force")?;
    world.settled_attachment(call, id, row)?;
    if world.flow_logs.values().any(|log| log.transit_router_attachment_id == id) {
        return Err(FLOW_LOG_EXISTS);
    }
    world.begin(Object::Attachment(id.to_owned()), Status::Detaching, None, call.now);
    Ok(fields(json!({})))
}

impl World {
    /// The region of an attachment: its router's.
    pub(super) fn region_of(&self, attachment: &Attachment) -> &str {
        self.routers.get(&attachment.transit_router_id).map_or("", |router| router.region_id.as_str())
    }

    /// An attachment of the caller's, of this type, in which nothing is going on.
    pub(super) fn settled_attachment(
        &mut self,
        call: &Call<'_>,
        id: &str,
        row: &Row,
    ) -> Result<&mut Attachment, Refusal> {
        let item = self
            .attachments
            .get_mut(id)
            .filter(|item| item.account == call.account && item.network.row().tag_type == row.tag_type)
            .ok_or(ATTACHMENT_NOT_FOUND)?;
        if item.life.status.is_settled() { Ok(item) } else { Err(ATTACHMENT_BUSY) }
    }

    /// CEN, region and router that a new attachment goes to; no router if the region has none yet, then the service
    /// makes one.
    fn place_for_attachment(&self, call: &Call<'_>) -> Result<(String, String, Option<String>), Refusal> {
        let params = call.params;
        let (cen, region) = (params.filled("CenId"), params.filled("RegionId"));
        let router = if let Some(id) = params.filled("TransitRouterId") {
            let router =
                self.routers.get(id).filter(|router| router.account == call.account).ok_or(ROUTER_NOT_FOUND)?;
            if cen.is_some_and(|cen| cen != router.cen_id) {
                return Err(CEN_NOT_FOUND);
            }
            if region.is_some_and(|region| region != router.region_id) {
                return Err(illegal("RegionId"));
            }
            router
        } else {
            let (Some(cen), Some(region)) = (cen, region) else {
                let message = "Either TransitRouterId or both CenId and RegionId are mandatory.";
                return Err(Refusal::new(400, "MissingParam.CenIdOrRegionId", message));
            };
            if !REGIONS.contains(&region) {
                return Err(illegal("RegionId"));
            }
            self.check_cen_for_child(call, cen)?;
            let Some(router) = self.router_in(cen, region) else {
                return Ok((cen.to_owned(), region.to_owned(), None));
            };
            router
        };
        self.check_cen_for_child(call, &router.cen_id)?;
        if router.r#type == Edition::Basic {
            return Err(ROUTER_TYPE);
        }
        if !router.life.status.is_settled() {
            return Err(ROUTER_STATUS);
        }
        Ok((router.cen_id.clone(), router.region_id.clone(), Some(router.transit_router_id.clone())))
    }
}
