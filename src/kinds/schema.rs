//! What a kind's attributes are, as data: the loader checks with it, the planner compares with it,
//! and the JSON Schema of the language is written from it.

use std::time::Duration;

use crate::base::text::printable;
use crate::model::address::Kind;
use crate::model::value::{Attributes, Value};

/// The schema of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Which kind.
    pub kind: Kind,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// The version of the attribute set, kept with each state entry.
    pub version: u32,
    /// All attributes but `id` and `status`, which every kind has.
    pub attributes: &'static [Attribute],
    /// The attributes that no two objects can share (S13). Empty: nothing keeps two apart.
    pub natural_key: &'static [&'static str],
    /// How long its waits may take (cloud-api 11).
    pub timeouts: KindTimeouts,
    /// Whether deleting it destroys data (S29).
    pub holds_data: bool,
    /// Whether its update sends the whole object, so that the live one is read right before (S4).
    pub whole_object_update: bool,
    /// The rules between attributes. Unknown values pass; they are checked again once known (S10).
    pub rules: fn(&Attributes) -> Vec<Violation>,
}

/// A broken rule between attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The attribute at fault.
    pub attribute: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do, in a sentence.
    pub help: String,
}

/// The tags that Log Service refuses although CEN takes them: those without a value (cloud-api 6.2, 8.3).
pub fn empty_tags(attributes: &Attributes) -> Vec<Violation> {
    let tags = attributes.get("tags").and_then(Value::as_map).into_iter().flatten();
    let empty = tags.filter(|(_, value)| value.as_text() == Some(""));
    empty
        .map(|(key, _)| Violation {
            attribute: "tags",
            message: format!("The tag {} has no value, and tags in Log Service must have one.", printable(key)),
            help: "Give it a value, also where it comes from default_tags, or take it out.".to_owned(),
        })
        .collect()
}

/// The account that owns the network of an attachment, if the engine grants the attachment with its credentials.
pub fn granting_owner(attributes: &Attributes) -> Option<&str> {
    let grants = attributes.get("grant").and_then(Value::as_bool) == Some(true);
    attributes.get("owner").and_then(Value::as_text).filter(|_| grants)
}

/// The time-outs of a kind.
#[derive(Debug, Clone, Copy)]
pub struct KindTimeouts {
    /// Until a new object has settled.
    pub create: Duration,
    /// Until an update has settled.
    pub update: Duration,
    /// Until a deleted object is gone.
    pub delete: Duration,
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name in YAML.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Whether it must, may or cannot be written.
    pub presence: Presence,
    /// What a change of it does.
    pub change: Change,
    /// The documented default, which "no longer set" goes back to (S1).
    pub default: Option<Literal>,
    /// Whether it is managed even where the YAML leaves it out (S2).
    pub always_managed: bool,
    /// Whether the create call can set it; otherwise an update follows the create.
    pub at_create: bool,
    /// The `type` values that have it; empty: all.
    pub only: &'static [&'static str],
    /// What it means, in a sentence or two.
    pub doc: &'static str,
}

/// Whether an attribute must, may or cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Must be written.
    Required,
    /// May be written.
    Optional,
    /// Cannot be written; the service tells it.
    Computed,
    /// Taken from the resources that are referred to, the first of which is set: (reference attribute, its attribute).
    /// Cannot be written unless `writable`.
    Derived {
        /// Where from.
        from: &'static [(&'static str, &'static str)],
        /// Whether the YAML may write it instead.
        writable: bool,
    },
}

/// What changing an attribute does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Updates the object in place.
    InPlace,
    /// Replaces the object.
    Replace,
    /// Nothing: it counts at creation only, and a later difference is a note.
    /// How else it can be changed, in a sentence.
    AtCreationOnly(&'static str),
    /// Nothing: it counts only for the engine itself or when deleting, and is never compared.
    NotCompared,
}

