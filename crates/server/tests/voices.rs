//! A folder of voices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use axum::http::StatusCode;
use chanter_server::{App, Options};
use common::{PATH, Server};
use tempfile::TempDir;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/test/tiny.onnx");
const MULTI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/test/tiny-multi.onnx");

fn put(folder: &Path, from: &str, name: &str) {
    for ending in ["", ".json"] {
        let bytes = std::fs::read(format!("{from}{ending}")).unwrap();
        // As a careful operator does it; the time makes it new.
        let part = folder.join("part");
        std::fs::write(&part, bytes).unwrap();
        std::fs::rename(part, folder.join(format!("{name}.onnx{ending}"))).unwrap();
    }
}

fn set(folder: &Path, name: &str, field: &str, value: serde_json::Value) {
    let path = folder.join(format!("{name}.onnx.json"));
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[field] = value;
    std::fs::write(path, config.to_string()).unwrap();
}

async fn start(folder: &TempDir, change: impl FnOnce(&mut Options)) -> Server {
    let mut options = Options::default();
    options.voices.voices = Some(folder.path().to_owned());
    change(&mut options);
    let server = Server::start_app(App::new(options));
    server.app.load().await.unwrap();
    server
}

async fn say(server: &Server, query: &str) -> common::Answer {
    server.get(&format!("{PATH}?text=a&{query}")).await
}

async fn states(server: &Server) -> Vec<(String, String)> {
    let voices = server.get("/voices?all=1").await.json();
    let state = |voice: &serde_json::Value| voice["chanter"]["state"].as_str().unwrap().to_owned();
    voices.as_object().unwrap().iter().map(|(name, voice)| (name.clone(), state(voice))).collect()
}

#[tokio::test]
async fn voices_are_loaded_when_they_are_asked_for() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), TINY, "one");
    put(folder.path(), MULTI, "two");
    std::fs::write(folder.path().join("bad.onnx"), "no model").unwrap();
    put(folder.path(), TINY, "cut");
    std::fs::write(folder.path().join("cut.onnx"), &std::fs::read(TINY).unwrap()[..1000]).unwrap();
    let server = start(&folder, |_| {}).await;
    assert_eq!(say(&server, "voice=one").await.header("x-audio-sample-rate"), "16000");
    for (name, told) in [("bad", "bad.onnx"), ("cut", "cut")] {
        let refused = say(&server, &format!("voice={name}")).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(told) && !message.contains(folder.path().to_str().unwrap()), "{message}");
    }
    let states: Vec<_> = states(&server).await;
    let states: Vec<_> = states.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
    let expected =
        [("bad", "broken"), ("cut", "broken"), ("en_US-slt-tiny", "loaded"), ("one", "loaded"), ("two", "on disk")];
    assert_eq!(states, expected);
    let usable = server.get("/voices").await.json();
    assert_eq!(usable.as_object().unwrap().len(), 3, "Piper's clients see what can speak");
    for name in ["../one", "one.onnx", "/etc/passwd", "%2e%2e/one", "one%00"] {
        assert_eq!(say(&server, &format!("voice={name}")).await.status, StatusCode::BAD_REQUEST, "{name}");
    }
}

#[tokio::test]
async fn a_language_finds_its_voice() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), TINY, "german");
    set(folder.path(), "german", "language", serde_json::json!({"code": "de_DE"}));
    let server = start(&folder, |_| {}).await;
    for (language, rate) in [("de", "16000"), ("de-AT", "16000"), ("en", "22050")] {
        assert_eq!(
            say(&server, &format!("language={language}")).await.header("x-audio-sample-rate"),
            rate,
            "{language}"
        );
    }
    let refused = say(&server, "language=fr").await;
    assert_eq!(
        (refused.status, refused.json()["error"]["param"].as_str()),
        (StatusCode::BAD_REQUEST, Some("language"))
    );
}

#[tokio::test]
async fn voices_make_room_for_one_another() {
    let folder = TempDir::new().unwrap();
    for name in ["one", "two", "three"] {
        put(folder.path(), TINY, name);
    }
    // The built-in one takes some 16 MiB of these and stays; a test voice less than one.
    let server = start(&folder, |options| options.voices.voice_memory = 0).await;
    assert_eq!(say(&server, "").await.status, StatusCode::OK);
    let refused = say(&server, "voice=one").await;
    assert_eq!(
        (refused.status, refused.json()["error"]["type"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("busy"))
    );
}

#[tokio::test]
async fn a_voice_that_changes_is_taken_anew() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), TINY, "one");
    let server = start(&folder, |options| options.voices.default_voice = Some("one".to_owned())).await;
    let before = say(&server, "seed=1").await;
    set(folder.path(), "one", "audio", serde_json::json!({"sample_rate": 8000}));
    server.app.look().await;
    assert_eq!(say(&server, "").await.header("x-audio-sample-rate"), "8000");
    // Broken, it goes on as it was.
    std::fs::write(folder.path().join("one.onnx"), "nonsense").unwrap();
    server.app.look().await;
    let after = say(&server, "seed=1").await;
    assert_eq!((after.status, after.body.len()), (StatusCode::OK, before.body.len()));
    assert_eq!(server.get("/ready").await.status, StatusCode::OK);
    // Gone, too; it is the default.
    std::fs::remove_file(folder.path().join("one.onnx")).unwrap();
    server.app.look().await;
    assert_eq!(say(&server, "").await.status, StatusCode::OK);
    put(folder.path(), TINY, "one");
    server.app.look().await;
    assert_eq!(say(&server, "").await.header("x-audio-sample-rate"), "16000");
}

#[tokio::test]
async fn clients_change_nothing_unless_they_may() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), TINY, "one");
    let server = start(&folder, |_| {}).await;
    let delete = async |server: &Server, name: &str| {
        server.ask(axum::http::Method::DELETE, &format!("/voices/{name}"), "", "").await
    };
    assert_eq!(delete(&server, "one").await.status, StatusCode::FORBIDDEN);
    let fetch = server.ask(axum::http::Method::POST, "/download", "application/json", r#"{"voice": "one"}"#).await;
    assert_eq!(fetch.status, StatusCode::FORBIDDEN);
    assert!(fetch.json()["error"]["message"].as_str().unwrap().contains("--voice-downloads"));

    let server = start(&folder, |options| {
        options.voices.voice_downloads = true;
        options.voices.catalogue = "http://127.0.0.1:1/voices.json".to_owned();
    })
    .await;
    for name in ["..%2Fone", "none", "%2e%2e%2f%2e%2e%2fetc"] {
        assert!(delete(&server, name).await.status.is_client_error(), "{name}");
    }
    assert!(folder.path().join("one.onnx").exists());
    assert_eq!(delete(&server, "one").await.status, StatusCode::NO_CONTENT);
    assert!(!folder.path().join("one.onnx").exists());
    assert_eq!(say(&server, "voice=one").await.status, StatusCode::BAD_REQUEST);
    let fetch = server.ask(axum::http::Method::POST, "/download", "application/json", r#"{"voice": "one"}"#).await;
    assert_eq!(fetch.status, StatusCode::BAD_GATEWAY, "{fetch:?}");
}
