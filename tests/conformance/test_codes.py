"""The codes that calls about flow logs are refused with: those of the CreateFlowlog page, each provoked by what the
real service would see too, and those of its sisters."""

import json

import pytest

import cbn as sdks
import flows
import seen
from flows import CEN

PAGE = {
    row["code"]: (row["http"], row["text"])
    for row in json.loads((seen.DATA / "create-flowlog-codes.json").read_text(encoding="utf-8"))
}

WORLD = flows.world(
    TransitRouters=[{"TransitRouterId": "tr-old", "CenId": CEN, "RegionId": "cn-beijing", "Type": "Basic"}],
    FlowLogs=[
        {"FlowLogId": "flowlog-vbr", "TransitRouterAttachmentId": "tr-attach-vbr", "ProjectName": "netflow"}
        | {"LogStoreName": "tr-flow"},
        {"FlowLogId": "flowlog-lost", "TransitRouterAttachmentId": "tr-attach-vpn", "ProjectName": "deleted"}
        | {"LogStoreName": "tr-flow"},
    ],
    Projects=[
        {"projectName": "elsewhere", "region": "cn-shanghai"},
        {"projectName": "taken", "region": "cn-hangzhou", "owner": "2000000000000002"},
    ],
)

HERE = {"RegionId": "cn-hangzhou"}
IN_CEN = HERE | {"CenId": CEN}
ROUTER = IN_CEN | {"TransitRouterId": "tr-hz"}
VPC = IN_CEN | {"TransitRouterAttachmentId": "tr-attach-vpc"}
STORE = {"ProjectName": "netflow", "LogStoreName": "tr-flow"}


def set_to(setting):
    """The emulator's answer to what the documentation leaves open."""
    return ("--set", setting)


# What was begun before does not end.
UNSETTLED = ("--settle", "1h")

# Each code: what the emulator is started with, what was begun before, and the call that it refuses.
PROVOCATIONS = [
    (
        "ProjectOrLogstoreNotExist",
        set_to("store_creation=refused"),
        None,
        ("CreateFlowlog", ROUTER | STORE | {"ProjectName": "nowhere"}),
    ),
    (
        "SourceProjectNotExist",
        set_to("delete_without_store=refused"),
        None,
        ("DeleteFlowlog", HERE | {"FlowLogId": "flowlog-lost"}),
    ),
    ("OperationUnsupported.action", set_to("flow_logs=unsupported"), None, ("CreateFlowlog", ROUTER)),
    (
        "OperationUnsupported.action",
        (),
        None,
        ("CreateFlowlog", {"RegionId": "cn-beijing", "CenId": CEN, "TransitRouterId": "tr-old"}),
    ),
    (
        "RuleExist",
        set_to("router_and_attachment_logs=not_in_one_store"),
        None,
        ("CreateFlowlog", ROUTER | STORE),
    ),
    ("QuotaExceeded.FlowlogCount", set_to("flow_log_quota=2"), None, ("CreateFlowlog", ROUTER)),
    ("InvalidFlowlogId.exist", set_to("flow_logs_per_cen=one"), None, ("CreateFlowlog", ROUTER)),
    (
        "Flowlog.AlreayExist",
        (),
        None,
        ("CreateFlowlog", IN_CEN | {"TransitRouterAttachmentId": "tr-attach-vbr"}),
    ),
    (
        "IllegalParam.TransitRouterAttachmentId",
        (),
        None,
        ("CreateFlowlog", IN_CEN | {"TransitRouterAttachmentId": "tr-hz"}),
    ),
    (
        "InvalidTransitRouterAttachmentId.NotFound",
        (),
        None,
        ("CreateFlowlog", IN_CEN | {"TransitRouterAttachmentId": "tr-attach-none"}),
    ),
    (
        "IncorrectStatus.flowlog",
        UNSETTLED,
        ("DeactiveFlowLog", HERE | {"FlowLogId": "flowlog-vbr"}),
        ("ModifyFlowLogAttribute", HERE | {"FlowLogId": "flowlog-vbr", "Interval": 60}),
    ),
    (
        "InvalidOperation.TransitRouterNotExist",
        (),
        None,
        ("CreateFlowlog", IN_CEN | {"TransitRouterId": "tr-none"}),
    ),
    (
        "IncorrectStatus.TransitRouterAttachmentId",
        UNSETTLED,
        ("UpdateTransitRouterVpcAttachmentAttribute", {"TransitRouterAttachmentId": "tr-attach-vpc"}),
        ("CreateFlowlog", VPC),
    ),
    ("ProjectExist", (), None, ("CreateFlowlog", VPC | STORE | {"ProjectName": "taken"})),
    ("InvalidParameter.ProjectName", (), None, ("CreateFlowlog", VPC | STORE | {"ProjectName": "elsewhere"})),
    ("InvalidParameter.ProjectName", (), None, ("CreateFlowlog", VPC | STORE | {"ProjectName": "No_Name"})),
    (
        "IncorrectStatus.TrFlowlog",
        UNSETTLED,
        ("DeleteFlowlog", HERE | {"FlowLogId": "flowlog-vbr"}),
        ("CreateFlowlog", IN_CEN | {"TransitRouterAttachmentId": "tr-attach-vbr"}),
    ),
    (
        "OperationInvalid.IncompatibleFlowlogExist",
        set_to("router_and_attachment_logs=refused"),
        None,
        ("CreateFlowlog", ROUTER),
    ),
    (
        "OperationInvalid.IncompatibleFlowlogExist",
        set_to("mixed_logs_in_store=refused"),
        None,
        ("CreateFlowlog", VPC | STORE | {"Interval": 60}),
    ),
    ("InvalidParameter.LogFormatString", (), None, ("CreateFlowlog", VPC | {"LogFormatString": "${srcaddr}"})),
    (
        "InvalidParameter.LogFormatString",
        set_to("unknown_log_fields=refused"),
        None,
        ("CreateFlowlog", VPC | {"LogFormatString": "${srcaddr}${dstaddr}${bytes}${colour}"}),
    ),
    ("InvalidParameter.LogStoreName", (), None, ("CreateFlowlog", VPC | STORE | {"LogStoreName": "-"})),
    ("OperationFailed.InvalidLogInfo", set_to("log_service=closed"), None, ("CreateFlowlog", VPC | STORE)),
    ("OperationFailed.InvalidLogInfo", (), None, ("CreateFlowlog", VPC | {"ProjectName": "netflow"})),
    (
        "IncorrectStatus.TransitRouterInstance",
        UNSETTLED,
        ("UpdateTransitRouter", HERE | {"TransitRouterId": "tr-hz"}),
        ("CreateFlowlog", ROUTER),
    ),
    ("InvalidParameter", (), None, ("CreateFlowlog", ROUTER | {"Interval": 61})),
    ("Unauthorized", set_to("flow_logs=unauthorized"), None, ("CreateFlowlog", ROUTER)),
    ("InvalidParameter.CenId", (), None, ("CreateFlowlog", ROUTER | {"CenId": "cen-none"})),
    (
        "NoPermission.AliyunServiceRoleForTRFlowLog",
        set_to("flow_log_role=refused"),
        None,
        ("CreateFlowlog", ROUTER),
    ),
]


