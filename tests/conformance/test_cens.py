"""CEN instances."""

import pytest

from emulator import ACCOUNT
from network import check_numbered, find_cen, gone, ids, refusal, rows, settled, world

TAGS = [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": ""}]
UNKNOWN = (400, "ParameterCenInstanceId")


def create(cbn, **parameters):
    """The id of a new CEN, which is Active."""
    cen = cbn("CreateCen", **parameters)["CenId"]
    settled(lambda: find_cen(cbn, cen))
    return cen


def test_a_cen_is_made_changed_moved_and_deleted(cbn, emulator):
    cen = create(cbn, Name="backbone", Description="first", ProtectionLevel="REDUCED", Tag=TAGS)
    shown = find_cen(cbn, cen)
    assert shown.pop("CreationTime").endswith("Z")
    assert shown == {
        "CenId": cen,
        "Name": "backbone",
        "Description": "first",
        "Status": "Active",
        "ProtectionLevel": "REDUCED",
        "Ipv6Level": "DISABLE",
        "ResourceGroupId": "rg-default",
        "Tags": {"Tag": TAGS},
        "CenBandwidthPackageIds": {"CenBandwidthPackageId": []},
    }
    cbn("ModifyCenAttribute", CenId=cen, Name="", Description="second", ProtectionLevel="REDUCED")
    cbn("MoveResourceGroup", ResourceType="cen", ResourceId=cen, NewResourceGroupId="rg-2")
    kept = emulator.ask("world")["Cens"][0]
    assert (kept["Name"], kept["Description"], kept["ResourceGroupId"]) == ("", "second", "rg-2")
    assert (kept["Account"], kept["Tags"]) == (ACCOUNT, TAGS)
    cbn("DeleteCen", CenId=cen)
    gone(lambda: find_cen(cbn, cen))
    assert emulator.ask("world")["Cens"] == []
    assert refusal(cbn, "DeleteCen", CenId=cen) == UNKNOWN


@pytest.mark.emulator("--settle", "1h")
@pytest.mark.world({"Cens": [{"CenId": "cen-old"}]})
def test_a_cen_is_creating_and_deleting_before_it_is_there_and_gone(cbn):
    cen = cbn("CreateCen")["CenId"]
    assert find_cen(cbn, cen)["Status"] == "Creating"
    busy = (409, "InvalidOperation.CenInstanceStatus")
    assert refusal(cbn, "CreateTransitRouter", CenId=cen, RegionId="cn-hangzhou") == busy
    assert refusal(cbn, "DeleteCen", CenId=cen) == busy
    cbn("DeleteCen", CenId="cen-old")
    assert find_cen(cbn, "cen-old")["Status"] == "Deleting"
    assert refusal(cbn, "ModifyCenAttribute", CenId="cen-old", Name="new") == busy


def test_every_page_of_a_long_list_is_read(cbn):
    made = []
    for count, sizes in ((51, (1, 17, 50)), (101, (49, 50))):
        made += [cbn("CreateCen", Name=f"n{number}")["CenId"] for number in range(len(made), count)]
        for size in sizes:
            check_numbered(cbn, "DescribeCens", "CenId", made, size)
        first = cbn("DescribeCens")
        assert (first["PageNumber"], first["PageSize"], len(rows(first))) == (1, 10, 10)
    for wrong in ({"PageSize": 0}, {"PageSize": 51}, {"PageNumber": 0}):
        assert refusal(cbn, "DescribeCens", **wrong) == (400, f"IllegalParam.{next(iter(wrong))}")


@pytest.mark.world(
    {
        "Cens": [
            {"CenId": "cen-1", "Name": "a", "Tags": [{"Key": "env", "Value": "prod"}]},
            {"CenId": "cen-2", "Name": "b", "Tags": [{"Key": "env", "Value": "test"}, {"Key": "team", "Value": "x"}]},
            {"CenId": "cen-3", "Name": "b", "ResourceGroupId": "rg-2"},
            {"CenId": "cen-4", "Name": "a", "Account": "2000000000000002"},
        ]
    }
)
def test_lists_are_filtered_by_name_id_tag_and_group(cbn):
    for filters, found in [
        ({}, ["cen-1", "cen-2", "cen-3"]),
        ({"Filter": [{"Key": "Name", "Value": ["b"]}]}, ["cen-2", "cen-3"]),
        ({"Filter": [{"Key": "Name", "Value": ["a", "b", "c"]}]}, ["cen-1", "cen-2", "cen-3"]),
        (
            {"Filter": [{"Key": "Name", "Value": ["b"]}, {"Key": "CenId", "Value": ["cen-1", "cen-2", "cen-9"]}]},
            ["cen-2"],
        ),
        ({"Filter": [{"Key": "CenId", "Value": ["cen-9"]}]}, []),
        ({"Filter": [{"Key": "CenId", "Value": ["cen-4"]}]}, []),
        ({"Tag": [{"Key": "env", "Value": "prod"}]}, ["cen-1"]),
        ({"Tag": [{"Key": "env"}]}, ["cen-1", "cen-2"]),
        ({"Tag": [{"Key": "env", "Value": "test"}, {"Key": "team", "Value": "x"}]}, ["cen-2"]),
        ({"Tag": [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "x"}]}, []),
        ({"ResourceGroupId": "rg-2"}, ["cen-3"]),
        ({"ResourceGroupId": "rg-2", "Filter": [{"Key": "Name", "Value": ["a"]}]}, []),
    ]:
        assert ids(cbn, "DescribeCens", **filters) == found, filters


