//! Tags of projects and logstores (cloud-api 8.3). The object is named in the body: `project` or `project#logstore`.

use serde_json::{Map, Value as Json, json};

use super::call::{Call, Outcome, invalid, optional, post_body, required};
use super::project::Project;
use crate::emulator::message::Refusal;
use crate::emulator::world::paging::Marked;
use crate::emulator::world::state::World;
use crate::emulator::world::text::{MAX_TAGS, Tag, add_tags};

fn wrong(message: String) -> Refusal {
    Refusal::of(400, "PostBodyInvalid", message)
}

pub(super) fn tag(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let given = required(&body, "tags", Json::as_array, wrong)?;
    if !(1..=MAX_TAGS).contains(&given.len()) {
        return Err(post_body("The count of tags must be within range [1, 20]."));
    }
    let mut tags = Vec::new();
    for tag in given {
        let tag = tag.as_object().ok_or_else(|| post_body("A tag must be a JSON object."))?;
        tags.push(read_tag(tag)?);
    }
    let (kind, id) = object_of(&body)?;
    let old = world.tags_of(call, &kind, &id)?;
    if add_tags(old, &tags) { Ok(None) } else { Err(post_body("A resource can have at most 20 tags.")) }
}

fn read_tag(tag: &Map<String, Json>) -> Result<Tag, Refusal> {
    let key = required(tag, "key", Json::as_str, wrong)?;
    let value = required(tag, "value", Json::as_str, wrong)?;
    let fits = |text: &str| {
        (1..=128).contains(&text.chars().count()) && !text.contains("http://") && !text.contains("https://")
    };
    if !fits(key) || !fits(value) || key.starts_with("acs:") || key.starts_with("aliyun") {
        return Err(wrong(format!("The tag {key} is invalid.")));
    }
    Ok(Tag { key: key.to_owned(), value: value.to_owned() })
}

pub(super) fn untag(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let keys = optional(&body, "tags", Json::as_array, wrong)?.map_or(&[][..], Vec::as_slice);
    let all = optional(&body, "all", Json::as_bool, wrong)?.unwrap_or(false);
    if keys.len() > MAX_TAGS || (keys.is_empty() && !all) || !keys.iter().all(Json::is_string) {
        return Err(post_body("The count of tags must be within range [1, 20]."));
    }
    let (kind, id) = object_of(&body)?;
    world.tags_of(call, &kind, &id)?.retain(|tag| !all && !keys.iter().any(|key| *key == tag.key));
    Ok(None)
}

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let kind =
        call.query.get("resourceType").ok_or_else(|| wrong("Required field resourceType is lacking.".to_owned()))?;
    let list = |name: &str| -> Result<Vec<Json>, Refusal> {
        let text = call.query.get(name).filter(|text| !text.is_empty()).map_or("[]", String::as_str);
        serde_json::from_str(text).map_err(|_| wrong(format!("The parameter {name} is not a JSON array.")))
    };
    let (ids, wanted) = (list("resourceId")?, list("tags")?);
    let token = call.query.get("nextToken").filter(|token| !token.is_empty()).map(String::as_str);
    let page = Marked::of(world.rules.settings.log_tag_page, token)
        .map_err(|_| invalid("The parameter nextToken is invalid.".to_owned()))?;
    let named = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>();
    let mut ids = named.ok_or_else(|| wrong("A resourceId must be text.".to_owned()))?;
    if ids.is_empty() {
        ids = world.taggable_ids(call, kind)?;
    }
    let mut rows: Vec<(String, Json)> = Vec::new();
    for id in &ids {
        let tags = world.tags_of(call, kind, id)?;
        let has = |want: &Json| {
            tags.iter().any(|tag| want["key"] == tag.key && (want["value"].is_null() || want["value"] == tag.value))
        };
        if wanted.iter().all(has) {
            rows.extend(tags.iter().map(|tag| {
                let row = json!({ "resourceType": kind, "resourceId": id, "tagKey": tag.key, "tagValue": tag.value });
                (format!("{id}\n{}", tag.key), row)
            }));
        }
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, next) = page.cut(rows, |row| row.0.as_str());
    let rows: Vec<Json> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(Some(json!({ "nextToken": next, "tagResources": rows })))
}

/// Type and id of the one object that a body names.
fn object_of(body: &Map<String, Json>) -> Result<(String, String), Refusal> {
    let kind = required(body, "resourceType", Json::as_str, wrong)?;
    match required(body, "resourceId", Json::as_array, wrong)?.as_slice() {
        [Json::String(id)] => Ok((kind.to_owned(), id.clone())),
        _ => Err(post_body("The count of resourceId must be 1.")),
    }
}

/// A type of object that can have tags; compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Project,
    Logstore,
}

fn kind_of(word: &str) -> Result<Kind, Refusal> {
    match word.to_ascii_lowercase().as_str() {
        "project" => Ok(Kind::Project),
        "logstore" => Ok(Kind::Logstore),
        _ => Err(post_body("only support resource type: project, logstore")),
    }
}

impl World {
    /// All objects of a type that a call can see.
    fn taggable_ids(&self, call: &Call<'_>, kind: &str) -> Result<Vec<String>, Refusal> {
        let kind = kind_of(kind)?;
        let seen = |project: &&Project| {
            project.owner == call.account
                && call.reaches(&project.region)
                && call.project.is_none_or(|host| host == project.project_name)
                && !project.in_recycle_bin
        };
        let ids_in = |project: &Project| match kind {
            Kind::Project => vec![project.project_name.clone()],
            Kind::Logstore => {
                let stores = project.logstores.iter();
                stores.map(|store| format!("{}#{}", project.project_name, store.logstore_name)).collect()
            }
        };
        Ok(self.projects.values().filter(seen).flat_map(ids_in).collect())
    }

