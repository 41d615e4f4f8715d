//! What the types of attachment do not share, one row a type (cloud-api 5.3, 6.1, 11, 15).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::schema::SCHEMA;
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Step};
use crate::kinds::listing::{Listing, Paging};
use crate::kinds::schema::Type;
use crate::kinds::wire::{Params, Token, text_of};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// A type of attachment.
pub(super) struct Row {
    /// The value of the attribute `type`.
    pub(super) word: &'static str,
    /// Its actions.
    pub(super) actions: Actions,
    /// Its name among the resource types of the tag calls.
    pub(super) tagged: &'static str,
    /// The attribute that says what is attached, and its parameter, which is a field of the items, too.
    pub(super) network: (&'static str, &'static str),
    /// The field that tells the region of the router.
    region: &'static str,
    /// Whose network it may be; `None` where there is only the router's owner.
    pub(super) owner: Option<Owner>,
    /// Further attributes that are one parameter of `create` and, as far as they can change, of `update`, and one
    /// field of the items.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// How its objects are listed.
    pub(super) listing: Listing,
    /// What else it has.
    pub(super) special: Special,
}

/// The actions of a type but its list.
pub(super) struct Actions {
    /// Creates one.
    pub(super) create: &'static str,
    /// Changes its attributes.
    pub(super) update: &'static str,
    /// Deletes one.
    pub(super) delete: &'static str,
}

/// The account that owns a network.
pub(super) struct Owner {
    /// The parameter that names it, which is a field of the items, too.
    pub(super) parameter: &'static str,
    /// What the grants call such a network.
    pub(super) instance_type: &'static str,
}

/// What is no plain parameter.
pub(super) struct Special {
    /// Whether the list filters by the network.
    pub(super) filters: bool,
    /// Adds to a create.
    pub(super) creation: fn(&Attributes, Params) -> Params,
    /// The attributes that `alteration` takes to an update.
    pub(super) changeable: &'static [&'static str],
    /// Adds the new values of those.
    pub(super) alteration: fn(&Alteration<'_>, Params) -> Params,
    /// The calls that change what `update` cannot.
    pub(super) steps: fn(&At<'_>, &Alteration<'_>) -> Vec<Step>,
    /// Reads further attributes of an item.
    reading: for<'a> fn(&Json, Live<'a>) -> Live<'a>,
}

/// Nothing special.
const PLAIN: Special = Special {
    filters: false,
    creation: |_, params| params,
    changeable: &[],
    alteration: |_, params| params,
    steps: |_, _| Vec::new(),
    reading: |_, live| live,
};

/// The types, those first that a network has most of: their lists are read in this order.
pub(super) static ROWS: [&Row; 5] = [&VPC, &PEER, &VBR, &VPN, &ECR];

macro_rules! actions {
    ($kind:literal) => {
        Actions {
            create: concat!("CreateTransitRouter", $kind, "Attachment"),
            update: concat!("UpdateTransitRouter", $kind, "AttachmentAttribute"),
            delete: concat!("DeleteTransitRouter", $kind, "Attachment"),
        }
    };
}

const AUTO_PUBLISH: (&str, &str) = ("auto_publish_routes", "AutoPublishRouteEnabled");

/// What two of the lists answer for a region in which there can be none (cloud-api 11).
const NO_REGION: &[&str] = &["IllegalParam.Region"];

static VPC: Row = Row {
    word: "vpc",
    actions: actions!("Vpc"),
    tagged: "TRANSITROUTERVPCATTACHMENT",
    network: ("vpc_id", "VpcId"),
    region: "VpcRegionId",
    owner: Some(Owner { parameter: "VpcOwnerId", instance_type: "VPC" }),
    fields: &[AUTO_PUBLISH],
    listing: Listing {
        absent: NO_REGION,
        ..listing("ListTransitRouterVpcAttachments", |item, region| attributes(&VPC, item, region))
    },
    special: Special {
        filters: true,
        creation: |attributes, params| {
            vpc_options(attributes.get("ipv6"), params).objects("ZoneMappings", zones(attributes))
        },
        changeable: &["ipv6"],
        alteration: |change, params| vpc_options(change.wanted("ipv6"), params),
        steps: vpc_zone_steps,
        reading: vpc_reading,
    },
};

static PEER: Row = Row {
    word: "peer",
    actions: actions!("Peer"),
    tagged: "TRANSITROUTERPEERATTACHMENT",
    network: ("peer", "PeerTransitRouterId"),
    region: "RegionId",
    owner: None,
    fields: &[
        AUTO_PUBLISH,
        ("peer_region", "PeerTransitRouterRegionId"),
        ("bandwidth", "Bandwidth"),
        ("bandwidth_type", "BandwidthType"),
        ("bandwidth_package_id", "CenBandwidthPackageId"),
        ("link_type", "DefaultLinkType"),
    ],
    listing: Listing {
        absent: NO_REGION,
        ..listing("ListTransitRouterPeerAttachments", |item, region| attributes(&PEER, item, region))
    },
    special: PLAIN,
};

