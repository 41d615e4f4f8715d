//! Whose key signs (cloud-api 9.1).

use std::io;
use std::path::{Path, PathBuf};

use super::profile::{self, ProfileError};
use crate::base::env::Environment;
use crate::base::fs::Fs;
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

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing is set.
    #[error(
        "The environment names none: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and \
         ALIBABA_CLOUD_SECURITY_TOKEN if the key is temporary), or make a profile with aliyun configure"
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
    /// A profile is named, and nothing says where the home folder is.
    #[error("The profile \"{0}\" is in .aliyun/config.json of the home folder, and HOME is not set: set it")]
    NoHome(String),
    /// The file of profiles cannot be read.
    #[error("{} cannot be read: {problem}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// A profile gives no credentials.
    #[error(transparent)]
    Profile(#[from] ProfileError),
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

    /// The pair of the default chain (cloud-api 9.1): that of the environment, else that of the CLI's profile which
    /// the environment names or which is the current one.
    pub fn by_default(environment: &Environment, files: &dyn Fs) -> Result<Self, CredentialsError> {
        let missing = match Self::from_environment(environment) {
            Err(CredentialsError::Missing) if !disables_profiles(environment) => CredentialsError::Missing,
            other => return other,
        };
        let named = PROFILE.iter().find_map(|variable| environment.get(variable));
        match (file_of_profiles(environment), named) {
            (Some(file), None) if !files.exists(&file).unwrap_or(true) => Err(missing),
            (Some(file), named) => of_file(files, &file, named),
            (None, Some(name)) => Err(CredentialsError::NoHome(name.to_owned())),
            (None, None) => Err(missing),
        }
    }

    /// The pair of a profile of the CLI, by its name.
    pub fn of_profile(name: &str, environment: &Environment, files: &dyn Fs) -> Result<Self, CredentialsError> {
        let file = file_of_profiles(environment).ok_or_else(|| CredentialsError::NoHome(name.to_owned()))?;
        of_file(files, &file, Some(name))
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
                        if value.is_some_and(|text| !is_usable(text)) {
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

/// Whether a text can be a part of a key: what cannot would only fail at the signature.
pub(super) fn is_usable(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic())
}

/// The variables that name a profile, first match wins.
const PROFILE: [&str; 3] = ["ALIBABA_CLOUD_PROFILE", "ALIBABACLOUD_PROFILE", "ALICLOUD_PROFILE"];

/// Whether the environment keeps the default chain from the CLI's file.
fn disables_profiles(environment: &Environment) -> bool {
    let says = |name: &str| environment.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    says("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") || says("ALIBABA_CLOUD_IGNORE_PROFILE")
}

fn file_of_profiles(environment: &Environment) -> Option<PathBuf> {
    Some(Path::new(environment.get("HOME")?).join(".aliyun").join("config.json"))
}

fn of_file(files: &dyn Fs, file: &Path, profile: Option<&str>) -> Result<Credentials, CredentialsError> {
    let contents = files.read(file, profile::LARGEST).map_err(|error| CredentialsError::Unreadable {
        file: file.to_owned(),
        problem: match error.kind() {
            io::ErrorKind::NotFound => "there is no such file; aliyun configure makes it".to_owned(),
            _ => error.to_string(),
        },
    })?;
    Ok(profile::credentials(&contents, &file.display().to_string(), profile)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{Access, OsFs};

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
    fn the_environment_comes_first_and_then_the_profile() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let found = |variables: &[(&str, &str)]| {
            let variables = variables.iter().copied().chain([("HOME", home.as_str())]);
            Credentials::by_default(&variables.collect(), &OsFs).map(|found| found.access_key_id)
        };
        assert_eq!(found(&[]), Err(CredentialsError::Missing));
        let named = found(&[("ALIBABA_CLOUD_PROFILE", "a")]).unwrap_err().to_string();
        assert!(named.contains("config.json cannot be read: there is no such file"), "{named}");
        OsFs.create_dir(&folder.path().join(".aliyun")).unwrap();
        let profiles = r#"{"current":"a","profiles":[{"name":"a","access_key_id":"ia","access_key_secret":"s"},
            {"name":"b","mode":"AK","access_key_id":"ib","access_key_secret":"s"}]}"#;
        let file = folder.path().join(".aliyun/config.json");
        OsFs.replace(&file, profiles.as_bytes(), Access::Umask).unwrap();
        assert_eq!(found(&[]).unwrap(), "ia");
        assert_eq!(found(&[("ALIBABA_CLOUD_PROFILE", "b")]).unwrap(), "ib");
        assert_eq!(found(&[("ALIBABACLOUD_PROFILE", "b"), ("ALIBABA_CLOUD_PROFILE", "a")]).unwrap(), "ia");
        assert_eq!(found(&[("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "True")]), Err(CredentialsError::Missing));
        let key = [("ALIBABA_CLOUD_ACCESS_KEY_ID", "ie"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
        assert_eq!(found(&[key.as_slice(), &[("ALIBABA_CLOUD_PROFILE", "b")]].concat()).unwrap(), "ie");
        let environment: Environment = key.into_iter().chain([("HOME", home.as_str())]).collect();
        assert_eq!(Credentials::of_profile("b", &environment, &OsFs).unwrap().access_key_id, "ib");
        assert!(matches!(found(&[("ALIBABA_CLOUD_PROFILE", "c")]), Err(CredentialsError::Profile(_))));
        let homeless = Credentials::of_profile("b", &Environment::default(), &OsFs).unwrap_err();
        assert_eq!(homeless, CredentialsError::NoHome("b".to_owned()));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let text = format!("{:?}", Credentials::new("id", "hush-hush"));
        assert!(!text.contains("hush"), "{text}");
    }
}
