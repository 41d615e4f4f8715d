//! The client: one account's calls, signed, paced, and repeated where that is safe.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::credentials::Credentials;
use super::endpoint::Endpoints;
use super::error::{Class, CloudError};
use super::request::{Answer, Request};
use super::throttle::Throttle;
use super::transport::Transport;
use super::{Api, answer, retry, wire};
use crate::base::clock::Clock;
use crate::base::random::Random;

/// How patient the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How often a call that changes nothing is tried.
    pub read_attempts: u32,
    /// How long all attempts of such a call may take together.
    pub read_deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { attempt_timeout: Duration::from_secs(30), read_attempts: 8, read_deadline: Duration::from_secs(90) }
    }
}

/// Calls the cloud with one account's credentials.
pub struct Client {
    transport: Arc<dyn Transport>,
    credentials: Credentials,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    settings: Settings,
    /// None against an emulator, whose limits are its own to test.
    throttle: Option<Throttle>,
}

impl Client {
    /// A client that sends nothing yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        credentials: Credentials,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: Settings,
    ) -> Self {
        let throttle = (!endpoints.is_loopback()).then(Throttle::default);
        Self { transport, credentials, endpoints, clock, random, settings, throttle }
    }

    /// Sends a request once.
    async fn attempt(&self, request: &Request, number: u32, timeout: Duration) -> Result<Answer, CloudError> {
        let action = request.action();
        if let Some(throttle) = &self.throttle {
            throttle.turn(request).await;
        }
        let started = Instant::now();
        let now = self.clock.now();
        let http = wire::signed(request, &self.endpoints, &self.credentials, now, self.random.uuid())
            .map_err(|error| CloudError::Unsendable { action, problem: error.to_string() })?;
        let sent = self.transport.send(http, timeout).await;
        let status = sent.as_ref().map_or(0, |response| response.status);
        let result = match sent {
            Ok(response) => answer::read(request, &response, now),
            Err(error) => Err(CloudError::NoAnswer { action, problem: error.to_string(), sent: error.may_be_sent() }),
        };
        let milliseconds = started.elapsed().as_millis();
        match &result {
            Ok(answer) => {
                tracing::debug!(action, attempt = number, status, request_id = answer.request_id, milliseconds);
            }
            Err(error) => {
                let request_id = error.request_id().unwrap_or_default();
                let code = error.code().unwrap_or_default();
                tracing::debug!(action, attempt = number, status, request_id, milliseconds, code, class = ?error.class());
            }
        }
        if let Some(throttle) = &self.throttle {
            match &result {
                Ok(_) => throttle.learn(request, false),
                Err(error) if error.class() == Class::Throttled => throttle.learn(request, true),
                Err(_) => {}
            }
        }
        result
    }
}

