//! Attachments of other types than VPC, and the flow logs at the ends of a peer attachment.

use super::harness::{diagnostics, problems, resource};
use crate::model::value::Value;

/// Two routers, a peer attachment between them and a store in each region; line 10 on is the attachment's.
const BASE: &str = r"version: 1
cens: { c: }
transit_routers: { hz: { cen: c, region: cn-hangzhou }, sh: { cen: c, region: cn-shanghai }, bj: { cen: c, region: cn-beijing } }
log_projects: { p: { name: my-project, region: cn-hangzhou }, q: { name: your-project, region: cn-shanghai } }
logstores: { l: { project: p, name: store, ttl: 1 }, m: { project: q, name: store, ttl: 1 } }
attachments:
  app: { type: vpc, transit_router: hz, vpc_id: vpc-1, zone_mappings: [{ zone_id: z, vswitch_id: vsw-1 }] }
  mesh:
    type: peer
    transit_router: hz
    peer: sh
";
const LOGS: &str = r"    flow_logs:
      here: { logstore: l, interval: 60 }
      there: { logstore: m, name: back }
";

fn with(rest: &str) -> String {
    format!("{BASE}{rest}")
}

fn source(value: &Value) -> &str {
    match value {
        Value::Unknown(expression) => &expression.source,
        other => panic!("known: {other:?}"),
    }
}

#[test]
fn a_peer_attachment_knows_both_regions() {
    let mesh = resource(BASE, "attachment.mesh");
    assert_eq!(mesh.region.unwrap().as_str(), "cn-hangzhou");
    assert_eq!(source(&mesh.attributes["peer"]), "${transit_router.sh.id}");
    assert_eq!(mesh.attributes["peer_region"], "cn-shanghai".into());
}

#[test]
fn a_flow_log_at_each_end() {
    let stack = with(LOGS);
    for (key, router, region, store) in [("here", "hz", "cn-hangzhou", "l"), ("there", "sh", "cn-shanghai", "m")] {
        let log = resource(&stack, &format!("flow_log.mesh[\"{key}\"]"));
        assert_eq!(log.region.unwrap().as_str(), region);
        assert_eq!(source(&log.attributes["attachment"]), "${attachment.mesh.id}");
        assert_eq!(source(&log.attributes["transit_router"]), format!("${{transit_router.{router}.id}}"));
        assert_eq!(source(&log.attributes["cen"]), "${cen.c.id}");
        let targets = log.references.iter().map(|reference| reference.target.to_string()).collect::<Vec<_>>();
        assert_eq!(
            targets,
            [format!("logstore.{store}"), "attachment.mesh".to_owned(), format!("transit_router.{router}")]
        );
    }
    assert_eq!(resource(&stack, "flow_log.mesh/here").attributes["interval"], Value::Int(60));
    assert_eq!(resource(&stack, "flow_log.mesh/there").attributes["name"], "back".into());
}

#[test]
fn a_log_at_each_end_can_be_declared_by_itself_and_beside_those_of_the_routers() {
    let stack = with(
        "flow_logs:\n  out: { attachment: mesh, logstore: l }\n  back: { attachment: mesh, transit_router: sh, logstore: m }\n  \
         all: { transit_router: hz, logstore: l }\n  rest: { transit_router: sh, logstore: m }\n",
    );
    assert_eq!(resource(&stack, "flow_log.out").region.unwrap().as_str(), "cn-hangzhou");
    assert_eq!(resource(&stack, "flow_log.back").region.unwrap().as_str(), "cn-shanghai");
}

