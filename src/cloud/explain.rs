//! Error codes in plain words: what each means, and what to do next.

/// A code, or a family of codes that ends in `*`.
struct Row {
    code: &'static str,
    meaning: &'static str,
    next: &'static str,
}

macro_rules! rows {
    ($($code:literal: $meaning:literal, $next:literal;)*) => {
        &[$(Row { code: $code, meaning: $meaning, next: $next }),*]
    };
}

/// The 24 codes of CreateFlowlog (cloud-api 5.4), then what the gateway and SLS answer (3.2, 8.2).
const TABLE: &[Row] = rows! {
    "ProjectOrLogstoreNotExist":
        "The log project or the logstore does not exist in the flow log's region, or is too new to be seen.",
        "Check both names and their region. A new store is waited for about a minute.";
    "SourceProjectNotExist":
        "The log project or the logstore that the flow log writes to does not exist any more.",
        "Create the store again, or point the flow log at one that exists.";
    "OperationUnsupported.action":
        "The service does not offer this action here.",
        "Check that flow logs are offered in this region and that the router is an Enterprise edition router.";
    "RuleExist":
        "The log store already receives this flow log by a rule of its own.",
        "Look for another flow log with the same source and destination, and import or delete it.";
    "QuotaExceeded.FlowlogCount":
        "The account has as many flow logs as its quota allows.",
        "Delete flow logs that are not needed, or raise the quota in the Quota Center.";
    "InvalidFlowlogId.exist":
        "The CEN instance already has such a flow log.",
        "Find it with the console or DescribeFlowlogs, then import it or delete it.";
    "Flowlog.AlreayExist":
        "The attachment already has a flow log, and an attachment has at most one.",
        "Declare the existing flow log with `existing: ID`, or delete it first.";
    "IllegalParam.TransitRouterAttachmentId":
        "The attachment id is malformed, or is no attachment of a kind that can have a flow log.",
        "Use the id of a VPC, VPN, VBR, ECR or inter-region attachment, which begins with tr-attach-.";
    "InvalidTransitRouterAttachmentId.NotFound":
        "There is no attachment with this id in this account and region.",
        "Check the id. If the attachment was deleted, plan again so that it is created first.";
    "IncorrectStatus.flowlog":
        "The flow log is still changing, and only queries are allowed until it has settled.",
        "It is waited for. If it stays so for more than five minutes, look at it in the console.";
    "InvalidOperation.TransitRouterNotExist":
        "The transit router does not exist in this region.",
        "Check the router's id and region. If it was deleted, plan again so that it is created first.";
    "IncorrectStatus.TransitRouterAttachmentId":
        "The attachment is still being attached, changed or detached.",
        "It is waited for. If it does not reach Attached, look at it in the console.";
    "ProjectExist":
        "A log project of this name exists already. Names are shared by all accounts, so it may be someone else's.",
        "Choose another project name, or declare the project with `existing` if it is yours.";
    "InvalidParameter.ProjectName":
        "The log project's name is malformed, or the project is in another region than the flow log.",
        "Use 3 to 63 lower-case letters, digits and hyphens, and a project in the region of the flow log.";
    "IncorrectStatus.TrFlowlog":
        "A flow log of this transit router is still changing.",
        "It is waited for. If it stays so for more than five minutes, look at it in the console.";
    "OperationInvalid.IncompatibleFlowlogExist":
        "A flow log with a configuration that excludes this one exists already.",
        "Look at the flow logs of the router and of its attachments, and delete or import the one in the way.";
    "InvalidParameter.LogFormatString":
        "The log format is malformed or names an unknown field.",
        "Begin with srcaddr, dstaddr and bytes, and use the field names of the flow log documentation.";
    "InvalidParameter.LogStoreName":
        "The logstore's name is malformed.",
        "Use 3 to 63 lower-case letters, digits, hyphens and underscores, with a letter or digit at both ends.";
    "OperationFailed.InvalidLogInfo":
        "Log Service does not accept the project and logstore, or is not activated in this account.",
        "Activate Log Service in the console, and check the names of the project and the logstore.";
    "IncorrectStatus.TransitRouterInstance":
        "The transit router is still being created, changed or deleted.",
        "It is waited for. If it does not become Active, look at it in the console.";
    "InvalidParameter":
        "The service refuses a parameter without saying which.",
        "Compare the attributes with the documentation of the action, and ask support with the RequestId.";
    "Unauthorized":
        "The credentials are valid, but may not do this; or Log Service does not know them.",
        "Grant the action in a RAM policy, and check which credentials are in use.";
    "InvalidParameter.CenId":
        "The CEN id is malformed or is not the one that the router belongs to.",
        "Use the id of the router's own CEN instance, which begins with cen-.";
    "NoPermission.AliyunServiceRoleForTRFlowLog":
        "The credentials may not create the service-linked role that lets flow logs write to Log Service.",
        "Allow ram:CreateServiceLinkedRole for flowlog.cen.aliyuncs.com once, or create the role \
         AliyunServiceRoleForTRFlowLog in the console.";

    "IncorrectStatus*":
        "The object or a neighbour is still changing.",
        "It is waited for. If it stays so, look at it in the console.";
    "InvalidOperation.CenInstanceStatus":
        "The CEN instance is still changing.",
        "It is waited for. If it does not become Active, look at it in the console.";
    "InvalidOperation.AttachedChildInstanceExist":
        "The transit router still has attachments.",
        "Delete the attachments first, also those that were made by hand.";
    "Operation.Blocking":
        "Another operation on the same router or CEN instance is going on.",
        "It is waited for. If it stays so, look for a change made by hand or by another tool.";
    "LOCK_ERROR":
        "Another operation holds the lock on this object.",
        "It is waited for. If it stays so, look for a change made by hand or by another tool.";
    "TokenProcessing":
        "The same request is still being worked on.",
        "It is asked for again with the same token.";
    "IdempotentParameterMismatch":
        "A ClientToken was sent again with other parameters.",
        "Run apply again; if it comes back, report it as a mistake in cenform.";
    "OperationFailed.FlowLogExist*":
        "A flow log still watches this object, or the network inspector is on.",
        "Delete the flow log first, also one that was made by hand, and switch the inspector off.";
    "InstanceExist.TransitRouterInstance":
        "The CEN instance already has a transit router in this region.",
        "Declare it with `existing: ID` to use it as it is, or delete it.";
    "Forbbiden.TransitRouterServiceNotOpen":
        "The transit router service is not activated in this account.",
        "Activate it once in the CEN console.";
    "NoPermission.AliyunServiceRole*":
        "The credentials may not create a service-linked role that the service needs.",
        "Allow ram:CreateServiceLinkedRole once, or create the named role in the console.";
    "InvalidVSwitchId.NotFound":
        "There is no vSwitch with this id in the zone.",
        "Check the vSwitch id, its zone and its VPC.";
    "InsufficientIpAddr.vsw":
        "The vSwitch has no free address for the router's network interface.",
        "Free an address in the vSwitch, or use another one in the same zone.";
    "Quota*":
        "A quota of the account is used up.",
        "Delete what is not needed, or raise the quota in the Quota Center.";

    "Throttling*":
        "Too many calls were made in a short time, perhaps also by other tools of the account.",
        "Calls are slowed down and repeated. If it persists, use a lower --parallelism.";
    "Rejected.Throttling":
        "Too many calls were made in a short time, perhaps also by other tools of the account.",
        "Calls are slowed down and repeated. If it persists, use a lower --parallelism.";
    "ServiceUnavailable":
        "The service is not available at the moment.",
        "Try again later, and look at the status page of Alibaba Cloud.";
    "InternalError":
        "The service failed by itself.",
        "Try again; if it persists, ask support with the RequestId.";
    "InternalServerError":
        "Log Service failed by itself.",
        "Try again; if it persists, ask support with the RequestId.";
    "ServerBusy":
        "Log Service is too busy at the moment.",
        "Try again later.";
    "MissingParam*":
        "The service misses a parameter.",
        "Report it as a mistake in cenform, with the RequestId.";
    "InvalidApi.NotFound":
        "What answers at this address does not know the action.",
        "Check --endpoint.";
    "InvalidAccessKeyId.NotFound":
        "There is no AccessKey with this id.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_ID, and that the endpoint is the one that the key belongs to.";
    "InvalidAccessKeyId.Inactive":
        "The AccessKey is disabled.",
        "Enable it in the RAM console, or use another one.";
    "SignatureDoesNotMatch":
        "The signature is wrong, most often because the AccessKey secret is.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET. If it is right, a proxy in between changes requests.";
    "SignatureNotMatch":
        "The signature is wrong, most often because the AccessKey secret is.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET. If it is right, a proxy in between changes requests.";
    "IncompleteSignature":
        "The signature arrived incomplete.",
        "Check that no proxy in between changes requests.";
    "SignatureNonceUsed":
        "The request was delivered twice.",
        "Try again; if it persists, a proxy in between repeats requests.";
    "InvalidTimeStamp.Expired":
        "The request's time is more than 15 minutes away from the service's.",
        "Set this machine's clock right.";
    "IllegalTimestamp":
        "The request's time is not one that the service accepts.",
        "Set this machine's clock right.";
    "RequestTimeExpired":
        "The request's time is more than 15 minutes away from the service's.",
        "Set this machine's clock right.";
    "InvalidSecurityToken*":
        "The security token is malformed, has expired or belongs to another key.",
        "Get new temporary credentials, and set id, secret and token together.";
    "Forbidden*":
        "The credentials may not do this.",
        "Grant the action in a RAM policy.";
    "NoPermission":
        "The credentials may not do this.",
        "Grant the action in a RAM policy.";

    "ProjectAlreadyExist":
        "A log project of this name exists already. Names are shared by all accounts, so it may be someone else's.",
        "Choose another name, or import the project or declare it with `existing` if it is yours.";
    "ProjectNotExist":
        "The log project does not exist, or is too new to be seen.",
        "Check the name and region.";
    "ProjectInRecycleBin":
        "The log project is in the recycle bin: it keeps its data and its name.",
        "Restore it or remove it for good in the Log Service console, or use another name.";
    "ProjectForbidden":
        "The log project is disabled or in the recycle bin.",
        "Look at it in the Log Service console: restore it, remove it for good, or settle what is overdue.";
    "LogStoreAlreadyExist":
        "The project already has a logstore of this name.",
        "Declare it with `existing: ID` to use it as it is, or delete it.";
    "LogStoreNotExist":
        "The logstore does not exist, or is too new to be seen.",
        "Check the name and project.";
    "LogStoreInfoInvalid":
        "Log Service refuses a setting of the logstore.",
        "The message names the setting; compare it with the documentation of CreateLogStore.";
    "ProjectQuotaExceed":
        "The account has as many log projects as its quota allows.",
        "Delete projects that are not needed, or raise the quota in the Log Service console.";
    "IndexAlreadyExist":
        "The logstore already has an index.",
        "Plan again: the index is then updated and not created.";
    "IndexConfigNotExist":
        "The logstore has no index.",
        "Plan again: the index is then created and not updated.";
    "IndexInfoInvalid":
        "Log Service refuses the index.",
        "Every text field needs a list of tokens; compare the index with the documentation of CreateIndex.";
};

