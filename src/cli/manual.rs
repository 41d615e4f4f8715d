//! The pages of `cenform explain`: kinds and attributes from their schemas, codes from their tables.

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr as _;

use crate::base::text::list;
use crate::cloud::codes as cloud_codes;
use crate::config;
use crate::diagnostics::style::BOLD;
use crate::diagnostics::{Style, codes, stories};
use crate::kinds::log_format::FIELDS;
use crate::kinds::log_index::PRESET;
use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Change, Presence, Schema, Type};
use crate::model::address::Kind;
use crate::model::value::Value;

/// The widest list of words that fits into the table of attributes.
const WIDEST_VALUE: usize = 26;

/// Writes a page.
pub(super) struct Page {
    style: Style,
    parts: Vec<String>,
}

impl Page {
    fn new(style: Style) -> Self {
        Self { style, parts: Vec::new() }
    }

    fn head(mut self, text: &str) -> Self {
        self.parts.push(self.style.paint(BOLD, text));
        self
    }

    /// A paragraph, with a bold word before it unless that is empty.
    fn say(mut self, label: &str, text: &str) -> Self {
        let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
        let wrapped = self.style.wrap("", &format!("{label}{text}"));
        let label = label.trim_end();
        self.parts.push(wrapped.replacen(label, &self.style.paint(BOLD, label), 1));
        self
    }

    fn block(mut self, text: impl Into<String>) -> Self {
        self.parts.push(text.into().trim_end().to_owned());
        self
    }

    fn done(self) -> String {
        self.parts.join("\n\n") + "\n"
    }
}

/// What can be explained.
pub(super) fn overview(style: Style) -> String {
    let kinds: Vec<String> = Kind::ALL.map(|kind| kind.to_string()).to_vec();
    let own: Vec<String> = codes::ALL.iter().map(|row| format!("  {}  {}", row.code, row.title)).collect();
    let page = Page::new(style)
        .say("", "cenform explain WORD tells what is known of a kind, an attribute or an error code.")
        .say("Kinds", &format!("{}.", list(&kinds)))
        .say("Attributes", "KIND.ATTRIBUTE, such as flow_log.interval or attachment.zone_mappings.zone_id.")
        .block(format!("{}\n\n{}", style.paint(BOLD, "Codes of cenform:"), own.join("\n")));
    let mut products: Vec<(&str, Vec<&str>)> = Vec::new();
    for (product, row) in cloud_codes::all() {
        let codes = row.codes.iter().copied().filter(|code| !code.contains('*'));
        match products.last_mut() {
            Some((last, known)) if *last == product => known.extend(codes),
            _ => products.push((product, codes.collect())),
        }
    }
    let page = products.iter().filter(|(_, codes)| !codes.is_empty()).fold(page, |page, (product, codes)| {
        page.say(&format!("Codes of {product}"), &format!("{}.", codes.join(", ")))
    });
    page.done()
}

/// One of our own codes.
pub(super) fn code(row: &codes::Code, style: Style) -> String {
    let page = Page::new(style).head(&format!("{}: {}", row.code, row.title));
    let Some(story) = stories::of(row.code) else { return page.done() };
    let page = story.text.lines().fold(page, |page, paragraph| page.say("", paragraph));
    if story.wrong.is_empty() {
        return page.done();
    }
    let shown = |text: &str| text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    page.block(format!("{}\n\n{}", style.paint(BOLD, "Wrong:"), shown(story.wrong)))
        .block(format!("{}\n\n{}", style.paint(BOLD, "Right:"), shown(story.right)))
        .done()
}

