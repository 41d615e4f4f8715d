"""Calls that are refused for a while or whose answers are lost, and what each SDK's own retry makes of them.

The current SDK retries what its RetryOptions name. The legacy SDK never retries a call of CEN, whatever it is told: it
does so only for actions in its `data/retry_config.json`, which has those of ECS."""

import time

import pytest
from aliyunsdkcore.acs_exception.exceptions import ClientException
from darabonba.exceptions import UnretryableException
from darabonba.policy.retry import RetryCondition, RetryOptions

import cbn as sdks
import flows
from refused import Refused

pytestmark = pytest.mark.world(flows.world())

ROUTER = {"RegionId": "cn-hangzhou", "CenId": flows.CEN, "TransitRouterId": "tr-hz"}
TOKEN = {"ClientToken": "a-token"}
THROTTLED = (400, "Throttling.User", "Request was denied due to user flow control.")


def retrying(*failures, attempts=3):
    """The current SDK, told to try calls again that fail so: by the name of an exception, or a code."""
    condition = RetryCondition(max_attempts=attempts, exception=failures, error_code=failures)
    return sdks.Current(retry_options=RetryOptions(retry_condition=[condition]))


def fault(action, then, **when):
    """What the emulator does with the first call of an action, unless `when` says otherwise."""
    return {"action": action, "then": then, **(when or {"nth": 1})}


def throttled_after(call):
    """Calls until it is one too many: how many went well, and the refusal."""
    for done in range(100):
        try:
            call()
        except Refused as refusal:
            return done, refusal
    raise AssertionError("it was never too many")


@pytest.mark.emulator("--rate-limit", "2/s")
def test_one_call_too_many_is_told_when_to_come_again(cbn, emulator):
    done, refusal = throttled_after(lambda: flows.found(cbn))
    assert done >= 2 and (refusal.status, refusal.code, refusal.message) == THROTTLED
    if isinstance(cbn, sdks.Current):
        assert type(refusal.__cause__).__name__ == "ThrottlingException"
        assert 0 < refusal.__cause__.retry_after <= 500
    assert emulator.ask("calls")["DescribeFlowlogs"] == done + 1, "nothing tried it again"
    # Another action, and another region, are counted by themselves.
    flows.create(cbn, TransitRouterId="tr-hz")
    assert flows.found(cbn, "cn-shanghai") == []


@pytest.mark.emulator("--rate-limit", "2/s")
def test_the_current_sdk_waits_as_long_as_it_is_told(emulator):
    call = retrying("ThrottlingException", attempts=2)
    done = 0
    while emulator.ask("calls").get("DescribeFlowlogs", 0) == done < 100:
        assert flows.found(call) == []
        done += 1
    assert emulator.ask("calls")["DescribeFlowlogs"] == done + 1, "its second attempt came when it was time"


@pytest.mark.emulator("--rate-limit", "1/s", "--set", "throttling_status=429")
def test_the_status_of_throttling_is_a_setting(cbn):
    _, refusal = throttled_after(lambda: flows.found(cbn))
    assert (refusal.status, refusal.code) == (429, "Throttling.User")


def test_a_fault_throttles_a_call_for_a_second(emulator):
    emulator.set_faults(fault("CreateFlowlog", {"throttle": True}))
    begun = time.monotonic()
    log = flows.create(retrying("Throttling.User"), TransitRouterId="tr-hz", **TOKEN)
    assert time.monotonic() - begun >= 1, "x-acs-retry-after was heeded"
    assert [each["FlowLogId"] for each in emulator.ask("world")["FlowLogs"]] == [log]
    assert emulator.ask("calls")["CreateFlowlog"] == 2


def test_the_current_sdk_gives_up_after_its_last_attempt(emulator):
    emulator.set_faults(fault("DescribeFlowlogs", {"error": "Throttling", "http": 400}, every=1))
    refusal = flows.refused(retrying("Throttling"), "DescribeFlowlogs")
    assert (refusal.status, refusal.code) == (400, "Throttling")
    assert emulator.ask("calls")["DescribeFlowlogs"] == 3


UNAVAILABLE = [("ServiceUnavailable", 503), ("InternalError", 500)]


@pytest.mark.parametrize(("code", "status"), UNAVAILABLE)
def test_a_server_that_fails_is_asked_again_by_who_was_told_to(emulator, code, status):
    for failure in (code, "ServerException"):
        emulator.set_faults(fault("DescribeFlowlogs", {"error": code, "http": status}))
        assert flows.found(retrying(failure)) == []
    assert emulator.ask("calls")["DescribeFlowlogs"] == 4


@pytest.mark.parametrize("options", [{}, {"retries": 3}], ids=["as it is", "with retries"])
@pytest.mark.parametrize(("code", "status"), [*UNAVAILABLE, ("Throttling.User", 400)])
def test_the_legacy_sdk_tries_no_call_of_cen_again(emulator, options, code, status):
    emulator.set_faults(fault("DescribeFlowlogs", {"error": code, "http": status}))
    refusal = flows.refused(sdks.Legacy(**options), "DescribeFlowlogs")
    assert (refusal.status, refusal.code) == (status, code)
    assert emulator.ask("calls")["DescribeFlowlogs"] == 1


@pytest.mark.parametrize("lost", ["drop_reply", "drop_request"])
def test_a_lost_answer_is_no_refusal(cbn, emulator, lost):
    emulator.set_faults(fault("CreateFlowlog", lost))
    with pytest.raises((ClientException, UnretryableException)) as caught:
        cbn("CreateFlowlog", **ROUTER, **TOKEN)
    if isinstance(cbn, sdks.Legacy):
        assert caught.value.get_error_code() == "SDK.HttpError"
    else:
        assert type(caught.value.inner_exception).__name__ == "RetryError"
    done = [log["FlowLogId"] for log in emulator.ask("world")["FlowLogs"]]
    assert len(done) == (1 if lost == "drop_reply" else 0)
    # With its token the call can be sent again without harm.
    log = cbn("CreateFlowlog", **ROUTER, **TOKEN)["FlowLogId"]
    assert done in ([log], []) and len(emulator.ask("world")["FlowLogs"]) == 1


@pytest.mark.parametrize("lost", ["drop_reply", "drop_request"])
def test_the_current_sdk_makes_one_object_of_two_attempts_with_a_token(emulator, lost):
    emulator.set_faults(fault("CreateFlowlog", lost), fault("CreateCen", lost))
    call = retrying("RetryError")
    log = flows.create(call, TransitRouterId="tr-hz", **TOKEN)
    cen = call("CreateCen", ClientToken="another-token")["CenId"]
    world = emulator.ask("world")
    assert [each["FlowLogId"] for each in world["FlowLogs"]] == [log]
    assert {each["CenId"] for each in world["Cens"]} == {flows.CEN, cen}
    assert emulator.ask("calls") == {"CreateFlowlog": 2, "CreateCen": 2}


def test_without_a_token_two_attempts_are_two_calls(emulator):
    emulator.set_faults(fault("CreateFlowlog", "drop_reply"), fault("CreateCen", "drop_reply"))
    call = retrying("RetryError")
    assert flows.code(call, "CreateFlowlog", **ROUTER) == "Flowlog.AlreayExist"
    call("CreateCen")
    assert len(emulator.ask("world")["Cens"]) == 3, "one that was there, one that is known, one that is not"


def test_a_late_answer_is_waited_for(cbn, emulator):
    emulator.set_faults(fault("DescribeFlowlogs", {"delay": "100ms"}))
    begun = time.monotonic()
    assert flows.found(cbn) == [] and time.monotonic() - begun >= 0.1
