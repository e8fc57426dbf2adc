//! A speech as the body of an answer: pulled, not pushed.
//!
//! The connection asks for the next piece when there is room for it, and only then does the stream wait for its turn to
//! compute and compute one chunk. So the bounded queue behind a slow reader is the connection's own buffer
//! ([`serve`](crate::serve())): a reader who is slow holds neither a thread nor a turn, and one who leaves drops the
//! stream, which ends the speech after the chunk that is being computed.

use std::iter::Fuse;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use chanter_engine::{Chunk, Error, ErrorKind, Input, Result};
use chanter_http::Outgoing;
use futures_util::{Stream, stream};
use tracing::Span;

use super::kept::Keeper;
use super::lasts::Last;
use crate::admission::{Client, Need, Place};
use crate::app::{App, Counted};
use crate::voices::Loaded;
use crate::watch::Outcome;

/// A listener who hears nothing yet waits more gladly than one whose speech breaks off: when many begin at once, those who
/// have begun come first, until they have about as much in hand.
const PATIENCE: Duration = Duration::from_millis(500);

/// A [`Speech`](chanter_engine::Speech), or what stands for one in a test.
pub(super) trait Chunks: Iterator<Item = Result<Chunk>> + Send + 'static {}

impl<T: Iterator<Item = Result<Chunk>> + Send + 'static> Chunks for T {}

/// A speech under way. It travels to the thread that computes and back.
pub(super) struct Sound<T> {
    speech: Fuse<T>,
    outgoing: Outgoing,
    keeper: Option<Keeper>,
    journal: Journal,
    place: Place,
    _counted: Counted,
}

impl<T: Chunks> Sound<T> {
    pub(super) fn new(speech: T, outgoing: Outgoing, place: Place, journal: Journal) -> Self {
        let counted = journal.app.count_stream();
        Self { speech: speech.fuse(), outgoing, keeper: None, journal, place, _counted: counted }
    }

    /// Has the answer collected.
    pub(super) fn keep(&mut self, keeper: Option<Keeper>) {
        self.keeper = keeper;
    }

    /// Samples a second of what is sent.
    pub(super) fn rate(&self) -> u32 {
        self.outgoing.rate()
    }

    /// Has what is spoken remembered for its client.
    pub(super) fn remember(&mut self, client: Client, input: &Input) {
        let text = if let Input::Text(text) | Input::Ssml(text) = input { text.clone() } else { String::new() };
        self.journal.last = Some(Last { client, text, took: Duration::ZERO, phonemes: Vec::new() });
    }

    /// What is sent before the first sample.
    ///
    /// # Errors
    /// The encoder's.
    pub(super) fn begin(&mut self) -> Result<Option<Bytes>> {
        let first = Some(self.outgoing.begin()?).filter(|first| !first.is_empty());
        Ok(first.map(|first| self.send(first)))
    }

    /// The samples, a chunk at a time. An error ends the stream, and so breaks the transfer off where a clean end would
    /// pass for the end of the speech.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes>> {
        stream::try_unfold(self, |mut sound| async move {
            let app = sound.journal.app.clone();
            let timeout = app.options().speak.timeout;
            if sound.journal.began.elapsed() > timeout {
                sound.journal.end(Outcome::TimedOut);
                let message = format!("the speech took more than {} seconds", timeout.as_secs_f64());
                return Err(Error::new(ErrorKind::Limit, message));
            }
            sound.place.wants();
            let need = Need { client: sound.place.client(), due: sound.journal.due() };
            let step = app.workers().run(need, move || sound.step()).await;
            step.unwrap_or_else(|_| Err(Error::new(ErrorKind::Inference, "the speech broke down")))
        })
    }

    /// Computes one chunk, and what is left at the end.
    fn step(mut self) -> Result<Option<(Bytes, Self)>> {
        let span = self.journal.span.clone();
        let _in = span.enter();
        // So that a panic is no reader's leaving.
        self.journal.end(Outcome::Failed);
        let timer = self.journal.begin_step();
        let bytes = self.bytes();
        self.journal.end_step(timer);
        let bytes = bytes.inspect_err(|e| tracing::error!("a speech failed: {e:#}"))?;
        self.place.served();
        let Some(bytes) = bytes else {
            self.journal.end(Outcome::Finished);
            if let Some(mut last) = self.journal.last.take() {
                last.took = self.journal.computed;
                self.journal.app.lasts().put(last);
            }
            if let Some(keeper) = self.keeper.take() {
                keeper.keep();
            }
            return Ok(None);
        };
        self.journal.end(Outcome::Left);
        let bytes = self.send(bytes);
        Ok(Some((bytes, self)))
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        if let Some(chunk) = self.speech.next().transpose()? {
            self.journal.chunk(&chunk);
            return Ok(Some(self.outgoing.chunk(&chunk)?));
        }
        let rest = self.outgoing.finish()?;
        Ok(Some(rest).filter(|rest| !rest.is_empty()))
    }

    fn send(&mut self, bytes: Vec<u8>) -> Bytes {
        self.journal.app.metrics().sent(bytes.len());
        self.keeper = self.keeper.take().and_then(|keeper| keeper.add(&bytes));
        bytes.into()
    }
}

