//! What somebody does behind our back, through the API.

use cenform::cloud::request::{Product, Request, Rpc, Sls};
use cenform::model::address::Kind;
use cenform::state::Entry;
use serde_json::json;

use super::sheet::some;
use crate::suite::engine::bench::Bench;
use crate::suite::sim::dice::Dice;

/// What is called to rename and to delete an attachment of a type, and how tags name it.
const ATTACHMENTS: [(&str, &str, &str, &str); 5] = [
    (
        "vpc",
        "UpdateTransitRouterVpcAttachmentAttribute",
        "DeleteTransitRouterVpcAttachment",
        "TransitRouterVpcAttachment",
    ),
    (
        "vbr",
        "UpdateTransitRouterVbrAttachmentAttribute",
        "DeleteTransitRouterVbrAttachment",
        "TransitRouterVbrAttachment",
    ),
    (
        "vpn",
        "UpdateTransitRouterVpnAttachmentAttribute",
        "DeleteTransitRouterVpnAttachment",
        "TransitRouterVpnAttachment",
    ),
    (
        "ecr",
        "UpdateTransitRouterEcrAttachmentAttribute",
        "DeleteTransitRouterEcrAttachment",
        "TransitRouterEcrAttachment",
    ),
    (
        "peer",
        "UpdateTransitRouterPeerAttachmentAttribute",
        "DeleteTransitRouterPeerAttachment",
        "TransitRouterPeerAttachment",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Rename,
    Describe,
    Tag,
    Untag,
    Switch,
    Delete,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    Any,
    /// Nothing is deleted.
    Changes,
}

/// Somebody does something to one of the objects of the stack, if the cloud lets them. Says what.
pub(super) async fn happens(bench: &Bench, dice: &Dice, harm: Harm) -> Option<String> {
    let state = bench.state().await;
    let entries: Vec<&Entry> = state.resources.values().collect();
    let entry = *some(dice, &entries)?;
    let deed = dice.one_of(&[Deed::Rename, Deed::Describe, Deed::Tag, Deed::Untag, Deed::Switch, Deed::Delete]);
    if deed == Deed::Delete && harm == Harm::Changes {
        return None;
    }
    let request = request(entry, deed, dice)?;
    let answer = bench.api().call(&request).await;
    let refused = answer.err().map(|error| format!(", and is refused: {error}")).unwrap_or_default();
    Some(format!("somebody else calls {} of {} ({}){refused}", request.action(), entry.address, entry.id))
}

fn request(entry: &Entry, deed: Deed, dice: &Dice) -> Option<Request> {
    if matches!(entry.kind, Kind::LogProject | Kind::Logstore) {
        return stores(entry, deed, dice);
    }
    let attribute = |name: &str| entry.attributes.get(name).and_then(|value| value.as_text()).unwrap_or_default();
    let words = ATTACHMENTS.iter().find(|(word, ..)| *word == attribute("type"));
    let (update, delete, tagged, id, name, description) = match (entry.kind, words) {
        (Kind::Cen, _) => ("ModifyCenAttribute", "DeleteCen", "cen", "CenId", "Name", "Description"),
        (Kind::TransitRouter, _) => (
            "UpdateTransitRouter",
            "DeleteTransitRouter",
            "TransitRouter",
            "TransitRouterId",
            "TransitRouterName",
            "TransitRouterDescription",
        ),
        (Kind::Attachment, Some((_, update, delete, tagged))) => (
            *update,
            *delete,
            *tagged,
            "TransitRouterAttachmentId",
            "TransitRouterAttachmentName",
            "TransitRouterAttachmentDescription",
        ),
        (Kind::FlowLog, _) => {
            ("ModifyFlowLogAttribute", "DeleteFlowlog", "FlowLog", "FlowLogId", "FlowLogName", "Description")
        }
        _ => return None,
    };
    let call = |action| {
        let call = Rpc::write(Product::Cbn, action).param(id, &*entry.id);
        // A deleted log is looked for where it is.
        let region = entry.region.as_ref().filter(|_| entry.kind == Kind::FlowLog);
        let call = region.into_iter().fold(call, |call, region| call.param("RegionId", region.as_str()));
        if entry.kind == Kind::FlowLog { call.param("CenId", attribute("cen")) } else { call }
    };
    let tags =
        |action| Rpc::write(Product::Cbn, action).param("ResourceType", tagged).param("ResourceId.1", &*entry.id);
    let text = format!("theirs {}", dice.below(2));
    Some(
        match deed {
            Deed::Rename => call(update).param(name, text.replace(' ', "-")),
            Deed::Describe => call(update).param(description, text),
            Deed::Tag => tags("TagResources").param("Tag.1.Key", "seen-by").param("Tag.1.Value", text),
            Deed::Untag => tags("UntagResources").param("TagKey.1", "team"),
            Deed::Switch if entry.kind == Kind::FlowLog => {
                call(if attribute("status") == "Active" { "DeactiveFlowLog" } else { "ActiveFlowLog" })
            }
            Deed::Switch => return None,
            Deed::Delete => call(delete),
        }
        .into(),
    )
}

/// What is done to a project or a logstore.
fn stores(entry: &Entry, deed: Deed, dice: &Dice) -> Option<Request> {
    let (project, store) = entry.id.split_once('/').unwrap_or((&entry.id, ""));
    let is_store = entry.kind == Kind::Logstore;
    let call =
        |action, method, path: &str| Sls::write(action, method, entry.region.as_ref().unwrap(), Some(project), path);
    let path = format!("/logstores/{store}");
    let (resource_type, id) =
        if is_store { ("logstore", format!("{project}#{store}")) } else { ("project", project.to_owned()) };
    let tags = json!({ "resourceType": resource_type, "resourceId": [id] });
    let with = |mut body: serde_json::Value, tags| {
        body["tags"] = tags;
        body
    };
    Some(
        match deed {
            Deed::Describe if is_store => {
                let ttl = 9 + dice.below(2);
                call("UpdateLogStore", "PUT", &path).body(json!({ "logstoreName": store, "ttl": ttl }))
            }
            Deed::Describe => call("UpdateProject", "PUT", "/").body(json!({ "description": "theirs" })),
            Deed::Tag => {
                call("TagResources", "POST", "/tag").body(with(tags, json!([{ "key": "seen-by", "value": "them" }])))
            }
            Deed::Untag => call("UntagResources", "POST", "/untag").body(with(tags, json!(["team"]))),
            Deed::Delete if is_store => call("DeleteLogStore", "DELETE", &path),
            Deed::Delete => call("DeleteProject", "DELETE", "/"),
            Deed::Rename | Deed::Switch => return None,
        }
        .into(),
    )
}
