//! `GET /v1/stream`: a WebSocket that takes a text in pieces and gives its speech in chunks, with timings. docs/STREAM.md
//! has the messages.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use chanter_engine::Chunk;
use chanter_http::{Delivery, Failure, Format, Origins, max_body_bytes, read_live};
use chanter_output::{Clock, Encoder};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::access::Caller;
use crate::admission::Client;
use crate::app::App;
use crate::connections::Taken;
use crate::error::Refusal;
use crate::openapi::Refused;
use crate::speak::live::{self, Feed, Live};

/// The protocol that clients name who have to name one.
const PROTOCOL: &str = "chanter";
/// What is read at once; it is there for every connection.
const READ_BUFFER: usize = 8 << 10;
/// The longest that a client may take to end its side.
const CLOSING: Duration = Duration::from_secs(2);

/// A WebSocket that takes a text in pieces
///
/// docs/STREAM.md has its messages.
#[utoipa::path(get, path = "/v1/stream", tag = "speech", responses((status = 101, description = "The WebSocket"),
    (status = 400, description = "No WebSocket is asked for", body = Refused),
    (status = 401, description = "A key is needed", body = Refused),
    (status = 403, description = "Pages of this site may not", body = Refused),
    (status = 426, description = "Another version is asked for", body = Refused)))]
pub(crate) async fn connect(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    taken: Option<Extension<Arc<Taken>>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    check_origin(&headers, &app.options().access.cors_origins)?;
    let upgrade = upgrade.map_err(|e| Failure::new(e.status(), format!("a WebSocket is spoken here: {e}")))?;
    let largest = max_body_bytes(app.options().speak.max_text_length);
    let span = tracing::Span::current();
    Ok(upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| {
            let taken = taken.map(|Extension(taken)| taken);
            let talk = async move {
                let mut connection = Connection::new(&app, caller.client, taken.clone(), socket);
                if let Err(e) = connection.serve().await {
                    tracing::debug!("a WebSocket ended early: {e}");
                }
            };
            talk.instrument(span)
        }))
}

/// Browsers let pages of any site open WebSockets, and leave it to the server to look where they come from.
fn check_origin(headers: &HeaderMap, allowed: &Origins) -> Result<(), Failure> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let site = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
    let is_own = own.zip(site).is_some_and(|(own, site)| own.eq_ignore_ascii_case(site));
    if is_own || allowed.allows(origin).is_some() {
        return Ok(());
    }
    Err(Failure::forbidden("pages of this site may not use the server; --cors-origins names those that may"))
}

struct Connection {
    app: App,
    client: Client,
    taken: Option<Arc<Taken>>,
    messages: SplitStream<WebSocket>,
    out: SplitSink<WebSocket, Message>,
}

/// What a client says.
enum Said {
    Start(Box<chanter_http::Request>),
    Text(String),
    Flush,
    End,
    Cancel,
    Wrong(Failure),
    /// A ping, or what else keeps the connection.
    Nothing,
    Gone,
}

impl Connection {
    fn new(app: &App, client: Client, taken: Option<Arc<Taken>>, socket: WebSocket) -> Self {
        let (out, messages) = socket.split();
        Self { app: app.clone(), client, taken, messages, out }
    }

    /// Speaks one text after another.
    async fn serve(&mut self) -> Result<(), axum::Error> {
        let patience = self.app.options().connections.idle_timeout;
        loop {
            let app = self.app.clone();
            let taken = self.taken.clone();
            let asked_to_go = async {
                match &taken {
                    Some(taken) => taken.asked_to_go().await,
                    None => std::future::pending().await,
                }
            };
            let said = tokio::select! {
                said = timeout(patience, said(&mut self.messages)) => said,
                () = app.stopping() => return self.close("the server is about to end").await,
                () = asked_to_go => return self.close("the connection is needed for others").await,
            };
            match said {
                Err(_) => return self.close("nothing was asked for").await,
                Ok(Said::Gone) => return Ok(()),
                Ok(Said::Start(request)) => {
                    let _busy = self.taken.as_ref().map(|taken| taken.busy());
                    self.speak(*request).await?;
                }
                Ok(Said::Wrong(failure)) => self.tell(failed(&failure)).await?,
                // What comes of a text that is not spoken any more.
                Ok(_) => {}
            }
        }
    }

