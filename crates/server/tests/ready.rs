//! Before the voice is ready, and where it never will be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Mutex;

use axum::http::StatusCode;
use chanter_engine::{Error, ErrorKind, Voice};
use chanter_server::Options;
use common::{PATH, Server, voice, within};

#[tokio::test]
async fn not_ready_until_the_voice_has_spoken() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = Mutex::new(released);
    let server = Server::start_empty(Options::default(), move |_| {
        released.lock().unwrap().recv().unwrap();
        Ok(voice())
    });
    let app = server.app.clone();
    let loading = tokio::spawn(async move { app.load().await });

    assert_eq!(server.get("/health").await.status, StatusCode::OK);
    let ready = server.get("/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((&ready.json()["status"], &ready.json()["error"]["type"]), (&"loading".into(), &"not_ready".into()));
    for answer in [server.get(&format!("{PATH}?text=a")).await, server.post("text/plain", "a").await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["error"]["type"], "not_ready");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(server.get(&format!("{PATH}?text=")).await.status, StatusCode::BAD_REQUEST);

    release.send(()).unwrap();
    within(loading).await.unwrap().unwrap();
    let ready = server.get("/ready").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["status"], "ready");
    assert_eq!(server.get("/health").await.json()["sample_rate"], voice().sample_rate());
    assert_eq!(server.post("text/plain", "a").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_voice_that_cannot_be_loaded() {
    type Open = fn() -> chanter_engine::Result<Voice>;
    let cases: [(Open, &str); 2] = [
        (|| Err(Error::new(ErrorKind::Config, "phoneme_id_map is missing")), "phoneme_id_map is missing"),
        (|| panic!("a bug"), "loading the voice broke down"),
    ];
    for (open, why) in cases {
        let server = Server::start_empty(Options::default(), move |_| open());
        let error = server.app.load().await.err().unwrap();
        assert!(error.contains(why), "{error}");
        let ready = server.get("/ready").await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.json()["status"], "failed");
        assert!(ready.json()["error"]["message"].as_str().unwrap().contains(why));
        assert_eq!(server.post("text/plain", "a").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
