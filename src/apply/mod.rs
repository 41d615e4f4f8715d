//! Walks the operations of a plan: scheduling, calls, waits, journal. One linear stream of events
//! ([`crate::model::event::Event`]) tells what happens.
//!
//! # Adding a deed
//! Deeds are rows of `deeds`; what a deed sends goes through `calls`, what it waits for through
//! `waits`, what it learns through `ledger`.

mod calls;
mod context;
mod converge;
mod deeds;
mod grants;
mod ledger;
mod outcome;
mod preflight;
mod recover;
mod resent;
mod run;
mod vacancy;
mod waits;

pub use outcome::{Failure, Outcome};
pub use preflight::{Checked, check, moved_since};
pub use recover::{Question, Recovered, record, recover};
pub use run::{Run, run};
