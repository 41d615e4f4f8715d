//! One process of the engine: what it calls the cloud with, and its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cenform::apply::{self, Asker, Made, NotBegun, NotMade, Outcome, Question, Reads, Refusal, Wanted, Wish};
use cenform::base::clock::Clock as _;
use cenform::base::env::Environment;
use cenform::base::random::{Random as _, SeededRandom};
use cenform::base::sim_fs::SimFs;
use cenform::cloud::Api;
use cenform::cloud::client::{Client, Settings};
use cenform::cloud::credentials::Credentials;
use cenform::cloud::endpoint::Endpoints;
use cenform::config::{self, Files, LoadRequest};
use cenform::diagnostics::Diagnostic;
use cenform::emulator::options::DEFAULT_ACCOUNT;
use cenform::kinds::clouds::{Account, Clouds};
use cenform::model::stack::Stack;
use cenform::plan::{self, Moved, Plan, Words};
use cenform::refresh::{Doubts, Vanished};
use cenform::state::directory::DirectoryBackend;
use cenform::state::journal::{Intent, Record, Wrote};
use cenform::state::memory::MemoryBackend;
use cenform::state::{Backend, Holder, Loaded, Lock, Progress, State, StateError, Weight};
use tokio::sync::watch;

use super::bench::address;
use super::cloud::{Cloud, OTHERS};
use super::front::{Crash, Front, Way};
use super::ports::Ports;

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

    async fn weight(&self) -> Weight {
        self.held.weight().await
    }

    async fn progress(&self, now: Progress) {
        self.held.progress(now).await;
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        self.held.commit(state, expected, open, recent).await
    }

    async fn push(&self, state: &State) -> Result<u64, StateError> {
        self.held.push(state).await
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
    Refused(Refusal),
    Vanished(Vec<Vanished>),
    /// A saved plan that no longer fits.
    Moved(Vec<Moved>),
    /// A saved plan of another state.
    Stale(String),
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

/// What a run is to do.
enum Errand<'a> {
    /// What a stack says, with what is said beside it.
    Stack(&'a str, &'a Words),
    Saved(Box<Plan>),
}

/// Where the state of a process is kept.
#[derive(Clone)]
pub(super) enum Store {
    Memory(MemoryBackend),
    /// The disk as the process sees it.
    Disk(SimFs),
}

impl Store {
    /// The same state, for another process.
    fn beside(&self) -> Self {
        match self {
            Self::Memory(backend) => Self::Memory(backend.clone()),
            Self::Disk(disk) => Self::Disk(disk.beside()),
        }
    }
}

/// What a process is made of.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) cloud: Arc<Cloud>,
    pub(super) endpoints: Endpoints,
    pub(super) store: Store,
    pub(super) ports: Arc<dyn Ports>,
}

/// The process.
pub(in crate::suite) struct Process {
    site: Site,
    number: u64,
    front: Arc<Front>,
    accounts: BTreeMap<Option<String>, Account>,
    backend: Box<dyn Backend>,
    /// What tokens and ids come from.
    random: SeededRandom,
    room: Mutex<Option<u64>>,
    wait: Mutex<Duration>,
    /// What happens while somebody thinks about the next plan.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Process {
    pub(super) fn new(site: Site) -> Self {
        let clock = site.cloud.clock();
        let disk = match &site.store {
            Store::Memory(_) => None,
            Store::Disk(disk) => Some(disk.clone()),
        };
        let number = site.cloud.admit();
        let front = Arc::new(Front::new(site.cloud.clone(), number, disk));
        let transport = site.ports.transport(front.clone());
        let nonces = Arc::new(site.cloud.random(number, "nonces and pauses"));
        let client = |credentials| {
            Arc::new(Client::new(
                transport.clone(),
                credentials,
                site.endpoints.clone(),
                Arc::new(clock),
                nonces.clone(),
                Settings::default(),
            ))
        };
        let own = (None, Account { id: DEFAULT_ACCOUNT.to_owned(), api: client(Credentials::of_emulator()) });
        let others = OTHERS.iter().map(|(name, id)| {
            let api = client(Credentials::new(*name, *name));
            (Some((*name).to_owned()), Account { id: (*id).to_owned(), api })
        });
        let accounts = others.chain([own]).collect();
        let backend: Box<dyn Backend> = match &site.store {
            Store::Memory(backend) => Box::new(backend.clone()),
            Store::Disk(disk) => {
                let path = PathBuf::from("/stack/cenform.state.json");
                Box::new(DirectoryBackend::new(site.ports.fs(Arc::new(disk.clone())), Arc::new(clock), path))
            }
        };
        let random = site.cloud.random(number, "tokens");
        Self {
            site,
            number,
            wait: Mutex::default(),
            meanwhile: Mutex::default(),
            front,
            accounts,
            backend,
            random,
            room: Mutex::default(),
        }
    }

