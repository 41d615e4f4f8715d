//! What routers, and what hangs on them, need (cloud-api 5.2, 5.5).

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::base::text::nearest;
use crate::cloud::Api;
use crate::cloud::codes::find;
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::answer;
use crate::kinds::need::{Looked, Need, Wanted};
use crate::kinds::wire::{Params, region_of, text_of};

/// The transit router service of the account is activated.
#[derive(Debug)]
pub struct Service;

/// What the service answers while it is not activated.
const NOT_OPEN: [&str; 3] =
    ["USER_NOT_OPEN_TR_SERVICE", "Forbbiden.TransitRouterServiceNotOpen", "Forbidden.TransitRouterServiceExpired"];
const CLOSED: &str = "The transit router service is not activated";

#[async_trait]
impl Need for Service {
    fn name(&self) -> &'static str {
        "transit router service"
    }

    async fn look(&self, api: &dyn Api, _: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let answer = match api.call(&Params::default().read("CheckTransitRouterService")).await {
            Ok(answer) => answer,
            Err(error) if error.code().is_some_and(|code| NOT_OPEN.contains(&code)) => {
                let refused = Diagnostic { code: codes::NOT_READY, summary: CLOSED.to_owned(), ..problem(&error) };
                return Ok(Looked::problem(refused));
            }
            Err(error) => return Err(error),
        };
        let (meaning, next) = find(NOT_OPEN[0]).map_or(("", ""), |(_, row)| (row.meaning, row.next));
        Ok(match answer::truth(&answer.body, "Enabled") {
            Some(true) => Looked::default(),
            Some(false) => Looked::problem(Diagnostic::error(codes::NOT_READY, CLOSED, meaning).help(next)),
            // Official tools take an answer without the field for "no" (cloud-api 5.5), which no document says.
            None => Looked::problem(
                Diagnostic::warning(
                    codes::MAY_BE_REFUSED,
                    "The transit router service may not be activated",
                    "Asked for it, CEN does not say whether it is.",
                )
                .help(next),
            ),
        })
    }
}

/// CEN knows the region of each router.
#[derive(Debug)]
pub struct Regions;

#[async_trait]
impl Need for Regions {
    fn name(&self) -> &'static str {
        "regions"
    }

    async fn look(&self, api: &dyn Api, wanted: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let request = Params::default().with("ProductType", "VPC").read("DescribeChildInstanceRegions");
        let answer = api.call(&request).await?;
        let items = answer::items(&answer.body, "Regions", "Region").into_iter().flatten();
        let known: Vec<String> = items.filter_map(|item| answer::text(item, "RegionId")).collect();
        let unknown = wanted.iter().enumerate().filter_map(|(position, router)| {
            let region = region_of(router.region, router.attributes);
            let is_unknown = !known.is_empty() && !region.is_empty() && !known.iter().any(|known| known == region);
            is_unknown.then(|| (Some(position), unknown_region(region, &known)))
        });
        Ok(Looked { problems: unknown.collect(), free: Vec::new() })
    }
}

fn unknown_region(region: &str, known: &[String]) -> Diagnostic {
    let detail = format!("CEN has no region {region} for this account, so there can be no transit router in it.");
    let help = match nearest(region, known.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean {near}?"),
        None => "Use a region in which CEN offers transit routers.".to_owned(),
    };
    Diagnostic::error(codes::NOT_READY, "The region is not one of CEN's", detail).help(help)
}

/// The routers that an object refers to are of the Enterprise edition. What is known of them tells, without a call.
#[derive(Debug)]
pub struct Enterprise;

#[async_trait]
impl Need for Enterprise {
    fn name(&self) -> &'static str {
        "Enterprise edition"
    }

    async fn look(&self, _: &dyn Api, wanted: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let mut hanging: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, object) in wanted.iter().enumerate() {
            if let Some((reference, _)) = object.parents.iter().find(|(_, parent)| text_of(parent, "type") == "Basic") {
                hanging.entry(object.text(reference)).or_default().push(position);
            }
        }
        let basic =
            |(id, positions): (&str, Vec<usize>)| (positions.first().copied(), basic_router(id, positions.len()));
        Ok(Looked { problems: hanging.into_iter().map(basic).collect(), free: Vec::new() })
    }
}

