//! One RPC call as the world sees it: who, when, with which parameters; and the actions' common form.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::state::World;
use crate::emulator::message::Refusal;

/// What a call gives: the fields of its answer but RequestId.
pub(super) type Outcome = Result<Map<String, Json>, Refusal>;

/// One call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The account that it acts for.
    pub(super) account: &'a str,
    /// When it is made.
    pub(super) now: Timestamp,
    /// Its parameters.
    pub(super) params: &'a Params,
}

/// What an action does to the world, and what is said about repeating and trying it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Action {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) run: fn(&mut World, &Call<'_>) -> Outcome,
    /// Whether it changes anything.
    pub(super) writes: bool,
    /// Whether a ClientToken makes it idempotent (cloud-api 3.4).
    pub(super) takes_token: bool,
    /// What `DryRun=true` does (cloud-api 3.5).
    pub(super) dry_run: DryRun,
}

/// What `DryRun=true` does when everything is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DryRun {
    /// The action has no such parameter.
    Unknown,
    /// It is refused with `DryRunOperation`.
    Refuses,
    /// It is answered like a real call.
    Answers,
}

type Run = fn(&mut World, &Call<'_>) -> Outcome;

impl Action {
    /// An action that only looks.
    pub(super) const fn read(name: &'static str, run: Run) -> Self {
        Self { name, run, writes: false, takes_token: false, dry_run: DryRun::Unknown }
    }

    /// An action that changes something, idempotent by ClientToken.
    pub(super) const fn write(name: &'static str, run: Run, dry_run: DryRun) -> Self {
        Self { name, run, writes: true, takes_token: true, dry_run }
    }

    /// An action that changes something and knows no ClientToken.
    pub(super) const fn write_without_token(name: &'static str, run: Run) -> Self {
        Self { name, run, writes: true, takes_token: false, dry_run: DryRun::Unknown }
    }
}

/// The fields of an answer from a JSON object.
pub(super) fn fields(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(fields) => fields,
        other => Map::from_iter([("Result".to_owned(), other)]),
    }
}

/// The parameters of a call, flattened (cloud-api 1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, String>);

/// One element of a repeated parameter: the fields by name; an element without fields has the name "".
pub(super) type Item<'a> = BTreeMap<&'a str, &'a str>;

impl Params {
    /// From names and values.
    pub const fn new(params: BTreeMap<String, String>) -> Self {
        Self(params)
    }

    /// All of them, in order.
    pub(super) const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// A parameter that may be empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that is there and not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.filled(name).ok_or_else(|| missing(name))
    }

    /// `true` or `false` in any case (official SDKs write both ways).
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.filled(name) {
            None => Ok(None),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(illegal(name)),
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, name: &str, bounds: RangeInclusive<usize>) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.filled(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        number.map(Some).ok_or_else(|| illegal(name))
    }

    /// The elements of `Name.1`, `Name.2.Field`, …: numbered from 1 without a gap, at most `max`.
    pub(super) fn list(&self, name: &str, max: usize) -> Result<Vec<Item<'_>>, Refusal> {
        let prefix = format!("{name}.");
        let mut items: BTreeMap<usize, Item<'_>> = BTreeMap::new();
        let parts = self.0.range(prefix.clone()..).map_while(|(key, value)| Some((key.strip_prefix(&prefix)?, value)));
        for (rest, value) in parts {
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            let index = index.parse().map_err(|_| illegal(name))?;
            items.entry(index).or_default().insert(field, value);
        }
        let numbered_from_one = items.keys().copied().eq(1..=items.len());
        if !numbered_from_one || items.len() > max {
            return Err(illegal(name));
        }
        Ok(items.into_values().collect())
    }

    /// The elements of a list of plain values.
    pub(super) fn words(&self, name: &str, max: usize) -> Result<Vec<&str>, Refusal> {
        self.list(name, max)?.into_iter().map(|item| item.get("").copied().ok_or_else(|| illegal(name))).collect()
    }
}

/// A required parameter is not there.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::of(400, format!("MissingParam.{name}"), format!("The parameter {name} is mandatory."))
}

/// A parameter has a value that it cannot have.
pub(super) fn illegal(name: &str) -> Refusal {
    Refusal::of(400, format!("IllegalParam.{name}"), format!("{name} is illegal."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn lists_are_numbered_from_one_without_a_gap() {
        let good = params(&[("Tag.1.Key", "a"), ("Tag.2.Key", "b"), ("Tag.10.Key", "x"), ("Tagged", "")]);
        assert_eq!(good.list("Tag", 20).unwrap_err().code, "IllegalParam.Tag");
        let good = params(&[("Tag.1.Key", "a"), ("Tag.1.Value", "1"), ("Tag.2.Key", "b"), ("TagKey.1", "z")]);
        let items = good.list("Tag", 20).unwrap();
        assert_eq!((items[0]["Value"], items[1]["Key"]), ("1", "b"));
        assert_eq!(good.list("Tag", 1).unwrap_err().code, "IllegalParam.Tag");
        assert_eq!(good.words("TagKey", 20).unwrap(), ["z"]);
        assert!(params(&[("Tag.one.Key", "a")]).list("Tag", 20).is_err());
    }

    #[test]
    fn booleans_and_numbers_are_read_as_official_sdks_write_them() {
        let given = params(&[("A", "True"), ("B", "false"), ("C", "yes"), ("D", "50"), ("E", "51")]);
        assert_eq!((given.flag("A"), given.flag("B"), given.flag("X")), (Ok(Some(true)), Ok(Some(false)), Ok(None)));
        assert_eq!(given.flag("C").unwrap_err().code, "IllegalParam.C");
        assert_eq!(given.number("D", 1..=50), Ok(Some(50)));
        assert_eq!(given.number("E", 1..=50).unwrap_err().code, "IllegalParam.E");
    }
}
