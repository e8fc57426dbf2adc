//! A Wyoming connection: events in order, a text that comes in pieces beside its speech.
//!
//! A speech is one group of `audio-start`, `audio-chunk`s and `audio-stop`, also where its text is streamed: Home Assistant
//! takes audio until `synthesize-stopped`, however it is grouped; others listen no further than to the first
//! `audio-stop`. After an `error` the connection ends, since some clients wait for an `audio-stop` whatever else comes.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use chanter_engine::pcm;
use chanter_http::{Failure, max_body_bytes, read_live};
use futures_util::StreamExt as _;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::frame::{Broken, Event};
use super::info::info;
use crate::admission::Client;
use crate::app::App;
use crate::connections::Taken;
use crate::speak::live::{self, Feed, Live};

/// Events that are read ahead.
const AHEAD: usize = 4;

pub(super) struct Connection<'a, S> {
    app: App,
    client: Client,
    taken: Arc<Taken>,
    stream: &'a mut S,
}

type Events = mpsc::Receiver<Result<Event, Failure>>;

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connection<'a, S> {
    pub(super) fn new(app: App, peer: SocketAddr, taken: Arc<Taken>, stream: &'a mut S) -> Self {
        Self { app, client: Client::at(peer.ip()), taken, stream }
    }

    /// Answers what comes, until the client has nothing more to say.
    pub(super) async fn serve(self) -> io::Result<()> {
        let Self { app, client, taken, stream } = self;
        let (reader, out) = split(stream);
        let (said, events) = mpsc::channel(AHEAD);
        let mut talk = Talk { app: app.clone(), client, taken: taken.clone(), events, out };
        let mut talk = pin!(talk.talk());
        tokio::select! {
            done = &mut talk => return done,
            read = read(reader, said, &app) => read?,
            () = taken.asked_to_go() => return Ok(()),
        }
        talk.await
    }
}

/// Passes events on, as fast as they are taken.
async fn read(
    reader: ReadHalf<impl AsyncRead>,
    said: mpsc::Sender<Result<Event, Failure>>,
    app: &App,
) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    let most = max_body_bytes(app.options().speak.max_text_length);
    let patience = app.options().connections.header_timeout;
    loop {
        let event = match Event::read(&mut reader, most, patience).await {
            Ok(None) => return Ok(()),
            Ok(Some(event)) => Ok(event),
            Err(Broken::Wrong(why)) => Err(Failure::invalid(why)),
            Err(Broken::Off(e)) => return Err(e),
        };
        let last = event.is_err();
        if said.send(event).await.is_err() || last {
            return Ok(());
        }
    }
}

struct Talk<S> {
    app: App,
    client: Client,
    taken: Arc<Taken>,
    events: Events,
    out: WriteHalf<S>,
}

