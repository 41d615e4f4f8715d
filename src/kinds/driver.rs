//! What the engine asks of a kind: mutating calls as data, reads as functions.

use async_trait::async_trait;

use super::schema::Schema;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// A kind's cloud calls. Mutating calls are built, not sent: the engine journals each before it
/// leaves (S23) and adds the ClientToken.
#[async_trait]
pub trait Driver: Send + Sync {
    /// The kind's schema.
    fn schema(&self) -> &'static Schema;

    /// The call that creates an object. `new.attributes` are all known; what the call cannot set
    /// ([`super::schema::Attribute::at_create`] is false) is left to [`Driver::update`].
    fn create(&self, new: &New<'_>) -> Request;

    /// The id of the created object, from the answer.
    fn created(&self, new: &New<'_>, answer: &Answer) -> Result<String, CloudError>;

    /// The calls that bring `live` to `after` where an attribute in `changed` differs, in order.
    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step>;

    /// The call that deletes an object.
    fn delete(&self, at: &At<'_>) -> Request;

    /// The object as the cloud shows it by its id; `None` if there is none.
    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError>;

    /// How many objects a page of [`Driver::list`] holds; `None` where a list does not tell enough
    /// and each object is read by itself.
    fn page_size(&self) -> Option<usize>;

    /// One page of all objects of a region (of all regions, for a kind without one). `cursor` is
    /// `None` for the first page, then what the last page gave.
    async fn list(&self, api: &dyn Api, region: Option<&Region>, cursor: Option<&str>) -> Result<Page, CloudError>;

    /// The objects with these attributes, by the filters that the list call has. `wanted` holds the
    /// natural key of a planned object (S25), or only `name` (S5), with parents as ids where they are known.
    async fn find(
        &self,
        api: &dyn Api,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError>;
}

/// An object to be created.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Its region.
    pub region: Option<&'a Region>,
    /// Its attributes, all known, references as ids.
    pub attributes: &'a Attributes,
}

/// An object that is there.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its region.
    pub region: Option<&'a Region>,
    /// What is known of its attributes: those at the last read.
    pub attributes: &'a Attributes,
}

/// A change of an object in place.
#[derive(Debug, Clone, Copy)]
pub struct Alteration<'a> {
    /// The attributes as the cloud shows them now.
    pub live: &'a Attributes,
    /// The managed attributes as they shall be; what is not in it keeps its live value (S4). Tags
    /// that are to be left alone (S3) are in it with their live values.
    pub after: &'a Attributes,
    /// The names of the top-level attributes that differ and are to be changed.
    pub changed: &'a [String],
}

/// One mutating call of an update.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The call.
    pub request: Request,
    /// Whether the object leaves its settled status for a while: the next step waits for it.
    pub unsettles: bool,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Its objects.
    pub objects: Vec<Object>,
    /// What gives the next page; `None` on the last.
    pub next: Option<String>,
    /// How many objects there are on all pages.
    pub total: usize,
}

impl New<'_> {
    /// The text of an attribute; empty if it has none.
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_text).unwrap_or_default()
    }
}

impl At<'_> {
    /// The text of an attribute; empty if it has none.
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_text).unwrap_or_default()
    }
}
