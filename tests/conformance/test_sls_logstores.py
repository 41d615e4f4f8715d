"""Logstores of Simple Log Service."""

import pytest

from sls import WAYS, Current, Log, once_an_sdk, only
from stores import AWKWARD, COUNTS, make_logstore, make_project, pages, refused

CMK = {"cmk_key_id": "f5136b95-2420-ab31-xxxx", "arn": "acs:ram::1000000000000001:role/sls", "region_id": "cn-hangzhou"}

# All that cenform manages, and what goes with it.
EVERYTHING = {
    "ttl": 120,
    "shardCount": 3,
    "enable_tracking": True,
    "autoSplit": True,
    "maxSplitShard": 32,
    "appendMeta": True,
    "telemetryType": "None",
    "hot_ttl": 30,
    "infrequentAccessTTL": 60,
    "mode": "query",
    "encrypt_conf": {"enable": True, "encrypt_type": "sm4", "user_cmk_info": CMK},
}


@pytest.fixture(autouse=True)
def project(emulator):
    """The project that the logstores are in."""
    make_project(Log())


def test_a_logstore_is_made_read_changed_and_deleted(sls, emulator):
    sls("CreateLogStore", project="flow", logstoreName="tr-flow_1", **EVERYTHING)
    store = sls("GetLogStore", project="flow", logstore="tr-flow_1")
    assert store.items() >= EVERYTHING.items()
    assert store["createTime"] == store["lastModifyTime"] > 1_600_000_000 and store["productType"] == ""
    changes = {
        "ttl": 3650,
        "enable_tracking": False,
        "autoSplit": False,
        "maxSplitShard": 256,
        "appendMeta": False,
        "hot_ttl": 7,
        "infrequentAccessTTL": 0,
        "mode": "standard",
        "encrypt_conf": EVERYTHING["encrypt_conf"] | {"enable": False},
    }
    sls("UpdateLogStore", project="flow", logstore="tr-flow_1", logstoreName="tr-flow_1", **changes)
    assert sls("GetLogStore", project="flow", logstore="tr-flow_1").items() >= (EVERYTHING | changes).items()
    assert emulator.ask("world")["Projects"][0]["logstores"][0].items() >= (EVERYTHING | changes).items()
    sls("DeleteLogStore", project="flow", logstore="tr-flow_1")
    assert refused(sls, "GetLogStore", project="flow", logstore="tr-flow_1")[1] == "LogStoreNotExist"
    assert sls("ListLogStores", project="flow")["total"] == 0


@only(Current)
def test_a_logstore_of_the_api_has_defaults(sls):
    make_logstore(sls)
    store = sls("GetLogStore", project="flow", logstore="tr")
    assert not (store["enable_tracking"] or store["autoSplit"] or store["appendMeta"])
    assert (store["telemetryType"], store["mode"]) == ("", "standard")
    assert not {"hot_ttl", "infrequentAccessTTL", "encrypt_conf", "shardingPolicy"} & store.keys()


@only(Log)
def test_a_logstore_of_the_log_sdk_has_that_sdk_s_defaults(sls):
    sls("CreateLogStore", project="flow", logstoreName="tr")
    store = sls("GetLogStore", project="flow", logstore="tr")
    assert store.items() >= {"ttl": 30, "shardCount": 2, "autoSplit": True, "maxSplitShard": 64}.items()


@only(Log)
def test_the_log_sdk_sends_what_it_does_not_change_as_it_was(sls):
    kept = {"enable_tracking": True, "appendMeta": True, "maxSplitShard": 8, "telemetryType": "Metrics"}
    make_logstore(sls, **kept)
    sls("UpdateLogStore", project="flow", logstore="tr", ttl=7)
    assert sls("GetLogStore", project="flow", logstore="tr").items() >= (kept | {"ttl": 7, "shardCount": 2}).items()


@only(Current)
def test_a_logstore_can_spread_records_by_hash(sls):
    policy = {"enabled": True, "queryActiveTime": 7, "shardHash": {"keys": ["srcaddr"], "maxHashCount": 32}}
    make_logstore(sls, shardingPolicy=policy)
    assert sls("GetLogStore", project="flow", logstore="tr")["shardingPolicy"] == policy


@only(Current)
def test_what_is_said_only_when_a_logstore_is_made_stays(sls):
    said = {"enableModify": True, "processorId": "ingest-1", "resourceGroupId": "rg-net"}
    make_logstore(sls, **said)
    sls("UpdateLogStore", project="flow", logstore="tr", logstoreName="tr", ttl=7)
    assert sls("GetLogStore", project="flow", logstore="tr").items() >= said.items()


