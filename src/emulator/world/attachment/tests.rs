use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::emulator::options::Settings;
use crate::emulator::world::testing::Cloud;

/// The official facts about the service: what each list shows.
fn documented_fields(action: &str) -> BTreeSet<String> {
    let facts: Json = serde_json::from_str(include_str!("../../../../tests/data/api-meta.json")).unwrap();
    let answer = &facts["products"]["Cbn"]["actions"][action]["response"]["TransitRouterAttachments"];
    answer["items"]["fields"].as_object().unwrap().keys().cloned().collect()
}

/// One type of attachment, as the documents have it.
struct Type {
    word: &'static str,
    create: &'static [(&'static str, &'static str)],
    resource: &'static str,
    publishes: bool,
    busy: &'static str,
    /// What `DryRun=true` makes of create, update and delete: refused, or answered like a real call.
    refuses_trial: [bool; 3],
    shown: &'static [(&'static str, &'static str)],
}

static TYPES: [Type; 5] = [
    Type {
        word: "Vpc",
        create: &[
            ("VpcId", "vpc-1"),
            ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
            ("ZoneMappings.1.VSwitchId", "vsw-1"),
        ],
        resource: "VPC",
        publishes: false,
        busy: "IncorrectStatus.Attachment",
        refuses_trial: [true, false, false],
        shown: &[("VpcId", "vpc-1"), ("VpcRegionId", "cn-hangzhou"), ("ChargeType", "POSTPAY")],
    },
    Type {
        word: "Vbr",
        create: &[("VbrId", "vbr-1")],
        resource: "VBR",
        publishes: false,
        busy: "IncorrectStatus.Status",
        refuses_trial: [false, true, false],
        shown: &[("VbrId", "vbr-1"), ("VbrRegionId", "cn-hangzhou")],
    },
    Type {
        word: "Vpn",
        create: &[("VpnId", "vco-1"), ("Zone.1.ZoneId", "cn-hangzhou-h"), ("ChargeType", "POSTPAY")],
        resource: "VPN",
        publishes: true,
        busy: "IncorrectStatus.Status",
        refuses_trial: [true, true, true],
        shown: &[("VpnId", "vco-1"), ("VpnRegionId", "cn-hangzhou"), ("ChargeType", "POSTPAY")],
    },
    Type {
        word: "Ecr",
        create: &[("EcrId", "ecr-1")],
        resource: "ECR",
        publishes: true,
        busy: "IncorrectStatus.TransitRouterAttachment",
        refuses_trial: [true, false, false],
        shown: &[("EcrId", "ecr-1"), ("TransitRouterRegionId", "cn-hangzhou")],
    },
    Type {
        word: "Peer",
        create: &[("BandwidthType", "DataTransfer"), ("Bandwidth", "10"), ("PeerTransitRouterId", THERE)],
        resource: "TR",
        publishes: false,
        busy: "IncorrectStatus.Status",
        refuses_trial: [false, false, false],
        shown: &[
            ("RegionId", "cn-hangzhou"),
            ("PeerTransitRouterRegionId", "cn-shanghai"),
            ("BandwidthType", "DataTransfer"),
            ("DefaultLinkType", "Gold"),
            ("CenBandwidthPackageId", ""),
        ],
    },
];

fn of(word: &str) -> &'static Type {
    TYPES.iter().find(|kind| kind.word == word).unwrap()
}

/// Stands for the id of the router in cn-shanghai.
const THERE: &str = "THERE";

/// A CEN with a router in cn-hangzhou and one in cn-shanghai.
fn cloud(settings: &[&str]) -> (Cloud, String, String) {
    let mut known = Settings::default();
    for setting in settings {
        known.set(setting).unwrap();
    }
    let mut cloud = Cloud::with(known);
    let (cen, here) = cloud.router();
    let there = cloud.router_in(&cen, "cn-shanghai");
    (cloud, here, there)
}

