use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::testing::{self, Cloud, assert_complete, region};

#[test]
fn requests() {
    let whole = json!({
        "type": "vpc", "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou", "vpc_id": "vpc-1",
        "zone_mappings": [{ "zone_id": "cn-hangzhou-h", "vswitch_id": "vsw-1" }, { "zone_id": "cn-hangzhou-i", "vswitch_id": "vsw-2" }],
        "name": "app", "description": "d", "auto_publish_routes": true, "ipv6": true, "tags": { "a": "1" },
        "force_delete": true, "payer": "cen_owner",
    });
    assert_eq!(
        testing::create(&Attachment, whole.clone()),
        "CreateTransitRouterVpcAttachment RegionId=cn-hangzhou CenId=cen-1 TransitRouterId=tr-1 VpcId=vpc-1 \
         TransitRouterAttachmentName=app TransitRouterAttachmentDescription=d AutoPublishRouteEnabled=true \
         TransitRouterVPCAttachmentOptions={\"ipv6Support\":\"enable\"} \
         ZoneMappings.1.ZoneId=cn-hangzhou-h ZoneMappings.1.VSwitchId=vsw-1 \
         ZoneMappings.2.ZoneId=cn-hangzhou-i ZoneMappings.2.VSwitchId=vsw-2 Tag.1.Key=a Tag.1.Value=1"
    );
    assert_eq!(
        testing::delete(&Attachment, "tr-attach-1", whole),
        "DeleteTransitRouterVpcAttachment TransitRouterAttachmentId=tr-attach-1 Force=true"
    );
    assert_eq!(
        testing::delete(&Attachment, "tr-attach-1", json!({ "type": "vpc", "force_delete": false })),
        "DeleteTransitRouterVpcAttachment TransitRouterAttachmentId=tr-attach-1"
    );
}

/// What every type has at least, beside its own.
fn attachment(ty: &str, own: &Json) -> Json {
    let mut whole = json!({ "type": ty, "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou" });
    whole.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    whole
}

/// For each type its own attributes, the way it is named in actions, what a create sends of them, and an item of
/// its list.
fn types() -> Vec<(&'static str, Json, &'static str, &'static str, Json)> {
    vec![
        (
            "vbr",
            json!({ "vbr_id": "vbr-1", "owner": "1000000000000002", "auto_publish_routes": true }),
            "Vbr",
            "VbrId=vbr-1 VbrOwnerId=1000000000000002 AutoPublishRouteEnabled=true",
            json!({ "VbrId": "vbr-1", "VbrOwnerId": 1_000_000_000_000_002_i64, "VbrRegionId": "cn-hangzhou", "ResourceType": "VBR" }),
        ),
        (
            "vpn",
            json!({
                "vpn_id": "vco-1", "owner": "1000000000000002", "auto_publish_routes": true, "charge_type": "POSTPAY",
                "zones": ["z-1", "z-2"],
            }),
            "Vpn",
            "VpnId=vco-1 VpnOwnerId=1000000000000002 AutoPublishRouteEnabled=true ChargeType=POSTPAY \
             Zone.1.ZoneId=z-1 Zone.2.ZoneId=z-2",
            json!({
                "VpnId": "vco-1", "VpnOwnerId": 1_000_000_000_000_002_i64, "VpnRegionId": "cn-hangzhou", "ChargeType": "POSTPAY",
                "Zones": [{ "ZoneId": "z-2" }, { "ZoneId": "z-1" }], "ResourceType": "VPN",
            }),
        ),
        (
            "ecr",
            json!({ "ecr_id": "ecr-1", "owner": "1000000000000002" }),
            "Ecr",
            "EcrId=ecr-1 EcrOwnerId=1000000000000002",
            json!({ "EcrId": "ecr-1", "EcrOwnerId": 1_000_000_000_000_002_i64, "TransitRouterRegionId": "cn-hangzhou", "ResourceType": "ECR" }),
        ),
        (
            "peer",
            json!({
                "peer": "tr-2", "peer_region": "cn-shanghai", "auto_publish_routes": true, "bandwidth": 20,
                "bandwidth_type": "BandwidthPackage", "bandwidth_package_id": "cenbwp-1", "link_type": "Gold",
            }),
            "Peer",
            "PeerTransitRouterId=tr-2 AutoPublishRouteEnabled=true PeerTransitRouterRegionId=cn-shanghai Bandwidth=20 \
             BandwidthType=BandwidthPackage CenBandwidthPackageId=cenbwp-1 DefaultLinkType=Gold",
            json!({
                "PeerTransitRouterId": "tr-2", "PeerTransitRouterRegionId": "cn-shanghai", "RegionId": "cn-hangzhou", "Bandwidth": 20,
                "BandwidthType": "BandwidthPackage", "CenBandwidthPackageId": "cenbwp-1", "DefaultLinkType": "Gold", "ResourceType": "TR",
            }),
        ),
    ]
}

