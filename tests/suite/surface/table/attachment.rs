//! Attachments of every type (cloud-api 5.3, 7, 11, 15).

use super::super::row::{Row, Subject, Then};

/// Every type.
pub(super) fn subjects() -> [Subject; 5] {
    [vpc(), vbr(), vpn(), ecr(), peer()]
}

/// One type: its name, its name among the actions and among the tagged resources, its stack, a router that it can be
/// moved to, what moves it and what replaces it where it stands, and the rows that not all have.
macro_rules! attachment {
    ($name:literal, $k:literal, $t:literal, $stack:expr, $router:literal, $moves:literal, $stands:expr, $rows:expr) => {
        Subject {
            name: $name,
            kind: "attachment",
            section: "attachments",
            stack: concat!(
                "
            version: 1
            provider: { region: cn-hangzhou }
            cens: { c: {}, d: {} }
            transit_routers:
              hz: { cen: c, cidrs: [{ cidr: 10.10.0.0/24 }] }
              sh: { cen: c, region: cn-shanghai }
              bj: { cen: c, region: cn-beijing }
              other: { cen: d, cidrs: [{ cidr: 10.20.0.0/24 }] }
                ",
                $stack
            ),
            shown: &[
                // A type may be replaced by another one.
                ("ListTransitRouterVpcAttachments TransitRouterAttachmentId=$id", "/TransitRouterAttachments/0"),
                ("ListTransitRouterVbrAttachments TransitRouterAttachmentId=$id", "/TransitRouterAttachments/0"),
                ("ListTransitRouterVpnAttachments TransitRouterAttachmentId=$id", "/TransitRouterAttachments/0"),
                ("ListTransitRouterEcrAttachments TransitRouterAttachmentId=$id", "/TransitRouterAttachments/0"),
                ("ListTransitRouterPeerAttachments TransitRouterAttachmentId=$id", "/TransitRouterAttachments/0"),
            ],
            kept: &[("TransitRouterAttachments", "TransitRouterAttachmentId")],
            moves: Some($moves),
            stands: $stands,
            rows: [
                vec![
                    Row::told("id", ""),
                    Row::told("status", "/Status"),
                    Row::of("transit_router", "hz", $router)
                        .at("/TransitRouterId")
                        .shown("$transit_router.hz", concat!("$transit_router.", $router))
                        .replaces()
                        .required(),
                    Row::of("name", "one", "two").at("/TransitRouterAttachmentName").calls(&[concat!(
                        "UpdateTransitRouter",
                        $k,
                        "AttachmentAttribute TransitRouterAttachmentId=$id TransitRouterAttachmentName=three"
                    )]),
                    Row::of("description", "one", "two").at("/TransitRouterAttachmentDescription").back_to("''").calls(
                        &[concat!(
                            "UpdateTransitRouter",
                            $k,
                            "AttachmentAttribute TransitRouterAttachmentId=$id TransitRouterAttachmentDescription=three"
                        )],
                    ),
                    // It counts when the attachment is deleted.
                    Row::of("force_delete", "false", "true").change(Then::Nothing).unset(Then::Nothing),
                    Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                        .at("/Tags")
                        .shown("[{ Key: team, Value: net }]", "[{ Key: team, Value: sec }, { Key: env, Value: prod }]")
                        .back_to("[]")
                        .calls(&[concat!(
                            "TagResources ResourceType=",
                            $t,
                            " ResourceId.1=$id Tag.1.Key=foreign Tag.1.Value=yes"
                        )]),
                ],
                $rows,
            ]
            .concat(),
        }
    };
}

