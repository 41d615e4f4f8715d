//! What the tests of the kinds share: a cloud that answers from a script, and the facts of the APIs, which every request
//! and every scripted answer is held against.

// Requests on the wire are held against the same facts.
#[path = "../../tests/suite/wire/facts.rs"]
mod facts;

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use self::facts::{Fact, Facts};
use super::driver::{Alteration, At, Driver, New};
use super::schema::type_of;
use crate::cloud::Api;
use crate::cloud::error::{Class, CloudError};
use crate::cloud::request::{Answer, Request};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The facts.
static FACTS: LazyLock<Facts> = LazyLock::new(Facts::read);

/// Attributes from JSON.
pub(super) fn attributes(json: Json) -> Attributes {
    Value::from(json).as_map().unwrap().clone()
}

/// The region of all tests.
pub(super) fn region() -> Region {
    Region("cn-hangzhou".to_owned())
}

/// The create request of these attributes, as a line.
pub(super) fn create(driver: &dyn Driver, new: Json) -> String {
    line(&driver.create(&New { region: Some(&region()), attributes: &attributes(new) }))
}

/// The delete request, as a line.
pub(super) fn delete(driver: &dyn Driver, id: &str, live: Json) -> String {
    line(&driver.delete(&At { id, region: Some(&region()), attributes: &attributes(live) }))
}

/// The grant of these attributes, for a CEN of the account 1000000000000001: its owner, and a line for each call.
pub(super) fn grant(driver: &dyn Driver, new: Json) -> Option<[String; 4]> {
    let attributes = attributes(new);
    let grant = driver.grant(&New { region: Some(&region()), attributes: &attributes }, "1000000000000001");
    let at = At { id: "x", region: Some(&region()), attributes: &attributes };
    assert_eq!(driver.granted(&at, "1000000000000001"), grant);
    grant.map(|grant| [line(&grant.give), line(&grant.revoke), line(&grant.look), grant.owner])
}

/// The steps of an update, a line each, `~` before those that unsettle. What differs counts as changed.
pub(super) fn update(driver: &dyn Driver, id: &str, live: Json, after: Json) -> Vec<String> {
    let (live, after) = (attributes(live), attributes(after));
    let changed: Vec<_> = after.iter().filter(|(name, value)| live.get(*name) != Some(value)).collect();
    let changed: Vec<_> = changed.into_iter().map(|(name, _)| name.clone()).collect();
    let at = At { id, region: Some(&region()), attributes: &live };
    let steps = driver.update(&at, &Alteration { live: &live, after: &after, changed: &changed });
    let mark = |unsettles| if unsettles { "~" } else { "" };
    steps.iter().map(|step| format!("{}{}", mark(step.unsettles), line(&step.request))).collect()
}

/// The object that a read finds, when the cloud answers with these bodies; and the requests.
pub(super) async fn read(
    driver: &dyn Driver,
    id: &str,
    known: Json,
    answers: impl IntoIterator<Item = Json>,
) -> (Option<Object>, Vec<String>) {
    let cloud = Cloud::answering(answers);
    let known = attributes(known);
    let object = driver.read(&cloud, &At { id, region: Some(&region()), attributes: &known }).await.unwrap();
    (object, cloud.lines())
}

/// Asserts that a live object shows every attribute of its schema that is compared (or computed).
pub(super) fn assert_complete(driver: &dyn Driver, object: &Object) {
    let ty = type_of(&object.attributes);
    for attribute in driver.schema().attributes.iter().filter(|attribute| attribute.applies_to(ty)) {
        let elsewhere = matches!(attribute.name, "force_delete" | "grant");
        assert!(elsewhere || object.attributes.contains_key(attribute.name), "{} is not shown", attribute.name);
    }
    for name in object.attributes.keys() {
        let attribute = driver.schema().attribute(name);
        assert!(attribute.is_some_and(|attribute| attribute.applies_to(ty)), "{name} is no attribute");
    }
}

