//! Files as a port.
//!
//! The trait offers the small steps that file systems really take (write, sync, rename, sync the
//! folder), and puts the safe whole together from them, so that a simulated file system can fail
//! or lose power between any two.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner only (mode 0600), however lax the umask.
    Owner,
    /// Whoever the umask lets (mode 0666 less the umask).
    Umask,
}

/// A lock on a file. Dropping it, or the end of the process however it ends, releases it.
pub type FileLock = Box<dyn Send + Sync>;

/// A file that is open for writing at its end.
pub trait File: Send {
    /// Appends all of `bytes`. They may be lost until [`File::sync`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the contents durable. After a failure nothing is known about what was written since
    /// the last success, and trying again proves nothing.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file system.
///
/// Errors are the operating system's; [`io::ErrorKind::NotFound`] is what a missing file gives.
pub trait Fs: Send + Sync {
    /// The contents of a file. One longer than `limit` bytes is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// Whether there is something at `path`.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// The names in a folder, sorted; names that are not Unicode are left out.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Where the file at `path` is, or will be: `path` itself, unless it is a link, which is followed.
    fn real(&self, path: &Path) -> io::Result<PathBuf>;

    /// Makes a folder that only its owner may enter (mode 0700).
    fn create_dir(&self, folder: &Path) -> io::Result<()>;

    /// Removes a folder that has nothing in it; one that has is [`io::ErrorKind::DirectoryNotEmpty`].
    fn remove_dir(&self, folder: &Path) -> io::Result<()>;

    /// Makes an empty file in the folder of `beside`, named so that [`is_temporary`] tells it.
    fn temporary(&self, beside: &Path, access: Access) -> io::Result<(PathBuf, Box<dyn File>)>;

    /// Opens a file that exists.
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>>;

    /// Renames a file within its folder, replacing what is at `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// Locks the file at `path`, which is made if it is missing; `None` if another handle has the
    /// lock. The lock keeps out only those who ask for it too, and only while the file has that path.
    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>>;

    /// Gives a file the second name `to`, in the same file system, where there is nothing yet.
    /// [`io::ErrorKind::Unsupported`] where files have one name only.
    fn link(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Makes a folder, and those above it that are missing, durably: one whose name could not be made durable is
    /// removed again, or whoever came next would take the name for a safe one.
    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        let mut missing = Vec::new();
        for ancestor in folder.ancestors().filter(|ancestor| !ancestor.as_os_str().is_empty()) {
            if self.exists(ancestor)? {
                break;
            }
            missing.push(ancestor);
        }
        for folder in missing.into_iter().rev() {
            match self.create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => self.sync_dir(folder_of(folder)).inspect_err(|_| drop(self.remove_dir(folder)))?,
            }
        }
        Ok(())
    }

    /// Makes a folder if it is missing, and its name durable in any case: whoever made it may not have lived to do so.
    ///
    /// One that is empty is made anew. Its name may be one that could not be synced, and what failed to be synced once
    /// is not made durable by a later sync. One with something in it was made durable before that was put there.
    fn create_dir_durably(&self, folder: &Path) -> io::Result<()> {
        drop(self.remove_dir(folder));
        match self.create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.sync_dir(folder_of(folder)),
        }
    }

    /// Replaces a file, or makes it: whoever reads it, at any time and after any crash, finds the
    /// whole of the old contents or the whole of the new. Durable on return.
    fn replace(&self, path: &Path, contents: &[u8], access: Access) -> io::Result<()> {
        self.replace_if(path, contents, access, &|| true).map(drop)
    }

    /// Does as [`Fs::replace`] if `still` says so when the new contents are ready, directly before
    /// they take the place of the old. The new file, open at its end; `None` if `still` said no.
    fn replace_if(
        &self,
        path: &Path,
        contents: &[u8],
        access: Access,
        still: &dyn Fn() -> bool,
    ) -> io::Result<Option<Box<dyn File>>> {
        let path = &self.real(path)?;
        let (temporary, mut file) = self.temporary(path, access)?;
        let renamed = file
            .write(contents)
            .and_then(|()| file.sync())
            .and_then(|()| if still() { self.rename(&temporary, path).map(|()| true) } else { Ok(false) });
        if !matches!(renamed, Ok(true)) {
            drop(self.remove(&temporary));
        }
        if !renamed? {
            return Ok(None);
        }
        self.sync_dir(folder_of(path)).map(|()| Some(file))
    }
}

