//! The world in words, for expectations that are written by hand.

use serde_json::Value as Json;

use super::bench::Bench;

/// The world in words and without ids, sorted.
pub(super) fn picture(bench: &Bench) -> Vec<String> {
    let world = bench.world();
    let items = |list: &str| world[list].as_array().unwrap();
    let text = |item: &Json, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    let router = |id: &Json| {
        let found = items("TransitRouters").iter().find(|item| item["TransitRouterId"] == *id);
        text(found.unwrap(), "TransitRouterName")
    };
    let network = |item: &Json| {
        let id = ["VpcId", "VbrId", "VpnId", "EcrId"].iter().find_map(|field| item[*field].as_str());
        let id = id.map_or_else(|| router(&item["PeerTransitRouterId"]), str::to_owned);
        format!("{} {id}", text(item, "ResourceType"))
    };
    let mut lines = Vec::new();
    lines.extend(items("Cens").iter().map(|cen| format!("cen {}", text(cen, "Name"))));
    for item in items("TransitRouters") {
        let cidrs = item["TransitRouterCidrList"].as_array().unwrap().iter();
        let cidrs = cidrs.map(|cidr| text(cidr, "Cidr")).collect::<Vec<_>>().join(", ");
        lines.push(format!("router {} in {} with {cidrs}", text(item, "TransitRouterName"), text(item, "RegionId")));
    }
    for item in items("TransitRouterAttachments") {
        let owner = ["VpcOwnerId", "VbrOwnerId", "VpnOwnerId", "EcrOwnerId"].iter().find_map(|field| item.get(*field));
        let (network, router) = (network(item), router(&item["TransitRouterId"]));
        lines.push(match owner {
            Some(owner) => format!("{network} of {owner} on {router}, {}", text(item, "OrderType")),
            None => format!("{network} on {router}, {} Mbit/s", item["Bandwidth"]),
        });
    }
    for log in items("FlowLogs") {
        let id = &log["TransitRouterAttachmentId"];
        let mut attachments = items("TransitRouterAttachments").iter();
        let network = network(attachments.find(|item| item["TransitRouterAttachmentId"] == *id).unwrap());
        let (router, project) = (router(&log["TransitRouterId"]), text(log, "ProjectName"));
        lines.push(format!("log of {network} at {router} to {project}, {}", text(log, "Status")));
    }
    for project in items("Projects") {
        let name = text(project, "projectName");
        lines.push(format!("project {name} in {}", text(project, "region")));
        for store in project["logstores"].as_array().unwrap() {
            let fields = store["index"]["keys"].as_object().map_or(0, serde_json::Map::len);
            lines.push(format!("store {} of {name} with {fields} fields", text(store, "logstoreName")));
        }
    }
    for grant in items("Grants") {
        let cen = items("Cens").iter().find(|cen| cen["CenId"] == grant["CenId"]).unwrap();
        let (network, owner) = (text(grant, "InstanceId"), text(grant, "Account"));
        lines.push(format!("grant of {network} of {owner} to {}", text(cen, "Name")));
    }
    lines.sort();
    lines
}

/// Holds the world against what is expected of it, and against stack and state.
pub(super) async fn assert_world(
    bench: &Bench,
    yaml: &str,
    expected: impl IntoIterator<Item = impl ToString>,
    at: &str,
) {
    let expected: Vec<String> = expected.into_iter().map(|line| line.to_string()).collect();
    assert_eq!(picture(bench), expected, "{at}");
    bench.assert_whole(yaml, at).await;
}

/// Holds that nothing is left, and that nothing is known.
pub(super) async fn assert_nothing(bench: &Bench, at: &str) {
    assert_eq!(picture(bench), Vec::<String>::new(), "{at}");
    assert!(bench.known().await.is_empty(), "{at}");
}