@pytest.mark.parametrize(
    "filters",
    [
        [{"Key": "Colour", "Value": ["red"]}],
        [{"Key": "Name"}],
        [{"Key": "Name", "Value": list("abcdef")}],
        [{"Key": "Name", "Value": ["a"]}] * 6,
    ],
)
def test_filters_have_known_keys_and_five_values_at_most(cbn, filters):
    assert refusal(cbn, "DescribeCens", Filter=filters) == (400, "IllegalParam.Filter")


@pytest.mark.emulator("--set", "unknown_cen=refused")
def test_a_list_of_an_unknown_cen_may_be_refused(cbn):
    assert refusal(cbn, "DescribeCens", Filter=[{"Key": "CenId", "Value": ["cen-9"]}]) == UNKNOWN
    assert refusal(cbn, "ListTransitRouters", CenId="cen-9") == UNKNOWN


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Name": "n" * 129}, "IllegalParam.Name"),
        ({"Name": "http://a"}, "IllegalParam.Name"),
        ({"Description": "d" * 257}, "IllegalParam.Description"),
        ({"Description": "https://a"}, "IllegalParam.Description"),
        ({"ProtectionLevel": "FULL"}, "IllegalParam.ProtectionLevel"),
        ({"Tag": [{"Key": "acs:a", "Value": "b"}]}, "IllegalParam.TagKey"),
        ({"Tag": [{"Key": "a", "Value": "aliyun"}]}, "IllegalParam.TagValue"),
        ({"Tag": [{"Value": "b"}]}, "MissingParam.TagKey"),
        ({"Tag": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Forbidden.TagKey.Duplicated"),
    ],
)
def test_what_a_cen_cannot_be(cbn, emulator, parameters, code):
    assert refusal(cbn, "CreateCen", **parameters) == (400, code)
    assert emulator.ask("world")["Cens"] == []


@pytest.mark.world(world())
@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("ModifyCenAttribute", {"Name": "a"}, "MissingParam.CenId"),
        ("ModifyCenAttribute", {"CenId": "cen-9", "Name": "a"}, "ParameterCenInstanceId"),
        ("ModifyCenAttribute", {"CenId": "cen-1", "Name": "n" * 129}, "IllegalParam.Name"),
        ("DeleteCen", {}, "MissingParam.CenId"),
        ("MoveResourceGroup", {"ResourceId": "cen-1", "NewResourceGroupId": "rg-2"}, "MissingParam.ResourceType"),
        ("MoveResourceGroup", {"ResourceType": "CEN", "NewResourceGroupId": "rg-2"}, "MissingParam.ResourceId"),
        ("MoveResourceGroup", {"ResourceType": "CEN", "ResourceId": "cen-1"}, "MissingParam.NewResourceGroupId"),
        (
            "MoveResourceGroup",
            {"ResourceType": "CEN", "ResourceId": "cen-1", "NewResourceGroupId": "rg-2", "DryRun": True},
            "DryRunOperation",
        ),
        (
            "MoveResourceGroup",
            {"ResourceType": "CEN", "ResourceId": "cen-9", "NewResourceGroupId": "rg-2"},
            "ParameterCenInstanceId",
        ),
    ],
)
def test_how_changes_are_refused(cbn, emulator, action, parameters, code):
    before = emulator.ask("world")["Cens"]
    assert refusal(cbn, action, **parameters) == (400, code)
    assert emulator.ask("world")["Cens"] == before


@pytest.mark.world(world())
def test_a_cen_with_routers_stays(cbn, emulator):
    assert refusal(cbn, "DeleteCen", CenId="cen-1") == (409, "InvalidOperation.CenInstanceStatus")
    assert emulator.ask("world")["Cens"][0]["Status"] == "Active"


def test_a_call_that_is_sent_again_with_its_token_makes_one_cen(cbn, emulator):
    cens = {cbn("CreateCen", Name="once", ClientToken="token-1")["CenId"] for _ in range(2)}
    assert cens == {cen["CenId"] for cen in emulator.ask("world")["Cens"]} and len(cens) == 1
