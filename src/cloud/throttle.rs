//! Our own pace: a token bucket for each action and region that slows down when the service says
//! so and speeds up again slowly (additive increase, multiplicative decrease).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::request::Request;

/// Starting rates a second, as far as they are documented (cloud-api 3.3).
const DOCUMENTED: [(&str, f64); 12] = [
    ("CreateCen", 5.0),
    ("DescribeCens", 5.0),
    ("ListTransitRouters", 500.0 / 60.0),
    ("CreateTransitRouter", 3.0),
    ("DeleteTransitRouter", 50.0 / 60.0),
    ("DeleteTransitRouterVpcAttachment", 3.0),
    ("DeleteTransitRouterPeerAttachment", 3.0),
    ("UpdateTransitRouterVpcAttachmentZones", 3.0),
    ("ListTransitRouterVbrAttachments", 500.0 / 60.0),
    ("ListTransitRouterEcrAttachments", 500.0 / 60.0),
    ("UntagResources", 200.0 / 60.0),
    ("MoveResourceGroup", 200.0 / 60.0),
];
/// What is assumed of the others (cloud-api 3.3).
const READ_RATE: f64 = 5.0;
const WRITE_RATE: f64 = 3.0;
/// No limit of SLS is documented; its reads are one call an object, so they start faster.
const SLS_READ_RATE: f64 = 20.0;
/// How many seconds' worth may go at once.
const BURST_SECONDS: f64 = 5.0;
/// A rate never falls below this part of where it started.
const FLOOR: f64 = 1.0 / 32.0;
/// The part of the starting rate that each success gives back.
const RECOVERY: f64 = 0.02;

/// The pace of one account's calls.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    buckets: Mutex<BTreeMap<(&'static str, String), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    start: f64,
    rate: f64,
    /// What may be sent now. Negative: calls that wait for their turn.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn new(start: f64, now: Instant) -> Self {
        Self { start, rate: start, tokens: (start * BURST_SECONDS).max(1.0), filled: now }
    }

    /// Takes one token and says how long to wait for it.
    fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::try_from_secs_f64(-self.tokens / self.rate).unwrap_or_default()
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min((self.rate * BURST_SECONDS).max(1.0));
        self.filled = now;
    }

    fn learn(&mut self, throttled: bool, now: Instant) {
        self.fill(now);
        if throttled {
            self.rate = (self.rate / 2.0).max(self.start * FLOOR);
            self.tokens = self.tokens.min(0.0);
        } else {
            self.rate = (self.rate + self.start * RECOVERY).min(self.start);
        }
    }
}

impl Throttle {
    /// Waits for the turn of a call.
    pub(super) async fn turn(&self, request: &Request) {
        let pause = self.with_bucket(request, Bucket::take);
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Learns from how a call ended.
    pub(super) fn learn(&self, request: &Request, throttled: bool) {
        self.with_bucket(request, |bucket, now| bucket.learn(throttled, now));
    }

    fn with_bucket<T>(&self, request: &Request, act: impl FnOnce(&mut Bucket, Instant) -> T) -> T {
        let region = match request {
            Request::Rpc(rpc) => rpc.params.iter().find(|(name, _)| name == "RegionId").map(|(_, value)| value.clone()),
            Request::Sls(sls) => Some(sls.region.to_string()),
        };
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((request.action(), region.unwrap_or_default()))
            .or_insert_with(|| Bucket::new(starting_rate(request), now));
        act(bucket, now)
    }
}

fn starting_rate(request: &Request) -> f64 {
    let documented = DOCUMENTED.iter().find(|(action, _)| *action == request.action()).map(|(_, rate)| *rate);
    documented.unwrap_or(match request {
        _ if request.is_mutating() => WRITE_RATE,
        Request::Rpc(_) => READ_RATE,
        Request::Sls(_) => SLS_READ_RATE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::request::{Product, Rpc};

    fn list() -> Request {
        Rpc::read(Product::Cbn, "DescribeFlowlogs").param("RegionId", "cn-hangzhou").into()
    }

    async fn time_of(throttle: &Throttle, request: &Request, calls: u32) -> f64 {
        let start = Instant::now();
        for _ in 0..calls {
            throttle.turn(request).await;
        }
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_then_the_rate_holds() {
        let throttle = Throttle::default();
        assert!(time_of(&throttle, &list(), 25).await < 0.01);
        let minute = time_of(&throttle, &list(), 300).await;
        assert!((59.0..61.5).contains(&minute), "{minute}");
    }

    #[tokio::test(start_paused = true)]
    async fn actions_and_regions_do_not_slow_each_other() {
        let throttle = Throttle::default();
        time_of(&throttle, &list(), 100).await;
        let elsewhere = Rpc::read(Product::Cbn, "DescribeFlowlogs").param("RegionId", "cn-beijing").into();
        assert!(time_of(&throttle, &elsewhere, 20).await < 0.01);
        let other = Rpc::read(Product::Cbn, "ListTransitRouters").param("RegionId", "cn-hangzhou").into();
        assert!(time_of(&throttle, &other, 20).await < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_the_rate_and_success_gives_it_back() {
        let throttle = Throttle::default();
        throttle.learn(&list(), true);
        let slow = time_of(&throttle, &list(), 50).await;
        assert!((19.0..21.0).contains(&slow), "{slow}");
        for _ in 0..100 {
            throttle.learn(&list(), true);
        }
        let floor = time_of(&throttle, &list(), 1).await;
        assert!(floor <= 60.0, "{floor}");
        for _ in 0..100 {
            throttle.learn(&list(), false);
        }
        time_of(&throttle, &list(), 30).await;
        let again = time_of(&throttle, &list(), 50).await;
        assert!((9.0..11.0).contains(&again), "{again}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_wait_together_are_let_through_one_by_one() {
        let throttle = std::sync::Arc::new(Throttle::default());
        time_of(&throttle, &list(), 25).await;
        let start = Instant::now();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let throttle = throttle.clone();
            waiting.spawn(async move { throttle.turn(&list()).await });
        }
        waiting.join_all().await;
        let seconds = start.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&seconds), "{seconds}");
    }
}
