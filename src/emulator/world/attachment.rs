//! What all attachments have in common (cloud-api 5.3). A type of attachment is a [`Row`] in a file of its own.

use std::iter;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, fields, illegal};
use super::codes::{
    CEN_NOT_FOUND, FLOW_LOG_EXISTS, ROUTER_BUSY, ROUTER_NOT_FOUND, ROUTER_TYPE, flow_log::ATTACHMENT_NOT_FOUND,
};
use super::file;
use super::life::{Life, Status};
use super::network::{Network, Place, Publish, Row};
use super::paging::Marked;
use super::router::Edition;
use super::state::{Object, World};
use super::text::{self, REGIONS, Tag};
use crate::emulator::message::Refusal;
use crate::emulator::options::VpnNames;

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
    transit_router_attachment_name: String,
    #[serde(default)]
    transit_router_attachment_description: String,
    /// None while no call has said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auto_publish_route_enabled: Option<bool>,
    #[serde(default = "cen_owner")]
    pub(super) order_type: String,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default = "file::long_ago")]
    creation_time: Timestamp,
    #[serde(flatten)]
    pub(super) life: Life,
    #[serde(flatten)]
    pub(super) network: Network,
}

impl Attachment {
    /// The routers that it joins: its own and, if it is a peer attachment, the other one.
    pub(super) fn ends(&self) -> impl Iterator<Item = &str> {
        iter::once(self.transit_router_id.as_str()).chain(self.network.peer())
    }

    /// What it joins to this router, if that is one of its ends.
    pub(super) fn beyond(&self, router: &str) -> Option<&str> {
        if self.transit_router_id == router {
            Some(self.network.get().id())
        } else {
            self.network.peer().filter(|peer| *peer == router).map(|_| self.transit_router_id.as_str())
        }
    }
}

/// Who pays unless a grant says otherwise.
pub(super) fn cen_owner() -> String {
    "PayByCenOwner".to_owned()
}

/// `OrderType`, if a call has it.
pub(super) fn order_type<'a>(call: &Call<'a>) -> Result<Option<&'a str>, Refusal> {
    match call.params.filled("OrderType") {
        Some("PayByCenOwner" | "PayByResourceOwner") | None => Ok(call.params.filled("OrderType")),
        Some(_) => Err(illegal("OrderType")),
    }
}

/// Name and description, as far as a call has them.
fn texts<'a>(world: &World, call: &Call<'a>, row: &Row) -> Result<[Option<&'a str>; 2], Refusal> {
    let narrow = row.narrow_names && world.rules.settings.vpn_names == VpnNames::Narrow;
    let text = |name: &str, max: usize, is_name: bool| {
        let text = text::plain(call.params, name, max)?;
        let fits = !narrow || text.is_none_or(|text| text::is_narrow_text(text, max, is_name));
        if fits { Ok(text) } else { Err(illegal(name)) }
    };
    Ok([text("TransitRouterAttachmentName", 128, true)?, text("TransitRouterAttachmentDescription", 256, false)?])
}

/// `AutoPublishRouteEnabled`, if there is such a parameter and a call has it.
fn said_to_publish(call: &Call<'_>, row: &Row) -> Result<Option<bool>, Refusal> {
    match row.publish {
        Publish::AsSaid(_) => call.params.flag("AutoPublishRouteEnabled"),
        Publish::Always => Ok(None),
    }
}

