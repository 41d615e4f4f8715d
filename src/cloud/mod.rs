//! Alibaba Cloud on the wire: signing, transport, errors, retry. Knows requests, not resources.
//!
//! # Adding a product
//! Add a variant to [`request::Product`], its endpoints in `endpoint`, and its signature if it has its own.

pub mod error;
pub mod request;

use async_trait::async_trait;

/// Calls the cloud with the credentials of one account.
#[async_trait]
pub trait Api: Send + Sync {
    /// Sends a request. One that changes nothing is repeated while it fails for a passing reason;
    /// one that changes something is sent once, and what to do next is the caller's (S24).
    async fn call(&self, request: &request::Request) -> Result<request::Answer, error::CloudError>;
}
