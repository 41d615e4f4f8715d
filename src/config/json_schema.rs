//! The JSON Schema of the language, written from the schemas of the kinds, for editors.

use serde_json::{Map, Value as Json, json};

use crate::kinds::log_index;
use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Presence, Schema, Type};
use crate::model::address::Kind;

use super::{accounts, document, duration, ends, gates, lifecycle, moves, outputs, provider, resource, variables};

/// The pattern of text that holds an expression.
const EXPRESSION: &str = "\\$\\{";
/// The pattern of names.
const NAME: &str = "^[a-z][a-z0-9_-]{0,62}$";
/// The pattern of references: a name, or the name and key of an instance.
const REFERENCE: &str = "^[a-z][a-z0-9_-]{0,62}(/[\\s\\S]{1,128})?$";

/// The JSON Schema (2020-12) of a file of a stack. It holds no more than the loader: what needs more
/// than one place at a time, such as references and cycles, is left to it.
pub fn json_schema() -> Json {
    let mut properties = object([
        ("version", json!({ "const": 1, "description": "The version of the stack language." })),
        ("provider", provider_schema()),
        ("accounts", named("Credentials by name.", &json!({ "$ref": "#/$defs/account" }))),
        ("variables", named("Variables by name.", &json!({ "$ref": "#/$defs/variable" }))),
        ("locals", named("Values by name, for expressions.", &json!(true))),
        ("outputs", named("What the stack tells when it is applied.", &json!({ "$ref": "#/$defs/output" }))),
        ("moved", entries_of("What was at the address from is at the address to now.", moves::MOVED, &moves::MOVED)),
        ("removed", entries_of("What is forgotten rather than destroyed.", moves::REMOVED, &moves::REMOVED)),
        (
            "imports",
            entries_of("Objects that are there, and that declared resources take over.", moves::IMPORTS, &["to"]),
        ),
        ("gates", gates_schema()),
    ]);
    let mut definitions = object([
        (
            "expression",
            json!({ "type": "string", "pattern": EXPRESSION, "description": "Text with ${…} expressions." }),
        ),
        (
            "address",
            json!({
                "type": "string",
                "description": "kind.name of a resource, or kind.name[\"key\"] of an instance.",
                "anyOf": [
                    {
                        "pattern": format!(
                            "^({})\\.[a-z][a-z0-9_-]{{0,62}}(/[\\s\\S]{{1,128}}|\\[\"[\\s\\S]{{1,}}\"\\])?$",
                            Kind::ALL.map(Kind::as_str).join("|")
                        )
                    },
                    { "$ref": "#/$defs/expression" }
                ]
            }),
        ),
        (
            "duration",
            json!({
                "description": duration::HELP,
                "anyOf": [{ "type": "string", "pattern": duration::PATTERN, "minLength": 2 }, { "$ref": "#/$defs/expression" }]
            }),
        ),
        ("account", account_schema()),
        ("variable", variable_schema()),
        ("output", output_schema()),
    ]);
    for kind in Kind::ALL {
        let schema = registry::schema(kind);
        properties.insert(kind.section().to_owned(), named(schema.doc, &json!({ "$ref": format!("#/$defs/{kind}") })));
        definitions.insert(kind.to_string(), resource_schema(schema));
    }
    debug_assert!(document::KEYS.iter().all(|key| properties.contains_key(*key)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cenform stack",
        "description": "One file of a stack: CEN transit-router flow logs and what they need.",
        "type": "object",
        "required": ["version"],
        "properties": properties,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

fn object<const N: usize>(entries: [(&str, Json); N]) -> Map<String, Json> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A section: names to what they stand for.
fn named(description: &str, inner: &Json) -> Json {
    json!({
        "description": description,
        "type": ["object", "null"],
        "propertyNames": { "pattern": NAME },
        "additionalProperties": inner,
    })
}

/// A list of maps with these keys.
fn entries_of<const N: usize>(description: &str, keys: [&str; N], required: &[&str]) -> Json {
    let properties = each(keys, |key| match key {
        "id" => json!({ "type": "string", "minLength": 1, "description": "Left out: it is looked up by what it is." }),
        _ => json!({ "$ref": "#/$defs/address" }),
    });
    json!({
        "description": description,
        "type": ["array", "null"],
        "items": closed_with("", properties, required),
    })
}

fn closed(description: &str, properties: Map<String, Json>) -> Map<String, Json> {
    object([
        ("description", json!(description)),
        ("type", json!(["object", "null"])),
        ("properties", Json::Object(properties)),
        ("additionalProperties", json!(false)),
    ])
}

/// The properties with these names, each as `schema` gives it, or `null`, which is the same as leaving it out.
fn each<const N: usize>(keys: [&str; N], schema: impl Fn(&str) -> Json) -> Map<String, Json> {
    let nullable = |key: &str| json!({ "anyOf": [{ "type": "null" }, schema(key)] });
    keys.into_iter().map(|key| (key.to_owned(), nullable(key))).collect()
}

fn provider_schema() -> Json {
    let properties = each(provider::KEYS, |key| match key {
        "region" => or_expression(&json!({
            "type": "string",
            "pattern": crate::kinds::text::REGION.pattern,
            "description": "The region of routers and projects that name none."
        })),
        "settle_window" | "token_window" => json!({ "anyOf": [{ "enum": [0, "0"] }, { "$ref": "#/$defs/duration" }] }),
        "default_tags" => or_expression(&tags("Tags of every resource.")),
        _ => or_expression(&Json::Object(closed(
            "Tags that stay out of every comparison.",
            each(["keys", "prefixes"], |_| {
                or_expression(&json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }))
            }),
        ))),
    });
    Json::Object(closed("Settings of the whole stack.", properties))
}

fn gates_schema() -> Json {
    let properties = each(gates::KEYS, |key| {
        let description = match key {
            "max_destroy" => "The most objects that may be destroyed without a successor.",
            _ => "The most objects that may be replaced.",
        };
        or_expression(&json!({ "type": "integer", "minimum": 0, "description": description }))
    });
    Json::Object(closed("What refuses a plan that would do too much.", properties))
}

fn lifecycle_schema(key: &str) -> Json {
    match key {
        "prevent_destroy" => {
            json!({ "type": "boolean", "description": "A plan that would destroy or replace it is refused." })
        }
        "create_before_destroy" => {
            json!({ "type": "boolean", "description": "A replacement makes the new object first." })
        }
        "ignore_changes" => json!({
            "type": "array",
            "items": { "type": "string", "minLength": 1, "not": { "const": "all" } },
            "description": "Attributes that count when the object is made and are not compared afterwards, or parts of \
                            them: tags.team, cidrs[\"10.0.0.0/24\"].name."
        }),
        _ => json!({
            "type": "array",
            "items": { "$ref": "#/$defs/address" },
            "description": "Resources with which this one is replaced when a plan updates or replaces them."
        }),
    }
}

fn account_schema() -> Json {
    let text = |key: &str| match key {
        "profile" => "The name of a profile in ~/.aliyun/config.json.",
        "access_key_id" => "The id of an access key.",
        "access_key_secret" => "Its secret. A sensitive variable keeps it out of the stack.",
        "security_token" => "Its STS token, if it is temporary.",
        _ => "The account id that the credentials must turn out to be.",
    };
    let properties = each(accounts::KEYS, |key| {
        let rule = if key == "id" {
            json!({ "type": "string", "pattern": "^[0-9]{16}$" })
        } else {
            json!({ "type": "string", "minLength": 1 })
        };
        json!({ "description": text(key), "anyOf": [rule, { "$ref": "#/$defs/expression" }] })
    });
    let mut account = closed("Credentials: a profile or an access key.", properties);
    let (left_out, written) = (json!({ "type": "null" }), json!({ "type": "string" }));
    account.insert("type".to_owned(), json!("object"));
    account.insert(
        "anyOf".to_owned(),
        json!([
            {
                "required": ["profile"],
                "properties": {
                    "profile": written, "access_key_id": left_out, "access_key_secret": left_out,
                    "security_token": left_out
                }
            },
            {
                "required": ["access_key_id", "access_key_secret"],
                "properties": { "profile": left_out, "access_key_id": written, "access_key_secret": written }
            }
        ]),
    );
    Json::Object(account)
}

fn variable_schema() -> Json {
    let properties = each(variables::KEYS, |key| match key {
        "type" => json!({ "enum": variables::TYPES, "default": "string" }),
        "default" => json!({ "description": "Its value where none is given; no expressions." }),
        "allowed" => json!({ "type": "array", "description": "The only values that it takes." }),
        "description" => json!({ "type": "string" }),
        _ => json!({ "type": "boolean", "description": "May feed the credentials of accounts only." }),
    });
    Json::Object(closed("A variable.", properties))
}

fn output_schema() -> Json {
    let properties = each(outputs::KEYS, |key| match key {
        "value" => json!(true),
        "description" => json!({ "type": "string" }),
        _ => json!({ "const": false }),
    });
    let mut long = closed("An output with more than its value.", properties);
    long.insert("required".to_owned(), json!(["value"]));
    json!({
        "description": "The value itself, or a map with value in it.",
        "if": { "type": "object", "required": ["value"] },
        "then": long,
    })
}

fn resource_schema(schema: &Schema) -> Json {
    let mut properties = attributes(schema.attributes);
    properties.extend(each(resource::COMMON, |key| match key {
        "account" => or_expression(&json!({
            "type": "string",
            "pattern": NAME,
            "description": "The name of the credentials that make its calls. Left out: those of what it belongs to."
        })),
        "depends_on" => or_expression(&json!({
            "type": "array",
            "items": { "$ref": "#/$defs/address" },
            "description": "Resources that must be there first, where no reference says so."
        })),
        "existing" => json!({
            "description": "The id, or the name, of an object that somebody else manages.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                closed_with("By name.", object([("name", json!({ "type": "string", "minLength": 1 }))]), &["name"])
            ]
        }),
        "lifecycle" => or_expression(&Json::Object(closed(
            "How the resource may be changed.",
            each(lifecycle::KEYS, |key| or_expression(&lifecycle_schema(key))),
        ))),
        _ => or_expression(&Json::Object(closed(
            "How long cenform waits.",
            each(resource::TIMEOUTS, |_| json!({ "$ref": "#/$defs/duration" })),
        ))),
    }));
    if schema.kind == Kind::Attachment {
        properties.insert(ends::KEY.to_owned(), ends_schema());
    }
    let required = |wanted: &dyn Fn(&Attribute) -> bool| {
        let required = schema.attributes.iter().filter(|attribute| attribute.presence == Presence::Required);
        required.filter(|attribute| wanted(attribute)).map(|attribute| attribute.name).collect::<Vec<_>>()
    };
    let mut with_existing = required(&|attribute| resource::places_it(schema.kind, attribute.name));
    with_existing.push("existing");
    let mut closed = closed(schema.doc, properties);
    closed.insert(
        "anyOf".to_owned(),
        json!([{ "type": "null" }, { "required": with_existing }, { "required": required(&|attribute| attribute.only.is_empty()) }]),
    );
    let by_type = types(schema).iter().map(|ty| {
        let others = schema.attributes.iter().filter(|attribute| {
            attribute.applies_to(Some(ty)) && attribute.default_for(Some(ty)) != attribute.default_for(None)
        });
        let others =
            others.filter_map(|attribute| Some((attribute.name, Json::from(&attribute.default_for(Some(ty))?))));
        let defaults = others.map(|(name, default)| (name.to_owned(), json!({ "default": default })));
        json!({
            "if": { "properties": { "type": { "const": ty } }, "required": ["type"] },
            "then": {
                "properties": defaults.collect::<Map<_, _>>(),
                "if": { "not": { "required": ["existing"] } },
                "then": { "required": required(&|attribute| attribute.only.contains(ty)) }
            }
        })
    });
    let by_type = by_type.collect::<Vec<_>>();
    if !by_type.is_empty() {
        closed.insert("allOf".to_owned(), Json::Array(by_type));
    }
    Json::Object(closed)
}

