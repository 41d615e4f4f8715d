//! What is wrong, with its code and place.

use super::harness::{diagnostics, problems};

const BASE: &str = "version: 1\nprovider: { region: cn-hangzhou }\n";

/// The problems of a stack with a region, lines counted from 3.
fn with_base(rest: &str) -> Vec<String> {
    problems(&format!("{BASE}{rest}"))
}

fn help(rest: &str) -> String {
    diagnostics(&format!("{BASE}{rest}"))[0].help.clone().unwrap_or_default()
}

#[test]
fn unknown_keys() {
    assert_eq!(with_base("cenz: {}\n"), ["E0201 3:1 cenz"]);
    assert_eq!(help("cenz: {}\n"), "Did you mean cens?");
    assert_eq!(with_base("cens:\n  a: { nmae: x }\n"), ["E0201 4:8 nmae"]);
    assert_eq!(help("cens:\n  a: { nmae: x }\n"), "Did you mean name?");
    assert_eq!(with_base("cens: { a: { lifecycle: { prevent_destory: true } } }\n"), ["E0201 3:27 prevent_destory"]);
    assert_eq!(
        with_base("transit_routers: { t: { existing: tr-1, type: Basic, id: x } }\n"),
        ["E0201 3:41 type", "E0201 3:54 id"]
    );
}

#[test]
fn what_comes_later_says_so() {
    for (rest, key) in [
        ("accounts: { a: { role: \"acs:ram::1:role/r\" } }\n", "role"),
        ("lints: {}\n", "lints"),
        ("cens: { a: { for_each: [x] } }\n", "for_each"),
        ("cens: { a: { enabled: true } }\n", "enabled"),
    ] {
        let found = diagnostics(&format!("{BASE}{rest}"));
        assert_eq!(found.len(), 1, "{rest}");
        assert_eq!(found[0].detail, format!("{key} is not supported yet by this version of cenform."));
    }
}

#[test]
fn an_index_is_checked_in_all_its_parts() {
    let store = |index: &str| {
        format!(
            "log_projects: {{ p: {{ name: my-project }} }}\nlogstores:\n  l: {{ project: p, name: store, ttl: 30, index: {index} }}\n"
        )
    };
    for (index, found) in [
        ("flowlog", vec!["E0204 5:49 flowlog"]),
        ("[]", vec!["E0204 5:49 []"]),
        ("{ keys: {} }", vec!["E0203 5:49 { keys: {} }"]),
        ("{ line: {} }", vec!["E0203 5:57 {}"]),
        ("{ lines: 1, line: { token: [] } }", vec!["E0201 5:51 lines"]),
        ("{ line: { token: [], include_keys: [a], exclude_keys: [b] } }", vec!["E0204 5:103 [b]"]),
        ("{ keys: { a: { type: text } } }", vec!["E0203 5:62 { type: text }"]),
        ("{ keys: { a: { type: int } } }", vec!["E0204 5:70 int"]),
        ("{ keys: { a: { type: long, json_keys: { b: { type: long } } } } }", vec!["E0204 5:87 { b: { type: long } }"]),
        ("{ keys: { a: { type: json, json_keys: { b: { chn: true } } } } }", vec!["E0203 5:92 { chn: true }"]),
    ] {
        assert_eq!(with_base(&store(index)), found, "{index}");
    }
}

#[test]
fn wrong_types_show_the_right_form() {
    assert_eq!(with_base("cens:\n  a: { name: 3 }\n"), ["E0202 4:14 3"]);
    assert_eq!(help("cens:\n  a: { name: 3 }\n"), "Put it in quotes: name: \"3\".");
    assert!(help("cens:\n  a: { name: 1.10 }\n").contains("1.10 would become 1.1"));
    let stores = "log_projects: { p: { name: my-project } }\nlogstores:\n  l: { project: p, name: store, ttl: TTL }\n";
    assert_eq!(with_base(&stores.replace("TTL", "\"30\"")), ["E0202 5:38 \"30\""]);
    assert_eq!(help(&stores.replace("TTL", "\"30\"")), "Take the quotes off: ttl: 30.");
    assert_eq!(with_base(&stores.replace("TTL", "0")), ["E0204 5:38 0"]);
    assert_eq!(with_base(&stores.replace("TTL", "1.5")), ["E0202 5:38 1.5"]);
    assert_eq!(with_base(&stores.replace("TTL", "30, auto_split: \"yes\"")), ["E0202 5:54 \"yes\""]);
    assert_eq!(with_base(&stores.replace("TTL", "30, mode: querry")), ["E0204 5:48 querry"]);
    assert_eq!(help(&stores.replace("TTL", "30, mode: querry")), "Did you mean query?");
    assert_eq!(with_base("cens: []\n"), ["E0202 3:7 []"]);
    assert_eq!(with_base("cens: { a: text }\n"), ["E0202 3:12 text"]);
    assert_eq!(with_base("cens: { a: !x { } }\n")[0][..5], *"E0202");
    assert_eq!(with_base("cens: { a: { tags: { 1: x } } }\n"), ["E0202 3:22 1"]);
}

