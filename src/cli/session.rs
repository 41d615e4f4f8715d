//! What the commands share: where things are, the loaded stack, the cloud, the state.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::exit::Problems;
use super::settings::Settings;
use super::ui::Ui;
use crate::base::clock::{Clock, SystemClock};
use crate::base::fs::OsFs;
use crate::base::random::{Random, SystemRandom};
use crate::cloud::client::{self, Client};
use crate::cloud::credentials::Credentials;
use crate::cloud::endpoint::Endpoints;
use crate::cloud::identity;
use crate::cloud::transport::HttpTransport;
use crate::config::{self, LoadRequest, SystemFiles};
use crate::diagnostics::{Diagnostic, codes};
use crate::emulator;
use crate::kinds::clouds::{Account, Clouds};
use crate::model::stack::Stack;
use crate::state::directory::DirectoryBackend;
use crate::state::{Backend, Holder, Lock, State, StateError};

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
    let who = |name: &str| settings.environment.get(name).unwrap_or("unknown").to_owned();
    let holder = Holder {
        id: SystemRandom.uuid(),
        who: format!("{}@{}", who("USER"), who("HOSTNAME")),
        pid: std::process::id(),
        doing: doing.to_owned(),
        since: SystemClock.now().to_string(),
    };
    let backend = location.backend();
    match backend.lock(holder.clone(), Duration::ZERO).await {
        Err(StateError::Locked { location: place, holder: other }) if !settings.lock_timeout.is_zero() => {
            let seconds = settings.lock_timeout.as_secs();
            ui.talk(&format!(
                "Waiting up to {seconds} s for the lock on {place}: {} (process {}) has been at \"{}\" since {}.",
                other.who, other.pid, other.doing, other.since
            ));
            backend.lock(holder, settings.lock_timeout).await
        }
        other => other,
    }
    .map_err(|error| state_problem(&error).into())
}

/// The way back from a state file that is lost.
const RESTORE: &str = "copy the newest file of backups/ to its place and move the journal away. \
    What was done after that file was written is not in it: look at the next plan with care.";

/// A state that cannot be used, as a problem with what to do.
pub(super) fn state_problem(error: &StateError) -> Diagnostic {
    let mut detail = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        detail = format!("{detail}: {source}");
    }
    let detail = format!("{detail}.");
    match error {
        StateError::Locked { .. } => Diagnostic::error(codes::LOCKED, "The state is locked by someone else", detail)
            .help("Wait for it to end, or wait here with --lock-timeout 5m."),
        StateError::Damaged { .. } => Diagnostic::error(codes::STATE, "The state is damaged", detail)
            .help(format!("It is left as it is. If it is the journal, move it away; if it is the state, {RESTORE}")),
        StateError::Newer { .. } => Diagnostic::error(codes::STATE, "The state is from a newer version", detail)
            .help("Use that version of cenform, or a later one. The state is left as it is."),
        StateError::Orphan { .. } => {
            Diagnostic::error(codes::JOURNAL, "The journal and the state do not belong together", detail)
                .help(format!("Put the state file back from where it was moved to. If it is lost, {RESTORE}"))
        }
        StateError::Moved { .. } => {
            Diagnostic::error(codes::STALE_PLAN, "The state has changed meanwhile", detail).help("Plan again.")
        }
        StateError::LockLost { .. } => Diagnostic::error(codes::STATE, "The lock on the state was lost", detail)
            .help("Somebody took it over. Look what they did, then apply again."),
        StateError::Io { .. } => Diagnostic::error(codes::STATE, "The state cannot be read or written", detail)
            .help("Look at the rights and the space of that folder."),
    }
}

/// The cloud of a run, embedded or not.
pub(super) struct Cloud {
    pub(super) clouds: Clouds,
    pub(super) account_id: String,
    pub(super) emulator: bool,
    embedded: Option<emulator::http::Running>,
}

