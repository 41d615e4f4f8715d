//! What can go wrong with a call, by what to do about it.

use std::time::Duration;

/// What a failure means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The service failed by itself or the answer was lost: the outcome is unknown if the call was sent.
    Transient,
    /// The same ClientToken is still being worked on: ask again with it.
    TokenInProgress,
    /// The object or a neighbour is in a transit status: wait, then a new attempt.
    WaitForObject,
    /// Too many calls: back off, then a new attempt.
    Throttled,
    /// What the call is about is not there.
    NotFound,
    /// Something with this natural key is there already.
    AlreadyExists,
    /// A quota is used up.
    Quota,
    /// Not allowed, or the credentials are wrong.
    Permission,
    /// The request is wrong, and will be wrong again.
    Invalid,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CloudError {
    /// The service answered with an error.
    #[error("{action} was refused: {code}: {message} (RequestId {request_id})")]
    Service {
        /// The call.
        action: &'static str,
        /// The HTTP status.
        status: u16,
        /// The service's code.
        code: String,
        /// The service's text.
        message: String,
        /// The RequestId.
        request_id: String,
        /// What to do.
        class: Class,
        /// How long the service asks to wait (`x-acs-retry-after`).
        retry_after: Option<Duration>,
    },
    /// No answer came.
    #[error("{action} got no answer: {problem}")]
    NoAnswer {
        /// The call.
        action: &'static str,
        /// What happened.
        problem: String,
        /// Whether the request may have reached the service.
        sent: bool,
    },
    /// The answer is not what the API promises.
    #[error("the answer to {action} could not be understood: {problem} (RequestId {request_id})")]
    Malformed {
        /// The call.
        action: &'static str,
        /// What is wrong with it.
        problem: String,
        /// The RequestId; empty if there was none.
        request_id: String,
    },
}

impl CloudError {
    /// What to do about it.
    pub const fn class(&self) -> Class {
        match self {
            Self::Service { class, .. } => *class,
            Self::NoAnswer { .. } | Self::Malformed { .. } => Class::Transient,
        }
    }

    /// Whether a mutating call that failed so may have taken effect (S24).
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            Self::Service { status, class, .. } => *status >= 500 || matches!(class, Class::TokenInProgress),
            Self::NoAnswer { sent, .. } => *sent,
            Self::Malformed { .. } => true,
        }
    }

    /// Whether the object that the call is about is not there.
    pub const fn is_not_found(&self) -> bool {
        matches!(self.class(), Class::NotFound)
    }

    /// The service's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            Self::NoAnswer { .. } | Self::Malformed { .. } => None,
        }
    }

    /// The RequestId, if there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service { request_id, .. } | Self::Malformed { request_id, .. } => Some(request_id),
            Self::NoAnswer { .. } => None,
        }
    }
}
