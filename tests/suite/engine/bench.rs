//! One stack, one state and one cloud, and what can happen to a run between them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cenform::apply::{self, Checked, Outcome, Question, Run};
use cenform::base::clock::{Clock as _, TokioClock};
use cenform::base::env::Environment;
use cenform::base::fs::Fs as _;
use cenform::base::random::{Random as _, SeededRandom};
use cenform::base::sim_fs::SimFs;
use cenform::cloud::client::{Client, Settings};
use cenform::cloud::credentials::Credentials;
use cenform::cloud::endpoint::Endpoints;
use cenform::cloud::request::{Product, Rpc};
use cenform::cloud::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use cenform::config::{self, Files, LoadRequest};
use cenform::diagnostics::Diagnostic;
use cenform::emulator::gateway::{Emulator, Reply};
use cenform::emulator::message::Request;
use cenform::emulator::options::{AccessKey, DEFAULT_ACCOUNT, Options};
use cenform::kinds::clouds::{Account, Clouds};
use cenform::model::address::{Address, Kind};
use cenform::model::stack::Stack;
use cenform::plan::{self, Gate, Input, Plan, Words};
use cenform::refresh::{self, Doubts};
use cenform::state::directory::DirectoryBackend;
use cenform::state::journal::{Intent, Record, Wrote};
use cenform::state::memory::MemoryBackend;
use cenform::state::{Backend, Holder, Loaded, Lock, State, StateError};
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::{Notify, watch};

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

/// When the process of a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::suite) enum Crash {
    /// Before the call with this number, counted from 1 and by those that change something, has been sent.
    Before(u64),
    /// After it has been done, before its answer has come.
    After(u64),
}

/// Somebody who looks on.
pub(in crate::suite) trait Witness: Send + Sync {
    /// A run is about to do this.
    fn planned(&self, plan: &Plan);
    /// A call that changes something has been handled, with the world before and after it.
    fn handled(&self, request: &Request, before: &Json, after: &Json);
}

/// The emulator as a network that may be cut.
struct Wire {
    emulator: Mutex<Emulator>,
    clock: TokioClock,
    writes: AtomicU64,
    /// The parameters of those calls.
    sent: Mutex<Vec<String>>,
    crash: Mutex<Option<Crash>>,
    crashed: Notify,
    /// The disk of the machine that calls, if it has one: it stops with it.
    disk: Option<SimFs>,
    witness: Mutex<Option<Arc<dyn Witness>>>,
    /// With which call that changes something somebody interrupts the run.
    interrupt: Mutex<Option<u64>>,
    stop: watch::Sender<bool>,
}

impl Wire {
    async fn die(&self) -> ! {
        // What is cleaned up on the way out is not cleaned up by a process that is dead.
        if let Some(disk) = &self.disk {
            disk.stop();
        }
        self.crashed.notify_one();
        std::future::pending().await
    }

