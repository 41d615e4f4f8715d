use crate::diagnostics::Diagnostic;
use crate::plan::Target;
use crate::state::{State, StateError};

/// How an apply ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Objects that were created.
    pub added: usize,
    /// Objects that were changed.
    pub changed: usize,
    /// Objects that were destroyed.
    pub destroyed: usize,
    /// What failed.
    pub failures: Vec<Failure>,
    /// What was not begun because something before it failed, or because the run was interrupted.
    pub not_done: Vec<Target>,
    /// What was begun, and was not at its end when the run was interrupted: the next run goes on with it (S26).
    pub under_way: Vec<Target>,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
    /// Whether a mutating request has left the process (S28).
    pub mutated: bool,
    /// Why the state could not be written, if it could not.
    pub state: Option<StateError>,
    /// The state as it should have been written, if it could not.
    pub unwritten: Option<Box<State>>,
}

/// A deed that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Which.
    pub target: Target,
    /// Why, and what to do.
    pub problem: Diagnostic,
}

impl Outcome {
    /// Whether everything was done and written down.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.not_done.is_empty() && self.state.is_none() && !self.interrupted
    }
}
