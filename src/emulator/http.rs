//! The emulator on a socket.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Request as HttpRequest, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::faults::FaultError;
use super::gateway::{Emulator, Reply};
use super::line::{Cut, Door};
use super::message::{Answer, Request};
use super::options::Options;
use super::storage;
use super::world::file::WorldError;
use crate::base::clock::Clock;

/// The largest body that is read.
const MAX_BODY: usize = 1 << 20;

/// How long a change may wait to be saved.
const SAVE_DELAY: Duration = Duration::from_millis(100);

/// How long connections may take to end when the emulator stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Why an emulator does not start or stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// The data file cannot be read.
    #[error("The emulator's data file {} cannot be read: {source}. Check its permissions, or name another one.", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// The data file holds no world.
    #[error("The emulator's data file {} cannot be used. {source} It was left as it is: mend it or move it away.", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: WorldError,
    },
    /// The world to start from is none.
    #[error("The world to start from cannot be used. {0}")]
    Initial(WorldError),
    /// The faults to begin with are none.
    #[error("The faults to begin with cannot be used. {0}")]
    Faults(FaultError),
    /// The data file cannot be written.
    #[error("The emulator's data file {} cannot be written: {source}.", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// The socket failed.
    #[error("The emulator cannot be served: {0}.")]
    Serve(io::Error),
}

/// What the server and the saver share.
struct Shared {
    emulator: Mutex<Emulator>,
    clock: Arc<dyn Clock>,
    data: Option<PathBuf>,
    changed: Notify,
    /// Held while saving, so that an older world is never written over a newer one.
    saving: Mutex<()>,
    /// Whether nothing is answered any more.
    frozen: AtomicBool,
}

impl Shared {
    /// The emulator. A panic elsewhere leaves a world that is still whole: each call changes it in one go.
    fn emulator(&self) -> MutexGuard<'_, Emulator> {
        self.emulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self) -> Result<(), EmulatorError> {
        let Some(path) = &self.data else { return Ok(()) };
        let _alone = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let world = self.emulator().world().clone();
        let content = format!("{:#}\n", world.to_json());
        storage::save(path, content.as_bytes()).map_err(|source| EmulatorError::Write { path: path.clone(), source })
    }
}

/// An emulator that answers requests. Dropping it ends it too, but only [`Self::stop`] saves its last changes for
/// certain.
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
    saver: JoinHandle<()>,
}

/// Starts an emulator on a listener, on the runtime that this is called in. The data file is read now, and written
/// behind every change.
pub fn start(options: Options, listener: TcpListener, clock: Arc<dyn Clock>) -> Result<Running, EmulatorError> {
    let data = match &options.data {
        None => None,
        Some(path) => storage::load(path).map_err(|source| EmulatorError::Read { path: path.clone(), source })?,
    };
    let mut emulator = Emulator::new(&options, data.as_deref()).map_err(|source| match (&options.data, &data) {
        (Some(path), Some(_)) => EmulatorError::Data { path: path.clone(), source },
        _ => EmulatorError::Initial(source),
    })?;
    if let Some(faults) = &options.faults {
        emulator.set_faults(faults).map_err(EmulatorError::Faults)?;
    }
    let address = listener.local_addr().map_err(EmulatorError::Serve)?;
    let shared = Arc::new(Shared {
        emulator: Mutex::new(emulator),
        clock,
        data: options.data,
        changed: Notify::new(),
        saving: Mutex::new(()),
        frozen: AtomicBool::new(false),
    });
    let (stop, stopped) = oneshot::channel();
    let router = axum::Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Cut>();
    let server = tokio::spawn(async move {
        let ended = async move { stopped.await.unwrap_or_default() };
        axum::serve(Door(listener), router).with_graceful_shutdown(ended).await
    });
    let saver = tokio::spawn(save_changes(Arc::clone(&shared)));
    Ok(Running { address, shared, stop, server, saver })
}

impl Running {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a process calls that ends at once: nothing is answered from then on, and the world is saved as it is.
    pub fn freezer(&self) -> impl FnOnce() -> Result<(), EmulatorError> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        move || {
            shared.frozen.store(true, Ordering::SeqCst);
            shared.save()
        }
    }

    /// Ends it: what is being answered is finished, and the world is saved.
    pub async fn stop(mut self) -> Result<(), EmulatorError> {
        // Nobody waits for it only if the server has ended already.
        let _ = self.stop.send(());
        if tokio::time::timeout(DRAIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
        self.saver.abort();
        self.shared.save()
    }
}

async fn save_changes(shared: Arc<Shared>) {
    loop {
        shared.changed.notified().await;
        tokio::time::sleep(SAVE_DELAY).await;
        let shared = Arc::clone(&shared);
        let saved = tokio::task::spawn_blocking(move || shared.save()).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!("{error}");
        }
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut request = Request {
        method: head.method.as_str().to_owned(),
        host: head.headers.get("host").map(text).unwrap_or_default(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: Vec::new(),
    };
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let now = shared.clock.now();
        return response(shared.emulator().refuse_body(&request, MAX_BODY, now));
    };
    request.body = body.into();
    let handled = {
        let now = shared.clock.now();
        let mut emulator = shared.emulator();
        // Looked at under the lock that saving takes: what is answered is saved.
        (!shared.frozen.load(Ordering::SeqCst)).then(|| {
            let before = emulator.world().revision();
            let reply = emulator.handle(&request, now);
            (reply, emulator.world().revision() != before)
        })
    };
    let Some((Reply { answer, delay }, changed)) = handled else { return std::future::pending().await };
    if changed {
        shared.changed.notify_one();
    }
    tokio::time::sleep(delay).await;
    answer.map_or_else(
        || {
            cut.now();
            Response::default()
        },
        response,
    )
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
