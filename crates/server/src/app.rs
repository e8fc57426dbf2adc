//! What the requests share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chanter_engine::{Error, Lexicon, Limits};
use chanter_http::Failure;
use chanter_voices::sha256;
use clap::Args;
use clap::error::ErrorKind;
use tokio::sync::{Notify, watch};

use crate::access::Rates;
use crate::admission::{Entrance, Workers};
use crate::connections::Open;
use crate::page::Www;
use crate::settings::defaults;
use crate::speak::{Kept, Lasts};
use crate::voices::{Downloads, Loaded, Opener, Shelf};
use crate::watch::{Metrics, Rarely};
use crate::{access, admission, connections, speak, voices};

/// The folder of voices is looked at this often, and what is remembered of clients is tidied.
const LOOK: Duration = Duration::from_secs(5);

/// What an operator decides about requests.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    #[allow(missing_docs)]
    #[command(flatten)]
    pub voices: voices::Options,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub admission: admission::Options,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub speak: speak::Options,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub connections: connections::Options,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub access: access::Options,

    /// The page to serve: a folder that `cargo xtask www` made
    #[arg(long, env = "CHANTER_WWW", value_name = "FOLDER")]
    www: Option<PathBuf>,

    #[arg(skip)]
    page: Option<Www>,
    #[arg(skip)]
    lexicon: Option<Lexicon>,
    /// Names the lexicon's content.
    #[arg(skip)]
    lexicon_id: String,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}

impl Options {
    /// Sets the page to serve.
    pub fn set_page(&mut self, page: Option<Www>) {
        self.page = page;
    }

    pub(crate) fn page(&self) -> Option<&Www> {
        self.page.as_ref()
    }

    /// Reads the files that the settings name.
    pub(crate) fn settle(&mut self) -> Result<(), clap::Error> {
        let wrong = |message: String| clap::Error::raw(ErrorKind::ValueValidation, message);
        self.voices.settle();
        self.access.settle().map_err(wrong)?;
        if let Some(folder) = &self.www {
            self.page = Some(Www::open(folder).map_err(wrong)?);
        }
        if let Some(path) = &self.voices.lexicon {
            let at = |e: &dyn std::fmt::Display| wrong(format!("{}: {e}", path.display()));
            let bytes = std::fs::read(path).map_err(|e| at(&format!("cannot be read: {e}")))?;
            self.lexicon = Some(Lexicon::from_bytes(&bytes).map_err(|e| at(&Error::from(e)))?);
            self.lexicon_id = sha256(&bytes[..]).map_err(|e| at(&e))?;
        }
        Ok(())
    }
}

/// The server's state. Cloning is cheap; clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    options: Options,
    shelf: Shelf,
    entrance: Entrance,
    workers: Workers,
    rates: Rates,
    metrics: Metrics,
    rarely: Rarely,
    kept: Kept,
    lasts: Lasts,
    downloads: Downloads,
    /// Empty while the default voice is loading; then why there is none, if there is none.
    started: OnceLock<Result<(), String>>,
    stopping: watch::Sender<bool>,
    active_streams: AtomicUsize,
    idle: Notify,
    open: Arc<Open>,
    chunks_made: AtomicU64,
}

/// Whether the server can speak.
pub(crate) enum Readiness {
    Loading,
    Failed(String),
    Stopping,
    Ready(Arc<Loaded>),
}

impl App {
    /// A server whose default voice is not loaded yet; [`load`](Self::load) does it.
    pub fn new(options: Options) -> Self {
        Self::with_opener(options, None)
    }

    /// The same with voices that come from elsewhere.
    pub fn with_opener(mut options: Options, opener: Option<Opener>) -> Self {
        let mut limits = Limits::default();
        limits.text_chars = limits.text_chars.max(options.speak.max_text_length);
        limits.audio_seconds = options.speak.max_audio.as_secs_f32();
        options.admission.workers = options.admission.workers.clamp(1, 1024);
        let workers = options.admission.workers;
        let threads = Workers::new(workers);
        Self(Arc::new(Shared {
            shelf: Shelf::new(&options.voices, limits, options.lexicon.clone(), opener, workers),
            entrance: Entrance::new(&options.admission, threads.clone()),
            workers: threads,
            rates: Rates::new(&options.access),
            metrics: Metrics::default(),
            rarely: Rarely::default(),
            kept: Kept::new(options.speak.cache),
            lasts: Lasts::default(),
            downloads: Downloads::default(),
            started: OnceLock::new(),
            stopping: watch::Sender::new(false),
            active_streams: AtomicUsize::new(0),
            idle: Notify::new(),
            open: Open::new(&options.connections).into(),
            chunks_made: AtomicU64::new(0),
            options,
        }))
    }

