//! Faults that are asked for: refusals, delays, lost requests and lost answers.
//!
//! A list of `{"action": …, "nth" | "every" | "probability": …, "then": …}`, where `then` is
//! `{"error": CODE, "http": N}`, `{"delay": "2s"}`, `{"throttle": true}`, `"drop_reply"`, `"drop_request"` or
//! `"forget_tokens"`, and the action `*` is any. The first rule that fits a call counts.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value as Json;

use super::message::Refusal;
use super::world::codes;
use crate::base::random::{Random as _, SeededRandom};

/// How long a caller is told to wait that is throttled on purpose.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The longest delay: nobody waits longer for an answer.
const MAX_DELAY: Duration = Duration::from_hours(1);

/// Why a text is no list of faults.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// It is not JSON of this form.
    #[error("The faults cannot be read: {0}.")]
    Form(#[from] serde_json::Error),
    /// A rule says when in no way or in several.
    #[error("The fault of {0} needs exactly one of nth, every (both at least 1) and probability (0 to 1).")]
    When(String),
    /// A rule does nothing that is known.
    #[error(
        "The fault of {0} has an unknown `then`: it is {{\"error\": CODE, \"http\": N}}, {{\"delay\": \"2s\"}}, {{\"throttle\": true}}, \"drop_reply\", \"drop_request\" or \"forget_tokens\"."
    )]
    Then(String),
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// It is refused without being looked at.
    Refuse(Refusal),
    /// It is refused as one too many.
    Throttle,
    /// Its answer is held back.
    Delay(Duration),
    /// It is done, and the connection closes without an answer.
    DropReply,
    /// The connection closes before anything is done.
    DropRequest,
    /// Every ClientToken that was used is forgotten, and then the call is done.
    ForgetTokens,
}

/// The faults that are asked for.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    random: Option<SeededRandom>,
}

