//! The 24 error codes of the CreateFlowlog page: each is provoked, by a stack where a stack can meet it, else by a call
//! that no stack would make; and each is told to the user in the service's words and in plain ones.
//!
//! `tests/data/create-flowlog-codes.json` is written by hand: HTTP status, code and text are copied from the page, the
//! rest says what a user must read.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;

use cenform::base::fs::{Access, Fs as _, OsFs};
use cenform::cloud::Api as _;
use cenform::cloud::error::CloudError;
use cenform::cloud::problem::problem;
use cenform::cloud::request::{Product, Rpc, Sls};
use cenform::model::region::Region;
use regex::Regex;
use serde::Deserialize;

use super::server::Server;
use super::shell::{self, flat};

/// A row of the page, and what it is turned into for the user.
#[derive(Deserialize)]
struct Row {
    http: u16,
    code: String,
    text: String,
    /// The headline.
    summary: String,
    /// A part of the explanation.
    meaning: String,
    /// A part of the next step.
    next: String,
}

fn page() -> Vec<Row> {
    serde_json::from_str(include_str!("../data/create-flowlog-codes.json")).unwrap()
}

#[track_caller]
fn row<'a>(page: &'a [Row], code: &str) -> &'a Row {
    page.iter().find(|row| row.code == code).unwrap_or_else(|| panic!("{code} is not on the page"))
}

/// A network with what the rows below need of it.
const WORLD: &str = r#"{
  "Cens": [{ "CenId": "cen-a" }],
  "TransitRouters": [
    { "TransitRouterId": "tr-hz", "CenId": "cen-a", "RegionId": "cn-hangzhou" },
    { "TransitRouterId": "tr-sh", "CenId": "cen-a", "RegionId": "cn-shanghai" },
    { "TransitRouterId": "tr-old", "CenId": "cen-a", "RegionId": "cn-beijing", "Type": "Basic" }
  ],
  "TransitRouterAttachments": [
    { "TransitRouterAttachmentId": "tr-attach-1", "TransitRouterId": "tr-hz", "ResourceType": "VPC", "VpcId": "vpc-1" },
    { "TransitRouterAttachmentId": "tr-attach-2", "TransitRouterId": "tr-hz", "ResourceType": "VPC", "VpcId": "vpc-2" },
    { "TransitRouterAttachmentId": "tr-attach-3", "TransitRouterId": "tr-hz", "ResourceType": "VPC", "VpcId": "vpc-3" },
    { "TransitRouterAttachmentId": "tr-attach-4", "TransitRouterId": "tr-hz", "ResourceType": "VPC", "VpcId": "vpc-4" }
  ],
  "FlowLogs": [
    { "FlowLogId": "flowlog-2", "TransitRouterAttachmentId": "tr-attach-2" },
    { "FlowLogId": "flowlog-3", "TransitRouterAttachmentId": "tr-attach-3" }
  ],
  "Projects": [
    { "projectName": "netflow", "region": "cn-hangzhou", "logstores": [{ "logstoreName": "tr-flow" }] },
    { "projectName": "elsewhere", "region": "cn-shanghai" },
    { "projectName": "taken", "region": "cn-hangzhou", "owner": "2000000000000002" }
  ]
}"#;

/// What every stack begins with.
const NETWORK: &str = "
version: 1
provider: { region: cn-hangzhou }
cens: { a: { existing: cen-a } }
transit_routers:
  hz: { existing: tr-hz, cen: a }
attachments:
  one: { existing: tr-attach-1, type: vpc, transit_router: hz }
flow_logs:
";

/// The flow logs of a stack; what is waited for is given up soon.
const ROUTER: &str = "
  hz: { transit_router: hz, destination: { project: netflow, logstore: tr-flow }, timeouts: { create: 1s, delete: 1s } }
";
const ROUTER_AND_ATTACHMENT: &str = "
  hz: { transit_router: hz, destination: { project: netflow, logstore: tr-flow } }
  one: { attachment: one, destination: { project: netflow, logstore: tr-flow } }
";

