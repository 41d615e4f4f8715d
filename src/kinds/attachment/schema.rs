//! The attributes of an attachment (cloud-api 5.3, 7, 11, 15).

use std::time::Duration;

use crate::kinds::schema::{Attribute, Change, Durations, Literal, Schema, Type, Violation, type_of};
use crate::kinds::text;
use crate::model::address::Kind;
use crate::model::value::{Attributes, Value};

/// The types whose network may be another account's.
const OWNED: &[&str] = &["vpc", "vbr", "vpn", "ecr"];

/// One zone of a VPC attachment.
static ZONE_MAPPING: Type = Type::Object(&[
    Attribute::new("zone_id", Type::Text(&text::NOT_EMPTY), "The zone.").required(),
    Attribute::new("vswitch_id", Type::Text(&text::VSWITCH_ID), "The vSwitch in that zone.").required(),
]);

/// A zone.
static ZONE: Type = Type::Text(&text::NOT_EMPTY);

const fn minutes(create: u64, update: u64, delete: u64) -> Durations {
    Durations {
        create: Duration::from_mins(create),
        update: Duration::from_mins(update),
        delete: Duration::from_mins(delete),
    }
}

/// A peer attachment is held to its bandwidth (domain 2).
fn other_bandwidth(before: &Value, after: &Value) -> Option<String> {
    let less = after.as_int()? < before.as_int()?;
    Some(if less { "the link carries less (in Mbit/s)" } else { "the link carries more (in Mbit/s)" }.to_owned())
}

/// Without published routes, what is attached does not find the other networks by itself.
fn publishing(_: &Value, after: &Value) -> Option<String> {
    let words = if after.as_bool()? { "are published to" } else { "are no longer published to" };
    Some(format!("the router's routes {words} what is attached"))
}

fn rules(attributes: &Attributes) -> Vec<Violation> {
    if type_of(attributes) != Some("peer") {
        return Vec::new();
    }
    let violation = |attribute, message: &str, help: &str| Violation {
        attribute,
        message: message.to_owned(),
        help: help.to_owned(),
    };
    let mut violations = Vec::new();
    let peer = attributes.get("peer");
    if peer.is_some() && peer == attributes.get("transit_router") {
        let message = "A peer attachment connects two routers, and both of its ends are the same one.";
        violations.push(violation("peer", message, "Name the other router as peer."));
    }
    let has = |name: &str, word: &str| attributes.get(name).and_then(Value::as_text) == Some(word);
    // What the service takes where bandwidth_type is left out is not documented.
    if has("bandwidth_type", "BandwidthPackage") && !attributes.contains_key("bandwidth_package_id") {
        let message = "bandwidth_type: BandwidthPackage needs the bandwidth package that it takes from.";
        let help = "Add bandwidth_package_id: cenbwp-…, or write bandwidth_type: DataTransfer.";
        violations.push(violation("bandwidth_package_id", message, help));
    }
    if has("link_type", "Platinum") && has("bandwidth_type", "BandwidthPackage") {
        let message = "A Platinum link goes with bandwidth_type: DataTransfer only.";
        let help = "Write bandwidth_type: DataTransfer, or take link_type: Platinum out.";
        violations.push(violation("link_type", message, help));
    }
    violations
}

