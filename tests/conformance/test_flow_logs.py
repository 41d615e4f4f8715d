"""Flow logs, from CreateFlowlog to DeleteFlowlog."""

import pytest
from alibabacloud_cbn20170912 import models

import flows
from emulator import wait_for

pytestmark = pytest.mark.world(flows.world())

STORE = {"ProjectName": "netflow", "LogStoreName": "tr-flow"}
FORMAT = "${srcaddr}${dstaddr}${bytes}${srcport}${direction}"

# Each kind of thing that can be watched: what a call says of it, its region and its router.
TARGETS = {
    "router": ({"TransitRouterId": "tr-hz"}, "tr-hz"),
    **{
        kind: ({"TransitRouterAttachmentId": name}, router) for kind, (name, router) in flows.ATTACHMENTS.items()
    },
    "TR, far end": ({"TransitRouterAttachmentId": "tr-attach-peer"}, "tr-sh"),
    "VPC and its router": ({"TransitRouterAttachmentId": "tr-attach-vpc", "TransitRouterId": "tr-hz"}, "tr-hz"),
}


@pytest.mark.parametrize(("target", "router"), TARGETS.values(), ids=TARGETS)
def test_a_flow_log_is_made_of_everything_that_can_be_watched(cbn, target, router):
    region = flows.REGIONS[router]
    store = {"ProjectName": f"netflow-{region}", "LogStoreName": "new_store"}
    about = {"FlowLogName": "watch", "Description": "who talks to whom", "Interval": 60, "LogFormatString": FORMAT}
    tags = [{"Key": "env", "Value": "prod"}, {"Key": "empty", "Value": ""}]
    answer = flows.call(cbn, "CreateFlowlog", region, CenId=flows.CEN, Tag=tags, **target, **store, **about)
    assert answer["Success"] == "true" and answer["FlowLogId"].startswith("flowlog-") and len(answer["RequestId"]) == 36
    log = flows.settled(cbn, answer["FlowLogId"], region=region)
    assert log.pop("CreationTime").endswith("Z")
    log["Tags"]["Tag"].sort(key=lambda tag: tag["Key"], reverse=True)
    attachment = target.get("TransitRouterAttachmentId", "")
    assert log == about | store | {
        "FlowLogId": answer["FlowLogId"],
        "CenId": flows.CEN,
        "RegionId": region,
        "TransitRouterId": router,
        "TransitRouterAttachmentId": attachment,
        "Status": "Active",
        "FlowLogVersion": "3",
        "Tags": {"Tag": tags},
    }


def test_what_a_flow_log_is_when_nothing_is_said(cbn):
    log = flows.settled(cbn, flows.create(cbn, TransitRouterId="tr-hz"))
    assert (log["Interval"], log["FlowLogVersion"], log["Tags"]) == (600, "3", {"Tag": []})
    for name in ("FlowLogName", "Description", "ProjectName", "LogStoreName", "LogFormatString"):
        assert log[name] == "", name


@pytest.mark.emulator("--set", "describe_default_format=default_fields")
def test_the_format_of_a_flow_log_may_be_shown_though_none_was_given(cbn):
    log = flows.settled(cbn, flows.create(cbn, TransitRouterId="tr-hz"))
    assert log["LogFormatString"].startswith("${srcaddr}${dstaddr}${bytes}${account-id}")


@pytest.mark.parametrize("project", ["netflow", "made-for-it"])
def test_a_store_that_is_missing_is_made(cbn, emulator, project):
    flows.create(cbn, TransitRouterId="tr-hz", ProjectName=project, LogStoreName="made")
    made = next(each for each in emulator.ask("world")["Projects"] if each["projectName"] == project)
    assert made["region"] == "cn-hangzhou" and "made" in [store["logstoreName"] for store in made["logstores"]]


@pytest.mark.emulator("--set", "made_projects=go")
def test_a_project_that_was_made_for_a_flow_log_may_go_with_it(cbn, emulator):
    log = flows.create(cbn, TransitRouterId="tr-hz", ProjectName="made-for-it", LogStoreName="made")
    flows.settled(cbn, log)
    flows.call(cbn, "DeleteFlowlog", FlowLogId=log)
    flows.gone(cbn, log)
    assert [each["projectName"] for each in emulator.ask("world")["Projects"]] == ["netflow"]


