//! Holds every answer against the official facts about the services: which fields it has, and of which types.

use serde_json::{Value as Json, json};

use super::testing::Cloud;

fn facts(product: &str, action: &str) -> Json {
    let facts: Json = serde_json::from_str(include_str!("../../../tests/data/api-meta.json")).unwrap();
    facts["products"][product]["actions"][action]["response"].clone()
}

/// Asserts that a value is of the documented type; an object has no field that is not documented and, if it is to be
/// `whole`, all that are.
#[track_caller]
fn assert_is(value: &Json, fact: &Json, whole: bool, path: &str) {
    let each = |values: &mut dyn Iterator<Item = &Json>, fact: &Json| {
        values.for_each(|value| assert_is(value, fact, whole, path));
    };
    match fact["type"].as_str().unwrap_or_else(|| panic!("{path} is not documented")) {
        "any" => {}
        "string" => assert!(value.is_string(), "{path}: {value}"),
        "integer" => assert!(value.is_u64(), "{path}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{path}: {value}"),
        "array" => each(&mut value.as_array().unwrap_or_else(|| panic!("{path}: {value}")).iter(), &fact["items"]),
        "map" => each(&mut value.as_object().unwrap_or_else(|| panic!("{path}: {value}")).values(), &fact["values"]),
        _ => assert_fields(value, &fact["fields"], whole, path),
    }
}

#[track_caller]
fn assert_fields(value: &Json, facts: &Json, whole: bool, path: &str) {
    for (name, value) in value.as_object().unwrap_or_else(|| panic!("{path}: {value}")) {
        assert_is(value, &facts[name], whole, &format!("{path}.{name}"));
    }
    for name in facts.as_object().unwrap().keys().filter(|_| whole) {
        // The gateway adds the RequestId.
        assert!(value.get(name).is_some() || name == "RequestId", "{path} has no {name}");
    }
}

