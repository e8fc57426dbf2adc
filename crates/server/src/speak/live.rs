//! A speech of a text that is still being written.
//!
//! [`begin`] gives its two ends: a [`Feed`] that takes the text as it comes, and a [`Live`] whose chunks are pulled, as those
//! of any [`Sound`](super::sound::Sound). It is let in when the first text is there. While it waits for text it has neither a
//! worker nor a claim to one; what waits for too long is an error.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Instant;

use axum::http::StatusCode;
use chanter_engine::{Chunk, Error, ErrorKind, Input, LiveSpeech, Result, Settings};
use chanter_http::Failure;
use futures_util::{Stream, stream};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::sound::Journal;
use crate::admission::{Client, Need, Place};
use crate::app::App;
use crate::voices::Loaded;
use crate::watch::Outcome;

fn speech(app: &App, voice: &Loaded, settings: &Settings, ssml: bool) -> Result<LiveSpeech> {
    let voice = voice.voice();
    let speech = if ssml { voice.speak_live_ssml(settings) } else { voice.speak_live(settings) }?;
    Ok(speech.with_voices(app.shelf().others()))
}

/// Begins a speech for a client: its voice is found and its settings are checked. The text comes later, and of what the
/// request says of it only its kind counts. Whoever calls [counts](App::count_stream) the speech, until its last byte is sent.
///
/// # Errors
/// As of any request to speak.
pub(crate) async fn begin(
    app: &App,
    client: Client,
    mut request: chanter_http::Request,
) -> Result<(Feed, Live), Failure> {
    app.check_ready().inspect_err(|_| app.metrics().refused("not ready"))?;
    if let Err(spent) = app.rates().speech(client) {
        app.metrics().refused("rate");
        if app.rarely().say("rate", client) {
            tracing::warn!(%client, "a client asks more often than it may");
        }
        return Err(spent.failure());
    }
    let name = app.shelf().choose(&request)?;
    let voice = app.shelf().get(&name).await.inspect_err(|_| app.metrics().refused("voice"))?;
    request.suit(voice.config());
    let ssml = matches!(request.input, Input::Ssml(_));
    let speech = speech(app, &voice, &request.settings, ssml)?;
    let feed = Feed::new(app.options().speak.max_text_length);
    let live = Live {
        app: app.clone(),
        client,
        voice,
        settings: request.settings,
        ssml,
        feed: feed.clone(),
        speech,
        part_ended: false,
        before: Passed::default(),
        passed: Passed::default(),
        entered: None,
        waits: true,
        told: true,
    };
    Ok((feed, live))
}

/// Where the text is put. Clones are the same.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Shared>);

struct Shared {
    most: usize,
    text: Mutex<Text>,
    told: Notify,
}

#[derive(Default)]
struct Text {
    /// What was not taken yet: parts, with a flush between any two.
    parts: VecDeque<String>,
    /// Whether there was more than space.
    says: bool,
    /// Of the whole text, and of that up to the last flush.
    characters: usize,
    flushed: usize,
    finished: bool,
    /// Ended from outside, with what is wrong.
    broken: Option<Option<Failure>>,
}

