//! What holds when everything has come to rest, told without the engine: the YAML is read as data and held against the
//! emulator's world field by field.

use std::collections::{BTreeMap, BTreeSet};

use cenform::state::{EntryStatus, State};
use serde_json::{Value as Json, json};

use super::witness::objects;

/// A kind: its section, its list in the world, and its attributes there.
type Kind = (&'static str, &'static str, &'static [Attribute]);

/// An attribute, the field of the world, and what it is where it is left out, if that is known.
type Attribute = (&'static str, &'static str, Unset);

#[derive(Debug, Clone, Copy)]
enum Unset {
    Is(&'static str),
    Number(u64),
    Anything,
}

use Unset::{Anything, Is, Number};

const KINDS: [Kind; 5] = [
    ("cens", "Cens", &[("name", "Name", Anything), ("description", "Description", Is(""))]),
    (
        "transit_routers",
        "TransitRouters",
        &[
            ("cen", "CenId", Anything),
            ("region", "RegionId", Anything),
            ("name", "TransitRouterName", Anything),
            ("description", "TransitRouterDescription", Is("")),
        ],
    ),
    (
        "attachments",
        "TransitRouterAttachments",
        &[
            ("transit_router", "TransitRouterId", Anything),
            ("peer", "PeerTransitRouterId", Anything),
            ("name", "TransitRouterAttachmentName", Anything),
            ("description", "TransitRouterAttachmentDescription", Is("")),
            ("vpc_id", "VpcId", Anything),
            ("vbr_id", "VbrId", Anything),
            ("vpn_id", "VpnId", Anything),
            ("ecr_id", "EcrId", Anything),
            ("bandwidth", "Bandwidth", Anything),
            ("bandwidth_type", "BandwidthType", Anything),
        ],
    ),
    (
        "flow_logs",
        "FlowLogs",
        &[
            ("transit_router", "TransitRouterId", Anything),
            ("attachment", "TransitRouterAttachmentId", Is("")),
            ("name", "FlowLogName", Anything),
            ("description", "Description", Is("")),
            ("interval", "Interval", Number(600)),
            ("status", "Status", Is("Active")),
        ],
    ),
    (
        "log_projects",
        "Projects",
        &[("name", "projectName", Anything), ("region", "region", Anything), ("description", "description", Is(""))],
    ),
];

/// The attributes that name another resource, and its kind.
const REFERENCES: [(&str, &str); 5] = [
    ("cen", "cen"),
    ("transit_router", "transit_router"),
    ("peer", "transit_router"),
    ("attachment", "attachment"),
    ("project", "log_project"),
];

/// How it was before an apply: what was not managed then, and is not now, stays as it was.
#[derive(Debug)]
pub(in crate::suite) struct Before<'a> {
    /// What was applied before.
    pub(in crate::suite) stack: &'a Json,
    pub(in crate::suite) world: &'a Json,
    /// What is in the world and not ours.
    pub(in crate::suite) theirs: &'a BTreeSet<String>,
    /// The addresses that were left out of the apply: what has become of these objects is not its business.
    pub(in crate::suite) left_out: &'a BTreeSet<String>,
}

impl Before<'_> {
    fn leaves_out(&self, address: &str) -> bool {
        self.left_out.contains(address)
    }

    /// What an attribute keeps that is left out, or ignored; none if it goes back to its default, or to what is said.
    fn kept(&self, of: &Declared<'_>, attribute: &str, field: &str, unset: Unset) -> Option<Json> {
        let item = items(self.world, of.list).find(|item| is_same(of.list, item, of.item))?;
        if ignores(of.wanted, attribute) {
            return Some(item[field].clone());
        }
        let declared = self.stack[of.section].get(of.key)?;
        let was_owned = attribute == "status" || declared.get(attribute).is_some();
        (!was_owned || matches!(unset, Anything)).then(|| item[field].clone())
    }
}