/// The parameters with what `extra` changes; an empty value takes one away.
fn with<'a>(base: &[(&'a str, &'a str)], extra: &[(&'a str, &'a str)], there: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = base.iter().filter(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    kept.chain(extra).map(|(name, value)| (*name, if *value == THERE { there } else { *value })).collect()
}

impl Type {
    fn action(&self, verb: &str) -> String {
        match verb {
            "List" => format!("ListTransitRouter{}Attachments", self.word),
            "Update" => format!("UpdateTransitRouter{}AttachmentAttribute", self.word),
            verb => format!("{verb}TransitRouter{}Attachment", self.word),
        }
    }

    fn one(&self, cloud: &mut Cloud, id: &str) -> Json {
        cloud.ok(&self.action("List"), &[("TransitRouterAttachmentId", id)])["TransitRouterAttachments"][0].clone()
    }

    fn create(&self, cloud: &mut Cloud, here: &str, there: &str, extra: &[(&str, &str)]) -> Result<String, String> {
        let base = [&[("TransitRouterId", here)], self.create].concat();
        let made = cloud.call(&self.action("Create"), &with(&base, extra, there));
        made.map(|made| made["TransitRouterAttachmentId"].as_str().unwrap().to_owned())
            .map_err(|refusal| refusal.code.into_owned())
    }
}

#[test]
fn every_type_is_created_changed_and_deleted_in_its_own_time() {
    for kind in &TYPES {
        let (mut cloud, here, there) = cloud(&[]);
        let named = [("TransitRouterAttachmentName", "first"), ("Tag.1.Key", "k")];
        let id = kind.create(&mut cloud, &here, &there, &named).unwrap();
        let this = ("TransitRouterAttachmentId", id.as_str());
        assert_eq!(kind.one(&mut cloud, &id)["Status"], "Attaching", "{}", kind.word);
        assert_eq!(cloud.code(&kind.action("Delete"), &[this]), kind.busy);
        cloud.wait();

        let shown = kind.one(&mut cloud, &id);
        let fields: BTreeSet<String> = shown.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, documented_fields(&kind.action("List")), "{}", kind.word);
        assert_eq!((&shown["Status"], &shown["ResourceType"]), (&json!("Attached"), &json!(kind.resource)));
        assert_eq!(shown["TransitRouterAttachmentName"], "first");
        assert_eq!(shown["AutoPublishRouteEnabled"], kind.publishes, "{}", kind.word);
        assert_eq!(shown["Tags"], json!([{ "Key": "k", "Value": "" }]));
        for (name, value) in kind.shown {
            assert_eq!(shown[name], *value, "{} {name}", kind.word);
        }
        let owner =
            if kind.word == "Peer" { "PeerTransitRouterOwnerId".to_owned() } else { format!("{}OwnerId", kind.word) };
        assert_eq!(shown[&owner], 1_000_000_000_000_001_u64);

        // Official tools write the type in capitals.
        let tagged = format!("TRANSITROUTER{}ATTACHMENT", kind.word.to_uppercase());
        let tag = [("ResourceType", tagged.as_str()), ("ResourceId.1", id.as_str()), ("RegionId", "cn-hangzhou")];
        cloud.ok("TagResources", &[&tag[..], &[("Tag.1.Key", "k"), ("Tag.1.Value", "v")]].concat());
        assert_eq!(kind.one(&mut cloud, &id)["Tags"], json!([{ "Key": "k", "Value": "v" }]), "{}", kind.word);

        let changes = [
            this,
            ("TransitRouterAttachmentName", "second"),
            ("TransitRouterAttachmentDescription", "text"),
            ("AutoPublishRouteEnabled", if kind.publishes { "false" } else { "true" }),
            ("OrderType", "PayByResourceOwner"),
        ];
        cloud.ok(&kind.action("Update"), &changes);
        let shown = kind.one(&mut cloud, &id);
        assert_eq!(shown["Status"], "Modifying");
        assert_eq!(cloud.code(&kind.action("Update"), &changes), kind.busy);
        assert_eq!(
            (&shown["TransitRouterAttachmentName"], &shown["TransitRouterAttachmentDescription"]),
            (&json!("second"), &json!("text"))
        );
        // An ECR always publishes; who pays for a line between routers is no question.
        assert_eq!(shown["AutoPublishRouteEnabled"], kind.word == "Ecr" || !kind.publishes, "{}", kind.word);
        let payer = shown.get("OrderType").and_then(Json::as_str);
        assert_eq!(payer, (kind.word != "Peer").then_some("PayByResourceOwner"));
        cloud.wait();
        assert_eq!(kind.one(&mut cloud, &id)["Status"], "Attached");

        cloud.ok(&kind.action("Delete"), &[this, ("Force", "true")]);
        assert_eq!(kind.one(&mut cloud, &id)["Status"], "Detaching");
        cloud.wait();
        assert_eq!(cloud.ok(&kind.action("List"), &[this])["TotalCount"], 0);
        let gone = (400, "InvalidTransitRouterAttachmentId.NotFound".to_owned());
        assert_eq!(cloud.refused(&kind.action("Delete"), &[this]), gone);
    }
}

