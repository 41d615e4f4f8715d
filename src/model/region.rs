//! Region and account names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A region id, such as `cn-hangzhou`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(pub String);

impl Region {
    /// Whether `text` is shaped like a region id: lower-case words and digits joined by hyphens.
    /// The shape also keeps a region from changing the host that an endpoint is built from.
    pub fn is_well_formed(text: &str) -> bool {
        (3..=40).contains(&text.len())
            && text.contains('-')
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
