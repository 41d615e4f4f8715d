//! What the tests of the kinds share: a cloud that answers from a script, and the facts of the two APIs
//! (`tests/data/api-meta.json`), which every request and every scripted answer is held against.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::driver::{Alteration, At, Driver, New};
use super::schema::type_of;
use crate::cloud::Api;
use crate::cloud::error::{Class, CloudError};
use crate::cloud::request::{Answer, Request};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The facts, and those that they lack: cloud-api 15 (address blocks, grants), 8.3 (the log SDK's nextToken) and RAM.
static FACTS: LazyLock<Json> = LazyLock::new(|| {
    let mut facts: Json = serde_json::from_str(include_str!("../../tests/data/api-meta.json")).unwrap();
    let param = |name: &str, ty: &str, required: bool| json!({ "name": name, "type": ty, "required": required });
    let block = |id: bool| {
        let mut params = vec![
            param("RegionId", "string", true),
            param("TransitRouterId", "string", true),
            param("ClientToken", "string", false),
        ];
        if id {
            params.push(param("TransitRouterCidrId", "string", true));
        }
        params
    };
    let fields = |cidr_required: bool| {
        vec![
            param("Cidr", "string", cidr_required),
            param("Name", "string", false),
            param("Description", "string", false),
            param("PublishCidrRoute", "boolean", false),
        ]
    };
    let actions = &mut facts["products"]["Cbn"]["actions"];
    actions["CreateTransitRouterCidr"] = json!({ "params": ([block(false), fields(true)].concat()) });
    actions["ModifyTransitRouterCidr"] = json!({ "params": ([block(true), fields(false)].concat()) });
    actions["DeleteTransitRouterCidr"] = json!({ "params": block(true) });
    let rule = vec![
        param("CenId", "string", true),
        param("CenOwnerId", "integer", true),
        param("InstanceId", "string", true),
        param("InstanceType", "string", true),
        param("RegionId", "string", false),
    ];
    actions["RevokeInstanceFromTransitRouter"] = json!({ "params": rule });
    let payer = vec![param("OrderType", "string", false)];
    actions["GrantInstanceToTransitRouter"] = json!({ "params": ([rule, payer].concat()) });
    actions["DescribeGrantRulesToResource"] = json!({ "params": [
        param("ProductType", "string", true),
        param("ResourceId", "string", true),
        param("RegionId", "string", false),
        param("MaxResults", "integer", false),
        param("NextToken", "string", false),
    ] });
    facts["products"]["Ram"] = json!({ "actions": { "GetRole": {
        "params": [param("RoleName", "string", true)],
        "response": { "Role": { "type": "object", "fields": { "RoleName": { "type": "string" } } } },
    } } });
    let tags = &mut facts["products"]["Sls"]["actions"]["ListTagResources"]["params"];
    let next = json!({ "name": "nextToken", "type": "string", "required": false, "in": "query" });
    tags.as_array_mut().unwrap().push(next);
    facts
});

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
                    known_fields(value, &action(request)["response"][field], field);
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

fn action(request: &Request) -> &'static Json {
    let product = match request {
        Request::Rpc(rpc) => rpc.product.name(),
        Request::Sls(_) => "Sls",
    };
    let action = &FACTS["products"][product]["actions"][request.action()];
    assert!(action.is_object(), "there is no action {}", request.action());
    action
}

/// Holds a request against the facts: the action exists, every parameter is one of its, of the declared type,
/// and no required one is missing.
fn check(request: &Request) {
    let fact = action(request);
    let params: BTreeMap<_, _> =
        fact["params"].as_array().unwrap().iter().map(|param| (param["name"].as_str().unwrap(), param)).collect();
    let mut given = Vec::new();
    match request {
        Request::Rpc(rpc) => {
            let takes_token = rpc.mutating && params.contains_key("ClientToken");
            assert_eq!(rpc.takes_token, takes_token, "{}: ClientToken", rpc.action);
            for (name, entries) in grouped(rpc.params.iter().map(|(name, value)| (name.as_str(), value.as_str()))) {
                assert!(params.contains_key(name), "{} has no {name}", rpc.action);
                flattened(&entries, params[name], name);
                given.push(name.to_owned());
            }
        }
        Request::Sls(sls) => {
            assert_eq!(fact["method"], sls.method, "{}", sls.action);
            let template = fact["path"].as_str().unwrap();
            let (prefix, rest) = template.split_once("{logstore}").unwrap_or((template, ""));
            assert!(sls.path.starts_with(prefix) && sls.path.ends_with(rest), "{}", sls.path);
            assert!(!sls.project.as_deref().unwrap_or_default().is_empty());
            let body = sls.body.iter().flat_map(|body| body.as_object().unwrap());
            let query = sls.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            for (name, value) in query {
                assert_eq!(params[name]["in"], "query", "{}: {name}", sls.action);
                flattened(&[("", value)], params[name], name);
                given.push(name.to_owned());
            }
            for (name, value) in body {
                assert!(params.contains_key(name.as_str()), "{} has no {name}", sls.action);
                assert_eq!(params[name.as_str()]["in"], "body", "{}: {name}", sls.action);
                typed(value, params[name.as_str()], name);
                given.push(name.clone());
            }
        }
    }
    for (name, param) in params {
        let elsewhere = matches!(param["in"].as_str(), Some("host" | "path"));
        let given = elsewhere || given.iter().any(|given| given == name);
        assert!(param["required"] == false || given, "{} needs {name}", request.action());
    }
}

/// Parameters by the first part of their names.
fn grouped<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<&'a str, Vec<(&'a str, &'a str)>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in entries {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        groups.entry(first).or_default().push((rest, value));
    }
    groups
}

/// Holds the text of a parameter, or of the parts of a flattened one, against its type.
fn flattened(entries: &[(&str, &str)], fact: &Json, path: &str) {
    let one = || match entries {
        [("", value)] => *value,
        _ => panic!("{path} is given as {entries:?}"),
    };
    if fact["encoding"] == "json-string" {
        return typed(&serde_json::from_str(one()).unwrap(), fact, path);
    }
    match fact["type"].as_str().unwrap() {
        "string" => drop(one()),
        "integer" => drop(one().parse::<i64>().unwrap()),
        "boolean" => assert!(matches!(one(), "true" | "false"), "{path}"),
        "array" => {
            let groups = grouped(entries.iter().copied());
            for index in 1..=groups.len() {
                let item = groups.get(index.to_string().as_str());
                flattened(item.unwrap_or_else(|| panic!("{path} has a gap at {index}")), &fact["items"], path);
            }
        }
        "object" => {
            for (field, entries) in grouped(entries.iter().copied()) {
                assert!(fact["fields"][field].is_object(), "{path} has no {field}");
                flattened(&entries, &fact["fields"][field], field);
            }
        }
        other => panic!("{path} cannot be sent as {other}"),
    }
}

/// Holds a JSON value against its type.
fn typed(value: &Json, fact: &Json, path: &str) {
    match fact["type"].as_str().unwrap() {
        "string" => assert!(value.is_string(), "{path}: {value}"),
        "integer" => assert!(value.is_i64(), "{path}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{path}: {value}"),
        "array" => value.as_array().unwrap().iter().for_each(|item| typed(item, &fact["items"], path)),
        "map" => value.as_object().unwrap().values().for_each(|item| typed(item, &fact["values"], path)),
        "object" => {
            for (field, value) in value.as_object().unwrap() {
                assert!(fact["fields"][field].is_object(), "{path} has no {field}");
                typed(value, &fact["fields"][field], field);
            }
        }
        other => panic!("{path} is of type {other}"),
    }
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
