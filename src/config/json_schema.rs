//! The JSON Schema of the language.
/// Schema.
pub fn json_schema() -> serde_json::Value {
    serde_json::Value::Null
}
