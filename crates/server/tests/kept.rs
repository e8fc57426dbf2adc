//! Speeches that are kept, and requests for what the client has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::{Request, StatusCode};
use common::{Answer, PATH, Server, within};
use http_body_util::Full;

/// With the voice's content named, which happens in the background.
async fn start(cache: u64) -> Server {
    let server = Server::start_with(|options| options.speak.cache = cache).await;
    within(async {
        while server.get(&format!("{PATH}?text=a&seed=1")).await.header("etag").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    server
}

#[tokio::test]
async fn the_same_request_is_spoken_once() {
    let server = start(8).await;
    let path = format!("{PATH}?text=Once+only.&seed=7");
    let first = server.get(&path).await;
    let made = server.app.chunks_made();
    let second = server.get(&path).await;
    assert_eq!(server.app.chunks_made(), made);
    assert!(first.body == second.body && first.status == StatusCode::OK);
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_eq!(second.header("cache-control"), "public, max-age=86400");
    assert_eq!(second.header("content-length"), second.body.len().to_string());
    // Another form of the same, and another voice's length.
    for other in ["text=Once+only.&seed=8", "text=Once+only.", "text=Once+only.&seed=7&length_scale=1.1"] {
        let made = server.app.chunks_made();
        server.get(&format!("{PATH}?{other}")).await;
        assert!(server.app.chunks_made() > made, "{other}");
    }
}

#[tokio::test]
async fn who_has_it_is_not_sent_it_again() {
    let server = start(0).await;
    let path = format!("{PATH}?text=Again.&seed=7");
    let tag = server.get(&path).await.header("etag").to_owned();
    let made = server.app.chunks_made();
    let request = Request::get(&path).header("host", "test").header("if-none-match", &tag);
    let answer = Answer::of(server.send(request.body(Full::default()).unwrap()).await).await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::NOT_MODIFIED, tag.as_str()));
    assert!(answer.body.is_empty() && server.app.chunks_made() == made);
    assert_eq!(server.get(&format!("{PATH}?text=Again.")).await.header("etag"), "");
}

#[tokio::test]
async fn what_a_reader_left_is_not_kept() {
    let server = start(8).await;
    let text = "A sentence that nobody hears to its end. ".repeat(40);
    let path = format!("{PATH}?seed=7&text={}", text.replace(' ', "+"));
    drop(server.send(Request::get(&path).header("host", "test").body(Full::default()).unwrap()).await);
    server.until_idle().await;
    let made = server.app.chunks_made();
    assert_eq!(server.get(&path).await.status, StatusCode::OK);
    assert!(server.app.chunks_made() > made + 10);
}
