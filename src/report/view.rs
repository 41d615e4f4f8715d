//! What is shown of a change, whatever the output: a tree of what comes, goes, changes and stays.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::base::text::printable;
use crate::model::action::Action;
use crate::model::address::{Address, Kind};
use crate::model::value::{Attributes, Value};
use crate::plan::{Difference, Drift, Operation, PathStep, Reason, consequence, names};

/// What happens to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It stays as it is, and is shown so that the object can be recognised.
    Same,
    /// It comes.
    Add,
    /// It changes.
    Change,
    /// It goes.
    Remove,
}

/// One object and what happens to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Which.
    pub address: Address,
    /// Its attributes.
    pub items: Vec<Item>,
    /// How many attributes stay as they are and are not shown.
    pub hidden: usize,
}

/// An attribute, an entry of a map, or an item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What happens to it.
    pub mark: Mark,
    /// Its name or key; `None` for an item of a list.
    pub name: Option<String>,
    /// What it holds.
    pub content: Content,
    /// Why it differs and what that means, in a few words each.
    pub comments: Vec<String>,
}

/// What an item holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// One value before and after; each is there where the [`Mark`] says that there is one.
    Value {
        /// As it is.
        before: Option<Value>,
        /// As it will be.
        after: Option<Value>,
    },
    /// A map, entry by entry.
    Map {
        /// The entries that are shown.
        items: Vec<Item>,
        /// How many stay as they are and are not shown.
        hidden: usize,
    },
    /// A list, item by item.
    List {
        /// The items that are shown.
        items: Vec<Item>,
        /// How many stay as they are and are not shown.
        hidden: usize,
    },
}

/// The comment on what makes an object be replaced. Readers of plans look for these words.
pub const FORCES_REPLACEMENT: &str = "forces replacement";

/// What an operation does to its object's attributes. `names`: the resources that it refers to, by id.
pub fn operation(operation: &Operation, names: &BTreeMap<String, Address>) -> Block {
    let id = operation.id.clone().map(Value::Text);
    let kind = operation.address.kind;
    let (mut items, hidden) = match operation.action {
        Action::Create => (whole(&operation.after, Mark::Add), 0),
        Action::Delete => (whole(&operation.before, Mark::Remove), 0),
        _ => differing(kind, &operation.before, &operation.after, &operation.differences),
    };
    for item in &mut items {
        item.comments.extend(referred(kind, item, names));
    }
    let unknown = || Value::reference(&operation.address, "id");
    let id = match operation.action {
        Action::Create => leaf(Mark::Add, None, Some(unknown())),
        Action::Delete => leaf(Mark::Remove, id, None),
        Action::Replace | Action::ReplaceCreateFirst => leaf(Mark::Change, id, Some(unknown())),
        Action::Update | Action::Import | Action::Move | Action::Protect | Action::Forget | Action::Wait => {
            leaf(Mark::Same, id.clone(), id)
        }
    };
    block(&operation.address, id, items, hidden)
}

/// What a reference refers to.
fn referred(kind: Kind, item: &Item, names: &BTreeMap<String, Address>) -> Option<String> {
    let to = names::refers_to(kind, item.name.as_deref()?)?;
    let Content::Value { before, after } = &item.content else { return None };
    let name = |id: &Option<Value>| names::name_of(names, to, id.as_ref());
    match (name(before), name(after)) {
        (Some(before), Some(after)) if before != after => Some(format!("{before} -> {after}")),
        (_, Some(after)) => Some(after.to_string()),
        (Some(before), None) if item.mark == Mark::Remove => Some(before.to_string()),
        _ => None,
    }
}

/// In which account something is, where that is not the default one: `account app, 1000000000000002`.
pub fn account(name: Option<&str>, id: &str) -> Option<String> {
    name.map(|name| format!("account {}, {}", printable(name), printable(id)))
}

/// What changed outside.
pub fn drift(drift: &Drift) -> Block {
    let id = Some(Value::Text(drift.id.clone()));
    if drift.gone {
        return block(&drift.address, leaf(Mark::Remove, id, None), Vec::new(), 0);
    }
    let (items, _) = differing(drift.address.kind, &Attributes::new(), &Attributes::new(), &drift.differences);
    block(&drift.address, leaf(Mark::Same, id.clone(), id), items, 0)
}

/// One named value that changes; a `null` is nothing.
pub fn change(name: &str, before: &Value, after: &Value) -> Item {
    differ(Some(name), Some(before), Some(after), &mut |_| Vec::new(), &mut Vec::new())
        .unwrap_or(Item { name: Some(name.to_owned()), ..leaf(Mark::Same, Some(before.clone()), Some(after.clone())) })
}

