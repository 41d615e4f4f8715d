//! `accounts:` and `account:`.

use super::harness::{Given, diagnostics, lines, load_with, loaded, memory, problems};
use crate::model::stack::{CredentialsSource, Stack};

const BASE: &str = "version: 1\nprovider: { region: cn-hangzhou }\n";

fn found(rest: &str) -> Vec<String> {
    problems(&format!("{BASE}{rest}"))
}

fn help(rest: &str) -> String {
    diagnostics(&format!("{BASE}{rest}"))[0].help.clone().unwrap_or_default()
}

fn key(stack: &Stack, name: &str) -> (String, String, Option<String>) {
    match &stack.accounts[name].source {
        CredentialsSource::Key(key) => {
            let token = key.token.as_ref().map(|token| token.expose().to_owned());
            (key.id.clone(), key.secret.expose().to_owned(), token)
        }
        CredentialsSource::Profile(name) => panic!("the profile {name}"),
    }
}

#[test]
fn profiles_and_keys() {
    let text = format!(
        "{BASE}variables: {{ s: {{ sensitive: true }}, t: {{ sensitive: true }} }}\nlocals: {{ both: \"${{var.s}}${{var.t}}\" }}\n\
         accounts:\n  net: {{ profile: net-prod, id: \"1000000000000001\" }}\n  app: {{ access_key_id: \"${{var.s}}-id\", \
         access_key_secret: \"${{var.s}}\", security_token: \"${{local.both}}\" }}\n"
    );
    let given = Given { vars: vec![("s", "hush"), ("t", "tok")], ..Given::default() };
    let stack = load_with(".", &memory(&[("main.yaml", &text)]), &given).unwrap().stack;
    assert_eq!(stack.accounts["net"].id.as_deref(), Some("1000000000000001"));
    assert!(matches!(&stack.accounts["net"].source, CredentialsSource::Profile(name) if name == "net-prod"));
    assert_eq!(key(&stack, "app"), ("hush-id".to_owned(), "hush".to_owned(), Some("hushtok".to_owned())));
    let shown = format!("{:?}", stack.accounts["app"]);
    assert!(!shown.contains("\"hush\"") && !shown.contains("tok\""), "{shown}");
}

#[test]
fn one_way_of_credentials() {
    assert_eq!(found("accounts: { a: {} }\n"), ["E0203 3:13 a"]);
    assert_eq!(found("accounts: { a: { id: \"1000000000000001\" } }\n"), ["E0203 3:13 a"]);
    assert_eq!(found("accounts: { a: { access_key_id: i } }\n"), ["E0203 3:13 a"]);
    assert_eq!(found("accounts: { a: { security_token: t } }\n"), ["E0203 3:13 a", "E0203 3:13 a"]);
    assert_eq!(found("accounts: { a: { profile: p, access_key_id: i } }\n"), ["E0206 3:13 a"]);
    assert_eq!(found("accounts: { a: { proflie: p } }\n"), ["E0201 3:18 proflie"]);
    assert_eq!(help("accounts: { a: { proflie: p } }\n"), "Did you mean profile?");
    assert_eq!(found("accounts: { a: { profile: p, id: 1000000000000001 } }\n"), ["E0202 3:34 1000000000000001"]);
    assert_eq!(found("accounts: { a: { profile: p, id: \"17\" } }\n"), ["E0204 3:34 \"17\""]);
    assert_eq!(found("accounts: { a: { profile: \"${cen.c.id}\" } }\ncens: { c: }\n"), ["E0303 3:27 \"${cen.c.id}\""]);
    assert_eq!(found("accounts: { a: { profile: p }, A: { profile: q } }\n"), ["E0205 3:32 A"]);
    let twice = memory(&[
        ("a.yaml", "version: 1\naccounts: { a: { profile: p } }\n"),
        ("b.yaml", "version: 1\naccounts: { a: { profile: q } }\n"),
    ]);
    let told = load_with(".", &twice, &Given::default()).unwrap_err();
    assert_eq!(lines(&told), ["E0106 b.yaml:2:13 a <- a.yaml:2:13 a"]);
}

#[test]
fn secrets_are_not_shown() {
    let problems = |text: &str| load_with(".", &memory(&[("main.yaml", text)]), &Given::default()).unwrap_err();
    for text in [
        "version: 1\naccounts: { a: { access_key_id: i, access_key_secret: hush-hush, proflie: p } }\n",
        "version: 1\naccounts: { a: { access_key_id: i, access_key_secret: \"hush hush\" } }\n",
        "version: 1\naccounts: { a: { access_key_id: i, acces_key_secret: hush-hush } }\n",
        "version: 1\naccounts: { a: { access_key_id: i, access_key_secret: [hush] } }\n",
        "version: 1\nvariables: { v: { type: list, sensitive: true, default: [h] } }\n\
         accounts: { a: { access_key_id: i, access_key_secret: \"${var.v}\" } }\n",
    ] {
        let told = problems(text);
        for diagnostic in &told.diagnostics {
            let shown = crate::diagnostics::render::human(diagnostic, &told.files, &crate::diagnostics::Style::plain());
            assert!(!shown.contains("hush"), "{shown}");
        }
    }
    let sensitive = "variables: { v: { sensitive: true, default: x } }\n";
    assert_eq!(found(&format!("{sensitive}accounts: {{ a: {{ profile: \"${{var.v}}\" }} }}\n")), ["E0502 4:30 var.v"]);
    assert_eq!(found(&format!("{sensitive}cens: {{ c: {{ account: \"${{var.v}}\" }} }}\n")), ["E0502 4:26 var.v"]);
}