impl<S: AsyncWrite> Talk<S> {
    async fn talk(&mut self) -> io::Result<()> {
        let patience = self.app.options().connections.idle_timeout;
        loop {
            let event = tokio::select! {
                event = timeout(patience, self.events.recv()) => event,
                () = self.app.stopping() => return Ok(()),
            };
            let Ok(Some(event)) = event else { return Ok(()) };
            let answered = match event {
                Ok(event) => self.answer(event).await?,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = answered {
                let error = failure.to_json();
                let code = error["type"].as_str().unwrap_or_default();
                return write(&mut self.out, &Event::error(failure.message(), code)).await;
            }
        }
    }

    async fn answer(&mut self, event: Event) -> io::Result<Result<(), Failure>> {
        let answer = match event.kind.as_str() {
            "describe" => info(&self.app),
            "ping" => pong(&event),
            "synthesize" => return self.speak(&event, event.string("text").map(str::to_owned)).await,
            "synthesize-start" => return self.speak(&event, Some(String::new())).await,
            // Those that are not for us are dropped, as the protocol has it.
            _ => return Ok(Ok(())),
        };
        write(&mut self.out, &answer).await.map(Ok)
    }

    /// Speaks a whole text, or where there is none yet, one that comes in pieces.
    async fn speak(&mut self, event: &Event, text: Option<String>) -> io::Result<Result<(), Failure>> {
        let _busy = self.taken.busy();
        let Some(text) = text else { return Ok(Err(Failure::invalid("text must be a string").about("text"))) };
        let streamed = event.kind == "synthesize-start";
        // Until the last event is on its way, the server does not end.
        let _counted = self.app.count_stream();
        let begun = match manner(&event.data) {
            Ok(request) => live::begin(&self.app, self.client, request).await,
            Err(failure) => Err(failure),
        };
        let (feed, live) = match begun {
            Ok(both) => both,
            Err(failure) => return Ok(Err(failure)),
        };
        feed.push(&text);
        if !streamed {
            feed.finish();
        }
        let mut ping = None;
        {
            let mut spoken = pin!(say(&mut self.out, live));
            let ended = loop {
                tokio::select! {
                    ended = &mut spoken => break ended?,
                    // What comes after the text is answered after the speech.
                    event = self.events.recv(), if !feed.is_finished() => take(&feed, event, &mut ping),
                }
            };
            if let Err(failure) = ended {
                return Ok(Err(failure));
            }
        }
        if streamed {
            write(&mut self.out, &Event::new("synthesize-stopped", json!({}))).await?;
        }
        match ping {
            Some(ping) => write(&mut self.out, &pong(&ping)).await.map(Ok),
            None => Ok(Ok(())),
        }
    }
}

/// What an event means while the text comes in.
fn take(feed: &Feed, event: Option<Result<Event, Failure>>, ping: &mut Option<Event>) {
    match event {
        // It has left before the end of its text.
        None => feed.cancel(),
        Some(Err(failure)) => feed.fail(failure),
        Some(Ok(event)) => match (event.kind.as_str(), event.string("text")) {
            ("synthesize-chunk", Some(text)) => feed.push(text),
            ("synthesize-chunk", None) => feed.fail(Failure::invalid("text must be a string").about("text")),
            ("synthesize-stop", _) => feed.finish(),
            ("synthesize-start", _) => feed.fail(Failure::invalid("a text is being spoken; end it first")),
            ("ping", _) => *ping = Some(event),
            // `synthesize` has the whole text once more, for servers that do not stream.
            _ => {}
        },
    }
}

/// How to speak: `voice` by its name, with a speaker, or by its language.
fn manner(data: &Map<String, Value>) -> Result<chanter_http::Request, Failure> {
    let ssml = match data.get("text_format") {
        None | Some(Value::Null) => false,
        Some(Value::String(name)) if name == "text" => false,
        Some(Value::String(name)) if name == "ssml" => true,
        Some(_) => return Err(Failure::invalid("text_format must be text or ssml").about("text_format")),
    };
    let voice = data.get("voice").unwrap_or(&Value::Null);
    let field = |name: &str| voice.get(name).cloned().unwrap_or_default();
    let fields =
        json!({"voice": field("name"), "language": field("language"), "speaker": field("speaker"), "ssml": ssml});
    read_live(&fields.to_string())
}

/// Sends a speech as fast as its reader takes it.
async fn say(out: &mut WriteHalf<impl AsyncWrite>, live: Live) -> io::Result<Result<(), Failure>> {
    let rate = live.sample_rate();
    let format = |timestamp: u64| json!({"rate": rate, "width": 2, "channels": 1, "timestamp": timestamp});
    let mut chunks = pin!(live.chunks());
    let (mut samples, mut begun) = (0, false);
    let milliseconds = |samples: u64| samples * 1000 / u64::from(rate.max(1));
    loop {
        let chunk = chunks.next().await;
        // Not before: what is refused has no beginning.
        if !begun && !matches!(chunk, Some(Err(_))) {
            write(out, &Event::new("audio-start", format(0))).await?;
            begun = true;
        }
        match chunk {
            Some(Ok(None)) => {}
            Some(Ok(Some(chunk))) => {
                let mut event = Event::new("audio-chunk", format(milliseconds(samples)));
                event.payload = pcm::to_s16le(&chunk.samples);
                samples += chunk.samples.len() as u64;
                write(out, &event).await?;
            }
            Some(Err(failure)) => return Ok(Err(failure)),
            None => break,
        }
    }
    write(out, &Event::new("audio-stop", json!({"timestamp": milliseconds(samples)}))).await.map(Ok)
}

fn pong(ping: &Event) -> Event {
    Event::new("pong", json!({"text": ping.string("text")}))
}

async fn write(out: &mut WriteHalf<impl AsyncWrite>, event: &Event) -> io::Result<()> {
    out.write_all(&event.to_bytes()).await?;
    out.flush().await
}
