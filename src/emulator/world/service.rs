//! The transit router service as a whole, and where it is offered (cloud-api 5.5).

use serde_json::{Value as Json, json};

use super::call::{Action, Call, DryRun, Outcome, fields, illegal};
use super::codes::SERVICE_NOT_OPEN;
use super::state::World;
use super::text::{REGIONS, zones_of};
use crate::emulator::message::Refusal;
use crate::emulator::options::Service;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::read("CheckTransitRouterService", check),
    Action::write("OpenTransitRouterService", open, DryRun::Unknown),
    Action::read("DescribeChildInstanceRegions", regions),
    Action::read("ListTransitRouterAvailableResource", resources),
];

/// The code is known from the Terraform provider; the text is a guess.
const ALREADY_OPEN: Refusal =
    Refusal::new(400, "ORDER.OPEND", "The transit router service has already been activated.");

fn check(world: &mut World, call: &Call<'_>) -> Outcome {
    world.check_service(call.account)?;
    Ok(fields(json!({ "Enabled": true })))
}

fn open(world: &mut World, call: &Call<'_>) -> Outcome {
    if world.check_service(call.account).is_ok() {
        return Err(ALREADY_OPEN);
    }
    world.opened.insert(call.account.to_owned());
    // Orders have numbers: how the service writes them is not known.
    Ok(fields(json!({ "OrderId": world.ids.object("order-") })))
}

fn regions(_: &mut World, call: &Call<'_>) -> Outcome {
    one_of(call, "ProductType", &["VPC", "VBR", "CCN"])?;
    one_of(call, "AcceptLanguage", &["zh-CN", "en-US", "ja"])?;
    let regions: Vec<Json> = REGIONS.iter().map(|region| json!({ "RegionId": region, "LocalName": region })).collect();
    Ok(fields(json!({ "Regions": { "Region": regions } })))
}

fn one_of(call: &Call<'_>, name: &str, words: &[&str]) -> Result<(), Refusal> {
    if call.params.filled(name).is_some_and(|word| !words.contains(&word)) { Err(illegal(name)) } else { Ok(()) }
}

/// Every region is of the newer sort here, which has no primary and secondary zones.
fn resources(_: &mut World, call: &Call<'_>) -> Outcome {
    let region = call.params.required("RegionId")?;
    call.params.flag("SupportMulticast")?;
    if !REGIONS.contains(&region) {
        return Err(illegal("RegionId"));
    }
    Ok(fields(json!({
        "AvailableZones": zones_of(region).collect::<Vec<_>>(),
        "MasterZones": [],
        "SlaveZones": [],
        "SupportMulticast": true,
    })))
}

impl World {
    /// Whether an account can use transit routers.
    pub(super) fn check_service(&self, account: &str) -> Result<(), Refusal> {
        let open = self.rules.settings.transit_router_service == Service::Open || self.opened.contains(account);
        if open { Ok(()) } else { Err(SERVICE_NOT_OPEN) }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn the_service_is_open_unless_said_otherwise_and_opened_for_one_account() {
        let mut cloud = Cloud::new();
        assert_eq!(cloud.ok("CheckTransitRouterService", &[])["Enabled"], true);
        assert_eq!(cloud.refused("OpenTransitRouterService", &[]), (400, "ORDER.OPEND".to_owned()));
        let mut settings = Settings::default();
        settings.set("transit_router_service=closed").unwrap();
        let mut cloud = Cloud::with(settings);
        let closed = "Forbbiden.TransitRouterServiceNotOpen";
        assert_eq!(cloud.code("CheckTransitRouterService", &[]), closed);
        let cen = cloud.cen();
        let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou")];
        assert_eq!(cloud.code("CreateTransitRouter", &params), closed);
        assert!(cloud.ok("OpenTransitRouterService", &[])["OrderId"].is_string());
        cloud.ok("CreateTransitRouter", &params);
        cloud.as_account("1000000000000002");
        assert_eq!(cloud.code("CheckTransitRouterService", &[]), closed);
        assert_eq!(cloud.code("checkTransitRouterService", &[]), "InvalidApi.NotFound");
    }

    #[test]
    fn regions_and_their_zones_are_listed() {
        let mut cloud = Cloud::new();
        let regions = cloud.ok("DescribeChildInstanceRegions", &[("ProductType", "VBR"), ("AcceptLanguage", "en-US")]);
        let regions = regions["Regions"]["Region"].as_array().unwrap();
        assert!(regions.iter().any(|region| region["RegionId"] == "cn-hangzhou"));
        assert_eq!(cloud.code("DescribeChildInstanceRegions", &[("ProductType", "ECR")]), "IllegalParam.ProductType");
        let zones = cloud.ok("ListTransitRouterAvailableResource", &[("RegionId", "ap-southeast-1")]);
        assert_eq!(
            (&zones["AvailableZones"][0], &zones["SupportMulticast"]),
            (&"ap-southeast-1a".into(), &true.into())
        );
        for (params, code) in
            [(vec![], "MissingParam.RegionId"), (vec![("RegionId", "cn-atlantis")], "IllegalParam.RegionId")]
        {
            assert_eq!(cloud.code("ListTransitRouterAvailableResource", &params), code);
        }
    }
}
