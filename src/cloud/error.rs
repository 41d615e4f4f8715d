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
        self.code().is_some_and(|code| is_store_missing(&code.to_ascii_lowercase()))
    }

    /// The RequestId, if there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service { request_id, .. } | Self::Malformed { request_id, .. } => Some(request_id),
            Self::NoAnswer { .. } | Self::Unsendable { .. } => None,
        }
    }
}

/// What an error code means, by its family (cloud-api 3.2, 5, 8.2, 11). Compared without case,
/// since the products do not agree with their own documents. The status decides only where the
/// code says nothing.
///
/// `ProjectOrLogstoreNotExist` and `SourceProjectNotExist` come from CEN calls and speak of a
/// neighbour, not of the flow log: as [`Class::WaitForObject`] a create waits until the new store
/// shows itself, and a delete does not take them for proof that the flow log is gone.
pub fn classify(status: u16, code: &str) -> Class {
    let code = code.to_ascii_lowercase();
    family(&code).unwrap_or(match status {
        429 => Class::Throttled,
        408 | 500.. => Class::Transient,
        404 => Class::NotFound,
        401 | 403 => Class::Permission,
        _ => Class::Invalid,
    })
}

/// The class that the code tells by itself. The order matters: what is more particular comes first.
fn family(code: &str) -> Option<Class> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| code.ends_with(suffix));
    let contains = |parts: &[&str]| parts.iter().any(|part| code.contains(part));

    if contains(&["tokenprocessing"]) {
        return Some(Class::TokenInProgress);
    }
    // The quotas of the data plane count calls, not objects.
    if contains(&["throttling"]) || ends(&["readquotaexceed", "writequotaexceed"]) {
        return Some(Class::Throttled);
    }
    // A nonce is never used twice here, so a used one means that this very request was delivered
    // twice: the first delivery may have been executed.
    if starts(&["signaturenonceused", "internalerror", "internalservererror", "unknownerror"])
        || starts(&["serviceunavailable", "serverbusy", "requesttimeout"])
    {
        return Some(Class::Transient);
    }
    if starts(&["incorrectstatus", "operation.blocking", "lock_error", "invalidstatus.resource", "instancestatus."])
        || (starts(&["invalidoperation."]) && ends(&["status", "attachedchildinstanceexist"]))
        || ends(&["allocatecidrfailed"])
        || (is_store_missing(code) && !starts(&["projectnotexist", "logstorenotexist"]))
    {
        return Some(Class::WaitForObject);
    }
    if starts(&["invalidapi.", "forbidden.tagkey"]) {
        return Some(Class::Invalid);
    }
    if starts(&["forbidden", "forbbiden", "nopermission", "unauthorized", "operationnotpermitted", "accessdenied"])
        || starts(&["invalidaccesskeyid", "invalidsecuritytoken", "signature", "incompletesignature"])
        || starts(&["projectforbidden", "projectinrecyclebin"])
        || is_clock_skew(code)
    {
        return Some(Class::Permission);
    }
    if ends(&["notfound", "notexist"]) || (starts(&["parameter"]) && ends(&["instanceid"])) {
        return Some(Class::NotFound);
    }
    if starts(&["quota"]) || ends(&["quotaexceed"]) {
        return Some(Class::Quota);
    }
    // "It cannot be done because children exist", not "it is there already".
    if starts(&["operationfailed.", "invalidoperation."]) {
        return Some(Class::Invalid);
    }
    // The service's own misspelling included.
    if contains(&["alreadyexist", "alreayexist"]) || starts(&["instanceexist."]) || ends(&["exist"]) {
        return Some(Class::AlreadyExists);
    }
    None
}

/// Whether a code says that this machine's clock is wrong. `code` without regard to case.
pub fn is_clock_skew(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    ["invalidtimestamp.expired", "illegaltimestamp", "requesttimeexpired"].iter().any(|skew| code == *skew)
}

