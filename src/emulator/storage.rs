//! The file that a world is kept in.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// The most that is read: far more than any world that people work with.
const LIMIT: u64 = 1 << 30;

/// What the file holds; nothing if it is not there.
pub(super) fn load(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut content = Vec::new();
    file.take(LIMIT).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// Replaces the file in one step, readable for its owner only; its folder is made if it is missing.
pub(super) fn save(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("world.json");
        assert_eq!(load(&path).unwrap(), None);
        for content in ["one", "two"] {
            save(&path, content.as_bytes()).unwrap();
            assert_eq!(load(&path).unwrap().unwrap(), content.as_bytes());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }
}
