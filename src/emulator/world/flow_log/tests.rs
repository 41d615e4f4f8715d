use serde_json::json;

use super::*;
use crate::emulator::options::Settings;
use crate::emulator::world::testing::Cloud;

fn settings(assignment: &str) -> Settings {
    let mut settings = Settings::default();
    settings.set(assignment).unwrap();
    settings
}

fn one(cloud: &mut Cloud, id: &str) -> Json {
    cloud.ok("DescribeFlowlogs", &[("FlowLogId", id)])["FlowLogs"]["FlowLog"][0].clone()
}

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const STORE: [(&str, &str); 2] = [("ProjectName", "flow"), ("LogStoreName", "tr-flow")];

#[test]
fn a_flow_log_lives_as_the_page_says() {
    let mut cloud = Cloud::new();
    let (cen, router, attachment) = cloud.attachment();
    let create = [
        REGION,
        ("CenId", cen.as_str()),
        ("TransitRouterAttachmentId", attachment.as_str()),
        ("FlowLogName", "myFlowlog"),
        ("LogFormatString", "${srcaddr}${dstaddr}${bytes}${packets}"),
        ("Tag.1.Key", "env"),
        STORE[0],
        STORE[1],
    ];
    let made = cloud.ok("CreateFlowlog", &create);
    assert_eq!(made["Success"], "true", "text, not a boolean");
    let id = made["FlowLogId"].as_str().unwrap().to_owned();
    let this = [REGION, ("FlowLogId", id.as_str())];
    let log = one(&mut cloud, &id);
    assert_eq!(
        (&log["Status"], &log["Interval"], &log["FlowLogVersion"]),
        (&json!("Creating"), &json!(600), &json!("3"))
    );
    assert_eq!((&log["TransitRouterId"], &log["CreationTime"]), (&json!(router), &json!("2026-11-22T10:00:00Z")));
    assert_eq!(log["Tags"]["Tag"], json!([{ "Key": "env", "Value": "" }]));
    let tag = [("ResourceType", "flowlog"), ("ResourceId.1", id.as_str()), ("Tag.1.Key", "k")];
    for action in ["ModifyFlowLogAttribute", "ActiveFlowLog", "DeactiveFlowLog", "DeleteFlowlog"] {
        assert_eq!(cloud.refused(action, &this), (400, "IncorrectStatus.flowlog".to_owned()), "{action}");
    }
    assert_eq!(cloud.code("TagResources", &tag), "IncorrectStatus.flowlog");
    cloud.wait();
    assert_eq!(one(&mut cloud, &id)["Status"], "Active");
    assert_eq!(cloud.code("ActiveFlowLog", &this), "IncorrectStatus.flowlog");
    assert_eq!(cloud.ok("DeactiveFlowLog", &this)["Success"], "true");
    assert_eq!(one(&mut cloud, &id)["Status"], "Modifying");
    cloud.wait();
    assert_eq!(one(&mut cloud, &id)["Status"], "Inactive");
    assert_eq!(cloud.code("DeactiveFlowLog", &this), "IncorrectStatus.flowlog");
    cloud.ok("ActiveFlowLog", &this);
    cloud.wait();
    cloud.ok("ModifyFlowLogAttribute", &[this[0], this[1], ("Interval", "60"), ("FlowLogName", "")]);
    assert_eq!(one(&mut cloud, &id)["Status"], "Modifying");
    cloud.wait();
    let log = one(&mut cloud, &id);
    assert_eq!((&log["Status"], &log["Interval"], &log["FlowLogName"]), (&json!("Active"), &json!(60), &json!("")));
    cloud.ok("DeleteFlowlog", &this);
    assert_eq!(one(&mut cloud, &id)["Status"], "Deleting");
    assert_eq!(cloud.code("CreateFlowlog", &create), "IncorrectStatus.TrFlowlog");
    cloud.wait();
    assert_eq!(cloud.ok("DescribeFlowlogs", &this)["FlowLogs"]["FlowLog"], json!([]));
    assert_eq!(cloud.refused("DeleteFlowlog", &this), (400, "InvalidFlowlogId.NotFound".to_owned()));
}

