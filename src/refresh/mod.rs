//! Prior to live: reads the cloud in batches.
//!
//! # Adding a way to read
//! [`batch`] decides between pages of a list and single reads for one scope; a cheaper way for a
//! kind belongs into that kind's driver. What is read against better knowledge is read again by [`doubt`],
//! and what seems to have vanished altogether is asked about by `vanish`.

pub mod batch;
pub mod doubt;
mod live;
mod vanish;

pub use doubt::Doubts;
pub use live::{Live, RefreshError, offline, read, read_existing};
pub use vanish::{Vanished, problem as vanished_problem, vanished};