static VBR: Row = Row {
    word: "vbr",
    actions: actions!("Vbr"),
    tagged: "TransitRouterVbrAttachment",
    network: ("vbr_id", "VbrId"),
    region: "VbrRegionId",
    owner: Some(Owner { parameter: "VbrOwnerId", instance_type: "ExpressConnect" }),
    fields: &[AUTO_PUBLISH],
    listing: listing("ListTransitRouterVbrAttachments", |item, region| attributes(&VBR, item, region)),
    special: PLAIN,
};

static VPN: Row = Row {
    word: "vpn",
    actions: actions!("Vpn"),
    tagged: "TRANSITROUTERVPNATTACHMENT",
    network: ("vpn_id", "VpnId"),
    region: "VpnRegionId",
    owner: Some(Owner { parameter: "VpnOwnerId", instance_type: "VPN" }),
    fields: &[AUTO_PUBLISH, ("charge_type", "ChargeType")],
    listing: listing("ListTransitRouterVpnAttachments", |item, region| attributes(&VPN, item, region)),
    special: Special { creation: vpn_zones, reading: vpn_reading, ..PLAIN },
};

static ECR: Row = Row {
    word: "ecr",
    actions: actions!("Ecr"),
    tagged: "TRANSITROUTERECRATTACHMENT",
    network: ("ecr_id", "EcrId"),
    region: "TransitRouterRegionId",
    owner: Some(Owner { parameter: "EcrOwnerId", instance_type: "ECR" }),
    fields: &[],
    listing: listing("ListTransitRouterEcrAttachments", |item, region| attributes(&ECR, item, region)),
    special: PLAIN,
};

const fn listing(action: &'static str, attributes: fn(&Json, Option<&Region>) -> Attributes) -> Listing {
    Listing {
        action,
        field: "TransitRouterAttachments",
        wrapped: "TransitRouterAttachment",
        paging: Paging::Tokens,
        id: "TransitRouterAttachmentId",
        absent: &[],
        settled: &["Attached"],
        attributes,
    }
}

/// Who pays: the words of the attribute `payer` and of `OrderType`.
pub(super) const PAYERS: [(&str, &str); 2] = [("cen_owner", "PayByCenOwner"), ("resource_owner", "PayByResourceOwner")];

/// The attributes of an item of a type's list.
fn attributes(row: &Row, item: &Json, region: Option<&Region>) -> Attributes {
    let payer = answer::text(item, "OrderType")
        .and_then(|payer| PAYERS.iter().find(|(_, wire)| *wire == payer).map(|(word, _)| (*word).to_owned()));
    let (network, field) = row.network;
    let live = Live::of(item)
        .value("type", Some(row.word))
        .text("transit_router", "TransitRouterId")
        .text("cen", "CenId")
        .value("region", answer::text(item, row.region).or_else(|| region.map(ToString::to_string)))
        .text(network, field)
        .label("name", "TransitRouterAttachmentName")
        .label("description", "TransitRouterAttachmentDescription")
        .value("payer", payer)
        .tags();
    let live = row.owner.iter().fold(live, |live, owner| live.text("owner", owner.parameter));
    let live = row.fields.iter().fold(live, |live, (name, field)| match SCHEMA.attribute(name).map(|its| its.ty) {
        Some(Type::Bool) => live.truth(name, field),
        Some(Type::Int(..)) => live.int(name, field),
        _ => live.text(name, field),
    });
    (row.special.reading)(item, live).done()
}

fn vpc_reading<'a>(item: &Json, live: Live<'a>) -> Live<'a> {
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
    live.value("zone_mappings", Some(Value::List(zones.into_values().collect()))).value("ipv6", Some(ipv6))
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

fn vpn_zones(attributes: &Attributes, params: Params) -> Params {
    let zones = attributes.get("zones").and_then(Value::as_list).unwrap_or_default();
    params.objects("Zone", zones.iter().filter_map(Value::as_text).map(|zone| vec![("ZoneId", zone)]))
}

/// A VPN connection with two tunnels has no zones of its own: left out like empty text.
fn vpn_reading<'a>(item: &Json, live: Live<'a>) -> Live<'a> {
    let zones = answer::items(item, "Zones", "Zone").into_iter().flatten();
    let zones: BTreeSet<_> = zones.filter_map(|zone| answer::text(zone, "ZoneId")).collect();
    let zones: Vec<_> = zones.into_iter().map(Value::Text).collect();
    live.value("zones", Some(zones).filter(|zones| !zones.is_empty()).map(Value::List))
}