#[tokio::test]
async fn every_type_is_created_read_and_deleted() {
    for (ty, own, kind, sent, item) in types() {
        let whole = attachment(ty, &own);
        let (first, rest) = sent.split_once(' ').unwrap();
        let sent = format!(
            "CreateTransitRouter{kind}Attachment RegionId=cn-hangzhou CenId=cen-1 TransitRouterId=tr-1 {first} {rest}"
        );
        assert_eq!(testing::create(&Attachment, whole.clone()), sent);
        assert_eq!(
            testing::delete(&Attachment, "tr-attach-1", whole.clone()),
            format!("DeleteTransitRouter{kind}Attachment TransitRouterAttachmentId=tr-attach-1")
        );
        let mut shown = json!({
            "TransitRouterAttachmentId": "tr-attach-1", "TransitRouterId": "tr-1", "CenId": "cen-1", "Status": "Attaching",
            "AutoPublishRouteEnabled": true,
        });
        shown.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        let mut expected = whole;
        expected.as_object_mut().unwrap().extend([
            ("name".to_owned(), json!("")),
            ("description".to_owned(), json!("")),
            ("tags".to_owned(), json!({})),
        ]);
        if ty != "peer" {
            shown["OrderType"] = json!("PayByResourceOwner");
            expected["payer"] = json!("resource_owner");
        }
        let body = json!({ "TotalCount": 1, "TransitRouterAttachments": [shown] });
        let (object, calls) = testing::read(&Attachment, "tr-attach-1", json!({ "type": ty }), [body]).await;
        let object = object.unwrap();
        assert_complete(&Attachment, &object);
        assert!(!object.settled);
        assert_eq!(object.attributes, testing::attributes(expected));
        assert_eq!(
            calls,
            [format!(
                "ListTransitRouter{kind}Attachments RegionId=cn-hangzhou TransitRouterAttachmentId=tr-attach-1 MaxResults=50"
            )]
        );
    }
}

#[test]
fn every_type_is_updated_by_its_own_action() {
    let tagged = [
        ("vbr", "TransitRouterVbrAttachment"),
        ("vpn", "TRANSITROUTERVPNATTACHMENT"),
        ("ecr", "TRANSITROUTERECRATTACHMENT"),
        ("peer", "TRANSITROUTERPEERATTACHMENT"),
    ];
    for ((ty, own, kind, ..), (_, tagged)) in types().into_iter().zip(tagged) {
        let live = attachment(ty, &own);
        let after = json!({ "name": "n", "tags": { "k": "v" } });
        assert_eq!(
            testing::update(&Attachment, "tr-attach-1", live, after),
            [
                format!(
                    "TagResources ResourceType={tagged} ResourceId.1=tr-attach-1 RegionId=cn-hangzhou Tag.1.Key=k Tag.1.Value=v"
                ),
                format!(
                    "~UpdateTransitRouter{kind}AttachmentAttribute TransitRouterAttachmentId=tr-attach-1 TransitRouterAttachmentName=n"
                ),
            ]
        );
    }
}

#[test]
fn a_peer_changes_all_of_its_link_at_once() {
    let live = attachment("peer", &json!({ "peer": "tr-2", "bandwidth": 20, "bandwidth_type": "BandwidthPackage" }));
    let after = json!({ "bandwidth": 50, "bandwidth_type": "DataTransfer", "link_type": "Platinum", "auto_publish_routes": false });
    assert_eq!(
        testing::update(&Attachment, "tr-attach-1", live, after),
        [
            "~UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=tr-attach-1 AutoPublishRouteEnabled=false \
          Bandwidth=50 BandwidthType=DataTransfer DefaultLinkType=Platinum"
        ]
    );
}

