//! Interrupts: while something is being changed, the first asks the run to stop and the second ends
//! the process; at any other time the first ends it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use super::exit;
use super::ui::{Last, Ui};
use crate::base::fs::OsFs;
use crate::base::system;

/// How long a process that ends at once may take to say so, and to save what it must.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is done before the second interrupt ends the process, and the words for it.
type AtOnce = Arc<Mutex<Option<BoxFuture<'static, Last>>>>;

/// Tells a command of SIGINT, SIGTERM and SIGHUP.
#[derive(Clone)]
pub(super) struct Interrupts {
    stop: watch::Receiver<bool>,
    /// There once something is being changed.
    at_once: AtOnce,
}

impl Interrupts {
    /// Listens from now on.
    pub(super) fn listen(ui: &Ui) -> Self {
        let (stop, stopped) = watch::channel(false);
        let at_once = AtOnce::default();
        let interrupts = Self { stop: stopped, at_once: Arc::clone(&at_once) };
        if let Ok(signals) = Signals::listen() {
            tokio::spawn(heed(signals, ui.clone(), stop, at_once));
        }
        // Without handlers a signal ends the process at once, as the second one would.
        interrupts
    }

    /// From now on something is being changed: the first interrupt turns the value true. `at_once` is what is done
    /// before the second ends the process.
    pub(super) fn gracefully(&self, at_once: impl Future<Output = Last> + Send + 'static) -> watch::Receiver<bool> {
        *self.at_once.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(at_once));
        self.stop.clone()
    }
}

async fn heed(mut signals: Signals, ui: Ui, stop: watch::Sender<bool>, at_once: AtOnce) {
    while let Some(hung_up) = signals.next().await {
        let taken = {
            let mut at_once = at_once.lock().unwrap_or_else(PoisonError::into_inner);
            if at_once.is_none() {
                Some(None)
            } else if *stop.borrow() {
                // A terminal that closes says so more than once: by its shell, and by the system.
                if hung_up { None } else { Some(at_once.take()) }
            } else {
                None
            }
        };
        match taken {
            Some(None) => end(&ui, Last::saying("Interrupted. Nothing was changed.")).await,
            Some(Some(last)) => {
                let unknown = "Stopped. What was under way is in the journal; apply again to go on.";
                let last = timeout(PATIENCE, tokio::spawn(last)).await;
                end(&ui, last.ok().and_then(Result::ok).unwrap_or_else(|| Last::saying(unknown))).await;
            }
            None => {
                if !stop.send_replace(true) {
                    let ui = ui.clone();
                    let line = "Interrupted: ending the calls under way. Interrupt again to stop at once.";
                    // Beside this task: one who reads no more must not keep the next signal from being heard.
                    tokio::task::spawn_blocking(move || {
                        // A terminal has just shown the ^C that was typed.
                        ui.talk("");
                        ui.note(line);
                    });
                }
            }
        }
    }
}

/// Ends the process, with its last words if anybody listens.
async fn end(ui: &Ui, last: Last) {
    let speaker = ui.clone();
    let said = tokio::task::spawn_blocking(move || speaker.last(&last));
    drop(timeout(PATIENCE, said).await);
    ui.end_process(exit::INTERRUPTED)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Not there if it is ignored, as under `nohup`: to listen would end that.
    hangup: Option<Signal>,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        let kind = SignalKind::hangup();
        let ignored = u32::try_from(kind.as_raw_value()).is_ok_and(|number| system::ignores(&OsFs, number));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if ignored { None } else { Some(signal(kind)?) },
        })
    }

    /// Whether the next signal says that the terminal is gone; nothing once there will be none.
    async fn next(&mut self) -> Option<bool> {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            received = self.interrupt.recv() => received.map(|()| false),
            received = self.terminate.recv() => received.map(|()| false),
            received = hangup => received.map(|()| true),
        }
    }
}
