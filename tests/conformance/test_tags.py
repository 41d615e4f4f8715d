"""Tags of everything in CEN but flow logs, which have a file of their own."""

import pytest

from network import CEN, HERE, KINDS, REGIONS, attachment, pages, refusal, world

ATTACHED = {kind.word: f"tr-attach-{number:03}" for number, kind in enumerate(KINDS, 1)}
WORLD = world(*(attachment(kind, number) for number, kind in enumerate(KINDS, 1)), attachment(KINDS[0], 9))

# How the SDKs, the Terraform provider and others write the types: the service does not look at case.
TYPES = [
    ("Cen", CEN),
    ("cen", CEN),
    ("CEN", CEN),
    ("TransitRouter", HERE),
    ("TRANSITROUTER", HERE),
    *((f"TransitRouter{word}Attachment", name) for word, name in ATTACHED.items()),
    *((f"TransitRouter{word}Attachment".upper(), name) for word, name in ATTACHED.items()),
]

pytestmark = pytest.mark.world(WORLD)


def tag(key, value=""):
    """A tag as calls have it."""
    return {"Key": key, "Value": value}


def listed(cbn, kind, **filters):
    """All tags of a type, page by page: (object, key, value)."""
    answers = pages(lambda **token: cbn("ListTagResources", ResourceType=kind, RegionId=REGIONS[0], **token, **filters))
    found = [answer["TagResources"]["TagResource"] for answer in answers]
    # Only the last page has room.
    assert {len(page) for page in found[:-1]} <= {filters.get("PageSize", 10)}
    rows = [row for page in found for row in page]
    assert {row["ResourceType"] for row in rows} <= {kind}
    return [(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in rows]


@pytest.mark.parametrize(("kind", "name"), TYPES, ids=[kind for kind, _ in TYPES])
def test_everything_is_tagged_and_untagged_however_its_type_is_written(cbn, emulator, kind, name):
    this = {"ResourceType": kind, "ResourceId": [name], "RegionId": REGIONS[0]}
    cbn("TagResources", **this, Tag=[tag("env", "test"), tag("team"), tag("空 1+&", "a=b c")])
    cbn("TagResources", **this, Tag=[tag("env", "prod")])
    assert sorted(listed(cbn, kind)) == [(name, "env", "prod"), (name, "team", ""), (name, "空 1+&", "a=b c")]
    world = emulator.ask("world")
    tagged = [row for rows in world.values() if isinstance(rows, list) for row in rows if row.get("Tags")]
    assert [name in row.values() for row in tagged] == [True]
    cbn("UntagResources", **this, TagKey=["team", "空 1+&", "not there"])
    assert listed(cbn, kind) == [(name, "env", "prod")]
    cbn("UntagResources", **this, All=True)
    assert listed(cbn, kind) == []


def test_several_objects_are_tagged_at_once_and_found_by_id_and_tag(cbn):
    both = ["tr-attach-001", "tr-attach-009"]
    kind = "TransitRouterVpcAttachment"
    cbn("TagResources", ResourceType=kind, ResourceId=both, Tag=[tag("a", "x"), tag("b")])
    cbn("TagResources", ResourceType=kind, ResourceId=both[:1], Tag=[tag("a", "y")])
    first, second = [[(name, "a", value), (name, "b", "")] for name, value in zip(both, "yx")]
    for filters, found in [
        ({}, first + second),
        ({"ResourceId": both}, first + second),
        ({"ResourceId": both[1:]}, second),
        ({"Tag": [tag("a", "y")]}, first),
        ({"Tag": [tag("a", "x"), tag("b")]}, second),
        ({"Tag": [tag("a", "z")]}, []),
        ({"Tag": [tag("a", "y")], "ResourceId": both[1:]}, []),
    ]:
        assert listed(cbn, kind, **filters) == found, filters


def test_objects_of_another_region_are_not_seen(cbn):
    other = cbn.but(region=REGIONS[1])
    this = {"ResourceType": "TransitRouter", "ResourceId": ["tr-1"]}
    unseen = (400, "InvalidResourceId.NotFound")
    assert refusal(cbn, "TagResources", RegionId=REGIONS[0], Tag=[tag("a")], **this) == unseen
    other("TagResources", RegionId=REGIONS[1], Tag=[tag("a")], **this)
    assert listed(cbn, "TransitRouter") == []
    answer = other("ListTagResources", ResourceType="TransitRouter", RegionId=REGIONS[1])
    assert [row["ResourceId"] for row in answer["TagResources"]["TagResource"]] == ["tr-1"]


CENS = [f"cen-{number:03}" for number in range(101)]


@pytest.mark.world({"Cens": [{"CenId": cen} for cen in CENS]})
def test_every_page_of_many_tags_is_read(cbn):
    for start in range(0, len(CENS), 20):
        some = CENS[start : start + 20]
        cbn("TagResources", ResourceType="cen", ResourceId=some, Tag=[tag("first", some[0]), tag("all")])
    wanted = [row for n, cen in enumerate(CENS) for row in [(cen, "all", ""), (cen, "first", CENS[n // 20 * 20])]]
    for size in ({}, {"PageSize": 49}, {"PageSize": 50}):
        assert listed(cbn, "cen", **size) == wanted
    assert listed(cbn, "cen", ResourceId=CENS[:20]) == wanted[:40]


MANY = [f"cen-{number}" for number in range(21)]


def test_how_calls_about_tags_are_refused(cbn, emulator):
    for action, changes, code in [
        ("TagResources", {"ResourceType": None}, "MissingParam.ResourceType"),
        ("TagResources", {"ResourceType": "Router"}, "IllegalParam.ResourceType"),
        ("TagResources", {"ResourceId": None}, "MissingParam.ResourceId"),
        ("TagResources", {"ResourceId": MANY}, "IllegalParam.ResourceId"),
        ("TagResources", {"ResourceId": [CEN, "cen-9"]}, "InvalidResourceId.NotFound"),
        ("TagResources", {"ResourceId": [HERE]}, "InvalidResourceId.NotFound"),
        ("TagResources", {"Tag": None}, "MissingParam.Tag"),
        ("TagResources", {"Tag": [tag("")]}, "MissingParam.TagKey"),
        ("TagResources", {"Tag": [tag("k" * 65)]}, "IllegalParam.TagKey"),
        ("TagResources", {"Tag": [tag("a", "v" * 129)]}, "IllegalParam.TagValue"),
        ("TagResources", {"Tag": [tag("acs:a")]}, "IllegalParam.TagKey"),
        ("TagResources", {"Tag": [tag("a", "see https://a")]}, "IllegalParam.TagValue"),
        ("TagResources", {"Tag": [tag(str(number)) for number in range(21)]}, "IllegalParam.Tag"),
        ("UntagResources", {}, "MissingParam.TagKey"),
        ("UntagResources", {"TagKey": ["a"], "ResourceId": ["cen-9"]}, "InvalidResourceId.NotFound"),
        ("UntagResources", {"All": "perhaps"}, "IllegalParam.All"),
        ("ListTagResources", {"ResourceType": None}, "MissingParam.ResourceType"),
        ("ListTagResources", {"ResourceType": "Router"}, "IllegalParam.ResourceType"),
        ("ListTagResources", {"ResourceId": MANY}, "IllegalParam.ResourceId"),
        ("ListTagResources", {"PageSize": 0}, "IllegalParam.PageSize"),
        ("ListTagResources", {"PageSize": 51}, "IllegalParam.PageSize"),
        ("ListTagResources", {"NextToken": "?"}, "IllegalParam.NextToken"),
    ]:
        whole = {"ResourceType": "Cen", "ResourceId": [CEN], "Tag": [tag("a")] if action == "TagResources" else None}
        assert refusal(cbn, action, **whole | changes) == (400, code), changes
    assert emulator.ask("world")["Cens"][0]["Tags"] == []


def test_an_object_has_twenty_tags_at_most(cbn, emulator):
    this = {"ResourceType": "Cen", "ResourceId": [CEN]}
    cbn("TagResources", **this, Tag=[tag(str(number)) for number in range(20)])
    cbn("TagResources", **this, Tag=[tag("7", "changed")])
    assert refusal(cbn, "TagResources", **this, Tag=[tag("one more")]) == (400, "Forbidden.TagKeys")
    assert len(emulator.ask("world")["Cens"][0]["Tags"]) == 20
