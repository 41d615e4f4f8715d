//! Which call a method and a path are (cloud-api 8.3).

use super::call::{Call, Outcome, invalid};
use super::{index, logstore, project, tags};
use crate::emulator::world::state::World;

/// What a call does.
#[derive(Debug, Clone, Copy)]
struct Route {
    name: &'static str,
    run: fn(&mut World, &Call<'_>) -> Outcome,
}

fn find(call: &Call<'_>) -> Option<Route> {
    let route = |name, run| Some(Route { name, run });
    match (call.method, call.segments().as_slice()) {
        ("POST", []) => route("CreateProject", project::create),
        ("GET", []) if call.project.is_none() => route("ListProject", project::list),
        ("GET", []) => route("GetProject", project::get),
        ("PUT", []) => route("UpdateProject", project::update),
        ("DELETE", []) => route("DeleteProject", project::delete),
        ("PUT", ["resourcegroup"]) => route("ChangeResourceGroup", project::change_resource_group),
        ("POST", ["logstores"]) => route("CreateLogStore", logstore::create),
        ("GET", ["logstores"]) => route("ListLogStores", logstore::list),
        ("GET", ["logstores", _]) => route("GetLogStore", logstore::get),
        ("PUT", ["logstores", _]) => route("UpdateLogStore", logstore::update),
        ("DELETE", ["logstores", _]) => route("DeleteLogStore", logstore::delete),
        ("POST", ["logstores", _, "index"]) => route("CreateIndex", index::create),
        ("GET", ["logstores", _, "index"]) => route("GetIndex", index::get),
        ("PUT", ["logstores", _, "index"]) => route("UpdateIndex", index::update),
        ("DELETE", ["logstores", _, "index"]) => route("DeleteIndex", index::delete),
        ("POST", ["tag"]) => route("TagResources", tags::tag),
        ("POST", ["untag"]) => route("UntagResources", tags::untag),
        ("GET", ["tags"]) => route("ListTagResources", tags::list),
        _ => None,
    }
}

impl World {
    /// Answers an SLS call.
    pub fn sls(&mut self, call: &Call<'_>) -> Outcome {
        self.settle(call.now);
        let route = find(call)
            .ok_or_else(|| invalid(format!("{} {} is not a call of this service.", call.method, call.path)))?;
        if call.method != "GET" {
            self.revision += 1;
        }
        (route.run)(self, call)
    }
}

impl Call<'_> {
    /// The name of the call, if it is one.
    pub fn name(&self) -> Option<&'static str> {
        find(self).map(|route| route.name)
    }
}
