//! The requests of this kind and the parsing of their answers (cloud-api 5.1).

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Driver, New, Page, Step};
use crate::kinds::listing::{Listing, Paging};
use crate::kinds::schema::Schema;
use crate::kinds::wire::{Params, Token, tag_steps, tags_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::Attributes;

/// The cloud calls of a CEN.
#[derive(Debug, Clone, Copy)]
pub struct Cen;

static LISTING: Listing = Listing {
    action: "DescribeCens",
    field: "Cens",
    wrapped: "Cen",
    paging: Paging::Numbers,
    id: "CenId",
    absent: &[],
    settled: &["Active"],
    attributes,
};

fn attributes(item: &Json, _: Option<&Region>) -> Attributes {
    Live::of(item)
        .label("name", "Name")
        .label("description", "Description")
        .text("protection_level", "ProtectionLevel")
        .text("resource_group_id", "ResourceGroupId")
        .tags()
        .done()
}

fn filter(key: &str, value: &str) -> Params {
    if value.is_empty() {
        return Params::default();
    }
    Params::default().with("Filter.1.Key", key).with("Filter.1.Value.1", value)
}

#[async_trait]
impl Driver for Cen {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        Params::default()
            .initial("Name", new.attributes.get("name"))
            .initial("Description", new.attributes.get("description"))
            .initial("ProtectionLevel", new.attributes.get("protection_level"))
            .tags(tags_of(new.attributes))
            .write("CreateCen", Token::Taken)
    }

    fn created(&self, _new: &New<'_>, answer: &Answer) -> Result<String, CloudError> {
        answer::id("CreateCen", answer, "CenId")
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let mut steps = tag_steps("cen", at.id, "", change);
        if let Some(group) = change.wanted("resource_group_id") {
            let request = Params::default()
                .with("ResourceType", "cen")
                .with("ResourceId", at.id)
                .value("NewResourceGroupId", Some(group))
                .write("MoveResourceGroup", Token::Taken);
            steps.push(Step { request, unsettles: false });
        }
        if change.wants_any(&["name", "description", "protection_level"]) {
            let request = Params::default()
                .with("CenId", at.id)
                .value("Name", change.wanted("name"))
                .value("Description", change.wanted("description"))
                .value("ProtectionLevel", change.wanted("protection_level"))
                .write("ModifyCenAttribute", Token::Unknown);
            steps.push(Step { request, unsettles: false });
        }
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        Params::default().with("CenId", at.id).write("DeleteCen", Token::Unknown)
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        LISTING.one(api, filter("CenId", at.id), None, at.id).await
    }

    fn page_size(&self) -> Option<usize> {
        Some(Paging::SIZE)
    }

    async fn list(&self, api: &dyn Api, _region: Option<&Region>, cursor: Option<&str>) -> Result<Page, CloudError> {
        LISTING.page(api, Params::default(), None, cursor).await
    }

    async fn find(
        &self,
        api: &dyn Api,
        _region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        LISTING.matching(api, filter("Name", text_of(wanted, "name")), None, wanted).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{self, Cloud, assert_complete};

    #[test]
    fn requests() {
        let whole = json!({ "name": "backbone", "description": "", "protection_level": "REDUCED", "tags": { "a": "1", "b": "" } });
        assert_eq!(
            testing::create(&Cen, whole),
            "CreateCen Name=backbone ProtectionLevel=REDUCED Tag.1.Key=a Tag.1.Value=1 Tag.2.Key=b Tag.2.Value="
        );
        assert_eq!(testing::create(&Cen, json!({})), "CreateCen");
        assert_eq!(testing::delete(&Cen, "cen-1", json!({})), "DeleteCen CenId=cen-1");
    }

    #[test]
    fn updates() {
        let live = json!({ "name": "a", "description": "b", "resource_group_id": "rg-1", "protection_level": "REDUCED", "tags": { "k": "1", "old": "x", "same": "y" } });
        for (after, calls) in [
            (json!({ "name": "a" }), vec![]),
            (json!({ "name": "n" }), vec!["ModifyCenAttribute CenId=cen-1 Name=n"]),
            (json!({ "description": "" }), vec!["ModifyCenAttribute CenId=cen-1 Description="]),
            (
                json!({ "resource_group_id": "rg-2" }),
                vec!["MoveResourceGroup ResourceType=cen ResourceId=cen-1 NewResourceGroupId=rg-2"],
            ),
            (
                json!({ "tags": { "k": "2", "same": "y", "new": "z" } }),
                vec![
                    "UntagResources ResourceType=cen ResourceId.1=cen-1 TagKey.1=old",
                    "TagResources ResourceType=cen ResourceId.1=cen-1 Tag.1.Key=k Tag.1.Value=2 Tag.2.Key=new Tag.2.Value=z",
                ],
            ),
        ] {
            assert_eq!(testing::update(&Cen, "cen-1", live.clone(), after.clone()), calls, "{after}");
        }
    }

    #[test]
    fn more_tags_than_a_call_takes_are_several_calls() {
        let tags: Json =
            (0..21).map(|n| (format!("k{n:02}"), Json::from("v"))).collect::<serde_json::Map<_, _>>().into();
        let steps = testing::update(&Cen, "cen-1", json!({}), json!({ "tags": tags }));
        assert_eq!(steps.len(), 2);
        assert!(steps[0].contains("Tag.20.Key") && !steps[0].contains("Tag.21.Key"), "{steps:?}");
        assert_eq!(steps[1], "TagResources ResourceType=cen ResourceId.1=cen-1 Tag.1.Key=k20 Tag.1.Value=v");
    }

    fn item(id: &str, name: &str) -> Json {
        json!({
            "CenId": id, "Name": name, "Description": "d", "Status": "Active", "ProtectionLevel": "REDUCED",
            "CreationTime": "2022-07-20T09:29:35Z", "ResourceGroupId": "rg-1",
            "Tags": { "Tag": [{ "Key": "k", "Value": "v" }, { "Key": "empty" }] },
        })
    }

    #[tokio::test]
    async fn reads() {
        let body = json!({ "TotalCount": 1, "PageNumber": 1, "PageSize": 50, "Cens": { "Cen": [item("cen-1", "x")] } });
        let (object, calls) = testing::read(&Cen, "cen-1", json!({}), [body.clone()]).await;
        let object = object.unwrap();
        assert_complete(&Cen, &object);
        assert_eq!(calls, ["DescribeCens Filter.1.Key=CenId Filter.1.Value.1=cen-1 PageNumber=1 PageSize=50"]);
        assert_eq!((object.id.as_str(), object.status.as_str(), object.settled), ("cen-1", "Active", true));
        assert_eq!(object.created, "2022-07-20T09:29:35Z");
        let tags = json!({ "k": "v", "empty": "" });
        assert_eq!(Json::from(&object.attributes["tags"]), tags);
        assert_eq!(object.attributes["description"].as_text(), Some("d"));
        assert_eq!(testing::read(&Cen, "cen-2", json!({}), [body]).await.0, None);
    }

    #[tokio::test]
    async fn an_absence_is_only_what_says_so() {
        let at = At { id: "cen-1", region: None, attributes: &Attributes::new() };
        for body in
            [json!({ "Cens": { "Cen": [] } }), json!({ "TotalCount": "0" }), json!({ "TotalCount": 0, "Cens": {} })]
        {
            let read = Cen.read(&Cloud::answering([body.clone()]), &at).await;
            assert_eq!(read, Ok(None), "{body}");
        }
        assert_eq!(Cen.read(&Cloud::lacking("ParameterCenInstanceId"), &at).await, Ok(None));
        for body in
            [json!(null), json!({}), json!({ "TotalCount": 2 }), json!({ "Cens": { "Cen": [{ "Name": "x" }] } })]
        {
            let read = Cen.read(&Cloud::answering([body.clone()]), &at).await;
            assert!(matches!(read, Err(CloudError::Malformed { .. })), "{body}");
        }
    }

    #[tokio::test]
    async fn lists_page_by_page() {
        let page = |number: u32, ids: [&str; 2]| json!({ "TotalCount": 4, "PageNumber": number, "PageSize": 2, "Cens": { "Cen": ids.map(|id| item(id, "x")) } });
        let cloud = Cloud::answering([page(1, ["cen-1", "cen-2"]), page(2, ["cen-3", "cen-4"])]);
        let first = Cen.list(&cloud, None, None).await.unwrap();
        assert_eq!((first.total, first.objects.len(), first.next.as_deref()), (4, 2, Some("2")));
        let last = Cen.list(&cloud, None, Some("2")).await.unwrap();
        assert_eq!((last.total, last.objects.len(), last.next), (4, 2, None));
        assert_eq!(cloud.lines(), ["DescribeCens PageNumber=1 PageSize=50", "DescribeCens PageNumber=2 PageSize=50"]);
    }

    #[tokio::test]
    async fn found_by_name_on_all_pages_and_each_once() {
        let page = |ids: [&str; 2]| json!({ "TotalCount": 4, "PageSize": 2, "Cens": { "Cen": [item(ids[0], "x"), item(ids[1], "xy")] } });
        let cloud = Cloud::answering([page(["cen-1", "cen-2"]), page(["cen-1", "cen-4"])]);
        let found = Cen.find(&cloud, None, &testing::attributes(json!({ "name": "x" }))).await.unwrap();
        assert_eq!(found.iter().map(|object| object.id.as_str()).collect::<Vec<_>>(), ["cen-1"]);
        assert_eq!(cloud.lines()[1], "DescribeCens Filter.1.Key=Name Filter.1.Value.1=x PageNumber=2 PageSize=50");
    }

    #[test]
    fn created() {
        let attributes = Attributes::new();
        let new = New { region: None, attributes: &attributes };
        let created = |body| Cen.created(&new, &Answer { body, request_id: "R".to_owned() });
        assert_eq!(created(json!({ "CenId": "cen-1" })).unwrap(), "cen-1");
        for body in [
            json!(null),
            json!({}),
            json!({ "CenId": "" }),
            json!({ "CenId": "a b" }),
            json!({ "CenId": "cen-1", "Success": "false" }),
        ] {
            assert!(matches!(created(body.clone()), Err(CloudError::Malformed { .. })), "{body}");
        }
    }
}
