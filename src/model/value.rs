//! Values of attributes, known and not known yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Attributes by name, sorted.
pub type Attributes = BTreeMap<String, Value>;

/// The value of an attribute, a variable or an output.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing; the same as leaving the attribute out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction. No attribute is one; variables and outputs may be.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map with text keys, sorted.
    Map(BTreeMap<String, Value>),
    /// Not known yet: an expression over objects that do not exist yet (S10).
    Unknown(Expression),
}

/// An expression whose value is known only after apply, with everything it needs besides resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expression {
    /// The text as written, `${…}` included: `"${cen.backbone.id}"`.
    pub source: String,
    /// The variables (`var`, `local`, `each`) that the text uses, already evaluated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Value>,
}

impl Value {
    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is a whole number.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether any leaf is not known yet.
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::List(items) => items.iter().any(Self::has_unknown),
            Self::Map(entries) => entries.values().any(Self::has_unknown),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_) => false,
        }
    }

    /// The unknown value of the attribute `attribute` of the resource at `address`.
    pub fn reference(address: &super::address::Address, attribute: &str) -> Self {
        let path = match &address.key {
            None => format!("{}['{}'].{attribute}", address.kind, address.name),
            Some(key) => {
                format!("{}['{}'][{}].{attribute}", address.kind, address.name, serde_json::Value::from(key.as_str()))
            }
        };
        // Names may hold hyphens, which an expression would read as a minus: plain names are written plainly.
        let plain = address.key.is_none() && !address.name.contains('-');
        let path = if plain { format!("{}.{}.{attribute}", address.kind, address.name) } else { path };
        Self::Unknown(Expression { source: format!("${{{path}}}"), bindings: BTreeMap::new() })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

/// The key under which an unknown value is written in a file. No attribute has a map below this key.
const UNKNOWN: &str = "$expression";

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::from(*number),
            Value::Float(number) => Self::from(*number),
            Value::Text(text) => Self::String(text.clone()),
            Value::List(items) => items.iter().map(Self::from).collect(),
            Value::Map(entries) => entries.iter().map(|(k, v)| (k.clone(), Self::from(v))).collect(),
            Value::Unknown(expression) => {
                let mut inner = serde_json::Map::new();
                inner.insert("source".to_owned(), Self::String(expression.source.clone()));
                if !expression.bindings.is_empty() {
                    let bindings = expression.bindings.iter().map(|(k, v)| (k.clone(), Self::from(v)));
                    inner.insert("bindings".to_owned(), bindings.collect());
                }
                Self::Object(std::iter::once((UNKNOWN.to_owned(), Self::Object(inner))).collect())
            }
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or(f64::MAX)),
            },
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(entries) => {
                if entries.len() == 1
                    && let Some(inner) = entries.get(UNKNOWN)
                    && inner.is_object()
                    && let Ok(expression) = Expression::deserialize(inner)
                {
                    return Self::Unknown(expression);
                }
                Self::Map(entries.into_iter().map(|(k, v)| (k, Self::from(v))).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::Value::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trips_with_unknowns() {
        let value = Value::Map(BTreeMap::from([
            ("a".to_owned(), Value::List(vec![Value::Int(1), Value::Null, Value::Bool(true)])),
            (
                "b".to_owned(),
                Value::Unknown(Expression {
                    source: "${cen.x.id}-${var.y}".to_owned(),
                    bindings: BTreeMap::from([(
                        "var".to_owned(),
                        Value::Map(BTreeMap::from([("y".to_owned(), "z".into())])),
                    )]),
                }),
            ),
            ("$expression".to_owned(), "a tag".into()),
        ]));
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let tag = r#"{"$expression":"a tag"}"#;
        assert!(!serde_json::from_str::<Value>(tag).unwrap().has_unknown());
    }
}
