//! Interrupts: while something is being changed, the first asks the run to stop and the second ends
//! the process; at any other time the first ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit;
use super::ui::Ui;

/// Tells a command of SIGINT and SIGTERM.
#[derive(Debug, Clone)]
pub(super) struct Interrupts {
    stop: watch::Receiver<bool>,
    graceful: Arc<AtomicBool>,
}

impl Interrupts {
    /// Listens from now on.
    pub(super) fn listen(ui: &Ui) -> Self {
        let (stop, stopped) = watch::channel(false);
        let graceful = Arc::new(AtomicBool::new(false));
        let interrupts = Self { stop: stopped, graceful: Arc::clone(&graceful) };
        let ui = ui.clone();
        let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        let (Ok(mut interrupt), Ok(mut terminate)) = streams else {
            // Without handlers a signal ends the process at once, as the second one would.
            return interrupts;
        };
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    received = interrupt.recv() => if received.is_none() { return },
                    received = terminate.recv() => if received.is_none() { return },
                }
                if !graceful.load(Ordering::SeqCst) {
                    ui.end_process("Interrupted. Nothing was changed.", exit::INTERRUPTED);
                }
                if stop.send_replace(true) {
                    ui.end_process(
                        "Stopped. What was under way is in the journal; apply again to go on.",
                        exit::INTERRUPTED,
                    );
                }
                ui.talk("\nInterrupted: ending the calls under way. Interrupt again to stop at once.");
            }
        });
        interrupts
    }

    /// From now on something is being changed: the first interrupt turns the value true.
    pub(super) fn gracefully(&self) -> watch::Receiver<bool> {
        self.graceful.store(true, Ordering::SeqCst);
        self.stop.clone()
    }
}
