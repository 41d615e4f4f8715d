//! The diff engine: desired, prior and live to a [`Plan`]. Pure and synchronous; apply decides
//! nothing of its own but what S10 leaves to it.
//!
//! # Adding a rule
//! What differs is decided in [`diff`], what is done about it in [`build`] (`adopt`, `replace` and `remove` are its
//! cases), in which order in `order`, what refuses it in `gates`.

mod accounts;
mod adopt;
pub mod build;
pub mod diff;
mod digest;
mod gates;
mod order;
mod parts;
mod prior;
mod published;
mod remove;
mod replace;
mod types;
mod unseen;
mod writes;

pub use accounts::AccountIds;
pub(crate) use build::remembered;
pub use build::{Input, Planned, build};
pub use digest::digest as digest_of;
pub use order::natural_key;
pub use prior::{Moves, moves};
pub use published::{Published, PublishedResources};
pub use types::{
    Besides, Difference, Drift, FORMAT_VERSION, Gate, Note, Operation, OutputChange, PathStep, Plan, PlannedAccount,
    Reason, Summary, Target, Words,
};
