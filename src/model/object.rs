//! An object as the cloud shows it.

use super::value::Attributes;

/// A live object: what a read or a list says of it, in our attribute names.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The cloud id; a project's name; `project/logstore`.
    pub id: String,
    /// The service's status word (`Active`, `Attaching`, …); empty where the kind has none.
    pub status: String,
    /// Whether the object has reached a status that it stays in by itself.
    pub settled: bool,
    /// All attributes that the service told, computed ones included.
    pub attributes: Attributes,
    /// When the service says that it was created, RFC 3339; empty where it does not say.
    pub created: String,
}
