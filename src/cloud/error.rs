//! What can go wrong with a call, by what to do about it.

use std::time::Duration;

use super::codes;

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

impl Class {
    /// What such a failure is, in a few words.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Transient => "The cloud failed to answer",
            Self::TokenInProgress => "The request was worked on for too long",
            Self::WaitForObject => "The object was busy for too long",
            Self::Throttled => "The cloud is too busy",
            Self::NotFound => "Something that it needs is not there",
            Self::AlreadyExists => "There is one already",
            Self::Quota => "A quota is used up",
            Self::Permission => "The cloud does not allow it",
            Self::Invalid => "The cloud refused the request",
        }
    }

    /// The class in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Transient => "a failure of the service, which passes",
            Self::TokenInProgress => "a request that is still being worked on",
            Self::WaitForObject => "an object that is busy, which passes",
            Self::Throttled => "a limit of calls, which passes",
            Self::NotFound => "something that is not there",
            Self::AlreadyExists => "something that is there already",
            Self::Quota => "a quota that is used up",
            Self::Permission => "something that the account or its credentials may not do",
            Self::Invalid => "a request that is wrong and will be wrong again",
        }
    }

    /// What cenform does about it (S24, S25), in sentences. [`super::retry`] is where it does so.
    pub const fn engine(self) -> &'static str {
        match self {
            Self::Transient => {
                "A call that only reads is repeated for up to 90 seconds. Of a call that changes something nobody knows \
                 whether it was done: with a ClientToken it is sent again with the same token, so that nothing is made \
                 twice; without one, cenform looks what became of it."
            }
            Self::TokenInProgress => {
                "The call is sent again with the same ClientToken, so that nothing is made twice, until there is an answer."
            }
            Self::WaitForObject => {
                "A call that changes something is made again, with a new ClientToken, at least every 5 seconds, until it \
                 succeeds or the time-out of the resource is over."
            }
            Self::Throttled => {
                "Calls of this sort are slowed down for the whole run, and the call is made again, no sooner than the \
                 service asks for."
            }
            Self::NotFound => {
                "A read takes it for an absence. A delete looks whether the object is gone before it says so. A create \
                 is tried again for a minute if what it needs was made in this very run, and fails otherwise."
            }
            Self::AlreadyExists => {
                "Nothing is taken over or written over: the operation fails. After a lost answer cenform looks first \
                 whether its own call made the object."
            }
            Self::Quota | Self::Permission | Self::Invalid => {
                "The call is not repeated, since it would fail again: the operation fails, and what depends on it is not \
                 begun. Everything else goes on."
            }
        }
    }
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
    /// The request was not sent, because it can never be right.
    #[error("{action} was not sent: {problem}")]
    Unsendable {
        /// The call.
        action: &'static str,
        /// What is wrong with it.
        problem: String,
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
            Self::Unsendable { .. } => Class::Invalid,
        }
    }

    /// Whether a mutating call that failed so may have taken effect (S24).
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            Self::Service { status, class, .. } => {
                *status >= 500 || matches!(class, Class::Transient | Class::TokenInProgress)
            }
            Self::NoAnswer { sent, .. } => *sent,
            Self::Malformed { .. } => true,
            Self::Unsendable { .. } => false,
        }
    }

    /// Whether the object that the call is about, or what it hangs on, is not there. For a delete
    /// this is a hint and no proof: a missing attachment does not say that its flow log is gone.
    pub const fn is_not_found(&self) -> bool {
        matches!(self.class(), Class::NotFound)
    }

    /// The service's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            Self::NoAnswer { .. } | Self::Unsendable { .. } | Self::Malformed { .. } => None,
        }
    }

    /// Whether the service asks to wait, and how long (`x-acs-retry-after`).
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Service { retry_after, .. } => *retry_after,
            Self::NoAnswer { .. } | Self::Unsendable { .. } | Self::Malformed { .. } => None,
        }
    }

    /// Whether the call was refused because a log project or logstore cannot be seen. A new one
    /// shows itself with a delay of seconds (cloud-api 8.4), so this passes by itself after a create.
    pub fn is_store_missing(&self) -> bool {
        self.code().is_some_and(is_store_missing)
    }

    /// The RequestId, if there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service { request_id, .. } | Self::Malformed { request_id, .. } => Some(request_id),
            Self::NoAnswer { .. } | Self::Unsendable { .. } => None,
        }
    }
}

/// What an error code means: by its row in the table of [`codes`], and by the HTTP status where the code says nothing.
pub fn classify(status: u16, code: &str) -> Class {
    codes::find(code).map_or_else(
        || match status {
            429 => Class::Throttled,
            408 | 500.. => Class::Transient,
            404 => Class::NotFound,
            401 | 403 => Class::Permission,
            _ => Class::Invalid,
        },
        |(_, row)| row.class,
    )
}

/// Whether a code says that this machine's clock is wrong. `code` without regard to case.
pub fn is_clock_skew(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    ["invalidtimestamp.expired", "illegaltimestamp", "requesttimeexpired"].iter().any(|skew| code == *skew)
}

/// Whether a code says that a log project or logstore cannot be seen. `code` without regard to case.
pub fn is_store_missing(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    code.ends_with("notexist") && (code.contains("project") || code.contains("logstore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_where_the_code_says_nothing() {
        for (status, code, class) in [
            (429, "Whatever", Class::Throttled),
            (502, "", Class::Transient),
            (408, "", Class::Transient),
            (404, "SomethingNew", Class::NotFound),
            (401, "", Class::Permission),
            (418, "Teapot", Class::Invalid),
            (503, "Throttling.Api", Class::Throttled),
            (500, "InvalidParameter", Class::Invalid),
        ] {
            assert_eq!(classify(status, code), class, "{status} {code}");
        }
    }

    fn service(status: u16, code: &str) -> CloudError {
        CloudError::Service {
            action: "DeleteFlowlog",
            status,
            code: code.to_owned(),
            message: String::new(),
            request_id: String::new(),
            class: classify(status, code),
            retry_after: None,
        }
    }

    #[test]
    fn an_outcome_is_unknown_where_the_request_may_have_been_executed() {
        for (status, code) in [(500, "InternalError"), (503, "Throttling"), (400, "TokenProcessing")] {
            assert!(service(status, code).outcome_unknown(), "{code}");
        }
        // Delivered twice: the first delivery may have been executed.
        assert!(service(400, "SignatureNonceUsed").outcome_unknown());
        for (status, code) in [(400, "IncorrectStatus.flowlog"), (400, "Throttling.User"), (404, "ProjectNotExist")] {
            assert!(!service(status, code).outcome_unknown(), "{code}");
        }
    }

    #[test]
    fn a_missing_store_is_no_proof_that_a_flow_log_is_gone() {
        assert!(!service(400, "ProjectOrLogstoreNotExist").is_not_found());
        assert!(!service(400, "SourceProjectNotExist").is_not_found());
        assert!(service(404, "LogStoreNotExist").is_not_found());
        for code in ["ProjectOrLogstoreNotExist", "SourceProjectNotExist", "ProjectNotExist", "LogStoreNotExist"] {
            assert!(service(400, code).is_store_missing(), "{code}");
        }
        assert!(!service(400, "InvalidOperation.TransitRouterNotExist").is_store_missing());
        assert!(!service(400, "IndexConfigNotExist").is_store_missing());
    }
}
