"""Attachments of the five types."""

import pytest

from emulator import ACCOUNT
from network import (
    CEN,
    ECR,
    HERE,
    KINDS,
    PEER,
    REGIONS,
    VBR,
    VPC,
    VPN,
    ZONES,
    attachment,
    check_marked,
    crowd,
    each,
    find,
    find_router,
    gone,
    ids,
    refusal,
    settled,
    world,
)

REGION = REGIONS[0]
TAGS = [{"Key": "env", "Value": "prod"}]

# What lists show of each type beside what they show of all.
OWN_FIELDS = {
    "Vpc": {
        "VpcOwnerId": int(ACCOUNT),
        "VpcRegionId": REGION,
        "ChargeType": "POSTPAY",
        "ManagedService": "",
        "OrderType": "PayByCenOwner",
        "TransitRouterVPCAttachmentOptions": {"ipv6Support": "disable"},
    },
    "Vbr": {"VbrOwnerId": int(ACCOUNT), "VbrRegionId": REGION, "OrderType": "PayByCenOwner"},
    "Vpn": {
        "VpnOwnerId": int(ACCOUNT),
        "VpnRegionId": REGION,
        "ChargeType": "POSTPAY",
        "OrderType": "PayByCenOwner",
        "Zones": [],
    },
    "Ecr": {"EcrOwnerId": int(ACCOUNT), "TransitRouterRegionId": REGION, "OrderType": "PayByCenOwner"},
    "Peer": {
        "RegionId": REGION,
        "PeerTransitRouterRegionId": REGIONS[1],
        "PeerTransitRouterOwnerId": int(ACCOUNT),
        "Bandwidth": 10,
        "BandwidthType": "DataTransfer",
        "CenBandwidthPackageId": "",
        "GeographicSpanId": "",
        "DefaultLinkType": "Gold",
    },
}


def create(cbn, kind, number=1, **parameters):
    """The id of a new attachment, which is Attached."""
    whole = {"TransitRouterId": HERE} | kind.names(number) | kind.needs | parameters
    name = cbn(kind.create, **whole)["TransitRouterAttachmentId"]
    settled(lambda: find(cbn, kind, name))
    return name


@each(KINDS)
def test_an_attachment_is_made_changed_and_deleted(cbn, emulator, kind):
    texts = {"TransitRouterAttachmentName": "first", "TransitRouterAttachmentDescription": "the_first"}
    name = create(cbn, kind, Tag=TAGS, **texts)
    shown = find(cbn, kind, name)
    # Peer attachments tell no seconds.
    assert len(shown.pop("CreationTime")) == len("2022-07-20T09:29Z" if kind is PEER else "2022-07-20T09:29:35Z")
    if kind is VPC:
        (zone,) = shown.pop("ZoneMappings")
        assert zone.pop("NetworkInterfaceId").startswith("eni-") and zone == ZONES[0]
    assert shown == texts | kind.names(1) | OWN_FIELDS[kind.word] | {
        "TransitRouterAttachmentId": name,
        "TransitRouterId": HERE,
        "CenId": CEN,
        "Status": "Attached",
        "ResourceType": kind.resource,
        "AutoPublishRouteEnabled": kind in (VPN, ECR),
        "Tags": TAGS,
    }
    changes = {"TransitRouterAttachmentName": "second"}
    if kind is not ECR:
        changes["AutoPublishRouteEnabled"] = kind is not VPN
    if kind is not PEER:
        changes["OrderType"] = "PayByResourceOwner"
    cbn(kind.update, TransitRouterAttachmentId=name, TransitRouterAttachmentDescription="", **changes)
    shown = settled(lambda: find(cbn, kind, name))
    assert changes.items() <= shown.items() and shown["TransitRouterAttachmentDescription"] == ""
    assert changes.items() <= emulator.ask("world")["TransitRouterAttachments"][0].items()
    cbn(kind.delete, TransitRouterAttachmentId=name, Force=True)
    gone(lambda: find(cbn, kind, name))
    assert emulator.ask("world")["TransitRouterAttachments"] == []
    unknown = (400, "InvalidTransitRouterAttachmentId.NotFound")
    assert refusal(cbn, kind.delete, TransitRouterAttachmentId=name) == unknown


