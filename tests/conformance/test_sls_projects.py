"""Projects of Simple Log Service."""

import re

from sls import Current, Log, only
from stores import AWKWARD, COUNTS, make_logstore, make_project, pages, refused


def names(projects):
    return [project["projectName"] for project in projects]


def test_a_project_is_made_read_changed_and_deleted(sls, emulator):
    fields = {"description": AWKWARD, "resourceGroupId": "rg-net", "dataRedundancyType": "ZRS"}
    sls("CreateProject", projectName="flow-logs", **fields)
    project = sls("GetProject", project="flow-logs")
    assert project.items() >= fields.items()
    assert project.items() >= {"projectName": "flow-logs", "status": "Normal", "owner": "1000000000000001"}.items()
    assert project["region"] == "cn-hangzhou" and project["internetEndpoint"] == "cn-hangzhou.log.aliyuncs.com"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", project["createTime"])
    sls("UpdateProject", project="flow-logs", description="")
    group = {"resourceId": "flow-logs", "resourceGroupId": "rg-app", "resourceType": "PROJECT"}
    sls("ChangeResourceGroup", project="flow-logs", **group)
    project = sls("GetProject", project="flow-logs")
    assert (project["description"], project["resourceGroupId"]) == ("", "rg-app")
    assert names(emulator.ask("world")["Projects"]) == ["flow-logs"]
    sls("DeleteProject", project="flow-logs")
    assert refused(sls, "GetProject", project="flow-logs")[1] == "ProjectNotExist"
    assert emulator.ask("world")["Projects"] == []


def test_a_project_has_defaults(sls):
    make_project(sls, resourceGroupId="", dataRedundancyType="")
    project = sls("GetProject", project="flow")
    assert (project["description"], project["resourceGroupId"]) == ("", "rg-default")
    assert (project["dataRedundancyType"], project["recycleBinEnabled"]) == ("LRS", False)


@only(Current)
def test_a_deleted_project_can_stay_in_the_recycle_bin(sls, emulator):
    make_project(sls, recycleBinEnabled=False)
    sls("UpdateProject", project="flow", description="", recycleBinEnabled=True)
    assert sls("GetProject", project="flow")["recycleBinEnabled"]
    sls("DeleteProject", project="flow", forceDelete=False)
    assert emulator.ask("world")["Projects"][0]["inRecycleBin"]
    assert sls("ListProject")["total"] == 0
    assert refused(make_project, sls)[:2] == (400, "ProjectAlreadyExist")
    sls("DeleteProject", project="flow", forceDelete=True)
    make_project(sls, recycleBinEnabled=True)
    sls("DeleteProject", project="flow", forceDelete=True)
    assert emulator.ask("world")["Projects"] == []


def test_a_project_in_the_recycle_bin_is_closed(sls):
    make_project(Current(), recycleBinEnabled=True)
    sls("DeleteProject", project="flow")
    for action in ("GetProject", "DeleteProject", "ListLogStores"):
        assert refused(sls, action, project="flow")[:2] == (403, "ProjectInRecycleBin")


def test_projects_are_listed_page_by_page(sls):
    made = [f"flow-{number:03}" for number in range(max(COUNTS))]
    for name in made:
        make_project(sls, name)
        if (count := made.index(name) + 1) in COUNTS:
            listed = list(pages(lambda **page: sls("ListProject", **page), "projects"))
            assert [len(page) for page in listed] == [50] * (count // 50) + [count % 50]
            assert sorted(name for page in listed for name in names(page)) == made[:count]
    by_default = sls("ListProject")
    assert (by_default["count"], by_default["total"]) == (100, 101)
    assert names(sls("ListProject", offset=100)["projects"]) == made[100:]
    assert sls("ListProject", offset=101)["count"] == 0


@only(Log)
def test_the_log_sdk_lists_all_projects_at_once(sls):
    for number in range(3):
        make_project(sls, f"flow-{number}")
    assert len(sls("ListProject", size=-1)["projects"]) == 3


def test_projects_are_found_by_name_group_and_description(sls):
    make_project(sls, "flow-app", AWKWARD)
    make_project(sls, "flow-net", "a b", resourceGroupId="rg-net")
    make_project(sls, "other")

    def found(**filters):
        page = sls("ListProject", **filters)
        assert page["total"] == page["count"]
        return names(page["projects"])

    assert found(projectName="flow") == ["flow-app", "flow-net"]
    assert found(projectName="-app") == ["flow-app"]
    assert found(projectName=AWKWARD) == []
    assert found(resourceGroupId="rg-net") == ["flow-net"]
    assert found(resourceGroupId="rg-default") == ["flow-app", "other"]
    assert found(description=AWKWARD) == ["flow-app"]
    assert found(description="+b c*~%&") == ["flow-app"]
    assert found(projectName="", resourceGroupId="", description="") == ["flow-app", "flow-net", "other"]
    assert found(projectName="flow", description="a b", resourceGroupId="rg-net") == ["flow-net"]


@only(Current)
def test_what_else_the_current_sdk_asks_changes_no_answer(sls):
    make_project(sls)
    assert sls("GetProject", project="flow", crossRegion=True) == sls("GetProject", project="flow")
    assert sls("ListProject", fetchQuota=True) == sls("ListProject")


def test_a_project_belongs_to_its_region(sls):
    there = sls.but(region="cn-shanghai")
    make_project(there)
    assert there("GetProject", project="flow")["region"] == "cn-shanghai"
    assert refused(sls, "GetProject", project="flow")[1] == "ProjectNotExist"
    assert refused(make_logstore, sls)[1] == "ProjectNotExist"
    assert refused(make_project, sls)[1] == "ProjectAlreadyExist"
    assert (sls("ListProject")["total"], there("ListProject")["total"]) == (0, 1)


def test_a_region_has_several_hosts(sls):
    make_project(sls)
    for host in ("cn-hangzhou-intranet.log", "cn-hangzhou-share.log", "log-global"):
        there = sls.but(host=f"{host}.aliyuncs.com")
        assert there("GetProject", project="flow")["region"] == "cn-hangzhou"
        assert there("ListProject")["total"] == 1
