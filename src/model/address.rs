//! Kinds and addresses: `kind.name` and `kind.name["key"]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The six kinds of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Cloud Enterprise Network instance.
    Cen,
    /// A transit router: one for a CEN and region.
    TransitRouter,
    /// A network instance connection of a transit router.
    Attachment,
    /// A Simple Log Service project.
    LogProject,
    /// A Logstore in a project.
    Logstore,
    /// A flow log of a transit router or of an attachment.
    FlowLog,
}

impl Kind {
    /// All kinds, in the order in which they are made.
    pub const ALL: [Self; 6] =
        [Self::Cen, Self::TransitRouter, Self::Attachment, Self::LogProject, Self::Logstore, Self::FlowLog];

    /// The version of the kind's attributes, kept with each entry of a state. A state may have older ones.
    pub const fn schema_version(self) -> u32 {
        match self {
            Self::Cen | Self::TransitRouter | Self::Attachment | Self::LogProject | Self::Logstore | Self::FlowLog => 1,
        }
    }

    /// The word used in addresses: `flow_log`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cen => "cen",
            Self::TransitRouter => "transit_router",
            Self::Attachment => "attachment",
            Self::LogProject => "log_project",
            Self::Logstore => "logstore",
            Self::FlowLog => "flow_log",
        }
    }

    /// The top-level key that declares resources of this kind: `flow_logs`.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Cen => "cens",
            Self::TransitRouter => "transit_routers",
            Self::Attachment => "attachments",
            Self::LogProject => "log_projects",
            Self::Logstore => "logstores",
            Self::FlowLog => "flow_logs",
        }
    }

    /// The kind as a person would say it: `flow log`.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Cen => "CEN",
            Self::TransitRouter => "transit router",
            Self::Attachment => "attachment",
            Self::LogProject => "log project",
            Self::Logstore => "logstore",
            Self::FlowLog => "flow log",
        }
    }

    /// The kind with its article: `a flow log`.
    pub const fn one(self) -> &'static str {
        match self {
            Self::Cen => "a CEN",
            Self::TransitRouter => "a transit router",
            Self::Attachment => "an attachment",
            Self::LogProject => "a log project",
            Self::Logstore => "a logstore",
            Self::FlowLog => "a flow log",
        }
    }

    /// The kind with this word, if there is one.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a resource is declared: its kind, its name and, for one of several instances, its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind.
    pub kind: Kind,
    /// The name: `[a-z][a-z0-9_-]{0,62}`.
    pub name: String,
    /// The instance key, if the resource has instances.
    pub key: Option<String>,
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an address; write kind.name or kind.name[\"key\"], as in flow_log.app")]
pub struct NotAnAddress {
    text: String,
}

impl Address {
    /// The address of a resource without instances.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), key: None }
    }

    /// The resource of an instance.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self::new(self.kind, self.name.clone())
    }
}

/// Whether `name` may name a resource: `[a-z][a-z0-9_-]{0,62}`.
pub fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

/// Whether `key` may be an instance key: 1 to 128 characters, none a control character.
pub fn is_key(key: &str) -> bool {
    (1..=128).contains(&key.chars().count()) && !key.chars().any(char::is_control)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)?;
        match &self.key {
            None => Ok(()),
            Some(key) => write!(f, "[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let problem = || NotAnAddress { text: text.to_owned() };
        let (kind, rest) = text.split_once('.').ok_or_else(problem)?;
        let kind = Kind::from_word(kind).ok_or_else(problem)?;
        // A key may hold either sign; a name holds none.
        let (name, key) = rest.split_at(rest.find(['/', '[']).unwrap_or(rest.len()));
        let key = match key.strip_prefix('/') {
            Some(key) => Some(key.to_owned()),
            None if key.is_empty() => None,
            None => {
                let quoted = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')).ok_or_else(problem)?;
                Some(serde_json::from_str::<String>(quoted).map_err(|_| problem())?)
            }
        };
        if !is_name(name) || key.as_deref().is_some_and(|key| !is_key(key)) {
            return Err(problem());
        }
        Ok(Self { kind, name: name.to_owned(), key })
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["flow_log.app", "attachment.spoke[\"eu \\\"1\\\"\"]", "cen.a-b_c9", "cen.a[\"x/y[0]\"]"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("flow_log.app/k".parse::<Address>().unwrap().to_string(), "flow_log.app[\"k\"]");
        for text in
            ["", "app", "flow_log.", "flow_log.App", "vpc.x", "cen.a[\"\"]", "cen.a[b]", "cen.a/", "cen.a[\"b\"]c"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