    /// Another process, on the same disk and at the same cloud.
    pub(in crate::suite) fn beside(&self) -> Self {
        Self::new(Site { store: self.site.store.beside(), ..self.site.clone() })
    }

    /// Which of the processes at the cloud it is.
    pub(in crate::suite) const fn number(&self) -> u64 {
        self.number
    }

    /// The disk as the process sees it. Only a process with a disk is asked.
    pub(in crate::suite) fn disk(&self) -> &SimFs {
        match &self.site.store {
            Store::Memory(_) => panic!("its state is kept in memory"),
            Store::Disk(disk) => disk,
        }
    }

    pub(super) fn stack(&self, yaml: &str) -> Result<Stack, Vec<Diagnostic>> {
        let loaded = config::load(&LoadRequest {
            path: PathBuf::from("stack.yaml"),
            vars: Vec::new(),
            var_files: Vec::new(),
            region: None,
            environment: &Environment::default(),
            files: &OneFile(yaml),
        });
        let mut stack = loaded.map_err(|problems| problems.diagnostics)?.stack;
        self.clouds(|name| stack.accounts.contains_key(name)).identify_owners(&mut stack);
        Ok(stack)
    }

    /// The accounts of a run: the default one and those that are declared.
    fn clouds(&self, declares: impl Fn(&str) -> bool) -> Clouds {
        let declared = OTHERS.iter().filter(|(name, _)| declares(name));
        let names = std::iter::once(None).chain(declared.map(|(name, _)| Some((*name).to_owned())));
        names.fold(Clouds::default(), |clouds, name| clouds.with(name.clone(), self.accounts[&name].clone()))
    }

    /// What the credentials of an account call the cloud with.
    pub(in crate::suite) fn api_of(&self, account: Option<&str>) -> &dyn Api {
        &*self.accounts[&account.map(str::to_owned)].api
    }

    /// Applies a stack as the command does.
    pub(in crate::suite) async fn apply(&self, yaml: &str) -> Ended {
        self.run(Errand::Stack(yaml, &Words { allow_data_loss: true, ..Words::default() })).await
    }

    /// Applies a stack with what is said.
    pub(in crate::suite) async fn apply_with(&self, yaml: &str, words: &Words) -> Ended {
        self.run(Errand::Stack(yaml, words)).await
    }

    /// Applies a saved plan as the command does.
    pub(in crate::suite) async fn apply_saved(&self, plan: Plan) -> Ended {
        self.run(Errand::Saved(Box::new(plan))).await
    }

    /// Plans as the command does: without a lock. A stack that cannot be loaded cannot be planned.
    pub(in crate::suite) async fn plan(&self, yaml: &str, words: &Words, refresh: bool) -> Result<Made, NotMade> {
        let stack = self.stack(yaml).map_err(NotMade::NotPlanned)?;
        let clouds = self.clouds(|name| stack.accounts.contains_key(name));
        let mut loaded = self.backend.load().await.unwrap();
        let named = loaded.open.iter().map(|intent| &intent.address);
        let moves = plan::moves(&stack, words, &loaded.state, named).map_err(NotMade::NotPlanned)?;
        for (from, to) in &moves {
            loaded.move_entry(from, to);
        }
        let reads = Reads { clouds: &clouds, emulator: true, tell: &|_| () };
        let doubts = Doubts::new(&loaded, self.site.cloud.clock().now(), &stack.provider, &|_| ());
        let wish = Wish { stack: &stack, words, refresh, stack_path: "" };
        apply::make(reads, &wish, &moves, &loaded.state, &loaded.open, &doubts).await
    }

    /// Destroys what a stack has made.
    pub(in crate::suite) async fn destroy(&self, yaml: &str) -> Ended {
        self.run(Errand::Stack(yaml, &Words { destroy: true, ..Words::default() })).await
    }

    async fn run(&self, errand: Errand<'_>) -> Ended {
        tokio::select! {
            biased;
            ended = Box::pin(self.work(errand)) => ended.unwrap_or_else(|failed| Ended::Failed(format!("{failed:#}"))),
            () = self.front.crashed() => Ended::Crashed,
        }
    }