/// `code` in lower case.
fn is_store_missing(code: &str) -> bool {
    code.ends_with("notexist") && (code.contains("project") || code.contains("logstore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_classified_by_family() {
        use Class::{
            AlreadyExists, Invalid, NotFound, Permission, Quota, Throttled, TokenInProgress, Transient, WaitForObject,
        };
        let table: &[(u16, &str, Class)] = &[
            // The 24 of CreateFlowlog.
            (400, "ProjectOrLogstoreNotExist", WaitForObject),
            (400, "SourceProjectNotExist", WaitForObject),
            (400, "OperationUnsupported.action", Invalid),
            (400, "RuleExist", AlreadyExists),
            (400, "QuotaExceeded.FlowlogCount", Quota),
            (400, "InvalidFlowlogId.exist", AlreadyExists),
            (400, "Flowlog.AlreayExist", AlreadyExists),
            (400, "IllegalParam.TransitRouterAttachmentId", Invalid),
            (400, "InvalidTransitRouterAttachmentId.NotFound", NotFound),
            (400, "IncorrectStatus.flowlog", WaitForObject),
            (400, "InvalidOperation.TransitRouterNotExist", NotFound),
            (400, "IncorrectStatus.TransitRouterAttachmentId", WaitForObject),
            (400, "ProjectExist", AlreadyExists),
            (400, "InvalidParameter.ProjectName", Invalid),
            (400, "IncorrectStatus.TrFlowlog", WaitForObject),
            (400, "OperationInvalid.IncompatibleFlowlogExist", AlreadyExists),
            (400, "InvalidParameter.LogFormatString", Invalid),
            (400, "InvalidParameter.LogStoreName", Invalid),
            (400, "OperationFailed.InvalidLogInfo", Invalid),
            (400, "IncorrectStatus.TransitRouterInstance", WaitForObject),
            (400, "InvalidParameter", Invalid),
            (400, "Unauthorized", Permission),
            (400, "InvalidParameter.CenId", Invalid),
            (403, "NoPermission.AliyunServiceRoleForTRFlowLog", Permission),
            // The gateway.
            (400, "MissingParameter", Invalid),
            (400, "MissingParam.CenIdOrRegionId", Invalid),
            (404, "InvalidApi.NotFound", Invalid),
            (400, "InvalidVersion", Invalid),
            (404, "InvalidAccessKeyId.NotFound", Permission),
            (400, "InvalidAccessKeyId.Inactive", Permission),
            (400, "SignatureDoesNotMatch", Permission),
            (400, "IncompleteSignature", Permission),
            (400, "SignatureNonceUsed", Transient),
            (400, "InvalidTimeStamp.Expired", Permission),
            (400, "IllegalTimestamp", Permission),
            (400, "InvalidSecurityToken.Expired", Permission),
            (403, "Forbidden.RAM", Permission),
            (403, "NoPermission", Permission),
            (400, "Throttling", Throttled),
            (400, "Throttling.User", Throttled),
            (400, "Throttling.user", Throttled),
            (400, "Throttling.Api", Throttled),
            (400, "Rejected.Throttling", Throttled),
            (503, "Throttling.Api", Throttled),
            (429, "Whatever", Throttled),
            (503, "ServiceUnavailable", Transient),
            (500, "InternalError", Transient),
            (500, "UnknownError", Transient),
            (502, "", Transient),
            (400, "TokenProcessing", TokenInProgress),
            (400, "IdempotentParameterMismatch", Invalid),
            // CEN, its routers and attachments.
            (400, "ParameterCenInstanceId", NotFound),
            (400, "ParameterInstanceId", NotFound),
            (400, "InvalidCenId.NotFound", NotFound),
            (404, "InvalidVSwitchId.NotFound", NotFound),
            (400, "OperationFailed.VSwitchNotFound", NotFound),
            (400, "InvalidFlowlogId.NotFound", NotFound),
            (404, "SomethingNew", NotFound),
            (400, "Operation.Blocking", WaitForObject),
            (400, "LOCK_ERROR", WaitForObject),
            (409, "InvalidOperation.CenInstanceStatus", WaitForObject),
            (400, "InvalidOperation.AttachedChildInstanceExist", WaitForObject),
            (400, "IncorrectStatus.VpcOrVswitch", WaitForObject),
            (409, "IncorrectStatus.VpcSwitch", WaitForObject),
            (400, "InstanceStatus.NotSupport", WaitForObject),
            (400, "InvalidStatus.ResourceStatus", WaitForObject),
            (400, "OperationFailed.AllocateCidrFailed", WaitForObject),
            (400, "InvalidStatus.VpcAttachedFullModeCen", Invalid),
            (400, "InstanceExist.TransitRouterInstance", AlreadyExists),
            (400, "OverLappingExist.Cidr", Invalid),
            (400, "OperationFailed.FlowLogExist", Invalid),
            (400, "OperationFailed.FlowLogExistOrNisOpened", Invalid),
            (400, "InvalidOperation.BondVbrExist", Invalid),
            (400, "InvalidOperation.RelatedEcrExists", Invalid),
            (400, "QuotaFull.ChildInstanceRelatedCen", Quota),
            (400, "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter", Quota),
            (400, "Forbbiden.TransitRouterServiceNotOpen", Permission),
            (400, "NoPermission.AliyunServiceRoleForCEN", Permission),
            (400, "OperationNotPermitted.AttachmentManagedByCloudService", Permission),
            (400, "Duplicated.ZoneMapping", Invalid),
            (400, "Forbidden.TagKey.Duplicated", Invalid),
            (400, "DryRunOperation", Invalid),
            // SLS.
            (400, "ProjectAlreadyExist", AlreadyExists),
            (404, "ProjectNotExist", NotFound),
            (403, "ProjectInRecycleBin", Permission),
            (403, "ProjectForbidden", Permission),
            (400, "LogStoreAlreadyExist", AlreadyExists),
            (400, "LogstoreAlreadyExist", AlreadyExists),
            (404, "LogStoreNotExist", NotFound),
            (400, "LogStoreInfoInvalid", Invalid),
            (400, "ProjectQuotaExceed", Quota),
            (400, "QuotaExceed", Quota),
            (403, "WriteQuotaExceed", Throttled),
            (403, "ShardReadQuotaExceed", Throttled),
            (400, "IndexAlreadyExist", AlreadyExists),
            (400, "IndexInfoInvalid", Invalid),
            (400, "IndexConfigNotExist", NotFound),
            (400, "ParameterInvalid", Invalid),
            (400, "PostBodyInvalid", Invalid),
            (400, "RequestTimeExpired", Permission),
            (401, "SignatureNotMatch", Permission),
            (401, "Unauthorized", Permission),
            (500, "InternalServerError", Transient),
            (503, "ServerBusy", Transient),
            // What nobody has documented.
            (401, "", Permission),
            (418, "Teapot", Invalid),
        ];
        for (status, code, class) in table {
            assert_eq!(classify(*status, code), *class, "{status} {code}");
            assert_eq!(classify(*status, &code.to_uppercase()), *class, "{status} {code} in capitals");
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