def test_what_a_flow_log_is_about_can_be_changed(cbn, emulator):
    log = flows.create(cbn, TransitRouterId="tr-hz", FlowLogName="old", Description="old")
    for changes in [{"FlowLogName": "new", "Interval": 60}, {"Description": "new"}, {"FlowLogName": ""}]:
        before = flows.settled(cbn, log)
        answer = flows.call(cbn, "ModifyFlowLogAttribute", CenId=flows.CEN, FlowLogId=log, **changes)
        assert answer.pop("RequestId") and answer == {"Success": "true"}
        assert flows.settled(cbn, log) == before | changes
    known = flows.in_world(emulator, log)
    assert (known["FlowLogName"], known["Description"], known["Interval"]) == ("", "new", 60)


def test_a_flow_log_is_switched_off_and_on(cbn, emulator):
    log = flows.create(cbn, TransitRouterId="tr-hz")
    flows.settled(cbn, log)
    assert flows.code(cbn, "ActiveFlowLog", RegionId="cn-hangzhou", FlowLogId=log) == "IncorrectStatus.flowlog"
    assert flows.call(cbn, "DeactiveFlowLog", CenId=flows.CEN, FlowLogId=log)["Success"] == "true"
    flows.settled(cbn, log, "Inactive")
    assert flows.code(cbn, "DeactiveFlowLog", RegionId="cn-hangzhou", FlowLogId=log) == "IncorrectStatus.flowlog"
    assert flows.call(cbn, "ActiveFlowLog", FlowLogId=log)["Success"] == "true"
    flows.settled(cbn, log, "Active")
    calls = emulator.ask("calls")
    assert (calls["ActiveFlowLog"], calls["DeactiveFlowLog"]) == (2, 2)


# What becomes of a flow log that is Inactive when it is changed: the documentation can be read in three ways.
@pytest.mark.parametrize(
    "after",
    [
        pytest.param("Inactive", marks=pytest.mark.emulator("--set", "modify_inactive=keeps")),
        pytest.param("Active", marks=pytest.mark.emulator("--set", "modify_inactive=activates")),
        pytest.param(None, marks=pytest.mark.emulator("--set", "modify_inactive=refuses")),
    ],
)
@pytest.mark.world(
    flows.world(FlowLogs=[{"FlowLogId": "flowlog-off", "TransitRouterId": "tr-hz", "Status": "Inactive"}])
)
def test_an_inactive_flow_log_is_changed(cbn, after):
    change = {"RegionId": "cn-hangzhou", "FlowLogId": "flowlog-off", "FlowLogName": "new"}
    if after is None:
        assert flows.code(cbn, "ModifyFlowLogAttribute", **change) == "IncorrectStatus.flowlog"
        assert flows.found(cbn)[0]["FlowLogName"] == ""
    else:
        cbn("ModifyFlowLogAttribute", **change)
        assert flows.settled(cbn, "flowlog-off", after)["FlowLogName"] == "new"


def test_a_deleted_flow_log_is_gone(cbn, emulator):
    log = flows.create(cbn, TransitRouterId="tr-hz", **STORE)
    flows.settled(cbn, log)
    assert flows.call(cbn, "DeleteFlowlog", CenId=flows.CEN, FlowLogId=log)["Success"] == "true"
    flows.gone(cbn, log)
    assert flows.code(cbn, "DeleteFlowlog", RegionId="cn-hangzhou", FlowLogId=log) == "InvalidFlowlogId.NotFound"
    world = emulator.ask("world")
    assert not world["FlowLogs"]
    assert world["Projects"][0]["logstores"], "what was there before stays"


# What brings a flow log on its way: the status that it has meanwhile, and the one after that.
TRANSITS = {
    "CreateFlowlog": ("Creating", "Active"),
    "ModifyFlowLogAttribute": ("Modifying", "Active"),
    "DeactiveFlowLog": ("Modifying", "Inactive"),
    "ActiveFlowLog": ("Modifying", "Active"),
    "DeleteFlowlog": ("Deleting", None),
}


