//! Flow logs (the CreateFlowlog page; cloud-api 5.4, 11).

use super::super::row::{Row, Subject, Then};

/// The kind.
pub(super) fn subject() -> Subject {
    Subject {
        name: "flow_log",
        kind: "flow_log",
        section: "flow_logs",
        stack: "
            version: 1
            provider: { region: cn-hangzhou }
            cens: { c: {} }
            transit_routers:
              hz: { cen: c }
              sh: { cen: c, region: cn-shanghai }
            attachments:
              a:
                type: vpc
                transit_router: hz
                vpc_id: vpc-bp1one
                zone_mappings: [{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1one }]
              b:
                type: vpc
                transit_router: hz
                vpc_id: vpc-bp1two
                zone_mappings: [{ zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1two }]
            log_projects:
              p: { name: netflow-one }
              s: { name: netflow-sh, region: cn-shanghai }
            logstores:
              l: { project: p, name: tr-one, ttl: 60 }
              m: { project: p, name: tr-two, ttl: 60 }
              s: { project: s, name: tr-one, ttl: 60 }
            flow_logs: { x: { attachment: a, logstore: l } }
        ",
        shown: &[("DescribeFlowlogs FlowLogId=$id", "/FlowLogs/FlowLog/0")],
        kept: &[("FlowLogs", "FlowLogId")],
        moves: Some("attachment"),
        stands: Some("log_format"),
        rows: vec![
            Row::told("id", ""),
            Row::told("region", "/RegionId"),
            Row::told("cen", "/CenId"),
            // Without an attachment it is the router's own.
            Row::of("attachment", "a", "b")
                .beside("{ transit_router: hz }")
                .at("/TransitRouterAttachmentId")
                .shown("$attachment.a", "$attachment.b")
                .replaces()
                .moves_to("''"),
            // Beside an attachment, whose router it is, it can be left out.
            Row::of("transit_router", "hz", "sh")
                .beside("{ attachment: null }")
                .beside_second("{ logstore: s }")
                .at("/TransitRouterId")
                .shown("$transit_router.hz", "$transit_router.sh")
                .replaces()
                .unset(Then::Refused("names neither")),
            Row::of("logstore", "l", "m")
                .at("/LogStoreName")
                .shown("tr-one", "tr-two")
                .replaces()
                .unset(Then::Refused("needs a store"))
                .edited("/LogStoreName", "tr-one"),
            Row::of(
                "destination",
                "{ project: netflow-one, logstore: tr-three }",
                "{ project: netflow-one, logstore: tr-four }",
            )
            .beside("{ logstore: null }")
            .at("/LogStoreName")
            .shown("tr-three", "tr-four")
            .replaces()
            .unset(Then::Refused("needs a store"))
            .edited("/LogStoreName", "tr-one"),
            Row::of(
                "destination.project",
                "{ project: netflow-one, logstore: tr-one }",
                "{ project: netflow-three, logstore: tr-one }",
            )
            .beside("{ logstore: null }")
            .at("/ProjectName")
            .shown("netflow-one", "netflow-three")
            .replaces()
            .without("{ logstore: tr-one }")
            .required()
            .edited("/ProjectName", "netflow-one"),
            Row::of(
                "destination.logstore",
                "{ project: netflow-one, logstore: tr-one }",
                "{ project: netflow-one, logstore: tr-two }",
            )
            .beside("{ logstore: null }")
            .at("/LogStoreName")
            .shown("tr-one", "tr-two")
            .replaces()
            .without("{ project: netflow-one }")
            .required()
            .edited("/LogStoreName", "tr-one"),
            Row::of("name", "one", "two")
                .at("/FlowLogName")
                .calls(&["ModifyFlowLogAttribute RegionId=cn-hangzhou FlowLogId=$id FlowLogName=three"]),
            Row::of("description", "one", "two")
                .at("/Description")
                .back_to("''")
                .calls(&["ModifyFlowLogAttribute RegionId=cn-hangzhou FlowLogId=$id Description=three"]),
            Row::of("interval", "600", "60")
                .at("/Interval")
                .back_to("600")
                .calls(&["ModifyFlowLogAttribute RegionId=cn-hangzhou FlowLogId=$id Interval=600"])
                .unowned_calls(&["ModifyFlowLogAttribute RegionId=cn-hangzhou FlowLogId=$id Interval=60"]),
            Row::of("log_format", "[srcaddr, dstaddr, bytes]", "'${srcaddr}${dstaddr}${bytes}${packets}'")
                .at("/LogFormatString")
                .shown("'${srcaddr}${dstaddr}${bytes}'", "'${srcaddr}${dstaddr}${bytes}${packets}'")
                .replaces()
                .edited("/LogFormatString", "'${srcaddr}${dstaddr}${bytes}${direction}'"),
            // Always managed: Active unless written (S2).
            Row::of("status", "Active", "Inactive")
                .at("/Status")
                .back_to("Active")
                .calls(&["ActiveFlowLog RegionId=cn-hangzhou FlowLogId=$id"])
                .unowned(&["DeactiveFlowLog RegionId=cn-hangzhou FlowLogId=$id"], Then::Update),
            Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                .at("/Tags/Tag")
                .shown("[{ Key: team, Value: net }]", "[{ Key: team, Value: sec }, { Key: env, Value: prod }]")
                .back_to("[]")
                .calls(&["TagResources ResourceType=flowlog ResourceId.1=$id Tag.1.Key=foreign Tag.1.Value=yes"]),
        ],
    }
}
