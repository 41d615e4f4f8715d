//! The engine with one thing missing that keeps it whole. What is missing is taken away at its ports, so that its code is
//! the same: a life that goes wrong then, and not otherwise, shows that the lives can see what that thing is for.
//!
//! Each mutant is first tried on lives that are aimed at it. `CENFORM_MUTANT` (a name such as `LockAlwaysGiven`, or
//! `all`) lets it live random lives instead, as many as `CENFORM_SEEDS` says or 5,000, and prints the first number of
//! which the life goes wrong.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cenform::base::fs::{FileLock, Fs};
use cenform::cloud::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use cenform::kinds::registry;
use cenform::state::journal::{Intent, Record, Wrote};
use cenform::state::{Loaded, Lock, Progress, State, StateError, Weight};
use serde_json::Value as Json;

use super::calls::{Call, Message};
use super::seen::given;
use super::watch::{Op, Role, Step, Watch, Watched, role};
use crate::suite::engine::bench::Ports;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutant {
    /// What is appended to the journal is not made durable.
    AppendNotSynced,
    /// A new journal is not made durable before it takes the place of the old.
    JournalNotSynced,
    /// A new state is not made durable before it takes the place of the old.
    StateNotSynced,
    /// The state's name is not made durable.
    StateNameNotSynced,
    /// Neither is that of the journal, in the folder of its own.
    OwnNamesNotSynced,
    /// Neither is that of `.cenform`.
    FolderNameNotSynced,
    /// The journal does not remember the token of an intent.
    TokensNotKept,
    /// Whoever asks for the lock gets it.
    LockAlwaysGiven,
    /// Who holds the lock is whoever looks.
    FenceIgnored,
    /// A read by id is answered from lists, which may lag behind.
    IdsReadFromLists,
    /// A call that is the same is sent with the same token, also after a refusal.
    TokensNotChanged,
    /// An object of the right name is taken for what an intent has made.
    OursWithoutProof,
}

impl Mutant {
    pub(super) const ALL: [Self; 12] = [
        Self::AppendNotSynced,
        Self::JournalNotSynced,
        Self::StateNotSynced,
        Self::StateNameNotSynced,
        Self::OwnNamesNotSynced,
        Self::FolderNameNotSynced,
        Self::TokensNotKept,
        Self::LockAlwaysGiven,
        Self::FenceIgnored,
        Self::IdsReadFromLists,
        Self::TokensNotChanged,
        Self::OursWithoutProof,
    ];

    /// Whether this sync is left out.
    fn leaves_out(self, step: Step<'_>) -> bool {
        let Step { role, op, path } = step;
        match self {
            Self::AppendNotSynced => (role, op) == (Role::Journal, Op::AppendSync),
            Self::JournalNotSynced => (role, op) == (Role::Journal, Op::Sync),
            Self::StateNotSynced => (role, op) == (Role::State, Op::Sync),
            Self::StateNameNotSynced => (role, op) == (Role::State, Op::SyncDir),
            Self::OwnNamesNotSynced => op == Op::SyncDir && path.ends_with(".cenform/cenform.state.json"),
            Self::FolderNameNotSynced => {
                (role, op) == (Role::Folders, Op::SyncDir)
                    && path.join(".cenform").parent() == Some(Path::new("/stack"))
            }
            _ => false,
        }
    }
}

impl Ports for Mutant {
    fn fs(&self, fs: Arc<dyn Fs>) -> Arc<dyn Fs> {
        Arc::new(Watched::new(fs, Arc::new(Liar { mutant: *self, name: Mutex::default() })))
    }

    fn lock(&self, lock: Box<dyn Lock>) -> Box<dyn Lock> {
        Box::new(Forgetful { mutant: *self, lock })
    }

    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Muddled { mutant: *self, transport, tokens: Mutex::default() })
    }
}

/// A disk that does not do what it says.
struct Liar {
    mutant: Mutant,
    /// The file that names the holder of the lock, as this process wrote it.
    name: Mutex<Option<Vec<u8>>>,
}

impl Watch for Liar {
    fn syncs(&self, step: Step<'_>) -> bool {
        !self.mutant.leaves_out(step)
    }

    fn writes(&self, step: Step<'_>, bytes: &[u8]) {
        if step.role == Role::Holder {
            *self.name.lock().unwrap() = Some(bytes.to_vec());
        }
    }

    fn read(&self, path: &Path, found: io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
        let own = self.name.lock().unwrap().clone();
        let own = own.filter(|_| self.mutant == Mutant::FenceIgnored && role(path) == Role::Holder);
        own.map_or(found, Ok)
    }