#[test]
fn names_and_text_rules() {
    assert_eq!(with_base("cens: { Core: }\n"), ["E0205 3:9 Core"]);
    assert!(help("cens: { Core: }\n").ends_with("How about core?"));
    assert_eq!(with_base("log_projects: { p: { name: No_Good } }\n"), ["E0204 3:28 No_Good"]);
    assert_eq!(with_base("cens: { a: { name: \"http://x\" } }\n"), ["E0204 3:20 \"http://x\""]);
}

#[test]
fn missing_attributes() {
    assert_eq!(with_base("transit_routers:\n  t: { name: x }\n"), ["E0203 4:3 t"]);
    assert_eq!(problems("version: 1\ncens: { c: }\ntransit_routers: { t: { cen: c } }\n"), ["E0203 3:20 t"]);
    let attachment =
        "cens: { c: }\ntransit_routers: { t: { cen: c } }\nattachments: { a: { ATTRS transit_router: t } }\n";
    assert_eq!(with_base(&attachment.replace("ATTRS", "")), ["E0203 5:16 a"]);
    assert_eq!(with_base(&attachment.replace("ATTRS", "type: vpc,")), ["E0203 5:16 a", "E0203 5:16 a"]);
    assert_eq!(with_base(&attachment.replace("ATTRS", "type: vcp, vpc_id: x,")), ["E0204 5:27 vcp"]);
    assert_eq!(with_base("logstores: { l: { existing: x } }\n"), ["E0203 3:14 l"]);
}

#[test]
fn sets_and_their_keys() {
    let attachment = "cens: { c: }\ntransit_routers: { t: { cen: c } }\nattachments:\n  a:\n    type: vpc\n    transit_router: t\n    \
                      vpc_id: vpc-1\n    zone_mappings:\n";
    let zones = |zones: &str| with_base(&format!("{attachment}{zones}"));
    assert_eq!(
        zones("      - { zone_id: z1, vswitch_id: vsw-1 }\n      - { zone_id: z1, vswitch_id: vsw-2 }\n"),
        ["E0204 12:20 z1 <- 11:20 z1"]
    );
    assert_eq!(zones("      []\n"), ["E0204 10:5 zone_mappings"]);
    assert_eq!(
        zones("      - { zone_id: z1, vswitch: vsw-1 }\n"),
        ["E0203 11:9 { zone_id: z1, vswitch: vsw-1 }", "E0201 11:24 vswitch"]
    );
    assert_eq!(zones("      - { zone_id: z1, vswitch_id: sw-1 }\n"), ["E0204 11:36 sw-1"]);
}

#[test]
fn tags_follow_the_rules_of_the_service() {
    let tags = |tags: &str| with_base(&format!("cens: {{ a: {{ tags: {{ {tags} }} }} }}\n"));
    assert_eq!(tags("aliyun.x: y"), ["E0204 3:22 aliyun.x"]);
    assert_eq!(tags("x: \"acs:y\""), ["E0204 3:25 \"acs:y\""]);
    assert_eq!(tags("x: see http://y"), ["E0204 3:25 see http://y"]);
    assert_eq!(tags(&format!("{}: y", "k".repeat(65))).len(), 1);
    assert_eq!(tags(&format!("k: {}", "v".repeat(129))).len(), 1);
    let many = (0..21).map(|n| format!("k{n}: v")).collect::<Vec<_>>().join(", ");
    assert_eq!(tags(&many).len(), 1);
    let nineteen = (0..19).map(|n| format!("k{n}: v")).collect::<Vec<_>>().join(", ");
    let overflow = format!(
        "version: 1\nprovider: {{ default_tags: {{ a: b, c: d }} }}\ncens:\n  x: {{ tags: {{ {nineteen} }} }}\n"
    );
    let found = problems(&overflow);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("E0204 4:14") && found[0].ends_with("<- 2:13 default_tags"), "{found:?}");
}

