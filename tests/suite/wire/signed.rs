//! Random requests with every awkward character, as the client signs and sends them.
//!
//! `tests/data/signed-requests.jsonl` has one a line, with the (invented) key that signed it: whoever verifies such
//! requests for a living can be asked whether they are signed well. The requests are the same at each run, and each
//! depends on its own number only.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cenform::base::random::{Random as _, SeededRandom};
use cenform::base::secret::Secret;
use cenform::cloud::credentials::Credentials;
use cenform::cloud::request::{Product, Request, Rpc, Sls};
use cenform::cloud::transport::HttpRequest;
use cenform::emulator::gateway::Emulator;
use cenform::emulator::options::{AccessKey, DEFAULT_ACCOUNT, Options};
use cenform::model::region::Region;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};

use super::tap::{as_sent, moment};
use crate::suite::engine::bench::received;
use crate::suite::shell::repository;
use crate::suite::snapshot;

/// How many there are of each scheme.
const EACH: u64 = 200;

/// What a value is put together from.
const PIECES: &[&str] = &[
    " ",
    "+",
    "*",
    "~",
    "%",
    "&",
    "=",
    "/",
    "?",
    "#",
    "@",
    ":",
    ";",
    ",",
    "'",
    "\"",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "|",
    "^",
    "`",
    "<",
    ">",
    "!",
    "$",
    "-",
    "_",
    ".",
    "%20",
    "%2B",
    "%7E",
    "%2A",
    "%zz",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u{7f}",
    "a",
    "Z",
    "0",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "漢字",
    "ログ",
    "흐름",
    "😀",
    "👩\u{200d}👧",
    "שלום",
    "سلام",
    "\u{202e}",
    "\u{feff}",
    "\u{a0}",
    "\u{10ffff}",
];

/// Names that sort differently by bytes, by case, by number, and by what stands after them.
const RPC_NAMES: &[&str] = &[
    "Tag.1.Key",
    "Tag.10.Key",
    "Tag.2.Key",
    "Tag.2.Value",
    "tag.2.key",
    "TAG.2.KEY",
    "Name",
    "name",
    "NAME",
    "Name1",
    "Name-1",
    "Name_1",
    "Name~1",
    "Name.1",
    "Description",
    "LogFormatString",
    "RegionId",
    "ResourceId.1",
    "ResourceId.2",
    "ResourceId.11",
    "ZoneMappings.1.ZoneId",
    "Filter.1.Value.1",
    "Zoë",
    "a b",
    "a+b",
    "a*b",
    "a%b",
];

const SLS_NAMES: &[&str] = &[
    "size",
    "Size",
    "size1",
    "size-1",
    "size.1",
    "size_1",
    "offset",
    "logstoreName",
    "resourceId",
    "tags",
    "nextToken",
    "a b",
    "a+b",
    "Zoë",
];

/// What a key, a secret or a token can be made of.
const GRAPHIC: &[&str] = &[
    "a", "B", "7", "+", "/", "=", "%", "&", "?", "#", "'", "\"", "\\", "`", "<", ">", "|", "^", "{", "}", "[", "]",
    "~", "!", "$", "*", ";", ":", ",", "@", "(", ")", "-", "_", ".",
];

/// Chance that repeats itself.
struct Chance(SeededRandom);

