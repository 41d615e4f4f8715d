//! Log projects (cloud-api 8.3, 11).

use super::super::row::{Row, Subject};

/// The kind.
pub(super) fn subject() -> Subject {
    Subject {
        name: "log_project",
        kind: "log_project",
        section: "log_projects",
        stack: "
            version: 1
            provider: { region: cn-hangzhou }
            log_projects: { x: { name: netflow-one } }
        ",
        shown: &[("GET /", "")],
        kept: &[("Projects", "projectName")],
        moves: Some("name"),
        stands: Some("redundancy"),
        rows: vec![
            Row::told("id", ""),
            Row::told("status", "/status"),
            Row::of("name", "netflow-one", "netflow-two").at("/projectName").replaces().required(),
            // Left out, it is the provider's, which is where the project then belongs.
            Row::of("region", "cn-hangzhou", "cn-shanghai").at("/region").replaces().moves_to("cn-hangzhou"),
            Row::of("description", "one", "two")
                .at("/description")
                .back_to("''")
                .calls(&["PUT / {\"description\":\"three\"}"]),
            Row::of("redundancy", "LRS", "ZRS")
                .at("/dataRedundancyType")
                .replaces()
                .edited("/dataRedundancyType", "LRS")
                .unowned_edited("/dataRedundancyType", "ZRS"),
            Row::of("resource_group_id", "rg-aekzone", "rg-aekztwo").at("/resourceGroupId").calls(&[
                "PUT /resourcegroup {\"resourceId\":\"$id\",\"resourceGroupId\":\"rg-aekzthree\",\"resourceType\":\"PROJECT\"}",
            ]),
            Row::of("recycle_bin", "false", "true")
                .at("/recycleBinEnabled")
                .calls(&["PATCH / {\"recycleBinEnabled\":false}"])
                .unowned_calls(&["PATCH / {\"recycleBinEnabled\":true}"]),
            Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                .at("/tags")
                .shown(
                    "[{ tagKey: team, tagValue: net }]",
                    "[{ tagKey: team, tagValue: sec }, { tagKey: env, tagValue: prod }]",
                )
                .back_to("[]")
                .calls(&[
                    "POST /tag {\"resourceType\":\"project\",\"resourceId\":[\"$id\"],\"tags\":[{\"key\":\"foreign\",\"value\":\"yes\"}]}",
                ]),
        ],
    }
}
