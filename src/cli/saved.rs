//! Saved plans: told by content, checked before they are believed.

use std::path::Path;

use anyhow::Context as _;

use super::exit::Problems;
use crate::base::fs::{Fs as _, OsFs};
use crate::diagnostics::{Diagnostic, codes};
use crate::plan::{FORMAT_VERSION, Plan, digest_of};

/// The most that a plan file may hold.
const LARGEST: u64 = 256 << 20;

/// The plan in a file; `None` if the path is a directory or the file is not a plan.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<Plan>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = OsFs.read(path, LARGEST).with_context(|| format!("{} cannot be read", path.display()))?;
    let refuse = |summary: &str, detail: String| {
        let problem = Diagnostic::error(codes::STALE_PLAN, summary, detail).help("Make the plan again.");
        anyhow::Error::new(Problems::from(problem))
    };
    let json = match serde_json::from_slice::<serde_json::Value>(&bytes) {
        Ok(json) => json,
        // Cut short or changed by hand, a plan still begins as one.
        Err(error) if bytes.starts_with(b"{\n  \"format_version\"") => {
            return Err(refuse("The plan is damaged", format!("{} is not a whole plan: {error}.", path.display())));
        }
        Err(_) => return Ok(None),
    };
    let Some(version) = json.get("format_version").and_then(serde_json::Value::as_u64) else { return Ok(None) };
    if json.get("digest").is_none() {
        return Ok(None);
    }
    if version > u64::from(FORMAT_VERSION) {
        let detail =
            format!("{} has the format {version}, and this cenform knows up to {FORMAT_VERSION}.", path.display());
        return Err(refuse("The plan is from a newer version", detail));
    }
    let plan: Plan = serde_json::from_value(json)
        .map_err(|error| refuse("The plan is damaged", format!("{} is not a whole plan: {error}.", path.display())))?;
    if digest_of(&plan) != plan.digest {
        let detail = format!("The operations in {} do not have the digest that it names.", path.display());
        return Err(refuse("The plan was changed after it was made", detail));
    }
    Ok(Some(plan))
}

/// Refuses to put a plan in the place of what is not one, such as a stack or a state.
pub(super) fn may_replace(out: &Path) -> Result<(), Problems> {
    let is_other =
        std::fs::metadata(out).is_ok_and(|found| found.is_file() && found.len() > 0) && matches!(read(out), Ok(None));
    if !is_other {
        return Ok(());
    }
    let detail = format!("{} is there, and it is no plan.", out.display());
    let problem = Diagnostic::error(codes::SETTING, "A plan would replace another file", detail);
    Err(problem.help("Save the plan under another name, or move that file away.").into())
}
