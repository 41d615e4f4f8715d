//! A network of another account, which its owner grants: no grant is lost, and none is left, whenever a run ends.

use std::time::Duration;

use cenform::emulator::options::Options;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::bench::{Bench, Ended, address, lines};
use super::picture::{assert_nothing, assert_world};
use super::runs::{Run, applied, killed};

/// A VPC of another account with a flow log.
const STACK: &str = r"
version: 1
provider: { region: cn-hangzhou }
accounts: { app: { profile: app }, ops: { profile: ops } }
cens: { backbone: { name: backbone } }
transit_routers: { hz: { cen: backbone, name: hz } }
attachments:
  app:
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1h8vbrbcgohcju5abcd
    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]
    owner: app
    grant: true
    payer: resource_owner
log_projects: { hz: { name: netflow-hz-7f3a } }
logstores: { hz: { project: hz, name: tr-flow, ttl: 180 } }
flow_logs: { app: { attachment: app, logstore: hz } }
";

/// What the stack makes.
const WORLD: [&str; 7] = [
    "VPC vpc-bp1h8vbrbcgohcju5abcd of 1000000000000002 on hz, PayByResourceOwner",
    "cen backbone",
    "grant of vpc-bp1h8vbrbcgohcju5abcd of 1000000000000002 to backbone",
    "log of VPC vpc-bp1h8vbrbcgohcju5abcd at hz to netflow-hz-7f3a, Active",
    "project netflow-hz-7f3a in cn-hangzhou",
    "router hz in cn-hangzhou with ",
    "store tr-flow of netflow-hz-7f3a with 0 fields",
];

/// The stack without the attachment and its flow log, and what that makes.
fn without_app() -> (String, Vec<&'static str>) {
    let (before, rest) = STACK.split_once("attachments:\n").unwrap();
    let (_, after) = rest.split_once("payer: resource_owner\n").unwrap();
    let (after, _) = after.split_once("flow_logs:").unwrap();
    (format!("{before}{after}"), WORLD.into_iter().filter(|line| !line.contains("vpc-")).collect())
}

/// How many grants there are.
fn grants(bench: &Bench) -> usize {
    bench.world()["Grants"].as_array().unwrap().len()
}

