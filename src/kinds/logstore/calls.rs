//! The requests of this kind and the parsing of their answers (cloud-api 8.3).

use async_trait::async_trait;
use serde_json::{Map, Value as Json};

use super::index::{self, Index};
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Driver, New, Step};
use crate::kinds::logs::{self, Project, Tagged};
use crate::kinds::schema::Schema;
use crate::kinds::wire::{region_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of a logstore. Its id is `project/logstore`.
#[derive(Debug, Clone, Copy)]
pub struct Logstore;

/// Attributes and their fields, whose naming styles are mixed. The order of a change does not matter: all go at once.
const FIELDS: [(&str, &str); 10] = [
    ("ttl", "ttl"),
    ("shard_count", "shardCount"),
    ("auto_split", "autoSplit"),
    ("max_split_shard_count", "maxSplitShard"),
    ("hot_ttl", "hot_ttl"),
    ("infrequent_access_ttl", "infrequentAccessTTL"),
    ("append_meta", "appendMeta"),
    ("web_tracking", "enable_tracking"),
    ("mode", "mode"),
    ("telemetry_type", "telemetryType"),
];

/// The part of `encryption` that stands in an object of its own.
const KEY_FIELDS: [(&str, &str); 3] = [("cmk_key_id", "cmk_key_id"), ("cmk_arn", "arn"), ("cmk_region", "region_id")];

/// A logstore's place.
struct Place<'a> {
    project: Project<'a>,
    name: &'a str,
}

impl<'a> Place<'a> {
    /// From an id, or from a bare name and the attribute `project`.
    fn of(id: &'a str, region: Option<&'a Region>, attributes: &'a Attributes) -> Self {
        let (project, name) = id.split_once('/').unwrap_or((text_of(attributes, "project"), id));
        Self { project: Project { name: project, region: region_of(region, attributes) }, name }
    }

    fn path(&self) -> String {
        format!("/logstores/{}", self.name)
    }

    fn id(&self) -> String {
        format!("{}/{}", self.project.name, self.name)
    }

    /// The id in tag calls.
    fn tag_id(&self) -> String {
        format!("{}#{}", self.project.name, self.name)
    }
}

fn tagged(id: &str) -> Tagged<'_> {
    Tagged { resource_type: "logstore", id }
}

/// The object that the API takes.
fn body(name: &str, attributes: &Attributes) -> Json {
    let set = |body: &mut Map<String, Json>, field: &str, value: Option<&Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            body.insert(field.to_owned(), value.into());
        }
    };
    let mut body = Map::from_iter([("logstoreName".to_owned(), Json::from(name))]);
    for (attribute, field) in FIELDS {
        set(&mut body, field, attributes.get(attribute));
    }
    if let Some(encryption) = attributes.get("encryption").and_then(Value::as_map) {
        let mut whole = Map::new();
        let mut key = Map::new();
        set(&mut whole, "enable", encryption.get("enable"));
        set(&mut whole, "encrypt_type", encryption.get("type"));
        for (attribute, field) in KEY_FIELDS {
            set(&mut key, field, encryption.get(attribute));
        }
        if !key.is_empty() {
            whole.insert("user_cmk_info".to_owned(), Json::Object(key));
        }
        body.insert("encrypt_conf".to_owned(), Json::Object(whole));
    }
    if let Ok(policy) = serde_json::from_str(text_of(attributes, "sharding_policy")) {
        body.insert("shardingPolicy".to_owned(), policy);
    }
    Json::Object(body)
}

