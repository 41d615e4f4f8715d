//! The parts of an attribute's value: which of them are managed, and which differ (S1).

use std::collections::{BTreeMap, BTreeSet};

use super::types::PathStep;
use crate::kinds::check::side_by_side;
use crate::kinds::compare::{field_in, same};
use crate::kinds::schema::{Attribute, Change, Presence, Type, field_path, item_key, item_path};
use crate::model::value::Value;

/// A value as it is, as the state remembers it, and as it shall be.
#[derive(Debug, Clone)]
pub(super) struct Three {
    pub(super) before: Value,
    pub(super) remembered: Value,
    pub(super) after: Value,
}

/// A part in which two values differ.
pub(super) struct Part {
    /// The way into the attribute, its name first.
    pub(super) path: Vec<PathStep>,
    /// The same as a path that ownership is recorded by.
    pub(super) written: String,
    pub(super) values: Three,
    /// Whether the part cannot be changed in place, though the attribute can.
    pub(super) replaces: bool,
}

/// The items of a set whose items are told apart by a key; `None` where not all keys are known.
fn by_key<'v>(value: &'v Value, key: &str) -> Option<BTreeMap<&'v str, &'v Value>> {
    value.as_list()?.iter().map(|item| Some((item_key(item, key)?, item))).collect()
}

/// What became of the parts that were owned and are left out now.
#[derive(Default)]
pub(super) struct LeftOut {
    /// The paths of those that go back to their default.
    pub(super) reset: BTreeSet<String>,
    /// The paths of those that stay, and as what.
    pub(super) kept: Vec<(String, Value)>,
}

/// The wanted value, in which each part that `owned` names and that is left out now is back at its default.
pub(super) fn with_resets(
    ty: &Type,
    path: &str,
    wanted: Value,
    shown: &Value,
    owned: &BTreeSet<String>,
    out: &mut LeftOut,
) -> Value {
    match (ty, wanted) {
        (Type::Object(fields), Value::Map(mut entries)) => {
            for field in *fields {
                let path = field_path(path, field.name);
                if entries.contains_key(field.name) || !owned.contains(&path) {
                    continue;
                }
                match (field.default_for(None), field.change) {
                    (Some(default), Change::InPlace) => {
                        entries.insert(field.name.to_owned(), default);
                        out.reset.insert(path);
                    }
                    _ => out.kept.push((path, field_in(field, shown))),
                }
            }
            Value::Map(entries)
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(items)) => {
            let twins = by_key(shown, key).unwrap_or_default();
            let items = items.into_iter().map(|wanted| {
                let Some((name, twin)) = item_key(&wanted, key).and_then(|name| twins.get_key_value(name)) else {
                    return wanted;
                };
                with_resets(item, &item_path(path, name), wanted, twin, owned, out)
            });
            Value::List(items.collect())
        }
        (_, wanted) => wanted,
    }
}

/// Of what is shown, the parts that are wanted: the others are not managed. Where a change of a part would replace the
/// object, silence is no reason to destroy it: what is remembered counts.
pub(super) fn wanted_parts(ty: &Type, shown: &Value, remembered: &Value, wanted: &Value) -> Value {
    match (ty, shown, wanted) {
        (Type::Object(fields), Value::Map(told), Value::Map(wanted)) => fields_of(fields, |field| {
            let wanted = wanted.get(field.name)?;
            let silent = field.change == Change::Replace && !told.contains_key(field.name);
            let inner = field_in(field, if silent { remembered } else { shown });
            Some(wanted_parts(&field.ty, &inner, &field_in(field, remembered), wanted))
        }),
        (Type::Set { item, key: Some(key), .. }, Value::List(items), Value::List(_)) => {
            let twins = by_key(wanted, key).unwrap_or_default();
            let known = by_key(remembered, key).unwrap_or_default();
            let part = |shown: &Value| {
                let name = item_key(shown, key)?;
                let known = known.get(name).copied().unwrap_or(&Value::Null);
                Some(wanted_parts(item, shown, known, twins.get(name)?))
            };
            Value::List(items.iter().map(|shown| part(shown).unwrap_or_else(|| shown.clone())).collect())
        }
        _ => shown.clone(),
    }
}

