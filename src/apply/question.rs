//! What a run cannot find out.

use crate::base::text;
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::state::journal::Intent;

/// Something that only a person can answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The intent that it is about.
    pub intent: Intent,
    /// The objects that may be its result.
    pub candidates: Vec<String>,
    /// The object that the state has at the address since then: the candidates are there beside it.
    pub successor: Option<String>,
}

impl Question {
    /// The question, with what to do for each answer.
    pub fn problem(&self) -> Diagnostic {
        let Self { intent: Intent { address, call, .. }, candidates, successor } = self;
        let (many, ids) = (text::count(candidates.len(), "object"), candidates.join(", "));
        let (detail, help) = match successor {
            None => (
                format!("An interrupted apply sent {call} for {address}, and {many} may be its result: {ids}."),
                format!(
                    "If it is one of them, add {{ to: {address}, id: ID }} to imports, or declare it with existing: ID; if \
                     not, delete it. Then apply again."
                ),
            ),
            Some(id) => (
                format!(
                    "{call} was sent more than once for {address}, which is {id} now; {many} may have been made, too: {ids}."
                ),
                format!(
                    "Keep {id}, which the state has, and delete the other; or, if somebody needs that, declare it as \
                     another {} with existing: ID. Then apply again.",
                    address.kind.spoken()
                ),
            ),
        };
        Diagnostic::error(codes::OUTCOME_UNKNOWN, "Nobody knows what became of a create", detail)
            .about(address)
            .help(help)
    }
}

/// What became of a call could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("what became of {} for {} cannot be looked up", .intent.call, .intent.address)]
pub struct Unanswered {
    /// The call.
    pub intent: Intent,
    /// Why not.
    pub source: CloudError,
}

impl Unanswered {
    /// As a problem that names the call and says what to do.
    pub fn problem(&self) -> Diagnostic {
        let Intent { address, call, at, .. } = &self.intent;
        let Diagnostic { detail, help, .. } = problem(&self.source);
        let told = format!(
            "An interrupted apply sent {call} for {address} at {at}, and what became of it cannot be looked up. {detail}"
        );
        let first = "Nothing is changed until that is known: apply again once it can be looked up.";
        let help = help.map_or_else(|| first.to_owned(), |help| format!("{help} {first}"));
        Diagnostic { detail: told, ..problem(&self.source) }.about(address).help(help)
    }
}
