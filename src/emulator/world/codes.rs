//! What the service answers when it refuses: in the words of its pages, where they have the code. The texts of codes that
//! only the Terraform provider names are guesses.

use crate::emulator::message::Refusal;

/// The 24 rows of the CreateFlowlog page, word for word, typing errors of the service included.
pub(in crate::emulator) mod flow_log {
    use super::Refusal;

    /// All rows.
    pub(in crate::emulator) const ALL: &[Refusal] = &[
        PROJECT_OR_LOGSTORE_NOT_EXIST,
        SOURCE_PROJECT_NOT_EXIST,
        UNSUPPORTED_ACTION,
        RULE_EXIST,
        QUOTA,
        CEN_HAS_FLOW_LOG,
        ALREADY_EXISTS,
        ILLEGAL_ATTACHMENT,
        ATTACHMENT_NOT_FOUND,
        STATUS,
        ROUTER_NOT_EXIST,
        ATTACHMENT_STATUS,
        PROJECT_EXIST,
        PROJECT_NAME,
        SIBLING_STATUS,
        INCOMPATIBLE,
        LOG_FORMAT,
        LOG_STORE_NAME,
        INVALID_LOG_INFO,
        ROUTER_STATUS,
        INVALID_PARAMETER,
        UNAUTHORIZED,
        CEN_ID,
        SERVICE_ROLE,
    ];

    pub(in crate::emulator::world) const PROJECT_OR_LOGSTORE_NOT_EXIST: Refusal =
        Refusal::new(400, "ProjectOrLogstoreNotExist", "The specified project or logstore does not exist.");
    pub(in crate::emulator::world) const SOURCE_PROJECT_NOT_EXIST: Refusal =
        Refusal::new(400, "SourceProjectNotExist", "The Source Project or logstore does not exist.");
    pub(in crate::emulator::world) const UNSUPPORTED_ACTION: Refusal =
        Refusal::new(400, "OperationUnsupported.action", "This action is not support.");
    pub(in crate::emulator::world) const RULE_EXIST: Refusal =
        Refusal::new(400, "RuleExist", "The rule has already existed.");
    pub(in crate::emulator::world) const QUOTA: Refusal = Refusal::new(
        400,
        "QuotaExceeded.FlowlogCount",
        "This user has reached the maximum instance number of flowlog.",
    );
    pub(in crate::emulator::world) const CEN_HAS_FLOW_LOG: Refusal =
        Refusal::new(400, "InvalidFlowlogId.exist", "This cenId already has flowlog instance existed.");
    pub(in crate::emulator::world) const ALREADY_EXISTS: Refusal =
        Refusal::new(400, "Flowlog.AlreayExist", "This attachment already has existed flowlog instance.");
    pub(in crate::emulator::world) const ILLEGAL_ATTACHMENT: Refusal =
        Refusal::new(400, "IllegalParam.TransitRouterAttachmentId", "TransitRouterAttachmentId is illegal.");
    pub(in crate::emulator::world) const ATTACHMENT_NOT_FOUND: Refusal =
        Refusal::new(400, "InvalidTransitRouterAttachmentId.NotFound", "The TransitRouterAttachmentId is not found.");
    pub(in crate::emulator::world) const STATUS: Refusal =
        Refusal::new(400, "IncorrectStatus.flowlog", "This action is not allowed in the current flow log status.");
    pub(in crate::emulator::world) const ROUTER_NOT_EXIST: Refusal = Refusal::new(
        400,
        "InvalidOperation.TransitRouterNotExist",
        "Operation is invalid because the transit router not exist.",
    );
    pub(in crate::emulator::world) const ATTACHMENT_STATUS: Refusal = Refusal::new(
        400,
        "IncorrectStatus.TransitRouterAttachmentId",
        "The resource is not in a valid state for the attachment operation.",
    );
    pub(in crate::emulator::world) const PROJECT_EXIST: Refusal =
        Refusal::new(400, "ProjectExist", "Project already exist, please try a different project name.");
    pub(in crate::emulator::world) const PROJECT_NAME: Refusal = Refusal::new(
        400,
        "InvalidParameter.ProjectName",
        "Project name is invalid or does not belong to specified region.",
    );
    pub(in crate::emulator::world) const SIBLING_STATUS: Refusal = Refusal::new(
        400,
        "IncorrectStatus.TrFlowlog",
        "Flowlog status for specified TransitRouter is invalid for this operation.",
    );
    pub(in crate::emulator::world) const INCOMPATIBLE: Refusal = Refusal::new(
        400,
        "OperationInvalid.IncompatibleFlowlogExist",
        "Operation is invalid because incompatible flowlog config exists.",
    );
    pub(in crate::emulator::world) const LOG_FORMAT: Refusal =
        Refusal::new(400, "InvalidParameter.LogFormatString", "LogFormatString is invalid.");
    pub(in crate::emulator::world) const LOG_STORE_NAME: Refusal =
        Refusal::new(400, "InvalidParameter.LogStoreName", "Specified LogStore name is invalid.");
    pub(in crate::emulator::world) const INVALID_LOG_INFO: Refusal = Refusal::new(
        400,
        "OperationFailed.InvalidLogInfo",
        "The entered log service information is invalid. Check whether the ProjectName and LogStoreName are correct, and whether Log Service has been activated.",
    );
    pub(in crate::emulator::world) const ROUTER_STATUS: Refusal =
        Refusal::new(400, "IncorrectStatus.TransitRouterInstance", "The status of TransitRouter is incorrect.");
    pub(in crate::emulator::world) const INVALID_PARAMETER: Refusal =
        Refusal::new(400, "InvalidParameter", "Invalid parameter.");
    pub(in crate::emulator::world) const UNAUTHORIZED: Refusal =
        Refusal::new(400, "Unauthorized", "The AccessKeyId is unauthorized.");
    pub(in crate::emulator::world) const CEN_ID: Refusal =
        Refusal::new(400, "InvalidParameter.CenId", "The specified parameter CenId is invalid.");
    pub(in crate::emulator::world) const SERVICE_ROLE: Refusal = Refusal::new(
        403,
        "NoPermission.AliyunServiceRoleForTRFlowLog",
        "You are not authorized to create service linked role AliyunServiceRoleForTRFlowLog.",
    );
}

