//! The emulator as others see it: over a socket, with requests signed here.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};
use sha1::Sha1;

use super::*;
use crate::base::clock::SystemClock;
use crate::emulator::message::hex;

/// A client with no more than what a test needs.
#[derive(Clone, Copy)]
struct Client {
    address: SocketAddr,
    key: &'static str,
    token: Option<&'static str>,
}

fn sign(key: &str, text: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap().chain_update(text);
    BASE64.encode(mac.finalize().into_bytes())
}

fn encode(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

impl Client {
    /// Sends raw bytes and gives status, headers and body; nothing if the connection closes first.
    async fn send(self, head: String, body: String) -> Option<(u16, String, Json)> {
        let address = self.address;
        let exchange = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap_or_default();
            answer
        });
        let answer = exchange.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().unwrap();
        Some((status, head.to_owned(), if body.is_empty() { Json::Null } else { serde_json::from_str(body).unwrap() }))
    }

    fn rpc_query(self, action: &str, params: &[(&str, &str)], nonce: &str) -> String {
        let version = if action == "GetCallerIdentity" { "2015-04-01" } else { "2017-09-12" };
        let time = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut all = vec![
            ("Action", action),
            ("Version", version),
            ("Format", "JSON"),
            ("AccessKeyId", self.key),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", nonce),
            ("Timestamp", &time),
        ];
        all.extend(self.token.map(|token| ("SecurityToken", token)));
        all.extend(params);
        all.sort_unstable();
        let query: Vec<String> =
            all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let query = query.join("&");
        let signature = sign(&format!("{}&", self.key), &format!("POST&%2F&{}", encode(&query)));
        format!("{query}&Signature={}", encode(&signature))
    }

    async fn try_rpc(self, action: &str, params: &[(&str, &str)]) -> Option<(u16, String, Json)> {
        static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let nonce = COUNTER.fetch_add(1, Ordering::Relaxed).to_string();
        let head = "POST / HTTP/1.1\r\nHost: cbn.aliyuncs.com\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        self.send(head.to_owned(), self.rpc_query(action, params, &nonce)).await
    }

    async fn rpc(self, action: &str, params: &[(&str, &str)]) -> (u16, Json) {
        let (status, _, body) = self.try_rpc(action, params).await.unwrap();
        (status, body)
    }

    async fn sls(self, host: &str, method: &str, path: &str, body: &Json) -> (u16, String, Json) {
        let date = SystemClock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let digest = if body.is_empty() { String::new() } else { hex(&Md5::digest(&body)).to_uppercase() };
        let signed = "x-log-apiversion:0.6.0\nx-log-signaturemethod:hmac-sha1";
        let text = format!("{method}\n{digest}\n\n{date}\n{signed}\n{path}");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nDate: {date}\r\nx-log-apiversion: 0.6.0\r\n\
             x-log-signaturemethod: hmac-sha1\r\nContent-MD5: {digest}\r\nAuthorization: LOG {}:{}\r\n",
            self.key,
            sign(self.key, &text)
        );
        self.send(head, body).await.unwrap()
    }

    async fn control(self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let head = format!("{method} /_emulator/{path} HTTP/1.1\r\nHost: x\r\n");
        let (status, _, body) =
            self.send(head, if body.is_null() { String::new() } else { body.to_string() }).await.unwrap();
        (status, body)
    }
}

async fn running(options: Options) -> (Running, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(options, listener, Arc::new(SystemClock)).unwrap();
    let client = Client { address: running.address(), key: "emulator", token: None };
    (running, client)
}

fn quick() -> Options {
    Options { settle: Duration::ZERO, ..Options::default() }
}

