//! Logstores (cloud-api 8.3). The naming is the service's own mixture.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, optional, required};
use crate::emulator::message::Refusal;
use crate::emulator::world::file;
use crate::emulator::world::state::World;
use crate::emulator::world::text::{Tag, is_store_name};

/// The most logstores of a project.
pub(super) const MAX_LOGSTORES: usize = 200;

/// A logstore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Logstore {
    pub(super) logstore_name: String,
    #[serde(default = "a_week")]
    ttl: u64,
    #[serde(default = "two_shards")]
    shard_count: u64,
    #[serde(rename = "enable_tracking", default)]
    enable_tracking: bool,
    #[serde(default)]
    auto_split: bool,
    #[serde(default)]
    max_split_shard: Option<u64>,
    #[serde(default)]
    append_meta: bool,
    #[serde(default)]
    telemetry_type: String,
    #[serde(rename = "hot_ttl", default)]
    hot_ttl: Option<u64>,
    #[serde(rename = "infrequentAccessTTL", default)]
    infrequent_access_ttl: Option<u64>,
    #[serde(default = "standard")]
    mode: String,
    #[serde(rename = "encrypt_conf", default)]
    encrypt_conf: Option<Map<String, Json>>,
    /// How records are spread over shards, as the API has it.
    #[serde(default)]
    sharding_policy: Option<Map<String, Json>>,
    /// Whether records can be changed and deleted.
    #[serde(default)]
    enable_modify: bool,
    #[serde(default)]
    processor_id: Option<String>,
    #[serde(default)]
    resource_group_id: Option<String>,
    #[serde(default = "file::long_ago")]
    pub(super) create_time: Timestamp,
    #[serde(default = "file::long_ago")]
    last_modify_time: Timestamp,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    /// Its index as the API has it.
    #[serde(default)]
    pub(super) index: Option<Map<String, Json>>,
}

const fn a_week() -> u64 {
    7
}

const fn two_shards() -> u64 {
    2
}

fn standard() -> String {
    "standard".to_owned()
}

fn wrong(message: String) -> Refusal {
    Refusal::of(400, "LogStoreInfoInvalid", message)
}

impl Logstore {
    /// One as the flow log service makes it.
    pub(super) fn plain(name: &str, now: Timestamp) -> Self {
        Self {
            logstore_name: name.to_owned(),
            ttl: a_week(),
            shard_count: two_shards(),
            enable_tracking: false,
            auto_split: false,
            max_split_shard: None,
            append_meta: false,
            telemetry_type: String::new(),
            hot_ttl: None,
            infrequent_access_ttl: None,
            mode: standard(),
            encrypt_conf: None,
            sharding_policy: None,
            enable_modify: false,
            processor_id: None,
            resource_group_id: None,
            create_time: now,
            last_modify_time: now,
            tags: Vec::new(),
            index: None,
        }
    }

    /// Takes over the body of a create or update call. The body is the whole object: what it leaves out goes back to
    /// its default, but for what never changes.
    fn set(&mut self, body: &Map<String, Json>) -> Result<(), Refusal> {
        self.ttl = required(body, "ttl", Json::as_u64, wrong)?;
        in_range("ttl", self.ttl, 1, 3650)?;
        self.enable_tracking = optional(body, "enable_tracking", Json::as_bool, wrong)?.unwrap_or(false);
        self.append_meta = optional(body, "appendMeta", Json::as_bool, wrong)?.unwrap_or(false);
        self.auto_split = optional(body, "autoSplit", Json::as_bool, wrong)?.unwrap_or(false);
        self.max_split_shard = optional(body, "maxSplitShard", Json::as_u64, wrong)?;
        match self.max_split_shard {
            Some(max) => in_range("maxSplitShard", max, 1, 256)?,
            None if self.auto_split => return Err(wrong("Required field maxSplitShard is lacking.".to_owned())),
            None => {}
        }
        self.hot_ttl = optional(body, "hot_ttl", Json::as_u64, wrong)?;
        self.infrequent_access_ttl = optional(body, "infrequentAccessTTL", Json::as_u64, wrong)?;
        if let Some(hot) = self.hot_ttl {
            in_range("hot_ttl", hot, 7, self.ttl)?;
        }
        let hot = self.hot_ttl.unwrap_or(0);
        if self.infrequent_access_ttl.is_some_and(|cold| hot.saturating_add(cold) > self.ttl) {
            return Err(wrong("hot_ttl and infrequentAccessTTL together must be within ttl".to_owned()));
        }
        let mode = optional(body, "mode", Json::as_str, wrong)?.filter(|mode| !mode.is_empty()).unwrap_or("standard");
        if !matches!(mode, "standard" | "query") {
            return Err(wrong(format!("mode {mode} is invalid")));
        }
        mode.clone_into(&mut self.mode);
        self.sharding_policy = optional(body, "shardingPolicy", Json::as_object, wrong)?.cloned();
        let Some(new) = optional(body, "encrypt_conf", Json::as_object, wrong)? else { return Ok(()) };
        check_encryption(new, self.encrypt_conf.as_ref())?;
        self.encrypt_conf = Some(new.clone());
        Ok(())
    }

