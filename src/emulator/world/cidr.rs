//! The address blocks of a router, changed one by one (cloud-api 15).

use std::net::IpAddr;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::call::{Action, Call, DryRun, Outcome, fields, illegal};
use super::ids::Ids;
use super::router::Router;
use super::state::World;
use super::text::{self, is_text};
use crate::emulator::message::Refusal;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterCidr", create, DryRun::Refuses),
    Action::write("ModifyTransitRouterCidr", modify, DryRun::Refuses),
    Action::write("DeleteTransitRouterCidr", delete, DryRun::Refuses),
    // A read that can be tried, by the SDKs' own words.
    Action { dry_run: DryRun::Refuses, ..Action::read("ListTransitRouterCidr", list) },
];

/// An address block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Cidr {
    pub(super) transit_router_cidr_id: String,
    pub(super) cidr: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default = "published")]
    pub(super) publish_cidr_route: bool,
}

const fn published() -> bool {
    true
}

const OVERLAP: Refusal = Refusal::new(400, "OverLappingExist.Cidr", "The cidr overlapping exist.");

/// The blocks of a `TransitRouterCidrList`: one JSON text.
pub(super) fn read_list(text: &str) -> Result<Vec<Cidr>, Refusal> {
    let wrong = || illegal("TransitRouterCidrList");
    let items: Vec<Map<String, Json>> = serde_json::from_str(text).map_err(|_| wrong())?;
    let mut cidrs: Vec<Cidr> = Vec::new();
    for item in items {
        let word = |name: &str| item.get(name).map_or(Some(""), Json::as_str).ok_or_else(wrong);
        let cidr = Cidr {
            transit_router_cidr_id: String::new(),
            cidr: word("Cidr")?.to_owned(),
            name: word("Name")?.to_owned(),
            description: word("Description")?.to_owned(),
            publish_cidr_route: item.get("PublishCidrRoute").map_or(Some(true), Json::as_bool).ok_or_else(wrong)?,
        };
        if !is_text(&cidr.name, 128) || !is_text(&cidr.description, 256) {
            return Err(wrong());
        }
        check_block(&cidr.cidr, &cidrs, "")?;
        cidrs.push(cidr);
    }
    Ok(cidrs)
}

impl Cidr {
    /// The block with an id of its own.
    pub(super) fn with_id(self, ids: &mut Ids) -> Self {
        Self { transit_router_cidr_id: ids.object("trcidr-"), ..self }
    }
}

/// First address and prefix length of a block.
fn parse(block: &str) -> Option<(u128, u8, bool)> {
    let (address, length) = block.split_once('/')?;
    let length: u8 = length.parse().ok()?;
    let (bits, width, v6) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32, false),
        IpAddr::V6(address) => (address.to_bits(), 128, true),
    };
    let host_bits = bits.checked_shl(u32::from(length)).unwrap_or(0);
    (length <= width && host_bits == 0).then_some((bits, length, v6))
}

/// How many blocks a router can have, how long their masks are, and what none of them can be in (the page of
/// `CreateTransitRouterCidr`, which speaks of IPv4 only and does not say how each is refused).
const MAX_BLOCKS: usize = 5;
const LENGTHS: RangeInclusive<u8> = 16..=24;
const RESERVED: [&str; 4] = ["100.64.0.0/10", "224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16"];

fn check_block(block: &str, others: &[Cidr], own_id: &str) -> Result<(), Refusal> {
    let (bits, length, v6) = parse(block).ok_or_else(|| illegal("Cidr"))?;
    let overlaps = |(other, other_length, other_v6): (u128, u8, bool)| {
        let shared = 128 - u32::from(length.min(other_length));
        v6 == other_v6 && bits.checked_shr(shared) == other.checked_shr(shared)
    };
    let is_reserved = RESERVED.into_iter().filter_map(parse).any(overlaps);
    let is_one_more = own_id.is_empty() && others.len() >= MAX_BLOCKS;
    if is_one_more || !v6 && (is_reserved || !LENGTHS.contains(&length)) {
        return Err(illegal("Cidr"));
    }
    let others = others.iter().filter(|other| other.transit_router_cidr_id != own_id || own_id.is_empty());
    if others.filter_map(|other| parse(&other.cidr)).any(overlaps) { Err(OVERLAP) } else { Ok(()) }
}

