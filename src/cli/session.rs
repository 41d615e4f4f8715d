//! What the commands share: where things are, the loaded stack, the cloud, the state.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;

use super::accounts::{self, Declared, Uses};
use super::exit::Problems;
use super::holder;
use super::settings::Settings;
use super::ui::{Last, Ui};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::disk;
use crate::base::fs::OsFs;
use crate::base::random::SystemRandom;
use crate::base::text::{count, shell_word, some};
use crate::cloud::client::{self, Client};
use crate::cloud::credentials::{Credentials, CredentialsError};
use crate::cloud::endpoint::Endpoints;
use crate::cloud::error::Class;
use crate::cloud::identity;
use crate::cloud::transport::{HttpTransport, Transport};
use crate::config::{self, LoadRequest, SystemFiles};
use crate::diagnostics::{Diagnostic, codes};
use crate::emulator;
use crate::emulator::options::AccessKey;
use crate::kinds::clouds::{Account, Clouds};
use crate::model::stack::{CredentialsSource, DeclaredKey, Stack};
use crate::state::directory::DirectoryBackend;
use crate::state::journal::Intent;
use crate::state::{Backend as _, Lock, Part, State, StateError};

/// Where a stack and its belongings are.
#[derive(Debug, Clone)]
pub(super) struct Location {
    /// The stack, as given: a directory or a file.
    pub(super) stack: PathBuf,
    /// The directory of the stack.
    pub(super) directory: PathBuf,
    /// The state file.
    pub(super) state: PathBuf,
}

impl Location {
    /// The places that belong to a stack.
    pub(super) fn of(settings: &Settings, stack: &Path) -> Self {
        let (directory, name) = if stack.is_file() {
            let stem = stack.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            let parent = stack.parent().filter(|parent| !parent.as_os_str().is_empty());
            (parent.unwrap_or(Path::new(".")).to_owned(), format!("{stem}.cenform.state.json"))
        } else {
            (stack.to_owned(), "cenform.state.json".to_owned())
        };
        let state = settings.state.clone().unwrap_or_else(|| directory.join(name));
        Self { stack: stack.to_owned(), directory, state }
    }

    /// Refuses a stack that is not there: its missing state would pass for an empty one.
    pub(super) fn must_exist(&self, help: &str) -> Result<(), Problems> {
        if self.stack.exists() {
            return Ok(());
        }
        let detail = format!("There is no {}.", self.stack.display());
        Err(Diagnostic::error(codes::NO_SUCH, "There is no such stack", detail).help(help).into())
    }

    /// The state, as a message names it.
    pub(super) fn spoken(&self) -> String {
        format!("The state {}", self.state.display())
    }

    /// The backend of the state.
    pub(super) fn backend(&self) -> DirectoryBackend {
        DirectoryBackend::new(Arc::new(OsFs), Arc::new(SystemClock), self.state.clone())
    }
}

/// Loads a stack, or gives everything that is wrong with it.
pub(super) fn load(settings: &Settings, ui: &Ui, stack: &Path) -> Result<Stack, Problems> {
    let request = LoadRequest {
        path: stack.to_owned(),
        vars: settings.vars.clone(),
        var_files: settings.var_files.clone(),
        region: settings.region.clone(),
        environment: &settings.environment,
        files: &SystemFiles,
    };
    match config::load(&request) {
        Ok(loaded) => {
            ui.problems(&loaded.warnings, &loaded.files);
            Ok(loaded.stack)
        }
        Err(problems) => Err(Problems { problems: problems.diagnostics, texts: problems.files }),
    }
}

/// The state as it is, without a lock.
pub(super) async fn state(location: &Location) -> Result<crate::state::Loaded, Problems> {
    location.must_exist("Name the directory or the file of a stack.")?;
    location.backend().load().await.map_err(|error| state_problem(&error).into())
}

/// The lock on the state.
pub(super) async fn lock(
    settings: &Settings,
    ui: &Ui,
    location: &Location,
    doing: &str,
) -> Result<Box<dyn Lock>, Problems> {
    holder::take(settings, ui, &location.backend(), doing).await.map_err(|error| state_problem(&error).into())
}

/// How to go on where the state or its journal is lost: from the newest state that can be read, or without one.
fn way_back(whole: Option<&str>) -> String {
    match whole {
        Some(whole) => format!(
            "`cenform state push {}`, with the stack or --state of this command, goes on from there and gives the \
             journal up; it says what that would lose.",
            shell_word(whole)
        ),
        None => "move what is left of the state and its journal away, and take each object into a new state with `cenform import`.".to_owned(),
    }
}

