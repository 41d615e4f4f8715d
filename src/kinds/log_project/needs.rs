//! What log projects need: Log Service, and a name that can be had (cloud-api 8.2, 8.3).

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};

use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::problem::problem;
use crate::cloud::request::{Request, Sls};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::answer;
use crate::kinds::need::{Looked, Need, Wanted};
use crate::kinds::wire::region_of;
use crate::model::region::Region;

/// The name of each project can be had. It costs a call a project: a list would tell only of the projects of the
/// account in one region, and neither of the recycle bin nor of other accounts.
#[derive(Debug)]
pub struct Name;

/// How many names are looked up at once.
const AT_ONCE: usize = 10;

/// What a look at one name shows.
enum Seen {
    Free,
    Wrong(Box<Diagnostic>),
    Unclear,
}

#[async_trait]
impl Need for Name {
    fn name(&self) -> &'static str {
        "log project name"
    }

    async fn look(&self, api: &dyn Api, wanted: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let mut looks: Vec<BoxFuture<'_, (usize, Seen)>> = Vec::new();
        for (position, project) in wanted.iter().enumerate() {
            let (name, region) = (project.text("name"), region_of(project.region, project.attributes));
            if !project.makes_room && !name.is_empty() {
                looks.push(Box::pin(async move { (position, see(api, name, region).await) }));
            }
        }
        let seen: Vec<(usize, Seen)> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let mut looked = Looked::default();
        for (position, seen) in seen {
            match seen {
                Seen::Free => looked.free.push(position),
                Seen::Wrong(problem) => looked.problems.push((Some(position), *problem)),
                Seen::Unclear => {}
            }
        }
        Ok(looked)
    }
}

async fn see(api: &dyn Api, name: &str, region: &str) -> Seen {
    let request: Request = Sls::read("GetProject", &Region(region.to_owned()), Some(name), "/").into();
    let error = match api.call(&request).await {
        Ok(answer) if answer::text(&answer.body, "projectName").as_deref() == Some(name) => {
            return Seen::Wrong(Box::new(taken(name, region)));
        }
        Ok(_) => return Seen::Unclear,
        Err(error) => error,
    };
    match &error {
        // Someone else's project of this name, or one in another region, reads as an absence, too.
        _ if error.is_not_found() => Seen::Free,
        _ if is_closed(&error) => Seen::Wrong(Box::new(closed(&error))),
        CloudError::Service { status: 403, .. } => {
            let summary = "The name of the log project cannot be had".to_owned();
            Seen::Wrong(Box::new(Diagnostic { code: codes::NOT_READY, summary, ..problem(&error) }))
        }
        _ => Seen::Unclear,
    }
}

/// Whether Log Service says that it is not activated: it does so of the key, whatever state that is in.
fn is_closed(error: &CloudError) -> bool {
    matches!(error, CloudError::Service { status: 401, message, .. } if message.ends_with("is inactive"))
}

fn closed(error: &CloudError) -> Diagnostic {
    let summary = "Log Service is not activated".to_owned();
    Diagnostic { code: codes::NOT_READY, summary, ..problem(error) }
        .help("Activate Simple Log Service once in its console. If it is, look whether the key is disabled.")
}

/// Log Service is activated, where flow logs name a store that the stack neither makes nor reads.
#[derive(Debug)]
pub struct Activated;

#[async_trait]
impl Need for Activated {
    fn name(&self) -> &'static str {
        "log service"
    }

    async fn look(&self, api: &dyn Api, wanted: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let by_name = wanted.iter().enumerate().find(|(_, log)| log.attributes.contains_key("destination"));
        let Some((position, log)) = by_name else { return Ok(Looked::default()) };
        let region = Region(region_of(log.region, log.attributes).to_owned());
        let list = Sls::read("ListProject", &region, None, "/").query("size", "1");
        match api.call(&list.into()).await {
            Err(error) if is_closed(&error) => {
                Ok(Looked { problems: vec![(Some(position), closed(&error))], free: Vec::new() })
            }
            answer => answer.map(|_| Looked::default()),
        }
    }
}

fn taken(name: &str, region: &str) -> Diagnostic {
    let detail = format!("The log project {name} exists already in {region}, and is not in the state.");
    Diagnostic::error(codes::TAKEN, "There is one already", detail).help(format!(
        "To manage it here, add it to imports, as {{ to: log_project.NAME, id: {name} }}. To use it as it is, declare it with \
         existing: {name}. If it is not meant, choose another name."
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{Cloud, attributes};

    #[tokio::test]
    async fn a_name_is_free_or_taken_and_costs_one_call() {
        let known = attributes(json!({ "name": "netflow", "region": "cn-hangzhou" }));
        let unknown = attributes(json!({ "region": "cn-hangzhou" }));
        let wanted = |attributes| Wanted { region: None, attributes, parents: BTreeMap::new(), makes_room: false };
        let project = wanted(&known);

        let cloud = Cloud::answering([json!({ "projectName": "netflow" })]);
        let looked = Name.look(&cloud, &[wanted(&unknown), project.clone()]).await.unwrap();
        assert_eq!((looked.problems[0].0, looked.problems[0].1.code), (Some(1), codes::TAKEN));
        assert_eq!(cloud.lines(), ["GetProject GET netflow.cn-hangzhou/"]);

        let looked = Name.look(&Cloud::lacking("ProjectNotExist"), std::slice::from_ref(&project)).await.unwrap();
        assert_eq!(looked, Looked { problems: Vec::new(), free: vec![0] });

        // What this very plan deletes is not in the way, and an answer that makes no sense tells nothing.
        let leaving = Wanted { makes_room: true, ..project.clone() };
        assert_eq!(Name.look(&Cloud::answering([]), &[leaving]).await, Ok(Looked::default()));
        assert_eq!(Name.look(&Cloud::answering([json!({})]), &[project]).await, Ok(Looked::default()));
    }
}
