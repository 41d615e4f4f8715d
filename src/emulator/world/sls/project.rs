//! Projects (cloud-api 8.3). Their names are global over accounts and regions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, invalid, optional, required};
use super::logstore::{Logstore, MAX_LOGSTORES};
use crate::emulator::message::Refusal;
use crate::emulator::options::{Permission, Service};
use crate::emulator::world::call::Call as RpcCall;
use crate::emulator::world::cen::default_group;
use crate::emulator::world::codes::flow_log::{
    INVALID_LOG_INFO, PROJECT_EXIST, PROJECT_NAME, PROJECT_OR_LOGSTORE_NOT_EXIST,
};
use crate::emulator::world::file;
use crate::emulator::world::state::World;
use crate::emulator::world::text::{Tag, is_project_name};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(in crate::emulator::world) struct Project {
    pub(in crate::emulator::world) project_name: String,
    /// The account.
    #[serde(default = "file::default_account")]
    pub(in crate::emulator::world) owner: String,
    pub(super) region: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default = "default_group")]
    pub(super) resource_group_id: String,
    #[serde(default = "locally_redundant")]
    pub(super) data_redundancy_type: String,
    #[serde(default)]
    pub(super) recycle_bin_enabled: bool,
    /// Whether it was deleted and can still be restored.
    #[serde(default)]
    pub(super) in_recycle_bin: bool,
    #[serde(default = "file::long_ago")]
    pub(super) create_time: Timestamp,
    #[serde(default = "file::long_ago")]
    pub(super) last_modify_time: Timestamp,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default)]
    pub(super) logstores: Vec<Logstore>,
}

fn locally_redundant() -> String {
    "LRS".to_owned()
}

impl Project {
    fn new(name: &str, owner: &str, region: &str, now: Timestamp) -> Self {
        Self {
            project_name: name.to_owned(),
            owner: owner.to_owned(),
            region: region.to_owned(),
            description: String::new(),
            resource_group_id: default_group(),
            data_redundancy_type: locally_redundant(),
            recycle_bin_enabled: false,
            in_recycle_bin: false,
            create_time: now,
            last_modify_time: now,
            tags: Vec::new(),
            logstores: Vec::new(),
        }
    }

    /// Whether it can be written to, in this logstore.
    pub(in crate::emulator::world) fn has(&self, logstore: &str) -> bool {
        !self.in_recycle_bin && self.logstores.iter().any(|store| store.logstore_name == logstore)
    }
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let name = required(&body, "projectName", Json::as_str, invalid)?;
    if !is_project_name(name) || call.project.is_some_and(|host| host != name) {
        return Err(invalid(format!("The project name {name} is invalid.")));
    }
    let mut project = Project::new(name, call.account, call.region_or_default(), call.now);
    required(&body, "description", Json::as_str, invalid)?.clone_into(&mut project.description);
    if let Some(group) = optional(&body, "resourceGroupId", Json::as_str, invalid)?.filter(|group| !group.is_empty()) {
        group.clone_into(&mut project.resource_group_id);
    }
    match optional(&body, "dataRedundancyType", Json::as_str, invalid)? {
        None | Some("") => {}
        Some(redundancy @ ("LRS" | "ZRS")) => redundancy.clone_into(&mut project.data_redundancy_type),
        Some(other) => return Err(invalid(format!("The dataRedundancyType {other} is neither LRS nor ZRS."))),
    }
    project.recycle_bin_enabled = optional(&body, "recycleBinEnabled", Json::as_bool, invalid)?.unwrap_or(false);
    if world.projects.contains_key(name) {
        return Err(Refusal::of(400, "ProjectAlreadyExist", format!("Project {name} already exist.")));
    }
    if world.has_all_projects(call.account) {
        return Err(Refusal::new(400, "ProjectQuotaExceed", "Project Quota Exceed"));
    }
    world.projects.insert(name.to_owned(), project);
    Ok(None)
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    world.own_project(call).map(|project| Some(shown(project)))
}

fn shown(project: &Project) -> Json {
    let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let region = &project.region;
    json!({
        "projectName": project.project_name,
        "description": project.description,
        "status": "Normal",
        "region": region,
        "owner": project.owner,
        "createTime": time(project.create_time),
        "lastModifyTime": time(project.last_modify_time),
        "resourceGroupId": project.resource_group_id,
        "dataRedundancyType": project.data_redundancy_type,
        "recycleBinEnabled": project.recycle_bin_enabled,
        "internetEndpoint": format!("{region}.log.aliyuncs.com"),
        "internalEndpoint": format!("{region}-intranet.log.aliyuncs.com"),
        "quota": {},
    })
}