/// A state that cannot be used, as a problem with what to do.
pub(super) fn state_problem(error: &StateError) -> Diagnostic {
    let mut detail = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        detail = format!("{detail}: {source}");
    }
    let detail = format!("{detail}.");
    match error {
        StateError::Locked { location, holder: other } => {
            let detail = format!("{location} is locked: {}.", holder::spoken(other, SystemClock.now()));
            let stuck = match other.id.as_str() {
                "" => String::new(),
                id => format!(
                    " If it is gone or stuck, cenform unlock {id} --state {} takes the right to write from it.",
                    shell_word(location)
                ),
            };
            Diagnostic::error(codes::LOCKED, "The state is locked by someone else", detail)
                .help(format!("Wait for it to end, or wait here with --lock-timeout 5m.{stuck}"))
        }
        StateError::NotLocked { .. } => Diagnostic::error(codes::NO_SUCH, "There is no lock to take away", detail)
            .help("Nobody is in your way: run the command that was kept out."),
        StateError::Damaged { part: Part::State, whole, .. } => {
            let back = way_back(whole.as_deref());
            Diagnostic::error(codes::STATE, "The state is damaged", detail)
                .help(format!("It is left as it is: put a whole copy in its place. If there is none, {back}"))
        }
        StateError::Damaged { part: Part::Journal, whole, .. } => {
            let back = way_back(whole.as_deref());
            Diagnostic::error(codes::JOURNAL, "The journal is damaged", detail).help(format!(
                "It is left as it is: what was done since the state was written is in it alone. If nobody can mend it, \
                 {back}"
            ))
        }
        StateError::Newer { .. } => Diagnostic::error(codes::STATE, "The state is from a newer version", detail)
            .help("Use that version of cenform, or a later one. The state is left as it is."),
        StateError::Orphan { whole, .. } => {
            let back = way_back(whole.as_deref());
            Diagnostic::error(codes::JOURNAL, "The journal and the state do not belong together", detail)
                .help(format!("Put the state file back from where it was moved to. If it is lost, {back}"))
        }
        StateError::Moved { .. } => {
            Diagnostic::error(codes::STALE_PLAN, "The state has changed meanwhile", detail).help("Plan again.")
        }
        StateError::LockLost { .. } => Diagnostic::error(codes::STATE, "The lock on the state was lost", detail)
            .help("Somebody took it over. Look what they did, then apply again."),
        StateError::Gone { .. } => Diagnostic::error(codes::STATE, "The folder of the journal was removed", detail)
            .help("Leave .cenform beside the state file as it is while a command runs, then apply again."),
        StateError::Io { source, .. } => Diagnostic::error(codes::STATE, "The state cannot be read or written", detail)
            .help(format!("{} Then run the same command again.", disk::advice(source.kind()))),
    }
}

/// Where a run's calls go, before anybody is asked who the callers are.
pub(super) struct World {
    endpoints: Endpoints,
    transport: Arc<dyn Transport>,
    /// The accounts that are declared.
    names: BTreeSet<String>,
    embedded: Option<emulator::http::Running>,
}

/// The cloud of a run, with everybody in it.
pub(super) struct Cloud {
    pub(super) clouds: Clouds,
    pub(super) emulator: bool,
}

impl World {
    /// Opens the world: starts the embedded emulator if asked to.
    pub(super) async fn open(
        settings: &Settings,
        ui: &Ui,
        location: &Location,
        names: BTreeSet<String>,
    ) -> anyhow::Result<Self> {
        let (endpoints, embedded) = if settings.emulator {
            if let Some(endpoint) = &settings.endpoint {
                anyhow::bail!(
                    "--emulator and --endpoint {endpoint} exclude each other: one starts an emulator, the other names one"
                );
            }
            let running = start_embedded(settings, location, &names).await?;
            ui.talk("This run talks to the embedded emulator, not to Alibaba Cloud.");
            (Endpoints::all_at(&format!("http://{}", running.address()))?, Some(running))
        } else {
            let endpoints = match &settings.endpoint {
                Some(endpoint) => Endpoints::all_at(endpoint)?,
                None => Endpoints::default(),
            };
            if endpoints.is_loopback() {
                ui.talk("This run talks to an emulator, not to Alibaba Cloud.");
            }
            (endpoints, None)
        };
        let transport = Arc::new(HttpTransport::new(&endpoints, &settings.environment)?);
        Ok(Self { endpoints, transport, names, embedded })
    }

