"""Who calls: keys, clocks, nonces, temporary keys and accounts, in each form in which a call can be signed."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from alibabacloud_cbn20170912 import models
from alibabacloud_cbn20170912.client import Client
from alibabacloud_tea_openapi.utils_models import Config

import cbn as sdks
import flows
from emulator import ACCOUNT, KEY
from refused import Refused

every_form = pytest.mark.parametrize(
    "caller", [pytest.param(sdk(**options), id=name) for name, sdk, options in sdks.FORMS]
)

ROUTER = {"RegionId": "cn-hangzhou", "CenId": flows.CEN, "TransitRouterId": "tr-hz"}


@pytest.fixture
def wire(monkeypatch):
    """The bytes of the last request, as they left the SDK."""
    sent = bytearray()
    send, begin = http.client.HTTPConnection.send, http.client.HTTPConnection.putrequest

    def begun(connection, *arguments, **options):
        sent.clear()
        return begin(connection, *arguments, **options)

    def recorded(connection, data):
        sent.extend(data)
        return send(connection, data)

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", begun)
    monkeypatch.setattr(http.client.HTTPConnection, "send", recorded)
    return sent


def send_again(emulator, request):
    """Sends the bytes of a request: the status of the answer, and what is in it."""
    with socket.create_connection((urlsplit(emulator.url).hostname, urlsplit(emulator.url).port)) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, json.loads(answer.read())


@every_form
def test_an_unknown_key(caller, emulator):
    refusal = flows.refused(caller.but(key=("someone", "emulator")), "CreateCen")
    assert (refusal.status, refusal.code) == (404, "InvalidAccessKeyId.NotFound")
    assert refusal.message == "Specified access key is not found."
    assert emulator.ask("world")["Cens"] == []


@every_form
def test_a_wrong_secret(caller, emulator, wire):
    refusal = flows.refused(caller.but(key=(KEY[0], "wrong")), "CreateCen", Name="a+b c*~%&=/?#@:")
    request = bytes(wire).decode()
    assert refusal.status == 400 and emulator.ask("world")["Cens"] == []
    if isinstance(caller, sdks.Legacy):
        # The SDK says so only when the service was about to sign the very text that it has signed itself.
        assert refusal.code == "InvalidAccessKeySecret"
        return
    assert refusal.code == "SignatureDoesNotMatch"
    if caller.options:
        text = refusal.message.split("server string to sign is:")[1]
        digest = hmac.digest(b"wrong&", text.encode(), hashlib.sha1)
        [signature] = parse_qs(urlsplit(request.split()[1]).query)["Signature"]
        assert signature == base64.b64encode(digest).decode()
    else:
        [text] = re.findall(r"StringToSign is \[(.*?)\]", refusal.message, re.DOTALL)
        digest = hmac.digest(b"wrong", text.encode(), hashlib.sha256)
        assert f"Signature={digest.hex()}\r\n" in request


@every_form
def test_a_request_that_is_changed_on_its_way(caller, emulator, wire):
    caller("CreateCen", Name="mine")
    changed = bytes(wire).replace(b"Name=mine", b"Name=ours")
    assert changed != wire
    status, answer = send_again(emulator, changed)
    assert (status, answer["Code"]) == (400, "SignatureDoesNotMatch")
    assert [cen["Name"] for cen in emulator.ask("world")["Cens"]] == ["mine"]


@every_form
def test_a_request_that_comes_twice(caller, emulator, wire):
    caller("CreateCen", Name="mine")
    status, answer = send_again(emulator, bytes(wire))
    assert (status, answer["Code"]) == (400, "SignatureNonceUsed")
    assert answer["Message"] == "Specified signature nonce was used already."
    assert len(emulator.ask("world")["Cens"]) == 1


def clock(minutes):
    """An emulator whose clock is so many minutes fast."""

    def shown():
        return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return pytest.param(minutes, marks=pytest.mark.emulator("--clock", shown))


@every_form
@pytest.mark.parametrize("minutes", [clock(-16), clock(16)])
def test_a_clock_that_is_too_far_off(caller, minutes):
    refusal = flows.refused(caller, "CreateCen")
    assert (refusal.status, refusal.code) == (400, "InvalidTimeStamp.Expired")
    assert refusal.message == "Specified time stamp or date value is expired."


@every_form
@pytest.mark.parametrize("minutes", [clock(-14), clock(14)])
def test_a_clock_that_is_a_little_off(caller, minutes):
    assert caller("CreateCen")["CenId"]


TOKEN = "CAIS+to/ken==~*%20&x=y;'\"?#<>|"
STS = pytest.mark.emulator("--access-key", f"STS.key:secret:2000000000000002:{TOKEN}", "--access-key", ":".join(KEY))


@STS
@every_form
def test_a_temporary_key_needs_its_token(caller):
    temporary = caller.but(key=("STS.key", "secret"))
    assert temporary.but(token=TOKEN)("CreateCen")["CenId"]
    missing = flows.refused(temporary, "CreateCen")
    assert (missing.status, missing.code) == (400, "MissingSecurityToken")
    for key, token in [(("STS.key", "secret"), "another"), (KEY, TOKEN)]:
        other = flows.refused(caller.but(key=key, token=token), "CreateCen")
        assert (other.status, other.code) == (400, "InvalidSecurityToken.MismatchWithAccessKey")
    wrong = flows.code(caller.but(key=("STS.key", "wrong"), token=TOKEN), "CreateCen")
    assert wrong == ("InvalidAccessKeySecret" if isinstance(caller, sdks.Legacy) else "SignatureDoesNotMatch")


@STS
@every_form
def test_a_caller_can_ask_who_it_is(caller):
    mine = caller("GetCallerIdentity")
    assert (mine["AccountId"], mine["IdentityType"], mine["Arn"]) == (ACCOUNT, "Account", f"acs:ram::{ACCOUNT}:root")
    role = caller.but(key=("STS.key", "secret"), token=TOKEN)("GetCallerIdentity")
    assert (role["AccountId"], role["IdentityType"]) == ("2000000000000002", "AssumedRoleUser")
    assert role["Arn"].startswith("acs:sts::2000000000000002:assumed-role/") and role["RoleId"]
    assert mine.keys() == role.keys()


@pytest.mark.emulator("--access-key", "one:1", "--access-key", "two:2:2000000000000002")
@pytest.mark.world(flows.world())
def test_accounts_see_only_what_is_theirs(cbn):
    one, two = cbn.but(key=("one", "1")), cbn.but(key=("two", "2"))
    log = flows.create(one, TransitRouterId="tr-hz")
    flows.settled(one, log)
    assert flows.found(two) == [] and two("DescribeCens")["TotalCount"] == 0
    for action in ("ModifyFlowLogAttribute", "DeactiveFlowLog", "DeleteFlowlog"):
        theirs = {"RegionId": "cn-hangzhou", "FlowLogId": log}
        assert flows.code(two, action, **theirs) == "InvalidFlowlogId.NotFound"
    tagged = {"ResourceType": "Flowlog", "ResourceId": [log], "RegionId": "cn-hangzhou"}
    assert flows.code(two, "TagResources", Tag=[{"Key": "k", "Value": "v"}], **tagged) == "InvalidResourceId.NotFound"
    assert flows.code(two, "CreateFlowlog", **ROUTER) == "InvalidParameter.CenId"
    assert flows.status(one, log) == "Active"


@pytest.mark.emulator("--access-key", "one:1", "--access-key", "two:2:2000000000000002", "--set", "flow_log_quota=1")
@pytest.mark.world(
    flows.world(
        Cens=[{"CenId": "cen-two", "Account": "2000000000000002"}],
        TransitRouters=[
            {"TransitRouterId": "tr-two", "CenId": "cen-two", "RegionId": "cn-hangzhou", "Account": "2000000000000002"}
        ],
    )
)
def test_a_quota_and_a_project_are_an_accounts_own(cbn):
    one, two = cbn.but(key=("one", "1")), cbn.but(key=("two", "2"))
    flows.create(one, TransitRouterId="tr-hz")
    theirs = ROUTER | {"CenId": "cen-two", "TransitRouterId": "tr-two", "LogStoreName": "tr-flow"}
    assert flows.code(two, "CreateFlowlog", **theirs, ProjectName="netflow") == "ProjectExist"
    assert two("CreateFlowlog", **theirs, ProjectName="netflow-two")["Success"] == "true"
    assert flows.code(one, "CreateFlowlog", **ROUTER | {"TransitRouterId": "tr-sh", "RegionId": "cn-shanghai"}) == (
        "QuotaExceeded.FlowlogCount"
    )


CBN, STS_HOST = sdks.CBN_HOST, "sts.aliyuncs.com"


@every_form
@pytest.mark.parametrize(
    ("host", "version", "action", "status", "code"),
    [
        (CBN, "2017-09-12", "createFlowlog", 404, "InvalidApi.NotFound"),
        (CBN, "2017-09-12", "CreateFlowLog", 404, "InvalidApi.NotFound"),
        (CBN, "2015-04-01", "CreateFlowlog", 404, "InvalidApi.NotFound"),
        (STS_HOST, "2015-04-01", "AssumeRole", 404, "InvalidApi.NotFound"),
        (CBN, "2017-09-13", "DescribeFlowlogs", 400, "InvalidVersion"),
    ],
)
def test_an_action_that_is_none(caller, host, version, action, status, code):
    with pytest.raises(Refused) as caught:
        caller.send_other(host, version, action, {})
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@every_form
def test_a_method_that_is_not_supported(caller, method):
    with pytest.raises(Refused) as caught:
        caller.but(method=method).send_other(CBN, "2017-09-12", "DescribeFlowlogs", {})
    assert (caught.value.status, caught.value.code) == (400, "UnsupportedHTTPMethod")


@pytest.mark.parametrize("signature", [None, "v2"], ids=["ACS3", "RPC v1"])
def test_a_bearer_token_is_no_signature(signature):
    config = Config(bearer_token="token", endpoint=CBN, protocol="http", signature_algorithm=signature)
    with pytest.raises(Refused) as caught:
        sdks.Current.do(lambda: Client(config).describe_flowlogs(models.DescribeFlowlogsRequest()))
    assert (caught.value.status, caught.value.code) == (400, "InvalidSignatureMethod")