/// A cloud that gives the scripted answers in turn.
pub(super) struct Cloud {
    answers: Mutex<VecDeque<Result<Json, String>>>,
    seen: Mutex<Vec<Request>>,
}

impl Cloud {
    /// A cloud that answers with these bodies; a text is the code that says that something is not there.
    pub(super) fn answering(answers: impl IntoIterator<Item = Json>) -> Self {
        let answers = answers.into_iter().map(|body| match body {
            Json::String(code) => Err(code),
            body => Ok(body),
        });
        Self { answers: Mutex::new(answers.collect()), seen: Mutex::default() }
    }

    /// A cloud that says with this code that something is not there.
    pub(super) fn lacking(code: &'static str) -> Self {
        Self::answering([json!(code)])
    }

    /// The requests that came, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(line).collect()
    }
}

#[async_trait]
impl Api for Cloud {
    async fn call(&self, request: &Request) -> Result<Answer, CloudError> {
        self.seen.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or_else(|| panic!("there is no answer to {}", line(request))) {
            Ok(body) => {
                for (field, value) in body.as_object().into_iter().flatten() {
                    known_fields(value, &action(request).json["response"][field], field);
                }
                Ok(Answer { body, request_id: "R-1".to_owned() })
            }
            Err(code) => Err(CloudError::Service {
                action: request.action(),
                status: 404,
                code,
                message: String::new(),
                request_id: "R-1".to_owned(),
                class: Class::NotFound,
                retry_after: None::<Duration>,
            }),
        }
    }
}

/// A request on a line, after holding it against the facts.
pub(super) fn line(request: &Request) -> String {
    check(request);
    let joined = |first: String, pairs: &[(String, String)]| {
        let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
        std::iter::once(first).chain(pairs).collect::<Vec<_>>().join(" ")
    };
    match request {
        Request::Rpc(rpc) => joined(rpc.action.to_owned(), &rpc.params),
        Request::Sls(sls) => {
            let host = format!("{}.{}", sls.project.as_deref().unwrap_or_default(), sls.region);
            let body = sls.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            joined(format!("{} {} {host}{}{body}", sls.action, sls.method, sls.path), &sls.query)
        }
    }
}

fn action(request: &Request) -> Fact<'static> {
    let product = match request {
        Request::Rpc(rpc) => rpc.product.name(),
        Request::Sls(_) => "Sls",
    };
    FACTS.action(product, request.action()).unwrap_or_else(|| panic!("there is no action {}", request.action()))
}

/// Holds a request against the facts: the action exists, every parameter is one of its, of the declared type,
/// and no required one is missing.
fn check(request: &Request) {
    let fact = action(request);
    let wrong = match request {
        Request::Rpc(rpc) => {
            let takes_token = rpc.mutating && fact.param("ClientToken").is_some();
            assert_eq!(rpc.takes_token, takes_token, "{}: ClientToken", rpc.action);
            fact.wrong_params(&rpc.params)
        }
        Request::Sls(sls) => {
            assert_eq!(fact.json["method"], sls.method, "{}", sls.action);
            let template = fact.json["path"].as_str().unwrap();
            let (prefix, rest) = template.split_once("{logstore}").unwrap_or((template, ""));
            assert!(sls.path.starts_with(prefix) && sls.path.ends_with(rest), "{}", sls.path);
            assert!(!sls.project.as_deref().unwrap_or_default().is_empty());
            fact.wrong_fields(&sls.query, sls.body.as_ref())
        }
    };
    assert_eq!(wrong, Vec::<String>::new(), "{request:?}");
}

/// Asserts that an answer's fields exist. Their types may differ: that is what being liberal is for.
fn known_fields(value: &Json, fact: &Json, path: &str) {
    assert!(fact.is_object(), "no answer has {path}");
    match value {
        Json::Array(items) => items.iter().for_each(|item| known_fields(item, &fact["items"], path)),
        Json::Object(fields) if fact["type"] == "object" => {
            for (field, value) in fields {
                known_fields(value, &fact["fields"][field], field);
            }
        }
        _ => {}
    }
}
