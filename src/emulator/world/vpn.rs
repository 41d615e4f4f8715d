//! VPN attachments (cloud-api 5.3): their addresses come out of the router's blocks.

use serde::{Deserialize, Serialize};

use super::attachment::{create, delete, list, update};
use super::call::{Action, Call, DryRun, illegal, missing};
use super::codes::{ATTACHMENT_STATUS_WRONG, NETWORK_ATTACHED, ROUTER_NOT_FOUND};
use super::life::seconds;
use super::network::{Attachable, Network, Place, Publish, Row, check_charge, named};
use super::state::World;
use super::text::is_zone_of;
use crate::emulator::message::Refusal;
use crate::emulator::options::VpnCidr;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterVpnAttachment", |world, call| create(world, call, &ROW), DryRun::Refuses),
    Action::read("ListTransitRouterVpnAttachments", |world, call| list(world, call, &ROW)),
    Action::write(
        "UpdateTransitRouterVpnAttachmentAttribute",
        |world, call| update(world, call, &ROW),
        DryRun::Refuses,
    ),
    Action::write("DeleteTransitRouterVpnAttachment", |world, call| delete(world, call, &ROW), DryRun::Refuses),
];

/// The row of this type.
pub(super) static ROW: Row = Row {
    tag_type: "TransitRouterVpnAttachment",
    id: ("VpnId", "vco-"),
    owner: Some(("VpnOwnerId", "VPN")),
    exclusive: true,
    publish: Publish::AsSaid(true),
    narrow_names: true,
    filters: &[],
    page_max: None,
    constants: &[("ChargeType", "POSTPAY")],
    time: seconds,
    busy: ATTACHMENT_STATUS_WRONG,
    taken: NETWORK_ATTACHED,
    read: |call, _| read(call),
};

/// The most zones of one call: more than any region has.
const MAX_ZONES: usize = 20;

/// The code is one that the Terraform provider retries (cloud-api 11); the text is a guess.
const NO_CIDR: Refusal = Refusal::new(
    400,
    "OperationFailed.AllocateCidrFailed",
    "Operation failed because the transit router has no CIDR block to allocate addresses from.",
);

/// An attached VPN connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Vpn {
    vpn_id: String,
    #[serde(default)]
    vpn_owner_id: u64,
    #[serde(default)]
    vpn_region_id: String,
    /// None for a connection of two tunnels, which are in two zones.
    #[serde(default)]
    zones: Vec<Zone>,
}

/// A zone that the connection is deployed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    zone_id: String,
}

fn read(call: &Call<'_>) -> Result<Network, Refusal> {
    let (vpn_id, vpn_owner_id) = named(call, &ROW)?;
    check_charge(call.params)?;
    let mut zones: Vec<Zone> = Vec::new();
    for item in call.params.list("Zone", MAX_ZONES)? {
        let id = item.get("ZoneId").copied().filter(|id| !id.is_empty()).ok_or_else(|| missing("ZoneId"))?;
        if zones.iter().any(|zone| zone.zone_id == id) {
            return Err(illegal("ZoneId"));
        }
        zones.push(Zone { zone_id: id.to_owned() });
    }
    Ok(Network::Vpn(Vpn { vpn_id, vpn_owner_id, vpn_region_id: String::new(), zones }))
}

impl Attachable for Vpn {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn id(&self) -> &str {
        &self.vpn_id
    }

    fn owner(&mut self) -> &mut u64 {
        &mut self.vpn_owner_id
    }

    fn region(&mut self) -> &mut String {
        &mut self.vpn_region_id
    }

    /// The router must be there beforehand: the service makes none for a connection (domain 2).
    fn place(&mut self, world: &mut World, _: &Call<'_>, place: &Place) -> Result<(), Refusal> {
        if !self.zones.iter().all(|zone| is_zone_of(&zone.zone_id, &place.region)) {
            return Err(illegal("ZoneId"));
        }
        let router = place.router.as_ref().and_then(|id| world.routers.get(id)).ok_or(ROUTER_NOT_FOUND)?;
        let needed = world.rules.settings.vpn_router_cidr == VpnCidr::Needed;
        if needed && router.transit_router_cidr_list.is_empty() { Err(NO_CIDR) } else { Ok(()) }
    }
}
