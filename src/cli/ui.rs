//! The only printer. stdout carries what was asked for, stderr the talk.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::exit::{self, Problems};
use super::settings::Settings;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::disk;
use crate::diagnostics::{Diagnostic, Severity, Style, codes, locate, render};
use crate::model::address::Address;
use crate::report::json::{Ending, Stream};

/// Prints, and asks.
#[derive(Debug, Clone)]
pub(super) struct Ui {
    out: Style,
    err: Style,
    quiet: bool,
    can_ask: bool,
    shared: Arc<Shared>,
}

/// The last words of a process that was told to end at once.
#[derive(Debug)]
pub(super) struct Last {
    /// What people read.
    pub(super) message: String,
    /// The resources with a call whose outcome is not known, if that could be told.
    pub(super) open: Option<Vec<Address>>,
}

impl Last {
    /// Words without more.
    pub(super) fn saying(message: &str) -> Self {
        Self { message: message.to_owned(), open: None }
    }
}

/// What all copies of a printer know.
#[derive(Debug, Default)]
struct Shared {
    /// Whether what happens and what goes wrong is lines of JSON on stdout.
    json: AtomicBool,
    /// Whether stdout did not take what was printed, for another reason than that nobody reads it any more.
    lost: AtomicBool,
}

impl Ui {
    /// A printer that goes by the settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let width = terminal_width();
        Self {
            out: Style { colour: settings.colour_out, width },
            err: Style { colour: settings.colour_err, width },
            quiet: settings.quiet,
            can_ask: settings.can_ask,
            shared: Arc::default(),
        }
    }

    /// A printer for what goes wrong before there are settings.
    pub(super) fn plain() -> Self {
        Self { out: Style::plain(), err: Style::plain(), quiet: false, can_ask: false, shared: Arc::default() }
    }

    /// From now on, with `json`, what happens and what goes wrong is lines of JSON on stdout.
    pub(super) fn speak(&self, json: bool) {
        self.shared.json.store(json, Ordering::SeqCst);
    }

    fn speaks_json(&self) -> bool {
        self.shared.json.load(Ordering::SeqCst)
    }

    /// The stream of JSON lines, if that is what stdout carries.
    pub(super) fn stream(&self) -> Option<Stream> {
        self.speaks_json().then(|| Stream::at(SystemClock.now()))
    }

    /// How stdout looks.
    pub(super) fn style_out(&self) -> Style {
        self.out
    }

    /// Prints what was asked for. The text ends its own lines.
    pub(super) fn print(&self, text: &str) {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            self.lose(&error);
        }
    }

    /// Says once that stdout does not take what is printed.
    fn lose(&self, error: &io::Error) {
        // A reader that went away is no failure of ours.
        if error.kind() == io::ErrorKind::BrokenPipe || self.shared.lost.swap(true, Ordering::SeqCst) {
            return;
        }
        let problem = Diagnostic::error(codes::SETTING, "The output cannot be written", format!("stdout: {error}."))
            .help(disk::advice(error.kind()));
        self.complain(render::all(&[problem], &BTreeMap::new(), &self.err).trim_end());
    }

    /// The exit code of a command that gave `code`, which is a failure if its output was lost. `mutated` says whether a
    /// mutating request has left the process.
    pub(super) fn delivered(&self, code: u8, mutated: bool) -> u8 {
        if self.shared.lost.load(Ordering::SeqCst) { exit::of_lost_output(code, mutated) } else { code }
    }

    /// Says something on the way.
    pub(super) fn talk(&self, line: &str) {
        if !self.quiet {
            self.complain(line);
        }
    }

    /// Says something that must not be missed.
    #[expect(clippy::unused_self, reason = "who prints holds the printer")]
    pub(super) fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Shows problems, and gives the exit code that they mean.
    pub(super) fn problems(&self, problems: &[Diagnostic], texts: &BTreeMap<PathBuf, String>) -> u8 {
        let mut shown: Vec<Diagnostic> =
            problems.iter().filter(|p| !self.quiet || p.severity == Severity::Error).cloned().collect();
        locate::resolve(&mut shown, texts);
        locate::sort(&mut shown);
        if let Some(stream) = self.stream() {
            for problem in &shown {
                self.print(&(stream.diagnostic(problem) + "\n"));
            }
        } else if !shown.is_empty() {
            self.complain(render::all(&shown, texts, &self.err).trim_end());
        }
        exit::of_problems(problems)
    }

    /// Shows one problem without a file.
    pub(super) fn problem(&self, problem: &Diagnostic) -> u8 {
        self.problems(std::slice::from_ref(problem), &BTreeMap::new())
    }

    /// Shows what ended a command.
    pub(super) fn failure(&self, error: &anyhow::Error) -> u8 {
        if let Some(problems) = error.downcast_ref::<Problems>() {
            return self.problems(&problems.problems, &problems.texts);
        }
        self.problem(&from_error(error))
    }

    /// Asks a question that only `yes` answers. `flag` is what answers it where nobody can be asked.
    pub(super) async fn confirm(&self, question: &str, flag: &str) -> Result<bool, Diagnostic> {
        if !self.can_ask || self.speaks_json() {
            return Err(Diagnostic::error(
                codes::SETTING,
                "Nobody can be asked here",
                "The plan needs a yes, and this is not a terminal, or questions are switched off.",
            )
            .help(format!("Review a plan with `cenform plan --out FILE` and apply that file, or give {flag}.")));
        }
        self.complain(&format!("\n{question}\n  Only 'yes' will be accepted to approve.\n"));
        // Whoever interrupts is told so on stderr, which must not be locked meanwhile.
        let _ = write!(io::stderr().lock(), "  Enter a value: ");
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            // An end of input is an answer too, and not a yes.
            let _ = io::stdin().lock().read_line(&mut answer);
            answer
        });
        let approved = answer.await.is_ok_and(|answer| answer.trim() == "yes");
        self.complain("");
        Ok(approved)
    }

    /// All that stdin gives, up to `limit` bytes.
    #[expect(clippy::unused_self, reason = "who reads holds the printer")]
    pub(super) fn input(&self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Shows every call to the cloud as it happens, if asked to.
    pub(super) fn trace(&self, verbose: bool) {
        if !verbose {
            return;
        }
        let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), tracing::Level::DEBUG);
        let lines =
            tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(self.err.colour).with_target(false);
        // A second subscriber in one process is refused, and the first goes on.
        let _ = tracing_subscriber::registry().with(lines).with(ours).try_init();
    }

    /// Says something on the way, which is also a line of the stream of JSON lines if there is one.
    pub(super) fn note(&self, line: &str) {
        match self.stream() {
            Some(stream) => self.print(&(stream.log(line) + "\n")),
            None => self.talk(line),
        }
    }

    /// Says how a run ended that was interrupted.
    pub(super) fn last(&self, last: &Last) {
        if let Some(stream) = self.stream() {
            let ending =
                Ending { message: &last.message, interrupted: true, not_done: None, open: last.open.as_deref() };
            self.print(&(stream.stopped(&ending) + "\n"));
        }
        self.complain(&last.message);
    }

    /// Ends the process at once.
    #[expect(clippy::unused_self, reason = "who ends it holds the printer")]
    pub(super) fn end_process(&self, code: u8) -> ! {
        std::process::exit(i32::from(code))
    }

    /// Help, version, or wrong usage.
    pub(super) fn report_usage(error: &clap::Error) -> u8 {
        let printed = error.print().and_then(|()| io::stdout().flush());
        if error.use_stderr() {
            return exit::ERROR;
        }
        let ui = Self::plain();
        if let Err(error) = printed {
            ui.lose(&error);
        }
        ui.delivered(exit::OK, false)
    }

    /// A mistake in cenform itself.
    pub(super) fn report_panic(what: &str) {
        let problem = Diagnostic::error(
            codes::INTERNAL,
            "cenform itself has failed",
            format!("This is a mistake in cenform {}, not in your stack: {what}.", env!("CARGO_PKG_VERSION")),
        )
        .help("Please report it with this text. The state and the journal are as they were.");
        let _ = Self::plain().problem(&problem);
    }
}

