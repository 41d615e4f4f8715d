//! From a request to signed HTTP.

use jiff::Timestamp;

use super::credentials::Credentials;
use super::endpoint::{EndpointError, Endpoints};
use super::request::{Request, Rpc, Sls};
use super::sign;
use super::transport::HttpRequest;

/// Why a request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    /// It has no address.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Its path would be read as another one.
    #[error("\"{0}\" is not the path of one object: a name in it is empty, or consists of dots")]
    Path(String),
}

/// The request as signed HTTP. `nonce` must be new for each attempt.
pub(super) fn signed(
    request: &Request,
    endpoints: &Endpoints,
    credentials: &Credentials,
    now: Timestamp,
    nonce: String,
) -> Result<HttpRequest, WireError> {
    match request {
        Request::Rpc(rpc) => Ok(signed_rpc(rpc, endpoints, credentials, now, nonce)),
        Request::Sls(sls) => signed_sls(sls, endpoints, credentials, now),
    }
}

/// Common parameters go into the query and the call's own into a form body. Of the splits in
/// cloud-api 1 it is the one that has been proved against these very actions (terraform's), and it
/// has no limit on the length of an address.
fn signed_rpc(
    rpc: &Rpc,
    endpoints: &Endpoints,
    credentials: &Credentials,
    now: Timestamp,
    nonce: String,
) -> HttpRequest {
    let mut common: Vec<(String, String)> = [
        ("AccessKeyId", credentials.access_key_id.clone()),
        ("Action", rpc.action.to_owned()),
        ("Format", "JSON".to_owned()),
        ("SignatureMethod", "HMAC-SHA1".to_owned()),
        ("SignatureNonce", nonce),
        ("SignatureVersion", "1.0".to_owned()),
        ("Timestamp", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("Version", rpc.product.version().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if let Some(token) = &credentials.security_token {
        common.push(("SecurityToken".to_owned(), token.expose().to_owned()));
    }
    let text = sign::rpc_string_to_sign("POST", common.iter().chain(&rpc.params));
    common.push(("Signature".to_owned(), sign::rpc_signature(&text, &credentials.access_key_secret)));

    let place = endpoints.rpc(rpc.product);
    let mut headers = vec![
        ("accept", "application/json".to_owned()),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
    ];
    headers.extend(place.host.map(|host| ("host", host)));
    HttpRequest {
        method: "POST",
        url: format!("{}/?{}", place.base, sign::encode_pairs(&common)),
        headers,
        body: sign::encode_pairs(&rpc.params).into_bytes(),
    }
}

fn signed_sls(
    sls: &Sls,
    endpoints: &Endpoints,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<HttpRequest, WireError> {
    let Sls { action: _, region, project, method, path, query, body, mutating: _ } = sls;
    // `DELETE /logstores/..` is read as `DELETE /`, which deletes the project.
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let ambiguous = |segment: &&str| matches!(*segment, "" | "." | "..");
    if path != "/" && (!path.starts_with('/') || segments.iter().any(ambiguous)) {
        return Err(WireError::Path(path.clone()));
    }
    let place = endpoints.sls(region, project.as_deref())?;
    let body = body.as_ref().map_or_else(Vec::new, |json| json.to_string().into_bytes());

    let mut headers = vec![
        ("accept", "application/json".to_owned()),
        ("date", now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ("x-log-apiversion", "0.6.0".to_owned()),
        ("x-log-bodyrawsize", body.len().to_string()),
        ("x-log-signaturemethod", "hmac-sha1".to_owned()),
    ];
    if !body.is_empty() {
        headers.push(("content-type", "application/json".to_owned()));
        headers.push(("content-md5", sign::content_md5(&body)));
    }
    if let Some(token) = &credentials.security_token {
        headers.push(("x-acs-security-token", token.expose().to_owned()));
    }
    let text = sign::sls_string_to_sign(&sign::SlsParts { method, path, query, headers: &headers });
    let authorization = sign::sls_authorization(&credentials.access_key_id, &text, &credentials.access_key_secret);
    headers.push(("authorization", authorization));
    headers.extend(place.host.map(|host| ("host", host)));

    let path: String = segments.iter().flat_map(|segment| ["/".to_owned(), sign::encode(segment)]).collect();
    let question = if query.is_empty() { "" } else { "?" };
    let url = format!("{}{path}{question}{}", place.base, sign::encode_pairs(query));
    Ok(HttpRequest { method, url, headers, body })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::secret::Secret;
    use crate::cloud::request::Product;
    use crate::model::region::Region;

    fn credentials() -> Credentials {
        Credentials::new("LTAI5tFakeAccessKeyId001", "FakeAccessKeySecret0123456789")
    }

    fn temporary() -> Credentials {
        Credentials { security_token: Some(Secret::new("CAIS+/==".to_owned())), ..credentials() }
    }

    fn now() -> Timestamp {
        "2025-09-09T01:02:03Z".parse().unwrap()
    }

    fn region() -> Region {
        Region("cn-hangzhou".to_owned())
    }

    fn sls(request: Sls) -> Result<HttpRequest, WireError> {
        signed(&request.into(), &Endpoints::official(), &credentials(), now(), "nonce".to_owned())
    }

    #[test]
    fn an_rpc_call_has_common_parameters_in_the_query_and_its_own_in_the_body() {
        let request = Rpc::write(Product::Cbn, "CreateFlowlog").param("LogFormatString", "${srcaddr}").into();
        let http = signed(&request, &Endpoints::official(), &temporary(), now(), "nonce-1".to_owned()).unwrap();
        assert_eq!(http.method, "POST");
        assert_eq!(http.body, b"LogFormatString=%24%7Bsrcaddr%7D");
        for part in [
            "https://cbn.aliyuncs.com/?",
            "Action=CreateFlowlog&",
            "Version=2017-09-12&",
            "SignatureNonce=nonce-1&",
            "Timestamp=2025-09-09T01%3A02%3A03Z&",
            "SecurityToken=CAIS%2B%2F%3D%3D&",
            "Signature=",
        ] {
            assert!(http.url.contains(part), "{part} in {}", http.url);
        }
        assert!(!http.url.contains("LogFormatString"));
    }

    #[test]
    fn the_debug_form_of_a_request_shows_no_credentials() {
        let project = Request::Sls(Sls::read("GetProject", &region(), Some("netflow"), "/"));
        for request in [Rpc::write(Product::Cbn, "CreateCen").into(), project] {
            let http = signed(&request, &Endpoints::official(), &temporary(), now(), "nonce-1".to_owned()).unwrap();
            let shown = format!("{http:?}");
            assert!(shown.contains("aliyuncs.com"), "{shown}");
            for secret in ["CAIS", "Signature", "LTAI", "FakeAccessKeySecret"] {
                assert!(!shown.contains(secret), "{secret} in {shown}");
            }
        }
    }

    /// The known answer rpc_v1_hmac_sha1-13 of the vectors, sent in our split.
    #[test]
    fn query_and_body_are_signed_together() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/signature-vectors.json")).unwrap();
        let case = vectors["rpc_v1_hmac_sha1"]
            .as_array()
            .unwrap()
            .iter()
            .find(|case| case["id"] == "rpc_v1_hmac_sha1-13")
            .unwrap();
        let common = [
            "AccessKeyId",
            "Action",
            "Format",
            "SignatureMethod",
            "SignatureNonce",
            "SignatureVersion",
            "Timestamp",
            "Version",
        ];
        let mut rpc = Rpc::read(Product::Cbn, "DescribeFlowlogs");
        for (name, value) in case["params"].as_object().unwrap() {
            if !common.contains(&name.as_str()) {
                rpc = rpc.param(name, value.as_str().unwrap());
            }
        }
        // Ours spells the format in capitals, so the string to sign is compared up to that.
        let theirs = case["string_to_sign"].as_str().unwrap().replace("Format%3Djson", "Format%3DJSON");
        let signature = sign::rpc_signature(&theirs, &credentials().access_key_secret);
        let nonce = case["params"]["SignatureNonce"].as_str().unwrap().to_owned();
        let http = signed(&rpc.into(), &Endpoints::official(), &credentials(), now(), nonce).unwrap();
        let expected = format!("&Signature={}", sign::encode(&signature));
        assert!(http.url.ends_with(&expected), "{expected} ends {}", http.url);
    }

    #[test]
    fn an_sls_call_is_signed_as_its_vector() {
        let http = sls(Sls::read("GetProject", &region(), Some("flowlog-project"), "/")).unwrap();
        assert_eq!(http.url, "https://flowlog-project.cn-hangzhou.log.aliyuncs.com/");
        let expected = "LOG LTAI5tFakeAccessKeyId001:iHFObCqQfOfbck7oLT9HPRnkceM=".to_owned();
        assert!(http.headers.contains(&("authorization", expected)), "{:?}", http.headers);
        assert!(http.headers.contains(&("date", "Tue, 09 Sep 2025 01:02:03 GMT".to_owned())));
    }

    #[test]
    fn an_sls_body_is_described_by_its_headers() {
        let call = Sls::write("CreateProject", "POST", &region(), None, "/").body(json!({"description": ""}));
        let http = sls(call).unwrap();
        assert_eq!(http.body, br#"{"description":""}"#);
        assert!(http.headers.contains(&("x-log-bodyrawsize", "18".to_owned())));
        assert!(http.headers.iter().any(|(name, _)| *name == "content-md5"));
    }

    #[test]
    fn an_sls_query_is_encoded() {
        let call =
            Sls::read("ListLogStores", &region(), Some("netflow"), "/logstores").query("logstoreName", "ログ a&b");
        let url = sls(call).unwrap().url;
        assert!(url.ends_with("/logstores?logstoreName=%E3%83%AD%E3%82%B0%20a%26b"), "{url}");
    }

    #[test]
    fn a_path_cannot_climb() {
        for path in ["/logstores/..", "/logstores/", "/logstores/./index", "//", "logstores", "/a/../b"] {
            let call = Sls::write("DeleteLogStore", "DELETE", &region(), Some("netflow"), path);
            assert_eq!(sls(call), Err(WireError::Path(path.to_owned())));
        }
        let odd = Sls::read("GetLogStore", &region(), Some("netflow"), "/logstores/%2e%2e?x#y");
        assert!(sls(odd).unwrap().url.ends_with("/logstores/%252e%252e%3Fx%23y"));
    }
}