@pytest.mark.emulator("--settle", "1h")
@each(KINDS, lambda kind: world(attachment(kind, 1), attachment(kind, 2)))
def test_an_attachment_is_on_its_way_before_it_is_there_changed_and_gone(cbn, kind):
    made = cbn(kind.create, TransitRouterId=HERE, **kind.names(3), **kind.needs)["TransitRouterAttachmentId"]
    cbn(kind.update, TransitRouterAttachmentId="tr-attach-001", TransitRouterAttachmentName="new")
    cbn(kind.delete, TransitRouterAttachmentId="tr-attach-002")
    for name, status in [(made, "Attaching"), ("tr-attach-001", "Modifying"), ("tr-attach-002", "Detaching")]:
        assert find(cbn, kind, name)["Status"] == status
        assert refusal(cbn, kind.update, TransitRouterAttachmentId=name) == (400, kind.busy)
        assert refusal(cbn, kind.delete, TransitRouterAttachmentId=name, Force=True) == (400, kind.busy)


@each(KINDS)
def test_a_cen_and_a_region_name_the_router(cbn, kind):
    name = cbn(kind.create, CenId=CEN, RegionId=REGION, **kind.names(1), **kind.needs)["TransitRouterAttachmentId"]
    assert find(cbn, kind, name)["TransitRouterId"] == HERE


@each([VPC, VBR, ECR, PEER])
def test_a_region_without_a_router_gets_one(cbn, kind):
    region = "cn-chengdu"
    needs = kind.needs | ({"ZoneMappings": [{"ZoneId": f"{region}-a", "VSwitchId": "vsw-a"}]} if kind is VPC else {})
    name = cbn(kind.create, CenId=CEN, RegionId=region, **kind.names(1), **needs)["TransitRouterAttachmentId"]
    (router,) = ids(cbn, "ListTransitRouters", CenId=CEN, RegionId=region)
    settled(lambda: find_router(cbn, router, region))
    assert ids(cbn, kind.list, RegionId=region, TransitRouterId=router) == [name]


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param(kind, count, marks=pytest.mark.world(crowd(kind, count)), id=f"{kind.word}-{count}")
        for kind in KINDS
        for count in (51, 101)
    ],
)
def test_every_page_of_a_long_list_is_read(cbn, kind, count):
    made = [f"tr-attach-{number:03}" for number in range(1, count + 1)]
    # The legacy SDK sends a region with every call.
    for size in (17, 50) if count == 51 else (51, 100):
        check_marked(cbn, kind.list, "TransitRouterAttachmentId", made, size, RegionId=REGION)
    assert cbn(kind.list, RegionId=REGION)["MaxResults"] == len(ids(cbn, kind.list, RegionId=REGION)) == 20
    for wrong in ({"MaxResults": 0}, {"MaxResults": 101}, {"NextToken": "?"}):
        assert refusal(cbn, kind.list, **wrong) == (400, f"IllegalParam.{next(iter(wrong))}")


def filtered(kind):
    """A world with three attachments of a type, one of them at another router, and one of another type."""
    return world(
        attachment(kind, 1, Tags=TAGS, OrderType="PayByResourceOwner"),
        attachment(kind, 2),
        attachment(kind, 3, TransitRouterId="tr-2"),
        attachment(VPC if kind is VBR else VBR, 4),
    )


