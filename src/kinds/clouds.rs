//! The accounts of a run, and the reads and calls of every kind through them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::driver::{At, Page};
use super::registry;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::Attributes;

/// More pages than any account has objects for: a list that goes on for longer never ends.
pub const MAX_PAGES: usize = 10_000;

/// One account and the way to call it.
#[derive(Clone)]
pub struct Account {
    /// The account id that the credentials turned out to be (S22).
    pub id: String,
    /// Calls the cloud with its credentials.
    pub api: Arc<dyn Api>,
}

/// The accounts of a run by the name of their credentials; `None` is the default chain.
#[derive(Clone)]
pub struct Clouds {
    default: Account,
    named: BTreeMap<String, Account>,
}

impl Clouds {
    /// A run with only the default chain's account.
    pub fn new(default: Account) -> Self {
        Self { default, named: BTreeMap::new() }
    }

    /// The account of the credentials with this name. A name that the stack does not declare
    /// never gets here: loading refuses it.
    pub fn account(&self, name: Option<&str>) -> &Account {
        name.and_then(|name| self.named.get(name)).unwrap_or(&self.default)
    }

    /// Sends a mutating call, once.
    pub async fn call(&self, account: Option<&str>, request: &Request) -> Result<Answer, CloudError> {
        self.account(account).api.call(request).await
    }

    /// Reads an object by its id.
    pub async fn read(&self, kind: Kind, account: Option<&str>, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        registry::driver(kind).read(&*self.account(account).api, at).await
    }

    /// Reads one page of all objects of a kind in a region.
    pub async fn list(
        &self,
        kind: Kind,
        account: Option<&str>,
        region: Option<&Region>,
        cursor: Option<&str>,
    ) -> Result<Page, CloudError> {
        registry::driver(kind).list(&*self.account(account).api, region, cursor).await
    }

    /// Reads all pages. A list without an end is an error, never a shorter list.
    pub async fn list_all(
        &self,
        kind: Kind,
        account: Option<&str>,
        region: Option<&Region>,
    ) -> Result<Vec<Object>, CloudError> {
        let mut objects = Vec::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let page = self.list(kind, account, region, cursor.as_deref()).await?;
            objects.extend(page.objects);
            if page.next.is_none() {
                return Ok(objects);
            }
            cursor = page.next;
        }
        let problem = format!("there is no end to the pages of {}s: {MAX_PAGES} were read", kind.spoken());
        Err(CloudError::Malformed { action: "List", problem, request_id: String::new() })
    }

    /// Looks objects up by their natural key or their name.
    pub async fn find(
        &self,
        kind: Kind,
        account: Option<&str>,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        registry::driver(kind).find(&*self.account(account).api, region, wanted).await
    }
}