/// A failure that no room has turned into a diagnostic.
fn from_error(error: &anyhow::Error) -> Diagnostic {
    if let Some(diagnostic) = error.downcast_ref::<DiagnosticError>() {
        return diagnostic.0.clone();
    }
    let mut causes = error.chain().map(|cause| cause.to_string().trim_end_matches('.').to_owned());
    let summary = causes.next().unwrap_or_default();
    let mut detail: Vec<String> = Vec::new();
    for cause in causes {
        // Many errors tell their cause themselves.
        if !std::iter::once(&summary).chain(&detail).any(|told| told.contains(&cause)) {
            detail.push(cause);
        }
    }
    let detail = if detail.is_empty() { String::new() } else { format!("{}.", detail.join(": ")) };
    Diagnostic::error(codes::SETTING, summary, detail)
}

/// One diagnostic as an error.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.summary)]
pub(super) struct DiagnosticError(pub(super) Diagnostic);

/// The width of lines: the terminal's own where there is one, 80 elsewhere.
fn terminal_width() -> usize {
    if io::stderr().is_terminal() || io::stdout().is_terminal() {
        terminal_size::terminal_size().map_or(80, |(terminal_size::Width(width), _)| usize::from(width).clamp(40, 120))
    } else {
        80
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("The file is no world: {0}.")]
    struct Told(#[source] io::Error);

    #[test]
    fn what_an_error_tells_of_its_cause_is_not_told_again() {
        let cause = || io::Error::other("it is empty.");
        let told = from_error(&anyhow::Error::new(Told(cause())));
        assert_eq!((&*told.summary, &*told.detail), ("The file is no world: it is empty", ""));
        let untold = from_error(&anyhow::Error::new(cause()).context("nothing can listen here"));
        assert_eq!((&*untold.summary, &*untold.detail), ("nothing can listen here", "it is empty."));
    }
}