/// The rows of a network, which a peer is not: who pays, and whose it is.
macro_rules! network {
    ($k:literal, $owner:literal) => {
        vec![
            Row::of("payer", "cen_owner", "resource_owner")
                .at("/OrderType")
                .shown("PayByCenOwner", "PayByResourceOwner")
                .back_to("PayByCenOwner")
                .calls(&[concat!(
                    "UpdateTransitRouter",
                    $k,
                    "AttachmentAttribute TransitRouterAttachmentId=$id OrderType=PayByCenOwner"
                )])
                .unowned_calls(&[concat!(
                    "UpdateTransitRouter",
                    $k,
                    "AttachmentAttribute TransitRouterAttachmentId=$id OrderType=PayByResourceOwner"
                )]),
            Row::of("owner", "app", "ops")
                .beside("{ grant: true }")
                .at($owner)
                .shown("1000000000000002", "1000000000000003")
                .replaces()
                .at_birth(),
            // It counts when the attachment is made.
            Row::of("grant", "true", "false")
                .beside("{ owner: app }")
                .change(Then::Note("stays from now on until the account 1000000000000002"))
                .unset(Then::Nothing)
                .at_birth(),
        ]
    };
}

/// Whether routes are published, by default or not.
macro_rules! publishes {
    ($k:literal, $default:literal, $other:literal) => {
        Row::of("auto_publish_routes", $default, $other)
            .at("/AutoPublishRouteEnabled")
            .back_to($default)
            .calls(&[concat!(
                "UpdateTransitRouter",
                $k,
                "AttachmentAttribute TransitRouterAttachmentId=$id AutoPublishRouteEnabled=",
                $default
            )])
            .unowned_calls(&[concat!(
                "UpdateTransitRouter",
                $k,
                "AttachmentAttribute TransitRouterAttachmentId=$id AutoPublishRouteEnabled=",
                $other
            )])
    };
}

