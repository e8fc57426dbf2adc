//! What those who watch the server see: health, metrics, logs.

pub(crate) mod health;
pub(crate) mod log;
pub(crate) mod metrics;
mod process;
mod rarely;

pub use log::start as start_log;
pub(crate) use metrics::{Metrics, Outcome};
pub(crate) use rarely::Rarely;