/// What a code means and what to do next, in plain words; `None` for a code without a known story.
/// Letter case does not matter. The row of the code itself wins over that of its family.
pub fn explain(code: &str) -> Option<(&'static str, &'static str)> {
    let code = code.to_ascii_lowercase();
    TABLE
        .iter()
        .filter(|row| match row.code.to_ascii_lowercase().strip_suffix('*') {
            Some(family) => code.starts_with(family),
            None => code == row.code.to_ascii_lowercase(),
        })
        .max_by_key(|row| (!row.code.ends_with('*'), row.code.len()))
        .map(|row| (row.meaning, row.next))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE_FLOWLOG: [&str; 24] = [
        "ProjectOrLogstoreNotExist",
        "SourceProjectNotExist",
        "OperationUnsupported.action",
        "RuleExist",
        "QuotaExceeded.FlowlogCount",
        "InvalidFlowlogId.exist",
        "Flowlog.AlreayExist",
        "IllegalParam.TransitRouterAttachmentId",
        "InvalidTransitRouterAttachmentId.NotFound",
        "IncorrectStatus.flowlog",
        "InvalidOperation.TransitRouterNotExist",
        "IncorrectStatus.TransitRouterAttachmentId",
        "ProjectExist",
        "InvalidParameter.ProjectName",
        "IncorrectStatus.TrFlowlog",
        "OperationInvalid.IncompatibleFlowlogExist",
        "InvalidParameter.LogFormatString",
        "InvalidParameter.LogStoreName",
        "OperationFailed.InvalidLogInfo",
        "IncorrectStatus.TransitRouterInstance",
        "InvalidParameter",
        "Unauthorized",
        "InvalidParameter.CenId",
        "NoPermission.AliyunServiceRoleForTRFlowLog",
    ];

    #[test]
    fn every_documented_code_has_a_row_of_its_own() {
        for code in CREATE_FLOWLOG {
            assert!(TABLE.iter().any(|row| row.code == code), "{code}");
        }
    }

    #[test]
    fn rows_are_sentences_and_stand_once() {
        let mut codes = std::collections::BTreeSet::new();
        for Row { code, meaning, next } in TABLE {
            assert!(codes.insert(code.to_lowercase()), "{code} stands twice");
            for text in [meaning, next] {
                assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{code}: {text}");
            }
        }
    }

    #[test]
    fn a_code_wins_over_its_family_and_case_does_not_matter() {
        let exact = explain("INCORRECTSTATUS.FLOWLOG").unwrap().0;
        assert!(exact.starts_with("The flow log"), "{exact}");
        let family = explain("IncorrectStatus.VpcSwitch").unwrap().0;
        assert!(family.starts_with("The object or a neighbour"), "{family}");
        assert!(explain("Throttling.User").is_some());
        assert!(explain("InvalidParameter.Whatever").is_none());
        assert!(explain("").is_none());
    }
}
