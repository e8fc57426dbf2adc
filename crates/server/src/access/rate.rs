//! How often each client may ask, and how often it may fail to show a key (GCRA, by the crate governor).

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chanter_http::Failure;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::Options;
use crate::admission::Client;

/// Wrong keys that an address may show in a minute before it is told to wait.
const WRONG_KEYS: NonZeroU32 = NonZeroU32::new(10).unwrap();

type Limiter = RateLimiter<Client, DefaultKeyedStateStore<Client>, DefaultClock, StateInformationMiddleware>;

/// What each client has left.
pub(crate) struct Rates {
    speeches: Option<Limiter>,
    wrong_keys: Limiter,
    burst: u32,
}

/// What a client has left after a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    limit: u32,
    remaining: u32,
    /// Seconds until one more is allowed, or until all are.
    reset: u32,
}

/// A client has asked too often.
#[derive(Debug)]
pub(crate) struct Spent(pub(crate) Budget);

impl Rates {
    pub(crate) fn new(options: &Options) -> Self {
        let minutely = NonZeroU32::new(options.rate_limit);
        let burst = options.rate_burst.unwrap_or(options.rate_limit.div_ceil(4)).max(1);
        let speeches = minutely.zip(NonZeroU32::new(burst)).map(|(limit, burst)| limiter(limit, burst));
        Self { speeches, wrong_keys: limiter(WRONG_KEYS, WRONG_KEYS), burst }
    }

    /// Counts a speech; says nothing where there is no limit.
    pub(crate) fn speech(&self, client: Client) -> Result<Option<Budget>, Spent> {
        self.speeches.as_ref().map(|limiter| ask(limiter, client, self.burst)).transpose()
    }

    /// Counts a wrong key.
    pub(crate) fn wrong_key(&self, client: Client) -> Result<Budget, Spent> {
        ask(&self.wrong_keys, client, WRONG_KEYS.get())
    }

    /// Forgets those who have not asked for long.
    pub(crate) fn tidy(&self) {
        for limiter in self.speeches.iter().chain([&self.wrong_keys]) {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn limiter(minutely: NonZeroU32, burst: NonZeroU32) -> Limiter {
    let quota = Quota::per_minute(minutely).allow_burst(burst);
    RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>()
}

fn ask(limiter: &Limiter, client: Client, limit: u32) -> Result<Budget, Spent> {
    match limiter.check_key(&client) {
        Ok(left) => {
            let remaining = left.remaining_burst_capacity();
            let period = left.quota().replenish_interval();
            let reset = seconds(period * limit.saturating_sub(remaining));
            Ok(Budget { limit, remaining, reset })
        }
        Err(not_until) => {
            let reset = seconds(not_until.wait_time_from(DefaultClock::default().now()));
            Err(Spent(Budget { limit, remaining: 0, reset }))
        }
    }
}

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

impl Budget {
    /// `RateLimit-Limit` and so on (draft-ietf-httpapi-ratelimit-headers-06).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        for (name, value) in [
            (HeaderName::from_static("ratelimit-limit"), self.limit),
            (HeaderName::from_static("ratelimit-remaining"), self.remaining),
            (HeaderName::from_static("ratelimit-reset"), self.reset),
        ] {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

impl Spent {
    pub(crate) fn failure(&self) -> Failure {
        Failure::too_many(self.0.reset.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own() {
        let rates = Rates::new(&Options { rate_limit: 60, rate_burst: Some(2), ..Options::default() });
        let [a, b] = [Client::Key(0), Client::Key(1)];
        let first = rates.speech(a).unwrap().unwrap();
        assert_eq!((first.limit, first.remaining, first.reset), (2, 1, 1));
        rates.speech(a).unwrap();
        let spent = rates.speech(a).unwrap_err();
        assert_eq!((spent.0.remaining, spent.0.reset), (0, 1));
        assert_eq!(spent.failure().response().headers()["retry-after"], "1");
        assert_eq!(rates.speech(b).unwrap().unwrap().remaining, 1);
        rates.tidy();
        assert!(rates.speech(a).is_err(), "not forgotten too soon");
    }

    #[test]
    fn no_limit_unless_one_is_set() {
        let rates = Rates::new(&Options::default());
        assert!(rates.speech(Client::Key(0)).unwrap().is_none());
    }
}