fn attributes(store: &Json, place: &Place<'_>, tags: Value, index: Option<Index>) -> Attributes {
    let (index, settings) = index.map(|Index { written, settings }| (written, settings)).unzip();
    // Where these two are off, some answers say 0, which the service would not take back.
    let positive = |field| answer::int(store, field).filter(|number| *number > 0);
    let encryption = store.get("encrypt_conf").filter(|conf| conf.is_object()).map(|conf| {
        let live = Live::of(conf).truth("enable", "enable").text("type", "encrypt_type").done();
        let key = conf.get("user_cmk_info").unwrap_or(&Json::Null);
        let key = KEY_FIELDS.iter().fold(Live::of(key), |live, (attribute, field)| live.text(attribute, field));
        Value::Map(live.into_iter().chain(key.done()).collect())
    });
    Live::of(store)
        .value("project", Some(place.project.name))
        .value("name", Some(place.name))
        .value("region", Some(place.project.region))
        .int("ttl", "ttl")
        .int("shard_count", "shardCount")
        .truth("auto_split", "autoSplit")
        .value("max_split_shard_count", positive("maxSplitShard"))
        .value("hot_ttl", positive("hot_ttl"))
        .int("infrequent_access_ttl", "infrequentAccessTTL")
        .truth("append_meta", "appendMeta")
        .truth("web_tracking", "enable_tracking")
        .text("mode", "mode")
        .value("telemetry_type", answer::text(store, "telemetryType").or_else(|| Some("None".to_owned())))
        .value("encryption", encryption)
        .value("index", index)
        .value("index_settings", settings.flatten())
        .value("sharding_policy", store.get("shardingPolicy").filter(|policy| policy.is_object()).map(Json::to_string))
        .value("tags", Some(tags))
        .done()
}