@pytest.mark.emulator("--settle", "1h")
@pytest.mark.parametrize("begin", TRANSITS)
@pytest.mark.world(
    flows.world(
        FlowLogs=[
            {"FlowLogId": "flowlog-on", "TransitRouterAttachmentId": "tr-attach-vpc"},
            {"FlowLogId": "flowlog-off", "TransitRouterAttachmentId": "tr-attach-vbr", "Status": "Inactive"},
        ]
    )
)
def test_a_flow_log_on_its_way_can_only_be_looked_at(cbn, emulator, begin):
    if begin == "CreateFlowlog":
        log = flows.create(cbn, TransitRouterId="tr-hz")
    else:
        log = "flowlog-off" if begin == "ActiveFlowLog" else "flowlog-on"
        flows.call(cbn, begin, FlowLogId=log)
    meanwhile, then = TRANSITS[begin]
    tagged = {"ResourceType": "Flowlog", "ResourceId": [log]}
    for action, parameters in [
        ("ModifyFlowLogAttribute", {"FlowLogId": log, "FlowLogName": "x"}),
        ("ActiveFlowLog", {"FlowLogId": log}),
        ("DeactiveFlowLog", {"FlowLogId": log}),
        ("DeleteFlowlog", {"FlowLogId": log}),
        ("TagResources", tagged | {"Tag": [{"Key": "k", "Value": "v"}]}),
        ("UntagResources", tagged | {"TagKey": ["k"]}),
    ]:
        refusal = flows.refused(cbn, action, RegionId="cn-hangzhou", **parameters)
        assert (refusal.status, refusal.code) == (400, "IncorrectStatus.flowlog"), action
    assert flows.status(cbn, log) == meanwhile
    assert flows.in_world(emulator, log)["Settling"]["To"] == then
    assert flows.call(cbn, "ListTagResources", **tagged)["TagResources"]["TagResource"] == []


FILTERED = flows.world(
    FlowLogs=[
        {
            "FlowLogId": "flowlog-1",
            "TransitRouterId": "tr-hz",
            "FlowLogName": "one",
            "Description": "the first",
            "Interval": 60,
            "ProjectName": "netflow",
            "LogStoreName": "tr-flow",
            "Tags": [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "net"}],
        },
        {
            "FlowLogId": "flowlog-2",
            "TransitRouterAttachmentId": "tr-attach-vpc",
            "FlowLogName": "two",
            "Status": "Inactive",
            "ProjectName": "netflow",
            "LogStoreName": "other",
            "Tags": [{"Key": "env", "Value": "stage"}],
        },
        {
            "FlowLogId": "flowlog-3",
            "TransitRouterId": "tr-old",
            "ProjectName": "elsewhere",
            "LogStoreName": "tr-flow",
        },
        {"FlowLogId": "flowlog-4", "TransitRouterId": "tr-sh"},
    ],
    Cens=[{"CenId": "cen-b"}],
    TransitRouters=[{"TransitRouterId": "tr-old", "CenId": "cen-b", "RegionId": "cn-hangzhou"}],
)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"FlowLogId": "flowlog-2"}, "2"),
        ({"FlowLogId": "flowlog-4"}, ""),
        ({"FlowLogName": "one"}, "1"),
        ({"FlowLogName": "on"}, ""),
        ({"Description": "the first"}, "1"),
        ({"CenId": "cen-a"}, "12"),
        ({"CenId": "cen-none"}, ""),
        ({"ProjectName": "netflow"}, "12"),
        ({"LogStoreName": "tr-flow"}, "13"),
        ({"ProjectName": "netflow", "LogStoreName": "tr-flow"}, "1"),
        ({"Status": "Active"}, "13"),
        ({"Status": "Inactive"}, "2"),
        ({"Interval": 60}, "1"),
        ({"Interval": 600}, "23"),
        ({"FlowLogVersion": "3"}, "123"),
        ({"FlowLogVersion": "2"}, ""),
        ({"TransitRouterId": "tr-hz"}, "12"),
        ({"TransitRouterAttachmentId": "tr-attach-vpc"}, "2"),
        ({"Tag": [{"Key": "env", "Value": "prod"}]}, "1"),
        ({"Tag": [{"Key": "env"}]}, "12"),
        ({"Tag": [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "net"}]}, "1"),
        ({"Tag": [{"Key": "env", "Value": "stage"}, {"Key": "team", "Value": "net"}]}, ""),
        ({"ClientToken": "a-token"}, "123"),
        ({"RegionId": "cn-shanghai"}, "4"),
    ],
)
@pytest.mark.world(FILTERED)
def test_flow_logs_are_filtered(cbn, filters, ids):
    answer = cbn("DescribeFlowlogs", **{"RegionId": "cn-hangzhou"} | filters)
    assert [log["FlowLogId"] for log in answer["FlowLogs"]["FlowLog"]] == [f"flowlog-{id}" for id in ids]
    assert answer["TotalCount"] == str(len(ids))


