//! Expressions: text with `${…}` parts in Jinja's expression syntax, compiled, listed and evaluated.
//!
//! Nothing here reads files, time or randomness; length, recursion, work and results are bounded.
//! What an expression may use comes in lazily through a [`Scope`], so that nothing that is not
//! touched is ever built; whatever touches something not known yet is not known yet itself.
//!
//! # Adding a filter
//! Add its line to `engine.rs`.

mod convert;
mod engine;
mod error;
mod resolve;
mod scan;
mod scope;
mod template;

pub use convert::check_size;
pub use error::{ExprError, ExprErrorKind};
pub use resolve::{Looked, Resources, evaluate, resolve};
pub use scope::{Found, Scope};
pub use template::{Evaluated, Reference, Template};
