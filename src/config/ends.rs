//! `flow_logs` of a peer attachment: the flow logs at its two ends, declared where the attachment is.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::registry::schema;
use crate::model::address::{Address, Kind};
use crate::model::value::Value;

use super::document::Entry;
use super::fields::{fields, problem};
use super::resource::Built;

/// The attribute of an attachment that holds them.
pub(super) const KEY: &str = "flow_logs";
/// The keys of the ends, and the attribute of the attachment that names the router there.
pub(super) const ENDS: [(&str, &str); 2] = [("here", "transit_router"), ("there", "peer")];
/// What such a flow log has from its attachment.
pub(super) const TAKEN: [&str; 2] = ["attachment", "transit_router"];

/// Where a flow log that stands in an attachment belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    attachment: Address,
    router: &'static str,
}

/// Declares the flow logs that stand in attachments.
pub(super) fn declare(resources: &mut BTreeMap<Address, Entry>, found: &mut Vec<Diagnostic>) -> BTreeMap<Address, End> {
    let mut ends = BTreeMap::new();
    let mut declared = Vec::new();
    for (attachment, entry) in resources.iter().filter(|(address, _)| address.kind == Kind::Attachment) {
        let Some(logs) = entry.value.as_map().and_then(|entries| entries.get(KEY)) else { continue };
        let place = entry.place.field(KEY);
        let keys = ENDS.map(|(key, _)| key);
        let logs = fields(logs, &place, KEY, &keys, found);
        let plain = Address::new(Kind::FlowLog, attachment.name.as_str());
        if let Some(first) = resources.get(&plain).filter(|_| !logs.is_empty()) {
            let detail = format!("{plain} is declared by itself, and again by the ends of {attachment}.");
            found.push(
                problem(codes::DUPLICATE_NAME, detail, place.as_key())
                    .about(attachment)
                    .related(first.place.as_key(), "It is declared here by itself.")
                    .help("Give the flow log another name, or take one of the two out."),
            );
            continue;
        }
        for (key, tree, place) in logs {
            let address = Address { key: Some(key.to_owned()), ..plain.clone() };
            let mut value = tree.clone();
            if let Value::Map(entries) = &mut value {
                for taken in TAKEN.into_iter().filter(|taken| entries.remove(*taken).is_some_and(|it| !it.is_null())) {
                    let detail = format!("{taken} is taken from {attachment} and cannot be written here.");
                    let at = place.field(taken).as_key();
                    found.push(problem(codes::UNKNOWN_KEY, detail, at).about(&address).help("Take it out."));
                }
            }
            let router = ENDS.into_iter().find(|(end, _)| *end == key).map_or("transit_router", |(_, router)| router);
            ends.insert(address.clone(), End { attachment: attachment.clone(), router });
            declared.push((address, Entry { value, place }));
        }
    }
    resources.extend(declared);
    ends
}

/// Gives the flow logs that stand in attachments what they have from them.
pub(super) fn attach(ends: &BTreeMap<Address, End>, built: &mut BTreeMap<Address, Built>, found: &mut Vec<Diagnostic>) {
    for (address, End { attachment, router }) in ends {
        let Some(attached) = built.get(attachment) else { continue };
        let target = attached.targets.get(*router).cloned();
        let told = attached.resource.existing.is_none() || attached.broken.contains(*router);
        let Some(log) = built.get_mut(address) else { continue };
        let mut names = vec![("attachment", attachment.clone())];
        if let Some(target) = target {
            names.push(("transit_router", target));
        } else {
            log.broken.insert("transit_router".to_owned());
            // Of an existing attachment nobody else misses it.
            if !told {
                let detail = format!("{address} needs {router} of {attachment}, which says no router there.");
                let missing = problem(codes::MISSING, detail, log.place.as_key()).about(address);
                found.push(missing.help(format!("Add {router}: NAME to the attachment.")));
            }
        }
        for (name, target) in names {
            let Some(attribute) = schema(Kind::FlowLog).attribute(name) else { continue };
            let place = log.place.clone();
            let value = log.refer_to(attribute, target, place);
            log.set(attribute, value);
        }
    }
}
