//! What stacks mean.

use std::collections::BTreeSet;
use std::time::Duration;

use super::harness::{Given, load_with, loaded, memory, resource};
use crate::model::stack::Existing;
use crate::model::value::{Attributes, Expression, Value};

const WHOLE: &str = r#"
version: 1
provider:
  region: cn-hangzhou
  settle_window: 0
  token_window: 5m
  default_tags: { managed-by: cenform, team: net }
  ignore_tags: { keys: [cost], prefixes: ["finops:"] }
variables:
  env: { type: string, default: prod, allowed: [prod, stage], description: which fleet }
locals:
  prefix: "${var.env}-7f3a"
cens:
  backbone: { name: "backbone-${var.env}" }
transit_routers:
  hz: { cen: backbone, tags: { team: core } }
attachments:
  app:
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1h8vbrbcgohcju5abcd
    zone_mappings:
      - { zone_id: cn-hangzhou-i, vswitch_id: vsw-bp1h8vbrbcgohcju5abce }
      - { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd }
    timeouts: { create: 1h30m }
log_projects:
  netflow: { name: "netflow-${local.prefix}", description: TR flow logs }
logstores:
  tr: { project: netflow, name: tr-flow, ttl: 180, shard_count: 2 }
flow_logs:
  app:
    attachment: app
    logstore: tr
    interval: 60
    description: null
    log_format: [srcaddr, dstaddr, bytes, packets, direction]
    lifecycle: { prevent_destroy: true }
    depends_on: [cen.backbone]
  all:
    transit_router: hz
    logstore: tr
    name: "of ${cen.backbone.name} (${var.env})"
outputs:
  flow_log_id: ${flow_log.app.id}
  long: { value: "${local.prefix}", description: the prefix }
"#;

fn names(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes[name].as_text().unwrap()
}

fn source(value: &Value) -> &str {
    match value {
        Value::Unknown(Expression { source, .. }) => source,
        other => panic!("known: {other:?}"),
    }
}

#[test]
fn a_whole_stack_is_read() {
    let loaded = loaded(WHOLE);
    assert_eq!(loaded.warnings, []);
    let stack = &loaded.stack;
    assert_eq!(stack.provider.settle_window, Some(Duration::ZERO));
    assert_eq!(stack.provider.token_window, Duration::from_mins(5));
    assert!(stack.provider.ignore_tags.ignores("finops:x") && stack.provider.ignore_tags.ignores("cost"));
    assert_eq!(stack.resources.len(), 7);
    assert_eq!(source(&stack.outputs["flow_log_id"].value), "${flow_log.app.id}");
    assert_eq!(stack.outputs["long"].value, "prod-7f3a".into());
    assert_eq!(stack.outputs["long"].description.as_deref(), Some("the prefix"));
}

#[test]
fn expressions_over_variables_are_worked_out() {
    assert_eq!(text(&resource(WHOLE, "cen.backbone").attributes, "name"), "backbone-prod");
    assert_eq!(text(&resource(WHOLE, "log_project.netflow").attributes, "name"), "netflow-prod-7f3a");
}

#[test]
fn references_are_unknown_ids_and_lead_to_region_and_cen() {
    let router = resource(WHOLE, "transit_router.hz");
    assert_eq!(source(&router.attributes["cen"]), "${cen.backbone.id}");
    assert_eq!(router.region.as_ref().unwrap().as_str(), "cn-hangzhou");
    assert_eq!(text(&router.attributes, "region"), "cn-hangzhou");

    let attachment = resource(WHOLE, "attachment.app");
    assert_eq!(attachment.region, router.region);
    assert_eq!(source(&attachment.attributes["cen"]), "${cen.backbone.id}");
    assert_eq!(attachment.timeouts.create, Some(Duration::from_mins(90)));

    let flow_log = resource(WHOLE, "flow_log.app");
    assert_eq!(flow_log.region, router.region);
    assert_eq!(source(&flow_log.attributes["attachment"]), "${attachment.app.id}");
    assert_eq!(source(&flow_log.attributes["transit_router"]), "${transit_router.hz.id}");
    assert_eq!(source(&flow_log.attributes["cen"]), "${cen.backbone.id}");
    assert!(flow_log.lifecycle.prevent_destroy);
    assert_eq!(resource(WHOLE, "cen.backbone").region, None);
    assert_eq!(resource(WHOLE, "logstore.tr").region, router.region);
}

#[test]
fn owned_is_what_the_yaml_wrote_and_the_default_tags() {
    let flow_log = resource(WHOLE, "flow_log.app");
    assert_eq!(names(&flow_log.owned), ["attachment", "interval", "log_format", "logstore", "tags"]);
    assert!(!flow_log.attributes.contains_key("description"), "null is left out");
    assert_eq!(names(&resource(WHOLE, "transit_router.hz").owned), ["cen", "tags"]);
    let bare = "version: 1\ncens: { a: }\n";
    assert_eq!(names(&resource(bare, "cen.a").owned), [] as [&str; 0]);
}

#[test]
fn own_tags_win_over_default_tags() {
    let tags = resource(WHOLE, "transit_router.hz").attributes["tags"].clone();
    let tags = tags.as_map().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_text().unwrap())).collect::<Vec<_>>();
    assert_eq!(tags, [("managed-by", "cenform"), ("team", "core")]);
}

