//! What is looked at before a plan is begun, on clouds that are not ready for it.

use std::process::Stdio;
use std::time::Duration;

use cenform::base::fs::{Access, Fs as _, OsFs};

use super::server::{Server, quickstart};
use super::shell::{self, flat};

/// How often each action was called, but for who calls.
fn calls(server: &Server) -> Vec<(String, u64)> {
    let calls = server.ask("calls");
    let all = calls.as_object().unwrap().iter().map(|(action, count)| (action.clone(), count.as_u64().unwrap()));
    all.filter(|(action, _)| action != "GetCallerIdentity").collect()
}

#[test]
fn a_plan_that_creates_looks_once_at_each_thing_and_one_that_does_not_looks_at_none() {
    let server = Server::start(&["--settle", "20ms"]);
    let stack = quickstart();
    let run = |command: &str| shell::expect(0, &format!("cenform {command} --endpoint {}", server.url()), stack.path());
    run("plan");
    let looks = ["CheckTransitRouterService", "DescribeChildInstanceRegions", "GetProject", "GetRole"];
    assert_eq!(calls(&server), looks.map(|look| (look.to_owned(), 1)));

    // The names that were looked up are not looked up again before the first write.
    run("plan --out made.plan");
    run("apply made.plan");
    let after = calls(&server);
    let count = |action: &str| after.iter().find(|(called, _)| called == action).unwrap().1;
    assert_eq!(looks[..2].iter().map(|look| count(look)).collect::<Vec<_>>(), [3, 3]);
    run("plan");
    run("plan --destroy");
    let later = calls(&server);
    for look in ["CheckTransitRouterService", "DescribeChildInstanceRegions", "GetRole"] {
        assert!(later.contains(&(look.to_owned(), 3)), "{later:?}");
    }
}

#[test]
fn all_that_is_missing_is_told_together_and_before_the_first_write() {
    let server = Server::start(&["--set", "transit_router_service=closed", "--set", "log_service=closed"]);
    let stack = quickstart();
    for command in ["plan --out made.plan", "apply --auto-approve"] {
        let text = shell::expect(1, &format!("cenform {command} --endpoint {}", server.url()), stack.path());
        assert!(text.contains("Error: The transit router service is not activated [E0805]"), "{text}");
        assert!(text.contains("Error: Log Service is not activated [E0805]\n  in log_project.netflow"), "{text}");
        assert!(flat(&text).contains("Activate it once in the CEN console"), "{text}");
    }
    assert!(!stack.path().join("made.plan").exists() && !stack.path().join("cenform.state.json").exists());
    assert!(calls(&server).iter().all(|(action, _)| !action.starts_with("Create")), "{:?}", calls(&server));
}

#[test]
fn a_store_that_is_named_by_text_needs_log_service_too() {
    let server = Server::start(&["--set", "log_service=closed"]);
    let stack = tempfile::tempdir().unwrap();
    let text = "version: 1\nprovider: { region: cn-hangzhou }\ncens: { a: {} }\ntransit_routers: { hz: { cen: a } }\n\
        flow_logs: { hz: { transit_router: hz, destination: { project: netflow-7f3a, logstore: tr-flow } } }\n";
    OsFs.replace(&stack.path().join("stack.yaml"), text.as_bytes(), Access::Umask).unwrap();
    let apply = format!("cenform apply --auto-approve --endpoint {}", server.url());
    let text = shell::expect(1, &apply, stack.path());
    assert!(text.contains("Error: Log Service is not activated [E0805]\n  in flow_log.hz"), "{text}");
    assert!(calls(&server).iter().all(|(action, _)| !action.starts_with("Create")), "{:?}", calls(&server));
}

#[test]
fn a_saved_plan_is_looked_at_again() {
    let server = Server::start(&["--settle", "20ms"]);
    let stack = quickstart();
    shell::expect(0, &format!("cenform plan --endpoint {} --out made.plan", server.url()), stack.path());
    server.refuse(&["CheckTransitRouterService"], "USER_NOT_OPEN_TR_SERVICE", 400);
    let text = shell::expect(1, &format!("cenform apply --endpoint {} made.plan", server.url()), stack.path());
    assert!(text.contains("USER_NOT_OPEN_TR_SERVICE") && text.contains("[E0805]"), "{text}");
    assert!(calls(&server).iter().all(|(action, _)| !action.starts_with("Create")), "{:?}", calls(&server));
}

#[test]
fn a_missing_role_is_a_warning() {
    let server = Server::start(&["--set", "flow_log_role=refused", "--settle", "20ms"]);
    let stack = quickstart();
    let text = shell::expect(0, &format!("cenform plan --endpoint {}", server.url()), stack.path());
    assert!(text.contains("Warning: The service-linked role of flow logs is not there yet [W0801]"), "{text}");
    assert!(flat(&text).contains("ram:CreateServiceLinkedRole for flowlog.cen.aliyuncs.com"), "{text}");
    let json = shell::expect(0, &format!("cenform plan --json --endpoint {}", server.url()), stack.path());
    assert!(json.contains(r#""severity":"warning""#) && json.contains("W0801"), "{json}");
    // It was right: the apply goes on as far as it can.
    let text = shell::expect(3, &format!("cenform apply --auto-approve --endpoint {}", server.url()), stack.path());
    assert!(text.contains("NoPermission.AliyunServiceRoleForTRFlowLog"), "{text}");
}

#[test]
fn what_cannot_be_looked_up_stands_in_nobody_s_way() {
    let server = Server::start(&["--settle", "20ms"]);
    let stack = quickstart();
    server.refuse(&["CheckTransitRouterService", "DescribeChildInstanceRegions", "GetRole"], "NoPermission", 403);
    let text = shell::expect(0, &format!("cenform apply --auto-approve --endpoint {}", server.url()), stack.path());
    assert!(text.contains("Apply complete!") && !text.contains("Warning"), "{text}");
}

#[test]
fn what_an_interrupted_run_may_have_made_itself_is_in_nobody_s_way() {
    let stack = tempfile::tempdir().unwrap();
    let text = "version: 1\nprovider: { region: cn-hangzhou }\nlog_projects: { p: { name: netflow-7f3a } }\n";
    OsFs.replace(&stack.path().join("cenform.yaml"), text.as_bytes(), Access::Umask).unwrap();
    let faults = stack.path().join("faults.json");
    let held = br#"[{"action": "CreateProject", "nth": 1, "then": {"delay": "1m"}}]"#;
    OsFs.replace(&faults, held, Access::Umask).unwrap();
    let server = Server::start(&["--faults", faults.to_str().unwrap()]);
    let apply = format!("exec cenform apply --endpoint {} --auto-approve", server.url());
    let mut run = shell::command(&apply, stack.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while server.ask("calls")["CreateProject"].is_null() {
        std::thread::sleep(Duration::from_millis(10));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let planned = shell::expect(0, &format!("cenform plan --endpoint {}", server.url()), stack.path());
    assert!(planned.contains("1 outcome unknown, apply will settle it."), "{planned}");
    let applied = shell::expect(0, &format!("{apply} --lock-timeout 10s"), stack.path());
    assert!(applied.contains("Recovered 1 operation from an interrupted apply."), "{applied}");
}
