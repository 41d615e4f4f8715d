//! Peer attachments (cloud-api 5.3): one object between the routers of two regions.

use serde::{Deserialize, Serialize};

use super::attachment::{create, delete, list, update};
use super::call::{Action, Call, DryRun, Params, illegal, missing};
use super::codes::{ATTACHMENT_STATUS_WRONG, ROUTER_BUSY, ROUTER_TYPE};
use super::file;
use super::life::minutes;
use super::network::{Attachable, Network, Place, Publish, Row, named};
use super::router::Edition;
use super::state::World;
use crate::emulator::message::Refusal;
use crate::emulator::options::{BandwidthPackages, PeerBandwidth, Settings};

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterPeerAttachment", |world, call| create(world, call, &ROW), DryRun::Answers),
    Action::read("ListTransitRouterPeerAttachments", |world, call| list(world, call, &ROW)),
    Action::write(
        "UpdateTransitRouterPeerAttachmentAttribute",
        |world, call| update(world, call, &ROW),
        DryRun::Answers,
    ),
    Action::write("DeleteTransitRouterPeerAttachment", |world, call| delete(world, call, &ROW), DryRun::Answers),
];

/// The row of this type.
pub(super) static ROW: Row = Row {
    tag_type: "TransitRouterPeerAttachment",
    id: ("PeerTransitRouterId", "tr-"),
    owner: None,
    exclusive: false,
    publish: Publish::AsSaid(false),
    narrow_names: false,
    filters: &[],
    page_max: Some(100),
    // Its values are not known: some text that names the two areas of the world.
    constants: &[("GeographicSpanId", "")],
    time: minutes,
    busy: ATTACHMENT_STATUS_WRONG,
    // The page lists this code without saying when it comes.
    taken: Refusal::new(400, "InvalidOperation", "Operation is invalid."),
    read: |call, settings| {
        let (id, _) = named(call, &ROW)?;
        Ok(Network::Peer(Peer {
            peer_transit_router_id: id,
            peer_transit_router_region_id: call
                .params
                .filled("PeerTransitRouterRegionId")
                .unwrap_or_default()
                .to_owned(),
            peer_transit_router_owner_id: 0,
            region_id: String::new(),
            line: Line::new(call.params, settings)?,
        }))
    },
};

/// What a bandwidth package can hold at most, in Mbit/s (cloud-api 7).
const MAX_OF_PACKAGE: usize = 10_000;

const PEER_NOT_FOUND: Refusal =
    Refusal::new(400, "InvalidPeerTransitRouterId.NotFound", "The specified PeerTransitRouterId is not found.");
const NO_PACKAGE: Refusal = Refusal::new(
    400,
    "InvalidOperation.BwpNotAssociated",
    "Operation is invalid because a bandwidth package corresponding to the geographic span is not associated.",
);
const PACKAGE_EXCEEDED: Refusal = Refusal::new(
    400,
    "InvalidOperation.BwpBandwidthExceeded",
    "Operation is invalid because the total bandwidth limit has exceeded that of the bandwidth package.",
);
const TRANSFER_LINK: Refusal = Refusal::new(
    400,
    "ParameterIllegal.CdtDefaultLinkTypeOnlySupportPlatinumOrGold",
    "DataTransfer only support Platinum and Gold.",
);
const PACKAGE_LINK: Refusal = Refusal::new(
    400,
    "ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold",
    "Cen bandwidthPackage only support Gold.",
);

/// The other router, and the line to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Peer {
    peer_transit_router_id: String,
    #[serde(default)]
    pub(super) peer_transit_router_region_id: String,
    #[serde(default)]
    peer_transit_router_owner_id: u64,
    /// The region of the router that the attachment was made at.
    #[serde(default)]
    region_id: String,
    #[serde(flatten)]
    line: Line,
}

/// A line between two regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    /// Mbit/s; 0 for a line to try things out, which has a few kbit/s.
    #[serde(default)]
    bandwidth: usize,
    #[serde(default)]
    bandwidth_type: BandwidthType,
    /// Empty: none.
    #[serde(default)]
    cen_bandwidth_package_id: String,
    #[serde(default)]
    default_link_type: LinkType,
}

/// Where the bandwidth comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum BandwidthType {
    /// Paid by traffic.
    #[default]
    DataTransfer,
    /// Out of a package that is associated with the CEN.
    BandwidthPackage,
}

