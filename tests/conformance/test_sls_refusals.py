"""How Simple Log Service refuses, as the SDKs read it."""

import pytest
from darabonba.policy.retry import RetryOptions

from emulator import ACCOUNT, wait_for
from refused import Refused
from sls import Current, Log, once_an_sdk, only
from stores import make_logstore, make_project, refused

AT = {"project": "flow", "logstore": "tr"}
STORE = {"logstoreName": "tr", "ttl": 30, "shardCount": 2}
INDEX = {"line": {"token": [" "]}}
OTHER = "2000000000000002"

# An own key, one of another account, and a temporary one.
KEYS = [
    *("--access-key", "own:secret"),
    *("--access-key", f"other:secret:{OTHER}"),
    *("--access-key", f"sts:secret:{ACCOUNT}:token"),
]


GONE = {"project": "gone"}
LOST = {"project": "flow", "logstore": "lost"}

NO_PROJECT = (404, "ProjectNotExist", "The Project does not exist : gone")
NO_LOGSTORE = (404, "LogStoreNotExist", "logstore lost does not exist.")
NO_INDEX = (404, "IndexConfigNotExist", "The index configuration does not exist for this logstore.")
TAKEN = (400, "ProjectAlreadyExist", "Project flow already exist.")


@once_an_sdk
@pytest.mark.parametrize(
    ("action", "fields", "refusal"),
    [
        ("CreateProject", {"projectName": "flow", "description": ""}, TAKEN),
        ("GetProject", GONE, NO_PROJECT),
        ("UpdateProject", {**GONE, "description": ""}, NO_PROJECT),
        ("DeleteProject", GONE, NO_PROJECT),
        ("ListLogStores", GONE, NO_PROJECT),
        ("CreateLogStore", {**GONE, **STORE}, NO_PROJECT),
        ("CreateLogStore", {"project": "flow", **STORE}, (400, "LogStoreAlreadyExist", "logstore tr already exists")),
        ("GetLogStore", LOST, NO_LOGSTORE),
        ("DeleteLogStore", LOST, NO_LOGSTORE),
        ("CreateIndex", {**LOST, **INDEX}, NO_LOGSTORE),
        ("GetIndex", LOST, NO_LOGSTORE),
        ("GetIndex", AT, NO_INDEX),
        ("UpdateIndex", {**AT, **INDEX}, NO_INDEX),
        ("DeleteIndex", AT, NO_INDEX),
    ],
)
def test_a_refusal_names_what_is_wrong(action, fields, refusal, sls):
    make_project(sls)
    make_logstore(sls)
    assert refused(sls, action, **fields) == refusal


@once_an_sdk
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"projectName": "ab"}, "The project name ab is invalid."),
        ({"projectName": "flow_logs"}, "The project name flow_logs is invalid."),
        ({"dataRedundancyType": "XRS"}, "The dataRedundancyType XRS is neither LRS nor ZRS."),
    ],
)
def test_what_a_project_cannot_be(fields, message, sls):
    fields = {"projectName": "flow", "description": ""} | fields
    assert refused(sls, "CreateProject", **fields) == (400, "ParameterInvalid", message)


def test_a_logstore_has_one_index(sls):
    make_project(sls)
    make_logstore(sls)
    sls("CreateIndex", **AT, **INDEX)
    exists = (400, "IndexAlreadyExist", "Logstore index is already created.")
    assert refused(sls, "CreateIndex", **AT, **INDEX) == exists


@only(Current)
def test_a_page_has_a_largest_size(sls):
    make_project(sls)
    assert refused(sls, "ListProject", size=501)[:2] == (400, "ParameterInvalid")
    assert refused(sls, "ListLogStores", project="flow", size=501)[:2] == (400, "ParameterInvalid")


@pytest.mark.emulator("--set", "project_quota=2")
def test_an_account_has_so_many_projects(sls):
    make_project(sls, "one")
    make_project(sls, "two")
    assert refused(make_project, sls, "three") == (400, "ProjectQuotaExceed", "Project Quota Exceed")


@pytest.mark.emulator("--clock", "2020-02-02T02:02:02Z")
def test_a_call_that_is_too_old_or_new_is_refused(sls):
    status, code, message = refused(sls, "ListProject")
    assert (status, code) == (400, "RequestTimeExpired")
    assert message.startswith("Request time ")
    assert message.endswith(" has been expired while server time is 1580608922.")


