//! What needs a cloud that others can reach too: another account, another hand, another process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use cenform::base::fs::{Access, Fs as _, OsFs};
use cenform::cloud::Api as _;
use cenform::cloud::request::{Product, Rpc};

use super::server::{Server, flow_log, held_by_grace, quickstart, signal};
use super::shell::{self, flat};

/// How an account other than the emulator's own calls.
const STRANGER: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID=strange ALIBABA_CLOUD_ACCESS_KEY_SECRET=strange";

/// Switches the flow log of a world off, as somebody at a console would, and waits until it is.
async fn switch_off(server: &Server) {
    let id = flow_log(&server.ask("world"))["FlowLogId"].as_str().unwrap().to_owned();
    let off = Rpc::write(Product::Cbn, "DeactiveFlowLog").param("FlowLogId", id).param("RegionId", "cn-hangzhou");
    server.client().call(&off.into()).await.unwrap();
    while flow_log(&server.ask("world"))["Status"] != "Inactive" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// S2: the status is always managed.
#[tokio::test]
async fn a_flow_log_that_somebody_switched_off_is_switched_on_again() {
    let server = Server::start(&["--settle", "50ms", "--seed", "7"]);
    let stack = quickstart();
    let apply = format!("cenform apply --endpoint {} --auto-approve", server.url());
    shell::expect(0, &apply, stack.path());
    switch_off(&server).await;

    let plan = format!("cenform plan --endpoint {} --detailed-exitcode", server.url());
    let text = shell::expect(2, &plan, stack.path());
    assert!(text.contains("~ status = \"Inactive\" -> \"Active\""), "{text}");
    assert!(text.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{text}");
    shell::expect(0, &apply, stack.path());
    assert_eq!(flow_log(&server.ask("world"))["Status"], "Active");
    shell::expect(0, &plan, stack.path());
}

/// S16: with exit 5.
#[tokio::test]
async fn a_saved_plan_is_refused_when_the_cloud_has_moved_since() {
    let server = Server::start(&["--settle", "20ms"]);
    let stack = quickstart();
    let run = |command: &str| format!("cenform {command} --endpoint {}", server.url());
    shell::expect(0, &run("apply --auto-approve"), stack.path());
    let edit = "sed -i.before 's/interval: 60/interval: 600/' cenform.yaml";
    shell::expect(0, edit, stack.path());
    shell::expect(0, &run("plan --out made.plan"), stack.path());
    switch_off(&server).await;

    let text = shell::expect(5, &run("apply made.plan"), stack.path());
    assert!(text.contains("flow_log.app") && text.contains("status"), "{text}");
    assert_eq!(flow_log(&server.ask("world"))["Interval"], 60);
}

/// S7, S22: another account is exit 5.
#[test]
fn a_plan_and_a_state_are_refused_in_another_account() {
    let key = "strange:strange:2000000000000002";
    let (ours, theirs) = (Server::start(&[]), Server::start(&["--access-key", key]));
    let stack = quickstart();
    let made = format!("cenform plan --endpoint {} --out made.plan", ours.url());
    shell::expect(0, &made, stack.path());
    let strange = format!("{STRANGER} cenform apply --endpoint {}", theirs.url());
    let text = shell::expect(5, &format!("{strange} made.plan"), stack.path());
    assert!(flat(&text).contains("belongs to the account 1000000000000001"), "{text}");
    assert!(!stack.path().join("cenform.state.json").exists());

    shell::expect(0, &format!("cenform apply --endpoint {} made.plan", ours.url()), stack.path());
    let state = fs::read(stack.path().join("cenform.state.json")).unwrap();
    for command in [format!("{strange} --auto-approve"), strange.replace(" apply ", " plan ")] {
        let text = shell::expect(5, &command, stack.path());
        assert!(flat(&text).contains("belongs to the account 1000000000000001"), "{text}");
        assert_eq!(fs::read(stack.path().join("cenform.state.json")).unwrap(), state);
    }
    let calls = theirs.ask("calls");
    assert!(calls.as_object().unwrap().keys().all(|action| action == "GetCallerIdentity"), "{calls}");
}

/// S22: an emulator and the cloud are kept apart.
#[test]
fn a_plan_of_an_emulator_is_refused_at_the_cloud_before_any_call() {
    let stack = quickstart();
    shell::expect(0, "cenform plan --emulator --out made.plan", stack.path());
    // Nothing is behind this proxy, and nothing may need it.
    let nowhere = format!("HTTPS_PROXY=http://127.0.0.1:9 {STRANGER}");
    let text = shell::expect(5, &format!("{nowhere} cenform apply made.plan"), stack.path());
    assert!(flat(&text).contains("belongs to an emulator, and this run talks to Alibaba Cloud"), "{text}");
    shell::expect(0, "cenform apply --emulator made.plan", stack.path());
    let text = shell::expect(5, &format!("{nowhere} cenform plan"), stack.path());
    assert!(flat(&text).contains("belongs to an emulator, and this run talks to Alibaba Cloud"), "{text}");
}

/// S28
#[test]
fn an_apply_that_fails_part_way_lists_what_is_left_and_goes_on_later() {
    let stack = quickstart();
    let data = stack.path().join("world.json");
    let data = data.to_str().unwrap();
    let server = Server::start(&["--data", data, "--settle", "0"]);
    server.refuse(&["CreateTransitRouter"], "Forbbiden.TransitRouterServiceNotOpen", 400);
    let text = shell::expect(3, &format!("cenform apply --endpoint {} --auto-approve", server.url()), stack.path());
    assert!(text.contains("Forbbiden.TransitRouterServiceNotOpen"), "{text}");
    assert!(text.contains("in transit_router.hz"), "{text}");
    let (_, left) = text.split_once("Not done:\n").unwrap();
    let left: Vec<&str> = left.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(
        left,
        [
            "  - attachment.app (create): it waits for the create of transit_router.hz",
            "  - attachment.data (create): it waits for the create of transit_router.hz",
            "  - flow_log.app (create): it waits for the create of attachment.app",
        ]
    );
    assert!(text.contains("Resources: 3 added, 0 changed, 0 destroyed, 1 failed, 3 not done."), "{text}");
    let listed = shell::expect(0, "cenform state list", stack.path());
    assert_eq!(listed, "cen.backbone\nlog_project.netflow\nlogstore.tr\n");
    server.terminate();

    let server = Server::start(&["--data", data, "--latency", "1ms"]);
    let text = shell::expect(0, &format!("cenform apply --endpoint {} --auto-approve", server.url()), stack.path());
    assert!(text.contains("Apply complete! Resources: 4 added, 0 changed, 0 destroyed."), "{text}");
}

#[test]
fn an_interrupted_apply_ends_its_calls_but_no_waits_and_goes_on_later() {
    let server = Server::start(&["--settle", "2s"]);
    let stack = quickstart();
    let line = format!("exec cenform apply --endpoint {} --auto-approve", server.url());
    let mut child = shell::command(&line, stack.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "transit_router.hz: Creating..."));
    signal("INT", child.id());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(!rest.iter().any(|line| line.starts_with("transit_router.hz: Creation complete")), "{rest:?}");
    assert!(!rest.iter().any(|line| line.ends_with(": Creating...")), "{rest:?}");

    let text = shell::expect(0, "cenform state list", stack.path());
    assert_eq!(text, "cen.backbone\ntransit_router.hz\n");
    let text = shell::expect(0, &line, stack.path());
    assert!(text.contains("transit_router.hz: Waiting complete"), "{text}");
    assert!(text.contains("Apply complete! Resources: 5 added, 0 changed, 0 destroyed."), "{text}");
}

#[test]
fn of_two_applies_at_once_one_works_and_the_other_names_it() {
    // So slow that the one that works is still reading when the other has given up.
    let server = Server::start(&["--latency", "2s"]);
    let stack = quickstart();
    let line = format!("exec cenform apply --endpoint {} --auto-approve", server.url());
    let start = || shell::command(&line, stack.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..20 {
        let (mut loser, mut winner) = (start(), start());
        while loser.try_wait().unwrap().is_none() {
            std::mem::swap(&mut loser, &mut winner);
            std::thread::sleep(Duration::from_millis(5));
        }
        // What the killed one leaves behind must not be named in the next race.
        let name = format!("(process {})", winner.id());
        winner.kill().unwrap();
        winner.wait().unwrap();
        let ended = loser.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(4), "{said}");
        assert!(flat(&said).contains(&name), "{name}: {said}");
    }
}

#[test]
fn of_two_applies_at_once_the_one_that_works_does_all_of_it() {
    let server = Server::start(&["--latency", "200ms"]);
    let stack = quickstart();
    let line = format!("exec cenform apply --endpoint {} --auto-approve", server.url());
    let start = || shell::command(&line, stack.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut codes = [start(), start()].map(|mut child| child.wait().unwrap().code());
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(4)]);
    assert_eq!(shell::expect(0, "cenform state list", stack.path()).lines().count(), 7);
    assert_eq!(server.ask("world")["Cens"].as_array().unwrap().len(), 1);
    shell::expect(0, &format!("cenform plan --endpoint {} --detailed-exitcode", server.url()), stack.path());
}