/// A code of the cloud, as `code` spells it, and what is near to it if only its family is known.
pub(super) fn cloud_code(
    code: &str,
    (product, row): (&str, &cloud_codes::Row),
    near: Option<&str>,
    style: Style,
) -> String {
    let spelled = row.codes.iter().find(|known| known.eq_ignore_ascii_case(code));
    let page = match (spelled, row.status) {
        (Some(code), Some(status)) => {
            Page::new(style).head(code).say("", &format!("An error code of {product}, HTTP status {status}."))
        }
        (Some(code), None) => Page::new(style).head(code).say("", &format!("An error code of {product}.")),
        (None, _) => {
            let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
            let family = "This very code is not documented; what follows goes for its family.";
            Page::new(style).head(code).say("", &format!("{family}{near}"))
        }
    };
    page.say("What it means", row.meaning)
        .say("Class", &capital(&format!("{}.", row.class.words())))
        .say("What cenform does", row.engine())
        .say("What to do", row.next)
        .done()
}

/// A kind with all its attributes.
pub(super) fn kind(schema: &Schema, style: Style) -> String {
    let kind = schema.kind;
    let section = kind.section();
    let language = config::json_schema();
    let (common, own): (Vec<_>, Vec<_>) =
        beside(&language, schema).into_iter().partition(|(name, _)| is_everywhere(&language, name));
    let common: Vec<String> = common.into_iter().map(|(name, _)| name).collect();
    let mut page = Page::new(style)
        .head(kind.as_str())
        .say("", schema.doc)
        .say("", &format!("Declared under {section}; its address is {kind}.NAME."))
        .block(table(schema.attributes.iter().filter(|attribute| attribute.only.is_empty())));
    let mut only: Vec<&[&str]> = Vec::new();
    for attribute in schema.attributes.iter().filter(|attribute| !attribute.only.is_empty()) {
        if !only.contains(&attribute.only) {
            only.push(attribute.only);
        }
    }
    for types in only {
        let words: Vec<String> = types.iter().map(|ty| (*ty).to_owned()).collect();
        page = page
            .say("", &format!("Only where type is {}:", either(&words)))
            .block(table(schema.attributes.iter().filter(|attribute| attribute.only == types)));
    }
    for (name, doc) in own {
        page = page.say("", &format!("{name}: {doc}"));
    }
    page = page.say("On every resource", &format!("{}. Expressions can also read id and status.", list(&common)));
    if !schema.natural_key.is_empty() {
        let particular = |name: &str| schema.attribute(name).is_some_and(|attribute| !attribute.only.is_empty());
        let (by_type, mut key): (Vec<_>, Vec<_>) =
            schema.natural_key.iter().map(|name| (*name).to_owned()).partition(|name| particular(name));
        key.extend((!by_type.is_empty()).then(|| either(&by_type)));
        page = page.say("", &format!("No two can have the same {}.", list(&key)));
    }
    if schema.holds_data {
        let gate = "Deleting one loses the logs in it, so it takes destroy or --allow-data-loss.";
        page = page.say("", gate);
    }
    page.say("", &format!("cenform explain {kind}.ATTRIBUTE tells more of one.")).done()
}

/// What stands at the end of a path into a kind: an attribute, also inside of another, or a key of every resource.
/// The error is the words that are known where the path goes wrong.
pub(super) fn attribute(schema: &Schema, path: &[&str], style: Style) -> Result<String, Vec<String>> {
    let language = config::json_schema();
    if let [name] = path
        && let Some((_, doc)) = beside(&language, schema).into_iter().find(|(beside, _)| beside == name)
    {
        let title = format!("{}.{name}", schema.kind);
        let mut page = Page::new(style).head(&title).say("", &doc);
        if is_everywhere(&language, name) {
            page = page.say("", "Every resource may have it.");
        }
        return Ok(page.done());
    }
    let mut attributes = schema.attributes;
    let mut found: Option<&Attribute> = None;
    let mut title = schema.kind.to_string();
    for name in path {
        found = attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let Some(attribute) = found else {
            return Err(attributes.iter().map(|attribute| attribute.name.to_owned()).collect());
        };
        title = format!("{title}.{}", attribute.name);
        attributes = inner(&attribute.ty);
    }
    let Some(attribute) = found else { return Err(Vec::new()) };
    Ok(attribute_page(&title, attribute, style))
}

