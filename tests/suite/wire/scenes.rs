//! What makes the six kinds send all that they can: stacks, applied as a user applies them to the real cloud, whose
//! part the emulator plays. It checks every signature in its own way, and refuses what is signed wrongly.

use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use cenform::cloud::identity::caller_identity;
use cenform::cloud::transport::{HttpRequest, Transport};
use cenform::emulator::options::Options;
use serde_json::{Value as Json, json};

use super::call::Call;
use super::tap::Tap;
use crate::suite::engine::bench::{Bench, Crash, Ended, Ports};
use crate::suite::surface::lives::{Life, lives};

/// A project with two tags.
const TAGGED: &str = "
version: 1
provider: { region: cn-hangzhou }
log_projects:
  x: { name: netflow-one, tags: { env: prod, team: net } }
";

/// What was sent.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) requests: Vec<HttpRequest>,
    /// The attributes whose values all make the same calls.
    pub(super) silent: Vec<String>,
}

/// Everything that was sent in all scenes. The order means nothing.
pub(super) static SENT: LazyLock<Sent> = LazyLock::new(|| {
    thread::scope(|scope| {
        let lives: Vec<_> = lives().into_iter().map(|lives| scope.spawn(|| played(live(lives)))).collect();
        let others = [
            scope.spawn(|| played(interrupted())),
            scope.spawn(|| played(taken_over())),
            scope.spawn(|| played(among_many())),
            scope.spawn(|| played(with_many_tags())),
        ];
        let mut all = Sent::default();
        for scene in lives.into_iter().chain(others) {
            let Sent { requests, silent } = scene.join().unwrap();
            all.requests.extend(requests);
            all.silent.extend(silent);
        }
        all
    })
});

fn played(scene: impl Future<Output = Sent>) -> Sent {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(scene)
}

/// Puts a tap where the calls of a process leave.
#[derive(Default)]
struct Taps(Mutex<Vec<Arc<Tap>>>);

impl Ports for Taps {
    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        let tap = Tap::before(transport);
        self.0.lock().unwrap().push(tap.clone());
        tap
    }
}

/// A bench, and a tap at the place where its calls leave.
struct Stage {
    bench: Bench,
    tap: Arc<Tap>,
}

impl Stage {
    fn new(options: &Options) -> Self {
        let taps = Arc::new(Taps::default());
        let bench = Bench::of_the_cloud(options, taps.clone());
        let tap = taps.0.lock().unwrap().remove(0);
        Self { bench, tap }
    }

    async fn applies(&self, yaml: &str) {
        self.bench.apply(yaml).await.complete();
    }

    fn sent(&self) -> Sent {
        Sent { requests: self.tap.drain(), ..Sent::default() }
    }
}

/// Each attribute with one value, with another one, and without.
async fn live(lives: Vec<Life>) -> Sent {
    let mut all = Sent::default();
    for Life { name, stacks } in lives {
        let stage = Stage::new(&Options::default());
        stage.applies(&stacks[0]).await;
        let mut parts = vec![stage.tap.drain()];
        for yaml in &stacks[1..] {
            stage.applies(yaml).await;
        }
        parts.push(alone(&stacks[1], false).await);
        if writes(&parts[0]) == writes(&parts[1]) {
            // Some count only when the object goes.
            parts.push(alone(&stacks[0], true).await);
            parts.push(alone(&stacks[1], true).await);
            if writes(&parts[2]) == writes(&parts[3]) {
                all.silent.push(name);
            }
        }
        all.requests.extend(parts.into_iter().flatten().chain(stage.tap.drain()));
    }
    all
}

/// What is sent to make what a stack says, and to destroy it.
async fn alone(yaml: &str, destroyed: bool) -> Vec<HttpRequest> {
    let stage = Stage::new(&Options::default());
    // The network of another account is refused without a grant: what is asked for is what counts.
    let _ = stage.bench.apply(yaml).await.done();
    if destroyed {
        stage.bench.destroy(yaml).await.complete();
    }
    stage.tap.drain()
}

/// The calls that change something, without what each has anew. The emulator gives the same ids in each run.
fn writes(requests: &[HttpRequest]) -> Vec<Call> {
    let mut calls: Vec<_> = requests.iter().map(|http| Call::read(http).unwrap()).collect();
    calls.retain(|call| !call.is_read());
    for call in &mut calls {
        call.common.clear();
        call.form.retain(|(name, _)| name != "ClientToken");
    }
    calls
}

