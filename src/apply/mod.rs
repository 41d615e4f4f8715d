//! Walks the operations of a plan: scheduling, calls, waits, journal. One linear stream of events
//! ([`crate::model::event::Event`]) tells what happens. [`whole`] is all of an apply, from the lock to the last look at
//! the state; whoever runs one brings the ports and an [`Asker`].
//!
//! # Adding a deed
//! Deeds are rows of `deeds`; what a deed sends goes through `calls`, what it waits for through
//! `waits`, what it learns through `ledger`.

mod calls;
mod context;
mod converge;
mod deeds;
mod grants;
mod imports;
mod ledger;
mod make;
mod moved;
mod outcome;
mod preflight;
mod question;
mod recover;
mod resent;
mod run;
mod vacancy;
mod waits;
mod whole;

pub use make::{Made, NotMade, Reads, Refusal, Wish, make};
pub use outcome::{Failure, Outcome};
pub use preflight::Checked;
pub use question::{Question, Unanswered};
pub use whole::{Asker, Done, NotBegun, Ports, Wanted, whole};
