"""Transit routers and their address blocks."""

import pytest

import cbn as sdks
from emulator import ACCOUNT
from network import CEN, HERE, REGIONS, VPC, attachment, check_numbered, find_router, gone, ids, refusal, settled, world

REGION = REGIONS[0]
BLOCKS = [
    {"Cidr": "10.1.0.0/24", "Name": "first", "Description": "for \"VPN\"s, 専有線", "PublishCidrRoute": False},
    {"Cidr": "10.2.0.0/16"},
]
ROUTERS = {"Cens": [{"CenId": CEN}]}
UNKNOWN = (400, "InvalidTransitRouterInstance.NotFound")


@pytest.mark.world(ROUTERS)
@pytest.mark.parametrize(("sdk", "options"), [form[1:] for form in sdks.FORMS], ids=[form[0] for form in sdks.FORMS])
def test_a_router_is_made_changed_and_deleted_in_every_form_of_call(sdk, options, emulator):
    cbn = sdk(**options)
    tags = [{"Key": "env", "Value": "prod"}]
    router = cbn(
        "CreateTransitRouter",
        CenId=CEN,
        RegionId=REGION,
        TransitRouterName="hz",
        TransitRouterDescription="first",
        SupportMulticast=True,
        TransitRouterCidrList=BLOCKS,
        Tag=tags,
    )["TransitRouterId"]
    shown = settled(lambda: find_router(cbn, router))
    blocks = shown.pop("TransitRouterCidrList")
    assert all(block.pop("TransitRouterCidrId").startswith("trcidr-") for block in blocks)
    assert blocks == [BLOCKS[0], BLOCKS[1] | {"Name": "", "Description": "", "PublishCidrRoute": True}]
    # The only list, beside that of peer attachments, that tells no seconds.
    assert len(shown.pop("CreationTime")) == len("2022-07-20T09:29Z")
    assert shown == {
        "AliUid": int(ACCOUNT),
        "CenId": CEN,
        "RegionId": REGION,
        "Status": "Active",
        "Type": "Enterprise",
        "TransitRouterId": router,
        "TransitRouterName": "hz",
        "TransitRouterDescription": "first",
        "SupportMulticast": True,
        "Tags": tags,
    }
    cbn("UpdateTransitRouter", RegionId=REGION, TransitRouterId=router, TransitRouterName="", DryRun=True)
    cbn("UpdateTransitRouter", RegionId=REGION, TransitRouterId=router, TransitRouterDescription="second")
    settled(lambda: find_router(cbn, router))
    kept = emulator.ask("world")["TransitRouters"][0]
    assert (kept["TransitRouterName"], kept["TransitRouterDescription"]) == ("hz", "second")
    cbn("DeleteTransitRouter", TransitRouterId=router)
    gone(lambda: find_router(cbn, router))
    assert emulator.ask("world")["TransitRouters"] == []
    assert refusal(cbn, "DeleteTransitRouter", TransitRouterId=router) == UNKNOWN


@pytest.mark.emulator("--settle", "1h")
@pytest.mark.world(world())
def test_a_router_is_on_its_way_before_it_is_there_changed_and_gone(cbn):
    region = "cn-chengdu"
    router = cbn("CreateTransitRouter", CenId=CEN, RegionId=region)["TransitRouterId"]
    cbn("UpdateTransitRouter", RegionId=REGION, TransitRouterId=HERE, TransitRouterName="new")
    cbn("DeleteTransitRouter", TransitRouterId="tr-1")
    for name, place, status in [
        (router, region, "Creating"),
        (HERE, REGION, "Modifying"),
        ("tr-1", REGIONS[1], "Deleting"),
    ]:
        assert ids(cbn, "ListTransitRouters", RegionId=place, Status=status) == [name]
        busy = (400, "IncorrectStatus.TransitRouterInstance")
        assert refusal(cbn, "DeleteTransitRouter", TransitRouterId=name) == busy
        assert refusal(cbn, "UpdateTransitRouter", RegionId=place, TransitRouterId=name) == busy
    taken = (400, "IncorrectStatus.TransitRouter")
    assert refusal(cbn, VPC.create, TransitRouterId=HERE, **VPC.names(1), **VPC.needs) == taken


def crowd(size):
    """A world with this many routers in one region: each in a CEN of its own, which has one in a region."""
    numbers = range(size)
    routers = [{"TransitRouterId": f"tr-{n}", "CenId": f"cen-{n}", "RegionId": REGION} for n in numbers]
    return {"Cens": [{"CenId": f"cen-{n}"} for n in numbers], "TransitRouters": routers}


