//! Problems: one type, the table of codes, and where in a file a problem is.
//!
//! # Adding a code
//! Add one row to [`codes`] and its long text to [`stories`]; use it through [`Diagnostic::error`] or [`Diagnostic::warning`].

pub mod codes;
mod diagnostic;
pub mod locate;
pub mod render;
pub mod stories;
pub mod style;
mod tree;

pub use diagnostic::{Diagnostic, Place, Related, Segment, Severity, Span};
pub use style::Style;
