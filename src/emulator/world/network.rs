//! What an attachment attaches: each type in a file of its own, which has its [`Row`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::call::{Call, Params, fields, illegal};
use super::ecr::Ecr;
use super::file;
use super::peer::Peer;
use super::state::World;
use super::vbr::Vbr;
use super::vpc::Vpc;
use super::vpn::Vpn;
use super::{ecr, peer, vbr, vpc, vpn};
use crate::emulator::message::Refusal;
use crate::emulator::options::{Settings, is_account};

/// What sets one type of attachment apart.
#[derive(Debug)]
pub(super) struct Row {
    /// What tag calls name it.
    pub(super) tag_type: &'static str,
    /// The parameter that names the network, and what its ids begin with.
    pub(super) id: (&'static str, &'static str),
    /// The parameter that names the account of the network, and the word for its type in a grant. Routers have none:
    /// two of one CEN belong to one account.
    pub(super) owner: Option<(&'static str, &'static str)>,
    /// Whether the network can be attached to one router only, wherever that is.
    pub(super) exclusive: bool,
    /// Whether its routes are published.
    pub(super) publish: Publish,
    /// Whether its pages state the narrower rule for names (cloud-api 12.8).
    pub(super) narrow_names: bool,
    /// What its list filters by beside what all filter by.
    pub(super) filters: &'static [&'static str],
    /// The largest page of its list, if that is documented.
    pub(super) page_max: Option<usize>,
    /// Fields of its list that are always the same.
    pub(super) constants: &'static [(&'static str, &'static str)],
    /// How its list prints times.
    pub(super) time: fn(Timestamp) -> String,
    /// What is answered while something is going on in it.
    pub(super) busy: Refusal,
    /// What is answered when its network is attached already.
    pub(super) taken: Refusal,
    /// Reads what is attached out of a create call.
    pub(super) read: fn(&Call<'_>, &Settings) -> Result<Network, Refusal>,
}

/// Every type.
pub(super) static ROWS: &[&Row] = &[&vpc::ROW, &vbr::ROW, &vpn::ROW, &ecr::ROW, &peer::ROW];

/// Whether an attachment's routes are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Publish {
    /// As calls say; this while none has said anything.
    AsSaid(bool),
    /// Always: there is no such parameter.
    Always,
}

impl Row {
    /// Whether routes are published, given what calls have said.
    pub(super) fn publishes(&self, said: Option<bool>) -> bool {
        match self.publish {
            Publish::AsSaid(default) => said.unwrap_or(default),
            Publish::Always => true,
        }
    }
}

/// A place for an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The CEN.
    pub(super) cen: String,
    /// The region.
    pub(super) region: String,
    /// The router; none if the region has none yet, then the service makes one.
    pub(super) router: Option<String>,
}

/// What the types of networks do in their own ways.
pub(super) trait Attachable {
    /// The row of the type.
    fn row(&self) -> &'static Row;

    /// The id of the network.
    fn id(&self) -> &str;

    /// The account that it belongs to.
    fn owner(&mut self) -> &mut u64;

    /// The region of the router that it is attached to.
    fn region(&mut self) -> &mut String;

    /// Puts it into its place: the checks and ids that depend on that.
    fn place(&mut self, _world: &mut World, _call: &Call<'_>, _place: &Place) -> Result<(), Refusal> {
        Ok(())
    }

    /// Takes over what an update call says, or changes nothing.
    fn update(&mut self, _params: &Params, _settings: &Settings) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ResourceType")]
pub(super) enum Network {
    /// A VPC.
    #[serde(rename = "VPC")]
    Vpc(Vpc),
    /// A virtual border router of Express Connect.
    #[serde(rename = "VBR")]
    Vbr(Vbr),
    /// A VPN connection.
    #[serde(rename = "VPN")]
    Vpn(Vpn),
    /// An Express Connect router.
    #[serde(rename = "ECR")]
    Ecr(Ecr),
    /// The router of another region.
    #[serde(rename = "TR")]
    Peer(Peer),
}

impl Network {
    /// What its type does in its own way.
    pub(super) fn get(&self) -> &dyn Attachable {
        match self {
            Self::Vpc(network) => network,
            Self::Vbr(network) => network,
            Self::Vpn(network) => network,
            Self::Ecr(network) => network,
            Self::Peer(network) => network,
        }
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self) -> &mut dyn Attachable {
        match self {
            Self::Vpc(network) => network,
            Self::Vbr(network) => network,
            Self::Vpn(network) => network,
            Self::Ecr(network) => network,
            Self::Peer(network) => network,
        }
    }

    /// The row of its type.
    pub(super) fn row(&self) -> &'static Row {
        self.get().row()
    }

    /// The other router, if that is what is attached.
    pub(super) fn peer(&self) -> Option<&str> {
        match self {
            Self::Peer(peer) => Some(peer.id()),
            Self::Vpc(_) | Self::Vbr(_) | Self::Vpn(_) | Self::Ecr(_) => None,
        }
    }

    /// Its fields in a list: those of the world file.
    pub(super) fn fields(&self) -> Map<String, Json> {
        // Text, numbers, and maps and lists of them: nothing that JSON cannot hold.
        fields(serde_json::to_value(self).unwrap_or_default())
    }
}

/// Id and owner of the network that a create call names.
pub(super) fn named(call: &Call<'_>, row: &Row) -> Result<(String, u64), Refusal> {
    let (parameter, prefix) = row.id;
    let id = call.params.required(parameter)?;
    if id.strip_prefix(prefix).is_none_or(str::is_empty) {
        return Err(illegal(parameter));
    }
    let mut owner = call.account;
    if let Some((parameter, _)) = row.owner {
        owner = call.params.filled(parameter).unwrap_or(owner);
        if !is_account(owner) {
            return Err(illegal(parameter));
        }
    }
    Ok((id.to_owned(), file::account_number(owner)))
}

/// The one way to pay that there is.
pub(super) fn check_charge(params: &Params) -> Result<(), Refusal> {
    if params.filled("ChargeType").is_some_and(|charge| charge != "POSTPAY") {
        return Err(illegal("ChargeType"));
    }
    Ok(())
}