/// A flow log that is not there (known from the Terraform provider).
pub(super) const FLOW_LOG_NOT_FOUND: Refusal =
    Refusal::new(400, "InvalidFlowlogId.NotFound", "The specified FlowLogId is not found.");
/// A CEN that is not there, where it is itself what the call is about.
pub(super) const CEN_UNKNOWN: Refusal =
    Refusal::new(400, "ParameterCenInstanceId", "The specified CEN instance is not found.");
/// A CEN that is not there, where it is a parent.
pub(super) const CEN_NOT_FOUND: Refusal = Refusal::new(400, "InvalidCenId.NotFound", "CenId is not found.");
/// A CEN in the wrong status, or with something left in it.
pub(super) const CEN_STATUS: Refusal = Refusal::new(
    409,
    "InvalidOperation.CenInstanceStatus",
    "The CEN instance is not in a valid state for the operation.",
);
/// A router that is not there, where it is itself what the call is about.
pub(super) const ROUTER_UNKNOWN: Refusal =
    Refusal::new(400, "InvalidTransitRouterInstance.NotFound", "The Transit Router instance is not found.");
/// A router that is not there, where it is a parent.
pub(super) const ROUTER_NOT_FOUND: Refusal =
    Refusal::new(400, "InvalidTransitRouterId.NotFound", "The specified TransitRouterId is not found.");
/// A second router in one CEN and region.
pub(super) const ROUTER_EXISTS: Refusal =
    Refusal::new(400, "InstanceExist.TransitRouterInstance", "The instance already exists.");
/// A router that still has attachments.
pub(super) const ROUTER_HAS_ATTACHMENTS: Refusal = Refusal::new(
    400,
    "InvalidOperation.AttachedChildInstanceExist",
    "Operation is invalid because the transit router still has attachments.",
);
/// The transit router service has not been activated.
pub(super) const SERVICE_NOT_OPEN: Refusal =
    Refusal::new(400, "Forbbiden.TransitRouterServiceNotOpen", "The user has not open transit router service.");
/// A router of the Basic edition, where only Enterprise will do.
pub(super) const ROUTER_TYPE: Refusal = Refusal::new(
    400,
    "OperationUnsupported.TransitRouterType",
    "The specified TransitRouterType does not support the operation.",
);
/// An attachment or router that a flow log still watches.
pub(super) const FLOW_LOG_EXISTS: Refusal = Refusal::new(
    400,
    "OperationFailed.FlowLogExistOrNisOpened",
    "Operation failed because FlowLog exists or Nis opened.",
);
/// A network that is attached already. No page says what that is answered: this is the code whose text fits.
pub(super) const NETWORK_ATTACHED: Refusal = Refusal::new(
    400,
    "QuotaFull.ChildInstanceRelatedCen",
    "The childinstance has exceed the quota of the times that a childinstance can be attached as an attachment.",
);
/// An attachment in the wrong status, of the types whose writes the Terraform provider repeats on this code.
pub(super) const ATTACHMENT_STATUS_WRONG: Refusal =
    Refusal::new(400, "IncorrectStatus.Status", "The status of the attachment does not allow this operation.");
/// A router in the wrong status, where something is to be attached to it.
pub(super) const ROUTER_BUSY: Refusal =
    Refusal::new(400, "IncorrectStatus.TransitRouter", "The status of TransitRouter is incorrect.");
/// Something with which the object shares a router, a network or a CEN is still changing.
pub(super) const BLOCKING: Refusal =
    Refusal::new(400, "Operation.Blocking", "Another operation on the same resource has not been completed.");
/// A ClientToken whose first call has not been answered yet.
pub(in crate::emulator) const TOKEN_PROCESSING: Refusal =
    Refusal::new(400, "TokenProcessing", "A request with the same ClientToken is being processed.");
/// A ClientToken that came with other parameters before.
pub(super) const TOKEN_MISMATCH: Refusal = Refusal::new(
    400,
    "IdempotentParameterMismatch",
    "The ClientToken was used before in a request with other parameters.",
);
/// A trial in which everything was right.
pub(super) const DRY_RUN: Refusal =
    Refusal::new(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.");
/// An action that is none.
pub(in crate::emulator) const UNKNOWN_ACTION: Refusal =
    Refusal::new(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.");
