//! The index of a logstore: an object of its own in the API, an attribute here.

use serde_json::{Map, Value as Json};

use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::Request;
use crate::kinds::answer;
use crate::kinds::check::{normalise, side_by_side};
use crate::kinds::driver::{Alteration, Step};
use crate::kinds::log_index;
use crate::kinds::logs::Project;
use crate::kinds::schema::Type;
use crate::kinds::wire::text_of;
use crate::model::value::Value;

/// What the service tells of an index and takes from nobody.
const TOLD: [&str; 4] = ["index_mode", "lastModifyTime", "storage", "ttl"];

const TYPE: Type = Type::Index(log_index::FIELDS);

/// A live index.
pub(super) struct Index {
    /// What the YAML writes.
    pub(super) written: Value,
    /// What it has besides, as JSON.
    pub(super) settings: Option<String>,
}

/// The index of the logstore at `path`; `None` if it has none.
pub(super) async fn read(api: &dyn Api, project: &Project<'_>, path: &str) -> Result<Option<Index>, CloudError> {
    let request = Request::Sls(project.get("GetIndex", &format!("{path}/index")));
    let Some(answer) = answer::found(api.call(&request).await)? else { return Ok(None) };
    let written = answer::typed(&TYPE, &answer.body).map(|index| normalise(&TYPE, index)).ok_or_else(|| {
        let problem = "it is no object".to_owned();
        CloudError::Malformed { action: "GetIndex", problem, request_id: answer.request_id.clone() }
    })?;
    let told = |name: &str| TOLD.contains(&name);
    let rest = answer.body.as_object().and_then(|index| {
        let taken = index.iter().filter(|(name, _)| !told(name)).map(|(name, value)| (name.clone(), value.clone()));
        besides(&TYPE, &taken.collect())
    });
    Ok(Some(Index { written, settings: rest.map(|rest| rest.to_string()) }))
}

/// What an object has besides the fields of its type; `None` if that is nothing.
fn besides(ty: &Type, object: &Map<String, Json>) -> Option<Json> {
    let rest: Map<String, Json> = object
        .iter()
        .filter_map(|(name, value)| {
            let inner = match ty {
                Type::Object(fields) | Type::Index(fields) => {
                    fields.iter().find(|field| field.name == name).map(|f| &f.ty)
                }
                Type::Map(item) => Some(*item),
                _ => None,
            };
            let rest = match inner {
                Some(inner) => besides(inner, value.as_object()?)?,
                None => value.clone(),
            };
            Some((name.clone(), rest))
        })
        .collect();
    (!rest.is_empty()).then_some(Json::Object(rest))
}

/// The call that makes the index what it shall be. What is not managed is sent as it is (S4).
pub(super) fn step(project: &Project<'_>, path: &str, change: &Alteration<'_>) -> Option<Step> {
    let wanted = change.wanted("index")?;
    let live = change.live.get("index");
    let (wanted, _) = side_by_side(&TYPE, wanted, live.unwrap_or(&Value::Null));
    let kept = serde_json::from_str(text_of(change.live, "index_settings")).unwrap_or_default();
    let body = with_kept(&TYPE, &wanted, &kept);
    let (action, method) = if live.is_some() { ("UpdateIndex", "PUT") } else { ("CreateIndex", "POST") };
    let request = project.write(action, method, &format!("{path}/index"), Some(body));
    Some(Step { request, unsettles: false })
}

/// What is wanted, as the API takes it, with what is kept of the parts that stay.
fn with_kept(ty: &Type, wanted: &Value, kept: &Json) -> Json {
    match (ty, wanted) {
        (Type::Object(fields) | Type::Index(fields), Value::Map(entries)) => {
            let mut whole = kept.as_object().cloned().unwrap_or_default();
            for field in *fields {
                let kept = whole.remove(field.name).unwrap_or_default();
                if let Some(wanted) = entries.get(field.name) {
                    whole.insert(field.name.to_owned(), with_kept(&field.ty, wanted, &kept));
                }
            }
            Json::Object(whole)
        }
        (Type::Map(item), Value::Map(entries)) => {
            let entry = |(name, wanted): (&String, &Value)| (name.clone(), with_kept(item, wanted, &kept[name]));
            Json::Object(entries.iter().map(entry).collect())
        }
        _ => wanted.into(),
    }
}
