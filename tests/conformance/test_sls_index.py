"""The index of a logstore."""

import pytest

from sls import Current, Log, once_an_sdk, only
from stores import make_logstore, make_project, refused

AT = {"project": "flow", "logstore": "tr"}

# Each kind of field that an index can have.
INDEX = {
    "line": {"token": [",", " ", "'", '"', "\n", "\t", "，"], "caseSensitive": False, "chn": True},
    "keys": {
        "srcaddr": {"type": "text", "token": [".", ":"], "caseSensitive": True, "chn": False, "doc_value": True},
        "bytes": {"type": "long", "doc_value": True, "alias": "octets"},
        "rate": {"type": "double", "doc_value": False},
        "中文 key": {
            "type": "json",
            "token": [" "],
            "caseSensitive": False,
            "doc_value": True,
            "index_all": True,
            "max_depth": 3,
            "json_keys": {"a.b": {"type": "long", "doc_value": True, "alias": "ab"}, "c": {"type": "text"}},
        },
    },
    "log_reduce": True,
    "log_reduce_white_list": ["srcaddr"],
    "max_text_len": 4096,
}


@pytest.fixture(autouse=True)
def logstore(emulator):
    """The logstore that the index is of."""
    make_project(Log())
    make_logstore(Log())


def holds(whole, part):
    """Whether all of an object is in another one; the SDKs and the service add fields of their own."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    return whole == part


def test_an_index_is_made_read_changed_and_deleted(sls, emulator):
    sls("CreateIndex", **AT, **INDEX)
    index = sls("GetIndex", **AT)
    assert holds(index, INDEX)
    assert (index["ttl"], index["storage"], index["index_mode"]) == (30, "pg", "v2")
    assert index["lastModifyTime"] > 1_600_000_000
    assert holds(emulator.ask("world")["Projects"][0]["logstores"][0]["index"], INDEX)
    sls("UpdateIndex", **AT, keys={"bytes": {"type": "long", "doc_value": False}}, log_reduce=False)
    index = sls("GetIndex", **AT)
    assert list(index["keys"]) == ["bytes"] and not index["keys"]["bytes"]["doc_value"] and "line" not in index
    assert (index["log_reduce"], index["max_text_len"]) == (False, 2048)
    assert "log_reduce_white_list" not in index
    sls("DeleteIndex", **AT)
    assert refused(sls, "GetIndex", **AT)[1] == "IndexConfigNotExist"
    assert emulator.ask("world")["Projects"][0]["logstores"][0]["index"] is None


def test_a_line_alone_is_an_index(sls, emulator):
    index = {"line": {"token": []}, "log_reduce_black_list": ["a"]}
    sls("CreateIndex", **AT, **index, scan_index=True)
    assert holds(sls("GetIndex", **AT), index)
    # The current SDK sends this one, and does not read it.
    assert emulator.ask("world")["Projects"][0]["logstores"][0]["index"]["scan_index"] is True


def test_an_index_of_one_sdk_is_read_by_the_other(sls):
    Current()("CreateIndex", **AT, keys={"all": {"type": "json"}, "bytes": {"type": "long"}})
    assert sls("GetIndex", **AT)["keys"]["all"].items() >= {"type": "json", "token": []}.items()
    sls("UpdateIndex", **AT, **INDEX)
    for sdk in (Log, Current):
        assert holds(sdk()("GetIndex", **AT), INDEX)


@only(Current)
def test_a_line_can_name_the_fields_that_it_covers(sls):
    for names in ("include_keys", "exclude_keys"):
        line = {"token": [" "], names: ["srcaddr", "dstaddr"]}
        sls("UpdateIndex" if names == "exclude_keys" else "CreateIndex", **AT, line=line)
        assert sls("GetIndex", **AT)["line"] == line
    both = {"token": [" "], "include_keys": ["a"], "exclude_keys": ["b"]}
    assert refused(sls, "UpdateIndex", **AT, line=both)[:2] == (400, "IndexInfoInvalid")


@once_an_sdk
@pytest.mark.parametrize("index", [{"max_text_len": 63, "line": {"token": []}}, {"keys": {"a": {"type": "int"}}}])
def test_what_an_index_cannot_be(index, sls):
    assert refused(sls, "CreateIndex", **AT, **index)[:2] == (400, "IndexInfoInvalid")


@only(Log)
def test_an_index_covers_something(sls):
    assert refused(sls, "CreateIndex", **AT)[:2] == (400, "IndexInfoInvalid")


@only(Current)
def test_text_is_indexed_by_tokens(sls):
    message = "Required field token is lacking or of error format."
    for index in ({"line": {"caseSensitive": True}}, {"keys": {"a": {"type": "text"}}}):
        assert refused(sls, "CreateIndex", **AT, **index) == (400, "IndexInfoInvalid", message)