    /// Speaks a text, while messages are read.
    async fn speak(&mut self, request: chanter_http::Request) -> Result<(), axum::Error> {
        // Until the last message is on its way, the server does not end.
        let _counted = self.app.count_stream();
        let asked_rate = request.sample_rate;
        let (feed, live) = match live::begin(&self.app, self.client, request).await {
            Ok(both) => both,
            Err(failure) => return self.tell(failed(&failure)).await,
        };
        let mut cancelled = false;
        let ended = {
            let mut spoken = std::pin::pin!(say(&mut self.out, live, asked_rate));
            loop {
                tokio::select! {
                    ended = &mut spoken => break ended?,
                    said = said(&mut self.messages) => match said {
                        Said::Gone => return Ok(()),
                        Said::Cancel => {
                            cancelled = true;
                            feed.cancel();
                        }
                        said => take(&feed, said),
                    },
                }
            }
        };
        let last = match ended {
            Ok(samples) if cancelled => json!({"type": "done", "samples": samples, "cancelled": true}),
            Ok(samples) => json!({"type": "done", "samples": samples}),
            Err(failure) => failed(&failure),
        };
        self.tell(last).await
    }

    async fn tell(&mut self, message: Value) -> Result<(), axum::Error> {
        self.out.send(text(message)).await
    }

    /// Says goodbye.
    async fn close(&mut self, why: &'static str) -> Result<(), axum::Error> {
        let frame = CloseFrame { code: close_code::AWAY, reason: why.into() };
        let _ = timeout(CLOSING, async {
            self.out.send(Message::Close(Some(frame))).await?;
            while !matches!(said(&mut self.messages).await, Said::Gone) {}
            Ok::<_, axum::Error>(())
        })
        .await;
        Ok(())
    }
}

/// Sends a speech as fast as its reader takes it; gives the number of its samples.
async fn say(
    out: &mut SplitSink<WebSocket, Message>,
    live: Live,
    asked_rate: Option<u32>,
) -> Result<Result<u64, Failure>, axum::Error> {
    let mut encoder = match Encoder::new(Format::Pcm, live.sample_rate(), asked_rate) {
        Ok(encoder) => encoder,
        Err(e) => return Ok(Err(e.into())),
    };
    let clock = Clock::new("", live.sample_rate(), encoder.rate());
    let begun = json!({"type": "started", "voice": live.voice(), "sample_rate": encoder.rate(), "format": "pcm"});
    out.send(text(begun)).await?;
    let mut chunks = std::pin::pin!(live.chunks());
    let (mut samples, mut sentence) = (0, 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Ok(Some(chunk)) => chunk,
            Ok(None) => {
                out.send(text(json!({"type": "waiting"}))).await?;
                continue;
            }
            Err(failure) => return Ok(Err(failure)),
        };
        let audio = match encoder.encode(&chunk.samples) {
            Ok(audio) => audio,
            Err(e) => return Ok(Err(e.into())),
        };
        sentence = chunk.sentence;
        let length = audio.len() as u64 / 2;
        out.feed(text(about(&chunk, &clock, samples, length))).await?;
        out.send(Message::Binary(Bytes::from(audio))).await?;
        samples += length;
    }
    // What resampling held back.
    let rest = match encoder.finish() {
        Ok(rest) => rest,
        Err(e) => return Ok(Err(e.into())),
    };
    if !rest.is_empty() {
        let length = rest.len() as u64 / 2;
        let chunk = Chunk {
            samples: Vec::new(),
            offset: samples,
            sentence,
            phonemes: Vec::new(),
            words: Vec::new(),
            marks: Vec::new(),
        };
        out.feed(text(about(&chunk, &clock, samples, length))).await?;
        out.send(Message::Binary(Bytes::from(rest))).await?;
        samples += length;
    }
    Ok(Ok(samples))
}

/// What a message means while a text is spoken.
fn take(feed: &Feed, said: Said) {
    match said {
        Said::Text(piece) => feed.push(&piece),
        Said::Flush => feed.flush(),
        Said::End => feed.finish(),
        Said::Start(_) => {
            feed.fail(Failure::invalid("a text is being spoken; wait for done, or cancel it").about("type"))
        }
        Said::Wrong(failure) => feed.fail(failure),
        Said::Cancel | Said::Nothing | Said::Gone => {}
    }
}

