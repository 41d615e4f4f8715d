"""What tests of Simple Log Service have in common: making stores, and going through lists."""

import pytest

from refused import Refused

# What names, texts and queries must survive.
AWKWARD = "a+b c*~%&=/?#@:;,'\"()[]{}\\|^`<>!$ 専有線 😀"

# How many objects there are where a page of 50 does not hold them all.
COUNTS = (51, 101)


def make_project(sls, name="flow", description="", **fields):
    """A project."""
    sls("CreateProject", projectName=name, description=description, **fields)
    return name


def make_logstore(sls, name="tr", project="flow", **fields):
    """A logstore."""
    sls("CreateLogStore", project=project, logstoreName=name, **{"ttl": 30, "shardCount": 2} | fields)
    return name


def pages(look, rows, size=50):
    """The rows of a list, page by page, as long as its total says that there are more."""
    offset, total = 0, 1
    while offset < total:
        page = look(offset=offset, size=size)
        assert page["count"] == len(page[rows])
        total, offset = page["total"], offset + size
        yield page[rows]


def refused(call, *arguments, **fields):
    """What a call is refused with: status, code, message."""
    with pytest.raises(Refused) as refusal:
        call(*arguments, **fields)
    assert refusal.value.request_id
    return refusal.value.status, refusal.value.code, refusal.value.message
