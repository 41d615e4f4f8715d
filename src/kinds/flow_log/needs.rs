//! What flow logs need: the service-linked role that writes to Log Service.

use async_trait::async_trait;

use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::cloud::request::{Product, Rpc};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::need::{Looked, Need, Wanted};

/// The role is there, or can be made by the first flow log.
#[derive(Debug)]
pub struct Role;

const NAME: &str = "AliyunServiceRoleForTRFlowLog";

#[async_trait]
impl Need for Role {
    fn name(&self) -> &'static str {
        "service-linked role"
    }

    /// That `GetRole` answers so for a service-linked role is general knowledge of RAM and not confirmed by a document
    /// of flow logs, so nothing but this one code means anything here; least of all that the credentials may not look.
    async fn look(&self, api: &dyn Api, _: &[Wanted<'_>]) -> Result<Looked, CloudError> {
        let answer = api.call(&Rpc::read(Product::Ram, "GetRole").param("RoleName", NAME).into()).await;
        Ok(match answer {
            Err(error) if error.code() == Some("EntityNotExist.Role") => Looked::problem(missing()),
            _ => Looked::default(),
        })
    }
}

fn missing() -> Diagnostic {
    Diagnostic::warning(
        codes::MAY_BE_REFUSED,
        "The service-linked role of flow logs is not there yet",
        format!("The first flow log of an account makes the role {NAME}, and the credentials need the right to do so."),
    )
    .help(
        "Make sure that they may do ram:CreateServiceLinkedRole for flowlog.cen.aliyuncs.com; else the flow log is \
         refused with NoPermission.AliyunServiceRoleForTRFlowLog.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::Cloud;

    #[tokio::test]
    async fn a_missing_role_is_a_warning_and_anything_else_is_nothing() {
        let cloud = Cloud::lacking("EntityNotExist.Role");
        let looked = Role.look(&cloud, &[]).await.unwrap();
        assert!(!looked.problems[0].1.is_error());
        assert_eq!(cloud.lines(), ["GetRole RoleName=AliyunServiceRoleForTRFlowLog"]);
        for code in ["NoPermission", "Forbidden.RAM", "InvalidApi.NotFound", "EntityNotExist.Policy"] {
            assert_eq!(Role.look(&Cloud::lacking(code), &[]).await, Ok(Looked::default()), "{code}");
        }
        let there = Cloud::answering([json!({ "Role": { "RoleName": NAME } })]);
        assert_eq!(Role.look(&there, &[]).await, Ok(Looked::default()));
    }
}
