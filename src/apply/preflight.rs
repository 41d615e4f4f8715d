//! What is checked before a plan is begun, and before something is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};

use super::context::{Context, interrupted, timeout};
use super::waits::WaitError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::clouds::Clouds;
use crate::kinds::driver::At;
use crate::kinds::need::{Need, Wanted};
use crate::kinds::registry;
use crate::kinds::schema::{Attribute, Type};
use crate::model::action::Deed;
use crate::model::address::{Address, Kind};
use crate::model::value::{Attributes, Value};
use crate::plan::{Operation, Plan, natural_key};
use crate::refresh::Live;
use crate::refresh::batch::Scope;
use crate::state::journal::Intent;

/// How long a look may take. It is a kindness, and a service that cannot be reached keeps nobody from planning.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found out before a plan is begun.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    /// Everything that stands in the plan's way, and everything that may (warnings).
    pub problems: Vec<Diagnostic>,
    /// The creates whose natural key was seen to be free (S25).
    pub free: BTreeSet<Address>,
}

impl Checked {
    /// Forgets that the places of these creates are taken, which were sent with an unknown outcome: what is there may be
    /// theirs, and the run finds out (S25).
    pub fn heed(&mut self, open: &[Intent]) {
        let unclear: BTreeSet<&Address> =
            open.iter().filter(|intent| intent.id.is_none()).map(|intent| &intent.address).collect();
        self.problems.retain(|problem| {
            problem.code != codes::TAKEN || problem.address.as_ref().is_none_or(|about| !unclear.contains(about))
        });
    }
}

/// A need, and the creates that have it.
type Needed<'a> = (&'static dyn Need, Vec<&'a Operation>);

/// Looks whether what the plan creates can be created at all: each need once an account, all of them at once. A plan
/// that creates nothing costs no call.
pub(super) async fn check(clouds: &Clouds, plan: &Plan, live: &Live) -> Checked {
    let mut needs: BTreeMap<(Option<&str>, &str), Needed<'_>> = BTreeMap::new();
    for operation in plan.operations.iter().filter(|operation| operation.action.creates()) {
        for need in registry::driver(operation.address.kind).needs() {
            let key = (operation.account.as_deref(), need.name());
            needs.entry(key).or_insert_with(|| (*need, Vec::new())).1.push(operation);
        }
    }
    let known = known(plan, live);
    let deletes = plan.operations.iter().filter(|operation| operation.action.deletes());
    let deletes = deletes.map(|operation| (operation.address.kind, &operation.before));
    // What was just deleted may be shown still (S6). Whether it is there after all, the run finds out.
    let left = live.left.iter().map(|(kind, attributes)| (*kind, attributes));
    let freed: BTreeSet<(Kind, String)> =
        deletes.chain(left).filter_map(|(kind, key)| Some((kind, natural_key(kind, key)?))).collect();
    let looks = needs.iter().map(|((account, name), (need, operations))| {
        let (known, freed) = (&known, &freed);
        async move {
            let wanted: Vec<_> = operations.iter().map(|operation| wanted(operation, known, freed)).collect();
            let look = clouds.look(*account, *need, &wanted);
            match tokio::time::timeout(PATIENCE, look).await {
                Ok(Ok(looked)) => Some((operations, looked)),
                Ok(Err(error)) => {
                    tracing::debug!(need = name, %error, "it cannot be told");
                    None
                }
                Err(_) => {
                    tracing::debug!(need = name, "it cannot be told in time");
                    None
                }
            }
        }
    });
    let mut checked = Checked::default();
    for (operations, looked) in join_all(looks).await.into_iter().flatten() {
        checked.problems.extend(looked.problems.into_iter().map(|(about, problem)| {
            match about.and_then(|position| operations.get(position)) {
                Some(operation) => problem.about(&operation.address),
                None => problem,
            }
        }));
        let free = looked.free.into_iter().filter_map(|position| operations.get(position));
        checked.free.extend(free.map(|operation| operation.address.clone()));
    }
    checked
}

