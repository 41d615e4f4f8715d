//! Somebody else with the same account, who makes what looks like ours: a CEN, a router in it and a flow log of it, with
//! the names, texts and tags that a stack says.

use std::time::Duration;

use cenform::cloud::request::{Product, Request, Rpc};
use serde_json::Value as Json;
use tokio::time::sleep;

use crate::suite::engine::bench::Process;

/// How often something is tried that the cloud refuses: things come about slowly, and calls go wrong.
const TRIES: usize = 8;

/// Its log project. One with a name of ours would be in our way for good: such a name is there once.
const PROJECT: &str = "netflow-of-a-stranger";

/// Makes what looks like the first of a stack, as far as the cloud lets it.
pub(in crate::suite) async fn makes(process: &Process, stack: &str) -> Option<()> {
    let stack: Json = serde_yaml::from_str(stack).unwrap();
    let (_, cen) = first(&stack, "cens", |_| true)?;
    let request = Rpc::write(Product::Cbn, "CreateCen");
    let cen_id = made(process, described(request, cen, "Name", "Description"), "CenId").await?;
    let (key, router) = first(&stack, "transit_routers", |_| true)?;
    let request = Rpc::write(Product::Cbn, "CreateTransitRouter")
        .param("CenId", &*cen_id)
        .param("RegionId", text(router, "region"));
    let request = described(request, router, "TransitRouterName", "TransitRouterDescription");
    let router_id = made(process, request, "TransitRouterId").await?;
    let (_, log) = first(&stack, "flow_logs", |log| log["transit_router"] == **key)?;
    let request = Rpc::write(Product::Cbn, "CreateFlowlog")
        .param("CenId", cen_id)
        .param("TransitRouterId", router_id)
        .param("RegionId", text(router, "region"))
        .param("ProjectName", PROJECT)
        .param("LogStoreName", text(log, "logstore"));
    made(process, described(request, log, "FlowLogName", "Description"), "FlowLogId").await.map(drop)
}

/// Gives its CEN another name, because somebody asked whose it is.
pub(super) async fn renames(process: &Process, cen: &str) {
    let request = Rpc::write(Product::Cbn, "ModifyCenAttribute").param("CenId", cen).param("Name", "not-theirs");
    // Nothing may come of it for now: who is asked again tries again.
    let _ = answered(process, &request.into()).await;
}

fn first<'a>(stack: &'a Json, section: &str, is: impl Fn(&Json) -> bool) -> Option<(&'a String, &'a Json)> {
    stack[section].as_object()?.iter().find(|(_, item)| is(item))
}

fn text<'a>(item: &'a Json, attribute: &str) -> &'a str {
    item[attribute].as_str().unwrap_or_default()
}

/// A create with the name, the text and the tags of something that is declared.
fn described(mut request: Rpc, item: &Json, name: &str, description: &str) -> Request {
    for (param, attribute) in [(name, "name"), (description, "description")] {
        if let Some(value) = item[attribute].as_str() {
            request = request.param(param, value);
        }
    }
    for (number, (key, value)) in (1..).zip(item["tags"].as_object().into_iter().flatten()) {
        request = request.param(&format!("Tag.{number}.Key"), key);
        request = request.param(&format!("Tag.{number}.Value"), value.as_str().unwrap_or_default());
    }
    request.into()
}

/// The id of what a create made.
async fn made(process: &Process, request: Request, field: &str) -> Option<String> {
    Some(answered(process, &request).await?[field].as_str()?.to_owned())
}

/// The answer to a call, which is made until it succeeds or patience ends.
async fn answered(process: &Process, request: &Request) -> Option<Json> {
    for _ in 0..TRIES {
        if let Ok(answer) = process.api_of(None).call(request).await {
            return Some(answer.body);
        }
        sleep(Duration::from_secs(1)).await;
    }
    None
}
