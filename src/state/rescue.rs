//! The last resort: a state that cannot be written where it belongs.

use std::io;
use std::path::{Path, PathBuf};

use super::entry::State;
use super::file;
use crate::base::fs::{Access, Fs};

/// Writes a state into `folder`, durably and for its owner only, under a name that has its lineage, and says where it
/// is. It has the form of a state file, so that it can be put in the place of one.
///
/// The folder may be one that others write to: what they put there under that name is replaced, never followed.
/// Errors are the file system's.
pub fn rescue(fs: &dyn Fs, folder: &Path, state: &State) -> io::Result<PathBuf> {
    let lineage: String = state.lineage.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let path = folder.join(format!("cenform-rescue-{lineage}.json"));
    let bytes = file::encode(state)?;
    let (temporary, mut file) = fs.temporary(&path, Access::Owner)?;
    let renamed = file.write(&bytes).and_then(|()| file.sync()).and_then(|()| fs.rename(&temporary, &path));
    renamed.inspect_err(|_| drop(fs.remove(&temporary)))?;
    fs.sync_dir(folder)?;
    Ok(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::base::fs::OsFs;
    use crate::state::conformance::state;

    #[test]
    fn a_rescued_state_is_private_and_touches_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (trap, foreign) = (folder.path().join("cenform-rescue-etc.json"), folder.path().join("foreign"));
        OsFs.replace(&foreign, b"untouched", Access::Owner).unwrap();
        symlink(&foreign, &trap).unwrap();
        let rescued = State { lineage: "../etc".to_owned(), ..state(3) };
        for _ in 0..2 {
            assert_eq!(rescue(&OsFs, folder.path(), &rescued).unwrap(), trap);
        }
        assert_eq!(file::decode(&std::fs::read(&trap).unwrap(), "").unwrap(), rescued);
        let found = std::fs::symlink_metadata(&trap).unwrap();
        assert!(found.is_file() && found.permissions().mode() & 0o777 == 0o600);
        assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "untouched");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        rescue(&OsFs, &folder.path().join("none"), &rescued).unwrap_err();
    }
}
