//! Which files are a stack's, and their texts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::diagnostics::{self, Diagnostic, codes};

use super::fields::problem;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 << 20;
/// The file that names what lies beside a stack and is not part of it.
pub(super) const IGNORE: &str = ".cenformignore";

/// Files as the loader needs them.
pub trait Files {
    /// The contents of a file. One longer than `limit` bytes is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// The names in a folder; names that are not Unicode are left out. A file gives
    /// [`io::ErrorKind::NotADirectory`].
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
}

/// The machine's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFiles;

impl Files for SystemFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        // Opening a pipe would wait for somebody to write into it.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let mut contents = Vec::new();
        fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut contents)?;
        if contents.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(contents)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        Ok(entries.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

/// The texts that were read, by the name that the user would give each.
pub(super) type Texts = BTreeMap<PathBuf, String>;

/// Where a stack is.
pub(super) struct Place {
    /// Its files, sorted by name.
    pub(super) files: Vec<PathBuf>,
    /// Its directory.
    pub(super) directory: PathBuf,
    /// Whether the whole directory is the stack rather than one file in it.
    pub(super) whole_directory: bool,
}

/// The files of the stack at `path`.
pub(super) fn find(files: &dyn Files, path: &Path, found: &mut Vec<Diagnostic>) -> Place {
    let whole = |files| Place { files, directory: path.to_owned(), whole_directory: true };
    let mut names = match files.list(path) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let directory = path.parent().unwrap_or(Path::new("")).to_owned();
            return Place { files: vec![path.to_owned()], directory, whole_directory: false };
        }
        Err(error) => {
            found.push(unreadable(path, &error));
            return whole(Vec::new());
        }
    };
    names.sort();
    let ignored = ignored(files, path, &names, found);
    let shown = |name: &str| if path == Path::new(".") { PathBuf::from(name) } else { path.join(name) };
    let stack = names
        .iter()
        .filter(|name| is_yaml(name) && !name.starts_with('.') && !is_variables(name))
        .filter(|name| !ignored.iter().any(|pattern| matches(pattern, name)))
        .map(|name| shown(name))
        .collect::<Vec<_>>();
    if stack.is_empty() && found.is_empty() {
        let detail = format!("There is no stack in {}: it holds no YAML file.", path.display());
        found.push(
            problem(codes::FILE, detail, diagnostics::Place::file(path))
                .help("Name the directory or file of a stack, or write a first one with cenform init."),
        );
    }
    whole(stack)
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

fn is_variables(name: &str) -> bool {
    [".vars.yaml", ".vars.yml"].iter().any(|ending| name.ends_with(ending))
}

fn ignored(files: &dyn Files, folder: &Path, names: &[String], found: &mut Vec<Diagnostic>) -> Vec<String> {
    if !names.iter().any(|name| name == IGNORE) {
        return Vec::new();
    }
    let text = read(files, &folder.join(IGNORE), found).unwrap_or_default();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(ToOwned::to_owned)
        .collect()
}

/// Whether a file's name fits a line of the ignore file, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|start| name.strip_prefix(start)) else { return false };
    let Some(end) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}

/// The text of a file, without a byte order mark.
pub(super) fn read(files: &dyn Files, path: &Path, found: &mut Vec<Diagnostic>) -> Option<String> {
    let bytes = match files.read(path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => {
            found.push(unreadable(path, &error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let detail = format!("{} is not text in UTF-8: the first wrong byte is number {}.", path.display(), at + 1);
            found.push(problem(codes::FILE, detail, diagnostics::Place::file(path)).help("Save it as UTF-8."));
            None
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let shown = path.display();
    let (detail, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            (format!("There is no {shown}."), "Name the directory or file of a stack, or write one with cenform init.")
        }
        io::ErrorKind::FileTooLarge => {
            (format!("{shown} is larger than {} MiB.", LARGEST >> 20), "Split it into several files of one directory.")
        }
        io::ErrorKind::PermissionDenied => (format!("{shown} may not be read."), "Check its permissions."),
        io::ErrorKind::IsADirectory => (format!("{shown} is a directory, not a file."), "Rename it or move it away."),
        _ => (format!("{shown} cannot be read: {error}."), "Check the path and the disk."),
    };
    problem(codes::FILE, detail, diagnostics::Place::file(path)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name) in
            [("a.yaml", "a.yaml"), ("ci-*", "ci-x.yaml"), ("*.gen.yaml", "x.gen.yaml"), ("a*b*c", "a1b2c")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a.yaml", "b.yaml"), ("a*a", "a"), ("ci-*", "c.yaml"), ("a*b*c", "acb")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