impl Feed {
    fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, text: Mutex::default(), told: Notify::new() }))
    }

    /// Goes on with the text. Beyond the limit the speech ends with an error, and so it does after the text's end.
    pub(crate) fn push(&self, piece: &str) {
        self.tell(|text| {
            text.says |= piece.contains(|c: char| !c.is_whitespace());
            text.characters = text.characters.saturating_add(piece.chars().count());
            if text.finished {
                text.fail(Failure::invalid("the text has ended; it takes no more pieces").about("text"));
            } else if text.characters > self.0.most {
                let message = format!("the text has more than {} characters", self.0.most);
                text.fail(Failure::too_long(message).about("text"));
            } else if let Some(part) = text.parts.back_mut() {
                part.push_str(piece);
            } else {
                text.parts.push_back(piece.to_owned());
            }
        });
    }

    /// What is there is spoken without waiting for more.
    pub(crate) fn flush(&self) {
        self.tell(|text| {
            if text.characters > text.flushed {
                text.flushed = text.characters;
                text.parts.push_back(String::new());
            }
        });
    }

    /// The text is whole.
    pub(crate) fn finish(&self) {
        self.tell(|text| text.finished = true);
    }

    /// Ends the speech, without an error.
    pub(crate) fn cancel(&self) {
        self.tell(|text| _ = text.broken.get_or_insert(None));
    }

    /// Ends the speech with an error.
    pub(crate) fn fail(&self, failure: Failure) {
        self.tell(|text| text.fail(failure));
    }

    /// Whether the text is whole.
    pub(crate) fn is_finished(&self) -> bool {
        self.text().finished
    }

    fn tell(&self, change: impl FnOnce(&mut Text)) {
        change(&mut self.text());
        self.0.told.notify_waiters();
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is new; a speech begins with more than space.
    async fn news(&self, begun: bool) {
        loop {
            // Made before looking, so that it misses nothing.
            let told = self.0.told.notified();
            {
                let text = self.text();
                let more = text.parts.len() > 1 || text.parts.iter().any(|part| !part.is_empty());
                if text.finished || text.says && (more || !begun) {
                    return;
                }
            }
            told.await;
        }
    }

    /// Waits until the speech is ended from outside.
    async fn broken(&self) -> Option<Failure> {
        loop {
            let told = self.0.told.notified();
            if let Some(why) = &self.text().broken {
                return why.clone();
            }
            told.await;
        }
    }

    /// What is there of the part that is spoken, and whether that part has ended.
    fn take(&self) -> (String, bool) {
        let mut text = self.text();
        let ended = text.parts.len() > 1 || text.finished;
        // Of the last one, an empty rest stays, so that what comes next is a part of its own.
        let piece = if text.parts.len() > 1 { text.parts.pop_front() } else { text.parts.front_mut().map(take) };
        (piece.unwrap_or_default(), ended)
    }

    /// Whether it says nothing so far.
    fn is_blank(&self) -> bool {
        !self.text().says
    }

    /// Whether nothing more comes.
    fn is_spent(&self) -> bool {
        let text = self.text();
        text.finished && text.parts.iter().all(String::is_empty)
    }
}

impl Text {
    fn fail(&mut self, failure: Failure) {
        self.broken.get_or_insert(Some(failure));
    }
}

/// How far a speech is.
#[derive(Debug, Clone, Copy, Default)]
struct Passed {
    bytes: usize,
    samples: u64,
    sentences: usize,
}

/// A speech under way. It travels to the thread that computes and back.
pub(crate) struct Live {
    app: App,
    client: Client,
    voice: Arc<Loaded>,
    settings: Settings,
    ssml: bool,
    feed: Feed,
    /// Of the text since the last flush; whether it is whole, and what was before it.
    speech: LiveSpeech,
    part_ended: bool,
    before: Passed,
    passed: Passed,
    /// Once there is text.
    entered: Option<Entered>,
    /// For text; whether that was told since the last chunk.
    waits: bool,
    told: bool,
}

struct Entered {
    place: Place,
    journal: Journal,
    began: Instant,
}

/// What a step came to.
enum Step {
    Chunk(Chunk),
    Waits,
    Ends,
}