/// The quality of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum LinkType {
    #[default]
    Gold,
    Platinum,
}

impl Line {
    /// A new line. What it is when nothing says is not documented; a package says.
    fn new(params: &Params, settings: &Settings) -> Result<Self, Refusal> {
        let of_package = params.filled("CenBandwidthPackageId").is_some()
            || settings.peer_bandwidth_type == PeerBandwidth::BandwidthPackage;
        let plain = Self {
            bandwidth: 0,
            bandwidth_type: if of_package { BandwidthType::BandwidthPackage } else { BandwidthType::DataTransfer },
            cen_bandwidth_package_id: String::new(),
            default_link_type: LinkType::Gold,
        };
        plain.changed(params, settings)
    }

    /// This line as a call changes it.
    fn changed(&self, params: &Params, settings: &Settings) -> Result<Self, Refusal> {
        let bandwidth = params.number("Bandwidth", 1..=usize::MAX)?.unwrap_or(self.bandwidth);
        let bandwidth_type = match params.filled("BandwidthType") {
            None => self.bandwidth_type,
            Some("DataTransfer") => BandwidthType::DataTransfer,
            Some("BandwidthPackage") => BandwidthType::BandwidthPackage,
            Some(_) => return Err(illegal("BandwidthType")),
        };
        let of_package = bandwidth_type == BandwidthType::BandwidthPackage;
        let default_link_type = match params.filled("DefaultLinkType") {
            None => self.default_link_type,
            Some("Gold") => LinkType::Gold,
            Some("Platinum") => LinkType::Platinum,
            Some(_) if of_package => return Err(PACKAGE_LINK),
            Some(_) => return Err(TRANSFER_LINK),
        };
        let package = params.filled("CenBandwidthPackageId");
        if package.is_some_and(|id| !of_package || !id.starts_with("cenbwp-")) {
            return Err(illegal("CenBandwidthPackageId"));
        }
        let package =
            package.or_else(|| of_package.then_some(self.cen_bandwidth_package_id.as_str())).unwrap_or_default();
        if of_package {
            if default_link_type == LinkType::Platinum {
                return Err(PACKAGE_LINK);
            }
            let associated = settings.bandwidth_packages == BandwidthPackages::Associated;
            if !package.is_empty() && !associated || package.is_empty() && bandwidth > 0 {
                return Err(NO_PACKAGE);
            }
            if bandwidth > MAX_OF_PACKAGE {
                return Err(PACKAGE_EXCEEDED);
            }
        }
        // Without a package there is a line to try things out (domain 2).
        if bandwidth == 0 && !(of_package && package.is_empty()) {
            return Err(missing("Bandwidth"));
        }
        Ok(Self { bandwidth, bandwidth_type, cen_bandwidth_package_id: package.to_owned(), default_link_type })
    }
}

impl Attachable for Peer {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn id(&self) -> &str {
        &self.peer_transit_router_id
    }

    fn owner(&mut self) -> &mut u64 {
        &mut self.peer_transit_router_owner_id
    }

    fn region(&mut self) -> &mut String {
        &mut self.region_id
    }

    fn place(&mut self, world: &mut World, call: &Call<'_>, place: &Place) -> Result<(), Refusal> {
        let id = &self.peer_transit_router_id;
        let peer = world.routers.get(id).filter(|peer| peer.account == call.account).ok_or(PEER_NOT_FOUND)?;
        if place.router.as_ref() == Some(id) || peer.cen_id != place.cen {
            return Err(illegal("PeerTransitRouterId"));
        }
        let region = &self.peer_transit_router_region_id;
        if !region.is_empty() && *region != peer.region_id {
            return Err(illegal("PeerRegionId"));
        }
        if peer.r#type == Edition::Basic {
            return Err(ROUTER_TYPE);
        }
        if !peer.life.status.is_settled() {
            return Err(ROUTER_BUSY);
        }
        self.peer_transit_router_region_id.clone_from(&peer.region_id);
        self.peer_transit_router_owner_id = file::account_number(&peer.account);
        Ok(())
    }

    fn update(&mut self, params: &Params, settings: &Settings) -> Result<(), Refusal> {
        self.line = self.line.changed(params, settings)?;
        Ok(())
    }
}