    async fn work(&self, errand: Errand<'_>) -> anyhow::Result<Ended> {
        let clock = self.site.cloud.clock();
        let stack;
        let (clouds, wanted) = match errand {
            Errand::Stack(yaml, words) => {
                stack = match self.stack(yaml) {
                    Ok(stack) => stack,
                    Err(problems) => return Ok(Ended::NotLoaded(problems)),
                };
                let wish = Wish { stack: &stack, words, refresh: true, stack_path: "" };
                (self.clouds(|name| stack.accounts.contains_key(name)), Wanted::Stack(wish))
            }
            Errand::Saved(plan) => (self.clouds(|name| plan.accounts.contains_key(name)), Wanted::Saved(plan)),
        };
        let holder = Holder {
            id: self.random.uuid(),
            who: "ada@host".to_owned(),
            pid: 1,
            doing: "apply".to_owned(),
            since: clock.now().to_string(),
            progress: None,
        };
        let wait = *self.wait.lock().unwrap();
        let held = self.site.ports.lock(self.backend.lock(holder, wait).await?);
        let lock = FullDisk { held, room: AtomicU64::new(self.room.lock().unwrap().unwrap_or(u64::MAX)) };
        let loaded = lock.load().await?;
        let ports = apply::Ports {
            reads: Reads { clouds: &clouds, emulator: true, tell: &|_| () },
            lock: &lock,
            clock: &clock,
            random: &self.random,
            parallelism: 10,
        };
        Ok(match apply::whole(ports, loaded, wanted, self).await {
            Ok(done) => Ended::Done(Box::new(done.plan), Box::new(done.outcome)),
            Err(NotBegun::Questions(questions)) => Ended::Questions(questions),
            Err(NotBegun::NotMade(NotMade::NotPlanned(problems))) => Ended::NotPlanned(problems),
            Err(NotBegun::NotMade(NotMade::Vanished(found))) => Ended::Vanished(found),
            Err(NotBegun::Moved(moved)) => Ended::Moved(moved),
            Err(NotBegun::Refused(refusal)) => Ended::Refused(refusal),
            Err(NotBegun::Stale(problem)) => Ended::Stale(problem.detail),
            Err(other) => return Err(other.into()),
        })
    }

    /// The next run ends here.
    pub(in crate::suite) fn crash_at(&self, crash: Option<Crash>) {
        self.front.crash_at(crash);
    }

    /// Somebody interrupts the next run with this call.
    pub(in crate::suite) fn interrupt_at(&self, number: Option<u64>) {
        self.front.interrupt_at(number);
    }

    /// Something happens when the next run is about to make this call, counted from 1 and by all.
    pub(in crate::suite) fn at_call(&self, number: u64, event: impl FnOnce() -> Way + Send + 'static) {
        self.front.at_call(number, Box::new(event));
    }

    /// What interrupts its run.
    pub(in crate::suite) fn interrupter(&self) -> watch::Sender<bool> {
        self.front.interrupter()
    }

    /// Somebody thinks about the next plan for a minute, and this happens meanwhile.
    pub(in crate::suite) fn thinks_while(&self, meanwhile: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(meanwhile));
    }

    /// How long it waits for the lock.
    pub(in crate::suite) fn waits(&self, wait: Duration) {
        *self.wait.lock().unwrap() = wait;
    }

    /// The disk has room for as many appends to the journal as this.
    pub(in crate::suite) fn room_for(&self, appends: Option<u64>) {
        *self.room.lock().unwrap() = appends;
    }

    /// How many calls of the last run changed something, or tried to.
    pub(in crate::suite) fn writes(&self) -> u64 {
        self.front.writes()
    }

    /// Counts them anew.
    pub(in crate::suite) fn forget_writes(&self) {
        self.front.forget_writes();
    }

    /// The parameters of all calls of an action so far that change something.
    pub(in crate::suite) fn sent(&self, action: &str) -> Vec<String> {
        self.front.sent(action)
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
}

/// Everybody agrees, and whoever looks on sees what is begun.
#[async_trait]
impl Asker for Process {
    fn see(&self, _: &Plan) {}

    fn warn(&self, _: &[Diagnostic]) {}

    async fn approve(&self, _: &Plan) -> Result<bool, Diagnostic> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(happens) = meanwhile {
            happens();
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        Ok(true)
    }

    fn begin(&self, plan: &Plan) -> watch::Receiver<bool> {
        self.site.cloud.planned(self.number, plan);
        self.front.stop()
    }
}
