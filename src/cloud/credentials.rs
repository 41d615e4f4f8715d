//! Whose key signs (cloud-api 9.1).

use crate::base::env::Environment;
use crate::base::secret::Secret;

/// An access key pair, with its security token if it is temporary.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key id. Not secret.
    pub access_key_id: String,
    /// The access key secret.
    pub access_key_secret: Secret,
    /// The STS token of a temporary pair.
    pub security_token: Option<Secret>,
}

/// Why the environment gives no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing is set.
    #[error(
        "The environment names none: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and \
         ALIBABA_CLOUD_SECURITY_TOKEN if the key is temporary)"
    )]
    Missing,
    /// One half of a pair is set.
    #[error("{present} is set but {missing} is not: set both, or unset the first")]
    HalfSet {
        /// The variable that is there.
        present: &'static str,
        /// The variable that is not.
        missing: &'static str,
    },
    /// A value cannot be a key or token.
    #[error(
        "{variable} holds a character that no key has (a space, a line break or a character beyond ASCII): set it \
         again, without quotes or line ends inside"
    )]
    Unusable {
        /// The variable.
        variable: &'static str,
    },
}

/// The variables of one family: id, secret, token.
struct Family {
    id: &'static str,
    secret: &'static str,
    token: &'static str,
}

/// The spellings of official tools, first match wins. A key is never put together from two families.
const FAMILIES: [Family; 4] = [
    Family {
        id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
        secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        token: "ALIBABA_CLOUD_SECURITY_TOKEN",
    },
    Family {
        id: "ALIBABACLOUD_ACCESS_KEY_ID",
        secret: "ALIBABACLOUD_ACCESS_KEY_SECRET",
        token: "ALIBABACLOUD_SECURITY_TOKEN",
    },
    Family { id: "ALICLOUD_ACCESS_KEY_ID", secret: "ALICLOUD_ACCESS_KEY_SECRET", token: "ALICLOUD_SECURITY_TOKEN" },
    Family { id: "ALICLOUD_ACCESS_KEY", secret: "ALICLOUD_SECRET_KEY", token: "ALICLOUD_SECURITY_TOKEN" },
];

impl Credentials {
    /// An access key pair that is not temporary.
    pub fn new(access_key_id: impl Into<String>, access_key_secret: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            access_key_secret: Secret::new(access_key_secret.into()),
            security_token: None,
        }
    }

    /// The pair that an emulator knows without being told.
    pub fn of_emulator() -> Self {
        Self::new("emulator", "emulator")
    }

    /// The pair in the environment.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        for family in &FAMILIES {
            match (environment.get(family.id), environment.get(family.secret)) {
                (None, None) => {}
                (Some(_), None) => {
                    return Err(CredentialsError::HalfSet { present: family.id, missing: family.secret });
                }
                (None, Some(_)) => {
                    return Err(CredentialsError::HalfSet { present: family.secret, missing: family.id });
                }
                (Some(id), Some(secret)) => {
                    let token = environment.get(family.token);
                    let values = [(family.id, Some(id)), (family.secret, Some(secret)), (family.token, token)];
                    for (variable, value) in values {
                        if value.is_some_and(|text| !text.chars().all(|c| c.is_ascii_graphic())) {
                            return Err(CredentialsError::Unusable { variable });
                        }
                    }
                    let token = token.map(|text| Secret::new(text.to_owned()));
                    return Ok(Self { security_token: token, ..Self::new(id, secret) });
                }
            }
        }
        Err(CredentialsError::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        Credentials::from_environment(&variables.iter().copied().collect())
    }

    #[test]
    fn every_family_is_read() {
        for family in &FAMILIES {
            let found = read(&[(family.id, "id"), (family.secret, "secret"), (family.token, "token")]).unwrap();
            assert_eq!(found.access_key_id, "id");
            assert_eq!(found.access_key_secret.expose(), "secret");
            assert_eq!(found.security_token.unwrap().expose(), "token");
        }
    }

    #[test]
    fn the_official_spelling_wins_and_families_do_not_mix() {
        let found = read(&[
            ("ALICLOUD_ACCESS_KEY", "old"),
            ("ALICLOUD_SECRET_KEY", "old"),
            ("ALICLOUD_SECURITY_TOKEN", "old"),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "new"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "new"),
        ])
        .unwrap();
        assert_eq!(found.access_key_id, "new");
        assert!(found.security_token.is_none());
        let mixed = read(&[("ALIBABA_CLOUD_ACCESS_KEY_ID", "new"), ("ALICLOUD_SECRET_KEY", "old")]).unwrap_err();
        assert_eq!(
            mixed.to_string(),
            "ALIBABA_CLOUD_ACCESS_KEY_ID is set but ALIBABA_CLOUD_ACCESS_KEY_SECRET is not: set both, or unset the first"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(read(&[]).unwrap_err().to_string().contains("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
        let empty = [("ALIBABA_CLOUD_ACCESS_KEY_ID", ""), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")];
        assert_eq!(read(&empty).unwrap_err(), CredentialsError::Missing);
        let secret_only = read(&[("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")]).unwrap_err();
        assert!(secret_only.to_string().contains("ALIBABA_CLOUD_ACCESS_KEY_ID is not"));
    }

    #[test]
    fn a_line_end_in_a_key_is_found_before_the_signature_fails() {
        let found = read(&[("ALIBABA_CLOUD_ACCESS_KEY_ID", "id"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s\n")]);
        assert_eq!(found.unwrap_err(), CredentialsError::Unusable { variable: "ALIBABA_CLOUD_ACCESS_KEY_SECRET" });
    }

    #[test]
    fn a_secret_is_not_printed() {
        let text = format!("{:?}", Credentials::new("id", "hush-hush"));
        assert!(!text.contains("hush"), "{text}");
    }
}