/// A default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text.
    Text(&'static str),
    /// An empty map.
    EmptyMap,
    /// An empty list.
    EmptyList,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Text under a rule.
    Text(&'static TextRule),
    /// A whole number from..=to.
    Int(i64, i64),
    /// One of some numbers.
    OneOfInt(&'static [i64]),
    /// A truth value.
    Bool,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// The name of a resource of this kind; its value is that resource's id.
    Reference(Kind),
    /// Tags: a map of text to text.
    Tags,
    /// A list without an order, so that a moved item is no difference.
    Set {
        /// What each item holds.
        item: &'static Type,
        /// The fewest items.
        min: usize,
        /// The most items.
        max: usize,
        /// The field of an item that no two items share, if items are objects.
        key: Option<&'static str>,
    },
    /// An object with these attributes.
    Object(&'static [Attribute]),
    /// A log format: a list of field names or the raw `${a}${b}` string. Its value is the raw string.
    LogFormat,
}

/// A rule for text.
#[derive(Debug)]
pub struct TextRule {
    /// The rule in words, to go after "must be": `3 to 63 characters of a-z, 0-9 and -`.
    pub words: &'static str,
    /// The rule as an ECMA-262 regular expression.
    pub pattern: &'static str,
    /// The rule itself.
    pub check: fn(&str) -> bool,
}

impl Attribute {
    /// An optional attribute that is changed in place.
    pub const fn new(name: &'static str, ty: Type, doc: &'static str) -> Self {
        Self {
            name,
            ty,
            presence: Presence::Optional,
            change: Change::InPlace,
            default: None,
            always_managed: false,
            at_create: true,
            only: &[],
            doc,
        }
    }

    /// Must be written.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// Cannot be written; never compared.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.presence = Presence::Computed;
        self.change = Change::NotCompared;
        self
    }

    /// Cannot be written; taken from a referred resource and, because it follows it, never compared.
    #[must_use]
    pub const fn derived(mut self, from: &'static [(&'static str, &'static str)]) -> Self {
        self.presence = Presence::Derived { from, writable: false };
        self.change = Change::NotCompared;
        self
    }

    /// Taken from a referred resource where the YAML does not write it.
    #[must_use]
    pub const fn or_derived(mut self, from: &'static [(&'static str, &'static str)]) -> Self {
        self.presence = Presence::Derived { from, writable: true };
        self
    }

    /// Changing it replaces the object.
    #[must_use]
    pub const fn replaces(mut self) -> Self {
        self.change = Change::Replace;
        self
    }

    /// Changing it does something else.
    #[must_use]
    pub const fn changes(mut self, change: Change) -> Self {
        self.change = change;
        self
    }

    /// Has a documented default.
    #[must_use]
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// Is managed even where the YAML leaves it out.
    #[must_use]
    pub const fn always(mut self) -> Self {
        self.always_managed = true;
        self
    }

    /// Cannot be set by the create call.
    #[must_use]
    pub const fn after_create(mut self) -> Self {
        self.at_create = false;
        self
    }

    /// Only for these `type` values.
    #[must_use]
    pub const fn only(mut self, types: &'static [&'static str]) -> Self {
        self.only = types;
        self
    }

    /// Whether the YAML may write it.
    pub const fn is_writable(&self) -> bool {
        match self.presence {
            Presence::Required | Presence::Optional => true,
            Presence::Computed => false,
            Presence::Derived { writable, .. } => writable,
        }
    }

    /// Whether a resource whose `type` is `ty` has it.
    pub fn applies_to(&self, ty: Option<&str>) -> bool {
        self.only.is_empty() || ty.is_some_and(|ty| self.only.contains(&ty))
    }
}

impl Schema {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl Literal {
    /// The default as a value.
    pub fn value(self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(truth),
            Self::Int(number) => Value::Int(number),
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::EmptyMap => Value::Map(std::collections::BTreeMap::new()),
            Self::EmptyList => Value::List(Vec::new()),
        }
    }
}