/// What the owner of the VPC says to grant it to a CEN, or to revoke that.
fn rule(cen: &str) -> [(&'static str, &str); 5] {
    [
        ("CenId", cen),
        ("CenOwnerId", "1000000000000001"),
        ("InstanceType", "VPC"),
        ("InstanceId", "vpc-bp1h8vbrbcgohcju5abcd"),
        ("RegionId", "cn-hangzhou"),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_is_killed_anywhere_revokes_the_old_grant_only() {
    let (vpc, other_vpc) = ("vpc-bp1h8vbrbcgohcju5abcd", "vpc-bp1nwd16gvo1wgs5abcde");
    let elsewhere = STACK.replace(vpc, other_vpc);
    let of_ops = STACK.replace("owner: app", "owner: ops");
    let both = elsewhere.replace("owner: app", "owner: ops");
    let first = "lifecycle: { create_before_destroy: true }";
    let create_first = both
        .replace("    type: vpc\n", &format!("    {first}\n    type: vpc\n"))
        .replace("app: { attachment: app,", &format!("app: {{ {first}, attachment: app,"));
    for (yaml, vpc, owner) in [
        (&elsewhere, other_vpc, "1000000000000002"),
        (&of_ops, vpc, "1000000000000003"),
        (&both, other_vpc, "1000000000000003"),
        (&create_first, other_vpc, "1000000000000003"),
    ] {
        let expected = WORLD.map(|line| {
            let of = format!("{vpc} of {owner}");
            line.replace("vpc-bp1h8vbrbcgohcju5abcd of 1000000000000002", &of).replace("vpc-bp1h8vbrbcgohcju5abcd", vpc)
        });
        let left = killed(Some(STACK), Run::Apply(yaml)).await;
        assert!(left.len() >= 10, "{vpc} {owner}: {}", left.len());
        for (crash, bench) in left {
            bench.pass(Duration::from_secs(1)).await;
            bench.apply(yaml).await.complete();
            assert_world(&bench, yaml, &expected, &format!("{vpc} {owner} {crash:?}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_is_killed_anywhere_revokes_the_grant() {
    let (yaml, world) = without_app();
    for (crash, bench) in killed(Some(STACK), Run::Apply(&yaml)).await {
        bench.apply(&yaml).await.complete();
        assert_world(&bench, &yaml, &world, &format!("{crash:?}")).await;
    }
}

/// A refusal of every attach of a VPC, which no retry helps against.
fn refused() -> Json {
    let full = json!({ "error": "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter", "http": 400 });
    json!({ "action": "CreateTransitRouterVpcAttachment", "every": 1, "then": full })
}

#[tokio::test(start_paused = true)]
async fn the_grant_for_what_is_refused_is_revoked() {
    let bench = Bench::new();
    bench.faults(&json!([refused()]));
    let (_, outcome) = bench.apply(STACK).await.done();
    assert_eq!(outcome.failures.len(), 1, "{outcome:#?}");
    assert_eq!(grants(&bench), 0);
    bench.faults(&json!([]));
    bench.apply(STACK).await.complete();
    assert_world(&bench, STACK, WORLD, "then").await;
}

/// A refusal of every revoking.
fn unrevoked() -> Json {
    let forbidden = json!({ "error": "Forbidden.RAM", "http": 403 });
    json!({ "action": "RevokeInstanceFromTransitRouter", "every": 1, "then": forbidden })
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_could_not_be_taken_back_is_not_forgotten() {
    let with_app = (STACK.to_owned(), WORLD.to_vec());
    for (yaml, world) in [with_app, without_app()] {
        let bench = Bench::new();
        bench.faults(&json!([refused(), unrevoked()]));
        let (_, outcome) = bench.apply(STACK).await.done();
        let told = &outcome.failures[0].problem.detail;
        assert!(told.contains("What was granted for it stays: "), "{told}");
        assert_eq!(grants(&bench), 1);
        bench.faults(&json!([]));
        bench.apply(&yaml).await.complete();
        assert_world(&bench, &yaml, world, "then").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_apply_has_granted_is_revoked_if_it_is_wanted_no_more() {
    let (yaml, world) = without_app();
    for (crash, bench) in killed(None, Run::Apply(STACK)).await {
        bench.pass(Duration::from_secs(1)).await;
        bench.apply(&yaml).await.complete();
        assert_world(&bench, &yaml, &world, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_apply_has_granted_is_used_under_another_name() {
    let yaml = STACK.replace("  app:\n", "  renamed:\n").replace("attachment: app", "attachment: renamed");
    for (crash, bench) in killed(None, Run::Apply(STACK)).await {
        bench.pass(Duration::from_secs(1)).await;
        bench.apply(&yaml).await.complete();
        assert_world(&bench, &yaml, WORLD, &format!("{crash:?}")).await;
        bench.destroy(&yaml).await.complete();
        assert_nothing(&bench, &format!("{crash:?}")).await;
    }
}

/// A bench whose first apply was killed when the VPC had been granted, and not been attached.
async fn killed_after_the_grant() -> Bench {
    for (_, bench) in killed(None, Run::Apply(STACK)).await {
        if grants(&bench) == 1 && bench.objects()["TransitRouterAttachments"].is_empty() {
            return bench;
        }
    }
    panic!("it was attached at once");
}

#[tokio::test(start_paused = true)]
async fn a_left_over_grant_waits_for_the_credentials_of_its_owner() {
    let bench = killed_after_the_grant().await;
    let (yaml, world) = without_app();
    let (_, outcome) = bench.apply(&yaml.replace("app: { profile: app }, ", "")).await.done();
    let [failure] = outcome.failures.as_slice() else { panic!("{outcome:#?}") };
    let told = (failure.problem.summary.as_str(), failure.target.address.clone());
    assert_eq!(told, ("The owner's credentials are missing", address("attachment.app")));
    bench.apply(&yaml).await.complete();
    assert_world(&bench, &yaml, world, "then").await;
}

#[tokio::test(start_paused = true)]
async fn a_left_over_grant_that_somebody_uses_is_theirs() {
    let bench = killed_after_the_grant().await;
    let router = bench.id("transit_router.hz").await;
    let attach = [
        ("TransitRouterId", router.as_str()),
        ("VpcId", "vpc-bp1h8vbrbcgohcju5abcd"),
        ("VpcOwnerId", "1000000000000002"),
        ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
        ("ZoneMappings.1.VSwitchId", "vsw-bp1h8vbrbcgohcju5abcd"),
        // Made by nobody whose attachment could be taken for the one that was to be made.
        ("TransitRouterVPCAttachmentOptions", r#"{"ipv6Support":"enable"}"#),
    ];
    bench.call(None, "CreateTransitRouterVpcAttachment", &attach).await;
    let (yaml, _) = without_app();
    let begun = Instant::now();
    bench.apply(&yaml).await.complete();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(grants(&bench), 1);
}

/// A bench where grants can be revoked that are in use.
fn revocable() -> Bench {
    let mut options = Options::default();
    options.settings.set("grants_in_use=revocable").unwrap();
    Bench::with(&options)
}

/// The network with lines of another account on its routers, by name and router.
fn with_lines(lines: &[(&str, &str)]) -> String {
    let (network, _) = without_app();
    let line = |(name, router): &(&str, &str)| {
        format!("  {name}: {{ type: vbr, transit_router: {router}, vbr_id: vbr-1, owner: app, grant: true }}\n")
    };
    let routers = "hz: { cen: backbone }, sh: { cen: backbone, region: cn-shanghai }";
    let network = network.replace("hz: { cen: backbone, name: hz }", routers);
    format!("{network}\nattachments:\n{}", lines.iter().map(line).collect::<String>())
}

#[tokio::test(start_paused = true)]
async fn a_grant_goes_with_the_last_of_its_attachments() {
    let (none, both) = (with_lines(&[]), with_lines(&[("one", "hz"), ("two", "sh")]));
    let bench = applied(&both).await;
    for lines in [[("one", "hz")], [("one", "sh")]] {
        let yaml = with_lines(&lines);
        let begun = Instant::now();
        bench.apply(&yaml).await.complete();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        bench.assert_whole(&yaml, "one").await;
    }
    assert_eq!(bench.sent("RevokeInstanceFromTransitRouter"), Vec::<String>::new());
    for (crash, bench) in killed(Some(&both), Run::Apply(&none)).await {
        bench.apply(&none).await.complete();
        assert_eq!(grants(&bench), 0, "{crash:?}");
        bench.assert_whole(&none, &format!("{crash:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_leaves_its_grant_to_others() {
    let both = with_lines(&[("one", "hz"), ("two", "sh")]);
    for first in [with_lines(&[]), with_lines(&[("one", "hz")])] {
        let bench = revocable();
        bench.apply(&first).await.complete();
        let refused = json!({ "error": "QuotaExceeded", "http": 400 });
        bench.faults(&json!([{ "action": "CreateTransitRouterVbrAttachment", "nth": 1, "then": refused }]));
        let (_, outcome) = bench.apply(&both).await.done();
        assert_eq!((outcome.failures.len(), grants(&bench)), (1, 1), "{outcome:#?}");
        bench.apply(&both).await.complete();
        assert_eq!(grants(&bench), 1);
        bench.assert_whole(&both, "then").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_its_owner_revoked_is_not_missed() {
    let bench = revocable();
    bench.apply(STACK).await.complete();
    let cen = bench.id("cen.backbone").await;
    bench.call(Some("app"), "RevokeInstanceFromTransitRouter", &rule(&cen)).await;
    assert_eq!(lines(&bench.apply(STACK).await.complete()), Vec::<String>::new());
    let (yaml, world) = without_app();
    bench.apply(&yaml).await.complete();
    assert_world(&bench, &yaml, world, "revoked").await;
    assert_eq!(bench.sent("RevokeInstanceFromTransitRouter").len(), 1, "it was looked up");
}

#[tokio::test(start_paused = true)]
async fn where_the_stack_stops_to_grant_the_grant_is_left_to_the_owner_and_that_is_told() {
    let by_owner = STACK.replace("    grant: true\n", "");
    let (removed, _) = without_app();
    for off in [&by_owner, &STACK.replace("grant: true", "grant: false")] {
        let bench = applied(STACK).await;
        let plan = bench.apply(off).await.complete();
        assert_eq!(lines(&plan), Vec::<String>::new());
        let [note] = plan.notes.as_slice() else { panic!("{:?}", plan.notes) };
        assert!(note.message.contains("1000000000000002"), "{}", note.message);
        assert_eq!(bench.apply(off).await.complete().notes, []);
        bench.apply(&removed).await.complete();
        assert_eq!((grants(&bench), bench.objects()["TransitRouterAttachments"].len()), (1, 0));
    }
    // What was granted is revoked all the same if it goes at once, or is replaced.
    let bench = applied(STACK).await;
    bench.destroy(&by_owner).await.complete();
    assert_eq!(bench.sent("RevokeInstanceFromTransitRouter").len(), 1);
    let bench = applied(STACK).await;
    let own = by_owner.replace("owner: app", "owner: '1000000000000001'");
    bench.apply(&own).await.complete();
    assert_eq!(grants(&bench), 0);
    bench.assert_whole(&own, "replaced").await;
}

#[tokio::test(start_paused = true)]
async fn what_the_owner_granted_is_revoked_once_the_stack_says_so() {
    let (network, world) = without_app();
    let bench = applied(&network).await;
    let cen = bench.id("cen.backbone").await;
    bench.call(Some("app"), "GrantInstanceToTransitRouter", &rule(&cen)).await;
    bench.apply(&STACK.replace("    grant: true\n", "")).await.complete();
    assert_eq!(lines(&bench.apply(STACK).await.complete()), Vec::<String>::new());
    assert_eq!(bench.sent("GrantInstanceToTransitRouter").len(), 1);
    bench.apply(&network).await.complete();
    assert_world(&bench, &network, world, "removed").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_without_the_credentials_of_the_owner_whose_grant_is_to_be_revoked() {
    let (removed, _) = without_app();
    for yaml in [removed, STACK.replace("owner: app", "owner: ops")] {
        let bench = applied(STACK).await;
        bench.forget_writes();
        let ended = bench.apply(&yaml.replace("app: { profile: app }, ", "")).await;
        let Ended::NotPlanned(problems) = ended else { panic!("{ended:#?}") };
        assert_eq!((problems.len(), bench.writes()), (1, 0), "{problems:?}");
        let told = &problems[0].detail;
        assert!(told.starts_with("attachment.app revokes a grant with the credentials of the account"), "{told}");
        bench.apply(&yaml).await.complete();
        bench.assert_whole(&yaml, "then").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_for_what_vanishes_while_it_is_made_is_revoked() {
    let gone = json!({ "error": "InvalidTransitRouterAttachmentId.NotFound", "http": 400 });
    let gone = json!({ "action": "ListTransitRouterVpcAttachments", "every": 1, "then": gone });
    for (faults, left, told) in [
        (json!([gone]), (0, false), "dropped it (RequestId "),
        (json!([gone, unrevoked()]), (1, true), "What was granted for it stays: "),
    ] {
        let bench = revocable();
        bench.faults(&faults);
        let (_, outcome) = bench.apply(STACK).await.done();
        let [failure] = outcome.failures.as_slice() else { panic!("{outcome:#?}") };
        assert!(failure.problem.detail.contains(told), "{}", failure.problem.detail);
        let known = bench.state().await.resources.contains_key(&address("attachment.app"));
        assert_eq!((grants(&bench), known), left, "what is left is remembered");
    }
}
