use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::batch::{self, Scope};
use super::doubt::Doubts;
use crate::cloud::error::CloudError;
use crate::kinds::clouds::Clouds;
use crate::kinds::driver::At;
use crate::model::address::{Address, Kind};
use crate::model::event::Event;
use crate::model::object::Object;
use crate::model::stack::{Existing, Resource, Stack};
use crate::model::value::{Attributes, Value};
use crate::state::{EntryStatus, ExistingRead, State};

/// What the cloud answers now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// The managed objects of the state, and those that were `existing` until now; `None`: confirmed by id to be gone.
    pub managed: BTreeMap<Address, Option<Object>>,
    /// The old objects of replacements, by id; `None`: gone.
    pub deposed: BTreeMap<(Address, String), Option<Object>>,
    /// The `existing` objects of the stack.
    pub existing: BTreeMap<Address, Object>,
    /// The natural keys of what was deleted within the settle window: it may still seem to be there (S6).
    pub left: Vec<(Kind, Attributes)>,
}

/// Why the cloud could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// A call failed.
    #[error("reading {what} failed")]
    Cloud {
        /// What was read.
        what: String,
        /// Why it failed.
        source: CloudError,
    },
    /// An `existing` object is not there.
    #[error("{address} is declared as existing, but there is no {} with {by}", .address.kind.spoken())]
    Missing {
        /// Which.
        address: Address,
        /// The id or name it was looked up by.
        by: String,
    },
    /// Several objects have the name of an `existing` one.
    #[error("{address} is declared as existing by {by}, and {} objects have it: {}", .candidates.len(), .candidates.join(", "))]
    Ambiguous {
        /// Which.
        address: Address,
        /// The name it was looked up by.
        by: String,
        /// The ids that have the name.
        candidates: Vec<String>,
    },
    /// Without a refresh an `existing` object is known only from the state, and it is not there yet.
    #[error("{address} is declared as existing and has never been read; plan once with a refresh")]
    NeverRead {
        /// Which.
        address: Address,
    },
}