    /// The tags of a project or logstore. The body names the project, so the host need not.
    fn tags_of(&mut self, call: &Call<'_>, kind: &str, id: &str) -> Result<&mut Vec<Tag>, Refusal> {
        let (project, logstore) = id.split_once('#').map_or((id, None), |(project, store)| (project, Some(store)));
        if call.project.is_some_and(|host| host != project) {
            return Err(post_body("The resourceId does not belong to the project of Host."));
        }
        let call = Call { project: Some(project), query: call.query.clone(), ..*call };
        let found = self.own_project(&call)?;
        match (kind_of(kind)?, logstore) {
            (Kind::Project, None) => Ok(&mut found.tags),
            (Kind::Logstore, Some(name)) => {
                let store = found.logstores.iter_mut().find(|store| store.logstore_name == name);
                store
                    .map(|store| &mut store.tags)
                    .ok_or_else(|| Refusal::of(404, "LogStoreNotExist", format!("logstore {name} does not exist.")))
            }
            _ => Err(post_body("The resourceId does not fit the resourceType.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    fn cloud() -> Cloud {
        let mut cloud = Cloud::new();
        cloud.sls("", "POST", "/", &json!({ "projectName": "flow", "description": "" }));
        cloud.sls("flow", "POST", "/logstores", &json!({ "logstoreName": "tr", "ttl": 30, "shardCount": 2 }));
        cloud
    }

    fn tag(kind: &str, id: &str, key: &str) -> Json {
        json!({ "resourceType": kind, "resourceId": [id], "tags": [{ "key": key, "value": "v" }] })
    }

    #[test]
    fn projects_and_logstores_are_tagged_at_either_host() {
        let mut cloud = cloud();
        for (kind, id) in [("project", "flow"), ("PROJECT", "flow"), ("logstore", "flow#tr")] {
            for host in ["", "flow"] {
                assert_eq!(cloud.sls(host, "POST", "/tag", &tag(kind, id, "env")), (200, Json::Null));
                let path = format!("/tags?resourceType={kind}&resourceId=[\"{id}\"]");
                let (_, listed) = cloud.sls(host, "GET", &path, &Json::Null);
                let row = json!({ "resourceType": kind, "resourceId": id, "tagKey": "env", "tagValue": "v" });
                assert_eq!(listed["tagResources"], json!([row]));
                let (_, all) = cloud.sls(host, "GET", &format!("/tags?resourceType={kind}"), &Json::Null);
                assert_eq!(all, listed, "without an id: all that there are");
                let untag = json!({ "resourceType": kind, "resourceId": [id], "tags": ["env"] });
                assert_eq!(cloud.sls(host, "POST", "/untag", &untag).0, 200);
                assert_eq!(cloud.sls(host, "GET", &path, &Json::Null).1["tagResources"], json!([]));
            }
        }
    }

    #[test]
    fn a_long_list_of_tags_comes_in_pages() {
        let mut settings = Settings::default();
        settings.set("log_tag_page=2").unwrap();
        let mut cloud = Cloud::with(settings);
        for name in ["flow", "more", "rest"] {
            cloud.sls("", "POST", "/", &json!({ "projectName": name, "description": "" }));
            cloud.sls("", "POST", "/tag", &tag("project", name, "env"));
        }
        let mut page = |token: &str| {
            let path = format!("/tags?resourceType=project&tags=[]&nextToken={token}");
            let (status, page) = cloud.sls("", "GET", &path, &Json::Null);
            let ids = page["tagResources"].as_array().into_iter().flatten().map(|row| row["resourceId"].clone());
            (status, ids.collect::<Vec<_>>(), page["nextToken"].as_str().unwrap_or_default().to_owned())
        };
        let (_, first, next) = page("");
        assert_eq!(first, ["flow", "more"]);
        assert_eq!(page(&next), (200, vec![json!("rest")], String::new()));
        assert_eq!(page("?").0, 400);
    }

    #[test]
    fn what_cannot_be_tagged() {
        let mut cloud = cloud();
        let many: Vec<Json> = (0..21).map(|n| json!({ "key": format!("k{n}"), "value": "v" })).collect();
        for body in [
            tag("dashboard", "flow", "k"),
            tag("project", "flow", ""),
            tag("project", "flow", "acs:k"),
            tag("project", "flow", "a-http://"),
            json!({ "resourceType": "project", "resourceId": ["flow"], "tags": [] }),
            json!({ "resourceType": "project", "resourceId": ["flow"], "tags": many }),
            json!({ "resourceType": "project", "resourceId": ["flow", "b"], "tags": [{ "key": "k", "value": "v" }] }),
            json!({ "resourceType": "project", "resourceId": ["flow"], "tags": [{ "key": "k" }] }),
        ] {
            assert_eq!(cloud.sls("", "POST", "/tag", &body), (400, json!("PostBodyInvalid")), "{body}");
        }
        assert_eq!(cloud.sls("", "POST", "/tag", &tag("project", "gone", "k")), (404, json!("ProjectNotExist")));
        assert_eq!(cloud.sls("", "POST", "/tag", &tag("logstore", "flow#x", "k")), (404, json!("LogStoreNotExist")));
    }
}
