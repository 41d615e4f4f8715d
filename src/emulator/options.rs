//! What an emulator is started with.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::limit::RateLimit;
pub use super::settings::*;
use crate::base::secret::Secret;

/// The account that everything belongs to unless said otherwise.
pub const DEFAULT_ACCOUNT: &str = "1000000000000001";

/// What an emulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The access keys that it knows.
    pub keys: Vec<AccessKey>,
    /// How long creating, changing and deleting take.
    pub settle: Duration,
    /// How long every answer is held back.
    pub latency: Duration,
    /// How many calls of one action an account may make in a region; without it, any number.
    pub rate_limit: Option<RateLimit>,
    /// How far lists may lag behind; zero when they do not.
    pub stale: Duration,
    /// Whether a write is refused while something that it shares a router, a network or a CEN with is still changing.
    pub write_domains: bool,
    /// The time that signatures are checked against and that answers tell, if it is not the clock's.
    pub fixed_clock: Option<Timestamp>,
    /// The faults (JSON) to begin with.
    pub faults: Option<Vec<u8>>,
    /// What ids, `RequestIds` and chances are made from.
    pub seed: u64,
    /// What the documentation leaves open.
    pub settings: Settings,
    /// The file that the world is kept in; in memory only if there is none.
    pub data: Option<PathBuf>,
    /// The world (JSON) to start from while there is no data file.
    pub initial: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: vec![AccessKey::new("emulator", "emulator", DEFAULT_ACCOUNT, None)],
            settle: Duration::from_millis(200),
            latency: Duration::ZERO,
            rate_limit: None,
            stale: Duration::ZERO,
            write_domains: false,
            fixed_clock: None,
            faults: None,
            seed: 0,
            settings: Settings::default(),
            data: None,
            initial: None,
        }
    }
}

/// An access key that the emulator knows. Its text form is `ID:SECRET[:ACCOUNT[:STS_TOKEN]]`.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// The `AccessKeyId`.
    pub id: String,
    /// The secret that signs.
    pub secret: Secret,
    /// The account that calls signed with it act for.
    pub account: String,
    /// The security token that must come along, for temporary credentials.
    pub token: Option<Secret>,
}

impl AccessKey {
    /// A key from its parts.
    pub fn new(id: &str, secret: &str, account: &str, token: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            account: account.to_owned(),
            token: token.map(|token| Secret::new(token.to_owned())),
        }
    }
}

/// Why a text is no access key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyError {
    /// The id or the secret is missing.
    #[error("An access key is written ID:SECRET, ID:SECRET:ACCOUNT or ID:SECRET:ACCOUNT:STS_TOKEN.")]
    Form,
    /// The account is not an account id.
    #[error("The account id {0} is not a number of 16 digits.")]
    Account(String),
}

impl FromStr for AccessKey {
    type Err = AccessKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(4, ':');
        let (Some(id), Some(secret)) = (parts.next(), parts.next()) else { return Err(AccessKeyError::Form) };
        if id.is_empty() || secret.is_empty() {
            return Err(AccessKeyError::Form);
        }
        let account = parts.next().filter(|account| !account.is_empty()).unwrap_or(DEFAULT_ACCOUNT);
        if !is_account(account) {
            return Err(AccessKeyError::Account(account.to_owned()));
        }
        Ok(Self::new(id, secret, account, parts.next().filter(|token| !token.is_empty())))
    }
}

/// Whether `text` is an account id: 16 digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_is_read_from_its_parts() {
        let key: AccessKey = "id:secret".parse().unwrap();
        assert_eq!((key.id.as_str(), key.account.as_str()), ("id", DEFAULT_ACCOUNT));
        let key: AccessKey = "id:secret:2000000000000002:to:ken".parse().unwrap();
        assert_eq!(key.account, "2000000000000002");
        assert_eq!(key.token.unwrap().expose(), "to:ken");
        for wrong in ["", "id", ":secret", "id:", "id:secret:12"] {
            assert!(wrong.parse::<AccessKey>().is_err(), "{wrong}");
        }
    }
}
