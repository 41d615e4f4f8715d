//! The requests of this kind and the parsing of their answers (cloud-api 5.4).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::needs::Role;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer::{self, Live};
use crate::kinds::driver::{Alteration, At, Driver, New, Page, Step};
use crate::kinds::listing::{Listing, Paging};
use crate::kinds::log_project::needs::Activated;
use crate::kinds::need::Need;
use crate::kinds::schema::Schema;
use crate::kinds::transit_router::needs::Enterprise;
use crate::kinds::wire::{Params, Token, region_of, tag_steps, tags_of, text_of};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of a flow log.
#[derive(Debug, Clone, Copy)]
pub struct FlowLog;

static LISTING: Listing = Listing {
    action: "DescribeFlowlogs",
    field: "FlowLogs",
    wrapped: "FlowLog",
    paging: Paging::Numbers,
    id: "FlowLogId",
    absent: &[],
    settled: &["Active", "Inactive"],
    attributes,
};

fn attributes(item: &Json, region: Option<&Region>) -> Attributes {
    let project = answer::text(item, "ProjectName");
    let logstore = answer::text(item, "LogStoreName");
    let live = Live::of(item)
        .text("attachment", "TransitRouterAttachmentId")
        .text("transit_router", "TransitRouterId")
        .text("cen", "CenId")
        .value("region", answer::text(item, "RegionId").or_else(|| region.map(ToString::to_string)))
        .label("name", "FlowLogName")
        .label("description", "Description")
        .int("interval", "Interval")
        .text("log_format", "LogFormatString")
        .text("status", "Status")
        .tags();
    let (Some(project), Some(logstore)) = (project, logstore) else { return live.done() };
    let id = format!("{project}/{logstore}");
    let destination =
        BTreeMap::from([("project".to_owned(), project.into()), ("logstore".to_owned(), logstore.into())]);
    live.value("logstore", Some(id)).value("destination", Some(Value::Map(destination))).done()
}

/// The project and logstore that a new flow log writes to, by whichever of the two ways says it.
fn store(attributes: &Attributes) -> (&str, &str) {
    match attributes.get("destination").and_then(Value::as_map) {
        Some(destination) => (text_of(destination, "project"), text_of(destination, "logstore")),
        None => text_of(attributes, "logstore").split_once('/').unwrap_or_default(),
    }
}

/// What each call on an existing flow log names.
fn target(at: &At<'_>) -> Params {
    Params::default()
        .with("RegionId", region_of(at.region, at.attributes))
        .with("FlowLogId", at.id)
        .filled("CenId", at.text("cen"))
}

