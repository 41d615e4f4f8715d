//! A call of an RPC product, in either version of signatures: what it asks for, and who asks (cloud-api 1.1, 2.1, 2.2).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::claim::missing;
use super::keyring::{Keyring, is_current, time_of};
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
        // The types that there are besides the empty one are BEARERTOKEN and, for RSA keys, PRIVATEKEY. No source
        // has the service's text for a sort of signature that it does not take; the code is that of cloud-api 3.2.
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
    let time = time_of(text, "0000-00-00T00:00:00Z").ok_or(Refusal::new(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::signature::vectors::{self, Scheme, Vector};

    fn refused(vector: &Vector) -> (u16, String, String) {
        let refusal = Call::of(&vector.request).verify(&vector.keyring(), vector.time).unwrap_err();
        (refusal.status, refusal.code.into_owned(), refusal.message.into_owned())
    }

    #[test]
    fn each_fault_of_version_1_has_its_code() {
        let method = "The signature must be of SignatureMethod HMAC-SHA1 and SignatureVersion 1.0.";
        let form = "Specified time stamp or date value is not well formatted.";
        let bearer = "The SignatureType BEARERTOKEN is not supported: sign with an AccessKey.";
        let rsa = "The SignatureType PRIVATEKEY is not supported: sign with an AccessKey.";
        for (name, value, code, text) in [
            ("Action", "", "MissingAction", "Action is mandatory for this action."),
            ("Version", "", "MissingVersion", "Version is mandatory for this action."),
            ("AccessKeyId", "", "MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
            ("Signature", "", "MissingSignature", "Signature is mandatory for this action."),
            ("SignatureNonce", "", "MissingSignatureNonce", "SignatureNonce is mandatory for this action."),
            ("Timestamp", "", "MissingTimestamp", "Timestamp is mandatory for this action."),
            ("Timestamp", "2025-09-09 01:02:03", "InvalidTimeStamp.Format", form),
            ("Timestamp", "2025-09-09T09:02:03%2B08:00", "InvalidTimeStamp.Format", form),
            ("Timestamp", "2025-09-09T010203.0Z", "InvalidTimeStamp.Format", form),
            ("SignatureMethod", "HMAC-SHA256", "InvalidSignatureMethod", method),
            ("SignatureVersion", "2.0", "InvalidSignatureMethod", method),
            ("SignatureType", "BEARERTOKEN", "InvalidSignatureMethod", bearer),
            ("SignatureType", "PRIVATEKEY", "InvalidSignatureMethod", rsa),
        ] {
            let mut vector = vectors::one("rpc_v1_hmac_sha1-01");
            let query = vector.request.query.split('&').map(|pair| match pair.split_once('=') {
                Some((field, _)) if field == name => format!("{field}={value}"),
                _ => pair.to_owned(),
            });
            vector.request.query = query.collect::<Vec<_>>().join("&");
            assert_eq!(refused(&vector), (400, code.to_owned(), text.to_owned()), "{name}={value}");
        }
    }

    #[test]
    fn each_fault_of_version_3_has_its_code() {
        let incomplete = ("IncompleteSignature", "The request signature does not conform to Aliyun standards.");
        let good = "Credential=a,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;\
                    x-acs-version,Signature=00";
        let acs3 = |rest: &str| format!("ACS3-HMAC-SHA256 {rest}");
        let sm3 = "The signature algorithm ACS3-HMAC-SM3 is not supported: it must be ACS3-HMAC-SHA256.";
        let rsa = "The signature algorithm ACS3-RSA-SHA256 is not supported: it must be ACS3-HMAC-SHA256.";
        let other = "The signature algorithm Basic is not supported: it must be ACS3-HMAC-SHA256.";
        let form = "Specified time stamp or date value is not well formatted.";
        let mut faults = vec![
            ("authorization", None, ("MissingAccessKeyId", "AccessKeyId is mandatory for this action.")),
            ("authorization", Some(format!("ACS3-HMAC-SM3 {good}")), ("InvalidSignatureMethod", sm3)),
            ("authorization", Some(format!("ACS3-RSA-SHA256 {good}")), ("InvalidSignatureMethod", rsa)),
            ("authorization", Some("Basic Og==".to_owned()), ("InvalidSignatureMethod", other)),
            ("authorization", Some("ACS3-HMAC-SHA256".to_owned()), incomplete),
            ("authorization", Some(acs3("")), incomplete),
            ("authorization", Some(acs3("Credential=a")), incomplete),
            ("authorization", Some(acs3(&good.replace("=a,", "=,"))), incomplete),
            ("authorization", Some(acs3(&good.replace("Signature=00", "Signature"))), incomplete),
            ("authorization", Some(acs3(&format!("{good},Signature=00"))), incomplete),
            ("authorization", Some(acs3(&format!("{good},More=1"))), incomplete),
            ("content-type", Some("application/json".to_owned()), incomplete),
            ("x-acs-security-token", Some("unsigned".to_owned()), incomplete),
            ("x-acs-version", None, ("MissingVersion", "Version is mandatory for this action.")),
            ("x-acs-date", None, ("MissingTimestamp", "Timestamp is mandatory for this action.")),
            ("x-acs-date", Some("20250909T010203Z".to_owned()), ("InvalidTimeStamp.Format", form)),
            ("x-acs-signature-nonce", None, ("MissingSignatureNonce", "SignatureNonce is mandatory for this action.")),
        ];
        // What must be signed is missed if the list does not name it.
        faults.extend(
            ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"]
                .map(|name| ("authorization", Some(acs3(&good.replace(&format!("{name};"), ""))), incomplete)),
        );
        for (name, value, (code, text)) in faults {
            let mut vector = vectors::one("acs3_hmac_sha256-11");
            vector.set_header(name, value.as_deref());
            assert_eq!(refused(&vector), (400, code.to_owned(), text.to_owned()), "{name}: {value:?}");
        }
    }

    #[test]
    fn a_header_that_comes_twice_is_seen_twice() {
        for vector in vectors::all().iter().filter(|vector| vector.scheme == Scheme::Acs3) {
            for (name, value) in vector.request.headers.clone() {
                for first in [true, false] {
                    let mut twice = vector.clone();
                    let at = if first { 0 } else { twice.request.headers.len() };
                    twice.request.headers.insert(at, (name.to_uppercase(), format!("{value}0")));
                    // There is one host only, which the server has taken apart already.
                    let is_believed = Call::of(&twice.request).verify(&twice.keyring(), twice.time).is_ok();
                    assert_eq!(is_believed, name == "host", "{}: {name}", vector.id);
                }
            }
        }
    }

    /// A request that official code has signed, which no captured one is like.
    fn signed(headers: &[(&str, &str)], list: &str, signature: &str) -> Vector {
        let mut vector = vectors::one("acs3_hmac_sha256-11");
        vector.request.query.clear();
        let authorization =
            format!("ACS3-HMAC-SHA256 Credential=LTAI5tFakeAccessKeyId001,SignedHeaders={list},Signature={signature}");
        vector.set_header("authorization", Some(&authorization));
        vector.set_header("x-acs-signature-nonce", Some("n-1"));
        vector.set_header("x-acs-action", Some("DescribeFlowlogs"));
        vector.request.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        vector
    }

    #[test]
    fn parameters_come_in_query_form_and_headers() {
        let mut form = signed(
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("x-acs-retry-attempts", "1"),
                ("x-acs-retry-delay", "100"),
            ],
            "content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-retry-attempts;x-acs-retry-delay;\
             x-acs-signature-nonce;x-acs-version",
            "87466e7d40a160919381549214ffcf29010933f2d9319c05b743dc32d372d3fb",
        );
        form.request.query = "RegionId=cn-hangzhou".to_owned();
        form.request.body = b"Description=a+b%2Bc%2A~%E3%83%AD&Empty=&PageSize=50".to_vec();
        let digest = "71f0b3aca3fa62f911f76022e92c2f532b704bb811d172a6d7bf35dc31cf5b45";
        form.set_header("x-acs-content-sha256", Some(digest));
        let call = Call::of(&form.request);
        assert!(call.verify(&form.keyring(), form.time).is_ok());
        let own = [("Description", "a b+c*~ロ"), ("Empty", ""), ("PageSize", "50"), ("RegionId", "cn-hangzhou")];
        assert_eq!(call.own_params(), own.map(|(name, value)| (name.to_owned(), value.to_owned())).into());

        let mut query = signed(
            &[],
            "host;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce",
            "f75bede3c1be3d7df06faeaf36abb6b5ecbbaae44e40b4ee8c294454d2eb0b8f",
        );
        query.set_header("x-acs-action", None);
        query.set_header("x-acs-version", None);
        query.request.query = "Version=2017-09-12&Action=DescribeFlowlogs".to_owned();
        let call = Call::of(&query.request);
        assert!(call.verify(&query.keyring(), query.time).is_ok());
        assert_eq!((call.action(), call.version()), ("DescribeFlowlogs".to_owned(), "2017-09-12".to_owned()));
        assert!(call.own_params().is_empty());
    }

    #[test]
    fn a_header_that_was_signed_twice_may_come_twice() {
        let twice = signed(
            &[("x-acs-note", " b "), ("X-Acs-Note", "a")],
            "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-note;x-acs-signature-nonce;x-acs-version",
            "10403396065589ee2ee2f9d3704c44202d605516ab2768c434165aeb84c59951",
        );
        assert!(Call::of(&twice.request).verify(&twice.keyring(), twice.time).is_ok());
    }

    #[test]
    fn the_hash_in_the_headers_is_that_of_the_body() {
        let mut vector = signed(
            &[],
            "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version",
            "327d446018c04b57e180ff10f55342aeac8c367348be31f0e8dccc00ad18061f",
        );
        vector.request.body = b"x".to_vec();
        assert_eq!(refused(&vector).1, "SignatureDoesNotMatch", "the header says that there is no body");
    }

    #[test]
    fn bearer_tokens_are_refused_in_version_3_too() {
        let mut vector = vectors::one("acs3_hmac_sha256-11");
        vector.set_header("authorization", None);
        vector.set_header("x-acs-bearer-token", Some("token"));
        vector.request.query.push_str("&SignatureType=BEARERTOKEN");
        assert_eq!(refused(&vector).1, "InvalidSignatureMethod");
    }
}
