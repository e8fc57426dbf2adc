//! Figures for Prometheus (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::process::Process;
use crate::app::App;
use crate::openapi::Refused;

/// Bounds in seconds, from one chunk of a small voice to a timeout.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of time computed over time of audio; above 1, listeners starve.
const FACTORS: [f64; 12] = [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.5, 0.75, 1.0, 2.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    path: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Voice {
    voice: String,
}

type Histograms = Family<Voice, Histogram, fn() -> Histogram>;

/// How a speech ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Finished,
    /// Its reader left.
    Left,
    Failed,
    /// It took longer than it may.
    TimedOut,
}

/// What is counted as it happens; the rest is asked for when somebody looks.
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    refused: Family<Reason, Counter>,
    first_audio: Histograms,
    synthesis: Histograms,
    real_time_factor: Histograms,
    queue: Histogram,
    ended: Family<Reason, Counter>,
    cancelled: Counter,
    audio_seconds: Family<Voice, Counter<f64, std::sync::atomic::AtomicU64>>,
    audio_bytes: Counter,
    cache_hits: Counter,
    process: Process,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(SECONDS);
        let factors: fn() -> Histogram = || Histogram::new(FACTORS);
        Self {
            requests: Family::default(),
            refused: Family::default(),
            first_audio: Family::new_with_constructor(seconds),
            synthesis: Family::new_with_constructor(seconds),
            real_time_factor: Family::new_with_constructor(factors),
            queue: Histogram::new(SECONDS),
            ended: Family::default(),
            cancelled: Counter::default(),
            audio_seconds: Family::default(),
            audio_bytes: Counter::default(),
            cache_hits: Counter::default(),
            process: Process::default(),
        }
    }
}

impl Metrics {
    /// `path` is a route, not what the client wrote: what it writes would be figures without end.
    pub(crate) fn answered(&self, path: &str, status: u16) {
        self.requests.get_or_create(&Answered { path: path.to_owned(), status }).inc();
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.queue.observe(time.as_secs_f64());
    }

    pub(crate) fn first_audio(&self, voice: &str, after: Duration) {
        self.first_audio.get_or_create(&Voice { voice: voice.to_owned() }).observe(after.as_secs_f64());
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.audio_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn cache_hit(&self) {
        self.cache_hits.inc();
    }

    /// A speech that took so many seconds of computing for so many of audio is over.
    pub(crate) fn spoken(&self, voice: &str, computed: Duration, audio: f64, outcome: Outcome) {
        let voice = Voice { voice: voice.to_owned() };
        self.synthesis.get_or_create(&voice).observe(computed.as_secs_f64());
        if audio > 0.0 {
            self.real_time_factor.get_or_create(&voice).observe(computed.as_secs_f64() / audio);
            self.audio_seconds.get_or_create(&voice).inc_by(audio);
        }
        if outcome == Outcome::Left {
            self.cancelled.inc();
        }
        self.ended.get_or_create(&Reason { reason: outcome.name() }).inc();
    }

    fn registry(&self, app: &App) -> Registry {
        let mut all = Registry::with_prefix("chanter");
        let version = [("version".into(), env!("CARGO_PKG_VERSION").into())];
        all.sub_registry_with_labels(version.into_iter()).register("build_info", "The version that runs", gauge(1));
        all.register("requests", "Answers, by route and status", self.requests.clone());
        all.register("refused", "Requests turned away, by reason", self.refused.clone());
        let unit = || Unit::Seconds;
        all.register_with_unit(
            "time_to_first_audio",
            "From a request to its first audio",
            unit(),
            self.first_audio.clone(),
        );
        all.register_with_unit("synthesis", "Time computed for a speech", unit(), self.synthesis.clone());
        all.register("real_time_factor", "Time computed over time of audio", self.real_time_factor.clone());
        all.register_with_unit("queue", "Time that requests waited to be let in", unit(), self.queue.clone());
        all.register("speeches", "Speeches that are over, by how they ended", self.ended.clone());
        all.register("cancelled", "Speeches that their readers left", self.cancelled.clone());
        all.register_with_unit("audio", "Audio that was made", unit(), self.audio_seconds.clone());
        all.register("audio_bytes", "Bytes of audio that were sent", self.audio_bytes.clone());
        all.register("cache_hits", "Speeches that were already there", self.cache_hits.clone());
        all.register("cache_bytes", "Bytes of speeches that are kept", gauge(app.kept().bytes() as i64));
        all.register("queue_depth", "Requests that wait to be let in", gauge(app.entrance().waiting() as i64));
        all.register("active_streams", "Speeches that are being made or sent", gauge(app.active_streams() as i64));
        let load = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        load.set(app.entrance().load());
        all.register("load", "Share of the workers' time that these need in real time", load);
        all.register("workers", "Threads that synthesise", gauge(app.workers().number() as i64));
        all.register("connections", "Open connections", gauge(app.open().number() as i64));
        let (voices, memory) = app.shelf().held();
        all.register("voices_loaded", "Voices in memory", gauge(voices as i64));
        all.register("voice_memory_bytes", "What they take, estimated", gauge(memory as i64));
        all.register("ready", "1 if the server takes requests to speak", gauge(i64::from(app.check_ready().is_ok())));
        all
    }
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Left => "left by its reader",
            Self::Failed => "failed",
            Self::TimedOut => "took too long",
        }
    }
}

fn gauge(value: i64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value);
    gauge
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "In the form of OpenMetrics", body = String,
        content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    (status = 401, description = "A key is needed", body = Refused),
))]
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let metrics = app.metrics();
    let mut text = String::new();
    // Names of the process's own figures are everybody's and have no prefix.
    let written = encode_registry(&mut text, &metrics.registry(&app))
        .and_then(|()| encode_registry(&mut text, &metrics.process.registry()))
        .and_then(|()| encode_eof(&mut text));
    if let Err(e) = written {
        tracing::error!("metrics cannot be written: {e}");
    }
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}
