//! All types of attachment and both ends of a connection: nothing is lost, whenever a run ends.

use std::time::Duration;

use cenform::emulator::options::Options;
use serde_json::json;
use tokio::time::Instant;

use super::bench::{Bench, Crash, Ended, address, lines};
use super::picture::{assert_nothing, assert_world, picture};
use super::runs::{Run, applied, killed};

/// Every type of attachment. One VPC is another account's.
const STACK: &str = r"
version: 1
provider: { region: cn-hangzhou }
accounts: { app: { profile: app }, ops: { profile: ops } }
cens: { backbone: { name: backbone } }
transit_routers:
  hz: { cen: backbone, name: hz, cidrs: [ { cidr: 10.255.0.0/24 } ] }
  sh: { cen: backbone, name: sh, region: cn-shanghai }
attachments:
  app:
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1h8vbrbcgohcju5abcd
    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]
    owner: app
    grant: true
    payer: resource_owner
  mesh:
    type: peer
    transit_router: hz
    peer: sh
    bandwidth: 100
    bandwidth_type: DataTransfer
    flow_logs: { here: { logstore: hz }, there: { logstore: sh } }
  line: { type: vbr, transit_router: hz, vbr_id: vbr-bp1q5kfzj2aqvzdb7abcd }
  office: { type: vpn, transit_router: hz, vpn_id: vco-bp1u4m9kd0ay3sgqoabcd }
  partners: { type: ecr, transit_router: sh, ecr_id: ecr-mezk2idmsd0vx2abcd }
log_projects:
  hz: { name: netflow-hz-7f3a }
  sh: { name: netflow-sh-7f3a, region: cn-shanghai }
logstores:
  hz: { project: hz, name: tr-flow, ttl: 180, index: flow_log }
  sh: { project: sh, name: tr-flow, ttl: 180 }
flow_logs:
  app: { attachment: app, logstore: hz }
  office: { attachment: office, logstore: hz }
";

