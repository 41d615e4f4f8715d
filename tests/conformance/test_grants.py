"""Grants: the owner of a network lets the CEN of another account attach it."""

import pytest

from emulator import ACCOUNT
from network import CEN, HERE, OWNED, REGIONS, VPC, each, find, gone, pages, refusal, settled, world

OWNER = "2000000000000002"
OWNERS_KEY = ("owner", "secret")
REGION = REGIONS[0]

pytestmark = pytest.mark.emulator("--access-key", "emulator:emulator", "--access-key", f"owner:secret:{OWNER}")


def grant(kind, cen=CEN, **parameters):
    """What the owner of the first network of a type says to grant it."""
    network = {"InstanceId": kind.names(1)[kind.network], "InstanceType": kind.granted_as}
    return {"CenId": cen, "CenOwnerId": int(ACCOUNT), "RegionId": REGION} | network | parameters


def rules(cbn, kind, **parameters):
    """How the owner of that network asks who may attach it."""
    network = {"ProductType": kind.granted_as, "ResourceId": kind.names(1)[kind.network]}
    return cbn("DescribeGrantRulesToResource", RegionId=REGION, **network, **parameters)


@each(OWNED)
def test_a_network_of_another_account_is_attached_while_its_owner_grants_it(cbn, emulator, kind):
    owner = cbn.but(key=OWNERS_KEY)
    owner_id = f"{kind.word}OwnerId"
    attach = {"TransitRouterId": HERE, owner_id: int(OWNER)} | kind.names(1) | kind.needs
    assert refusal(cbn, kind.create, **attach) == (400, "Forbidden.InstanceNotGranted")
    owner("GrantInstanceToTransitRouter", **grant(kind, OrderType="PayByResourceOwner"))
    assert emulator.ask("world")["Grants"][0]["Account"] == OWNER
    name = cbn(kind.create, **attach)["TransitRouterAttachmentId"]
    shown = settled(lambda: find(cbn, kind, name))
    assert (shown[owner_id], shown["OrderType"]) == (int(OWNER), "PayByResourceOwner")
    assert find(owner, kind, name) is None
    in_use = (400, "InvalidOperation.AttachedChildInstanceExist")
    assert refusal(owner, "RevokeInstanceFromTransitRouter", **grant(kind)) == in_use
    cbn(kind.delete, TransitRouterAttachmentId=name)
    gone(lambda: find(cbn, kind, name))
    owner("RevokeInstanceFromTransitRouter", **grant(kind))
    assert emulator.ask("world")["Grants"] == []
    assert refusal(owner, "RevokeInstanceFromTransitRouter", **grant(kind)) == (400, "ParameterInstanceId")
    assert refusal(cbn, kind.create, **attach) == (400, "Forbidden.InstanceNotGranted")


@pytest.mark.world(world())
def test_the_owner_sees_a_grant_and_says_who_pays(cbn):
    owner = cbn.but(key=OWNERS_KEY)
    assert rules(owner, VPC)["GrantRules"] == []
    owner("GrantInstanceToTransitRouter", **grant(VPC))
    # Once more changes nothing.
    owner("GrantInstanceToTransitRouter", **grant(VPC))
    attach = {"TransitRouterId": HERE, "VpcOwnerId": int(OWNER)} | VPC.names(1) | VPC.needs
    cbn(VPC.create, **attach)
    instance = {"CenId": CEN, "InstanceId": "vpc-1"}
    owner("ModifyGrantInstanceToTransitRouter", **instance, OrderType="PayByResourceOwner")
    (rule,) = rules(owner, VPC)["GrantRules"]
    assert rule.pop("CreateTime").endswith("Z")
    # What is attached goes on as it was.
    orders = {"OrderType": "PayByResourceOwner", "EffectiveOrderType": "PayByCenOwner"}
    assert rule == {"CenId": CEN, "CenOwnerId": int(ACCOUNT)} | orders
    assert rules(cbn, VPC)["GrantRules"] == []
    missing = (400, "MissingParam.OrderType")
    assert refusal(owner, "ModifyGrantInstanceToTransitRouter", **instance) == missing


CENS = [f"cen-{number:03}" for number in range(101)]


