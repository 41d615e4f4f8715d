//! What the engine remembers: the state, the journal and the lock, behind one [`backend::Backend`].
//!
//! # Adding a backend
//! Write one file that implements [`backend::Backend`] and run `conformance` on it.

pub mod backend;
mod entry;
pub mod journal;

pub use entry::{Deposed, Entry, EntryStatus, ExistingRead, State};
