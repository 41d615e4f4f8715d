//! Grants: the owner of a network lets the CEN of another account attach it (cloud-api 15).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::attachment::{cen_owner, order_type};
use super::call::{Action, Call, DryRun, Outcome, fields, illegal};
use super::codes::{CEN_UNKNOWN, ROUTER_HAS_ATTACHMENTS};
use super::file;
use super::life::seconds;
use super::network::{Network, Place, ROWS};
use super::paging::Marked;
use super::state::World;
use super::text::REGIONS;
use crate::emulator::message::Refusal;
use crate::emulator::options::{GrantsInUse, is_account};

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write_without_token("GrantInstanceToTransitRouter", grant),
    Action::write_without_token("RevokeInstanceFromTransitRouter", revoke),
    Action::write("ModifyGrantInstanceToTransitRouter", modify, DryRun::Unknown),
    Action::read("DescribeGrantRulesToResource", describe),
];

/// No page says what the attach of a network without a grant answers: code and text are guesses.
const NOT_GRANTED: Refusal = Refusal::new(
    400,
    "Forbidden.InstanceNotGranted",
    "The owner of the network instance has not granted it to the transit router.",
);
/// No page at hand says what is answered: the code is that of other actions of the product.
const NO_GRANT: Refusal =
    Refusal::new(400, "ParameterInstanceId", "The network instance is not granted to the CEN instance.");

/// A network that its owner has granted to a CEN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Grant {
    /// The owner of the network.
    #[serde(default = "file::default_account")]
    pub(super) account: String,
    pub(super) instance_id: String,
    pub(super) cen_id: String,
    #[serde(default)]
    pub(super) cen_owner_id: u64,
    #[serde(default = "cen_owner")]
    order_type: String,
    #[serde(default = "file::long_ago")]
    create_time: Timestamp,
}

impl Grant {
    /// What tells it from others.
    pub(super) fn key(&self) -> String {
        key(&self.account, &self.instance_id, &self.cen_id)
    }
}

fn key(account: &str, instance: &str, cen: &str) -> String {
    format!("{instance} of {account} for {cen}")
}

/// The network that `type_name` and `id_name` name.
fn instance<'a>(call: &Call<'a>, type_name: &str, id_name: &str) -> Result<&'a str, Refusal> {
    let kind = call.params.required(type_name)?;
    let row = ROWS.iter().find(|row| row.owner.is_some_and(|(_, granted_as)| granted_as == kind));
    let (_, prefix) = row.ok_or_else(|| illegal(type_name))?.id;
    let id = call.params.required(id_name)?;
    check_region(call)?;
    if id.starts_with(prefix) { Ok(id) } else { Err(illegal(id_name)) }
}

fn check_region(call: &Call<'_>) -> Result<(), Refusal> {
    match call.params.filled("RegionId") {
        Some(region) if !REGIONS.contains(&region) => Err(illegal("RegionId")),
        _ => Ok(()),
    }
}

/// The CEN that a call names: whoever owns it, it must be who the call says.
fn cen<'a>(world: &World, call: &Call<'a>) -> Result<(&'a str, u64), Refusal> {
    let id = call.params.required("CenId")?;
    let owner = call.params.required("CenOwnerId")?;
    if !is_account(owner) {
        return Err(illegal("CenOwnerId"));
    }
    world.cens.get(id).filter(|cen| cen.account == owner).ok_or(CEN_UNKNOWN)?;
    Ok((id, file::account_number(owner)))
}

fn grant(world: &mut World, call: &Call<'_>) -> Outcome {
    let instance = instance(call, "InstanceType", "InstanceId")?;
    let (cen_id, cen_owner_id) = cen(world, call)?;
    let order = order_type(call)?;
    let key = key(call.account, instance, cen_id);
    let grant = world.grants.entry(key).or_insert_with(|| Grant {
        account: call.account.to_owned(),
        instance_id: instance.to_owned(),
        cen_id: cen_id.to_owned(),
        cen_owner_id,
        order_type: cen_owner(),
        create_time: call.now,
    });
    if let Some(order) = order {
        order.clone_into(&mut grant.order_type);
    }
    Ok(fields(json!({})))
}

fn revoke(world: &mut World, call: &Call<'_>) -> Outcome {
    let instance = instance(call, "InstanceType", "InstanceId")?;
    let (cen_id, _) = cen(world, call)?;
    let key = key(call.account, instance, cen_id);
    let grant = world.grants.get(&key).ok_or(NO_GRANT)?;
    if world.rules.settings.grants_in_use == GrantsInUse::Kept && world.granted_order(grant).is_some() {
        return Err(ROUTER_HAS_ATTACHMENTS);
    }
    world.grants.remove(&key);
    Ok(fields(json!({})))
}

fn modify(world: &mut World, call: &Call<'_>) -> Outcome {
    let (cen_id, instance) = (call.params.required("CenId")?, call.params.required("InstanceId")?);
    call.params.required("OrderType")?;
    let order = order_type(call)?;
    let grant = world.grants.get_mut(&key(call.account, instance, cen_id)).ok_or(NO_GRANT)?;
    if let Some(order) = order {
        order.clone_into(&mut grant.order_type);
    }
    Ok(fields(json!({})))
}

fn describe(world: &mut World, call: &Call<'_>) -> Outcome {
    let instance = instance(call, "ProductType", "ResourceId")?;
    let size = call.params.number("MaxResults", 1..=100)?.unwrap_or(20);
    let page = Marked::of(size, call.params.filled("NextToken"))?;
    let found: Vec<&Grant> =
        world.grants.values().filter(|grant| grant.account == call.account && grant.instance_id == instance).collect();
    let total = found.len();
    let (grants, next) = page.cut(found, |grant| grant.cen_id.as_str());
    let rules: Vec<Json> = grants
        .into_iter()
        .map(|grant| {
            json!({
                "CenId": grant.cen_id,
                "CenOwnerId": grant.cen_owner_id,
                "OrderType": grant.order_type,
                "EffectiveOrderType": world.granted_order(grant).unwrap_or(&grant.order_type),
                "CreateTime": seconds(grant.create_time),
            })
        })
        .collect();
    Ok(fields(json!({ "TotalCount": total, "NextToken": next, "GrantRules": rules })))
}

impl World {
    /// Who pays for the attachment that a grant is used for, if there is one.
    fn granted_order(&self, grant: &Grant) -> Option<&str> {
        let of_cen = |account: &str| file::account_number(account) == grant.cen_owner_id;
        let uses = self.attachments.values().find(|item| {
            item.cen_id == grant.cen_id && of_cen(&item.account) && item.network.get().id() == grant.instance_id
        });
        uses.map(|item| item.order_type.as_str())
    }

    /// Who pays for a new attachment: as the grant of the network's owner says, which another account must have made.
    pub(super) fn payer(&self, call: &Call<'_>, network: &mut Network, place: &Place) -> Result<String, Refusal> {
        let caller = file::account_number(call.account);
        let owner = *network.get_mut().owner();
        if network.row().owner.is_none() || owner == caller {
            return Ok(cen_owner());
        }
        let id = network.get().id();
        let granted = |grant: &&Grant| {
            file::account_number(&grant.account) == owner
                && grant.cen_owner_id == caller
                && grant.instance_id == id
                && grant.cen_id == place.cen
        };
        self.grants.values().find(granted).map(|grant| grant.order_type.clone()).ok_or(NOT_GRANTED)
    }
}
