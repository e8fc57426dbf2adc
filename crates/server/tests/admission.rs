//! More requests than can be answered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use common::{PATH, Server, post_text, within};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const LONG: &str = "The quick brown fox jumps over the lazy dog. ";

/// Takes a place and keeps it.
async fn hold(server: &Server) -> TcpStream {
    let mut reader = server.raw(&post_text(&LONG.repeat(60))).await;
    let mut first = [0; 300];
    within(reader.read_exact(&mut first)).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200 "));
    reader
}

#[tokio::test]
async fn beyond_what_there_is_room_for_it_says_so() {
    let server = Server::start_with(|options| {
        options.admission.max_streams = 2;
        options.admission.queue = 1;
        options.admission.queue_timeout = Duration::from_secs(60);
    })
    .await;
    let [first, _second] = [hold(&server).await, hold(&server).await];
    let server = Arc::new(server);
    let waits = tokio::spawn({
        let server = server.clone();
        async move { server.post("text/plain", "I wait.").await }
    });
    within(async { while server.get("/ready").await.json()["queue"] != 1 {} }).await;
    let refused = server.post("text/plain", "I do not.").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(refused.json()["error"]["type"], "busy");
    drop(first);
    assert_eq!(within(waits).await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn who_waits_too_long_is_told() {
    let server = Server::start_with(|options| {
        options.admission.max_streams = 1;
        options.admission.queue_timeout = Duration::from_millis(20);
    })
    .await;
    let holder = hold(&server).await;
    let answer = server.post("text/plain", "I wait.").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(holder);
    server.until_idle().await;
    assert_eq!(server.post("text/plain", "Now.").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_speech_that_takes_too_long_is_broken_off() {
    let server = Server::start_with(|options| options.speak.timeout = Duration::from_millis(300)).await;
    let mut reader = server.raw(&post_text(&LONG.repeat(100))).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let all = common::read_to_end(&mut reader).await;
    assert!(all.starts_with(b"HTTP/1.1 200 ") && !all.ends_with(b"0\r\n\r\n"), "it ended as if it were whole");
    server.until_idle().await;
    let metrics = server.get("/metrics").await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("chanter_speeches_total{reason=\"took too long\"} 1"));
}

#[tokio::test]
async fn a_reader_who_takes_nothing_is_cut_off() {
    let server = Server::start_with(|options| options.connections.idle_timeout = Duration::from_millis(200)).await;
    let reader = hold(&server).await;
    within(server.until_idle()).await;
    drop(reader);
}

#[tokio::test]
async fn connections_that_wait_make_room() {
    let server = Server::start_with(|options| options.connections.max_connections = 3).await;
    let mut idle = Vec::new();
    for _ in 0..6 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET / HT").await.unwrap();
        idle.push(stream);
    }
    assert_eq!(server.get("/health").await.status, StatusCode::OK);
    // Those that speak do not.
    let _three = [hold(&server).await, hold(&server).await, hold(&server).await];
    let refused = server.get(&format!("{PATH}?text=a")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(refused.json()["error"]["message"], "there are too many connections");
}