/// The flow logs that stand in a peer attachment.
fn ends_schema() -> Json {
    let taken = ends::TAKEN.map(|name| (name, json!({ "type": "null" })));
    let log = json!({ "$ref": format!("#/$defs/{}", Kind::FlowLog), "properties": object(taken) });
    let logs = each(ends::ENDS.map(|(key, _)| key), |_| log.clone());
    Json::Object(closed("The flow logs at the two ends of a peer attachment.", logs))
}

/// The values of a kind's `type`, where attributes depend on it.
fn types(schema: &Schema) -> &'static [&'static str] {
    match schema.attribute("type").filter(|attribute| attribute.is_writable()).map(|attribute| attribute.ty) {
        Some(Type::OneOf(types)) => types,
        _ => &[],
    }
}

fn closed_with(description: &str, properties: Map<String, Json>, required: &[&str]) -> Json {
    let mut closed = closed(description, properties);
    closed.insert("type".to_owned(), json!("object"));
    closed.insert("required".to_owned(), json!(required));
    Json::Object(closed)
}

fn attributes(attributes: &[Attribute]) -> Map<String, Json> {
    let writable = attributes.iter().filter(|attribute| attribute.is_writable());
    writable.map(|attribute| (attribute.name.to_owned(), attribute_schema(attribute))).collect()
}