#[test]
fn answers_of_cen_are_as_documented() {
    let mut cloud = Cloud::new();
    let mut check = |action: &str, params: &[(&str, &str)]| {
        let answer = cloud.ok(action, params);
        let mut facts = facts("Cbn", action);
        if action == "CheckTransitRouterService" {
            // Documented as text; what the Terraform provider does with it can only be a truth value (cloud-api 12.3).
            facts["Enabled"]["type"] = json!("boolean");
        }
        assert_fields(&answer, &facts, true, action);
        cloud.wait();
        answer
    };
    let tag = [("Tag.1.Key", "k"), ("Tag.1.Value", "v")];
    let hangzhou = ("RegionId", "cn-hangzhou");
    let text = |answer: &Json, name: &str| answer[name].as_str().unwrap().to_owned();

    check("CheckTransitRouterService", &[]);
    check("DescribeChildInstanceRegions", &[]);
    check("ListTransitRouterAvailableResource", &[hangzhou]);
    let cen = text(&check("CreateCen", &tag), "CenId");
    let cen = ("CenId", cen.as_str());
    let blocks = ("TransitRouterCidrList", r#"[{"Cidr":"10.0.0.0/24"}]"#);
    let here = text(&check("CreateTransitRouter", &[cen, hangzhou, blocks, tag[0], tag[1]]), "TransitRouterId");
    let there = text(&check("CreateTransitRouter", &[cen, ("RegionId", "cn-shanghai")]), "TransitRouterId");
    let here = ("TransitRouterId", here.as_str());
    let zone = [("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-1")];
    let line = [("PeerTransitRouterId", there.as_str()), ("BandwidthType", "DataTransfer"), ("Bandwidth", "1")];
    let mut attachments = Vec::new();
    for (kind, network) in [
        ("Vpc", vec![("VpcId", "vpc-1"), zone[0], zone[1]]),
        ("Vbr", vec![("VbrId", "vbr-1")]),
        ("Vpn", vec![("VpnId", "vco-1"), ("Zone.1.ZoneId", "cn-hangzhou-h")]),
        ("Ecr", vec![("EcrId", "ecr-1")]),
        ("Peer", line.to_vec()),
    ] {
        let create = check(&format!("CreateTransitRouter{kind}Attachment"), &[&[here], &tag[..], &network].concat());
        let id = text(&create, "TransitRouterAttachmentId");
        let this = ("TransitRouterAttachmentId", id.as_str());
        check(&format!("UpdateTransitRouter{kind}AttachmentAttribute"), &[this]);
        check(&format!("ListTransitRouter{kind}Attachments"), &[]);
        attachments.push((kind, id));
    }
    let attached = ("TransitRouterAttachmentId", attachments[0].1.as_str());
    let zone = [("AddZoneMappings.1.ZoneId", "cn-hangzhou-i"), ("AddZoneMappings.1.VSwitchId", "vsw-2")];
    check("UpdateTransitRouterVpcAttachmentZones", &[attached, zone[0], zone[1]]);
    let log = text(&check("CreateFlowlog", &[hangzhou, cen, attached, tag[0], tag[1]]), "FlowLogId");
    let log = [hangzhou, ("FlowLogId", log.as_str())];
    check("DescribeFlowlogs", &[]);
    for action in ["ModifyFlowLogAttribute", "DeactiveFlowLog", "ActiveFlowLog"] {
        check(action, &log);
    }
    let tagged = [("ResourceType", "cen"), ("ResourceId.1", cen.1)];
    check("TagResources", &[tagged[0], tagged[1], tag[0], tag[1]]);
    check("ListTagResources", &tagged);
    check("UntagResources", &[tagged[0], tagged[1], ("TagKey.1", "k")]);
    check("MoveResourceGroup", &[("ResourceType", "cen"), ("ResourceId", cen.1), ("NewResourceGroupId", "rg-2")]);
    check("ModifyCenAttribute", &[cen]);
    check("DescribeCens", &[]);
    check("UpdateTransitRouter", &[here, hangzhou]);
    check("ListTransitRouters", &[]);
    check("DeleteFlowlog", &log);
    for (kind, id) in &attachments {
        check(&format!("DeleteTransitRouter{kind}Attachment"), &[("TransitRouterAttachmentId", id)]);
    }
    for router in [here.1, &there] {
        check("DeleteTransitRouter", &[("TransitRouterId", router)]);
    }
    check("DeleteCen", &[cen]);
}

#[test]
fn answers_of_log_service_are_as_documented() {
    let mut cloud = Cloud::new();
    let mut check = |action: &str, project: &str, method: &str, path: &str, body: Json, whole: bool| {
        let (status, answer) = cloud.sls(project, method, path, &body);
        assert_eq!(status, 200, "{action}: {answer}");
        let facts = facts("Sls", action);
        match facts.as_object() {
            Some(fields) if !fields.is_empty() => assert_fields(&answer, &facts, whole, action),
            _ => assert_eq!(answer, Json::Null, "{action}"),
        }
    };
    let tagged = |tags: Json| json!({ "resourceType": "project", "resourceId": ["flow"], "tags": tags });
    let group = json!({ "resourceId": "flow", "resourceGroupId": "rg-2", "resourceType": "PROJECT" });
    let store = json!({
        "logstoreName": "tr", "ttl": 90, "shardCount": 2, "autoSplit": true, "maxSplitShard": 8, "appendMeta": true,
        "enable_tracking": false, "hot_ttl": 30, "infrequentAccessTTL": 30, "mode": "standard", "telemetryType": "None",
        "encrypt_conf": { "enable": true, "encrypt_type": "default" },
    });
    let index = json!({ "line": { "token": [","] }, "keys": { "bytes": { "type": "long", "doc_value": true } } });
    for (action, project, method, path, body, whole) in [
        ("CreateProject", "", "POST", "/", json!({ "projectName": "flow", "description": "" }), true),
        ("UpdateProject", "flow", "PUT", "/", json!({ "description": "" }), true),
        ("ChangeResourceGroup", "flow", "PUT", "/resourcegroup", group, true),
        ("GetProject", "flow", "GET", "/", Json::Null, true),
        ("ListProject", "", "GET", "/", Json::Null, true),
        ("TagResources", "flow", "POST", "/tag", tagged(json!([{ "key": "k", "value": "v" }])), true),
        ("ListTagResources", "flow", "GET", "/tags?resourceType=project", Json::Null, true),
        ("UntagResources", "flow", "POST", "/untag", tagged(json!(["k"])), true),
        ("CreateLogStore", "flow", "POST", "/logstores", store.clone(), true),
        ("UpdateLogStore", "flow", "PUT", "/logstores/tr", store, true),
        ("GetLogStore", "flow", "GET", "/logstores/tr", Json::Null, false),
        ("ListLogStores", "flow", "GET", "/logstores", Json::Null, true),
        ("CreateIndex", "flow", "POST", "/logstores/tr/index", index.clone(), true),
        ("UpdateIndex", "flow", "PUT", "/logstores/tr/index", index, true),
        ("GetIndex", "flow", "GET", "/logstores/tr/index", Json::Null, false),
        ("DeleteIndex", "flow", "DELETE", "/logstores/tr/index", Json::Null, true),
        ("DeleteLogStore", "flow", "DELETE", "/logstores/tr", Json::Null, true),
        ("DeleteProject", "flow", "DELETE", "/", Json::Null, true),
    ] {
        check(action, project, method, path, body, whole);
    }
}
