//! One SLS call as the world sees it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json};

use super::host::DEFAULT_REGION;
use super::project::Project;
use crate::emulator::message::Refusal;
use crate::emulator::world::state::World;

/// What a call gives: the body of its answer, if it has one.
pub type Outcome = Result<Option<Json>, Refusal>;

/// One call.
#[derive(Debug)]
pub struct Call<'a> {
    /// The account that it acts for.
    pub account: &'a str,
    /// When it is made.
    pub now: Timestamp,
    /// The region of its host, if that names one.
    pub region: Option<&'a str>,
    /// The project of its host, if that names one.
    pub project: Option<&'a str>,
    /// The HTTP method.
    pub method: &'a str,
    /// The path, percent-encoding undone.
    pub path: &'a str,
    /// The query.
    pub query: BTreeMap<String, String>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Call<'a> {
    /// The parts of the path; an empty one is one, too, and none of a name that has been left out.
    pub(super) fn segments(&self) -> Vec<&'a str> {
        match self.path.strip_prefix('/').unwrap_or(self.path) {
            "" => Vec::new(),
            parts => parts.split('/').collect(),
        }
    }

    /// The logstore that the path names.
    pub(super) fn logstore(&self) -> &'a str {
        self.segments().get(1).copied().unwrap_or_default()
    }

    /// The region, with the default for hosts that name none.
    pub(super) fn region_or_default(&self) -> &'a str {
        self.region.unwrap_or(DEFAULT_REGION)
    }

    /// Whether something of this region is seen through the call's host.
    pub(super) fn reaches(&self, region: &str) -> bool {
        self.region.is_none_or(|own| own == region)
    }

    /// The body, which must be a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Json>, Refusal> {
        serde_json::from_slice(self.body).map_err(|_| post_body("The body is not valid json string."))
    }

    /// A part of the query that is there and not empty.
    fn filled(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether the query says `true`, in any case (official SDKs write `True`); it says no if it says nothing.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.filled(name) {
            None => Ok(false),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(invalid(format!("The parameter {name} must be true or false."))),
        }
    }

    /// A number of the query, with its default and the most that is allowed.
    pub(super) fn number(&self, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
        let Some(text) = self.filled(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| *number <= max);
        number.ok_or_else(|| invalid(format!("The parameter {name} must be a number of at most {max}.")))
    }
}

/// A parameter or field that is wrong.
pub(super) fn invalid(message: String) -> Refusal {
    Refusal::of(400, "ParameterInvalid", message)
}

/// A body that is wrong as a whole.
pub(super) fn post_body(message: &'static str) -> Refusal {
    Refusal::new(400, "PostBodyInvalid", message)
}

/// A field of a body that may be left out: of the right type, or refused.
pub(super) fn optional<'b, T>(
    body: &'b Map<String, Json>,
    name: &str,
    read: impl Fn(&'b Json) -> Option<T>,
    refusal: impl Fn(String) -> Refusal,
) -> Result<Option<T>, Refusal> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| refusal(format!("The field {name} is of error format."))),
    }
}

/// A field of a body that must be there.
pub(super) fn required<'b, T>(
    body: &'b Map<String, Json>,
    name: &str,
    read: impl Fn(&'b Json) -> Option<T>,
    refusal: impl Fn(String) -> Refusal,
) -> Result<T, Refusal> {
    optional(body, name, read, &refusal)?.ok_or_else(|| refusal(format!("Required field {name} is lacking.")))
}

impl World {
    /// What was made after this is not found by its name yet.
    pub(super) fn shown_since(&self, now: Timestamp) -> Timestamp {
        let delay = SignedDuration::try_from(self.rules.settings.new_store_delay).unwrap_or(SignedDuration::MAX);
        now.checked_sub(delay).unwrap_or(Timestamp::MIN)
    }

    /// The project of a call: there, the caller's, in the region of the host, and not in the recycle bin.
    pub(super) fn own_project(&mut self, call: &Call<'_>) -> Result<&mut Project, Refusal> {
        let name = call
            .project
            .ok_or_else(|| invalid("The project is missing: it stands before the endpoint in Host.".to_owned()))?;
        let since = self.shown_since(call.now);
        let project = self
            .projects
            .get_mut(name)
            .filter(|project| project.owner == call.account && call.reaches(&project.region))
            .filter(|project| project.create_time <= since)
            .ok_or_else(|| Refusal::of(404, "ProjectNotExist", format!("The Project does not exist : {name}")))?;
        if project.in_recycle_bin {
            let message = format!("The project {name} is in the recycle bin.");
            return Err(Refusal::of(403, "ProjectInRecycleBin", message));
        }
        Ok(project)
    }
}