@pytest.mark.parametrize("count", [pytest.param(count, marks=pytest.mark.world(crowd(count))) for count in (51, 101)])
def test_every_page_of_a_long_list_is_read(cbn, count):
    routers = [f"tr-{number}" for number in range(count)]
    for size in (17, 50) if count == 51 else (49, 50):
        check_numbered(cbn, "ListTransitRouters", "TransitRouterId", routers, size, RegionId=REGION)
    assert len(cbn("ListTransitRouters", RegionId=REGION)["TransitRouters"]) == 10
    check_numbered(cbn, "ListTransitRouters", "TransitRouterId", ["tr-7"], 50, RegionId=REGION, CenId="cen-7")
    for wrong in ({"PageSize": 0}, {"PageSize": 51}, {"PageNumber": 0}):
        assert refusal(cbn, "ListTransitRouters", **wrong) == (400, f"IllegalParam.{next(iter(wrong))}")


@pytest.mark.world(
    {
        "Cens": [{"CenId": "cen-1"}, {"CenId": "cen-2"}, {"CenId": "cen-3", "Account": "2000000000000002"}],
        "TransitRouters": [
            {
                "TransitRouterId": "tr-1",
                "CenId": "cen-1",
                "RegionId": REGION,
                "TransitRouterName": "a",
                "SupportMulticast": True,
                "Tags": [{"Key": "env", "Value": "prod"}],
            },
            {"TransitRouterId": "tr-2", "CenId": "cen-2", "RegionId": REGION, "TransitRouterName": "b"},
            {"TransitRouterId": "tr-3", "CenId": "cen-1", "RegionId": REGIONS[1], "Type": "Basic"},
            {"TransitRouterId": "tr-4", "CenId": "cen-3", "RegionId": REGION, "Account": "2000000000000002"},
        ],
    }
)
def test_lists_are_filtered(cbn):
    for filters, found in [
        ({}, ["tr-1", "tr-2"]),
        ({"RegionId": REGIONS[1]}, ["tr-3"]),
        ({"CenId": "cen-1"}, ["tr-1"]),
        ({"CenId": "cen-9"}, []),
        ({"CenId": "cen-3"}, []),
        ({"TransitRouterId": "tr-2"}, ["tr-2"]),
        ({"TransitRouterId": "tr-3"}, []),
        ({"TransitRouterName": "b"}, ["tr-2"]),
        ({"Status": "Active"}, ["tr-1", "tr-2"]),
        ({"Status": "Creating"}, []),
        ({"Type": "Enterprise"}, ["tr-1", "tr-2"]),
        ({"Type": "Basic", "RegionId": REGIONS[1]}, ["tr-3"]),
        ({"Tag": [{"Key": "env", "Value": "prod"}]}, ["tr-1"]),
        ({"Tag": [{"Key": "env", "Value": "test"}]}, []),
        ({"FeatureFilter": [{"Key": "Multicast", "Value": ["Enabled"]}]}, ["tr-1"]),
        ({"FeatureFilter": [{"Key": "Multicast", "Value": ["Disabled"]}]}, ["tr-2"]),
        ({"CenId": "cen-1", "TransitRouterName": "b"}, []),
    ]:
        assert ids(cbn, "ListTransitRouters", **{"RegionId": REGION} | filters) == found, filters


@pytest.mark.world(ROUTERS)
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"CenId": None}, "MissingParam.CenId"),
        ({"CenId": "cen-9"}, "InvalidCenId.NotFound"),
        ({"RegionId": "cn-atlantis"}, "IllegalParam.RegionId"),
        ({"TransitRouterName": "n" * 129}, "IllegalParam.TransitRouterName"),
        ({"TransitRouterDescription": "http://a"}, "IllegalParam.TransitRouterDescription"),
        ({"SupportMulticast": "maybe"}, "IllegalParam.SupportMulticast"),
        ({"TransitRouterCidrList": [{"Name": "a"}]}, "IllegalParam.Cidr"),
        ({"TransitRouterCidrList": [BLOCKS[0], BLOCKS[0]]}, "OverLappingExist.Cidr"),
        ({"Tag": [{"Key": "a" * 65}]}, "IllegalParam.TagKey"),
        ({"DryRun": True}, "DryRunOperation"),
        # A trial finds what a call would.
        ({"DryRun": True, "CenId": "cen-9"}, "InvalidCenId.NotFound"),
    ],
)
def test_what_a_router_cannot_be(cbn, emulator, parameters, code):
    assert refusal(cbn, "CreateTransitRouter", **{"CenId": CEN, "RegionId": REGION} | parameters) == (400, code)
    assert emulator.ask("world")["TransitRouters"] == []


@pytest.mark.world(world(attachment(VPC, 1)))
def test_a_router_with_something_attached_stays_and_is_the_only_one_of_its_region(cbn, emulator):
    attached = (400, "InvalidOperation.AttachedChildInstanceExist")
    assert refusal(cbn, "DeleteTransitRouter", TransitRouterId=HERE) == attached
    assert refusal(cbn, "DeleteTransitRouter", TransitRouterId="tr-1", DryRun=True) == (400, "DryRunOperation")
    second = (400, "InstanceExist.TransitRouterInstance")
    assert refusal(cbn, "CreateTransitRouter", CenId=CEN, RegionId=REGION) == second
    elsewhere = {"RegionId": REGIONS[1], "TransitRouterId": HERE, "TransitRouterName": "new"}
    assert refusal(cbn, "UpdateTransitRouter", **elsewhere) == UNKNOWN
    assert refusal(cbn, "UpdateTransitRouter", RegionId=REGION) == (400, "MissingParam.TransitRouterId")
    assert refusal(cbn, "DeleteTransitRouter") == (400, "MissingParam.TransitRouterId")
    assert {router["Status"] for router in emulator.ask("world")["TransitRouters"]} == {"Active"}


