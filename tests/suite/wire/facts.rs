//! The facts of the APIs as data, and holding requests against them.
//!
//! `tests/data/api-meta.json` is made by a machine from the official SDKs; `tests/data/api-meta-more.json` has what that
//! lacks, with its source. The tests of the kinds read this file, too.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The facts of all products.
pub(super) struct Facts(pub(super) Json);

/// The facts of one action.
#[derive(Clone, Copy)]
pub(super) struct Fact<'a> {
    /// What the files say of it.
    pub(super) json: &'a Json,
    action: &'a str,
    values: &'a Json,
}

/// Names with their values.
type Entries<'a> = Vec<(&'a str, &'a str)>;

impl Facts {
    /// Both files in one.
    pub(super) fn read() -> Self {
        let mut facts: Json = serde_json::from_str(include_str!("../../data/api-meta.json")).unwrap();
        let more: Json = serde_json::from_str(include_str!("../../data/api-meta-more.json")).unwrap();
        for (product, more) in more["products"].as_object().unwrap() {
            let there = &mut facts["products"][product];
            for (name, value) in more.as_object().unwrap().iter().filter(|(name, _)| *name != "actions") {
                there[name] = value.clone();
            }
            for (action, more) in more["actions"].as_object().unwrap() {
                match there["actions"][action]["params"].as_array_mut() {
                    Some(params) => params.extend(more["params"].as_array().unwrap().iter().cloned()),
                    None => there["actions"][action] = more.clone(),
                }
            }
        }
        facts["values"] = more["values"].clone();
        Self(facts)
    }

    /// An action of a product, if there is one of this name.
    pub(super) fn action<'a>(&'a self, product: &str, action: &'a str) -> Option<Fact<'a>> {
        let json = self.0["products"][product]["actions"].get(action)?;
        Some(Fact { json, action, values: &self.0["values"][product] })
    }
}

