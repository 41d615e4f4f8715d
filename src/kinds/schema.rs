//! What a kind's attributes are, as data: the loader checks with it, the planner compares with it,
//! and the JSON Schema of the language is written from it.

use std::time::Duration;

use crate::base::text::printable;
use crate::model::action::Deed;
use crate::model::address::Kind;
use crate::model::value::{Attributes, Value};

/// The schema of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Which kind.
    pub kind: Kind,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// All attributes but `id` and `status`, which every kind has.
    pub attributes: &'static [Attribute],
    /// The attributes that no two objects can share (S13), those of all types together. Empty: nothing keeps two apart.
    pub natural_key: &'static [&'static str],
    /// How long its waits may take (cloud-api 11).
    pub timeouts: Durations,
    /// Where that depends on its `type`: the time-outs of these types.
    pub timeouts_by_type: &'static [(&'static str, Durations)],
    /// How long its changes usually take. Nothing published measures them: they are rough guesses, from when the
    /// Terraform provider first looks and when it gives up (cloud-api 11).
    pub usual: Durations,
    /// What it means that an object of it is deleted, in a few words; empty: nothing but that it is gone.
    pub deleted: &'static str,
    /// The same of one that is replaced.
    pub replaced: &'static str,
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

/// How long the changes of an object take, or may take.
#[derive(Debug, Clone, Copy)]
pub struct Durations {
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
    /// The documented default, which "no longer set" goes back to (S1); see [`Attribute::default_for`].
    default: Option<Literal>,
    /// Where that depends on the `type`: the defaults of these types.
    default_by_type: &'static [(&'static str, Literal)],
    /// Whether it is managed even where the YAML leaves it out (S2).
    pub always_managed: bool,
    /// Whether the create call can set it; otherwise an update follows the create.
    pub at_create: bool,
    /// The `type` values that have it; empty: all.
    pub only: &'static [&'static str],
    /// What it means, in a sentence or two.
    pub doc: &'static str,
    /// What a change of it means besides, in a few words, told from the value before and the one after.
    pub consequence: Option<Consequence>,
}

/// What a change from one value to another means, in a few words; `None` if it means nothing besides.
pub type Consequence = fn(&Value, &Value) -> Option<String>;

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
    /// A map of names to this.
    Map(&'static Type),
    /// A log format: a list of field names or the raw `${a}${b}` string. Its value is the raw string.
    LogFormat,
    /// The index of a logstore: the word `flow_log`, or an object with these attributes. Its value says nothing that
    /// is so anyway, and is the word wherever it is what the word stands for.
    Index(&'static [Attribute]),
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
            default_by_type: &[],
            always_managed: false,
            at_create: true,
            only: &[],
            doc,
            consequence: None,
        }
    }

    /// A change of it has a consequence that a reviewer should know.
    #[must_use]
    pub const fn means(mut self, consequence: Consequence) -> Self {
        self.consequence = Some(consequence);
        self
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

    /// Has another default where the `type` is one of these.
    #[must_use]
    pub const fn default_by_type(mut self, defaults: &'static [(&'static str, Literal)]) -> Self {
        self.default_by_type = defaults;
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

    /// Every documented default: the one of most types, then those of particular ones.
    pub fn defaults(&self) -> impl Iterator<Item = (Option<&'static str>, Value)> + use<> {
        let particular = self.default_by_type.iter().map(|(ty, default)| (Some(*ty), *default));
        self.default.map(|default| (None, default)).into_iter().chain(particular).map(|(ty, d)| (ty, d.value()))
    }

    /// The documented default of a resource whose `type` is `ty`.
    pub fn default_for(&self, ty: Option<&str>) -> Option<Value> {
        by_type(self.default_by_type, ty).copied().or(self.default).map(Literal::value)
    }

    /// The paths of what the YAML writes with this value (S1): the attribute, and each part inside it that could have
    /// been left out, such as `encryption.type` or `cidrs[10.0.0.0/24].publish`.
    pub fn written(&self, value: &Value) -> Vec<String> {
        let mut paths = vec![self.name.to_owned()];
        written_parts(&self.ty, self.name, value, &mut paths);
        paths
    }

    /// Whether a resource whose `type` is `ty` has it.
    pub fn applies_to(&self, ty: Option<&str>) -> bool {
        self.only.is_empty() || ty.is_some_and(|ty| self.only.contains(&ty))
    }
}

fn written_parts(ty: &Type, path: &str, value: &Value, paths: &mut Vec<String>) {
    match (ty, value) {
        (Type::Object(fields), Value::Map(entries)) => {
            for field in *fields {
                let Some(inner) = entries.get(field.name).filter(|inner| !inner.is_null()) else { continue };
                let path = field_path(path, field.name);
                written_parts(&field.ty, &path, inner, paths);
                if field.presence == Presence::Optional {
                    paths.push(path);
                }
            }
        }
        (Type::Set { item, key: Some(key), .. }, Value::List(items)) => {
            for inner in items {
                if let Some(name) = item_key(inner, key) {
                    written_parts(item, &item_path(path, name), inner, paths);
                }
            }
        }
        _ => {}
    }
}

/// The path of a field of what is at a path.
pub fn field_path(path: &str, field: &str) -> String {
    format!("{path}.{field}")
}

/// The path of the item with this key of the set at a path.
pub fn item_path(path: &str, key: &str) -> String {
    format!("{path}[{key}]")
}

/// What tells an item of a set apart, where it is known.
pub fn item_key<'a>(item: &'a Value, key: &str) -> Option<&'a str> {
    item.as_map()?.get(key)?.as_text()
}

impl Schema {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The time-outs of an object whose `type` is `ty`.
    pub fn timeouts_for(&self, ty: Option<&str>) -> Durations {
        by_type(self.timeouts_by_type, ty).copied().unwrap_or(self.timeouts)
    }

    /// How long a deed with an object usually takes, roughly.
    pub const fn usual_for(&self, deed: Deed) -> Duration {
        match deed {
            Deed::Create | Deed::Wait => self.usual.create,
            Deed::Update => self.usual.update,
            Deed::Delete => self.usual.delete,
            Deed::Record => Duration::ZERO,
        }
    }

    /// What an object has of the natural key, by attribute (S13). References to the same kind are the ends of one
    /// thing, which is the same from either end: they come in the same order, whichever is written first.
    pub fn natural_key_of<'a>(&self, attributes: &'a Attributes) -> Vec<(&'static str, &'a Value)> {
        let own = |name: &&'static str| Some((*name, attributes.get(*name).filter(|value| !value.is_null())?));
        let mut key: Vec<_> = self.natural_key.iter().filter_map(own).collect();
        key.sort_by_cached_key(|(name, value)| (self.rank(name), serde_json::Value::from(*value).to_string()));
        key
    }

    /// The place of an attribute in the natural key: of a reference, that of the first to its kind.
    fn rank(&self, name: &str) -> Option<usize> {
        let referred = |name: &str| match self.attribute(name)?.ty {
            Type::Reference(kind) => Some(kind),
            _ => None,
        };
        let kind = referred(name);
        self.natural_key.iter().position(|other| *other == name || (kind.is_some() && referred(other) == kind))
    }
}

/// The `type` among attributes.
pub fn type_of(attributes: &Attributes) -> Option<&str> {
    attributes.get("type").and_then(Value::as_text)
}

fn by_type<T>(rows: &'static [(&'static str, T)], ty: Option<&str>) -> Option<&'static T> {
    rows.iter().find(|(of, _)| Some(*of) == ty).map(|(_, row)| row)
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
