//! Requests and answers as data, before signing and after parsing.

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::base::text::hex;
use crate::model::region::Region;

/// A request to one of the products.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// An RPC call (CEN, STS, RAM).
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
    /// Resource Access Management, version 2015-05-01.
    Ram,
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

    /// The same request with this ClientToken; unchanged if the action takes none.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let mut request = self.clone();
        if let Self::Rpc(rpc) = &mut request
            && rpc.takes_token
        {
            rpc.params.retain(|(name, _)| name != CLIENT_TOKEN);
            rpc.params.push((CLIENT_TOKEN.to_owned(), token.to_owned()));
        }
        request
    }

    /// SHA-256, in lower-case hexadecimal, over what the request asks for: everything but its
    /// ClientToken, whatever the order of parameters and keys (S23).
    pub fn digest(&self) -> String {
        let canonical = match self {
            Self::Rpc(Rpc { product, action, params, mutating: _, takes_token: _ }) => {
                let mut params: Vec<_> = params.iter().filter(|(name, _)| name != CLIENT_TOKEN).collect();
                params.sort();
                json!([product.name(), action, params])
            }
            Self::Sls(Sls { action, region, project, method, path, query, body, mutating: _ }) => {
                let mut query: Vec<_> = query.iter().collect();
                query.sort();
                json!(["Sls", action, region, project, method, path, query, body])
            }
        };
        hex(&Sha256::digest(canonical.to_string()))
    }
}

const CLIENT_TOKEN: &str = "ClientToken";

impl Product {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbn => "Cbn",
            Self::Sts => "Sts",
            Self::Ram => "Ram",
        }
    }

    /// The version of its API.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Cbn => "2017-09-12",
            Self::Sts => "2015-04-01",
            Self::Ram => "2015-05-01",
        }
    }
}

impl Rpc {
    /// A call that changes nothing.
    pub const fn read(product: Product, action: &'static str) -> Self {
        Self { product, action, params: Vec::new(), mutating: false, takes_token: false }
    }

    /// A call that changes something and takes no ClientToken.
    pub const fn write(product: Product, action: &'static str) -> Self {
        Self { product, action, params: Vec::new(), mutating: true, takes_token: false }
    }

    /// Says that the action takes a ClientToken (cloud-api 3.4).
    #[must_use]
    pub const fn takes_token(mut self) -> Self {
        self.takes_token = true;
        self
    }

    /// Adds a parameter. An empty value is sent as `name=`.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }
}

impl Sls {
    /// A `GET` call. `project` is the project whose host is called; `None` for the endpoint itself.
    pub fn read(action: &'static str, region: &Region, project: Option<&str>, path: impl Into<String>) -> Self {
        Self {
            action,
            region: region.clone(),
            project: project.map(str::to_owned),
            method: "GET",
            path: path.into(),
            query: Vec::new(),
            body: None,
            mutating: false,
        }
    }

    /// A call that changes something, by `POST`, `PUT` or `DELETE`.
    pub fn write(
        action: &'static str,
        method: &'static str,
        region: &Region,
        project: Option<&str>,
        path: impl Into<String>,
    ) -> Self {
        Self { method, mutating: true, ..Self::read(action, region, project, path) }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }
}

impl From<Rpc> for Request {
    fn from(rpc: Rpc) -> Self {
        Self::Rpc(rpc)
    }
}

impl From<Sls> for Request {
    fn from(sls: Sls) -> Self {
        Self::Sls(sls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_set_once_and_only_where_it_is_taken() {
        let takes: Request = Rpc::write(Product::Cbn, "CreateFlowlog").takes_token().into();
        let Request::Rpc(rpc) = takes.with_token("a").with_token("b") else { panic!("still RPC") };
        assert_eq!(rpc.params, [("ClientToken".to_owned(), "b".to_owned())]);
        let takes_none: Request = Rpc::write(Product::Cbn, "DeleteCen").into();
        assert_eq!(takes_none.with_token("a"), takes_none);
    }

    #[test]
    fn the_digest_names_the_wish_and_not_the_attempt() {
        let wish = |value: &str| -> Request {
            Rpc::write(Product::Cbn, "CreateCen").takes_token().param("Name", value).param("Description", "d").into()
        };
        let turned: Request =
            Rpc::write(Product::Cbn, "CreateCen").takes_token().param("Description", "d").param("Name", "a").into();
        assert_eq!(wish("a").digest(), wish("a").with_token("t").digest());
        assert_eq!(wish("a").digest(), turned.digest());
        assert_ne!(wish("a").digest(), wish("b").digest());
        assert_eq!(wish("a").digest().len(), 64);
    }

    #[test]
    fn the_digest_of_a_body_does_not_depend_on_the_order_of_its_keys() {
        let region = Region("cn-hangzhou".to_owned());
        let with = |text: &str| -> Request {
            Sls::write("CreateProject", "POST", &region, Some("netflow"), "/")
                .body(serde_json::from_str(text).unwrap())
                .into()
        };
        assert_eq!(with(r#"{"a":1,"b":2}"#).digest(), with(r#"{"b":2,"a":1}"#).digest());
        assert_ne!(with(r#"{"a":1,"b":2}"#).digest(), with(r#"{"a":1,"b":3}"#).digest());
    }
}
