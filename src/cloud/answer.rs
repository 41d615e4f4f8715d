//! From HTTP to an answer or an error. Nothing in it is believed: any bytes give one of the two.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::{Map, Value as Json};

use super::error::{Class, CloudError, classify, is_clock_skew};
use super::request::{Answer, Request};
use super::transport::HttpResponse;
use crate::base::text::printable;

/// Texts from the service are cut to these many characters.
const MAX_CODE: usize = 128;
const MAX_MESSAGE: usize = 1000;
/// How much is shown of an answer that is not JSON.
const MAX_GLIMPSE: usize = 120;
/// The longest pause that a service may ask for (cloud-api 3.2).
const MAX_RETRY_AFTER: u64 = 60_000;

/// Reads an answer. `now` is this machine's time, which is named where the service finds it wrong.
pub(super) fn read(request: &Request, response: &HttpResponse, now: Timestamp) -> Result<Answer, CloudError> {
    let action = request.action();
    let status = response.status;
    let parsed = serde_json::from_slice::<Json>(&response.body);
    let object = parsed.as_ref().ok().and_then(Json::as_object);
    let request_id = object
        .and_then(|object| text(object, &["RequestId", "requestId"]))
        .or_else(|| response.header("x-log-requestid"))
        .or_else(|| response.header("x-acs-request-id"))
        .map(|id| short(id, MAX_CODE))
        .unwrap_or_default();
    let malformed = |problem: String| CloudError::Malformed { action, problem, request_id: request_id.clone() };

    if (200..300).contains(&status) {
        if response.body.is_empty() && matches!(request, Request::Sls(_)) {
            return Ok(Answer { body: Json::Null, request_id });
        }
        let refused = object.and_then(|object| object.get("Success")).is_some_and(is_false);
        return match parsed {
            Ok(Json::Object(object)) if refused => Err(refusal(action, response, &object, request_id, now)),
            Ok(body @ Json::Object(_)) => Ok(Answer { body, request_id }),
            Ok(_) => Err(malformed("it is JSON, but not an object".to_owned())),
            Err(_) => Err(malformed(not_json(response))),
        };
    }
    match object {
        Some(object) if code(object).is_some() => Err(refusal(action, response, object, request_id, now)),
        Some(_) => Err(malformed(format!("it has HTTP status {status} and no error code"))),
        None => Err(malformed(not_json(response))),
    }
}

fn refusal(
    action: &'static str,
    response: &HttpResponse,
    object: &Map<String, Json>,
    request_id: String,
    now: Timestamp,
) -> CloudError {
    let status = response.status;
    let code = code(object).map_or_else(|| "Unsuccessful".to_owned(), |code| short(code, MAX_CODE));
    let retry_after = response
        .header("x-acs-retry-after")
        .and_then(|value| value.trim().parse::<u64>().ok())
        .filter(|milliseconds| *milliseconds > 0)
        .map(|milliseconds| Duration::from_millis(milliseconds.min(MAX_RETRY_AFTER)));
    let class = match classify(status, &code) {
        // Official tools take the header alone for throttling (cloud-api 3.2).
        Class::Invalid if retry_after.is_some() => Class::Throttled,
        class => class,
    };
    let message = text(object, &["Message", "message", "errorMessage"]).unwrap_or_default();
    // What follows is the whole request, a security token included.
    let message = message.split("server string to sign").next().unwrap_or_default().trim_end();
    let mut message = short(message, MAX_MESSAGE);
    if is_clock_skew(&code) {
        message.push_str(&clock_advice(response.header("date"), now));
    }
    CloudError::Service { action, status, code, message, request_id, class, retry_after }
}

/// How far this machine's clock is off, where the answer tells the service's time.
fn clock_advice(date: Option<&str>, now: Timestamp) -> String {
    let theirs = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    let Some(theirs) = theirs else {
        return format!(" This machine's clock says {now:.0}: set it right.");
    };
    format!(" This machine's clock says {now:.0}, the service's {theirs:.0}: set this machine's clock right.")
}

fn code(object: &Map<String, Json>) -> Option<&str> {
    text(object, &["Code", "code", "errorCode"]).filter(|code| !code.is_empty())
}

/// The first of these keys that holds text.
fn text<'a>(object: &'a Map<String, Json>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)?.as_str())
}

