//! The one call of Resource Access Management that is answered: `GetRole`, for the service-linked role of flow logs.

use serde_json::{Map, Value as Json, json};

use super::message::Refusal;
use super::options::{Permission, Settings};

/// The version of the API.
pub(super) const VERSION: &str = "2015-05-01";
/// The name of the call.
pub(super) const GET_ROLE: &str = "GetRole";

/// The role that the service makes for an account's flow logs.
const FLOW_LOG_ROLE: &str = "AliyunServiceRoleForTRFlowLog";

/// The role of this name. That of flow logs is there, unless nobody may make it.
pub(super) fn get_role(account: &str, name: Option<&str>, settings: &Settings) -> Result<Map<String, Json>, Refusal> {
    let missing = || Refusal::new(400, "MissingRoleName", "RoleName is mandatory for this action.");
    let name = name.filter(|name| !name.is_empty()).ok_or_else(missing)?;
    if name != FLOW_LOG_ROLE || settings.flow_log_role == Permission::Refused {
        return Err(Refusal::of(404, "EntityNotExist.Role", format!("The role not exists: {name} .")));
    }
    let role = json!({
        "RoleName": name,
        "Arn": format!("acs:ram::{account}:role/{}", name.to_lowercase()),
        "RoleId": "300000000000000002",
        "IsServiceLinkedRole": true,
    });
    Ok(Map::from_iter([("Role".to_owned(), role)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_is_there_unless_it_may_not_be_made() {
        let mut settings = Settings::default();
        let ask = |name, settings: &Settings| get_role("1000000000000001", name, settings);
        assert_eq!(ask(Some(FLOW_LOG_ROLE), &settings).unwrap()["Role"]["RoleName"], FLOW_LOG_ROLE);
        assert_eq!(ask(Some("admin"), &settings).unwrap_err().code, "EntityNotExist.Role");
        assert_eq!(ask(None, &settings).unwrap_err().code, "MissingRoleName");
        settings.set("flow_log_role=refused").unwrap();
        let refusal = ask(Some(FLOW_LOG_ROLE), &settings).unwrap_err();
        assert_eq!((refusal.status, &*refusal.code), (404, "EntityNotExist.Role"));
    }
}
