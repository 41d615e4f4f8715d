//! Interrupts: the first asks the run to stop, the second ends the process.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit;
use super::ui::Ui;

/// Listens for SIGINT and SIGTERM. The value turns true at the first; at the second the process
/// ends at once, and the journal holds what was under way.
pub(super) fn listen(ui: &Ui) -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    let ui = ui.clone();
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = streams else {
        // Without handlers a signal ends the process at once, as the second one would.
        return stopped;
    };
    tokio::spawn(async move {
        for count in 1.. {
            tokio::select! {
                received = interrupt.recv() => if received.is_none() { return },
                received = terminate.recv() => if received.is_none() { return },
            }
            if count == 1 && stop.send(true).is_ok() {
                ui.talk("\nInterrupted: finishing what is under way, beginning nothing new. Interrupt again to stop at once; nothing is lost either way.");
            } else {
                ui.end_process(exit::INTERRUPTED);
            }
        }
    });
    stopped
}
