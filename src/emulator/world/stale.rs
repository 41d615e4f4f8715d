//! Lists that lag behind (S6): each object shows itself in them as it was a moment ago, and each for another moment, so
//! that pages shift between two calls. Whoever asks by exact id is told the truth.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::attachment::Attachment;
use super::call::Params;
use super::cen::Cen;
use super::flow_log::FlowLog;
use super::router::Router;
use super::sls::call::{Call as SlsCall, Outcome};
use super::sls::project::Project;
use super::state::{Object, World};

/// What lists show, and when each object in them is looked at again.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    cens: BTreeMap<String, Cen>,
    routers: BTreeMap<String, Router>,
    attachments: BTreeMap<String, Attachment>,
    flow_logs: BTreeMap<String, FlowLog>,
    projects: BTreeMap<String, Project>,
    due: BTreeMap<Object, Timestamp>,
}

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Cens,
    Routers,
    Attachments,
    FlowLogs,
    Projects,
    /// The tags of anything in CEN.
    Tags,
}

/// What a read lists; nothing if it names its object by id.
pub(super) fn listed(action: &str, params: &Params) -> Option<Listed> {
    let (listed, id) = match action {
        // The objects are named by filters here.
        "DescribeCens" => {
            let filters = params.list("Filter", 5).unwrap_or_default();
            let by_id = filters.iter().any(|filter| filter.get("Key") == Some(&"CenId"));
            return (!by_id).then_some(Listed::Cens);
        }
        "ListTransitRouters" => (Listed::Routers, "TransitRouterId"),
        "DescribeFlowlogs" => (Listed::FlowLogs, "FlowLogId"),
        "ListTagResources" => (Listed::Tags, "ResourceId.1"),
        name if name.starts_with("ListTransitRouter") && name.ends_with("Attachments") => {
            (Listed::Attachments, "TransitRouterAttachmentId")
        }
        _ => return None,
    };
    params.filled(id).is_none().then_some(listed)
}

impl Lists {
    /// Lists that show a world as it is.
    pub(super) fn of(world: &World) -> Self {
        Self {
            cens: world.cens.clone(),
            routers: world.routers.clone(),
            attachments: world.attachments.clone(),
            flow_logs: world.flow_logs.clone(),
            projects: world.projects.clone(),
            due: BTreeMap::new(),
        }
    }

    /// Shows what is due by `now` as it is.
    fn catch_up(&mut self, world: &World, now: Timestamp) {
        let Self { cens, routers, attachments, flow_logs, projects, due } = self;
        due.retain(|object, at| {
            if *at > now {
                return true;
            }
            match object {
                Object::Cen(id) => show(&world.cens, cens, id),
                Object::Router(id) => show(&world.routers, routers, id),
                Object::Attachment(id) => show(&world.attachments, attachments, id),
                Object::FlowLog(id) => show(&world.flow_logs, flow_logs, id),
                Object::Project(name) => show(&world.projects, projects, name),
            }
            false
        });
    }

    /// Puts what lists show in the place of the truth, or back.
    fn swap(&mut self, world: &mut World, listed: Listed) {
        use std::mem::swap;
        let is = |this| listed == this || listed == Listed::Tags;
        if is(Listed::Cens) {
            swap(&mut self.cens, &mut world.cens);
        }
        if is(Listed::Routers) {
            swap(&mut self.routers, &mut world.routers);
        }
        if is(Listed::Attachments) {
            swap(&mut self.attachments, &mut world.attachments);
        }
        if is(Listed::FlowLogs) {
            swap(&mut self.flow_logs, &mut world.flow_logs);
        }
        if listed == Listed::Projects {
            swap(&mut self.projects, &mut world.projects);
        }
    }

    /// What they show otherwise than it is.
    fn behind(&self, world: &World) -> Vec<Object> {
        let cens = differing(&world.cens, &self.cens).map(Object::Cen);
        let routers = differing(&world.routers, &self.routers).map(Object::Router);
        let attachments = differing(&world.attachments, &self.attachments).map(Object::Attachment);
        let flow_logs = differing(&world.flow_logs, &self.flow_logs).map(Object::FlowLog);
        let projects = differing(&world.projects, &self.projects).map(Object::Project);
        cens.chain(routers).chain(attachments).chain(flow_logs).chain(projects).collect()
    }
}

