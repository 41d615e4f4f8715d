//! Plans, events and states for people, in Terraform's form so that eyes and parsers find what they
//! know. Every function returns text that ends with a line break, or one line without.
//!
//! # Adding a page
//! Write one file that builds its text from a [`super::view`] with `block`.

mod block;
mod changes;
mod moved;
mod outcome;
mod progress;
mod stored;
#[cfg(test)]
mod tests;

pub(super) use changes::partial;
pub use changes::{noted, plan, planned, provenance};
pub use moved::moved;
pub use outcome::{Recorded, Skipped, Stopped, applied, incomplete, on_record, stopped};
pub use progress::event;
pub use stored::{outputs, state, state_list, state_show};