#[async_trait]
impl Driver for FlowLog {
    fn schema(&self) -> &'static Schema {
        &super::schema::SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let (project, logstore) = store(new.attributes);
        Params::default()
            .with("RegionId", region_of(new.region, new.attributes))
            .with("CenId", new.text("cen"))
            .filled("TransitRouterId", new.text("transit_router"))
            .filled("TransitRouterAttachmentId", new.text("attachment"))
            .filled("ProjectName", project)
            .filled("LogStoreName", logstore)
            .value("Interval", new.attributes.get("interval"))
            .initial("LogFormatString", new.attributes.get("log_format"))
            .initial("FlowLogName", new.attributes.get("name"))
            .initial("Description", new.attributes.get("description"))
            .tags(tags_of(new.attributes))
            .write("CreateFlowlog", Token::Taken)
    }

    fn created(&self, _new: &New<'_>, answer: &Answer) -> Result<String, CloudError> {
        answer::id("CreateFlowlog", answer, "FlowLogId")
    }

    /// Tags do not unsettle, so they come first. The switch comes last: what a change of attributes does to the
    /// status of an inactive log is not documented (cloud-api 13).
    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let mut steps = tag_steps("flowlog", at.id, region_of(at.region, at.attributes), change);
        if change.wants_any(&["name", "description", "interval"]) {
            let params = target(at)
                .value("FlowLogName", change.wanted("name"))
                .value("Description", change.wanted("description"))
                .value("Interval", change.wanted("interval"));
            steps.push(params.step("ModifyFlowLogAttribute", Token::Taken));
        }
        match change.wanted("status").and_then(Value::as_text) {
            Some("Active") => steps.push(target(at).step("ActiveFlowLog", Token::Taken)),
            Some(_) => steps.push(target(at).step("DeactiveFlowLog", Token::Taken)),
            None => {}
        }
        steps
    }

    /// Whether an inactive log can be modified is not documented (cloud-api 13). One that refuses is switched on for it;
    /// the update that follows switches it off again.
    fn unblock(&self, at: &At<'_>, refusal: &CloudError) -> Option<(Step, &'static str)> {
        let inactive = at.text("status") == "Inactive" && refusal.code() == Some("IncorrectStatus.flowlog");
        inactive.then(|| (target(at).step("ActiveFlowLog", Token::Taken), "Active"))
    }

    fn delete(&self, at: &At<'_>) -> Request {
        target(at).write("DeleteFlowlog", Token::Taken)
    }

    fn needs(&self) -> &'static [&'static dyn Need] {
        &[&Enterprise, &Activated, &Role]
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        let params = Params::default().filled("RegionId", region_of(at.region, at.attributes)).with("FlowLogId", at.id);
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
        let mut wanted = wanted.clone();
        if wanted.contains_key("transit_router") {
            wanted.entry("attachment".to_owned()).or_insert(Value::Null);
        }
        let params = Params::default()
            .filled("RegionId", region_of(region, &wanted))
            .filled("TransitRouterId", text_of(&wanted, "transit_router"))
            .filled("TransitRouterAttachmentId", text_of(&wanted, "attachment"))
            .filled("FlowLogName", text_of(&wanted, "name"));
        LISTING.matching(api, params, region, &wanted).await
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
            "attachment": "tr-attach-1", "transit_router": "tr-1", "cen": "cen-1", "region": "cn-hangzhou", "logstore": "netflow/tr-flow",
            "name": "app", "description": "d", "interval": 60, "log_format": "${srcaddr}${dstaddr}${bytes}", "status": "Inactive",
            "tags": { "a": "1" },
        });
        assert_eq!(
            testing::create(&FlowLog, whole),
            "CreateFlowlog RegionId=cn-hangzhou CenId=cen-1 TransitRouterId=tr-1 TransitRouterAttachmentId=tr-attach-1 \
             ProjectName=netflow LogStoreName=tr-flow Interval=60 LogFormatString=${srcaddr}${dstaddr}${bytes} \
             FlowLogName=app Description=d Tag.1.Key=a Tag.1.Value=1"
        );
        let router =
            json!({ "transit_router": "tr-1", "cen": "cen-1", "destination": { "project": "p", "logstore": "l" } });
        assert_eq!(
            testing::create(&FlowLog, router),
            "CreateFlowlog RegionId=cn-hangzhou CenId=cen-1 TransitRouterId=tr-1 ProjectName=p LogStoreName=l"
        );
        assert_eq!(
            testing::delete(&FlowLog, "flowlog-1", json!({ "cen": "cen-1" })),
            "DeleteFlowlog RegionId=cn-hangzhou FlowLogId=flowlog-1 CenId=cen-1"
        );
    }

    #[test]
    fn updates() {
        let live = json!({ "cen": "cen-1", "name": "a", "description": "b", "interval": 600, "status": "Active", "tags": { "k": "1" } });
        let target = "RegionId=cn-hangzhou FlowLogId=flowlog-1 CenId=cen-1";
        for (after, calls) in [
            (json!({ "name": "n" }), vec![format!("~ModifyFlowLogAttribute {target} FlowLogName=n")]),
            (json!({ "description": "" }), vec![format!("~ModifyFlowLogAttribute {target} Description=")]),
            (json!({ "interval": 60 }), vec![format!("~ModifyFlowLogAttribute {target} Interval=60")]),
            (json!({ "status": "Inactive" }), vec![format!("~DeactiveFlowLog {target}")]),
            (
                json!({ "status": "Inactive", "interval": 60, "tags": { "k": "2" } }),
                vec![
                    "TagResources ResourceType=flowlog ResourceId.1=flowlog-1 RegionId=cn-hangzhou Tag.1.Key=k Tag.1.Value=2".to_owned(),
                    format!("~ModifyFlowLogAttribute {target} Interval=60"),
                    format!("~DeactiveFlowLog {target}"),
                ],
            ),
        ] {
            assert_eq!(testing::update(&FlowLog, "flowlog-1", live.clone(), after.clone()), calls, "{after}");
        }
        let live = json!({ "status": "Inactive" });
        let calls = ["~ActiveFlowLog RegionId=cn-hangzhou FlowLogId=flowlog-1"];
        assert_eq!(testing::update(&FlowLog, "flowlog-1", live, json!({ "status": "Active" })), calls);
    }

    /// The sample answer of cloud-api 5.4, its masked ids as they are.
    fn answer() -> Json {
        json!({
            "RequestId": "F7DDDC17-FA06-4AC2-8F35-59D2470FCFC1", "Success": "true", "PageNumber": "1", "PageSize": "20", "TotalCount": "1",
            "FlowLogs": { "FlowLog": [{
                "FlowLogId": "flowlog-m5evbtbpt****", "FlowLogName": "myFlowlog", "Description": "myFlowlog",
                "CenId": "cen-7qthudw0ll6jmc****", "RegionId": "cn-hangzhou", "ProjectName": "flowlog-project",
                "LogStoreName": "flowlog-logstore", "TransitRouterAttachmentId": "tr-attach-r6g0m3epjehw57****",
                "TransitRouterId": "tr-bp1rmwxnk221e3fas****", "Status": "Active", "CreationTime": "2022-07-20T09:29:35Z",
                "Interval": 600, "LogFormatString": "${srcaddr}${dstaddr}${bytes}", "FlowLogVersion": "3",
                "Tags": { "Tag": [{ "Key": "TagKey", "Value": "TagValue" }] },
            }] },
        })
    }

    #[tokio::test]
    async fn reads() {
        let (object, calls) = testing::read(&FlowLog, "flowlog-m5evbtbpt****", json!({}), [answer()]).await;
        let object = object.unwrap();
        assert_complete(&FlowLog, &object);
        assert_eq!(
            calls,
            ["DescribeFlowlogs RegionId=cn-hangzhou FlowLogId=flowlog-m5evbtbpt**** PageNumber=1 PageSize=50"]
        );
        assert_eq!(
            (object.status.as_str(), object.settled, object.created.as_str()),
            ("Active", true, "2022-07-20T09:29:35Z")
        );
        let attributes = json!({
            "attachment": "tr-attach-r6g0m3epjehw57****", "transit_router": "tr-bp1rmwxnk221e3fas****", "cen": "cen-7qthudw0ll6jmc****",
            "region": "cn-hangzhou", "logstore": "flowlog-project/flowlog-logstore",
            "destination": { "project": "flowlog-project", "logstore": "flowlog-logstore" },
            "name": "myFlowlog", "description": "myFlowlog", "interval": 600, "log_format": "${srcaddr}${dstaddr}${bytes}",
            "status": "Active", "tags": { "TagKey": "TagValue" },
        });
        assert_eq!(object.attributes, testing::attributes(attributes));
    }

    #[tokio::test]
    async fn a_log_of_the_router_has_no_attachment() {
        let mut body = answer();
        let log = &mut body["FlowLogs"]["FlowLog"][0];
        log["TransitRouterAttachmentId"] = json!("");
        log["FlowLogName"] = json!("");
        log["Interval"] = json!("60");
        log["Status"] = json!("Modifying");
        let (object, _) = testing::read(&FlowLog, "flowlog-m5evbtbpt****", json!({}), [body]).await;
        let object = object.unwrap();
        assert!(!object.attributes.contains_key("attachment") && !object.settled);
        assert_eq!(object.attributes["name"].as_text(), Some(""));
        assert_eq!(object.attributes["interval"].as_int(), Some(60));
    }

    #[tokio::test]
    async fn a_routers_own_log_is_not_that_of_its_attachment() {
        let (router, attachment) = ("tr-bp1rmwxnk221e3fas****", "tr-attach-r6g0m3epjehw57****");
        for (wanted, count) in [
            (json!({ "transit_router": router }), 0),
            (json!({ "transit_router": router, "attachment": attachment }), 1),
            (json!({ "name": "myFlowlog" }), 1),
            (json!({ "name": "my" }), 0),
        ] {
            let cloud = Cloud::answering([answer()]);
            let found = FlowLog.find(&cloud, Some(&region()), &testing::attributes(wanted.clone())).await.unwrap();
            assert_eq!(found.len(), count, "{wanted}");
        }
    }
}
