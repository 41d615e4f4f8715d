//! Logstores (cloud-api 8.3, 11).

use super::super::row::{Row, Subject, Then};

/// The kind.
pub(super) fn subject() -> Subject {
    Subject {
        name: "logstore",
        kind: "logstore",
        section: "logstores",
        stack: "
            version: 1
            provider: { region: cn-hangzhou }
            log_projects: { p: { name: netflow-one }, q: { name: netflow-two } }
            logstores: { x: { project: p, name: tr-one, ttl: 60 } }
        ",
        shown: &[("GET /logstores/$store", "")],
        kept: &[("Projects", "projectName"), ("logstores", "logstoreName")],
        moves: Some("name"),
        stands: Some("telemetry_type"),
        rows: vec![
            Row::told("id", ""),
            Row::told("status", "/status"),
            Row::of("project", "p", "q").at("/project").shown("netflow-one", "netflow-two").replaces().required(),
            Row::of("name", "tr-one", "tr-two").at("/logstoreName").replaces().required(),
            Row::of("ttl", "60", "90").at("/ttl").required().calls(&["PATCH /logstores/$store {\"ttl\":120}"]),
            // It counts at creation only; splitting and merging go their own way.
            Row::of("shard_count", "2", "4")
                .at("/shardCount")
                .change(Then::Note("counts at creation only"))
                .edited("/shardCount", "8"),
            Row::of("auto_split", "false", "true")
                .beside("{ max_split_shard_count: 8 }")
                .at("/autoSplit")
                .calls(&["PATCH /logstores/$store {\"autoSplit\":false}"])
                .unowned_calls(&["PATCH /logstores/$store {\"autoSplit\":true}"]),
            Row::of("max_split_shard_count", "8", "16")
                .at("/maxSplitShard")
                .calls(&["PATCH /logstores/$store {\"maxSplitShard\":32}"]),
            Row::of("hot_ttl", "10", "20").at("/hot_ttl").calls(&["PATCH /logstores/$store {\"hot_ttl\":40}"]),
            Row::of("infrequent_access_ttl", "30", "35")
                .at("/infrequentAccessTTL")
                .calls(&["PATCH /logstores/$store {\"infrequentAccessTTL\":40}"]),
            Row::of("append_meta", "false", "true")
                .at("/appendMeta")
                .calls(&["PATCH /logstores/$store {\"appendMeta\":false}"])
                .unowned_calls(&["PATCH /logstores/$store {\"appendMeta\":true}"]),
            Row::of("web_tracking", "false", "true")
                .at("/enable_tracking")
                .back_to("false")
                .calls(&["PATCH /logstores/$store {\"enable_tracking\":false}"])
                .unowned_calls(&["PATCH /logstores/$store {\"enable_tracking\":true}"]),
            Row::of("mode", "standard", "query")
                .at("/mode")
                .calls(&["PATCH /logstores/$store {\"mode\":\"standard\"}"])
                .unowned_calls(&["PATCH /logstores/$store {\"mode\":\"query\"}"]),
            Row::of("telemetry_type", "None", "Metrics")
                .at("/telemetryType")
                .replaces()
                .edited("/telemetryType", "None")
                .unowned_edited("/telemetryType", "Metrics"),
            // Nothing but its switch can be changed in place.
            Row::of("encryption", "{ enable: true, type: sm4 }", "{ enable: false, type: sm4 }")
                .at("/encrypt_conf")
                .shown("{ enable: true, encrypt_type: sm4 }", "{ enable: false, encrypt_type: sm4 }")
                .calls(&["PATCH /logstores/$store {\"encrypt_conf\":{\"enable\":true,\"encrypt_type\":\"sm4\"}}"]),
            Row::of("encryption.enable", "{ enable: true }", "{ enable: false }")
                .at("/encrypt_conf/enable")
                .shown("true", "false")
                .without("{ type: sm4 }")
                .required()
                .calls(&["PATCH /logstores/$store {\"encrypt_conf\":{\"enable\":true}}"]),
            Row::of("encryption.type", "{ enable: true, type: default }", "{ enable: true, type: sm4 }")
                .at("/encrypt_conf/encrypt_type")
                .shown("default", "sm4")
                .replaces()
                .without("{ enable: true }")
                .edited("/encrypt_conf", "{ enable: true, encrypt_type: default }"),
            Row::of("encryption.cmk_key_id", "{ enable: true, cmk_key_id: one }", "{ enable: true, cmk_key_id: two }")
                .at("/encrypt_conf/user_cmk_info/cmk_key_id")
                .shown("one", "two")
                .replaces()
                .without("{ enable: true }")
                .edited("/encrypt_conf", "{ enable: true, user_cmk_info: { cmk_key_id: three } }"),
            Row::of(
                "encryption.cmk_arn",
                "{ enable: true, cmk_arn: 'acs:ram::1000000000000001:role/one' }",
                "{ enable: true, cmk_arn: 'acs:ram::1000000000000001:role/two' }",
            )
            .at("/encrypt_conf/user_cmk_info/arn")
            .shown("acs:ram::1000000000000001:role/one", "acs:ram::1000000000000001:role/two")
            .replaces()
            .without("{ enable: true }")
            .edited("/encrypt_conf", "{ enable: true, user_cmk_info: { arn: 'acs:ram::1000000000000001:role/three' } }"),
            Row::of(
                "encryption.cmk_region",
                "{ enable: true, cmk_region: cn-hangzhou }",
                "{ enable: true, cmk_region: cn-shanghai }",
            )
            .at("/encrypt_conf/user_cmk_info/region_id")
            .shown("cn-hangzhou", "cn-shanghai")
            .replaces()
            .without("{ enable: true }")
            .edited("/encrypt_conf", "{ enable: true, user_cmk_info: { region_id: cn-beijing } }"),
            // The preset, then one's own. One that the service makes is its own business.
            Row::of("index", "flow_log", "{ keys: { srcaddr: { type: text, token: [',', '.'] } } }")
                .at("/index/keys")
                .shown(
                    "{ srcaddr: { type: text }, dstaddr: { type: text }, bytes: { type: long } }",
                    "{ srcaddr: { type: text, token: [',', '.'] } }",
                )
                .calls(&["PUT /logstores/$store/index {\"line\":{\"token\":[\",\"]}}"])
                .unowned_calls(&["POST /logstores/$store/index {\"line\":{\"token\":[\",\"]}}"]),
            Row::of("index.line", "{ line: { token: [','] } }", "{ line: { token: [',', ' '] } }")
                .at("/index/line")
                .shown("{ token: [','] }", "{ token: [',', ' '] }")
                .without("{ keys: { bytes: { type: long } } }")
                .back_to("null")
                .calls(&["PUT /logstores/$store/index {\"line\":{\"token\":[\";\"]}}"])
                .unowned(
                    &["PUT /logstores/$store/index {\"line\":{\"token\":[\";\"]},\"keys\":{\"bytes\":{\"type\":\"long\"}}}"],
                    Then::Update,
                ),
            Row::of("index.keys", "{ keys: { bytes: { type: long } } }", "{ keys: { bytes: { type: double } } }")
                .at("/index/keys")
                .shown("{ bytes: { type: long } }", "{ bytes: { type: double } }")
                .without("{ line: { token: [','] } }")
                .back_to("null")
                .calls(&["PUT /logstores/$store/index {\"keys\":{\"bytes\":{\"type\":\"long\"}}}"])
                .unowned(
                    &["PUT /logstores/$store/index {\"line\":{\"token\":[\",\"]},\"keys\":{\"bytes\":{\"type\":\"long\"}}}"],
                    Then::Update,
                ),
            Row::of("tags", "{ team: net }", "{ team: sec, env: prod }")
                .at("/tags")
                .shown(
                    "[{ tagKey: team, tagValue: net }]",
                    "[{ tagKey: team, tagValue: sec }, { tagKey: env, tagValue: prod }]",
                )
                .back_to("[]")
                .calls(&[
                    "POST /tag {\"resourceType\":\"logstore\",\"resourceId\":[\"$tagged\"],\"tags\":[{\"key\":\"foreign\",\"value\":\"yes\"}]}",
                ]),
        ],
    }
}
