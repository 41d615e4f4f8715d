use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::prior::Moves;
use crate::base::text::shell_word;
use crate::model::action::{Action, Deed};
use crate::model::address::Address;
use crate::model::region::Region;
use crate::model::stack::Provider;
use crate::model::value::{Attributes, Value};

/// The version of the plan file format.
pub const FORMAT_VERSION: u32 = 1;

/// What apply will do: shown, saved and walked as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this file format.
    pub format_version: u32,
    /// `sha256:` and the digest over what the plan does (S15).
    pub digest: String,
    /// The lineage of the state that it was made from; empty without a state.
    pub lineage: String,
    /// The serial of that state; 0 without one.
    pub serial: u64,
    /// The account that it is for (S22).
    pub account_id: String,
    /// The accounts that the stack declares, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<String, PlannedAccount>,
    /// Whether it is for an emulator (S22).
    pub emulator: bool,
    /// The stack's directory or file, relative to the plan file.
    pub stack: String,
    /// What was said when planning (S29).
    pub words: Words,
    /// `provider` of the stack, which apply goes by.
    pub provider: Provider,
    /// The operations, sorted by address.
    pub operations: Vec<Operation>,
    /// What apply records of resources that need no operation: owned attributes and the like (S1).
    pub records: Vec<crate::state::Entry>,
    /// Last reads of `existing` objects.
    pub existing: Vec<crate::state::ExistingRead>,
    /// Objects that changed outside.
    pub drift: Vec<Drift>,
    /// Outputs that change.
    pub outputs: BTreeMap<String, OutputChange>,
    /// Things to know that are no changes (S1, S4).
    pub notes: Vec<Note>,
    /// How long logging pauses, about, where a flow log makes room for its successor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Note>,
    /// What `--target` and `--exclude` have left out (S20): neither planned nor recorded, and its drift is not shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<Address>,
    /// The resources that operations refer to, by id: what a reader knows them as.
    pub names: BTreeMap<String, Address>,
    /// The mutating calls that it will cost, at least: a list that changes item by item costs one an item.
    pub writes: usize,
    /// How many seconds that usually takes on Alibaba Cloud, roughly.
    pub seconds: u64,
}

/// An account that a stack declares, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedAccount {
    /// The profile that gives its credentials; `None`: the stack does, and is asked for them when the plan is applied.
    pub profile: Option<String>,
    /// The account id that they turned out to be; `None` if the plan does not use them.
    pub account_id: Option<String>,
}

/// What was said when planning; its apply asks for none again (S29).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// `--destroy`.
    pub destroy: bool,
    /// `--allow-data-loss`.
    pub allow_data_loss: bool,
    /// `--refresh-only`: only what was changed outside is recorded (S17).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refresh_only: bool,
    /// `--accept-gone`: what may have vanished, with what lives in it (S7).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accept_gone: BTreeSet<Address>,
    /// `--max-destroy`: instead of what the stack says.
    pub max_destroy: Option<usize>,
    /// `--replace`: what is replaced whatever differs.
    pub replace: BTreeSet<Address>,
    /// `--target`: what the plan is about, with what that needs; empty: everything (S20). One without a key stands for
    /// all instances.
    pub targets: BTreeSet<Address>,
    /// `--exclude`: what the plan is not about, with what needs that (S20).
    pub excludes: BTreeSet<Address>,
}

impl Words {
    /// What was said, as the flags that say it.
    pub fn flags(&self) -> Vec<String> {
        let Self { destroy, allow_data_loss, refresh_only, accept_gone, max_destroy, replace, targets, excludes } =
            self;
        let said = [("--destroy", destroy), ("--refresh-only", refresh_only), ("--allow-data-loss", allow_data_loss)];
        let said = said.into_iter().filter(|(_, said)| **said).map(|(flag, _)| flag.to_owned());
        let named =
            [("--accept-gone", accept_gone), ("--replace", replace), ("--target", targets), ("--exclude", excludes)];
        let named = named.into_iter().flat_map(|(flag, addresses)| {
            addresses.iter().map(move |address| format!("{flag} {}", shell_word(&address.to_string())))
        });
        let max = max_destroy.map(|max| format!("--max-destroy {max}"));
        said.chain(named).chain(max).collect()
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Of which resource.
    pub address: Address,
    /// What it does.
    pub action: Action,
    /// What happens to it in the state alone, by itself or beside the rest.
    #[serde(default, skip_serializing_if = "Besides::is_nothing")]
    pub besides: Besides,
    /// The object it is about; `None` for a create.
    pub id: Option<String>,
    /// The account it is in.
    pub account_id: String,
    /// The name of the credentials.
    pub account: Option<String>,
    /// Its region.
    pub region: Option<Region>,
    /// The managed attributes as they are; empty for a create.
    pub before: Attributes,
    /// The managed attributes as they will be, unknown leaves with their expression (S10); empty for a delete.
    pub after: Attributes,
    /// What differs, and why.
    pub differences: Vec<Difference>,
    /// The old objects that interrupted replacements left behind and that are deleted as well, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_overs: Vec<String>,
    /// Why the resource is deleted or replaced, where no difference says it.
    pub because: Option<String>,
    /// Why it is replaced though no attribute forces that.
    pub cause: Option<Cause>,
    /// What the state will record as owned.
    pub owned: BTreeSet<String>,
    /// What the state will record as dependencies.
    pub dependencies: BTreeSet<Address>,
    /// What the state will record as protected.
    pub protected: bool,
    /// Deeds that must be done before each of this operation's deeds.
    pub after_deeds: BTreeMap<Deed, Vec<Target>>,
    /// Time-outs in seconds where the stack sets them: (create, update, delete).
    pub timeouts: BTreeMap<Deed, u64>,
}

/// What happens to a resource in the state alone (S17): it is all that an operation does, or goes with the rest of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Besides {
    /// The address that it had before (S19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Address>,
    /// Whether its object is taken into the state.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub importing: bool,
    /// Whether `lifecycle.prevent_destroy` is switched on or off (S18); `None`: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protecting: Option<bool>,
}