#[test]
fn the_owner_of_a_network_grants_it() {
    for (ty, network, instance_type) in [
        ("vpc", json!({ "vpc_id": "n-1" }), "VPC"),
        ("vbr", json!({ "vbr_id": "n-1" }), "ExpressConnect"),
        ("vpn", json!({ "vpn_id": "n-1" }), "VPN"),
        ("ecr", json!({ "ecr_id": "n-1" }), "ECR"),
    ] {
        let mut whole = attachment(ty, &network);
        whole["owner"] = json!("1000000000000002");
        assert_eq!(testing::grant(&Attachment, whole.clone()), None, "the owner sees to it");
        whole["grant"] = json!(true);
        whole["payer"] = json!("resource_owner");
        let rule = format!(
            "CenId=cen-1 CenOwnerId=1000000000000001 InstanceId=n-1 InstanceType={instance_type} RegionId=cn-hangzhou"
        );
        assert_eq!(
            testing::grant(&Attachment, whole.clone()).unwrap(),
            [
                format!("GrantInstanceToTransitRouter {rule} OrderType=PayByResourceOwner"),
                format!("RevokeInstanceFromTransitRouter {rule}"),
                format!(
                    "DescribeGrantRulesToResource ProductType={instance_type} ResourceId=n-1 RegionId=cn-hangzhou MaxResults=100"
                ),
                "1000000000000002".to_owned(),
            ]
        );
        whole["owner"] = json!("1000000000000001");
        assert_eq!(testing::grant(&Attachment, whole.clone()), None, "nobody grants anything to himself");
        whole.as_object_mut().unwrap().remove("owner");
        assert_eq!(testing::grant(&Attachment, whole), None);
    }
    let peer = attachment("peer", &json!({ "peer": "tr-2", "owner": "1000000000000002", "grant": true }));
    assert_eq!(testing::grant(&Attachment, peer), None);
}

#[test]
fn updates() {
    let live = json!({
        "type": "vpc", "name": "a", "description": "b", "auto_publish_routes": false, "ipv6": true, "payer": "cen_owner", "tags": {},
        "zone_mappings": [{ "zone_id": "z-1", "vswitch_id": "vsw-1" }, { "zone_id": "z-2", "vswitch_id": "vsw-2" }],
    });
    let attribute = "~UpdateTransitRouterVpcAttachmentAttribute TransitRouterAttachmentId=tr-attach-1";
    let zones = "~UpdateTransitRouterVpcAttachmentZones TransitRouterAttachmentId=tr-attach-1";
    for (after, calls) in [
        (json!({ "name": "n" }), vec![format!("{attribute} TransitRouterAttachmentName=n")]),
        (json!({ "description": "" }), vec![format!("{attribute} TransitRouterAttachmentDescription=")]),
        (json!({ "auto_publish_routes": true }), vec![format!("{attribute} AutoPublishRouteEnabled=true")]),
        (json!({ "payer": "resource_owner" }), vec![format!("{attribute} OrderType=PayByResourceOwner")]),
        (json!({ "ipv6": false }), vec![format!("{attribute} TransitRouterVPCAttachmentOptions={{\"ipv6Support\":\"disable\"}}")]),
        (json!({ "force_delete": true }), vec![]),
        (
            json!({ "tags": { "k": "v" } }),
            vec!["TagResources ResourceType=TRANSITROUTERVPCATTACHMENT ResourceId.1=tr-attach-1 RegionId=cn-hangzhou Tag.1.Key=k Tag.1.Value=v".to_owned()],
        ),
        (
            // Another vSwitch in the same zone, another order.
            json!({ "zone_mappings": [{ "zone_id": "z-2", "vswitch_id": "vsw-3" }, { "zone_id": "z-1", "vswitch_id": "vsw-1" }] }),
            vec![format!(
                "{zones} AddZoneMappings.1.ZoneId=z-2 AddZoneMappings.1.VSwitchId=vsw-3 \
                 RemoveZoneMappings.1.ZoneId=z-2 RemoveZoneMappings.1.VSwitchId=vsw-2"
            )],
        ),
        (json!({ "zone_mappings": [{ "zone_id": "z-2", "vswitch_id": "vsw-2" }, { "zone_id": "z-1", "vswitch_id": "vsw-1" }] }), vec![]),
    ] {
        assert_eq!(testing::update(&Attachment, "tr-attach-1", live.clone(), after.clone()), calls, "{after}");
    }
}

