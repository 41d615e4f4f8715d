"""What is asked before anything is made: who calls, whether the service is open, and where it is."""

import pytest

from emulator import ACCOUNT
from network import refusal

OWNER = "2000000000000002"
ROLE = "AliyunServiceRoleForTRFlowLog"


@pytest.mark.emulator("--access-key", "emulator:emulator", "--access-key", f"owner:secret:{OWNER}")
def test_each_key_tells_its_account(cbn):
    for sdk, account in [(cbn, ACCOUNT), (cbn.but(key=("owner", "secret")), OWNER)]:
        identity = sdk("GetCallerIdentity")
        assert (identity["AccountId"], identity["IdentityType"]) == (account, "Account")
        assert identity["Arn"].startswith(f"acs:ram::{account}:")
        role = sdk("GetRole", RoleName=ROLE)["Role"]
        assert role["RoleName"] == ROLE and role["Arn"].startswith(f"acs:ram::{account}:role/")


def test_only_the_role_of_flow_logs_is_there(cbn):
    assert refusal(cbn, "GetRole", RoleName="admin") == (404, "EntityNotExist.Role")
    assert refusal(cbn, "GetRole") == (400, "MissingRoleName")


@pytest.mark.emulator("--set", "flow_log_role=refused")
def test_the_role_of_flow_logs_is_not_there_where_it_may_not_be_made(cbn):
    assert refusal(cbn, "GetRole", RoleName=ROLE) == (404, "EntityNotExist.Role")


def test_the_service_is_open(cbn):
    assert cbn("CheckTransitRouterService")["Enabled"] is True
    assert refusal(cbn, "OpenTransitRouterService") == (400, "ORDER.OPEND")


@pytest.mark.emulator("--set", "transit_router_service=closed")
@pytest.mark.world({"Cens": [{"CenId": "cen-1"}]})
def test_a_closed_service_can_be_opened(cbn):
    closed = (400, "Forbbiden.TransitRouterServiceNotOpen")
    assert refusal(cbn, "CheckTransitRouterService") == closed
    assert refusal(cbn, "CreateTransitRouter", CenId="cen-1", RegionId="cn-hangzhou") == closed
    assert cbn("OpenTransitRouterService")["OrderId"]
    assert cbn("CheckTransitRouterService")["Enabled"] is True


def test_regions_and_zones_are_listed(cbn):
    for parameters in ({}, {"ProductType": "VPC"}, {"ProductType": "VBR", "AcceptLanguage": "en-US"}):
        regions = cbn("DescribeChildInstanceRegions", **parameters)["Regions"]["Region"]
        names = {region["RegionId"] for region in regions}
        assert len(names) == len(regions) > 20 and {"cn-hangzhou", "eu-central-1"} <= names
    for wrong in ({"ProductType": "ECS"}, {"AcceptLanguage": "la"}):
        assert refusal(cbn, "DescribeChildInstanceRegions", **wrong) == (400, f"IllegalParam.{next(iter(wrong))}")
    zones = cbn("ListTransitRouterAvailableResource", RegionId="cn-hangzhou", SupportMulticast=False)
    assert "cn-hangzhou-h" in zones["AvailableZones"] and zones["SupportMulticast"] is True
