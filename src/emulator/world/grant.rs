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
    // Without MaxResults all come at once.
    let size = call.params.number("MaxResults", 1..=100)?.unwrap_or(usize::MAX);
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
    Ok(fields(json!({ "MaxResults": rules.len(), "TotalCount": total, "NextToken": next, "GrantRules": rules })))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::options::{DEFAULT_ACCOUNT, Settings};
    use crate::emulator::world::testing::Cloud;

    const OWNER: &str = "2000000000000002";

    /// A CEN of the default account with two routers, and its id.
    fn cloud(settings: Settings) -> (Cloud, String, String) {
        let mut cloud = Cloud::with(settings);
        let (cen, router) = cloud.router();
        (cloud, cen, router)
    }

    fn of<'a>(cen: &'a str, kind: &'a str, id: &'a str) -> Vec<(&'a str, &'a str)> {
        let base = [("CenId", cen), ("CenOwnerId", DEFAULT_ACCOUNT), ("InstanceType", kind), ("InstanceId", id)];
        [&base[..], &[("RegionId", "cn-hangzhou")]].concat()
    }

    #[test]
    fn a_network_of_another_account_is_attached_once_its_owner_has_granted_it() {
        for (action, instance, create, kind) in [
            (
                "Vpc",
                ("VpcId", "vpc-1"),
                vec![("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-1")],
                "VPC",
            ),
            ("Vbr", ("VbrId", "vbr-1"), vec![], "ExpressConnect"),
            ("Vpn", ("VpnId", "vco-1"), vec![], "VPN"),
            ("Ecr", ("EcrId", "ecr-1"), vec![], "ECR"),
        ] {
            let (mut cloud, cen, router) = cloud(Settings::default());
            let owner = format!("{action}OwnerId");
            let base = [instance, ("TransitRouterId", router.as_str()), (owner.as_str(), OWNER)];
            let attach = [&base[..], &create].concat();
            let (create, list, delete) = (
                format!("CreateTransitRouter{action}Attachment"),
                format!("ListTransitRouter{action}Attachments"),
                format!("DeleteTransitRouter{action}Attachment"),
            );
            assert_eq!(cloud.code(&create, &attach), "Forbidden.InstanceNotGranted", "{kind}");
            cloud.as_account(OWNER);
            let grant = of(&cen, kind, instance.1);
            let paid = [&grant[..], &[("OrderType", "PayByResourceOwner")]].concat();
            cloud.ok("GrantInstanceToTransitRouter", &paid);
            cloud.ok("GrantInstanceToTransitRouter", &grant);
            cloud.as_account(DEFAULT_ACCOUNT);
            let id = cloud.ok(&create, &attach)["TransitRouterAttachmentId"].as_str().unwrap().to_owned();
            let this = [("TransitRouterAttachmentId", id.as_str())];
            let shown = cloud.ok(&list, &this)["TransitRouterAttachments"][0].clone();
            assert_eq!(
                (&shown["OrderType"], &shown[&owner]),
                (&json!("PayByResourceOwner"), &json!(2_000_000_000_000_002_u64))
            );
            cloud.wait();

            cloud.as_account(OWNER);
            assert_eq!(cloud.ok(&list, &[])["TotalCount"], 0, "an attachment belongs to who made it");
            let in_use = "InvalidOperation.AttachedChildInstanceExist";
            assert_eq!(cloud.code("RevokeInstanceFromTransitRouter", &grant), in_use);
            cloud.as_account(DEFAULT_ACCOUNT);
            cloud.ok(&delete, &this);
            cloud.wait();
            cloud.as_account(OWNER);
            cloud.ok("RevokeInstanceFromTransitRouter", &grant);
            assert_eq!(cloud.code("RevokeInstanceFromTransitRouter", &grant), "ParameterInstanceId");
            cloud.as_account(DEFAULT_ACCOUNT);
            assert_eq!(cloud.code(&create, &attach), "Forbidden.InstanceNotGranted");
        }
    }

    #[test]
    fn a_grant_is_for_one_network_and_one_cen() {
        let (mut cloud, cen, router) = cloud(Settings::default());
        let other_cen = cloud.cen();
        let attach = [("VbrId", "vbr-1"), ("TransitRouterId", router.as_str()), ("VbrOwnerId", OWNER)];
        for grant in [of(&other_cen, "ExpressConnect", "vbr-1"), of(&cen, "ExpressConnect", "vbr-2")] {
            cloud.as_account(OWNER);
            cloud.ok("GrantInstanceToTransitRouter", &grant);
            cloud.as_account(DEFAULT_ACCOUNT);
            assert_eq!(cloud.code("CreateTransitRouterVbrAttachment", &attach), "Forbidden.InstanceNotGranted");
        }
        // Somebody who does not own it can grant it, but that is no grant of its owner's.
        cloud.as_account("3000000000000003");
        cloud.ok("GrantInstanceToTransitRouter", &of(&cen, "ExpressConnect", "vbr-1"));
        cloud.as_account(DEFAULT_ACCOUNT);
        assert_eq!(cloud.code("CreateTransitRouterVbrAttachment", &attach), "Forbidden.InstanceNotGranted");
        let own = [("VbrId", "vbr-1"), ("TransitRouterId", router.as_str()), ("VbrOwnerId", DEFAULT_ACCOUNT)];
        cloud.ok("CreateTransitRouterVbrAttachment", &own);
    }

    #[test]
    fn the_owner_sees_and_changes_grants() {
        let (mut cloud, cen, router) = cloud(Settings::default());
        let other_cen = cloud.cen();
        cloud.as_account(OWNER);
        cloud.ok("GrantInstanceToTransitRouter", &of(&cen, "VPC", "vpc-1"));
        cloud.ok("GrantInstanceToTransitRouter", &of(&other_cen, "VPC", "vpc-1"));
        let look = [("ProductType", "VPC"), ("ResourceId", "vpc-1"), ("RegionId", "cn-hangzhou")];
        let first = cloud.ok("DescribeGrantRulesToResource", &[&look[..], &[("MaxResults", "1")]].concat());
        assert_eq!((&first["TotalCount"], &first["MaxResults"]), (&json!(2), &json!(1)));
        assert_eq!(first["GrantRules"].as_array().unwrap().len(), 1);
        let token = first["NextToken"].as_str().unwrap();
        let second = cloud.ok("DescribeGrantRulesToResource", &[&look[..], &[("NextToken", token)]].concat());
        assert_eq!((second["GrantRules"].as_array().unwrap().len(), &second["NextToken"]), (1, &json!("")));
        assert_ne!(first["GrantRules"][0]["CenId"], second["GrantRules"][0]["CenId"]);

        cloud.as_account(DEFAULT_ACCOUNT);
        assert_eq!(cloud.ok("DescribeGrantRulesToResource", &look)["TotalCount"], 0, "only the owner's side");
        let zone = [("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-1")];
        let attach =
            [("TransitRouterId", router.as_str()), ("VpcId", "vpc-1"), ("VpcOwnerId", OWNER), zone[0], zone[1]];
        cloud.ok("CreateTransitRouterVpcAttachment", &attach);
        cloud.as_account(OWNER);
        let change = [("CenId", cen.as_str()), ("InstanceId", "vpc-1"), ("OrderType", "PayByResourceOwner")];
        cloud.ok("ModifyGrantInstanceToTransitRouter", &change);
        let rules = cloud.ok("DescribeGrantRulesToResource", &look)["GrantRules"].as_array().unwrap().clone();
        let rule = rules.iter().find(|rule| rule["CenId"] == cen.as_str()).unwrap();
        let expected = json!({
            "CenId": cen, "CenOwnerId": 1_000_000_000_000_001_u64, "OrderType": "PayByResourceOwner",
            "EffectiveOrderType": "PayByCenOwner", "CreateTime": rule["CreateTime"],
        });
        assert_eq!(*rule, expected, "what is attached goes on as it was");
    }

    #[test]
    fn what_cannot_be_granted() {
        let (mut cloud, cen, _) = cloud(Settings::default());
        cloud.as_account(OWNER);
        let base = of(&cen, "VPC", "vpc-1");
        for (extra, code) in [
            (("CenId", ""), "MissingParam.CenId"),
            (("CenOwnerId", ""), "MissingParam.CenOwnerId"),
            (("InstanceId", ""), "MissingParam.InstanceId"),
            (("InstanceType", ""), "MissingParam.InstanceType"),
            (("InstanceType", "VBR"), "IllegalParam.InstanceType"),
            (("InstanceType", "ECR"), "IllegalParam.InstanceId"),
            (("CenOwnerId", "12"), "IllegalParam.CenOwnerId"),
            (("CenOwnerId", OWNER), "ParameterCenInstanceId"),
            (("CenId", "cen-x"), "ParameterCenInstanceId"),
            (("RegionId", "cn-atlantis"), "IllegalParam.RegionId"),
            (("OrderType", "PayLater"), "IllegalParam.OrderType"),
        ] {
            let kept = base.iter().filter(|(name, _)| *name != extra.0);
            let params: Vec<_> = kept.copied().chain([extra]).collect();
            assert_eq!(cloud.code("GrantInstanceToTransitRouter", &params), code, "{extra:?}");
        }
        let change = [("CenId", cen.as_str()), ("InstanceId", "vpc-1")];
        assert_eq!(cloud.code("ModifyGrantInstanceToTransitRouter", &change), "MissingParam.OrderType");
        let change = [change[0], change[1], ("OrderType", "PayByCenOwner")];
        assert_eq!(cloud.code("ModifyGrantInstanceToTransitRouter", &change), "ParameterInstanceId");
        assert_eq!(cloud.code("DescribeGrantRulesToResource", &[("ProductType", "VPC")]), "MissingParam.ResourceId");
    }

    #[test]
    fn a_grant_in_use_can_be_revoked_if_the_setting_says_so() {
        let mut settings = Settings::default();
        settings.set("grants_in_use=revocable").unwrap();
        let (mut cloud, cen, router) = cloud(settings);
        let grant = of(&cen, "ECR", "ecr-1");
        cloud.as_account(OWNER);
        cloud.ok("GrantInstanceToTransitRouter", &grant);
        cloud.as_account(DEFAULT_ACCOUNT);
        let attach = [("TransitRouterId", router.as_str()), ("EcrId", "ecr-1"), ("EcrOwnerId", OWNER)];
        cloud.ok("CreateTransitRouterEcrAttachment", &attach);
        cloud.as_account(OWNER);
        cloud.ok("RevokeInstanceFromTransitRouter", &grant);
    }
}
