//! Holds a request on the wire against the facts, field by field.

use std::sync::LazyLock;

use cenform::cloud::request::{Product, Request, Rpc, Sls};
use cenform::cloud::transport::HttpRequest;
use cenform::model::region::Region;
use regex::Regex;
use serde_json::json;

use super::call::{Call, Pairs};
use super::facts::{Fact, Facts};
use super::tap::{as_sent, key, moment};

/// The facts.
pub(super) static FACTS: LazyLock<Facts> = LazyLock::new(Facts::read);

/// Names, each with the form of its value.
type Forms = Vec<(&'static str, Regex)>;

fn forms(rows: &[(&'static str, &str)]) -> Forms {
    rows.iter().map(|(name, form)| (*name, Regex::new(&format!("^(?:{form})$")).unwrap())).collect()
}

const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/// What every RPC call has in its query (cloud-api 1.1).
static COMMON: LazyLock<Forms> = LazyLock::new(|| {
    forms(&[
        ("AccessKeyId", "[A-Za-z0-9]+"),
        ("Action", "[A-Za-z]+"),
        ("Format", "JSON"),
        ("Signature", "[A-Za-z0-9+/]{27}="),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", UUID),
        ("SignatureVersion", r"1\.0"),
        ("Timestamp", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("Version", r"\d{4}-\d\d-\d\d"),
    ])
});

/// What every RPC call has as headers.
static OF_RPC: LazyLock<Forms> =
    LazyLock::new(|| forms(&[("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")]));

/// What every call of Log Service has as headers (cloud-api 8.1).
static OF_REST: LazyLock<Forms> = LazyLock::new(|| {
    forms(&[
        ("accept", "application/json"),
        ("authorization", "LOG [A-Za-z0-9]+:[A-Za-z0-9+/]{27}="),
        ("content-md5", "[0-9A-F]{32}"),
        ("content-type", "application/json"),
        ("date", r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
        ("x-log-apiversion", r"0\.6\.0"),
        ("x-log-bodyrawsize", r"\d+"),
        ("x-log-signaturemethod", "hmac-sha1"),
    ])
});

/// Those of them that go with a body.
const OF_A_BODY: [&str; 2] = ["content-md5", "content-type"];

/// The ClientToken of a call that takes one.
static TOKEN: LazyLock<Forms> = LazyLock::new(|| forms(&[("ClientToken", UUID)]));

/// What is wrong with names and values, of which each must be there, once, in its form, and no other.
fn wrong_forms<'f>(
    what: &str,
    given: &[(&str, &str)],
    forms: impl Iterator<Item = &'f (&'static str, Regex)>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut left = given.to_vec();
    for (name, form) in forms {
        match left.iter().position(|(given, _)| given == name) {
            Some(place) if form.is_match(left[place].1) => drop(left.remove(place)),
            Some(place) => wrong.push(format!("its {what} {name} is {}", left.remove(place).1)),
            None => wrong.push(format!("it has no {what} {name}")),
        }
    }
    wrong.extend(left.iter().map(|(name, _)| format!("it has a {what} {name} too many")));
    wrong
}

/// All that is wrong with a request.
pub(super) fn wrong(http: &HttpRequest) -> Vec<String> {
    let call = match Call::read(http) {
        Ok(call) => call,
        Err(problem) => return vec![problem],
    };
    let Some(fact) = FACTS.action(call.product, call.action) else {
        return vec![format!("{} has no action {}", call.product, call.action)];
    };
    let headers: Vec<_> = http.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (general, of_fields) = if call.product == "Sls" {
        let general = wrong_rest(&call, fact, &headers, http.body.len());
        (general, fact.wrong_fields(&call.query, call.body.as_ref()))
    } else {
        (wrong_rpc(&call, fact, &headers), fact.wrong_params(&call.form))
    };
    general.into_iter().map(|wrong| format!("{}: {wrong}", call.action)).chain(of_fields).collect()
}

fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn wrong_rpc(call: &Call, fact: Fact<'_>, headers: &[(&str, &str)]) -> Vec<String> {
    let mut wrong = wrong_forms("common parameter", &borrowed(&call.common), COMMON.iter());
    wrong.extend(wrong_forms("header", headers, OF_RPC.iter()));
    let version = FACTS.0["products"][call.product]["version"].as_str().unwrap();
    if !call.common.contains(&("Version".to_owned(), version.to_owned())) {
        wrong.push(format!("its version is not {version}"));
    }
    if (call.method, call.path.as_str()) != ("POST", "/") {
        wrong.push(format!("it is {} {}", call.method, call.path));
    }
    // Some that read take a token, too, and need none.
    if !call.is_read() && fact.param("ClientToken").is_some() {
        let token: Vec<_> = borrowed(&call.form).into_iter().filter(|(name, _)| *name == "ClientToken").collect();
        wrong.extend(wrong_forms("parameter", &token, TOKEN.iter()));
    }
    wrong
}

fn wrong_rest(call: &Call, fact: Fact<'_>, headers: &[(&str, &str)], size: usize) -> Vec<String> {
    let forms = OF_REST.iter().filter(|(name, _)| size > 0 || !OF_A_BODY.contains(name));
    let mut wrong = wrong_forms("header", headers, forms);
    let template = call.template();
    if fact.json["method"] != call.method || fact.json["path"] != template.as_str() {
        wrong.push(format!("it is {} {template}", call.method));
    }
    if !headers.contains(&("x-log-bodyrawsize", &size.to_string())) {
        wrong.push(format!("it does not say that its body has {size} bytes"));
    }
    wrong
}

const A_TOKEN: &str = "5d2f1bb4-0000-4000-8000-000000000001";

async fn sent(request: &Request) -> HttpRequest {
    as_sent(request, key(), moment(), 1).await
}

/// A create of a flow log with further parameters.
async fn flow_log(params: &[(&str, &str)]) -> Vec<String> {
    let whole = [("RegionId", "cn-hangzhou"), ("CenId", "cen-1"), ("ClientToken", A_TOKEN)];
    let rpc = whole
        .iter()
        .chain(params)
        .fold(Rpc::write(Product::Cbn, "CreateFlowlog"), |rpc, (name, value)| rpc.param(name, *value));
    wrong(&sent(&rpc.into()).await)
}

fn store(fields: &serde_json::Value) -> Request {
    let mut body = json!({ "logstoreName": "tr-flow", "ttl": 180, "shardCount": 2 });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let region = Region("cn-hangzhou".to_owned());
    Sls::write("CreateLogStore", "POST", &region, Some("netflow"), "/logstores").body(body).into()
}

#[tokio::test]
async fn a_good_request_has_nothing_wrong() {
    let params =
        [("Interval", "60"), ("Tag.1.Key", "k"), ("Tag.1.Value", ""), ("Tag.2.Key", "l"), ("Tag.2.Value", "v")];
    assert_eq!(flow_log(&params).await, Vec::<String>::new());
    let whole = json!({ "encrypt_conf": { "enable": true, "encrypt_type": "sm4" }, "autoSplit": false });
    assert_eq!(wrong(&sent(&store(&whole)).await), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_with_parameters_is_seen() {
    for (params, says) in [
        (&[("Intervall", "60")][..], "CreateFlowlog: it has no parameter Intervall"),
        (&[("Interval", "1m")], "CreateFlowlog: Interval is no integer: 1m"),
        (&[("Interval", "060")], "CreateFlowlog: Interval is no integer: 060"),
        (&[("Interval", "61")], "CreateFlowlog: Interval is none of its values: 61"),
        (&[("Interval", "60"), ("Interval", "60")], r#"CreateFlowlog: Interval is given as [("", "60"), ("", "60")]"#),
        (&[("Tag.1.Key", "k"), ("Tag.3.Key", "l")], "CreateFlowlog: Tag has 2 items and none with the number 2"),
        (&[("Tag.0.Key", "k")], "CreateFlowlog: Tag has 1 items and none with the number 1"),
        (&[("Tag.1.Name", "k")], "CreateFlowlog: Tag has no Name"),
        (&[("Tag", "k")], r#"CreateFlowlog: Tag is given as [("", "k")]"#),
        (&[("Tag.1", "k")], r#"CreateFlowlog: Tag is given as [("", "k")]"#),
        (&[("Description.1", "k")], r#"CreateFlowlog: Description is given as [("1", "k")]"#),
    ] {
        assert_eq!(flow_log(params).await, [says], "{params:?}");
    }
    let bare = wrong(&sent(&Rpc::write(Product::Cbn, "CreateFlowlog").into()).await);
    assert_eq!(
        bare,
        [
            "CreateFlowlog: it has no parameter ClientToken",
            "CreateFlowlog: it needs CenId",
            "CreateFlowlog: it needs RegionId"
        ]
    );
    let options = |text: &str| {
        Rpc::write(Product::Cbn, "UpdateTransitRouterVpcAttachmentAttribute")
            .param("TransitRouterAttachmentId", "tr-attach-1")
            .param("ClientToken", A_TOKEN)
            .param("TransitRouterVPCAttachmentOptions", text)
    };
    for text in ["enable", r#"["enable"]"#, r#"{"ipv6Support":true}"#, r#"{"ipv6Support":"yes"}"#] {
        assert_eq!(wrong(&sent(&options(text).into()).await).len(), 1, "{text}");
    }
    let publish = options(r#"{"ipv6Support":"enable"}"#).param("AutoPublishRouteEnabled", "True");
    let says = "UpdateTransitRouterVpcAttachmentAttribute: AutoPublishRouteEnabled is no boolean: True";
    assert_eq!(wrong(&sent(&publish.into()).await), [says]);
    let unknown = wrong(&sent(&Rpc::write(Product::Cbn, "CreateFlowLog").into()).await);
    assert_eq!(unknown, ["Cbn has no action CreateFlowLog"]);
}

#[tokio::test]
async fn what_is_wrong_with_fields_is_seen() {
    for (fields, says) in [
        (json!({ "shards": 2 }), "CreateLogStore: its body has no shards"),
        (json!({ "ttl": "180" }), "CreateLogStore: ttl is no integer: \"180\""),
        (json!({ "ttl": 1.5 }), "CreateLogStore: ttl is no integer: 1.5"),
        (json!({ "autoSplit": "true" }), "CreateLogStore: autoSplit is no boolean: \"true\""),
        (json!({ "encrypt_conf": { "type": "sm4" } }), "CreateLogStore: encrypt_conf has no type"),
        (json!({ "mode": "fast" }), "CreateLogStore: mode is none of its values: fast"),
    ] {
        assert_eq!(wrong(&sent(&store(&fields)).await), [says], "{fields}");
    }
    let Request::Sls(whole) = store(&json!({})) else { panic!("it is one of Log Service") };
    let bare = wrong(&sent(&Request::Sls(Sls { body: Some(json!({ "ttl": 1 })), ..whole.clone() })).await);
    assert_eq!(bare, ["CreateLogStore: it needs logstoreName", "CreateLogStore: it needs shardCount"]);
    let query = wrong(&sent(&whole.clone().query("ttl", "1").into()).await);
    assert_eq!(query, ["CreateLogStore: its query has no ttl"]);
    let elsewhere = wrong(&sent(&Request::Sls(Sls { method: "PUT", ..whole })).await);
    assert_eq!(elsewhere, [r#"("PUT", "/logstores", true) is no call of Log Service"#]);
}

#[tokio::test]
async fn what_is_wrong_around_them_is_seen() {
    let good = sent(&store(&json!({}))).await;
    let without = |name: &str| {
        let mut http = good.clone();
        http.headers.retain(|(header, _)| *header != name);
        wrong(&http)
    };
    assert_eq!(without("date"), ["CreateLogStore: it has no header date"]);
    assert_eq!(without("content-md5"), ["CreateLogStore: it has no header content-md5"]);
    let mut shorter = good.clone();
    shorter.body.pop();
    shorter.body.extend(b"  }");
    assert!(wrong(&shorter)[0].contains("does not say that its body has"), "{:?}", wrong(&shorter));
    let rpc = sent(&Rpc::read(Product::Cbn, "DescribeCens").into()).await;
    for (from, to) in
        [("Format=JSON", "Format=json"), ("Version=2017-09-12", "Version=2015-04-01"), ("&Format", "&Formats")]
    {
        let changed = HttpRequest { url: rpc.url.replace(from, to), ..rpc.clone() };
        assert!(!wrong(&changed).is_empty(), "{to}");
    }
    let elsewhere = HttpRequest { url: rpc.url.replace("cbn.", "cbn-vpc."), ..rpc };
    assert_eq!(wrong(&elsewhere), ["cbn-vpc.aliyuncs.com is no host of the cloud"]);
}
