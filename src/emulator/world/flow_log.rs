//! Flow logs: the CreateFlowlog page and its five sisters (cloud-api 5.4).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::call::{Action, Call, DryRun, Outcome, Params, fields};
use super::codes::FLOW_LOG_NOT_FOUND;
use super::codes::flow_log::{
    ALREADY_EXISTS, ATTACHMENT_NOT_FOUND, ATTACHMENT_STATUS, CEN_HAS_FLOW_LOG, CEN_ID, ILLEGAL_ATTACHMENT,
    INCOMPATIBLE, INVALID_LOG_INFO, INVALID_PARAMETER, LOG_FORMAT, LOG_STORE_NAME, PROJECT_NAME,
    PROJECT_OR_LOGSTORE_NOT_EXIST, QUOTA, ROUTER_NOT_EXIST, ROUTER_STATUS, RULE_EXIST, SERVICE_ROLE, SIBLING_STATUS,
    SOURCE_PROJECT_NOT_EXIST, STATUS, UNAUTHORIZED, UNSUPPORTED_ACTION,
};
use super::file;
use super::life::{Life, Status, seconds};
use super::paging::Page;
use super::router::Edition;
use super::state::{Object, World};
use super::text::{self, REGIONS, Tag, is_project_name, is_store_name};
use crate::emulator::message::Refusal;
use crate::emulator::options::{
    AttachmentLogs, DefaultFormat, FlowLogs, MadeProjects, ModifyInactive, Overlap, PerCen, Permission,
};

/// The actions, in the page's own spellings.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateFlowlog", create, DryRun::Unknown),
    Action::read("DescribeFlowlogs", describe),
    Action::write("ModifyFlowLogAttribute", modify, DryRun::Unknown),
    Action::write("ActiveFlowLog", activate, DryRun::Unknown),
    Action::write("DeactiveFlowLog", deactivate, DryRun::Unknown),
    Action::write("DeleteFlowlog", delete, DryRun::Unknown),
];

/// What every format begins with.
const MANDATORY_FIELDS: &str = "${srcaddr}${dstaddr}${bytes}";

/// The documented fields, in the order of a default format.
const DEFAULT_FIELDS: &str = "${srcaddr}${dstaddr}${bytes}${account-id}${attachment-id}${cen-id}${src-region-id}${dst-region-id}${srcport}${dstport}${protocol}${packets}${start}${end}${direction}";

/// A flow log. Without an attachment it watches its whole router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct FlowLog {
    pub(super) flow_log_id: String,
    #[serde(default = "file::default_account")]
    pub(super) account: String,
    #[serde(default)]
    pub(super) flow_log_name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) cen_id: String,
    #[serde(default)]
    pub(super) region_id: String,
    #[serde(default)]
    pub(super) transit_router_id: String,
    #[serde(default)]
    pub(super) transit_router_attachment_id: String,
    #[serde(default)]
    pub(super) project_name: String,
    #[serde(default)]
    pub(super) log_store_name: String,
    #[serde(default = "ten_minutes")]
    pub(super) interval: u32,
    /// Empty: the default.
    #[serde(default)]
    pub(super) log_format_string: String,
    /// Whether its project was not there and was made for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) made_project: bool,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default = "file::long_ago")]
    pub(super) creation_time: Timestamp,
    #[serde(flatten)]
    pub(super) life: Life,
}

impl FlowLog {
    /// Whether another one writes to the same logstore.
    fn shares_store(&self, other: &Self) -> bool {
        let has_store = !self.project_name.is_empty();
        has_store && self.project_name == other.project_name && self.log_store_name == other.log_store_name
    }
}

