//! What the engine remembers: the state, the journal and the lock, behind one [`backend::Backend`].
//!
//! # Adding a backend
//! Write one file that implements [`backend::Backend`] and run `conformance` on it.

pub mod backend;
#[cfg(test)]
mod conformance;
pub mod directory;
pub mod edit;
mod entry;
pub mod file;
mod fold;
mod frames;
#[cfg(test)]
mod golden;
pub mod journal;
mod lock;
pub mod memory;
mod place;
pub mod rescue;
#[cfg(test)]
pub(crate) mod samples;

pub use backend::{Backend, Holder, Loaded, Lock, Part, Progress, Remains, StateError, Weight};
pub use entry::{Deposed, Entry, EntryStatus, ExistingRead, State};
