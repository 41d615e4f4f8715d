//! A transport that answers from a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::client::{Client, Settings};
use super::credentials::Credentials;
use super::endpoint::Endpoints;
use super::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::base::clock::TokioClock;
use crate::base::random::SeededRandom;

type Reply = Result<HttpResponse, TransportError>;

/// Gives its replies in order, then stays silent until the deadline. Keeps what it was sent.
pub(super) struct Script {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<HttpRequest>>,
}

impl Script {
    pub(super) fn new(replies: Vec<Reply>) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::new(replies.into()), seen: Mutex::default() })
    }

    /// Answers once, with this.
    pub(super) fn answering(response: HttpResponse) -> Arc<Self> {
        Self::new(vec![Ok(response)])
    }

    pub(super) fn silent() -> Arc<Self> {
        Self::new(Vec::new())
    }

    pub(super) fn seen(&self) -> Vec<HttpRequest> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Reply {
        self.seen.lock().unwrap().push(request);
        let reply = self.replies.lock().unwrap().pop_front();
        if let Some(reply) = reply {
            return reply;
        }
        tokio::time::sleep(deadline).await;
        Err(TransportError::TimedOut { host: "h".to_owned(), after: deadline })
    }
}

/// A client of an emulator that is the script.
pub(super) fn client(script: &Arc<Script>) -> Client {
    Client::new(
        script.clone(),
        Credentials::of_emulator(),
        Endpoints::all_at("http://127.0.0.1:7480").unwrap(),
        Arc::new(TokioClock::starting_at("2025-09-09T01:02:03Z".parse().unwrap())),
        Arc::new(SeededRandom::new(1)),
        Settings::default(),
    )
}

pub(super) fn ok(body: &str) -> HttpResponse {
    HttpResponse { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

pub(super) fn refuse(status: u16, code: &str) -> HttpResponse {
    let body = serde_json::json!({"RequestId": "R", "Code": code, "Message": "No."}).to_string();
    HttpResponse { status, headers: Vec::new(), body: body.into_bytes() }
}