@pytest.mark.world(ROUTERS)
def test_a_call_that_is_sent_again_with_its_token_makes_one_router(cbn, emulator):
    call = {"CenId": CEN, "RegionId": REGION, "TransitRouterCidrList": BLOCKS, "ClientToken": "token-1"}
    routers = {cbn("CreateTransitRouter", **call)["TransitRouterId"] for _ in range(2)}
    assert routers == {router["TransitRouterId"] for router in emulator.ask("world")["TransitRouters"]}
    other = call | {"TransitRouterName": "other"}
    assert refusal(cbn, "CreateTransitRouter", **other) == (400, "IdempotentParameterMismatch")


@pytest.mark.world(world())
def test_blocks_of_a_router_are_added_changed_listed_and_taken_away_one_by_one(cbn, emulator):
    here = {"RegionId": REGION, "TransitRouterId": HERE}
    added = cbn("CreateTransitRouterCidr", **here, **BLOCKS[0])["TransitRouterCidrId"]
    more = {"TransitRouterId": HERE, "Family": "IPv4"}
    first = more | {"TransitRouterCidrId": "trcidr-0", "Cidr": "10.0.0.0/24"}
    first |= {"Name": "", "Description": "", "PublishCidrRoute": True}
    second = more | {"TransitRouterCidrId": added} | BLOCKS[0]
    assert cbn("ListTransitRouterCidr", **here)["CidrLists"] == [first, second]
    changes = {"Cidr": "10.3.0.0/24", "Name": "", "PublishCidrRoute": True}
    cbn("ModifyTransitRouterCidr", **here, TransitRouterCidrId=added, **changes)
    assert cbn("ListTransitRouterCidr", **here, TransitRouterCidrId=added)["CidrLists"] == [second | changes]
    cbn("DeleteTransitRouterCidr", **here, TransitRouterCidrId="trcidr-0")
    kept = emulator.ask("world")["TransitRouters"][0]["TransitRouterCidrList"]
    assert kept == [BLOCKS[0] | changes | {"TransitRouterCidrId": added}]
    unknown = (400, "InvalidTransitRouterCidrId.NotFound")
    assert refusal(cbn, "DeleteTransitRouterCidr", **here, TransitRouterCidrId="trcidr-0") == unknown


ROUTER = {"RegionId": REGION, "TransitRouterId": HERE}
BLOCK = ROUTER | {"TransitRouterCidrId": "trcidr-0"}


@pytest.mark.world(world())
@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("CreateTransitRouterCidr", ROUTER, "MissingParam.Cidr"),
        ("CreateTransitRouterCidr", {"RegionId": REGION, "Cidr": "10.9.0.0/24"}, "MissingParam.TransitRouterId"),
        ("CreateTransitRouterCidr", ROUTER | {"Cidr": "10.0.0.0/16"}, "OverLappingExist.Cidr"),
        ("CreateTransitRouterCidr", ROUTER | {"Cidr": "10.9.0.0/25"}, "IllegalParam.Cidr"),
        ("CreateTransitRouterCidr", ROUTER | {"Cidr": "10.9.0.0/24", "DryRun": True}, "DryRunOperation"),
        ("ModifyTransitRouterCidr", ROUTER, "MissingParam.TransitRouterCidrId"),
        ("ModifyTransitRouterCidr", BLOCK | {"Name": "n" * 129}, "IllegalParam.Name"),
        ("ModifyTransitRouterCidr", BLOCK | {"RegionId": REGIONS[1]}, "InvalidTransitRouterInstance.NotFound"),
        ("ModifyTransitRouterCidr", BLOCK | {"Name": "new", "DryRun": True}, "DryRunOperation"),
        ("ListTransitRouterCidr", {"RegionId": REGION}, "MissingParam.TransitRouterId"),
        ("ListTransitRouterCidr", BLOCK | {"DryRun": True}, "DryRunOperation"),
        ("DeleteTransitRouterCidr", ROUTER, "MissingParam.TransitRouterCidrId"),
        ("DeleteTransitRouterCidr", BLOCK | {"DryRun": True}, "DryRunOperation"),
    ],
)
def test_how_changes_of_blocks_are_refused(cbn, emulator, action, parameters, code):
    before = emulator.ask("world")["TransitRouters"]
    assert refusal(cbn, action, **parameters) == (400, code)
    assert emulator.ask("world")["TransitRouters"] == before
