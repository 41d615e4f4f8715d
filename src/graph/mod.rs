//! Dependency graphs over any ordered node, on petgraph.
//!
//! # Adding an algorithm
//! Give it a file here; it may know nothing of resources.

mod dag;
pub mod queue;

pub use dag::{Cycle, Graph};
