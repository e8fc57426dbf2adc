//! `/v1/stream`: text in pieces in, chunks and timings out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use chanter_engine::{Settings, Voice, wav};
use common::{Server, expected, voice, within};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{WebSocketStream, client_async};

const TEXT: &str = "The first sentence is here. The second one comes after it.";

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn new(server: &Server) -> Self {
        Self::with(server, &[]).await.unwrap()
    }

    async fn with(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{}/v1/stream", server.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 << 10).unwrap();
        let stream = within(socket.connect(server.address)).await.unwrap();
        match within(client_async(request, stream)).await {
            Ok((socket, answer)) => {
                let asked = headers.iter().any(|(name, _)| *name == "sec-websocket-protocol");
                assert_eq!(answer.headers().contains_key("sec-websocket-protocol"), asked);
                Ok(Self(socket))
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(e) => panic!("{e}"),
        }
    }

    async fn say(&mut self, message: Value) {
        within(self.0.send(Message::Text(message.to_string().into()))).await.unwrap();
    }

    async fn hear(&mut self) -> Option<Message> {
        within(self.0.next()).await.transpose().unwrap()
    }

    async fn json(&mut self) -> Value {
        match self.hear().await {
            Some(Message::Text(json)) => serde_json::from_str(&json).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// What comes up to the end of a speech: the messages before chunks, samples, and the last message.
    async fn speech(&mut self) -> (Vec<Value>, Vec<u8>, Value) {
        let (mut timings, mut samples) = (Vec::new(), Vec::new());
        loop {
            match self.hear().await {
                Some(Message::Binary(bytes)) => samples.extend_from_slice(&bytes),
                Some(Message::Text(json)) => {
                    let message: Value = serde_json::from_str(&json).unwrap();
                    match message["type"].as_str().unwrap() {
                        "audio" => timings.push(message),
                        "started" => {
                            assert_eq!((&message["sample_rate"], &message["format"]), (&22050.into(), &"pcm".into()))
                        }
                        "waiting" => {}
                        _ => return (timings, samples, message),
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn samples_of(text: &str, settings: &Settings) -> Vec<u8> {
    expected(text, settings).unwrap()[wav::HEADER_BYTES..].to_vec()
}

#[tokio::test]
async fn pieces_in_the_engines_chunks_and_timings_out() {
    let server = Server::start().await;
    let mut client = Client::new(&server).await;
    let mut settings = Settings::default();
    (settings.seed, settings.length_scale) = (7, Some(1.2));
    // Twice on one connection.
    for _ in 0..2 {
        client.say(json!({"type": "start", "seed": 7, "length_scale": 1.2, "format": "pcm"})).await;
        for piece in TEXT.as_bytes().chunks(5) {
            client.say(json!({"type": "text", "text": std::str::from_utf8(piece).unwrap()})).await;
        }
        client.say(json!({"type": "end"})).await;
        let (timings, samples, done) = client.speech().await;
        assert!(samples == samples_of(TEXT, &settings));
        assert_eq!(done, json!({"type": "done", "samples": samples.len() / 2}));
        let mut chunks = voice().speak(TEXT, &settings).unwrap();
        for message in timings {
            let chunk = chunks.next().unwrap().unwrap();
            let found = ["offset", "samples", "sentence"].map(|name| message[name].as_u64().unwrap());
            assert_eq!(found, [chunk.offset, chunk.samples.len() as u64, chunk.sentence as u64]);
            let words = chunk.words.iter().map(|word| {
                json!({"text": [word.text.start, word.text.end], "samples": [word.samples.start, word.samples.end]})
            });
            assert_eq!(message["words"], words.collect::<Value>());
            let phonemes = chunk
                .phonemes
                .iter()
                .map(|timed| json!({"phoneme": timed.phoneme, "samples": [timed.samples.start, timed.samples.end]}));
            assert_eq!(message["phonemes"], phonemes.collect::<Value>());
        }
        assert!(chunks.next().is_none());
    }
    server.until_idle().await;
}

#[tokio::test]
async fn audio_flows_while_the_text_still_arrives_and_a_flush_waits_for_nothing() {
    let server = Server::start().await;
    let mut client = Client::new(&server).await;
    client.say(json!({"type": "start"})).await;
    assert_eq!(client.json().await["type"], "started");
    client.say(json!({"type": "text", "text": "Wörter, one and"})).await;
    client.say(json!({"type": "flush"})).await;
    let first = client.json().await;
    assert_eq!((&first["type"], &first["offset"]), (&"audio".into(), &0.into()));
    // Once all of it is spoken, it says that it waits.
    let mut samples = Vec::new();
    loop {
        match client.hear().await {
            Some(Message::Binary(bytes)) => samples.extend_from_slice(&bytes),
            Some(Message::Text(json)) if json.contains("waiting") => break,
            other => assert!(matches!(other, Some(Message::Text(_))), "{other:?}"),
        }
    }
    assert!(samples == samples_of("Wörter, one and", &Settings::default()));
    client.say(json!({"type": "text", "text": " two."})).await;
    client.say(json!({"type": "end"})).await;
    let (timings, rest, done) = client.speech().await;
    samples.extend(rest);
    let parts = ["Wörter, one and", " two."].map(|part| samples_of(part, &Settings::default()));
    assert!(samples == parts.concat());
    assert_eq!(done["samples"], samples.len() / 2);
    // Counted from the start of all.
    let last = timings.last().unwrap();
    assert_eq!(last["sentence"], 1);
    assert_eq!(last["words"][0]["text"], json!([17, 20]));
    assert_eq!(last["offset"].as_u64().unwrap() + last["samples"].as_u64().unwrap(), samples.len() as u64 / 2);
}

#[tokio::test]
async fn a_cancel_ends_the_work_and_the_next_text_is_whole() {
    let server = Server::start().await;
    let mut client = Client::new(&server).await;
    client.say(json!({"type": "start"})).await;
    client.say(json!({"type": "text", "text": "A sentence that takes its time. ".repeat(100)})).await;
    client.say(json!({"type": "end"})).await;
    // A reader who takes nothing stops the work.
    server.until_still().await;
    let made = server.app.chunks_made();
    client.say(json!({"type": "cancel"})).await;
    let (_, samples, done) = client.speech().await;
    assert_eq!((&done["type"], &done["cancelled"]), (&"done".into(), &true.into()));
    assert!(server.app.chunks_made() <= made + 1, "{} after {made}", server.app.chunks_made());
    assert!(samples.len() < 2 * 22050 * 100);
    // What comes late of the text before is passed over.
    client.say(json!({"type": "text", "text": "late"})).await;
    client.say(json!({"type": "start"})).await;
    client.say(json!({"type": "text", "text": TEXT})).await;
    client.say(json!({"type": "end"})).await;
    assert!(client.speech().await.1 == samples_of(TEXT, &Settings::default()));
    // Waiting for text can be cancelled too.
    client.say(json!({"type": "start"})).await;
    client.say(json!({"type": "cancel"})).await;
    assert_eq!(client.speech().await.2["cancelled"], true);
    // Who goes is as good.
    client.say(json!({"type": "start"})).await;
    client.json().await;
    drop(client);
    server.until_idle().await;
}

#[tokio::test]
async fn errors_have_the_servers_form_and_the_connection_goes_on() {
    let server = Server::start_with(|options| {
        options.speak.max_text_length = 50;
        options.connections.idle_timeout = Duration::from_secs(2);
    })
    .await;
    let mut client = Client::new(&server).await;
    let start = json!({"type": "start"});
    let long = json!({"type": "text", "text": "a ".repeat(30)});
    for (messages, kind, param) in [
        (vec![json!({"type": "start", "voice": "nobody"})], "invalid_request", "voice"),
        (vec![json!({"type": "start", "speaker": 7})], "invalid_request", ""),
        (vec![json!({"type": "start", "length_scale": 70})], "invalid_request", "length_scale"),
        (vec![json!({"type": "start", "format": "mp3"})], "invalid_request", "format"),
        (vec![json!({"type": "begin"})], "invalid_request", "type"),
        (vec![start.clone(), json!({"type": "text", "text": 1})], "invalid_request", "text"),
        (vec![start.clone(), start.clone()], "invalid_request", "type"),
        (vec![start.clone(), long], "too_long", "text"),
        (vec![start.clone()], "timeout", "text"),
    ] {
        for message in &messages {
            client.say(message.clone()).await;
        }
        let (_, _, error) = client.speech().await;
        let found = (error["error"]["type"].as_str().unwrap(), error["error"]["param"].as_str().unwrap_or_default());
        assert_eq!((error["type"].as_str().unwrap(), found), ("error", (kind, param)), "{messages:?}: {error}");
    }
    within(client.0.send(Message::Binary(vec![1].into()))).await.unwrap();
    assert_eq!(client.json().await["type"], "error");
    // Who asks for nothing more is let go.
    let Some(Message::Close(Some(frame))) = client.hear().await else { panic!("it stays") };
    assert_eq!(u16::from(frame.code), 1001);
    server.until_idle().await;
}

#[tokio::test]
async fn keys_sites_and_rates() {
    let server = Server::start_with(|options| {
        options.access = options.access.clone().with_api_keys(["a,b/c"]);
        options.access.cors_origins = "https://a.org".parse().unwrap();
        options.access.rate_limit = 6;
        options.access.rate_burst = Some(1);
    })
    .await;
    let key = ("authorization", "Bearer a,b/c");
    let own = format!("http://{}", server.address);
    for (headers, refused) in [
        (vec![], Some(401)),
        (vec![("sec-websocket-protocol", "chanter, bearer.eA")], Some(401)),
        (vec![("sec-websocket-protocol", "chanter, bearer.YSxiL2M")], None),
        (vec![key], None),
        (vec![key, ("origin", "https://b.org")], Some(403)),
        (vec![key, ("origin", "https://a.org")], None),
        (vec![key, ("origin", own.as_str())], None),
    ] {
        assert_eq!(Client::with(&server, &headers).await.err(), refused, "{headers:?}");
    }
    // Each text counts.
    let mut client = Client::with(&server, &[key]).await.unwrap();
    for kind in ["done", "error"] {
        client.say(json!({"type": "start"})).await;
        client.say(json!({"type": "text", "text": "a"})).await;
        client.say(json!({"type": "end"})).await;
        assert_eq!(client.speech().await.2["type"], kind);
    }
    let answer = server.get("/v1/stream").await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn without_a_websocket_it_says_what_is_spoken_here() {
    let server = Server::start_empty(Default::default(), |_| Voice::built_in());
    let answer = server.get("/v1/stream").await;
    assert!(answer.status.is_client_error());
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("WebSocket"), "{answer:?}");
}

#[tokio::test]
async fn a_server_that_ends_says_goodbye() {
    let server = Server::start().await;
    let mut idle = Client::new(&server).await;
    let mut speaks = Client::new(&server).await;
    speaks.say(json!({"type": "start"})).await;
    speaks.json().await;
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain().await });
    assert!(matches!(idle.hear().await, Some(Message::Close(_))));
    speaks.say(json!({"type": "text", "text": "To the end."})).await;
    speaks.say(json!({"type": "end"})).await;
    assert_eq!(speaks.speech().await.2["type"], "done");
    assert!(matches!(speaks.hear().await, Some(Message::Close(_))));
    within(drained).await.unwrap();
}
