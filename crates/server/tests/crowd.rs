//! Many readers at once: slow ones, ones who leave, and the rest, who must not notice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use axum::http::StatusCode;
use chanter_engine::Settings;
use common::{PATH, Server, expected, post_text, within};
use tokio::io::AsyncReadExt;

const SENTENCE: &str = "The quick brown fox jumps over the lazy dog. ";

fn long_text() -> String {
    SENTENCE.repeat(5000 / SENTENCE.len())
}

#[tokio::test]
async fn a_reader_who_does_not_read_stops_its_own_synthesis() {
    let server = Server::start().await;
    let mut reader = server.raw(&post_text(&long_text())).await;
    let mut first = [0; 100];
    within(reader.read_exact(&mut first)).await.unwrap();
    server.until_still().await;
    assert_eq!(server.app.active_streams(), 1, "all of it was made, for nobody");
    // It costs nobody else anything: no thread, no turn.
    let answer = server.get(&format!("{PATH}?text=Meanwhile.")).await;
    assert!(answer.body == expected("Meanwhile.", &Settings::default()).unwrap());
    assert_eq!(server.app.active_streams(), 1);
    // And when it leaves, nothing more is made for it.
    drop(reader);
    let made = server.app.chunks_made();
    server.until_idle().await;
    assert!(server.app.chunks_made() <= made + 1);
}

#[tokio::test]
async fn a_reader_who_leaves_stops_its_synthesis() {
    let server = Server::start().await;
    let mut reader = server.raw(&post_text(&long_text())).await;
    let mut some = [0; 20_000];
    within(reader.read_exact(&mut some)).await.unwrap();
    drop(reader);
    server.until_idle().await;
    let made = server.app.chunks_made();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.app.chunks_made(), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_at_once() {
    let server = Server::start().await;
    let mut slow = server.raw(&post_text(&long_text())).await;
    let slow = tokio::spawn(async move {
        let mut some = [0; 100];
        let mut read = 0;
        loop {
            read += slow.read(&mut some).await.unwrap();
            assert!(read < 1 << 20, "the others never finished");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    for _ in 0..2 {
        let mut leaver = server.raw(&post_text(&long_text())).await;
        tokio::spawn(async move {
            let mut some = [0; 10_000];
            leaver.read_exact(&mut some).await.unwrap();
        });
    }
    let expected = expected(SENTENCE.repeat(2), &Settings::default()).unwrap();
    let text = SENTENCE.repeat(2);
    let others = (0..13).map(|_| async {
        let answer = server.post("text/plain", text.clone()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body == expected);
    });
    within(futures_util::future::join_all(others)).await;
    slow.abort();
    assert!(slow.await.unwrap_err().is_cancelled());
    server.until_idle().await;
    let health = server.get("/health").await.json();
    assert_eq!(health["active_streams"], 0);
}
