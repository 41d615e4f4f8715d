//! Outputs for scripts.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::model::value::Value;

/// Why an output cannot be written raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the output is {0}, and only text, a number or a truth value can be written raw; use --json for the others")]
pub struct NotRaw(&'static str);

/// All outputs as `output --json` writes them, in the form of `terraform output -json`: `{name: {sensitive, type, value}}`.
pub fn json(outputs: &BTreeMap<String, Value>) -> Json {
    outputs.iter().map(|(name, value)| (name.clone(), described(value))).collect()
}

/// One output for `output --raw`: the text itself, with nothing added.
pub fn raw(value: &Value) -> Result<String, NotRaw> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Null => Err(NotRaw("null")),
        Value::List(_) => Err(NotRaw("a list")),
        Value::Map(_) => Err(NotRaw("a map")),
        Value::Unknown(_) => Err(NotRaw("known only after apply")),
    }
}

/// `{sensitive, type, value}`. No output is sensitive (S21).
pub(super) fn described(value: &Value) -> Json {
    json!({ "sensitive": false, "type": ty(value), "value": Json::from(value) })
}

/// The type of a value in Terraform's notation.
fn ty(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => json!("dynamic"),
        Value::Bool(_) => json!("bool"),
        Value::Int(_) | Value::Float(_) => json!("number"),
        Value::Text(_) => json!("string"),
        Value::List(items) => json!(["tuple", items.iter().map(ty).collect::<Vec<_>>()]),
        Value::Map(entries) => {
            let fields: serde_json::Map<_, _> = entries.iter().map(|(key, value)| (key.clone(), ty(value))).collect();
            json!(["object", fields])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_values_with_their_types() {
        let outputs = BTreeMap::from([
            ("ids".to_owned(), Value::Map(BTreeMap::from([("a".to_owned(), "flowlog-1".into())]))),
            ("n".to_owned(), Value::List(vec![Value::Int(1), Value::Bool(true)])),
        ]);
        insta::assert_json_snapshot!(json(&outputs), @r#"
        {
          "ids": {
            "sensitive": false,
            "type": [
              "object",
              {
                "a": "string"
              }
            ],
            "value": {
              "a": "flowlog-1"
            }
          },
          "n": {
            "sensitive": false,
            "type": [
              "tuple",
              [
                "number",
                "bool"
              ]
            ],
            "value": [
              1,
              true
            ]
          }
        }
        "#);
    }

    #[test]
    fn only_plain_values_are_written_raw() {
        assert_eq!(raw(&"a\nb".into()).unwrap(), "a\nb");
        assert_eq!(raw(&Value::Int(7)).unwrap(), "7");
        assert_eq!(raw(&Value::Bool(false)).unwrap(), "false");
        assert_eq!(raw(&Value::Float(1.5)).unwrap(), "1.5");
        assert!(raw(&Value::List(vec![])).unwrap_err().to_string().contains("is a list"));
    }
}
