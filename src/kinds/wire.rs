//! Building requests of the CEN API: parameters flattened as it wants them (cloud-api 1.2), tags (6).

use std::collections::BTreeMap;

use super::driver::{Alteration, Step};
use crate::cloud::request::{Product, Request, Rpc};
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The most tags of one tag call, on both products (cloud-api 6.1, 8.3).
pub(super) const TAGS_PER_CALL: usize = 20;

/// Whether an action takes a ClientToken (cloud-api 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// It does.
    Taken,
    /// It does not.
    Unknown,
}

/// The parameters of a CEN call.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Adds a parameter.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter unless it is empty.
    pub(super) fn filled(self, name: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.with(name, value) }
    }

    /// Adds the value of an attribute, if it has one. Empty text is sent: it empties the field.
    pub(super) fn value(self, name: &str, value: Option<&Value>) -> Self {
        match value {
            Some(Value::Text(text)) => self.with(name, text),
            Some(Value::Int(number)) => self.with(name, number.to_string()),
            Some(Value::Bool(truth)) => self.with(name, truth.to_string()),
            _ => self,
        }
    }

    /// Adds the value of an attribute of a new object, which is empty anyway where the value is.
    pub(super) fn initial(self, name: &str, value: Option<&Value>) -> Self {
        if value.and_then(Value::as_text) == Some("") { self } else { self.value(name, value) }
    }

    /// Adds a repeat list of objects: `Name.1.Field`.
    pub(super) fn objects<'a>(self, name: &str, items: impl IntoIterator<Item = Vec<(&'static str, &'a str)>>) -> Self {
        items.into_iter().enumerate().fold(self, |params, (index, fields)| {
            fields
                .into_iter()
                .fold(params, |params, (field, value)| params.with(format!("{name}.{}.{field}", index + 1), value))
        })
    }

    /// Adds tags: `Tag.1.Key`, `Tag.1.Value`.
    pub(super) fn tags<'a>(self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.objects("Tag", tags.into_iter().map(|(key, value)| vec![("Key", key), ("Value", value)]))
    }

    /// The call that reads.
    pub(super) fn read(self, action: &'static str) -> Request {
        self.request(action, false, Token::Unknown)
    }

    /// The call that changes something.
    pub(super) fn write(self, action: &'static str, token: Token) -> Request {
        self.request(action, true, token)
    }

    /// The step of an update after which the object settles again.
    pub(super) fn step(self, action: &'static str, token: Token) -> Step {
        Step { request: self.write(action, token), unsettles: true }
    }

    fn request(self, action: &'static str, mutating: bool, token: Token) -> Request {
        let takes_token = token == Token::Taken;
        Request::Rpc(Rpc { product: Product::Cbn, action, params: self.0, mutating, takes_token })
    }
}

/// The calls that give an object of the CEN API the wanted tags: first those that go, then those that come,
/// so that the limit of 20 is never passed on the way.
pub(super) fn tag_steps(resource_type: &'static str, id: &str, region: &str, change: &Alteration<'_>) -> Vec<Step> {
    let TagChange { gone, set } = TagChange::of(change);
    let target =
        || Params::default().with("ResourceType", resource_type).with("ResourceId.1", id).filled("RegionId", region);
    let untag = gone.chunks(TAGS_PER_CALL).map(|keys| {
        let keys = keys.iter().enumerate();
        keys.fold(target(), |params, (index, key)| params.with(format!("TagKey.{}", index + 1), *key))
            .write("UntagResources", Token::Unknown)
    });
    let tag =
        set.chunks(TAGS_PER_CALL).map(|tags| target().tags(tags.iter().copied()).write("TagResources", Token::Unknown));
    untag.chain(tag).map(|request| Step { request, unsettles: false }).collect()
}

/// What an update does to tags.
pub(super) struct TagChange<'a> {
    /// The keys that go.
    pub(super) gone: Vec<&'a str>,
    /// The tags that come or get another value.
    pub(super) set: Vec<(&'a str, &'a str)>,
}

impl<'a> TagChange<'a> {
    /// Between the live tags and the wanted ones; nothing if they are to stay.
    pub(super) fn of(change: &Alteration<'a>) -> Self {
        let Some(after) = change.wanted("tags").and_then(Value::as_map) else {
            return Self { gone: Vec::new(), set: Vec::new() };
        };
        let live: BTreeMap<_, _> = tags_of(change.live).collect();
        let gone = live.keys().copied().filter(|key| !after.contains_key(*key)).collect();
        let set = pairs(after).filter(|(key, value)| live.get(key) != Some(value)).collect();
        Self { gone, set }
    }
}

/// The tags of a new object.
pub(super) fn tags_of(attributes: &Attributes) -> impl Iterator<Item = (&str, &str)> {
    attributes.get("tags").and_then(Value::as_map).into_iter().flat_map(pairs)
}

fn pairs(tags: &BTreeMap<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_text().unwrap_or_default()))
}

/// The id of an object's region: where it is known to be, else what its attributes say; empty if neither does.
pub(super) fn region_of<'a>(region: Option<&'a Region>, attributes: &'a Attributes) -> &'a str {
    region.map_or_else(|| text_of(attributes, "region"), Region::as_str)
}

/// The text of an attribute; empty if it has none.
pub(super) fn text_of<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_text).unwrap_or_default()
}