/// Codes that a stack meets: the setting of the emulator under which it does, and its flow logs.
const STACKS: &[(&str, &str, &str)] = &[
    ("OperationUnsupported.action", "flow_logs=unsupported", ROUTER),
    ("RuleExist", "router_and_attachment_logs=not_in_one_store", ROUTER_AND_ATTACHMENT),
    ("QuotaExceeded.FlowlogCount", "flow_log_quota=2", ROUTER),
    ("InvalidFlowlogId.exist", "flow_logs_per_cen=one", ROUTER),
    ("OperationInvalid.IncompatibleFlowlogExist", "router_and_attachment_logs=refused", ROUTER_AND_ATTACHMENT),
    ("OperationFailed.InvalidLogInfo", "log_service=closed", ROUTER),
    ("Unauthorized", "flow_logs=unauthorized", ROUTER),
    ("NoPermission.AliyunServiceRoleForTRFlowLog", "flow_log_role=refused", ROUTER),
    (
        "InvalidParameter.LogFormatString",
        "unknown_log_fields=refused",
        "  hz: { transit_router: hz, log_format: [srcaddr, dstaddr, bytes, colour], destination: { project: netflow, logstore: tr-flow } }",
    ),
    (
        "ProjectOrLogstoreNotExist",
        "store_creation=refused",
        "  hz: { transit_router: hz, destination: { project: nowhere, logstore: tr-flow }, timeouts: { create: 1s } }",
    ),
    // No setting makes these two: the projects are another account's and another region's.
    (
        "ProjectExist",
        "store_creation=allowed",
        "  hz: { transit_router: hz, destination: { project: taken, logstore: tr-flow } }",
    ),
    (
        "InvalidParameter.ProjectName",
        "store_creation=allowed",
        "  hz: { transit_router: hz, destination: { project: elsewhere, logstore: tr-flow } }",
    ),
];

/// The code that a stack meets when it is destroyed and its logstore has been deleted before.
const DESTROYED: (&str, &str, &str) = ("SourceProjectNotExist", "delete_without_store=refused", ROUTER);

/// A call: its action and its parameters.
type Call = (&'static str, &'static [(&'static str, &'static str)]);

const HANGZHOU: (&str, &str) = ("RegionId", "cn-hangzhou");
const SHANGHAI: (&str, &str) = ("RegionId", "cn-shanghai");
const CEN: (&str, &str) = ("CenId", "cen-a");

/// Codes that a stack does not meet, because it is refused offline, or waits, or looks first: the call that does, and the
/// one that unsettles what it is about.
const CALLS: &[(&str, Option<Call>, Call)] = &[
    ("Flowlog.AlreayExist", None, ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterAttachmentId", "tr-attach-2")])),
    (
        "IllegalParam.TransitRouterAttachmentId",
        None,
        ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterAttachmentId", "tr-hz")]),
    ),
    (
        "InvalidTransitRouterAttachmentId.NotFound",
        None,
        ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterAttachmentId", "tr-attach-none")]),
    ),
    (
        "IncorrectStatus.flowlog",
        Some(("DeactiveFlowLog", &[HANGZHOU, ("FlowLogId", "flowlog-2")])),
        ("ModifyFlowLogAttribute", &[HANGZHOU, ("FlowLogId", "flowlog-2"), ("Interval", "60")]),
    ),
    (
        "InvalidOperation.TransitRouterNotExist",
        None,
        ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterId", "tr-none")]),
    ),
    (
        "IncorrectStatus.TransitRouterAttachmentId",
        Some(("UpdateTransitRouterVpcAttachmentAttribute", &[("TransitRouterAttachmentId", "tr-attach-4")])),
        ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterAttachmentId", "tr-attach-4")]),
    ),
    (
        "IncorrectStatus.TrFlowlog",
        Some(("DeleteFlowlog", &[HANGZHOU, ("FlowLogId", "flowlog-3")])),
        ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterAttachmentId", "tr-attach-3")]),
    ),
    (
        "IncorrectStatus.TransitRouterInstance",
        Some(("UpdateTransitRouter", &[SHANGHAI, ("TransitRouterId", "tr-sh")])),
        ("CreateFlowlog", &[SHANGHAI, CEN, ("TransitRouterId", "tr-sh")]),
    ),
    (
        "OperationUnsupported.action",
        None,
        ("CreateFlowlog", &[("RegionId", "cn-beijing"), CEN, ("TransitRouterId", "tr-old")]),
    ),
    (
        "InvalidParameter.LogStoreName",
        None,
        (
            "CreateFlowlog",
            &[HANGZHOU, CEN, ("TransitRouterId", "tr-hz"), ("ProjectName", "netflow"), ("LogStoreName", "-")],
        ),
    ),
    ("InvalidParameter", None, ("CreateFlowlog", &[HANGZHOU, CEN, ("TransitRouterId", "tr-hz"), ("Interval", "61")])),
    (
        "InvalidParameter.CenId",
        None,
        ("CreateFlowlog", &[HANGZHOU, ("CenId", "cen-none"), ("TransitRouterId", "tr-hz")]),
    ),
];

/// An emulator with the world of this file, and a folder for a stack beside it.
fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("world.json");
    write(&data, WORLD);
    (Server::start(&[&["--data", data.to_str().unwrap()], arguments].concat()), folder)
}

fn write(path: &Path, text: &str) {
    OsFs.replace(path, text.as_bytes(), Access::Umask).unwrap();
}

fn stack(folder: &Path, flow_logs: &str) {
    write(&folder.join("stack.yaml"), &format!("{NETWORK}{flow_logs}"));
}

