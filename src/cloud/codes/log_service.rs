//! Log Service: projects, logstores, indexes, and the forms of its requests (cloud-api 8.2).

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    400 AlreadyExists "ProjectAlreadyExist" =>
        "A log project of this name exists already. Names are shared by all accounts, so it may be someone else's.",
        "Choose another name, or declare the project with existing: NAME if it is yours.";
    404 NotFound "ProjectNotExist" =>
        "The log project does not exist in this region, or is too new to be seen.",
        "Check the name and the region.";
    403 Permission "ProjectInRecycleBin" =>
        "The log project is in the recycle bin: it keeps its data and its name.",
        "Restore it or remove it for good in the Log Service console, or use another name.";
    403 Permission "ProjectForbidden" =>
        "The log project is disabled, in the recycle bin, or someone else's.",
        "Look at it in the Log Service console: restore it, remove it for good, or settle what is overdue. If it is not \
         yours, use another name.";
    400 Quota "ProjectQuotaExceed" =>
        "The account has as many log projects as its quota allows.",
        "Delete projects that are not needed, or raise the quota in the Log Service console.";
    400 Quota "QuotaExceed" =>
        "A quota of Log Service is used up: there can be 200 logstores in a project.",
        "Delete what is not needed, or raise the quota in the Log Service console.";
    400 AlreadyExists "LogStoreAlreadyExist" =>
        "The project already has a logstore of this name.",
        "Declare it with existing: NAME to use it as it is, or delete it.";
    404 NotFound "LogStoreNotExist" =>
        "The logstore does not exist, or is too new to be seen.",
        "Check the name and the project.";
    400 Invalid "LogStoreInfoInvalid" =>
        "Log Service refuses a setting of the logstore.",
        "Correct the setting that the message names: the limits are those of CreateLogStore.";
    400 AlreadyExists "IndexAlreadyExist" =>
        "The logstore already has an index.",
        "Plan again: the index is then updated and not created.";
    400 NotFound "IndexConfigNotExist" =>
        "The logstore has no index.",
        "Plan again: the index is then created and not updated.";
    400 Invalid "IndexInfoInvalid" =>
        "Log Service refuses the index.",
        "Every text field needs a list of tokens; compare the index with the documentation of CreateIndex.";
    400 Invalid "ParameterInvalid" | "PostBodyInvalid" =>
        "Log Service refuses the value of a parameter.",
        "Correct the attribute that the message names.";
    403 Throttled "WriteQuotaExceed" | "ReadQuotaExceed" | "ShardWriteQuotaExceed" | "ShardReadQuotaExceed" =>
        "The calls to a logstore are more than its shards take at the moment.",
        "Run the command again later, or split the shards of the logstore.";

    400 Permission "RequestTimeExpired" =>
        "The request's time is more than 15 minutes away from the service's.",
        "Set this machine's clock right.";
    401 Permission "SignatureNotMatch" =>
        "The signature is wrong, most often because the AccessKey secret is.",
        "Check the AccessKey's secret (ALIBABA_CLOUD_ACCESS_KEY_SECRET, or that of the profile). If it is right, a proxy in between changes requests.";
    500 Transient "InternalServerError" | "InternalServerError*" =>
        "Log Service failed by itself.",
        "Run the command again; if it persists, ask support with the RequestId.";
    503 Transient "ServerBusy" | "ServerBusy*" =>
        "Log Service is too busy at the moment.",
        "Run the command again later.";

    400 Invalid "InvalidContentType" | "MissingContentType" | "MissingBodyRawSize" | "InvalidBodyRawSize"
        | "InvalidCompressType" | "MissingHost" | "InvalidHost" | "MissingDate" | "InvalidDateFormat"
        | "InvalidRequestTime" | "MissingAPIVersion" | "InvalidAPIVersion" =>
        "A header of the request is missing or malformed.",
        "Check that no proxy in between changes requests. If there is none, report it as a mistake in cenform.";
    411 Invalid "MissingContentLength" =>
        "The request arrived without its length.",
        "Check that no proxy in between changes requests. If there is none, report it as a mistake in cenform.";
};
