"""ClientTokens: what makes a call that is sent twice happen once."""

import threading

import pytest

import cbn as sdks
import flows
from emulator import wait_for
from refused import Refused

pytestmark = pytest.mark.world(flows.world())

ROUTER = {"RegionId": "cn-hangzhou", "CenId": flows.CEN, "TransitRouterId": "tr-hz"}
TOKEN = {"ClientToken": "a-token"}


def tokens(emulator):
    """The tokens that the service remembers."""
    return [token["ClientToken"] for token in emulator.ask("world")["Tokens"]]


def test_the_same_call_with_the_same_token_is_the_same_flow_log(cbn, emulator):
    first = cbn("CreateFlowlog", FlowLogName="n", **ROUTER, **TOKEN)
    again = cbn("CreateFlowlog", FlowLogName="n", **ROUTER, **TOKEN)
    assert again["FlowLogId"] == first["FlowLogId"] and again["RequestId"] != first["RequestId"]
    assert [log["FlowLogId"] for log in emulator.ask("world")["FlowLogs"]] == [first["FlowLogId"]]
    assert tokens(emulator) == ["a-token"]


def test_without_a_token_the_second_call_is_another(cbn, emulator):
    cbn("CreateFlowlog", **ROUTER)
    assert flows.code(cbn, "CreateFlowlog", **ROUTER) == "Flowlog.AlreayExist"
    assert cbn("CreateCen")["CenId"] != cbn("CreateCen")["CenId"]
    assert tokens(emulator) == []


@pytest.mark.parametrize(
    ("action", "other"),
    [
        ("CreateFlowlog", ROUTER | {"FlowLogName": "other"}),
        ("CreateFlowlog", ROUTER | {"TransitRouterId": "tr-sh"}),
        ("CreateCen", {}),
    ],
    ids=["another name", "another router", "another action"],
)
def test_a_token_belongs_to_one_call(cbn, emulator, action, other):
    cbn("CreateFlowlog", **ROUTER, **TOKEN)
    refusal = flows.refused(cbn, action, **other, **TOKEN)
    assert (refusal.status, refusal.code) == (400, "IdempotentParameterMismatch")
    world = emulator.ask("world")
    assert len(world["FlowLogs"]) == 1 and len(world["Cens"]) == 1


def test_every_write_of_flow_logs_is_done_once(cbn):
    log = flows.create(cbn, TransitRouterId="tr-hz")
    for action, parameters, then in [
        ("ModifyFlowLogAttribute", {"FlowLogName": "new"}, "Active"),
        ("DeactiveFlowLog", {}, "Inactive"),
        ("ActiveFlowLog", {}, "Active"),
    ]:
        flows.settled(cbn, log, "Inactive" if action == "ActiveFlowLog" else "Active")
        once = {"FlowLogId": log, "ClientToken": f"token-{action}"} | parameters
        assert flows.call(cbn, action, **once)["Success"] == "true"
        flows.settled(cbn, log, then)
        assert flows.call(cbn, action, **once)["Success"] == "true"
        assert flows.status(cbn, log) == then, "it is not done again"
    once = {"FlowLogId": log, "ClientToken": "token-DeleteFlowlog"}
    assert flows.call(cbn, "DeleteFlowlog", **once)["Success"] == "true"
    flows.gone(cbn, log)
    assert flows.call(cbn, "DeleteFlowlog", **once)["Success"] == "true"


def test_a_token_means_nothing_to_a_list(cbn, emulator):
    assert flows.found(cbn, **TOKEN) == []
    flows.create(cbn, TransitRouterId="tr-hz")
    assert len(flows.found(cbn, **TOKEN)) == 1
    assert tokens(emulator) == []


@pytest.mark.parametrize("token", ["t" * 65, "schlüssel"])
def test_a_token_that_cannot_be(cbn, emulator, token):
    assert flows.code(cbn, "CreateFlowlog", **ROUTER, ClientToken=token) == "IllegalParam.ClientToken"
    assert emulator.ask("world")["FlowLogs"] == []
    cbn("CreateFlowlog", **ROUTER, ClientToken="t" * 64)


