//! A call of an RPC product, in either version of signatures: what it asks for, and who asks (cloud-api 1.1, 2.1, 2.2).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::claim::missing;
use super::keyring::{Keyring, is_current};
use super::{acs3, rpc_v1};
use crate::base::secret::Secret;
use crate::emulator::message::{Refusal, Request, pairs};
use crate::emulator::options::AccessKey;

/// Parameters that belong to the call as such and not to its action (cloud-api 1.1).
const COMMON: &[&str] = &[
    "AccessKeyId",
    "Action",
    "BearerToken",
    "Format",
    "OwnerAccount",
    "OwnerId",
    "ResourceOwnerAccount",
    "ResourceOwnerId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// A call of an RPC product as it came, not yet checked.
#[derive(Debug)]
pub struct Call<'a> {
    request: &'a Request,
    is_acs3: bool,
    params: BTreeMap<String, String>,
}

impl<'a> Call<'a> {
    /// Reads a request: its query and form together, and in version 3 the headers that stand for common parameters.
    pub fn of(request: &'a Request) -> Self {
        let params = parameters(request);
        let is_acs3 = request.header("authorization").is_some_and(|text| text.starts_with("ACS3-"))
            || !params.contains_key("Action") && request.header("x-acs-action").is_some();
        Self { request, is_acs3, params }
    }

    /// The action; empty if there is none.
    pub fn action(&self) -> String {
        self.common("x-acs-action", "Action").unwrap_or_default()
    }

    /// The version of the API; empty if there is none.
    pub fn version(&self) -> String {
        self.common("x-acs-version", "Version").unwrap_or_default()
    }

    /// The nonce; empty if there is none.
    pub fn nonce(&self) -> String {
        self.common("x-acs-signature-nonce", "SignatureNonce").unwrap_or_default()
    }

    /// A parameter that is there and not empty.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The parameters of the action.
    pub fn own_params(&self) -> BTreeMap<String, String> {
        let own = self.params.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Finds out who sent the call. `now` is the time to check against.
    pub fn verify<'k>(&self, keys: &'k Keyring, now: Timestamp) -> Result<&'k AccessKey, Refusal> {
        // The types that there are besides the empty one are BEARERTOKEN and, for RSA keys, PRIVATEKEY.
        if let Some(kind) = self.param("SignatureType") {
            let message = format!("The SignatureType {kind} is not supported: sign with an AccessKey.");
            return Err(Refusal::of(400, "InvalidSignatureMethod", message));
        }
        let need = |name: &'static str, value: Option<String>| value.ok_or_else(|| missing(name));
        need("Action", self.common("x-acs-action", "Action"))?;
        need("Version", self.common("x-acs-version", "Version"))?;
        let claim = if self.is_acs3 { acs3::claim(self.request)? } else { rpc_v1::claim(self.request, &self.params)? };
        need("SignatureNonce", self.common("x-acs-signature-nonce", "SignatureNonce"))?;
        check_time(&need("Timestamp", self.common("x-acs-date", "Timestamp"))?, now)?;
        let key = keys.find(&claim.key_id).ok_or(Refusal::new(
            404,
            "InvalidAccessKeyId.NotFound",
            "Specified access key is not found.",
        ))?;
        check_token(key, self.common("x-acs-security-token", "SecurityToken").as_deref())?;
        if (claim.is_made_with)(key.secret.expose()) { Ok(key) } else { Err(claim.mismatch) }
    }

    /// What does not belong to the action: in version 3 a header, or a parameter as in version 1. In version 1 the
    /// headers do not count, which official clients send all the same: nobody signs them there.
    fn common(&self, header: &str, name: &str) -> Option<String> {
        let header = self.is_acs3.then(|| self.request.header(header)).flatten();
        let header = header.map(String::from).filter(|value| !value.is_empty());
        header.or_else(|| self.param(name).map(str::to_owned))
    }
}

/// Query and form in one; where both have a name, the form's value counts (cloud-api 1).
fn parameters(request: &Request) -> BTreeMap<String, String> {
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    let body = if is_form { String::from_utf8_lossy(&request.body) } else { "".into() };
    let form = pairs(&body);
    pairs(&request.query).into_iter().chain(form).map(|(name, value)| (name, value.unwrap_or_default())).collect()
}

/// Checks a time, which is written `YYYY-MM-DDThh:mm:ssZ` and no other way.
fn check_time(text: &str, now: Timestamp) -> Result<(), Refusal> {
    let has_form = text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    let time: Timestamp = text.parse().ok().filter(|_| has_form).ok_or(Refusal::new(
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
    ))?;
    if is_current(time, now) {
        return Ok(());
    }
    let message = "Specified time stamp or date value is expired.";
    Err(Refusal::new(400, "InvalidTimeStamp.Expired", message))
}

fn check_token(key: &AccessKey, token: Option<&str>) -> Result<(), Refusal> {
    match (key.token.as_ref().map(Secret::expose), token) {
        (Some(_), None) => Err(missing("SecurityToken")),
        (expected, given) if expected == given => Ok(()),
        _ => {
            let message = "Specified SecurityToken mismatch with the AccessKey.";
            Err(Refusal::new(400, "InvalidSecurityToken.MismatchWithAccessKey", message))
        }
    }
}