/// Reads everything that the state and the stack's `existing` resources name. Scopes are read at once, and so is what is
/// doubted (S6).
pub async fn read(
    clouds: &Clouds,
    stack: &Stack,
    state: &State,
    doubts: &Doubts<'_>,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Live, RefreshError> {
    let mut scopes: BTreeMap<Scope, BTreeMap<&str, (Holder<'_>, &Attributes)>> = BTreeMap::new();
    for entry in state.resources.values() {
        let scope = Scope { kind: entry.kind, account: entry.account.clone(), region: entry.region.clone() };
        for deposed in &entry.deposed {
            let region = batch::region_in(&deposed.attributes).or_else(|| entry.region.clone());
            let wanted = scopes.entry(Scope { region, ..scope.clone() }).or_default();
            wanted.insert(&deposed.id, (Holder::Deposed(&entry.address), &deposed.attributes));
        }
        let wanted = scopes.entry(scope).or_default();
        wanted.insert(&entry.id, (Holder::Managed(&entry.address), &entry.attributes));
        tell(Event::Refreshing { address: entry.address.clone(), id: entry.id.clone() });
    }
    for resource in stack.resources.values().filter(|resource| resource.existing.is_none()) {
        let Some(read) = state.formerly_existing(&resource.address) else { continue };
        let scope =
            Scope { kind: resource.address.kind, account: resource.account.clone(), region: read.region.clone() };
        scopes.entry(scope).or_default().insert(&read.id, (Holder::Managed(&resource.address), &read.attributes));
    }
    let managed = try_join_all(scopes.iter().map(|(scope, wanted)| async move {
        let ids: BTreeMap<&str, &Attributes> = wanted.iter().map(|(id, (_, attributes))| (*id, *attributes)).collect();
        let read = async { doubts.confirm(clouds, scope, &ids, batch::read(clouds, scope, &ids).await?).await };
        let found = read.await.map_err(|source| RefreshError::Cloud {
            what: match &scope.region {
                Some(region) => format!("the {}s in {region}", scope.kind.spoken()),
                None => format!("the {}s", scope.kind.spoken()),
            },
            source,
        })?;
        Ok::<_, RefreshError>((wanted, found))
    }));
    let existing = try_join_all(
        stack
            .resources
            .values()
            .filter_map(|resource| Some((resource, resource.existing.as_ref()?)))
            .map(|(resource, existing)| find_existing(clouds, stack, state, doubts, resource, existing)),
    );
    let (managed, existing) = futures_util::future::try_join(managed, existing).await?;
    let mut live = Live { existing: existing.into_iter().collect(), left: doubts.left(), ..Live::default() };
    for (wanted, found) in managed {
        for (id, object) in found {
            match wanted.get(id.as_str()).map(|(holder, _)| holder) {
                Some(Holder::Managed(address)) => {
                    live.managed.insert((*address).clone(), object);
                }
                Some(Holder::Deposed(address)) => {
                    live.deposed.insert(((*address).clone(), id), object);
                }
                None => {}
            }
        }
    }
    Ok(live)
}

/// Whose id a wanted id is.
enum Holder<'a> {
    Managed(&'a Address),
    Deposed(&'a Address),
}

/// Looks an `existing` object up by its id or name (S5).
async fn find_existing(
    clouds: &Clouds,
    stack: &Stack,
    state: &State,
    doubts: &Doubts<'_>,
    resource: &Resource,
    existing: &Existing,
) -> Result<(Address, Object), RefreshError> {
    let address = &resource.address;
    let failed = |source| RefreshError::Cloud { what: address.to_string(), source };
    let (account, region) = (resource.account.as_deref(), resource.region.as_ref());
    let mut known: Attributes =
        resource.attributes.iter().filter(|(_, value)| !value.has_unknown()).map(clone_pair).collect();
    for reference in resource.references.iter().filter(|reference| NAMED_IN.contains(&reference.attribute.as_str())) {
        if let Some(id) = known_id(stack, state, &reference.target) {
            known.insert(reference.attribute.clone(), Value::from(id));
        }
    }
    match existing {
        Existing::Id(id) => {
            let at = At { id, region, attributes: &known };
            let object = clouds.read(address.kind, account, &at).await.map_err(failed)?;
            let missing = || RefreshError::Missing { address: address.clone(), by: format!("the id {id}") };
            Ok((address.clone(), object.ok_or_else(missing)?))
        }
        Existing::Name(name) => {
            let mut wanted = known;
            wanted.retain(|attribute, _| attribute == "type" || NAMED_IN.contains(&attribute.as_str()));
            wanted.insert("name".to_owned(), Value::from(name.as_str()));
            let by = format!("the name \"{name}\"");
            let found = clouds.find(address.kind, account, region, &wanted).await.map_err(failed)?;
            let scope =
                Scope { kind: address.kind, account: resource.account.clone(), region: resource.region.clone() };
            let mut found = doubts.without_gone(clouds, &scope, found).await.map_err(failed)?;
            match found.len() {
                1 => Ok((address.clone(), found.remove(0))),
                0 => Err(RefreshError::Missing { address: address.clone(), by }),
                _ => Err(RefreshError::Ambiguous {
                    address: address.clone(),
                    by,
                    candidates: found.into_iter().map(|object| object.id).collect(),
                }),
            }
        }
    }
}

/// Reads `existing` objects again, by the ids that they were found to have (S16). What is gone is left out.
pub async fn read_existing(
    clouds: &Clouds,
    reads: impl Iterator<Item = &ExistingRead>,
) -> Result<BTreeMap<Address, Object>, RefreshError> {
    let read = try_join_all(reads.map(|read| async move {
        let ExistingRead { address, id, account, region, attributes } = read;
        let at = At { id, region: region.as_ref(), attributes };
        let failed = |source| RefreshError::Cloud { what: address.to_string(), source };
        let object = clouds.read(address.kind, account.as_deref(), &at).await.map_err(failed)?;
        Ok::<_, RefreshError>(object.map(|object| (address.clone(), object)))
    }));
    Ok(read.await?.into_iter().flatten().collect())
}

/// What a name is looked up in: a router's CEN, a logstore's project.
const NAMED_IN: [&str; 2] = ["cen", "project"];

/// The id of a resource, where it is known before anything is read.
fn known_id<'a>(stack: &'a Stack, state: &'a State, address: &Address) -> Option<&'a str> {
    if let Some(entry) = state.resources.get(address) {
        return Some(&entry.id);
    }
    match &stack.resources.get(address)?.existing {
        // A project's name is its id.
        Some(Existing::Name(name)) if address.kind == Kind::LogProject => Some(name),
        Some(Existing::Id(id)) => Some(id),
        _ => None,
    }
}

fn clone_pair((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// What the state remembers, as if the cloud had just said it (`--refresh=false`).
pub fn offline(stack: &Stack, state: &State) -> Result<Live, RefreshError> {
    let object = |id: &str, attributes: &Attributes, settled| Object {
        id: id.to_owned(),
        status: attributes.get("status").and_then(Value::as_text).unwrap_or_default().to_owned(),
        settled,
        attributes: attributes.clone(),
        created: String::new(),
    };
    let mut live = Live::default();
    for entry in state.resources.values() {
        let settled = entry.status == EntryStatus::Settled;
        live.managed.insert(entry.address.clone(), Some(object(&entry.id, &entry.attributes, settled)));
        for deposed in &entry.deposed {
            let key = (entry.address.clone(), deposed.id.clone());
            live.deposed.insert(key, Some(object(&deposed.id, &deposed.attributes, true)));
        }
    }
    for resource in stack.resources.values().filter(|resource| resource.existing.is_none()) {
        if let Some(read) = state.formerly_existing(&resource.address) {
            let known = Some(object(&read.id, &read.attributes, true));
            live.managed.insert(resource.address.clone(), known);
        }
    }
    let declared: BTreeSet<&Address> =
        stack.resources.values().filter(|resource| resource.existing.is_some()).map(|r| &r.address).collect();
    for address in declared {
        let read = state.existing.get(address).ok_or_else(|| RefreshError::NeverRead { address: address.clone() })?;
        live.existing.insert(address.clone(), object(&read.id, &read.attributes, true));
    }
    Ok(live)
}