#[test]
fn accounts_are_inherited() {
    let text = "version: 1\nprovider: { region: cn-hangzhou }\naccounts: { net: { profile: n }, app: { profile: a }, log: { profile: l } }\n\
        cens: { c: { account: net } }\ntransit_routers: { t: { cen: c }, u: { existing: tr-1, account: app, region: cn-beijing } }\n\
        attachments:\n  a: &vpc { type: vpc, transit_router: t, vpc_id: vpc-1, zone_mappings: [{ zone_id: z, vswitch_id: vsw-1 }] }\n\
        \x20 b: { <<: *vpc, vpc_id: vpc-2, account: app }\n  d: { existing: tr-attach-1, type: vpc, transit_router: u }\n\
        log_projects: { p: { name: my-project, account: log } }\nlogstores: { l: { project: p, name: store, ttl: 30 } }\n\
        flow_logs: { a: { attachment: a, logstore: l }, b: { attachment: b, logstore: l }, t: { transit_router: t, logstore: l },\n\
        \x20 d: { attachment: d, transit_router: u, destination: { project: abc, logstore: def } } }\n";
    let resources = loaded(text).stack.resources;
    let accounts: Vec<String> = resources
        .values()
        .map(|resource| format!("{} {}", resource.address, resource.account.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        accounts,
        [
            "cen.c net",
            "transit_router.t net",
            "transit_router.u app",
            "attachment.a net",
            "attachment.b app",
            "attachment.d app",
            "log_project.p log",
            "logstore.l log",
            "flow_log.a net",
            "flow_log.b app",
            "flow_log.d app",
            "flow_log.t net",
        ]
    );
}

#[test]
fn an_account_must_be_declared() {
    let rest = "accounts: { network: { profile: p } }\ncens:\n  c: { account: netwrok }\n";
    assert_eq!(found(rest), ["E0301 5:17 netwrok"]);
    assert_eq!(help(rest), "Did you mean network?");
    assert_eq!(help("cens: { c: { account: net } }\n"), "Declare it under accounts.");
    assert_eq!(found("cens: { c: { account: 3 } }\n"), ["E0202 3:23 3"]);
    assert_eq!(
        found("accounts: { a: { profile: p } }\ncens: { b: , c: { account: \"${cen.b.id}\" } }\n"),
        ["E0303 4:28 \"${cen.b.id}\""]
    );
    // An account with a problem is declared all the same.
    assert_eq!(found("accounts: { a: {} }\ncens: { c: { account: a } }\n"), ["E0203 3:13 a"]);
}

#[test]
fn a_secret_behind_a_mistyped_key_is_not_shown() {
    let shown = |stack: &str, file: &str| {
        let files = memory(&[("main.yaml", stack), ("secret.vars.yaml", file)]);
        let given = Given { var_files: vec!["secret.vars.yaml"], ..Given::default() };
        let problems = load_with(".", &files, &given).unwrap_err();
        let said: Vec<String> = problems.diagnostics.iter().map(|problem| format!("{problem:?}")).collect();
        format!("{}{}", problems.files.values().cloned().collect::<String>(), said.concat())
    };
    let open = "variables: { open: { type: string } }\n";
    let secret =
        "variables: { key: { type: string, sensitive: true, default: hushhushhush }, open: { type: string } }\n";
    for (rest, file) in [
        ("accounts: { a: { access_key_id: i, access_key_secrt: hushhushhush } }\n", ""),
        ("accounts: { a: { AccessKeySecret: hushhushhush } }\n", ""),
        ("accounts:\n  a:\n    access_key_idd: i\n    access_key_secret: |\n      hushhushhush\n", ""),
        ("accounts: { a: { access_key_id: i, access_key_secret: hushhushhush${var.open} } }\n", ""),
        (&secret.replace("sensitive: true", "sensitive: \"yes\""), ""),
        (&secret.replace("type: string", "type: strng"), ""),
        (secret, "key: [hushhushhush]\n"),
        (open, "kex: hushhushhush\n"),
    ] {
        let shown = shown(&format!("version: 1\n{rest}"), &format!("{file}open: in the open\n"));
        assert!(!shown.contains("hush") && shown.contains("open"), "{rest}{file}: {shown}");
    }
}