/// One named value as it is.
pub fn value(name: &str, value: &Value) -> Item {
    expand(Some(name), value, Mark::Same)
        .unwrap_or_else(|| Item { name: Some(name.to_owned()), ..leaf(Mark::Same, None, Some(Value::Null)) })
}

fn block(address: &Address, id: Item, mut items: Vec<Item>, hidden: usize) -> Block {
    if id.content != (Content::Value { before: None, after: None }) {
        items.insert(0, Item { name: Some("id".to_owned()), comments: Vec::new(), ..id });
    }
    Block { address: address.clone(), items, hidden }
}

fn leaf(mark: Mark, before: Option<Value>, after: Option<Value>) -> Item {
    Item { mark, name: None, comments: source(after.as_ref()), content: Content::Value { before, after } }
}

/// Where a value that is not known yet comes from, if it is nothing but one expression.
fn source(value: Option<&Value>) -> Vec<String> {
    let Some(Value::Unknown(expression)) = value else { return Vec::new() };
    let inner = expression.source.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.filter(|inner| !inner.contains("${")).map(|inner| vec![inner.trim().to_owned()]).unwrap_or_default()
}

/// All attributes of an object that comes or goes.
fn whole(attributes: &Attributes, mark: Mark) -> Vec<Item> {
    attributes.iter().filter_map(|(name, value)| expand(Some(name), value, mark)).collect()
}

/// The attributes that differ, and how many do not.
fn differing(kind: Kind, before: &Attributes, after: &Attributes, differences: &[Difference]) -> (Vec<Item>, usize) {
    let mut by_attribute: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in differences {
        if let Some(PathStep::Key(name)) = difference.path.first() {
            by_attribute.entry(name).or_default().push(difference);
        }
    }
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut hidden = names.iter().filter(|name| !by_attribute.contains_key(name.as_str())).count();
    let mut items = Vec::new();
    if let Some(Value::Text(name)) = after.get("name").filter(|_| !by_attribute.contains_key("name")) {
        let value = Some(Value::Text(name.clone()));
        items.push(Item { name: Some("name".to_owned()), ..leaf(Mark::Same, value.clone(), value) });
        hidden -= 1;
    }
    items.extend(
        by_attribute.into_iter().flat_map(|(name, differences)| attribute(kind, name, before, after, &differences)),
    );
    items.sort_by(|a, b| a.name.cmp(&b.name));
    (items, hidden)
}

/// One attribute that differs. Where its differences have one reason, the attribute says it; else each entry.
fn attribute(
    kind: Kind,
    name: &str,
    before: &Attributes,
    after: &Attributes,
    differences: &[&Difference],
) -> Vec<Item> {
    let whole = differences.iter().find(|difference| difference.path.len() == 1);
    let (old, new) = match whole {
        Some(difference) => (Some(&difference.before), Some(&difference.after)),
        None => (before.get(name), after.get(name)),
    };
    if whole.is_none() && old.is_none() && new.is_none() {
        // Only parts are known, as of drift: each stands for itself.
        return differences.iter().filter_map(|difference| part(kind, difference)).collect();
    }
    if let (None, Some(Value::List(old)), Some(Value::List(new))) = (whole, old, new) {
        return keyed(kind, name, old, new, differences).into_iter().collect();
    }
    let reasons: BTreeSet<Vec<String>> = differences.iter().map(|difference| comments(kind, difference)).collect();
    let shared = reasons.len() == 1;
    let mut comment = |path: &[PathStep]| match path {
        [_] if shared => reasons.first().cloned().unwrap_or_default(),
        _ if shared => Vec::new(),
        _ => differences
            .iter()
            .filter(|difference| named(&difference.path) == path)
            .flat_map(|d| comments(kind, d))
            .collect(),
    };
    differ(Some(name), old, new, &mut comment, &mut Vec::new()).into_iter().collect()
}

