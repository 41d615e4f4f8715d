//! The requests of this kind and the parsing of their answers (cloud-api 5.3): one engine for all types.

use async_trait::async_trait;

use super::rows::{PAYERS, ROWS, Row};
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer;
use crate::kinds::driver::{Alteration, At, Driver, New, Page, Step};
use crate::kinds::need::Need;
use crate::kinds::schema::Schema;
use crate::kinds::transit_router::needs::{Enterprise, Service};
use crate::kinds::wire::{Params, Token, region_of, tag_steps, tags_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of an attachment.
#[derive(Debug, Clone, Copy)]
pub struct Attachment;

/// The rows that an attachment may be of: the one that its `type` names, all if it names none.
fn rows(attributes: &Attributes) -> impl Iterator<Item = &'static Row> {
    let word = text_of(attributes, "type").to_owned();
    ROWS.iter().filter(move |row| word.is_empty() || row.word == word)
}

/// The row of a declared attachment, whose `type` the schema has checked.
fn row(attributes: &Attributes) -> &'static Row {
    rows(attributes).next().unwrap_or(&ROWS[0])
}

#[async_trait]
impl Driver for Attachment {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let row = row(new.attributes);
        let (network, parameter) = row.network;
        let params = Params::default()
            .with("RegionId", region_of(new.region, new.attributes))
            .with("CenId", new.text("cen"))
            .with("TransitRouterId", new.text("transit_router"))
            .with(parameter, new.text(network))
            .initial("TransitRouterAttachmentName", new.attributes.get("name"))
            .initial("TransitRouterAttachmentDescription", new.attributes.get("description"))
            .value("AutoPublishRouteEnabled", new.attributes.get("auto_publish_routes"));
        (row.creation)(new.attributes, params).tags(tags_of(new.attributes)).write(row.create, Token::Taken)
    }

    fn created(&self, new: &New<'_>, answer: &Answer) -> Result<String, CloudError> {
        answer::id(row(new.attributes).create, answer, "TransitRouterAttachmentId")
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let row = row(at.attributes);
        let mut steps = tag_steps(row.tagged, at.id, region_of(at.region, at.attributes), change);
        let changeable = ["name", "description", "auto_publish_routes", "payer"];
        if change.wants_any(&changeable) || change.wants_any(row.changeable) {
            let payer = change.wanted("payer").and_then(Value::as_text);
            let payer = PAYERS.iter().find(|(word, _)| Some(*word) == payer).map_or("", |(_, wire)| wire);
            let params = Params::default()
                .with("TransitRouterAttachmentId", at.id)
                .value("TransitRouterAttachmentName", change.wanted("name"))
                .value("TransitRouterAttachmentDescription", change.wanted("description"))
                .value("AutoPublishRouteEnabled", change.wanted("auto_publish_routes"))
                .filled("OrderType", payer);
            steps.push((row.alteration)(change, params).step(row.update, Token::Taken));
        }
        steps.extend((row.steps)(at, change));
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        let force = at.attributes.get("force_delete").filter(|force| force.as_bool() == Some(true));
        let params = Params::default().with("TransitRouterAttachmentId", at.id).value("Force", force);
        params.write(row(at.attributes).delete, Token::Taken)
    }

    fn needs(&self) -> &'static [&'static dyn Need] {
        &[&Service, &Enterprise]
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        for row in rows(at.attributes) {
            let params = Params::default()
                .filled("RegionId", region_of(at.region, at.attributes))
                .with("TransitRouterAttachmentId", at.id);
            if let Some(object) = row.listing.one(api, params, at.region, at.id).await? {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }

    fn page_size(&self) -> Option<usize> {
        Some(ROWS[0].listing.paging.size())
    }

    /// The lists of the types follow each other; a cursor is a type and the token inside its list.
    async fn list(&self, api: &dyn Api, region: Option<&Region>, cursor: Option<&str>) -> Result<Page, CloudError> {
        let place = |cursor: &'_ str| {
            let (word, token) = cursor.split_once(' ')?;
            Some((ROWS.iter().position(|row| row.word == word)?, token.to_owned()))
        };
        let (place, token) = cursor.and_then(place).unwrap_or_default();
        let row = &ROWS[place];
        let params = Params::default().filled("RegionId", region.map_or("", Region::as_str));
        let page = row.listing.page(api, params, region, Some(&token)).await?;
        let following = || ROWS.get(place + 1).map(|row| format!("{} ", row.word));
        let next = page.next.map(|token| format!("{} {token}", row.word)).or_else(following);
        Ok(Page { next, ..page })
    }

    async fn find(
        &self,
        api: &dyn Api,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        let mut objects = Vec::new();
        for row in rows(wanted) {
            let (network, parameter) = row.network;
            let params = Params::default()
                .filled("RegionId", region_of(region, wanted))
                .filled("TransitRouterId", text_of(wanted, "transit_router"))
                .filled(parameter, text_of(wanted, network));
            objects.extend(row.listing.matching(api, params, region, wanted).await?);
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::{self, Cloud, assert_complete, region};

    #[test]
    fn requests() {
        let whole = json!({
            "type": "vpc", "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou", "vpc_id": "vpc-1",
            "zone_mappings": [{ "zone_id": "cn-hangzhou-h", "vswitch_id": "vsw-1" }, { "zone_id": "cn-hangzhou-i", "vswitch_id": "vsw-2" }],
            "name": "app", "description": "d", "auto_publish_routes": true, "ipv6": true, "tags": { "a": "1" },
            "force_delete": true, "payer": "cen_owner",
        });
        assert_eq!(
            testing::create(&Attachment, whole.clone()),
            "CreateTransitRouterVpcAttachment RegionId=cn-hangzhou CenId=cen-1 TransitRouterId=tr-1 VpcId=vpc-1 \
             TransitRouterAttachmentName=app TransitRouterAttachmentDescription=d AutoPublishRouteEnabled=true \
             TransitRouterVPCAttachmentOptions={\"ipv6Support\":\"enable\"} \
             ZoneMappings.1.ZoneId=cn-hangzhou-h ZoneMappings.1.VSwitchId=vsw-1 \
             ZoneMappings.2.ZoneId=cn-hangzhou-i ZoneMappings.2.VSwitchId=vsw-2 Tag.1.Key=a Tag.1.Value=1"
        );
        assert_eq!(
            testing::delete(&Attachment, "tr-attach-1", whole),
            "DeleteTransitRouterVpcAttachment TransitRouterAttachmentId=tr-attach-1 Force=true"
        );
        assert_eq!(
            testing::delete(&Attachment, "tr-attach-1", json!({ "type": "vpc", "force_delete": false })),
            "DeleteTransitRouterVpcAttachment TransitRouterAttachmentId=tr-attach-1"
        );
    }

    #[test]
    fn updates() {
        let live = json!({
            "type": "vpc", "name": "a", "description": "b", "auto_publish_routes": false, "ipv6": true, "payer": "cen_owner", "tags": {},
            "zone_mappings": [{ "zone_id": "z-1", "vswitch_id": "vsw-1" }, { "zone_id": "z-2", "vswitch_id": "vsw-2" }],
        });
        let attribute = "~UpdateTransitRouterVpcAttachmentAttribute TransitRouterAttachmentId=tr-attach-1";
        let zones = "~UpdateTransitRouterVpcAttachmentZones TransitRouterAttachmentId=tr-attach-1";
        for (after, calls) in [
            (json!({ "name": "n" }), vec![format!("{attribute} TransitRouterAttachmentName=n")]),
            (json!({ "description": "" }), vec![format!("{attribute} TransitRouterAttachmentDescription=")]),
            (json!({ "auto_publish_routes": true }), vec![format!("{attribute} AutoPublishRouteEnabled=true")]),
            (json!({ "payer": "resource_owner" }), vec![format!("{attribute} OrderType=PayByResourceOwner")]),
            (json!({ "ipv6": false }), vec![format!("{attribute} TransitRouterVPCAttachmentOptions={{\"ipv6Support\":\"disable\"}}")]),
            (json!({ "force_delete": true }), vec![]),
            (
                json!({ "tags": { "k": "v" } }),
                vec!["TagResources ResourceType=TRANSITROUTERVPCATTACHMENT ResourceId.1=tr-attach-1 RegionId=cn-hangzhou Tag.1.Key=k Tag.1.Value=v".to_owned()],
            ),
            (
                // Another vSwitch in the same zone, another order.
                json!({ "zone_mappings": [{ "zone_id": "z-2", "vswitch_id": "vsw-3" }, { "zone_id": "z-1", "vswitch_id": "vsw-1" }] }),
                vec![format!(
                    "{zones} AddZoneMappings.1.ZoneId=z-2 AddZoneMappings.1.VSwitchId=vsw-3 \
                     RemoveZoneMappings.1.ZoneId=z-2 RemoveZoneMappings.1.VSwitchId=vsw-2"
                )],
            ),
            (json!({ "zone_mappings": [{ "zone_id": "z-2", "vswitch_id": "vsw-2" }, { "zone_id": "z-1", "vswitch_id": "vsw-1" }] }), vec![]),
        ] {
            assert_eq!(testing::update(&Attachment, "tr-attach-1", live.clone(), after.clone()), calls, "{after}");
        }
    }

    fn item(id: &str) -> Json {
        json!({
            "TransitRouterAttachmentId": id, "TransitRouterId": "tr-1", "CenId": "cen-1", "ResourceType": "VPC", "Status": "Attached",
            "TransitRouterAttachmentName": "app", "TransitRouterAttachmentDescription": "d", "CreationTime": "2022-07-20T09:29:35Z",
            "AutoPublishRouteEnabled": "true", "OrderType": "PayByCenOwner", "VpcId": "vpc-1", "VpcOwnerId": 1_000_000_000_000_001_i64,
            "VpcRegionId": "cn-hangzhou", "TransitRouterVPCAttachmentOptions": { "ipv6Support": "disable" }, "Tags": [],
            "ZoneMappings": [
                { "ZoneId": "z-2", "VSwitchId": "vsw-2", "NetworkInterfaceId": "eni-2" },
                { "ZoneId": "z-1", "VSwitchId": "vsw-1" },
            ],
        })
    }

    #[tokio::test]
    async fn reads() {
        let body = json!({ "TotalCount": 1, "MaxResults": 100, "NextToken": "", "TransitRouterAttachments": [item("tr-attach-1")] });
        // An import knows the id only.
        let (object, calls) = testing::read(&Attachment, "tr-attach-1", json!({}), [body]).await;
        let object = object.unwrap();
        assert_complete(&Attachment, &object);
        assert_eq!(
            calls,
            [
                "ListTransitRouterVpcAttachments RegionId=cn-hangzhou TransitRouterAttachmentId=tr-attach-1 MaxResults=100"
            ]
        );
        assert!(object.settled);
        let attributes = json!({
            "type": "vpc", "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou", "name": "app", "description": "d",
            "auto_publish_routes": true, "payer": "cen_owner", "vpc_id": "vpc-1", "ipv6": false, "tags": {},
            "zone_mappings": [{ "zone_id": "z-1", "vswitch_id": "vsw-1" }, { "zone_id": "z-2", "vswitch_id": "vsw-2" }],
        });
        assert_eq!(object.attributes, testing::attributes(attributes));
    }

    #[tokio::test]
    async fn options_are_understood_as_text_too() {
        let mut item = item("tr-attach-1");
        item["TransitRouterVPCAttachmentOptions"] = json!("{\"ipv6Support\": \"enable\"}");
        let body = json!({ "TransitRouterAttachments": [item] });
        let (object, _) = testing::read(&Attachment, "tr-attach-1", json!({ "type": "vpc" }), [body]).await;
        assert_eq!(object.unwrap().attributes["ipv6"].as_bool(), Some(true));
    }

    #[tokio::test]
    async fn lists_by_token() {
        let page = |id: &str, next: Json| json!({ "TotalCount": 2, "NextToken": next, "TransitRouterAttachments": [item(id)] });
        let cloud = Cloud::answering([page("tr-attach-1", json!("t 2")), page("tr-attach-2", json!(null))]);
        let first = Attachment.list(&cloud, Some(&region()), None).await.unwrap();
        let last = Attachment.list(&cloud, Some(&region()), first.next.as_deref()).await.unwrap();
        assert_eq!((first.total, last.next), (2, None));
        assert_eq!(
            cloud.lines(),
            [
                "ListTransitRouterVpcAttachments RegionId=cn-hangzhou MaxResults=100",
                "ListTransitRouterVpcAttachments RegionId=cn-hangzhou MaxResults=100 NextToken=t 2",
            ]
        );
    }

    #[tokio::test]
    async fn found_by_natural_key() {
        let cloud = Cloud::answering([json!({ "TotalCount": 1, "TransitRouterAttachments": [item("tr-attach-1")] })]);
        let wanted = testing::attributes(json!({ "transit_router": "tr-1", "vpc_id": "vpc-1" }));
        assert_eq!(Attachment.find(&cloud, Some(&region()), &wanted).await.unwrap().len(), 1);
        assert_eq!(
            cloud.lines(),
            ["ListTransitRouterVpcAttachments RegionId=cn-hangzhou TransitRouterId=tr-1 VpcId=vpc-1 MaxResults=100"]
        );
    }
}
