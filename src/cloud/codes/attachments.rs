//! Attachments of every type (cloud-api 5.3, 11, 15).

use super::table::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    400 Permission "NoPermission.AliyunServiceRoleForCEN" | "NoPermission.AliyunServiceRolePolicyForCEN" =>
        "The credentials may not create the service-linked role that lets CEN work in the attached networks.",
        "Allow ram:CreateServiceLinkedRole for cen.aliyuncs.com once, or create the role AliyunServiceRoleForCEN in the \
         console.";
    400 Permission "Forbidden.ResourceOwnerTransitRouterServiceNotOpen" =>
        "The transit router service is not activated in the account that owns the network.",
        "The owner of the network activates it once in the CEN console.";
    400 Permission "Forbidden.ResourceOwnerTransitRouterServiceExpired" =>
        "The transit router service of the account that owns the network is suspended.",
        "The owner of the network settles what is overdue.";
    400 Permission "Forbbiden.AttachChildInstanceAcrossBid" =>
        "The network belongs to an account of another Alibaba Cloud site, which cannot be attached without permission.",
        "Use accounts of the same site (China or international), or ask support to allow it.";
    400 Permission "OperationNotPermitted.AttachmentManagedByCloudService" =>
        "The attachment belongs to another cloud service, which manages it.",
        "Let go of it with that service; take it out of the stack.";

    _ NotFound "InvalidVSwitchId.NotFound" | "OperationFailed.VSwitchNotFound" =>
        "There is no vSwitch with this id in the zone.",
        "Check the vSwitch id, its zone and its VPC.";
    400 NotFound "InvalidPeerTransitRouterId.NotFound" =>
        "There is no transit router with this id at the other end.",
        "Check the peer's id and region. If it was deleted, plan again so that it is created first.";

    400 WaitForObject "IncorrectStatus.Status" | "IncorrectStatus.Attachment" | "IncorrectStatus.TransitRouterAttachment" =>
        "The attachment is still being attached, changed or detached.",
        "Look at it in the console: it should have become Attached. Then run the command again.";
    400 WaitForObject "IncorrectStatus.TransitRouter" =>
        "The transit router is still changing.",
        "Look at it in the console: it should have become Active. Then run the command again.";
    400 WaitForObject "IncorrectStatus.VpcResource" | "IncorrectStatus.Vpc" | "IncorrectStatus.VpcOrVswitch"
        | "IncorrectStatus.VpcRouteTable" | "IncorrectStatus.VpcRouteEntry" =>
        "Something of the VPC is still changing: a vSwitch, a route table or the VPC itself.",
        "Look at the VPC in the console, and for a change made by another tool. Then run the command again.";
    // 409 of a create, 400 of a delete.
    _ WaitForObject "IncorrectStatus.VpcSwitch" =>
        "A vSwitch of the VPC is still changing.",
        "Look at the VPC in the console, and for a change made by another tool. Then run the command again.";
    400 WaitForObject "IncorrectStatus.EcrResource" | "InvalidStatus.ResourceStatus" =>
        "The Express Connect Router is still changing, or is not associated with the transit router yet.",
        "Look at its associations in the Express Connect console, then run the command again.";
    400 WaitForObject "InstanceStatus.NotSupport" =>
        "The network is in a status in which it cannot be attached.",
        "Look at it in the console, then run the command again.";
    400 WaitForObject "OperationFailed.AllocateCidrFailed" =>
        "The router has no free address for the VPN attachment at the moment.",
        "Give the router an address block in cidrs, or a larger one.";

    400 Invalid "MissingParam.CenIdOrRegionId" =>
        "Neither a transit router nor a CEN with a region was named.",
        "Report it as a mistake in cenform, with the RequestId.";
    400 Invalid "IllegalParam.ZoneId" | "IllegalParam.ZoneMappings" | "IllegalParam.VSwitchId" | "Duplicated.ZoneMapping" =>
        "A zone or vSwitch of zone_mappings is malformed, stands twice, or is not one that the router offers.",
        "Give one vSwitch for each zone, in zones of the router's region that offer Enterprise edition routers.";
    400 Invalid "IllegalParam.ChargeType" =>
        "The billing method is not one that the service knows.",
        "Use charge_type POSTPAY, or leave it out.";
    400 Invalid "OperationUnsupported.TransitRouterRegionId" | "IllegalParam.TransitRouterRegionId" =>
        "The attachment names another region than that of its router, or one without transit routers.",
        "Check the region of the router.";
    400 Invalid "OperationUnsupported.TransitRouterType" | "OperationUnsupported.TransitRouterId"
        | "InvalidTransitRouterMode.NeedUpgrade" =>
        "The transit router is of the Basic edition, which does not offer this.",
        "Upgrade the router to Enterprise edition in the CEN console, or use another router.";
    400 Invalid "OperationUnsupported.CloudBoxVswNotSupport" =>
        "The vSwitch is on a cloud box, where a router can have no interface.",
        "Use a vSwitch of a public zone.";
    400 Invalid "OperationNotSupport.VpcAutoRoutesPublish" | "InvalidOperation.VpcAutoRoutesPublishInOtherCEN" =>
        "The VPC's routes cannot be published to this router: its region does not offer it, or they are published to \
         another CEN instance.",
        "Set auto_publish_routes to false, or end the publishing in the other CEN instance.";
    400 Invalid "InvalidOperation.VpnAssociated" =>
        "The VPC is associated with a VPN, and cannot be attached as it is.",
        "Release the VPN in the VPN console, or use another VPC.";
    400 Invalid "InvalidStatus.VpcAttachedFullModeCen" =>
        "The VPC is attached to another CEN instance, which has the protection level FULL.",
        "Detach it there first.";
    400 Invalid "InsufficientIpAddr.vsw" =>
        "The vSwitch has no free address for the router's network interface.",
        "Free an address in the vSwitch, or use another one in the same zone.";
    400 Invalid "OperationFailed.VSwitchIpv6CidrNotAllocated" | "IllegalParam.Ipv6Support"
        | "InvalidParameter.Ipv6Support" =>
        "IPv6 is wanted, and the vSwitch or the region does not have it.",
        "Give the vSwitch an IPv6 block, or leave ipv6 out.";
    400 Invalid "InvalidParameter.ResourceType" | "InvalidParameter.ApplianceModeSupport"
        | "ParamExclusive.TransitRouterVPCAttachmentOptionsAndOptions" =>
        "The options of the attachment do not fit together.",
        "Report it as a mistake in cenform, with the RequestId.";

    400 Quota "QuotaFull.ChildInstanceRelatedCen" =>
        "The network is attached to as many CEN instances as it can be.",
        "Detach it from one that does not need it, or raise the quota in the Quota Center.";
    400 Quota "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter" =>
        "The router has as many VPC attachments as its quota allows.",
        "Delete attachments that are not needed, or raise the quota in the Quota Center.";
    400 Quota "QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter" =>
        "As many VPCs publish their routes to the router as its quota allows.",
        "Set auto_publish_routes to false where it is not needed, or raise the quota in the Quota Center.";
    400 Quota "QuotaExceeded.Bandwidth" =>
        "The bandwidth of the connection is more than the quota allows.",
        "Use a lower bandwidth, or raise the quota in the Quota Center.";

    400 Invalid "OperationFailed.AttachmentReferencedVpcRouteEntryExisted" | "OperationFailed.RouteEntryExist"
        | "OperationFailed.RouteTablePropagationExist" | "OperationFailed.RouteTableAssociationExist"
        | "OperationFailed.MulticastDomainAssociationExist" =>
        "Routes, associations or propagations that cenform does not manage still use the attachment.",
        "Delete them in the CEN console, or set force_delete, apply, and then delete the attachment.";
    400 Invalid "OperationFailed.NotSupportForceDelete" =>
        "The attachment cannot be deleted by force.",
        "Set force_delete to false, and delete what uses the attachment in the CEN console.";

    400 Invalid "IllegalParam.PeerTransitRouterId" | "InvalidParameter.PeerTransitRouterId" =>
        "The router at the other end cannot be connected to this one.",
        "Use the router of another region of the same CEN instance.";
    400 Invalid "IllegalParam.PeerRegionId" =>
        "The region of the other end is unknown.",
        "Check the region of the router that peer names.";
    400 Invalid "IllegalParam.Bandwidth" | "MissingParam.Bandwidth" | "InvalidOperation.BwpBandwidthExceeded" =>
        "The bandwidth is missing, out of range, or more than the bandwidth package has left.",
        "Set bandwidth in Mbit/s, and no more than the package has left.";
    400 Invalid "IllegalParam.BandwidthType" | "OperationUnsupported.BandwidthType"
        | "OperationUnsupported.BandwidthHS" | "OperationUnsupported.CloudDataTransferService" =>
        "This way to pay for bandwidth is not offered between these regions or for this account.",
        "Change bandwidth_type: DataTransfer needs Cloud Data Transfer to be activated, BandwidthPackage a package.";
    400 Invalid "IllegalParam.CenBandwidthPackageId" | "InvalidOperation.BwpNotAssociated" =>
        "The bandwidth package is unknown, or is not associated with the CEN instance.",
        "Check bandwidth_package_id, and associate the package in the CEN console.";
    400 Invalid "InvalidOperation.OnlyOneRegionSupportIpv6" =>
        "Only one of the two regions offers IPv6.",
        "Use regions that both offer it, or leave IPv6 out.";
    400 Invalid "ParameterIllegal.CdtDefaultLinkTypeOnlySupportPlatinumOrGold"
        | "ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold"
        | "ParameterIllegal.CdtDefaultLinkTypeOnlySupportGold"
        | "OperationNotAllowed.DefaultLinkTypeOnlySupportGold"
        | "ParameterIllegal.*UnderlaySilver" =>
        "This link type is not offered between these routers, or not with this way to pay.",
        "Use link_type Gold; Platinum goes with bandwidth_type DataTransfer only.";
    400 Invalid "OperationInvalid.UserCanNotBuyCrossBorderBwp" =>
        "The account may not buy bandwidth across the border of mainland China.",
        "Ask the support of Alibaba Cloud what it takes.";
    400 Invalid "OperationInvalid.IdentityRegistrationStatusNotSupport" =>
        "One end is in mainland China, and the enterprise is not registered by its real name.",
        "Complete the real-name registration of the enterprise.";
    400 Invalid "InvalidOperation" =>
        "The service cannot do this as things are, and does not say why.",
        "Look at both ends in the CEN console, and ask support with the RequestId.";
};