    /// How many days records are kept.
    pub(super) const fn ttl(&self) -> u64 {
        self.ttl
    }

    fn shown(&self) -> Json {
        let mut shown = json!({
            "logstoreName": self.logstore_name,
            "ttl": self.ttl,
            "shardCount": self.shard_count,
            "enable_tracking": self.enable_tracking,
            "autoSplit": self.auto_split,
            "maxSplitShard": self.max_split_shard.unwrap_or(64),
            "appendMeta": self.append_meta,
            "telemetryType": self.telemetry_type,
            "mode": self.mode,
            "productType": "",
            "createTime": self.create_time.as_second(),
            "lastModifyTime": self.last_modify_time.as_second(),
        });
        if let Some(hot) = self.hot_ttl {
            shown["hot_ttl"] = json!(hot);
        }
        if let Some(cold) = self.infrequent_access_ttl {
            shown["infrequentAccessTTL"] = json!(cold);
        }
        if let Some(encryption) = &self.encrypt_conf {
            shown["encrypt_conf"] = json!(encryption);
        }
        if let Some(policy) = &self.sharding_policy {
            shown["shardingPolicy"] = json!(policy);
        }
        if self.enable_modify {
            shown["enableModify"] = json!(true);
        }
        if let Some(processor) = &self.processor_id {
            shown["processorId"] = json!(processor);
        }
        if let Some(group) = &self.resource_group_id {
            shown["resourceGroupId"] = json!(group);
        }
        shown
    }
}

fn in_range(name: &str, value: u64, min: u64, max: u64) -> Result<(), Refusal> {
    let refusal = || wrong(format!("{name} must be within range [{min}, {max}]"));
    if (min..=max).contains(&value) { Ok(()) } else { Err(refusal()) }
}

/// Once set, only `enable` can be changed.
fn check_encryption(new: &Map<String, Json>, old: Option<&Map<String, Json>>) -> Result<(), Refusal> {
    required(new, "enable", Json::as_bool, wrong)?;
    let kind = optional(new, "encrypt_type", Json::as_str, wrong)?;
    if kind.is_some_and(|kind| !matches!(kind, "default" | "sm4")) {
        return Err(wrong("encrypt_type must be default or sm4".to_owned()));
    }
    let fixed = ["encrypt_type", "user_cmk_info"];
    match old {
        Some(old) if fixed.iter().any(|name| new.get(*name) != old.get(*name)) => {
            Err(wrong("encrypt_conf can not be modified except enable".to_owned()))
        }
        _ => Ok(()),
    }
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let project = world.own_project(call)?;
    let body = call.object()?;
    let name = required(&body, "logstoreName", Json::as_str, wrong)?;
    if !is_store_name(name, 2, b"-_") {
        return Err(wrong(format!("logstore name {name} is invalid")));
    }
    let mut store = Logstore::plain(name, call.now);
    store.shard_count = required(&body, "shardCount", Json::as_u64, wrong)?;
    in_range("shardCount", store.shard_count, 1, 100)?;
    store.set(&body)?;
    if store.max_split_shard.is_some_and(|max| max < store.shard_count) {
        return Err(wrong("maxSplitShard must not be less than shardCount".to_owned()));
    }
    match optional(&body, "telemetryType", Json::as_str, wrong)? {
        None => {}
        Some(kind @ ("" | "None" | "Metrics")) => kind.clone_into(&mut store.telemetry_type),
        Some(kind) => return Err(wrong(format!("telemetryType {kind} is invalid"))),
    }
    store.enable_modify = optional(&body, "enableModify", Json::as_bool, wrong)?.unwrap_or(false);
    store.processor_id = optional(&body, "processorId", Json::as_str, wrong)?.map(str::to_owned);
    store.resource_group_id = optional(&body, "resourceGroupId", Json::as_str, wrong)?.map(str::to_owned);
    if project.logstores.iter().any(|other| other.logstore_name == name) {
        return Err(Refusal::of(400, "LogStoreAlreadyExist", format!("logstore {name} already exists")));
    }
    if project.logstores.len() >= MAX_LOGSTORES {
        return Err(Refusal::new(400, "QuotaExceed", "logstore count exceed quota"));
    }
    project.logstores.push(store);
    Ok(None)
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    world.own_logstore(call).map(|store| Some(store.shown()))
}