/// A list whose items have a key, which is the second step of each difference's path: what changes in an item shows
/// as a change of that item.
fn keyed(kind: Kind, name: &str, old: &[Value], new: &[Value], differences: &[&Difference]) -> Option<Item> {
    let mut by_key: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in differences {
        if let Some(PathStep::Key(key)) = difference.path.get(1) {
            by_key.entry(key).or_default().push(difference);
        }
    }
    let is_at = |item: &Value, field: &str, key: &str| {
        item.as_map().and_then(|item| item.get(field)).and_then(Value::as_text) == Some(key)
    };
    let everywhere =
        |field: &&String| by_key.keys().all(|key| old.iter().chain(new).any(|item| is_at(item, field, key)));
    let field = old.iter().chain(new).find_map(|item| item.as_map()?.keys().find(everywhere))?;
    let items = by_key.iter().filter_map(|(key, differences)| {
        let find = |items: &[Value]| items.iter().find(|item| is_at(item, field, key)).cloned();
        let (old, new) = (find(old), find(new));
        let own = |path: &[PathStep]| {
            differences.iter().filter(|difference| difference.path == path).flat_map(|d| comments(kind, d)).collect()
        };
        let mut path = vec![PathStep::Key(name.to_owned()), PathStep::Key((*key).to_owned())];
        let mut item = differ(None, old.as_ref(), new.as_ref(), &mut { own }, &mut path)?;
        if let (Mark::Change, Content::Map { items, hidden }) = (item.mark, &mut item.content) {
            let value = Some(Value::from(*key));
            items.insert(0, Item { name: Some(field.clone()), ..leaf(Mark::Same, value.clone(), value) });
            *hidden = hidden.saturating_sub(1);
        }
        Some(item)
    });
    let items = items.collect::<Vec<_>>();
    let shown = |item: &&Value| by_key.keys().any(|key| is_at(item, field, key));
    let hidden = new.len() - new.iter().filter(shown).count();
    let content = Content::List { items, hidden };
    Some(Item { name: Some(name.to_owned()), content, ..leaf(Mark::Change, None, None) })
}

/// The part of a path up to the first list: what is below it is shown by item, not by position.
fn named(path: &[PathStep]) -> &[PathStep] {
    let keys = path.iter().take_while(|step| matches!(step, PathStep::Key(_))).count();
    &path[..keys]
}

/// A part of an attribute that differs, named by its path.
fn part(kind: Kind, difference: &Difference) -> Option<Item> {
    let mut comment = |_: &[PathStep]| comments(kind, difference);
    differ(
        Some(&PathStep::join(&difference.path)),
        Some(&difference.before),
        Some(&difference.after),
        &mut comment,
        &mut Vec::new(),
    )
}

/// Why an attribute differs, in a few words, but where the YAML says it, and what that means.
fn comments(kind: Kind, difference: &Difference) -> Vec<String> {
    let forces = difference.forces_replacement.then(|| FORCES_REPLACEMENT.to_owned());
    let reason = match &difference.reason {
        Reason::ChangedInYaml | Reason::NewlySet => None,
        Reason::Drifted => Some("changed outside".to_owned()),
        Reason::NoLongerSet => Some("no longer set".to_owned()),
        Reason::ReferenceReplaced(address) => Some(format!("follows {address}, which is replaced")),
    };
    forces.into_iter().chain(reason).chain(consequence::of_difference(kind, difference)).collect()
}

type Commenter<'a> = dyn FnMut(&[PathStep]) -> Vec<String> + 'a;

