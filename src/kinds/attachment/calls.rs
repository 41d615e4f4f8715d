//! The requests of this kind and the parsing of their answers (cloud-api 5.3): one engine for all types.

use async_trait::async_trait;

use super::rows::{PAYERS, ROWS, Row};
use super::schema::SCHEMA;
use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Answer, Request};
use crate::kinds::answer;
use crate::kinds::driver::{Alteration, At, Driver, Grant, New, Page, Step};
use crate::kinds::listing::Paging;
use crate::kinds::need::Need;
use crate::kinds::schema::{Schema, Type};
use crate::kinds::transit_router::needs::{Enterprise, Service};
use crate::kinds::wire::{Params, Token, region_of, tag_steps, tags_of, text_of};
use crate::model::address::Kind;
use crate::model::object::Object;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// The cloud calls of an attachment.
#[derive(Debug, Clone, Copy)]
pub struct Attachment;

/// The rows that an attachment may be of: the one that its `type` names, all if it names none.
fn rows(attributes: &Attributes) -> impl Iterator<Item = &'static Row> {
    let word = text_of(attributes, "type").to_owned();
    ROWS.into_iter().filter(move |row| word.is_empty() || row.word == word)
}

/// The row of a declared attachment, whose `type` the schema has checked.
fn row(attributes: &Attributes) -> &'static Row {
    rows(attributes).next().unwrap_or(ROWS[0])
}

/// `OrderType` of a payer; empty if there is none.
fn order_type(payer: Option<&Value>) -> &'static str {
    let payer = payer.and_then(Value::as_text);
    PAYERS.iter().find(|(word, _)| Some(*word) == payer).map_or("", |(_, wire)| wire)
}

/// The most grants of a network that one call lists (cloud-api 15). One that is not among them is made again, which is
/// harmless.
const MOST_RULES: &str = "100";

/// What the owner of the network grants, if the engine is to see to it and somebody else owns it.
fn grant(attributes: &Attributes, region: Option<&Region>, cen_owner: &str) -> Option<Grant> {
    let row = row(attributes);
    let instance_type = row.owner.as_ref()?.instance_type;
    let owner = Some(text_of(attributes, "owner")).filter(|owner| !owner.is_empty() && *owner != cen_owner)?;
    attributes.get("grant").filter(|grant| grant.as_bool() == Some(true))?;
    let (cen, network, region) =
        (text_of(attributes, "cen"), text_of(attributes, row.network.0), region_of(region, attributes));
    let rule = Params::default()
        .with("CenId", cen)
        .with("CenOwnerId", cen_owner)
        .with("InstanceId", network)
        .with("InstanceType", instance_type)
        .with("RegionId", region);
    let look = Params::default()
        .with("ProductType", instance_type)
        .with("ResourceId", network)
        .with("RegionId", region)
        .with("MaxResults", MOST_RULES);
    Some(Grant {
        owner: owner.to_owned(),
        give: rule
            .clone()
            .filled("OrderType", order_type(attributes.get("payer")))
            .write("GrantInstanceToTransitRouter", Token::Unknown),
        revoke: rule.write("RevokeInstanceFromTransitRouter", Token::Unknown),
        look: look.read("DescribeGrantRulesToResource"),
        cen: cen.to_owned(),
        network: network.to_owned(),
    })
}

/// The same connection as it is declared from its other end, where a network is a router and both are known.
fn turned(row: &Row, wanted: &Attributes) -> Option<Attributes> {
    const HERE: &str = "transit_router";
    let (there, _) = row.network;
    let is_router = matches!(SCHEMA.attribute(there)?.ty, Type::Reference(Kind::TransitRouter));
    let (here, peer) = (wanted.get(HERE)?, wanted.get(there)?);
    let known = is_router && here.as_text().is_some() && peer.as_text().is_some();
    known.then(|| [(HERE.to_owned(), peer.clone()), (there.to_owned(), here.clone())].into())
}