/// Holds what a command printed to what the page and the table say of a code.
#[track_caller]
fn assert_told(printed: &str, row: &Row) {
    let Row { http, code, text, summary, meaning, next } = row;
    // What was called, as --verbose shows it.
    let call = Regex::new(&format!(r#"status=(\d+) request_id="([^"]+)" .*code="{}" "#, regex::escape(code))).unwrap();
    let [status, request_id] =
        call.captures_iter(printed).last().unwrap_or_else(|| panic!("{code} did not come:\n{printed}")).extract().1;
    assert_eq!(status, http.to_string(), "{code}");
    // Another attempt may have been told another RequestId, but the one that is shown is the last one's.
    let told = flat(printed);
    for part in [
        format!("Error: {summary} ["),
        format!("was refused: {code}: {text}"),
        format!("RequestId: {request_id}."),
        meaning.clone(),
        next.clone(),
    ] {
        assert!(told.contains(&part), "{code}: {part:?} is not in\n{printed}");
    }
    let (_, help) = told.rsplit_once("Help: ").unwrap();
    assert!(help.contains(next.as_str()), "{code}: {help}");
}

#[test]
fn every_code_of_the_page_has_a_provocation() {
    let page: BTreeSet<String> = page().into_iter().map(|row| row.code).collect();
    assert_eq!(page.len(), 24);
    let stacks = STACKS.iter().chain([&DESTROYED]).map(|(code, ..)| *code);
    let provoked: BTreeSet<String> = stacks.chain(CALLS.iter().map(|(code, ..)| *code)).map(str::to_owned).collect();
    assert_eq!(provoked, page);
}

#[test]
fn stacks_meet_codes_and_say_what_to_do() {
    let page = &page();
    thread::scope(|scope| {
        for (name, setting, flow_logs) in STACKS {
            scope.spawn(move || {
                let (server, folder) = server(&["--settle", "10ms", "--set", setting]);
                stack(folder.path(), flow_logs);
                // A closed Log Service would be found out before the first write.
                server.refuse(&["ListProject"], "Unauthorized", 401);
                let apply = format!("cenform apply --verbose --auto-approve --endpoint {}", server.url());
                assert_told(&shell::expect(3, &apply, folder.path()), row(page, name));
            });
        }
    });
}

#[tokio::test]
async fn a_destroy_meets_a_code_and_says_what_to_do() {
    let (name, setting, flow_logs) = DESTROYED;
    let (server, folder) = server(&["--settle", "10ms", "--set", setting]);
    stack(folder.path(), flow_logs);
    let run = |command: &str| format!("cenform {command} --verbose --auto-approve --endpoint {}", server.url());
    shell::expect(0, &run("apply"), folder.path());
    let region = Region("cn-hangzhou".to_owned());
    let delete = Sls::write("DeleteLogStore", "DELETE", &region, Some("netflow"), "/logstores/tr-flow");
    server.client().call(&delete.into()).await.unwrap();
    assert_told(&shell::expect(3, &run("destroy"), folder.path()), row(&page(), name));
}

#[tokio::test]
async fn calls_meet_the_codes_that_stacks_do_not() {
    let page = page();
    // What was unsettled stays so.
    let (server, _folder) = server(&["--settle", "1h"]);
    let client = server.client();
    let request = |(action, params): Call| {
        let parameter = |rpc: Rpc, (name, value): &(&str, &str)| rpc.param(name, *value);
        params.iter().fold(Rpc::write(Product::Cbn, action), parameter)
    };
    for (name, before, call) in CALLS {
        if let Some(before) = before {
            client.call(&request(*before).into()).await.unwrap_or_else(|error| panic!("before {name}: {error}"));
        }
        let Row { http, code, text, summary, meaning, next } = row(&page, name);
        let error = client.call(&request(*call).into()).await.unwrap_err();
        let told = problem(&error);
        let CloudError::Service { action, status, code: given, message, request_id, .. } = error else {
            panic!("{name}: {error}");
        };
        assert_eq!((action, status, &given, &message), (call.0, *http, code, text));
        assert_eq!(request_id.len(), 36, "{request_id}");
        assert_eq!(told.summary, *summary, "{name}");
        let lines: Vec<&str> = told.detail.lines().collect();
        let [service, means, id] = lines[..] else { panic!("{name}: {}", told.detail) };
        assert_eq!(service, format!("{action} was refused: {code}: {text}"), "{name}");
        assert!(means.contains(meaning.as_str()), "{name}: {means}");
        assert_eq!(id, format!("RequestId: {request_id}."), "{name}");
        assert!(told.help.as_deref().is_some_and(|help| help.contains(next.as_str())), "{name}: {:?}", told.help);
    }
}