#[async_trait]
impl Api for Client {
    async fn call(&self, request: &Request) -> Result<Answer, CloudError> {
        let Settings { attempt_timeout, read_attempts, read_deadline } = self.settings;
        if request.is_mutating() {
            return self.attempt(request, 1, attempt_timeout).await;
        }
        let started = Instant::now();
        let mut number = 1;
        loop {
            let left = read_deadline.saturating_sub(started.elapsed());
            let error = match self.attempt(request, number, attempt_timeout.min(left)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match retry::before_next_read(&error, number, self.random.unit()) {
                Some(pause) if number < read_attempts && started.elapsed() + pause < read_deadline => {
                    sleep(pause).await;
                }
                _ => return Err(error),
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::request::{Product, Rpc, Sls};
    use crate::cloud::testing::{Script, client, ok, refuse};
    use crate::cloud::transport::{HttpResponse, TransportError};
    use crate::model::region::Region;

    fn read() -> Request {
        Rpc::read(Product::Cbn, "DescribeFlowlogs").into()
    }

    fn write() -> Request {
        Rpc::write(Product::Cbn, "CreateFlowlog").takes_token().into()
    }

    fn lost() -> Result<HttpResponse, TransportError> {
        Err(TransportError::Broken { host: "h".to_owned(), cause: "reset".to_owned() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_is_repeated_until_it_succeeds_with_a_new_nonce_each_time() {
        let script = Script::new(vec![
            lost(),
            Ok(refuse(503, "ServiceUnavailable")),
            Ok(refuse(400, "Throttling.User")),
            Ok(refuse(400, "SignatureNonceUsed")),
            Ok(HttpResponse { status: 502, body: b"<html>".to_vec(), ..HttpResponse::default() }),
            Ok(ok(r#"{"RequestId":"R"}"#)),
        ]);
        let answer = client(&script).call(&read()).await.unwrap();
        assert_eq!(answer.request_id, "R");
        let nonces: std::collections::BTreeSet<String> = script.seen().iter().map(|http| nonce(&http.url)).collect();
        assert_eq!(nonces.len(), 6);
    }

    fn nonce(url: &str) -> String {
        url.split('&').find_map(|part| part.strip_prefix("SignatureNonce=")).unwrap().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_mutating_call_is_sent_once_whatever_happens() {
        let unreachable = || Err(TransportError::Unreachable { host: "h".to_owned(), cause: "refused".to_owned() });
        for (end, unknown) in [
            (lost(), true),
            (unreachable(), false),
            (Ok(refuse(503, "ServiceUnavailable")), true),
            (Ok(refuse(400, "Throttling")), false),
            (Ok(refuse(400, "TokenProcessing")), true),
        ] {
            let script = Script::new(vec![end, Ok(ok("{}"))]);
            let error = client(&script).call(&write()).await.unwrap_err();
            assert_eq!(error.outcome_unknown(), unknown, "{error}");
            assert_eq!(script.seen().len(), 1, "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_cannot_succeed_is_sent_once() {
        for code in ["InvalidParameter", "Unauthorized", "InvalidTimeStamp.Expired", "ParameterCenInstanceId"] {
            let script = Script::new(vec![Ok(refuse(400, code)), Ok(ok("{}"))]);
            let error = client(&script).call(&read()).await.unwrap_err();
            assert_eq!(error.code(), Some(code));
            assert_eq!(script.seen().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_and_time_are_bounded() {
        let script = Script::new((0..50).map(|_| lost()).collect());
        let started = Instant::now();
        client(&script).call(&read()).await.unwrap_err();
        assert_eq!(script.seen().len(), 8);
        assert!(started.elapsed() < Duration::from_secs(90));

        // An unanswered read ends at the deadline, whatever is left of the attempts.
        let silent = Script::silent();
        let started = Instant::now();
        client(&silent).call(&read()).await.unwrap_err();
        assert!(started.elapsed() <= Duration::from_secs(90), "{:?}", started.elapsed());
        assert!((3..=4).contains(&silent.seen().len()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wish_of_the_service_to_wait_is_heeded() {
        let mut throttled = refuse(400, "Throttling.User");
        throttled.headers.push(("x-acs-retry-after".to_owned(), "7000".to_owned()));
        let script = Script::new(vec![Ok(throttled), Ok(ok("{}"))]);
        let started = Instant::now();
        client(&script).call(&read()).await.unwrap();
        assert!((7..8).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_no_address_is_not_sent() {
        let script = Script::answering(ok("{}"));
        let request = Sls::read("GetProject", &Region("cn-hangzhou".to_owned()), Some("evil.com/"), "/").into();
        let error = client(&script).call(&request).await.unwrap_err();
        assert_eq!(error.class(), Class::Invalid);
        assert!(error.to_string().starts_with("GetProject was not sent: \"evil.com/\" is not a log project name"));
        assert!(script.seen().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_slows_an_emulator_down() {
        let script = Script::new((0..1000).map(|_| Ok(ok("{}"))).collect());
        let client = client(&script);
        let started = Instant::now();
        for _ in 0..1000 {
            client.call(&read()).await.unwrap();
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    /// A place that log lines are written to.
    #[derive(Clone, Default)]
    struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_line_tells_the_call_and_no_secret() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let replies = || [Ok(refuse(503, "ServiceUnavailable")), Ok(ok(r#"{"RequestId":"R2"}"#))];
        let script = Script::new([replies(), replies()].concat());
        let mut client = client(&script);
        client.credentials = Credentials::new("known-id", "hush-secret");
        client.credentials.security_token = Some(crate::base::secret::Secret::new("hush-token".to_owned()));
        // Another test may meet the log statements first and mark them as unwanted; once they are
        // known, their marks can be made anew.
        client.call(&read()).await.unwrap();
        tracing::callsite::rebuild_interest_cache();
        lines.0.lock().unwrap().clear();
        client.call(&read()).await.unwrap();
        drop(guard);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        for part in ["DescribeFlowlogs", "attempt=1", "status=503", "ServiceUnavailable", "attempt=2", "R2"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let signature = script.seen()[3].url.split("Signature=").nth(1).unwrap().to_owned();
        for hidden in ["hush", "known-id", signature.as_str()] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}