    fn handle(&self, message: &Request, writes: bool) -> Reply {
        let mut emulator = self.emulator.lock().unwrap();
        let witness = self.witness.lock().unwrap().clone().filter(|_| writes);
        let before = witness.as_ref().map(|_| emulator.world().to_json());
        let reply = emulator.handle(message, self.clock.now());
        if let (Some(witness), Some(before)) = (witness, before) {
            witness.handled(message, &before, &emulator.world().to_json());
        }
        reply
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, TransportError> {
        let message = received(request);
        let query = &message.query;
        let reads = ["Action=Describe", "Action=List", "Action=Get"];
        let writes = if query.contains("Action=") {
            !reads.iter().any(|read| query.contains(read))
        } else {
            message.method != "GET"
        };
        let number = if writes { self.writes.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
        if writes {
            let body = String::from_utf8_lossy(&message.body);
            self.sent.lock().unwrap().push(format!("{query}&{body}"));
        }
        let crash = *self.crash.lock().unwrap();
        if writes && *self.interrupt.lock().unwrap() == Some(number) {
            self.stop.send_replace(true);
        }
        if writes && crash == Some(Crash::Before(number)) || self.disk.as_ref().is_some_and(SimFs::has_stopped) {
            self.die().await;
        }
        let reply = self.handle(&message, writes);
        if writes && crash == Some(Crash::After(number)) {
            self.die().await;
        }
        tokio::time::sleep(reply.delay + Duration::from_millis(1)).await;
        let broken = || TransportError::Broken { host: "127.0.0.1".to_owned(), cause: "reset".to_owned() };
        let answer = reply.answer.ok_or_else(broken)?;
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(HttpResponse { status: answer.status, headers, body: answer.body })
    }
}

/// A request as it comes over the wire.
pub(in crate::suite) fn received(request: HttpRequest) -> Request {
    let (_, rest) = request.url.split_once("://").unwrap();
    let (authority, rest) = rest.split_at(rest.find('/').unwrap());
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let headers: Vec<_> = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    Request {
        method: request.method.to_owned(),
        host: host.map_or(authority, |(_, host)| host).to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: request.body,
    }
}

/// A lock on a state whose journal cannot grow for ever.
struct FullDisk {
    held: Box<dyn Lock>,
    room: AtomicU64,
}

#[async_trait]
impl Lock for FullDisk {
    async fn load(&self) -> Result<Loaded, StateError> {
        self.held.load().await
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        if self.room.load(Ordering::SeqCst) == 0 {
            let source = Arc::new(io::ErrorKind::StorageFull.into());
            return Err(StateError::Io { doing: "writing", path: "the journal".to_owned(), source });
        }
        self.room.fetch_sub(1, Ordering::SeqCst);
        self.held.append(records).await
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        self.held.commit(state, expected, open, recent).await
    }
}

/// One file, and it is the stack.
struct OneFile<'a>(&'a str);

impl Files for OneFile<'_> {
    fn read(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
        Ok(self.0.as_bytes().to_vec())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// How a run ended, in the order in which it can.
#[derive(Debug)]
pub(in crate::suite) enum Ended {
    NotLoaded(Vec<Diagnostic>),
    Questions(Vec<Question>),
    NotPlanned(Vec<Diagnostic>),
    Gated(Vec<Gate>),
    /// The state or the cloud could not be used.
    Failed(String),
    Crashed,
    Done(Box<Plan>, Box<Outcome>),
}

impl Ended {
    /// The plan of a run that did all of it.
    pub(in crate::suite) fn complete(self) -> Plan {
        match self {
            Self::Done(plan, outcome) if outcome.is_complete() => *plan,
            other => panic!("not complete: {other:#?}"),
        }
    }

    /// The plan and outcome of a run that was not kept from beginning.
    pub(in crate::suite) fn done(self) -> (Plan, Outcome) {
        match self {
            Self::Done(plan, outcome) => (*plan, *outcome),
            other => panic!("not begun: {other:#?}"),
        }
    }
}

/// What a plan does, an operation a line.
pub(in crate::suite) fn lines(plan: &Plan) -> Vec<String> {
    plan.operations.iter().map(|operation| format!("{:?} {}", operation.action, operation.address)).collect()
}

/// The accounts beside the default one: their names, which are also their keys and secrets, and their ids.
const OTHERS: [(&str, &str); 2] = [("app", "1000000000000002"), ("ops", "1000000000000003")];

/// The bench.
pub(in crate::suite) struct Bench {
    wire: Arc<Wire>,
    options: Options,
    api: Arc<Client>,
    accounts: BTreeMap<Option<String>, Account>,
    backend: Box<dyn Backend>,
    random: Arc<SeededRandom>,
    room: Mutex<Option<u64>>,
    words: Words,
    /// Whether a plan is checked before it is begun, as the command does.
    checks: bool,
}

impl Bench {
    pub(in crate::suite) fn new() -> Self {
        Self::with(&Options::default())
    }

    pub(in crate::suite) fn with(options: &Options) -> Self {
        Self::over(options, &Endpoints::all_at(ADDRESS).unwrap(), |wire| wire, None)
    }

    /// A bench whose state is on a disk that forgets what was not synced.
    pub(in crate::suite) fn on_disk(options: &Options, disk: SimFs) -> Self {
        disk.create_dir_all(Path::new("/stack")).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        Self::over(options, &Endpoints::all_at(ADDRESS).unwrap(), |wire| wire, Some(disk))
    }

    /// A bench whose calls are made as those to the real cloud, which they reach through another transport.
    pub(in crate::suite) fn of_the_cloud(
        options: &Options,
        through: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Self {
        Self { checks: true, ..Self::over(options, &Endpoints::official(), through, None) }
    }

    fn over(
        options: &Options,
        endpoints: &Endpoints,
        through: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
        disk: Option<SimFs>,
    ) -> Self {
        let mut options = options.clone();
        options.keys.extend(OTHERS.iter().map(|(name, id)| AccessKey::new(name, name, id, None)));
        let epoch: Timestamp = "2026-11-22T10:15:00Z".parse().unwrap();
        let clock = TokioClock::starting_at(epoch);
        let wire = Arc::new(Wire {
            emulator: Mutex::new(Emulator::new(&options, None).unwrap()),
            clock,
            writes: AtomicU64::new(0),
            sent: Mutex::default(),
            crash: Mutex::new(None),
            crashed: Notify::new(),
            interrupt: Mutex::new(None),
            stop: watch::Sender::new(false),
            disk: disk.clone(),
            witness: Mutex::default(),
        });
        let random = Arc::new(SeededRandom::new(options.seed.wrapping_add(7)));
        let transport = through(wire.clone());
        let client = |credentials| {
            Arc::new(Client::new(
                transport.clone(),
                credentials,
                endpoints.clone(),
                Arc::new(clock),
                random.clone(),
                Settings::default(),
            ))
        };
        let api = client(Credentials::of_emulator());
        let own = (None, Account { id: DEFAULT_ACCOUNT.to_owned(), api: api.clone() });
        let others = OTHERS.iter().map(|(name, id)| {
            let api = client(Credentials::new(*name, *name));
            (Some((*name).to_owned()), Account { id: (*id).to_owned(), api })
        });
        let accounts = others.chain([own]).collect();
        let words = Words { destroy: false, allow_data_loss: true };
        let backend: Box<dyn Backend> = match disk {
            Some(disk) => {
                let path = PathBuf::from("/stack/cenform.state.json");
                Box::new(DirectoryBackend::new(Arc::new(disk), Arc::new(clock), path))
            }
            None => Box::new(MemoryBackend::default()),
        };
        let room = Mutex::new(None);
        Self { wire, options, api, accounts, backend, random, room, words, checks: false }
    }

    fn stack(&self, yaml: &str) -> Result<Stack, Vec<Diagnostic>> {
        let loaded = config::load(&LoadRequest {
            path: PathBuf::from("stack.yaml"),
            vars: Vec::new(),
            var_files: Vec::new(),
            region: None,
            environment: &Environment::default(),
            files: &OneFile(yaml),
        });
        let mut stack = loaded.map_err(|problems| problems.diagnostics)?.stack;
        self.clouds(&stack).identify_owners(&mut stack);
        Ok(stack)
    }

    /// The accounts of a run: the default one and those that the stack declares.
    fn clouds(&self, stack: &Stack) -> Clouds {
        let declared = OTHERS.iter().filter(|(name, _)| stack.accounts.contains_key(*name));
        let names = std::iter::once(None).chain(declared.map(|(name, _)| Some((*name).to_owned())));
        names.fold(Clouds::default(), |clouds, name| clouds.with(name.clone(), self.accounts[&name].clone()))
    }

    /// Applies a stack as the command does.
    pub(in crate::suite) async fn apply(&self, yaml: &str) -> Ended {
        self.run(yaml, None).await
    }

    /// Destroys what a stack has made.
    pub(in crate::suite) async fn destroy(&self, yaml: &str) -> Ended {
        self.run(yaml, Some(Words { destroy: true, allow_data_loss: false })).await
    }

    async fn run(&self, yaml: &str, words: Option<Words>) -> Ended {
        let whole = self.work(yaml, words.as_ref().unwrap_or(&self.words));
        tokio::select! {
            biased;
            ended = whole => ended.unwrap_or_else(|failed| Ended::Failed(format!("{failed:#}"))),
            () = self.wire.crashed.notified() => Ended::Crashed,
        }
    }

    async fn work(&self, yaml: &str, words: &Words) -> anyhow::Result<Ended> {
        let stack = match self.stack(yaml) {
            Ok(stack) => stack,
            Err(problems) => return Ok(Ended::NotLoaded(problems)),
        };
        let clouds = self.clouds(&stack);
        let holder = Holder {
            id: self.random.uuid(),
            who: "ada@host".to_owned(),
            pid: 1,
            doing: "apply".to_owned(),
            since: self.wire.clock.now().to_string(),
        };
        let held = self.backend.lock(holder, Duration::ZERO).await?;
        let lock = FullDisk { held, room: AtomicU64::new(self.room.lock().unwrap().unwrap_or(u64::MAX)) };
        let loaded = lock.load().await?;
        let mut recovered = apply::recover(&clouds, loaded, &self.wire.clock, &stack.provider).await?;
        recovered.heed(&stack);
        if !recovered.questions.is_empty() {
            return Ok(Ended::Questions(recovered.questions));
        }
        let doubts = Doubts::new(&recovered.loaded, self.wire.clock.now(), &stack.provider);
        let live = refresh::read(&clouds, &stack, &recovered.loaded.state, &doubts, &|_| ()).await?;
        let planned = plan::build(Input {
            stack: &stack,
            state: &recovered.loaded.state,
            managed: &live.managed,
            deposed: &live.deposed,
            existing: &live.existing,
            account_id: DEFAULT_ACCOUNT,
            accounts: &clouds.ids(),
            emulator: true,
            stack_path: "",
            words,
        });
        let plan = match planned {
            Ok(planned) if planned.gates.is_empty() => planned.plan,
            Ok(planned) => return Ok(Ended::Gated(planned.gates)),
            Err(problems) => return Ok(Ended::NotPlanned(problems)),
        };
        let doubts: Vec<Question> = recovered.unsettled(&plan).into_iter().cloned().collect();
        if !doubts.is_empty() {
            return Ok(Ended::Questions(doubts));
        }
        if recovered.loaded.state.lineage.is_empty() {
            recovered.loaded.state.lineage = self.random.uuid();
            recovered.loaded.state.account_id = DEFAULT_ACCOUNT.to_owned();
            recovered.loaded.state.emulator = true;
        }
        let mut checked = if self.checks { apply::check(&clouds, &plan, &live).await } else { Checked::default() };
        checked.heed(&recovered.missing);
        if let Some(witness) = &*self.wire.witness.lock().unwrap() {
            witness.planned(&plan);
        }
        let outcome = apply::run(Run {
            plan: &plan,
            clouds: &clouds,
            lock: &lock,
            recovered,
            live: &live.managed,
            free: &checked.free,
            provider: &stack.provider,
            clock: &self.wire.clock,
            random: &*self.random,
            parallelism: 10,
            tell: &|_| (),
            stop: self.wire.stop.subscribe(),
        })
        .await;
        Ok(Ended::Done(Box::new(plan), Box::new(outcome)))
    }

    /// The process of the next run ends here.
    pub(in crate::suite) fn crash_at(&self, crash: Option<Crash>) {
        self.wire.writes.store(0, Ordering::SeqCst);
        *self.wire.crash.lock().unwrap() = crash;
    }

    /// From now on somebody looks on.
    pub(in crate::suite) fn witness(&self, witness: Arc<dyn Witness>) {
        *self.wire.witness.lock().unwrap() = Some(witness);
    }

    /// Somebody interrupts the next run with this call.
    pub(in crate::suite) fn interrupt_at(&self, number: Option<u64>) {
        self.wire.writes.store(0, Ordering::SeqCst);
        self.wire.stop.send_replace(false);
        *self.wire.interrupt.lock().unwrap() = number;
    }

    /// The disk has room for as many appends to the journal as this.
    pub(in crate::suite) fn room_for(&self, appends: Option<u64>) {
        *self.room.lock().unwrap() = appends;
    }

    /// How many calls of the last run changed something, or tried to.
    pub(in crate::suite) fn writes(&self) -> u64 {
        self.wire.writes.load(Ordering::SeqCst)
    }

    /// Counts them anew.
    pub(in crate::suite) fn forget_writes(&self) {
        self.wire.writes.store(0, Ordering::SeqCst);
    }

    /// The parameters of all calls of an action so far that change something.
    pub(in crate::suite) fn sent(&self, action: &str) -> Vec<String> {
        let sent = self.wire.sent.lock().unwrap();
        sent.iter().filter(|params| params.contains(&format!("Action={action}&"))).cloned().collect()
    }

    /// What the emulator shall do wrong.
    pub(in crate::suite) fn faults(&self, faults: &Json) {
        self.wire.emulator.lock().unwrap().set_faults(faults.to_string().as_bytes()).unwrap();
    }

    /// What another tool calls the cloud with.
    pub(in crate::suite) fn api(&self) -> &Client {
        &self.api
    }

    /// Calls the CEN API as another tool does, with the credentials of an account, and gives what was called time to come
    /// about.
    pub(in crate::suite) async fn call(&self, account: Option<&str>, action: &'static str, params: &[(&str, &str)]) {
        let named = |rpc: Rpc, (name, value): &(&str, &str)| rpc.param(name, *value);
        let request = params.iter().fold(Rpc::write(Product::Cbn, action), named).into();
        self.accounts[&account.map(str::to_owned)].api.call(&request).await.unwrap();
        self.pass(Duration::from_secs(1)).await;
    }

    /// Changes the world behind the back of its API.
    pub(in crate::suite) fn edit(&self, change: impl FnOnce(&mut Json)) {
        let mut world = self.world();
        change(&mut world);
        let edited = Emulator::new(&self.options, Some(world.to_string().as_bytes())).unwrap();
        *self.wire.emulator.lock().unwrap() = edited;
    }

    /// The world as JSON.
    pub(in crate::suite) fn world(&self) -> Json {
        self.wire.emulator.lock().unwrap().world().to_json()
    }

    /// The state as the next run would load it.
    pub(in crate::suite) async fn state(&self) -> State {
        self.backend.load().await.unwrap().state
    }

    /// The intents whose outcome the next run would find unknown.
    pub(in crate::suite) async fn open(&self) -> Vec<Intent> {
        self.backend.load().await.unwrap().open
    }

    /// The id of a resource in the state.
    pub(in crate::suite) async fn id(&self, of: &str) -> String {
        self.state().await.resources[&address(of)].id.clone()
    }

    /// The ids in the state, those of deposed objects included.
    pub(in crate::suite) async fn known(&self) -> BTreeSet<String> {
        let state = self.state().await;
        let entries = state.resources.values();
        entries
            .flat_map(|entry| {
                std::iter::once(entry.id.clone()).chain(entry.deposed.iter().map(|deposed| deposed.id.clone()))
            })
            .collect()
    }

    /// The ids of the objects of each kind in the world, but of those that are on their way out.
    pub(in crate::suite) fn objects(&self) -> BTreeMap<&'static str, BTreeSet<String>> {
        let world = self.world();
        let ids = |list: &'static str, field: &'static str| -> (&'static str, BTreeSet<String>) {
            let items = world[list].as_array().into_iter().flatten();
            (list, items.map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect())
        };
        BTreeMap::from([
            ids("Cens", "CenId"),
            ids("TransitRouters", "TransitRouterId"),
            ids("TransitRouterAttachments", "TransitRouterAttachmentId"),
            ids("FlowLogs", "FlowLogId"),
            ids("Projects", "projectName"),
        ])
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

/// An address.
pub(in crate::suite) fn address(text: &str) -> Address {
    text.parse().unwrap()
}