    fn locked(&self, found: io::Result<Option<FileLock>>) -> io::Result<Option<FileLock>> {
        if self.mutant == Mutant::LockAlwaysGiven { given(found) } else { found }
    }
}

/// A lock that does not keep all that it is told.
struct Forgetful {
    mutant: Mutant,
    lock: Box<dyn Lock>,
}

impl Forgetful {
    fn kept(&self, intent: &Intent) -> Intent {
        let forgets = self.mutant == Mutant::TokensNotKept;
        Intent { token: intent.token.clone().filter(|_| !forgets), ..intent.clone() }
    }
}

/// An intent that says no more than the name, or what else the objects of its kind are told apart by.
fn vague(intent: Intent) -> Intent {
    let key = registry::schema(intent.address.kind).natural_key;
    let says = |name: &str| if key.is_empty() { name == "name" } else { key.contains(&name) || name == "type" };
    let attributes = intent.attributes.into_iter().filter(|(name, _)| says(name)).collect();
    Intent { absent: true, at: "2026-01-01T00:00:00Z".to_owned(), attributes, ..intent }
}

#[async_trait]
impl Lock for Forgetful {
    async fn load(&self) -> Result<Loaded, StateError> {
        let loaded = self.lock.load().await?;
        if self.mutant != Mutant::OursWithoutProof {
            return Ok(loaded);
        }
        let open = loaded.open.into_iter().map(vague).collect();
        Ok(Loaded { open, ..loaded })
    }

    async fn append(&self, records: &[Record]) -> Result<(), StateError> {
        let kept = |record: &Record| match record {
            Record::Intent(intent) => Record::Intent(self.kept(intent)),
            other => other.clone(),
        };
        self.lock.append(&records.iter().map(kept).collect::<Vec<_>>()).await
    }

    async fn weight(&self) -> Weight {
        self.lock.weight().await
    }

    async fn progress(&self, now: Progress) {
        self.lock.progress(now).await;
    }

    async fn commit(&self, state: &State, expected: u64, open: &[Intent], recent: &[Wrote]) -> Result<(), StateError> {
        let open: Vec<Intent> = open.iter().map(|intent| self.kept(intent)).collect();
        self.lock.commit(state, expected, &open, recent).await
    }

    async fn push(&self, state: &State) -> Result<u64, StateError> {
        self.lock.push(state).await
    }
}

/// A network that says some things otherwise.
struct Muddled {
    mutant: Mutant,
    transport: Arc<dyn Transport>,
    /// The first token of each call.
    tokens: Mutex<BTreeMap<String, String>>,
}

impl Muddled {
    /// The call with the first token that it ever had.
    fn with_first_token(&self, request: HttpRequest) -> HttpRequest {
        let Some(mut message) = Message::read(&request) else { return request };
        let action = message.get("Action").unwrap_or_default().to_owned();
        let mut said: Vec<_> = message.own().iter().filter(|(name, _)| name != "ClientToken").cloned().collect();
        said.sort();
        let Some((_, token)) = message.own().iter_mut().find(|(name, _)| name == "ClientToken") else { return request };
        let first = self.tokens.lock().unwrap().entry(format!("{action} {said:?}")).or_insert(token.clone()).clone();
        *token = first;
        message.signed(request)
    }

    /// Reads an object by its id out of a list.
    async fn listed(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        let kind = Call::of(&request).kind.filter(|_| !Call::of(&request).writes);
        let named = Message::read(&request).zip(kind).and_then(|(message, kind)| Some((message.named(kind)?, message)));
        let Some(((id, params), mut message)) = named else { return self.transport.send(request, deadline).await };
        message.own().retain(|(name, _)| !params.contains(name));
        let answer = self.transport.send(message.signed(request), deadline).await?;
        let Ok(mut body) = serde_json::from_slice(&answer.body) else { return Ok(answer) };
        only(&mut body, &id, params.first().filter(|name| name.ends_with("Id")).map_or("CenId", String::as_str));
        Ok(HttpResponse { body: serde_json::to_vec(&body).unwrap(), ..answer })
    }
}

/// Leaves only the object with this id in a list.
fn only(answer: &mut Json, id: &str, field: &str) {
    match answer {
        Json::Object(fields) => fields.values_mut().for_each(|value| only(value, id, field)),
        Json::Array(items) => items.retain(|item| item.get(field).is_none_or(|found| found == id)),
        _ => {}
    }
}

#[async_trait]
impl Transport for Muddled {
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        match self.mutant {
            Mutant::TokensNotChanged => self.transport.send(self.with_first_token(request), deadline).await,
            Mutant::IdsReadFromLists => self.listed(request, deadline).await,
            _ => self.transport.send(request, deadline).await,
        }
    }
}
