//! `explain`: the long text of an error code, a kind or an attribute.

use crate::base::text::{list, nearest, printable};
use crate::cli::exit::{self, Problems};
use crate::cli::manual;
use crate::cli::ui::Ui;
use crate::cloud::codes as cloud_codes;
use crate::diagnostics::{Diagnostic, Style, codes};
use crate::model::address::Kind;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// An error code, a kind, or an attribute of a kind; left out, all that can be explained.
    #[arg(value_name = "CODE|KIND[.ATTR]")]
    word: Option<String>,
}

/// Explains.
pub(in crate::cli) fn exec(ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    ui.print(&page(args.word.as_deref(), ui.style_out())?);
    Ok(exit::OK)
}

fn page(word: Option<&str>, style: Style) -> Result<String, Problems> {
    let Some(word) = word.map(str::trim) else { return Ok(manual::overview(style)) };
    let lower = word.to_ascii_lowercase();
    let mut path = lower.split('.');
    if let Some(schema) = path.next().and_then(manual::schema_of) {
        let path: Vec<&str> = path.collect();
        if path.is_empty() {
            return Ok(manual::kind(schema, style));
        }
        return manual::attribute(schema, &path, style).map_err(|known| no_attribute(&lower, &known));
    }
    if let Some(row) = codes::ALL.iter().find(|row| row.code.eq_ignore_ascii_case(word)) {
        return Ok(manual::code(row, style));
    }
    let near = near(&lower);
    match cloud_codes::find(word) {
        Some(found) => Ok(manual::cloud_code(&printable(word), found, near, style)),
        None => Err(no_such(word, near)),
    }
}

/// The word that is nearest, of all that can be explained. `lower` is in lower case.
fn near(lower: &str) -> Option<&'static str> {
    let kinds = Kind::ALL.into_iter().map(Kind::as_str);
    let own = codes::ALL.iter().map(|row| row.code);
    let cloud = cloud_codes::all().flat_map(|(_, row)| row.codes.iter().copied()).filter(|code| !code.contains('*'));
    let words: Vec<(String, &'static str)> =
        kinds.chain(own).chain(cloud).map(|word| (word.to_ascii_lowercase(), word)).collect();
    let near = nearest(lower, words.iter().map(|(lower, _)| lower.as_str()))?.to_owned();
    words.iter().find(|(lower, _)| *lower == near).map(|(_, word)| *word)
}

fn no_such(word: &str, near: Option<&str>) -> Problems {
    let detail = format!("\"{}\" is no error code that cenform knows, no kind and no attribute.", printable(word));
    let help = match near {
        Some(near) => format!("Did you mean {near}?"),
        None => "cenform explain without a word lists what can be explained.".to_owned(),
    };
    Diagnostic::error(codes::NO_SUCH, "There is nothing of this name to explain", detail).help(help).into()
}

fn no_attribute(path: &str, known: &[String]) -> Problems {
    let (before, _) = path.rsplit_once('.').unwrap_or((path, ""));
    let wrong = path.split('.').find_map(|word| nearest(word, known.iter().map(String::as_str)));
    let detail = format!("There is no {}.", printable(path));
    let help = match (wrong, known) {
        (Some(near), _) => format!("Did you mean {near}?"),
        (None, []) => format!("{} has nothing in it.", printable(before)),
        (None, known) => format!("Known there: {}.", list(known)),
    };
    Diagnostic::error(codes::NO_SUCH, "There is no such attribute", detail).help(help).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::base::env::Environment;
    use crate::config::{self, Files, LoadRequest};
    use crate::diagnostics::stories;
    use crate::kinds::registry;

    fn told(word: &str) -> String {
        page(Some(word), Style::plain()).unwrap_or_else(|problems| panic!("{word}: {:?}", problems.problems))
    }

    fn help(word: &str) -> String {
        let problems = page(Some(word), Style::plain()).unwrap_err().problems;
        problems[0].help.clone().unwrap()
    }

    #[test]
    fn everything_that_there_is_can_be_explained() {
        for kind in Kind::ALL {
            let page = told(kind.as_str());
            for attribute in registry::schema(kind).attributes {
                assert!(page.contains(&format!("\n  {} ", attribute.name)), "{kind}: {}", attribute.name);
                let page = told(&format!("{kind}.{}", attribute.name));
                assert!(page.contains("\nValue: ") && page.contains("\nA change: "), "{page}");
            }
        }
        for path in ["logstore.index.line.caseSensitive", "logstore.index.keys.json_keys.caseSensitive"] {
            assert!(told(path).starts_with(&format!("{path}\n")), "names are spelled as they are written");
            assert!(told(&path.to_uppercase()).starts_with(&format!("{path}\n")), "{path}");
        }
        for row in codes::ALL {
            assert!(told(&row.code.to_lowercase()).starts_with(&format!("{}: {}", row.code, row.title)));
        }
        let overview = page(None, Style::plain()).unwrap();
        for (_, row) in cloud_codes::all() {
            for code in row.codes.iter().filter(|code| !code.contains('*')) {
                assert!(told(code).starts_with(&format!("{code}\n")), "{code}");
                assert!(overview.contains(code), "{code}");
            }
        }
    }

    #[test]
    fn words_that_are_near_are_named() {
        assert_eq!(help("flow_lgo"), "Did you mean flow_log?");
        assert_eq!(help("flow_log.intervall"), "Did you mean interval?");
        assert_eq!(help("attachment.zone_mappings.zone"), "Known there: zone_id and vswitch_id.");
        assert_eq!(help("flow_log.interval.x"), "flow_log.interval has nothing in it.");
        assert_eq!(help("LOCK_EROR"), "Did you mean LOCK_ERROR?");
        assert!(help("nonsense").contains("without a word"));
        let family = told("IncorrectStatus.flowlgo").replace('\n', " ");
        assert!(family.contains("Did you mean IncorrectStatus.flowlog?"), "{family}");
    }

    #[test]
    fn pages_fit_into_eighty_columns() {
        let words = Kind::ALL.map(Kind::as_str).into_iter().chain(codes::ALL.iter().map(|row| row.code));
        for word in words {
            let page = told(word);
            let long = page.lines().find(|line| line.chars().count() > 80);
            assert_eq!(long, None, "{word}");
        }
    }

    struct OneFile(String);

    impl Files for OneFile {
        fn read(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
            Ok(self.0.clone().into_bytes())
        }

        fn list(&self, _: &Path) -> io::Result<Vec<String>> {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// The codes of what is wrong with a stack.
    fn problems(stack: &str) -> BTreeSet<&'static str> {
        let stack = if stack.starts_with("version:") { stack.to_owned() } else { format!("version: 1\n{stack}") };
        let loaded = config::load(&LoadRequest {
            path: PathBuf::from("stack.yaml"),
            vars: Vec::new(),
            var_files: Vec::new(),
            region: None,
            environment: &Environment::default(),
            files: &OneFile(stack),
        });
        loaded
            .err()
            .map(|problems| problems.diagnostics.iter().map(|problem| problem.code).collect())
            .unwrap_or_default()
    }

    #[test]
    fn the_examples_are_what_they_say() {
        for story in codes::ALL.iter().filter_map(|row| stories::of(row.code)).filter(|story| !story.wrong.is_empty()) {
            assert!(problems(story.wrong).contains(story.code), "{}: {:?}", story.code, problems(story.wrong));
            assert!(problems(story.right).is_empty(), "{}: {:?}", story.code, problems(story.right));
        }
    }
}