pub(super) fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let store = world.own_logstore(call)?;
    let body = call.object()?;
    if required(&body, "logstoreName", Json::as_str, wrong)? != store.logstore_name {
        return Err(wrong("logstoreName must be the logstore of the path".to_owned()));
    }
    let mut changed = store.clone();
    changed.set(&body)?;
    changed.last_modify_time = call.now;
    *store = changed;
    Ok(None)
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let name = world.own_logstore(call)?.logstore_name.clone();
    world.own_project(call)?.logstores.retain(|store| store.logstore_name != name);
    Ok(None)
}

/// What a store holds, by the word that lists are asked with: without a word it holds logs.
fn kind_of(store: &Logstore) -> &str {
    if store.telemetry_type.is_empty() { "None" } else { &store.telemetry_type }
}

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let offset = call.number("offset", 0, usize::MAX)?;
    let size = call.number("size", 200, 500)?;
    let is = |name: &str, value: &str| call.query.get(name).is_none_or(|wanted| wanted.is_empty() || wanted == value);
    let part = call.query.get("logstoreName").map_or("", String::as_str);
    let mut names: Vec<&str> = world
        .own_project(call)?
        .logstores
        .iter()
        .filter(|store| store.logstore_name.contains(part))
        .filter(|store| is("telemetryType", kind_of(store)) && is("mode", &store.mode))
        .map(|store| store.logstore_name.as_str())
        .collect();
    names.sort_unstable();
    let page: Vec<&str> = names.iter().skip(offset).take(size).copied().collect();
    Ok(Some(json!({ "count": page.len(), "total": names.len(), "logstores": page })))
}

impl World {
    /// The logstore that the path of a call names.
    pub(super) fn own_logstore(&mut self, call: &Call<'_>) -> Result<&mut Logstore, Refusal> {
        let name = call.logstore();
        let since = self.shown_since(call.now);
        let stores = &mut self.own_project(call)?.logstores;
        stores
            .iter_mut()
            .find(|store| store.logstore_name == name && store.create_time <= since)
            .ok_or_else(|| Refusal::of(404, "LogStoreNotExist", format!("logstore {name} does not exist.")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::emulator::world::testing::Cloud;

    fn cloud() -> Cloud {
        let mut cloud = Cloud::new();
        cloud.sls("", "POST", "/", &json!({ "projectName": "flow", "description": "" }));
        cloud
    }

    fn with(extra: &Json) -> Json {
        let mut body = json!({ "logstoreName": "tr", "ttl": 30, "shardCount": 2 });
        for (name, value) in extra.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    #[test]
    fn a_logstore_is_created_read_changed_and_deleted() {
        let mut cloud = cloud();
        let policy = json!({ "enabled": true, "shardHash": { "keys": ["srcaddr"], "maxHashCount": 8 } });
        let body = with(&json!({
            "autoSplit": true, "maxSplitShard": 8, "hot_ttl": 7, "telemetryType": "None", "shardingPolicy": policy,
            "enableModify": true, "processorId": "p-1", "resourceGroupId": "rg-net",
        }));
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &body), (200, Json::Null));
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &body), (400, json!("LogStoreAlreadyExist")));
        let (_, store) = cloud.sls("flow", "GET", "/logstores/tr", &Json::Null);
        assert_eq!((&store["ttl"], &store["maxSplitShard"], &store["hot_ttl"]), (&json!(30), &json!(8), &json!(7)));
        assert_eq!(store["shardingPolicy"], policy);
        assert_eq!((&store["createTime"], &store["mode"]), (&json!(1_795_341_600), &json!("standard")));
        let update = json!({ "logstoreName": "tr", "ttl": 60, "shardCount": 9 });
        assert_eq!(cloud.sls("flow", "PUT", "/logstores/tr", &update).0, 200);
        let (_, store) = cloud.sls("flow", "GET", "/logstores/tr", &Json::Null);
        assert_eq!((&store["ttl"], &store["shardCount"]), (&json!(60), &json!(2)));
        assert_eq!((&store["autoSplit"], store.get("hot_ttl")), (&json!(false), None), "left out: back to the default");
        assert_eq!(store.get("shardingPolicy"), None);
        let kept = (&store["enableModify"], &store["processorId"], &store["resourceGroupId"]);
        assert_eq!(kept, (&json!(true), &json!("p-1"), &json!("rg-net")), "said only when it is made");
        let (_, listed) = cloud.sls("flow", "GET", "/logstores?logstoreName=t", &Json::Null);
        assert_eq!(listed, json!({ "count": 1, "total": 1, "logstores": ["tr"] }));
        assert_eq!(cloud.sls("flow", "DELETE", "/logstores/tr", &Json::Null).0, 200);
        for method in ["GET", "PUT", "DELETE"] {
            assert_eq!(cloud.sls("flow", method, "/logstores/tr", &update), (404, json!("LogStoreNotExist")));
        }
        assert_eq!(cloud.sls("gone", "GET", "/logstores/tr", &Json::Null), (404, json!("ProjectNotExist")));
    }