/// Create of any type.
pub(super) fn create(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let mut network = (row.read)(call, &world.rules.settings)?;
    let [name, description] = texts(world, call, row)?.map(|text| text.unwrap_or_default().to_owned());
    let publish = said_to_publish(call, row)?;
    let tags = text::tags(call.params)?;
    let place = world.place_for_attachment(call)?;
    if world.is_attached(&network, &place) {
        return Err(row.taken.clone());
    }
    let order_type = world.payer(call, &mut network, &place)?;
    place.region.clone_into(network.get_mut().region());
    network.get_mut().place(world, call, &place)?;
    let router = place.router.unwrap_or_else(|| world.add_router(call, &place.cen, &place.region));
    let id = world.ids.object("tr-attach-");
    let attachment = Attachment {
        transit_router_attachment_id: id.clone(),
        account: call.account.to_owned(),
        cen_id: place.cen,
        transit_router_id: router,
        transit_router_attachment_name: name,
        transit_router_attachment_description: description,
        auto_publish_route_enabled: publish,
        order_type,
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
    let most = row.page_max.unwrap_or(world.rules.settings.attachment_page_max);
    let size = params.number("MaxResults", 1..=most)?.unwrap_or(most.min(20));
    let page = Marked::of(size.min(world.rules.settings.page_given.get()), params.filled("NextToken"))?;
    let tags = text::tags(params)?;
    let wanted = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
    let own_filters: Vec<_> = row.filters.iter().filter_map(|name| Some((*name, params.filled(name)?))).collect();
    // By its id, a peer attachment is found from either end.
    let by_id = params.filled("TransitRouterAttachmentId").is_some();
    let found: Vec<&Attachment> = world
        .attachments
        .values()
        .filter(|item| item.account == call.account && item.network.row().tag_type == row.tag_type)
        .filter(|item| {
            wanted("CenId", &item.cen_id)
                && wanted("TransitRouterId", &item.transit_router_id)
                && wanted("TransitRouterAttachmentId", &item.transit_router_attachment_id)
                && item.ends().take(if by_id { 2 } else { 1 }).any(|end| wanted("RegionId", world.region_of(end)))
        })
        .filter(|item| text::has_tags(&item.tags, &tags))
        .filter(|item| {
            own_filters.is_empty() || {
                let shown = shown(item);
                own_filters.iter().all(|(name, value)| shown.get(*name).is_some_and(|field| field == value))
            }
        })
        .collect();
    let total = found.len();
    let (items, next) = page.cut(found, |item| item.transit_router_attachment_id.as_str());
    let items: Vec<Map<String, Json>> = items.into_iter().map(shown).collect();
    Ok(fields(json!({
        "MaxResults": size, "NextToken": next, "TotalCount": total, "TransitRouterAttachments": items,
    })))
}

fn shown(item: &Attachment) -> Map<String, Json> {
    let row = item.network.row();
    let mut shown = fields(json!({
        "CenId": item.cen_id,
        "TransitRouterId": item.transit_router_id,
        "TransitRouterAttachmentId": item.transit_router_attachment_id,
        "TransitRouterAttachmentName": item.transit_router_attachment_name,
        "TransitRouterAttachmentDescription": item.transit_router_attachment_description,
        "Status": item.life.status.word(),
        "CreationTime": (row.time)(item.creation_time),
        "AutoPublishRouteEnabled": row.publishes(item.auto_publish_route_enabled),
        "Tags": item.tags,
    }));
    if row.owner.is_some() {
        shown.insert("OrderType".to_owned(), json!(item.order_type));
    }
    shown.extend(row.constants.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    shown.extend(item.network.fields());
    shown
}

/// Update of the attributes of any type.
pub(super) fn update(world: &mut World, call: &Call<'_>, row: &'static Row) -> Outcome {
    let id = call.params.required("TransitRouterAttachmentId")?;
    let [name, description] = texts(world, call, row)?;
    let publish = said_to_publish(call, row)?;
    let order = if row.owner.is_some() { order_type(call)? } else { None };
    let settings = world.rules.settings.clone();
    let item = world.settled_attachment(call, id, row)?;
    item.network.get_mut().update(call.params, &settings)?;
    for (new, field) in [
        (name, &mut item.transit_router_attachment_name),
        (description, &mut item.transit_router_attachment_description),
        (order, &mut item.order_type),
    ] {
        if let Some(new) = new {
            new.clone_into(field);
        }
    }
    item.auto_publish_route_enabled = publish.or(item.auto_publish_route_enabled);
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
    /// The region of a router.
    pub(super) fn region_of(&self, router: &str) -> &str {
        self.routers.get(router).map_or("", |router| router.region_id.as_str())
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
        if item.life.status.is_settled() { Ok(item) } else { Err(row.busy.clone()) }
    }

    /// Whether a network is attached already where it can be attached once.
    fn is_attached(&self, network: &Network, place: &Place) -> bool {
        let id = network.get().id();
        let exclusive = network.row().exclusive;
        self.attachments.values().any(|item| {
            let here = place.router.as_deref().and_then(|router| item.beyond(router)) == Some(id);
            here || exclusive && item.network.get().id() == id
        })
    }

    /// Where a new attachment goes to.
    fn place_for_attachment(&self, call: &Call<'_>) -> Result<Place, Refusal> {
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
                let message = "Either CenId or RegionId must be specified.";
                return Err(Refusal::new(400, "MissingParam.CenIdOrRegionId", message));
            };
            if !REGIONS.contains(&region) {
                return Err(illegal("RegionId"));
            }
            self.check_cen_for_child(call, cen)?;
            let Some(router) = self.router_in(cen, region) else {
                return Ok(Place { cen: cen.to_owned(), region: region.to_owned(), router: None });
            };
            router
        };
        self.check_cen_for_child(call, &router.cen_id)?;
        if router.r#type == Edition::Basic {
            return Err(ROUTER_TYPE);
        }
        if !router.life.status.is_settled() {
            return Err(ROUTER_BUSY);
        }
        let router_id = router.transit_router_id.clone();
        Ok(Place { cen: router.cen_id.clone(), region: router.region_id.clone(), router: Some(router_id) })
    }
}

#[cfg(test)]
mod tests;
