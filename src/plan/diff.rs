//! What differs between an object and what is wanted of it, attribute by attribute (S1 to S4).

use std::collections::{BTreeMap, BTreeSet};

use super::ignore::is_ignored;
pub use super::parts::replaced_part;
use super::parts::{self, LeftOut, Three};
use super::types::{Difference, PathStep, Reason};
use crate::kinds::compare::value_in;
pub use crate::kinds::compare::{same, without_ignored};
use crate::kinds::schema::{Attribute, Change, Schema, Type, type_of};
use crate::model::address::Address;
use crate::model::object::Object;
use crate::model::stack::{IgnoreTags, Resource};
use crate::model::value::{Attributes, Value};
use crate::state::Entry;

/// What is wanted of an object.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The declared resource.
    pub resource: &'a Resource,
    /// Its attributes with everything evaluated that can be.
    pub attributes: &'a Attributes,
    /// Resources that this plan replaces (S11).
    pub replaced: &'a BTreeSet<Address>,
    /// Tags that stay out (S3).
    pub ignore_tags: &'a IgnoreTags,
    /// What is not compared; what is given of it is as the cloud shows it.
    pub ignored: &'a BTreeSet<Vec<String>>,
}

/// The outcome of comparing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// The managed attributes as they are.
    pub before: Attributes,
    /// The managed attributes as they shall be.
    pub after: Attributes,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Sentences about what is no difference and worth knowing (S1, S4).
    pub notes: Vec<String>,
}

/// Compares an object with what is wanted of it.
pub fn compare(schema: &Schema, prior: &Entry, live: &Object, wanted: &Wanted<'_>) -> Comparison {
    let mut out = Comparison::default();
    let ty = type_of(wanted.attributes);
    let mut let_go = Vec::new();
    let compared = |attribute: &&Attribute| attribute.applies_to(ty) && !is_ignored(wanted.ignored, attribute.name);
    for attribute in schema.attributes.iter().filter(compared) {
        compare_attribute(attribute, prior, live, wanted, &mut out, &mut let_go);
    }
    let replaced = out.differences.iter().any(|difference| difference.forces_replacement);
    out.notes.extend(let_go.into_iter().map(|(path, value)| {
        if replaced {
            format!("{path} is no longer set, and the new object is made without it.")
        } else {
            format!("{path} is no longer managed and stays {}.", spoken(&value))
        }
    }));
    out
}