#[test]
fn instances_in_expressions_and_addresses() {
    let uses = "flow_logs:\n  other:\n    transit_router: bj\n    destination: { project: abc, logstore: def }\n    \
                name: \"NAME\"\n    depends_on: [DEPENDS]\n";
    let stack = |name: &str, depends: &str| with(LOGS) + &uses.replace("NAME", name).replace("DEPENDS", depends);
    for (name, depends) in [
        ("${flow_log.mesh['here'].id}", "'flow_log.mesh[\"there\"]'"),
        ("${flow_log.mesh.here.id}", "flow_log.mesh/there"),
    ] {
        let other = resource(&stack(name, depends), "flow_log.other");
        let needs = other.dependencies().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(needs, ["transit_router.bj", "flow_log.mesh[\"here\"]", "flow_log.mesh[\"there\"]"]);
    }
    let help = |name: &str, depends: &str| {
        let found = diagnostics(&stack(name, depends));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].help.clone().unwrap()
    };
    let both = "flow_log.mesh[\"here\"] and flow_log.mesh[\"there\"].";
    assert_eq!(help("${flow_log.mesh.id}", "cen.c"), format!("There is {both}"));
    assert_eq!(help("${flow_log['mesh'][cen.c.id].id}", "cen.c"), format!("There is {both}"));
    assert_eq!(help("x", "flow_log.mesh"), format!("flow_log.mesh has instances: {both}"));
    assert_eq!(help("x", "flow_log.mesh/back"), format!("flow_log.mesh has instances: {both}"));
    assert_eq!(help("x", "cen.c/back"), "cen.c has no instances: write cen.c.");
    assert_eq!(help("${flow_log.mesh.here.nmae}", "cen.c"), "Did you mean name?");
    assert_eq!(
        problems(&BASE.replace("peer: sh", "peer: sh/x")),
        ["E0301 11:11 sh/x"],
        "a resource without instances has none"
    );
}

#[test]
fn problems_inside_stand_at_their_own_line() {
    let logs = |here: &str| problems(&with(&format!("    flow_logs:\n      here: {here}\n")));
    assert_eq!(logs("{ logstore: l, interval: 61 }"), ["E0204 13:38 61"]);
    assert_eq!(logs("{ logstore: gone }"), ["E0301 13:25 gone"]);
    assert_eq!(logs("{ logstore: l, nmae: x }"), ["E0201 13:28 nmae"]);
    assert_eq!(logs("{}"), ["E0203 13:7 here"]);
    assert_eq!(
        logs("{ logstore: l, transit_router: sh, attachment: app }"),
        ["E0201 13:28 transit_router", "E0201 13:48 attachment"]
    );
    assert_eq!(logs("{ logstore: l, name: \"${flow_log.mesh.here.id}\" }"), ["E0302 13:37 flow_log.mesh.here.id"]);
    assert_eq!(logs("3"), ["E0202 13:13 3"]);
    assert_eq!(problems(&with("    flow_logs: [l]\n")), ["E0202 12:16 [l]"]);
    assert_eq!(problems(&with("    flow_logs: { her: { logstore: l } }\n")), ["E0201 12:18 her"]);
}

#[test]
fn what_is_wrong_with_the_attachment_is_told_once() {
    let stack = with(LOGS);
    assert_eq!(problems(&stack.replace("peer: sh", "peer: gone")), ["E0301 11:11 gone"]);
    assert_eq!(problems(&stack.replace("    peer: sh\n", "")), ["E0203 8:3 mesh"]);
    assert_eq!(problems(&stack.replace("transit_router: hz\n", "transit_router: gone\n")), ["E0301 10:21 gone"]);
    assert_eq!(problems(&stack.replace("type: peer", "type: pear")), ["E0204 9:11 pear"]);
}

#[test]
fn only_a_peer_has_ends() {
    let stack = with(LOGS).replace("type: peer", "type: vbr").replace("peer: sh", "vbr_id: vbr-1");
    assert_eq!(problems(&stack), ["E0204 12:5 flow_logs"]);
    assert_eq!(problems(&BASE.replace("{ c: }", "{ c: { flow_logs: {} } }")), ["E0201 2:14 flow_logs"]);
}

