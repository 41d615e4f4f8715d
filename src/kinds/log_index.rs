//! The index of a logstore (cloud-api 8.3, Index): what of it the YAML writes, and the word for that of a flow log.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::check::Fault;
use super::log_format;
use super::schema::{Attribute, Literal, Presence, Type};
use super::text;
use crate::diagnostics::{Segment, codes};
use crate::model::value::Value;

/// The word that stands for an index in which every documented field of a flow log is searchable.
pub const PRESET: &str = "flow_log";

/// The fields of a flow log that are numbers.
const NUMBERS: [&str; 7] = ["bytes", "end", "packets", "protocol", "srcport", "dstport", "start"];

/// What text is split at, unless somebody asks for something else: what the console of the service proposes.
const TOKENS: [&str; 22] =
    [",", " ", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t", "\r"];

const TOKEN: Attribute = Attribute::new("token", WORDS, "What text is split at.");
const CASE: Attribute = off("caseSensitive", "Whether case matters.");
const CHINESE: Attribute = off("chn", "Whether Chinese text is split into words.");
const STATISTICS: Attribute = off("doc_value", "Whether SQL can be used on the field.");
const ALIAS: Attribute =
    Attribute::new("alias", Type::Text(&text::ANY), "Another name for the field.").default(Literal::Text(""));

const WORD: &Type = &Type::Text(&text::NOT_EMPTY);

const WORDS: Type = Type::Set { item: WORD, min: 0, max: 1000, key: None };

const fn words(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::new(name, WORDS, doc).default(Literal::EmptyList)
}

const fn off(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::new(name, Type::Bool, doc).default(Literal::Bool(false))
}

/// The index over whole records.
static LINE: &[Attribute] = &[
    TOKEN.required(),
    CASE,
    CHINESE,
    words("include_keys", "The only fields that it covers."),
    words("exclude_keys", "The fields that it leaves out."),
];

/// The index of a field.
static KEY: &[Attribute] = &[
    Attribute::new("type", Type::OneOf(&["text", "long", "double", "json"]), "What the field holds.").required(),
    TOKEN,
    CASE,
    CHINESE,
    STATISTICS,
    ALIAS,
    Attribute::new("index_all", Type::Bool, "Whether all text in the JSON is searchable. Left out: as it is."),
    Attribute::new("max_depth", Type::Int(-1, 1000), "How deep in the JSON to look. Left out: as it is."),
    Attribute::new("json_keys", Type::Map(&JSON_KEY), "Fields of the JSON by name.").default(Literal::EmptyMap),
];

/// The index of a field inside JSON. Nothing documents that text needs `token` here, and official tools send none.
static JSON_KEY: Type = Type::Object(&[
    Attribute::new("type", Type::OneOf(&["text", "long", "double"]), "What the field holds.").required(),
    words(TOKEN.name, TOKEN.doc),
    CASE,
    CHINESE,
    STATISTICS,
    ALIAS,
]);

/// What of an index the YAML writes, under the names of the API. What is left out is off or not there.
pub static FIELDS: &[Attribute] = &[
    Attribute::new("line", Type::Object(LINE), "The index over whole records."),
    Attribute::new("keys", Type::Map(&Type::Object(KEY)), "The indexes of fields by name.").default(Literal::EmptyMap),
];

/// What [`PRESET`] stands for.
static FLOW_LOG: LazyLock<Value> = LazyLock::new(|| {
    let token = || ("token".to_owned(), Value::List(TOKENS.into_iter().map(Value::from).collect()));
    let key = |field: &str| {
        let mut key = BTreeMap::from([("doc_value".to_owned(), Value::Bool(true))]);
        if NUMBERS.contains(&field) {
            key.insert("type".to_owned(), "long".into());
        } else {
            key.extend([("type".to_owned(), "text".into()), token()]);
        }
        (field.to_owned(), Value::Map(key))
    };
    let keys = log_format::FIELDS.into_iter().map(key).collect();
    let line = BTreeMap::from([token()]);
    let index = BTreeMap::from([("line".to_owned(), Value::Map(line)), ("keys".to_owned(), Value::Map(keys))]);
    bare(&Type::Index(FIELDS), Value::Map(index))
});

/// The one form of an index: tokens sorted and with all text, besides that only the parts that say something, and
/// [`PRESET`] where it is what that stands for.
pub fn normal(index: Value) -> Value {
    let index = bare(&Type::Index(FIELDS), index);
    if index == *FLOW_LOG { PRESET.into() } else { index }
}

/// An index as a map, also where it is a word.
pub fn unfolded(index: &Value) -> Value {
    if index.as_text() == Some(PRESET) { FLOW_LOG.clone() } else { index.clone() }
}

/// A value without the parts that are so anyway. The service wants `token` of text, also where nothing splits it, but
/// not of text inside JSON.
fn bare(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Object(fields) | Type::Index(fields), Value::Map(entries)) => {
            let entries = entries.into_iter().filter_map(|(name, inner)| {
                let Some(field) = fields.iter().find(|field| field.name == name) else { return Some((name, inner)) };
                let inner = bare(&field.ty, inner);
                (field.default_for(None).as_ref() != Some(&inner)).then_some((name, inner))
            });
            let mut entries: BTreeMap<_, _> = entries.collect();
            if fields.iter().any(|field| field.name == TOKEN.name && field.default_for(None).is_none()) {
                if entries.get("type").is_none_or(|ty| ty.as_text() == Some("text")) {
                    entries.entry(TOKEN.name.to_owned()).or_insert_with(|| Value::List(Vec::new()));
                } else if entries.get(TOKEN.name).and_then(Value::as_list).is_some_and(<[Value]>::is_empty) {
                    entries.remove(TOKEN.name);
                }
            }
            Value::Map(entries)
        }
        (Type::Map(item), Value::Map(entries)) => {
            Value::Map(entries.into_iter().map(|(name, inner)| (name, bare(item, inner))).collect())
        }
        (Type::Set { .. }, Value::List(mut items)) => {
            items.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
            items.dedup();
            Value::List(items)
        }
        (_, value) => value,
    }
}

