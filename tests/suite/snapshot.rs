//! Files that hold what the program does, so that a change of it is read as a diff.

use std::fs;
use std::path::Path;

use cenform::base::fs::{Access, Fs as _, OsFs};
use similar::TextDiff;

/// Holds a file to what should be in it now. With `UPDATE` in the environment the file is written instead: review it
/// as a diff.
#[track_caller]
pub(super) fn hold(path: &Path, now: &str) {
    let held = fs::read_to_string(path).unwrap_or_default();
    if now == held {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        OsFs.replace(path, now.as_bytes(), Access::Umask).unwrap();
        return;
    }
    let diff = TextDiff::from_lines(held.as_str(), now);
    panic!("{} is no longer what it was:\n{}", path.display(), diff.unified_diff().context_radius(3));
}