/// Of a value, the parts that are owned: those that `owned` names, and those that must be written.
pub(super) fn owned_parts(ty: &Type, path: &str, value: &Value, owned: &BTreeSet<String>) -> Value {
    match (ty, value) {
        (Type::Object(fields), Value::Map(_)) => fields_of(fields, |field| {
            let path = field_path(path, field.name);
            let is_owned = field.presence == Presence::Required || owned.contains(&path);
            is_owned.then(|| owned_parts(&field.ty, &path, &field_in(field, value), owned))
        }),
        (Type::Set { item, key: Some(key), .. }, Value::List(items)) => {
            let part = |inner: &Value| match item_key(inner, key) {
                Some(name) => owned_parts(item, &item_path(path, name), inner, owned),
                None => inner.clone(),
            };
            Value::List(items.iter().map(part).collect())
        }
        _ => value.clone(),
    }
}

fn fields_of(fields: &[Attribute], value: impl Fn(&Attribute) -> Option<Value>) -> Value {
    let entries = fields.iter().filter_map(|field| Some((field.name.to_owned(), value(field)?)));
    Value::Map(entries.filter(|(_, value)| !value.is_null()).collect())
}

/// The parts in which a value differs from what is wanted, each as small as it can be told.
pub(super) fn differing(name: &str, ty: &Type, values: Three) -> Vec<Part> {
    let mut parts = Vec::new();
    let whole = Part { path: vec![PathStep::Key(name.to_owned())], written: name.to_owned(), values, replaces: false };
    walk(ty, whole, &mut parts);
    parts
}

fn walk(ty: &Type, part: Part, parts: &mut Vec<Part>) {
    let Part { path, written, values: Three { before, remembered, after }, replaces } = &part;
    let below = |step: &str| path.iter().cloned().chain([PathStep::Key(step.to_owned())]).collect();
    match (ty, before, after) {
        (Type::Object(fields), Value::Map(_) | Value::Null, Value::Map(_)) => {
            for field in *fields {
                let is_in = |value: &Value| value.as_map().is_some_and(|entries| entries.contains_key(field.name));
                if !is_in(before) && !is_in(after) {
                    continue;
                }
                let values = Three {
                    before: field_in(field, before),
                    remembered: field_in(field, remembered),
                    after: field_in(field, after),
                };
                // Where there was nothing at all, nothing is changed.
                let replaces = *replaces || (field.change == Change::Replace && !before.is_null());
                let written = field_path(written, field.name);
                walk(&field.ty, Part { path: below(field.name), written, values, replaces }, parts);
            }
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(_), Value::List(_))
            if let (Some(old), Some(new)) = (by_key(before, key), by_key(after, key)) =>
        {
            let known = by_key(remembered, key).unwrap_or_default();
            let of = |items: &BTreeMap<&str, &Value>, name| items.get(name).map_or(Value::Null, |item| (*item).clone());
            for name in old.keys().chain(new.keys()).copied().collect::<BTreeSet<_>>() {
                let values = Three { before: of(&old, name), remembered: of(&known, name), after: of(&new, name) };
                let part = Part { path: below(name), written: item_path(written, name), values, replaces: *replaces };
                if old.contains_key(name) && new.contains_key(name) {
                    walk(item, part, parts);
                } else {
                    parts.push(part);
                }
            }
        }
        _ if after.has_unknown() || !same(ty, after, before) => {
            let values = if before.is_null() || after.is_null() {
                part.values
            } else {
                let (remembered, _) = side_by_side(ty, remembered, before);
                let (after, before) = side_by_side(ty, after, before);
                Three { before, remembered, after }
            };
            parts.push(Part { values, ..part });
        }
        _ => {}
    }
}

