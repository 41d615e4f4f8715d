//! What the YAML describes, after variables, locals and references are resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::region::Region;
use super::value::{Attributes, Value};
use crate::base::secret::Secret;

/// A stack: every declared resource and output.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// The directory of the stack.
    pub directory: PathBuf,
    /// `provider:`.
    pub provider: Provider,
    /// `accounts:` by name.
    pub accounts: BTreeMap<String, DeclaredAccount>,
    /// The resources by address.
    pub resources: BTreeMap<Address, Resource>,
    /// The outputs by name.
    pub outputs: BTreeMap<String, Output>,
    /// `moved`: where what was at the first of two addresses is now (S19). No two have the same first or second one, and
    /// they lead to no circle.
    pub moved: BTreeMap<Address, Address>,
    /// `removed`: what is to be forgotten rather than destroyed (S19). None of it is declared.
    pub removed: BTreeSet<Address>,
    /// `imports`: the ids of objects that the declared resources take over (S17); `None`: looked up by the natural key.
    pub imports: BTreeMap<Address, Option<String>>,
    /// `gates:`.
    pub limits: Limits,
}

impl Stack {
    /// Where what was at an address is now: its moves followed to the last; `None` if none of them is its (S19). A
    /// resource that moves as a whole takes its instances along.
    pub fn moved_to(&self, address: &Address) -> Option<Address> {
        let mut at = None;
        // No chain is longer than there are moves; what goes on beyond is a circle of single instances.
        for _ in 0..=self.moved.len() {
            let Some(next) = self.next_of(at.as_ref().unwrap_or(address)) else { return at };
            at = Some(next);
        }
        None
    }

    fn next_of(&self, address: &Address) -> Option<Address> {
        if let Some(to) = self.moved.get(address) {
            return Some(to.clone());
        }
        let whole = self.moved.get(&address.without_key()).filter(|to| to.key.is_none())?;
        Some(Address { key: address.key.clone(), ..whole.clone() })
    }

    /// Whether an address is to be forgotten; a resource without its key stands for all of its instances (S19).
    pub fn is_removed(&self, address: &Address) -> bool {
        self.removed.contains(address) || self.removed.contains(&address.without_key())
    }
}

/// `gates:` of a stack: how much a plan may do. What is `None` has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most objects that may be destroyed without a successor.
    pub max_destroy: Option<usize>,
    /// The most objects that may be replaced.
    pub max_replace: Option<usize>,
}

/// One of `accounts:`.
#[derive(Debug, Clone)]
pub struct DeclaredAccount {
    /// Where its credentials come from.
    pub source: CredentialsSource,
    /// The account id that they must turn out to be: 16 digits.
    pub id: Option<String>,
}

/// Where the credentials of an account come from.
#[derive(Debug, Clone)]
pub enum CredentialsSource {
    /// A profile of the Alibaba Cloud CLI, by its name.
    Profile(String),
    /// An access key that the stack itself gives.
    Key(DeclaredKey),
}

/// An access key that a stack gives.
#[derive(Debug, Clone)]
pub struct DeclaredKey {
    /// The access key id.
    pub id: String,
    /// The access key secret.
    pub secret: Secret,
    /// The STS token of a temporary key.
    pub token: Option<Secret>,
}

/// `provider:` of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The region of what has none.
    pub region: Option<Region>,
    /// How long a read may contradict an acknowledged write before it is believed (S6).
    /// Left out: a minute, and none against an emulator.
    pub settle_window: Option<Duration>,
    /// How long a ClientToken may be sent again (S24).
    pub token_window: Duration,
    /// Tags that stay out of every comparison.
    pub ignore_tags: IgnoreTags,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            region: None,
            settle_window: None,
            token_window: Duration::from_mins(10),
            ignore_tags: IgnoreTags::default(),
        }
    }
}

impl Provider {
    /// How long a read may contradict an acknowledged write before it is believed (S6).
    pub fn settle_window(&self, emulator: bool) -> Duration {
        self.settle_window.unwrap_or(if emulator { Duration::ZERO } else { Duration::from_mins(1) })
    }
}

/// `provider.ignore_tags` (S3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoreTags {
    /// Exact keys.
    pub keys: BTreeSet<String>,
    /// Beginnings of keys.
    pub prefixes: BTreeSet<String>,
}

impl IgnoreTags {
    /// Whether a tag with this key is the service's or somebody else's by declaration (S3).
    pub fn ignores(&self, key: &str) -> bool {
        key.starts_with("acs:")
            || key.starts_with("aliyun")
            || self.keys.contains(key)
            || self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

/// One declared resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its address.
    pub address: Address,
    /// Where it lives; `None` for a CEN, which is global.
    pub region: Option<Region>,
    /// The name of the credentials that make its calls; `None` for the default chain.
    pub account: Option<String>,
    /// Set when the object is managed by someone else (S5).
    pub existing: Option<Existing>,
    /// The desired attributes. A reference is the unknown `${kind.name.id}` of its target; default
    /// tags are merged in; nulls are left out; what a kind derives from its references is present.
    pub attributes: Attributes,
    /// Which of `attributes` the YAML itself wrote, and which parts inside them: what the state records as owned (S1).
    pub owned: BTreeSet<String>,
    /// The resources that `attributes` refers to, in references and in expressions.
    pub references: Vec<Reference>,
    /// `depends_on`.
    pub depends_on: BTreeSet<Address>,
    /// `lifecycle`.
    pub lifecycle: Lifecycle,
    /// `timeouts`.
    pub timeouts: Timeouts,
}

/// An object that is managed by someone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// By its cloud id.
    Id(String),
    /// By its name.
    Name(String),
}

/// One use of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The attribute that uses it.
    pub attribute: String,
    /// The resource that is used.
    pub target: Address,
    /// Whether replacing the target replaces the user too (S11).
    pub identity: bool,
}

/// `lifecycle:` of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// The resource must not be destroyed (S18).
    pub prevent_destroy: bool,
    /// A replacement creates first (S13).
    pub create_before_destroy: bool,
    /// What is not compared once the object is there: each the steps to an attribute, or to a part of one.
    pub ignore_changes: BTreeSet<Vec<String>>,
    /// The resources with which this one is replaced, when a plan updates or replaces them.
    pub replace_triggered_by: BTreeSet<Address>,
}

/// `timeouts:` of a resource; what is not set is the kind's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a create may take until it has settled.
    pub create: Option<Duration>,
    /// How long an update may take until it has settled.
    pub update: Option<Duration>,
    /// How long a delete may take until the object is gone.
    pub delete: Option<Duration>,
}

/// One output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The value; unknown until the resources that it uses are there.
    pub value: Value,
    /// `description`.
    pub description: Option<String>,
    /// The resources that it uses.
    pub uses: BTreeSet<Address>,
}

impl Resource {
    /// Every resource that must be there before this one: references, `depends_on` and what triggers its replacement.
    pub fn dependencies(&self) -> BTreeSet<Address> {
        self.references
            .iter()
            .map(|reference| reference.target.clone())
            .chain(self.depends_on.iter().chain(&self.lifecycle.replace_triggered_by).cloned())
            .collect()
    }
}

/// Whether a text is an account id: 16 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}