impl Live {
    /// Samples a second.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.speech.sample_rate()
    }

    /// The name of the voice that speaks.
    pub(crate) fn voice(&self) -> &str {
        self.voice.name()
    }

    /// The chunks, counted from the start of the text and of the speech; nothing in place of one where all that the text
    /// suffices for has been spoken. They end when the text has been spoken, or the speech was cancelled.
    pub(crate) fn chunks(self) -> impl Stream<Item = Result<Option<Chunk>, Failure>> + Send {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> Result<Option<(Option<Chunk>, Self)>, Failure> {
        let feed = self.feed.clone();
        let step = async {
            loop {
                if self.waits {
                    self.wait().await?;
                }
                let step;
                (self, step) = self.step().await?;
                match step {
                    Step::Chunk(chunk) => {
                        self.told = false;
                        return Ok(Some((Some(chunk), self)));
                    }
                    Step::Waits => {
                        self.waits = true;
                        if !std::mem::replace(&mut self.told, true) {
                            return Ok(Some((None, self)));
                        }
                    }
                    Step::Ends => return Ok(None),
                }
            }
        };
        tokio::select! {
            // Also while it waits for text, for a turn, or for a chunk that nobody will hear.
            biased;
            why = feed.broken() => why.map_or(Ok(None), Err),
            next = step => next,
        }
    }

    /// Waits for text; the listener's clock stands still meanwhile.
    async fn wait(&mut self) -> Result<(), Failure> {
        if let Some(Entered { place, .. }) = &self.entered {
            place.rests();
        }
        let patience = self.app.options().connections.idle_timeout;
        if timeout(patience, self.feed.news(self.entered.is_some())).await.is_err() {
            let message = format!("no text came for {} seconds", patience.as_secs_f64());
            return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, message).about("text"));
        }
        self.waits = false;
        if let Some(Entered { journal, .. }) = &mut self.entered {
            journal.resume();
        }
        Ok(())
    }

    /// Waits for its turn, and computes a chunk if the text suffices for one.
    async fn step(mut self) -> Result<(Self, Step), Failure> {
        if self.entered.is_none() && self.feed.is_blank() {
            return Ok((self, Step::Ends));
        }
        let entered = match &mut self.entered {
            Some(entered) => entered,
            none => {
                let began = Instant::now();
                let place = enter(&self.app, self.client, &self.voice).await?;
                let journal = Journal::new(&self.app, self.voice.clone(), began, None);
                none.insert(Entered { place, journal, began })
            }
        };
        let timeout = self.app.options().speak.timeout;
        if entered.began.elapsed() > timeout {
            entered.journal.end(Outcome::TimedOut);
            let message = format!("the speech took more than {} seconds", timeout.as_secs_f64());
            return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, message));
        }
        entered.place.wants();
        let need = Need { client: self.client, due: entered.journal.due() };
        let workers = self.app.workers().clone();
        workers.run(need, move || self.compute()).await.unwrap_or_else(|_| Err(Failure::internal()))
    }

    fn compute(mut self) -> Result<(Self, Step), Failure> {
        let Some(mut entered) = self.entered.take() else { return Ok((self, Step::Ends)) };
        let Entered { place, journal, .. } = &mut entered;
        let span = journal.span.clone();
        let _in = span.enter();
        // So that a panic is no reader's leaving.
        journal.end(Outcome::Failed);
        let timer = journal.begin_step();
        let step = self.advance(journal);
        journal.end_step(timer);
        let step = step?;
        place.served();
        if let Step::Chunk(chunk) = &step {
            journal.chunk(chunk);
            self.app.metrics().sent(2 * chunk.samples.len());
        }
        journal.end(if matches!(step, Step::Ends) { Outcome::Finished } else { Outcome::Left });
        self.entered = Some(entered);
        Ok((self, step))
    }

    /// The next chunk, as far as there is text.
    fn advance(&mut self, journal: &mut Journal) -> Result<Step> {
        loop {
            if !self.part_ended {
                let (piece, ended) = self.feed.take();
                self.passed.bytes += piece.len();
                journal.say(&piece);
                self.speech.push(&piece)?;
                self.part_ended = ended;
                if ended {
                    self.speech.finish();
                }
            }
            match self.speech.poll_next() {
                Poll::Ready(Some(chunk)) => return Ok(Step::Chunk(self.in_whole(chunk?)?)),
                Poll::Pending => return Ok(Step::Waits),
                Poll::Ready(None) if self.feed.is_spent() => return Ok(Step::Ends),
                Poll::Ready(None) => {
                    self.speech = speech(&self.app, &self.voice, &self.settings, self.ssml)?;
                    self.before = self.passed;
                    self.part_ended = false;
                }
            }
        }
    }

    /// A chunk of a part as one of the whole speech.
    fn in_whole(&mut self, mut chunk: Chunk) -> Result<Chunk> {
        let Passed { bytes, samples, sentences } = self.before;
        chunk.offset += samples;
        chunk.sentence += sentences;
        for phoneme in &mut chunk.phonemes {
            phoneme.samples = phoneme.samples.start + samples..phoneme.samples.end + samples;
        }
        for word in &mut chunk.words {
            word.samples = word.samples.start + samples..word.samples.end + samples;
            word.text = word.text.start + bytes..word.text.end + bytes;
        }
        self.passed.samples = chunk.offset + chunk.samples.len() as u64;
        self.passed.sentences = chunk.sentence + 1;
        // Each part alone is within the limit of the voice.
        let most = self.app.options().speak.max_audio.as_secs_f64();
        if self.passed.samples as f64 > most * f64::from(self.sample_rate()) {
            return Err(Error::new(ErrorKind::Limit, format!("the audio is longer than {most} seconds")));
        }
        Ok(chunk)
    }
}

/// Lets a speech in, as [`speak`](super::answer) does.
async fn enter(app: &App, client: Client, voice: &Loaded) -> Result<Place, Failure> {
    let waited = Instant::now();
    let place = app.entrance().enter(client, voice.pace()).await.inspect_err(|_| {
        app.metrics().refused("busy");
        if app.rarely().say("busy", client) {
            tracing::warn!(%client, "there is no room for more speeches");
        }
    })?;
    app.metrics().waited(waited.elapsed());
    Ok(place)
}