#[test]
fn a_trial_changes_nothing_and_says_so_in_two_ways() {
    for kind in &TYPES {
        let (mut cloud, here, there) = cloud(&[]);
        let [create, update, delete] = kind.refuses_trial;
        let trial = ("DryRun", "true");
        let base = [&[("TransitRouterId", here.as_str())], kind.create].concat();
        let refused = |outcome: Result<_, crate::emulator::message::Refusal>| {
            outcome.err().is_some_and(|refusal| refusal.code == "DryRunOperation")
        };
        assert_eq!(
            refused(cloud.call(&kind.action("Create"), &with(&base, &[trial], &there))),
            create,
            "{}",
            kind.word
        );
        assert_eq!(cloud.ok(&kind.action("List"), &[])["TotalCount"], 0);
        let id = kind.create(&mut cloud, &here, &there, &[]).unwrap();
        cloud.wait();
        let this = ("TransitRouterAttachmentId", id.as_str());
        for (verb, expected) in [("Update", update), ("Delete", delete)] {
            assert_eq!(refused(cloud.call(&kind.action(verb), &[this, trial])), expected, "{verb} {}", kind.word);
            assert_eq!(kind.one(&mut cloud, &id)["Status"], "Attached");
        }
    }
}

#[test]
fn what_each_type_cannot_be() {
    let long = "x".repeat(129);
    for (word, settings, extra, code) in [
        ("Vbr", "", vec![("VbrId", "")], "MissingParam.VbrId"),
        ("Vbr", "", vec![("VbrId", "vpc-1")], "IllegalParam.VbrId"),
        ("Vbr", "", vec![("VbrOwnerId", "12")], "IllegalParam.VbrOwnerId"),
        ("Vbr", "", vec![("TransitRouterId", "")], "MissingParam.CenIdOrRegionId"),
        ("Vbr", "", vec![("TransitRouterAttachmentName", long.as_str())], "IllegalParam.TransitRouterAttachmentName"),
        ("Vpc", "vpc_attachment_quota=0", vec![], "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter"),
        ("Vpn", "", vec![("VpnId", "")], "MissingParam.VpnId"),
        ("Vpn", "", vec![("VpnId", "vpn-1")], "IllegalParam.VpnId"),
        ("Vpn", "", vec![("ChargeType", "PREPAY")], "IllegalParam.ChargeType"),
        ("Vpn", "", vec![("Zone.1.ZoneId", "cn-shanghai-a")], "IllegalParam.ZoneId"),
        ("Vpn", "", vec![("Zone.2.ZoneId", "cn-hangzhou-h")], "IllegalParam.ZoneId"),
        ("Vpn", "", vec![("TransitRouterAttachmentName", "1st")], "IllegalParam.TransitRouterAttachmentName"),
        ("Vpn", "vpn_names=wide", vec![("TransitRouterAttachmentName", "1st")], ""),
        ("Ecr", "", vec![("EcrId", "")], "MissingParam.EcrId"),
        ("Ecr", "", vec![("EcrId", "ecr-")], "IllegalParam.EcrId"),
        ("Peer", "", vec![("PeerTransitRouterId", "")], "MissingParam.PeerTransitRouterId"),
        ("Peer", "", vec![("PeerTransitRouterId", "cen-1")], "IllegalParam.PeerTransitRouterId"),
        ("Peer", "", vec![("PeerTransitRouterId", "tr-x")], "InvalidPeerTransitRouterId.NotFound"),
        ("Peer", "", vec![("TransitRouterId", "tr-x")], "InvalidTransitRouterId.NotFound"),
        ("Peer", "", vec![("TransitRouterId", THERE)], "IllegalParam.PeerTransitRouterId"),
        ("Peer", "", vec![("PeerTransitRouterRegionId", "cn-hangzhou")], "IllegalParam.PeerRegionId"),
        ("Peer", "", vec![("PeerTransitRouterRegionId", "cn-shanghai")], ""),
        ("Peer", "", vec![("Bandwidth", "0")], "IllegalParam.Bandwidth"),
        ("Peer", "", vec![("Bandwidth", "")], "MissingParam.Bandwidth"),
        ("Peer", "", vec![("BandwidthType", "Free")], "IllegalParam.BandwidthType"),
        ("Peer", "", vec![("CenBandwidthPackageId", "cenbwp-1")], "IllegalParam.CenBandwidthPackageId"),
        ("Peer", "", vec![("BandwidthType", "")], "InvalidOperation.BwpNotAssociated"),
        ("Peer", "peer_bandwidth_type=DataTransfer", vec![("BandwidthType", "")], ""),
        ("Peer", "", vec![("BandwidthType", ""), ("Bandwidth", "")], ""),
        ("Peer", "", PACKAGE.to_vec(), ""),
        ("Peer", "bandwidth_packages=unassociated", PACKAGE.to_vec(), "InvalidOperation.BwpNotAssociated"),
        ("Peer", "", [&PACKAGE[..], &[("BandwidthType", "")]].concat(), ""),
        ("Peer", "", [&PACKAGE[..], &[("Bandwidth", "")]].concat(), "MissingParam.Bandwidth"),
        ("Peer", "", [&PACKAGE[..], &[("Bandwidth", "10001")]].concat(), "InvalidOperation.BwpBandwidthExceeded"),
        (
            "Peer",
            "",
            [&PACKAGE[..1], &[("CenBandwidthPackageId", "bwp-1")]].concat(),
            "IllegalParam.CenBandwidthPackageId",
        ),
        ("Peer", "", vec![("DefaultLinkType", "Platinum")], ""),
        (
            "Peer",
            "",
            vec![("DefaultLinkType", "Silver")],
            "ParameterIllegal.CdtDefaultLinkTypeOnlySupportPlatinumOrGold",
        ),
        (
            "Peer",
            "",
            [&PACKAGE[..], &[("DefaultLinkType", "Platinum")]].concat(),
            "ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold",
        ),
    ] {
        let settings: Vec<&str> = Some(settings).into_iter().filter(|setting| !setting.is_empty()).collect();
        let (mut cloud, here, there) = cloud(&settings);
        let kind = of(word);
        let outcome = kind.create(&mut cloud, &here, &there, &extra);
        assert_eq!(outcome.err().unwrap_or_default(), code, "{word} {settings:?} {extra:?}");
    }
}