/// A value before and after; `None` where they are equal.
fn differ(
    name: Option<&str>,
    before: Option<&Value>,
    after: Option<&Value>,
    comment: &mut Commenter<'_>,
    path: &mut Vec<PathStep>,
) -> Option<Item> {
    let fields = |value: Option<&Value>| fields(name, value.filter(|value| !value.is_null()));
    let (before, after) = (fields(before), fields(after));
    path.extend(name.map(|name| PathStep::Key(name.to_owned())));
    let comments = comment(path);
    let item = match (before, after) {
        (None, None) => None,
        (None, Some(new)) => expand(name, &new, Mark::Add),
        (Some(old), None) => expand(name, &old, Mark::Remove),
        (Some(old), Some(new)) if old == new => None,
        (Some(Value::Map(old)), Some(Value::Map(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            let items: Vec<Item> =
                keys.iter().filter_map(|key| differ(Some(key), old.get(*key), new.get(*key), comment, path)).collect();
            let hidden = keys.len() - items.len();
            Some(Item { content: Content::Map { items, hidden }, ..leaf(Mark::Change, None, None) })
        }
        (Some(Value::List(old)), Some(Value::List(new))) => {
            let (items, hidden) = list(&old, &new, name == Some(LOG_FORMAT));
            Some(Item { content: Content::List { items, hidden }, ..leaf(Mark::Change, None, None) })
        }
        (old, new) => Some(leaf(Mark::Change, old, new)),
    };
    if name.is_some() {
        path.pop();
    }
    item.map(|item| Item {
        name: name.map(str::to_owned),
        comments: if comments.is_empty() { item.comments } else { comments },
        ..item
    })
}

/// A value that comes or goes as a whole; `None` for nothing. A list of plain values stays one value.
fn expand(name: Option<&str>, value: &Value, mark: Mark) -> Option<Item> {
    let value = fields(name, Some(value).filter(|value| !value.is_null()))?;
    let item = match &value {
        Value::Map(entries) if !entries.is_empty() => {
            let items = entries.iter().filter_map(|(key, value)| expand(Some(key), value, mark)).collect();
            Item { content: Content::Map { items, hidden: 0 }, ..leaf(mark, None, None) }
        }
        Value::List(values) if values.iter().any(|value| matches!(value, Value::Map(_) | Value::List(_))) => {
            let items = values.iter().filter_map(|value| expand(None, value, mark)).collect();
            Item { content: Content::List { items, hidden: 0 }, ..leaf(mark, None, None) }
        }
        _ if mark == Mark::Remove => leaf(mark, Some(value), None),
        _ => leaf(mark, None, Some(value)),
    };
    Some(Item { name: name.map(str::to_owned), ..item })
}

/// What is shown of a list: items that both have stay, wherever they stand, unless `ordered` or nothing else differs.
fn list(before: &[Value], after: &[Value], ordered: bool) -> (Vec<Item>, usize) {
    let text = |value: &Value| serde_json::Value::from(value).to_string();
    let (old, new): (Vec<String>, Vec<String>) = (before.iter().map(text).collect(), after.iter().map(text).collect());
    let mut gone = counts(&old);
    for item in &new {
        gone.entry(item).and_modify(|count| *count -= 1).or_insert(-1);
    }
    let ordered = ordered || gone.values().all(|count| *count == 0);
    let mut items = Vec::new();
    let mut hidden = 0;
    let mut show = |item: Option<Item>| items.extend(item);
    if ordered {
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            if op.tag() == DiffTag::Equal {
                hidden += op.new_range().len();
                continue;
            }
            let removed = op.old_range().filter(|at| gone.get(&old[*at]).is_some_and(|count| *count > 0));
            removed.for_each(|at| show(expand(None, &before[at], Mark::Remove)));
            for at in op.new_range() {
                let item = expand(None, &after[at], Mark::Add);
                let stayed = gone.get(&new[at]).is_some_and(|count| *count >= 0);
                let from = old.iter().position(|value| *value == new[at]).filter(|_| stayed);
                show(item.map(|item| match from {
                    Some(from) => {
                        let moved = format!("moved from place {} to {}", from + 1, at + 1);
                        Item { mark: Mark::Change, comments: vec![moved], ..item }
                    }
                    None => item,
                }));
            }
        }
    } else {
        let added: Vec<usize> = (0..new.len()).rev().filter(|at| take(&mut gone, &new[*at], -1)).collect();
        let removed: Vec<usize> = (0..old.len()).rev().filter(|at| take(&mut gone, &old[*at], 1)).collect();
        hidden = new.len() - added.len();
        removed.iter().rev().for_each(|at| show(expand(None, &before[*at], Mark::Remove)));
        added.iter().rev().for_each(|at| show(expand(None, &after[*at], Mark::Add)));
    }
    (items, hidden)
}

fn counts(items: &[String]) -> BTreeMap<&String, i64> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// Whether one more of `item` is on the side that `sign` says; if so, it is taken off.
fn take(counts: &mut BTreeMap<&String, i64>, item: &String, sign: i64) -> bool {
    match counts.get_mut(item) {
        Some(count) if *count * sign > 0 => {
            *count -= sign;
            true
        }
        _ => false,
    }
}

const LOG_FORMAT: &str = "log_format";

/// What text in an index is split at: characters, each by itself.
const TOKEN: &str = "token";

/// A log format as its list of fields, a list of characters as text; every other value as it is.
fn fields(name: Option<&str>, value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::List(items) if name == Some(TOKEN) => {
            let one = |item: &Value| item.as_text().filter(|text| text.chars().count() == 1).map(str::to_owned);
            let characters: Option<String> = items.iter().map(one).collect();
            Some(characters.map_or_else(|| Value::List(items.clone()), Value::Text))
        }
        Value::Text(text) if name == Some(LOG_FORMAT) => {
            let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let fields = inner.map(|inner| inner.split("}${").map(Value::from).collect::<Vec<_>>());
            Some(match fields {
                Some(fields) if !inner.is_some_and(|inner| inner.replace("}${", "").contains(['{', '}', '$'])) => {
                    Value::List(fields)
                }
                _ => Value::Text(text.clone()),
            })
        }
        value => Some(value.clone()),
    }
}