fn attribute_page(title: &str, attribute: &Attribute, style: Style) -> String {
    let mut page = Page::new(style).head(title).say("", attribute.doc).say("Value", &words(&attribute.ty));
    page = page.say("Needed", &needed(attribute));
    let defaults: Vec<String> = attribute
        .defaults()
        .map(|(ty, default)| {
            let only = ty.map(|ty| format!(" where type is {ty}")).unwrap_or_default();
            format!("{}{only}", literal(&default))
        })
        .collect();
    if !defaults.is_empty() {
        page = page.say("Default", &format!("{}.", defaults.join("; ")));
    }
    if !attribute.only.is_empty() {
        let types: Vec<String> = attribute.only.iter().map(|ty| (*ty).to_owned()).collect();
        page = page.say("Types", &format!("Only where type is {}.", either(&types)));
    }
    page = page.say("A change", &change(attribute));
    if attribute.always_managed {
        page = page.say("", "It is managed even where the stack leaves it out.");
    }
    let inside = inner(&attribute.ty);
    if !inside.is_empty() {
        page = page.say("", "What is in it:").block(table(inside.iter()));
    }
    page.done()
}

/// The attributes inside of a value.
fn inner(ty: &Type) -> &'static [Attribute] {
    match ty {
        Type::Object(attributes) | Type::Index(attributes) => attributes,
        Type::Set { item, .. } | Type::Map(item) => inner(item),
        _ => &[],
    }
}

/// Whether resources of every kind may have this key.
fn is_everywhere(language: &Json, name: &str) -> bool {
    Kind::ALL.iter().all(|kind| language["$defs"][kind.as_str()]["properties"].get(name).is_some())
}

/// The keys that a resource of a kind may have beside its attributes, with what they are.
fn beside(language: &Json, schema: &Schema) -> Vec<(String, String)> {
    let properties = language["$defs"][schema.kind.as_str()]["properties"].as_object();
    let described = |value: &Json| find_description(value).unwrap_or_default();
    properties
        .into_iter()
        .flatten()
        .filter(|(name, _)| schema.attribute(name).is_none())
        .map(|(name, value)| (name.clone(), described(value)))
        .collect()
}

/// The first description in a schema, from the outside in.
fn find_description(schema: &Json) -> Option<String> {
    if let Some(text) = schema.get("description").and_then(Json::as_str) {
        return Some(text.to_owned());
    }
    schema.get("anyOf")?.as_array()?.iter().find_map(find_description)
}

