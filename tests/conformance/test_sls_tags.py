"""Tags of projects and logstores. The log SDK sends these calls to the project's host, and the current one to the
endpoint's."""

import pytest

from sls import Current, Log, once_an_sdk, only
from stores import AWKWARD, make_logstore, make_project, refused

# What can be tagged, with the id that it goes by.
OBJECTS = [("project", "flow"), ("PROJECT", "flow"), ("logstore", "flow#tr")]


@pytest.fixture(autouse=True)
def objects(emulator):
    """A project with a logstore."""
    make_project(Log())
    make_logstore(Log())


def tag(sls, kind, name, tags):
    sls("TagResources", resourceType=kind, resourceId=[name], tags=[{"key": key, "value": tags[key]} for key in tags])


def tags_of(sls, kind, *names, **filters):
    """Its tags by key, of one object."""
    rows = sls("ListTagResources", resourceType=kind, resourceId=list(names), **filters)["tagResources"]
    assert {(row["resourceType"], row["resourceId"]) for row in rows} <= {(kind, name) for name in names}
    return {row["tagKey"]: row["tagValue"] for row in rows}


@pytest.mark.parametrize(("kind", "name"), OBJECTS)
def test_an_object_is_tagged_and_untagged(kind, name, sls, emulator):
    tag(sls, kind, name, {"env": "prod", AWKWARD: AWKWARD})
    tag(sls, kind, name, {"env": "stage", "team": "net"})
    assert tags_of(sls, kind, name) == {"env": "stage", AWKWARD: AWKWARD, "team": "net"}
    sls("UntagResources", resourceType=kind, resourceId=[name], tags=["env", AWKWARD, "unknown"])
    assert tags_of(sls, kind, name) == {"team": "net"}
    project = emulator.ask("world")["Projects"][0]
    (kept,) = (project["logstores"][0] if "#" in name else project)["tags"]
    assert set(kept.values()) == {"team", "net"}


@only(Current)
def test_all_tags_go_at_once(sls):
    for kind, name in OBJECTS:
        tag(sls, kind, name, {"a": "1", "b": "2"})
        sls("UntagResources", resourceType=kind, resourceId=[name], all=True)
        assert tags_of(sls, kind, name) == {}


def test_tags_are_found_by_key_and_value(sls):
    tag(sls, "project", "flow", {"env": "prod", AWKWARD: AWKWARD})

    def found(**tags):
        return tags_of(sls, "project", "flow", tags=[{"key": key, "value": value} for key, value in tags.items()])

    everything = {"env": "prod", AWKWARD: AWKWARD}
    assert found() == found(env="prod") == found(**{AWKWARD: AWKWARD}) == found(**everything) == everything
    assert found(env="stage") == found(**{"env": "prod", AWKWARD: "other"}) == {}


@only(Current)
def test_tags_are_found_by_key_alone(sls):
    tag(sls, "project", "flow", {"env": "prod"})
    assert tags_of(sls, "project", "flow", tags=[{"key": "env"}]) == {"env": "prod"}
    assert tags_of(sls, "project", "flow", tags=[{"key": "team"}]) == {}


def test_objects_are_found_by_their_tags(sls):
    make_project(sls, "other")
    for name in ("flow", "other"):
        tag(sls, "project", name, {"env": "prod", "name": name})

    def found(**tags):
        tags = [{"key": key, "value": value} for key, value in tags.items()]
        return {row["resourceId"] for row in sls("ListTagResources", resourceType="project", tags=tags)["tagResources"]}

    assert (found(env="prod"), found(name="other"), found(env="x")) == ({"flow", "other"}, {"other"}, set())


def test_a_call_takes_20_tags_and_an_object_has_20(sls):
    tags = {f"k{number}": "v" for number in range(21)}
    for wrong in ({}, tags):
        refusal = refused(tag, sls, "project", "flow", wrong)
        assert refusal == (400, "PostBodyInvalid", "The count of tags must be within range [1, 20].")
    first = dict(list(tags.items())[:20])
    tag(sls, "project", "flow", first)
    assert refused(tag, sls, "project", "flow", {"k20": "v"})[:2] == (400, "PostBodyInvalid")
    tag(sls, "project", "flow", {"k0": "w"})
    assert tags_of(sls, "project", "flow") == first | {"k0": "w"}


@once_an_sdk
@pytest.mark.parametrize("key", ["", "acs:a", "aliyun", "a http://b", "https://b", "k" * 129])
def test_what_a_tag_cannot_be_called(key, sls):
    assert refused(tag, sls, "project", "flow", {key: "v"})[:2] == (400, "PostBodyInvalid")


def test_what_cannot_be_tagged(sls):
    assert refused(tag, sls, "project", "gone", {"k": "v"})[:2] == (404, "ProjectNotExist")
    assert refused(tag, sls, "logstore", "flow#gone", {"k": "v"})[:2] == (404, "LogStoreNotExist")
    assert refused(tag, sls, "dashboard", "flow#d", {"k": "v"})[:2] == (400, "PostBodyInvalid")
    assert refused(tag, sls, "project", "flow", {"k": ""})[:2] == (400, "PostBodyInvalid")


@pytest.mark.emulator("--set", "log_tag_page=50")
@only(Log)
def test_the_log_sdk_follows_the_pages_of_a_list_of_tags(sls, emulator):
    tags = {f"k{number:02}": "v" for number in range(17)}
    for count in (3, 6):
        names = [f"flow-{count}-{number}" for number in range(3)]
        for name in names:
            make_project(sls, name)
            tag(sls, "project", name, tags)
        before = emulator.ask("calls").get("ListTagResources", 0)
        rows = sls("ListTagResources", resourceType="project")["tagResources"]
        assert len({(row["resourceId"], row["tagKey"]) for row in rows}) == len(rows) == 17 * count
        assert emulator.ask("calls")["ListTagResources"] - before == 1 + (17 * count) // 50
