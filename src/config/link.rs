//! What resources take from each other and from the provider: regions, derived attributes, tags;
//! and what is wrong between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::list;
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::kinds::check;
use crate::kinds::registry::schema;
use crate::kinds::schema::{Attribute, Presence, Type, type_of};
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::stack::{Existing, Provider, Reference, Resource};
use crate::model::value::Value;

use super::cycles::{Group, groups};
use super::fields::problem;
use super::provider::Defaults;
use super::resource::{Built, placed};

/// Links the resources and checks what could not be checked before.
pub(super) fn link(
    mut built: BTreeMap<Address, Built>,
    provider: &Provider,
    defaults: &Defaults,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<Address, Resource> {
    // References by name lead from later kinds to earlier ones only.
    let order = Kind::ALL.iter().flat_map(|kind| built.keys().filter(|address| address.kind == *kind)).cloned();
    for address in order.collect::<Vec<_>>() {
        let Some(mut one) = built.remove(&address) else { continue };
        let before = found.len();
        derive(&mut one, &built);
        inherit_account(&mut one, &built);
        place_in_region(&mut one, provider, defaults, found);
        merge_tags(&mut one, defaults, found);
        if one.resource.existing.is_none() {
            check_rules(&one, found);
        }
        for diagnostic in found.iter_mut().skip(before) {
            diagnostic.address = Some(address.clone());
        }
        built.insert(address, one);
    }
    find_circles(&built, found);
    find_same_objects(&built, found);
    find_strange_routers(&built, found);
    // What else is wrong may be what puts a flow log into another region.
    if !found.iter().any(Diagnostic::is_error) {
        find_distant_stores(&built, found);
    }
    built.into_iter().map(|(address, one)| (address, one.resource)).collect()
}

/// Takes derived attributes from the first resource that is referred to: what is declared there, or
/// what will be known there.
fn derive(one: &mut Built, others: &BTreeMap<Address, Built>) {
    for attribute in schema(one.resource.address.kind).attributes {
        let Presence::Derived { from, .. } = attribute.presence else { continue };
        if one.resource.attributes.contains_key(attribute.name) || one.broken.contains(attribute.name) {
            continue;
        }
        let source = from.iter().find_map(|(reference, theirs)| Some((one.targets.get(*reference)?, *theirs)));
        let Some((target, theirs)) = source else { continue };
        let declared = others.get(target).and_then(|target| target.resource.attributes.get(theirs));
        let value = declared.cloned().unwrap_or_else(|| Value::reference(target, theirs));
        one.resource.attributes.insert(attribute.name.to_owned(), value);
    }
}

/// Takes the account from what the resource belongs to, unless it names its own.
fn inherit_account(one: &mut Built, others: &BTreeMap<Address, Built>) {
    let from: &[&str] = match one.resource.address.kind {
        Kind::Cen | Kind::LogProject => &[],
        Kind::TransitRouter => &["cen"],
        Kind::Attachment => &["transit_router"],
        Kind::Logstore => &["project"],
        Kind::FlowLog => &["transit_router", "attachment"],
    };
    if one.resource.account.is_none() {
        let parent = from.iter().find_map(|reference| others.get(one.targets.get(*reference)?));
        one.resource.account = parent.and_then(|parent| parent.resource.account.clone());
    }
}

fn place_in_region(one: &mut Built, provider: &Provider, defaults: &Defaults, found: &mut Vec<Diagnostic>) {
    let address = &one.resource.address;
    let Some(attribute) = schema(address.kind).attribute("region") else { return };
    let written = attribute.is_writable();
    if written && !one.resource.attributes.contains_key("region") && !one.broken.contains("region") {
        if let Some(region) = &provider.region {
            one.resource.attributes.insert("region".to_owned(), Value::Text(region.0.clone()));
        } else if !defaults.region_is_wrong {
            let detail = format!("{address} has no region.");
            found.push(
                problem(codes::MISSING, detail, one.place.as_key()).help("Add region: … here or under provider."),
            );
        }
    }
    one.resource.region =
        one.resource.attributes.get("region").and_then(Value::as_text).map(|text| Region(text.to_owned()));
    if one.resource.region.is_none() && !written {
        // The region of what is referred to is missing, which has been told there.
        one.resource.attributes.remove("region");
        let refers = one.targets.keys().chain(&one.broken).any(|name| {
            matches!(attribute.presence, Presence::Derived { from, .. } if from.iter().any(|(reference, _)| reference == name))
        });
        if !refers && one.resource.existing.is_some() && address.kind == Kind::FlowLog {
            let detail = format!("{address} has no region: it names neither a router nor an attachment.");
            found.push(problem(codes::MISSING, detail, one.place.as_key()).help("Add transit_router: NAME."));
        }
    }
}

/// Puts the provider's tags under the resource's own. Objects of somebody else keep theirs.
fn merge_tags(one: &mut Built, defaults: &Defaults, found: &mut Vec<Diagnostic>) {
    let resource = &mut one.resource;
    if defaults.tags.is_empty() || resource.existing.is_some() || one.broken.contains("tags") {
        return;
    }
    let Some(attribute) = schema(resource.address.kind).attribute("tags") else { return };
    let mut tags = defaults.tags.clone();
    let own = match resource.attributes.remove("tags") {
        Some(Value::Map(own)) => own,
        _ => BTreeMap::new(),
    };
    tags.extend(own);
    let tags = Value::Map(tags);
    // Each tag has been checked where it stands; what is left is their number.
    let faults = check::check(&Attribute::new("tags", Type::Tags, ""), &tags);
    let at = if resource.owned.contains("tags") { one.place.field("tags") } else { one.place.as_key() };
    for fault in faults {
        let diagnostic = placed(fault, &at);
        found.push(match &defaults.tags_place {
            Some(place) => diagnostic.related(place.as_key(), "These are added to the resource's own."),
            None => diagnostic,
        });
    }
    resource.attributes.insert("tags".to_owned(), tags);
    resource.owned.insert("tags".to_owned());
    for (target, place) in &defaults.uses {
        let reference = Reference { attribute: attribute.name.to_owned(), target: target.clone(), identity: false };
        if !resource.references.contains(&reference) {
            resource.references.push(reference);
        }
        one.needs.push((target.clone(), place.clone()));
    }
}

fn check_rules(one: &Built, found: &mut Vec<Diagnostic>) {
    for violation in (schema(one.resource.address.kind).rules)(&one.with_broken()) {
        let written = one.resource.attributes.contains_key(violation.attribute);
        let code = if written { codes::NOT_TOGETHER } else { codes::MISSING };
        found.push(problem(code, violation.message, one.place_of(violation.attribute)).help(violation.help));
    }
}

fn find_circles(built: &BTreeMap<Address, Built>, found: &mut Vec<Diagnostic>) {
    let uses = built
        .iter()
        .map(|(address, one)| {
            (address.clone(), one.needs.iter().map(|(target, _)| target.clone()).collect::<BTreeSet<_>>())
        })
        .collect();
    for group in groups(&uses) {
        let Group::Circle(circle) = group else { continue };
        let walk = circle.iter().chain(circle.first()).map(ToString::to_string).collect::<Vec<_>>();
        let mut steps = circle.iter().zip(circle.iter().cycle().skip(1)).filter_map(|(user, used)| {
            let need = built.get(user)?.needs.iter().find(|(target, _)| target == used)?;
            Some((user, used, need.1.clone()))
        });
        let Some((user, _, place)) = steps.next() else { continue };
        let said = match circle.as_slice() {
            [only] => format!("{only} needs itself."),
            _ => format!("These resources need each other: {}.", walk.join(" -> ")),
        };
        let mut diagnostic =
            problem(codes::CYCLE, said, place).about(user).help("Take one of the references or depends_on out.");
        for (user, used, place) in steps {
            diagnostic = diagnostic.related(place, format!("{user} needs {used} here."));
        }
        found.push(diagnostic);
    }
}

/// Finds flow logs at a router that their attachment is not attached to: a peer attachment has two ends, any other
/// one (domain L18).
fn find_strange_routers(built: &BTreeMap<Address, Built>, found: &mut Vec<Diagnostic>) {
    for one in built.values().filter(|one| one.resource.address.kind == Kind::FlowLog) {
        let (Some(attachment), Some(router)) = (one.targets.get("attachment"), one.targets.get("transit_router"))
        else {
            continue;
        };
        let Some(attached) = built.get(attachment) else { continue };
        let ends: Vec<_> = ["transit_router", "peer"].iter().filter_map(|end| attached.targets.get(*end)).collect();
        // What is not known to be of one end only may have the router at the other.
        let ty = type_of(&attached.resource.attributes);
        let all_known = ends.len() == 2 || (ends.len() == 1 && ty.is_some_and(|ty| ty != "peer"));
        if !all_known || ends.contains(&router) {
            continue;
        }
        let ends = list(&ends.into_iter().map(ToString::to_string).collect::<Vec<_>>());
        let detail = format!("{} is at {router}, and {attachment} is attached to {ends}.", one.resource.address);
        found.push(
            problem(codes::NOT_TOGETHER, detail, one.place_of("transit_router"))
                .about(&one.resource.address)
                .related(attached.place_of("transit_router"), "This is where it is attached to.")
                .help("Name a router of the attachment, or take transit_router out: then it is the attachment's own."),
        );
    }
}

/// Finds flow logs whose store is in another region: the service takes stores of the flow log's own only
/// (domain L37, `InvalidParameter.ProjectName`).
fn find_distant_stores(built: &BTreeMap<Address, Built>, found: &mut Vec<Diagnostic>) {
    for one in built.values().filter(|one| one.resource.address.kind == Kind::FlowLog) {
        let Some(store) = one.targets.get("logstore").and_then(|target| built.get(target)) else { continue };
        let (Some(here), Some(there)) = (&one.resource.region, &store.resource.region) else { continue };
        if here != there {
            let (log, store) = (&one.resource.address, &store.resource.address);
            let detail = format!("{log} is in {here}, and {store} in {there}.");
            found.push(
                problem(codes::NOT_TOGETHER, detail, one.place_of("logstore"))
                    .about(log)
                    .help(format!("A flow log writes into its own region: name a logstore of a project in {here}.")),
            );
        }
    }
}

/// Finds resources that can only be the same object: two flow logs of one (attachment, router) pair
/// (the CreateFlowlog page, Flowlog.AlreayExist), two routers of one (CEN, region), two attachments of one network
/// at a router, two log projects or two logstores of one name.
fn find_same_objects(built: &BTreeMap<Address, Built>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::<String, &Built>::new();
    for one in built.values() {
        let Some((key, what)) = natural_key(one) else { continue };
        let Some(first) = seen.get(&key) else {
            seen.insert(key, one);
            continue;
        };
        let places = |one: &Built| -> Place { one.place.as_key() };
        let detail = format!("{} and {} {what}.", first.resource.address, one.resource.address);
        found.push(
            problem(codes::SAME_OBJECT, detail, places(one))
                .about(&one.resource.address)
                .related(places(first), "The first is declared here.")
                .help("Keep one of them."),
        );
    }
}

/// What no two resources may share, and what it means that they do.
fn natural_key(one: &Built) -> Option<(String, &'static str)> {
    if let Some(Existing::Id(id)) = &one.resource.existing {
        return Some((format!("existing {} {id}", one.resource.address.kind), "stand for the same existing object"));
    }
    let kind = one.resource.address.kind;
    let key = schema(kind).natural_key_of(&one.resource.attributes);
    let has = |name: &str| key.iter().any(|(own, _)| *own == name);
    let what = match kind {
        Kind::FlowLog if has("transit_router") && has("attachment") => {
            "watch the same attachment at the same router, which can have one flow log"
        }
        Kind::FlowLog if has("transit_router") => {
            "watch the same transit router, which can have one flow log of its own"
        }
        Kind::TransitRouter if key.len() == 2 => "are in the same CEN and region, which can have one transit router",
        Kind::Attachment if key.len() == 2 && has("peer") => {
            "connect the same two transit routers, which can have one attachment between them"
        }
        Kind::Attachment if key.len() == 2 => {
            "attach the same network to the same transit router, which can have it once"
        }
        Kind::LogProject if key.len() == 1 => "have the same name, which is unique in all regions and accounts",
        Kind::Logstore if key.len() == 2 => "have the same name in the same log project",
        _ => return None,
    };
    let values = key.iter().map(|(_, value)| serde_json::Value::from(*value)).collect::<serde_json::Value>();
    Some((format!("{kind} {values}"), what))
}