def test_every_code_of_the_page_has_a_provocation():
    assert len(PAGE) == 24 and {code for code, *_ in PROVOCATIONS} == PAGE.keys()


@pytest.mark.parametrize(
    ("code", "before", "call"),
    [
        pytest.param(code, *calls, marks=pytest.mark.emulator(*options), id=code)
        for code, options, *calls in PROVOCATIONS
    ],
)
@pytest.mark.world(WORLD)
def test_a_code_of_the_page_is_met(cbn, emulator, code, before, call):
    for action, parameters in [before] if before else []:
        cbn(action, **parameters)
    world = emulator.ask("world")
    action, parameters = call
    refusal = flows.refused(cbn, action, **parameters)
    assert (refusal.code, refusal.status, refusal.message) == (code, *PAGE[code])
    assert len(refusal.request_id) == 36
    assert emulator.ask("world")["FlowLogs"] == world["FlowLogs"], "a refusal changes nothing"
    assert emulator.ask("world")["Projects"] == world["Projects"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"RegionId": "cn-atlantis"},
        {"FlowLogName": "x" * 129},
        {"FlowLogName": "http://name"},
        {"FlowLogName": "https://name"},
        {"Description": "x" * 257},
        {"Description": "https://text"},
        {"Interval": 0},
        {"Interval": 599},
        {"TransitRouterId": ""},
    ],
    ids=lambda wrong: "{}={:.12}".format(*map(str, *wrong.items())),
)
@pytest.mark.world(flows.world())
def test_a_value_that_cannot_be_is_an_invalid_parameter(cbn, wrong):
    refusal = flows.refused(cbn, "CreateFlowlog", **ROUTER | wrong)
    assert (refusal.code, refusal.status, refusal.message) == ("InvalidParameter", *PAGE["InvalidParameter"])


@pytest.mark.world(flows.world())
def test_the_longest_texts_are_taken(cbn):
    texts = {"FlowLogName": "名" * 128, "Description": "x http://" + "d" * 247}
    log = flows.settled(cbn, cbn("CreateFlowlog", **ROUTER | texts)["FlowLogId"])
    assert texts.items() <= log.items()
    wrong = {"FlowLogId": log["FlowLogId"], "FlowLogName": "x" * 129}
    assert flows.code(cbn, "ModifyFlowLogAttribute", **HERE | wrong) == "InvalidParameter"