/// Compares one attribute. What the stack has let go of and has no default that it could go back to is added to `let_go`.
fn compare_attribute(
    attribute: &Attribute,
    prior: &Entry,
    live: &Object,
    wanted: &Wanted<'_>,
    out: &mut Comparison,
    let_go: &mut Vec<(String, Value)>,
) {
    let name = attribute.name;
    let shown = shown_value(attribute, prior, live);
    let was_owned = prior.owned.contains(name);
    let default = attribute.default_for(type_of(wanted.attributes));
    let remembered = value_in(attribute, &prior.attributes);
    let (target, reason) = match wanted.attributes.get(name) {
        Some(value) => (value.clone(), None),
        None if attribute.always_managed => {
            let as_left = was_owned && remembered == shown;
            (default.unwrap_or(Value::Null), as_left.then_some(Reason::NoLongerSet))
        }
        None if was_owned => match (default, attribute.change) {
            (Some(default), Change::InPlace) => (default, Some(Reason::NoLongerSet)),
            (_, Change::NotCompared) => return,
            _ => {
                let_go.push((name.to_owned(), shown));
                return;
            }
        },
        None => return,
    };
    match attribute.change {
        Change::NotCompared => return,
        Change::AtCreationOnly(instead) => {
            if !target.has_unknown() && !same(&attribute.ty, &target, &shown) && !shown.is_null() {
                out.notes.push(format!(
                    "{name} is {} and the stack says {}; it counts at creation only and is left as it is. {instead}",
                    spoken(&shown),
                    spoken(&target)
                ));
            }
            return;
        }
        Change::InPlace | Change::Replace => {}
    }
    // A status on its way is not compared: apply waits for where it settles (S16, S26), and goes on to the wanted one.
    if name == "status" && !live.settled {
        out.after.insert(name.to_owned(), target);
        return;
    }
    let why = |path_before: &Value, path_remembered: &Value, path_after: &Value| {
        if let Some(reason) = &reason {
            return reason.clone();
        }
        if path_after.has_unknown()
            && let Some(replaced) = replaced_target(name, wanted)
        {
            return Reason::ReferenceReplaced(replaced);
        }
        if path_remembered == path_before {
            if was_owned || attribute.always_managed { Reason::ChangedInYaml } else { Reason::NewlySet }
        } else if path_remembered == path_after {
            Reason::Drifted
        } else {
            Reason::ChangedInYaml
        }
    };
    if let (Type::Tags, Value::Map(tags)) = (&attribute.ty, &target) {
        let kept = |value: &Value| without_ignored(value, wanted.ignore_tags);
        let (shown, remembered) = (kept(&shown), kept(&remembered));
        // A tag that the provider ignores is not written either, so that it never differs (S3).
        let mut tags = without_ignored(&Value::Map(tags.clone()), wanted.ignore_tags);
        // Nor does one that the resource ignores, be it written, changed outside, or left out with all the others.
        for path in wanted.ignored {
            if let [attribute, key] = path.as_slice()
                && attribute == name
            {
                tags.remove(key);
                tags.extend(shown.get_key_value(key).map(|(key, value)| (key.clone(), value.clone())));
            }
        }
        for (key, path, before, after) in self::tags(name, &shown, &tags) {
            let remembered = remembered.get(key).cloned().unwrap_or(Value::Null);
            let reason = why(&before, &remembered, &after);
            out.differences.push(Difference { path, before, after, reason, forces_replacement: false });
        }
        out.before.insert(name.to_owned(), Value::Map(shown));
        out.after.insert(name.to_owned(), Value::Map(tags));
        return;
    }
    let mut left_out = LeftOut::default();
    let target = parts::with_resets(&attribute.ty, name, target, &shown, &prior.owned, &mut left_out);
    let_go.append(&mut left_out.kept);
    let shown = parts::wanted_parts(&attribute.ty, &shown, &remembered, &target);
    let values = Three { before: shown.clone(), remembered, after: target.clone() };
    for part in parts::differing(name, &attribute.ty, values) {
        let Three { before, remembered, after } = part.values;
        let no_longer_set = left_out.reset.contains(&part.written);
        out.differences.push(Difference {
            reason: if no_longer_set { Reason::NoLongerSet } else { why(&before, &remembered, &after) },
            path: part.path,
            before,
            after,
            forces_replacement: attribute.change == Change::Replace || part.replaces,
        });
    }
    if !shown.is_null() {
        out.before.insert(name.to_owned(), shown);
    }
    if !target.is_null() {
        out.after.insert(name.to_owned(), target);
    }
}

/// What an object is brought to that an earlier stack has made with `sent` and that a later one wants as `wanted`: what
/// was sent and is left out now goes back to its default where it has one (S1). `shown` is the object as it is.
pub fn with_what_was_sent(schema: &Schema, sent: &Attributes, shown: &Attributes, wanted: &Attributes) -> Attributes {
    let owned = written(schema, sent);
    let in_place = |attribute: &&Attribute| attribute.change == Change::InPlace;
    let resets = schema.attributes.iter().filter(in_place).filter_map(|attribute| {
        let value = match wanted.get(attribute.name) {
            Some(value) => {
                let shown = value_in(attribute, shown);
                let mut out = LeftOut::default();
                parts::with_resets(&attribute.ty, attribute.name, value.clone(), &shown, &owned, &mut out)
            }
            None => sent.get(attribute.name).and_then(|_| attribute.default_for(type_of(wanted)))?,
        };
        Some((attribute.name.to_owned(), value))
    });
    wanted.clone().into_iter().chain(resets).collect()
}

/// What a stack owns that writes these attributes (S1).
pub fn written(schema: &Schema, attributes: &Attributes) -> BTreeSet<String> {
    let paths = |(name, value): (&String, &Value)| match schema.attribute(name) {
        Some(attribute) => attribute.written(value),
        None => vec![name.clone()],
    };
    attributes.iter().flat_map(paths).collect()
}

