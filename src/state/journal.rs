//! The journal: what apply is about to do and has done (S23).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, State};
use crate::model::action::Deed;
use crate::model::address::Address;
use crate::model::region::Region;
use crate::model::value::Attributes;

/// One record of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The first record of every journal: which state it continues.
    Begin(Begin),
    /// A mutating call is about to be sent.
    Intent(Intent),
    /// The answer to an intent's call is known.
    Outcome(Outcome),
    /// The state's entry is now this.
    Entry(Box<Entry>),
    /// The state's entry is gone.
    Gone {
        /// Whose.
        address: Address,
    },
    /// What the state has under an address is under another one now, and so is whatever else names it (S19).
    Moved {
        /// Where it was.
        from: Address,
        /// Where it is.
        to: Address,
    },
    /// A write was acknowledged: reads may contradict it for a while (S6).
    Wrote(Wrote),
}

/// The format of journals that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// Which state a journal continues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The format of the journal. The first journals do not name theirs.
    #[serde(default = "first")]
    pub version: u64,
    /// The lineage of the state.
    pub lineage: String,
    /// The serial of the state that the journal is folded onto.
    pub serial: u64,
    /// The account.
    pub account_id: String,
    /// Whether it is an emulator's.
    pub emulator: bool,
    /// Which holding of the lock began the journal. The lock writes it; what it is given may leave it empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
}

/// The format of a journal that does not name it.
const fn first() -> u64 {
    1
}

impl Begin {
    /// The beginning of a journal that continues `state`, whoever begins it.
    pub fn of(state: &State) -> Self {
        Self {
            version: VERSION,
            lineage: state.lineage.clone(),
            serial: state.serial,
            account_id: state.account_id.clone(),
            emulator: state.emulator,
            run: String::new(),
        }
    }

    /// Whether both continue the same state, whoever began them.
    pub fn continues_the_same(&self, other: &Self) -> bool {
        let Self { version: _, lineage, serial, account_id, emulator, run: _ } = self;
        *lineage == other.lineage
            && *serial == other.serial
            && *account_id == other.account_id
            && *emulator == other.emulator
    }
}

/// A mutating call that is about to be sent (S23).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Counts the intents of a journal from 1; an [`Outcome`] names it.
    pub number: u64,
    /// For which resource.
    pub address: Address,
    /// As part of what.
    pub deed: Deed,
    /// The cloud's name of the call: `CreateFlowlog`.
    pub call: String,
    /// The ClientToken sent with it; `None` for a call that takes none.
    pub token: Option<String>,
    /// SHA-256 over the request without its token, in hexadecimal.
    pub digest: String,
    /// When, RFC 3339.
    pub at: String,
    /// The object that it is about; `None` for a create.
    pub id: Option<String>,
    /// For a create: whether this run saw that the natural key was free (S25).
    pub absent: bool,
    /// For a create: the object that the state had at the address when this was written down, which the new one was to
    /// follow. Journals of older versions do not say it.
    #[serde(default)]
    pub replaces: Option<String>,
    /// The name of the credentials of the resource.
    pub account: Option<String>,
    /// For a create: the region.
    pub region: Option<Region>,
    /// For a create, and for a grant that it needs, which names the object that it is about: the attributes of the new
    /// object. Of all other calls none are kept.
    pub attributes: Attributes,
}

impl Intent {
    /// Whether its outcome counts as unknown as long as nobody has written it down. Not that of a grant which a create
    /// needs: it stays open until the new object is in the state, and whether it is there is always looked up.
    pub fn is_unknown(&self) -> bool {
        !matches!((self.deed, &self.id), (Deed::Create, Some(_))) || self.attributes.is_empty()
    }
}

/// The answer to an intent's call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Which intent.
    pub number: u64,
    /// Whether the cloud acknowledged the call, or a look showed that it was done; otherwise it was refused,
    /// or a look showed what there is instead.
    pub acknowledged: bool,
    /// The RequestId of the answer.
    pub request_id: String,
    /// The error code of a refusal.
    pub code: Option<String>,
}

/// A write of an object that was acknowledged (S6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrote {
    /// For which resource.
    pub address: Address,
    /// The object.
    pub id: String,
    /// When it was acknowledged, RFC 3339.
    pub at: String,
    /// Whether the object was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// What was set; of what was deleted, its natural key.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

impl Wrote {
    /// How much is left of the window in which reads may contradict this; zero once it is over. A write that seems to lie
    /// ahead, by a clock that differs, has just been made.
    pub fn left(&self, window: Duration, now: Timestamp) -> Duration {
        let Ok(at) = self.at.parse::<Timestamp>() else { return Duration::ZERO };
        window.saturating_sub(now.duration_since(at).try_into().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::samples;

    #[test]
    fn a_grant_is_never_unknown() {
        let create = samples::intent(1);
        let grant = Intent { id: Some("cen-1".to_owned()), ..create.clone() };
        let step = Intent { attributes: Attributes::new(), ..grant.clone() };
        let delete = Intent { deed: Deed::Delete, ..step.clone() };
        assert_eq!([&create, &grant, &step, &delete].map(Intent::is_unknown), [true, false, true, true]);
    }
}