pub(super) fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let project = world.own_project(call)?;
    let body = call.object()?;
    let description = required(&body, "description", Json::as_str, invalid)?;
    let recycle = optional(&body, "recycleBinEnabled", Json::as_bool, invalid)?;
    description.clone_into(&mut project.description);
    project.recycle_bin_enabled = recycle.unwrap_or(project.recycle_bin_enabled);
    project.last_modify_time = call.now;
    Ok(None)
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let force = call.flag("forceDelete")?;
    let outcome = world.own_project(call).map(|project| (project.project_name.clone(), project.recycle_bin_enabled));
    let (name, keep) = match (outcome, call.project) {
        (Err(refusal), Some(name)) if force && refusal.status == 403 => (name.to_owned(), false),
        (outcome, _) => outcome?,
    };
    if keep && !force {
        if let Some(project) = world.projects.get_mut(&name) {
            project.in_recycle_bin = true;
        }
    } else {
        world.projects.remove(&name);
    }
    Ok(None)
}

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let offset = call.number("offset", 0, usize::MAX)?;
    let size = call.number("size", 100, 500)?;
    let has = |name: &str, value: &str| call.query.get(name).is_none_or(|part| value.contains(part.as_str()));
    let group = call.query.get("resourceGroupId").filter(|group| !group.is_empty());
    let found: Vec<&Project> = world
        .projects
        .values()
        .filter(|project| project.owner == call.account && call.reaches(&project.region) && !project.in_recycle_bin)
        .filter(|project| has("projectName", &project.project_name) && has("description", &project.description))
        .filter(|project| group.is_none_or(|group| *group == project.resource_group_id))
        .collect();
    let projects: Vec<Json> = found.iter().skip(offset).take(size).map(|project| shown(project)).collect();
    Ok(Some(json!({ "count": projects.len(), "total": found.len(), "projects": projects })))
}

pub(super) fn change_resource_group(world: &mut World, call: &Call<'_>) -> Outcome {
    let body: Map<String, Json> = call.object()?;
    let id = required(&body, "resourceId", Json::as_str, invalid)?;
    let group = required(&body, "resourceGroupId", Json::as_str, invalid)?;
    let kind = optional(&body, "resourceType", Json::as_str, invalid)?.unwrap_or("PROJECT");
    if !kind.eq_ignore_ascii_case("project") {
        return Err(invalid(format!("The resourceType {kind} is not PROJECT.")));
    }
    let project = world.own_project(call)?;
    if project.project_name != id {
        return Err(invalid(format!("The resourceId {id} is not the project of Host.")));
    }
    group.clone_into(&mut project.resource_group_id);
    Ok(None)
}

impl World {
    /// Whether an account has as many projects as it may have.
    fn has_all_projects(&self, account: &str) -> bool {
        let own = self.projects.values().filter(|project| project.owner == account).count();
        own >= self.rules.settings.project_quota
    }

