//! The world itself: what exists, what is on its way, and the order in which a call is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json};

use super::actions;
use super::attachment::Attachment;
use super::call::{Action, Call, DryRun, Outcome, Params};
use super::cen::Cen;
use super::codes::{DRY_RUN, UNKNOWN_ACTION};
use super::flow_log::FlowLog;
use super::grant::Grant;
use super::ids::Ids;
use super::life::{Life, Status};
use super::router::Router;
use super::sls::project::Project;
use super::stale::{self, Lists};
use super::tokens::Tokens;
use crate::emulator::message::Refusal;
use crate::emulator::options::Settings;

/// What a world goes by.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// How long creating, changing and deleting take.
    pub settle: Duration,
    /// How far lists may lag behind; zero when they do not.
    pub stale: Duration,
    /// Whether a write is refused while something in its domain is unsettled.
    pub write_domains: bool,
    /// What ids are made from.
    pub seed: u64,
    /// What the documentation leaves open.
    pub settings: Settings,
}

/// Everything that exists in the emulated cloud.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub(super) cens: BTreeMap<String, Cen>,
    pub(super) routers: BTreeMap<String, Router>,
    pub(super) attachments: BTreeMap<String, Attachment>,
    pub(super) flow_logs: BTreeMap<String, FlowLog>,
    /// By name, which is global.
    pub(super) projects: BTreeMap<String, Project>,
    /// By what tells one from another.
    pub(super) grants: BTreeMap<String, Grant>,
    /// The accounts that have opened the transit router service.
    pub(super) opened: BTreeSet<String>,
    pub(super) tokens: Tokens,
    pub(super) ids: Ids,
    pub(super) rules: Rules,
    pub(super) revision: u64,
    /// What lists show, if they lag behind.
    pub(super) lists: Option<Lists>,
    pending: BTreeSet<(Timestamp, Object)>,
}

/// An object whose status changes with time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    /// A CEN.
    Cen(String),
    /// A transit router.
    Router(String),
    /// An attachment of any type.
    Attachment(String),
    /// A flow log.
    FlowLog(String),
    /// A project with all that is in it, which is always settled.
    Project(String),
}

impl World {
    /// An empty world.
    pub fn new(rules: Rules) -> Self {
        let lists = (!rules.stale.is_zero()).then(Lists::default);
        Self { ids: Ids::new(rules.seed, BTreeMap::new()), rules, lists, ..Self::default() }
    }

    /// Answers an RPC call of CEN: the fields of the answer but RequestId. `params` are the action's own, without those
    /// of the signature.
    pub fn rpc(
        &mut self,
        account: &str,
        name: &str,
        params: &Params,
        now: Timestamp,
    ) -> Result<Map<String, Json>, Refusal> {
        self.settle(now);
        let action = actions::find(name).ok_or(UNKNOWN_ACTION)?;
        let call = Call { account, now, params };
        self.answer(action, &call).map_err(|refusal| self.refused(action.name, &call, refusal))
    }

    fn answer(&mut self, action: &Action, call: &Call<'_>) -> Outcome {
        if action.dry_run != DryRun::Unknown && call.params.flag("DryRun")? == Some(true) {
            self.clone().perform(action, call)?;
            return if action.dry_run == DryRun::Refuses { Err(DRY_RUN) } else { Ok(Map::new()) };
        }
        if !action.writes {
            let listed = stale::listed(action.name, call.params);
            return self.as_listed(listed, call.now, |world| (action.run)(world, call));
        }
        self.revision += 1;
        let outcome = match call.params.filled("ClientToken").filter(|_| action.takes_token) {
            Some(token) => self.once(token, action, call),
            None => self.perform(action, call),
        };
        self.note_changes(call.now);
        outcome
    }

    /// Does what a call that may write asks for.
    pub(super) fn perform(&mut self, action: &Action, call: &Call<'_>) -> Outcome {
        if self.rules.write_domains {
            self.check_domains(action, call)?;
        }
        (action.run)(self, call)
    }

