//! When to try again, and how. Pure: time and chance come in as numbers.

use std::time::Duration;

use super::error::{Class, CloudError};

/// How a pause grows: it doubles from `first` up to `most`.
#[derive(Debug, Clone, Copy)]
struct Backoff {
    first: Duration,
    most: Duration,
}

const UNKNOWN: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(10) };
const THROTTLED: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(30) };
/// Objects settle within seconds, so this looks often and never rarely.
const TRANSIT: Backoff = Backoff { first: Duration::from_millis(300), most: Duration::from_secs(5) };
const STORE: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(8) };
const READ: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(10) };
/// With [`STORE`] this is the minute that a new store may need to show itself (cloud-api 8.4).
const STORE_ATTEMPTS: u32 = 10;

impl Backoff {
    /// The longest pause after attempt number `attempt`, counted from 1.
    fn ceiling(self, attempt: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(self.most)
    }

    /// Anything up to the ceiling: many clients that failed together come back apart.
    fn full_jitter(self, attempt: u32, random_unit: f64) -> Duration {
        self.ceiling(attempt).mul_f64(random_unit)
    }

    /// At least half of the ceiling, so that it grows for certain.
    fn half_jitter(self, attempt: u32, random_unit: f64) -> Duration {
        self.ceiling(attempt).mul_f64(0.5 + random_unit / 2.0)
    }
}

/// How long to wait before a call that changes nothing is repeated; `None` if it would fail again.
/// `attempt` counts from 1, `random_unit` is between 0 and 1.
pub fn before_next_read(error: &CloudError, attempt: u32, random_unit: f64) -> Option<Duration> {
    let pause = match error.class() {
        Class::Throttled => THROTTLED.half_jitter(attempt, random_unit),
        Class::Transient | Class::TokenInProgress => READ.full_jitter(attempt, random_unit),
        Class::WaitForObject
        | Class::NotFound
        | Class::AlreadyExists
        | Class::Quota
        | Class::Permission
        | Class::Invalid => return None,
    };
    Some(pause.max(error.retry_after().unwrap_or_default()))
}

/// What has been tried of a mutating call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// How many attempts were made for this operation, the failed one included, tokens aside.
    pub number: u32,
    /// How old the ClientToken is.
    pub token_age: Duration,
    /// For how long a token may be sent again (`provider.token_window`).
    pub token_window: Duration,
    /// Whether the action takes a ClientToken.
    pub takes_token: bool,
    /// Whether an earlier attempt with this token ended without a definite answer. A refusal
    /// that comes later says nothing about that one.
    pub earlier_unknown: bool,
}

/// What to do after a mutating call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait, then send the same intent with the same token again. Also given for a call without
    /// token that has certainly not been sent.
    SameTokenAfter(Duration),
    /// Wait, then make a new intent with a new token.
    NewTokenAfter(Duration),
    /// Nothing that is sent again can settle what happened: look the object up (S25).
    Resolve,
    /// It will fail again.
    GiveUp,
}

