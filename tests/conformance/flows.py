"""What the tests of flow logs have in common: a network with something of everything that can be watched, and the steps
that each of them takes."""

import pytest

from emulator import wait_for
from refused import Refused

CEN = "cen-a"
REGIONS = {"tr-hz": "cn-hangzhou", "tr-sh": "cn-shanghai"}

# An attachment of each type: its id and its router.
ATTACHMENTS = {
    "VPC": ("tr-attach-vpc", "tr-hz"),
    "VBR": ("tr-attach-vbr", "tr-hz"),
    "VPN": ("tr-attach-vpn", "tr-hz"),
    "ECR": ("tr-attach-ecr", "tr-sh"),
    "TR": ("tr-attach-peer", "tr-hz"),
}

# What is special about each type.
NETWORKS = {
    "VPC": {"VpcId": "vpc-1"},
    "VBR": {"VbrId": "vbr-1"},
    "VPN": {"VpnId": "vco-1"},
    "ECR": {"EcrId": "ecr-1"},
    "TR": {"PeerTransitRouterId": "tr-sh"},
}


def attachment(kind, name, router, **network):
    """An attachment as a world has it."""
    return {"TransitRouterAttachmentId": name, "TransitRouterId": router, "ResourceType": kind, **network}


def world(**more):
    """The network, and what else is to be there."""
    described = {
        "Cens": [{"CenId": CEN}],
        "TransitRouters": [
            {"TransitRouterId": router, "CenId": CEN, "RegionId": region} for router, region in REGIONS.items()
        ],
        "TransitRouterAttachments": [attachment(kind, *ATTACHMENTS[kind], **NETWORKS[kind]) for kind in ATTACHMENTS],
        "FlowLogs": [],
        "Projects": [
            {"projectName": "netflow", "region": "cn-hangzhou", "logstores": [{"logstoreName": "tr-flow"}]},
        ],
    }
    return {name: rows + more.get(name, []) for name, rows in described.items()}


def call(cbn, action, region="cn-hangzhou", **parameters):
    """Calls an action with the parameters that all actions of flow logs have."""
    return cbn(action, RegionId=region, **parameters)


def create(cbn, region="cn-hangzhou", **parameters):
    """Begins to make a flow log, and gives its id."""
    return call(cbn, "CreateFlowlog", region, CenId=CEN, **parameters)["FlowLogId"]


def found(cbn, region="cn-hangzhou", **filters):
    """The flow logs on the first page of a list."""
    return call(cbn, "DescribeFlowlogs", region, **filters)["FlowLogs"]["FlowLog"]


def status(cbn, flow_log, region="cn-hangzhou"):
    """The status of a flow log; nothing if it is gone."""
    return next((log["Status"] for log in found(cbn, region, FlowLogId=flow_log)), None)


def settled(cbn, flow_log, wanted="Active", region="cn-hangzhou"):
    """A flow log once it has this status."""
    return wait_for(
        lambda: next((log for log in found(cbn, region, FlowLogId=flow_log) if log["Status"] == wanted), None)
    )


def gone(cbn, flow_log, region="cn-hangzhou"):
    """Waits until a flow log is gone."""
    wait_for(lambda: not found(cbn, region, FlowLogId=flow_log))


def refused(cbn, action, **parameters):
    """The refusal that a call meets."""
    with pytest.raises(Refused) as caught:
        cbn(action, **parameters)
    return caught.value


def code(cbn, action, **parameters):
    """The code of the refusal that a call meets."""
    return refused(cbn, action, **parameters).code


def in_world(emulator, flow_log):
    """A flow log as the emulator knows it."""
    return next(log for log in emulator.ask("world")["FlowLogs"] if log["FlowLogId"] == flow_log)