#[test]
fn references_that_lead_nowhere() {
    let routers = |cen: &str| {
        with_base(&format!("cens: {{ backbone: , core-net: }}\ntransit_routers: {{ t: {{ cen: {cen} }} }}\n"))
    };
    let say =
        |cen: &str| help(&format!("cens: {{ backbone: , core-net: }}\ntransit_routers: {{ t: {{ cen: {cen} }} }}\n"));
    assert_eq!(routers("backbon"), ["E0301 4:30 backbon"]);
    assert_eq!(say("backbon"), "Did you mean backbone?");
    assert_eq!(say("other"), "Declared under cens: backbone and core-net.");
    assert_eq!(say("cen.backbone"), "Write the bare name, cen: backbone.");
    assert!(say("cen-7qthudw0ll6jmc").contains("existing: cen-7qthudw0ll6jmc"));
    assert_eq!(say("t"), "There is transit_router.t, but cen takes a CEN.");
    assert_eq!(routers("backbone/x"), ["E0301 4:30 backbone/x"]);
    assert_eq!(routers("\"${cen.backbone.id}\""), ["E0303 4:30 \"${cen.backbone.id}\""]);
    assert_eq!(
        with_base("cens: { a: { depends_on: [cen.b, nonsense] } }\n"),
        ["E0301 3:27 cen.b", "E0301 3:34 nonsense"]
    );
}

#[test]
fn expressions_are_shown_at_their_part() {
    let name = |text: &str| {
        with_base(&format!("variables: {{ env: {{ default: prod }} }}\ncens: {{ a: {{ name: \"{text}\" }}, my-b: }}\n"))
    };
    assert_eq!(name("x-${var.evn}"), ["E0402 4:25 var.evn"]);
    assert_eq!(name("x-${cne.b.id}"), ["E0402 4:25 cne"]);
    assert_eq!(name("x-${cen.c.id}"), ["E0402 4:25 cen.c.id"]);
    assert_eq!(name("x-${cen.my-b.id}"), ["E0402 4:25 cen.my-b.id"]);
    assert_eq!(name("x-${cen['my-b'].nmae}"), ["E0402 4:25 cen['my-b'].nmae"]);
    assert_eq!(name("x-${cen['my-b'].id ~ var.nope}"), ["E0402 4:42 var.nope"]);
    assert_eq!(name("x-${var.env"), ["E0401 4:23 ${var.env"]);
    assert_eq!(name("x-${var.env + 1}")[0][..5], *"E0403");
    assert_eq!(name("x-${each.key}"), ["E0402 4:25 each.key"]);
    assert_eq!(with_base("cens: { a: { tags: { \"${x}\": y } } }\n"), ["E0401 3:22 \"${x}\""]);
}