/// The wanted index with what it leaves to the service, as the shown one has it: the parts of a field's index that
/// have no documented default. Both unfolded.
pub fn completed(mut wanted: Value, shown: &Value) -> Value {
    let left: Vec<_> = KEY
        .iter()
        .filter(|field| field.presence == Presence::Optional && field.default_for(None).is_none())
        .map(|field| field.name)
        .collect();
    if let Value::Map(index) = &mut wanted
        && let Some(Value::Map(wanted)) = index.get_mut("keys")
        && let Some(shown) = shown.as_map().and_then(keys)
    {
        for (name, key) in wanted {
            let (Value::Map(key), Some(Value::Map(shown))) = (key, shown.get(name)) else { continue };
            if key.get("type") == shown.get("type") {
                for (name, value) in shown.iter().filter(|(name, _)| left.contains(&name.as_str())) {
                    key.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }
    wanted
}

fn keys(index: &BTreeMap<String, Value>) -> Option<&BTreeMap<String, Value>> {
    index.get("keys")?.as_map()
}

/// What the parts of an index, each right by itself, must not be together (`CreateIndex`).
pub(super) fn check(index: &BTreeMap<String, Value>, path: &[Segment], faults: &mut Vec<Fault>) {
    let there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    let at = |steps: &[&str]| {
        let steps = steps.iter().map(|step| Segment::Key((*step).to_owned()));
        path.iter().cloned().chain(steps).collect::<Vec<_>>()
    };
    if !there(index.get("line")) && keys(index).is_none_or(BTreeMap::is_empty) && !is_unknown(index.get("keys")) {
        faults.push(
            Fault::new(codes::MISSING, path, "An index needs line, or keys with at least one field, or both.")
                .help(format!("To make every field of a flow log searchable, write {PRESET} instead.")),
        );
    }
    if let Some(line) = index.get("line").and_then(Value::as_map)
        && there(line.get("include_keys"))
        && there(line.get("exclude_keys"))
    {
        let message = "include_keys and exclude_keys exclude each other.";
        faults.push(Fault::new(codes::NOT_ALLOWED, &at(&["line", "exclude_keys"]), message).help("Keep one of them."));
    }
    for (name, key) in keys(index).into_iter().flatten() {
        let Some(key) = key.as_map() else { continue };
        if there(key.get("json_keys")) && key.get("type").and_then(Value::as_text).is_some_and(|ty| ty != "json") {
            let message = format!("json_keys are for a field of type json, and {name} is none.");
            faults.push(Fault::new(codes::NOT_ALLOWED, &at(&["keys", name, "json_keys"]), message));
        }
        if key.get("type").and_then(Value::as_text) == Some("text") && !there(key.get("token")) {
            let message = "A field of type text needs token, the list of what it is split at.";
            let help = r#"Write token: [",", " ", ";", "=", "/", ":"], or token: [] to leave it whole."#;
            faults.push(Fault::new(codes::MISSING, &at(&["keys", name]), message).help(help));
        }
    }
}

fn is_unknown(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Unknown(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::check::{normalise, side_by_side};

    const TYPE: Type = Type::Index(FIELDS);

    fn kept(json: serde_json::Value) -> Value {
        normalise(&TYPE, json.into())
    }

    #[test]
    fn what_says_the_same_has_one_form() {
        let short = json!({ "line": { "token": [",", " "] }, "keys": { "a": { "type": "text", "token": [] } } });
        let long = json!({
            "line": { "token": [" ", ",", " "], "caseSensitive": false, "chn": false, "include_keys": [], "exclude_keys": null },
            "keys": { "a": { "type": "text", "doc_value": false, "alias": "" }, "b": null },
        });
        assert_eq!(kept(short), kept(long.clone()));
        assert_eq!(kept(serde_json::Value::from(&kept(long.clone()))), kept(long), "it stays as it is");
    }

    #[test]
    fn the_word_is_every_documented_field_and_the_whole_record() {
        let word = kept(json!(PRESET));
        assert_eq!(word, PRESET.into());
        let map = serde_json::Value::from(&unfolded(&word));
        let keys: Vec<_> = map["keys"].as_object().unwrap().keys().cloned().collect();
        let mut fields = log_format::FIELDS;
        fields.sort_unstable();
        assert_eq!(keys, fields);
        assert_eq!(map["keys"]["bytes"], json!({ "type": "long", "doc_value": true }));
        assert_eq!(map["keys"]["srcaddr"]["type"], "text");
        assert_eq!(map["line"]["token"].as_array().unwrap().len(), TOKENS.len());
        assert!(NUMBERS.iter().all(|number| log_format::FIELDS.contains(number)));
        assert_eq!(kept(map), word, "what the word stands for is the word");
    }

    #[test]
    fn text_inside_json_needs_no_token() {
        let index = json!({ "keys": { "a": { "type": "json", "json_keys": { "b": { "type": "text" } } } } });
        assert_eq!(serde_json::Value::from(&kept(index.clone())), index);
        let split =
            json!({ "keys": { "a": { "type": "json", "json_keys": { "b": { "type": "text", "token": [] } } } } });
        assert_eq!(kept(split), kept(index.clone()));
        let mut faults = Vec::new();
        check(Value::from(index).as_map().unwrap(), &[], &mut faults);
        assert_eq!(faults, []);
    }

    #[test]
    fn what_is_left_to_the_service_is_no_difference() {
        let shown = kept(json!({ "keys": {
            "a": { "type": "json", "index_all": true, "max_depth": -1, "token": [","] },
            "b": { "type": "json", "index_all": true },
            "c": { "type": "json", "index_all": true },
        } }));
        let wanted = kept(json!({ "keys": {
            "a": { "type": "json", "index_all": false },
            "b": { "type": "json" },
            "c": { "type": "long" },
        } }));
        let (wanted, shown) = side_by_side(&TYPE, &wanted, &shown);
        let (wanted, shown) = (serde_json::Value::from(&wanted), serde_json::Value::from(&shown));
        assert_eq!(wanted["keys"]["a"], json!({ "type": "json", "index_all": false, "max_depth": -1, "token": [","] }));
        assert_eq!(wanted["keys"]["b"], shown["keys"]["b"]);
        assert_eq!(wanted["keys"]["c"], json!({ "type": "long" }), "another type has nothing of the old one");
    }
}
