//! CEN instances, transit routers, their service, tags and bandwidth packages (cloud-api 5.1, 5.2, 5.5, 6.2, 7).

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    400 NotFound "ParameterCenInstanceId" | "InvalidCenId.NotFound" =>
        "There is no CEN instance with this id in this account.",
        "Check the id and the credentials. If it was deleted, plan again so that it is created first.";
    400 NotFound "ParameterInstanceId" | "InvalidTransitRouterInstance.NotFound" | "InvalidTransitRouterId.NotFound" =>
        "There is no transit router with this id in this account.",
        "Check the id and the credentials. If it was deleted, plan again so that it is created first.";
    400 NotFound "ParameterBwpInstanceId" =>
        "There is no bandwidth package with this id in this account.",
        "Check bandwidth_package_id and the credentials.";
    _ NotFound "Parameter*InstanceId" =>
        "There is no object with this id in this account.",
        "Check the id and the credentials. Then plan again.";
    // 409 by most pages, 400 by that of peer attachments.
    _ WaitForObject "InvalidOperation.CenInstanceStatus" =>
        "The CEN instance is still changing, or something is still in it.",
        "Look at it in the console. Delete what was put into it by hand, then run the command again.";
    400 WaitForObject "IncorrectStatus.CenInstance" =>
        "The CEN instance is still changing.",
        "Look at it in the console: it should have become Active. Then run the command again.";
    400 WaitForObject "Operation.Blocking" | "Operation.Blocking*" =>
        "Another operation on the same router, network or CEN instance is going on.",
        "Look for a change made by hand or by another tool, then run the command again.";

    400 AlreadyExists "InstanceExist.TransitRouterInstance" =>
        "The CEN instance already has a transit router in this region, and it can have only one.",
        "Declare it with existing: ID to use it as it is, or delete it.";
    400 Permission "Forbbiden.TransitRouterServiceNotOpen" | "USER_NOT_OPEN_TR_SERVICE" =>
        "The transit router service is not activated in this account.",
        "Activate it once in the CEN console; until then there can be no transit router and no attachment.";
    400 Permission "Forbidden.TransitRouterServiceExpired" =>
        "The transit router service of this account is suspended, most often because of an overdue payment.",
        "Settle what is overdue, and look at the service in the CEN console.";
    400 AlreadyExists "ORDER.OPEND" =>
        "The service is activated already.",
        "There is nothing to do.";
    400 Invalid "OperationUnsupported.RegionId" | "IllegalParam.RegionId" | "IllegalParam.Region" =>
        "The region is unknown, or transit routers are not offered in it.",
        "Use a region in which CEN offers Enterprise edition transit routers.";
    400 Invalid "OperationUnsupported.SupportMulticast" | "IllegalParam.SupportMulticast" =>
        "Multicast is not offered in this region, or not by this edition of the router.",
        "Leave support_multicast out.";
    400 Invalid "OperationUnsupported.CenFullLevel" =>
        "The CEN instance has the protection level FULL, with which there can be no Enterprise edition router.",
        "Use another CEN instance, with protection level REDUCED.";
    400 Invalid "Illegal.TrType" =>
        "The edition of the transit router does not allow this.",
        "Upgrade the router to Enterprise edition in the console.";
    400 Invalid "IllegalParam.Cidr" | "OperationUnsupported.TransitRouterCidrList" =>
        "An address block of the router is malformed or not allowed, or the region offers none.",
        "Correct cidrs: blocks of 16 to 24 bits that are not reserved, at most five.";
    400 Invalid "OperationFailed.CidrConflict" | "OverLappingExist.Cidr" =>
        "An address block of the router overlaps another one, or a network that is attached.",
        "Choose another block in cidrs.";
    400 Invalid "IllegalParam.ServiceMode" | "ParamExclusive.ServiceModeAndSupportMulticast"
        | "ParamExclusive.ServiceModeAndTransitRouterCidrList" =>
        "The mode of the router does not go together with its other settings.",
        "Report it as a mistake in cenform, which sets no mode, with the RequestId.";
    400 Invalid "OperationUnsupported.Tag" =>
        "Transit routers of this region cannot have tags.",
        "Leave tags out.";
    400 Invalid "OperationFailed.PostPay95BwpNotAllowEnterpriseTr" =>
        "The CEN instance has a bandwidth package billed by the 95th percentile, beside which there can be no Enterprise \
         edition router.",
        "Remove that package, or use another CEN instance.";

    400 WaitForObject "InvalidOperation.AttachedChildInstanceExist" =>
        "The transit router still has attachments.",
        "Delete the attachments first, also those that were made by hand.";
    400 Invalid "OperationFailed.FlowLogExist" | "OperationFailed.FlowLogExistOrNisOpened" =>
        "A flow log still watches this object, or the Network Intelligence Service (NIS) analyses its traffic.",
        "Delete the flow log first, also one that was made by hand, and end the analysis in the NIS console.";
    400 Invalid "OperationFailed.DeleteTransitRouter" =>
        "The router still has custom route tables, routes or shared bandwidth.",
        "Delete them in the CEN console, then run the command again.";
    400 Invalid "OperationFailed.CCNAttached" | "InvalidOperation.BondVbrExist" | "InvalidOperation.RelatedEcrExists" =>
        "A network that cenform does not manage is still attached to the router.",
        "Detach it in the CEN console, then run the command again.";
    400 Invalid "OperationFailed.BandwidthLimitExist" | "OperationFailed.TrafficMarkingPolicyExist"
        | "OperationFailed.TrafficQosPolicyExist" | "OperationFailed.MulticastDomainExist"
        | "OperationFailed.PrefixListExist" | "OperationFailed.CloudRouteExist"
        | "OperationFailed.AggregationRouteExist" =>
        "The router still has a policy, a route or a domain that cenform does not manage; the code names it.",
        "Delete it in the CEN console, then run the command again.";

    400 Invalid "IllegalParam.TagKey" | "IllegalParam.TagValue" | "MissingParam.TagKey" =>
        "A tag is not allowed.",
        "Keys have 1 to 64 characters and values up to 128; neither begins with aliyun or acs: or holds http://.";
    400 Invalid "Forbidden.TagKey.Duplicated" | "Forbidden.TagKeys" | "Forbidden.TagKey*" =>
        "A tag key is given twice, or is reserved for the service.",
        "Give each key once; keys that begin with aliyun or acs: are reserved.";

    400 WaitForObject "InvalidStatus.Resource" | "InvalidOperation.BwpInstanceStatus" | "InvalidOperation.BwpBusinessStatus"
        | "InvalidOperation.CenBandwidthLimitsNotZero" =>
        "The bandwidth package is still changing, is locked, or has bandwidth given out to connections.",
        "Look at the package in the CEN console, then run the command again.";
};
