//! Who holds the lock on a state, and waiting for them.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::settings::Settings;
use super::ui::Ui;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::fs::OsFs;
use crate::base::random::{Random as _, SystemRandom};
use crate::base::system;
use crate::base::text::{count, span};
use crate::state::{Backend, Holder, Lock, Progress, StateError};

/// How often a run that waits says so.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// How often it looks whether another holds the lock by now.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes the lock, and waits for it as long as the settings say.
pub(super) async fn take(
    settings: &Settings,
    ui: &Ui,
    backend: &dyn Backend,
    doing: &str,
) -> Result<Box<dyn Lock>, StateError> {
    let begun = Instant::now();
    let mut wait = Duration::ZERO;
    let mut told: Option<(Instant, String)> = None;
    loop {
        let refused = match backend.lock(ourselves(settings, doing), wait).await {
            Err(refused) => refused,
            taken => return taken,
        };
        let StateError::Locked { location, holder } = &refused else { return Err(refused) };
        let left = settings.lock_timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(refused);
        }
        if told.as_ref().is_none_or(|(at, whom)| at.elapsed() >= SAY_EVERY || *whom != holder.id) {
            ui.note(&format!(
                "Waiting up to {} more for the lock on {location}: {}.",
                // Whole seconds, and never fewer than there are.
                span(Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0))),
                spoken(holder, SystemClock.now())
            ));
            told = Some((Instant::now(), holder.id.clone()));
        }
        wait = left.min(LOOK_EVERY);
    }
}

/// This process as the holder of a lock.
fn ourselves(settings: &Settings, doing: &str) -> Holder {
    let given = |names: &[&str]| names.iter().find_map(|name| settings.environment.get(name)).map(str::to_owned);
    let user = given(&["USER", "LOGNAME"]).unwrap_or_else(|| system::user(&OsFs));
    let host = given(&["HOSTNAME"]).unwrap_or_else(system::host);
    Holder {
        id: SystemRandom.uuid(),
        who: format!("{user}@{host}"),
        pid: std::process::id(),
        doing: doing.to_owned(),
        since: SystemClock.now().to_string(),
        progress: None,
    }
}

/// A holder, what it does, since when and how far it is, as far as it has said that:
/// `ada@host (process 12) began "apply" 2 min ago, 34 of 120 operations done`.
pub(super) fn spoken(holder: &Holder, now: Timestamp) -> String {
    let Holder { id: _, who, pid, doing, since, progress } = holder;
    let far = progress.map(|Progress { done, total }| format!(", {done} of {} done", count(total, "operation")));
    format!("{who} (process {pid}) began \"{doing}\" {}{}", ago(since, now), far.unwrap_or_default())
}

/// How long ago a moment was; what is no moment, as it is.
fn ago(since: &str, now: Timestamp) -> String {
    let Ok(moment) = since.parse::<Timestamp>() else { return since.to_owned() };
    // Where the clocks of two machines differ, it may lie ahead.
    let seconds = u64::try_from(now.duration_since(moment).as_secs()).unwrap_or_default();
    match seconds {
        0 => "just now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} ago", count(usize::try_from(seconds / 86_400).unwrap_or(usize::MAX), "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_unit_that_fits() {
        let now = "2026-11-22T10:15:00Z".parse().unwrap();
        for (since, told) in [
            ("2026-11-22T10:15:00.4Z", "just now"),
            ("2026-11-22T10:14:18Z", "42 s ago"),
            ("2026-11-22T10:12:30Z", "2 min ago"),
            ("2026-11-21T11:15:00Z", "23 h ago"),
            ("2026-11-19T10:15:00Z", "3 days ago"),
            ("2026-11-22T11:00:00Z", "just now"),
            ("just now", "just now"),
        ] {
            assert_eq!(ago(since, now), told, "{since}");
        }
    }
}
