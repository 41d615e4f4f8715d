//! The index of a logstore (cloud-api 8.3): kept as it was given, once it is right.

use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, optional, required};
use crate::emulator::message::Refusal;
use crate::emulator::world::state::World;

fn wrong(message: String) -> Refusal {
    Refusal::of(400, "IndexInfoInvalid", message)
}

fn no_index() -> Refusal {
    Refusal::new(404, "IndexConfigNotExist", "The index configuration does not exist for this logstore.")
}

/// The body of a create or update call, checked.
fn config(call: &Call<'_>) -> Result<Map<String, Json>, Refusal> {
    let body = call.object()?;
    let line = optional(&body, "line", Json::as_object, wrong)?;
    let keys = optional(&body, "keys", Json::as_object, wrong)?;
    if line.is_none() && keys.is_none() {
        return Err(wrong("Required field line or keys is lacking.".to_owned()));
    }
    if let Some(line) = line {
        check_tokens(line, true)?;
        if line.contains_key("include_keys") && line.contains_key("exclude_keys") {
            return Err(wrong("include_keys and exclude_keys exclude each other.".to_owned()));
        }
    }
    for (name, key) in keys.into_iter().flatten() {
        let key = key.as_object().ok_or_else(|| wrong(format!("The key {name} is of error format.")))?;
        let kind = required(key, "type", Json::as_str, wrong)?;
        if !matches!(kind, "text" | "long" | "double" | "json") {
            return Err(wrong(format!("The type {kind} of the key {name} is invalid.")));
        }
        check_tokens(key, kind == "text")?;
        // The current SDK sends an empty one with every key.
        let inner = optional(key, "json_keys", Json::as_object, wrong)?.filter(|keys| !keys.is_empty());
        if inner.is_some() && kind != "json" {
            return Err(wrong(format!("json_keys of the key {name} need the type json.")));
        }
        for (name, key) in inner.into_iter().flatten() {
            let kind = key["type"].as_str().unwrap_or_default();
            if !matches!(kind, "text" | "long" | "double") {
                return Err(wrong(format!("The type {kind} of the key {name} is invalid.")));
            }
        }
    }
    if let Some(length) = optional(&body, "max_text_len", Json::as_u64, wrong)?
        && !(64..=16384).contains(&length)
    {
        return Err(wrong("max_text_len must be within range [64, 16384]".to_owned()));
    }
    Ok(body)
}

/// `token` is a list of text.
fn check_tokens(part: &Map<String, Json>, needed: bool) -> Result<(), Refusal> {
    let lacking = || wrong("Required field token is lacking or of error format.".to_owned());
    match part.get("token").map(Json::as_array) {
        None if !needed => Ok(()),
        Some(Some(tokens)) if tokens.iter().all(Json::is_string) => Ok(()),
        _ => Err(lacking()),
    }
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let store = world.own_logstore(call)?;
    let config = config(call)?;
    if store.index.is_some() {
        return Err(Refusal::new(400, "IndexAlreadyExist", "Logstore index is already created."));
    }
    store.index = Some(stamped(config, call));
    Ok(None)
}

/// The body with the time that reading it gives back.
fn stamped(mut config: Map<String, Json>, call: &Call<'_>) -> Map<String, Json> {
    config.insert("lastModifyTime".to_owned(), json!(call.now.as_second()));
    config
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    let store = world.own_logstore(call)?;
    let ttl = store.ttl();
    let mut index = store.index.clone().ok_or_else(no_index)?;
    index.insert("index_mode".to_owned(), json!("v2"));
    index.insert("storage".to_owned(), json!("pg"));
    index.insert("ttl".to_owned(), json!(ttl));
    for (name, default) in [("max_text_len", json!(2048)), ("log_reduce", json!(false))] {
        index.entry(name).or_insert(default);
    }
    // The log SDK reads it of every key of JSON, so it is always there.
    let keys = index.get_mut("keys").and_then(Json::as_object_mut).into_iter().flatten();
    for key in keys.filter_map(|(_, key)| key.as_object_mut()).filter(|key| key["type"] == "json") {
        key.entry("token").or_insert(json!([]));
    }
    Ok(Some(Json::Object(index)))
}

