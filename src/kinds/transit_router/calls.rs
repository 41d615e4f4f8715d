//! The requests of this kind and the parsing of their answers (cloud-api 5.2, 15).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::needs::{Regions, Service};
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Driver, New, Page, Step};
use crate::kinds::listing::{Listing, Paging};
use crate::kinds::need::Need;
use crate::kinds::schema::Schema;
use crate::kinds::wire::{Params, Token, region_of, tag_steps, tags_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of a transit router.
#[derive(Debug, Clone, Copy)]
pub struct TransitRouter;

static LISTING: Listing = Listing {
    action: "ListTransitRouters",
    field: "TransitRouters",
    wrapped: "TransitRouter",
    paging: Paging::Numbers,
    id: "TransitRouterId",
    absent: &[],
    settled: &["Active"],
    attributes,
};

/// The fields of an address block: attribute and parameter.
const BLOCK: [(&str, &str); 4] =
    [("cidr", "Cidr"), ("name", "Name"), ("description", "Description"), ("publish", "PublishCidrRoute")];

fn attributes(item: &Json, region: Option<&Region>) -> Attributes {
    let blocks = answer::items(item, "TransitRouterCidrList", "TransitRouterCidr").into_iter().flatten();
    let mut cidrs = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for block in blocks {
        let Some(cidr) = answer::text(block, "Cidr") else { continue };
        if let Some(id) = answer::object_id(block, "TransitRouterCidrId") {
            ids.insert(cidr.clone(), id.into());
        }
        let live = Live::of(block)
            .text("cidr", "Cidr")
            .text("name", "Name")
            .text("description", "Description")
            .truth("publish", "PublishCidrRoute");
        cidrs.insert(cidr, Value::Map(live.done()));
    }
    Live::of(item)
        .text("cen", "CenId")
        .value("region", answer::text(item, "RegionId").or_else(|| region.map(ToString::to_string)))
        .label("name", "TransitRouterName")
        .label("description", "TransitRouterDescription")
        .truth("support_multicast", "SupportMulticast")
        .value("cidrs", Some(Value::List(cidrs.into_values().collect())))
        .value("cidr_ids", Some(Value::Map(ids)))
        .text("type", "Type")
        .tags()
        .done()
}

/// The address blocks of a router by their key.
fn blocks(attributes: &Attributes) -> BTreeMap<&str, &Attributes> {
    let items = attributes.get("cidrs").and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_map).map(|block| (text_of(block, "cidr"), block)).collect()
}

/// The steps that bring the address blocks to what they shall be. Those that go are first: a new one may overlap them.
fn block_steps(at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
    if change.wanted("cidrs").is_none() {
        return Vec::new();
    }
    let (live, after) = (blocks(change.live), blocks(change.after));
    let router =
        || Params::default().with("RegionId", region_of(at.region, change.live)).with("TransitRouterId", at.id);
    // Without an id the parameter is empty, and the service says so: leaving the block out would hide it.
    let ids = change.live.get("cidr_ids").and_then(Value::as_map);
    let block = |cidr: &str| router().with("TransitRouterCidrId", ids.map_or("", |ids| text_of(ids, cidr)));

    let gone = live.keys().filter(|cidr| !after.contains_key(*cidr));
    let mut steps: Vec<_> = gone.map(|cidr| block(cidr).step("DeleteTransitRouterCidr", Token::Taken)).collect();
    for (cidr, wanted) in after {
        let differs = |live: &Attributes, field: &str| {
            let empty = Value::Text(String::new());
            wanted.get(field).is_some_and(|value| !value.is_null() && live.get(field).unwrap_or(&empty) != value)
        };
        let (params, fields, action): (_, Vec<_>, _) = match live.get(cidr) {
            None => (router(), BLOCK.to_vec(), "CreateTransitRouterCidr"),
            Some(live) => {
                let fields: Vec<_> = BLOCK.into_iter().filter(|(field, _)| differs(live, field)).collect();
                if fields.is_empty() {
                    continue;
                }
                (block(cidr), fields, "ModifyTransitRouterCidr")
            }
        };
        let params = fields.into_iter().fold(params, |params, (field, name)| match live.get(cidr) {
            None => params.initial(name, wanted.get(field)),
            Some(_) => params.value(name, wanted.get(field)),
        });
        steps.push(params.step(action, Token::Taken));
    }
    steps
}