#[derive(Debug)]
struct Rule {
    action: String,
    when: When,
    fault: Fault,
    seen: u64,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Nth(u64),
    Every(u64),
    Probability(f64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with action, then, and nth, every or probability")]
struct Written {
    action: String,
    nth: Option<u64>,
    every: Option<u64>,
    probability: Option<f64>,
    then: Json,
}

impl Faults {
    /// Reads a list of faults. Chances come from `seed`.
    pub(super) fn from_json(text: &[u8], seed: u64) -> Result<Self, FaultError> {
        let written: Vec<Written> = serde_json::from_slice(text)?;
        let rules = written.into_iter().map(Rule::read).collect::<Result<_, _>>()?;
        Ok(Self { rules, random: Some(SeededRandom::new(seed)) })
    }

    /// What happens to this call of an action.
    pub(super) fn next(&mut self, action: &str) -> Option<Fault> {
        let mut found = None;
        for rule in self.rules.iter_mut().filter(|rule| rule.action == action || rule.action == "*") {
            rule.seen += 1;
            let due = match rule.when {
                When::Nth(nth) => rule.seen == nth,
                When::Every(every) => rule.seen.is_multiple_of(every),
                When::Probability(chance) => self.random.as_ref().is_some_and(|random| random.unit() < chance),
            };
            if due && found.is_none() {
                found = Some(rule.fault.clone());
            }
        }
        found
    }
}

impl Rule {
    fn read(written: Written) -> Result<Self, FaultError> {
        let Written { action, nth, every, probability, then } = written;
        let when = match (nth, every, probability) {
            (Some(nth), None, None) if nth > 0 => When::Nth(nth),
            (None, Some(every), None) if every > 0 => When::Every(every),
            (None, None, Some(chance)) if (0.0..=1.0).contains(&chance) => When::Probability(chance),
            _ => return Err(FaultError::When(action)),
        };
        let fault = read_then(&then).ok_or_else(|| FaultError::Then(action.clone()))?;
        Ok(Self { action, when, fault, seen: 0 })
    }
}

fn read_then(then: &Json) -> Option<Fault> {
    let fields = match then {
        Json::String(word) if word == "drop_reply" => return Some(Fault::DropReply),
        Json::String(word) if word == "drop_request" => return Some(Fault::DropRequest),
        Json::String(word) if word == "forget_tokens" => return Some(Fault::ForgetTokens),
        other => other.as_object()?,
    };
    match (fields.len(), fields.get("error"), fields.get("delay"), fields.get("throttle")) {
        (1, None, None, Some(Json::Bool(true))) => Some(Fault::Throttle),
        (1, None, Some(delay), None) => {
            let delay: SignedDuration = delay.as_str()?.parse().ok()?;
            Duration::try_from(delay).ok().filter(|delay| *delay <= MAX_DELAY).map(Fault::Delay)
        }
        (1 | 2, Some(code), None, None) => {
            let code = code.as_str()?;
            let known = codes::flow_log::ALL.iter().find(|refusal| refusal.code == code);
            let message = known.map_or("This refusal was asked for.".into(), |known| known.message.clone());
            let status = match fields.get("http") {
                Some(http) => u16::try_from(http.as_u64()?).ok().filter(|status| (400..600).contains(status))?,
                None if fields.len() == 1 => known.map_or(400, |known| known.status),
                None => return None,
            };
            Some(Fault::Refuse(Refusal::of(status, code.to_owned(), message)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        Faults::from_json(text.as_bytes(), 1).unwrap()
    }

    #[test]
    fn a_fault_comes_when_it_is_due() {
        let mut faults = faults(
            r#"[{"action": "CreateCen", "nth": 2, "then": "drop_reply"},
                {"action": "*", "every": 3, "then": {"delay": "2s"}}]"#,
        );
        let seen: Vec<_> = (0..6).map(|_| faults.next("CreateCen")).collect();
        let delay = Some(Fault::Delay(Duration::from_secs(2)));
        assert_eq!(seen, [None, Some(Fault::DropReply), delay.clone(), None, None, delay]);
        assert_eq!(faults.next("DeleteCen"), None);
    }

    #[test]
    fn chances_are_the_same_for_the_same_seed() {
        let run = || {
            let mut faults = faults(r#"[{"action": "*", "probability": 0.5, "then": {"throttle": true}}]"#);
            (0..100).map(|_| faults.next("X").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!((20..80).contains(&run().iter().filter(|due| **due).count()));
    }

    #[test]
    fn refusals_of_the_page_have_its_words() {
        let fault = faults(r#"[{"action": "X", "nth": 1, "then": {"error": "RuleExist"}}]"#).next("X");
        assert_eq!(fault, Some(Fault::Refuse(Refusal::new(400, "RuleExist", "The rule has already existed."))));
        let fault = faults(r#"[{"action": "X", "nth": 1, "then": {"error": "Busy", "http": 503}}]"#).next("X");
        assert!(matches!(fault, Some(Fault::Refuse(refusal)) if refusal.status == 503 && refusal.code == "Busy"));
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for wrong in [
            "{}",
            r#"[{"action": "X", "then": "drop_reply"}]"#,
            r#"[{"action": "X", "nth": 0, "then": "drop_reply"}]"#,
            r#"[{"action": "X", "nth": 1, "every": 2, "then": "drop_reply"}]"#,
            r#"[{"action": "X", "probability": 2, "then": "drop_reply"}]"#,
            r#"[{"action": "X", "nth": 1, "then": "drop"}]"#,
            r#"[{"action": "X", "nth": 1, "then": {"delay": "soon"}}]"#,
            r#"[{"action": "X", "nth": 1, "then": {"error": "C", "http": 200}}]"#,
            r#"[{"action": "X", "nth": 1, "then": {"throttle": false}}]"#,
            r#"[{"action": "X", "nth": 1, "then": "drop_reply", "more": 1}]"#,
        ] {
            assert!(Faults::from_json(wrong.as_bytes(), 1).is_err(), "{wrong}");
        }
    }
}