    #[test]
    fn a_name_that_is_left_out_stands_for_nothing_else() {
        let mut cloud = cloud();
        cloud.sls("flow", "POST", "/logstores", &with(&json!({ "logstoreName": "index" })));
        for path in ["/logstores//index", "/logstores/", "//", "//logstores/index", "/logstores/index/"] {
            assert_ne!(cloud.sls("flow", "DELETE", path, &Json::Null).0, 200, "{path}");
        }
        assert_eq!(cloud.sls("flow", "GET", "/logstores/index", &Json::Null).0, 200);
    }

    #[test]
    fn a_store_without_a_type_holds_logs() {
        let mut cloud = cloud();
        for (name, kind) in [("a-b", ""), ("c-d", "None"), ("e-f", "Metrics")] {
            let body = with(&json!({ "logstoreName": name, "telemetryType": kind }));
            assert_eq!(cloud.sls("flow", "POST", "/logstores", &body).0, 200);
        }
        let mut found = |kind: &str| {
            cloud.sls("flow", "GET", &format!("/logstores?telemetryType={kind}"), &Json::Null).1["logstores"].take()
        };
        assert_eq!((found("None"), found("Metrics")), (json!(["a-b", "c-d"]), json!(["e-f"])));
        assert_eq!(found(""), json!(["a-b", "c-d", "e-f"]));
    }

    #[test]
    fn what_a_logstore_cannot_be() {
        let mut cloud = cloud();
        for extra in [
            json!({ "logstoreName": null }),
            json!({ "logstoreName": "a" }),
            json!({ "logstoreName": "Tr" }),
            json!({ "ttl": null }),
            json!({ "ttl": 0 }),
            json!({ "ttl": 3651 }),
            json!({ "ttl": "30" }),
            json!({ "shardCount": null }),
            json!({ "shardCount": 0 }),
            json!({ "autoSplit": true }),
            json!({ "autoSplit": true, "maxSplitShard": 257 }),
            json!({ "autoSplit": true, "maxSplitShard": 1 }),
            json!({ "hot_ttl": 6 }),
            json!({ "hot_ttl": 31 }),
            json!({ "hot_ttl": 20, "infrequentAccessTTL": 11 }),
            json!({ "mode": "lite" }),
            json!({ "telemetryType": "Logs" }),
            json!({ "encrypt_conf": {} }),
            json!({ "encrypt_conf": { "enable": true, "encrypt_type": "m4" } }),
        ] {
            let outcome = cloud.sls("flow", "POST", "/logstores", &with(&extra));
            assert_eq!(outcome, (400, json!("LogStoreInfoInvalid")), "{extra}");
        }
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &json!("x")), (400, json!("PostBodyInvalid")));
    }

    #[test]
    fn encryption_can_only_be_switched() {
        let mut cloud = cloud();
        let body =
            |enable: bool, kind: &str| with(&json!({ "encrypt_conf": { "enable": enable, "encrypt_type": kind } }));
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &body(true, "sm4")).0, 200);
        assert_eq!(cloud.sls("flow", "PUT", "/logstores/tr", &body(false, "sm4")).0, 200);
        let other = cloud.sls("flow", "PUT", "/logstores/tr", &body(true, "default"));
        assert_eq!(other, (400, json!("LogStoreInfoInvalid")));
    }

    #[test]
    fn a_project_has_at_most_two_hundred_logstores() {
        let mut cloud = cloud();
        for n in 0..200 {
            cloud.sls("flow", "POST", "/logstores", &with(&json!({ "logstoreName": format!("tr-{n}") })));
        }
        assert_eq!(cloud.sls("flow", "POST", "/logstores", &with(&json!({}))), (400, json!("QuotaExceed")));
    }
}