def many(count):
    """A world with so many flow logs in Hangzhou."""
    names = [f"tr-attach-{number:03}" for number in range(count)]
    return flows.world(
        TransitRouterAttachments=[flows.attachment("VPC", name, "tr-hz", VpcId=f"vpc-{name}") for name in names],
        FlowLogs=[
            {"FlowLogId": f"flowlog-{number:03}", "TransitRouterAttachmentId": name}
            for number, name in enumerate(names)
        ],
    )


@pytest.mark.parametrize(
    "count", [pytest.param(count, marks=pytest.mark.world(many(count))) for count in (50, 51, 101)]
)
def test_pages_together_are_the_whole_list(cbn, count):
    for size in (None, 25, 50):
        # A page has 20 flow logs unless the call says otherwise.
        sized, size = ({"PageSize": size}, size) if size else ({}, 20)
        pages = []
        for number in range(1, count // size + 3):
            answer = flows.call(cbn, "DescribeFlowlogs", PageNumber=number, **sized)
            numbers = tuple(answer[name] for name in ("PageNumber", "PageSize", "TotalCount", "Success"))
            assert numbers == (str(number), str(size), str(count), "true")
            pages.append([log["FlowLogId"] for log in answer["FlowLogs"]["FlowLog"]])
        assert [id for page in pages for id in page] == [f"flowlog-{number:03}" for number in range(count)]
        full, rest = divmod(count, size)
        assert [len(page) for page in pages] == [size] * full + [rest, 0]


@pytest.mark.parametrize("page", [{"PageSize": 51}, {"PageSize": 0}, {"PageNumber": 0}])
def test_a_page_that_cannot_be(cbn, page):
    assert flows.code(cbn, "DescribeFlowlogs", RegionId="cn-hangzhou", **page) == "InvalidParameter"


@pytest.mark.emulator("--set", "flow_log_page_max=100")
@pytest.mark.world(many(101))
def test_the_largest_page_is_a_setting(cbn):
    assert len(flows.found(cbn, PageSize=100)) == 100


@pytest.mark.parametrize("kind", ["Flowlog", "flowlog", "FLOWLOG"])
def test_a_flow_log_is_tagged_and_untagged(cbn, emulator, kind):
    log = flows.create(cbn, TransitRouterId="tr-hz", Tag=[{"Key": "env", "Value": "old"}])
    flows.settled(cbn, log)
    named = {"ResourceType": kind, "ResourceId": [log]}
    others = [{"Key": f"k{number:02}", "Value": "1"} for number in range(19)]
    flows.call(cbn, "TagResources", Tag=[{"Key": "env", "Value": "new"}] + others, **named)
    assert flows.found(cbn)[0]["Tags"]["Tag"] == [{"Key": "env", "Value": "new"}] + others
    one_more = named | {"Tag": [{"Key": "one-more", "Value": ""}]}
    assert flows.code(cbn, "TagResources", RegionId="cn-hangzhou", **one_more) == "Forbidden.TagKeys"
    first = flows.call(cbn, "ListTagResources", PageSize=15, **named)
    second = flows.call(cbn, "ListTagResources", PageSize=15, NextToken=first["NextToken"], **named)
    rows = first["TagResources"]["TagResource"] + second["TagResources"]["TagResource"]
    assert second["NextToken"] == "" and len(rows) == 20
    assert rows[0] == {"ResourceType": kind, "ResourceId": log, "TagKey": "env", "TagValue": "new"}
    flows.call(cbn, "UntagResources", TagKey=[tag["Key"] for tag in others], **named)
    assert flows.in_world(emulator, log)["Tags"] == [{"Key": "env", "Value": "new"}]
    flows.call(cbn, "UntagResources", All=True, **named)
    assert flows.in_world(emulator, log)["Tags"] == []


WATCHED = flows.world(
    FlowLogs=[
        {"FlowLogId": f"flowlog-{kind}", "TransitRouterAttachmentId": name}
        for kind, (name, _) in flows.ATTACHMENTS.items()
    ]
    + [{"FlowLogId": "flowlog-lonely", "TransitRouterId": "tr-lonely"}],
    TransitRouters=[{"TransitRouterId": "tr-lonely", "CenId": flows.CEN, "RegionId": "cn-beijing"}],
)


@pytest.mark.world(WATCHED)
def test_what_a_flow_log_watches_cannot_be_deleted(cbn, emulator):
    watched = [
        (f"DeleteTransitRouter{'Peer' if kind == 'TR' else kind.capitalize()}Attachment", name, f"flowlog-{kind}")
        for kind, (name, _) in flows.ATTACHMENTS.items()
    ]
    for action, id, log in [*watched, ("DeleteTransitRouter", "tr-lonely", "flowlog-lonely")]:
        name = "TransitRouterId" if action == "DeleteTransitRouter" else "TransitRouterAttachmentId"
        refusal = flows.refused(cbn, action, **{name: id})
        assert (refusal.status, refusal.code) == (400, "OperationFailed.FlowLogExistOrNisOpened"), action
        region = flows.in_world(emulator, log)["RegionId"]
        flows.call(cbn, "DeleteFlowlog", region, FlowLogId=log)
        flows.gone(cbn, log, region)
        cbn(action, **{name: id})
    wait_for(lambda: not emulator.ask("world")["TransitRouterAttachments"])


# The examples of the pages, with the asterisks that stand there; a RequestId is never the same twice.
CREATED = {"Success": "true", "FlowLogId": "flowlog-m5evbtbpt****"}
DESCRIBED = {
    "Success": "true",
    "PageNumber": "1",
    "PageSize": "20",
    "TotalCount": "1",
    "FlowLogs": {
        "FlowLog": [
            {
                "FlowLogId": "flowlog-m5evbtbpt****",
                "FlowLogName": "myFlowlog",
                "Description": "myFlowlog",
                "CenId": "cen-7qthudw0ll6jmc****",
                "RegionId": "cn-hangzhou",
                "ProjectName": "flowlog-project",
                "LogStoreName": "flowlog-logstore",
                "TransitRouterAttachmentId": "tr-attach-r6g0m3epjehw57****",
                "TransitRouterId": "tr-bp1rmwxnk221e3fas****",
                "Status": "Active",
                "CreationTime": "2022-07-20T09:29:35Z",
                "Interval": 600,
                "LogFormatString": "${srcaddr}${dstaddr}${bytes}",
                "FlowLogVersion": "3",
                "Tags": {"Tag": [{"Key": "TagKey", "Value": "TagValue"}]},
            }
        ]
    },
}
[LOG] = DESCRIBED["FlowLogs"]["FlowLog"]


@pytest.mark.world(
    {
        "Cens": [{"CenId": LOG["CenId"]}],
        "TransitRouters": [{name: LOG[name] for name in ("TransitRouterId", "CenId", "RegionId")}],
        "TransitRouterAttachments": [
            flows.attachment("VPC", LOG["TransitRouterAttachmentId"], LOG["TransitRouterId"], VpcId="vpc-1")
        ],
        "FlowLogs": [{name: LOG[name] for name in LOG if name != "FlowLogVersion"} | {"Tags": LOG["Tags"]["Tag"]}],
    }
)
def test_the_examples_of_the_pages_are_what_comes(cbn):
    for model, example in [
        (models.CreateFlowlogResponseBody, CREATED),
        (models.DescribeFlowlogsResponseBody, DESCRIBED),
    ]:
        assert model().from_map(example).to_map() == example
    answer = flows.call(cbn, "DescribeFlowlogs", FlowLogId=LOG["FlowLogId"])
    assert len(answer.pop("RequestId")) == 36 and answer == DESCRIBED
    router = {"CenId": LOG["CenId"], "TransitRouterId": LOG["TransitRouterId"]}
    answer = flows.call(cbn, "CreateFlowlog", **router)
    assert len(answer.pop("RequestId")) == 36 and answer.keys() == CREATED.keys() and answer["Success"] == "true"
