//! Tags of everything in CEN (cloud-api 6).

use serde_json::{Value as Json, json};

use super::call::{Action, Call, Outcome, fields, illegal, missing};
use super::codes::flow_log::STATUS;
use super::network::ROWS;
use super::paging::Marked;
use super::state::World;
use super::text::{self, MAX_TAGS, Tag};
use crate::emulator::message::Refusal;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write_without_token("TagResources", tag),
    Action::write_without_token("UntagResources", untag),
    Action::read("ListTagResources", list),
];

/// The most objects in one call.
const MAX_RESOURCES: usize = 20;

/// A type of object that can have tags.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Cen,
    Router,
    FlowLog,
    /// An attachment of the type that tag calls name so.
    Attachment(&'static str),
}

/// Something that can have tags.
struct Tagged<'w> {
    account: &'w str,
    /// None where it has none.
    region: Option<&'w str>,
    /// Whether its tags may be changed now.
    settled: bool,
    tags: &'w mut Vec<Tag>,
}

impl Tagged<'_> {
    fn is_seen_by(&self, call: &Call<'_>) -> bool {
        let region = call.params.filled("RegionId");
        self.account == call.account && self.region.is_none_or(|own| region.is_none_or(|region| region == own))
    }
}

fn tag(world: &mut World, call: &Call<'_>) -> Outcome {
    let tags = text::tags(call.params)?;
    if tags.is_empty() {
        return Err(missing("Tag"));
    }
    world.retag(call, |old| {
        let message = "A resource can have at most 20 tags.";
        if text::add_tags(old, &tags) { Ok(()) } else { Err(Refusal::new(400, "Forbidden.TagKeys", message)) }
    })
}

fn untag(world: &mut World, call: &Call<'_>) -> Outcome {
    let keys = call.params.words("TagKey", MAX_TAGS)?;
    let all = call.params.flag("All")?.unwrap_or(false);
    if keys.is_empty() && !all {
        return Err(missing("TagKey"));
    }
    world.retag(call, |old| {
        old.retain(|tag| !keys.is_empty() && !keys.contains(&tag.key.as_str()));
        Ok(())
    })
}

fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let kind = kind(call)?;
    let size = call.params.number("PageSize", 1..=50)?.unwrap_or(10);
    let page = Marked::of(size.min(world.rules.settings.page_given.get()), call.params.filled("NextToken"))?;
    let wanted = text::tags(call.params)?;
    let named = call.params.words("ResourceId", MAX_RESOURCES)?;
    let ids = if named.is_empty() { world.ids_of(kind) } else { named.into_iter().map(str::to_owned).collect() };
    let word = call.params.required("ResourceType")?;
    let mut rows: Vec<(String, Json)> = Vec::new();
    for id in ids {
        let Some(tagged) = world.taggable(kind, &id).filter(|tagged| tagged.is_seen_by(call)) else { continue };
        if !text::has_tags(tagged.tags, &wanted) {
            continue;
        }
        rows.extend(tagged.tags.iter().map(|tag| {
            let row = json!({ "ResourceType": word, "ResourceId": id, "TagKey": tag.key, "TagValue": tag.value });
            (format!("{id}\n{}", tag.key), row)
        }));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, next) = page.cut(rows, |row| row.0.as_str());
    let rows: Vec<Json> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(fields(json!({ "NextToken": next, "TagResources": { "TagResource": rows } })))
}

/// The type that a call names. Types are compared without case: official tools write them in three ways.
fn kind(call: &Call<'_>) -> Result<Kind, Refusal> {
    let word = call.params.required("ResourceType")?.to_ascii_lowercase();
    match word.as_str() {
        "cen" => Ok(Kind::Cen),
        "transitrouter" => Ok(Kind::Router),
        "flowlog" => Ok(Kind::FlowLog),
        _ => {
            let row = ROWS.iter().find(|row| row.tag_type.eq_ignore_ascii_case(&word));
            row.map(|row| Kind::Attachment(row.tag_type)).ok_or_else(|| illegal("ResourceType"))
        }
    }
}