/// What the state remembers of a managed attribute against what the cloud shows: drift.
pub fn drift(schema: &Schema, prior: &Entry, live: &Object, ignore_tags: &IgnoreTags) -> Vec<Difference> {
    let managed = |attribute: &&Attribute| {
        matches!(attribute.change, Change::InPlace | Change::Replace)
            && (attribute.always_managed || prior.owned.contains(attribute.name))
            && (attribute.name != "status" || live.settled)
    };
    let mut differences = Vec::new();
    for attribute in schema.attributes.iter().filter(managed) {
        let owned = |value: &Value| parts::owned_parts(&attribute.ty, attribute.name, value, &prior.owned);
        let before = owned(&value_in(attribute, &prior.attributes));
        let after = owned(&shown_value(attribute, prior, live));
        if matches!(attribute.ty, Type::Tags) {
            let kept = |value: &Value| without_ignored(value, ignore_tags);
            differences.extend(tags(attribute.name, &kept(&before), &kept(&after)).map(|(_, path, before, after)| {
                Difference { path, before, after, reason: Reason::Drifted, forces_replacement: false }
            }));
            continue;
        }
        let values = Three { remembered: before.clone(), before, after };
        let parts = parts::differing(attribute.name, &attribute.ty, values);
        differences.extend(parts.into_iter().map(|part| Difference {
            path: part.path,
            before: part.values.before,
            after: part.values.after,
            reason: Reason::Drifted,
            forces_replacement: false,
        }));
    }
    differences
}

/// The tags that differ, by key: the key, its path, and its value on either side.
fn tags<'a>(
    attribute: &'a str,
    before: &'a BTreeMap<String, Value>,
    after: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = (&'a String, Vec<PathStep>, Value, Value)> {
    let at = |map: &BTreeMap<String, Value>, key: &String| map.get(key).cloned().unwrap_or(Value::Null);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter_map(move |key| {
        let (old, new) = (at(before, key), at(after, key));
        let path = || vec![PathStep::Key(attribute.to_owned()), PathStep::Key(key.clone())];
        (old != new).then(|| (key, path(), old, new))
    })
}

/// The attribute's value as the cloud shows it. Where the cloud does not tell an attribute whose
/// change would replace the object, silence is no reason to destroy it: what is remembered counts.
/// Only where absence has a meaning of its own is it believed.
fn shown_value(attribute: &Attribute, prior: &Entry, live: &Object) -> Value {
    let told = live.attributes.get(attribute.name).is_some_and(|value| !value.is_null());
    if !told && attribute.change == Change::Replace && !attribute.always_managed {
        return value_in(attribute, &prior.attributes);
    }
    value_in(attribute, &live.attributes)
}

/// The replaced resource that an attribute refers to.
fn replaced_target(attribute: &str, wanted: &Wanted<'_>) -> Option<Address> {
    let mut targets = wanted.resource.references.iter().filter(|reference| reference.attribute == attribute);
    targets.find(|reference| wanted.replaced.contains(&reference.target)).map(|reference| reference.target.clone())
}

/// A value inside a sentence.
fn spoken(value: &Value) -> String {
    match value {
        Value::Null => "unset".to_owned(),
        Value::Map(entries) if entries.len() > 1 => "as it is".to_owned(),
        known => serde_json::Value::from(known).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::registry;
    use crate::model::address::Kind;

    /// S1
    #[test]
    fn what_is_no_longer_set_goes_back_to_the_default_of_its_type() {
        let address = Address::new(Kind::Attachment, "a");
        for (ty, default) in [("vbr", false), ("vpn", true)] {
            let attributes = |publish: Option<bool>| {
                let publish = publish.map(|publish| ("auto_publish_routes".to_owned(), Value::Bool(publish)));
                [("type".to_owned(), ty.into())].into_iter().chain(publish).collect::<Attributes>()
            };
            let prior = Entry {
                owned: BTreeSet::from(["type".to_owned(), "auto_publish_routes".to_owned()]),
                attributes: attributes(Some(!default)),
                ..crate::state::samples::entry("attachment.a", "tr-attach-1")
            };
            let live = Object {
                id: "tr-attach-1".to_owned(),
                status: "Attached".to_owned(),
                settled: true,
                attributes: attributes(Some(!default)),
                created: String::new(),
            };
            let wanted = attributes(None);
            let resource = Resource {
                address: address.clone(),
                region: None,
                account: None,
                existing: None,
                attributes: wanted.clone(),
                owned: BTreeSet::new(),
                references: Vec::new(),
                depends_on: BTreeSet::new(),
                lifecycle: crate::model::stack::Lifecycle::default(),
                timeouts: crate::model::stack::Timeouts::default(),
            };
            let wanted = Wanted {
                resource: &resource,
                attributes: &wanted,
                replaced: &BTreeSet::new(),
                ignore_tags: &IgnoreTags::default(),
                ignored: &BTreeSet::new(),
            };
            let differences = compare(registry::schema(Kind::Attachment), &prior, &live, &wanted).differences;
            let [difference] = differences.as_slice() else { panic!("{differences:?}") };
            assert_eq!((&difference.after, &difference.reason), (&Value::Bool(default), &Reason::NoLongerSet), "{ty}");
        }
    }
}
