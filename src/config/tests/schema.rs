//! The JSON Schema file, held against the code and against the loader.

use super::harness::{Given, load_with, memory};
use crate::config::json_schema;

#[test]
fn the_file_is_what_the_code_writes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/stack.schema.json");
    let written = format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap());
    if std::env::vars_os().any(|(name, value)| name == "UPDATE" && value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), written.as_bytes()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == written, "schemas/stack.schema.json is not what the code writes: run this test with UPDATE=1");
}

/// What both accept or both refuse.
#[test]
fn schema_and_loader_agree() {
    let base = "version: 1\nprovider: { region: cn-hangzhou }\ncens: { c: { name: core } }\ntransit_routers: { t: { cen: c } }\n\
                log_projects: { p: { name: my-project } }\nlogstores: { l: { project: p, name: store, ttl: 30 } }\n";
    let good = [
        "",
        "flow_logs: { f: { transit_router: t, logstore: l, interval: 60, log_format: [srcaddr, dstaddr, bytes] } }\n",
        "flow_logs: { f: { transit_router: t, destination: { project: abc, logstore: def }, tags: { a: b } } }\n",
        "variables: { v: { type: number, default: 3 } }\nlocals: { l: [1] }\noutputs: { o: \"${var.v}\", p: { value: 1 } }\n",
        "attachments: { a: { type: vpc, transit_router: t, vpc_id: vpc-1, zone_mappings: [{ zone_id: z, vswitch_id: vsw-1 }] } }\n",
        "attachments: { a: { existing: tr-attach-1, type: vpc, transit_router: t } }\n",
        "attachments: { a: { type: vpn, transit_router: t, vpn_id: vco-1, zones: [z], owner: \"1000000000000002\", grant: true } }\n",
        "transit_routers: { t: { cen: c }, u: { cen: c, region: cn-beijing } }\nattachments: { a: { type: peer, transit_router: t, \
         peer: u, bandwidth: 2, flow_logs: { here: { logstore: l, attachment: null }, there: null } } }\n",
        "transit_routers: { t: { cen: c }, u: { cen: c, region: cn-beijing } }\nattachments: { a: { type: peer, transit_router: t, \
         peer: u, flow_logs: { there: { destination: { project: abc, logstore: def } } } } }\nflow_logs: { f: { transit_router: t, logstore: l, depends_on: [flow_log.a/there, 'flow_log.a[\"there\"]'] } }\n",
        "logstores: { l: { project: p, name: \"${'store'}\", ttl: \"${30}\", mode: null } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, tags: { \"two\\nlines\": \"of\\ntext\", no: null } } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: flow_log } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: { line: { token: [\",\"] }, keys: { a: null, b: { type: long } } } } }\n",
        "cens: { c: { existing: null, depends_on: null, lifecycle: null, timeouts: null } }\n",
        "gates: { max_destroy: 0, max_replace: \"${2}\" }\n",
        "cens: { c: { lifecycle: { ignore_changes: [name, tags.team], replace_triggered_by: [log_project.p] } } }\n",
        "cens: { c: { lifecycle: { prevent_destroy: null }, timeouts: { create: null, delete: 1h } } }\n",
        "cens: { c: { lifecycle: \"${{'prevent_destroy': true}}\", timeouts: \"${{'create': '5m'}}\", depends_on: \"${[]}\" } }\n",
        "cens: { c: { existing: \"${'cen-' ~ 1}\" }, d: { existing: { name: core } } }\n",
        "provider: { region: cn-hangzhou, settle_window: \"0\", token_window: 0, default_tags: null, ignore_tags: null }\n",
        "provider: { region: cn-hangzhou, settle_window: null, ignore_tags: { keys: null, prefixes: \"${['a:']}\" } }\n",
        "variables: { v: { type: null, default: a, allowed: null, description: null, sensitive: null } }\n",
        "accounts: { a: { profile: p, access_key_id: null }, b: { access_key_id: i, access_key_secret: s, security_token: t } }\n",
        "accounts: { a: { profile: \"${'p'}\", id: \"1000000000000001\" }, b: { profile: null, access_key_id: i, access_key_secret: s } }\n",
        "cens: { c: { account: null } }\n",
        "outputs: { o: { value: 1, description: null, sensitive: null }, p: null }\n",
        "moved: [{ from: cen.old, to: 'cen.new[\"a\"]' }]\n",
        "removed: [{ from: flow_log.x/here }, { from: flow_log.y }]\n",
        "imports: [{ to: cen.c, id: cen-1 }, { to: logstore.l, id: null }]\n",
        "moved:\n",
    ];
    let bad = [
        "cenz: {}\n",
        "flow_logs: { f: { transit_router: t, logstore: l, interval: 61 } }\n",
        "flow_logs: { f: { transit_router: t, logstore: l, log_format: \"${dstaddr}\" } }\n",
        "flow_logs: { f: { transit_router: t, logstore: l, tags: { aliyun: b } } }\n",
        "flow_logs: { f: { transit_router: t, logstore: l, region: cn-hangzhou } }\n",
        "attachments: { a: { type: vpc, transit_router: t, vpc_id: vpc-1, zone_mappings: [] } }\n",
        "attachments: { a: { type: vpc, transit_router: t, vpc_id: vpc-1 } }\n",
        "attachments: { a: { type: vpc, transit_router: t, vpc_id: vpc-1, zone_mappings: [{ zone_id: z }] } }\n",
        "attachments: { a: { existing: tr-attach-1, type: vpc } }\n",
        "attachments: { a: { type: vpn, transit_router: t, vpn_id: vco-**** } }\n",
        "attachments: { a: { type: vbr, transit_router: t, vpn_id: vco-1 } }\n",
        "transit_routers: { t: { cen: c }, u: { cen: c, region: cn-beijing } }\nattachments: { a: { type: peer, transit_router: t, \
         peer: u, flow_logs: { here: { logstore: l, transit_router: t } } } }\n",
        "transit_routers: { t: { cen: c }, u: { cen: c, region: cn-beijing } }\nattachments: { a: { type: peer, transit_router: t, \
         peer: u, flow_logs: { back: { logstore: l } } } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: flow_logs } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: {} } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: { keys: { a: { type: int } } } } }\n",
        "logstores: { l: { project: p, name: store, ttl: 30, index: { line: { chn: true } } } }\n",
        "variables: { v: { type: nubmer } }\n",
        "moved: { from: cen.old, to: cen.new }\n",
        "moved: [{ from: cen.old }]\n",
        "moved: [{ from: old, to: cen.new }]\n",
        "removed: [cen.old]\n",
        "imports: [{ id: cen-1 }]\n",
        "imports: [{ to: cen.c, id: \"\" }]\n",
        "gates: { max_destroy: -1 }\n",
        "gates: { max_change: 1 }\n",
        "cens: { c: { lifecycle: { ignore_changes: [all] } } }\n",
        "cens: { c: { lifecycle: { replace_triggered_by: [c] } } }\n",
        "cens: { c: { existing: { name: null } } }\n",
        "cens: { c: { existing: \"\" } }\n",
        "cens: { c: { lifecycle: [prevent_destroy] } }\n",
        "cens: { c: { timeouts: { create: 5 } } }\n",
        "cens: { c: { timeouts: { create: \"0\" } } }\n",
        "provider: { region: cn-hangzhou, ignore_tags: [a] }\n",
        "cens: { Upper: {} }\n",
        "cens: { c: { account: Upper } }\n",
        "accounts: { a: { profile: p, access_key_id: i, access_key_secret: s } }\n",
        "accounts: { a: { access_key_id: i } }\n",
        "accounts: { a: { profile: p, id: \"17\" } }\n",
        "accounts: { a: { profile: \"\" } }\n",
        "accounts: { a: { profile: 1 } }\n",
        "accounts: { a: }\n",
        "accounts: { A: { profile: p } }\n",
    ];
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    let judge = |rest: &str| {
        let section = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        let base = base.lines().filter(|line| rest.is_empty() || section(line) != section(rest));
        let text = base.chain([rest]).collect::<Vec<_>>().join("\n");
        let json = serde_yaml::from_str::<serde_json::Value>(&text).unwrap();
        let loads = load_with(".", &memory(&[("main.yaml", &text)]), &Given::default()).is_ok();
        (validator.is_valid(&json), loads)
    };
    for rest in good {
        assert_eq!(judge(rest), (true, true), "{rest}");
    }
    for rest in bad {
        assert_eq!(judge(rest), (false, false), "{rest}");
    }
}