#[tokio::test]
async fn a_state_that_somebody_holds_is_not_touched() {
    let stack = quickstart();
    let held = held_by_grace(stack.path()).await;
    let apply = "cenform apply --emulator --auto-approve";
    for command in [apply, "cenform apply --emulator --auto-approve --lock-timeout 100ms"] {
        let text = shell::expect(4, command, stack.path());
        assert!(flat(&text).contains("grace@elsewhere (process 4711) began \"apply\""), "{text}");
        assert!(text.contains("--lock-timeout"), "{text}");
    }
    shell::expect(0, "cenform plan --emulator", stack.path());

    let waiting = "exec cenform apply --emulator --auto-approve --lock-timeout 1m";
    let mut command = shell::command(waiting, stack.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.find(|line| line.starts_with("Waiting up to ")).unwrap();
    assert!(told.contains("s more for the lock on ./cenform.state.json: grace@elsewhere"), "{told}");
    drop(held);
    let rest: Vec<String> = lines.collect();
    let ended = child.wait_with_output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success() && text.contains("Apply complete! Resources: 7 added"), "{text}\n{rest:#?}");
}

#[test]
fn a_run_that_is_stuck_is_relieved_and_spoils_nothing_when_it_wakes() {
    // So slow that it is not at its end when it is stopped, however busy the machine is.
    let server = Server::start(&["--settle", "2s", "--latency", "20ms"]);
    let stack = quickstart();
    let apply = format!("exec cenform apply --auto-approve --endpoint {}", server.url());
    let mut stuck = shell::command(&apply, stack.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(stuck.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("cen.backbone: Creation complete")));
    let progress = stack.path().join(".cenform/cenform.state.json/progress.json");
    while !progress.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    signal("STOP", stuck.id());

    let refused = flat(&shell::expect(4, &apply, stack.path()));
    assert!(refused.contains(" of 7 operations done"), "{refused}");
    let id = refused.split("cenform unlock ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let other = flat(&shell::expect(4, "exec cenform unlock somebody", stack.path()));
    assert!(other.contains(&format!("cenform unlock {id}")), "{other}");
    let line = format!("cenform unlock {id} --state ./cenform.state.json");
    assert!(refused.contains(&line), "{refused}");
    let told = shell::expect(0, &line, stack.path());
    assert!(told.contains("and can write no more"), "{told}");
    let none = flat(&shell::expect(1, &format!("cenform unlock {id}"), stack.path()));
    assert!(none.contains("./cenform.state.json is not locked"), "{none}");

    shell::expect(0, &apply, stack.path());
    signal("CONT", stuck.id());
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(stuck.wait().unwrap().code(), Some(3), "{said:#?}");
    assert!(said.join(" ").contains("The lock on the state was lost"), "{said:#?}");
    let plan = format!("cenform plan --detailed-exitcode --endpoint {}", server.url());
    shell::expect(0, &plan, stack.path());
}

#[test]
fn a_state_that_cannot_be_written_any_more_is_rescued() {
    let server = Server::start(&["--settle", "2s"]);
    let stack = quickstart();
    let apply = format!("exec cenform apply --auto-approve --state kept/s.json --endpoint {}", server.url());
    let rescue = tempfile::tempdir().unwrap();
    let [kept, away, file] = ["kept", "away", "file"].map(|name| stack.path().join(name));
    fs::create_dir(&away).unwrap();
    std::os::unix::fs::symlink(&away, &kept).unwrap();
    OsFs.replace(&file, b"a file where the folder was", Access::Umask).unwrap();
    let mut command = shell::command(&apply, stack.path());
    let mut child = command.env("TMPDIR", rescue.path()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("cen.backbone: Creation complete")));
    fs::rename(&file, &kept).unwrap();
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said:#?}");
    let rescued: Vec<_> = fs::read_dir(rescue.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let [rescued] = rescued.as_slice() else { panic!("{rescued:?} {said:#?}") };
    assert!(flat(&said.join("\n")).contains(&format!("is in {}", rescued.display())), "{said:#?}");

    fs::remove_file(&kept).unwrap();
    fs::create_dir(&kept).unwrap();
    fs::copy(rescued, kept.join("s.json")).unwrap();
    shell::expect(0, &apply, stack.path());
    assert_eq!(server.ask("world")["Cens"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_stopped_at_once_leaves_the_embedded_emulator_as_the_state_knows_it() {
    let stack = quickstart();
    let line = "exec cenform apply --emulator --auto-approve";
    let mut child = shell::command(line, stack.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let journal = stack.path().join(".cenform/cenform.state.json/journal");
    assert!(lines.any(|line| line.unwrap() == "transit_router.hz: Creating..."));
    // The router is in the world once its id is in the journal.
    while !fs::read_to_string(&journal).unwrap().contains("\"id\":\"tr-") {
        std::thread::sleep(Duration::from_millis(2));
    }
    // At once, or the run has ended by the first; two of a kind would be one.
    signal("INT", child.id());
    signal("TERM", child.id());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.last().unwrap().starts_with("Stopped. "), "{rest:?}");
    let world = fs::read(stack.path().join(".cenform/emulator.json")).unwrap();
    let world: serde_json::Value = serde_json::from_slice(&world).unwrap();
    assert_eq!(world["TransitRouters"].as_array().unwrap().len(), 1);
    shell::expect(0, line, stack.path());
}

#[test]
fn the_clock_of_an_emulator_can_be_stopped() {
    let server = Server::start(&["--clock", "2020-01-01T00:00:00Z"]);
    let text = shell::expect(1, &format!("cenform plan --endpoint {}", server.url()), quickstart().path());
    assert!(text.contains("InvalidTimeStamp.Expired"), "{text}");
}

#[test]
fn an_apply_gets_through_a_cloud_that_is_unkind_in_every_way() {
    let stack = quickstart();
    let faults = stack.path().join("faults.json");
    let lost = br#"[{ "action": "CreateTransitRouter", "nth": 1, "then": "drop_reply" }]"#;
    OsFs.replace(&faults, lost, Access::Umask).unwrap();
    let faults = faults.to_str().unwrap();
    let server = Server::start(&[
        "--faults",
        faults,
        "--settle",
        "1500ms",
        "--rate-limit",
        "1/s",
        "--stale",
        "1s",
        "--write-domains",
    ]);
    let run = |command: &str| format!("cenform {command} --endpoint {} --parallelism 4 --verbose", server.url());
    let text = shell::expect(0, &run("apply --auto-approve"), stack.path());
    assert!(text.contains("Apply complete! Resources: 7 added, 0 changed, 0 destroyed."), "{text}");
    for code in ["Throttling.User", "Operation.Blocking"] {
        assert!(text.contains(&format!("code=\"{code}\"")), "{code} did not come:\n{text}");
    }
    let world = server.ask("world");
    assert_eq!(world["TransitRouters"].as_array().unwrap().len(), 1, "the lost answer made no second router");
    shell::expect(0, &run("plan --detailed-exitcode"), stack.path());
    shell::expect(0, &run("destroy --auto-approve"), stack.path());
    assert_eq!(server.ask("world")["FlowLogs"], serde_json::json!([]));
}