/// How a speech goes; told when it is over.
pub(super) struct Journal {
    app: App,
    voice: Arc<Loaded>,
    text: Option<String>,
    pub(super) span: Span,
    began: Instant,
    /// When the first chunk was there, and its listener could begin.
    first: Option<Instant>,
    /// How long that listener waited for text to be written.
    paused: Duration,
    computed: Duration,
    /// Chunks made while a worker had nothing to do, and while all worked.
    steps: [usize; 2],
    samples: usize,
    outcome: Outcome,
    last: Option<Last>,
}

impl Journal {
    /// For a speech by this voice that was asked for at `began`; with its text where that may be logged.
    pub(super) fn new(app: &App, voice: Arc<Loaded>, began: Instant, text: Option<String>) -> Self {
        let (span, outcome) = (Span::current(), Outcome::Left);
        let computed = Duration::ZERO;
        let (steps, paused) = ([0; 2], Duration::ZERO);
        let (samples, last) = (0, None);
        Self {
            app: app.clone(),
            voice,
            text,
            span,
            began,
            first: None,
            paused,
            computed,
            steps,
            samples,
            outcome,
            last,
        }
    }

    /// There is text to go on with, which a listener who has heard all so far waits for from now on.
    pub(super) fn resume(&mut self) {
        let now = Instant::now();
        match self.first {
            None => self.began = now,
            Some(_) => self.paused += now.saturating_duration_since(self.due()),
        }
    }

    /// Goes on with the text, where that may be logged.
    pub(super) fn say(&mut self, piece: &str) {
        if self.app.options().speak.log_texts {
            self.text.get_or_insert_default().push_str(piece);
        }
    }

    /// Before a step of the work, on a worker.
    pub(super) fn begin_step(&mut self) -> Instant {
        self.steps[usize::from(self.app.workers().are_all_busy())] += 1;
        Instant::now()
    }

    /// After it.
    pub(super) fn end_step(&mut self, began: Instant) {
        self.computed += began.elapsed();
    }

