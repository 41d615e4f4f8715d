"""Tags of everything in CEN but flow logs, which have a file of their own."""

import pytest

from network import CEN, HERE, KINDS, REGIONS, attachment, refusal, world

ATTACHED = {kind.word: f"tr-attach-{number:03}" for number, kind in enumerate(KINDS, 1)}
WORLD = world(*(attachment(kind, number) for number, kind in enumerate(KINDS, 1)))

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
    tags, token = [], {}
    while True:
        answer = cbn("ListTagResources", ResourceType=kind, RegionId=REGIONS[0], **token, **filters)
        page = answer["TagResources"]["TagResource"]
        assert {row["ResourceType"] for row in page} <= {kind}
        tags += [(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in page]
        if not answer.get("NextToken"):
            return tags
        assert len(page) == filters.get("PageSize", 10)
        token = {"NextToken": answer["NextToken"]}


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
    some = {"ResourceType": "TransitRouter", "RegionId": REGIONS[0], "ResourceId": [HERE]}
    for region, routers in [(REGIONS[0], [HERE]), (REGIONS[1], ["tr-1"])]:
        cbn("TagResources", ResourceType="TransitRouter", RegionId=region, ResourceId=routers, Tag=[tag("a"), tag("b")])
    assert listed(cbn, "TransitRouter", ResourceId=[HERE, "tr-1"]) == [(HERE, "a", ""), (HERE, "b", "")]
    assert listed(cbn, "TransitRouter", ResourceId=["tr-1"]) == []
    cbn("TagResources", **some, Tag=[tag("b", "x")])
    assert listed(cbn, "TransitRouter", Tag=[tag("b", "x")]) == [(HERE, "a", ""), (HERE, "b", "x")]
    assert listed(cbn, "TransitRouter", Tag=[tag("b", "y")]) == []


@pytest.mark.world({"Cens": [{"CenId": f"cen-{number:03}"} for number in range(101)]})
def test_every_page_of_many_tags_is_read(cbn):
    cens = [f"cen-{number:03}" for number in range(101)]
    for start in range(0, len(cens), 20):
        cbn("TagResources", ResourceType="cen", ResourceId=cens[start:start + 20], Tag=[tag("n", str(start)), tag("m")])
    wanted = [(cen, key, str(number // 20 * 20) if key == "n" else "") for number, cen in enumerate(cens) for key in "mn"]
    for size in ({}, {"PageSize": 7}, {"PageSize": 50}):
        assert listed(cbn, "cen", **size) == wanted
    some = [(cen, key, value) for cen, key, value in wanted if cen in cens[:20]]
    assert listed(cbn, "cen", ResourceId=cens[:20]) == some


MANY = [f"cen-{number}" for number in range(21)]


@pytest.mark.parametrize(
    ("action", "changes", "code"),
    [
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
    ],
)
def test_how_calls_about_tags_are_refused(cbn, emulator, action, changes, code):
    whole = {"ResourceType": "Cen", "ResourceId": [CEN]}
    if action == "TagResources":
        whole["Tag"] = [tag("a")]
    call = {name: value for name, value in (whole | changes).items() if value is not None}
    assert refusal(cbn, action, **call) == (400, code)
    assert emulator.ask("world")["Cens"][0]["Tags"] == []


def test_an_object_has_twenty_tags_at_most(cbn, emulator):
    this = {"ResourceType": "Cen", "ResourceId": [CEN]}
    cbn("TagResources", **this, Tag=[tag(str(number)) for number in range(20)])
    cbn("TagResources", **this, Tag=[tag("7", "changed")])
    assert refusal(cbn, "TagResources", **this, Tag=[tag("one more")]) == (400, "Forbidden.TagKeys")
    assert len(emulator.ask("world")["Cens"][0]["Tags"]) == 20
