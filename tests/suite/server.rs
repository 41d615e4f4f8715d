//! An emulator as a server of its own, as `cenform emulator` gives one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cenform::base::clock::SystemClock;
use cenform::base::env::Environment;
use cenform::base::fs::OsFs;
use cenform::base::random::SystemRandom;
use cenform::cloud::client::{Client, Settings};
use cenform::cloud::credentials::Credentials;
use cenform::cloud::endpoint::Endpoints;
use cenform::cloud::transport::HttpTransport;
use cenform::state::directory::DirectoryBackend;
use cenform::state::{Backend as _, Holder, Lock};

/// A running server. It ends when this is dropped.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one on a free port, with these arguments besides.
    pub(super) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cenform"))
            .args(["emulator", "--listen", "127.0.0.1:0", "--quiet"])
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("it said {line:?}"));
        Self { child, address: address.trim_end().to_owned() }
    }

    /// What `--endpoint` takes.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client with the key that every emulator knows.
    pub(super) fn client(&self) -> Client {
        let endpoints = Endpoints::all_at(&self.url()).unwrap();
        let transport = HttpTransport::new(&endpoints, &Environment::default()).unwrap();
        Client::new(
            Arc::new(transport),
            Credentials::of_emulator(),
            endpoints,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            Settings::default(),
        )
    }

    /// What the server says of itself at `/_emulator/…`.
    pub(super) fn ask(&self, what: &str) -> serde_json::Value {
        self.talk("GET", what, "")
    }

    /// Lets each of these actions be refused with this code, always.
    pub(super) fn refuse(&self, actions: &[&str], code: &str, status: u16) {
        let refusal = serde_json::json!({ "error": code, "http": status });
        let rule = |action: &&str| serde_json::json!({ "action": action, "every": 1, "then": refusal });
        let faults: Vec<_> = actions.iter().map(rule).collect();
        self.faults(&serde_json::json!(faults));
    }

    /// What it shall do wrong from now on, and nothing else.
    pub(super) fn faults(&self, faults: &serde_json::Value) {
        self.talk("POST", "faults", &faults.to_string());
    }

    fn talk(&self, method: &str, what: &str, body: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} /_emulator/{what} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Tells the server to end, and waits until it has.
    pub(super) fn terminate(mut self) {
        signal("TERM", self.child.id());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
pub(super) fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap();
    assert!(status.success());
}

/// The first flow log in a world, as its JSON has it.
pub(super) fn flow_log(world: &serde_json::Value) -> &serde_json::Value {
    &world["FlowLogs"][0]
}

/// A copy of the quickstart in a folder of its own.
pub(super) fn quickstart() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    super::shell::copy(&super::shell::repository().join("examples/quickstart"), Path::new(folder.path()));
    folder
}

/// The lock on the state of the stack in this folder, held by somebody else.
pub(super) async fn held_by_grace(stack: &Path) -> Box<dyn Lock> {
    let state = stack.join("cenform.state.json");
    let backend = DirectoryBackend::new(Arc::new(OsFs), Arc::new(SystemClock), state);
    let holder = Holder {
        id: "1".to_owned(),
        who: "grace@elsewhere".to_owned(),
        pid: 4711,
        doing: "apply".to_owned(),
        since: "2026-11-22T10:15:00Z".to_owned(),
        progress: None,
    };
    backend.lock(holder, Duration::ZERO).await.unwrap()
}