/// The folder that a path lies in; `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// How the names of temporary files beside `path` begin.
pub(super) fn temporary_prefix(path: &Path) -> String {
    format!(".{}.tmp-", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether `name` is that of a temporary file for the replacement of `path`.
pub fn is_temporary(name: &str, path: &Path) -> bool {
    name.starts_with(&temporary_prefix(path))
}

/// How many links are followed, one after the other.
const MOST_LINKS: usize = 40;

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFs;

impl File for fs::File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Fs for OsFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut contents = Vec::new();
        fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut contents)?;
        within(contents, limit)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let mut real = path.to_owned();
        for _ in 0..MOST_LINKS {
            match fs::symlink_metadata(&real) {
                Ok(there) if there.is_symlink() => real = folder_of(&real).join(fs::read_link(&real)?),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => return Ok(real),
            }
        }
        Err(io::Error::other("its links lead in a circle"))
    }

    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn remove_dir(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir(folder)
    }

    fn temporary(&self, beside: &Path, access: Access) -> io::Result<(PathBuf, Box<dyn File>)> {
        let prefix = temporary_prefix(beside);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        // The crate's own default is mode 0600.
        #[cfg(unix)]
        if access == Access::Umask {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        let (file, path) = builder.tempfile_in(folder_of(beside))?.keep()?;
        Ok((path, Box::new(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::OpenOptions::new().append(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and its names are durable without it.
        if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let mut options = fs::OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        for _ in 0..LOCK_TRIES {
            let file = options.open(path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path)? => return Ok(Some(Box::new(file))),
                // It was removed or replaced between the two, and the lock on it keeps nobody out.
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => return Ok(None),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// How often a lock is tried on a file that others replace meanwhile.
const LOCK_TRIES: usize = 16;

/// Whether the file is the one at `path`.
#[cfg(unix)]
fn is_at(file: &fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let locked = file.metadata()?;
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere a file that is open keeps its name.
#[cfg(not(unix))]
const fn is_at(_: &fs::File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// The contents, unless they are longer than `limit` bytes.
pub(super) fn within(contents: Vec<u8>, limit: u64) -> io::Result<Vec<u8>> {
    if u64::try_from(contents.len()).is_ok_and(|length| length <= limit) {
        Ok(contents)
    } else {
        Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn replaces_whole_and_leaves_nothing_behind() {
        let folder = folder();
        let path = folder.path().join("a.json");
        OsFs.replace(&path, b"one", Access::Owner).unwrap();
        OsFs.replace(&path, b"two", Access::Owner).unwrap();
        assert_eq!(OsFs.read(&path, 3).unwrap(), b"two");
        assert_eq!(OsFs.list(folder.path()).unwrap(), ["a.json"]);
        OsFs.replace(&folder.path().join("no/such/folder/a"), b"", Access::Owner).unwrap_err();
    }

    #[test]
    fn reads_no_more_than_the_limit() {
        let folder = folder();
        let path = folder.path().join("a");
        OsFs.replace(&path, b"four", Access::Owner).unwrap();
        assert_eq!(OsFs.read(&path, 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(OsFs.read(&folder.path().join("b"), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn appends_to_what_is_there() {
        let folder = folder();
        let path = folder.path().join("log");
        OsFs.replace(&path, b"one\n", Access::Owner).unwrap();
        let mut file = OsFs.open(&path).unwrap();
        file.write(b"two\n").unwrap();
        file.sync().unwrap();
        assert_eq!(OsFs.read(&path, 100).unwrap(), b"one\ntwo\n");
        assert!(OsFs.open(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_lock_has_one_holder_and_ends_with_its_handle() {
        let folder = folder();
        let path = folder.path().join("lock");
        let held = OsFs.try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(OsFs.try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(OsFs.try_lock(&path).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn the_lock_on_a_file_that_was_removed_is_no_lock() {
        let folder = folder();
        let path = folder.path().join("lock");
        let removed = OsFs.try_lock(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let held = OsFs.try_lock(&path).unwrap();
        assert!(removed.is_some() && held.is_some());
        assert!(OsFs.try_lock(&path).unwrap().is_none());
        let file = fs::File::open(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        fs::rename(folder.path().join("lock"), folder.path().join("kept")).unwrap();
        assert!(!is_at(&file, &path).unwrap());
        OsFs.replace(&path, b"", Access::Owner).unwrap();
        assert!(!is_at(&file, &path).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_private_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let inner = folder.path().join("a/b");
        OsFs.create_dir_all(&inner).unwrap();
        OsFs.create_dir_all(&inner).unwrap();
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&inner), 0o700);
        let [private, open, lock] = ["private", "open", "lock"].map(|name| inner.join(name));
        OsFs.replace(&private, b"", Access::Owner).unwrap();
        OsFs.replace(&open, b"", Access::Umask).unwrap();
        OsFs.try_lock(&lock).unwrap();
        assert_eq!(mode(&private), 0o600);
        assert_eq!(mode(&lock), 0o600);
        assert_ne!(mode(&open), 0o600, "the usual umask lets others read");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_not_replaced() {
        let folder = folder();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        OsFs.replace(&file, b"one", Access::Owner).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        OsFs.replace(&link, b"two", Access::Owner).unwrap();
        assert_eq!(OsFs.read(&file, 3).unwrap(), b"two");
        let (later, beside) = (folder.path().join("later"), folder.path().join("beside"));
        std::os::unix::fs::symlink("later", &beside).unwrap();
        OsFs.replace(&beside, b"new", Access::Owner).unwrap();
        assert_eq!(OsFs.read(&later, 3).unwrap(), b"new");
        std::os::unix::fs::symlink("round", folder.path().join("round")).unwrap();
        OsFs.real(&folder.path().join("round")).unwrap_err();
    }
}
