//! Wyoming, as Home Assistant speaks it, by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use chanter_engine::{Settings, wav};
use common::{Server, expected, within};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const TEXT: &str = "The first sentence is here. The second one comes after it.";

struct Client(BufReader<TcpStream>);

/// An event's type, data and payload.
type Event = (String, Value, Vec<u8>);

impl Client {
    async fn new(address: SocketAddr) -> Self {
        Self(BufReader::new(within(TcpStream::connect(address)).await.unwrap()))
    }

    /// Says an event, its data behind the line, as Wyoming's own library does.
    async fn say(&mut self, kind: &str, data: Value) {
        let data = data.to_string();
        let line = json!({"type": kind, "version": "1.10.2", "data_length": data.len()});
        self.raw(format!("{line}\n{data}").as_bytes()).await;
    }

    async fn raw(&mut self, bytes: &[u8]) {
        within(self.0.write_all(bytes)).await.unwrap();
    }

    async fn hear(&mut self) -> Option<Event> {
        let mut line = String::new();
        if within(self.0.read_line(&mut line)).await.unwrap() == 0 {
            return None;
        }
        let head: Value = serde_json::from_str(&line).unwrap();
        let length = |name: &str| head[name].as_u64().unwrap_or_default() as usize;
        let mut data = vec![0; length("data_length")];
        let mut payload = vec![0; length("payload_length")];
        within(self.0.read_exact(&mut data)).await.unwrap();
        within(self.0.read_exact(&mut payload)).await.unwrap();
        let data = if data.is_empty() { json!({}) } else { serde_json::from_slice(&data).unwrap() };
        Some((head["type"].as_str().unwrap().to_owned(), data, payload))
    }

    /// The events up to one of a type, each type once in a row, and the samples among them.
    async fn until(&mut self, last: &str) -> (Vec<String>, Vec<u8>) {
        let (mut kinds, mut samples) = (Vec::new(), Vec::new());
        while let Some((kind, data, payload)) = self.hear().await {
            if kind.starts_with("audio-st") || kind == "audio-chunk" {
                assert!(kind == "audio-stop" || data["rate"] == 22050 && data["width"] == 2 && data["channels"] == 1);
            }
            samples.extend(payload);
            if kinds.last() != Some(&kind) {
                kinds.push(kind.clone());
            }
            if kind == last {
                break;
            }
        }
        (kinds, samples)
    }
}

fn samples_of(text: &str) -> Vec<u8> {
    expected(text, &Settings::default()).unwrap()[wav::HEADER_BYTES..].to_vec()
}

#[tokio::test]
async fn it_describes_itself_and_answers_pings() {
    let server = Server::start().await;
    let mut client = Client::new(server.wyoming()).await;
    client.raw(b"{\"type\": \"describe\"}\n").await;
    let (kind, info, _) = client.hear().await.unwrap();
    assert_eq!(kind, "info");
    for name in ["asr", "handle", "intent", "wake", "mic", "snd"] {
        assert_eq!(info[name], json!([]), "{name}");
    }
    let program = &info["tts"][0];
    assert_eq!(program["supports_synthesize_streaming"], true);
    let voice = &program["voices"][0];
    assert_eq!((&voice["name"], &voice["languages"]), (&"en_US-slt-tiny".into(), &json!(["en_US"])));
    for artifact in [program, voice] {
        assert!(artifact["attribution"]["name"].is_string() && artifact["attribution"]["url"].is_string());
        assert!(artifact["installed"] == true && artifact.as_object().unwrap().contains_key("version"));
    }
    client.say("no-such-event", json!({})).await;
    client.raw(b"{\"type\": \"ping\", \"data\": {\"text\": \"x\"}}\n").await;
    assert_eq!(client.hear().await.unwrap(), ("pong".into(), json!({"text": "x"}), vec![]));
}

#[tokio::test]
async fn a_whole_text_is_what_the_engine_makes() {
    let server = Server::start().await;
    let mut client = Client::new(server.wyoming()).await;
    // Two at once are answered one after the other.
    client.say("synthesize", json!({"text": TEXT, "voice": {"name": "en_US-slt-tiny"}, "text_format": "text"})).await;
    client.say("synthesize", json!({"text": TEXT, "voice": {"language": "en-GB"}, "context": null})).await;
    for _ in 0..2 {
        let (kinds, samples) = client.until("audio-stop").await;
        assert_eq!(kinds, ["audio-start", "audio-chunk", "audio-stop"]);
        assert!(samples == samples_of(TEXT));
    }
    client.say("synthesize", json!({"text": " \n"})).await;
    assert_eq!(client.until("audio-stop").await, (vec!["audio-start".into(), "audio-stop".into()], vec![]));
}

