//! What the requests share: the voice once it is ready, the turns at computing, and a count of streams.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chanter_engine::{Error, ErrorKind, Input, Result, Settings, Voice};
use chanter_http::{BUILT_IN_VOICE, Failure, Origins};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::page::Www;

/// Lengths of sentences, in phoneme ids, that a voice is prepared for once it is ready; the longest takes 15 seconds.
const PREPARED_IDS: [usize; 4] = [256, 384, 192, 512];

/// What the operator decides.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Characters of one request's text; also phonemes, and half the number of phoneme ids.
    pub max_text_length: usize,
    /// Chunks that are computed at the same time, over all streams.
    pub threads: usize,
    /// What the voice is called; for `/voices`, and for requests that name one.
    pub voice_name: String,
    /// The page, if it is to be served.
    pub www: Option<Www>,
    /// Whose pages may use the server.
    pub origins: Origins,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let voice_name = BUILT_IN_VOICE.to_owned();
        Self { max_text_length: 5000, threads, voice_name, www: None, origins: Origins::All }
    }
}

/// The server's state. Cloning is cheap; clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    options: Options,
    /// Empty while the voice is loading; then the voice, or why there is none.
    voice: OnceLock<Result<Voice, String>>,
    turns: Arc<Semaphore>,
    active_streams: AtomicUsize,
    chunks_made: AtomicU64,
}

/// Whether the server can speak.
pub(crate) enum Readiness<'a> {
    Loading,
    Failed(&'a str),
    Ready(&'a Voice),
}

impl App {
    /// A server without a voice; [`load`](Self::load) brings it.
    pub fn new(options: Options) -> Self {
        let turns = Arc::new(Semaphore::new(options.threads.clamp(1, Semaphore::MAX_PERMITS)));
        Self(Arc::new(Shared {
            options,
            voice: OnceLock::new(),
            turns,
            active_streams: AtomicUsize::new(0),
            chunks_made: AtomicU64::new(0),
        }))
    }

    /// Loads a voice and lets it speak one phoneme, off the async threads. Until this is done, requests are answered
    /// with 503; if it fails, for ever. Afterwards the voice is prepared for long sentences while others are spoken.
    ///
    /// # Errors
    /// What `open` gave, or what went wrong with the first phoneme.
    pub async fn load(&self, open: impl FnOnce() -> Result<Voice> + Send + 'static) -> Result<()> {
        let began = Instant::now();
        let loaded = tokio::task::spawn_blocking(move || {
            let voice = open()?;
            warm_up(&voice)?;
            Ok(voice)
        })
        .await
        .unwrap_or_else(|e| Err(Error::new(ErrorKind::Voice, "loading the voice broke down").with_source(e)));
        let known = loaded.as_ref().map_err(|e| format!("{e:#}")).cloned();
        if self.0.voice.set(known).is_err() {
            tracing::warn!("a second voice was loaded and is not used");
        }
        let voice = loaded?;
        tracing::info!("the voice is ready after {} ms", began.elapsed().as_millis());
        // The first long sentence is not to wait for its plan.
        let prepared =
            tokio::task::spawn_blocking(move || PREPARED_IDS.into_iter().try_for_each(|ids| voice.prepare(ids)));
        if let Ok(Err(e)) = prepared.await {
            tracing::warn!("preparing for long sentences: {e:#}");
        }
        Ok(())
    }

    /// Speeches that are being made or sent now.
    pub fn active_streams(&self) -> usize {
        self.0.active_streams.load(Ordering::Acquire)
    }

    /// Chunks that were computed since the start, for whomever.
    pub fn chunks_made(&self) -> u64 {
        self.0.chunks_made.load(Ordering::Acquire)
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn readiness(&self) -> Readiness<'_> {
        match self.0.voice.get() {
            None => Readiness::Loading,
            Some(Err(why)) => Readiness::Failed(why),
            Some(Ok(voice)) => Readiness::Ready(voice),
        }
    }

    pub(crate) fn voice(&self) -> Result<Voice, Failure> {
        match self.readiness() {
            Readiness::Ready(voice) => Ok(voice.clone()),
            Readiness::Loading => Err(Failure::not_ready("the voice is still loading")),
            Readiness::Failed(_) => Err(Failure::not_ready("the voice could not be loaded")),
        }
    }

    /// Waits for a turn to compute one chunk: first come, first served.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.0.turns.clone().acquire_owned().await.ok()
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
        self.0.0.active_streams.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Speaks one phoneme. From text if the voice can, which readies the phonemizer too; else as the phoneme, or as the id
/// that "a" has in every published voice.
fn warm_up(voice: &Voice) -> Result<()> {
    let mut reason = None;
    for input in
        [Input::from("a"), Input::Phonemes(vec![vec!["a".to_owned()]]), Input::PhonemeIds(vec![vec![1, 0, 14, 0, 2]])]
    {
        match first_samples(voice, input) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(e) if matches!(e.kind(), ErrorKind::Text | ErrorKind::Phonemizer) => {
                tracing::warn!("warming up: {e:#}");
                reason = Some(e);
            }
            Err(e) => return Err(e),
        }
    }
    Err(reason.unwrap_or_else(|| Error::new(ErrorKind::Voice, "the voice says nothing when it speaks a phoneme")))
}

fn first_samples(voice: &Voice, input: Input) -> Result<bool> {
    for chunk in voice.speak(input, &Settings::default())? {
        if !chunk?.samples.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