fn item(id: &str) -> Json {
    json!({
        "TransitRouterAttachmentId": id, "TransitRouterId": "tr-1", "CenId": "cen-1", "ResourceType": "VPC", "Status": "Attached",
        "TransitRouterAttachmentName": "app", "TransitRouterAttachmentDescription": "d", "CreationTime": "2022-07-20T09:29:35Z",
        "AutoPublishRouteEnabled": "true", "OrderType": "PayByCenOwner", "VpcId": "vpc-1", "VpcOwnerId": 1_000_000_000_000_001_i64,
        "VpcRegionId": "cn-hangzhou", "TransitRouterVPCAttachmentOptions": { "ipv6Support": "disable" }, "Tags": [],
        "ZoneMappings": [
            { "ZoneId": "z-2", "VSwitchId": "vsw-2", "NetworkInterfaceId": "eni-2" },
            { "ZoneId": "z-1", "VSwitchId": "vsw-1" },
        ],
    })
}

#[tokio::test]
async fn reads() {
    let body = json!({ "TotalCount": 1, "MaxResults": 50, "NextToken": "", "TransitRouterAttachments": [item("tr-attach-1")] });
    // An import knows the id only.
    let (object, calls) = testing::read(&Attachment, "tr-attach-1", json!({}), [body]).await;
    let object = object.unwrap();
    assert_complete(&Attachment, &object);
    assert_eq!(
        calls,
        ["ListTransitRouterVpcAttachments RegionId=cn-hangzhou TransitRouterAttachmentId=tr-attach-1 MaxResults=50"]
    );
    assert!(object.settled);
    let attributes = json!({
        "type": "vpc", "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou", "name": "app", "description": "d",
        "auto_publish_routes": true, "payer": "cen_owner", "owner": "1000000000000001", "vpc_id": "vpc-1", "ipv6": false, "tags": {},
        "zone_mappings": [{ "zone_id": "z-1", "vswitch_id": "vsw-1" }, { "zone_id": "z-2", "vswitch_id": "vsw-2" }],
    });
    assert_eq!(object.attributes, testing::attributes(attributes));
}

#[tokio::test]
async fn options_are_understood_as_text_too() {
    let mut item = item("tr-attach-1");
    item["TransitRouterVPCAttachmentOptions"] = json!("{\"ipv6Support\": \"enable\"}");
    let body = json!({ "TransitRouterAttachments": [item] });
    let (object, _) = testing::read(&Attachment, "tr-attach-1", json!({ "type": "vpc" }), [body]).await;
    assert_eq!(object.unwrap().attributes["ipv6"].as_bool(), Some(true));
}

#[tokio::test]
async fn the_lists_of_the_types_follow_each_other() {
    let page =
        |id: &str, next: Json| json!({ "TotalCount": 2, "NextToken": next, "TransitRouterAttachments": [item(id)] });
    let none = || json!({ "TotalCount": 0, "TransitRouterAttachments": [] });
    let cloud = Cloud::answering([
        page("tr-attach-1", json!("t 2")),
        page("tr-attach-2", json!(null)),
        none(),
        none(),
        none(),
        none(),
    ]);
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = Attachment.list(&cloud, Some(&region()), cursor.as_deref()).await.unwrap();
        ids.extend(page.objects.into_iter().map(|object| object.id));
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(ids, ["tr-attach-1", "tr-attach-2"]);
    let list = |kind: &str, token: &str| {
        format!("ListTransitRouter{kind}Attachments RegionId=cn-hangzhou MaxResults=50{token}")
    };
    assert_eq!(
        cloud.lines(),
        [
            list("Vpc", ""),
            list("Vpc", " NextToken=t 2"),
            list("Peer", ""),
            list("Vbr", ""),
            list("Vpn", ""),
            list("Ecr", "")
        ]
    );
}

