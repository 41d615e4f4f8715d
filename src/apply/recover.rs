//! Settles what an interrupted run left open (S25). It looks things up and executes nothing.

use jiff::{SignedDuration, Timestamp};

use crate::base::clock::Clock;
use crate::cloud::error::CloudError;
use crate::kinds::clouds::Clouds;
use crate::kinds::registry;
use crate::kinds::schema::Change;
use crate::model::action::Deed;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::Attributes;
use crate::plan::{Operation, diff};
use crate::state::journal::Intent;
use crate::state::{Entry, EntryStatus, Loaded};

/// The clock of the cloud and ours may differ by this much.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// A state in which every open intent is settled, or can be by sending its token again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// The state, with what was found.
    pub loaded: Loaded,
    /// How many operations were recovered.
    pub count: usize,
    /// Intents whose token may be sent again, if the new plan wants the same (S24).
    pub reusable: Vec<Intent>,
    /// What only a person can answer.
    pub questions: Vec<Question>,
}

/// Something that only a person can answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The intent that it is about.
    pub intent: Intent,
    /// The objects that may be its result.
    pub candidates: Vec<String>,
}

/// Looks every open intent up.
pub async fn recover(
    clouds: &Clouds,
    loaded: Loaded,
    clock: &dyn Clock,
    token_window: SignedDuration,
) -> Result<Recovered, CloudError> {
    let mut recovered = Recovered { loaded, count: 0, reusable: Vec::new(), questions: Vec::new() };
    for intent in std::mem::take(&mut recovered.loaded.open) {
        // Updates and deletes show their outcome in the refresh; only a create can be unknown to it.
        if intent.deed != Deed::Create || intent.id.is_some() {
            recovered.count += 1;
            continue;
        }
        let found =
            candidates(clouds, &intent.address, intent.account.as_deref(), intent.region.as_ref(), &intent.attributes)
                .await?;
        let since = intent.at.parse::<Timestamp>().ok();
        let ours: Vec<&Object> =
            found.iter().filter(|object| could_be(object, &intent.address, &intent.attributes, since)).collect();
        match (ours.as_slice(), intent.absent) {
            ([], _) => {
                recovered.count += 1;
                let age = since.map(|since| clock.now().duration_since(since));
                if intent.token.is_some() && age.is_some_and(|age| age < token_window) {
                    recovered.reusable.push(intent);
                }
            }
            ([object], true) => {
                let entry = recorded(&intent, object, &recovered.loaded);
                recovered.loaded.state.resources.insert(intent.address.clone(), entry);
                recovered.count += 1;
            }
            (several, _) => {
                let candidates = several.iter().map(|object| object.id.clone()).collect();
                recovered.questions.push(Question { intent, candidates });
            }
        }
    }
    Ok(recovered)
}

/// The entry of an object that an interrupted run created. What the YAML owned then is in the
/// attributes that were sent; the next plan records the rest.
fn recorded(intent: &Intent, object: &Object, loaded: &Loaded) -> Entry {
    Entry {
        address: intent.address.clone(),
        kind: intent.address.kind,
        id: object.id.clone(),
        account_id: loaded.state.account_id.clone(),
        account: intent.account.clone(),
        region: intent.region.clone(),
        schema_version: registry::schema(intent.address.kind).version,
        status: if object.settled { EntryStatus::Settled } else { EntryStatus::Creating },
        protected: false,
        owned: intent.attributes.keys().cloned().collect(),
        attributes: object.attributes.clone(),
        dependencies: std::collections::BTreeSet::new(),
        deposed: Vec::new(),
    }
}

/// The one object that the create of an operation must have made, if there is exactly one.
pub(super) async fn provably_ours(
    clouds: &Clouds,
    operation: &Operation,
    sent: &Attributes,
    absent: bool,
) -> Result<Option<Object>, CloudError> {
    if !absent {
        return Ok(None);
    }
    let found =
        candidates(clouds, &operation.address, operation.account.as_deref(), operation.region.as_ref(), sent).await?;
    let mut ours: Vec<Object> =
        found.into_iter().filter(|object| could_be(object, &operation.address, sent, None)).collect();
    Ok(if ours.len() == 1 { ours.pop() } else { None })
}

/// The objects with the natural key of what was sent; of a kind without one, those with its name.
async fn candidates(
    clouds: &Clouds,
    address: &crate::model::address::Address,
    account: Option<&str>,
    region: Option<&Region>,
    sent: &Attributes,
) -> Result<Vec<Object>, CloudError> {
    let key = registry::schema(address.kind).natural_key;
    let names: &[&str] = if key.is_empty() { &["name"] } else { key };
    let wanted: Attributes = sent
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()) || *name == "type")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    clouds.find(address.kind, account, region, &wanted).await
}

/// Whether an object can be the result of a create: made since then, and equal in what only a create sets.
fn could_be(
    object: &Object,
    address: &crate::model::address::Address,
    sent: &Attributes,
    since: Option<Timestamp>,
) -> bool {
    let created = object.created.parse::<Timestamp>().ok();
    let in_time = match (since, created) {
        (Some(since), Some(created)) => since.checked_sub(CLOCK_MARGIN).is_ok_and(|earliest| created >= earliest),
        _ => true,
    };
    let schema = registry::schema(address.kind);
    in_time
        && schema.attributes.iter().filter(|attribute| attribute.change == Change::Replace).all(|attribute| {
            match (sent.get(attribute.name), object.attributes.get(attribute.name)) {
                (Some(sent), Some(shown)) => diff::same(&attribute.ty, sent, shown),
                _ => true,
            }
        })
}