@pytest.mark.emulator("--latency", "300ms")
def test_a_token_whose_call_is_being_worked_on(cbn, emulator):
    first = []
    thread = threading.Thread(target=lambda: first.append(cbn("CreateFlowlog", **ROUTER, **TOKEN)))
    thread.start()
    wait_for(lambda: emulator.ask("calls").get("CreateFlowlog"))
    refusal = flows.refused(cbn, "CreateFlowlog", **ROUTER, **TOKEN)
    thread.join()
    assert (refusal.status, refusal.code) == (400, "TokenProcessing")
    assert cbn("CreateFlowlog", **ROUTER, **TOKEN)["FlowLogId"] == first[0]["FlowLogId"]


# What a token remembers of a refusal, and so what its second call meets when the reason is gone.
@pytest.mark.parametrize(
    "again",
    [
        pytest.param("IncorrectStatus.TransitRouterInstance", marks=pytest.mark.emulator("--settle", "100ms")),
        pytest.param(
            None, marks=pytest.mark.emulator("--settle", "100ms", "--set", "refusals_per_token=forgotten")
        ),
    ],
)
def test_what_a_token_remembers_of_a_refusal(cbn, emulator, again):
    cbn("UpdateTransitRouter", RegionId="cn-hangzhou", TransitRouterId="tr-hz", TransitRouterName="new")
    first = flows.refused(cbn, "CreateFlowlog", **ROUTER, **TOKEN)
    assert first.code == "IncorrectStatus.TransitRouterInstance"
    wait_for(lambda: "Settling" not in emulator.ask("world")["TransitRouters"][0])
    if again:
        second = flows.refused(cbn, "CreateFlowlog", **ROUTER, **TOKEN)
        assert (second.status, second.code, second.message) == (first.status, again, first.message)
        assert second.request_id != first.request_id
        # Only another token makes another attempt of it.
        cbn("CreateFlowlog", **ROUTER, ClientToken="another-token")
    else:
        cbn("CreateFlowlog", **ROUTER, **TOKEN)
    assert len(emulator.ask("world")["FlowLogs"]) == 1


@pytest.mark.emulator("--set", "token_memory=100ms")
def test_a_token_is_forgotten_in_time(cbn):
    first = cbn("CreateCen", **TOKEN)["CenId"]
    wait_for(lambda: cbn("CreateCen", **TOKEN)["CenId"] != first)


@pytest.mark.emulator("--access-key", "one:1:1000000000000001", "--access-key", "two:2:2000000000000002")
def test_a_token_is_its_accounts_own(cbn):
    one, two = cbn.but(key=("one", "1")), cbn.but(key=("two", "2"))
    cens = {call("CreateCen", **TOKEN)["CenId"] for call in (one, two, one, two)}
    assert len(cens) == 2


@pytest.mark.parametrize("options", [{}, {"retries": 3}], ids=["as it is", "with retries"])
def test_the_legacy_sdk_adds_no_token_of_its_own(emulator, options):
    # It can, but only for actions that its data/retry_config.json names, and that has none of CEN.
    sdks.Legacy(**options)("CreateFlowlog", **ROUTER)
    assert tokens(emulator) == []


def test_a_lost_answer_is_fetched_with_its_token(cbn, emulator):
    emulator.set_faults({"action": "CreateFlowlog", "nth": 1, "then": "drop_reply"})
    with pytest.raises(Exception) as lost:
        cbn("CreateFlowlog", **ROUTER, **TOKEN)
    assert not isinstance(lost.value, Refused)
    log = cbn("CreateFlowlog", **ROUTER, **TOKEN)["FlowLogId"]
    assert [each["FlowLogId"] for each in emulator.ask("world")["FlowLogs"]] == [log]
