//! The profiles of the Alibaba Cloud CLI (cloud-api 9.2).

use serde_json::Value as Json;

use super::credentials::{Credentials, is_usable};
use crate::base::secret::Secret;
use crate::base::text::{nearest, printable, some};

/// The most bytes that a file of profiles may have.
pub const LARGEST: u64 = 1 << 20;

/// Why a profile gives no credentials. Nothing of a key is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The file is not what the CLI writes.
    #[error("{file} is no file of profiles: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file has no such profile.
    #[error("There is no profile \"{name}\" in {file}; {hint}")]
    NoSuch {
        /// The profile.
        name: String,
        /// The file.
        file: String,
        /// Which it may be.
        hint: String,
    },
    /// No profile is named, and the file has no current one.
    #[error("{file} does not say which profile is the current one; name one with --profile")]
    NoCurrent {
        /// The file.
        file: String,
    },
    /// The profile gets its credentials in another way.
    #[error(
        "The profile \"{name}\" in {file} has the mode {mode}, which is not supported yet: use one of mode AK or \
         StsToken, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and \
         ALIBABA_CLOUD_SECURITY_TOKEN if the key is temporary)"
    )]
    Mode {
        /// The profile.
        name: String,
        /// The file.
        file: String,
        /// Its mode.
        mode: String,
    },
    /// A part of the key is missing or cannot be one.
    #[error("The {field} of the profile \"{name}\" in {file} {problem}; run aliyun configure --profile {name}")]
    Unusable {
        /// The profile.
        name: String,
        /// The file.
        file: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The credentials of a profile: of the one with this name, or of the current one. `file` is for the messages only.
pub fn credentials(contents: &[u8], file: &str, name: Option<&str>) -> Result<Credentials, ProfileError> {
    let file = file.to_owned();
    let malformed = |problem: String| ProfileError::Malformed { file: file.clone(), problem };
    // Editors of some systems begin a file with a byte order mark.
    let contents = contents.strip_prefix("\u{feff}".as_bytes()).unwrap_or(contents);
    // The parser's own words may quote what it read.
    let json: Json = serde_json::from_slice(contents)
        .map_err(|error| malformed(format!("it is no JSON from line {} column {} on", error.line(), error.column())))?;
    let profiles = json
        .get("profiles")
        .and_then(Json::as_array)
        .ok_or_else(|| malformed("it has no list of \"profiles\"".to_owned()))?;
    let name = match name {
        Some(name) => name,
        None => field(&json, "current").ok_or_else(|| ProfileError::NoCurrent { file: file.clone() })?,
    };
    let profile = profiles.iter().find(|profile| field(profile, "name") == Some(name)).ok_or_else(|| {
        let names: Vec<&str> = profiles.iter().filter_map(|profile| field(profile, "name")).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("perhaps {} is meant", printable(near)),
            None if names.is_empty() => "it has none; run aliyun configure".to_owned(),
            None => format!("it has {}", some(&names.into_iter().map(printable).collect::<Vec<_>>())),
        };
        ProfileError::NoSuch { name: printable(name), file: file.clone(), hint }
    })?;
    let name = printable(name);
    let temporary = match mode(profile).to_lowercase().as_str() {
        "ak" => false,
        "ststoken" => true,
        _ => return Err(ProfileError::Mode { name, file, mode: printable(mode(profile)) }),
    };
    let part = |field_name: &'static str| {
        let unusable =
            |problem| ProfileError::Unusable { name: name.clone(), file: file.clone(), field: field_name, problem };
        let text = field(profile, field_name).ok_or_else(|| unusable("is missing"))?;
        if is_usable(text) { Ok(text) } else { Err(unusable("holds a character that no key has")) }
    };
    let credentials = Credentials::new(part("access_key_id")?, part("access_key_secret")?);
    let security_token = if temporary { Some(Secret::new(part("sts_token")?.to_owned())) } else { None };
    Ok(Credentials { security_token, ..credentials })
}

/// The text of a field; an empty one counts as absent.
fn field<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    json.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
}

