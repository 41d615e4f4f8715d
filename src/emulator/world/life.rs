//! Statuses, and how they settle with time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A status on the wire, of any kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    /// A CEN, router or flow log is being made.
    Creating,
    /// It works.
    Active,
    /// It is being changed.
    Modifying,
    /// A flow log is switched off.
    Inactive,
    /// It is being deleted.
    Deleting,
    /// An attachment is being made.
    Attaching,
    /// It works.
    Attached,
    /// It is being deleted.
    Detaching,
}

impl Status {
    /// The word on the wire.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Active => "Active",
            Self::Modifying => "Modifying",
            Self::Inactive => "Inactive",
            Self::Deleting => "Deleting",
            Self::Attaching => "Attaching",
            Self::Attached => "Attached",
            Self::Detaching => "Detaching",
        }
    }

    /// Whether nothing is going on, so that writes are let through.
    pub(super) const fn is_settled(self) -> bool {
        matches!(self, Self::Active | Self::Inactive | Self::Attached)
    }
}

/// What an object is, and what it is becoming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Life {
    /// Its status now.
    #[serde(rename = "Status", default = "settled")]
    pub(super) status: Status,
    /// What is going on.
    #[serde(rename = "Settling", default, skip_serializing_if = "Option::is_none")]
    pub(super) settling: Option<Settling>,
}

/// What is written by hand without a status is settled.
const fn settled() -> Status {
    Status::Active
}

/// A change of status that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settling {
    /// When it ends.
    #[serde(rename = "At")]
    pub(super) at: Timestamp,
    /// The status after that; none when the object will be gone.
    #[serde(rename = "To")]
    pub(super) to: Option<Status>,
}

impl Life {
    /// Something settled.
    pub(super) const fn settled(status: Status) -> Self {
        Self { status, settling: None }
    }

    /// Something on its way to another status (to being gone, if there is none).
    pub(super) const fn moving(status: Status, at: Timestamp, to: Option<Status>) -> Self {
        Self { status, settling: Some(Settling { at, to }) }
    }
}

/// A time as most answers print it.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as routers print it (cloud-api 12.18).
pub(super) fn minutes(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