    pub(super) fn chunk(&mut self, chunk: &Chunk) {
        self.app.count_chunk();
        if let Some(last) = &mut self.last {
            let rate = f64::from(self.voice.voice().sample_rate().max(1));
            // One at a border is in both chunks.
            let begins = chunk.phonemes.iter().filter(|p| p.samples.is_empty() || p.samples.start >= chunk.offset);
            last.phonemes.extend(begins.map(|p| (p.phoneme.clone(), (p.samples.end - p.samples.start) as f64 / rate)));
        }
        let samples = chunk.samples.len();
        if samples > 0 && self.first.is_none() {
            self.first = Some(Instant::now());
            self.app.metrics().first_audio(self.voice.name(), self.began.elapsed());
        }
        self.samples += samples;
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    fn audio(&self) -> Duration {
        let rate = self.voice.voice().sample_rate().max(1);
        Duration::from_secs_f64(self.samples as f64 / f64::from(rate))
    }

    /// When its listener will have heard all that there is.
    pub(super) fn due(&self) -> Instant {
        self.first.map_or(self.began + PATIENCE, |first| first + self.audio() + self.paused)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let (voice, outcome) = (self.voice.name(), self.outcome);
        let audio = self.audio().as_secs_f64();
        self.app.metrics().spoken(voice, self.computed, audio, outcome);
        // What a core does alone says little of what it does beside others.
        if self.steps[1] > self.steps[0] {
            self.voice.learn(self.computed, audio);
        }
        let text = self.text.as_deref();
        let took = self.began.elapsed().as_millis();
        self.span.in_scope(|| match self.first {
            None => tracing::info!(voice, text, "speech {} before it began", outcome.name()),
            Some(first) => {
                let first = (first - self.began).as_millis();
                let outcome = outcome.name();
                tracing::info!(
                    voice,
                    text,
                    "speech {outcome}: {audio:.2} s of audio in {took} ms, the first after {first} ms"
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chanter_engine::Voice;
    use futures_util::{FutureExt, StreamExt};

    use super::*;
    use crate::app::Options;

    fn app() -> App {
        let mut options = Options::default();
        options.admission.workers = 1;
        App::new(options)
    }

    fn need() -> Need {
        Need { client: Client::Key(1), due: Instant::now() }
    }

    fn wav<T: Chunks>(app: &App, speech: T) -> impl Stream<Item = Result<Bytes>> + use<T> {
        encoded(app, "", speech)
    }

    fn encoded<T: Chunks>(app: &App, query: &str, speech: T) -> impl Stream<Item = Result<Bytes>> + use<T> {
        let voice = Loaded::new("voice", Voice::built_in().unwrap()).unwrap().into();
        let place = app.entrance().enter(Client::Key(0), 0.01).now_or_never().unwrap().unwrap();
        let journal = Journal::new(app, voice, Instant::now(), None);
        let (head, ()) = axum::http::Request::get(format!("/?text=a&{query}")).body(()).unwrap().into_parts();
        let request = chanter_http::read(&head, None, 10).unwrap();
        Sound::new(speech, Outgoing::new(&request, 22050).unwrap(), place, journal).stream()
    }

    fn chunk() -> Chunk {
        Chunk {
            samples: vec![0.5; 10],
            offset: 0,
            sentence: 0,
            phonemes: Vec::new(),
            words: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Chunks without end, and how many of them were made.
    fn endless() -> (impl Chunks, Arc<AtomicUsize>) {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let chunks = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            // Longer than whoever asked takes to look.
            std::thread::sleep(Duration::from_millis(20));
            Ok(chunk())
        });
        (chunks, made)
    }

    async fn until_idle(app: &App) {
        while app.active_streams() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn computes_only_what_is_asked_for() {
        let app = app();
        let (chunks, made) = endless();
        let mut slow = Box::pin(wav(&app, chunks));
        assert_eq!((made.load(Ordering::SeqCst), app.active_streams()), (0, 1));
        for n in 1..4 {
            assert_eq!(slow.next().await.unwrap().unwrap().len(), 20);
            assert_eq!(made.load(Ordering::SeqCst), n);
        }
        // Between two chunks a stream holds no turn.
        let others: Vec<_> = wav(&app, (0..5).map(|_| Ok(chunk()))).collect().await;
        assert_eq!(others.len(), 5);
        drop(slow);
        until_idle(&app).await;
        assert_eq!(made.load(Ordering::SeqCst), 3);
        assert_eq!(app.chunks_made(), 8);
    }

    #[tokio::test]
    async fn stops_after_the_chunk_under_way() {
        let app = app();
        let (chunks, made) = endless();
        let mut stream = Box::pin(wav(&app, chunks));
        // The first poll begins a chunk; nobody waits for it.
        assert!(stream.next().now_or_never().is_none());
        drop(stream);
        until_idle(&app).await;
        assert!(made.load(Ordering::SeqCst) <= 1);
        assert_eq!(app.workers().run(need(), || 7).await.unwrap(), 7, "the turn is given back");
    }

    #[tokio::test]
    async fn a_reader_who_leaves_while_waiting_for_a_turn_costs_nothing() {
        let app = app();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let mut other = Box::pin(app.workers().run(need(), move || released.recv()));
        assert!((&mut other).now_or_never().is_none());
        let (chunks, made) = endless();
        let mut stream = Box::pin(wav(&app, chunks));
        assert!(stream.next().now_or_never().is_none());
        drop(stream);
        assert_eq!(app.active_streams(), 0);
        release.send(()).unwrap();
        other.await.unwrap().unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn an_error_or_a_panic_breaks_the_stream_and_nothing_else() {
        let app = app();
        let fails = [|| Err(Error::new(ErrorKind::Inference, "NaN")), || panic!("a bug in the engine")];
        for fail in fails {
            let speech = [|| Ok(chunk()), fail].into_iter().map(|step| step());
            let all: Vec<_> = wav(&app, speech).collect().await;
            assert!(matches!(&all[..], [Ok(_), Err(_)]), "{all:?}");
            until_idle(&app).await;
        }
        assert_eq!(wav(&app, [Ok(chunk())].into_iter()).count().await, 1);
    }

    #[tokio::test]
    async fn what_the_encoder_holds_back_comes_at_the_end() {
        let app = app();
        let speech = (0..3).map(|_| Ok(chunk()));
        let all: Vec<_> =
            encoded(&app, "format=pcm&sample_rate=24000", speech).map(|bytes| bytes.unwrap().len()).collect().await;
        // 30 samples at 22050 Hz are 33 at 24000.
        assert_eq!(all, [0, 0, 0, 66]);
    }
}