const fn ten_minutes() -> u32 {
    600
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    world.check_may_write()?;
    let params = call.params;
    let region = region(params)?;
    let cen = params.required("CenId")?;
    let name = plain(params, "FlowLogName", 128)?.unwrap_or_default().to_owned();
    let description = plain(params, "Description", 256)?.unwrap_or_default().to_owned();
    let interval = interval(params)?.unwrap_or_else(ten_minutes);
    let format = params.filled("LogFormatString").unwrap_or_default();
    let is_format = match world.rules.settings.unknown_log_fields {
        Permission::Allowed => is_log_format(format),
        Permission::Refused => {
            is_log_format(format)
                && fields_of(format).all(|field| fields_of(DEFAULT_FIELDS).any(|known| known == field))
        }
    };
    if !format.is_empty() && !is_format {
        return Err(LOG_FORMAT);
    }
    let tags = text::tags(params)?;
    let store = store(params)?;
    let (router, attachment) = world.target(call, cen, region)?;
    let (project, logstore) = store.unwrap_or_default();
    let mut log = FlowLog {
        flow_log_id: String::new(),
        account: call.account.to_owned(),
        flow_log_name: name,
        description,
        cen_id: cen.to_owned(),
        region_id: region.to_owned(),
        transit_router_attachment_id: attachment.unwrap_or_default().to_owned(),
        transit_router_id: router,
        project_name: project.to_owned(),
        log_store_name: logstore.to_owned(),
        interval,
        log_format_string: format.to_owned(),
        made_project: false,
        tags,
        creation_time: call.now,
        life: Life::settled(Status::Creating),
    };
    world.check_siblings(&log)?;
    if world.rules.settings.flow_log_role == Permission::Refused {
        return Err(SERVICE_ROLE);
    }
    if store.is_some() {
        log.made_project = !world.projects.contains_key(project);
        world.prepare_store(call, region, project, logstore)?;
    }
    let id = world.ids.object("flowlog-");
    log.flow_log_id.clone_from(&id);
    world.flow_logs.insert(id.clone(), log);
    world.begin(Object::FlowLog(id.clone()), Status::Creating, Some(Status::Active), call.now);
    Ok(fields(json!({ "Success": "true", "FlowLogId": id })))
}

fn region(params: &Params) -> Result<&str, Refusal> {
    let region = params.required("RegionId")?;
    if REGIONS.contains(&region) { Ok(region) } else { Err(INVALID_PARAMETER) }
}

fn plain<'a>(params: &'a Params, name: &str, max: usize) -> Result<Option<&'a str>, Refusal> {
    text::plain(params, name, max).map_err(|_| INVALID_PARAMETER)
}

fn interval(params: &Params) -> Result<Option<u32>, Refusal> {
    match params.filled("Interval") {
        None => Ok(None),
        Some("60") => Ok(Some(60)),
        Some("600") => Ok(Some(600)),
        Some(_) => Err(INVALID_PARAMETER),
    }
}

/// The fields of a format that is one.
fn fields_of(format: &str) -> impl Iterator<Item = &str> {
    format.split(['$', '{', '}']).filter(|field| !field.is_empty())
}