pub(super) fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let store = world.own_logstore(call)?;
    let config = config(call)?;
    let index = store.index.as_mut().ok_or_else(no_index)?;
    *index = stamped(config, call);
    Ok(None)
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    world.own_logstore(call)?.index.take().map(|_| None).ok_or_else(no_index)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::emulator::world::testing::Cloud;

    const PATH: &str = "/logstores/tr/index";

    fn cloud() -> Cloud {
        let mut cloud = Cloud::new();
        cloud.sls("", "POST", "/", &json!({ "projectName": "flow", "description": "" }));
        cloud.sls("flow", "POST", "/logstores", &json!({ "logstoreName": "tr", "ttl": 30, "shardCount": 2 }));
        cloud
    }

    #[test]
    fn an_index_is_created_read_changed_and_deleted() {
        let mut cloud = cloud();
        let index =
            json!({ "line": { "token": [",", " "] }, "keys": { "bytes": { "type": "long", "json_keys": {} } } });
        for method in ["GET", "PUT", "DELETE"] {
            assert_eq!(cloud.sls("flow", method, PATH, &index), (404, json!("IndexConfigNotExist")));
        }
        assert_eq!(cloud.sls("flow", "POST", PATH, &index), (200, Json::Null));
        assert_eq!(cloud.sls("flow", "POST", PATH, &index), (400, json!("IndexAlreadyExist")));
        let (_, shown) = cloud.sls("flow", "GET", PATH, &Json::Null);
        assert_eq!((&shown["line"], &shown["keys"], &shown["ttl"]), (&index["line"], &index["keys"], &json!(30)));
        assert_eq!((&shown["max_text_len"], &shown["log_reduce"]), (&json!(2048), &json!(false)), "the defaults");
        assert_eq!((&shown["storage"], &shown["lastModifyTime"]), (&json!("pg"), &json!(1_795_341_600)));
        assert_eq!(cloud.sls("flow", "PUT", PATH, &json!({ "keys": { "all": { "type": "json" } } })).0, 200);
        let (_, shown) = cloud.sls("flow", "GET", PATH, &Json::Null);
        assert_eq!(shown["keys"], json!({ "all": { "type": "json", "token": [] } }));
        assert_eq!(cloud.sls("flow", "PUT", PATH, &json!({ "keys": {} })).0, 200);
        assert!(cloud.sls("flow", "GET", PATH, &Json::Null).1.get("line").is_none());
        assert_eq!(cloud.sls("flow", "DELETE", PATH, &Json::Null).0, 200);
        assert_eq!(cloud.sls("flow", "GET", "/logstores/x/index", &Json::Null), (404, json!("LogStoreNotExist")));
    }

    #[test]
    fn what_an_index_cannot_be() {
        let mut cloud = cloud();
        for index in [
            json!({}),
            json!({ "line": {} }),
            json!({ "line": { "token": "," } }),
            json!({ "line": { "token": [], "include_keys": [], "exclude_keys": [] } }),
            json!({ "keys": [] }),
            json!({ "keys": { "a": {} } }),
            json!({ "keys": { "a": { "type": "int" } } }),
            json!({ "keys": { "a": { "type": "text" } } }),
            json!({ "keys": { "a": { "type": "json", "json_keys": { "b": {} } } } }),
            json!({ "keys": { "a": { "type": "long", "json_keys": { "b": { "type": "long" } } } } }),
            json!({ "keys": {}, "max_text_len": 63 }),
        ] {
            assert_eq!(cloud.sls("flow", "POST", PATH, &index), (400, json!("IndexInfoInvalid")), "{index}");
        }
    }
}