const PACKAGE: [(&str, &str); 2] = [("BandwidthType", "BandwidthPackage"), ("CenBandwidthPackageId", "cenbwp-1")];

#[test]
fn a_network_is_attached_once_to_a_router_and_a_vpn_once_at_all() {
    let attached = "QuotaFull.ChildInstanceRelatedCen";
    for (word, elsewhere) in [("Vpc", ""), ("Vbr", ""), ("Vpn", attached), ("Ecr", "")] {
        let (mut cloud, here, there) = cloud(&[]);
        let kind = of(word);
        kind.create(&mut cloud, &here, &there, &[]).unwrap();
        assert_eq!(kind.create(&mut cloud, &here, &there, &[]).unwrap_err(), attached);
        let zones = [("ZoneMappings.1.ZoneId", "cn-shanghai-a"), ("Zone.1.ZoneId", "cn-shanghai-a")];
        let moved = [("TransitRouterId", there.as_str()), zones[0], zones[1]];
        let extra = if word == "Vpc" || word == "Vpn" { &moved[..] } else { &moved[..1] };
        assert_eq!(kind.create(&mut cloud, &here, &there, extra).err().unwrap_or_default(), elsewhere, "{word}");
    }
}

#[test]
fn a_vpn_needs_a_router_with_an_address_block() {
    for (settings, expected) in
        [(vec![], "OperationFailed.AllocateCidrFailed"), (vec!["vpn_router_cidr=not_needed"], "")]
    {
        let (mut cloud, here, there) = cloud(&settings);
        cloud.world.routers.get_mut(&here).unwrap().transit_router_cidr_list.clear();
        let vpn = of("Vpn");
        assert_eq!(vpn.create(&mut cloud, &here, &there, &[]).err().unwrap_or_default(), expected);
        let cen = cloud.world.cens.keys().next().unwrap().clone();
        // The service makes a router for other types, not for this one.
        let elsewhere = [
            ("TransitRouterId", ""),
            ("CenId", cen.as_str()),
            ("RegionId", "cn-beijing"),
            ("VpnId", "vco-2"),
            ("Zone.1.ZoneId", "cn-beijing-a"),
        ];
        let outcome = vpn.create(&mut cloud, &here, &there, &elsewhere);
        assert_eq!(outcome.unwrap_err(), "InvalidTransitRouterId.NotFound");
        of("Ecr").create(&mut cloud, &here, &there, &elsewhere[..3]).unwrap();
    }
}