/// Whether a format is nothing but fields, each once, beginning with those that are mandatory.
fn is_log_format(format: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut rest = format;
    while let Some((field, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        let named = !field.is_empty() && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !named || !seen.insert(field) {
            return false;
        }
        rest = after;
    }
    rest.is_empty() && format.starts_with(MANDATORY_FIELDS)
}

/// Project and logstore; both or none.
fn store(params: &Params) -> Result<Option<(&str, &str)>, Refusal> {
    match (params.filled("ProjectName"), params.filled("LogStoreName")) {
        (None, None) => Ok(None),
        (Some(project), _) if !is_project_name(project) => Err(PROJECT_NAME),
        (_, Some(logstore)) if !is_store_name(logstore, 3, b"-_") => Err(LOG_STORE_NAME),
        (Some(project), Some(logstore)) => Ok(Some((project, logstore))),
        _ => Err(INVALID_LOG_INFO),
    }
}

fn describe(world: &mut World, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let most = world.rules.settings.flow_log_page_max;
    let page = Page::of(params, most.min(20), most).map_err(|_| INVALID_PARAMETER)?;
    let page = page.at_most(world.rules.settings.page_given.get());
    let tags = text::tags(params)?;
    let wanted = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
    let found: Vec<&FlowLog> = world
        .flow_logs
        .values()
        .filter(|log| log.account == call.account)
        .filter(|log| {
            wanted("RegionId", &log.region_id)
                && wanted("FlowLogId", &log.flow_log_id)
                && wanted("FlowLogName", &log.flow_log_name)
                && wanted("Description", &log.description)
                && wanted("CenId", &log.cen_id)
                && wanted("ProjectName", &log.project_name)
                && wanted("LogStoreName", &log.log_store_name)
                && wanted("Status", log.life.status.word())
                && wanted("Interval", &log.interval.to_string())
                && wanted("FlowLogVersion", "3")
                && wanted("TransitRouterId", &log.transit_router_id)
                && wanted("TransitRouterAttachmentId", &log.transit_router_attachment_id)
        })
        .filter(|log| text::has_tags(&log.tags, &tags))
        .collect();
    let total = found.len();
    let logs: Vec<Json> = page.cut(found).into_iter().map(|log| shown(world, log)).collect();
    // Numbers of a page are text here, and here only.
    Ok(fields(json!({
        "Success": "true",
        "PageNumber": page.number.to_string(),
        "PageSize": page.size.to_string(),
        "TotalCount": total.to_string(),
        "FlowLogs": { "FlowLog": logs },
    })))
}

fn shown(world: &World, log: &FlowLog) -> Json {
    let format = match world.rules.settings.describe_default_format {
        DefaultFormat::DefaultFields if log.log_format_string.is_empty() => DEFAULT_FIELDS,
        _ => &log.log_format_string,
    };
    json!({
        "FlowLogId": log.flow_log_id,
        "FlowLogName": log.flow_log_name,
        "Description": log.description,
        "CenId": log.cen_id,
        "RegionId": log.region_id,
        "ProjectName": log.project_name,
        "LogStoreName": log.log_store_name,
        "TransitRouterAttachmentId": log.transit_router_attachment_id,
        "TransitRouterId": log.transit_router_id,
        "Status": log.life.status.word(),
        "CreationTime": seconds(log.creation_time),
        "Interval": log.interval,
        "LogFormatString": format,
        "FlowLogVersion": "3",
        "Tags": { "Tag": log.tags },
    })
}

fn modify(world: &mut World, call: &Call<'_>) -> Outcome {
    let name = plain(call.params, "FlowLogName", 128)?;
    let description = plain(call.params, "Description", 256)?;
    let interval = interval(call.params)?;
    let rule = world.rules.settings.modify_inactive;
    let log = world.settled_flow_log(call)?;
    let end = match (log.life.status, rule) {
        (Status::Inactive, ModifyInactive::Refuses) => return Err(STATUS),
        (Status::Inactive, ModifyInactive::Keeps) => Status::Inactive,
        _ => Status::Active,
    };
    if let Some(name) = name {
        name.clone_into(&mut log.flow_log_name);
    }
    if let Some(description) = description {
        description.clone_into(&mut log.description);
    }
    log.interval = interval.unwrap_or(log.interval);
    let id = log.flow_log_id.clone();
    world.begin(Object::FlowLog(id), Status::Modifying, Some(end), call.now);
    Ok(fields(json!({ "Success": "true" })))
}

fn activate(world: &mut World, call: &Call<'_>) -> Outcome {
    let log = world.settled_flow_log(call)?.clone();
    if !world.has_store(&log) {
        return Err(PROJECT_OR_LOGSTORE_NOT_EXIST);
    }
    world.switch(&log, Status::Inactive, Status::Active, call)
}

fn deactivate(world: &mut World, call: &Call<'_>) -> Outcome {
    let log = world.settled_flow_log(call)?.clone();
    world.switch(&log, Status::Active, Status::Inactive, call)
}

fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let log = world.settled_flow_log(call)?.clone();
    if world.rules.settings.delete_without_store == Permission::Refused && !world.has_store(&log) {
        return Err(SOURCE_PROJECT_NOT_EXIST);
    }
    world.begin(Object::FlowLog(log.flow_log_id), Status::Deleting, None, call.now);
    Ok(fields(json!({ "Success": "true" })))
}

impl World {
    /// The flow log that a call names, in which nothing is going on.
    fn settled_flow_log(&mut self, call: &Call<'_>) -> Result<&mut FlowLog, Refusal> {
        self.check_may_write()?;
        let region = region(call.params)?;
        let id = call.params.required("FlowLogId")?;
        let cen = call.params.filled("CenId");
        let log = self
            .flow_logs
            .get_mut(id)
            .filter(|log| log.account == call.account && log.region_id == region)
            .filter(|log| cen.is_none_or(|cen| log.cen_id == cen))
            .ok_or(FLOW_LOG_NOT_FOUND)?;
        if log.life.status.is_settled() { Ok(log) } else { Err(STATUS) }
    }

    fn switch(&mut self, log: &FlowLog, from: Status, to: Status, call: &Call<'_>) -> Outcome {
        if log.life.status != from {
            return Err(STATUS);
        }
        self.begin(Object::FlowLog(log.flow_log_id.clone()), Status::Modifying, Some(to), call.now);
        Ok(fields(json!({ "Success": "true" })))
    }