fn router_of<'w>(world: &'w mut World, call: &Call<'_>) -> Result<&'w mut Router, Refusal> {
    let region = call.params.required("RegionId")?;
    world.settled_router(call, call.params.required("TransitRouterId")?, Some(region))
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let block = call.params.required("Cidr")?.to_owned();
    let name = text::plain(call.params, "Name", 128)?.unwrap_or_default().to_owned();
    let description = text::plain(call.params, "Description", 256)?.unwrap_or_default().to_owned();
    let publish_cidr_route = call.params.flag("PublishCidrRoute")?.unwrap_or(true);
    check_block(&block, &router_of(world, call)?.transit_router_cidr_list, "")?;
    let cidr = Cidr { transit_router_cidr_id: String::new(), cidr: block, name, description, publish_cidr_route }
        .with_id(&mut world.ids);
    let id = cidr.transit_router_cidr_id.clone();
    router_of(world, call)?.transit_router_cidr_list.push(cidr);
    Ok(fields(json!({ "TransitRouterCidrId": id })))
}

fn modify(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("TransitRouterCidrId")?;
    let name = text::plain(call.params, "Name", 128)?;
    let description = text::plain(call.params, "Description", 256)?;
    let publish = call.params.flag("PublishCidrRoute")?;
    let block = call.params.filled("Cidr");
    let cidrs = &mut router_of(world, call)?.transit_router_cidr_list;
    if let Some(block) = block {
        check_block(block, cidrs, id)?;
    }
    let cidr = cidrs.iter_mut().find(|cidr| cidr.transit_router_cidr_id == id).ok_or_else(not_found)?;
    for (new, field) in [(block, &mut cidr.cidr), (name, &mut cidr.name), (description, &mut cidr.description)] {
        if let Some(new) = new {
            new.clone_into(field);
        }
    }
    cidr.publish_cidr_route = publish.unwrap_or(cidr.publish_cidr_route);
    Ok(fields(json!({})))
}

fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("TransitRouterCidrId")?;
    let cidrs = &mut router_of(world, call)?.transit_router_cidr_list;
    let position = cidrs.iter().position(|cidr| cidr.transit_router_cidr_id == id).ok_or_else(not_found)?;
    cidrs.remove(position);
    Ok(fields(json!({})))
}

fn not_found() -> Refusal {
    Refusal::new(400, "InvalidTransitRouterCidrId.NotFound", "The TransitRouterCidrId is not found.")
}

fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let region = call.params.required("RegionId")?;
    let id = call.params.required("TransitRouterId")?;
    let wanted = call.params.filled("TransitRouterCidrId");
    let cidrs: Vec<Json> = world
        .routers
        .get(id)
        .filter(|router| router.account == call.account && router.region_id == region)
        .into_iter()
        .flat_map(|router| &router.transit_router_cidr_list)
        .filter(|cidr| wanted.is_none_or(|wanted| wanted == cidr.transit_router_cidr_id))
        .map(|cidr| {
            json!({
                "TransitRouterCidrId": cidr.transit_router_cidr_id,
                "TransitRouterId": id,
                "Cidr": cidr.cidr,
                "Family": if cidr.cidr.contains(':') { "IPv6" } else { "IPv4" },
                "Name": cidr.name,
                "Description": cidr.description,
                "PublishCidrRoute": cidr.publish_cidr_route,
            })
        })
        .collect();
    Ok(fields(json!({ "CidrLists": cidrs })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn blocks_of_a_router_are_changed_one_by_one() {
        let mut cloud = Cloud::new();
        let cen = cloud.cen();
        let list = r#"[{"Cidr": "10.0.0.0/24", "Name": "first", "PublishCidrRoute": false}]"#;
        let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou"), ("TransitRouterCidrList", list)];
        let router = cloud.ok("CreateTransitRouter", &params)["TransitRouterId"].as_str().unwrap().to_owned();
        cloud.wait();
        let on = |extra: &[(&'static str, String)]| -> Vec<(&'static str, String)> {
            let base = [("RegionId", "cn-hangzhou".to_owned()), ("TransitRouterId", router.clone())];
            base.into_iter().chain(extra.iter().cloned()).collect()
        };
        let second = cloud.ok_owned("CreateTransitRouterCidr", &on(&[("Cidr", "10.0.1.0/24".to_owned())]));
        let id = second["TransitRouterCidrId"].as_str().unwrap().to_owned();
        let overlap = on(&[("Cidr", "10.0.0.0/16".to_owned())]);
        assert_eq!(cloud.code_owned("CreateTransitRouterCidr", &overlap), "OverLappingExist.Cidr");
        let same = [("TransitRouterCidrId", id.clone()), ("Cidr", "10.0.2.0/24".to_owned()), ("Name", "n".to_owned())];
        cloud.ok_owned("ModifyTransitRouterCidr", &on(&same));
        let listed = cloud.ok_owned("ListTransitRouterCidr", &on(&[("TransitRouterCidrId", id.clone())]));
        assert_eq!(listed["CidrLists"][0]["Cidr"], "10.0.2.0/24");
        assert_eq!(listed["CidrLists"][0]["Family"], "IPv4");
        let trial = on(&[("DryRun", "true".to_owned())]);
        assert_eq!(cloud.code_owned("ListTransitRouterCidr", &trial), "DryRunOperation");
        assert_eq!(cloud.code("ListTransitRouterCidr", &[("RegionId", "cn-hangzhou")]), "MissingParam.TransitRouterId");
        cloud.ok_owned("DeleteTransitRouterCidr", &on(&[("TransitRouterCidrId", id.clone())]));
        let gone = on(&[("TransitRouterCidrId", id)]);
        assert_eq!(cloud.code_owned("DeleteTransitRouterCidr", &gone), "InvalidTransitRouterCidrId.NotFound");
        let routers = cloud.ok("ListTransitRouters", &[]);
        let left = &routers["TransitRouters"][0]["TransitRouterCidrList"];
        assert_eq!((left.as_array().unwrap().len(), &left[0]["PublishCidrRoute"]), (1, &json!(false)));
    }

    #[test]
    fn a_block_is_a_network_in_cidr_form() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "2001:db8::/32", "::1/128"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in ["10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "x/8", "2001:db8::1/64", "10.0.0.0/-1"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        for list in ["{}", "[1]", r#"[{"Cidr":1}]"#, r#"[{"Cidr":"10.0.0.0/16","Name":"http://x"}]"#] {
            assert_eq!(read_list(list).unwrap_err().code, "IllegalParam.TransitRouterCidrList", "{list}");
        }
        let list = |blocks: &[String]| json!(blocks.iter().map(|block| json!({ "Cidr": block })).collect::<Vec<_>>());
        let blocks = |count: usize| (0..count).map(|n| format!("10.{n}.0.0/16")).collect::<Vec<_>>();
        assert_eq!(read_list(&list(&blocks(5)).to_string()).unwrap().len(), 5);
        assert_eq!(read_list(&list(&blocks(6)).to_string()).unwrap_err().code, "IllegalParam.Cidr");
        for block in
            ["", "10.0.0.0/15", "10.0.0.0/25", "100.64.0.0/16", "127.1.0.0/24", "169.254.0.0/16", "239.0.0.0/20"]
        {
            assert_eq!(
                read_list(&list(&[block.to_owned()]).to_string()).unwrap_err().code,
                "IllegalParam.Cidr",
                "{block}"
            );
        }
    }
}
