//! The HTTP servers that Piper has had, as their clients ask them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::{Method, Request, StatusCode};
use chanter_engine::{Settings, wav};
use common::{Answer, Server, expected, voice};
use http_body_util::Full;

const TEXT: &str = "Hello there. And more.";

/// Whether this is the text's speech, as a file whose header knows its length.
fn check(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{what}: {:?}", answer.body);
    assert_eq!(answer.header("content-type"), "audio/wav", "{what}");
    let samples = expected(TEXT, &Settings::default()).unwrap().split_off(44);
    let mut file = wav::header(voice().sample_rate(), Some(samples.len() as u64 / 2)).to_vec();
    file.extend(samples);
    assert!(answer.body == file, "{what}: {} bytes for {}", answer.body.len(), file.len());
}

#[tokio::test]
async fn each_generation_gets_a_file() {
    let server = Server::start().await;
    let json = serde_json::json!({"text": TEXT}).to_string();
    let query = "/?text=Hello+there.%20And+more.";
    for (method, path, content_type, body) in [
        // rhasspy's
        (Method::GET, query, "", ""),
        (Method::POST, "/", "text/plain", TEXT),
        (Method::POST, "/", "application/x-www-form-urlencoded", TEXT),
        // up to 1.4
        (Method::POST, "/", "application/json", json.as_str()),
        // since
        (Method::POST, "/synthesize", "application/json", json.as_str()),
        (Method::POST, "/synthesize", "", json.as_str()),
    ] {
        let answer = server.ask(method, path, content_type, body.to_owned()).await;
        check(&answer, &format!("{path} {content_type}"));
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert_eq!(answer.header("x-piper-sample-rate"), voice().sample_rate().to_string());
    }
    let answer = server.ask(Method::HEAD, query, "", "").await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
}

/// A browser that follows a link has the page, which takes the text from there.
#[tokio::test]
async fn whoever_wants_html_is_not_spoken_to() {
    let server = Server::start().await;
    let request = Request::get("/?text=a").header("host", "test").header("accept", "text/html,*/*;q=0.8");
    let answer = Answer::of(server.send(request.body(Full::default()).unwrap()).await).await;
    assert_ne!(answer.header("content-type"), "audio/wav");
}

#[tokio::test]
async fn streams_as_the_proposals_have_it() {
    let server = Server::start().await;
    let stream = expected(TEXT, &Settings::default()).unwrap();
    for (path, more) in [("/stream", ""), ("/synthesize", r#", "streaming": true"#), ("/", r#", "realtime": true"#)] {
        let answer = server.ask(Method::POST, path, "application/json", format!(r#"{{"text": "{TEXT}"{more}}}"#)).await;
        assert_eq!(answer.header("transfer-encoding"), "chunked", "{path}");
        assert!(answer.body == stream, "{path}");
    }
}

#[tokio::test]
async fn says_what_it_said_last() {
    let server = Server::start().await;
    let info = server.get("/info").await.json();
    assert_eq!(info["voice"]["name"], "en_US-slt-tiny");
    assert!(info["last"].is_null(), "{info}");
    let answer = server.ask(Method::POST, "/synthesize", "application/json", format!(r#"{{"text": "{TEXT}"}}"#)).await;
    check(&answer, "file");
    let last = &server.get("/info").await.json()["last"];
    assert_eq!(last["text"], TEXT, "{last}");
    let phonemes = last["phonemes"].as_array().unwrap();
    assert!(phonemes.len() > 10, "{last}");
    // The last ends with the sound.
    let seconds = last["alignments"].as_array().unwrap().iter().map(|one| one["seconds"].as_f64().unwrap());
    let sound = (answer.body.len() - 44) as f64 / 2.0 / f64::from(voice().sample_rate());
    // Two sentences, each with a mark at its beginning and its end.
    assert_eq!(seconds.clone().count(), phonemes.len() + 4);
    assert!((seconds.sum::<f64>() - sound).abs() < 1e-6, "{last} for {sound} s");
}

#[tokio::test]
async fn errors_name_the_field() {
    let server = Server::start().await;
    for (path, body, status, message) in [
        ("/", "", 400, "text is missing"),
        ("/synthesize", "{", 400, "JSON"),
        ("/synthesize", r#"{"text": "a", "length_scale": "slow"}"#, 400, "length_scale"),
        ("/synthesize", r#"{"text": "a", "voice": "nobody"}"#, 400, "nobody"),
        ("/stream", r#"{"text": "a", "speaker_id": 9}"#, 400, "speaker"),
    ] {
        let answer = server.ask(Method::POST, path, "application/json", body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {body}");
        let error = answer.json()["error"]["message"].to_string();
        assert!(error.contains(message), "{path} {body}: {error}");
    }
}