/// Whether an attribute counts only when the object is made.
fn ignores(wanted: &Json, attribute: &str) -> bool {
    wanted["lifecycle"]["ignore_changes"].as_array().is_some_and(|paths| paths.iter().any(|path| path == attribute))
}

/// Whether two items of a list are one object; a project has its name from the stack, and may have been made anew.
fn is_same(list: &str, one: &Json, other: &Json) -> bool {
    id_of(list, one) == id_of(list, other) && one["createTime"] == other["createTime"]
}

/// A declared object.
struct Declared<'a> {
    section: &'a str,
    key: &'a str,
    list: &'a str,
    /// What the stack says of it.
    wanted: &'a Json,
    /// What it is.
    item: &'a Json,
}

/// What does not hold. `stack` is what was applied last, without anything if it was destroyed; `before` says how it was
/// before that, if anything may not have been managed.
pub(in crate::suite) fn broken(stack: &Json, world: &Json, state: &State, before: Option<&Before<'_>>) -> Vec<String> {
    let managed = state.resources.iter().map(|(address, entry)| (address.to_string(), entry.id.as_str()));
    let existing = state.existing.iter().map(|(address, read)| (address.to_string(), read.id.as_str()));
    let ids: BTreeMap<String, &str> = existing.chain(managed).collect();
    let mut broken = one_to_one(stack, world, state, before);
    let leaves_out = |address: &str| before.is_some_and(|before| before.leaves_out(address));
    for (section, list, attributes) in KINDS {
        let kind = section.trim_end_matches('s');
        let known: BTreeMap<&str, &Json> =
            items(world, list).filter_map(|item| Some((id_of(list, item)?, item))).collect();
        for (key, wanted) in stack[section].as_object().into_iter().flatten() {
            let address = format!("{kind}.{key}");
            let Some(id) = ids.get(&address).filter(|_| wanted.get("existing").is_none() && !leaves_out(&address))
            else {
                continue;
            };
            let Some(item) = known.get(id) else { continue };
            let declared = Declared { section, key, list, wanted, item };
            for (attribute, field, unset) in attributes {
                let kept = || before.and_then(|before| before.kept(&declared, attribute, field, *unset));
                let Some(expected) = expected(wanted, attribute, *unset, kept, &ids) else { continue };
                if item[*field] != expected {
                    broken.push(format!("{address}: {attribute} is {}, not {expected}", item[*field]));
                }
            }
            broken.extend(sets(&address, wanted, item, &ids));
            let kept = before.and_then(|before| before.kept(&declared, "tags", tag_field(item), Is("")));
            broken.extend(tags(&address, wanted, kept, item));
        }
    }
    broken.extend(stores(stack, world, &ids, before));
    broken.extend(grants(stack, world, &ids));
    broken
}

fn items<'a>(world: &'a Json, list: &str) -> impl Iterator<Item = &'a Json> {
    world[list].as_array().into_iter().flatten()
}

fn id_of<'a>(list: &str, item: &'a Json) -> Option<&'a str> {
    let field = match list {
        "Cens" => "CenId",
        "TransitRouters" => "TransitRouterId",
        "TransitRouterAttachments" => "TransitRouterAttachmentId",
        "FlowLogs" => "FlowLogId",
        _ => "projectName",
    };
    item[field].as_str()
}

