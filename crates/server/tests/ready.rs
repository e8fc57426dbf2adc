//! Before the voice is ready, and where it never will be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::StatusCode;
use chanter_engine::{Error, ErrorKind, Voice};
use chanter_server::Options;
use common::{PATH, Server, voice, within};

#[tokio::test]
async fn not_ready_until_the_voice_has_spoken() {
    let server = Server::start_empty(Options::default());
    let (release, released) = std::sync::mpsc::channel();
    let app = server.app.clone();
    let loading = tokio::spawn(async move {
        app.load(move || {
            released.recv().unwrap();
            Ok(voice())
        })
        .await
    });

    let health = server.get("/health").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((&health.json()["status"], &health.json()["error"]["type"]), (&"loading".into(), &"not_ready".into()));
    for answer in [server.get(&format!("{PATH}?text=a")).await, server.post("text/plain", "a").await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["error"]["type"], "not_ready");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(server.get(&format!("{PATH}?text=")).await.status, StatusCode::BAD_REQUEST);

    release.send(()).unwrap();
    within(loading).await.unwrap().unwrap();
    let health = server.get("/health").await;
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(health.json()["status"], "ready");
    assert_eq!(health.json()["sample_rate"], voice().sample_rate());
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
        let server = Server::start_empty(Options::default());
        let error = server.app.load(open).await.err().unwrap();
        assert!(error.to_string().contains(why), "{error}");
        let health = server.get("/health").await;
        assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(health.json()["status"], "failed");
        assert!(health.json()["error"]["message"].as_str().unwrap().contains(why));
        assert_eq!(server.post("text/plain", "a").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
