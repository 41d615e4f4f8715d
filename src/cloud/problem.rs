//! Failed calls as problems that say what to do.

use super::error::{Class, CloudError};
use super::explain::explain;
use crate::diagnostics::{Diagnostic, codes};

/// A failed call as a problem with what to do.
pub fn problem(error: &CloudError) -> Diagnostic {
    let code = match error {
        CloudError::Service { .. } | CloudError::Malformed { .. } | CloudError::Unsendable { .. } => codes::CLOUD,
        CloudError::NoAnswer { .. } => codes::NETWORK,
    };
    let summary = match error.class() {
        Class::Permission => "The cloud does not allow it",
        Class::Quota => "A quota is used up",
        Class::AlreadyExists => "There is one already",
        Class::NotFound => "Something that it needs is not there",
        Class::Transient => "The cloud did not answer",
        Class::Throttled => "The cloud is too busy",
        Class::TokenInProgress | Class::WaitForObject => "The object was busy for too long",
        Class::Invalid => "The cloud refused the request",
    };
    let diagnostic = Diagnostic::error(code, summary, format!("{error}."));
    match error.code().and_then(explain) {
        Some((meaning, next)) => {
            let detail = format!("{} {meaning}", diagnostic.detail);
            Diagnostic { detail, ..diagnostic }.help(next)
        }
        None if code == codes::NETWORK => {
            diagnostic.help("Check the network, and the endpoint if you named one, then run the command again.")
        }
        None => diagnostic,
    }
}