@each(KINDS, filtered)
def test_lists_are_filtered(cbn, kind):
    cases = [
        ({}, [1, 2]),
        ({"RegionId": REGIONS[2]}, [3]),
        ({"CenId": CEN}, [1, 2]),
        ({"CenId": "cen-9"}, []),
        ({"TransitRouterId": HERE}, [1, 2]),
        ({"TransitRouterId": "tr-2", "RegionId": REGIONS[2]}, [3]),
        ({"TransitRouterAttachmentId": "tr-attach-002"}, [2]),
        ({"TransitRouterAttachmentId": "tr-attach-004"}, []),
        ({"Tag": TAGS}, [1]),
        ({"Tag": [{"Key": "env", "Value": "test"}]}, []),
        ({"Tag": TAGS, "TransitRouterAttachmentId": "tr-attach-002"}, []),
    ]
    if kind is VPC:
        cases += [
            ({"VpcId": "vpc-2"}, [2]),
            ({"OrderType": "PayByResourceOwner"}, [1]),
            ({"Status": "Attached"}, [1, 2]),
            ({"Status": "Attaching"}, []),
        ]
    for filters, found in cases:
        names = [f"tr-attach-{number:03}" for number in found]
        assert ids(cbn, kind.list, **{"RegionId": REGION} | filters) == names, filters


# Whether create, update and delete answer a trial in which everything is right with a RequestId, or refuse it as one.
ANSWERED = {
    "Vpc": (False, True, True),
    "Vbr": (True, False, True),
    "Vpn": (False, False, False),
    "Ecr": (False, True, True),
    "Peer": (True, True, True),
}


@each(KINDS, lambda kind: world(attachment(kind, 1)))
def test_a_trial_changes_nothing(cbn, emulator, kind):
    before = emulator.ask("world")["TransitRouterAttachments"]
    key = "TransitRouterAttachmentId"
    this = {key: "tr-attach-001"}
    new = {"TransitRouterId": HERE} | kind.names(2) | kind.needs
    calls = [(kind.create, new, kind.network), (kind.update, this, key), (kind.delete, this, key)]
    for (action, call, needed), answered in zip(calls, ANSWERED[kind.word]):
        if answered:
            assert cbn(action, DryRun=True, **call).keys() == {"RequestId"}
        else:
            assert refusal(cbn, action, DryRun=True, **call) == (400, "DryRunOperation")
        # It finds what a call would.
        assert refusal(cbn, action, DryRun=True) == (400, f"MissingParam.{needed}")
    assert emulator.ask("world")["TransitRouterAttachments"] == before


@each(KINDS)
def test_what_an_attachment_cannot_be(cbn, emulator, kind):
    whole = {"TransitRouterId": HERE, "RegionId": REGION} | kind.names(1) | kind.needs
    name = "TransitRouterAttachmentName"
    for changes, code in [
        ({kind.network: None}, f"MissingParam.{kind.network}"),
        ({kind.network: "x-1"}, f"IllegalParam.{kind.network}"),
        ({"TransitRouterId": None}, "MissingParam.CenIdOrRegionId"),
        ({"TransitRouterId": "tr-9"}, "InvalidTransitRouterId.NotFound"),
        ({"TransitRouterId": None, "CenId": "cen-9"}, "InvalidCenId.NotFound"),
        ({"CenId": "cen-9"}, "InvalidCenId.NotFound"),
        ({"RegionId": REGIONS[1]}, "IllegalParam.RegionId"),
        ({name: "n" * 129}, f"IllegalParam.{name}"),
        ({name: "http://a"}, f"IllegalParam.{name}"),
        ({"Tag": [{"Key": "aliyun", "Value": ""}]}, "IllegalParam.TagKey"),
    ]:
        assert refusal(cbn, kind.create, **whole | changes) == (400, code), changes
    create(cbn, kind)
    twice = "InvalidOperation" if kind is PEER else "QuotaFull.ChildInstanceRelatedCen"
    assert refusal(cbn, kind.create, **whole) == (400, twice)
    assert len(emulator.ask("world")["TransitRouterAttachments"]) == 1


@each(KINDS)
def test_a_call_that_is_sent_again_with_its_token_makes_one_attachment(cbn, emulator, kind):
    call = {"TransitRouterId": HERE, "ClientToken": "token-1"} | kind.names(1) | kind.needs
    made = {cbn(kind.create, **call)["TransitRouterAttachmentId"] for _ in range(2)}
    assert made == {item["TransitRouterAttachmentId"] for item in emulator.ask("world")["TransitRouterAttachments"]}