#[tokio::test]
async fn a_region_without_a_type_has_none_of_it() {
    let nowhere = || json!("IllegalParam.Region");
    let shown = json!({ "TransitRouterAttachmentId": "tr-attach-1", "TransitRouterId": "tr-1", "VbrId": "vbr-1" });
    let body = json!({ "TotalCount": 1, "TransitRouterAttachments": [shown] });
    let answers = [nowhere(), nowhere(), body];
    let (object, calls) = testing::read(&Attachment, "tr-attach-1", json!({}), answers).await;
    assert_eq!((object.unwrap().attributes["type"].as_text(), calls.len()), (Some("vbr"), 3));
    let page = Attachment.list(&Cloud::answering([nowhere()]), Some(&region()), None).await.unwrap();
    assert_eq!((page.objects, page.next.as_deref()), (Vec::new(), Some("peer ")));
}

#[tokio::test]
async fn found_by_natural_key() {
    for (ty, key, kind, filter) in [
        ("vpc", json!({ "vpc_id": "vpc-1" }), "Vpc", " VpcId=vpc-1"),
        ("vbr", json!({ "vbr_id": "vbr-1" }), "Vbr", ""),
        ("vpn", json!({ "vpn_id": "vco-1" }), "Vpn", ""),
        ("ecr", json!({ "ecr_id": "ecr-1" }), "Ecr", ""),
    ] {
        let field = ROWS.iter().find(|row| row.word == ty).unwrap().network.1;
        let network = key.as_object().unwrap().values().next().unwrap().clone();
        let item = |id: &str, network: &Json| json!({ "TransitRouterAttachmentId": id, "TransitRouterId": "tr-1", field: network });
        let items = [item("tr-attach-1", &network), item("tr-attach-2", &json!("other"))];
        let cloud = Cloud::answering([json!({ "TotalCount": 2, "TransitRouterAttachments": items })]);
        let mut wanted = key;
        wanted
            .as_object_mut()
            .unwrap()
            .extend([("type".to_owned(), json!(ty)), ("transit_router".to_owned(), json!("tr-1"))]);
        let found = Attachment.find(&cloud, Some(&region()), &testing::attributes(wanted)).await.unwrap();
        assert_eq!(found.iter().map(|object| object.id.as_str()).collect::<Vec<_>>(), ["tr-attach-1"], "{ty}");
        assert_eq!(
            cloud.lines(),
            [format!(
                "ListTransitRouter{kind}Attachments RegionId=cn-hangzhou TransitRouterId=tr-1{filter} MaxResults=50"
            )]
        );
    }
}

#[tokio::test]
async fn a_connection_of_two_routers_is_found_from_either_of_them() {
    let item = |id: &str, here: &str, there: &str| json!({ "TransitRouterAttachmentId": id, "TransitRouterId": here, "PeerTransitRouterId": there });
    let page = |item: Json| json!({ "TotalCount": 1, "TransitRouterAttachments": [item] });
    let wanted = testing::attributes(json!({ "type": "peer", "transit_router": "tr-1", "peer": "tr-2" }));
    for (mine, theirs, id) in [
        (item("tr-attach-1", "tr-1", "tr-2"), item("tr-attach-3", "tr-2", "tr-3"), "tr-attach-1"),
        (item("tr-attach-1", "tr-1", "tr-3"), item("tr-attach-2", "tr-2", "tr-1"), "tr-attach-2"),
    ] {
        let cloud = Cloud::answering([page(mine), page(theirs)]);
        let found = Attachment.find(&cloud, Some(&region()), &wanted).await.unwrap();
        assert_eq!(found.iter().map(|object| object.id.as_str()).collect::<Vec<_>>(), [id]);
        assert_eq!(
            cloud.lines(),
            [
                "ListTransitRouterPeerAttachments RegionId=cn-hangzhou TransitRouterId=tr-1 MaxResults=50",
                "ListTransitRouterPeerAttachments TransitRouterId=tr-2 MaxResults=50",
            ]
        );
    }
}
