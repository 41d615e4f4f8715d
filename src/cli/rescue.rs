//! What is done when the state can be written neither where it belongs nor into its journal.

use std::path::Path;

use crate::base::disk;
use crate::base::env::Environment;
use crate::base::fs::Fs;
use crate::diagnostics::{Diagnostic, codes};
use crate::state::State;
use crate::state::rescue::rescue;

/// The folder for files that are soon gone, where the environment names none.
const TEMPORARY: &str = "/tmp";

/// Writes the state that should be at `place` into the system's folder for temporary files, and says what to do. Where
/// that fails, too, what is said has the ids, and the second value is false.
pub(super) fn rescued(fs: &dyn Fs, environment: &Environment, place: &Path, state: &State) -> (Diagnostic, bool) {
    let folder = Path::new(environment.get("TMPDIR").unwrap_or(TEMPORARY));
    let place = place.display();
    match rescue(fs, folder, state) {
        Ok(path) => {
            let path = path.display();
            let detail = format!(
                "What was done could be written neither to {place} nor into its journal. The state with all its ids is \
                 in {path}."
            );
            let told = Diagnostic::error(codes::STATE, "The state is in a temporary file", detail);
            (told.help(format!("Before anything else, make {place} writable again and copy {path} there.")), true)
        }
        Err(error) => {
            let listed = state.resources.values().map(|entry| format!("\n{} {}", entry.address, entry.id));
            let detail = format!(
                "What was done could be written neither to {place} nor into its journal, nor into {}: {error}. {} This \
                 is what there is, with its ids:{}",
                folder.display(),
                disk::advice(error.kind()),
                listed.collect::<String>()
            );
            let told = Diagnostic::error(codes::STATE, "The state is nowhere but here", detail);
            (
                told.help(
                    "Keep this list. To go on from it, declare each resource that the state misses with existing: ID, \
                     apply, and then take that line away again: that takes the object into the state.",
                ),
                false,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::OsFs;
    use crate::state::file;

    #[test]
    fn a_state_that_goes_nowhere_is_said() {
        let state = file::decode(include_bytes!("../../tests/data/state/v1/state.json"), "").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let said = |folder: &Path| {
            let environment = Environment::from_iter([("TMPDIR".to_owned(), folder.display().to_string())]);
            rescued(&OsFs, &environment, Path::new("x.json"), &state)
        };
        let (told, whole) = said(folder.path());
        assert!(whole && told.detail.contains(&format!("is in {}/cenform-rescue-", folder.path().display())));
        let (told, whole) = said(&folder.path().join("none"));
        let entry = state.resources.values().next().unwrap();
        assert!(!whole && told.detail.contains(&format!("\n{} {}", entry.address, entry.id)), "{}", told.detail);
    }
}