/// What is declared, what the state knows and what is in the world are the same.
fn one_to_one(stack: &Json, world: &Json, state: &State, before: Option<&Before<'_>>) -> Vec<String> {
    let sections = KINDS.iter().map(|(section, ..)| *section).chain(["logstores"]);
    let declared: BTreeSet<String> = sections
        .flat_map(|section| {
            let kind = section.trim_end_matches('s');
            let items = stack[section].as_object().into_iter().flatten();
            let managed = items.filter(|(_, item)| item.get("existing").is_none());
            managed.map(move |(key, _)| format!("{kind}.{key}"))
        })
        .collect();
    let mut broken = Vec::new();
    let known: BTreeSet<String> = state.resources.keys().map(ToString::to_string).collect();
    for address in declared.symmetric_difference(&known) {
        let which = if known.contains(address) { "is in the state, and not declared" } else { "is not in the state" };
        broken.push(format!("{address} {which}"));
    }
    for (address, entry) in &state.resources {
        if entry.status != EntryStatus::Settled || !entry.deposed.is_empty() {
            broken.push(format!("{address} has not settled: {:?}, {:?}", entry.status, entry.deposed));
        }
    }
    let in_state: Vec<&str> = state.resources.values().map(|entry| entry.id.as_str()).collect();
    let ours: BTreeSet<&str> = in_state.iter().copied().collect();
    if ours.len() != in_state.len() {
        broken.push(format!("an object is in the state twice: {in_state:?}"));
    }
    let there = objects(world);
    for (id, leaves) in &there {
        if *leaves {
            broken.push(format!("{id} is still being deleted"));
        } else if !ours.contains(id.as_str()) && !before.is_some_and(|before| before.theirs.contains(id)) {
            broken.push(format!("{id} is in the world, and the state does not know it"));
        }
    }
    for (address, entry) in &state.resources {
        if !there.contains_key(&entry.id) && !before.is_some_and(|before| before.leaves_out(&address.to_string())) {
            broken.push(format!("{address} is in the state, and {} is not in the world", entry.id));
        }
    }
    broken
}

/// What an attribute must be; none if nothing is said.
fn expected(
    wanted: &Json,
    attribute: &str,
    unset: Unset,
    kept: impl Fn() -> Option<Json>,
    ids: &BTreeMap<String, &str>,
) -> Option<Json> {
    if ignores(wanted, attribute)
        && let Some(kept) = kept()
    {
        return Some(kept);
    }
    let Some(written) = wanted.get(attribute) else {
        return kept().or(match unset {
            Is(text) => Some(text.into()),
            Number(number) => Some(number.into()),
            Anything => None,
        });
    };
    let reference = REFERENCES.iter().find(|(name, _)| *name == attribute);
    Some(reference.map_or_else(|| written.clone(), |(_, kind)| id(ids, kind, written).into()))
}

/// The id of what a reference names.
fn id<'a>(ids: &BTreeMap<String, &'a str>, kind: &str, name: &Json) -> &'a str {
    ids.get(&format!("{kind}.{}", name.as_str().unwrap())).copied().unwrap_or("nothing")
}

/// Texts that lie in two lists are the same, in any order.
fn same(address: &str, what: &str, wanted: Vec<String>, found: Vec<String>) -> Option<String> {
    let (wanted, found): (BTreeSet<_>, BTreeSet<_>) = (wanted.into_iter().collect(), found.into_iter().collect());
    (wanted != found).then(|| format!("{address}: {what} is {found:?}, not {wanted:?}"))
}

fn lines(list: &Json, fields: &[&str]) -> Vec<String> {
    let line = |item: &Json| {
        fields.iter().map(|field| item[*field].as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")
    };
    list.as_array().into_iter().flatten().map(line).collect()
}

fn sets(address: &str, wanted: &Json, item: &Json, ids: &BTreeMap<String, &str>) -> Vec<String> {
    let cidrs = || {
        let found = lines(&item["TransitRouterCidrList"], &["Cidr", "Name"]);
        same(address, "cidrs", lines(&wanted["cidrs"], &["cidr", "name"]), found)
    };
    let zones = || {
        let found = lines(&item["ZoneMappings"], &["ZoneId", "VSwitchId"]);
        same(address, "zone_mappings", lines(&wanted["zone_mappings"], &["zone_id", "vswitch_id"]), found)
    };
    let store = || {
        let store = id(ids, "logstore", &wanted["logstore"]).to_owned();
        same(
            address,
            "logstore",
            vec![store],
            lines(&json!([item]), &["ProjectName", "LogStoreName"])
                .into_iter()
                .map(|line| line.replace(' ', "/"))
                .collect(),
        )
    };
    let format = || {
        let fields = wanted["log_format"].as_array()?;
        let fields: Vec<String> = fields.iter().map(|field| format!("${{{}}}", field.as_str().unwrap())).collect();
        same(address, "log_format", vec![fields.concat()], vec![item["LogFormatString"].as_str()?.to_owned()])
    };
    let found = match address.split_once('.').map(|(kind, _)| kind) {
        Some("transit_router") => [cidrs(), None],
        Some("attachment") => [zones(), None],
        Some("flow_log") => [store(), format()],
        _ => [None, None],
    };
    found.into_iter().flatten().collect()
}

/// Where the tags of an item of the world are.
fn tag_field(item: &Json) -> &'static str {
    if item.get("Tags").is_some() { "Tags" } else { "tags" }
}