#[tokio::test]
async fn a_cen_is_made_and_seen_over_the_wire() {
    let (running, client) = running(quick()).await;
    let (status, made) = client.rpc("CreateCen", &[("Name", "a b+c~é")]).await;
    assert_eq!(status, 200);
    assert_eq!(made["RequestId"].as_str().unwrap().len(), 36);
    let (_, listed) = client.rpc("DescribeCens", &[]).await;
    let cen = &listed["Cens"]["Cen"][0];
    assert_eq!((&cen["CenId"], &cen["Name"], &cen["Status"]), (&made["CenId"], &json!("a b+c~é"), &json!("Active")));
    let (status, refused) = client.rpc("createCen", &[]).await;
    assert_eq!((status, &refused["Code"]), (404, &json!("InvalidApi.NotFound")));
    assert_eq!(refused["HostId"], "cbn.aliyuncs.com");
    let (_, who) = client.rpc("GetCallerIdentity", &[]).await;
    assert_eq!((&who["AccountId"], &who["IdentityType"]), (&json!("1000000000000001"), &json!("Account")));
    let (_, calls) = client.control("GET", "calls", &Json::Null).await;
    assert_eq!(calls, json!({ "CreateCen": 1, "DescribeCens": 1, "GetCallerIdentity": 1 }));
    let (_, world) = client.control("GET", "world", &Json::Null).await;
    assert_eq!(world["Cens"][0]["CenId"], made["CenId"]);
    client.control("POST", "reset", &Json::Null).await;
    assert_eq!(client.rpc("DescribeCens", &[]).await.1["TotalCount"], 0);
    assert_eq!(client.control("GET", "nothing", &Json::Null).await.0, 404);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_request_is_taken_once_and_only_as_it_was_signed() {
    let (running, client) = running(quick()).await;
    let post = |query: String| async move {
        let head = format!("POST /?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        let (status, _, body) = client.send(head, String::new()).await.unwrap();
        (status, body["Code"].as_str().unwrap_or_default().to_owned())
    };
    let query = client.rpc_query("DescribeCens", &[], "nonce-1");
    assert_eq!(post(query.clone()).await.0, 200);
    assert_eq!(post(query.clone()).await, (400, "SignatureNonceUsed".to_owned()));
    assert_eq!(post(query.replace("nonce-1", "nonce-2")).await, (400, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(post(query.replace("2017-09-12", "2020-01-01")).await.1, "SignatureDoesNotMatch");
    assert_eq!(post("Action=DescribeCens".to_owned()).await, (400, "MissingVersion".to_owned()));
    assert_eq!(post(String::new()).await, (400, "MissingAction".to_owned()));
    let acs3 = "POST /?Action=DescribeCens&Version=2017-09-12 HTTP/1.1\r\nHost: x\r\nAuthorization: ACS3-HMAC-SHA256 \
                Credential=x\r\n";
    let (_, _, refused) = client.send(acs3.to_owned(), String::new()).await.unwrap();
    assert_eq!(refused["Code"], "IncompleteSignature");
    let (_, _, refused) = client.send("PUT / HTTP/1.1\r\nHost: x\r\n".to_owned(), String::new()).await.unwrap();
    assert_eq!(refused["Code"], "UnsupportedHTTPMethod");
    let body = "x".repeat(MAX_BODY + 1);
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(client.send(head.to_owned(), body).await.map_or(413, |(status, ..)| status), 413);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_that_is_broken_off_is_refused_in_the_form_of_the_product() {
    let (running, client) = running(quick()).await;
    let address = client.address;
    for (header, code) in [
        ("Accept: */*", r#""Code":"RequestTooLarge""#),
        ("x-log-apiversion: 0.6.0", r#""errorCode":"PostBodyTooLarge""#),
    ] {
        let exchange = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "POST / HTTP/1.1\r\nHost: x\r\n{header}\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n")
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = exchange.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains(code), "{answer}");
    }
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_is_read_in_every_way_of_sending_it() {
    let (running, client) = running(quick()).await;
    let address = client.address;
    let chunked = "Transfer-Encoding: chunked\r\n\r\n7\r\nAction=\r\nc\r\nDescribeCens\r\n0\r\n\r\n";
    let expecting = "Expect: 100-continue\r\nContent-Length: 19\r\n\r\nAction=DescribeCens";
    for (rest, code) in [
        (chunked, "MissingVersion"),
        (expecting, "MissingVersion"),
        ("\r\n", "MissingAction"),
        ("x-acs-action: \r\n\r\n", "MissingAction"),
    ] {
        let exchange = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: \
                        application/x-www-form-urlencoded\r\n";
            write!(stream, "{head}{rest}").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = exchange.await.unwrap();
        assert!(answer.contains(&format!(r#""Code":"{code}""#)), "{rest}: {answer}");
    }
    running.stop().await.unwrap();
}

#[tokio::test]
async fn sls_is_told_apart_and_found_by_its_host() {
    let (running, client) = running(quick()).await;
    let body = json!({ "projectName": "flow", "description": "" });
    let (status, head, answer) = client.sls("flow.cn-hangzhou.log.aliyuncs.com", "POST", "/", &body).await;
    assert_eq!((status, answer), (200, Json::Null));
    let id = head.lines().find_map(|line| line.strip_prefix("x-log-requestid: ")).unwrap();
    assert_eq!(id.len(), 24);
    for host in ["flow.cn-hangzhou.log.aliyuncs.com", "flow.127.0.0.1:80", "flow.localhost"] {
        assert_eq!(client.sls(host, "GET", "/", &Json::Null).await.2["projectName"], "flow", "{host}");
    }
    let (status, _, refused) = client.sls("flow.cn-shanghai.log.aliyuncs.com", "GET", "/", &Json::Null).await;
    assert_eq!(status, 404);
    assert_eq!(refused, json!({ "errorCode": "ProjectNotExist", "errorMessage": "The Project does not exist : flow" }));
    assert_eq!(client.sls("127.0.0.1", "GET", "/", &Json::Null).await.2["total"], 1);
    let stranger = Client { key: "stranger", ..client };
    let (status, _, refused) = stranger.sls("127.0.0.1", "GET", "/", &Json::Null).await;
    assert_eq!((status, &refused["errorCode"]), (401, &json!("Unauthorized")));
    let (_, calls) = client.control("GET", "calls", &Json::Null).await;
    assert_eq!(calls, json!({ "CreateProject": 1, "GetProject": 4, "ListProject": 2 }));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn keys_act_for_their_accounts() {
    let keys = ["emulator:emulator", "two:two:1000000000000002", "sts:sts:1000000000000003:token"];
    let keys = keys.iter().map(|key| key.parse().unwrap()).collect();
    let (running, client) = running(Options { keys, ..quick() }).await;
    client.rpc("CreateCen", &[]).await;
    let two = Client { key: "two", ..client };
    assert_eq!(two.rpc("DescribeCens", &[]).await.1["TotalCount"], 0);
    let sts = Client { key: "sts", token: Some("token"), ..client };
    let (_, who) = sts.rpc("GetCallerIdentity", &[]).await;
    assert_eq!((&who["AccountId"], &who["IdentityType"]), (&json!("1000000000000003"), &json!("AssumedRoleUser")));
    let without = Client { token: None, ..sts };
    assert_eq!(without.rpc("GetCallerIdentity", &[]).await.1["Code"], "MissingSecurityToken");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_calls_give_the_same_ids() {
    let run = |seed| async move {
        let (running, client) = running(Options { seed, ..quick() }).await;
        let first = client.rpc("CreateCen", &[]).await.1;
        let params = [("CenId", first["CenId"].as_str().unwrap()), ("RegionId", "cn-hangzhou")];
        let second = client.rpc("CreateTransitRouter", &params).await.1;
        running.stop().await.unwrap();
        (first, second)
    };
    assert_eq!(run(1).await, run(1).await);
    assert_ne!(run(1).await.0["CenId"], run(2).await.0["CenId"]);
}

#[tokio::test]
async fn the_world_is_kept_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep").join("emulator.json");
    let options = || Options { data: Some(path.clone()), ..quick() };
    let (first, client) = running(options()).await;
    let cen = client.rpc("CreateCen", &[]).await.1["CenId"].clone();
    let written_behind = tokio::time::timeout(Duration::from_secs(10), async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    written_behind.await.expect("a change is saved while the emulator runs");
    client.rpc("CreateCen", &[]).await;
    first.stop().await.unwrap();
    let (second, client) = running(Options { initial: Some(b"not looked at".to_vec()), ..options() }).await;
    let (_, world) = client.control("GET", "world", &Json::Null).await;
    assert_eq!(world["Cens"].as_array().unwrap().len(), 2);
    assert!(world["Cens"].as_array().unwrap().iter().any(|item| item["CenId"] == cen));
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_world_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("emulator.json");
    for (content, part) in [("{\"Cens\": [", "JSON"), (r#"{"version": 2}"#, "newer"), (r#"{"Sens": []}"#, "Sens")] {
        storage::save(&path, content.as_bytes()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options { data: Some(path.clone()), ..quick() };
        let error = start(options, listener, Arc::new(SystemClock)).err().unwrap().to_string();
        assert!(error.contains("emulator.json cannot be used.") && error.contains(part), "{error}");
        assert_eq!(storage::load(&path).unwrap().unwrap(), content.as_bytes());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { initial: Some(b"{".to_vec()), ..quick() };
    let error = start(options, listener, Arc::new(SystemClock)).err().unwrap().to_string();
    assert!(error.starts_with("The world to start from cannot be used."), "{error}");
}

#[tokio::test]
async fn faults_happen_as_they_were_asked_for() {
    let (running, client) = running(quick()).await;
    let faults = json!([
        { "action": "CreateCen", "nth": 1, "then": "drop_request" },
        { "action": "CreateCen", "nth": 2, "then": "drop_reply" },
        { "action": "CreateCen", "nth": 3, "then": { "throttle": true } },
        { "action": "CreateCen", "nth": 4, "then": { "error": "Operation.Blocking", "http": 409 } },
        { "action": "GetProject", "nth": 1, "then": { "error": "InternalServerError", "http": 500 } },
    ]);
    assert_eq!(client.control("POST", "faults", &faults).await.0, 200);
    assert_eq!(client.try_rpc("CreateCen", &[]).await, None);
    assert_eq!(client.rpc("DescribeCens", &[]).await.1["TotalCount"], 0);
    assert_eq!(client.try_rpc("CreateCen", &[]).await, None);
    assert_eq!(client.rpc("DescribeCens", &[]).await.1["TotalCount"], 1);
    let (status, head, body) = client.try_rpc("CreateCen", &[]).await.unwrap();
    assert_eq!((status, &body["Code"]), (400, &json!("Throttling.User")));
    assert!(head.contains("x-acs-retry-after: 1000"));
    let (status, body) = client.rpc("CreateCen", &[]).await;
    assert_eq!((status, &body["Code"]), (409, &json!("Operation.Blocking")));
    assert_eq!(client.rpc("CreateCen", &[]).await.0, 200);
    let (status, _, body) = client.sls("flow.localhost", "GET", "/", &Json::Null).await;
    assert_eq!((status, &body["errorCode"]), (500, &json!("InternalServerError")));
    let (status, body) = client.control("POST", "faults", &json!([{ "action": "X", "then": 1 }])).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("exactly one of nth"));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn one_call_too_many_is_refused_and_told_when_to_come_again() {
    let mut settings = crate::emulator::options::Settings::default();
    settings.set("throttling_status=429").unwrap();
    let options = Options { rate_limit: Some("1/s".parse().unwrap()), settings, ..quick() };
    let (running, client) = running(options).await;
    assert_eq!(client.rpc("DescribeCens", &[]).await.0, 200);
    let (status, head, body) = client.try_rpc("DescribeCens", &[]).await.unwrap();
    assert_eq!((status, &body["Code"]), (429, &json!("Throttling.User")));
    let wait = head.lines().find_map(|line| line.strip_prefix("x-acs-retry-after: ")).unwrap();
    assert!((1..=1000).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert_eq!(client.rpc("DescribeFlowlogs", &[]).await.0, 200, "another action");
    assert_eq!(client.rpc("DescribeCens", &[("RegionId", "cn-hangzhou")]).await.0, 200, "another region");
    assert_eq!(client.sls("127.0.0.1", "GET", "/", &Json::Null).await.0, 200);
    let (status, head, body) = client.sls("127.0.0.1", "GET", "/", &Json::Null).await;
    assert_eq!((status, &body["errorCode"]), (503, &json!("ServerBusy")));
    assert!(head.contains("x-acs-retry-after: "), "{head}");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_is_under_way_while_its_answer_is_held_back() {
    let (running, client) = running(quick()).await;
    let faults = json!([{ "action": "CreateCen", "nth": 1, "then": { "delay": "300ms" } }]);
    client.control("POST", "faults", &faults).await;
    let make = || async move { client.rpc("CreateCen", &[("ClientToken", "t")]).await.1 };
    let first = tokio::spawn(make());
    while client.control("GET", "calls", &Json::Null).await.1 == json!({}) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(make().await["Code"], "TokenProcessing");
    let first = first.await.unwrap();
    assert_eq!(make().await["CenId"], first["CenId"]);
    let again = json!([{ "action": "CreateCen", "nth": 1, "then": "forget_tokens" }]);
    client.control("POST", "faults", &again).await;
    assert_ne!(make().await["CenId"], first["CenId"]);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_stands_is_told_too() {
    let clock = Some("2025-09-09T01:02:03Z".parse().unwrap());
    let (running, client) = running(Options { fixed_clock: clock, ..quick() }).await;
    let (_, head, body) = client.try_rpc("DescribeCens", &[]).await.unwrap();
    assert_eq!(body["Code"], "InvalidTimeStamp.Expired");
    let dates: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix("date: ")).collect();
    assert_eq!(dates, ["Tue, 09 Sep 2025 01:02:03 GMT"]);
    let (_, head, body) = client.sls("127.0.0.1", "GET", "/", &Json::Null).await;
    assert_eq!(body["errorCode"], "RequestTimeExpired");
    assert!(head.contains("x-log-time: 1757379723"), "{head}");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn faults_can_be_there_from_the_beginning() {
    let faults = |text: &str| Options { faults: Some(text.as_bytes().to_vec()), ..quick() };
    let (running, client) = running(faults(r#"[{"action": "CreateCen", "nth": 1, "then": "drop_reply"}]"#)).await;
    assert_eq!(client.try_rpc("CreateCen", &[]).await, None);
    running.stop().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wrong = faults(r#"[{"action": "CreateCen", "then": "drop_reply"}]"#);
    let error = start(wrong, listener, Arc::new(SystemClock)).err().unwrap().to_string();
    assert!(error.starts_with("The faults to begin with cannot be used. The fault of CreateCen needs"), "{error}");
}

#[tokio::test]
async fn control_is_never_held_back() {
    let (running, client) = running(Options { latency: Duration::from_millis(100), ..quick() }).await;
    let begun = std::time::Instant::now();
    for _ in 0..3 {
        client.control("GET", "calls", &Json::Null).await;
    }
    assert!(begun.elapsed() < Duration::from_millis(100));
    client.rpc("DescribeCens", &[]).await;
    assert!(begun.elapsed() >= Duration::from_millis(100));
    running.stop().await.unwrap();
}