/// The whole object as it shall be: what is not changed keeps its live value (S4), also inside `encryption`.
fn whole(change: &Alteration<'_>) -> Attributes {
    let mut whole = change.live.clone();
    for (name, value) in change.after.iter().filter(|(name, _)| change.wanted(name).is_some()) {
        let value = match (whole.get(name), value) {
            (Some(Value::Map(live)), Value::Map(after)) => {
                let after = after.iter().filter(|(_, value)| !value.is_null());
                Value::Map(live.iter().chain(after).map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            _ => value.clone(),
        };
        whole.insert(name.clone(), value);
    }
    whole
}

#[async_trait]
impl Driver for Logstore {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let place = Place::of(new.text("name"), new.region, new.attributes);
        let mut attributes = new.attributes.clone();
        // Required by the call, not by the schema.
        let default = self.schema().attribute("shard_count").and_then(|attribute| attribute.default_for(None));
        if let Some(default) = default {
            attributes.entry("shard_count".to_owned()).or_insert(default);
        }
        let body = body(place.name, &attributes);
        place.project.write("CreateLogStore", "POST", "/logstores", Some(body))
    }

    fn created(&self, new: &New<'_>, _answer: &Answer) -> Result<String, CloudError> {
        Ok(Place::of(new.text("name"), new.region, new.attributes).id())
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let place = Place::of(at.id, at.region, at.attributes);
        let mut steps = place.project.tag_steps(tagged(&place.tag_id()), change);
        // shard_count is not among them: the call ignores it.
        let changeable = FIELDS.iter().map(|(name, _)| *name).filter(|name| *name != "shard_count");
        if changeable.chain(["encryption"]).any(|name| change.wanted(name).is_some()) {
            let body = body(place.name, &whole(change));
            let request = place.project.write("UpdateLogStore", "PUT", &place.path(), Some(body));
            steps.push(Step { request, unsettles: false });
        }
        steps.extend(index::step(&place.project, &place.path(), change));
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        let place = Place::of(at.id, at.region, at.attributes);
        place.project.write("DeleteLogStore", "DELETE", &place.path(), None)
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        let place = Place::of(at.id, at.region, at.attributes);
        let (path, tag_id) = (place.path(), place.tag_id());
        let found =
            place.project.describe(api, ("GetLogStore", &path), ("logstoreName", place.name), tagged(&tag_id)).await?;
        let Some((store, tags)) = found else { return Ok(None) };
        let index = index::read(api, &place.project, &path).await?;
        Ok(Some(logs::object(place.id(), attributes(&store, &place, tags, index), &store)))
    }

    async fn find(
        &self,
        api: &dyn Api,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        let at = At { id: text_of(wanted, "name"), region, attributes: wanted };
        Ok(self.read(api, &at).await?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{self, Cloud, assert_complete, region};

    #[test]
    fn requests() {
        let whole = json!({
            "project": "netflow", "name": "tr-flow", "region": "cn-hangzhou", "ttl": 180, "shard_count": 4, "auto_split": true,
            "max_split_shard_count": 64, "hot_ttl": 30, "infrequent_access_ttl": 60, "append_meta": true, "web_tracking": false,
            "mode": "standard", "telemetry_type": "None", "tags": { "a": "1" },
            "encryption": { "enable": true, "type": "default", "cmk_key_id": "key", "cmk_arn": "arn", "cmk_region": "cn-hangzhou" },
        });
        let body = json!({
            "logstoreName": "tr-flow", "ttl": 180, "shardCount": 4, "autoSplit": true, "maxSplitShard": 64, "hot_ttl": 30,
            "infrequentAccessTTL": 60, "appendMeta": true, "enable_tracking": false, "mode": "standard", "telemetryType": "None",
            "encrypt_conf": {
                "enable": true, "encrypt_type": "default",
                "user_cmk_info": { "cmk_key_id": "key", "arn": "arn", "region_id": "cn-hangzhou" },
            },
        });
        let call = "CreateLogStore POST netflow.cn-hangzhou/logstores";
        assert_eq!(testing::create(&Logstore, whole), format!("{call} {body}"));
        let least = json!({ "project": "netflow", "name": "tr-flow", "ttl": 7 });
        let body = json!({ "logstoreName": "tr-flow", "ttl": 7, "shardCount": 2 });
        assert_eq!(testing::create(&Logstore, least), format!("{call} {body}"));
        let call = "DeleteLogStore DELETE netflow.cn-hangzhou/logstores/tr-flow";
        assert_eq!(testing::delete(&Logstore, "netflow/tr-flow", json!({})), call);
    }

    /// What the service says of a store, with the odd forms that it has.
    fn answer() -> Json {
        json!({
            "logstoreName": "tr-flow", "ttl": 180, "shardCount": 2, "autoSplit": true, "maxSplitShard": 64, "hot_ttl": "30",
            "infrequentAccessTTL": 60, "appendMeta": false, "enable_tracking": "False", "mode": "standard", "telemetryType": "",
            "encrypt_conf": {
                "enable": true, "encrypt_type": "default",
                "user_cmk_info": { "cmk_key_id": "key", "arn": "arn", "region_id": "cn-hangzhou" },
            },
            "shardingPolicy": { "enabled": true, "shardHash": { "keys": ["srcaddr"], "maxHashCount": 8 } },
            "createTime": 1_651_908_000, "lastModifyTime": 1_651_908_000, "productType": "", "processorId": "p-1",
        })
    }

    /// What the service says of its index: fields in another order and filled in, and what nobody asked for.
    fn index() -> Json {
        json!({
            "index_mode": "v2", "storage": "pg", "ttl": 180, "lastModifyTime": 1_651_908_000,
            "log_reduce": false, "max_text_len": 2048,
            "line": { "token": [" ", ","], "caseSensitive": false, "chn": false },
            "keys": {
                "bytes": { "type": "long", "doc_value": "true", "alias": "", "caseSensitive": false, "chn": false, "token": [] },
                "body": { "type": "json", "doc_value": true, "index_all": true, "max_depth": -1, "json_keys": {}, "token": [","] },
                "note": { "type": "text", "token": ["/"], "embedding": "e" },
            },
        })
    }

    #[tokio::test]
    async fn reads() {
        let tag =
            json!({ "resourceType": "logstore", "resourceId": "netflow#tr-flow", "tagKey": "a", "tagValue": "v" });
        let answers = [answer(), json!({ "tagResources": [tag] }), index()];
        // An id may also be the bare name where the project is known.
        let (object, calls) = testing::read(&Logstore, "tr-flow", json!({ "project": "netflow" }), answers).await;
        let object = object.unwrap();
        assert_complete(&Logstore, &object);
        assert_eq!(
            calls,
            [
                "GetLogStore GET netflow.cn-hangzhou/logstores/tr-flow",
                "ListTagResources GET netflow.cn-hangzhou/tags resourceType=logstore resourceId=[\"netflow#tr-flow\"]",
                "GetIndex GET netflow.cn-hangzhou/logstores/tr-flow/index",
            ]
        );
        assert_eq!(
            (object.id.as_str(), object.settled, object.created.as_str()),
            ("netflow/tr-flow", true, "2022-05-07T07:20:00Z")
        );
        let attributes = json!({
            "project": "netflow", "name": "tr-flow", "region": "cn-hangzhou", "ttl": 180, "shard_count": 2, "auto_split": true,
            "max_split_shard_count": 64, "hot_ttl": 30, "infrequent_access_ttl": 60, "append_meta": false, "web_tracking": false,
            "mode": "standard", "telemetry_type": "None", "tags": { "a": "v" },
            "encryption": { "enable": true, "type": "default", "cmk_key_id": "key", "cmk_arn": "arn", "cmk_region": "cn-hangzhou" },
            "sharding_policy": json!({ "enabled": true, "shardHash": { "keys": ["srcaddr"], "maxHashCount": 8 } }).to_string(),
            "index": {
                "line": { "token": [" ", ","] },
                "keys": {
                    "bytes": { "type": "long", "doc_value": true },
                    "body": { "type": "json", "doc_value": true, "index_all": true, "max_depth": -1, "token": [","] },
                    "note": { "type": "text", "token": ["/"] },
                },
            },
            "index_settings": json!({ "keys": { "note": { "embedding": "e" } }, "log_reduce": false, "max_text_len": 2048 }).to_string(),
        });
        assert_eq!(object.attributes, testing::attributes(attributes));
    }

    fn no_index() -> Json {
        json!("IndexConfigNotExist")
    }

    #[tokio::test]
    async fn what_is_off_is_left_out() {
        let body = json!({ "logstoreName": "tr-flow", "ttl": 180, "shardCount": 2, "maxSplitShard": 0, "hot_ttl": -1, "mode": "" });
        let (object, _) = testing::read(&Logstore, "netflow/tr-flow", json!({}), [body, json!({}), no_index()]).await;
        let attributes = json!({
            "project": "netflow", "name": "tr-flow", "region": "cn-hangzhou", "ttl": 180, "shard_count": 2, "telemetry_type": "None",
            "tags": {},
        });
        assert_eq!(object.unwrap().attributes, testing::attributes(attributes));
    }

    #[tokio::test]
    async fn an_update_sends_the_whole_live_object() {
        let (object, _) =
            testing::read(&Logstore, "netflow/tr-flow", json!({}), [answer(), json!({}), no_index()]).await;
        let live = Json::from(&Value::Map(object.unwrap().attributes));
        let mut whole = json!({
            "logstoreName": "tr-flow", "ttl": 180, "shardCount": 2, "autoSplit": true, "maxSplitShard": 64, "hot_ttl": 30,
            "infrequentAccessTTL": 60, "appendMeta": false, "enable_tracking": false, "mode": "standard", "telemetryType": "None",
            "encrypt_conf": answer()["encrypt_conf"], "shardingPolicy": answer()["shardingPolicy"],
        });
        let call = "UpdateLogStore PUT netflow.cn-hangzhou/logstores/tr-flow";
        whole["ttl"] = json!(365);
        let steps =
            testing::update(&Logstore, "netflow/tr-flow", live.clone(), json!({ "ttl": 365, "name": "tr-flow" }));
        assert_eq!(steps, [format!("{call} {whole}")]);
        // Only a part of the encryption is managed; the rest stays.
        whole["ttl"] = json!(180);
        whole["encrypt_conf"]["enable"] = json!(false);
        let steps =
            testing::update(&Logstore, "netflow/tr-flow", live.clone(), json!({ "encryption": { "enable": false } }));
        assert_eq!(steps, [format!("{call} {whole}")]);
        // Neither shards nor tags go this way.
        assert!(testing::update(&Logstore, "netflow/tr-flow", live.clone(), json!({ "shard_count": 8 })).is_empty());
        let steps = testing::update(&Logstore, "netflow/tr-flow", live, json!({ "tags": { "k": "v" } }));
        let body = json!({ "resourceType": "logstore", "resourceId": ["netflow#tr-flow"], "tags": [{ "key": "k", "value": "v" }] });
        assert_eq!(steps, [format!("TagResources POST netflow.cn-hangzhou/tag {body}")]);
    }

    #[tokio::test]
    async fn an_index_is_created_changed_and_left_alone() {
        let path = "netflow.cn-hangzhou/logstores/tr-flow/index";
        let (object, _) = testing::read(&Logstore, "netflow/tr-flow", json!({}), [answer(), json!({}), index()]).await;
        let mut live = Json::from(&Value::Map(object.unwrap().attributes));
        let line = json!({ "token": [" ", ","] });
        // What the API lets nobody leave out is there, what is kept is what the same field has.
        let wanted = json!({ "index": { "keys": {
            "body": { "type": "json", "doc_value": true },
            "note": { "type": "text", "token": [] },
            "new": { "type": "long" },
        } } });
        let body = json!({
            "log_reduce": false, "max_text_len": 2048,
            "keys": {
                "body": { "type": "json", "doc_value": true, "index_all": true, "max_depth": -1, "token": [","] },
                "note": { "type": "text", "token": [], "embedding": "e" },
                "new": { "type": "long" },
            },
        });
        let steps = testing::update(&Logstore, "netflow/tr-flow", live.clone(), wanted);
        assert_eq!(steps, [format!("UpdateIndex PUT {path} {body}")]);
        live.as_object_mut().unwrap().retain(|name, _| !name.starts_with("index"));
        let wanted = json!({ "index": { "line": line } });
        let steps = testing::update(&Logstore, "netflow/tr-flow", live.clone(), wanted.clone());
        assert_eq!(steps, [format!("CreateIndex POST {path} {wanted}", wanted = wanted["index"])]);
        let steps = testing::update(&Logstore, "netflow/tr-flow", live, json!({ "index": "flow_log" }));
        let body = steps[0].strip_prefix(&format!("CreateIndex POST {path} ")).unwrap();
        let body: Json = serde_json::from_str(body).unwrap();
        assert_eq!(body["keys"].as_object().unwrap().len(), 15);
        assert_eq!(body["keys"]["srcport"], json!({ "type": "long", "doc_value": true }));
        assert_eq!(body["keys"]["srcaddr"]["token"], body["line"]["token"]);
    }

    #[tokio::test]
    async fn absences() {
        let wanted = testing::attributes(json!({ "project": "netflow", "name": "tr-flow" }));
        assert_eq!(Logstore.find(&Cloud::lacking("LogStoreNotExist"), Some(&region()), &wanted).await, Ok(Vec::new()));
        for id in ["tr-flow", "netflow/", "netflow/../x", "x.example/tr-flow", "/tr-flow"] {
            assert_eq!(testing::read(&Logstore, id, json!({}), []).await, (None, Vec::new()), "{id}");
        }
    }

    #[test]
    fn created() {
        let attributes = testing::attributes(json!({ "project": "netflow", "name": "tr-flow" }));
        let new = New { region: None, attributes: &attributes };
        let answer = Answer { body: Json::Null, request_id: String::new() };
        assert_eq!(Logstore.created(&new, &answer).unwrap(), "netflow/tr-flow");
    }
}