#[test]
fn an_existing_peer_says_its_other_end() {
    let existing = "    existing: tr-attach-1\n";
    resource(&with(&format!("{existing}{LOGS}")), "flow_log.mesh/there");
    let stack = with(&format!("{existing}{LOGS}")).replace("    peer: sh\n", "");
    assert_eq!(problems(&stack), ["E0203 14:7 there"]);
}

#[test]
fn clashes_show_both_places() {
    let stack = with(&format!("{LOGS}flow_logs:\n  mesh: {{ transit_router: hz, logstore: l }}\n"));
    assert_eq!(problems(&stack), ["E0106 12:5 flow_logs <- 16:3 mesh"]);
    let stack = with(&format!("{LOGS}flow_logs:\n  x: {{ attachment: mesh, logstore: l }}\n"));
    assert_eq!(problems(&stack), ["E0207 16:3 x <- 13:7 here"]);
    let stack = with(&format!("{LOGS}flow_logs:\n  x: {{ attachment: mesh, transit_router: sh, logstore: m }}\n"));
    assert_eq!(problems(&stack), ["E0207 16:3 x <- 14:7 there"]);
}

#[test]
fn a_flow_log_is_at_an_end_of_its_attachment() {
    let logs = |log: &str| problems(&with(&format!("flow_logs:\n  x: {log}\n")));
    assert_eq!(logs("{ attachment: mesh, transit_router: bj, logstore: l }"), ["E0206 13:42 bj <- 10:21 hz"]);
    assert_eq!(logs("{ attachment: app, transit_router: sh, logstore: m }"), ["E0206 13:41 sh <- 7:37 hz"]);
    let elsewhere = "destination: { project: abc, logstore: def }";
    let existing = with(&format!("flow_logs:\n  x: {{ attachment: mesh, transit_router: bj, {elsewhere} }}\n"))
        .replace("    peer: sh\n", "    existing: tr-attach-1\n");
    assert_eq!(source(&resource(&existing, "flow_log.x").attributes["transit_router"]), "${transit_router.bj.id}");
}

#[test]
fn attachments_that_are_one_object() {
    let more = |attachment: &str| problems(&with(&format!("  more: {attachment}\n")));
    assert_eq!(more("{ type: peer, transit_router: sh, peer: hz }"), ["E0207 12:3 more <- 8:3 mesh"]);
    assert_eq!(more("{ type: peer, transit_router: hz, peer: sh }"), ["E0207 12:3 more <- 8:3 mesh"]);
    assert_eq!(
        more("{ type: vpc, transit_router: hz, vpc_id: vpc-1, zone_mappings: [{ zone_id: z, vswitch_id: vsw-1 }] }"),
        ["E0207 12:3 more <- 7:3 app"]
    );
    resource(&with("  more: { type: peer, transit_router: sh, peer: bj }\n"), "attachment.more");
    assert_eq!(more("{ type: peer, transit_router: bj, peer: bj }"), ["E0206 12:49 bj"]);
}

#[test]
fn attributes_of_another_type_are_refused() {
    let more = |attachment: &str| problems(&with(&format!("  more: {attachment}\n")));
    assert_eq!(more("{ type: vbr, transit_router: hz, vbr_id: vbr-1, zones: [z] }"), ["E0204 12:57 zones"]);
    assert_eq!(
        more("{ type: ecr, transit_router: hz, ecr_id: ecr-1, auto_publish_routes: true }"),
        ["E0204 12:57 auto_publish_routes"]
    );
    assert_eq!(
        more("{ type: peer, transit_router: sh, peer: bj, owner: \"1000000000000002\" }"),
        ["E0204 12:53 owner"]
    );
    assert_eq!(
        more("{ type: vpn, transit_router: hz, vpn_id: vco-1, owner: 1000000000000002 }"),
        ["E0202 12:64 1000000000000002"]
    );
    assert_eq!(more("{ type: vpn, transit_router: hz, vpn_id: vco-abc**** }"), ["E0204 12:50 vco-abc****"]);
}