impl World {
    fn taggable(&mut self, kind: Kind, id: &str) -> Option<Tagged<'_>> {
        match kind {
            Kind::Cen => self.cens.get_mut(id).map(|cen| Tagged {
                account: &cen.account,
                region: None,
                settled: true,
                tags: &mut cen.tags,
            }),
            Kind::Router => self.routers.get_mut(id).map(|router| Tagged {
                account: &router.account,
                region: Some(&router.region_id),
                settled: true,
                tags: &mut router.tags,
            }),
            // While it is created, changed or deleted, a flow log can only be looked at.
            Kind::FlowLog => self.flow_logs.get_mut(id).map(|log| Tagged {
                account: &log.account,
                region: Some(&log.region_id),
                settled: log.life.status.is_settled(),
                tags: &mut log.tags,
            }),
            Kind::Attachment(tag_type) => {
                let item = self.attachments.get_mut(id).filter(|item| item.network.row().tag_type == tag_type)?;
                let router = self.routers.get(&item.transit_router_id);
                Some(Tagged {
                    account: &item.account,
                    region: router.map(|router| router.region_id.as_str()),
                    settled: true,
                    tags: &mut item.tags,
                })
            }
        }
    }

    fn ids_of(&self, kind: Kind) -> Vec<String> {
        match kind {
            Kind::Cen => self.cens.keys().cloned().collect(),
            Kind::Router => self.routers.keys().cloned().collect(),
            Kind::FlowLog => self.flow_logs.keys().cloned().collect(),
            Kind::Attachment(_) => self.attachments.keys().cloned().collect(),
        }
    }

    /// Changes the tags of every object that a call names, or of none.
    fn retag(&mut self, call: &Call<'_>, change: impl Fn(&mut Vec<Tag>) -> Result<(), Refusal>) -> Outcome {
        let kind = kind(call)?;
        let ids = call.params.words("ResourceId", MAX_RESOURCES)?;
        if ids.is_empty() {
            return Err(missing("ResourceId"));
        }
        for id in &ids {
            let tagged = self.taggable(kind, id).filter(|tagged| tagged.is_seen_by(call)).ok_or_else(|| {
                let message = format!("The specified resource {id} is not found.");
                Refusal::of(400, "InvalidResourceId.NotFound", message)
            })?;
            if !tagged.settled {
                return Err(STATUS);
            }
            change(&mut tagged.tags.clone())?;
        }
        for id in &ids {
            if let Some(tagged) = self.taggable(kind, id) {
                change(tagged.tags)?;
            }
        }
        Ok(fields(json!({})))
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn everything_can_be_tagged_and_untagged() {
        let mut cloud = Cloud::new();
        let (cen, router, attachment) = cloud.attachment();
        let log = cloud.flow_log(&[("TransitRouterAttachmentId", &attachment)]);
        for (kind, id) in
            [("cen", &cen), ("TransitRouter", &router), ("TRANSITROUTERVPCATTACHMENT", &attachment), ("flowlog", &log)]
        {
            let base = [("ResourceType", kind), ("ResourceId.1", id.as_str())];
            let with = |extra: &[(&'static str, &'static str)]| [&base, extra].concat();
            let rows = |cloud: &mut Cloud| {
                cloud.ok("ListTagResources", &base)["TagResources"]["TagResource"].as_array().unwrap().clone()
            };
            let before = rows(&mut cloud).len();
            cloud.ok("TagResources", &with(&[("Tag.1.Key", "env"), ("Tag.1.Value", "a"), ("Tag.2.Key", "x")]));
            cloud.ok("TagResources", &with(&[("Tag.1.Key", "env"), ("Tag.1.Value", "b")]));
            let now = rows(&mut cloud);
            assert_eq!(now.len(), before + 2, "{kind}");
            assert!(now.iter().any(|row| row["TagKey"] == "env" && row["TagValue"] == "b"));
            cloud.ok("UntagResources", &with(&[("TagKey.1", "env")]));
            assert_eq!(rows(&mut cloud).len(), before + 1);
            assert_eq!(cloud.code("UntagResources", &base), "MissingParam.TagKey");
            cloud.ok("UntagResources", &with(&[("All", "true")]));
            assert_eq!(rows(&mut cloud).len(), 0);
        }
    }

    #[test]
    fn what_cannot_be_tagged() {
        let mut cloud = Cloud::new();
        let (cen, router) = cloud.router();
        let key = ("Tag.1.Key", "k");
        for (params, code) in [
            (vec![("ResourceId.1", cen.as_str()), key], "MissingParam.ResourceType"),
            (vec![("ResourceType", "cen"), key], "MissingParam.ResourceId"),
            (vec![("ResourceType", "cen"), ("ResourceId.1", cen.as_str())], "MissingParam.Tag"),
            (vec![("ResourceType", "vpc"), ("ResourceId.1", cen.as_str()), key], "IllegalParam.ResourceType"),
            (vec![("ResourceType", "cen"), ("ResourceId.1", "cen-x"), key], "InvalidResourceId.NotFound"),
            (
                vec![
                    ("ResourceType", "transitrouter"),
                    ("ResourceId.1", router.as_str()),
                    ("RegionId", "cn-shanghai"),
                    key,
                ],
                "InvalidResourceId.NotFound",
            ),
            (
                vec![("ResourceType", "cen"), ("ResourceId.1", cen.as_str()), ("Tag.1.Key", "acs:k")],
                "IllegalParam.TagKey",
            ),
        ] {
            assert_eq!(cloud.code("TagResources", &params), code);
        }
        let twenty: Vec<(String, String)> = (1..=20).map(|n| (format!("Tag.{n}.Key"), format!("k{n}"))).collect();
        let mut params: Vec<(&str, &str)> = twenty.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
        params.extend([("ResourceType", "cen"), ("ResourceId.1", cen.as_str())]);
        cloud.ok("TagResources", &params);
        let more = [("ResourceType", "cen"), ("ResourceId.1", cen.as_str()), ("Tag.1.Key", "one-more")];
        assert_eq!(cloud.code("TagResources", &more), "Forbidden.TagKeys");
    }
}