fn show<T: Clone>(truth: &BTreeMap<String, T>, shown: &mut BTreeMap<String, T>, id: &str) {
    match truth.get(id) {
        Some(object) => drop(shown.insert(id.to_owned(), object.clone())),
        None => drop(shown.remove(id)),
    }
}

fn differing<'a, T: PartialEq>(
    truth: &'a BTreeMap<String, T>,
    shown: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = String> + 'a {
    let changed = truth.iter().filter(|(id, object)| shown.get(*id) != Some(object)).map(|(id, _)| id);
    changed.chain(shown.keys().filter(|id| !truth.contains_key(*id))).cloned()
}

impl World {
    /// Reads the world as lists show it, if this is a list and lists lag behind.
    pub(super) fn as_listed<T>(
        &mut self,
        listed: Option<Listed>,
        now: Timestamp,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let Some(listed) = listed else { return read(self) };
        let Some(mut lists) = self.lists.take() else { return read(self) };
        lists.catch_up(self, now);
        lists.swap(self, listed);
        let answer = read(self);
        lists.swap(self, listed);
        self.lists = Some(lists);
        answer
    }

    /// Takes note that an object changed at `at`: lists will show it within the time that they may lag behind.
    pub(super) fn changed(&mut self, object: Object, at: Timestamp) {
        let Some(lists) = &mut self.lists else { return };
        let digest = Sha256::digest(format!("{}/{object:?}/{at}", self.rules.seed));
        let chance = f64::from(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])) / f64::from(u32::MAX);
        let lag = SignedDuration::try_from(self.rules.stale.mul_f64(chance)).unwrap_or(SignedDuration::MAX);
        let due = at.checked_add(lag).unwrap_or(Timestamp::MAX);
        // What is late already is not made later.
        lists.due.entry(object).or_insert(due);
    }

    /// Takes note of whatever a write changed.
    pub(super) fn note_changes(&mut self, now: Timestamp) {
        let behind = self.lists.as_ref().map(|lists| lists.behind(self)).unwrap_or_default();
        for object in behind {
            self.changed(object, now);
        }
    }

    /// Answers an SLS call; lists may lag behind.
    pub fn sls_as_listed(&mut self, call: &SlsCall<'_>) -> Outcome {
        // What happened until now happened to the truth.
        self.settle(call.now);
        let is_list = match call.name() {
            Some("ListProject") => true,
            // A project that lists do not show yet is known by its name all the same.
            Some("ListLogStores") => {
                let shown = |lists: &Lists| call.project.is_some_and(|project| lists.projects.contains_key(project));
                self.lists.as_ref().is_some_and(shown)
            }
            Some("ListTagResources") => call.query.get("resourceId").is_none_or(String::is_empty),
            _ => false,
        };
        let answer = self.as_listed(is_list.then_some(Listed::Projects), call.now, |world| world.sls(call));
        if call.method != "GET" {
            self.note_changes(call.now);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value as Json, json};

    use crate::emulator::world::state::Rules;
    use crate::emulator::world::testing::Cloud;

    const STALE: Duration = Duration::from_secs(10);

    fn cloud() -> Cloud {
        Cloud::of(Rules { stale: STALE, seed: 7, ..Rules::default() })
    }

    fn names(listed: &Json) -> Vec<String> {
        let cens = listed["Cens"]["Cen"].as_array().unwrap().iter();
        cens.map(|cen| cen["Name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn lists_lag_behind_and_ids_do_not() {
        let mut cloud = cloud();
        let id = cloud.ok("CreateCen", &[("Name", "a")])["CenId"].as_str().unwrap().to_owned();
        let by_id = [("Filter.1.Key", "CenId"), ("Filter.1.Value.1", id.as_str())];
        let by_name = [("Filter.1.Key", "Name"), ("Filter.1.Value.1", "a")];
        assert_eq!(names(&cloud.ok("DescribeCens", &[])), [""; 0]);
        assert_eq!(names(&cloud.ok("DescribeCens", &by_name)), [""; 0]);
        assert_eq!(names(&cloud.ok("DescribeCens", &by_id)), ["a"]);
        cloud.pass(STALE);
        assert_eq!(names(&cloud.ok("DescribeCens", &by_name)), ["a"]);
        cloud.ok("ModifyCenAttribute", &[("CenId", &id), ("Name", "b")]);
        assert_eq!(names(&cloud.ok("DescribeCens", &[])), ["a"]);
        assert_eq!(names(&cloud.ok("DescribeCens", &by_id)), ["b"]);
        cloud.pass(STALE);
        assert_eq!(names(&cloud.ok("DescribeCens", &[])), ["b"]);
        cloud.ok("DeleteCen", &[("CenId", &id)]);
        cloud.pass(Duration::from_millis(1));
        assert_eq!(names(&cloud.ok("DescribeCens", &by_id)), [""; 0]);
        assert_eq!(names(&cloud.ok("DescribeCens", &[])), ["b"], "it is gone and still listed");
        cloud.pass(STALE);
        assert_eq!(names(&cloud.ok("DescribeCens", &[])), [""; 0]);
    }

    #[test]
    fn what_settled_long_ago_is_shown_so_at_once() {
        let mut cloud = cloud();
        let (_, router) = cloud.router();
        cloud.pass(STALE * 2);
        let listed = cloud.ok("ListTransitRouters", &[]);
        assert_eq!(listed["TransitRouters"][0]["TransitRouterId"], router.as_str());
        assert_eq!(listed["TransitRouters"][0]["Status"], "Active");
    }

    #[test]
    fn each_object_lags_for_a_time_of_its_own() {
        let mut cloud = cloud();
        for n in 0..40 {
            cloud.ok("CreateCen", &[("Name", &format!("cen-{n}"))]);
        }
        let mut seen = Vec::new();
        for _ in 0..10 {
            cloud.pass(STALE / 10);
            seen.push(cloud.ok("DescribeCens", &[])["TotalCount"].as_u64().unwrap());
        }
        assert!(seen.is_sorted() && seen[0] < 20 && seen[4] > 5 && seen[4] < 35 && seen[9] == 40, "{seen:?}");
    }

    #[test]
    fn attachments_flow_logs_and_tags_lag_too() {
        let mut cloud = cloud();
        let (_, router, attachment) = cloud.attachment();
        let log = cloud.flow_log(&[("TransitRouterId", &router), ("Tag.1.Key", "k")]);
        let exact = [("ResourceType", "flowlog"), ("ResourceId.1", log.as_str())];
        let mut count = |action: &str, params: &[(&str, &str)], field: &str| {
            cloud.ok(action, params).pointer(field).unwrap().as_array().unwrap().len()
        };
        let list = "ListTransitRouterVpcAttachments";
        assert_eq!(count(list, &[("TransitRouterId", &router)], "/TransitRouterAttachments"), 0);
        assert_eq!(count(list, &[("TransitRouterAttachmentId", &attachment)], "/TransitRouterAttachments"), 1);
        assert_eq!(count("DescribeFlowlogs", &[("TransitRouterId", &router)], "/FlowLogs/FlowLog"), 0);
        assert_eq!(count("DescribeFlowlogs", &[("FlowLogId", &log)], "/FlowLogs/FlowLog"), 1);
        assert_eq!(count("ListTagResources", &exact[..1], "/TagResources/TagResource"), 0);
        assert_eq!(count("ListTagResources", &exact, "/TagResources/TagResource"), 1);
    }

    #[test]
    fn log_stores_lag_in_lists_only() {
        let mut cloud = cloud();
        let body = json!({ "projectName": "flow", "description": "" });
        assert_eq!(cloud.sls("", "POST", "/", &body).0, 200);
        let store = json!({ "logstoreName": "tr", "ttl": 30, "shardCount": 2 });
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &store).0, 200);
        assert_eq!(cloud.sls("", "GET", "/", &Json::Null).1["total"], 0);
        for (path, status) in [("/", 200), ("/logstores", 200), ("/logstores/tr", 200)] {
            assert_eq!(cloud.sls("flow", "GET", path, &Json::Null).0, status, "{path}");
        }
        cloud.pass(STALE);
        assert_eq!(cloud.sls("", "GET", "/", &Json::Null).1["total"], 1);
        cloud.sls("flow", "DELETE", "/logstores/tr", &Json::Null);
        assert_eq!(cloud.sls("flow", "GET", "/logstores/tr", &Json::Null).0, 404);
        assert_eq!(cloud.sls("flow", "GET", "/logstores", &Json::Null).1["total"], 1);
    }
}