# Tags that an object cannot have, and what the service says of them.
TAGS = [
    ([("", "v")], "MissingParam.TagKey", "The parameter TagKey is mandatory."),
    ([("k" * 65, "v")], "IllegalParam.TagKey", "TagKey is illegal."),
    ([("aliyun-k", "v")], "IllegalParam.TagKey", "TagKey is illegal."),
    ([("acs:k", "v")], "IllegalParam.TagKey", "TagKey is illegal."),
    ([("a http:// k", "v")], "IllegalParam.TagKey", "TagKey is illegal."),
    ([("k", "v" * 129)], "IllegalParam.TagValue", "TagValue is illegal."),
    ([("k", "aliyun")], "IllegalParam.TagValue", "TagValue is illegal."),
    ([("k", "a https:// v")], "IllegalParam.TagValue", "TagValue is illegal."),
    ([("k", "1"), ("k", "2")], "Forbidden.TagKey.Duplicated", "The tag key k is given twice."),
    ([(f"k{number}", "v") for number in range(21)], "IllegalParam.Tag", "Tag is illegal."),
]


@pytest.mark.world(flows.world(FlowLogs=[{"FlowLogId": "flowlog-1", "TransitRouterId": "tr-hz"}]))
def test_tags_that_cannot_be(cbn, emulator):
    for tags, code, text in TAGS:
        tagged = HERE | {"Tag": [{"Key": key, "Value": value} for key, value in tags]}
        for action, parameters in [
            ("CreateFlowlog", VPC),
            ("DescribeFlowlogs", {}),
            ("TagResources", {"ResourceType": "Flowlog", "ResourceId": ["flowlog-1"]}),
        ]:
            refusal = flows.refused(cbn, action, **parameters | tagged)
            assert (refusal.status, refusal.code, refusal.message) == (400, code, text), action
    [log] = emulator.ask("world")["FlowLogs"]
    assert log["Tags"] == []


# What each action cannot be called without.
REQUIRED = {
    "CreateFlowlog": {"RegionId": "cn-hangzhou", "CenId": CEN},
    "ModifyFlowLogAttribute": {"RegionId": "cn-hangzhou", "FlowLogId": "flowlog-1"},
    "ActiveFlowLog": {"RegionId": "cn-hangzhou", "FlowLogId": "flowlog-1"},
    "DeactiveFlowLog": {"RegionId": "cn-hangzhou", "FlowLogId": "flowlog-1"},
    "DeleteFlowlog": {"RegionId": "cn-hangzhou", "FlowLogId": "flowlog-1"},
    "TagResources": {"ResourceType": "Flowlog", "ResourceId": ["flowlog-1"], "Tag": [{"Key": "k", "Value": "v"}]},
    "UntagResources": {"ResourceType": "Flowlog", "ResourceId": ["flowlog-1"], "TagKey": ["k"]},
    "ListTagResources": {"ResourceType": "Flowlog"},
}


def test_what_is_required_and_missing_is_named(cbn):
    for action, required in REQUIRED.items():
        for name in required:
            if name == "RegionId" and isinstance(cbn, sdks.Legacy):
                continue  # It always sends the region of its client.
            parameters = {other: value for other, value in required.items() if other != name}
            refusal = flows.refused(cbn, action, **parameters)
            told = (refusal.status, refusal.code, refusal.message)
            assert told == (400, f"MissingParam.{name}", f"The parameter {name} is mandatory."), action


# A flow log that is not there: none of this id, or not in this region or CEN.
@pytest.mark.parametrize(
    "wrong",
    [{"FlowLogId": "flowlog-none"}, {"RegionId": "cn-shanghai"}, {"CenId": "cen-none"}],
    ids=lambda wrong: str(*wrong),
)
@pytest.mark.parametrize("action", ["ModifyFlowLogAttribute", "ActiveFlowLog", "DeactiveFlowLog", "DeleteFlowlog"])
@pytest.mark.world(flows.world(FlowLogs=[{"FlowLogId": "flowlog-1", "TransitRouterId": "tr-hz"}]))
def test_a_flow_log_that_is_not_there(cbn, action, wrong):
    refusal = flows.refused(cbn, action, **HERE | {"FlowLogId": "flowlog-1"} | wrong)
    assert (refusal.status, refusal.code) == (400, "InvalidFlowlogId.NotFound")
    assert flows.status(cbn, "flowlog-1") == "Active"


@pytest.mark.emulator("--set", "unknown_flow_log_status=404")
def test_the_status_of_an_unknown_flow_log_is_a_setting(cbn):
    assert flows.refused(cbn, "DeleteFlowlog", **HERE | {"FlowLogId": "flowlog-none"}).status == 404


@pytest.mark.world(flows.world())
@pytest.mark.emulator("--settle", "1h", "--write-domains")
def test_writes_of_one_router_do_not_overlap_where_they_may_not(cbn):
    cbn("CreateFlowlog", **ROUTER)
    assert flows.code(cbn, "CreateFlowlog", **VPC) == "IncorrectStatus.TrFlowlog"
    assert flows.code(cbn, "UpdateTransitRouter", **HERE | {"TransitRouterId": "tr-hz"}) == "Operation.Blocking"