/// `kept` are the tags that nobody manages, if nobody does.
fn tags(address: &str, wanted: &Json, kept: Option<Json>, item: &Json) -> Option<String> {
    let line = |(key, value): (&String, &Json)| format!("{key}={}", value.as_str().unwrap());
    let found = |list: &Json| {
        let text = |tag: &Json, field: &str| tag[field].as_str().unwrap().to_owned();
        let tags = list.as_array().into_iter().flatten();
        tags.map(|tag| format!("{}={}", text(tag, "Key"), text(tag, "Value"))).collect()
    };
    let is_ignored = ignores(wanted, "tags");
    let wanted = match (wanted["tags"].as_object(), kept) {
        (None, Some(kept)) => found(&kept),
        (Some(_), Some(kept)) if is_ignored => found(&kept),
        (written, _) => written.into_iter().flatten().map(line).collect(),
    };
    same(address, "tags", wanted, found(&item[tag_field(item)]))
}

/// A logstore of the world.
fn store<'a>(world: &'a Json, project: &str, name: &Json) -> Option<&'a Json> {
    let project = items(world, "Projects").find(|item| item["projectName"] == project)?;
    project["logstores"].as_array().into_iter().flatten().find(|store| store["logstoreName"] == *name)
}

fn stores(stack: &Json, world: &Json, ids: &BTreeMap<String, &str>, before: Option<&Before<'_>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (key, wanted) in stack["logstores"].as_object().into_iter().flatten() {
        let address = format!("logstore.{key}");
        let project = id(ids, "log_project", &wanted["project"]);
        if wanted.get("existing").is_some() || before.is_some_and(|before| before.leaves_out(&address)) {
            continue;
        }
        let Some(item) = store(world, project, &wanted["name"]) else {
            broken.push(format!("{address} is not in its project"));
            continue;
        };
        if item["ttl"] != wanted["ttl"] {
            broken.push(format!("{address}: ttl is {}, not {}", item["ttl"], wanted["ttl"]));
        }
        if wanted.get("index").is_some() && item["index"].is_null() {
            broken.push(format!("{address} has no index"));
        }
        let kept = before.and_then(|before| {
            let old =
                store(before.world, project, &wanted["name"]).filter(|old| old["createTime"] == item["createTime"])?;
            let declared = before.stack["logstores"].get(key)?;
            (ignores(wanted, "tags") || declared.get("tags").is_none()).then(|| old[tag_field(old)].clone())
        });
        broken.extend(tags(&address, wanted, kept, item));
    }
    broken
}

/// Each network of another account is granted to its CEN, and nothing else is.
fn grants(stack: &Json, world: &Json, ids: &BTreeMap<String, &str>) -> Option<String> {
    let foreign = stack["attachments"].as_object().into_iter().flatten().filter(|(_, item)| item["grant"] == true);
    let wanted = foreign.map(|(_, item)| {
        let router = &stack["transit_routers"][item["transit_router"].as_str().unwrap()];
        format!("{} {}", item["vpc_id"].as_str().unwrap(), id(ids, "cen", &router["cen"]))
    });
    same("the grants", "what is granted", wanted.collect(), lines(&world["Grants"], &["InstanceId", "CenId"]))
}
