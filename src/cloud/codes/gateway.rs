//! What stands before every product: signatures, limits, permissions (cloud-api 3.2 to 3.5, 9, 15).

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    400 Invalid "MissingParameter" | "MissingParam.*" | "Missing*" =>
        "The service misses a parameter or a header that it requires.",
        "Report it as a mistake in cenform, with the RequestId.";
    404 Invalid "InvalidApi.NotFound" =>
        "What answers at this address does not know the action.",
        "Check --endpoint: it must be the address of an emulator, or of something that passes all calls on.";
    400 Invalid "InvalidVersion" | "NoSuchVersion" =>
        "What answers at this address does not know this version of the API.",
        "Check --endpoint: it must be the address of an emulator, or of something that passes all calls on.";
    400 Invalid "UnsupportedHTTPMethod" =>
        "What answers at this address does not take the HTTP method.",
        "Check --endpoint, and that no proxy in between changes requests.";

    404 Permission "InvalidAccessKeyId.NotFound" =>
        "There is no AccessKey with this id.",
        "Check the AccessKey's id (ALIBABA_CLOUD_ACCESS_KEY_ID, or that of the profile), and that the endpoint is the one that the key belongs to.";
    400 Permission "InvalidAccessKeyId.Inactive" =>
        "The AccessKey is disabled.",
        "Enable it in the RAM console, or use another one.";
    _ Permission "InvalidAccessKeyId*" =>
        "The AccessKey cannot be used.",
        "Check the AccessKey's id (ALIBABA_CLOUD_ACCESS_KEY_ID, or that of the profile), or use another key.";
    400 Permission "SignatureDoesNotMatch" =>
        "The signature is wrong, most often because the AccessKey secret is.",
        "Check the AccessKey's secret (ALIBABA_CLOUD_ACCESS_KEY_SECRET, or that of the profile). If it is right, a proxy in between changes requests.";
    400 Permission "IncompleteSignature" =>
        "The signature arrived incomplete.",
        "Check that no proxy in between changes requests.";
    400 Permission "InvalidSignatureMethod" =>
        "The service does not take signatures of this sort.",
        "Check --endpoint. On the official one, report it as a mistake in cenform.";
    _ Permission "Signature*" =>
        "The service does not accept the signature.",
        "Check the AccessKey's secret (ALIBABA_CLOUD_ACCESS_KEY_SECRET, or that of the profile). If it is right, a proxy in between changes requests.";
    // A nonce is never used twice here, so a used one means that this very request was delivered twice: the first
    // delivery may have been executed.
    400 Transient "SignatureNonceUsed" | "SignatureNonceUsed*" =>
        "The request was delivered twice.",
        "Run the command again; if it persists, a proxy in between repeats requests.";
    400 Permission "InvalidTimeStamp.Expired" | "IllegalTimestamp" =>
        "The request's time is more than 15 minutes away from the service's.",
        "Set this machine's clock right.";
    400 Invalid "InvalidTimeStamp.Format" =>
        "The service cannot read the request's time.",
        "Report it as a mistake in cenform, with the RequestId.";
    400 Permission "InvalidSecurityToken.Expired" =>
        "The temporary credentials have expired.",
        "Get new temporary credentials, and set id, secret and token together.";
    400 Permission "InvalidSecurityToken.MismatchWithAccessKey" =>
        "The security token belongs to another AccessKey.",
        "Get new temporary credentials, and set id, secret and token together.";
    400 Permission "MissingSecurityToken" =>
        "The AccessKey is a temporary one, and its security token was not given.",
        "Set id, secret and token together: ALIBABA_CLOUD_SECURITY_TOKEN, or security_token under accounts.";
    400 Permission "InvalidSecurityToken.Malformed" | "InvalidSecurityToken*" =>
        "The security token cannot be used.",
        "Get new temporary credentials, and set id, secret and token together.";

    403 Permission "Forbidden.RAM" | "NoPermission" | "AccessDenied*" =>
        "No RAM policy allows these credentials to do this.",
        "Grant the action in a RAM policy, and check which credentials are in use.";
    403 Permission "Forbidden" | "Forbidden*" | "NoPermission*" | "Unauthorized*" =>
        "The credentials may not do this.",
        "Grant the action in a RAM policy, and check which credentials are in use.";

    400 Throttled "Throttling" | "Throttling.User" | "Throttling.Api" | "Rejected.Throttling" | "*Throttling*" =>
        "Too many calls were made in a short time, perhaps also by other tools of the account.",
        "Run the command again later. If it persists, use a lower --parallelism.";
    503 Transient "ServiceUnavailable" | "ServiceUnavailable*" =>
        "The service is not available at the moment.",
        "Run the command again later, and look at the status page of Alibaba Cloud.";
    500 Transient "InternalError" | "UnknownError" | "InternalError*" | "UnknownError*" =>
        "The service failed by itself.",
        "Run the command again; if it persists, ask support with the RequestId.";
    _ Transient "RequestTimeout*" =>
        "The service took too long.",
        "Run the command again; if it persists, ask support with the RequestId.";

    400 TokenInProgress "TokenProcessing" | "*TokenProcessing*" =>
        "The same request, told by its ClientToken, is still being worked on.",
        "Run the command again: it finds out what became of the request.";
    400 Invalid "IdempotentParameterMismatch" =>
        "A ClientToken was sent again with other parameters.",
        "Run apply again; if it comes back, report it as a mistake in cenform.";
    400 Invalid "DryRunOperation" =>
        "The request was a trial, and everything in it is right.",
        "Report it as a mistake in cenform: it makes no trials.";

    404 NotFound "EntityNotExist.Role" =>
        "There is no RAM role of this name in the account.",
        "If a service-linked role is meant, the service makes it when it first needs it.";
};
