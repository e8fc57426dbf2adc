//! What one client can make happen a thousand times a second is logged once a minute.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::admission::Client;

pub(crate) struct Rarely(DefaultKeyedRateLimiter<(&'static str, Client)>);

impl Default for Rarely {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN)))
    }
}

impl Rarely {
    /// Whether this is to be said now.
    pub(crate) fn say(&self, what: &'static str, client: Client) -> bool {
        self.0.check_key(&(what, client)).is_ok()
    }

    /// Forgets those who were quiet for long.
    pub(crate) fn tidy(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}