impl<'a> Fact<'a> {
    /// A parameter, if the action has it.
    pub(super) fn param(&self, name: &str) -> Option<&'a Json> {
        self.json["params"].as_array()?.iter().find(|param| param["name"] == name)
    }

    /// All that is wrong with the parameters of an RPC call.
    pub(super) fn wrong_params(&self, params: &[(String, String)]) -> Vec<String> {
        let mut wrong = Vec::new();
        let groups = grouped(params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        for (name, entries) in &groups {
            match self.param(name) {
                Some(param) => self.flattened(entries, param, name, &mut wrong),
                None => wrong.push(format!("it has no parameter {name}")),
            }
        }
        wrong.extend(self.missing(|param, _| !groups.contains_key(param)));
        self.named(wrong)
    }

    /// All that is wrong with query and body of a REST call.
    pub(super) fn wrong_fields(&self, query: &[(String, String)], body: Option<&Json>) -> Vec<String> {
        let mut wrong = Vec::new();
        let is_in = |name: &str, place| self.param(name).filter(|param| param["in"] == place);
        for (position, (name, value)) in query.iter().enumerate() {
            if query[..position].iter().any(|(other, _)| other == name) {
                wrong.push(format!("{name} is there twice"));
            }
            match is_in(name, "query") {
                Some(param) => self.flattened(&[("", value)], param, name, &mut wrong),
                None => wrong.push(format!("its query has no {name}")),
            }
        }
        let no_fields = serde_json::Map::new();
        let fields = body.map_or(Some(&no_fields), Json::as_object).unwrap_or_else(|| {
            wrong.push("its body is no object".to_owned());
            &no_fields
        });
        for (name, value) in fields {
            match is_in(name, "body") {
                Some(param) => self.typed(value, param, name, &mut wrong),
                None => wrong.push(format!("its body has no {name}")),
            }
        }
        wrong.extend(self.missing(|name, place| match place {
            "body" => !fields.contains_key(name),
            "query" => !query.iter().any(|(given, _)| given == name),
            _ => false,
        }));
        self.named(wrong)
    }

    fn named(&self, wrong: Vec<String>) -> Vec<String> {
        wrong.into_iter().map(|wrong| format!("{}: {wrong}", self.action)).collect()
    }

    /// The required parameters that are not there.
    fn missing(&self, is_missing: impl Fn(&str, &str) -> bool) -> Vec<String> {
        let params = self.json["params"].as_array().into_iter().flatten();
        let name = |param: &'a Json| param["name"].as_str().unwrap_or_default();
        params
            .filter(|param| param["required"] == true)
            .filter(|param| is_missing(name(param), param["in"].as_str().unwrap_or_default()))
            .map(|param| format!("it needs {}", name(param)))
            .collect()
    }

    /// Holds the text of a parameter, or of the parts of a flattened one, against its type.
    fn flattened(&self, entries: &[(&str, &str)], fact: &Json, place: &str, wrong: &mut Vec<String>) {
        let ty = fact["type"].as_str().unwrap_or_default();
        let is_text = fact["encoding"] == "json-string";
        if !is_text && matches!(ty, "array" | "object") {
            return self.parts(entries, fact, place, wrong);
        }
        let [("", value)] = entries else {
            return wrong.push(format!("{place} is given as {entries:?}"));
        };
        if is_text {
            return match serde_json::from_str(value) {
                Ok(json) => self.typed(&json, fact, place, wrong),
                Err(_) => wrong.push(format!("{place} is no JSON: {value}")),
            };
        }
        let fits = match ty {
            "string" => true,
            "integer" => value.parse::<i64>().is_ok_and(|number| number.to_string() == **value),
            "boolean" => matches!(*value, "true" | "false"),
            _ => false,
        };
        if fits {
            self.one_of(value, place, wrong);
        } else {
            wrong.push(format!("{place} is no {ty}: {value}"));
        }
    }

    /// Holds the parts of a list or object against their types.
    fn parts(&self, entries: &[(&str, &str)], fact: &Json, place: &str, wrong: &mut Vec<String>) {
        let parts = grouped(entries.iter().copied());
        if parts.contains_key("") {
            return wrong.push(format!("{place} is given as {entries:?}"));
        }
        if fact["type"] == "array" {
            for number in 1..=parts.len() {
                match parts.get(number.to_string().as_str()) {
                    Some(entries) => self.flattened(entries, &fact["items"], place, wrong),
                    None => wrong.push(format!("{place} has {} items and none with the number {number}", parts.len())),
                }
            }
            return;
        }
        for (name, entries) in parts {
            match fact["fields"].get(name) {
                Some(field) => self.flattened(&entries, field, &format!("{place}.{name}"), wrong),
                None => wrong.push(format!("{place} has no {name}")),
            }
        }
    }

    /// Holds a JSON value against its type.
    fn typed(&self, value: &Json, fact: &Json, place: &str, wrong: &mut Vec<String>) {
        match (fact["type"].as_str().unwrap_or_default(), value) {
            ("string", Json::String(text)) => self.one_of(text, place, wrong),
            ("integer", Json::Number(number)) if number.is_i64() => {}
            ("boolean", Json::Bool(_)) => {}
            ("array", Json::Array(items)) => {
                for item in items {
                    self.typed(item, &fact["items"], place, wrong);
                }
            }
            ("map", Json::Object(entries)) => {
                for item in entries.values() {
                    self.typed(item, &fact["values"], place, wrong);
                }
            }
            ("object", Json::Object(entries)) => {
                for (name, value) in entries {
                    match fact["fields"].get(name) {
                        Some(field) => self.typed(value, field, &format!("{place}.{name}"), wrong),
                        None => wrong.push(format!("{place} has no {name}")),
                    }
                }
            }
            (ty, value) => wrong.push(format!("{place} is no {ty}: {value}")),
        }
    }

    /// Holds a text against the values that its place takes.
    fn one_of(&self, text: &str, place: &str, wrong: &mut Vec<String>) {
        let values = self.values.get(format!("{} {place}", self.action)).or_else(|| self.values.get(place));
        if let Some(Json::Array(values)) = values
            && !values.iter().any(|value| value == text)
        {
            wrong.push(format!("{place} is none of its values: {text}"));
        }
    }
}

/// Parameters by the first part of their names.
fn grouped<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<&'a str, Entries<'a>> {
    let mut groups = BTreeMap::<_, Entries<'a>>::new();
    for (name, value) in entries {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        groups.entry(first).or_default().push((rest, value));
    }
    groups
}