#[test]
fn the_line_between_two_routers_is_changed_in_place() {
    let mut cloud = Cloud::new();
    let [.., id] = cloud.peers();
    let peer = of("Peer");
    for (changes, code) in [
        (vec![("Bandwidth", "200")], ""),
        (vec![("DefaultLinkType", "Platinum")], ""),
        (PACKAGE.to_vec(), "ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold"),
        (vec![PACKAGE[0], ("DefaultLinkType", "Gold")], "InvalidOperation.BwpNotAssociated"),
        ([&PACKAGE[..], &[("DefaultLinkType", "Gold")]].concat(), ""),
        (vec![("CenBandwidthPackageId", "cenbwp-2")], ""),
    ] {
        let params: Vec<_> = [("TransitRouterAttachmentId", id.as_str())].iter().chain(&changes).copied().collect();
        let outcome = cloud.call(&peer.action("Update"), &params).err();
        assert_eq!(outcome.map(|refusal| refusal.code.into_owned()).unwrap_or_default(), code, "{changes:?}");
        cloud.wait();
    }
    let shown = peer.one(&mut cloud, &id);
    assert_eq!((&shown["Bandwidth"], &shown["CenBandwidthPackageId"]), (&json!(200), &json!("cenbwp-2")));
    cloud.ok(&peer.action("Update"), &[("TransitRouterAttachmentId", &id), ("BandwidthType", "DataTransfer")]);
    let shown = peer.one(&mut cloud, &id);
    assert_eq!((&shown["BandwidthType"], &shown["CenBandwidthPackageId"]), (&json!("DataTransfer"), &json!("")));
}

