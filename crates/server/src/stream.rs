//! A speech as the body of an answer: pulled, not pushed.
//!
//! The connection asks for the next piece when there is room for it, and only then does the stream wait for its turn to
//! compute and compute one chunk. So the bounded queue behind a slow reader is the connection's own buffer
//! ([`serve`](crate::serve())): a reader who is slow holds neither a thread nor a turn, and one who leaves drops the
//! stream, which ends the speech after the chunk that is being computed.

use std::iter::Fuse;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use chanter_engine::{Chunk, Error, ErrorKind, Result};
use chanter_http::{Encoder, Failure, choose_voice};
use futures_util::{Stream, StreamExt, stream};
use tokio::task::spawn_blocking;

use crate::app::{App, Counted};
use crate::error::Refusal;
use crate::request::receive;

/// Answers a request to speak. What is wrong with the request is said before the first byte of audio.
pub(crate) async fn synthesize(State(app): State<App>, request: Request) -> Result<Response, Refusal> {
    let max_text_length = app.options().max_text_length;
    let (head, body) = receive(request, max_text_length).await?;
    let request = chanter_http::read(&head, body, max_text_length)?;
    Ok(speak(app, request).await?)
}

/// The same for a request of OpenAI's, answered in its form.
pub(crate) async fn openai(State(app): State<App>, request: Request) -> Result<Response, Refusal> {
    let max_text_length = app.options().max_text_length;
    let answer = async {
        let (_, body) = receive(request, max_text_length).await?;
        let request = chanter_http::speech::read(body.unwrap_or_default(), max_text_length)?;
        speak(app, request).await
    };
    Ok(answer.await.map_err(Failure::as_openai)?)
}

async fn speak(app: App, mut request: chanter_http::Request) -> Result<Response, Failure> {
    let voice = app.voice()?;
    let name = app.options().voice_name.as_str();
    choose_voice(request.voice.as_deref(), [name], name)?;
    request.suit(voice.config());
    let encoder = Encoder::new(request.format, voice.sample_rate())?;
    let speech = spawn_blocking(move || voice.speak(request.input, &request.settings)).await.map_err(|e| {
        tracing::error!("a speech could not begin: {e}");
        Failure::internal()
    })??;
    // Of PCM there is nothing to say before.
    let head = Some(encoder.begin()).filter(|head| !head.is_empty());
    let head = stream::iter(head.map(|head| Ok(Bytes::from(head))));
    Ok((encoder.headers(), Body::from_stream(head.chain(audio(app, encoder, speech)))).into_response())
}

/// The samples of a speech, a chunk at a time. An error ends the stream, and so breaks the transfer off
/// where a clean end would pass for the end of the speech.
fn audio(app: App, encoder: Encoder, speech: impl Chunks) -> impl Stream<Item = Result<Bytes>> {
    let job = Job { log: Log::new(encoder.voice_rate()), speech: speech.fuse(), encoder, _counted: app.count_stream() };
    stream::try_unfold((app, job), |(app, job)| async move {
        let Some(turn) = app.turn().await else { return Ok(None) };
        let counter = app.clone();
        let step = spawn_blocking(move || {
            let step = job.step();
            if matches!(step, Ok(Some(_))) {
                counter.count_chunk();
            }
            // Given back even when the reader has left and nobody takes the step.
            drop(turn);
            step
        });
        let step = step.await.unwrap_or_else(|e| {
            tracing::error!("a speech broke down: {e}");
            Err(Error::new(ErrorKind::Inference, "the speech broke down").with_source(e))
        });
        Ok(step?.map(|(bytes, job)| (bytes, (app, job))))
    })
}

/// A [`Speech`](chanter_engine::Speech), or what stands for one in a test.
trait Chunks: Iterator<Item = Result<Chunk>> + Send + 'static {}

impl<T: Iterator<Item = Result<Chunk>> + Send + 'static> Chunks for T {}

/// A speech under way. It travels to the thread that computes and back.
struct Job<T> {
    speech: Fuse<T>,
    encoder: Encoder,
    log: Log,
    _counted: Counted,
}

