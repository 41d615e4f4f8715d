//! The accounts of a run, and the reads and calls of every kind through them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::driver::{At, Page};
use super::need::{Looked, Need, Wanted};
use super::registry;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::stack::Stack;
use crate::model::value::{Attributes, Value};

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
#[derive(Clone, Default)]
pub struct Clouds(BTreeMap<Option<String>, Account>);

impl Clouds {
    /// A run with only the default chain's account.
    pub fn new(default: Account) -> Self {
        Self::default().with(None, default)
    }

    /// The same with the account of one more name.
    #[must_use]
    pub fn with(mut self, name: Option<String>, account: Account) -> Self {
        self.0.insert(name, account);
        self
    }

    /// The id of the account that the credentials with this name turned out to be; `None` if the run does not use them.
    pub fn id(&self, name: Option<&str>) -> Option<&str> {
        Some(&self.0.get(&name.map(str::to_owned))?.id)
    }

    /// The account ids by the name of the credentials.
    pub fn ids(&self) -> BTreeMap<Option<String>, String> {
        self.0.iter().map(|(name, account)| (name.clone(), account.id.clone())).collect()
    }

    /// The name of credentials that turned out to be this account, the default chain's before all; `None` if the run
    /// uses none.
    pub fn name_of(&self, id: &str) -> Option<&Option<String>> {
        self.0.iter().find(|(_, account)| account.id == id).map(|(name, _)| name)
    }

    /// Puts the account's id where a stack names the owner of a network by an account.
    pub fn identify_owners(&self, stack: &mut Stack) {
        for resource in stack.resources.values_mut() {
            if let Some(owner) = resource.attributes.get_mut("owner")
                && let Some(id) = owner.as_text().and_then(|name| self.id(Some(name)))
            {
                *owner = Value::from(id);
            }
        }
    }

    /// What calls with the credentials of this name. A name that nothing was looked up for would be a call with
    /// somebody else's credentials, so it is none.
    fn api(&self, name: Option<&str>, action: &'static str) -> Result<&dyn Api, CloudError> {
        let account = self.0.get(&name.map(str::to_owned)).ok_or_else(|| {
            let whose = name.map_or_else(|| "the default chain".to_owned(), |name| format!("the account {name}"));
            CloudError::Unsendable { action, problem: format!("this run has no credentials of {whose}") }
        })?;
        Ok(&*account.api)
    }

    /// Sends a call, once if it changes something.
    pub async fn call(&self, account: Option<&str>, request: &Request) -> Result<Answer, CloudError> {
        self.api(account, request.action())?.call(request).await
    }

    /// Looks whether what creates need is there.
    pub async fn look(
        &self,
        account: Option<&str>,
        need: &dyn Need,
        wanted: &[Wanted<'_>],
    ) -> Result<Looked, CloudError> {
        need.look(self.api(account, "Look")?, wanted).await
    }

    /// Reads an object by its id.
    pub async fn read(&self, kind: Kind, account: Option<&str>, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        registry::driver(kind).read(self.api(account, "Read")?, at).await
    }

    /// Reads one page of all objects of a kind in a region.
    pub async fn list(
        &self,
        kind: Kind,
        account: Option<&str>,
        region: Option<&Region>,
        cursor: Option<&str>,
    ) -> Result<Page, CloudError> {
        registry::driver(kind).list(self.api(account, "List")?, region, cursor).await
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
        registry::driver(kind).find(self.api(account, "Find")?, region, wanted).await
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use async_trait::async_trait;

    use super::{Account, Answer, Api, Arc, CloudError, Clouds, Request};

    /// A cloud that is a function.
    struct Function<F>(F);

    #[async_trait]
    impl<F: Fn(&Request) -> Result<Answer, CloudError> + Send + Sync> Api for Function<F> {
        async fn call(&self, request: &Request) -> Result<Answer, CloudError> {
            (self.0)(request)
        }
    }

    /// A run with one account, whose calls a function answers.
    pub(crate) fn answered(
        name: Option<&str>,
        id: &str,
        answer: impl Fn(&Request) -> Result<Answer, CloudError> + Send + Sync + 'static,
    ) -> Clouds {
        let account = Account { id: id.to_owned(), api: Arc::new(Function(answer)) };
        Clouds::default().with(name.map(str::to_owned), account)
    }

    /// A run whose calls all have the same answer.
    pub(crate) fn all_answered(body: serde_json::Value) -> Clouds {
        let answer = Answer { body, request_id: String::new() };
        answered(None, "1000000000000001", move |_| Ok(answer.clone()))
    }

    #[tokio::test]
    async fn credentials_that_nobody_looked_up_call_nothing() {
        let request = crate::cloud::request::Rpc::write(crate::cloud::request::Product::Cbn, "CreateCen").into();
        let clouds = answered(None, "1000000000000001", |_| panic!("it was called"));
        let error = clouds.call(Some("app"), &request).await.unwrap_err();
        assert_eq!(error.to_string(), "CreateCen was not sent: this run has no credentials of the account app");
        assert_eq!((clouds.id(None), clouds.id(Some("app"))), (Some("1000000000000001"), None));
        assert_eq!((clouds.name_of("1000000000000001"), clouds.name_of("2")), (Some(&None), None));
    }
}
