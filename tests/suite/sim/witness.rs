//! Watches each call that changes something: what it made, and what it deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use cenform::emulator::message::Request;
use cenform::plan::Plan;
use serde_json::Value as Json;

use super::super::engine::bench;

/// The lists of the world, and what names the objects in each.
pub(in crate::suite) const LISTS: [(&str, &str); 5] = [
    ("Cens", "CenId"),
    ("TransitRouters", "TransitRouterId"),
    ("TransitRouterAttachments", "TransitRouterAttachmentId"),
    ("FlowLogs", "FlowLogId"),
    ("Projects", "projectName"),
];

/// What is in the world, by id, and whether it is on its way out.
pub(in crate::suite) fn objects(world: &Json) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for (list, field) in LISTS {
        for item in world[list].as_array().into_iter().flatten() {
            let id = item[field].as_str().unwrap();
            let leaves =
                matches!(item["Status"].as_str(), Some("Deleting" | "Detaching")) || item["inRecycleBin"] == true;
            found.insert(id.to_owned(), leaves);
            for store in item["logstores"].as_array().into_iter().flatten() {
                found.insert(format!("{id}/{}", store["logstoreName"].as_str().unwrap()), leaves);
            }
        }
    }
    found
}

/// What changes by itself, without a call.
const BY_ITSELF: [&str; 3] = ["Status", "Settling", "logstores"];

/// Each of some objects as it is, but for what changes by itself.
fn details(world: &Json, of: &BTreeSet<String>) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    for (list, field) in LISTS {
        for item in world[list].as_array().into_iter().flatten().filter(|item| of.contains(text(item, field))) {
            let mut item = item.clone();
            let id = text(&item, field).to_owned();
            item.as_object_mut().unwrap().retain(|field, _| !BY_ITSELF.contains(&field.as_str()));
            found.insert(id, item);
        }
    }
    found
}

fn text<'a>(item: &'a Json, field: &str) -> &'a str {
    item[field].as_str().unwrap_or_default()
}

/// The witness of one life.
#[derive(Default)]
pub(super) struct Witness(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// What the last plan of each process deletes.
    doomed: BTreeMap<u64, BTreeSet<String>>,
    /// What a person said to delete.
    permitted: BTreeSet<String>,
    /// Whether the next plan is the first of its step.
    is_over: bool,
    /// What was made with each token.
    made: BTreeMap<String, String>,
    /// The CENs that were made with the same token: nothing but a person can help then (S25).
    twice: Vec<[String; 2]>,
    /// What a person was asked about.
    named: BTreeSet<String>,
    /// Which process is a stranger's.
    stranger: Option<u64>,
    /// What a stranger has made.
    theirs: BTreeSet<String>,
    calls: u64,
    broken: Vec<String>,
}

impl Witness {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    /// A person was asked about this, and is about to delete it.
    pub(super) fn permit(&self, id: &str) {
        let mut book = self.book();
        book.permitted.insert(id.to_owned());
        book.named.insert(id.to_owned());
    }

    /// What this process makes is somebody else's.
    pub(super) fn is_stranger(&self, process: u64) {
        self.book().stranger = Some(process);
    }

    /// Whether this is somebody else's.
    pub(super) fn is_theirs(&self, id: &str) -> bool {
        self.book().theirs.contains(id)
    }

    /// The world without what is somebody else's.
    pub(super) fn ours(&self, mut world: Json) -> Json {
        for (list, field) in LISTS {
            if let Some(items) = world[list].as_array_mut() {
                items.retain(|item| !self.is_theirs(text(item, field)));
            }
        }
        world
    }

    /// A step is over. What was doomed in it may still be deleted until the next plan.
    pub(super) fn is_over(&self) {
        self.book().is_over = true;
    }

    /// What was made twice, and nobody was asked about.
    pub(super) fn untold(&self) -> Vec<String> {
        let book = self.book();
        let untold = book.twice.iter().filter(|both| !both.iter().any(|id| book.named.contains(id)));
        untold.map(|[first, second]| format!("{first} was made again as {second}, and nobody was told")).collect()
    }

    /// What should not have happened.
    pub(super) fn broken(&self) -> Vec<String> {
        self.book().broken.clone()
    }

    /// How many calls have been handled.
    pub(super) fn calls(&self) -> u64 {
        self.book().calls
    }
}

impl bench::Witness for Witness {
    fn planned(&self, process: u64, plan: &Plan) {
        let deletes = plan.operations.iter().filter(|operation| operation.action.deletes());
        let book = &mut *self.book();
        if std::mem::take(&mut book.is_over) {
            book.doomed.clear();
        }
        let noted = plan.notes.iter().filter_map(|note| note.message.split_once(',')).map(|(id, _)| id.to_owned());
        book.doomed.insert(process, deletes.filter_map(|operation| operation.id.clone()).chain(noted).collect());
    }

    fn handled(&self, process: u64, request: &Request, before: &Json, after: &Json) {
        let book = &mut *self.book();
        book.calls += 1;
        if book.stranger == Some(process) {
            let known = objects(before);
            book.theirs.extend(objects(after).into_keys().filter(|id| !known.contains_key(id)));
            return;
        }
        let body = String::from_utf8_lossy(&request.body);
        let params = || request.query.split('&').chain(body.split('&')).filter_map(|param| param.split_once('='));
        let param = |wanted: &str| params().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
        let token = param("ClientToken");
        let call = param("Action").unwrap_or_else(|| format!("{} {}", request.method, request.path));
        if !book.theirs.is_empty() && details(before, &book.theirs) != details(after, &book.theirs) {
            let theirs = details(after, &book.theirs);
            book.broken.push(format!("{call} changed what is somebody else's: {theirs:?}"));
        }
        let (before, after) = (objects(before), objects(after));
        for id in after.keys().filter(|id| !before.contains_key(*id)) {
            let made = token.clone().and_then(|token| book.made.insert(token, id.clone()));
            if let Some(earlier) = made.clone().filter(|_| call == "CreateCen") {
                book.twice.push([earlier, id.clone()]);
            } else if let Some(earlier) = made {
                book.broken.push(format!("{call} made {id}, and has made {earlier} before: it took effect twice"));
            }
        }
        let stays = |id: &String| after.get(id).is_some_and(|leaves| !leaves);
        for (id, _) in before.iter().filter(|(id, leaves)| !**leaves && !stays(id)) {
            if !book.permitted.contains(id) && !book.doomed.values().any(|doomed| doomed.contains(id)) {
                book.broken.push(format!("{call} deleted {id}, and no plan said so"));
            }
        }
    }
}