impl<T: Chunks> Job<T> {
    /// Computes one chunk, and what is left at the end.
    fn step(mut self) -> Result<Option<(Bytes, Self)>> {
        let bytes = self.bytes().inspect_err(|e| {
            self.log.outcome = "failed";
            tracing::error!("a speech failed: {e:#}");
        })?;
        Ok(bytes.map(|bytes| (Bytes::from(bytes), self)))
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        if let Some(chunk) = self.speech.next().transpose()? {
            self.log.chunk(chunk.samples.len());
            return Ok(Some(self.encoder.encode(&chunk.samples)?));
        }
        let rest = self.encoder.finish()?;
        if rest.is_empty() {
            self.log.outcome = "finished";
            return Ok(None);
        }
        Ok(Some(rest))
    }
}

/// Says in one line how a speech went, when it is over.
struct Log {
    began: Instant,
    first: Option<Duration>,
    sample_rate: u32,
    samples: usize,
    outcome: &'static str,
}

impl Log {
    fn new(sample_rate: u32) -> Self {
        Self { began: Instant::now(), first: None, sample_rate, samples: 0, outcome: "left by its reader" }
    }

    fn chunk(&mut self, samples: usize) {
        self.first.get_or_insert_with(|| self.began.elapsed());
        self.samples += samples;
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Some(first) = self.first else {
            return tracing::info!("speech {} before it began", self.outcome);
        };
        let audio = self.samples as f64 / f64::from(self.sample_rate.max(1));
        let [first, took] = [first, self.began.elapsed()].map(|d| d.as_millis());
        tracing::info!("speech {}: {audio:.2} s of audio in {took} ms, the first after {first} ms", self.outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chanter_http::Format;
    use futures_util::FutureExt;

    use super::*;
    use crate::app::Options;

    fn app(threads: usize) -> App {
        App::new(Options { threads, ..Options::default() })
    }

    fn wav<T: Chunks>(app: &App, speech: T) -> impl Stream<Item = Result<Bytes>> + use<T> {
        encoded(app, Format::Wav, speech)
    }

    fn encoded<T: Chunks>(app: &App, format: Format, speech: T) -> impl Stream<Item = Result<Bytes>> + use<T> {
        audio(app.clone(), Encoder::new(format, 22050).unwrap(), speech)
    }

    fn chunk() -> Chunk {
        Chunk { samples: vec![0.5; 10], offset: 0, sentence: 0, phonemes: Vec::new(), words: Vec::new() }
    }

    /// Chunks without end, and how many of them were made.
    fn endless() -> (impl Chunks, Arc<AtomicUsize>) {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let chunks = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::SeqCst);
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
        let app = app(1);
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
        let app = app(1);
        let (chunks, made) = endless();
        let mut stream = Box::pin(wav(&app, chunks));
        // The first poll begins a chunk; nobody waits for it.
        assert!(stream.next().now_or_never().is_none());
        drop(stream);
        until_idle(&app).await;
        assert!(made.load(Ordering::SeqCst) <= 1);
        assert!(app.turn().now_or_never().is_some(), "the turn is given back");
    }

    #[tokio::test]
    async fn a_reader_who_leaves_while_waiting_for_a_turn_costs_nothing() {
        let app = app(1);
        let turn = app.turn().await;
        let (chunks, made) = endless();
        let mut stream = Box::pin(wav(&app, chunks));
        assert!(stream.next().now_or_never().is_none());
        drop(stream);
        assert_eq!(app.active_streams(), 0);
        drop(turn);
        assert_eq!(made.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn an_error_or_a_panic_breaks_the_stream_and_nothing_else() {
        let app = app(1);
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
        let app = app(1);
        let speech = (0..3).map(|_| Ok(chunk()));
        let all: Vec<_> = encoded(&app, Format::Pcm, speech).map(|bytes| bytes.unwrap().len()).collect().await;
        // 30 samples at 22050 Hz are 33 at 24000.
        assert_eq!(all, [0, 0, 0, 66]);
    }
}
