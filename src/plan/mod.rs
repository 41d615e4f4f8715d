//! The diff engine: desired, prior and live to a [`Plan`]. Pure and synchronous.

mod types;

pub use types::{
    Difference, Drift, Gate, Note, Operation, OutputChange, PathStep, Plan, Reason, Summary, Target, Words,
};
