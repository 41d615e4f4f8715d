//! Text that cannot be printed by accident.

use secrecy::{ExposeSecret, SecretString};

/// A secret: its `Debug` is redacted, it has no `Display`, and its memory is wiped when dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for signing only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
