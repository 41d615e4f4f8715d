//! A world as JSON: what is kept between runs, and what people write by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::attachment::Attachment;
use super::cen::Cen;
use super::flow_log::FlowLog;
use super::grant::Grant;
use super::ids::Ids;
use super::life::{Life, Status};
use super::network::{Attachable as _, Network};
use super::router::Router;
use super::sls::project::Project;
use super::stale::Lists;
use super::state::{Rules, World};
use super::tokens::Token;
use crate::emulator::options::{DEFAULT_ACCOUNT, is_account};

/// The version of the form.
const VERSION: u64 = 1;

/// Why a text is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// It is not JSON, or not of this form.
    #[error("It is not a world in JSON: {0}.")]
    Form(#[from] serde_json::Error),
    /// A newer cenform wrote it.
    #[error("It has version {0}, and this cenform knows version 1 only: use the newer one that wrote it.")]
    Newer(u64),
    /// A field that means nothing.
    #[error("{0} is not a field of a world: look for a typing error.")]
    UnknownField(String),
    /// Two objects have one id.
    #[error("{0} is there twice.")]
    Twice(String),
    /// An object belongs to one that is not there.
    #[error("{object} belongs to {parent}, which is not there.")]
    Orphan {
        /// What belongs.
        object: String,
        /// What it belongs to.
        parent: String,
    },
    /// An account id is none.
    #[error("{object} belongs to the account {account:?}, and an account id has 16 digits.")]
    Account {
        /// Whose account it is.
        object: String,
        /// The account id.
        account: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    #[serde(rename = "version", default = "this_version")]
    version: u64,
    #[serde(default)]
    cens: Vec<Cen>,
    #[serde(default)]
    transit_routers: Vec<Router>,
    #[serde(default)]
    transit_router_attachments: Vec<Attachment>,
    #[serde(default)]
    flow_logs: Vec<FlowLog>,
    #[serde(default)]
    projects: Vec<Project>,
    #[serde(default)]
    grants: Vec<Grant>,
    /// The accounts that have opened the transit router service, where it is closed.
    #[serde(default)]
    opened: BTreeSet<String>,
    #[serde(default)]
    tokens: Vec<Token>,
    #[serde(default)]
    counters: BTreeMap<String, u64>,
}

const fn this_version() -> u64 {
    VERSION
}

/// The account of what names none.
pub(super) fn default_account() -> String {
    DEFAULT_ACCOUNT.to_owned()
}

/// An account id as the number that some answers give.
pub(super) fn account_number(account: &str) -> u64 {
    account.parse().unwrap_or_default()
}

/// When something was made that does not say when.
pub(super) fn long_ago() -> Timestamp {
    Timestamp::constant(1_735_689_600, 0)
}

impl World {
    /// Reads a world. Fields that have no meaning, ids that are there twice, and objects whose parents are missing are
    /// refused.
    pub fn from_json(text: &[u8], rules: Rules) -> Result<Self, WorldError> {
        let input: Json = serde_json::from_slice(text)?;
        if let Some(version) = input["version"].as_u64().filter(|version| *version > VERSION) {
            return Err(WorldError::Newer(version));
        }
        let file: File = serde_json::from_value(input.clone())?;
        if let Some(path) = unknown_field(&input, &serde_json::to_value(&file)?) {
            return Err(WorldError::UnknownField(path));
        }
        let mut world = Self::new(rules);
        world.ids = Ids::new(world.rules.seed, file.counters);
        world.cens = by_id(file.cens, |cen| (cen.cen_id.clone(), &cen.account))?;
        world.routers = by_id(file.transit_routers, |router| (router.transit_router_id.clone(), &router.account))?;
        world.attachments =
            by_id(file.transit_router_attachments, |item| (item.transit_router_attachment_id.clone(), &item.account))?;
        world.flow_logs = by_id(file.flow_logs, |log| (log.flow_log_id.clone(), &log.account))?;
        world.projects = by_id(file.projects, |project| (project.project_name.clone(), &project.owner))?;
        world.grants = by_id(file.grants, |grant| (grant.key(), &grant.account))?;
        world.opened = file.opened;
        world.tokens =
            file.tokens.into_iter().map(|token| ((token.account.clone(), token.client_token.clone()), token)).collect();
        world.complete()?;
        world.resume();
        if world.lists.is_some() {
            world.lists = Some(Lists::of(&world));
        }
        Ok(world)
    }

    /// The world as text that [`Self::from_json`] reads.
    pub fn to_json(&self) -> Json {
        let file = File {
            version: VERSION,
            cens: self.cens.values().cloned().collect(),
            transit_routers: self.routers.values().cloned().collect(),
            transit_router_attachments: self.attachments.values().cloned().collect(),
            flow_logs: self.flow_logs.values().cloned().collect(),
            projects: self.projects.values().cloned().collect(),
            grants: self.grants.values().cloned().collect(),
            opened: self.opened.clone(),
            tokens: self.tokens.values().cloned().collect(),
            counters: self.ids.counters().clone(),
        };
        // Every field is text, a number, a list or a map with text keys: nothing that JSON cannot hold.
        serde_json::to_value(file).unwrap_or_default()
    }

    /// Fills in what follows from parents, and refuses what has none.
    fn complete(&mut self) -> Result<(), WorldError> {
        let orphan =
            |object: &str, parent: &str| WorldError::Orphan { object: object.to_owned(), parent: parent.to_owned() };
        for router in self.routers.values() {
            if !self.cens.contains_key(&router.cen_id) {
                return Err(orphan(&router.transit_router_id, &router.cen_id));
            }
        }
        for item in self.attachments.values_mut() {
            let router = self
                .routers
                .get(&item.transit_router_id)
                .ok_or_else(|| orphan(&item.transit_router_attachment_id, &item.transit_router_id))?;
            item.cen_id.clone_from(&router.cen_id);
            router.region_id.clone_into(item.network.get_mut().region());
            let owner = item.network.get_mut().owner();
            if *owner == 0 {
                *owner = account_number(&item.account);
            }
            if let Network::Peer(peer) = &mut item.network {
                let other =
                    self.routers.get(peer.id()).ok_or_else(|| orphan(&item.transit_router_attachment_id, peer.id()))?;
                peer.peer_transit_router_region_id.clone_from(&other.region_id);
            }
            if item.life == Life::settled(Status::Active) {
                item.life = Life::settled(Status::Attached);
            }
        }
        for log in self.flow_logs.values_mut() {
            let attachment = Some(&log.transit_router_attachment_id).filter(|id| !id.is_empty());
            if let Some(id) = attachment {
                let attachment = self.attachments.get(id).ok_or_else(|| orphan(&log.flow_log_id, id))?;
                // Of the two ends of a peer attachment the region can say which one is meant.
                let region_of = |end: &str| self.routers.get(end).map(|router| &router.region_id);
                let here = attachment.ends().find(|end| region_of(end) == Some(&log.region_id));
                if log.transit_router_id.is_empty() {
                    here.unwrap_or(&attachment.transit_router_id).clone_into(&mut log.transit_router_id);
                }
                if attachment.beyond(&log.transit_router_id).is_none() {
                    return Err(orphan(&log.transit_router_id, id));
                }
            }
            let router = self
                .routers
                .get(&log.transit_router_id)
                .ok_or_else(|| orphan(&log.flow_log_id, &log.transit_router_id))?;
            log.cen_id.clone_from(&router.cen_id);
            log.region_id.clone_from(&router.region_id);
        }
        for grant in self.grants.values_mut() {
            let cen = self.cens.get(&grant.cen_id).ok_or_else(|| orphan(&grant.key(), &grant.cen_id))?;
            grant.cen_owner_id = account_number(&cen.account);
        }
        Ok(())
    }
}

fn by_id<T>(items: Vec<T>, key: impl Fn(&T) -> (String, &String)) -> Result<BTreeMap<String, T>, WorldError> {
    let mut map = BTreeMap::new();
    for item in items {
        let (id, account) = key(&item);
        if !is_account(account) {
            return Err(WorldError::Account { object: id, account: account.clone() });
        }
        if map.contains_key(&id) {
            return Err(WorldError::Twice(id));
        }
        map.insert(id, item);
    }
    Ok(map)
}

/// The path of a field of `input` that did not come back in `output`.
fn unknown_field(input: &Json, output: &Json) -> Option<String> {
    match (input, output) {
        (Json::Object(input), Json::Object(output)) => {
            input.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| match output.get(name) {
                None => Some(name.clone()),
                Some(known) => unknown_field(value, known).map(|path| format!("{name}.{path}")),
            })
        }
        (Json::Array(input), Json::Array(output)) => input
            .iter()
            .zip(output)
            .enumerate()
            .find_map(|(index, (input, output))| unknown_field(input, output).map(|path| format!("{index}.{path}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::world::network::ROWS;
    use crate::emulator::world::testing::Cloud;

    const EXAMPLE: &str = include_str!("example.json");

    fn read(text: &str) -> Result<World, WorldError> {
        World::from_json(text.as_bytes(), Rules::default())
    }

    fn problem(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_a_world_in_which_flow_logs_can_be_made() {
        let mut cloud = Cloud::new();
        cloud.world = read(EXAMPLE).unwrap();
        let shown = cloud.ok("ListTransitRouterVpcAttachments", &[])["TransitRouterAttachments"][0].clone();
        assert_eq!((&shown["Status"], &shown["CenId"]), (&"Attached".into(), &"cen-backbone".into()));
        assert_eq!(shown["VpcRegionId"], "cn-hangzhou");
        for (kind, field, value) in [
            ("Vbr", "VbrOwnerId", json!(2_000_000_000_000_002_u64)),
            ("Vpn", "AutoPublishRouteEnabled", json!(true)),
            ("Ecr", "EcrOwnerId", json!(1_000_000_000_000_001_u64)),
            ("Peer", "PeerTransitRouterRegionId", json!("cn-shanghai")),
        ] {
            let listed = cloud.ok(&format!("ListTransitRouter{kind}Attachments"), &[]);
            assert_eq!((&listed["TotalCount"], &listed["TransitRouterAttachments"][0][field]), (&json!(1), &value));
        }
        let far = cloud.ok("DescribeFlowlogs", &[("RegionId", "cn-shanghai")])["FlowLogs"]["FlowLog"][0].clone();
        assert_eq!(far["TransitRouterId"], "tr-shanghai", "the end that its region names");
        let log = cloud.flow_log(&[
            ("TransitRouterAttachmentId", "tr-attach-app"),
            ("ProjectName", "netflow-example"),
            ("LogStoreName", "tr-flow"),
        ]);
        assert_eq!(cloud.ok("DescribeFlowlogs", &[("FlowLogId", &log)])["TotalCount"], "1");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut cloud = Cloud::new();
        let (_, _, attachment) = cloud.attachment();
        cloud.ok("CreateCen", &[("ClientToken", "t"), ("Tag.1.Key", "k")]);
        cloud.ok("DeleteTransitRouterVpcAttachment", &[("TransitRouterAttachmentId", &attachment)]);
        let saved = cloud.world.to_json();
        let mut again = World::from_json(saved.to_string().as_bytes(), cloud.world.rules.clone()).unwrap();
        assert_eq!(again.to_json(), saved);
        again.settle("2026-11-23T00:00:00Z".parse().unwrap());
        assert_eq!(again.to_json()["TransitRouterAttachments"], serde_json::json!([]));
        assert_eq!(again.cens.values().filter(|cen| cen.life.status == Status::Active).count(), 2);
    }

    #[test]
    fn every_type_is_written_and_read_again() {
        let rules = Rules::default();
        let first = read(EXAMPLE).unwrap().to_json();
        let second = World::from_json(first.to_string().as_bytes(), rules).unwrap().to_json();
        assert_eq!(second, first);
        assert_eq!(first["Grants"][0]["CenOwnerId"], 1_000_000_000_000_001_u64);
        let kinds =
            first["TransitRouterAttachments"].as_array().unwrap().iter().map(|item| item["ResourceType"].as_str());
        assert_eq!(kinds.collect::<BTreeSet<_>>().len(), ROWS.len());
    }

    #[test]
    fn what_is_no_world_is_refused_with_its_place() {
        assert!(problem("{").starts_with("It is not a world in JSON: EOF"));
        assert!(problem(r#"{"version": 2}"#).contains("version 2"));
        assert!(problem(r#"{"Cens": [{"Name": "x"}]}"#).contains("CenId"));
        let typo = problem(r#"{"Cens": [{"CenId": "cen-1", "Nmae": "x"}]}"#);
        assert_eq!(typo, "Cens.0.Nmae is not a field of a world: look for a typing error.");
        assert!(problem(r#"{"Cen": []}"#).starts_with("Cen is not a field"));
        let twice = problem(r#"{"Cens": [{"CenId": "cen-1"}, {"CenId": "cen-1"}]}"#);
        assert_eq!(twice, "cen-1 is there twice.");
        let orphan =
            r#"{"TransitRouters": [{"TransitRouterId": "tr-1", "CenId": "cen-x", "RegionId": "cn-hangzhou"}]}"#;
        assert_eq!(problem(orphan), "tr-1 belongs to cen-x, which is not there.");
        assert!(problem(r#"{"Cens": [{"CenId": "cen-1", "Account": "12"}]}"#).contains("16 digits"));
        for (from, to, expected) in [
            (
                r#""PeerTransitRouterId": "tr-shanghai""#,
                r#""PeerTransitRouterId": "tr-x""#,
                "tr-attach-mesh belongs to tr-x,",
            ),
            (r#""RegionId": "cn-shanghai","#, r#""TransitRouterId": "tr-x","#, "tr-x belongs to tr-attach-mesh,"),
            (
                r#""CenId": "cen-backbone" }],"#,
                r#""CenId": "cen-x" }],"#,
                "vbr-line of 2000000000000002 for cen-x belongs to cen-x,",
            ),
        ] {
            assert!(EXAMPLE.contains(from), "{from}");
            let wrong = problem(&EXAMPLE.replace(from, to));
            assert!(wrong.starts_with(expected), "{wrong}");
        }
        assert!(read("{}").is_ok());
    }
}