#[tokio::test]
async fn audio_flows_while_the_text_still_arrives() {
    let server = Server::start().await;
    let mut client = Client::new(server.wyoming()).await;
    client.say("synthesize-start", json!({"voice": {"name": "en_US-slt-tiny"}})).await;
    let (first, rest) = TEXT.split_at(40);
    for piece in first.as_bytes().chunks(7) {
        client.say("synthesize-chunk", json!({"text": std::str::from_utf8(piece).unwrap()})).await;
    }
    assert_eq!(client.hear().await.unwrap().0, "audio-start");
    let (kind, data, mut samples) = client.hear().await.unwrap();
    assert_eq!((kind.as_str(), &data["timestamp"]), ("audio-chunk", &json!(0)));
    // It has spoken a sentence, and waits without a claim.
    server.until_still().await;
    assert_eq!(server.app.active_streams(), 1);
    client.say("synthesize-chunk", json!({"text": rest})).await;
    client.say("synthesize", json!({"text": TEXT})).await;
    client.say("synthesize-stop", json!({})).await;
    let (kinds, more) = client.until("synthesize-stopped").await;
    assert_eq!(kinds, ["audio-chunk", "audio-stop", "synthesize-stopped"]);
    samples.extend(more);
    assert!(samples == samples_of(TEXT));
    server.until_idle().await;
    // The connection goes on.
    client.say("synthesize", json!({"text": "a"})).await;
    assert!(!client.until("audio-stop").await.1.is_empty());
}

#[tokio::test]
async fn an_error_says_what_and_ends_the_connection() {
    let server = Server::start_with(|options| options.speak.max_text_length = 50).await;
    let address = server.wyoming();
    let long = "a ".repeat(30);
    for (events, code, message) in [
        (vec![("synthesize", json!({"text": "a", "voice": {"name": "nobody"}}))], "invalid_request", "nobody"),
        (vec![("synthesize", json!({"text": "a", "voice": {"language": "xx"}}))], "invalid_request", "xx"),
        (
            vec![("synthesize", json!({"text": "a", "voice": {"name": "en_US-slt-tiny", "speaker": "x"}}))],
            "invalid_request",
            "x",
        ),
        (vec![("synthesize", json!({"text": "a", "text_format": "html"}))], "invalid_request", "text_format"),
        (vec![("synthesize", json!({"text": "<speak></p>", "text_format": "ssml"}))], "invalid_request", "</p>"),
        (vec![("synthesize", json!({"text": 3}))], "invalid_request", "text"),
        (vec![("synthesize", json!({"text": long}))], "too_long", "50 characters"),
        (
            vec![("synthesize-start", json!({})), ("synthesize-chunk", json!({"text": long}))],
            "too_long",
            "50 characters",
        ),
        (vec![("synthesize-start", json!({})), ("synthesize-start", json!({}))], "invalid_request", "end it first"),
    ] {
        let mut client = Client::new(address).await;
        for (kind, data) in &events {
            client.say(kind, data.clone()).await;
        }
        let (kind, data, _) = client.hear().await.unwrap();
        assert_eq!((kind.as_str(), &data["code"]), ("error", &code.into()), "{data}");
        assert!(data["text"].as_str().unwrap().contains(message), "{data}");
        assert!(client.hear().await.is_none(), "{events:?}");
    }
    for wrong in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[b'x'; 300_000], b"{\"type\":\"a\",\"data_length\":99999999}\n"] {
        let mut client = Client::new(address).await;
        client.raw(wrong).await;
        assert_eq!(client.hear().await.unwrap().0, "error");
        assert!(client.hear().await.is_none());
    }
    server.until_idle().await;
}

#[tokio::test]
async fn who_leaves_or_falls_silent_costs_nothing() {
    let server = Server::start_with(|options| options.connections.idle_timeout = Duration::from_millis(300)).await;
    let address = server.wyoming();
    let mut leaver = Client::new(address).await;
    leaver.say("synthesize", json!({"text": "A sentence that takes its time. ".repeat(100)})).await;
    assert_eq!(leaver.hear().await.unwrap().0, "audio-start");
    drop(leaver);
    server.until_idle().await;
    let mut silent = Client::new(address).await;
    silent.say("synthesize-start", json!({})).await;
    let (kind, data, _) = silent.hear().await.unwrap();
    assert_eq!((kind.as_str(), &data["code"]), ("error", &json!("timeout")));
    let mut mute = Client::new(address).await;
    assert!(mute.hear().await.is_none());
    server.until_idle().await;
}

#[tokio::test]
async fn who_says_no_more_hears_what_was_asked_for() {
    let server = Server::start().await;
    let mut client = Client::new(server.wyoming()).await;
    client.say("synthesize", json!({"text": TEXT})).await;
    client.0.get_mut().shutdown().await.unwrap();
    let (_, samples) = client.until("audio-stop").await;
    assert!(samples == samples_of(TEXT));
    assert!(client.hear().await.is_none());
}

#[tokio::test]
async fn limits_hold_as_over_http() {
    let server = Server::start_with(|options| {
        options.access.rate_limit = 6;
        options.access.rate_burst = Some(1);
        options.connections.max_connections_per_client = 2;
    })
    .await;
    let address = server.wyoming();
    let mut client = Client::new(address).await;
    client.say("synthesize", json!({"text": "a"})).await;
    client.until("audio-stop").await;
    client.say("synthesize", json!({"text": "a"})).await;
    assert_eq!(client.hear().await.unwrap().1["code"], "too_many_requests");
    // The oldest that does nothing makes room.
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::new(address).await;
        client.raw(b"{\"type\": \"ping\"}\n").await;
        assert_eq!(client.hear().await.unwrap().0, "pong");
        clients.push(client);
    }
    assert!(clients[0].hear().await.is_none());
}