    /// Asks, all at once, who the credentials are that the run uses (S22).
    pub(super) async fn enter(&self, settings: &Settings, declared: &Declared, uses: &Uses) -> Result<Cloud, Problems> {
        let mut problems = uses.undeclared(&self.names);
        let mut callers = Vec::new();
        for name in uses.0.keys().filter(|name| name.as_ref().is_none_or(|name| self.names.contains(name))) {
            match self.credentials(settings, declared, name.as_deref()) {
                Ok(credentials) => callers.push((name.as_deref(), Arc::new(self.client(credentials)))),
                Err(error) => {
                    let detail = of_account(name.as_deref(), format!("{error}."));
                    let told = Diagnostic::error(codes::CREDENTIALS, "There are no usable credentials", detail);
                    problems.push(told.help("To try things without an account, give --emulator."));
                }
            }
        }
        if !problems.is_empty() {
            return Err(Problems { problems, texts: BTreeMap::new() });
        }
        let asked = callers.iter().map(|(_, client)| identity::caller_identity(&**client));
        let mut clouds = Clouds::default();
        for (identity, (name, client)) in join_all(asked).await.into_iter().zip(&callers) {
            let expected = name.and_then(|name| declared.get(name)?.id.as_ref()).filter(|_| self.embedded.is_none());
            match identity {
                Ok(identity) if expected.is_some_and(|expected| *expected != identity.account_id) => {
                    let name = name.unwrap_or_default();
                    let expected = expected.map_or("", String::as_str);
                    let is = identity.account_id;
                    let detail = format!("The account {name} must be {expected}, and its credentials belong to {is}.");
                    let told = Diagnostic::error(codes::ACCOUNT, "An account is somebody else", detail);
                    problems.push(told.help("Give the credentials of that account, or correct its id."));
                }
                Ok(identity) => {
                    let account = Account { id: identity.account_id, api: client.clone() };
                    clouds = clouds.with(name.map(str::to_owned), account);
                }
                Err(error) => {
                    let problem = crate::cloud::problem::problem(&error);
                    let told = Diagnostic { detail: of_account(*name, problem.detail.clone()), ..problem };
                    problems.push(match name {
                        Some(name) if error.class() == Class::Permission => told.help(format!(
                            "Look at the credentials that accounts.{name} names, and that the endpoint is theirs."
                        )),
                        _ => told,
                    });
                }
            }
        }
        if problems.is_empty() {
            Ok(Cloud { clouds, emulator: self.endpoints.is_loopback() })
        } else {
            Err(Problems { problems, texts: BTreeMap::new() })
        }
    }

    /// The credentials of an account. The embedded emulator has some for each, and none are looked up for it.
    fn credentials(
        &self,
        settings: &Settings,
        declared: &Declared,
        name: Option<&str>,
    ) -> Result<Credentials, CredentialsError> {
        let environment = &settings.environment;
        if self.embedded.is_some() {
            return Ok(name
                .map_or_else(Credentials::of_emulator, |name| Credentials::new(embedded_key(name), EMBEDDED_SECRET)));
        }
        match name.and_then(|name| declared.get(name)).map(|account| &account.source) {
            Some(CredentialsSource::Profile(profile)) => Credentials::of_profile(profile, environment, &OsFs),
            Some(CredentialsSource::Key(DeclaredKey { id, secret, token })) => Ok(Credentials {
                access_key_id: id.clone(),
                access_key_secret: secret.clone(),
                security_token: token.clone(),
            }),
            None => match &settings.profile {
                Some(profile) => Credentials::of_profile(profile, environment, &OsFs),
                // An emulator's default key needs no environment, and nobody's own profile is for an emulator.
                None if self.endpoints.is_loopback() => match Credentials::from_environment(environment) {
                    Err(CredentialsError::Missing) => Ok(Credentials::of_emulator()),
                    found => found,
                },
                None => Credentials::by_default(environment, &OsFs),
            },
        }
    }

    /// A client for one account.
    fn client(&self, credentials: Credentials) -> Client {
        Client::new(
            self.transport.clone(),
            credentials,
            self.endpoints.clone(),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            client::Settings::default(),
        )
    }