@pytest.mark.world(world())
def test_zones_of_a_vpc_are_added_and_taken_away_while_one_stays(cbn):
    name = create(cbn, VPC)
    this = {"TransitRouterAttachmentId": name}

    def zones():
        mappings = settled(lambda: find(cbn, VPC, name))["ZoneMappings"]
        return [{key: zone[key] for key in ("ZoneId", "VSwitchId")} for zone in mappings]

    action = "UpdateTransitRouterVpcAttachmentZones"
    assert refusal(cbn, action, **this, AddZoneMappings=ZONES[1:], DryRun=True) == (400, "DryRunOperation")
    cbn(action, **this, AddZoneMappings=ZONES[1:])
    assert zones() == ZONES
    cbn(action, **this, RemoveZoneMappings=ZONES[:1])
    assert zones() == ZONES[1:]
    cbn(action, **this, AddZoneMappings=ZONES[:1], RemoveZoneMappings=ZONES[1:])
    assert zones() == ZONES[:1]
    for changes, expected in [
        ({}, (400, "MissingParam.AddZoneMappings")),
        ({"RemoveZoneMappings": ZONES[:1]}, (400, "IllegalParam.ZoneMappings")),
        ({"RemoveZoneMappings": ZONES[1:]}, (400, "IllegalParam.ZoneMappings")),
        ({"AddZoneMappings": ZONES[:1]}, (400, "Duplicated.ZoneMapping")),
        ({"AddZoneMappings": [{"ZoneId": "cn-shanghai-b", "VSwitchId": "vsw-b"}]}, (400, "IllegalParam.ZoneId")),
        ({"AddZoneMappings": [{"ZoneId": "cn-hangzhou-j"}]}, (400, "MissingParam.VSwitchId")),
        ({"AddZoneMappings": [{"ZoneId": "cn-hangzhou-j", "VSwitchId": "x"}]}, (404, "InvalidVSwitchId.NotFound")),
    ]:
        assert refusal(cbn, action, **this, **changes) == expected, changes
    assert zones() == ZONES[:1]


@pytest.mark.world(world())
def test_options_of_a_vpc_are_one_text_on_the_wire(cbn, emulator):
    options = "TransitRouterVPCAttachmentOptions"
    name = create(cbn, VPC, **{options: {"ipv6Support": "enable"}}, AutoPublishRouteEnabled=True)
    assert find(cbn, VPC, name)[options] == {"ipv6Support": "enable"}
    cbn(VPC.update, TransitRouterAttachmentId=name, **{options: {"ipv6Support": "disable"}})
    shown = settled(lambda: find(cbn, VPC, name))
    assert (shown[options], shown["AutoPublishRouteEnabled"]) == ({"ipv6Support": "disable"}, True)
    assert emulator.ask("world")["TransitRouterAttachments"][0][options] == {"ipv6Support": "disable"}
    wrong = {options: {"ipv6Support": "perhaps"}}
    assert refusal(cbn, VPC.update, TransitRouterAttachmentId=name, **wrong) == (400, "IllegalParam.Ipv6Support")


@pytest.mark.world(world())
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ZoneMappings": []}, (400, "MissingParam.ZoneMappings")),
        ({"ZoneMappings": [{"VSwitchId": "vsw-h"}]}, (400, "MissingParam.ZoneId")),
        ({"ZoneMappings": [ZONES[0], ZONES[0]]}, (400, "Duplicated.ZoneMapping")),
        ({"ZoneMappings": [{"ZoneId": "cn-shanghai-b", "VSwitchId": "vsw-b"}]}, (400, "IllegalParam.ZoneId")),
        ({"ZoneMappings": [{"ZoneId": "cn-hangzhou-h", "VSwitchId": "x"}]}, (404, "InvalidVSwitchId.NotFound")),
        ({"ChargeType": "PREPAY"}, (400, "IllegalParam.ChargeType")),
        ({"AutoPublishRouteEnabled": "perhaps"}, (400, "IllegalParam.AutoPublishRouteEnabled")),
    ],
)
def test_what_a_vpc_attachment_cannot_be(cbn, changes, expected):
    call = {"TransitRouterId": HERE} | VPC.names(1) | VPC.needs | changes
    assert refusal(cbn, VPC.create, **call) == expected