    /// The router (by id) and the attachment that a new flow log watches: there, settled, and belonging together.
    fn target<'a>(&self, call: &'a Call<'_>, cen: &str, region: &str) -> Result<(String, Option<&'a str>), Refusal> {
        self.cens
            .get(cen)
            .filter(|found| found.account == call.account && found.life.status.is_settled())
            .ok_or(CEN_ID)?;
        let router = call.params.filled("TransitRouterId");
        let Some(id) = call.params.filled("TransitRouterAttachmentId") else {
            let router = router.ok_or(INVALID_PARAMETER)?;
            self.check_target_router(call, router, cen, region)?;
            return Ok((router.to_owned(), None));
        };
        if !id.starts_with("tr-attach-") {
            return Err(ILLEGAL_ATTACHMENT);
        }
        let attachment =
            self.attachments.get(id).filter(|item| item.account == call.account).ok_or(ATTACHMENT_NOT_FOUND)?;
        // A peer attachment is logged at either of its ends; the region says which if the call does not.
        let here = attachment.ends().find(|end| self.region_of(end) == region);
        let router = router.or(here).unwrap_or(&attachment.transit_router_id);
        self.check_target_router(call, router, cen, region)?;
        if attachment.beyond(router).is_none() {
            return Err(ILLEGAL_ATTACHMENT);
        }
        if !attachment.life.status.is_settled() {
            return Err(ATTACHMENT_STATUS);
        }
        Ok((router.to_owned(), Some(id)))
    }

    fn check_target_router(&self, call: &Call<'_>, id: &str, cen: &str, region: &str) -> Result<(), Refusal> {
        let router = self
            .routers
            .get(id)
            .filter(|router| router.account == call.account)
            .filter(|router| router.cen_id == cen && router.region_id == region)
            .ok_or(ROUTER_NOT_EXIST)?;
        if router.r#type == Edition::Basic {
            return Err(UNSUPPORTED_ACTION);
        }
        if router.life.status.is_settled() { Ok(()) } else { Err(ROUTER_STATUS) }
    }

    /// One flow log for each pair of attachment and router, none that excludes another, and not more than the quota.
    fn check_siblings(&self, log: &FlowLog) -> Result<(), Refusal> {
        let settings = &self.rules.settings;
        let (attachment, is_whole) = (&log.transit_router_attachment_id, log.transit_router_attachment_id.is_empty());
        let either_end = !is_whole && settings.attachment_logs == AttachmentLogs::OneAnAttachment;
        let siblings = || {
            self.flow_logs.values().filter(move |other| {
                other.transit_router_id == log.transit_router_id
                    || either_end && other.transit_router_attachment_id == *attachment
            })
        };
        if let Some(twin) = siblings().find(|other| other.transit_router_attachment_id == *attachment) {
            return Err(if twin.life.status == Status::Deleting { SIBLING_STATUS } else { ALREADY_EXISTS });
        }
        if settings.flow_logs_per_cen == PerCen::One && self.flow_logs.values().any(|other| other.cen_id == log.cen_id)
        {
            return Err(CEN_HAS_FLOW_LOG);
        }
        let mut overlapping = siblings().filter(|other| other.transit_router_attachment_id.is_empty() != is_whole);
        match settings.router_and_attachment_logs {
            Overlap::Refused if overlapping.next().is_some() => return Err(INCOMPATIBLE),
            Overlap::NotInOneStore if overlapping.any(|other| other.shares_store(log)) => return Err(RULE_EXIST),
            _ => {}
        }
        let differs = |other: &FlowLog| {
            other.shares_store(log)
                && (other.interval != log.interval || other.log_format_string != log.log_format_string)
        };
        if settings.mixed_logs_in_store == Permission::Refused && self.flow_logs.values().any(differs) {
            return Err(INCOMPATIBLE);
        }
        let own = self.flow_logs.values().filter(|other| other.account == log.account).count();
        if own >= settings.flow_log_quota { Err(QUOTA) } else { Ok(()) }
    }

    /// Whether the service lets the caller make and change flow logs at all.
    const fn check_may_write(&self) -> Result<(), Refusal> {
        match self.rules.settings.flow_logs {
            FlowLogs::Allowed => Ok(()),
            FlowLogs::Unsupported => Err(UNSUPPORTED_ACTION),
            FlowLogs::Unauthorized => Err(UNAUTHORIZED),
        }
    }

    /// Takes a flow log away, and a project that was made for it if that goes too.
    pub(super) fn remove_flow_log(&mut self, id: &str, at: Timestamp) {
        let made = self.flow_logs.remove(id).filter(|log| log.made_project).map(|log| log.project_name);
        if let Some(project) = made.filter(|_| self.rules.settings.made_projects == MadeProjects::Go) {
            self.projects.remove(&project);
            self.changed(Object::Project(project), at);
        }
    }

    fn has_store(&self, log: &FlowLog) -> bool {
        log.project_name.is_empty()
            || self.projects.get(&log.project_name).is_some_and(|project| project.has(&log.log_store_name))
    }
}

#[cfg(test)]
mod tests;
