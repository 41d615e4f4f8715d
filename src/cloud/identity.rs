//! Whose credentials they are (cloud-api 15, S22).

use serde_json::Value as Json;

use super::Api;
use super::error::CloudError;
use super::request::{Product, Rpc};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account's id: 16 digits.
    pub account_id: String,
    /// The caller's resource name; empty if the service gives none.
    pub arn: String,
    /// `Account`, `RAMUser` or `AssumedRoleUser`; empty if the service gives none.
    pub identity_type: String,
}

/// Asks STS who the credentials belong to. It needs no permission; once a run is enough.
pub async fn caller_identity(api: &dyn Api) -> Result<CallerIdentity, CloudError> {
    const ACTION: &str = "GetCallerIdentity";
    let answer = api.call(&Rpc::read(Product::Sts, ACTION).into()).await?;
    let text = |key: &str| match answer.body.get(key) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let account_id = text("AccountId");
    // It goes into states and plans, and decides whether they may be used.
    if account_id.is_empty() || account_id.len() > 32 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        let problem = "its AccountId is not an account number".to_owned();
        return Err(CloudError::Malformed { action: ACTION, problem, request_id: answer.request_id });
    }
    Ok(CallerIdentity { account_id, arn: text("Arn"), identity_type: text("IdentityType") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::testing::{Script, client, ok};

    #[tokio::test(start_paused = true)]
    async fn the_account_is_told() {
        let script = Script::answering(ok(
            r#"{"AccountId":"1000000000000001","Arn":"acs:ram::1000000000000001:root","IdentityType":"Account"}"#,
        ));
        let identity = caller_identity(&client(&script)).await.unwrap();
        assert_eq!(identity.account_id, "1000000000000001");
        assert_eq!(identity.identity_type, "Account");
        let url = &script.seen()[0].url;
        assert!(url.contains("Action=GetCallerIdentity&") && url.contains("Version=2015-04-01&"), "{url}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_account_is_refused() {
        for body in ["{}", r#"{"AccountId":""}"#, r#"{"AccountId":"../x"}"#, r#"{"AccountId":["1"]}"#] {
            let script = Script::answering(ok(body));
            let error = caller_identity(&client(&script)).await.unwrap_err();
            assert!(matches!(error, CloudError::Malformed { .. }), "{body}: {error:?}");
        }
    }
}