    /// What is done when a run ends at once: the embedded emulator saves its data, and the journal tells of which calls
    /// nothing is known.
    pub(super) fn at_once(&self, location: &Location) -> impl Future<Output = Last> + Send + use<> {
        let freeze = self.embedded.as_ref().map(emulator::http::Running::freezer);
        let backend = location.backend();
        async move {
            let unsaved = freeze.and_then(|freeze| freeze().err());
            let unknown = |intents: Vec<Intent>| intents.into_iter().filter(Intent::is_unknown);
            let open: Option<Vec<_>> =
                backend.load().await.ok().map(|loaded| unknown(loaded.open).map(|intent| intent.address).collect());
            let known = match open.as_deref() {
                None => "What was under way is in the journal; apply again to go on.".to_owned(),
                Some([]) => "The journal has all that was done; apply again to go on.".to_owned(),
                Some(open) => {
                    let names: Vec<String> = open.iter().map(ToString::to_string).collect();
                    format!("{} unknown, of {}; apply again to settle it.", count(open.len(), "outcome"), some(&names))
                }
            };
            let unsaved = unsaved.map(|error| format!(" {error}")).unwrap_or_default();
            Last { message: format!("Stopped. {known}{unsaved}"), open }
        }
    }

    /// Ends the embedded emulator with its data saved.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        if let Some(running) = self.embedded {
            running.stop().await?;
        }
        Ok(())
    }
}

/// What is said about an account, with its name before it.
fn of_account(name: Option<&str>, detail: String) -> String {
    match name {
        Some(name) => format!("The account {name}: {detail}"),
        None => detail,
    }
}

impl Cloud {
    /// Checks a state, if there is one yet (S22).
    pub(super) fn owns(&self, location: &Location, state: &State) -> Result<(), Problems> {
        if state.lineage.is_empty() {
            return Ok(());
        }
        of_world(&location.spoken(), state.emulator, self.emulator)?;
        accounts::owns(&self.clouds, &location.spoken(), state)
    }
}

/// Refuses a state or a plan of the other world before anybody is asked who this is (S22).
pub(super) fn same_world(settings: &Settings, what: &str, emulator: bool) -> anyhow::Result<()> {
    let endpoint = settings.endpoint.as_deref().map(Endpoints::all_at).transpose()?;
    let here = settings.emulator || endpoint.is_some_and(|endpoint| endpoint.is_loopback());
    Ok(of_world(what, emulator, here)?)
}

fn of_world(what: &str, emulator: bool, here: bool) -> Result<(), Problems> {
    let world = |emulator: bool| if emulator { "an emulator" } else { "Alibaba Cloud" };
    if emulator == here {
        return Ok(());
    }
    Err(elsewhere(what, format!("{what} belongs to {}, and this run talks to {}.", world(emulator), world(here)))
        .into())
}

/// The problem of a state or a plan that belongs to another account or world (S22).
pub(super) fn elsewhere(what: &str, detail: String) -> Diagnostic {
    Diagnostic::error(codes::ACCOUNT, format!("{what} belongs elsewhere"), detail)
        .help("Use the credentials and the endpoint that it was made with, or another state file with --state.")
}

/// The access key id of an account in the embedded emulator.
fn embedded_key(account: &str) -> String {
    format!("emulator-{account}")
}

/// The secret of every such key.
const EMBEDDED_SECRET: &str = "emulator";

/// The id of the first named account in the embedded emulator; the others follow in the order of their names.
const FIRST_NAMED: u64 = 1_000_000_000_000_002;

async fn start_embedded(
    settings: &Settings,
    location: &Location,
    names: &BTreeSet<String>,
) -> anyhow::Result<emulator::http::Running> {
    let data = settings.emulator_data.clone().unwrap_or_else(|| location.directory.join(".cenform/emulator.json"));
    let world = location.directory.join("world.json");
    let initial = if data.exists() || !world.exists() { None } else { Some(read_world(&world)?) };
    if let Some(folder) = data.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            anyhow::Error::new(error).context(format!("the folder {} cannot be made", folder.display()))
        })?;
    }
    let mut options = emulator::options::Options { data: Some(data), initial, ..emulator::options::Options::default() };
    options.keys.extend(
        (FIRST_NAMED..)
            .zip(names)
            .map(|(id, name)| AccessKey::new(&embedded_key(name), EMBEDDED_SECRET, &id.to_string(), None)),
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(emulator::http::start(options, listener, Arc::new(SystemClock))?)
}

/// The most that a world beside a stack may hold.
const LARGEST_WORLD: u64 = 64 << 20;

fn read_world(path: &Path) -> anyhow::Result<Vec<u8>> {
    crate::base::fs::Fs::read(&OsFs, path, LARGEST_WORLD)
        .map_err(|error| anyhow::Error::new(error).context(format!("{} cannot be read", path.display())))
}