/// How a profile gets its credentials; where it does not say so, what its fields show.
fn mode(profile: &Json) -> &str {
    let has = |name: &str| field(profile, name).is_some();
    if let Some(mode) = field(profile, "mode") {
        mode
    } else if has("access_key_id") && has("access_key_secret") {
        match (has("ram_role_arn"), has("sts_token")) {
            (true, _) => "RamRoleArn",
            (false, true) => "StsToken",
            (false, false) => "AK",
        }
    } else if has("ram_role_name") {
        "EcsRamRole"
    } else if has("process_command") {
        "External"
    } else if has("oidc_provider_arn") {
        "OIDC"
    } else {
        "AK"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"current":"default","profiles":[
        {"name":"default","mode":"AK","access_key_id":"LTAI1","access_key_secret":"hush-1","region_id":"cn-hangzhou","expired_seconds":900},
        {"name":"sts","mode":"ststoken","access_key_id":"STS.2","access_key_secret":"hush-2","sts_token":"hush-token"},
        {"name":"guessed","mode":"","access_key_id":"STS.3","access_key_secret":"hush-3","sts_token":"hush-token"},
        {"name":"plain","access_key_id":"LTAI4","access_key_secret":"hush-4"},
        {"name":"role","mode":"RamRoleArn","access_key_id":"LTAI5","access_key_secret":"hush-5","ram_role_arn":"acs:ram::1:role/x"},
        {"name":"hidden-role","access_key_id":"LTAI6","access_key_secret":"hush-6","ram_role_arn":"acs:ram::1:role/x"},
        {"name":"ecs","ram_role_name":"r"},
        {"name":"odd","mode":"AK","access_key_id":"LTAI7","access_key_secret":"hush 7"},
        {"name":"half","mode":"StsToken","access_key_id":"LTAI8","access_key_secret":"hush-8"},
        {"name":"wrong","mode":"AK","access_key_id":9,"access_key_secret":null},
        {"mode":7}, 8
    ]}"#;

    fn read(name: Option<&str>) -> Result<Credentials, ProfileError> {
        credentials(FILE.as_bytes(), "config.json", name)
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert!(credentials(format!("\u{feff}{FILE}").as_bytes(), "config.json", None).is_ok());
    }

    #[test]
    fn keys_and_temporary_keys() {
        for (name, id, secret, token) in [
            (None, "LTAI1", "hush-1", None),
            (Some("sts"), "STS.2", "hush-2", Some("hush-token")),
            (Some("guessed"), "STS.3", "hush-3", Some("hush-token")),
            (Some("plain"), "LTAI4", "hush-4", None),
        ] {
            let found = read(name).unwrap();
            assert_eq!((found.access_key_id.as_str(), found.access_key_secret.expose()), (id, secret));
            assert_eq!(found.security_token.as_ref().map(Secret::expose), token);
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_key() {
        for (name, told) in [
            ("role", "has the mode RamRoleArn, which is not supported yet"),
            ("hidden-role", "has the mode RamRoleArn, which"),
            ("ecs", "has the mode EcsRamRole, which"),
            ("odd", "The access_key_secret of the profile \"odd\" in config.json holds a character that no key has"),
            ("half", "The sts_token of the profile \"half\" in config.json is missing"),
            ("wrong", "The access_key_id of the profile \"wrong\" in config.json is missing"),
            ("guesed", "There is no profile \"guesed\" in config.json; perhaps guessed is meant"),
            ("other", "; it has default, sts, guessed, plain, role,"),
        ] {
            let error = read(Some(name)).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_told_without_its_contents() {
        for (contents, told) in [
            ("{\"profiles\": hush}", "it is no JSON from line 1 column 14 on"),
            ("\"hush\"", "it has no list of \"profiles\""),
            ("", "it is no JSON"),
            ("{\"profiles\": [{\"name\": \"a\"}]}", "does not say which profile is the current one"),
            ("{\"current\": \"a\", \"profiles\": []}", "it has none; run aliyun configure"),
        ] {
            let error = credentials(contents.as_bytes(), "config.json", None).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hush"), "{error}");
        }
    }
}
