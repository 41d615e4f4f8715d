//! How often an action may be called: a bucket of calls for each account, region and action (cloud-api 3.3).

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How many calls of one action an account may make in a region. Its text form is `N/s`, with N more than 0 and at most
/// a million; a second's worth of calls may come at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit(f64);

/// Why a text is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rate such as 3/s or 0.5/s: calls a second, at most 1000000/s.")]
pub struct RateLimitError(String);

impl FromStr for RateLimit {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let calls = text.strip_suffix("/s").and_then(|calls| calls.parse::<f64>().ok());
        let calls = calls.filter(|calls| (0.000_001..=1_000_000.0).contains(calls));
        calls.map(Self).ok_or_else(|| RateLimitError(text.to_owned()))
    }
}

impl RateLimit {
    /// How many calls may come at once.
    fn burst(self) -> f64 {
        self.0.max(1.0)
    }
}

/// Who calls what where.
pub(super) type Key = (String, String, &'static str);

/// Counts calls against the limit.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: RateLimit,
    buckets: BTreeMap<Key, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Limiter {
    /// A limiter that has seen no call.
    pub(super) const fn new(rate: RateLimit) -> Self {
        Self { rate, buckets: BTreeMap::new() }
    }

    /// Takes a call at `now`; if it is one too many, says how long to wait for the next.
    pub(super) fn take(&mut self, key: Key, now: Timestamp) -> Result<(), Duration> {
        let rate = self.rate;
        let full = |bucket: &Bucket| bucket.refilled(rate, now) >= rate.burst();
        // A full bucket is as good as none. Looked for only when their number has doubled, so that it costs little.
        if self.buckets.len().is_power_of_two() {
            self.buckets.retain(|_, bucket| !full(bucket));
        }
        let bucket = self.buckets.entry(key).or_insert(Bucket { left: rate.burst(), at: now });
        bucket.left = bucket.refilled(rate, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.left) / rate.0))
    }
}

impl Bucket {
    fn refilled(&self, rate: RateLimit, now: Timestamp) -> f64 {
        let passed = now.duration_since(self.at).max(SignedDuration::ZERO).as_secs_f64();
        passed.mul_add(rate.0, self.left).min(rate.burst())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: &str) -> (Limiter, Timestamp) {
        (Limiter::new(rate.parse().unwrap()), "2026-11-22T10:00:00Z".parse().unwrap())
    }

    fn key(account: &str, region: &str, action: &'static str) -> Key {
        (account.to_owned(), region.to_owned(), action)
    }

    #[test]
    fn a_rate_is_calls_a_second() {
        for good in ["3/s", "0.5/s", "1000000/s"] {
            assert!(good.parse::<RateLimit>().is_ok(), "{good}");
        }
        for bad in ["", "3", "/s", "0/s", "-1/s", "3/m", "nan/s", "inf/s", "1e9/s", "3 /s x"] {
            assert!(bad.parse::<RateLimit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_call_too_many_is_told_when_to_come_again() {
        let (mut limiter, now) = limiter("2/s");
        let here = || key("1", "cn-hangzhou", "CreateCen");
        assert_eq!(limiter.take(here(), now), Ok(()));
        assert_eq!(limiter.take(here(), now), Ok(()));
        assert_eq!(limiter.take(here(), now), Err(Duration::from_millis(500)));
        for other in [
            key("2", "cn-hangzhou", "CreateCen"),
            key("1", "cn-shanghai", "CreateCen"),
            key("1", "cn-hangzhou", "DeleteCen"),
        ] {
            assert_eq!(limiter.take(other, now), Ok(()));
        }
        let soon = now + SignedDuration::from_millis(500);
        assert_eq!(limiter.take(here(), soon), Ok(()));
        assert_eq!(limiter.take(here(), soon), Err(Duration::from_millis(500)));
        assert_eq!(limiter.take(here(), now), Err(Duration::from_millis(500)), "a clock that goes back gives nothing");
    }

    #[test]
    fn a_slow_rate_lets_one_call_through() {
        let (mut limiter, now) = limiter("0.1/s");
        assert_eq!(limiter.take(key("1", "", "CreateCen"), now), Ok(()));
        assert_eq!(limiter.take(key("1", "", "CreateCen"), now), Err(Duration::from_secs(10)));
    }

    #[test]
    fn buckets_that_are_full_again_are_dropped() {
        let (mut limiter, now) = limiter("1/s");
        for n in 0..100 {
            let later = now + SignedDuration::from_secs(n);
            limiter.take(key("1", &format!("region-{n}"), "CreateCen"), later).unwrap();
        }
        assert!(limiter.buckets.len() < 5, "{}", limiter.buckets.len());
    }
}
