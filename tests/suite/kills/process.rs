//! A process that may be killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::suite::shell;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// After it has said so often that it began or ended a deed.
    pub(super) said: usize,
    /// And this long after that.
    pub(super) then: Duration,
}

/// How a process ended.
pub(super) struct Ran {
    /// What it said to people.
    pub(super) said: String,
    /// The deeds that it began.
    pub(super) begun: usize,
    /// The deeds that it ended.
    pub(super) ended: usize,
    /// Its exit code; none if it was killed.
    pub(super) code: Option<i32>,
}

/// A command that runs.
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Process {
    pub(super) fn start(line: &str, folder: &Path) -> Self {
        let mut command = shell::command(&format!("exec {line}"), folder);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        // It ends with the process.
        thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, said: Vec::new() }
    }

    /// Kills it at this moment, unless it has ended before.
    pub(super) fn kill_at(mut self, moment: Moment) -> Ran {
        while count(&self.said, is_deed) < moment.said {
            let Ok(line) = self.lines.recv() else { break };
            self.said.push(line);
        }
        thread::sleep(moment.then);
        self.child.kill().unwrap();
        self.wait()
    }

    /// Waits for its end.
    pub(super) fn wait(mut self) -> Ran {
        self.said.extend(self.lines.iter());
        let status = self.child.wait().unwrap();
        let code = status.code();
        assert!(code.is_some() || status.signal() == Some(9), "{status}");
        Ran { begun: count(&self.said, is_begun), ended: count(&self.said, is_ended), said: self.said.join("\n"), code }
    }
}

fn count(lines: &[String], which: impl Fn(&str) -> bool) -> usize {
    lines.iter().filter(|line| which(line)).count()
}

fn is_deed(line: &str) -> bool {
    is_begun(line) || is_ended(line)
}

fn is_begun(line: &str) -> bool {
    ["Creating...", "Modifying...", "Destroying...", "Waiting..."].iter().any(|word| line.contains(word))
}

fn is_ended(line: &str) -> bool {
    line.contains(" complete after ")
}
