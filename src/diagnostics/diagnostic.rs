use std::path::PathBuf;

use crate::model::address::Address;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is done.
    Error,
    /// Worth a look.
    Warning,
}

/// One problem: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// The stable code, from [`super::codes`].
    pub code: &'static str,
    /// What is wrong, in a few words, without a final period.
    pub summary: String,
    /// What is wrong, in sentences.
    pub detail: String,
    /// The resource that it is about.
    pub address: Option<Address>,
    /// Where in the text.
    pub place: Option<Place>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
    /// What to do, in a sentence.
    pub help: Option<String>,
}

/// Another place that has to do with a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// Why it matters.
    pub message: String,
}

/// A place in a file: a path into its tree of values, resolved to a [`Span`] only when a problem is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user would name it.
    pub file: PathBuf,
    /// The path from the root of the document.
    pub path: Vec<Segment>,
    /// Whether the key is meant rather than the value.
    pub key: bool,
    /// A part of the scalar's text: (offset, length) in bytes of its value.
    pub within: Option<(usize, usize)>,
    /// The resolved position, once known.
    pub span: Option<Span>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Into a map by key.
    Key(String),
    /// Into a list by position, from 0.
    Index(usize),
}

/// A resolved position. Lines and columns count from 1, columns in characters; bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First line.
    pub start_line: usize,
    /// First column.
    pub start_column: usize,
    /// First byte.
    pub start_byte: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last.
    pub end_column: usize,
    /// The byte after the last.
    pub end_byte: usize,
}

impl Place {
    /// The place of a whole file.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), path: Vec::new(), key: false, within: None, span: None }
    }

    /// The place one step further in.
    #[must_use]
    pub fn at(&self, segment: Segment) -> Self {
        let mut place = self.clone();
        place.path.push(segment);
        place
    }

    /// The place of the value of `key` in this map.
    #[must_use]
    pub fn field(&self, key: &str) -> Self {
        self.at(Segment::Key(key.to_owned()))
    }

    /// The place of item `index` of this list.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.at(Segment::Index(index))
    }

    /// The place of the key rather than of its value.
    #[must_use]
    pub fn as_key(&self) -> Self {
        Self { key: true, ..self.clone() }
    }

    /// The place of a part of this scalar.
    #[must_use]
    pub fn part(&self, offset: usize, length: usize) -> Self {
        Self { within: Some((offset, length)), ..self.clone() }
    }
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            summary: summary.into(),
            detail: detail.into(),
            address: None,
            place: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning.
    pub fn warning(code: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, summary, detail) }
    }

    /// With the place where it is.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// With the resource that it is about.
    #[must_use]
    pub fn about(mut self, address: &Address) -> Self {
        self.address = Some(address.clone());
        self
    }

    /// With a second place.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push(Related { place, message: message.into() });
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