fn attribute_schema(attribute: &Attribute) -> Json {
    let inner = match attribute.ty {
        // Names of resources may be worked out, log formats may not.
        Type::LogFormat => type_schema(&attribute.ty),
        _ => or_expression(&type_schema(&attribute.ty)),
    };
    let mut schema = object([("description", json!(attribute.doc)), ("anyOf", json!([{ "type": "null" }, inner]))]);
    if let Some(default) = attribute.default_for(None) {
        schema.insert("default".to_owned(), Json::from(&default));
    }
    Json::Object(schema)
}

fn or_expression(schema: &Json) -> Json {
    json!({ "anyOf": [schema, { "$ref": "#/$defs/expression" }] })
}

fn type_schema(ty: &Type) -> Json {
    match ty {
        Type::Text(rule) if rule.pattern.is_empty() => json!({ "type": "string" }),
        Type::Text(rule) => json!({ "type": "string", "pattern": rule.pattern, "description": rule.words }),
        Type::Int(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Type::OneOfInt(allowed) => json!({ "enum": allowed }),
        Type::Bool => json!({ "type": "boolean" }),
        Type::OneOf(allowed) => json!({ "enum": allowed }),
        Type::Reference(kind) => {
            json!({ "type": "string", "pattern": REFERENCE, "description": format!("The name of {}.", kind.one()) })
        }
        Type::Tags => tags("Tags."),
        Type::Set { item, min, max, .. } => {
            json!({ "type": "array", "items": type_schema(item), "minItems": min, "maxItems": max })
        }
        Type::Object(fields) => {
            let required = fields.iter().filter(|attribute| attribute.presence == Presence::Required);
            let required = required.map(|attribute| attribute.name).collect::<Vec<_>>();
            closed_with("", attributes(fields), &required)
        }
        Type::Map(item) => {
            let item = json!({ "anyOf": [{ "type": "null" }, or_expression(&type_schema(item))] });
            json!({ "type": "object", "additionalProperties": item })
        }
        Type::Index(fields) => {
            let mut map = closed_with("", attributes(fields), &[]);
            map["anyOf"] = json!([{ "required": ["line"] }, { "required": ["keys"] }]);
            json!({ "anyOf": [{ "const": log_index::PRESET }, map] })
        }
        Type::LogFormat => json!({
            "anyOf": [
                { "type": "array", "items": { "type": "string", "examples": crate::kinds::log_format::FIELDS } },
                { "type": "string", "pattern": "^\\$\\{srcaddr\\}\\$\\{dstaddr\\}\\$\\{bytes\\}(\\$\\{[A-Za-z0-9_-]+\\})*$" }
            ]
        }),
    }
}

fn tags(description: &str) -> Json {
    json!({
        "type": "object",
        "description": description,
        "maxProperties": 20,
        "propertyNames": { "pattern": "^(?!aliyun|acs:)(?![\\s\\S]*https?://)[\\s\\S]{1,64}$" },
        "additionalProperties": { "type": ["string", "null"], "pattern": "^(?!aliyun|acs:)(?![\\s\\S]*https?://)[\\s\\S]{0,128}$|\\$\\{" },
    })
}