fn basic_router(id: &str, hanging: usize) -> Diagnostic {
    let detail = format!(
        "The router {id} is of the Basic edition. Attachments and flow logs need the Enterprise edition, and the plan has \
         {hanging} of them on this router."
    );
    let next = find("OperationUnsupported.TransitRouterType").map_or("", |(_, row)| row.next);
    Diagnostic::error(codes::NOT_READY, "The transit router is of the Basic edition", detail).help(next)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::{Cloud, attributes};
    use crate::model::value::Attributes;

    fn wanted(attributes: &Attributes) -> Wanted<'_> {
        Wanted { region: None, attributes, parents: BTreeMap::new(), makes_room: false }
    }

    async fn look(need: &dyn Need, cloud: &Cloud, wanted: &[Wanted<'_>]) -> Vec<(Option<usize>, bool, String)> {
        let looked = need.look(cloud, wanted).await.unwrap();
        assert!(looked.free.is_empty());
        let told = |(about, problem): (Option<usize>, Diagnostic)| {
            (about, problem.is_error(), problem.help.unwrap_or(problem.detail))
        };
        looked.problems.into_iter().map(told).collect()
    }

    #[tokio::test]
    async fn the_service_is_open_closed_or_silent() {
        for (enabled, problems) in [
            (json!({ "Enabled": true }), vec![]),
            (json!({ "Enabled": "True" }), vec![]),
            (json!({ "Enabled": false }), vec![true]),
            (json!({ "Enabled": "false" }), vec![true]),
            (json!({}), vec![false]),
        ] {
            let cloud = Cloud::answering([enabled.clone()]);
            let found = look(&Service, &cloud, &[]).await;
            assert_eq!(found.iter().map(|(_, is_error, _)| *is_error).collect::<Vec<_>>(), problems, "{enabled}");
            assert_eq!(cloud.lines(), ["CheckTransitRouterService"]);
        }
        for code in NOT_OPEN {
            assert_eq!(look(&Service, &Cloud::lacking(code), &[]).await.len(), 1, "{code}");
        }
        assert!(Service.look(&Cloud::lacking("InvalidApi.NotFound"), &[]).await.is_err(), "it cannot be told");
    }

    #[tokio::test]
    async fn one_call_tells_of_all_regions() {
        let answer = |regions: &[&str]| {
            let regions: Vec<Json> = regions.iter().map(|id| json!({ "RegionId": id, "LocalName": "" })).collect();
            Cloud::answering([json!({ "Regions": { "Region": regions } })])
        };
        let (good, bad) =
            (attributes(json!({ "region": "cn-hangzhou" })), attributes(json!({ "region": "cn-hangzou" })));
        let routers = [wanted(&good), wanted(&bad)];
        let cloud = answer(&["cn-hangzhou", "cn-shanghai"]);
        let problems = look(&Regions, &cloud, &routers).await;
        assert_eq!(problems, [(Some(1), true, "Did you mean cn-hangzhou?".to_owned())]);
        assert_eq!(cloud.lines(), ["DescribeChildInstanceRegions ProductType=VPC"]);
        assert!(look(&Regions, &answer(&[]), &routers).await.is_empty(), "an empty list tells nothing");
    }

    #[tokio::test]
    async fn a_basic_router_is_told_by_what_is_known_of_it() {
        let object = attributes(json!({ "transit_router": "tr-1", "attachment": "tr-attach-1" }));
        let (basic, enterprise) = (attributes(json!({ "type": "Basic" })), attributes(json!({ "type": "Enterprise" })));
        let attachment = attributes(json!({ "type": "vpc" }));
        let under = |router| Wanted {
            parents: BTreeMap::from([("transit_router", router), ("attachment", &attachment)]),
            ..wanted(&object)
        };
        let cloud = Cloud::answering([]);
        let problems =
            look(&Enterprise, &cloud, &[under(&enterprise), under(&basic), wanted(&object), under(&basic)]).await;
        assert_eq!(problems.iter().map(|(about, ..)| *about).collect::<Vec<_>>(), [Some(1)]);
    }
}