#[async_trait]
impl Driver for Attachment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn create(&self, new: &New<'_>) -> Request {
        let row = row(new.attributes);
        let (network, parameter) = row.network;
        let params = Params::default()
            .with("RegionId", region_of(new.region, new.attributes))
            .with("CenId", new.text("cen"))
            .with("TransitRouterId", new.text("transit_router"))
            .with(parameter, new.text(network))
            .initial("TransitRouterAttachmentName", new.attributes.get("name"))
            .initial("TransitRouterAttachmentDescription", new.attributes.get("description"));
        let params = row.owner.iter().fold(params, |params, owner| params.filled(owner.parameter, new.text("owner")));
        let params =
            row.fields.iter().fold(params, |params, (name, field)| params.value(field, new.attributes.get(*name)));
        let params = (row.special.creation)(new.attributes, params).tags(tags_of(new.attributes));
        params.write(row.actions.create, Token::Taken)
    }

    fn created(&self, new: &New<'_>, answer: &Answer) -> Result<String, CloudError> {
        answer::id(row(new.attributes).actions.create, answer, "TransitRouterAttachmentId")
    }

    fn update(&self, at: &At<'_>, change: &Alteration<'_>) -> Vec<Step> {
        let row = row(at.attributes);
        let mut steps = tag_steps(row.tagged, at.id, region_of(at.region, at.attributes), change);
        let plain = row.fields.iter().any(|(name, _)| change.wanted(name).is_some());
        if plain || change.wants_any(&["name", "description", "payer"]) || change.wants_any(row.special.changeable) {
            let params = Params::default()
                .with("TransitRouterAttachmentId", at.id)
                .value("TransitRouterAttachmentName", change.wanted("name"))
                .value("TransitRouterAttachmentDescription", change.wanted("description"))
                .filled("OrderType", order_type(change.wanted("payer")));
            let params =
                row.fields.iter().fold(params, |params, (name, field)| params.value(field, change.wanted(name)));
            steps.push((row.special.alteration)(change, params).step(row.actions.update, Token::Taken));
        }
        steps.extend((row.special.steps)(at, change));
        steps
    }

    fn delete(&self, at: &At<'_>) -> Request {
        let force = at.attributes.get("force_delete").filter(|force| force.as_bool() == Some(true));
        let params = Params::default().with("TransitRouterAttachmentId", at.id).value("Force", force);
        params.write(row(at.attributes).actions.delete, Token::Taken)
    }

    fn grant(&self, new: &New<'_>, cen_owner: &str) -> Option<Grant> {
        grant(new.attributes, new.region, cen_owner)
    }

    fn granted(&self, at: &At<'_>, cen_owner: &str) -> Option<Grant> {
        grant(at.attributes, at.region, cen_owner)
    }

    fn needs(&self) -> &'static [&'static dyn Need] {
        &[&Service, &Enterprise]
    }

    async fn read(&self, api: &dyn Api, at: &At<'_>) -> Result<Option<Object>, CloudError> {
        for row in rows(at.attributes) {
            let params = Params::default()
                .filled("RegionId", region_of(at.region, at.attributes))
                .with("TransitRouterAttachmentId", at.id);
            if let Some(object) = row.listing.one(api, params, at.region, at.id).await? {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }

    fn page_size(&self) -> Option<usize> {
        Some(Paging::SIZE)
    }

    /// The lists of the types follow each other; a cursor is a type and the token inside its list.
    async fn list(&self, api: &dyn Api, region: Option<&Region>, cursor: Option<&str>) -> Result<Page, CloudError> {
        let place = |cursor: &'_ str| {
            let (word, token) = cursor.split_once(' ')?;
            Some((ROWS.iter().position(|row| row.word == word)?, token.to_owned()))
        };
        let (place, token) = cursor.and_then(place).unwrap_or_default();
        let row = ROWS[place];
        let params = Params::default().filled("RegionId", region.map_or("", Region::as_str));
        let page = row.listing.page(api, params, region, Some(&token)).await?;
        let following = || ROWS.get(place + 1).map(|row| format!("{} ", row.word));
        let next = page.next.map(|token| format!("{} {token}", row.word)).or_else(following);
        Ok(Page { next, ..page })
    }

    async fn find(
        &self,
        api: &dyn Api,
        region: Option<&Region>,
        wanted: &Attributes,
    ) -> Result<Vec<Object>, CloudError> {
        let mut objects = Vec::new();
        for row in rows(wanted) {
            let (network, parameter) = row.network;
            let filter = Some(text_of(wanted, network)).filter(|_| row.special.filters).unwrap_or_default();
            let params = Params::default()
                .filled("RegionId", region_of(region, wanted))
                .filled("TransitRouterId", text_of(wanted, "transit_router"))
                .filled(parameter, filter);
            objects.extend(row.listing.matching(api, params, region, wanted).await?);
            // It may have been made from its other end, which is of another region.
            if let Some(turned) = turned(row, wanted) {
                let params = Params::default().with("TransitRouterId", text_of(&turned, "transit_router"));
                objects.extend(row.listing.matching(api, params, None, &turned).await?);
            }
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod tests;
