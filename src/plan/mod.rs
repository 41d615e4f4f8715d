//! The diff engine: desired, prior and live to a [`Plan`]. Pure and synchronous; apply decides
//! nothing of its own but what S10 leaves to it.
//!
//! # Adding a rule
//! What differs is decided in [`diff`], what is done about it in [`build`] (`adopt`, `replace`, `remove` and `accept` are
//! its cases), in which order in `order`, what refuses it in `gates`, and what it is about in `select`.

mod accept;
mod accounts;
mod adopt;
pub mod build;
pub mod consequence;
mod cost;
pub mod diff;
mod digest;
mod gates;
mod ignore;
pub mod names;
mod order;
mod parts;
mod pause;
mod prior;
mod published;
mod remove;
mod replace;
mod select;
mod types;
mod unseen;

pub use accounts::AccountIds;
pub(crate) use build::remembered;
pub use build::{Input, Planned, build};
pub use cost::usual;
pub use digest::digest as digest_of;
pub use order::{natural_key, order_of, referents, targets_of};
pub use prior::{Moves, moves};
pub use published::{Published, PublishedResources};
pub use types::{
    Besides, Cause, Difference, Drift, FORMAT_VERSION, Gate, Moved, Note, Operation, OutputChange, PathStep, Plan,
    PlannedAccount, Reason, Summary, Target, Words, no_longer_declared,
};