impl Cloud {
    /// Opens the cloud: starts the embedded emulator if asked to, and asks whose credentials these are (S22).
    pub(super) async fn open(settings: &Settings, ui: &Ui, location: &Location) -> anyhow::Result<Self> {
        let mut embedded = None;
        let (endpoints, credentials) = if settings.emulator {
            if let Some(endpoint) = &settings.endpoint {
                anyhow::bail!(
                    "--emulator and --endpoint {endpoint} exclude each other: one starts an emulator, the other names one"
                );
            }
            let running = start_embedded(settings, location).await?;
            ui.talk("This run talks to the embedded emulator, not to Alibaba Cloud.");
            let endpoints = Endpoints::all_at(&format!("http://{}", running.address()))?;
            embedded = Some(running);
            (endpoints, Credentials::of_emulator())
        } else {
            let endpoints = match &settings.endpoint {
                Some(endpoint) => Endpoints::all_at(endpoint)?,
                None => Endpoints::default(),
            };
            let found = Credentials::from_environment(&settings.environment);
            let credentials = match found {
                // An emulator's default key needs no environment.
                Err(crate::cloud::credentials::CredentialsError::Missing) if endpoints.is_loopback() => {
                    Credentials::of_emulator()
                }
                found => found.map_err(|error| {
                    Problems::from(
                        Diagnostic::error(codes::CREDENTIALS, "There are no usable credentials", format!("{error}."))
                            .help("To try things without an account, give --emulator."),
                    )
                })?,
            };
            if endpoints.is_loopback() {
                ui.talk("This run talks to an emulator, not to Alibaba Cloud.");
            }
            (endpoints, credentials)
        };
        let emulator = endpoints.is_loopback();
        let transport = Arc::new(HttpTransport::new(&endpoints, &settings.environment)?);
        let client = Arc::new(Client::new(
            transport,
            credentials,
            endpoints,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            client::Settings::default(),
        ));
        let identity = match identity::caller_identity(&*client).await {
            Ok(identity) => identity,
            Err(error) => {
                let problem = crate::cloud::problem::problem(&error);
                if let Some(running) = embedded {
                    running.stop().await?;
                }
                return Err(Problems::from(problem).into());
            }
        };
        let account = Account { id: identity.account_id.clone(), api: client };
        Ok(Self { clouds: Clouds::new(account), account_id: identity.account_id, emulator, embedded })
    }

    /// Checks that a state or a plan belongs to this account and world (S22).
    pub(super) fn belongs(&self, what: &str, account_id: &str, emulator: bool) -> Result<(), Problems> {
        of_world(what, emulator, self.emulator)?;
        if account_id == self.account_id {
            return Ok(());
        }
        let detail =
            format!("{what} belongs to the account {account_id}, and these credentials to {}.", self.account_id);
        Err(elsewhere(what, detail))
    }

    /// Checks a state, if there is one yet.
    pub(super) fn owns(&self, location: &Location, state: &State) -> Result<(), Problems> {
        if state.lineage.is_empty() {
            return Ok(());
        }
        self.belongs(&location.spoken(), &state.account_id, state.emulator)
    }

    /// Ends the embedded emulator with its data saved.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        if let Some(running) = self.embedded {
            running.stop().await?;
        }
        Ok(())
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
    Err(elsewhere(what, format!("{what} belongs to {}, and this run talks to {}.", world(emulator), world(here))))
}

fn elsewhere(what: &str, detail: String) -> Problems {
    Diagnostic::error(codes::ACCOUNT, format!("{what} belongs elsewhere"), detail)
        .help("Use the credentials and the endpoint that it was made with, or another state file with --state.")
        .into()
}

async fn start_embedded(settings: &Settings, location: &Location) -> anyhow::Result<emulator::http::Running> {
    let data = settings.emulator_data.clone().unwrap_or_else(|| location.directory.join(".cenform/emulator.json"));
    let world = location.directory.join("world.json");
    let initial = if data.exists() || !world.exists() { None } else { Some(read_world(&world)?) };
    if let Some(folder) = data.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            anyhow::Error::new(error).context(format!("the folder {} cannot be made", folder.display()))
        })?;
    }
    let options = emulator::options::Options { data: Some(data), initial, ..emulator::options::Options::default() };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(emulator::http::start(options, listener, Arc::new(SystemClock))?)
}

/// The most that a world beside a stack may hold.
const LARGEST_WORLD: u64 = 64 << 20;

fn read_world(path: &Path) -> anyhow::Result<Vec<u8>> {
    crate::base::fs::Fs::read(&OsFs, path, LARGEST_WORLD)
        .map_err(|error| anyhow::Error::new(error).context(format!("{} cannot be read", path.display())))
}

/// The provider's settings as they count here: an emulator needs no settle window (S6).
pub(super) fn adapt(stack: &mut Stack, emulator: bool) {
    if emulator {
        stack.provider.settle_window = Duration::ZERO;
    }
}