#[async_trait]
impl Driver for TransitRouter {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let block = |block: &Attributes| -> Json {
            let fields = BLOCK.into_iter().filter_map(|(field, name)| Some((name, block.get(field)?)));
            fields
                .filter(|(_, value)| !value.is_null() && value.as_text() != Some(""))
                .map(|(name, value)| (name.to_owned(), Json::from(value)))
                .collect()
        };
        let blocks: Vec<_> = blocks(new.attributes).into_values().map(block).collect();
        let params = Params::default()
            .with("RegionId", region_of(new.region, new.attributes))
            .with("CenId", new.text("cen"))
            .initial("TransitRouterName", new.attributes.get("name"))
            .initial("TransitRouterDescription", new.attributes.get("description"))
            .value("SupportMulticast", new.attributes.get("support_multicast"));
        let params =
            if blocks.is_empty() { params } else { params.with("TransitRouterCidrList", json!(blocks).to_string()) };
        params.tags(tags_of(new.attributes)).write("CreateTransitRouter", Token::Taken)
    }

    fn created(&self, _new: &New<'_>, answer: &Answer) -> Result<String, CloudError> {
        answer::id("CreateTransitRouter", answer, "TransitRouterId")
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let region = region_of(at.region, change.live);
        let mut steps = tag_steps("TransitRouter", at.id, region, change);
        if change.wants_any(&["name", "description"]) {
            let params = Params::default()
                .with("RegionId", region)
                .with("TransitRouterId", at.id)
                .value("TransitRouterName", change.wanted("name"))
                .value("TransitRouterDescription", change.wanted("description"));
            steps.push(params.step("UpdateTransitRouter", Token::Taken));
        }
        steps.extend(block_steps(at, change));
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        Params::default().with("TransitRouterId", at.id).write("DeleteTransitRouter", Token::Taken)
    }

    fn needs(&self) -> &'static [&'static dyn Need] {
        &[&Service, &Regions]
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        let params =
            Params::default().filled("RegionId", region_of(at.region, at.attributes)).with("TransitRouterId", at.id);
        LISTING.one(api, params, at.region, at.id).await
    }

    fn page_size(&self) -> Option<usize> {
        Some(Paging::SIZE)
    }

    async fn list(&self, api: &dyn Api, region: Option<&Region>, cursor: Option<&str>) -> Result<Page, CloudError> {
        let params = Params::default().filled("RegionId", region.map_or("", Region::as_str));
        LISTING.page(api, params, region, cursor).await
    }

    async fn find(
        &self,
        api: &dyn Api,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        let params = Params::default()
            .filled("RegionId", region_of(region, wanted))
            .filled("CenId", text_of(wanted, "cen"))
            .filled("TransitRouterName", text_of(wanted, "name"));
        LISTING.matching(api, params, region, wanted).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{self, Cloud, assert_complete, region};

    #[test]
    fn requests() {
        let whole = json!({
            "cen": "cen-1", "region": "cn-hangzhou", "name": "hz", "support_multicast": true, "tags": { "a": "1" },
            "cidrs": [{ "cidr": "10.0.1.0/24" }, { "cidr": "10.0.0.0/24", "name": "n", "description": "d", "publish": false }],
        });
        assert_eq!(
            testing::create(&TransitRouter, whole),
            "CreateTransitRouter RegionId=cn-hangzhou CenId=cen-1 TransitRouterName=hz SupportMulticast=true \
             TransitRouterCidrList=[{\"Cidr\":\"10.0.0.0/24\",\"Description\":\"d\",\"Name\":\"n\",\"PublishCidrRoute\":false},{\"Cidr\":\"10.0.1.0/24\"}] \
             Tag.1.Key=a Tag.1.Value=1"
        );
        assert_eq!(
            testing::create(&TransitRouter, json!({ "cen": "cen-1" })),
            "CreateTransitRouter RegionId=cn-hangzhou CenId=cen-1"
        );
        assert_eq!(testing::delete(&TransitRouter, "tr-1", json!({})), "DeleteTransitRouter TransitRouterId=tr-1");
    }

    #[test]
    fn updates() {
        let live = json!({
            "name": "a", "description": "b", "tags": { "k": "1" },
            "cidrs": [{ "cidr": "10.0.0.0/24", "publish": true }, { "cidr": "10.1.0.0/24", "name": "n", "publish": true }],
            "cidr_ids": { "10.0.0.0/24": "block-0", "10.1.0.0/24": "block-1" },
        });
        let router = "RegionId=cn-hangzhou TransitRouterId=tr-1";
        for (after, calls) in [
            (
                json!({ "name": "n", "description": "" }),
                vec![format!("~UpdateTransitRouter {router} TransitRouterName=n TransitRouterDescription=")],
            ),
            (
                json!({ "tags": {} }),
                vec![
                    "UntagResources ResourceType=TransitRouter ResourceId.1=tr-1 RegionId=cn-hangzhou TagKey.1=k"
                        .to_owned(),
                ],
            ),
            (
                // One goes, one changes, one comes; the order of a set is no change.
                json!({ "cidrs": [{ "cidr": "10.2.0.0/25", "publish": true }, { "cidr": "10.1.0.0/24", "publish": false }] }),
                vec![
                    format!("~DeleteTransitRouterCidr {router} TransitRouterCidrId=block-0"),
                    format!("~ModifyTransitRouterCidr {router} TransitRouterCidrId=block-1 PublishCidrRoute=false"),
                    format!("~CreateTransitRouterCidr {router} Cidr=10.2.0.0/25 PublishCidrRoute=true"),
                ],
            ),
            (json!({ "cidrs": [{ "cidr": "10.1.0.0/24", "description": "" }, { "cidr": "10.0.0.0/24" }] }), vec![]),
        ] {
            assert_eq!(testing::update(&TransitRouter, "tr-1", live.clone(), after.clone()), calls, "{after}");
        }
    }

    fn item() -> Json {
        json!({
            "TransitRouterId": "tr-1", "CenId": "cen-1", "RegionId": "cn-hangzhou", "Status": "Modifying", "Type": "Enterprise",
            "TransitRouterName": "hz", "TransitRouterDescription": "d", "CreationTime": "2022-07-20T09:29Z", "SupportMulticast": "False",
            "AliUid": 1_000_000_000_000_001_i64, "Tags": [{ "Key": "k", "Value": "v" }],
            "TransitRouterCidrList": [
                { "TransitRouterCidrId": "block-1", "Cidr": "10.1.0.0/24", "Name": "", "PublishCidrRoute": true },
                { "TransitRouterCidrId": "block-0", "Cidr": "10.0.0.0/24", "Name": "n", "Description": "d", "PublishCidrRoute": "false" },
            ],
        })
    }

    #[tokio::test]
    async fn reads() {
        let body = json!({ "TotalCount": 1, "TransitRouters": [item()] });
        let (object, calls) = testing::read(&TransitRouter, "tr-1", json!({}), [body]).await;
        let object = object.unwrap();
        assert_complete(&TransitRouter, &object);
        assert_eq!(calls, ["ListTransitRouters RegionId=cn-hangzhou TransitRouterId=tr-1 PageNumber=1 PageSize=50"]);
        assert_eq!(
            (object.status.as_str(), object.settled, object.created.as_str()),
            ("Modifying", false, "2022-07-20T09:29:00Z")
        );
        let cidrs = json!([
            { "cidr": "10.0.0.0/24", "name": "n", "description": "d", "publish": false },
            { "cidr": "10.1.0.0/24", "publish": true },
        ]);
        assert_eq!(Json::from(&object.attributes["cidrs"]), cidrs);
        assert_eq!(
            Json::from(&object.attributes["cidr_ids"]),
            json!({ "10.0.0.0/24": "block-0", "10.1.0.0/24": "block-1" })
        );
        assert_eq!(object.attributes["description"].as_text(), Some("d"));
        assert_eq!(object.attributes["name"].as_text(), Some("hz"));
        assert_eq!(object.attributes["support_multicast"].as_bool(), Some(false));
    }

    #[tokio::test]
    async fn found_by_natural_key_or_name() {
        let wanted = testing::attributes(json!({ "cen": "cen-1", "region": "cn-hangzhou" }));
        let cloud = Cloud::answering([json!({ "TotalCount": 1, "TransitRouters": [item()] })]);
        assert_eq!(TransitRouter.find(&cloud, None, &wanted).await.unwrap().len(), 1);
        assert_eq!(cloud.lines(), ["ListTransitRouters RegionId=cn-hangzhou CenId=cen-1 PageNumber=1 PageSize=50"]);
        // The CEN is gone: so are its routers.
        assert_eq!(TransitRouter.find(&Cloud::lacking("ParameterCenInstanceId"), None, &wanted).await, Ok(Vec::new()));

        let wanted = testing::attributes(json!({ "name": "h" }));
        let cloud = Cloud::answering([json!({ "TotalCount": 1, "TransitRouters": [item()] })]);
        assert_eq!(TransitRouter.find(&cloud, Some(&region()), &wanted).await.unwrap(), []);
        assert_eq!(
            cloud.lines(),
            ["ListTransitRouters RegionId=cn-hangzhou TransitRouterName=h PageNumber=1 PageSize=50"]
        );
    }
}