/// What is known of the objects that may be referred to, by kind and id.
fn known<'a>(plan: &'a Plan, live: &'a Live) -> BTreeMap<(Kind, &'a str), &'a Attributes> {
    let existing = plan.existing.iter().map(|read| ((read.address.kind, read.id.as_str()), &read.attributes));
    let managed = live.managed.iter().filter_map(|(address, object)| {
        let object = object.as_ref()?;
        Some(((address.kind, object.id.as_str()), &object.attributes))
    });
    existing.chain(managed).collect()
}

/// The object that an operation creates. `freed` are the natural keys of what the plan deletes, or was just deleted.
fn wanted<'a>(
    operation: &'a Operation,
    known: &BTreeMap<(Kind, &str), &'a Attributes>,
    freed: &BTreeSet<(Kind, String)>,
) -> Wanted<'a> {
    let kind = operation.address.kind;
    let parents = registry::schema(kind).attributes.iter().filter_map(|attribute| {
        let Type::Reference(kind) = attribute.ty else { return None };
        let id = operation.after.get(attribute.name)?.as_text()?;
        Some((attribute.name, *known.get(&(kind, id))?))
    });
    Wanted {
        region: operation.region.as_ref(),
        attributes: &operation.after,
        parents: parents.collect(),
        makes_room: natural_key(kind, &operation.after).is_some_and(|key| freed.contains(&(kind, key))),
    }
}

/// Before the old objects of replacements are deleted: what the new ones refer to must be there and settled (S14). What
/// several refer to is looked at once.
pub(super) async fn can_be_created<'o>(
    cx: &Context<'_>,
    operations: impl Iterator<Item = &'o Operation>,
) -> Result<(), Diagnostic> {
    let mut references: BTreeMap<(Kind, &str), (&Operation, &Attribute)> = BTreeMap::new();
    for operation in operations {
        for attribute in registry::schema(operation.address.kind).attributes {
            if let (Type::Reference(kind), Some(Value::Text(id))) = (&attribute.ty, operation.after.get(attribute.name))
            {
                references.entry((*kind, id)).or_insert((operation, attribute));
            }
        }
    }
    let looks = references.into_iter();
    try_join_all(looks.map(|((kind, id), (operation, attribute))| usable(cx, operation, attribute, kind, id))).await?;
    Ok(())
}

async fn usable(
    cx: &Context<'_>,
    operation: &Operation,
    attribute: &Attribute,
    kind: Kind,
    id: &str,
) -> Result<(), Diagnostic> {
    let none = Attributes::new();
    // A router or attachment is found by its id alone, and may be of the region of the other end.
    let found_by_id = matches!(kind, Kind::Cen | Kind::TransitRouter | Kind::Attachment);
    let region = operation.region.clone().filter(|_| !found_by_id);
    let at = At { id, region: region.as_ref(), attributes: &none };
    let account = cx.account_of(kind, id, operation);
    let read = cx.clouds.read(kind, account.as_deref(), &at).await;
    let problem = match read.map_err(|error| problem(&error))? {
        Some(object) if object.settled => return Ok(()),
        // This very run may be changing it.
        Some(object) => {
            let scope = Scope { kind, account, region };
            let limit = timeout(operation, Deed::Create, registry::schema(operation.address.kind));
            match cx.waits.settled(&scope, id, &object.attributes, false, limit).await {
                Ok(_) => return Ok(()),
                Err(WaitError::Interrupted) => return Err(interrupted()),
                Err(error) => format!("its {} {id} is {}: {error}", attribute.name, object.status),
            }
        }
        None => format!("its {} {id} is not there", attribute.name),
    };
    Err(Diagnostic::error(
        codes::CANNOT_REPLACE,
        "The old object was not deleted, because the new one could not be created",
        format!("The new {} needs it, and {problem}.", operation.address),
    )
    .help("Plan again once that is mended; nothing was deleted."))
}
