use std::path::{Path, PathBuf};

use crate::base::env::Environment;
use crate::diagnostics::{Diagnostic, Place, codes, locate};
use crate::model::region::Region;
use crate::model::stack::Stack;
use crate::model::value::Value;

use super::context::Context;
use super::document::{self, Document};
use super::fields::problem;
use super::files::{self, Files, Texts};
use super::{accounts, ends, gates, link, locals, masking, moves, outputs, provider, resource, variables, yaml};

/// What to load, and where everything else comes from.
pub struct LoadRequest<'a> {
    /// The directory or file of the stack.
    pub path: PathBuf,
    /// `--var`, in order; the last of a name counts.
    pub vars: Vec<(String, String)>,
    /// `--var-file`, in order; the last that has a name counts.
    pub var_files: Vec<PathBuf>,
    /// `--region`: instead of `provider.region`.
    pub region: Option<Region>,
    /// The environment, for `CENFORM_VAR_<name>`.
    pub environment: &'a Environment,
    /// The files.
    pub files: &'a dyn Files,
}

/// A stack without errors.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The stack.
    pub stack: Stack,
    /// What is worth a look, with positions.
    pub warnings: Vec<Diagnostic>,
    /// The texts that places lead into, by file.
    pub files: Texts,
}

/// Why a stack cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the stack has {} problems", .diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count())]
pub struct Problems {
    /// All problems, errors and warnings, with their positions, sorted by them.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that places lead into, by file.
    pub files: Texts,
}

/// Reads a stack: its files, variables, locals, resources and outputs. All problems are told together;
/// only a file that is no YAML or no part of a stack ends it early, because the rest would follow from it.
pub fn load(request: &LoadRequest<'_>) -> Result<Loaded, Problems> {
    let mut found = Vec::new();
    let mut texts = Texts::new();
    let place = files::find(request.files, &request.path, &mut found);
    let document = read_stack(&place, request, &mut texts, &mut found);
    let given = variables::gather(request, &mut texts, &mut found);
    let mut stack = Stack::default();
    let secrets = masking::secrets(document.as_ref(), &given);
    if let Some(document) = document {
        stack = build(&document, &given, request, &mut found);
        stack.directory = place.directory;
    }
    locate::resolve(&mut found, &texts);
    found.sort_by_cached_key(position);
    masking::hide_secrets(&mut texts, &secrets);
    if found.iter().any(Diagnostic::is_error) {
        return Err(Problems { diagnostics: found, files: texts });
    }
    Ok(Loaded { stack, warnings: found, files: texts })
}

/// By file and position; what has no position comes first.
fn position(diagnostic: &Diagnostic) -> impl Ord + use<> {
    let place = diagnostic.place.as_ref();
    let span = place.and_then(|place| place.span);
    (place.map(|place| place.file.clone()), span.map(|span| (span.start_byte, span.end_byte)), diagnostic.code)
}

fn read_stack(
    place: &files::Place,
    request: &LoadRequest<'_>,
    texts: &mut Texts,
    found: &mut Vec<Diagnostic>,
) -> Option<Document> {
    let mut trees = Vec::new();
    for path in &place.files {
        if let Some(text) = files::read(request.files, path, found) {
            if let Some(tree) = yaml::parse(path, &text, found)
                && is_part(&tree, path, place.whole_directory, found)
            {
                trees.push((path.clone(), tree));
            }
            texts.insert(path.clone(), text);
        }
    }
    // A file that could not be read or is no part of a stack would make the rest look wrong, too.
    (!place.files.is_empty() && trees.len() == place.files.len()).then(|| document::merge(trees, found))
}

/// Whether a file begins with the version that is known here.
fn is_part(tree: &Value, path: &Path, in_directory: bool, found: &mut Vec<Diagnostic>) -> bool {
    let place = Place::file(path);
    let version = tree.as_map().and_then(|entries| entries.get("version"));
    let looks_like_one = tree.as_map().is_some_and(|entries| entries.keys().any(|key| document::is_known(key)));
    let wrong = match version {
        Some(Value::Int(1)) => return true,
        Some(other) if !other.is_null() => problem(
            codes::VERSION,
            format!(
                "The version of the stack language here is 1, and this is {}.",
                crate::kinds::check::described(other)
            ),
            place.field("version"),
        )
        .help("Write version: 1, without quotes."),
        _ if looks_like_one || !in_directory => {
            problem(codes::VERSION, format!("{} does not say its version.", path.display()), place)
                .help("Begin the file with the line version: 1.")
        }
        _ => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            problem(codes::NOT_A_STACK, format!("{} is YAML but not part of a stack.", path.display()), place).help(
                format!(
                    "Begin it with version: 1 if it is, move it away, or write its name, {name}, on a line of {} \
                     beside it.",
                    files::IGNORE
                ),
            )
        }
    };
    found.push(wrong);
    false
}

fn build(
    document: &Document,
    given: &variables::Given,
    request: &LoadRequest<'_>,
    found: &mut Vec<Diagnostic>,
) -> Stack {
    let variables = variables::read(document, given, found);
    let mut context = Context::new(variables, &document.accounts, &document.resources);
    locals::read(&document.locals, &mut context, found);
    let (settings, default_tags) = provider::read(document.provider.as_ref(), request.region.as_ref(), &context, found);
    let accounts = accounts::read(&document.accounts, &context, found);
    let limits = gates::read(document.gates.as_ref(), &context, found);
    let mut resources = document
        .resources
        .iter()
        .filter_map(|(address, entry)| {
            resource::read(address, entry, &context, found).map(|built| (address.clone(), built))
        })
        .collect();
    ends::attach(&document.ends, &mut resources, found);
    let resources = link::link(resources, &settings, &default_tags, found);
    let outputs = outputs::read(&document.outputs, &context, found);
    let mut stack = Stack { provider: settings, accounts, resources, outputs, limits, ..Stack::default() };
    moves::read(document, &context, &mut stack, found);
    stack
}