impl Besides {
    /// Whether nothing of the kind happens.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a resource is replaced though no attribute forces that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// `--replace` asks for it.
    Requested,
    /// `lifecycle.replace_triggered_by` names this resource, which the plan updates or replaces.
    TriggeredBy(Address),
    /// An earlier run has begun to delete the object.
    HalfDeleted,
}

/// A deed of an operation, as a node of the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Of which resource.
    pub address: Address,
    /// Which deed.
    pub deed: Deed,
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The attribute, and the way into it.
    pub path: Vec<PathStep>,
    /// As it is.
    pub before: Value,
    /// As it will be.
    pub after: Value,
    /// Why.
    pub reason: Reason,
    /// Whether it forces a replacement.
    pub forces_replacement: bool,
}

/// Something that is no longer as a saved plan shows it (S16).
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Of which resource.
    pub address: Address,
    /// Of which object.
    pub id: String,
    /// The attribute, or the part of one; `None`: whether the object is there at all.
    pub attribute: Option<String>,
    /// As it was when the plan was made.
    pub planned: Value,
    /// As it is now.
    pub now: Value,
    /// As the plan would make it.
    pub after: Value,
}

/// One step of a path into an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathStep {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl PathStep {
    /// A path as text: `tags.team`, `cidrs[10.0.0.0/24].name`.
    pub fn join(path: &[Self]) -> String {
        let step = |step: &Self| match step {
            Self::Key(key) if key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) => format!(".{key}"),
            Self::Key(key) => format!("[{key}]"),
            Self::Index(index) => format!("[{index}]"),
        };
        path.iter().map(step).collect::<String>().trim_start_matches('.').to_owned()
    }
}

/// Why an attribute differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The YAML asks for something else than at the last apply.
    ChangedInYaml,
    /// The object was changed outside since the last apply.
    Drifted,
    /// The YAML no longer sets it: it goes back to its documented default (S1).
    NoLongerSet,
    /// It follows an object that is replaced.
    ReferenceReplaced(Address),
    /// It is set for the first time.
    NewlySet,
}

/// An object that was changed outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Which.
    pub address: Address,
    /// Its cloud id.
    pub id: String,
    /// Whether it is gone.
    pub gone: bool,
    /// Whether it is not the resource's object but an old one that an interrupted replacement left behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_over: bool,
    /// What differs: before is what the state remembers, after what the cloud shows.
    pub differences: Vec<Difference>,
}

/// An output that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputChange {
    /// As it is in the state; `null` if it is new.
    pub before: Value,
    /// As it will be; `null` if it goes.
    pub after: Value,
}

/// Something to know that is no change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// About which resource.
    pub address: Option<Address>,
    /// A sentence.
    pub message: String,
}

/// Why something that nothing declares any more is deleted.
pub fn no_longer_declared(address: &Address) -> String {
    format!("{address} is no longer in the stack")
}

/// A gate that refuses the plan (S18, S29): exit 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What of the plan it refuses, sorted.
    pub addresses: Vec<Address>,
    /// Which gate, in a sentence, and what would let the plan through.
    pub message: String,
}

/// The counts of the summary line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// To add.
    pub add: usize,
    /// To change.
    pub change: usize,
    /// To destroy.
    pub destroy: usize,
}

impl Plan {
    /// Counts as Terraform does: a replacement is one to add and one to destroy.
    pub fn summary(&self) -> Summary {
        self.operations.iter().fold(Summary::default(), |sum, operation| Summary {
            add: sum.add + usize::from(operation.action.creates()),
            change: sum.change + usize::from(operation.action == Action::Update),
            destroy: sum.destroy + usize::from(operation.action.deletes()),
        })
    }

    /// The moves that the state makes before anything else (S19).
    pub fn moves(&self) -> Moves {
        let moved = |operation: &Operation| Some((operation.besides.previous.clone()?, operation.address.clone()));
        self.operations.iter().filter_map(moved).collect()
    }

    /// How many objects the state takes over, and how many it forgets (S17).
    pub fn recorded(&self) -> (usize, usize) {
        let count = |is_such: fn(&&Operation) -> bool| self.operations.iter().filter(is_such).count();
        (count(|operation| operation.besides.importing), count(|operation| operation.action == Action::Forget))
    }

    /// Whether there is nothing to do: no operation and no output that changes. Drift alone is nothing to do, but to
    /// record where that is all that is wanted (S17).
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.outputs.is_empty() && self.accepted().is_empty()
    }

    /// The drift that is to be recorded as it is (S17).
    pub fn accepted(&self) -> &[Drift] {
        if self.words.refresh_only { &self.drift } else { &[] }
    }
}
