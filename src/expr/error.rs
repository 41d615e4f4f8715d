use crate::diagnostics::codes;

/// Why an expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// What sort of mistake.
    pub kind: ExprErrorKind,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do, in a sentence.
    pub help: Option<String>,
    /// Where it begins in the text, in bytes.
    pub offset: usize,
    /// How long it is, in bytes.
    pub length: usize,
}

/// What sort of mistake an [`ExprError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExprErrorKind {
    /// The text is no expression.
    Syntax,
    /// Something that it uses is not defined.
    Undefined,
    /// It cannot be worked out.
    Evaluation,
}

impl ExprErrorKind {
    /// The code of a diagnostic about it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Syntax => codes::EXPRESSION,
            Self::Undefined => codes::UNDEFINED,
            Self::Evaluation => codes::EVALUATION,
        }
    }
}

impl ExprError {
    pub(super) fn new(kind: ExprErrorKind, message: impl Into<String>, offset: usize, length: usize) -> Self {
        Self { kind, message: message.into(), help: None, offset, length }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same error in a text in which the old one begins at `offset`.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        self.offset += offset;
        self
    }
}