/// S24: the same token only while the outcome is unknown, a new one after a definite refusal.
/// The caller bounds the whole by its time-out. `random_unit` is between 0 and 1.
pub fn after_failure(error: &CloudError, attempt: &Attempt, random_unit: f64) -> Decision {
    let asked = error.retry_after().unwrap_or_default();
    let pause = |backoff: Backoff| backoff.half_jitter(attempt.number, random_unit).max(asked);
    let same_token = |pause: Duration| {
        if attempt.token_age.saturating_add(pause) < attempt.token_window {
            Decision::SameTokenAfter(pause)
        } else {
            Decision::Resolve
        }
    };

    if error.outcome_unknown() {
        return if attempt.takes_token { same_token(pause(UNKNOWN)) } else { Decision::Resolve };
    }
    if attempt.earlier_unknown {
        return match error.class() {
            // Neither got as far as the token, so it is still worth asking with it.
            Class::Throttled if attempt.takes_token => same_token(pause(THROTTLED)),
            Class::Transient if attempt.takes_token => same_token(pause(UNKNOWN)),
            // "It exists", "it is gone", "it is changing" may be the work of the first attempt.
            _ => Decision::Resolve,
        };
    }
    match error.class() {
        // Not sent at all.
        Class::Transient | Class::TokenInProgress => Decision::SameTokenAfter(pause(UNKNOWN)),
        Class::Throttled => Decision::NewTokenAfter(pause(THROTTLED)),
        _ if error.is_store_missing() => {
            if attempt.number < STORE_ATTEMPTS {
                Decision::NewTokenAfter(pause(STORE))
            } else {
                Decision::GiveUp
            }
        }
        Class::WaitForObject => Decision::NewTokenAfter(pause(TRANSIT)),
        Class::NotFound | Class::AlreadyExists | Class::Quota | Class::Permission | Class::Invalid => Decision::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::error::classify;

    const MINUTE: Duration = Duration::from_mins(1);
    const FRESH: Attempt = Attempt {
        number: 1,
        token_age: Duration::ZERO,
        token_window: Duration::from_mins(10),
        takes_token: true,
        earlier_unknown: false,
    };
    const TOKENLESS: Attempt = Attempt { takes_token: false, ..FRESH };
    const OPEN: Attempt = Attempt { number: 2, earlier_unknown: true, ..FRESH };
    const OLD: Attempt = Attempt { token_age: Duration::from_mins(10), ..FRESH };

    fn service(status: u16, code: &str) -> CloudError {
        CloudError::Service {
            action: "CreateFlowlog",
            status,
            code: code.to_owned(),
            message: String::new(),
            request_id: String::new(),
            class: classify(status, code),
            retry_after: None,
        }
    }

    fn silence(sent: bool) -> CloudError {
        CloudError::NoAnswer { action: "CreateFlowlog", problem: String::new(), sent }
    }

    #[derive(Debug, PartialEq)]
    enum Kind {
        Same,
        New,
        Resolve,
        GiveUp,
    }

    fn kind(error: &CloudError, attempt: &Attempt) -> Kind {
        match after_failure(error, attempt, 0.5) {
            Decision::SameTokenAfter(_) => Kind::Same,
            Decision::NewTokenAfter(_) => Kind::New,
            Decision::Resolve => Kind::Resolve,
            Decision::GiveUp => Kind::GiveUp,
        }
    }

    #[test]
    fn what_follows_a_failure() {
        use Kind::{GiveUp, New, Resolve, Same};
        let garbled = CloudError::Malformed { action: "A", problem: String::new(), request_id: String::new() };
        let unsendable = CloudError::Unsendable { action: "A", problem: String::new() };
        // Columns: fresh, without token, with an unknown earlier attempt, with an old token.
        let table = [
            (silence(true), [Same, Resolve, Same, Resolve]),
            (silence(false), [Same, Same, Same, Same]),
            (garbled, [Same, Resolve, Same, Resolve]),
            (service(503, "ServiceUnavailable"), [Same, Resolve, Same, Resolve]),
            (service(400, "TokenProcessing"), [Same, Resolve, Same, Resolve]),
            (service(400, "SignatureNonceUsed"), [Same, Resolve, Same, Resolve]),
            (service(400, "Throttling.User"), [New, New, Same, New]),
            (service(503, "Throttling"), [Same, Resolve, Same, Resolve]),
            (service(400, "IncorrectStatus.flowlog"), [New, New, Resolve, New]),
            (service(400, "Operation.Blocking"), [New, New, Resolve, New]),
            (service(400, "ProjectOrLogstoreNotExist"), [New, New, Resolve, New]),
            (service(404, "ProjectNotExist"), [New, New, Resolve, New]),
            (service(400, "InvalidFlowlogId.NotFound"), [GiveUp, GiveUp, Resolve, GiveUp]),
            (service(400, "Flowlog.AlreayExist"), [GiveUp, GiveUp, Resolve, GiveUp]),
            (service(400, "QuotaExceeded.FlowlogCount"), [GiveUp, GiveUp, Resolve, GiveUp]),
            (service(403, "NoPermission"), [GiveUp, GiveUp, Resolve, GiveUp]),
            (service(400, "InvalidParameter"), [GiveUp, GiveUp, Resolve, GiveUp]),
            (unsendable, [GiveUp, GiveUp, Resolve, GiveUp]),
        ];
        for (error, expected) in table {
            let got = [&FRESH, &TOKENLESS, &OPEN, &OLD].map(|attempt| kind(&error, attempt));
            assert_eq!(got, expected, "{error}");
        }
    }

    #[test]
    fn a_token_is_not_sent_after_its_window() {
        let window = FRESH.token_window;
        let late = Attempt { token_age: window.saturating_sub(Duration::from_millis(1)), ..FRESH };
        assert_eq!(after_failure(&silence(true), &late, 0.0), Decision::Resolve);
        let open = Attempt { token_age: window, ..OPEN };
        assert_eq!(after_failure(&service(400, "Throttling"), &open, 0.0), Decision::Resolve);
        assert_eq!(after_failure(&silence(false), &open, 0.0), Decision::Resolve);
    }

    #[test]
    fn pauses_grow_to_a_limit_and_heed_the_service() {
        let throttled = service(400, "Throttling");
        let pause = |number, unit| match after_failure(&throttled, &Attempt { number, ..FRESH }, unit) {
            Decision::NewTokenAfter(pause) => pause,
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(1, 0.0), Duration::from_millis(250));
        assert_eq!(pause(2, 0.999_999), Duration::from_secs_f64(0.999_999_5));
        for number in 1..60 {
            assert!(pause(number, 0.0) <= pause(number + 1, 0.0));
            assert!(pause(number, 0.999) <= Duration::from_secs(30));
        }
        assert!(pause(u32::MAX, 0.5) <= Duration::from_secs(30));
        let CloudError::Service { action, status, code, message, request_id, class, .. } = throttled else { panic!() };
        let asking =
            CloudError::Service { action, status, code, message, request_id, class, retry_after: Some(MINUTE) };
        assert_eq!(after_failure(&asking, &FRESH, 0.0), Decision::NewTokenAfter(MINUTE));
        assert_eq!(before_next_read(&asking, 1, 0.0), Some(MINUTE));
    }

    #[test]
    fn a_store_is_waited_for_about_a_minute() {
        let missing = service(400, "ProjectOrLogstoreNotExist");
        let mut waited = Duration::ZERO;
        let mut number = 1;
        while let Decision::NewTokenAfter(pause) = after_failure(&missing, &Attempt { number, ..FRESH }, 0.99) {
            waited += pause;
            number += 1;
        }
        assert!((MINUTE / 2..=MINUTE + MINUTE / 4).contains(&waited), "{waited:?}");
    }

    #[test]
    fn reads_are_repeated_only_for_passing_reasons() {
        for error in [silence(true), silence(false), service(500, "InternalError"), service(400, "SignatureNonceUsed")]
        {
            assert!(before_next_read(&error, 1, 0.5).is_some(), "{error}");
        }
        for code in ["InvalidParameter", "Unauthorized", "ProjectNotExist", "InvalidTimeStamp.Expired"] {
            assert_eq!(before_next_read(&service(400, code), 1, 0.5), None, "{code}");
        }
    }
}