/// The schema.
pub static SCHEMA: Schema = Schema {
    kind: Kind::Attachment,
    doc: "A network instance connection of a transit router.",
    attributes: &[
        Attribute::new("type", Type::OneOf(&["vpc", "vbr", "vpn", "ecr", "peer"]), "What is attached.")
            .required()
            .replaces(),
        Attribute::new("transit_router", Type::Reference(Kind::TransitRouter), "The router that it is attached to.")
            .required()
            .replaces(),
        Attribute::new("name", Type::Text(&text::NAME), "The name shown in the console. Left out: not managed."),
        Attribute::new("description", Type::Text(&text::DESCRIPTION), "A description.").default(Literal::Text("")),
        Attribute::new("tags", Type::Tags, "Tags, at most 20.").default(Literal::EmptyMap),
        Attribute::new(
            "force_delete",
            Type::Bool,
            "Whether deleting it also deletes its associations and learned routes.",
        )
        .default(Literal::Bool(false))
        .changes(Change::NotCompared),
        Attribute::new("payer", Type::OneOf(&["cen_owner", "resource_owner"]), "Who pays for it.")
            .default(Literal::Text("cen_owner"))
            .after_create()
            .only(OWNED),
        Attribute::new(
            "owner",
            Type::Text(&text::ACCOUNT),
            "The account that owns the network, by its name or its id of 16 digits. Left out: the router's own.",
        )
        .replaces()
        .only(OWNED),
        Attribute::new(
            "grant",
            Type::Bool,
            "Whether cenform grants the network to the CEN with its owner's credentials, rather than the owner. It \
             revokes the grant once nothing of the stack is attached by it, also one that was there before.",
        )
        .default(Literal::Bool(false))
        .changes(Change::NotCompared)
        .only(OWNED),
        Attribute::new("vpc_id", Type::Text(&text::VPC_ID), "The VPC.").required().replaces().only(&["vpc"]),
        Attribute::new(
            "zone_mappings",
            Type::Set { item: &ZONE_MAPPING, min: 1, max: 10, key: Some("zone_id") },
            "The zones and the vSwitch in each that the router's network interfaces are made in.",
        )
        .required()
        .only(&["vpc"]),
        Attribute::new("vbr_id", Type::Text(&text::VBR_ID), "The virtual border router.")
            .required()
            .replaces()
            .only(&["vbr"]),
        Attribute::new("vpn_id", Type::Text(&text::VPN_ID), "The IPsec connection.")
            .required()
            .replaces()
            .only(&["vpn"]),
        Attribute::new(
            "zones",
            Type::Set { item: &ZONE, min: 1, max: 10, key: None },
            "The zones of an IPsec connection with one tunnel. Left out: it has two.",
        )
        .replaces()
        .only(&["vpn"]),
        Attribute::new("charge_type", Type::OneOf(&["POSTPAY"]), "How it is billed.")
            .default(Literal::Text("POSTPAY"))
            .replaces()
            .only(&["vpn"]),
        Attribute::new("ecr_id", Type::Text(&text::ECR_ID), "The Express Connect router.")
            .required()
            .replaces()
            .only(&["ecr"]),
        Attribute::new("peer", Type::Reference(Kind::TransitRouter), "The router at the other end.")
            .required()
            .replaces()
            .only(&["peer"]),
        Attribute::new("peer_region", Type::Text(&text::REGION), "The region of the router at the other end.")
            .derived(&[("peer", "region")])
            .only(&["peer"]),
        Attribute::new("bandwidth", Type::Int(1, 10_000_000), "The most that it carries, in Mbit/s.")
            .only(&["peer"])
            .means(other_bandwidth),
        Attribute::new(
            "bandwidth_type",
            Type::OneOf(&["DataTransfer", "BandwidthPackage"]),
            "Whether the traffic is billed by volume, or its bandwidth comes from a package.",
        )
        .only(&["peer"]),
        Attribute::new(
            "bandwidth_package_id",
            Type::Text(&text::BANDWIDTH_PACKAGE_ID),
            "The bandwidth package, which must be bound to the CEN.",
        )
        .only(&["peer"]),
        Attribute::new(
            "link_type",
            Type::OneOf(&["Gold", "Platinum"]),
            "The quality of the link; Platinum only where bandwidth_type is DataTransfer.",
        )
        .default(Literal::Text("Gold"))
        .only(&["peer"]),
        Attribute::new(
            "auto_publish_routes",
            Type::Bool,
            "Whether the router's routes are published to what is attached.",
        )
        .default(Literal::Bool(false))
        .default_by_type(&[("vpn", Literal::Bool(true))])
        .only(&["vpc", "vbr", "vpn", "peer"])
        .means(publishing),
        Attribute::new("ipv6", Type::Bool, "Whether it carries IPv6.").default(Literal::Bool(false)).only(&["vpc"]),
        Attribute::new("cen", Type::Text(&text::CEN_ID), "The CEN of its router.")
            .derived(&[("transit_router", "cen")]),
        Attribute::new("region", Type::Text(&text::REGION), "The region of its router.")
            .derived(&[("transit_router", "region")]),
    ],
    natural_key: &["transit_router", "vpc_id", "vbr_id", "vpn_id", "ecr_id", "peer"],
    timeouts: minutes(5, 5, 5),
    timeouts_by_type: &[("vpc", minutes(42, 8, 20)), ("vbr", minutes(10, 5, 15)), ("vpn", minutes(17, 5, 8))],
    usual: Durations {
        create: Duration::from_mins(1),
        update: Duration::from_secs(15),
        delete: Duration::from_mins(1),
    },
    deleted: "what it attaches is cut off from the router",
    replaced: "what it attaches is cut off until the new one is there",
    holds_data: false,
    whole_object_update: false,
    rules,
};

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn attributes(json: Json) -> Attributes {
        Value::from(json).as_map().unwrap().clone()
    }

    #[test]
    fn rules_of_a_peer() {
        let id = || Value::reference(&crate::model::address::Address::new(Kind::Cen, "c"), "name");
        let broken = |own: Json, unknown: &[&str]| {
            let mut peer = attributes(json!({ "type": "peer", "transit_router": "tr-1", "peer": "tr-2" }));
            peer.extend(attributes(own));
            peer.extend(unknown.iter().map(|name| ((*name).to_owned(), id())));
            rules(&peer).into_iter().map(|violation| violation.attribute).collect::<Vec<_>>()
        };
        for (own, unknown, at) in [
            (json!({}), &[][..], &[][..]),
            (json!({ "peer": "tr-1" }), &[], &["peer"]),
            (json!({}), &["transit_router", "peer"], &["peer"]),
            (json!({ "bandwidth_type": "BandwidthPackage", "bandwidth_package_id": "cenbwp-1" }), &[], &[]),
            (json!({ "bandwidth_type": "BandwidthPackage" }), &[], &["bandwidth_package_id"]),
            (json!({ "bandwidth_package_id": "cenbwp-1" }), &[], &[]),
            (json!({ "bandwidth_type": "BandwidthPackage" }), &["bandwidth_package_id"], &[]),
            (json!({ "bandwidth_package_id": "cenbwp-1", "link_type": "Platinum" }), &["bandwidth_type"], &[]),
            (json!({ "link_type": "Platinum", "bandwidth_type": "DataTransfer" }), &[], &[]),
            (json!({ "link_type": "Platinum" }), &[], &[]),
            (
                json!({ "link_type": "Platinum", "bandwidth_type": "BandwidthPackage", "bandwidth_package_id": "cenbwp-1" }),
                &[],
                &["link_type"],
            ),
        ] {
            assert_eq!(broken(own.clone(), unknown), at, "{own} {unknown:?}");
        }
        assert_eq!(rules(&attributes(json!({ "type": "vpc", "link_type": "Platinum" }))), []);
    }

    #[test]
    fn defaults_and_time_outs_depend_on_the_type() {
        let publish = SCHEMA.attribute("auto_publish_routes").unwrap();
        let minutes = |ty| {
            let Durations { create, update, delete } = SCHEMA.timeouts_for(Some(ty));
            [create, update, delete].map(|limit| limit.as_secs() / 60)
        };
        for (ty, published, limits) in [
            ("vpc", false, [42, 8, 20]),
            ("vbr", false, [10, 5, 15]),
            ("vpn", true, [17, 5, 8]),
            ("ecr", false, [5, 5, 5]),
            ("peer", false, [5, 5, 5]),
        ] {
            assert_eq!(publish.default_for(Some(ty)), Some(Value::Bool(published)), "{ty}");
            assert_eq!(minutes(ty), limits, "{ty}");
        }
    }

    #[test]
    fn what_no_two_can_share_is_the_same_from_either_end() {
        let key = |own: Json| {
            let own = attributes(own);
            SCHEMA.natural_key_of(&own).into_iter().map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let peers = |here: &str, there: &str| key(json!({ "type": "peer", "transit_router": here, "peer": there }));
        assert_eq!(peers("tr-1", "tr-2"), peers("tr-2", "tr-1"));
        assert_ne!(peers("tr-1", "tr-2"), peers("tr-1", "tr-3"));
        let vpc =
            |router: &str| key(json!({ "type": "vpc", "transit_router": router, "vpc_id": "vpc-1", "name": "x" }));
        assert_eq!(vpc("tr-1"), ["tr-1".into(), "vpc-1".into()]);
        assert_ne!(vpc("tr-1"), vpc("tr-2"));
    }

    #[test]
    fn ids_are_of_their_kind_and_whole() {
        for (name, good, bad) in [
            ("vpc_id", "vpc-bp1h8vbrbcgohcju5abcd", ["vbr-1", "vpc-bp1h8vbrbcgohcju5****"]),
            ("vbr_id", "vbr-1", ["vpc-1", "vbr-****"]),
            ("vpn_id", "vco-1", ["vpn-1", "vco-x****"]),
            ("ecr_id", "ecr-mezk2idmsd0vx2abcd", ["vco-1", "ecr-mezk2idmsd0vx2****"]),
            ("bandwidth_package_id", "cenbwp-abc123456", ["cen-1", "cenbwp-****"]),
            ("owner", "1000000000000002", ["100000000000002", "acs:1"]),
            ("owner", "app-prod", ["App", ""]),
        ] {
            let attribute = SCHEMA.attribute(name).unwrap();
            let faults = |text: &str| crate::kinds::check::check(attribute, &text.into()).len();
            assert_eq!((faults(good), faults(bad[0]), faults(bad[1])), (0, 1, 1), "{name}");
        }
    }
}