/// Attributes as a table.
fn table<'a>(attributes: impl Iterator<Item = &'a Attribute>) -> String {
    let mut rows = vec![["ATTRIBUTE", "VALUE", "NEEDED", "DEFAULT", "A CHANGE"].map(str::to_owned)];
    rows.extend(attributes.map(|attribute| {
        let defaults: Vec<String> = attribute
            .defaults()
            .map(|(ty, default)| ty.map(|ty| format!("{ty}: ")).unwrap_or_default() + &literal(&default))
            .collect();
        let default = if defaults.is_empty() { "-".to_owned() } else { defaults.join(", ") };
        let change = match attribute.change {
            _ if !attribute.is_writable() => "-",
            Change::InPlace => "in place",
            Change::Replace => "replaces",
            Change::AtCreationOnly(_) => "no effect",
            Change::NotCompared => "-",
        };
        let needed = match attribute.presence {
            Presence::Required => "required",
            _ if attribute.is_writable() => "optional",
            _ => "read only",
        };
        [attribute.name.to_owned(), short(&attribute.ty), needed.to_owned(), default, change.to_owned()]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A type in a word or two.
fn short(ty: &Type) -> String {
    match ty {
        Type::Text(_) => "text".to_owned(),
        Type::Int(..) => "number".to_owned(),
        Type::OneOfInt(allowed) => allowed.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        Type::Bool => "true, false".to_owned(),
        Type::OneOf(allowed) => Some(allowed.join(", "))
            .filter(|words| words.len() <= WIDEST_VALUE)
            .unwrap_or_else(|| format!("one of {} words", allowed.len())),
        Type::Reference(kind) => format!("-> {kind}"),
        Type::Tags => "tags".to_owned(),
        Type::Set { .. } => "list".to_owned(),
        Type::Object(_) | Type::Map(_) => "map".to_owned(),
        Type::Index(_) => format!("{PRESET}, map"),
        Type::LogFormat => "list of fields".to_owned(),
    }
}

/// A type in words, without a capital: it may begin with what is to be written.
fn words(ty: &Type) -> String {
    match ty {
        Type::Text(rule) => format!("{}.", rule.words),
        Type::Int(from, to) => format!("a whole number from {from} to {to}."),
        Type::OneOfInt(allowed) => {
            format!("{}.", either(&allowed.iter().map(i64::to_string).collect::<Vec<_>>()))
        }
        Type::Bool => "true or false.".to_owned(),
        Type::OneOf(allowed) => format!("{}.", either(&allowed.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())),
        Type::Reference(kind) => {
            format!("the name of {} of the stack; in expressions, its id.", kind.one())
        }
        Type::Tags => "a map of text to text, at most 20.".to_owned(),
        Type::Set { item, min, max, key } => {
            let distinct = key.map(|key| format!(" No two have the same {key}.")).unwrap_or_default();
            format!("a list of {min} to {max} items, whose order does not matter.{distinct} An item is {}", words(item))
        }
        Type::Object(attributes) => {
            let names: Vec<String> = attributes.iter().map(|attribute| attribute.name.to_owned()).collect();
            format!("a map with {}.", list(&names))
        }
        Type::Map(item) => format!("a map of names to {}", words(item)),
        Type::Index(attributes) => {
            let names: Vec<String> = attributes.iter().map(|attribute| attribute.name.to_owned()).collect();
            format!(
                "the word {PRESET}, which makes every documented field of a flow log searchable, or a map with {}.",
                list(&names)
            )
        }
        Type::LogFormat => format!(
            "a list of field names, or the service's own form \"${{srcaddr}}${{dstaddr}}${{bytes}}\". Documented are {}.",
            list(&FIELDS.map(str::to_owned))
        ),
    }
}

fn needed(attribute: &Attribute) -> String {
    let from = |from: &[(&str, &str)]| {
        let places: Vec<String> = from.iter().map(|(reference, name)| format!("{reference}.{name}")).collect();
        either(&places)
    };
    match attribute.presence {
        Presence::Required => "Required.".to_owned(),
        Presence::Optional => "Optional.".to_owned(),
        Presence::Computed => "It cannot be written: the service tells it, and expressions can read it.".to_owned(),
        Presence::Derived { from: places, writable: true } => {
            format!("Optional. Left out, it is taken from {}.", from(places))
        }
        Presence::Derived { from: places, writable: false } => {
            format!("It cannot be written: it is taken from {}.", from(places))
        }
    }
}

fn change(attribute: &Attribute) -> String {
    match attribute.change {
        _ if !attribute.is_writable() => "It follows what it is taken from.".to_owned(),
        Change::InPlace => "Updates the object in place.".to_owned(),
        Change::Replace => "Replaces the object.".to_owned(),
        Change::AtCreationOnly(how) => format!("It counts when the object is created only. {how}"),
        Change::NotCompared => {
            "It is never compared with the cloud: it only counts for what cenform itself does.".to_owned()
        }
    }
}

/// A default as the YAML would write it.
fn literal(default: &Value) -> String {
    match default {
        Value::Text(text) if !text.is_empty() => text.clone(),
        other => Json::from(other).to_string(),
    }
}

/// `a`, `a or b`, `a, b or c`.
fn either(words: &[String]) -> String {
    match words {
        [start @ .., last] if !start.is_empty() => format!("{} or {last}", start.join(", ")),
        _ => words.concat(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The schema of the kind with this word: `flow_log`, or its section `flow_logs`.
pub(super) fn schema_of(word: &str) -> Option<&'static Schema> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word || kind.section() == word).map(registry::schema)
}
