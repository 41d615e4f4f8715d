//! The cloud that any number of processes call: the emulator, its clock, and who looks on.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cenform::base::clock::{Clock as _, TokioClock};
use cenform::base::random::SeededRandom;
use cenform::emulator::gateway::{Emulator, Reply};
use cenform::emulator::message::Request;
use cenform::emulator::options::{AccessKey, Options};
use cenform::plan::Plan;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// The accounts beside the default one: their names, which are also their keys and secrets, and their ids.
pub(super) const OTHERS: [(&str, &str); 2] = [("app", "1000000000000002"), ("ops", "1000000000000003")];

/// Somebody who looks on.
pub(in crate::suite) trait Witness: Send + Sync {
    /// The run of a process is about to do this.
    fn planned(&self, process: u64, plan: &Plan);
    /// A call of a process that changes something has been handled, with the world before and after it.
    fn handled(&self, process: u64, request: &Request, before: &Json, after: &Json);
}

/// The cloud.
pub(in crate::suite) struct Cloud {
    options: Options,
    emulator: Mutex<Emulator>,
    clock: TokioClock,
    witness: Mutex<Option<Arc<dyn Witness>>>,
    faults: Mutex<Json>,
    processes: AtomicU64,
}

impl Cloud {
    pub(in crate::suite) fn new(options: &Options) -> Self {
        let mut options = options.clone();
        options.keys.extend(OTHERS.iter().map(|(name, id)| AccessKey::new(name, name, id, None)));
        let epoch: Timestamp = "2026-11-22T10:15:00Z".parse().unwrap();
        let emulator = Mutex::new(Emulator::new(&options, None).unwrap());
        Self {
            options,
            emulator,
            clock: TokioClock::starting_at(epoch),
            witness: Mutex::default(),
            faults: json!([]).into(),
            processes: AtomicU64::new(0),
        }
    }

    /// The clock of everybody.
    pub(super) const fn clock(&self) -> TokioClock {
        self.clock
    }

    /// The number of a process that is new here.
    pub(super) fn admit(&self) -> u64 {
        self.processes.fetch_add(1, Ordering::SeqCst)
    }

    /// A source of chances for one purpose of one process: what it gives depends on no other.
    pub(super) fn random(&self, process: u64, purpose: &str) -> SeededRandom {
        let mut hasher = DefaultHasher::new();
        (self.options.seed, process, purpose).hash(&mut hasher);
        SeededRandom::new(hasher.finish())
    }

    /// Does what a request says, and lets the witness see it if it `writes`.
    pub(super) fn handle(&self, process: u64, message: &Request, writes: bool) -> Reply {
        let mut emulator = self.emulator.lock().unwrap();
        let witness = self.witness.lock().unwrap().clone().filter(|_| writes);
        let before = witness.as_ref().map(|_| emulator.world().to_json());
        let reply = emulator.handle(message, self.clock.now());
        if let (Some(witness), Some(before)) = (witness, before) {
            witness.handled(process, message, &before, &emulator.world().to_json());
        }
        reply
    }

    /// Tells the witness what a run is about to do.
    pub(super) fn planned(&self, process: u64, plan: &Plan) {
        if let Some(witness) = &*self.witness.lock().unwrap() {
            witness.planned(process, plan);
        }
    }

    /// From now on somebody looks on.
    pub(in crate::suite) fn witness(&self, witness: Arc<dyn Witness>) {
        *self.witness.lock().unwrap() = Some(witness);
    }

    /// What the emulator shall do wrong.
    pub(in crate::suite) fn faults(&self, faults: &Json) {
        self.emulator.lock().unwrap().set_faults(faults.to_string().as_bytes()).unwrap();
        *self.faults.lock().unwrap() = faults.clone();
    }

    /// Starts the emulator anew: what it has not written down is forgotten.
    pub(in crate::suite) fn restart(&self) {
        self.edit(|_| ());
        let faults = self.faults.lock().unwrap().clone();
        self.faults(&faults);
    }

    /// Changes the world behind the back of its API. The emulator starts anew with it: all else is forgotten.
    pub(in crate::suite) fn edit(&self, change: impl FnOnce(&mut Json)) {
        let mut world = self.world();
        change(&mut world);
        let edited = Emulator::new(&self.options, Some(world.to_string().as_bytes())).unwrap();
        *self.emulator.lock().unwrap() = edited;
    }

    /// The world as JSON.
    pub(in crate::suite) fn world(&self) -> Json {
        self.emulator.lock().unwrap().world().to_json()
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
}