@pytest.mark.world(
    {
        "Cens": [{"CenId": cen} for cen in CENS],
        "Grants": [{"Account": OWNER, "InstanceId": "vpc-1", "CenId": cen} for cen in CENS],
    }
)
def test_all_grants_of_a_network_come_at_once_or_page_by_page(cbn):
    owner = cbn.but(key=OWNERS_KEY)
    whole = rules(owner, VPC)
    assert [rule["CenId"] for rule in whole["GrantRules"]] == CENS
    assert (whole["MaxResults"], whole["TotalCount"], whole["NextToken"]) == (101, 101, "")
    for size in (20, 100):
        found = list(pages(lambda **token: rules(owner, VPC, MaxResults=size, **token)))
        assert [page["MaxResults"] for page in found] == [size] * (101 // size) + [1]
        assert [rule["CenId"] for page in found for rule in page["GrantRules"]] == CENS


@pytest.mark.world(world())
def test_what_cannot_be_granted(cbn, emulator):
    owner = cbn.but(key=OWNERS_KEY)
    for changes, code in [
        ({"CenId": None}, "MissingParam.CenId"),
        ({"CenId": "cen-9"}, "ParameterCenInstanceId"),
        ({"CenOwnerId": None}, "MissingParam.CenOwnerId"),
        ({"CenOwnerId": int(OWNER)}, "ParameterCenInstanceId"),
        ({"CenOwnerId": 12}, "IllegalParam.CenOwnerId"),
        ({"InstanceId": None}, "MissingParam.InstanceId"),
        ({"InstanceId": "vbr-1"}, "IllegalParam.InstanceId"),
        ({"InstanceType": None}, "MissingParam.InstanceType"),
        ({"InstanceType": "VBR"}, "IllegalParam.InstanceType"),
        ({"OrderType": "PayLater"}, "IllegalParam.OrderType"),
        ({"RegionId": "cn-atlantis"}, "IllegalParam.RegionId"),
    ]:
        call = grant(VPC) | changes
        assert refusal(owner, "GrantInstanceToTransitRouter", **call) == (400, code), changes
        if "OrderType" not in changes:
            assert refusal(owner, "RevokeInstanceFromTransitRouter", **call) == (400, code), changes
    for changes, code in [
        ({"ProductType": None}, "MissingParam.ProductType"),
        ({"ProductType": "VBR"}, "IllegalParam.ProductType"),
        ({"ResourceId": None}, "MissingParam.ResourceId"),
        ({"MaxResults": 0}, "IllegalParam.MaxResults"),
        ({"MaxResults": 101}, "IllegalParam.MaxResults"),
    ]:
        call = {"ProductType": "VPC", "ResourceId": "vpc-1", "RegionId": REGION} | changes
        assert refusal(owner, "DescribeGrantRulesToResource", **call) == (400, code)
    assert emulator.ask("world")["Grants"] == []


@pytest.mark.world(world())
def test_only_the_grant_of_the_owner_for_this_cen_and_this_network_counts(cbn):
    owner = cbn.but(key=OWNERS_KEY)
    other_cen = cbn("CreateCen")["CenId"]
    attach = {"TransitRouterId": HERE, "VpcOwnerId": int(OWNER)} | VPC.names(1) | VPC.needs
    owner("GrantInstanceToTransitRouter", **grant(VPC, other_cen))
    owner("GrantInstanceToTransitRouter", **grant(VPC, InstanceId="vpc-2"))
    cbn("GrantInstanceToTransitRouter", **grant(VPC))
    assert refusal(cbn, VPC.create, **attach) == (400, "Forbidden.InstanceNotGranted")


@pytest.mark.emulator(*pytestmark.args, "--set", "grants_in_use=revocable")
@pytest.mark.world(world())
def test_a_grant_in_use_may_be_revoked_if_the_service_lets_it(cbn, emulator):
    owner = cbn.but(key=OWNERS_KEY)
    owner("GrantInstanceToTransitRouter", **grant(VPC))
    cbn(VPC.create, TransitRouterId=HERE, VpcOwnerId=int(OWNER), **VPC.names(1), **VPC.needs)
    owner("RevokeInstanceFromTransitRouter", **grant(VPC))
    assert emulator.ask("world")["Grants"] == []