impl Chance {
    fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % end
    }

    fn one_in(&self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn pieces(&self, from: &[&str], least: usize, most: usize) -> String {
        (0..least + self.below(most - least + 1)).map(|_| self.pick(from)).collect()
    }

    /// The value of a parameter: empty, long, or something in between.
    fn value(&self) -> String {
        match self.below(60) {
            0 => self.pieces(PIECES, 200, 400),
            1..=6 => String::new(),
            _ => self.pieces(PIECES, 1, 9),
        }
    }

    fn names<'a>(&self, from: &[&'a str]) -> BTreeSet<&'a str> {
        (0..self.below(9)).map(|_| self.pick(from)).collect()
    }

    fn credentials(&self) -> Credentials {
        let temporary = self.one_in(3);
        let id = format!("{}{}", if temporary { "STS." } else { "LTAI5t" }, self.pieces(&["a", "B", "7"], 6, 18));
        let secret = self.pieces(if self.one_in(2) { GRAPHIC } else { &["a", "B", "7"] }, 1, 40);
        let token = temporary.then(|| Secret::new(self.pieces(GRAPHIC, 1, 60)));
        Credentials { security_token: token, ..Credentials::new(id, secret) }
    }

    /// In no order, and with one piece that comes round.
    fn pairs(&self, names: &[&'static str], number: u64) -> Vec<(String, String)> {
        let round = format!("a{}b", PIECES[usize::try_from(number).unwrap() % PIECES.len()]);
        let mut pairs: Vec<_> = self.names(names).into_iter().map(|name| (name.to_owned(), self.value())).collect();
        pairs.push(("Round".to_owned(), round));
        for end in (1..pairs.len()).rev() {
            pairs.swap(end, self.below(end + 1));
        }
        pairs
    }

    fn rpc(&self, number: u64) -> Request {
        let product = [Product::Cbn, Product::Sts, Product::Ram][self.below(3)];
        let rpc = Rpc::write(product, ["CreateFlowlog", "DescribeCens", "TagResources"][self.below(3)]);
        Request::Rpc(Rpc { params: self.pairs(RPC_NAMES, number), ..rpc })
    }

    fn sls(&self, number: u64) -> Request {
        let region = Region(self.pick(&["cn-hangzhou", "ap-southeast-5", "cn-heyuan-acdr-1"]).to_owned());
        let project = ["netflow-prod", "a1b", "net-0-flow"][self.below(3)];
        let method = ["GET", "POST", "PUT", "DELETE"][self.below(4)];
        // A name may have what no logstore's has, but for the slash that would end it.
        let name = format!("a{}", self.pieces(PIECES, 1, 6).replace('/', "-"));
        let path = match self.below(4) {
            0 => "/".to_owned(),
            1 => "/logstores".to_owned(),
            2 => format!("/logstores/{name}"),
            _ => format!("/logstores/{name}/index"),
        };
        let call = Sls::write("Any", method, &region, (!self.one_in(4)).then_some(project), path);
        let query = if self.one_in(4) { Vec::new() } else { self.pairs(SLS_NAMES, number) };
        let body = (method != "GET" && !self.one_in(3)).then(|| {
            let fields: Map<String, Json> =
                self.pairs(SLS_NAMES, number).into_iter().map(|(k, v)| (k, v.into())).collect();
            json!(fields)
        });
        Request::Sls(Sls { query, body, ..call })
    }
}

/// Holds that the emulator, which has a signature check of its own, takes a signature from this key and no other.
fn assert_taken(http: &HttpRequest, credentials: &Credentials, now: Timestamp) {
    let token = credentials.security_token.as_ref().map(Secret::expose);
    let refuses = |secret: &str| {
        let key = AccessKey::new(&credentials.access_key_id, secret, DEFAULT_ACCOUNT, token);
        let options = Options { keys: vec![key], ..Options::default() };
        let reply = Emulator::new(&options, None).unwrap().handle(&received(http.clone()), now);
        let answer: Json = serde_json::from_slice(&reply.answer.unwrap().body).unwrap_or_default();
        answer["Code"] == "SignatureDoesNotMatch" || answer["errorCode"] == "SignatureNotMatch"
    };
    let secret = credentials.access_key_secret.expose();
    assert_eq!((refuses(secret), refuses(&format!("{secret}x"))), (false, true), "{}", http.url);
}

async fn line(scheme: &str, number: u64) -> Json {
    let chance = Chance(SeededRandom::new(number));
    let (request, seed) = match scheme {
        "rpc-v1" => (chance.rpc(number), number),
        _ => (chance.sls(number), number + EACH),
    };
    let credentials = chance.credentials();
    let moment = moment() + SignedDuration::from_secs(i64::try_from(number).unwrap() * 100_003);
    let http = as_sent(&request, credentials.clone(), moment, seed).await;
    assert_eq!(reqwest::Url::parse(&http.url).unwrap().as_str(), http.url, "it would leave as another one");
    assert_taken(&http, &credentials, moment);
    let headers: Map<String, Json> =
        http.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    json!({
        "scheme": scheme,
        "access_key_id": credentials.access_key_id,
        "access_key_secret": credentials.access_key_secret.expose(),
        "method": http.method,
        "url": http.url,
        "headers": headers,
        "body_base64": BASE64.encode(http.body),
    })
}

#[tokio::test(start_paused = true)]
async fn random_requests_are_signed_as_ever() {
    let mut lines = String::new();
    for scheme in ["rpc-v1", "sls-v1"] {
        for number in 0..EACH {
            lines.push_str(&line(scheme, number).await.to_string());
            lines.push('\n');
        }
    }
    snapshot::hold(&repository().join("tests/data/signed-requests.jsonl"), &lines);
}
