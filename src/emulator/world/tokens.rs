//! `ClientTokens`: the same token with the same parameters gives the same answer (cloud-api 3.4, 15), for as long as
//! `token_memory` says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::call::{Action, Call, Outcome, illegal};
use super::codes::TOKEN_MISMATCH;
use super::file;
use super::state::World;
use crate::emulator::message::{Refusal, hex};
use crate::emulator::options::Refusals;

/// The tokens that were used, by account and token.
pub(super) type Tokens = BTreeMap<(String, String), Token>;

/// A token that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Token {
    /// Whose it is.
    pub(super) account: String,
    /// The token.
    pub(super) client_token: String,
    /// When it was used first.
    #[serde(default = "file::long_ago")]
    pub(super) time: Timestamp,
    /// What stands for the action and its parameters.
    pub(super) request: String,
    /// What was answered.
    pub(super) answer: Remembered,
}

/// An answer that can be given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Remembered {
    /// The fields of the answer.
    Success(Map<String, Json>),
    /// Why it was refused.
    #[serde(rename_all = "PascalCase")]
    Refusal {
        /// The HTTP status.
        status: u16,
        /// The code.
        code: String,
        /// The text.
        message: String,
    },
}

impl World {
    /// Forgets every token that was used.
    pub(in crate::emulator) fn forget_tokens(&mut self) {
        self.tokens.clear();
        self.revision += 1;
    }

    /// Runs an action under its token, or repeats the answer that it had.
    pub(super) fn once(&mut self, token: &str, action: &Action, call: &Call<'_>) -> Outcome {
        if token.len() > 64 || !token.is_ascii() {
            return Err(illegal("ClientToken"));
        }
        let memory = SignedDuration::try_from(self.rules.settings.token_memory).unwrap_or(SignedDuration::MAX);
        let is_known = |token: &Token| call.now.duration_since(token.time) < memory;
        // Looked for only when their number has doubled, so that it costs little.
        if self.tokens.len().is_power_of_two() {
            self.tokens.retain(|_, token| is_known(token));
        }
        let request = fingerprint(action, call);
        let key = (call.account.to_owned(), token.to_owned());
        if let Some(known) = self.tokens.get(&key).filter(|token| is_known(token)) {
            return match &known.answer {
                _ if known.request != request => Err(TOKEN_MISMATCH),
                Remembered::Success(fields) => Ok(fields.clone()),
                Remembered::Refusal { status, code, message } => {
                    Err(Refusal::of(*status, code.clone(), message.clone()))
                }
            };
        }
        let outcome = self.perform(action, call);
        let answer = match &outcome {
            Ok(fields) => Remembered::Success(fields.clone()),
            Err(_) if self.rules.settings.refusals_per_token == Refusals::Forgotten => return outcome,
            Err(refusal) => Remembered::Refusal {
                status: refusal.status,
                code: refusal.code.to_string(),
                message: refusal.message.to_string(),
            },
        };
        let (account, client_token) = key.clone();
        self.tokens.insert(key, Token { account, client_token, time: call.now, request, answer });
        outcome
    }
}

fn fingerprint(action: &Action, call: &Call<'_>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(action.name);
    for (name, value) in call.params.all() {
        hasher.update(format!("\n{}:{name}={value}", name.len()));
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn the_same_token_gives_the_same_object() {
        let mut cloud = Cloud::new();
        let make = [("Name", "a"), ("ClientToken", "t")];
        let first = cloud.ok("CreateCen", &make);
        assert_eq!(cloud.ok("CreateCen", &make)["CenId"], first["CenId"]);
        assert_eq!(cloud.ok("DescribeCens", &[])["TotalCount"], 1);
        assert_eq!(cloud.code("CreateCen", &[("Name", "b"), ("ClientToken", "t")]), "IdempotentParameterMismatch");
        assert_eq!(cloud.code("CreateCen", &[("ClientToken", "ü")]), "IllegalParam.ClientToken");
        assert_eq!(cloud.code("CreateCen", &[("ClientToken", &"t".repeat(65))]), "IllegalParam.ClientToken");
        cloud.as_account("1000000000000002");
        assert_ne!(cloud.ok("CreateCen", &make)["CenId"], first["CenId"]);
    }

    #[test]
    fn a_token_is_forgotten_in_time_or_when_told_to() {
        let mut settings = Settings::default();
        settings.set("token_memory=2s").unwrap();
        let mut cloud = Cloud::with(settings);
        let make = [("Name", "a"), ("ClientToken", "t")];
        let first = cloud.ok("CreateCen", &make)["CenId"].clone();
        cloud.pass(Duration::from_millis(1999));
        assert_eq!(cloud.ok("CreateCen", &make)["CenId"], first);
        cloud.pass(Duration::from_millis(1));
        let second = cloud.ok("CreateCen", &make)["CenId"].clone();
        assert_ne!(second, first);
        assert_eq!(cloud.ok("CreateCen", &make)["CenId"], second);
        cloud.world.forget_tokens();
        assert_ne!(cloud.ok("CreateCen", &make)["CenId"], second);
        for n in 0..100 {
            cloud.pass(Duration::from_secs(1));
            cloud.ok("CreateCen", &[("ClientToken", &n.to_string())]);
        }
        assert!(cloud.world.tokens.len() < 5, "{}", cloud.world.tokens.len());
    }

    #[test]
    fn a_token_remembers_a_refusal_unless_it_is_told_to_forget() {
        for (setting, again) in [("remembered", Some("InstanceExist.TransitRouterInstance")), ("forgotten", None)] {
            let mut settings = Settings::default();
            settings.set(&format!("refusals_per_token={setting}")).unwrap();
            let mut cloud = Cloud::with(settings);
            let (cen, router) = cloud.router();
            let params = [("CenId", cen.as_str()), ("RegionId", "cn-hangzhou"), ("ClientToken", "t")];
            assert_eq!(cloud.code("CreateTransitRouter", &params), "InstanceExist.TransitRouterInstance");
            cloud.ok("DeleteTransitRouter", &[("TransitRouterId", &router)]);
            cloud.wait();
            let outcome = cloud.call("CreateTransitRouter", &params);
            assert_eq!(outcome.err().map(|refusal| refusal.code.into_owned()).as_deref(), again);
        }
    }
}
