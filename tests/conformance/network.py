"""What the tests of the network have in common: a CEN with routers, the types of attachments, how lists are read."""

from dataclasses import dataclass, field
from itertools import count

import pytest

from emulator import wait_for
from refused import Refused

CEN = "cen-1"
HERE = "tr-0"
# The regions of the routers tr-0, tr-1 and so on.
REGIONS = ["cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-guangzhou", "cn-hongkong"]

ZONES = [
    {"ZoneId": "cn-hangzhou-h", "VSwitchId": "vsw-h"},
    {"ZoneId": "cn-hangzhou-i", "VSwitchId": "vsw-i"},
]


@dataclass(frozen=True)
class Kind:
    """A type of attachment."""

    # In the names of its actions.
    word: str
    # What names the network that is attached, what such ids begin with, and what lists call such networks.
    network: str
    prefix: str
    resource: str
    # What is said of one that is in a transit status.
    busy: str
    # What a create call needs beside the network.
    needs: dict = field(default_factory=dict)
    # What grants call such networks; none can be granted if there is no word.
    granted_as: str = ""

    def names(self, number):
        """The parameters that name one of its networks."""
        return {self.network: f"{self.prefix}{number}"}

    @property
    def create(self):
        return f"CreateTransitRouter{self.word}Attachment"

    @property
    def list(self):
        return f"ListTransitRouter{self.word}Attachments"

    @property
    def update(self):
        return f"UpdateTransitRouter{self.word}AttachmentAttribute"

    @property
    def delete(self):
        return f"DeleteTransitRouter{self.word}Attachment"


VPC = Kind("Vpc", "VpcId", "vpc-", "VPC", "IncorrectStatus.Attachment", {"ZoneMappings": ZONES[:1]}, "VPC")
VBR = Kind("Vbr", "VbrId", "vbr-", "VBR", "IncorrectStatus.Status", granted_as="ExpressConnect")
VPN = Kind("Vpn", "VpnId", "vco-", "VPN", "IncorrectStatus.Status", granted_as="VPN")
ECR = Kind("Ecr", "EcrId", "ecr-", "ECR", "IncorrectStatus.TransitRouterAttachment", granted_as="ECR")
PEER = Kind(
    "Peer",
    "PeerTransitRouterId",
    "tr-",
    "TR",
    "IncorrectStatus.Status",
    {"BandwidthType": "DataTransfer", "Bandwidth": 10},
)
KINDS = [VPC, VBR, VPN, ECR, PEER]
OWNED = [kind for kind in KINDS if kind.granted_as]


def attachment(kind, number, **fields):
    """An attachment of the first router as a world has it: tr-attach-001, tr-attach-002 and so on."""
    name = f"tr-attach-{number:03}"
    row = {"TransitRouterAttachmentId": name, "TransitRouterId": HERE, "ResourceType": kind.resource}
    return row | kind.names(number) | kind.needs | fields


def world(*attachments):
    """A CEN with a router in each region, the first of which has an address block, and these attachments."""
    routers = [
        {"TransitRouterId": f"tr-{number}", "CenId": CEN, "RegionId": region} for number, region in enumerate(REGIONS)
    ]
    routers[0]["TransitRouterCidrList"] = [{"TransitRouterCidrId": "trcidr-0", "Cidr": "10.0.0.0/24"}]
    return {"Cens": [{"CenId": CEN}], "TransitRouters": routers, "TransitRouterAttachments": list(attachments)}


def each(kinds, describe=lambda kind: world()):
    """Runs a test once for each type of attachment, in a world made for it."""
    params = [pytest.param(kind, marks=pytest.mark.world(describe(kind)), id=kind.word) for kind in kinds]
    return pytest.mark.parametrize("kind", params)


def crowd(kind, size):
    """That world with this many attachments of a type. For peers a region gets more routers than it can have."""
    described = world(*(attachment(kind, number) for number in range(1, size + 1)))
    known = len(REGIONS)
    described["TransitRouters"] += [
        {"TransitRouterId": f"tr-{number}", "CenId": CEN, "RegionId": REGIONS[1]} for number in range(known, size + 1)
    ]
    return described


def rows(answer):
    """The objects in the answer of a list."""
    if "Cens" in answer:
        return answer["Cens"]["Cen"]
    return answer["TransitRouters"] if "TransitRouters" in answer else answer["TransitRouterAttachments"]


def ids(cbn, action, **filters):
    """The ids of the objects that a list gives, which all fit on one page."""
    key = {"DescribeCens": "CenId", "ListTransitRouters": "TransitRouterId"}.get(action, "TransitRouterAttachmentId")
    return sorted(row[key] for row in rows(cbn(action, **filters)))


def find_cen(cbn, cen):
    """A CEN; nothing if it is not there."""
    return next(iter(rows(cbn("DescribeCens", Filter=[{"Key": "CenId", "Value": [cen]}]))), None)


def find_router(cbn, router, region=REGIONS[0]):
    """A router; nothing if it is not there."""
    return next(iter(rows(cbn("ListTransitRouters", RegionId=region, TransitRouterId=router))), None)


def find(cbn, kind, name):
    """An attachment; nothing if it is not there."""
    return next(iter(rows(cbn(kind.list, TransitRouterAttachmentId=name))), None)


def settled(look):
    """What `look` gives once it has settled."""
    return wait_for(lambda: next((found for found in [look()] if found["Status"] in ("Active", "Attached")), None))


def gone(look):
    """Waits until `look` gives nothing."""
    wait_for(lambda: look() is None)


def refusal(cbn, action, **parameters):
    """How a call is refused: the HTTP status and the code. What is None is left out of it."""
    given = {name: value for name, value in parameters.items() if value is not None}
    with pytest.raises(Refused) as caught:
        cbn(action, **given)
    assert len(caught.value.request_id) == 36 and caught.value.message
    return caught.value.status, caught.value.code


def check_numbered(cbn, action, key, wanted, size, **filters):
    """Reads a list whose pages have numbers up to the first empty one: each object is on one of them."""
    met = []
    for number in count(1):
        answer = cbn(action, PageNumber=number, PageSize=size, **filters)
        assert (answer["PageNumber"], answer["PageSize"], answer["TotalCount"]) == (number, size, len(wanted))
        page = [row[key] for row in rows(answer)]
        assert len(page) == min(size, len(wanted) - len(met))
        met += page
        if not page:
            break
    assert sorted(met) == sorted(wanted)


def pages(ask):
    """The answers of a list that goes on with a token, up to the last."""
    answer = ask()
    yield answer
    while answer["NextToken"]:
        answer = ask(NextToken=answer["NextToken"])
        yield answer


def check_marked(cbn, action, key, wanted, size, **filters):
    """Reads a list whose pages go on with a token: each object is on one of them, and only the last has room."""
    met = []
    for answer in pages(lambda **token: cbn(action, MaxResults=size, **token, **filters)):
        assert (answer["MaxResults"], answer["TotalCount"]) == (size, len(wanted))
        page = [row[key] for row in rows(answer)]
        assert len(page) == min(size, len(wanted) - len(met)) > 0
        met += page
    assert sorted(met) == sorted(wanted)
