//! A transport that keeps what it is given.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cenform::base::clock::TokioClock;
use cenform::base::random::SeededRandom;
use cenform::cloud::Api as _;
use cenform::cloud::client::{Client, Settings};
use cenform::cloud::credentials::Credentials;
use cenform::cloud::endpoint::Endpoints;
use cenform::cloud::request::Request;
use cenform::cloud::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use jiff::Timestamp;

/// Keeps every request and hands it on.
pub(super) struct Tap {
    to: Arc<dyn Transport>,
    seen: Mutex<Vec<HttpRequest>>,
}

impl Tap {
    /// A tap in front of another transport.
    pub(super) fn before(to: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { to, seen: Mutex::default() })
    }

    /// What it was given so far. It is forgotten with that.
    pub(super) fn drain(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

#[async_trait]
impl Transport for Tap {
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        self.seen.lock().unwrap().push(request.clone());
        let answer = self.to.send(request, deadline).await;
        // Some calls may be refused, and nobody minds; their signatures never.
        let body = answer.iter().map(|answer| String::from_utf8_lossy(&answer.body)).collect::<String>();
        assert!(!body.contains("SignatureDoesNotMatch") && !body.contains("SignatureNotMatch"), "{body}");
        answer
    }
}

/// Has nothing to say.
struct Mute;

#[async_trait]
impl Transport for Mute {
    async fn send(&self, _: HttpRequest, _: Duration) -> Result<HttpResponse, TransportError> {
        Ok(HttpResponse { status: 200, body: b"{}".to_vec(), ..HttpResponse::default() })
    }
}

/// The moment at which a request is sent that has no other.
pub(super) fn moment() -> Timestamp {
    "2026-11-22T10:15:00Z".parse().unwrap()
}

/// The key of who sends it.
pub(super) fn key() -> Credentials {
    Credentials::new("LTAI5tWire", "wire-secret")
}

/// A client of the real cloud, whose nonces come from this seed.
pub(super) fn client(transport: Arc<dyn Transport>, credentials: Credentials, now: Timestamp, seed: u64) -> Client {
    let (clock, random) = (Arc::new(TokioClock::starting_at(now)), Arc::new(SeededRandom::new(seed)));
    Client::new(transport, credentials, Endpoints::official(), clock, random, Settings::default())
}

/// The HTTP that a call becomes on its way to the real cloud.
pub(super) async fn as_sent(request: &Request, credentials: Credentials, now: Timestamp, seed: u64) -> HttpRequest {
    let tap = Tap::before(Arc::new(Mute));
    // Not every call takes an empty answer; it has left all the same.
    let _ = client(tap.clone(), credentials, now, seed).call(request).await;
    let mut seen = tap.drain();
    assert_eq!(seen.len(), 1, "{request:?}");
    seen.remove(0)
}
