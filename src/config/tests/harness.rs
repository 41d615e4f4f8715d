//! Stacks from texts in memory, and problems as short lines.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::env::Environment;
use crate::config::{Files, LoadRequest, Loaded, Problems, load};
use crate::diagnostics::{Diagnostic, Place};
use crate::model::address::Address;
use crate::model::stack::Resource;

/// Files in memory; a path without one that others lie under is a folder.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let contents = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        if contents.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(contents.clone())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        if self.0.contains_key(folder) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let folder = if folder == Path::new(".") { Path::new("") } else { folder };
        let inside = self.0.keys().filter(|path| path.parent() == Some(folder));
        let names = inside.filter_map(|path| path.file_name()?.to_str().map(ToOwned::to_owned)).collect::<Vec<_>>();
        if names.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(names) }
    }
}

pub(super) fn memory<B: AsRef<[u8]>>(files: &[(&str, B)]) -> Memory {
    Memory(files.iter().map(|(path, contents)| (PathBuf::from(path), contents.as_ref().to_vec())).collect())
}

/// Arguments of a load beside the files.
#[derive(Default)]
pub(super) struct Given {
    pub(super) vars: Vec<(&'static str, &'static str)>,
    pub(super) var_files: Vec<&'static str>,
    pub(super) environment: Vec<(&'static str, &'static str)>,
    pub(super) region: Option<&'static str>,
}

pub(super) fn load_with(path: &str, files: &Memory, given: &Given) -> Result<Loaded, Problems> {
    load(&LoadRequest {
        path: PathBuf::from(path),
        vars: given.vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        var_files: given.var_files.iter().map(PathBuf::from).collect(),
        region: given.region.map(|region| crate::model::region::Region(region.to_owned())),
        environment: &given.environment.iter().copied().collect::<Environment>(),
        files,
    })
}

/// The stack of one file.
pub(super) fn loaded(text: &str) -> Loaded {
    match load_with(".", &memory(&[("main.yaml", text)]), &Given::default()) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{}", lines(&problems).join("\n")),
    }
}

pub(super) fn resource(text: &str, address: &str) -> Resource {
    let mut resources = loaded(text).stack.resources;
    resources.remove(&address.parse::<Address>().unwrap()).unwrap()
}

/// The problems of one file, each as `code line:column text`.
pub(super) fn problems(text: &str) -> Vec<String> {
    problems_of(&memory(&[("main.yaml", text)]), &Given::default())
}

pub(super) fn problems_of(files: &Memory, given: &Given) -> Vec<String> {
    match load_with(".", files, given) {
        Ok(loaded) => panic!("loads: {:?}", loaded.stack),
        Err(problems) => lines(&problems),
    }
}

/// The problems themselves, with positions.
pub(super) fn diagnostics(text: &str) -> Vec<Diagnostic> {
    load_with(".", &memory(&[("main.yaml", text)]), &Given::default()).unwrap_err().diagnostics
}

pub(super) fn lines(problems: &Problems) -> Vec<String> {
    let shown = |place: &Place| {
        let name =
            if place.file == Path::new("main.yaml") { String::new() } else { format!("{}:", place.file.display()) };
        let part = place.span.and_then(|span| problems.files.get(&place.file)?.get(span.start_byte..span.end_byte));
        match place.span {
            Some(span) => {
                format!("{name}{}:{} {}", span.start_line, span.start_column, part.unwrap_or_default().trim_end())
            }
            None => name,
        }
    };
    let line = |diagnostic: &Diagnostic| {
        assert!(diagnostic.detail.ends_with(['.', '?']), "not a sentence: {}", diagnostic.detail);
        let place = diagnostic.place.as_ref().map(shown).unwrap_or_default();
        let related = diagnostic.related.iter().map(|related| format!(" <- {}", shown(&related.place)));
        format!("{} {place}{}", diagnostic.code, related.collect::<String>())
    };
    problems.diagnostics.iter().map(line).collect()
}
