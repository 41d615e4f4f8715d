//! What the types of attachment do not share, one row a type (cloud-api 5.3, 6.1, 11).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Step};
use crate::kinds::listing::{Listing, Paging};
use crate::kinds::wire::{Params, Token, text_of};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// A type of attachment.
pub(super) struct Row {
    /// The value of the attribute `type`.
    pub(super) word: &'static str,
    /// The action that creates one.
    pub(super) create: &'static str,
    /// The action that changes its attributes.
    pub(super) update: &'static str,
    /// The action that deletes one.
    pub(super) delete: &'static str,
    /// Its name among the resource types of the tag calls.
    pub(super) tagged: &'static str,
    /// The attribute and the parameter that say what is attached; the list filters by the parameter.
    pub(super) network: (&'static str, &'static str),
    /// How its objects are listed.
    pub(super) listing: Listing,
    /// Adds what only this type takes when one is created.
    pub(super) creation: fn(&Attributes, Params) -> Params,
    /// The attributes that only this type changes by `update`.
    pub(super) changeable: &'static [&'static str],
    /// Adds the new values of those.
    pub(super) alteration: fn(&Alteration<'_>, Params) -> Params,
    /// The calls that change what `update` cannot.
    pub(super) steps: fn(&At<'_>, &Alteration<'_>) -> Vec<Step>,
}

/// The types.
pub(super) static ROWS: [Row; 1] = [Row {
    word: "vpc",
    create: "CreateTransitRouterVpcAttachment",
    update: "UpdateTransitRouterVpcAttachmentAttribute",
    delete: "DeleteTransitRouterVpcAttachment",
    tagged: "TRANSITROUTERVPCATTACHMENT",
    network: ("vpc_id", "VpcId"),
    listing: Listing {
        action: "ListTransitRouterVpcAttachments",
        field: "TransitRouterAttachments",
        wrapped: "TransitRouterAttachment",
        paging: Paging::Tokens,
        id: "TransitRouterAttachmentId",
        settled: &["Attached"],
        attributes: vpc_attributes,
    },
    creation: |attributes, params| {
        vpc_options(attributes.get("ipv6"), params).objects("ZoneMappings", zones(attributes))
    },
    changeable: &["ipv6"],
    alteration: |change, params| vpc_options(change.wanted("ipv6"), params),
    steps: vpc_zone_steps,
}];

/// The attributes that every type tells.
fn shared<'a>(item: &'a Json, word: &str) -> Live<'a> {
    let payer = answer::text(item, "OrderType")
        .and_then(|payer| PAYERS.iter().find(|(_, wire)| *wire == payer).map(|(word, _)| (*word).to_owned()));
    Live::of(item)
        .value("type", Some(word))
        .text("transit_router", "TransitRouterId")
        .text("cen", "CenId")
        .label("name", "TransitRouterAttachmentName")
        .label("description", "TransitRouterAttachmentDescription")
        .truth("auto_publish_routes", "AutoPublishRouteEnabled")
        .value("payer", payer)
        .tags()
}

/// Who pays: the words of the attribute `payer` and of `OrderType`.
pub(super) const PAYERS: [(&str, &str); 2] = [("cen_owner", "PayByCenOwner"), ("resource_owner", "PayByResourceOwner")];

fn vpc_attributes(item: &Json, region: Option<&Region>) -> Attributes {
    let mut zones = BTreeMap::new();
    for mapping in answer::items(item, "ZoneMappings", "ZoneMapping").into_iter().flatten() {
        let live = Live::of(mapping).text("zone_id", "ZoneId").text("vswitch_id", "VSwitchId").done();
        zones.insert((answer::text(mapping, "ZoneId"), answer::text(mapping, "VSwitchId")), Value::Map(live));
    }
    // An object, or, as it is sent, its text.
    let options = match item.get("TransitRouterVPCAttachmentOptions") {
        Some(Json::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(options) => options.clone(),
        None => Json::Null,
    };
    let ipv6 = answer::text(&options, "ipv6Support").is_some_and(|word| word.eq_ignore_ascii_case("enable"));
    shared(item, "vpc")
        .text("vpc_id", "VpcId")
        // A VPC is attached to a router of its own region.
        .value("region", answer::text(item, "VpcRegionId").or_else(|| region.map(ToString::to_string)))
        .value("zone_mappings", Some(Value::List(zones.into_values().collect())))
        .value("ipv6", Some(ipv6))
        .done()
}

fn vpc_options(ipv6: Option<&Value>, params: Params) -> Params {
    let Some(ipv6) = ipv6.and_then(Value::as_bool) else { return params };
    let word = if ipv6 { "enable" } else { "disable" };
    params.with("TransitRouterVPCAttachmentOptions", json!({ "ipv6Support": word }).to_string())
}

/// The zones of a VPC attachment and the vSwitch in each, as fields of a repeat list.
fn zones(attributes: &Attributes) -> Vec<Vec<(&'static str, &str)>> {
    let items = attributes.get("zone_mappings").and_then(Value::as_list).unwrap_or_default();
    let items = items.iter().filter_map(Value::as_map);
    items
        .map(|mapping| vec![("ZoneId", text_of(mapping, "zone_id")), ("VSwitchId", text_of(mapping, "vswitch_id"))])
        .collect()
}

/// One call that adds and removes zones, so that there is never none left.
fn vpc_zone_steps(at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
    if change.wanted("zone_mappings").is_none() {
        return Vec::new();
    }
    let (live, after) = (zones(change.live), zones(change.after));
    if live.iter().all(|zone| after.contains(zone)) && after.iter().all(|zone| live.contains(zone)) {
        return Vec::new();
    }
    let params = Params::default()
        .with("TransitRouterAttachmentId", at.id)
        .objects("AddZoneMappings", after.iter().filter(|zone| !live.contains(zone)).cloned())
        .objects("RemoveZoneMappings", live.iter().filter(|zone| !after.contains(zone)).cloned());
    vec![params.step("UpdateTransitRouterVpcAttachmentZones", Token::Taken)]
}
