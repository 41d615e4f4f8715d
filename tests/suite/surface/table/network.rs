//! CENs and transit routers (cloud-api 5.1, 5.2, 11, 15).

use super::super::row::{Row, Subject, Then};

/// Both kinds.
pub(super) fn subjects() -> [Subject; 2] {
    [cen(), transit_router()]
}

fn cen() -> Subject {
    Subject {
        name: "cen",
        kind: "cen",
        section: "cens",
        stack: "
            version: 1
            provider: { region: cn-hangzhou }
            cens: { x: {} }
        ",
        shown: &[("DescribeCens Filter.1.Key=CenId Filter.1.Value.1=$id", "/Cens/Cen/0")],
        kept: &[("Cens", "CenId")],
        moves: None,
        stands: None,
        rows: vec![
            Row::told("id", ""),
            Row::told("status", "/Status"),
            Row::of("name", "one", "two").at("/Name").calls(&["ModifyCenAttribute CenId=$id Name=three"]),
            Row::of("description", "one", "two")
                .at("/Description")
                .back_to("''")
                .calls(&["ModifyCenAttribute CenId=$id Description=three"]),
            // The only value there is.
            Row::of("protection_level", "REDUCED", "REDUCED").at("/ProtectionLevel").unset(Then::Nothing),
            Row::of("resource_group_id", "rg-aekzone", "rg-aekztwo")
                .at("/ResourceGroupId")
                .calls(&["MoveResourceGroup ResourceType=cen ResourceId=$id NewResourceGroupId=rg-aekzthree"]),
            Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                .at("/Tags/Tag")
                .shown("[{ Key: team, Value: net }]", "[{ Key: team, Value: sec }, { Key: env, Value: prod }]")
                .back_to("[]")
                .calls(&["TagResources ResourceType=cen ResourceId.1=$id Tag.1.Key=foreign Tag.1.Value=yes"]),
        ],
    }
}

fn transit_router() -> Subject {
    Subject {
        name: "transit_router",
        kind: "transit_router",
        section: "transit_routers",
        stack: "
            version: 1
            provider: { region: cn-hangzhou }
            cens: { c: {}, d: {} }
            transit_routers: { x: { cen: c } }
        ",
        shown: &[("ListTransitRouters TransitRouterId=$id", "/TransitRouters/0")],
        kept: &[("TransitRouters", "TransitRouterId")],
        moves: Some("cen"),
        stands: Some("support_multicast"),
        rows: vec![
            Row::told("id", ""),
            Row::told("status", "/Status"),
            Row::told("type", "/Type"),
            Row::of("cen", "c", "d").at("/CenId").shown("$cen.c", "$cen.d").replaces().required(),
            // Left out, it is the provider's, which is where the router then belongs.
            Row::of("region", "cn-hangzhou", "cn-shanghai").at("/RegionId").replaces().moves_to("cn-hangzhou"),
            Row::of("name", "one", "two")
                .at("/TransitRouterName")
                .calls(&["UpdateTransitRouter RegionId=cn-hangzhou TransitRouterId=$id TransitRouterName=three"]),
            Row::of("description", "one", "two").at("/TransitRouterDescription").back_to("''").calls(&[
                "UpdateTransitRouter RegionId=cn-hangzhou TransitRouterId=$id TransitRouterDescription=three",
            ]),
            Row::of("support_multicast", "false", "true")
                .at("/SupportMulticast")
                .replaces()
                .edited("/SupportMulticast", "false")
                .unowned_edited("/SupportMulticast", "true"),
            Row::of(
                "cidrs",
                "[{ cidr: 10.0.0.0/24 }]",
                "[{ cidr: 10.1.0.0/24 }, { cidr: 10.2.0.0/24, publish: false }]",
            )
            .at("/TransitRouterCidrList")
            .shown(
                "[{ Cidr: 10.0.0.0/24, PublishCidrRoute: true }]",
                "[{ Cidr: 10.1.0.0/24, PublishCidrRoute: true }, { Cidr: 10.2.0.0/24, PublishCidrRoute: false }]",
            )
            .calls(&["CreateTransitRouterCidr RegionId=cn-hangzhou TransitRouterId=$id Cidr=10.3.0.0/24"]),
            Row::of("cidrs.cidr", "[{ cidr: 10.0.0.0/24, name: a }]", "[{ cidr: 10.1.0.0/24, name: a }]")
                .at("/TransitRouterCidrList")
                .shown("[{ Cidr: 10.0.0.0/24, Name: a }]", "[{ Cidr: 10.1.0.0/24, Name: a }]")
                .without("[{ name: a }]")
                .required(),
            Row::of("cidrs.name", "[{ cidr: 10.0.0.0/24, name: a }]", "[{ cidr: 10.0.0.0/24, name: b }]")
                .at("/TransitRouterCidrList")
                .shown("[{ Cidr: 10.0.0.0/24, Name: a }]", "[{ Cidr: 10.0.0.0/24, Name: b }]")
                .without("[{ cidr: 10.0.0.0/24 }]")
                .edited("/TransitRouterCidrList/0/Name", "c"),
            Row::of(
                "cidrs.description",
                "[{ cidr: 10.0.0.0/24, description: a }]",
                "[{ cidr: 10.0.0.0/24, description: b }]",
            )
            .at("/TransitRouterCidrList")
            .shown("[{ Cidr: 10.0.0.0/24, Description: a }]", "[{ Cidr: 10.0.0.0/24, Description: b }]")
            .without("[{ cidr: 10.0.0.0/24 }]")
            .back_to("[{ Cidr: 10.0.0.0/24, Description: '' }]")
            .edited("/TransitRouterCidrList/0/Description", "c"),
            Row::of(
                "cidrs.publish",
                "[{ cidr: 10.0.0.0/24, publish: true }]",
                "[{ cidr: 10.0.0.0/24, publish: false }]",
            )
            .at("/TransitRouterCidrList")
            .shown(
                "[{ Cidr: 10.0.0.0/24, PublishCidrRoute: true }]",
                "[{ Cidr: 10.0.0.0/24, PublishCidrRoute: false }]",
            )
            .without("[{ cidr: 10.0.0.0/24 }]")
            .back_to("[{ Cidr: 10.0.0.0/24, PublishCidrRoute: true }]")
            .edited("/TransitRouterCidrList/0/PublishCidrRoute", "true")
            .unowned_edited("/TransitRouterCidrList/0/PublishCidrRoute", "false"),
            Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                .at("/Tags")
                .shown("[{ Key: team, Value: net }]", "[{ Key: team, Value: sec }, { Key: env, Value: prod }]")
                .back_to("[]")
                .calls(&["TagResources ResourceType=TransitRouter ResourceId.1=$id Tag.1.Key=foreign Tag.1.Value=yes"]),
        ],
    }
}