    /// A number that grows whenever something was or may have been changed.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// This world in the place of another one, as one more change of it.
    #[must_use]
    pub(in crate::emulator) fn in_place_of(self, other: &Self) -> Self {
        Self { revision: other.revision + 1, ..self }
    }

    /// Whether a ClientToken makes an RPC action idempotent.
    pub(in crate::emulator) fn takes_token(name: &str) -> bool {
        actions::find(name).is_some_and(|action| action.takes_token)
    }

    /// A RequestId of an RPC product.
    pub(in crate::emulator) fn rpc_request_id(&mut self) -> String {
        self.ids.rpc_request()
    }

    /// A RequestId of SLS.
    pub(in crate::emulator) fn sls_request_id(&mut self) -> String {
        self.ids.sls_request()
    }

    /// Lets everything happen that was due by `now`.
    pub(in crate::emulator) fn settle(&mut self, now: Timestamp) {
        while let Some((at, object)) = self.pending.pop_first() {
            if at > now {
                self.pending.insert((at, object));
                return;
            }
            let settling = self.life(&object).and_then(|life| life.settling.clone());
            let Some(settling) = settling.filter(|settling| settling.at == at) else { continue };
            self.revision += 1;
            match settling.to {
                Some(status) => {
                    if let Some(life) = self.life(&object) {
                        *life = Life::settled(status);
                    }
                }
                None => self.remove(&object, at),
            }
            self.changed(object, at);
        }
    }

    /// Puts an object on its way through `status` to another one (to being gone, if there is none).
    pub(super) fn begin(&mut self, object: Object, status: Status, to: Option<Status>, now: Timestamp) {
        let delay = SignedDuration::try_from(self.rules.settle).unwrap_or(SignedDuration::MAX);
        let at = now.checked_add(delay).unwrap_or(Timestamp::MAX);
        if let Some(life) = self.life(&object) {
            *life = Life::moving(status, at, to);
            self.pending.insert((at, object));
        }
    }

    /// Takes note of what was on its way when the world was saved.
    pub(super) fn resume(&mut self) {
        let cens = self.cens.iter().map(|(id, cen)| (&cen.life, Object::Cen(id.clone())));
        let routers = self.routers.iter().map(|(id, router)| (&router.life, Object::Router(id.clone())));
        let attachments = self.attachments.iter().map(|(id, item)| (&item.life, Object::Attachment(id.clone())));
        let flow_logs = self.flow_logs.iter().map(|(id, log)| (&log.life, Object::FlowLog(id.clone())));
        self.pending = cens
            .chain(routers)
            .chain(attachments)
            .chain(flow_logs)
            .filter_map(|(life, object)| Some((life.settling.as_ref()?.at, object)))
            .collect();
    }

    /// What is on its way to another status.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Object> {
        self.pending.iter().map(|(_, object)| object)
    }

    fn life(&mut self, object: &Object) -> Option<&mut Life> {
        match object {
            Object::Cen(id) => self.cens.get_mut(id).map(|cen| &mut cen.life),
            Object::Router(id) => self.routers.get_mut(id).map(|router| &mut router.life),
            Object::Attachment(id) => self.attachments.get_mut(id).map(|attachment| &mut attachment.life),
            Object::FlowLog(id) => self.flow_logs.get_mut(id).map(|log| &mut log.life),
            Object::Project(_) => None,
        }
    }

    fn remove(&mut self, object: &Object, at: Timestamp) {
        match object {
            Object::Cen(id) => {
                self.cens.remove(id);
                self.grants.retain(|_, grant| grant.cen_id != *id);
            }
            Object::Router(id) => drop(self.routers.remove(id)),
            Object::Attachment(id) => drop(self.attachments.remove(id)),
            Object::FlowLog(id) => self.remove_flow_log(id, at),
            Object::Project(name) => drop(self.projects.remove(name)),
        }
    }
}