def test_logstores_are_listed_page_by_page(sls):
    made = [f"tr-{number:03}" for number in range(max(COUNTS))]
    for name in made:
        make_logstore(sls, name)
        if (count := made.index(name) + 1) in COUNTS:
            listed = list(pages(lambda **page: sls("ListLogStores", project="flow", **page), "logstores"))
            assert [len(page) for page in listed] == [50] * (count // 50) + [count % 50]
            assert sorted(name for page in listed for name in page) == made[:count]
    # The log SDK asks for 100 where the service gives 200.
    default = 100 if isinstance(sls, Log) else 101
    assert sls("ListLogStores", project="flow")["count"] == default
    assert sls("ListLogStores", project="flow", offset=101)["count"] == 0


@only(Log)
def test_the_log_sdk_lists_all_logstores_at_once(sls):
    for number in range(3):
        make_logstore(sls, f"tr-{number}")
    assert sls("ListLogStores", project="flow", size=-1, logstoreName="-")["logstores"] == ["tr-0", "tr-1", "tr-2"]


def test_logstores_are_found_by_a_part_of_their_name(sls):
    for name in ("tr-app", "tr-net", "nat"):
        make_logstore(sls, name)

    def found(part):
        return sls("ListLogStores", project="flow", logstoreName=part)["logstores"]

    assert (found("tr"), found("-net"), found(AWKWARD)) == (["tr-app", "tr-net"], ["tr-net"], [])
    assert found("") == ["nat", "tr-app", "tr-net"]


@only(Current)
def test_logstores_are_found_by_mode_and_type(sls):
    make_logstore(sls, "a-b", mode="query")
    make_logstore(sls, "c-d", telemetryType="Metrics")
    make_logstore(sls, "e-f", telemetryType="None")

    def found(**filters):
        return sls("ListLogStores", project="flow", **filters)["logstores"]

    assert (found(mode="query"), found(mode="standard")) == (["a-b"], ["c-d", "e-f"])
    assert (found(telemetryType="Metrics"), found(telemetryType="None")) == (["c-d"], ["a-b", "e-f"])
    assert found(telemetryType="None", mode="standard", logstoreName="e") == ["e-f"]


def test_a_project_holds_200_logstores():
    for number in range(200):
        make_logstore(Log(), f"tr-{number}")
    for sdk, signature in WAYS:
        assert refused(make_logstore, sdk(signature), "one-more")[:2] == (400, "QuotaExceed")


@once_an_sdk
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"logstoreName": "a"}, "logstore name a is invalid"),
        ({"logstoreName": "Tr"}, "logstore name Tr is invalid"),
        ({"logstoreName": "tr-"}, "logstore name tr- is invalid"),
        ({"ttl": 0}, "ttl must be within range [1, 3650]"),
        ({"ttl": 3651}, "ttl must be within range [1, 3650]"),
        ({"shardCount": 0}, "shardCount must be within range [1, 100]"),
        ({"autoSplit": True, "maxSplitShard": 257}, "maxSplitShard must be within range [1, 256]"),
        ({"hot_ttl": 31}, "hot_ttl must be within range [7, 30]"),
        ({"mode": "fast"}, "mode fast is invalid"),
        ({"encrypt_conf": {"enable": True, "encrypt_type": "m4"}}, "encrypt_type must be default or sm4"),
    ],
)
def test_what_a_logstore_cannot_be(fields, message, sls):
    fields = {"logstoreName": "tr", "ttl": 30, "shardCount": 2} | fields
    assert refused(sls, "CreateLogStore", project="flow", **fields) == (400, "LogStoreInfoInvalid", message)


def test_the_key_of_an_encrypted_logstore_stays(sls):
    make_logstore(sls, encrypt_conf=EVERYTHING["encrypt_conf"])
    other = EVERYTHING["encrypt_conf"] | {"encrypt_type": "default"}
    change = {"logstoreName": "tr", "ttl": 30, "encrypt_conf": other}
    assert refused(sls, "UpdateLogStore", project="flow", logstore="tr", **change)[:2] == (400, "LogStoreInfoInvalid")
    assert sls("GetLogStore", project="flow", logstore="tr")["encrypt_conf"] == EVERYTHING["encrypt_conf"]