#[test]
fn what_a_flow_log_cannot_be() {
    let mut cloud = Cloud::new();
    let (cen, router, attachment) = cloud.attachment();
    let base =
        [REGION, ("CenId", cen.as_str()), ("TransitRouterAttachmentId", attachment.as_str()), STORE[0], STORE[1]];
    let (name, description) = ("x".repeat(129), "x".repeat(257));
    let project = "x".repeat(64);
    for (extra, code) in [
        (vec![("RegionId", "")], "MissingParam.RegionId"),
        (vec![("CenId", "")], "MissingParam.CenId"),
        (vec![("RegionId", "cn-atlantis")], "InvalidParameter"),
        (vec![("CenId", "cen-unknown")], "InvalidParameter.CenId"),
        (vec![("FlowLogName", name.as_str())], "InvalidParameter"),
        (vec![("FlowLogName", "http://x")], "InvalidParameter"),
        (vec![("Description", description.as_str())], "InvalidParameter"),
        (vec![("Description", "https://x")], "InvalidParameter"),
        (vec![("Interval", "61")], "InvalidParameter"),
        (vec![("Interval", "0")], "InvalidParameter"),
        (vec![("ProjectName", "Flow")], "InvalidParameter.ProjectName"),
        (vec![("ProjectName", project.as_str())], "InvalidParameter.ProjectName"),
        (vec![("ProjectName", "ab")], "InvalidParameter.ProjectName"),
        (vec![("LogStoreName", "a-")], "InvalidParameter.LogStoreName"),
        (vec![("LogStoreName", "ab")], "InvalidParameter.LogStoreName"),
        (vec![("LogStoreName", "")], "OperationFailed.InvalidLogInfo"),
        (vec![("ProjectName", "")], "OperationFailed.InvalidLogInfo"),
        (vec![("TransitRouterAttachmentId", "")], "InvalidParameter"),
        (vec![("TransitRouterAttachmentId", router.as_str())], "IllegalParam.TransitRouterAttachmentId"),
        (vec![("TransitRouterAttachmentId", "tr-attach-x")], "InvalidTransitRouterAttachmentId.NotFound"),
        (vec![("TransitRouterId", "tr-unknown")], "InvalidOperation.TransitRouterNotExist"),
        (vec![("RegionId", "cn-shanghai")], "InvalidOperation.TransitRouterNotExist"),
        (vec![("Tag.1.Key", "aliyun")], "IllegalParam.TagKey"),
    ] {
        let params: Vec<_> = base
            .iter()
            .filter(|(name, _)| !extra.iter().any(|(other, _)| other == name))
            .chain(&extra)
            .copied()
            .collect();
        assert_eq!(cloud.refused("CreateFlowlog", &params), (400, code.to_owned()), "{extra:?}");
    }
    assert_eq!(cloud.ok("DescribeFlowlogs", &[])["TotalCount"], "0");
    assert!(cloud.world.projects.is_empty(), "a refused call leaves no project behind");
}

#[test]
fn a_format_is_fields_and_nothing_else() {
    for good in ["${srcaddr}${dstaddr}${bytes}", DEFAULT_FIELDS, "${srcaddr}${dstaddr}${bytes}${new-field}"] {
        assert!(is_log_format(good), "{good}");
    }
    for bad in [
        "${srcaddr}",
        "${bytes}${srcaddr}${dstaddr}",
        "${srcaddr}${dstaddr}${bytes} ${packets}",
        "${srcaddr}${dstaddr}${bytes}${",
        "${srcaddr}${dstaddr}${bytes}${}",
        "${srcaddr}${dstaddr}${bytes}${bytes}",
        "$${srcaddr}$${dstaddr}$${bytes}",
        "srcaddr",
    ] {
        assert!(!is_log_format(bad), "{bad}");
    }
}