/// The part of a managed attribute whose wanted value cannot be had in place; `None` if there is none (S10).
pub fn replaced_part(attribute: &Attribute, wanted: &Value, shown: &Value) -> Option<String> {
    if attribute.change == Change::Replace {
        return (!same(&attribute.ty, wanted, shown)).then(|| attribute.name.to_owned());
    }
    let values = Three {
        before: wanted_parts(&attribute.ty, shown, shown, wanted),
        remembered: shown.clone(),
        after: wanted.clone(),
    };
    differing(attribute.name, &attribute.ty, values).into_iter().find(|part| part.replaces).map(|part| part.written)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::registry;
    use crate::kinds::schema::Schema;
    use crate::model::address::Kind;
    use crate::model::object::Object;
    use crate::model::stack::{IgnoreTags, Lifecycle, Resource, Timeouts};
    use crate::model::value::Attributes;
    use crate::plan::diff::{self, Comparison, Wanted, compare, drift};
    use crate::plan::types::{Difference, Reason};
    use crate::state::Entry;
    use crate::state::samples::entry;

    fn attributes(json: Json) -> Attributes {
        Value::from(json).as_map().unwrap().clone()
    }

    fn schema(kind: Kind) -> &'static Schema {
        registry::schema(kind)
    }

    /// The paths that a stack with these attributes writes.
    fn written(kind: Kind, wanted: &Attributes) -> BTreeSet<String> {
        let attribute = |name: &String| schema(kind).attribute(name).unwrap();
        wanted.iter().flat_map(|(name, value)| attribute(name).written(value)).collect()
    }

    fn known(kind: Kind, before: &Attributes, live: &Attributes) -> (Entry, Object) {
        let address = if kind == Kind::Logstore { "logstore.a" } else { "transit_router.a" };
        let entry = Entry { owned: written(kind, before), attributes: live.clone(), ..entry(address, "id") };
        let (id, created) = (entry.id.clone(), String::new());
        (entry, Object { id, status: String::new(), settled: true, attributes: live.clone(), created })
    }

    /// Compares what the cloud shows with a stack that said `before` at the last apply and says `now`.
    fn compared(kind: Kind, before: Json, live: Json, now: Json) -> Comparison {
        let now = attributes(now);
        let (entry, live) = known(kind, &attributes(before), &attributes(live));
        let resource = Resource {
            address: entry.address.clone(),
            region: None,
            account: None,
            existing: None,
            attributes: now.clone(),
            owned: written(kind, &now),
            references: Vec::new(),
            depends_on: BTreeSet::new(),
            lifecycle: Lifecycle::default(),
            timeouts: Timeouts::default(),
        };
        let (replaced, ignore_tags) = (BTreeSet::new(), IgnoreTags::default());
        let wanted = Wanted {
            resource: &resource,
            attributes: &now,
            replaced: &replaced,
            ignore_tags: &ignore_tags,
            ignored: &BTreeSet::new(),
        };
        compare(schema(kind), &entry, &live, &wanted)
    }

    fn lines(differences: &[Difference]) -> Vec<String> {
        let line = |difference: &Difference| {
            let Difference { path, before, after, reason, forces_replacement } = difference;
            let path = serde_json::to_value(path).unwrap();
            let (before, after) = (Json::from(before), Json::from(after));
            let reset = if *reason == Reason::NoLongerSet { " no longer set" } else { "" };
            format!("{path} {before} -> {after}{reset}{}", if *forces_replacement { " replaces" } else { "" })
        };
        differences.iter().map(line).collect()
    }

    fn blocks(blocks: &Json) -> Json {
        json!({ "cidrs": blocks })
    }

    #[test]
    fn a_field_of_an_item_that_is_left_out_goes_back_to_its_default() {
        let before = blocks(&json!([{ "cidr": "10.0.0.0/24", "publish": false }, { "cidr": "10.1.0.0/24" }]));
        let live = blocks(&json!([
            { "cidr": "10.0.0.0/24", "name": "a", "publish": false },
            { "cidr": "10.1.0.0/24", "description": "theirs", "publish": false },
        ]));
        let now = blocks(&json!([{ "cidr": "10.1.0.0/24", "name": "b" }, { "cidr": "10.0.0.0/24" }]));
        let found = compared(Kind::TransitRouter, before, live, now);
        assert_eq!(
            lines(&found.differences),
            [
                r#"["cidrs","10.0.0.0/24","publish"] false -> true no longer set"#,
                r#"["cidrs","10.1.0.0/24","name"] null -> "b""#,
            ]
        );
        let after = json!([{ "cidr": "10.1.0.0/24", "name": "b" }, { "cidr": "10.0.0.0/24", "publish": true }]);
        assert_eq!(Json::from(&found.after["cidrs"]), after, "what was never owned is not in it");
        let before = json!([{ "cidr": "10.0.0.0/24", "publish": false }, { "cidr": "10.1.0.0/24" }]);
        assert_eq!(Json::from(&found.before["cidrs"]), before);
    }

    /// S1: an earlier stack made it, and a later one finds it.
    #[test]
    fn what_was_sent_and_is_left_out_goes_back_to_its_default() {
        let block = |rest: Json| json!([rest]);
        let sent = attributes(json!({
            "region": "cn-hangzhou",
            "description": "a",
            "tags": { "team": "net" },
            "cidrs": block(json!({ "cidr": "10.0.0.0/24", "publish": false })),
        }));
        let wanted = attributes(json!({ "name": "b", "cidrs": block(json!({ "cidr": "10.0.0.0/24" })) }));
        let after = diff::with_what_was_sent(schema(Kind::TransitRouter), &sent, &sent, &wanted);
        let expected = json!({
            "name": "b",
            "description": "",
            "tags": {},
            "cidrs": block(json!({ "cidr": "10.0.0.0/24", "publish": true })),
        });
        assert_eq!(Json::from(&Value::Map(after)), expected);
    }

    #[test]
    fn items_come_and_go_by_themselves() {
        let before = blocks(&json!([{ "cidr": "10.0.0.0/24" }, { "cidr": "10.1.0.0/24" }]));
        let now = blocks(&json!([{ "cidr": "10.2.0.0/24" }, { "cidr": "10.1.0.0/24" }]));
        let found = compared(Kind::TransitRouter, before.clone(), before, now);
        assert_eq!(
            lines(&found.differences),
            [
                r#"["cidrs","10.0.0.0/24"] {"cidr":"10.0.0.0/24"} -> null"#,
                r#"["cidrs","10.2.0.0/24"] null -> {"cidr":"10.2.0.0/24"}"#,
            ]
        );
    }

    #[test]
    fn encryption_is_switched_in_place_and_changed_by_replacement() {
        let whole = |enable: bool, ty: &str| json!({ "encryption": { "enable": enable, "type": ty } });
        let store = |before, live, now| {
            let found = compared(Kind::Logstore, before, live, now);
            (lines(&found.differences), found.notes)
        };
        let on = || whole(true, "default");
        let none = Vec::<String>::new;
        let part = |part: &str| vec![part.to_owned()];
        let switched = r#"["encryption","enable"] true -> false"#;
        assert_eq!(store(on(), on(), whole(false, "default")), (part(switched), none()));
        let changed = r#"["encryption","type"] "default" -> "sm4" replaces"#;
        assert_eq!(store(on(), on(), whole(true, "sm4")), (part(changed), none()));
        let only = || json!({ "encryption": { "enable": true } });
        let stays = "encryption.type is no longer managed and stays \"sm4\".";
        assert_eq!(store(whole(true, "sm4"), whole(true, "sm4"), only()), (none(), part(stays)));
        let elsewhere = |mut store: Json| {
            store["project"] = "other".into();
            store
        };
        let moved = [r#"["project"] null -> "other" replaces"#].map(str::to_owned).to_vec();
        let gone = "encryption.type is no longer set, and the new object is made without it.";
        let now = elsewhere(only());
        assert_eq!(store(whole(true, "sm4"), whole(true, "sm4"), now), (moved, part(gone)), "what goes does not stay");
        assert_eq!(store(only(), whole(true, "sm4"), only()), (none(), none()), "never owned, never a difference");
        assert_eq!(store(only(), only(), on()), (none(), none()), "silence means the default");
        let new = [r#"["encryption","enable"] null -> true"#, r#"["encryption","type"] null -> "sm4""#];
        let made = store(json!({}), json!({}), whole(true, "sm4"));
        assert_eq!(made, (new.map(str::to_owned).to_vec(), none()), "where there was none, nothing is changed");
    }

    /// S10
    #[test]
    fn a_part_that_turns_out_to_need_a_replacement_is_named() {
        let attribute = schema(Kind::Logstore).attribute("encryption").unwrap();
        let found = |wanted: Json| {
            let shown = json!({ "enable": true, "type": "default", "cmk_key_id": "k" });
            replaced_part(attribute, &wanted.into(), &shown.into())
        };
        assert_eq!(found(json!({ "enable": false, "type": "default" })), None);
        assert_eq!(found(json!({ "enable": true, "type": "sm4" })).as_deref(), Some("encryption.type"));
        assert_eq!(found(json!({ "enable": true, "cmk_key_id": "other" })).as_deref(), Some("encryption.cmk_key_id"));
    }

    #[test]
    fn only_what_is_owned_drifts() {
        let drifted = |kind, before: Json, then: Json, now: Json| {
            let (entry, _) = known(kind, &attributes(before.clone()), &attributes(then));
            let (_, live) = known(kind, &attributes(before), &attributes(now));
            lines(&drift(schema(kind), &entry, &live, &IgnoreTags::default()))
        };
        let before = blocks(&json!([{ "cidr": "10.0.0.0/24", "publish": false }]));
        let then = blocks(&json!([{ "cidr": "10.0.0.0/24", "publish": false, "name": "a" }]));
        let renamed = blocks(&json!([{ "cidr": "10.0.0.0/24", "publish": false, "name": "b" }]));
        assert!(drifted(Kind::TransitRouter, before.clone(), then.clone(), renamed).is_empty());
        let published = blocks(&json!([{ "cidr": "10.0.0.0/24", "publish": true, "name": "a" }, { "cidr": "::/0" }]));
        assert_eq!(
            drifted(Kind::TransitRouter, before, then, published),
            [r#"["cidrs","10.0.0.0/24","publish"] false -> true"#, r#"["cidrs","::/0"] null -> {"cidr":"::/0"}"#]
        );
        let shards = |count: i64| json!({ "shard_count": count });
        assert!(drifted(Kind::Logstore, shards(2), shards(2), shards(4)).is_empty(), "shards split by themselves");
    }

    #[test]
    fn an_index_differs_by_what_it_means() {
        let keys = |keys: Json| json!({ "index": { "keys": keys } });
        let word = || json!({ "index": "flow_log" });
        let found = compared(Kind::Logstore, word(), keys(json!({ "a": { "type": "long" } })), word());
        let [difference] = found.differences.as_slice() else { panic!("{found:?}") };
        assert_eq!(difference.after.as_map().unwrap()["keys"].as_map().unwrap().len(), 15, "the word is spelled out");
        assert_eq!(found.after["index"], "flow_log".into());
        let shown = keys(json!({ "a": { "type": "json", "index_all": true } }));
        let found = compared(Kind::Logstore, json!({}), shown, keys(json!({ "a": { "type": "json" } })));
        assert!(found.differences.is_empty());
        let found = compared(Kind::Logstore, word(), word(), json!({}));
        assert_eq!(found.notes, ["index is no longer managed and stays \"flow_log\"."]);
        assert!(found.differences.is_empty());
    }
}