    /// Makes sure that a new flow log can write to its store; the service makes what is missing.
    pub(in crate::emulator::world) fn prepare_store(
        &mut self,
        call: &RpcCall<'_>,
        region: &str,
        project: &str,
        logstore: &str,
    ) -> Result<(), Refusal> {
        let settings = &self.rules.settings;
        if settings.log_service == Service::Closed {
            return Err(INVALID_LOG_INFO);
        }
        let may_create = settings.store_creation == Permission::Allowed;
        let since = self.shown_since(call.now);
        let is_new = |store: &Logstore| store.logstore_name == logstore && store.create_time > since;
        match self.projects.get(project) {
            Some(found) if found.owner != call.account => return Err(PROJECT_EXIST),
            Some(found) if found.region != region => return Err(PROJECT_NAME),
            Some(found) if found.in_recycle_bin => return Err(INVALID_LOG_INFO),
            Some(found) if found.create_time > since || found.logstores.iter().any(is_new) => {
                return Err(PROJECT_OR_LOGSTORE_NOT_EXIST);
            }
            Some(found) if found.has(logstore) => return Ok(()),
            Some(found) if found.logstores.len() >= MAX_LOGSTORES => return Err(INVALID_LOG_INFO),
            _ if !may_create => return Err(PROJECT_OR_LOGSTORE_NOT_EXIST),
            None if self.has_all_projects(call.account) => return Err(INVALID_LOG_INFO),
            _ => {}
        }
        let project = self
            .projects
            .entry(project.to_owned())
            .or_insert_with(|| Project::new(project, call.account, region, call.now));
        project.logstores.push(Logstore::plain(logstore, call.now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value as Json, json};

    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    const NOTHING: Json = Json::Null;

    fn make(cloud: &mut Cloud, body: &Json) -> (u16, Json) {
        cloud.sls("", "POST", "/", body)
    }

    #[test]
    fn a_project_is_created_read_changed_and_deleted() {
        let mut cloud = Cloud::new();
        assert_eq!(make(&mut cloud, &json!({ "projectName": "flow-1", "description": "d" })), (200, NOTHING));
        let (_, project) = cloud.sls("flow-1", "GET", "/", &NOTHING);
        assert_eq!(project["createTime"], "2026-11-22 10:00:00");
        assert_eq!((&project["owner"], &project["region"]), (&json!("1000000000000001"), &json!("cn-hangzhou")));
        assert_eq!(cloud.sls("flow-1", "PUT", "/", &json!({ "description": "" })).0, 200);
        assert_eq!(cloud.sls("flow-1", "GET", "/", &NOTHING).1["description"], "");
        let group = json!({ "resourceId": "flow-1", "resourceGroupId": "rg-2", "resourceType": "PROJECT" });
        assert_eq!(cloud.sls("flow-1", "PUT", "/resourcegroup", &group).0, 200);
        let (_, listed) = cloud.sls("", "GET", "/?projectName=low&resourceGroupId=rg-2", &NOTHING);
        assert_eq!((&listed["count"], &listed["total"]), (&json!(1), &json!(1)));
        assert_eq!(cloud.sls("", "GET", "/?size=501", &NOTHING), (400, json!("ParameterInvalid")));
        assert_eq!(cloud.sls("flow-1", "DELETE", "/", &NOTHING), (200, NOTHING));
        assert_eq!(cloud.sls("flow-1", "GET", "/", &NOTHING), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.sls("flow-1", "DELETE", "/", &NOTHING), (404, json!("ProjectNotExist")));
    }

    #[test]
    fn a_project_is_deleted_with_what_is_in_it() {
        let mut cloud = Cloud::new();
        let body = json!({ "projectName": "flow", "description": "" });
        make(&mut cloud, &body);
        let store = json!({ "logstoreName": "tr", "ttl": 30, "shardCount": 2 });
        cloud.sls("flow", "POST", "/logstores", &store);
        assert_eq!(cloud.sls("flow", "DELETE", "/", &NOTHING), (200, NOTHING));
        make(&mut cloud, &body);
        assert_eq!(cloud.sls("flow", "GET", "/logstores", &NOTHING).1["total"], 0);
    }

    #[test]
    fn what_a_project_cannot_be() {
        let mut cloud = Cloud::new();
        for (body, code) in [
            (json!([]), "PostBodyInvalid"),
            (json!({ "description": "" }), "ParameterInvalid"),
            (json!({ "projectName": "flow" }), "ParameterInvalid"),
            (json!({ "projectName": "Flow", "description": "" }), "ParameterInvalid"),
            (json!({ "projectName": "ab", "description": "" }), "ParameterInvalid"),
            (json!({ "projectName": "flow", "description": 1 }), "ParameterInvalid"),
            (json!({ "projectName": "flow", "description": "", "dataRedundancyType": "XRS" }), "ParameterInvalid"),
            (json!({ "projectName": "flow", "description": "", "recycleBinEnabled": "yes" }), "ParameterInvalid"),
        ] {
            assert_eq!(make(&mut cloud, &body), (400, json!(code)), "{body}");
        }
        assert_eq!(make(&mut cloud, &NOTHING), (400, json!("PostBodyInvalid")));
        let other = json!({ "projectName": "flow", "description": "" });
        assert_eq!(cloud.sls("elsewhere", "POST", "/", &other), (400, json!("ParameterInvalid")));
        assert_eq!(cloud.sls("", "PUT", "/", &json!({ "description": "" })), (400, json!("ParameterInvalid")));
        assert_eq!(cloud.sls("", "PATCH", "/", &NOTHING), (400, json!("ParameterInvalid")));
    }

    #[test]
    fn names_are_global_but_projects_are_seen_in_their_region_and_account_only() {
        let mut cloud = Cloud::new();
        let body = json!({ "projectName": "flow", "description": "" });
        make(&mut cloud, &body);
        assert_eq!(cloud.sls_in("cn-shanghai", "flow", "GET", "/", &NOTHING), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.sls_in("cn-shanghai", "flow", "POST", "/", &body), (400, json!("ProjectAlreadyExist")));
        cloud.as_account("1000000000000002");
        assert_eq!(cloud.sls("flow", "GET", "/", &NOTHING), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.sls("flow", "POST", "/", &body), (400, json!("ProjectAlreadyExist")));
        assert_eq!(cloud.sls("", "GET", "/", &NOTHING).1["total"], 0);
    }

    #[test]
    fn an_account_has_no_more_projects_than_its_quota() {
        let mut settings = Settings::default();
        settings.set("project_quota=1").unwrap();
        let mut cloud = Cloud::with(settings);
        let (cen, router) = cloud.router();
        let body = |name: &str| json!({ "projectName": name, "description": "" });
        make(&mut cloud, &body("flow"));
        assert_eq!(make(&mut cloud, &body("flow")), (400, json!("ProjectAlreadyExist")));
        assert_eq!(make(&mut cloud, &body("more")), (400, json!("ProjectQuotaExceed")));
        let log =
            [("RegionId", "cn-hangzhou"), ("CenId", &cen), ("TransitRouterId", &router), ("LogStoreName", "store")];
        let log = |project| [&log[..], &[("ProjectName", project)]].concat();
        assert_eq!(cloud.code("CreateFlowlog", &log("more")), "OperationFailed.InvalidLogInfo");
        cloud.ok("CreateFlowlog", &log("flow"));
        cloud.as_account("1000000000000002");
        assert_eq!(make(&mut cloud, &body("more")).0, 200);
    }

    #[test]
    fn new_stores_show_themselves_late_if_the_setting_says_so() {
        let mut settings = Settings::default();
        settings.set("new_store_delay=2s").unwrap();
        let mut cloud = Cloud::with(settings);
        let (_, router) = cloud.router();
        let (cen, soon) = (cloud.world.cens.keys().next().unwrap().clone(), Duration::from_millis(1999));
        let log = [("RegionId", "cn-hangzhou"), ("CenId", &cen), ("TransitRouterId", &router)];
        let log = [&log[..], &[("ProjectName", "flow"), ("LogStoreName", "tr-flow")]].concat();
        let (body, store) = (
            json!({ "projectName": "flow", "description": "" }),
            json!({ "logstoreName": "tr-flow", "ttl": 1, "shardCount": 2 }),
        );
        make(&mut cloud, &body);
        cloud.pass(soon);
        assert_eq!(make(&mut cloud, &body), (400, json!("ProjectAlreadyExist")));
        assert_eq!(cloud.sls("flow", "GET", "/", &NOTHING), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &store), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.code("CreateFlowlog", &log), "ProjectOrLogstoreNotExist");
        cloud.pass(Duration::from_millis(1));
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &store).0, 200);
        cloud.pass(soon);
        assert_eq!(cloud.sls("flow", "GET", "/logstores/tr-flow", &NOTHING), (404, json!("LogStoreNotExist")));
        assert_eq!(cloud.code("CreateFlowlog", &log), "ProjectOrLogstoreNotExist");
        cloud.pass(Duration::from_millis(1));
        assert_eq!(cloud.sls("flow", "GET", "/logstores/tr-flow", &NOTHING).0, 200);
        cloud.ok("CreateFlowlog", &log);
    }

    #[test]
    fn the_recycle_bin_keeps_the_name() {
        let mut cloud = Cloud::new();
        let body = json!({ "projectName": "flow", "description": "", "recycleBinEnabled": true });
        make(&mut cloud, &body);
        assert_eq!(cloud.sls("flow", "DELETE", "/", &NOTHING).0, 200);
        assert_eq!(cloud.sls("flow", "GET", "/", &NOTHING), (403, json!("ProjectInRecycleBin")));
        assert_eq!(cloud.sls("", "GET", "/", &NOTHING).1["total"], 0);
        assert_eq!(make(&mut cloud, &body), (400, json!("ProjectAlreadyExist")));
        assert_eq!(cloud.sls("flow", "DELETE", "/", &NOTHING), (403, json!("ProjectInRecycleBin")));
        assert_eq!(cloud.sls("flow", "DELETE", "/?forceDelete=no", &NOTHING), (400, json!("ParameterInvalid")));
        assert_eq!(cloud.sls("flow", "DELETE", "/?forceDelete=", &NOTHING), (403, json!("ProjectInRecycleBin")));
        assert_eq!(cloud.sls("flow", "DELETE", "/?forceDelete=True", &NOTHING).0, 200, "as an official SDK has it");
        assert_eq!(make(&mut cloud, &body).0, 200);
    }
}
