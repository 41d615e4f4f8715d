"""How Simple Log Service refuses, as the SDKs read it."""

import pytest
from darabonba.policy.retry import RetryOptions

from emulator import ACCOUNT
from sls import Current, Log, only
from stores import make_logstore, make_project, refused

AT = {"project": "flow", "logstore": "tr"}
STORE = {"logstoreName": "tr", "ttl": 30, "shardCount": 2}
INDEX = {"line": {"token": [" "]}}
NO_INDEX = (404, "IndexConfigNotExist", "The index configuration does not exist for this logstore.")

OTHER = "2000000000000002"

# An own key, one of another account, and a temporary one.
KEYS = [
    *("--access-key", "own:secret"),
    *("--access-key", f"other:secret:{OTHER}"),
    *("--access-key", f"sts:secret:{ACCOUNT}:token"),
]


@pytest.mark.parametrize(
    ("action", "fields", "refusal"),
    [
        ("CreateProject", {"projectName": "flow", "description": ""}, (400, "ProjectAlreadyExist", "Project flow already exist.")),
        ("CreateProject", {"projectName": "ab", "description": ""}, (400, "ParameterInvalid", "The project name ab is invalid.")),
        ("GetProject", {"project": "gone"}, (404, "ProjectNotExist", "The Project does not exist : gone")),
        ("UpdateProject", {"project": "gone", "description": ""}, (404, "ProjectNotExist", "The Project does not exist : gone")),
        ("DeleteProject", {"project": "gone"}, (404, "ProjectNotExist", "The Project does not exist : gone")),
        ("ListLogStores", {"project": "gone"}, (404, "ProjectNotExist", "The Project does not exist : gone")),
        ("CreateLogStore", {"project": "gone", **STORE}, (404, "ProjectNotExist", "The Project does not exist : gone")),
        ("CreateLogStore", {"project": "flow", **STORE}, (400, "LogStoreAlreadyExist", "logstore tr already exists")),
        ("GetLogStore", {"project": "flow", "logstore": "no"}, (404, "LogStoreNotExist", "logstore no does not exist.")),
        ("DeleteLogStore", {"project": "flow", "logstore": "no"}, (404, "LogStoreNotExist", "logstore no does not exist.")),
        ("GetIndex", {"project": "flow", "logstore": "no"}, (404, "LogStoreNotExist", "logstore no does not exist.")),
        ("GetIndex", AT, NO_INDEX),
        ("UpdateIndex", {**AT, **INDEX}, NO_INDEX),
        ("DeleteIndex", AT, NO_INDEX),
    ],
)
def test_a_refusal_names_what_is_wrong(action, fields, refusal, sls):
    make_project(sls)
    make_logstore(sls)
    assert refused(sls, action, **fields) == refusal


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
    assert message.startswith("Request time ") and message.endswith(" has been expired while server time is 1580608922.")


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
    assert refused(make_project, other) == (400, "ProjectAlreadyExist", "Project flow already exist.")
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


@pytest.mark.emulator("--rate-limit", "1/s")
def test_a_busy_service_is_asked_again_by_the_sdk_s_own_retry(sls, emulator):
    if isinstance(sls, Current):
        assert sls("ListProject")["total"] == 0
        assert refused(sls, "ListProject") == (503, "ServerBusy", "The server is busy.")
        condition = {"maxAttempts": 30, "errorCode": ["ServerBusy"]}
        sls = sls.but(retry_options=RetryOptions({"retryCondition": [condition]}))
    else:
        assert sls("ListProject")["total"] == 0
    assert sls("ListProject")["total"] == 0
    assert emulator.ask("calls")["ListProject"] >= 3


def test_an_error_of_the_service_itself_is_read(emulator):
    emulator.set_faults({"action": "ListProject", "every": 1, "then": {"error": "InternalServerError", "http": 500}})
    assert refused(Current(), "ListProject")[:2] == (500, "InternalServerError")
    emulator.set_faults({"action": "ListProject", "nth": 1, "then": {"error": "InternalServerError", "http": 500}})
    assert Log()("ListProject")["total"] == 0
    assert emulator.ask("calls")["ListProject"] == 3