#[test]
fn what_is_watched_must_be_settled_and_enterprise() {
    let mut cloud = Cloud::new();
    let (cen, router, attachment) = cloud.attachment();
    let base = [REGION, ("CenId", cen.as_str())];
    let on_attachment = [base[0], base[1], ("TransitRouterAttachmentId", attachment.as_str())];
    let on_router = [base[0], base[1], ("TransitRouterId", router.as_str())];
    cloud.ok("UpdateTransitRouterVpcAttachmentAttribute", &[on_attachment[2]]);
    assert_eq!(cloud.code("CreateFlowlog", &on_attachment), "IncorrectStatus.TransitRouterAttachmentId");
    cloud.ok("UpdateTransitRouter", &[REGION, on_router[2]]);
    assert_eq!(cloud.code("CreateFlowlog", &on_router), "IncorrectStatus.TransitRouterInstance");
    cloud.wait();
    cloud.world.routers.get_mut(&router).unwrap().r#type = Edition::Basic;
    assert_eq!(cloud.code("CreateFlowlog", &on_router), "OperationUnsupported.action");
    assert_eq!(cloud.code("CreateFlowlog", &on_attachment), "OperationUnsupported.action");
    cloud.as_account("1000000000000002");
    assert_eq!(cloud.code("CreateFlowlog", &on_router), "InvalidParameter.CenId");
}

#[test]
fn one_flow_log_for_each_pair_of_attachment_and_router() {
    for (setting, expected) in [
        ("router_and_attachment_logs=allowed", None),
        ("router_and_attachment_logs=refused", Some("OperationInvalid.IncompatibleFlowlogExist")),
    ] {
        let mut cloud = Cloud::with(settings(setting));
        let (cen, router, attachment) = cloud.attachment();
        let other = cloud.attach(&router, "vpc-2");
        let base = [REGION, ("CenId", cen.as_str())];
        cloud.flow_log(&[("TransitRouterAttachmentId", &attachment)]);
        cloud.flow_log(&[("TransitRouterAttachmentId", &other), ("TransitRouterId", &router)]);
        let twin = [base[0], base[1], ("TransitRouterAttachmentId", attachment.as_str())];
        assert_eq!(cloud.code("CreateFlowlog", &twin), "Flowlog.AlreayExist");
        let whole = [base[0], base[1], ("TransitRouterId", router.as_str())];
        let outcome = cloud.call("CreateFlowlog", &whole).err().map(|refusal| refusal.code.into_owned());
        assert_eq!(outcome.as_deref(), expected);
        if expected.is_none() {
            assert_eq!(cloud.code("CreateFlowlog", &whole), "Flowlog.AlreayExist");
        }
    }
}

