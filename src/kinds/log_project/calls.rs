//! The requests of this kind and the parsing of their answers (cloud-api 8.3, 8.4).

use async_trait::async_trait;
use serde_json::json;

use super::needs::Name;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Driver, New, Step};
use crate::kinds::logs::{self, Project, Tagged};
use crate::kinds::need::Need;
use crate::kinds::schema::Schema;
use crate::kinds::wire::{region_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of a log project. Its id is its name.
#[derive(Debug, Clone, Copy)]
pub struct LogProject;

fn project<'a>(at: &At<'a>) -> Project<'a> {
    Project { name: at.id, region: region_of(at.region, at.attributes) }
}

fn tagged(name: &str) -> Tagged<'_> {
    Tagged { resource_type: "project", id: name }
}

#[async_trait]
impl Driver for LogProject {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let name = new.text("name");
        let mut body = json!({ "projectName": name, "description": new.text("description") });
        for (field, attribute) in [
            ("resourceGroupId", "resource_group_id"),
            ("dataRedundancyType", "redundancy"),
            ("recycleBinEnabled", "recycle_bin"),
        ] {
            if let Some(value) = new.attributes.get(attribute).filter(|value| !value.is_null()) {
                body[field] = value.into();
            }
        }
        let project = Project { name, region: region_of(new.region, new.attributes) };
        project.write("CreateProject", "POST", "/", Some(body))
    }

    fn created(&self, new: &New<'_>, _answer: &Answer) -> Result<String, CloudError> {
        Ok(new.text("name").to_owned())
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let project = project(at);
        let mut steps = project.tag_steps(tagged(at.id), change);
        if let Some(group) = change.wanted("resource_group_id") {
            let body = json!({ "resourceId": at.id, "resourceGroupId": group, "resourceType": "PROJECT" });
            let request = project.write("ChangeResourceGroup", "PUT", "/resourcegroup", Some(body));
            steps.push(Step { request, unsettles: false });
        }
        if change.wants_any(&["description", "recycle_bin"]) {
            // The call takes the whole object: what is not changed is sent as it is (S4).
            let whole = |name: &str| change.wanted(name).or_else(|| change.live.get(name));
            let mut body = json!({ "description": whole("description").and_then(Value::as_text).unwrap_or_default() });
            if let Some(kept) = whole("recycle_bin") {
                body["recycleBinEnabled"] = kept.into();
            }
            steps.push(Step { request: project.write("UpdateProject", "PUT", "/", Some(body)), unsettles: false });
        }
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        project(at).write("DeleteProject", "DELETE", "/", None)
    }

    fn needs(&self) -> &'static [&'static dyn Need] {
        &[&Name]
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        let project = project(at);
        let found = project.describe(api, ("GetProject", "/"), ("projectName", at.id), tagged(at.id)).await?;
        let Some((answer, tags)) = found else { return Ok(None) };
        let attributes = Live::of(&answer)
            .value("name", Some(at.id))
            .value("region", answer::text(&answer, "region").or_else(|| Some(project.region.to_owned())))
            .label("description", "description")
            .text("redundancy", "dataRedundancyType")
            .text("resource_group_id", "resourceGroupId")
            .truth("recycle_bin", "recycleBinEnabled")
            .value("tags", Some(tags))
            .done();
        Ok(Some(logs::object(at.id.to_owned(), attributes, &answer)))
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
    use serde_json::Value as Json;

    use super::*;
    use crate::kinds::testing::{self, Cloud, assert_complete, region};

    #[test]
    fn requests() {
        let whole = json!({
            "name": "netflow", "region": "cn-hangzhou", "description": "d", "redundancy": "ZRS", "resource_group_id": "rg-1",
            "recycle_bin": true, "tags": { "a": "1" },
        });
        let body = json!({
            "projectName": "netflow", "description": "d", "dataRedundancyType": "ZRS", "resourceGroupId": "rg-1", "recycleBinEnabled": true,
        });
        let call = "CreateProject POST netflow.cn-hangzhou/";
        assert_eq!(testing::create(&LogProject, whole), format!("{call} {body}"));
        // The description is required, and may be empty.
        let body = json!({ "projectName": "netflow", "description": "" });
        assert_eq!(testing::create(&LogProject, json!({ "name": "netflow" })), format!("{call} {body}"));
        let call = "DeleteProject DELETE netflow.cn-hangzhou/";
        assert_eq!(testing::delete(&LogProject, "netflow", json!({})), call);
    }

    #[test]
    fn updates() {
        let live =
            json!({ "description": "d", "recycle_bin": true, "resource_group_id": "rg-1", "tags": { "k": "1" } });
        let tags = |tags: Json| json!({ "resourceType": "project", "resourceId": ["netflow"], "tags": tags });
        for (after, calls) in [
            (
                json!({ "description": "n" }),
                vec![("UpdateProject PUT", "/", json!({ "description": "n", "recycleBinEnabled": true }))],
            ),
            (
                json!({ "recycle_bin": false }),
                vec![("UpdateProject PUT", "/", json!({ "description": "d", "recycleBinEnabled": false }))],
            ),
            (
                json!({ "resource_group_id": "rg-2" }),
                vec![(
                    "ChangeResourceGroup PUT",
                    "/resourcegroup",
                    json!({ "resourceId": "netflow", "resourceGroupId": "rg-2", "resourceType": "PROJECT" }),
                )],
            ),
            (
                json!({ "tags": { "n": "2" } }),
                vec![
                    ("UntagResources POST", "/untag", tags(json!(["k"]))),
                    ("TagResources POST", "/tag", tags(json!([{ "key": "n", "value": "2" }]))),
                ],
            ),
        ] {
            let calls: Vec<_> =
                calls.iter().map(|(call, path, body)| format!("{call} netflow.cn-hangzhou{path} {body}")).collect();
            assert_eq!(testing::update(&LogProject, "netflow", live.clone(), after.clone()), calls, "{after}");
        }
    }

    fn answer() -> Json {
        json!({
            "projectName": "netflow", "description": "d", "status": "Normal", "region": "cn-hangzhou", "owner": "1000000000000001",
            "createTime": "2022-05-07 15:17:28", "dataRedundancyType": "LRS", "resourceGroupId": "rg-1", "recycleBinEnabled": "false",
        })
    }

    #[tokio::test]
    async fn reads() {
        let tag =
            |key: &str| json!({ "resourceType": "project", "resourceId": "netflow", "tagKey": key, "tagValue": "v" });
        let answers = [
            answer(),
            json!({ "nextToken": "t", "tagResources": [tag("a")] }),
            json!({ "nextToken": "", "tagResources": [tag("b")] }),
        ];
        let (object, calls) = testing::read(&LogProject, "netflow", json!({}), answers).await;
        let object = object.unwrap();
        assert_complete(&LogProject, &object);
        assert_eq!(
            calls,
            [
                "GetProject GET netflow.cn-hangzhou/",
                "ListTagResources GET netflow.cn-hangzhou/tags resourceType=project resourceId=[\"netflow\"]",
                "ListTagResources GET netflow.cn-hangzhou/tags resourceType=project resourceId=[\"netflow\"] nextToken=t",
            ]
        );
        assert_eq!(
            (object.status.as_str(), object.settled, object.created.as_str()),
            ("Normal", true, "2022-05-07T15:17:28Z")
        );
        let attributes = json!({
            "name": "netflow", "region": "cn-hangzhou", "description": "d", "redundancy": "LRS", "resource_group_id": "rg-1",
            "recycle_bin": false, "tags": { "a": "v", "b": "v" },
        });
        assert_eq!(object.attributes, testing::attributes(attributes));
    }

    #[tokio::test]
    async fn absences() {
        let wanted = testing::attributes(json!({ "name": "netflow" }));
        assert_eq!(LogProject.find(&Cloud::lacking("ProjectNotExist"), Some(&region()), &wanted).await, Ok(Vec::new()));
        // Nothing is called for an id that is no name.
        for id in ["", "a.example.com", "a/b", ".."] {
            assert_eq!(testing::read(&LogProject, id, json!({}), []).await, (None, Vec::new()), "{id}");
        }
        for body in [json!(null), json!({}), json!({ "projectName": "other" })] {
            let found = LogProject.find(&Cloud::answering([body.clone()]), Some(&region()), &wanted).await;
            assert!(matches!(found, Err(CloudError::Malformed { .. })), "{body}");
        }
        // There is no list: it must not read as an empty one.
        assert!(LogProject.list(&Cloud::answering([]), Some(&region()), None).await.is_err());
    }
}
