//! Reading answers. The services answer with numbers as text and text left out (cloud-api 1.3, 12):
//! what can be understood is, and what is missing is left out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::schema::{Attribute, Type};
use crate::cloud::error::CloudError;
use crate::cloud::request::Answer;
use crate::model::value::{Attributes, Value};

/// A field's text; `None` if it is empty or absent.
pub(super) fn text(json: &Json, field: &str) -> Option<String> {
    as_text(json.get(field)?)
}

/// A field's whole number, also where it is written as text.
pub(super) fn int(json: &Json, field: &str) -> Option<i64> {
    as_int(json.get(field)?)
}

/// A field's truth value, also where it is written as text in any case.
pub(super) fn truth(json: &Json, field: &str) -> Option<bool> {
    as_truth(json.get(field)?)
}

fn as_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn as_int(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn as_truth(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(truth) => Some(*truth),
        Json::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// What an answer whose fields are named as the attributes are says of a value of this type.
pub(super) fn typed(ty: &Type, json: &Json) -> Option<Value> {
    match ty {
        Type::Int(..) | Type::OneOfInt(_) => as_int(json).map(Value::Int),
        Type::Bool => as_truth(json).map(Value::Bool),
        Type::Text(_) | Type::OneOf(_) | Type::Reference(_) | Type::LogFormat => as_text(json).map(Value::Text),
        Type::Set { item, .. } => Some(Value::List(json.as_array()?.iter().filter_map(|it| typed(item, it)).collect())),
        Type::Object(fields) | Type::Index(fields) => {
            let field = |field: &Attribute| Some((field.name.to_owned(), typed(&field.ty, json.get(field.name)?)?));
            json.is_object().then(|| Value::Map(fields.iter().filter_map(field).collect()))
        }
        Type::Map(item) => {
            let entry = |(name, it): (&String, &Json)| Some((name.clone(), typed(item, it)?));
            Some(Value::Map(json.as_object()?.iter().filter_map(entry).collect()))
        }
        Type::Tags => {
            let tag = |(key, it): (&String, &Json)| Some((key.clone(), as_text(it)?.into()));
            Some(Value::Map(json.as_object()?.iter().filter_map(tag).collect()))
        }
    }
}

/// The items of a list, bare (`Tags[]`) or wrapped (`Tags.Tag[]`); `None` if there is no list.
pub(super) fn items<'a>(json: &'a Json, field: &str, wrapped: &str) -> Option<&'a Vec<Json>> {
    let list = json.get(field)?;
    list.get(wrapped).unwrap_or(list).as_array()
}

/// Tags by key.
pub(super) type Tags = BTreeMap<String, Value>;

/// Tags, whose key and value are in these fields.
pub(super) fn tags<'a>(items: impl IntoIterator<Item = &'a Json>, key: &str, value: &str) -> Tags {
    let tag = |item: &Json| Some((text(item, key)?, text(item, value).unwrap_or_default().into()));
    items.into_iter().filter_map(tag).collect()
}

/// A moment in RFC 3339; empty if the service does not say it or in no known form: RFC 3339 with or without
/// seconds (cloud-api 12.18), `2022-05-07 15:17:28`, which is taken for UTC, or Unix seconds (8.3).
pub(super) fn moment(json: &Json, field: &str) -> String {
    let Some(text) = text(json, field) else { return String::new() };
    let moment = if let Ok(seconds) = text.parse() {
        Timestamp::from_second(seconds).ok()
    } else {
        let civil = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        text.parse().ok().or_else(|| civil(text.trim_end_matches('Z')))
    };
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

/// The id that an answer to a create must hold.
pub(super) fn id(action: &'static str, answer: &Answer, field: &str) -> Result<String, CloudError> {
    let malformed = |problem: String| CloudError::Malformed { action, problem, request_id: answer.request_id.clone() };
    if truth(&answer.body, "Success") == Some(false) {
        return Err(malformed("it says Success false, but names no error".to_owned()));
    }
    object_id(&answer.body, field).ok_or_else(|| malformed(format!("it has no {field}")))
}

/// The id in a field; `None` if there is none or it is nothing that can be an id: those are short,
/// printable and without spaces, of whatever length (cloud-api 10).
pub(super) fn object_id(json: &Json, field: &str) -> Option<String> {
    text(json, field).filter(|id| id.len() <= 256 && id.chars().all(|c| c.is_ascii_graphic()))
}

/// What a read found: nothing where the service says that there is nothing.
pub(super) fn found<T>(result: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The attributes of a live object while they are collected.
pub(super) struct Live<'a> {
    json: &'a Json,
    attributes: Attributes,
}

impl<'a> Live<'a> {
    /// Begins with none.
    pub(super) fn of(json: &'a Json) -> Self {
        Self { json, attributes: Attributes::new() }
    }

    /// A field whose emptiness means something: `""` if it is empty.
    pub(super) fn label(self, name: &str, field: &str) -> Self {
        let label = text(self.json, field).unwrap_or_default();
        self.value(name, Some(label))
    }

    /// A text field, left out if empty.
    pub(super) fn text(self, name: &str, field: &str) -> Self {
        let text = text(self.json, field);
        self.value(name, text)
    }

    /// A number.
    pub(super) fn int(self, name: &str, field: &str) -> Self {
        let int = int(self.json, field);
        self.value(name, int)
    }

    /// A truth value.
    pub(super) fn truth(self, name: &str, field: &str) -> Self {
        let truth = truth(self.json, field);
        self.value(name, truth)
    }

    /// The tags of the CEN API.
    pub(super) fn tags(self) -> Self {
        let tags = tags(items(self.json, "Tags", "Tag").into_iter().flatten(), "Key", "Value");
        self.value("tags", Some(Value::Map(tags)))
    }

    /// An attribute that was read elsewhere.
    pub(super) fn value(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.attributes.insert(name.to_owned(), value.into());
        }
        self
    }

    /// All of them.
    pub(super) fn done(self) -> Attributes {
        self.attributes
    }
}