    /// Loads the default voice and lets it speak one phoneme. Until this is done, requests to speak are answered with 503.
    ///
    /// # Errors
    /// Why it cannot speak.
    pub async fn load(&self) -> Result<(), String> {
        let shelf = self.shelf();
        let loaded = shelf.get(shelf.default_name()).await.map(drop);
        let started = loaded.map_err(|failure| failure.message().to_owned());
        // A second time changes nothing.
        let _ = self.0.started.set(started.clone());
        started.inspect(|()| tracing::info!("ready to speak"))
    }

    /// Looks after voices and memory for ever. Each `look` has the voices looked for at once.
    pub async fn watch(&self, look: &Notify) {
        loop {
            let _ = tokio::time::timeout(LOOK, look.notified()).await;
            self.look().await;
            self.rates().tidy();
            self.rarely().tidy();
        }
    }

    /// Looks for voices that came, went or changed.
    pub async fn look(&self) {
        self.shelf().look().await;
    }

    /// Takes no more requests to speak, and waits until those under way are answered.
    pub async fn drain(&self) {
        self.0.stopping.send_replace(true);
        loop {
            let idle = self.0.idle.notified();
            if self.active_streams() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Waits until the server takes no more requests to speak.
    pub(crate) async fn stopping(&self) {
        // The other end lives as long as we do.
        let _ = self.0.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// Speeches that are being made or sent now.
    pub fn active_streams(&self) -> usize {
        self.0.active_streams.load(Ordering::Acquire)
    }

    /// Chunks that were computed since the start, for whomever.
    pub fn chunks_made(&self) -> u64 {
        self.0.chunks_made.load(Ordering::Acquire)
    }

    /// The number of voices that can be used, and the names of those that cannot, with why.
    pub fn voices(&self) -> (usize, Vec<(String, String)>) {
        let all = self.shelf().all();
        let number = all.len();
        let broken: Vec<_> =
            all.into_iter().filter_map(|(listed, standing)| Some((listed.name.clone(), standing.err()?))).collect();
        (number - broken.len(), broken)
    }

    /// What an operator decided.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn shelf(&self) -> &Shelf {
        &self.0.shelf
    }

    pub(crate) fn entrance(&self) -> &Entrance {
        &self.0.entrance
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.0.workers
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn rarely(&self) -> &Rarely {
        &self.0.rarely
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.0.kept
    }

    pub(crate) fn lasts(&self) -> &Lasts {
        &self.0.lasts
    }

    pub(crate) fn downloads(&self) -> &Downloads {
        &self.0.downloads
    }

    /// Open connections.
    pub(crate) fn open(&self) -> &Arc<Open> {
        &self.0.open
    }

    pub(crate) fn readiness(&self) -> Readiness {
        if *self.0.stopping.borrow() {
            return Readiness::Stopping;
        }
        match self.0.started.get() {
            None => Readiness::Loading,
            Some(Err(why)) => Readiness::Failed(why.clone()),
            Some(Ok(())) => match self.shelf().in_memory(self.shelf().default_name()) {
                Some(voice) => Readiness::Ready(voice),
                None => Readiness::Loading,
            },
        }
    }

    /// Whether a speech can begin now.
    ///
    /// # Errors
    /// 503.
    pub(crate) fn check_ready(&self) -> Result<(), Failure> {
        match self.readiness() {
            Readiness::Ready(_) => Ok(()),
            Readiness::Loading => Err(Failure::not_ready("the voice is still loading")),
            Readiness::Failed(_) => Err(Failure::not_ready("the voice could not be loaded")),
            Readiness::Stopping => Err(Failure::not_ready("the server is about to end")),
        }
    }

    pub(crate) fn lexicon_id(&self) -> &str {
        &self.0.options.lexicon_id
    }

    pub(crate) fn count_chunk(&self) {
        self.0.chunks_made.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a stream for as long as the value lives.
    pub(crate) fn count_stream(&self) -> Counted {
        self.0.active_streams.fetch_add(1, Ordering::AcqRel);
        Counted(self.clone())
    }
}

/// One of the [active streams](App::active_streams).
pub(crate) struct Counted(App);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.0.active_streams.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.0.idle.notify_waiters();
        }
    }
}
