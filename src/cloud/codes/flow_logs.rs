//! The 24 codes of the CreateFlowlog page, the service's own misspellings included, and those of the other actions
//! of flow logs (cloud-api 5.4).

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    // Both come from CEN calls and speak of a neighbour, not of the flow log: a create waits until the new store
    // shows itself, and a delete does not take them for proof that the flow log is gone.
    400 WaitForObject "ProjectOrLogstoreNotExist" =>
        "The log project or the logstore does not exist in the flow log's region, or is too new to be seen.",
        "Check both names and their region.";
    400 WaitForObject "SourceProjectNotExist" =>
        "The log project or the logstore that the flow log writes to does not exist any more.",
        "Create the store again, or point the flow log at one that exists.";
    400 Invalid "OperationUnsupported.action" =>
        "The service does not offer this action here.",
        "Check that flow logs are offered in this region and that the router is an Enterprise edition router.";
    400 AlreadyExists "RuleExist" =>
        "A rule that this flow log would make exists already; the service does not say which.",
        "Look for another flow log with the same source and destination, and declare it with existing: ID or delete it.";
    400 Quota "QuotaExceeded.FlowlogCount" =>
        "The account has as many flow logs as its quota allows.",
        "Delete flow logs that are not needed, or raise the quota in the Quota Center.";
    400 AlreadyExists "InvalidFlowlogId.exist" =>
        "The CEN instance already has such a flow log.",
        "Find it in the console, and declare it with existing: ID or delete it.";
    400 AlreadyExists "Flowlog.AlreayExist" =>
        "The attachment already has a flow log at this router, and it can have only one.",
        "Declare the flow log that is there with existing: ID, or delete it first.";
    400 Invalid "IllegalParam.TransitRouterAttachmentId" =>
        "The attachment id is malformed, or is no attachment of a kind that can have a flow log.",
        "Use the id of a VPC, VPN, VBR, ECR or inter-region attachment, which begins with tr-attach-.";
    400 NotFound "InvalidTransitRouterAttachmentId.NotFound" =>
        "There is no attachment with this id in this account and region.",
        "Check the id. If the attachment was deleted, plan again so that it is created first.";
    400 WaitForObject "IncorrectStatus.flowlog" =>
        "The flow log is still changing, and only queries are allowed until it has settled.",
        "Look at it in the console: it should have settled within five minutes. Then run the command again.";
    400 NotFound "InvalidOperation.TransitRouterNotExist" =>
        "The transit router does not exist in this region.",
        "Check the router's id and region. If it was deleted, plan again so that it is created first.";
    400 WaitForObject "IncorrectStatus.TransitRouterAttachmentId" =>
        "The attachment is still being attached, changed or detached.",
        "Look at it in the console: it should have become Attached. Then run the command again.";
    400 AlreadyExists "ProjectExist" =>
        "A log project of this name exists already. Names are shared by all accounts, so it may be someone else's.",
        "Choose another project name, or declare the project with existing: NAME if it is yours.";
    400 Invalid "InvalidParameter.ProjectName" =>
        "The log project's name is malformed, or the project is in another region than the flow log.",
        "Use 3 to 63 lower-case letters, digits and hyphens, and a project in the region of the flow log.";
    400 WaitForObject "IncorrectStatus.TrFlowlog" =>
        "A flow log of this transit router is still changing.",
        "Look at the router's flow logs in the console: they should have settled within five minutes. Then run the \
         command again.";
    400 AlreadyExists "OperationInvalid.IncompatibleFlowlogExist" =>
        "A flow log with a configuration that excludes this one exists already.",
        "Look at the flow logs of the router and of its attachments, and delete the one in the way.";
    400 Invalid "InvalidParameter.LogFormatString" =>
        "The log format is malformed or names a field that the service does not know.",
        "Begin with srcaddr, dstaddr and bytes, and use the field names of the flow log documentation.";
    400 Invalid "InvalidParameter.LogStoreName" =>
        "The logstore's name is malformed.",
        "Use 3 to 63 lower-case letters, digits, hyphens and underscores, with a letter or digit at both ends.";
    400 Invalid "OperationFailed.InvalidLogInfo" =>
        "Log Service does not accept the project and logstore, or is not activated in this account.",
        "Activate Log Service in the console, and check the names of the project and the logstore.";
    400 WaitForObject "IncorrectStatus.TransitRouterInstance" =>
        "The transit router is still being created, changed or deleted.",
        "Look at it in the console: it should have become Active. Then run the command again.";
    400 Invalid "InvalidParameter" =>
        "The service refuses a parameter without saying which.",
        "Compare the attributes with the documentation of the action, and ask support with the RequestId.";
    400 Permission "Unauthorized" =>
        "The credentials may not do this. Of Log Service it can also mean that it does not know them, or that it is not \
         activated.",
        "Grant the action in a RAM policy, and check which credentials are in use and that the service is activated.";
    400 Invalid "InvalidParameter.CenId" =>
        "The CEN id is malformed or is not the one that the router belongs to.",
        "Use the id of the router's own CEN instance, which begins with cen-.";
    403 Permission "NoPermission.AliyunServiceRoleForTRFlowLog" =>
        "The credentials may not create the service-linked role that lets flow logs write to Log Service.",
        "Allow ram:CreateServiceLinkedRole for flowlog.cen.aliyuncs.com once, or create the role \
         AliyunServiceRoleForTRFlowLog in the console.";

    400 NotFound "InvalidFlowlogId.NotFound" =>
        "There is no flow log with this id in this account and region.",
        "Plan again: if it was deleted, it is created anew.";
    400 WaitForObject "LOCK_ERROR" | "LOCK_ERROR*" =>
        "Another operation holds the lock on this object.",
        "Look for a change made by hand or by another tool, then run the command again.";
};