/// What the stack makes.
const WORLD: [&str; 17] = [
    "ECR ecr-mezk2idmsd0vx2abcd of 1000000000000001 on sh, PayByCenOwner",
    "TR sh on hz, 100 Mbit/s",
    "VBR vbr-bp1q5kfzj2aqvzdb7abcd of 1000000000000001 on hz, PayByCenOwner",
    "VPC vpc-bp1h8vbrbcgohcju5abcd of 1000000000000002 on hz, PayByResourceOwner",
    "VPN vco-bp1u4m9kd0ay3sgqoabcd of 1000000000000001 on hz, PayByCenOwner",
    "cen backbone",
    "grant of vpc-bp1h8vbrbcgohcju5abcd of 1000000000000002 to backbone",
    "log of TR sh at hz to netflow-hz-7f3a, Active",
    "log of TR sh at sh to netflow-sh-7f3a, Active",
    "log of VPC vpc-bp1h8vbrbcgohcju5abcd at hz to netflow-hz-7f3a, Active",
    "log of VPN vco-bp1u4m9kd0ay3sgqoabcd at hz to netflow-hz-7f3a, Active",
    "project netflow-hz-7f3a in cn-hangzhou",
    "project netflow-sh-7f3a in cn-shanghai",
    "router hz in cn-hangzhou with 10.255.0.0/24",
    "router sh in cn-shanghai with ",
    "store tr-flow of netflow-hz-7f3a with 15 fields",
    "store tr-flow of netflow-sh-7f3a with 0 fields",
];

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_is_killed_anywhere_is_finished_by_the_next() {
    let left = killed(None, Run::Apply(STACK)).await;
    assert!((36..50).contains(&left.len()), "{}", left.len());
    for (crash, bench) in left {
        bench.apply(STACK).await.complete();
        assert_world(&bench, STACK, WORLD, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_killed_anywhere_is_finished_by_the_next() {
    for (crash, bench) in killed(Some(STACK), Run::Destroy(STACK)).await {
        bench.destroy(STACK).await.complete();
        assert_nothing(&bench, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_apply_has_made_and_granted_is_destroyed() {
    for (crash, bench) in killed(None, Run::Apply(STACK)).await {
        bench.pass(Duration::from_secs(1)).await;
        let mut ended = bench.destroy(STACK).await;
        if let Ended::Questions(questions) = &ended {
            assert_eq!(questions[0].intent.address, address("cen.backbone"), "{crash:?}");
            bench.apply(STACK).await.complete();
            ended = bench.destroy(STACK).await;
        }
        ended.complete();
        assert_nothing(&bench, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_call_is_made_good_at_once() {
    let made = [
        "CreateTransitRouterVpcAttachment",
        "CreateTransitRouterVbrAttachment",
        "CreateTransitRouterVpnAttachment",
        "CreateTransitRouterEcrAttachment",
        "CreateTransitRouterPeerAttachment",
        "CreateFlowlog",
        "GrantInstanceToTransitRouter",
    ];
    let gone = [
        "DeleteTransitRouterVpcAttachment",
        "DeleteTransitRouterVbrAttachment",
        "DeleteTransitRouterVpnAttachment",
        "DeleteTransitRouterEcrAttachment",
        "DeleteTransitRouterPeerAttachment",
        "DeleteFlowlog",
        "RevokeInstanceFromTransitRouter",
    ];
    for then in ["drop_reply", "drop_request"] {
        // The index is made by a call that has no action in its query.
        for action in made.into_iter().chain(["CreateIndex"]) {
            let bench = Bench::new();
            bench.faults(&json!([{ "action": action, "nth": 1, "then": then }]));
            bench.apply(STACK).await.complete();
            assert!(action == "CreateIndex" || !bench.sent(action).is_empty(), "{action}");
            assert_world(&bench, STACK, WORLD, &format!("{action} {then}")).await;
        }
        for action in gone {
            let bench = applied(STACK).await;
            bench.faults(&json!([{ "action": action, "nth": 1, "then": then }]));
            let begun = Instant::now();
            bench.destroy(STACK).await.complete();
            assert!(!bench.sent(action).is_empty(), "{action}");
            assert!(begun.elapsed().as_secs() < 30, "{action} {then}: {:?}", begun.elapsed());
            assert_nothing(&bench, &format!("{action} {then}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_whatever_is_dropped() {
    for seed in 0..8 {
        let bench = Bench::with(&Options { seed, ..Options::default() });
        bench.faults(&json!([
            { "action": "*", "probability": 0.1, "then": "drop_reply" },
            { "action": "*", "probability": 0.1, "then": "drop_request" },
            { "action": "*", "probability": 0.05, "then": { "throttle": true } },
            { "action": "*", "probability": 0.05, "then": { "error": "InternalError", "http": 500 } },
        ]));
        for run in [Run::Apply(STACK), Run::Destroy(STACK)] {
            let mut runs = 0;
            while let (_, outcome) = run.on(&bench).await.done()
                && !outcome.is_complete()
            {
                runs += 1;
                assert!(runs < 10, "seed {seed}: {outcome:#?}");
            }
            match run {
                Run::Apply(_) => assert_eq!(picture(&bench), WORLD, "seed {seed}"),
                Run::Destroy(_) => assert_nothing(&bench, &format!("seed {seed}")).await,
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_are_killed_again_and_again_come_to_the_end() {
    for kill in [Crash::Before, Crash::After] {
        let bench = Bench::new();
        for run in [Run::Apply(STACK), Run::Destroy(STACK)] {
            for round in 0.. {
                bench.crash_at(Some(kill(2 + round % 5)));
                let Ended::Crashed = run.on(&bench).await else { break };
                assert!(round < 40, "{run:?}");
                bench.pass(Duration::from_secs(1)).await;
            }
            bench.crash_at(None);
            run.on(&bench).await.complete();
            match run {
                Run::Apply(_) => assert_world(&bench, STACK, WORLD, "in the end").await,
                Run::Destroy(_) => assert_nothing(&bench, "in the end").await,
            }
        }
    }
}

/// Applies the stack again to a world that somebody has changed. What the plan says to have drifted, and what it does.
async fn mended(bench: &Bench, at: &str) -> (Vec<String>, Vec<String>) {
    let plan = bench.apply(STACK).await.complete();
    assert_world(bench, STACK, WORLD, at).await;
    (plan.drift.iter().map(|drift| drift.address.to_string()).collect(), lines(&plan))
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_is_changed_back() {
    let bench = applied(STACK).await;
    let mesh = bench.id("attachment.mesh").await;
    let slow = [("TransitRouterAttachmentId", mesh.as_str()), ("Bandwidth", "50")];
    bench.call(None, "UpdateTransitRouterPeerAttachmentAttribute", &slow).await;
    let there = bench.id(r#"flow_log.mesh["there"]"#).await;
    bench.call(None, "DeactiveFlowLog", &[("FlowLogId", &there), ("RegionId", "cn-shanghai")]).await;
    let (drift, done) = mended(&bench, "changed").await;
    assert_eq!(drift, ["attachment.mesh", r#"flow_log.mesh["there"]"#]);
    assert_eq!(done, ["Update attachment.mesh", r#"Update flow_log.mesh["there"]"#]);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_deleted_is_made_again() {
    for (attachment, kind, logs) in [
        ("attachment.line", "Vbr", &[][..]),
        ("attachment.office", "Vpn", &["flow_log.office"]),
        ("attachment.partners", "Ecr", &[]),
        ("attachment.mesh", "Peer", &[r#"flow_log.mesh["here"]"#, r#"flow_log.mesh["there"]"#]),
        ("attachment.app", "Vpc", &["flow_log.app"]),
    ] {
        let bench = applied(STACK).await;
        for log in logs {
            let region = if log.contains("there") { "cn-shanghai" } else { "cn-hangzhou" };
            bench.call(None, "DeleteFlowlog", &[("FlowLogId", &bench.id(log).await), ("RegionId", region)]).await;
        }
        let delete = format!("DeleteTransitRouter{kind}Attachment").leak();
        bench.call(None, delete, &[("TransitRouterAttachmentId", &bench.id(attachment).await)]).await;
        let (drift, done) = mended(&bench, attachment).await;
        let gone: Vec<&str> = [attachment].into_iter().chain(logs.iter().copied()).collect();
        assert_eq!(drift, gone);
        assert_eq!(done, gone.iter().map(|address| format!("Create {address}")).collect::<Vec<_>>());
    }
}
