//! One stack, one state and one cloud: a process of the engine and what it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cenform::base::fs::Fs as _;
use cenform::base::sim_fs::SimFs;
use cenform::cloud::Api;
use cenform::cloud::endpoint::Endpoints;
use cenform::cloud::request::{Product, Rpc};
use cenform::emulator::options::Options;
use cenform::model::address::{Address, Kind};
use cenform::plan::Plan;
use cenform::state::memory::MemoryBackend;
use serde_json::Value as Json;

pub(in crate::suite) use super::cloud::{Cloud, Witness};
pub(in crate::suite) use super::front::{Crash, Way, received};
pub(in crate::suite) use super::ports::{Plain, Ports};
pub(in crate::suite) use super::process::{Ended, Process};
use super::process::{Site, Store};

const ADDRESS: &str = "http://127.0.0.1:7480";

/// A network with a flow log: all kinds.
pub(in crate::suite) const STACK: &str = r#"
version: 1
provider: { region: cn-hangzhou }
cens: { backbone: { name: backbone } }
transit_routers: { hz: { cen: backbone, name: hz } }
attachments:
  app:
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1h8vbrbcgohcju5abcd
    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]
log_projects: { netflow: { name: netflow-7f3a, tags: { team: net } } }
logstores: { tr: { project: netflow, name: tr-flow, ttl: 180, index: flow_log } }
flow_logs:
  app: { attachment: app, logstore: tr, name: app, interval: 60, tags: { team: net } }
outputs: { log: "${flow_log.app.id}" }
"#;

/// What a plan does, an operation a line.
pub(in crate::suite) fn lines(plan: &Plan) -> Vec<String> {
    plan.operations.iter().map(|operation| format!("{:?} {}", operation.action, operation.address)).collect()
}

/// An address.
pub(in crate::suite) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// The bench. What its process can, it can.
pub(in crate::suite) struct Bench {
    cloud: Arc<Cloud>,
    process: Process,
}

impl Deref for Bench {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl Bench {
    pub(in crate::suite) fn new() -> Self {
        Self::with(&Options::default())
    }

    pub(in crate::suite) fn with(options: &Options) -> Self {
        Self::of(Self::site(options))
    }

    /// A bench whose state is on a disk that forgets what was not synced, and whose processes are built through `ports`.
    pub(in crate::suite) fn on_disk(options: &Options, disk: SimFs, ports: Arc<dyn Ports>) -> Self {
        disk.create_dir_all(Path::new("/stack")).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        Self::of(Site { store: Store::Disk(disk), ports, ..Self::site(options) })
    }

    /// A bench whose calls are made as those to the real cloud, which they reach through other ports.
    pub(in crate::suite) fn of_the_cloud(options: &Options, ports: Arc<dyn Ports>) -> Self {
        Self::of(Site { endpoints: Endpoints::official(), ports, ..Self::site(options) })
    }

    fn site(options: &Options) -> Site {
        Site {
            cloud: Arc::new(Cloud::new(options)),
            endpoints: Endpoints::all_at(ADDRESS).unwrap(),
            store: Store::Memory(MemoryBackend::default()),
            ports: Arc::new(Plain),
        }
    }

    fn of(site: Site) -> Self {
        Self { cloud: site.cloud.clone(), process: Process::new(site) }
    }

    /// What another tool calls the cloud with.
    pub(in crate::suite) fn api(&self) -> &dyn Api {
        self.process.api_of(None)
    }

    /// Calls the CEN API as another tool does, with the credentials of an account, and gives what was called time to come
    /// about.
    pub(in crate::suite) async fn call(&self, account: Option<&str>, action: &'static str, params: &[(&str, &str)]) {
        let named = |rpc: Rpc, (name, value): &(&str, &str)| rpc.param(name, *value);
        let request = params.iter().fold(Rpc::write(Product::Cbn, action), named).into();
        self.process.api_of(account).call(&request).await.unwrap();
        self.pass(Duration::from_secs(1)).await;
    }

    /// The cloud.
    pub(in crate::suite) const fn cloud(&self) -> &Arc<Cloud> {
        &self.cloud
    }

    /// See [`Cloud::faults`].
    pub(in crate::suite) fn faults(&self, faults: &Json) {
        self.cloud.faults(faults);
    }

    /// See [`Cloud::edit`].
    pub(in crate::suite) fn edit(&self, change: impl FnOnce(&mut Json)) {
        self.cloud.edit(change);
    }

    /// See [`Cloud::witness`].
    pub(in crate::suite) fn witness(&self, witness: Arc<dyn Witness>) {
        self.cloud.witness(witness);
    }

    /// See [`Cloud::world`].
    pub(in crate::suite) fn world(&self) -> Json {
        self.cloud.world()
    }

    /// See [`Cloud::objects`].
    pub(in crate::suite) fn objects(&self) -> BTreeMap<&'static str, BTreeSet<String>> {
        self.cloud.objects()
    }

    /// Whether there is nothing in the world.
    pub(in crate::suite) fn is_empty(&self) -> bool {
        self.objects().values().all(BTreeSet::is_empty)
    }

    /// Lets time pass.
    pub(in crate::suite) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Holds the world against the state: nothing is there twice, nothing is forgotten, nothing is left to do.
    pub(in crate::suite) async fn assert_whole(&self, yaml: &str, at: &str) {
        let (stack, state) = (self.stack(yaml).unwrap(), self.state().await);
        let declared: Vec<&Address> = stack.resources.keys().collect();
        assert_eq!(state.resources.keys().collect::<Vec<_>>(), declared, "{at}");
        let known = self.known().await;
        let mut made = 0;
        for (list, ids) in self.objects() {
            assert!(ids.is_subset(&known), "{at}: {list}: {ids:?} in {known:?}");
            made += ids.len();
        }
        // A logstore is a part of its project.
        let stores = declared.iter().filter(|address| address.kind == Kind::Logstore).count();
        assert_eq!((made + stores, known.len()), (declared.len(), declared.len()), "{at}");
        let plan = self.apply(yaml).await.complete();
        assert_eq!(lines(&plan), Vec::<String>::new(), "{at}");
    }
}
