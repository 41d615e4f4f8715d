//! The lists of the CEN API: one page, all pages, one object by its id.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::answer;
use super::clouds::MAX_PAGES;
use super::driver::Page;
use super::wire::Params;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// A list action.
pub(super) struct Listing {
    /// The action.
    pub(super) action: &'static str,
    /// The field that holds the items.
    pub(super) field: &'static str,
    /// The field inside it, where the list is wrapped.
    pub(super) wrapped: &'static str,
    /// How its pages follow each other.
    pub(super) paging: Paging,
    /// The field that holds an item's id.
    pub(super) id: &'static str,
    /// The codes of refusals that say that there is nothing, beside those that say so everywhere (cloud-api 11).
    pub(super) absent: &'static [&'static str],
    /// The statuses that an object stays in by itself (cloud-api 11).
    pub(super) settled: &'static [&'static str],
    /// The attributes of an item; the region is the one that was asked for.
    pub(super) attributes: fn(&Json, Option<&Region>) -> Attributes,
}

/// How pages follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Paging {
    /// `PageNumber` and `PageSize`.
    Numbers,
    /// `NextToken` and `MaxResults`.
    Tokens,
}

impl Paging {
    /// The largest page that every list takes (cloud-api 5.1 to 5.4): of those by token, only one documents that it
    /// takes more, and 50 is what official tools ask the others for.
    pub(super) const SIZE: usize = 50;
}

impl Listing {
    /// One page of the items that `params` select.
    pub(super) async fn page(
        &self,
        api: &dyn Api,
        params: Params,
        region: Option<&Region>,
        cursor: Option<&str>,
    ) -> Result<Page, CloudError> {
        let size = Paging::SIZE;
        let params = match self.paging {
            Paging::Numbers => params.with("PageNumber", cursor.unwrap_or("1")).with("PageSize", size.to_string()),
            Paging::Tokens => {
                params.with("MaxResults", size.to_string()).filled("NextToken", cursor.unwrap_or_default())
            }
        };
        let answer = match api.call(&params.read(self.action)).await {
            Err(error) if error.code().is_some_and(|code| self.absent.contains(&code)) => return Ok(Page::default()),
            answer => answer?,
        };
        let malformed = |problem: &str| CloudError::Malformed {
            action: self.action,
            problem: problem.to_owned(),
            request_id: answer.request_id.clone(),
        };
        let body = &answer.body;
        let count = answer::int(body, "TotalCount").and_then(|count| usize::try_from(count).ok());
        let objects = match (answer::items(body, self.field, self.wrapped), count) {
            (Some(items), _) => items
                .iter()
                .map(|item| self.object(item, region).ok_or_else(|| malformed("it lists an object without an id")))
                .collect::<Result<Vec<_>, _>>()?,
            // Some answers leave an empty list out. One that is not even counted is no answer to this call,
            // and must not read as "nothing there".
            (None, Some(0)) => Vec::new(),
            (None, _) => return Err(malformed("it holds no list")),
        };
        let (next, seen) = match self.paging {
            Paging::Tokens => (answer::text(body, "NextToken"), objects.len()),
            Paging::Numbers => {
                let number: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
                // A service that gives smaller pages than were asked for says so.
                let given = answer::int(body, "PageSize").and_then(|given| usize::try_from(given).ok());
                let size = given.filter(|given| (1..=size).contains(given)).unwrap_or(size);
                let seen = number.saturating_sub(1).saturating_mul(size).saturating_add(objects.len());
                let more = !objects.is_empty() && count.map_or(objects.len() >= size, |count| seen < count);
                (more.then(|| number.saturating_add(1).to_string()), seen)
            }
        };
        let total = count.unwrap_or(seen);
        Ok(Page { objects, next, total })
    }

    /// The object with this id, among the items that `params` select.
    pub(super) async fn one(
        &self,
        api: &dyn Api,
        params: Params,
        region: Option<&Region>,
        id: &str,
    ) -> Result<Option<Object>, CloudError> {
        let page = answer::found(self.page(api, params, region, None).await)?;
        Ok(page.and_then(|page| page.objects.into_iter().find(|object| object.id == id)))
    }

    /// The objects on all pages of the items that `params` select, each once, that have the wanted attributes.
    pub(super) async fn matching(
        &self,
        api: &dyn Api,
        params: Params,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        let mut objects = BTreeMap::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            // A parent that is not there has no objects.
            let page =
                answer::found(self.page(api, params.clone(), region, cursor.as_deref()).await)?.unwrap_or_default();
            let matching = page.objects.into_iter().filter(|object| has(object, wanted));
            objects.extend(matching.map(|object| (object.id.clone(), object)));
            // The page that gives itself as the next one would never end.
            if page.next.is_none() || page.next == cursor {
                return Ok(objects.into_values().collect());
            }
            cursor = page.next;
        }
        let problem = format!("there is no end to its pages: {MAX_PAGES} were read");
        Err(CloudError::Malformed { action: self.action, problem, request_id: String::new() })
    }

    fn object(&self, item: &Json, region: Option<&Region>) -> Option<Object> {
        let status = answer::text(item, "Status").unwrap_or_default();
        Some(Object {
            id: answer::object_id(item, self.id)?,
            settled: self.settled.contains(&status.as_str()),
            status,
            attributes: (self.attributes)(item, region),
            created: answer::moment(item, "CreationTime"),
        })
    }
}

/// Whether an object has the wanted attributes, as far as they are known: filters of the service may match loosely.
fn has(object: &Object, wanted: &Attributes) -> bool {
    wanted.iter().all(|(name, value)| match value {
        Value::Null => !object.attributes.contains_key(name),
        known if !known.has_unknown() => object.attributes.get(name) == Some(known),
        _ => true,
    })
}