#[test]
fn sets_are_sorted_and_formats_are_raw() {
    let zones = resource(WHOLE, "attachment.app").attributes["zone_mappings"].clone();
    let zones = zones
        .as_list()
        .unwrap()
        .iter()
        .map(|zone| zone.as_map().unwrap()["zone_id"].as_text().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(zones, ["cn-hangzhou-h", "cn-hangzhou-i"]);
    let raw = "${srcaddr}${dstaddr}${bytes}${packets}${direction}";
    assert_eq!(text(&resource(WHOLE, "flow_log.app").attributes, "log_format"), raw);
    let list = "[srcaddr, dstaddr, bytes, packets, direction]";
    let written = WHOLE.replace(list, &format!("\"{raw}\""));
    assert_eq!(text(&resource(&written, "flow_log.app").attributes, "log_format"), raw);
}

#[test]
fn an_expression_over_a_resource_waits_with_what_else_it_needs() {
    let flow_log = resource(WHOLE, "flow_log.all");
    let Value::Unknown(expression) = &flow_log.attributes["name"] else { panic!("known") };
    assert_eq!(expression.source, "of ${cen.backbone.name} (${var.env})");
    assert_eq!(serde_json::to_string(&expression.bindings).unwrap(), r#"{"var":{"env":"prod"}}"#);
    let uses = flow_log
        .references
        .iter()
        .map(|reference| format!("{} {} {}", reference.attribute, reference.target, reference.identity));
    let uses = uses.collect::<Vec<_>>();
    assert_eq!(uses, ["logstore logstore.tr true", "name cen.backbone false", "transit_router transit_router.hz true"]);
}

#[test]
fn unknown_local_values_nest_and_lead_to_their_resources() {
    let stack = r#"
version: 1
locals:
  late: "${cen.a.id}-x"
  later: { id: "${local.late}", n: 3 }
cens:
  a:
  b: { name: "n${local.later.n}", description: "${local.later.id}!" }
"#;
    let b = resource(stack, "cen.b");
    assert_eq!(text(&b.attributes, "name"), "n3");
    let bindings = match &b.attributes["description"] {
        Value::Unknown(expression) => serde_json::to_string(&expression.bindings).unwrap(),
        known => panic!("{known:?}"),
    };
    assert!(bindings.contains(r#""source":"${local.late}""#) && bindings.contains(r#""source":"${cen.a.id}-x""#));
    assert!(
        b.references
            .iter()
            .any(|reference| reference.attribute == "description" && reference.target.to_string() == "cen.a")
    );
}

#[test]
fn existing_objects_need_only_what_places_them() {
    let stack = r"
version: 1
provider: { default_tags: { a: b } }
cens:
  shared: { existing: cen-7qthudw0ll6jmc }
transit_routers:
  hz: { existing: { name: core }, region: cn-hangzhou }
attachments:
  app: { existing: tr-attach-1, type: vpc, transit_router: hz }
log_projects:
  p: { existing: netflow, region: cn-hangzhou }
logstores:
  l: { existing: netflow/tr, project: p }
flow_logs:
  f: { attachment: app, logstore: l }
";
    let router = resource(stack, "transit_router.hz");
    assert_eq!(router.existing, Some(Existing::Name("core".to_owned())));
    assert!(!router.attributes.contains_key("tags"), "default tags are not put on what others manage");
    assert_eq!(resource(stack, "logstore.l").existing, Some(Existing::Id("netflow/tr".to_owned())));
    let flow_log = resource(stack, "flow_log.f");
    assert_eq!(flow_log.region.unwrap().as_str(), "cn-hangzhou");
    assert_eq!(source(&flow_log.attributes["cen"]), "${transit_router.hz.cen}");
}

#[test]
fn anchors_merges_and_single_files_work() {
    let stack = "version: 1\nlocals:\n  base: &base { ttl: 30, web_tracking: false }\nprovider: { region: cn-hangzhou }\n\
                 log_projects: { p: { name: my-project } }\nlogstores:\n  a: { <<: *base, project: p, name: first }\n  \
                 b: { <<: *base, project: p, name: second, ttl: 60 }\n";
    assert_eq!(resource(stack, "logstore.a").attributes["ttl"], Value::Int(30));
    assert_eq!(resource(stack, "logstore.b").attributes["ttl"], Value::Int(60));
    let alone = load_with("dir/one.yaml", &memory(&[("dir/one.yaml", stack)]), &Given::default()).unwrap();
    assert_eq!(alone.stack.directory.to_str(), Some("dir"));
}

#[test]
fn the_region_of_the_command_line_stands_instead_of_the_written_one() {
    let files = memory(&[("main.yaml", WHOLE)]);
    let given = Given { region: Some("cn-shanghai"), ..Given::default() };
    let stack = load_with(".", &files, &given).unwrap().stack;
    let router = &stack.resources[&"transit_router.hz".parse().unwrap()];
    assert_eq!(router.region.as_ref().unwrap().as_str(), "cn-shanghai");
}

#[test]
fn undocumented_log_fields_are_a_warning() {
    let stack = "version: 1\nprovider: { region: cn-hangzhou }\ncens: { c: }\ntransit_routers: { t: { cen: c } }\n\
                 log_projects: { p: { name: my-project } }\nlogstores: { l: { project: p, name: store, ttl: 1 } }\n\
                 flow_logs: { f: { transit_router: t, logstore: l, log_format: [srcaddr, dstaddr, bytes, packet] } }\n";
    let warnings = loaded(stack).warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].code, warnings[0].help.as_deref()), ("W0201", Some("Did you mean packets?")));
}