@pytest.mark.emulator("--set", "vpc_attachment_quota=1")
@pytest.mark.world(world(attachment(VPC, 1)))
def test_a_router_has_only_so_many_vpcs(cbn):
    call = {"TransitRouterId": HERE} | VPC.names(2) | VPC.needs
    assert refusal(cbn, VPC.create, **call) == (400, "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter")


@pytest.mark.world(world())
def test_a_vpn_is_in_zones_has_a_narrow_name_and_wants_a_router_with_addresses(cbn):
    zones = [{"ZoneId": "cn-hangzhou-h"}, {"ZoneId": "cn-hangzhou-i"}]
    name = create(cbn, VPN, Zone=zones, ChargeType="POSTPAY", AutoPublishRouteEnabled=False)
    shown = find(cbn, VPN, name)
    assert (shown["Zones"], shown["AutoPublishRouteEnabled"]) == (zones, False)
    wrong = {"TransitRouterAttachmentName": "1st"}
    code = "IllegalParam.TransitRouterAttachmentName"
    assert refusal(cbn, VPN.update, TransitRouterAttachmentId=name, **wrong) == (400, code)
    assert refusal(cbn, VPN.create, TransitRouterId=HERE, **VPN.names(2), **wrong) == (400, code)
    no_addresses = {"TransitRouterId": "tr-1", "RegionId": REGIONS[1]} | VPN.names(2)
    assert refusal(cbn, VPN.create, **no_addresses) == (400, "OperationFailed.AllocateCidrFailed")


@pytest.mark.world(world())
def test_a_line_between_regions_has_a_bandwidth_and_is_found_from_both_ends(cbn, emulator):
    name = create(cbn, PEER, PeerTransitRouterRegionId=REGIONS[1], DefaultLinkType="Platinum", Bandwidth=100)
    shown = find(cbn, PEER, name)
    assert (shown["Bandwidth"], shown["DefaultLinkType"]) == (100, "Platinum")
    assert find(cbn.but(region=REGIONS[1]), PEER, name) == shown
    package = {"BandwidthType": "BandwidthPackage", "CenBandwidthPackageId": "cenbwp-1", "DefaultLinkType": "Gold"}
    cbn(PEER.update, TransitRouterAttachmentId=name, Bandwidth=2, **package)
    kept = settled(lambda: find(cbn, PEER, name))
    assert kept.items() >= (package | {"Bandwidth": 2}).items()
    assert emulator.ask("world")["TransitRouterAttachments"][0].items() >= (package | {"Bandwidth": 2}).items()


@pytest.mark.world(world())
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Bandwidth": None}, "MissingParam.Bandwidth"),
        ({"Bandwidth": 0}, "IllegalParam.Bandwidth"),
        ({"BandwidthType": "Dial-up"}, "IllegalParam.BandwidthType"),
        ({"DefaultLinkType": "Silver"}, "ParameterIllegal.CdtDefaultLinkTypeOnlySupportPlatinumOrGold"),
        (
            {
                "BandwidthType": "BandwidthPackage",
                "CenBandwidthPackageId": "cenbwp-1",
                "DefaultLinkType": "Platinum",
            },
            "ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold",
        ),
        ({"BandwidthType": "BandwidthPackage"}, "InvalidOperation.BwpNotAssociated"),
        ({"CenBandwidthPackageId": "cenbwp-1"}, "IllegalParam.CenBandwidthPackageId"),
        ({"PeerTransitRouterId": "tr-9"}, "InvalidPeerTransitRouterId.NotFound"),
        ({"PeerTransitRouterId": HERE}, "IllegalParam.PeerTransitRouterId"),
        ({"PeerTransitRouterRegionId": REGIONS[2]}, "IllegalParam.PeerRegionId"),
    ],
)
def test_what_a_line_between_regions_cannot_be(cbn, changes, code):
    call = {"TransitRouterId": HERE} | PEER.names(1) | PEER.needs | changes
    assert refusal(cbn, PEER.create, **call) == (400, code)