/// The next message.
async fn said(messages: &mut SplitStream<WebSocket>) -> Said {
    match messages.next().await {
        Some(Ok(Message::Text(json))) => parsed(&json).unwrap_or_else(Said::Wrong),
        Some(Ok(Message::Binary(_))) => {
            Said::Wrong(Failure::invalid("messages to the server are text, with JSON in it"))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Said::Nothing,
        Some(Ok(Message::Close(_)) | Err(_)) | None => Said::Gone,
    }
}

fn parsed(json: &str) -> Result<Said, Failure> {
    let message: Value =
        serde_json::from_str(json).map_err(|e| Failure::invalid(format!("the message is not JSON: {e}")))?;
    let wrong = |what: &str, name: &'static str| Failure::invalid(format!("{name} must be {what}")).about(name);
    match message["type"].as_str() {
        Some("start") => {
            if message.get("format").is_some_and(|format| !format.is_null() && format != "pcm") {
                return Err(wrong("pcm", "format"));
            }
            let request = read_live(json)?;
            if request.delivery != Delivery::Audio {
                let message = "timings come with the samples of each chunk; there is nothing to choose";
                return Err(Failure::invalid(message).about("timings"));
            }
            Ok(Said::Start(request.into()))
        }
        Some("text") => {
            let text = message["text"].as_str().ok_or_else(|| wrong("a string", "text"))?;
            Ok(Said::Text(text.to_owned()))
        }
        Some("flush") => Ok(Said::Flush),
        Some("end") => Ok(Said::End),
        Some("cancel") => Ok(Said::Cancel),
        _ => Err(wrong("start, text, flush, end or cancel", "type")),
    }
}

/// What comes before the samples that a chunk became, in which all is counted.
fn about(chunk: &Chunk, clock: &Clock, offset: u64, samples: u64) -> Value {
    let range = |samples: &Range<u64>| [clock.samples(samples.start), clock.samples(samples.end)];
    let words = chunk.words.iter();
    let words: Vec<_> =
        words.map(|word| json!({"text": [word.text.start, word.text.end], "samples": range(&word.samples)})).collect();
    let phonemes = chunk.phonemes.iter();
    let phonemes: Vec<_> =
        phonemes.map(|timed| json!({"phoneme": timed.phoneme, "samples": range(&timed.samples)})).collect();
    let mut about = json!({
        "type": "audio",
        "offset": offset,
        "samples": samples,
        "sentence": chunk.sentence,
        "words": words,
        "phonemes": phonemes,
    });
    if !chunk.marks.is_empty() {
        let marks = chunk.marks.iter().map(|mark| json!({"name": mark.name, "sample": clock.samples(mark.sample)}));
        about["marks"] = marks.collect();
    }
    about
}

fn failed(failure: &Failure) -> Value {
    json!({"type": "error", "error": failure.to_json()})
}

fn text(message: Value) -> Message {
    Message::Text(message.to_string().into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_sites_are_asked_for_their_name() {
        let some = "https://a.org".parse().unwrap();
        for (origin, host, allowed, right) in [
            (None, "x", &some, true),
            (Some("https://a.org"), "x", &some, true),
            (Some("https://b.org"), "x", &some, false),
            (Some("https://b.org"), "x", &Origins::All, true),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", &some, true),
            (Some("http://127.0.0.1:8081"), "127.0.0.1:8080", &some, false),
            (Some("null"), "null", &some, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(check_origin(&headers, allowed).is_ok(), right, "{origin:?} {host}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_message_is_named() {
        for (json, message) in [
            ("{", "not JSON"),
            ("[]", "type must be"),
            (r#"{"type": "stop"}"#, "type must be"),
            (r#"{"type": "text"}"#, "text must be a string"),
            (r#"{"type": "start", "format": "mp3"}"#, "format must be pcm"),
            (r#"{"type": "start", "timings": "srt"}"#, "come with"),
            (r#"{"type": "start", "sample_rate": 1}"#, "sample_rate"),
            (r#"{"type": "start", "length_scale": 99}"#, "length_scale"),
            (r#"{"type": "start", "text": "a"}"#, "afterwards"),
        ] {
            let Err(failure) = parsed(json) else { panic!("{json} is taken") };
            assert!(failure.message().contains(message), "{json}: {}", failure.message());
        }
    }
}
