//! Calls of the log service, made on the host of a project (cloud-api 8.1, 8.3, 8.4).

use serde_json::{Value as Json, json};

use super::answer;
use super::driver::{Alteration, Step};
use super::wire::{TAGS_PER_CALL, TagChange};
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Request, Sls};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// More pages of tags than 20 tags can fill.
const MAX_TAG_PAGES: usize = 100;

/// A log project, as the host of calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Project<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its region.
    pub(super) region: &'a str,
}

/// What is tagged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tagged<'a> {
    /// `project` or `logstore`.
    pub(super) resource_type: &'static str,
    /// The project's name, or `project#logstore`.
    pub(super) id: &'a str,
}

impl Project<'_> {
    /// The call that changes something.
    pub(super) fn write(&self, action: &'static str, method: &'static str, path: &str, body: Option<Json>) -> Request {
        let call = Sls::write(action, method, &self.region(), Some(self.name), path);
        Request::Sls(Sls { body, ..call })
    }

    /// The call that reads something.
    pub(super) fn get(&self, action: &'static str, path: &str) -> Sls {
        Sls::read(action, &self.region(), Some(self.name), path)
    }

    fn region(&self) -> Region {
        Region(self.region.to_owned())
    }

    /// The calls that give the wanted tags: first those that go, then those that come.
    pub(super) fn tag_steps(&self, tagged: Tagged<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let TagChange { gone, set } = TagChange::of(change);
        let body =
            |tags: Json| Some(json!({ "resourceType": tagged.resource_type, "resourceId": [tagged.id], "tags": tags }));
        let untag =
            gone.chunks(TAGS_PER_CALL).map(|keys| self.write("UntagResources", "POST", "/untag", body(json!(keys))));
        let tag = set.chunks(TAGS_PER_CALL).map(|tags| {
            let tags = tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
            self.write("TagResources", "POST", "/tag", body(tags))
        });
        untag.chain(tag).map(|request| Step { request, unsettles: false }).collect()
    }

    /// What the service says of the project or logstore whose field `field` holds `name`, and its tags;
    /// `None` if there is none.
    pub(super) async fn describe(
        &self,
        api: &dyn Api,
        (action, path): (&'static str, &str),
        (field, name): (&str, &str),
        tagged: Tagged<'_>,
    ) -> Result<Option<(Json, Value)>, CloudError> {
        // An id that a person typed must not lead the call to another host or path.
        let is_name =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !is_name(self.name) || !is_name(name) {
            return Ok(None);
        }
        let answer = match api.call(&Request::Sls(self.get(action, path))).await {
            // But for its name, what is in the recycle bin is gone (cloud-api 8.2).
            Err(error) if error.code() == Some("ProjectInRecycleBin") => return Ok(None),
            answer => answer::found(answer)?,
        };
        let Some(answer) = answer else { return Ok(None) };
        if answer::text(&answer.body, field).as_deref() != Some(name) {
            let problem = format!("it does not have {name} as {field}");
            return Err(CloudError::Malformed { action, problem, request_id: answer.request_id });
        }
        Ok(answer::found(self.tags(api, tagged).await)?.map(|tags| (answer.body, tags)))
    }

    async fn tags(&self, api: &dyn Api, tagged: Tagged<'_>) -> Result<Value, CloudError> {
        let mut tags = answer::Tags::new();
        let mut next: Option<String> = None;
        for _ in 0..MAX_TAG_PAGES {
            let mut request = self.get("ListTagResources", "/tags");
            request.query = vec![
                ("resourceType".to_owned(), tagged.resource_type.to_owned()),
                ("resourceId".to_owned(), json!([tagged.id]).to_string()),
            ];
            request.query.extend(next.clone().map(|token| ("nextToken".to_owned(), token)));
            let body = api.call(&Request::Sls(request)).await?.body;
            let items = answer::items(&body, "tagResources", "tagResource").into_iter().flatten();
            tags.extend(answer::tags(items, "tagKey", "tagValue"));
            let following = answer::text(&body, "nextToken");
            if following.is_none() || following == next {
                break;
            }
            next = following;
        }
        Ok(Value::Map(tags))
    }
}

/// A live project or logstore. Neither has a status to wait for (cloud-api 8.4); a logstore tells none at all, and is
/// what its project is.
pub(super) fn object(id: String, attributes: Attributes, answer: &Json) -> Object {
    let status = answer::text(answer, "status").unwrap_or_else(|| "Normal".to_owned());
    Object { id, status, settled: true, attributes, created: answer::moment(answer, "createTime") }
}
