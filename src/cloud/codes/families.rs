//! The families that every product speaks in (cloud-api 3, 5, 8.2, 11): what a code says that has no row of its own.

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    _ WaitForObject "IncorrectStatus*" | "InstanceStatus.*" | "InvalidStatus.Resource*" | "InvalidOperation.*Status" =>
        "The object or a neighbour is still changing.",
        "Look at it in the console: it should have settled by now. Then run the command again.";
    _ NotFound "*NotFound" | "*NotExist" | "OperationFailed.*NotFound" | "InvalidOperation.*NotExist"
        | "InvalidParameter*NotFound" | "IllegalParam*NotFound" | "OperationInvalid*NotExist" =>
        "Something that the call names is not there.",
        "Check the ids and names of the stack, and that region and credentials are the right ones. Then plan again.";
    _ AlreadyExists "*Exist" | "*AlreadyExist*" | "*AlreayExist*" | "InstanceExist.*" =>
        "Something that takes this place is there already.",
        "Declare it with existing: ID to use it as it is, or delete it.";
    _ Quota "Quota*" | "*QuotaExceed" =>
        "A quota of the account is used up.",
        "Delete what is not needed, or raise the quota in the Quota Center.";
    _ Throttled "*ReadQuotaExceed" | "*WriteQuotaExceed" =>
        "The calls to a logstore are more than its shards take at the moment.",
        "Run the command again later, or split the shards of the logstore.";
    _ Permission "Forbbiden*" | "OperationNotPermitted*" =>
        "The account or its credentials may not do this.",
        "Look at what the message names. It is a service to activate, or a permission to grant.";
    // "It cannot be done because of what is there", not "it is there already".
    _ Invalid "OperationFailed.*" | "InvalidOperation*" =>
        "The service cannot do this as things are.",
        "Remove what the message names, also what was made by hand, and run the command again.";
    _ Invalid "OperationUnsupported*" | "OperationNotSupport*" | "OperationNotAllowed*" | "OperationInvalid*" =>
        "The service does not offer this here, or not together with the other settings.",
        "Change the attribute that the message names, or use another region or edition of the transit router.";
    _ Invalid "InvalidParameter*" | "IllegalParam*" | "Illegal.*" | "ParameterIllegal*" | "Parameter*" =>
        "The service refuses the value of a parameter.",
        "Correct the attribute that the code or the message names.";
    _ Invalid "ParamExclusive*" =>
        "Two parameters exclude each other.",
        "Take one of the two attributes that the message names out.";
    _ Invalid "Duplicated*" =>
        "The same thing stands twice in a list.",
        "Take out the one that the message names.";
    _ Invalid "InvalidStatus.*" =>
        "What the call is about is in a condition that does not allow it.",
        "Look at it in the console; waiting does not help.";
};