#[test]
fn a_peer_attachment_is_logged_at_either_end() {
    for (setting, second) in
        [("attachment_logs=one_a_router", None), ("attachment_logs=one_an_attachment", Some("Flowlog.AlreayExist"))]
    {
        let mut cloud = Cloud::with(settings(setting));
        let [cen, here, there, peer] = cloud.peers();
        let base = [("CenId", cen.as_str()), ("TransitRouterAttachmentId", peer.as_str())];
        let shanghai = ("RegionId", "cn-shanghai");
        let at = |extra: &[(&'static str, &str)]| {
            let extra: Vec<(&str, String)> = extra.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            base.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(extra).collect::<Vec<_>>()
        };
        // The region and the router must be of the same end.
        let unequal = at(&[REGION, ("TransitRouterId", &there)]);
        assert_eq!(cloud.code_owned("CreateFlowlog", &unequal), "InvalidOperation.TransitRouterNotExist");
        let first = cloud.ok_owned("CreateFlowlog", &at(&[REGION]));
        let first = first["FlowLogId"].as_str().unwrap().to_owned();
        let outcome = cloud.call("CreateFlowlog", &[base[0], base[1], shanghai, ("TransitRouterId", &there)]);
        assert_eq!(outcome.err().map(|refusal| refusal.code.into_owned()).as_deref(), second);
        cloud.wait();
        assert_eq!(one(&mut cloud, &first)["TransitRouterId"], here);
        for twin in [at(&[REGION, ("TransitRouterId", &here)]), at(&[shanghai])] {
            assert_eq!(cloud.code_owned("CreateFlowlog", &twin), "Flowlog.AlreayExist");
        }
        let delete = [("TransitRouterAttachmentId", peer.as_str())];
        let blocked = "OperationFailed.FlowLogExistOrNisOpened";
        assert_eq!(cloud.code("DeleteTransitRouterPeerAttachment", &delete), blocked);
        cloud.ok("DeleteFlowlog", &[REGION, ("FlowLogId", &first)]);
        cloud.wait();
        let left = cloud.call("DeleteTransitRouterPeerAttachment", &delete).err();
        assert_eq!(left.map(|refusal| refusal.code.into_owned()).as_deref(), second.is_none().then_some(blocked));
    }
}

#[test]
fn without_a_router_the_region_says_which_end_is_meant() {
    let mut cloud = Cloud::new();
    let [cen, _, there, peer] = cloud.peers();
    let params = [("CenId", cen.as_str()), ("TransitRouterAttachmentId", peer.as_str()), ("RegionId", "cn-shanghai")];
    let id = cloud.ok("CreateFlowlog", &params)["FlowLogId"].as_str().unwrap().to_owned();
    let log = one(&mut cloud, &id);
    assert_eq!((&log["TransitRouterId"], &log["RegionId"]), (&json!(there), &json!("cn-shanghai")));
    let third = cloud.router_in(&cen, "cn-beijing");
    let elsewhere = [params[0], params[1], ("RegionId", "cn-beijing"), ("TransitRouterId", third.as_str())];
    assert_eq!(cloud.code("CreateFlowlog", &elsewhere), "IllegalParam.TransitRouterAttachmentId");
    assert_eq!(cloud.code("CreateFlowlog", &elsewhere[..3]), "InvalidOperation.TransitRouterNotExist");
}

#[test]
fn an_attachment_with_a_flow_log_stays() {
    let mut cloud = Cloud::new();
    let (_, _, attachment) = cloud.attachment();
    let log = cloud.flow_log(&[("TransitRouterAttachmentId", &attachment)]);
    let delete = [("TransitRouterAttachmentId", attachment.as_str())];
    let blocked = "OperationFailed.FlowLogExistOrNisOpened";
    assert_eq!(cloud.code("DeleteTransitRouterVpcAttachment", &delete), blocked);
    cloud.ok("DeleteFlowlog", &[REGION, ("FlowLogId", &log)]);
    assert_eq!(cloud.code("DeleteTransitRouterVpcAttachment", &delete), blocked);
    cloud.wait();
    cloud.ok("DeleteTransitRouterVpcAttachment", &delete);
}

#[test]
fn a_missing_store_is_made_and_a_foreign_one_refused() {
    let mut cloud = Cloud::new();
    let (cen, router, attachment) = cloud.attachment();
    let base = [REGION, ("CenId", cen.as_str()), ("TransitRouterId", router.as_str())];
    let body = json!({ "projectName": "taken", "description": "" });
    cloud.sls_in("cn-shanghai", "", "POST", "/", &body);
    let to = |project: &'static str| [&base[..], &[("ProjectName", project), ("LogStoreName", "tr-flow")]].concat();
    assert_eq!(cloud.code("CreateFlowlog", &to("taken")), "InvalidParameter.ProjectName");
    cloud.as_account("1000000000000002");
    cloud.sls("", "POST", "/", &json!({ "projectName": "foreign", "description": "" }));
    cloud.as_account("1000000000000001");
    assert_eq!(cloud.code("CreateFlowlog", &to("foreign")), "ProjectExist");
    let bin = json!({ "projectName": "binned", "description": "", "recycleBinEnabled": true });
    cloud.sls("", "POST", "/", &bin);
    cloud.sls("binned", "DELETE", "/", &Json::Null);
    assert_eq!(cloud.code("CreateFlowlog", &to("binned")), "OperationFailed.InvalidLogInfo");
    cloud.ok("CreateFlowlog", &to("fresh"));
    assert_eq!(cloud.sls("fresh", "GET", "/logstores/tr-flow", &Json::Null).0, 200);
    cloud.flow_log(&[("TransitRouterAttachmentId", &attachment), ("ProjectName", "fresh"), ("LogStoreName", "second")]);
    assert_eq!(cloud.sls("fresh", "GET", "/logstores", &Json::Null).1["logstores"], json!(["second", "tr-flow"]));
}

#[test]
fn a_store_that_was_deleted_is_missed() {
    for (setting, delete) in
        [("delete_without_store=allowed", None), ("delete_without_store=refused", Some("SourceProjectNotExist"))]
    {
        let mut cloud = Cloud::with(settings(setting));
        let (_, router) = cloud.router();
        let log = cloud.flow_log(&[("TransitRouterId", &router), STORE[0], STORE[1]]);
        let this = [REGION, ("FlowLogId", log.as_str())];
        cloud.ok("DeactiveFlowLog", &this);
        cloud.wait();
        cloud.sls("flow", "DELETE", "/logstores/tr-flow", &Json::Null);
        assert_eq!(cloud.code("ActiveFlowLog", &this), "ProjectOrLogstoreNotExist");
        let outcome = cloud.call("DeleteFlowlog", &this).err().map(|refusal| refusal.code.into_owned());
        assert_eq!(outcome.as_deref(), delete);
    }
}

#[test]
fn open_questions_are_settings() {
    for (setting, code) in [
        ("flow_log_quota=0", "QuotaExceeded.FlowlogCount"),
        ("store_creation=refused", "ProjectOrLogstoreNotExist"),
        ("flow_log_role=refused", "NoPermission.AliyunServiceRoleForTRFlowLog"),
        ("flow_logs=unsupported", "OperationUnsupported.action"),
        ("flow_logs=unauthorized", "Unauthorized"),
        ("log_service=closed", "OperationFailed.InvalidLogInfo"),
    ] {
        let mut cloud = Cloud::with(settings(setting));
        let (cen, router) = cloud.router();
        let params = [REGION, ("CenId", cen.as_str()), ("TransitRouterId", router.as_str()), STORE[0], STORE[1]];
        assert_eq!(cloud.code("CreateFlowlog", &params), code);
    }
    for (setting, end) in [("keeps", Some("Inactive")), ("activates", Some("Active")), ("refuses", None)] {
        let mut cloud = Cloud::with(settings(&format!("modify_inactive={setting}")));
        let (_, router) = cloud.router();
        let log = cloud.flow_log(&[("TransitRouterId", &router)]);
        let this = [REGION, ("FlowLogId", log.as_str())];
        cloud.ok("DeactiveFlowLog", &this);
        cloud.wait();
        let outcome = cloud.call("ModifyFlowLogAttribute", &[this[0], this[1], ("Interval", "60")]);
        cloud.wait();
        match end {
            Some(end) => assert_eq!(one(&mut cloud, &log)["Status"], end),
            None => assert_eq!(outcome.unwrap_err().code, "IncorrectStatus.flowlog"),
        }
    }
    for (setting, format) in [("empty", ""), ("default_fields", DEFAULT_FIELDS)] {
        let mut cloud = Cloud::with(settings(&format!("describe_default_format={setting}")));
        let (_, router) = cloud.router();
        let log = cloud.flow_log(&[("TransitRouterId", &router)]);
        assert_eq!(one(&mut cloud, &log)["LogFormatString"], format);
    }
}

#[test]
fn what_excludes_another_flow_log_is_a_setting() {
    let format = |fields: &'static str| ("LogFormatString", fields);
    let fields = format("${srcaddr}${dstaddr}${bytes}");
    let other_store = [STORE[0], ("LogStoreName", "other")];
    let twice = Some("RuleExist");
    let incompatible = Some("OperationInvalid.IncompatibleFlowlogExist");
    for (setting, extra, code) in [
        ("flow_logs_per_cen=one", vec![STORE[0], STORE[1]], Some("InvalidFlowlogId.exist")),
        ("router_and_attachment_logs=not_in_one_store", vec![STORE[0], STORE[1]], twice),
        ("router_and_attachment_logs=not_in_one_store", other_store.to_vec(), None),
        ("router_and_attachment_logs=not_in_one_store", vec![], None),
        ("mixed_logs_in_store=refused", vec![STORE[0], STORE[1]], None),
        ("mixed_logs_in_store=refused", vec![STORE[0], STORE[1], ("Interval", "60")], incompatible),
        ("mixed_logs_in_store=refused", vec![STORE[0], STORE[1], fields], incompatible),
        ("mixed_logs_in_store=refused", [&other_store[..], &[fields]].concat(), None),
    ] {
        let mut cloud = Cloud::with(settings(setting));
        let (cen, router, attachment) = cloud.attachment();
        cloud.flow_log(&[("TransitRouterId", &router), STORE[0], STORE[1]]);
        let base = [REGION, ("CenId", cen.as_str()), ("TransitRouterAttachmentId", attachment.as_str())];
        let outcome = cloud.call("CreateFlowlog", &[&base[..], &extra].concat());
        let refused = outcome.err().map(|refusal| refusal.code.into_owned());
        assert_eq!(refused.as_deref(), code, "{setting} {extra:?}");
    }
}

#[test]
fn fields_that_no_document_names_are_a_setting() {
    for (setting, code) in [("allowed", None), ("refused", Some("InvalidParameter.LogFormatString"))] {
        let mut cloud = Cloud::with(settings(&format!("unknown_log_fields={setting}")));
        let (cen, router) = cloud.router();
        let base = [REGION, ("CenId", cen.as_str()), ("TransitRouterId", router.as_str())];
        let format = [("LogFormatString", "${srcaddr}${dstaddr}${bytes}${port}")];
        let outcome = cloud.call("CreateFlowlog", &[&base[..], &format].concat());
        assert_eq!(outcome.err().map(|refusal| refusal.code.into_owned()).as_deref(), code);
    }
    let mut cloud = Cloud::with(settings("unknown_log_fields=refused"));
    let (_, router) = cloud.router();
    cloud.flow_log(&[("TransitRouterId", &router), ("LogFormatString", DEFAULT_FIELDS)]);
}

#[test]
fn a_project_that_was_made_for_a_flow_log_stays_or_goes_with_it() {
    for (setting, stays) in [("stay", true), ("go", false)] {
        let mut cloud = Cloud::with(settings(&format!("made_projects={setting}")));
        let (_, router, attachment) = cloud.attachment();
        let made = cloud.flow_log(&[("TransitRouterId", &router), STORE[0], STORE[1]]);
        cloud.sls("", "POST", "/", &json!({ "projectName": "own", "description": "" }));
        let own = [("ProjectName", "own"), STORE[1]];
        let into_own = cloud.flow_log(&[("TransitRouterAttachmentId", &attachment), own[0], own[1]]);
        for id in [&made, &into_own] {
            cloud.ok("DeleteFlowlog", &[REGION, ("FlowLogId", id)]);
        }
        cloud.wait();
        cloud.ok("DescribeFlowlogs", &[]);
        assert_eq!(cloud.world.projects.contains_key("flow"), stays);
        assert!(cloud.world.projects.contains_key("own"), "it was there before");
    }
}

#[test]
fn lists_are_filtered_and_their_numbers_are_text() {
    let mut cloud = Cloud::new();
    let (cen, router, attachment) = cloud.attachment();
    cloud.flow_log(&[("TransitRouterId", &router), ("FlowLogName", "a"), ("Interval", "60")]);
    cloud.flow_log(&[("TransitRouterAttachmentId", &attachment), ("FlowLogName", "b"), ("Tag.1.Key", "k")]);
    for (filter, expected) in [
        (vec![], "2"),
        (vec![REGION, ("CenId", cen.as_str()), ("Status", "Active"), ("FlowLogVersion", "3")], "2"),
        (vec![("RegionId", "cn-shanghai")], "0"),
        (vec![("FlowLogName", "a")], "1"),
        (vec![("Interval", "60")], "1"),
        (vec![("TransitRouterId", router.as_str())], "2"),
        (vec![("TransitRouterAttachmentId", attachment.as_str())], "1"),
        (vec![("Tag.1.Key", "k")], "1"),
        (vec![("Status", "Inactive")], "0"),
    ] {
        let listed = cloud.ok("DescribeFlowlogs", &filter);
        assert_eq!(listed["TotalCount"], expected, "{filter:?}");
        assert_eq!((&listed["PageNumber"], &listed["PageSize"]), (&json!("1"), &json!("20")));
    }
    let second = cloud.ok("DescribeFlowlogs", &[("PageSize", "1"), ("PageNumber", "2")]);
    assert_eq!(second["FlowLogs"]["FlowLog"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.code("DescribeFlowlogs", &[("PageSize", "51")]), "InvalidParameter");
}

#[test]
fn the_page_has_twenty_four_codes() {
    let all = crate::emulator::world::codes::flow_log::ALL;
    let distinct: BTreeSet<_> = all.iter().map(|refusal| &refusal.code).collect();
    assert_eq!((all.len(), distinct.len()), (24, 24));
}