def test_a_wrong_secret_is_refused(sls):
    status, code, message = refused(sls.but(key=("emulator", "wrong")), "ListProject")
    assert (status, code) == (401, "SignatureNotMatch")
    assert message.startswith("Signature ") and message.endswith(" not matched.")


def test_an_unknown_key_is_refused(sls):
    refusal = refused(sls.but(key=("nobody", "secret")), "ListProject")
    assert refusal == (401, "Unauthorized", "AccessKeyId not found: nobody")


@pytest.mark.emulator(*KEYS)
def test_a_temporary_key_needs_its_token(sls):
    temporary = sls.but(key=("sts", "secret"))
    make_project(temporary.but(token="token"))
    assert temporary.but(token="token")("GetProject", project="flow")["owner"] == ACCOUNT
    invalid = (401, "Unauthorized", "The security token you provided is invalid.")
    for wrong in (temporary, temporary.but(token="other"), sls.but(key=("own", "secret"), token="token")):
        assert refused(wrong, "GetProject", project="flow") == invalid


@pytest.mark.emulator(*KEYS)
def test_accounts_share_names_and_nothing_else(sls, emulator):
    own, other = sls.but(key=("own", "secret")), sls.but(key=("other", "secret"))
    make_project(own)
    assert refused(make_project, other) == TAKEN
    assert refused(other, "GetProject", project="flow")[1] == "ProjectNotExist"
    tags = {"resourceType": "project", "resourceId": ["flow"], "tags": [{"key": "k", "value": "v"}]}
    assert refused(other, "TagResources", **tags)[1] == "ProjectNotExist"
    make_project(other, "theirs")
    assert (own("ListProject")["total"], other("ListProject")["total"]) == (1, 1)
    owners = {project["projectName"]: project["owner"] for project in emulator.ask("world")["Projects"]}
    assert owners == {"flow": ACCOUNT, "theirs": OTHER}


@pytest.mark.emulator("--set", "log_service=closed")
def test_a_service_that_is_not_activated_refuses_everything(sls):
    inactive = (401, "Unauthorized", "AccessKeyId emulator is inactive")
    assert refused(sls, "ListProject") == refused(make_project, sls) == inactive


# What a service does that should be asked again.
UNWELL = [
    (503, "ServerBusy", {"throttle": True}),
    (500, "InternalServerError", {"error": "InternalServerError", "http": 500}),
]


@pytest.mark.parametrize("then", [then for _, _, then in UNWELL], ids=[code for _, code, _ in UNWELL])
def test_the_log_sdk_asks_again_after_a_second(then, emulator):
    emulator.set_faults({"action": "ListProject", "nth": 1, "then": then})
    assert Log()("ListProject")["total"] == 0
    assert emulator.ask("calls")["ListProject"] == 2


@only(Current)
@pytest.mark.parametrize(("status", "code", "then"), UNWELL, ids=[code for _, code, _ in UNWELL])
def test_the_current_sdk_asks_again_if_told_to(status, code, then, sls, emulator):
    emulator.set_faults({"action": "ListProject", "nth": 1, "then": then})
    assert refused(sls, "ListProject")[:2] == (status, code)
    emulator.set_faults({"action": "ListProject", "nth": 1, "then": then})
    persistent = sls.but(retry_options=RetryOptions({"retryCondition": [{"maxAttempts": 2, "errorCode": [code]}]}))
    assert persistent("ListProject")["total"] == 0
    assert emulator.ask("calls")["ListProject"] == 3


@pytest.mark.emulator("--rate-limit", "1/s")
@only(Current)
def test_a_service_that_is_called_too_often_is_busy(sls):
    def call_on_and_on():
        for _ in range(100):
            sls("ListProject")

    assert refused(call_on_and_on) == (503, "ServerBusy", "The server is busy.")


@pytest.mark.emulator("--set", "new_store_delay=400ms")
def test_a_new_project_may_show_itself_late(sls):
    make_project(sls)
    assert refused(sls, "GetProject", project="flow")[1] == "ProjectNotExist"

    def shown():
        try:
            return sls("GetProject", project="flow")
        except Refused:
            return None

    assert wait_for(shown)["projectName"] == "flow"
