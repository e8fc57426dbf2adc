//! Which speeches are made, and which of them goes on next.
//!
//! * [`Entrance`] lets in as many speeches as the workers can make in real time; a few others wait in front of it, for
//!   a short time, and the rest is told at once that there is no room.
//! * [`Workers`] is a fixed set of threads. A speech that was let in comes to it for every chunk, and whoever needs a
//!   chunk soonest gets the next thread, but no client more than its share.

mod client;
mod entrance;
mod turns;
mod workers;

use std::time::Duration;

use clap::Args;

pub(crate) use client::Client;
pub(crate) use entrance::{Entrance, Place};
pub(crate) use workers::{Need, Workers};

use crate::settings::{defaults, seconds};

/// How much is done at the same time.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Threads that synthesise [default: one for each core]
    #[arg(long, env = "WORKERS", default_value_t = cores(), hide_default_value = true)]
    pub workers: usize,

    /// Requests that may wait to be let in; 0 for none
    #[arg(long, env = "QUEUE", default_value_t = 64)]
    pub queue: usize,

    /// Seconds that a request may wait to be let in
    #[arg(long, env = "QUEUE_TIMEOUT", default_value = "0.05", value_parser = seconds, value_name = "SECONDS")]
    pub queue_timeout: Duration,

    /// Speeches that are made at the same time
    #[arg(long, env = "MAX_STREAMS", default_value_t = 1024)]
    pub max_streams: usize,

    /// Share of the workers' time that speeches in real time may need; beyond it none is let in. 0 for no such limit
    #[arg(long, env = "MAX_LOAD", default_value_t = 0.85)]
    pub max_load: f64,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