#[test]
fn unquoted_expressions_in_flow_style() {
    let stack = "cens: { a: { name: ${var.x} }, b: { name: n-${var.y} } }\nlocals:\n  l: [${var.x}]\n";
    assert_eq!(with_base(stack), ["E0404 3:20 ${var.x}", "E0404 5:7 ${var.x}"]);
    assert_eq!(help(stack), r#"Write it in quotes: cens: { a: { name: "${var.x}" }, b: { name: "n-${var.y}" } }"#);
}

#[test]
fn circles_are_named_whole() {
    let stack = "cens:\n  a: { name: \"${cen.b.id}\" }\n  b: { depends_on: [cen.c] }\n  c: { depends_on: [cen.a] }\n";
    assert_eq!(with_base(stack), ["E0302 4:17 cen.b.id <- 5:21 cen.c <- 6:21 cen.a"]);
    let told = diagnostics(&format!("{BASE}{stack}"))[0].detail.clone();
    assert_eq!(told, "These resources need each other: cen.a -> cen.b -> cen.c -> cen.a.");
    assert_eq!(with_base("cens:\n  a: { name: \"${cen.a.id}\" }\n"), ["E0302 4:17 cen.a.id"]);
    let locals = "locals:\n  a: ${local.b}\n  b: \"${local.a}\"\n";
    assert_eq!(with_base(locals), ["E0302 4:3 a"]);
    let shown = "locals:\n  a: ${local.b}\n  b: ${local.a}\noutputs: { o: \"${local.a}\" }\n";
    assert_eq!(with_base(shown), ["E0302 4:3 a"], "what follows from it is not told");
}

#[test]
fn two_resources_that_are_one_object() {
    let base = "cens: { c: }\ntransit_routers: { t: { cen: c } }\nlog_projects: { p: { name: my-project } }\n\
                logstores: { l: { project: p, name: store, ttl: 1 } }\nattachments:\n  \
                a: { type: vpc, transit_router: t, vpc_id: vpc-1, zone_mappings: [{ zone_id: z, vswitch_id: vsw-1 }] }\nflow_logs:\n";
    let logs = |logs: &str| with_base(&format!("{base}{logs}"));
    assert_eq!(
        logs("  x: { attachment: a, logstore: l }\n  y: { attachment: a, transit_router: t, logstore: l }\n"),
        ["E0207 11:3 y <- 10:3 x"]
    );
    assert_eq!(
        logs("  x: { transit_router: t, logstore: l }\n  y: { transit_router: t, logstore: l }\n"),
        ["E0207 11:3 y <- 10:3 x"]
    );
    assert_eq!(
        with_base("cens: { c: }\ntransit_routers:\n  a: { cen: c }\n  b: { cen: c, region: cn-hangzhou }\n"),
        ["E0207 6:3 b <- 5:3 a"]
    );
    assert_eq!(
        with_base("log_projects:\n  a: { name: one-name }\n  b: { name: one-name, region: cn-shanghai }\n"),
        ["E0207 5:3 b <- 4:3 a"]
    );
    let stores = "logstores:\n  a: { project: p, name: store, ttl: 1 }\n  b: { project: p, name: store, ttl: 2 }\n";
    assert_eq!(
        with_base(&format!("log_projects: {{ p: {{ name: my-project }} }}\n{stores}")),
        ["E0207 6:3 b <- 5:3 a"]
    );
}

#[test]
fn a_flow_log_writes_into_its_own_region() {
    let base = "cens: { c: }\ntransit_routers: { t: { cen: c } }\n\
                log_projects: { p: { name: my-project, region: cn-shanghai } }\n\
                logstores: { l: { project: p, name: store, ttl: 10 } }\n";
    let log = "flow_logs: { w: { transit_router: t, logstore: l } }\n";
    assert_eq!(with_base(&format!("{base}{log}")), ["E0206 7:48 l"]);
}

#[test]
fn rules_of_a_kind_stand_at_their_attribute() {
    let base = "cens: { c: }\ntransit_routers: { t: { cen: c } }\nlog_projects: { p: { name: my-project } }\n\
                logstores: { l: { project: p, name: store, ttl: 10 } }\n";
    let with = |rest: &str| with_base(&format!("{base}{rest}"));
    assert_eq!(with("flow_logs: { f: { logstore: l } }\n"), ["E0203 7:14 f"]);
    assert_eq!(with("flow_logs: { f: { transit_router: t } }\n"), ["E0203 7:14 f"]);
    assert_eq!(
        with("flow_logs: { f: { transit_router: t, logstore: l, destination: { project: abc, logstore: def } } }\n"),
        ["E0206 7:64 { project: abc, logstore: def }"],
    );
    assert_eq!(
        with("flow_logs: { f: { attachment: gone, logstore: l } }\n"),
        ["E0301 7:31 gone"],
        "nothing follows from it"
    );
    assert_eq!(with_base(&base.replace("ttl: 10", "ttl: 10, hot_ttl: 11")), ["E0206 6:62 11"]);
}

#[test]
fn log_formats() {
    let base = "cens: { c: }\ntransit_routers: { t: { cen: c } }\nlog_projects: { p: { name: my-project } }\n\
                logstores: { l: { project: p, name: store, ttl: 10 } }\nflow_logs:\n  f: { transit_router: t, logstore: l, log_format: FORMAT }\n";
    let format = |format: &str| with_base(&base.replace("FORMAT", format));
    assert_eq!(format("[dstaddr, srcaddr, bytes]"), ["E0204 8:52 [dstaddr, srcaddr, bytes]"]);
    assert_eq!(format("[srcaddr, dstaddr, bytes, end, end]"), ["E0204 8:83 end"]);
    assert_eq!(format("[srcaddr, dstaddr, bytes, \"${end}\"]"), ["E0204 8:78 \"${end}\""]);
    assert_eq!(format("\"${srcaddr} ${dstaddr}\"")[0][..5], *"E0204");
    assert_eq!(format("3"), ["E0202 8:52 3"]);
}

#[test]
fn what_must_be_known_when_planning() {
    assert_eq!(
        with_base("cens: { c: }\ntransit_routers: { t: { cen: c, region: \"${cen.c.id}\" } }\n"),
        ["E0303 4:41 \"${cen.c.id}\""]
    );
    assert_eq!(with_base("cens: { c: , d: { existing: \"${cen.c.id}\" } }\n"), ["E0303 3:29 \"${cen.c.id}\""]);
    assert_eq!(
        problems("version: 1\nprovider: { region: \"${cen.c.id}\" }\ncens: { c: }\n"),
        ["E0303 2:21 \"${cen.c.id}\""]
    );
}

#[test]
fn durations_and_settings() {
    assert_eq!(
        problems("version: 1\nprovider: { settle_window: 60, region: Hangzhou }\n"),
        ["E0204 2:28 60", "E0204 2:40 Hangzhou"]
    );
    assert_eq!(
        with_base("cens: { a: { timeouts: { create: 0s, delete: soon } } }\n"),
        ["E0204 3:34 0s", "E0204 3:46 soon"]
    );
}

#[test]
fn derived_and_computed_attributes_cannot_be_written() {
    assert_eq!(
        with_base(
            "cens: { c: }\ntransit_routers: { t: { cen: c } }\nattachments: { a: { existing: tr-attach-1, type: vpc, transit_router: t, region: cn-hangzhou } }\n"
        ),
        ["E0201 5:74 region"]
    );
}

/// S21
#[test]
fn sensitive_variables_go_nowhere() {
    let base = "variables: { s: { sensitive: true, default: hunter2 } }\nlocals: { l: \"x${var.s}\" }\n";
    let found = with_base(&format!(
        "{base}cens: {{ a: {{ name: \"${{var.s}}\", description: \"${{local.l}}\" }} }}\noutputs: {{ o: \"${{local.l}}\" }}\n"
    ));
    assert_eq!(found, ["E0502 5:23 var.s", "E0502 5:48 local.l", "E0502 6:18 local.l"]);
    let failing = format!("{base}outputs: {{ o: \"${{var.s | int}}\" }}\n");
    assert!(!format!("{:?}", diagnostics(&format!("{BASE}{failing}"))).contains("hunter2"));
    let tainted = format!("{BASE}{}", base.replace("x${var.s}", "${var.s + 1}"));
    assert!(!format!("{:?}", diagnostics(&tainted)).contains("hunter2"));
}

#[test]
fn all_problems_come_together_and_in_order() {
    let found = with_base("cens:\n  a: { name: 3, tags: [] }\n  b: { x: y }\ntransit_routers: { t: { cen: q } }\n");
    assert_eq!(found, ["E0202 4:14 3", "E0202 4:23 []", "E0201 5:8 x", "E0301 6:30 q"]);
    let found = diagnostics(&format!("{BASE}cens:\n  a: {{ name: 3 }}\n"));
    assert_eq!(found[0].address.as_ref().unwrap().to_string(), "cen.a");
}

#[test]
fn hints_are_told_within_bounds() {
    let many = |body: &dyn Fn(usize) -> String| (0..1000).map(body).collect::<String>();
    let cens = many(&|n| format!("  c{n}: {{}}\n"));
    let routers = many(&|n| format!("  r{n}: {{ cen: zz{n:04} }}\n"));
    let found = diagnostics(&format!("{BASE}cens:\n{cens}transit_routers:\n{routers}"));
    assert_eq!(found.len(), 1000);
    let help = |at: usize| found[at].help.as_deref().unwrap();
    assert!(help(0).ends_with(" and 988 more.") && help(0).len() < 200, "{}", help(0));
    // By then each of the names has been looked at hundreds of times.
    assert_eq!(help(999), "Declare it under cens.");
}

#[test]
fn tags_without_a_value_are_for_cen_only() {
    let stack = "log_projects:\n  p: { name: my-project, tags: { a: \"\" } }\ncens:\n  c: { tags: { a: \"\" } }\n";
    assert_eq!(with_base(stack), ["E0206 4:32 { a: \"\" }"]);
    let inherited = "provider: { region: cn-hangzhou, default_tags: { a: \"\" } }";
    let stack = format!(
        "version: 1\n{inherited}\nlog_projects:\n  p: {{ name: my-project }}\nlogstores:\n  l: {{ project: p, name: l-1, ttl: 1 }}\n"
    );
    let found = diagnostics(&stack);
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["E0206", "E0206"]);
}

#[test]
fn numbers_that_are_too_large() {
    assert_eq!(with_base("outputs: { o: 99999999999999999999 }\n"), ["E0102 3:15 9"]);
    let found = diagnostics(&format!("{BASE}outputs: {{ o: 99999999999999999999 }}\n"));
    assert_eq!(found[0].detail, "There is a number here that is too large.");
}
