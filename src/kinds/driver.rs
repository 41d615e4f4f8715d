//! What the engine asks of a kind: mutating calls as data, reads as functions.
//!
//! # What a live object carries
//! [`Object::attributes`] uses the attribute names of the kind's schema, in these shapes:
//!
//! * a reference is the cloud id that it stands for (a project: its name; a logstore: `project/logstore`), as text;
//! * `tags` is always there, a map of text to text, empty if there are none;
//! * `name` and `description` are always there, `""` if empty; any other text is left out while it is empty,
//!   also inside the items of a list;
//! * numbers and truth values are such, whatever form the service answers in; one it does not tell is left out;
//! * a list without an order is sorted by its key field, and an index is in its one form.
//!
//! | kind | attributes, besides `name` and `tags` |
//! |---|---|
//! | `cen` | `description`, `protection_level`, `resource_group_id` |
//! | `transit_router` | `cen`, `region`, `description`, `support_multicast`, `cidrs`, `type`, `cidr_ids` (block to its id) |
//! | `attachment` | `type`, `transit_router`, `cen`, `region`, `description`, `payer` and `owner` (but of a peer), `auto_publish_routes` (but of an ECR) |
//! | … `type: vpc` | `vpc_id`, `zone_mappings`, `ipv6` |
//! | … `type: vbr` | `vbr_id` |
//! | … `type: vpn` | `vpn_id`, `zones` (left out if there are none), `charge_type` |
//! | … `type: ecr` | `ecr_id` |
//! | … `type: peer` | `peer`, `peer_region`, `bandwidth`, `bandwidth_type`, `bandwidth_package_id`, `link_type` |
//! | `log_project` | `region`, `description`, `redundancy`, `resource_group_id`, `recycle_bin` |
//! | `logstore` | `project`, `region`, `ttl`, `shard_count`, `auto_split`, `max_split_shard_count`, `hot_ttl`, `infrequent_access_ttl`, `append_meta`, `web_tracking`, `mode`, `telemetry_type` (`None` where the service says nothing), `encryption`, `index`, `index_settings`, `sharding_policy` |
//! | `flow_log` | `attachment` (left out if it is the router's own), `transit_router`, `cen`, `region`, both `logstore` and `destination`, `description`, `interval`, `log_format`, `status` |
//!
//! `force_delete` and `grant` of an attachment are nowhere in the cloud: [`Driver::delete`] and [`Driver::granted`]
//! take them from [`At::attributes`].

use async_trait::async_trait;

use super::need::Need;
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

    /// The call after which a settled object takes an update that it refused because of the status it is settled in, and
    /// the status in which that leaves it.
    fn unblock(&self, _at: &At<'_>, _refusal: &CloudError) -> Option<(Step, &'static str)> {
        None
    }

    /// The call that deletes an object.
    fn delete(&self, at: &At<'_>) -> Request;

    /// What must be granted by the account that owns a network before the object can be created (cloud-api 15);
    /// `None` where nothing is to be granted, or somebody else does it. `cen_owner` is the account id, 16 digits,
    /// of who creates the object.
    fn grant(&self, _new: &New<'_>, _cen_owner: &str) -> Option<Grant> {
        None
    }

    /// The grant that goes with an object: it is revoked once the object is gone.
    fn granted(&self, _at: &At<'_>, _cen_owner: &str) -> Option<Grant> {
        None
    }

    /// What creates of this kind need beside the objects that they refer to: looked at before a plan is begun.
    fn needs(&self) -> &'static [&'static dyn Need] {
        &[]
    }

    /// The object as the cloud shows it by its id; `None` if there is none.
    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError>;

    /// How many objects a page of [`Driver::list`] holds; `None` where a list does not tell enough
    /// and each object is read by itself: then there is no [`Driver::list`].
    fn page_size(&self) -> Option<usize> {
        None
    }

    /// One page of all objects of a region (of all regions, for a kind without one). `cursor` is
    /// `None` for the first page, then what the last page gave. A kind without a
    /// [`Driver::page_size`] answers with an error, never with an empty page that reads as "all gone".
    async fn list(&self, _api: &dyn Api, _region: Option<&Region>, _cursor: Option<&str>) -> Result<Page, CloudError> {
        let problem = format!("each {} is read by itself, by its id", self.schema().kind.spoken());
        Err(CloudError::NoAnswer { action: "List", problem, sent: false })
    }

    /// The objects with these attributes, by the filters that the list call has. `wanted` holds the
    /// natural key of a planned object (S25), or only `name` (S5), with parents as ids where they are known.
    /// An attribute that is not known yet is no condition. A `transit_router` without an `attachment`
    /// means the router's own flow log. No object at all is an empty list, also where a parent is gone.
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
    /// Its region. Where there is none, the attribute `region` says it; a log project or logstore needs one.
    pub region: Option<&'a Region>,
    /// Its attributes, all known, references as ids.
    pub attributes: &'a Attributes,
}

/// An object that is there.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its region. Where there is none, the attribute `region` says it; a log project or logstore needs one.
    pub region: Option<&'a Region>,
    /// What is known of its attributes: those at the last read. Without `type`, an attachment of any type is meant.
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

/// A grant by the owner of a network, made and taken back with the owner's credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The account that owns the network: 16 digits.
    pub owner: String,
    /// The call that grants. It takes no ClientToken; granting twice is harmless.
    pub give: Request,
    /// The call that takes it back.
    pub revoke: Request,
    /// The call that lists the grants of the network, and the CEN to look for among them.
    pub look: Request,
    /// The CEN that the network is granted to.
    pub cen: String,
    /// The id of the network.
    pub network: String,
}

impl Grant {
    /// Whether both are one: a network is granted to a CEN once, however many of its routers it is attached to.
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |grant: &Self| (grant.owner.clone(), grant.network.clone(), grant.cen.clone());
        key(self) == key(other)
    }

    /// Whether the answer to [`Grant::look`] has this grant.
    pub fn is_in(&self, answer: &Answer) -> bool {
        let rules = answer.body.get("GrantRules").and_then(serde_json::Value::as_array);
        rules.into_iter().flatten().any(|rule| rule.get("CenId").and_then(serde_json::Value::as_str) == Some(&self.cen))
    }
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

impl<'a> Alteration<'a> {
    /// The value that an attribute shall get; `None` if it is to stay as it is.
    pub fn wanted(&self, name: &str) -> Option<&'a Value> {
        let changed = self.changed.iter().any(|changed| changed == name);
        self.after.get(name).filter(|value| changed && !value.is_null())
    }

    /// Whether any of these attributes shall get another value.
    pub fn wants_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.wanted(name).is_some())
    }
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
