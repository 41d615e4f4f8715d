//! Prior to live: reads the cloud in batches.
//!
//! # Adding a way to read
//! [`batch`] decides between pages of a list and single reads for one scope; a cheaper way for a
//! kind belongs into that kind's driver.

pub mod batch;
mod live;

pub use live::{Live, RefreshError, offline, read};
