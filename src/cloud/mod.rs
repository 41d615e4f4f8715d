//! Alibaba Cloud on the wire: signing, transport, errors, retry. Knows requests, not resources.
//!
//! A [`request::Request`] goes through [`client::Client`]: `wire` signs it for its place in
//! [`endpoint`], a [`transport::Transport`] carries it, `answer` reads what came back, and
//! [`error`] says what a failure means. [`retry`] holds the pauses and the rules of S24.
//!
//! # Adding a product
//! Add a variant to [`request::Product`], its endpoints in [`endpoint`], and its signature in [`sign`] if it has its own.
//!
//! # Adding an error code
//! [`codes`] says how.

mod answer;
pub mod client;
pub mod codes;
pub mod credentials;
pub mod endpoint;
pub mod error;
pub mod identity;
pub mod problem;
pub mod profile;
pub mod request;
pub mod retry;
pub mod sign;
#[cfg(test)]
mod testing;
mod throttle;
pub mod transport;
mod wire;

use async_trait::async_trait;

/// Calls the cloud with the credentials of one account.
#[async_trait]
pub trait Api: Send + Sync {
    /// Sends a request. One that changes nothing is repeated while it fails for a passing reason;
    /// one that changes something is sent once, and what to do next is the caller's (S24).
    async fn call(&self, request: &request::Request) -> Result<request::Answer, error::CloudError>;
}
