//! Reads many objects of one scope with as few calls as possible.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::cloud::error::CloudError;
use crate::kinds::clouds::{Clouds, MAX_PAGES};
use crate::kinds::driver::At;
use crate::kinds::registry;
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The objects of one kind, account and region: what one list call answers for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The kind.
    pub kind: Kind,
    /// The name of the credentials.
    pub account: Option<String>,
    /// The region; `None` for a CEN.
    pub region: Option<Region>,
}

/// The region that an object's attributes say it is in.
pub fn region_in(attributes: &Attributes) -> Option<Region> {
    attributes.get("region").and_then(Value::as_text).map(|region| Region(region.to_owned()))
}

/// How many reads of one scope are under way at once.
const READS_AT_ONCE: usize = 10;

/// A read of one object by its id.
type Reading<'a> = BoxFuture<'a, Result<(String, Option<Object>), CloudError>>;

/// Reads the objects with these ids. An object that a list lacks is read by its id before its
/// absence is believed (S6). Costs the pages of the list or one read each, whichever is fewer, as
/// far as the first page tells.
pub async fn read(
    clouds: &Clouds,
    scope: &Scope,
    wanted: &BTreeMap<&str, &Attributes>,
) -> Result<BTreeMap<String, Option<Object>>, CloudError> {
    let mut found: BTreeMap<String, Option<Object>> = BTreeMap::new();
    let (account, region) = (scope.account.as_deref(), scope.region.as_ref());
    if let Some(page_size) = registry::driver(scope.kind).page_size()
        && wanted.len() > 1
    {
        let mut cursor: Option<String> = None;
        let mut seen = 0;
        // What no page has shown is read by its id below, wherever the pages end.
        for _ in 0..MAX_PAGES {
            let page = clouds.list(scope.kind, account, region, cursor.as_deref()).await?;
            seen += page.objects.len();
            for object in page.objects {
                if wanted.contains_key(object.id.as_str()) {
                    found.insert(object.id.clone(), Some(object));
                }
            }
            let missing = wanted.len() - found.len();
            let pages_left = page.total.saturating_sub(seen).div_ceil(page_size);
            if page.next.is_none() || page.next == cursor || missing == 0 || pages_left > missing {
                break;
            }
            cursor = page.next;
        }
    }
    let unseen = wanted.iter().filter(|(id, _)| !found.contains_key(**id)).map(|(id, attributes)| (*id, *attributes));
    let read = read_each(clouds, scope, unseen).await?;
    found.extend(read);
    Ok(found)
}

/// Reads each of the objects by its id, whatever a list would cost.
pub async fn read_each<'a>(
    clouds: &Clouds,
    scope: &Scope,
    wanted: impl Iterator<Item = (&'a str, &'a Attributes)>,
) -> Result<Vec<(String, Option<Object>)>, CloudError> {
    let (account, region) = (scope.account.as_deref(), scope.region.as_ref());
    let mut reads: Vec<Reading<'_>> = Vec::new();
    for (id, attributes) in wanted {
        let at = At { id, region, attributes };
        reads.push(Box::pin(async move { Ok((id.to_owned(), clouds.read(scope.kind, account, &at).await?)) }));
    }
    stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await
}