/// All kinds, and all types of attachment. One VPC is another account's.
const WHOLE: &str = "
    version: 1
    provider: { region: cn-hangzhou }
    accounts: { app: { profile: app } }
    cens: { backbone: { name: backbone } }
    transit_routers:
      hz: { cen: backbone, name: hz, cidrs: [{ cidr: 10.255.0.0/24 }] }
      sh: { cen: backbone, name: sh, region: cn-shanghai }
    attachments:
      app:
        type: vpc
        transit_router: hz
        name: app
        vpc_id: vpc-bp1one
        zone_mappings: [{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]
        owner: app
        grant: true
      mesh: { type: peer, transit_router: hz, name: mesh, peer: sh }
      line: { type: vbr, transit_router: hz, name: line, vbr_id: vbr-bp1one }
      office: { type: vpn, transit_router: hz, name: office, vpn_id: vco-bp1one }
      partners: { type: ecr, transit_router: hz, name: partners, ecr_id: ecr-one }
    log_projects: { netflow: { name: netflow-one } }
    logstores: { tr: { project: netflow, name: tr-one, ttl: 60, index: flow_log } }
    flow_logs:
      app: { attachment: app, name: app, logstore: tr }
      hz: { transit_router: hz, name: hz, logstore: tr }
";

/// Killed after each call that changes something, and finished by the next run. Who calls is asked first.
async fn interrupted() -> Sent {
    let mut all = Sent::default();
    let whole = Stage::new(&Options::default());
    caller_identity(whole.bench.api()).await.unwrap();
    whole.applies(WHOLE).await;
    let writes = whole.bench.writes();
    whole.bench.destroy(WHOLE).await.complete();
    all.requests.extend(whole.tap.drain());
    for number in 1..=writes {
        let stage = Stage::new(&Options::default());
        stage.bench.crash_at(Some(Crash::After(number)));
        assert!(matches!(stage.bench.apply(WHOLE).await, Ended::Crashed), "{number}");
        stage.bench.crash_at(None);
        stage.applies(WHOLE).await;
        all.requests.extend(stage.tap.drain());
    }
    all
}

/// Everything looked up as `existing`, by name and by id.
async fn taken_over() -> Sent {
    let stage = Stage::new(&Options::default());
    stage.applies(WHOLE).await;
    let state = stage.bench.state().await;
    for by_name in [true, false] {
        let mut stack: Json = serde_yaml::from_str(WHOLE).unwrap();
        for (address, entry) in &state.resources {
            let section = address.kind.section();
            let resource = &mut stack[section][address.name.as_str()];
            resource["existing"] = if by_name { json!({ "name": resource["name"] }) } else { json!(entry.id) };
            resource.as_object_mut().unwrap().remove("grant");
        }
        stage.applies(&stack.to_string()).await;
    }
    stage.sent()
}

/// One of each type of attachment among more than fit on a page.
async fn among_many() -> Sent {
    let networks = [
        ("VPC", json!({ "VpcId": "vpc-0", "ZoneMappings": [{ "ZoneId": "cn-hangzhou-h", "VSwitchId": "vsw-0" }] })),
        ("VBR", json!({ "VbrId": "vbr-0" })),
        ("VPN", json!({ "VpnId": "vco-0" })),
        ("ECR", json!({ "EcrId": "ecr-0" })),
        ("TR", json!({ "PeerTransitRouterId": "tr-1" })),
    ];
    let mut attachments = Vec::new();
    for (ty, network) in networks {
        for number in 0..51 {
            let mut item = json!({ "ResourceType": ty, "TransitRouterId": "tr-0" });
            item["TransitRouterAttachmentId"] = format!("tr-attach-0-{ty}-{number}").into();
            item.as_object_mut().unwrap().extend(network.as_object().unwrap().clone());
            attachments.push(item);
        }
    }
    let world = json!({
        "Cens": [{ "CenId": "cen-0" }],
        "TransitRouters": [
            { "TransitRouterId": "tr-0", "CenId": "cen-0", "RegionId": "cn-hangzhou" },
            { "TransitRouterId": "tr-1", "CenId": "cen-0", "RegionId": "cn-shanghai" },
        ],
        "TransitRouterAttachments": attachments,
    });
    let stage = Stage::new(&Options { initial: Some(world.to_string().into_bytes()), ..Options::default() });
    for _ in 0..2 {
        stage.applies(WHOLE).await;
    }
    stage.sent()
}

/// A project with more tags than one answer tells.
async fn with_many_tags() -> Sent {
    let mut options = Options::default();
    options.settings.set("log_tag_page=1").unwrap();
    let stage = Stage::new(&options);
    for _ in 0..2 {
        stage.applies(TAGGED).await;
    }
    stage.sent()
}