/// `Success` is documented as text; a boolean means the same.
fn is_false(value: &Json) -> bool {
    match value {
        Json::Bool(success) => !success,
        Json::String(success) => success.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

fn not_json(response: &HttpResponse) -> String {
    let status = response.status;
    if response.body.is_empty() {
        return format!("it has HTTP status {status} and no content");
    }
    let start = &response.body[..response.body.len().min(4 * MAX_GLIMPSE)];
    let glimpse = short(&String::from_utf8_lossy(start), MAX_GLIMPSE);
    format!("it has HTTP status {status} and is not JSON; it begins with: {glimpse}")
}

fn short(text: &str, limit: usize) -> String {
    let cut: String = text.chars().take(limit).collect();
    let ellipsis = if cut.len() < text.len() { "…" } else { "" };
    printable(&cut) + ellipsis
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cloud::request::{Product, Rpc, Sls};
    use crate::model::region::Region;

    fn rpc() -> Request {
        Rpc::write(Product::Cbn, "CreateFlowlog").into()
    }

    fn sls() -> Request {
        Sls::read("GetProject", &Region("cn-hangzhou".to_owned()), Some("netflow"), "/").into()
    }

    fn now() -> Timestamp {
        "2025-09-09T01:02:03Z".parse().unwrap()
    }

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HttpResponse { status, headers, body: body.as_bytes().to_vec() }
    }

    fn fails(request: &Request, response: &HttpResponse) -> CloudError {
        read(request, response, now()).unwrap_err()
    }

    #[test]
    fn a_success_has_its_body_and_request_id() {
        let answer = read(&rpc(), &response(200, &[], r#"{"RequestId":"R","Success":"true","FlowLogId":"f"}"#), now());
        let answer = answer.unwrap();
        assert_eq!((answer.request_id.as_str(), &answer.body["FlowLogId"]), ("R", &Json::from("f")));
    }

    #[test]
    fn an_empty_sls_answer_is_a_success() {
        let answer = read(&sls(), &response(200, &[("x-log-requestid", "5B0A")], ""), now()).unwrap();
        assert_eq!(answer, Answer { body: Json::Null, request_id: "5B0A".to_owned() });
        assert!(matches!(fails(&rpc(), &response(200, &[], "")), CloudError::Malformed { .. }));
    }

    #[test]
    fn both_error_forms_are_read() {
        let forms = [
            (rpc(), r#"{"RequestId":"R","HostId":"h","Code":"Operation.Blocking","Message":"M"}"#),
            (rpc(), r#"{"requestId":"R","code":"Operation.Blocking","message":"M"}"#),
            (sls(), r#"{"errorCode":"Operation.Blocking","errorMessage":"M"}"#),
        ];
        for (request, body) in forms {
            let error = fails(&request, &response(400, &[("x-log-requestid", "R")], body));
            let CloudError::Service { status, code, message, request_id, class, .. } = error else {
                panic!("{error:?}")
            };
            assert_eq!((status, code.as_str(), message.as_str()), (400, "Operation.Blocking", "M"));
            assert_eq!((request_id.as_str(), class), ("R", Class::WaitForObject));
        }
    }

    #[test]
    fn success_false_is_a_failure() {
        for body in [r#"{"Success":"false","RequestId":"R"}"#, r#"{"Success":false,"RequestId":"R"}"#] {
            let error = fails(&rpc(), &response(200, &[], body));
            assert_eq!((error.code(), error.class()), (Some("Unsuccessful"), Class::Invalid));
            assert!(!error.outcome_unknown());
        }
    }

    #[test]
    fn the_wish_to_wait_is_read_and_bounded() {
        let body = r#"{"Code":"FlowControl","Message":"M"}"#;
        let error = fails(&rpc(), &response(400, &[("x-acs-retry-after", "1500")], body));
        assert_eq!((error.class(), error.retry_after()), (Class::Throttled, Some(Duration::from_millis(1500))));
        let error = fails(&rpc(), &response(400, &[("x-acs-retry-after", "999999999")], body));
        assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
        for nonsense in ["-1", "0", "soon", "99999999999999999999999"] {
            let error = fails(&rpc(), &response(400, &[("x-acs-retry-after", nonsense)], body));
            assert_eq!((error.class(), error.retry_after()), (Class::Invalid, None), "{nonsense}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_with_both_times() {
        let body = r#"{"Code":"InvalidTimeStamp.Expired","Message":"Too old."}"#;
        let error = fails(&rpc(), &response(400, &[("date", "Tue, 09 Sep 2025 02:02:03 GMT")], body));
        assert_eq!(error.class(), Class::Permission);
        let CloudError::Service { message, .. } = error else { panic!() };
        assert_eq!(
            message,
            "Too old. This machine's clock says 2025-09-09T01:02:03Z, the service's 2025-09-09T02:02:03Z: set this \
             machine's clock right."
        );
        let error = fails(&rpc(), &response(400, &[("date", "no date")], body));
        assert!(error.to_string().contains("clock says 2025-09-09T01:02:03Z: set it right."), "{error}");
    }

    #[test]
    fn a_string_to_sign_is_not_repeated() {
        let body = r#"{"Code":"SignatureDoesNotMatch","Message":"Not matched. server string to sign is:POST&SecurityToken%3Dhush"}"#;
        let error = fails(&rpc(), &response(400, &[], body)).to_string();
        assert!(error.contains("Not matched.") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn what_is_not_json_is_described() {
        let html = fails(&rpc(), &response(502, &[], "<html>\u{1b}[31mBad Gateway</html>"));
        assert_eq!(
            html.to_string(),
            "the answer to CreateFlowlog could not be understood: it has HTTP status 502 and is not JSON; it begins \
             with: <html>\\u{1b}[31mBad Gateway</html> (RequestId )"
        );
        assert!(html.outcome_unknown());
        let deep = "[".repeat(100_000);
        let huge = format!(r#"{{"Code":"{}"#, "x".repeat(100_000));
        for body in ["", "null", "[]", "7", "\"Code\"", "{}", r#"{"Code":7}"#, r#"{"Code":""}"#, &deep, &huge] {
            for status in [200, 302, 400, 404, 500] {
                if let Err(error) = read(&rpc(), &response(status, &[], body), now()) {
                    assert!(matches!(error, CloudError::Malformed { .. }), "{error:?}");
                    assert!(error.to_string().len() < 1000);
                }
            }
        }
    }

    #[test]
    fn long_texts_are_cut_and_made_printable() {
        let body = format!(r#"{{"Code":"C\u001b","Message":"{}","RequestId":"{0}"}}"#, "é".repeat(5000));
        let CloudError::Service { code, message, request_id, .. } = fails(&rpc(), &response(400, &[], &body)) else {
            panic!()
        };
        assert_eq!(code, "C\\u{1b}");
        assert_eq!((message.chars().count(), request_id.chars().count()), (MAX_MESSAGE + 1, MAX_CODE + 1));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer_or_an_error(status in 0_u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let response = HttpResponse { status, headers: Vec::new(), body };
            let _ = read(&rpc(), &response, now());
            let _ = read(&sls(), &response, now());
        }
    }
}
