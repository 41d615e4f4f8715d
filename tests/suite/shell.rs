//! Runs commands as a user types them, in a folder and in surroundings that are the same everywhere.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use cenform::base::env::Environment;

/// What a command left behind.
pub(super) struct Ended {
    /// All that it printed, stdout and stderr as they came.
    pub(super) text: String,
    pub(super) code: i32,
}

/// The folder of this project.
pub(super) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The examples as they are published, in a folder of their own: without what somebody who tried them has left there.
static PUBLISHED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published");
    copy(&repository().join("examples"), &folder.join("examples"));
    folder
});

/// A command for `sh` that finds `cenform` in its path and little in its environment.
pub(super) fn command(line: &str, folder: &Path) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_cenform")).parent().unwrap().to_str().unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{bin}:{}", Environment::of_process().get("PATH").unwrap()))
        .env("REPO", &*PUBLISHED)
        // One thing at a time, so that lines come in the same order each time.
        .env("CENFORM_PARALLELISM", "1")
        .envs([("COLUMNS", "100"), ("LC_ALL", "C"), ("USER", "ada"), ("HOSTNAME", "host")])
        .stdin(Stdio::null());
    shell
}

/// Runs a command to its end.
pub(super) fn run(line: &str, folder: &Path) -> Ended {
    let (mut output, input) = std::io::pipe().unwrap();
    let mut shell = command(line, folder);
    let mut child = shell.stdout(input.try_clone().unwrap()).stderr(input).spawn().unwrap();
    // It holds our ends of the pipe, and the output ends only with the last of them.
    drop(shell);
    let mut bytes = Vec::new();
    output.read_to_end(&mut bytes).unwrap();
    let status = child.wait().unwrap();
    Ended { text: String::from_utf8(bytes).unwrap(), code: status.code().unwrap() }
}

/// Runs a command that must end with `code`, and gives what it printed.
#[track_caller]
pub(super) fn expect(code: i32, line: &str, folder: &Path) -> String {
    let ended = run(line, folder);
    assert_eq!(ended.code, code, "{line}\n{}", ended.text);
    ended.text
}

/// The text without its line breaks, which stand where the width of lines put them.
pub(super) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Copies a folder with all that is in it but states and their journals.
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name == ".cenform" || name.to_string_lossy().ends_with(".state.json") {
            continue;
        }
        let target = to.join(name);
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
