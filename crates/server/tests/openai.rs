//! What clients of OpenAI's and of Piper's own server ask for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::{Method, StatusCode};
use chanter_engine::{Settings, VoiceConfig};
use chanter_output::{Encoder, Format};
use chanter_server::Options;
use common::{Answer, Server, expected, voice};

const PATH: &str = "/v1/audio/speech";

impl Server {
    async fn speech(&self, json: &str) -> Answer {
        self.ask(Method::POST, PATH, "application/json", json.to_owned()).await
    }
}

#[tokio::test]
async fn wav_is_what_the_voice_says() {
    let server = Server::start().await;
    let answer = server
        .speech(
            r#"{"model": "tts-1", "input": "Hello there.", "voice": "alloy", "speed": 2, "response_format": "wav"}"#,
        )
        .await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "audio/wav"));
    let mut settings = Settings::default();
    settings.length_scale = Some(voice().config().inference.length_scale / 2.0);
    assert!(answer.body == expected("Hello there.", &settings).unwrap());
}

/// Pieces come resampled as they are made, and are the whole resampled.
#[tokio::test]
async fn pcm_has_24_khz() {
    let server = Server::start().await;
    let text = "Resampling is not waiting, and what is heard in pieces is the whole.";
    let json = format!(r#"{{"input": "{text}", "response_format": "pcm", "seed": 7, "voice": "en_US-slt-tiny"}}"#);
    let answer = server.speech(&json).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "audio/pcm"));
    assert_eq!(answer.header("x-audio-sample-rate"), "24000");
    let mut settings = Settings::default();
    settings.seed = 7;
    let samples: Vec<f32> = voice().speak(text, &settings).unwrap().flat_map(|chunk| chunk.unwrap().samples).collect();
    let mut encoder = Encoder::new(Format::Pcm, voice().sample_rate(), Some(24_000)).unwrap();
    let whole = [encoder.encode(&samples).unwrap(), encoder.finish().unwrap()].concat();
    assert_eq!(whole.len(), 2 * (samples.len() as u64 * 24_000).div_ceil(voice().sample_rate().into()) as usize);
    assert!(answer.body == whole);
}

#[tokio::test]
async fn errors_are_openais() {
    let server = Server::start().await;
    for (json, param) in [
        ("", None),
        ("{}", Some("input")),
        (r#"{"input": "a", "response_format": "mp4"}"#, Some("response_format")),
        (r#"{"input": "a", "voice": "nobody"}"#, Some("voice")),
    ] {
        let answer = server.speech(json).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{json}");
        let error = &answer.json()["error"];
        assert_eq!((error["type"].as_str(), error["param"].as_str()), (Some("invalid_request_error"), param));
        assert_eq!(error["code"], "invalid_request");
    }
    let long = format!(r#"{{"input": "{}"}}"#, "a".repeat(200_000));
    let answer = server.speech(&long).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (413, &"too_long".into()));
    for (method, path, status) in [(Method::GET, PATH, 405), (Method::GET, "/v1/nothing", 404)] {
        let answer = server.ask(method, path, "", "").await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{path}");
    }
    let answer = Server::start_empty(Options::default(), |_| Ok(voice())).speech(r#"{"input": "a"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["error"]["type"], "server_error");
}

#[tokio::test]
async fn a_voice_is_listed_and_asked_for_by_its_name() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/test/tiny.onnx");
    let mut options = Options::default();
    options.voices.model = Some(model.into());
    let server = Server::start_empty(options, |_| Ok(voice()));
    server.app.load().await.unwrap();
    let voices = server.get("/voices").await.json();
    assert_eq!(voices.as_object().unwrap().keys().collect::<Vec<_>>(), ["en_US-slt-tiny", "tiny"]);
    let built_in = VoiceConfig::from_json(voices["en_US-slt-tiny"].to_string().as_bytes()).unwrap();
    assert_eq!(built_in, *voice().config());
    assert_eq!(
        (&voices["tiny"]["chanter"]["state"], &voices["tiny"]["chanter"]["default"]),
        (&"loaded".into(), &true.into())
    );
    for (name, status) in [("tiny", 200), ("en_US-slt-tiny", 200), ("nova", 200), ("", 200), ("other", 400)] {
        let answer = server.get(&format!("/synthesize-stream?text=a&voice={name}")).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
    }
}

/// A voice asked for is a voice's name, another name for one, one of OpenAI's, which leaves it to the model, or an error.
#[tokio::test]
async fn other_names_for_voices_and_models() {
    let mut options = Options::default();
    options.voices.model = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/test/tiny.onnx").into());
    options.voices.default_voice = Some("en_US-slt-tiny".into());
    options.voices.voice_aliases = vec![("nova".into(), "tiny".into()), ("tts-1-hd".into(), "tiny".into())];
    let server = Server::start_empty(options, |_| Ok(voice()));
    server.app.load().await.unwrap();
    for (model, asked, spoken) in [
        ("tts-1", "alloy", Some("en_US-slt-tiny")),
        ("tts-1", "nova", Some("tiny")),
        ("tts-1", "tiny", Some("tiny")),
        ("tts-1-hd", "alloy", Some("tiny")),
        ("tiny", "alloy", Some("tiny")),
        ("tiny", "", Some("tiny")),
        ("tts-1-hd", "en_US-slt-tiny", Some("en_US-slt-tiny")),
        ("unheard-of", "alloy", Some("en_US-slt-tiny")),
        ("tiny", "nobody", None),
    ] {
        let before = String::from_utf8(server.get("/metrics").await.body.to_vec()).unwrap();
        let json = format!(r#"{{"input": "a", "model": "{model}", "voice": "{asked}", "response_format": "pcm"}}"#);
        let answer = server.speech(&json).await;
        assert_eq!(answer.status.is_success(), spoken.is_some(), "{model} {asked}");
        let after = String::from_utf8(server.get("/metrics").await.body.to_vec()).unwrap();
        let Some(spoken) = spoken else { continue };
        let count = |metrics: &str, voice: &str| {
            let line = metrics
                .lines()
                .find(|line| line.contains("first_audio") && line.contains(voice) && line.contains("_count"));
            line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
        };
        for voice in ["\"tiny\"", "\"en_US-slt-tiny\""] {
            let more = u64::from(voice.trim_matches('"') == spoken);
            assert_eq!(count(&after, voice), count(&before, voice) + more, "{model} {asked} {voice}");
        }
    }
    let voices = server.get("/v1/audio/voices").await.json();
    assert_eq!(voices["voices"].as_array().unwrap().len(), 4);
}