#[test]
fn two_routers_are_joined_once_and_neither_goes_before_what_joins_them() {
    let mut cloud = Cloud::new();
    let [cen, here, there, id] = cloud.peers();
    let peer = of("Peer");
    assert_eq!(peer.create(&mut cloud, &here, &there, &[]).unwrap_err(), "InvalidOperation");
    let back = [("PeerTransitRouterId", here.as_str())];
    assert_eq!(peer.create(&mut cloud, &there, "", &back).unwrap_err(), "InvalidOperation");
    for router in [&here, &there] {
        let blocked = "InvalidOperation.AttachedChildInstanceExist";
        assert_eq!(cloud.code("DeleteTransitRouter", &[("TransitRouterId", router)]), blocked);
    }

    // Listed where it was made; found by its id from either end.
    let by_id = ("TransitRouterAttachmentId", id.as_str());
    for (filters, total) in [
        (vec![("CenId", cen.as_str())], 1),
        (vec![("RegionId", "cn-hangzhou"), ("TransitRouterId", here.as_str())], 1),
        (vec![("RegionId", "cn-shanghai")], 0),
        (vec![("TransitRouterId", there.as_str())], 0),
        (vec![by_id, ("RegionId", "cn-shanghai")], 1),
        (vec![by_id, ("RegionId", "cn-beijing")], 0),
    ] {
        let listed = cloud.ok("ListTransitRouterPeerAttachments", &filters);
        assert_eq!(listed["TotalCount"], total, "{filters:?}");
    }
    cloud.ok("DeleteTransitRouterPeerAttachment", &[by_id]);
    cloud.wait();
    cloud.ok("DeleteTransitRouter", &[("TransitRouterId", &there)]);
}

#[test]
fn the_other_router_is_settled_enterprise_and_of_the_same_cen() {
    let (mut cloud, here, there) = cloud(&[]);
    let peer = of("Peer");
    let update = [("TransitRouterId", there.as_str()), ("RegionId", "cn-shanghai")];
    cloud.ok("UpdateTransitRouter", &update);
    assert_eq!(peer.create(&mut cloud, &here, &there, &[]).unwrap_err(), "IncorrectStatus.TransitRouter");
    cloud.ok("UpdateTransitRouter", &[("TransitRouterId", &here), ("RegionId", "cn-hangzhou")]);
    assert_eq!(peer.create(&mut cloud, &here, &there, &[]).unwrap_err(), "IncorrectStatus.TransitRouter");
    cloud.wait();
    let other_cen = cloud.cen();
    let stranger = cloud.router_in(&other_cen, "cn-beijing");
    assert_eq!(peer.create(&mut cloud, &here, &stranger, &[]).unwrap_err(), "IllegalParam.PeerTransitRouterId");
    let basic = crate::emulator::world::router::Edition::Basic;
    cloud.world.routers.get_mut(&there).unwrap().r#type = basic;
    assert_eq!(peer.create(&mut cloud, &here, &there, &[]).unwrap_err(), "OperationUnsupported.TransitRouterType");
    cloud.as_account("1000000000000002");
    assert_eq!(peer.create(&mut cloud, &here, &there, &[]).unwrap_err(), "InvalidTransitRouterId.NotFound");
}

#[test]
fn how_large_a_page_is_is_documented_for_peers_only() {
    for (setting, refused) in [(&[][..], "101"), (&["attachment_page_max=50"], "51")] {
        let (mut cloud, _, _) = cloud(setting);
        for kind in &TYPES {
            let most = if kind.word == "Peer" { "101" } else { refused };
            let list = kind.action("List");
            assert_eq!(cloud.ok(&list, &[("MaxResults", "50")])["MaxResults"], 50, "{list}");
            assert_eq!(cloud.code(&list, &[("MaxResults", most)]), "IllegalParam.MaxResults", "{list}");
        }
    }
}
