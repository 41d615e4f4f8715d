//! Looks up what a stack imports (S17): by the id that it gives, or by the natural key of what is declared.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::base::text::{list, printable};
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::expr;
use crate::kinds::clouds::Clouds;
use crate::kinds::driver::At;
use crate::kinds::registry;
use crate::model::address::{Address, Kind};
use crate::model::object::Object;
use crate::model::stack::{Resource, Stack};
use crate::model::value::{Attributes, Value};
use crate::plan::{Published, PublishedResources};
use crate::refresh::Live;
use crate::state::{Entry, State};

/// The imports that are not done yet, with the resources that they are for.
fn pending<'a>(stack: &'a Stack, state: &State) -> impl Iterator<Item = (&'a Resource, Option<&'a str>)> {
    let open = stack.imports.iter().filter(|(to, _)| !state.resources.contains_key(*to));
    open.filter_map(|(to, id)| Some((stack.resources.get(to)?, id.as_deref())))
}

/// Adds the objects that are to be imported to the live ones; an import whose object the state has at its address
/// already is none. Everything that is wrong is told together.
pub(super) async fn look_up(
    clouds: &Clouds,
    stack: &Stack,
    state: &State,
    live: &mut Live,
) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut failed: BTreeSet<&Address> = BTreeSet::new();
    let mut by_kind: BTreeMap<Kind, Vec<(&Resource, Option<&str>)>> = BTreeMap::new();
    for one in pending(stack, state) {
        by_kind.entry(one.0.address.kind).or_default().push(one);
    }
    if by_kind.is_empty() {
        return Ok(());
    }
    let mut held = Held::of(state, live);
    // What belongs to something is looked up by the id of that, which may be imported, too: the kinds are in that order.
    for pending in by_kind.into_values() {
        let published = published(live);
        // It would only be told again that something is not there.
        let (idle, pending): (Vec<_>, Vec<_>) = pending.into_iter().partition(|(resource, id)| {
            id.is_none() && resource.references.iter().any(|reference| failed.contains(&reference.target))
        });
        failed.extend(idle.into_iter().map(|(resource, _)| &resource.address));
        let looks = pending.into_iter().map(|(resource, id)| {
            let look = Look { clouds, resource, known: known(resource, &published) };
            async move { (resource, look.look(id).await) }
        });
        for (resource, found) in join_all(looks).await {
            match found.and_then(|object| held.unheld(resource, object, clouds)) {
                Ok(object) => {
                    held.taken.insert((resource.address.kind, object.id.clone()), resource.address.clone());
                    live.managed.insert(resource.address.clone(), Some(object));
                }
                Err(problem) => {
                    failed.insert(&resource.address);
                    problems.push(problem.about(&resource.address));
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The imports that cannot be done because nothing is read.
pub(super) fn unread(stack: &Stack, state: &State) -> Vec<Diagnostic> {
    let told = |(resource, _): (&Resource, _)| {
        let detail = format!("{} is to be imported, and nothing is read with --refresh=false.", resource.address);
        refused(detail).about(&resource.address).help("Plan without --refresh=false.")
    };
    pending(stack, state).map(told).collect()
}

fn refused(detail: String) -> Diagnostic {
    Diagnostic::error(codes::ADOPT, "An object cannot be imported", detail)
}

/// What expressions may read of the objects that are there.
fn published(live: &Live) -> PublishedResources {
    let managed = live.managed.iter().filter_map(|(address, object)| Some((address, object.as_ref()?)));
    let see = |(address, object): (&Address, &Object)| {
        let (id, attributes) = (Some(object.id.clone()), object.attributes.clone());
        (address.clone(), Published { id, attributes, complete: true })
    };
    PublishedResources(managed.chain(&live.existing).map(see).collect())
}

/// The attributes of a resource that are known before anything is made.
fn known(resource: &Resource, published: &PublishedResources) -> Attributes {
    let resolved = resource.attributes.iter().filter_map(|(name, value)| {
        let value = expr::resolve(value, published).ok()?;
        (!value.has_unknown() && !value.is_null()).then(|| (name.clone(), value))
    });
    resolved.collect()
}

/// A look for the object of one resource.
struct Look<'a> {
    clouds: &'a Clouds,
    resource: &'a Resource,
    /// What is known of it.
    known: Attributes,
}

impl Look<'_> {
    async fn look(&self, id: Option<&str>) -> Result<Object, Diagnostic> {
        let (found, by) = match id {
            Some(id) => (Vec::from_iter(self.read(id, &self.known).await?), format!("the id {}", printable(id))),
            None => self.by_key().await?,
        };
        let address = &self.resource.address;
        let kind = address.kind.spoken();
        let place = self.resource.region.as_ref().map(|region| format!(" in {}", region.as_str())).unwrap_or_default();
        let mut ids: Vec<String> = found.iter().map(|object| printable(&object.id)).collect();
        ids.sort();
        match (found.into_iter().next(), ids.len()) {
            (Some(object), 1) => Ok(object),
            (None, _) => Err(refused(format!("{address} is to be imported, and there is no {kind} with {by}{place}."))
                .help("Look at the id, the region, and whose credentials these are; or take the import out, and it is created.")),
            (_, many) => Err(refused(format!(
                "{address} is to be imported, and there are {many} {kind}s with {by}{place}: {}.",
                list(&ids)
            ))
            .help("Say which is meant with id: ID.")),
        }
    }

    /// The objects with the natural key of the resource, and that key in words.
    async fn by_key(&self) -> Result<(Vec<Object>, String), Diagnostic> {
        let Resource { address, region, account, attributes, .. } = self.resource;
        let schema = registry::schema(address.kind);
        let is_key = |name: &str| schema.natural_key.contains(&name);
        if let Some(name) = attributes.keys().find(|name| is_key(name) && !self.known.contains_key(*name)) {
            let detail = format!(
                "{address} is to be imported and looked up by its {name}, which is not known before something else is made."
            );
            return Err(refused(detail).help("Import that, too; or say which object is meant with id: ID."));
        }
        let part = |(name, value): (&str, &Value)| {
            let value = value.as_text().map_or_else(|| serde_json::Value::from(value).to_string(), str::to_owned);
            format!("the {name} {}", printable(&value))
        };
        let by = list(&schema.natural_key_of(&self.known).into_iter().map(part).collect::<Vec<_>>());
        let wanted: Attributes = self
            .known
            .iter()
            .filter(|(name, _)| is_key(name) || *name == "type")
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let found = self.clouds.find(address.kind, account.as_deref(), region.as_ref(), &wanted).await;
        let mut there = Vec::new();
        for object in found.map_err(|error| problem(&error))? {
            // A list may show what is gone, and not all of what is there (S6).
            there.extend(self.read(&object.id, &object.attributes).await?);
        }
        Ok((there, by))
    }

    async fn read(&self, id: &str, attributes: &Attributes) -> Result<Option<Object>, Diagnostic> {
        let Resource { address, region, account, .. } = self.resource;
        let at = At { id, region: region.as_ref(), attributes };
        self.clouds.read(address.kind, account.as_deref(), &at).await.map_err(|error| problem(&error))
    }
}

/// Whose the objects are that are there already.
struct Held<'a> {
    /// Those of the state, by kind and id, with the left-overs of replacements.
    state: BTreeMap<(Kind, &'a str), Vec<&'a Entry>>,
    /// Those that were read for a resource, or found for an import.
    taken: BTreeMap<(Kind, String), Address>,
}

impl<'a> Held<'a> {
    fn of(state: &'a State, live: &Live) -> Self {
        let mut held: BTreeMap<(Kind, &str), Vec<&Entry>> = BTreeMap::new();
        for entry in state.resources.values() {
            for id in entry.deposed.iter().map(|old| &old.id).chain([&entry.id]) {
                held.entry((entry.kind, id)).or_default().push(entry);
            }
        }
        let taken = live
            .managed
            .iter()
            .filter_map(|(address, object)| Some(((address.kind, object.as_ref()?.id.clone()), address.clone())));
        Self { state: held, taken: taken.collect() }
    }

    /// Refuses an object that is in the state under another address, or that another import takes (S22).
    fn unheld(&self, resource: &Resource, object: Object, clouds: &Clouds) -> Result<Object, Diagnostic> {
        let Resource { address, region, account, .. } = resource;
        let account_id = clouds.id(account.as_deref());
        let is_it = |entry: &&&Entry| entry.region == *region && Some(entry.account_id.as_str()) == account_id;
        let id = printable(&object.id);
        if let Some(entry) = self.state.get(&(address.kind, &*object.id)).into_iter().flatten().find(is_it) {
            let from = &entry.address;
            let detail = format!("{id} is to be imported as {address}, and it is in the state as {from}.");
            return Err(refused(detail).help(format!(
                "Say that it has moved, instead of the import: moved: [ {{ from: {from}, to: {address} }} ]."
            )));
        }
        match self.taken.get(&(address.kind, object.id.clone())).filter(|other| *other != address) {
            Some(other) => {
                let detail = format!("{id} is to be imported as {address}, and it is {other} already.");
                Err(refused(detail).help("Keep one of the two."))
            }
            None => Ok(object),
        }
    }
}