fn vpc() -> Subject {
    let own = vec![
        Row::of("type", "vpc", "vbr")
            .beside_second("{ vpc_id: null, zone_mappings: null, vbr_id: vbr-bp1one }")
            .at("/ResourceType")
            .shown("VPC", "VBR")
            .replaces()
            .required(),
        Row::of("vpc_id", "vpc-bp1one", "vpc-bp1two")
            .at("/VpcId")
            .replaces()
            .required()
            .edited("/VpcId", "vpc-bp1three"),
        Row::of(
            "zone_mappings",
            "[{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]",
            "[{ zone_id: cn-hangzhou-i, vswitch_id: vsw-bp1two }, { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]",
        )
        .at("/ZoneMappings")
        .shown(
            "[{ ZoneId: cn-hangzhou-h, VSwitchId: vsw-bp1one }]",
            "[{ ZoneId: cn-hangzhou-h, VSwitchId: vsw-bp1one }, { ZoneId: cn-hangzhou-i, VSwitchId: vsw-bp1two }]",
        )
        .required()
        .calls(&["UpdateTransitRouterVpcAttachmentZones TransitRouterAttachmentId=$id \
                  AddZoneMappings.1.ZoneId=cn-hangzhou-j AddZoneMappings.1.VSwitchId=vsw-bp1three"]),
        Row::of(
            "zone_mappings.zone_id",
            "[{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]",
            "[{ zone_id: cn-hangzhou-i, vswitch_id: vsw-bp1two }]",
        )
        .at("/ZoneMappings")
        .shown(
            "[{ ZoneId: cn-hangzhou-h, VSwitchId: vsw-bp1one }]",
            "[{ ZoneId: cn-hangzhou-i, VSwitchId: vsw-bp1two }]",
        )
        .without("[{ vswitch_id: vsw-bp1one }]")
        .required(),
        Row::of(
            "zone_mappings.vswitch_id",
            "[{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]",
            "[{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1two }]",
        )
        .at("/ZoneMappings")
        .shown(
            "[{ ZoneId: cn-hangzhou-h, VSwitchId: vsw-bp1one }]",
            "[{ ZoneId: cn-hangzhou-h, VSwitchId: vsw-bp1two }]",
        )
        .without("[{ zone_id: cn-hangzhou-h }]")
        .required(),
        publishes!("Vpc", "false", "true"),
        Row::of("ipv6", "false", "true")
            .at("/TransitRouterVPCAttachmentOptions/ipv6Support")
            .shown("disable", "enable")
            .back_to("disable")
            .calls(&["UpdateTransitRouterVpcAttachmentAttribute TransitRouterAttachmentId=$id \
                      TransitRouterVPCAttachmentOptions={\"ipv6Support\":\"disable\"}"])
            .unowned_calls(&["UpdateTransitRouterVpcAttachmentAttribute TransitRouterAttachmentId=$id \
                              TransitRouterVPCAttachmentOptions={\"ipv6Support\":\"enable\"}"]),
    ];
    attachment!(
        "attachment(vpc)",
        "Vpc",
        "TransitRouterVpcAttachment",
        "
            attachments:
              x:
                type: vpc
                transit_router: hz
                vpc_id: vpc-bp1one
                zone_mappings: [{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]
        ",
        "other",
        "vpc_id",
        None,
        [network!("Vpc", "/VpcOwnerId"), own].concat()
    )
}

fn vbr() -> Subject {
    let own = vec![
        Row::of("type", "vbr", "ecr")
            .beside_second("{ vbr_id: null, ecr_id: ecr-one }")
            .at("/ResourceType")
            .shown("VBR", "ECR")
            .replaces()
            .required(),
        Row::of("vbr_id", "vbr-bp1one", "vbr-bp1two")
            .at("/VbrId")
            .replaces()
            .required()
            .edited("/VbrId", "vbr-bp1three"),
        publishes!("Vbr", "false", "true"),
    ];
    attachment!(
        "attachment(vbr)",
        "Vbr",
        "TransitRouterVbrAttachment",
        "
            attachments:
              x: { type: vbr, transit_router: hz, vbr_id: vbr-bp1one }
        ",
        "other",
        "vbr_id",
        None,
        [network!("Vbr", "/VbrOwnerId"), own].concat()
    )
}

fn vpn() -> Subject {
    let own = vec![
        Row::of("type", "vpn", "vbr")
            .beside_second("{ vpn_id: null, vbr_id: vbr-bp1one }")
            .at("/ResourceType")
            .shown("VPN", "VBR")
            .replaces()
            .required(),
        Row::of("vpn_id", "vco-bp1one", "vco-bp1two")
            .at("/VpnId")
            .replaces()
            .required()
            .edited("/VpnId", "vco-bp1three"),
        Row::of("zones", "[cn-hangzhou-h]", "[cn-hangzhou-i]")
            .at("/Zones")
            .shown("[{ ZoneId: cn-hangzhou-h }]", "[{ ZoneId: cn-hangzhou-i }]")
            .replaces()
            .edited("/Zones", "[{ ZoneId: cn-hangzhou-j }]"),
        // The only value there is.
        Row::of("charge_type", "POSTPAY", "POSTPAY").at("/ChargeType").replaces(),
        publishes!("Vpn", "true", "false"),
    ];
    attachment!(
        "attachment(vpn)",
        "Vpn",
        "TransitRouterVpnAttachment",
        "
            attachments:
              x: { type: vpn, transit_router: hz, vpn_id: vco-bp1one }
        ",
        "other",
        "vpn_id",
        Some("zones"),
        [network!("Vpn", "/VpnOwnerId"), own].concat()
    )
}

fn ecr() -> Subject {
    let own = vec![
        Row::of("type", "ecr", "vbr")
            .beside_second("{ ecr_id: null, vbr_id: vbr-bp1one }")
            .at("/ResourceType")
            .shown("ECR", "VBR")
            .replaces()
            .required(),
        Row::of("ecr_id", "ecr-one", "ecr-two").at("/EcrId").replaces().required().edited("/EcrId", "ecr-three"),
    ];
    attachment!(
        "attachment(ecr)",
        "Ecr",
        "TRANSITROUTERECRATTACHMENT",
        "
            attachments:
              x: { type: ecr, transit_router: hz, ecr_id: ecr-one }
        ",
        "other",
        "ecr_id",
        None,
        [network!("Ecr", "/EcrOwnerId"), own].concat()
    )
}

fn peer() -> Subject {
    let own = vec![
        Row::of("type", "peer", "vbr")
            .beside_second("{ peer: null, vbr_id: vbr-bp1one }")
            .at("/ResourceType")
            .shown("TR", "VBR")
            .replaces()
            .required(),
        Row::of("peer", "sh", "bj")
            .at("/PeerTransitRouterId")
            .shown("$transit_router.sh", "$transit_router.bj")
            .replaces()
            .required(),
        Row::of("bandwidth", "10", "20")
            .beside("{ bandwidth_type: DataTransfer }")
            .at("/Bandwidth")
            .at_birth()
            .calls(&["UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=$id Bandwidth=30"]),
        Row::of("bandwidth_type", "DataTransfer", "BandwidthPackage")
            .beside("{ bandwidth: 10 }")
            .beside_second("{ bandwidth_package_id: cenbwp-one }")
            .at("/BandwidthType")
            .at_birth()
            .calls(&[
                "UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=$id BandwidthType=DataTransfer",
            ]),
        Row::of("bandwidth_package_id", "cenbwp-one", "cenbwp-two")
            .beside("{ bandwidth: 10, bandwidth_type: BandwidthPackage }")
            .at("/CenBandwidthPackageId")
            .unset(Then::Refused("needs the bandwidth package"))
            .calls(&["UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=$id \
                      CenBandwidthPackageId=cenbwp-three"]),
        Row::of("link_type", "Gold", "Platinum")
            .beside("{ bandwidth: 10, bandwidth_type: DataTransfer }")
            .at("/DefaultLinkType")
            .back_to("Gold")
            .calls(&["UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=$id DefaultLinkType=Gold"])
            .unowned_calls(&[
                "UpdateTransitRouterPeerAttachmentAttribute TransitRouterAttachmentId=$id DefaultLinkType=Platinum",
            ]),
        publishes!("Peer", "false", "true"),
        // A flow log at each end, which are resources of their own.
        Row::of("flow_logs", "{ here: { logstore: l } }", "{ here: { logstore: l }, there: { logstore: m } }")
            .change(Then::Does(&["Create flow_log.x[\"there\"]"]))
            .unset(Then::Does(&["Delete flow_log.x[\"here\"]", "Delete flow_log.x[\"there\"]"])),
        Row::of("flow_logs.here", "{ here: { logstore: l } }", "{ here: { logstore: l, interval: 60 } }")
            .change(Then::Does(&["Update flow_log.x[\"here\"]"]))
            .without("{ there: { logstore: m } }")
            .unset(Then::Does(&["Delete flow_log.x[\"here\"]", "Create flow_log.x[\"there\"]"])),
        Row::of("flow_logs.there", "{ there: { logstore: m } }", "{ there: { logstore: m, interval: 60 } }")
            .change(Then::Does(&["Update flow_log.x[\"there\"]"]))
            .without("{ here: { logstore: l } }")
            .unset(Then::Does(&["Create flow_log.x[\"here\"]", "Delete flow_log.x[\"there\"]"])),
    ];
    attachment!(
        "attachment(peer)",
        "Peer",
        "TransitRouterPeerAttachment",
        "
            log_projects:
              p: { name: netflow-one }
              s: { name: netflow-sh, region: cn-shanghai }
            logstores:
              l: { project: p, name: tr-one, ttl: 60 }
              m: { project: s, name: tr-one, ttl: 60 }
            attachments:
              x: { type: peer, transit_router: hz, peer: sh }
        ",
        "bj",
        "peer",
        None,
        own
    )
}
