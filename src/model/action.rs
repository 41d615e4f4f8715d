//! What an operation does.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one operation of a plan does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes a new object.
    Create,
    /// Changes an object in place.
    Update,
    /// Deletes the old object, then creates the new one.
    Replace,
    /// Creates the new object, then deletes the old one (S13).
    ReplaceCreateFirst,
    /// Deletes the object.
    Delete,
    /// Switches `lifecycle.prevent_destroy` on or off (state only, S17, S18).
    Protect,
    /// Goes by another address from now on (state only, S17, S19).
    Move,
    /// Takes an existing object into the state (state only, S17).
    Import,
    /// Lets go of an object without touching it (state only, S17).
    Forget,
    /// Goes on waiting for an object that is still being made or deleted (S26, state only).
    Wait,
}

impl Action {
    /// Whether the action touches only the state (S17).
    pub const fn is_state_only(self) -> bool {
        matches!(self, Self::Protect | Self::Move | Self::Import | Self::Forget | Self::Wait)
    }

    /// Whether an object is deleted.
    pub const fn deletes(self) -> bool {
        matches!(self, Self::Replace | Self::ReplaceCreateFirst | Self::Delete)
    }

    /// The deeds that the action consists of, in no order.
    pub const fn deeds(self) -> &'static [Deed] {
        match self {
            Self::Create => &[Deed::Create],
            Self::Update => &[Deed::Update],
            Self::Replace | Self::ReplaceCreateFirst => &[Deed::Delete, Deed::Create],
            Self::Delete => &[Deed::Delete],
            Self::Wait => &[Deed::Wait],
            Self::Protect | Self::Move | Self::Import | Self::Forget => &[Deed::Record],
        }
    }

    /// Whether an object is made.
    pub const fn creates(self) -> bool {
        matches!(self, Self::Replace | Self::ReplaceCreateFirst | Self::Create)
    }
}

/// One visit of apply to an object: a replacement is two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Deletes.
    Delete,
    /// Creates.
    Create,
    /// Updates in place.
    Update,
    /// Waits for what an earlier run began.
    Wait,
    /// Records in the state.
    Record,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete => "delete",
            Self::Create => "create",
            Self::Update => "update",
            Self::Wait => "wait",
            Self::Record => "record",
        })
    }
}
