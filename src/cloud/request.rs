//! Requests and answers as data, before signing and after parsing.

use serde_json::Value as Json;

use crate::model::region::Region;

/// A request to one of the products.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// An RPC call (CEN, STS).
    Rpc(Rpc),
    /// An SLS REST call.
    Sls(Sls),
}

/// The RPC products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Cloud Enterprise Network, version 2017-09-12.
    Cbn,
    /// Security Token Service, version 2015-04-01.
    Sts,
}

/// An RPC call: an action and its flattened parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Rpc {
    /// Which product.
    pub product: Product,
    /// The action, spelled as the product spells it.
    pub action: &'static str,
    /// Business parameters, flattened (`Tag.1.Key`); the ClientToken included once it is known.
    pub params: Vec<(String, String)>,
    /// Whether it changes anything: such a call is never repeated by the client itself (S24).
    pub mutating: bool,
    /// Whether the action takes a ClientToken (cloud-api 3.4).
    pub takes_token: bool,
}

/// An SLS call.
#[derive(Debug, Clone, PartialEq)]
pub struct Sls {
    /// The action's name, for messages, limits and counters: `CreateLogStore`.
    pub action: &'static str,
    /// The region of the endpoint.
    pub region: Region,
    /// The project whose host is called; `None` for the endpoint itself.
    pub project: Option<String>,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path, not percent-encoded.
    pub path: String,
    /// The query, not percent-encoded.
    pub query: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<Json>,
    /// Whether it changes anything.
    pub mutating: bool,
}

/// The answer to a request that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The JSON body; `null` when it is empty.
    pub body: Json,
    /// The RequestId.
    pub request_id: String,
}

impl Request {
    /// The action's name.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Rpc(rpc) => rpc.action,
            Self::Sls(sls) => sls.action,
        }
    }

    /// Whether it changes anything.
    pub const fn is_mutating(&self) -> bool {
        match self {
            Self::Rpc(rpc) => rpc.mutating,
            Self::Sls(sls) => sls.mutating,
        }
    }

    /// Whether a ClientToken can make it safe to repeat (S24).
    pub const fn takes_token(&self) -> bool {
        match self {
            Self::Rpc(rpc) => rpc.takes_token,
            Self::Sls(_) => false,
        }
    }
}
