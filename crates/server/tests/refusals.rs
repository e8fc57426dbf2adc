//! What is refused, with which status, type and field.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::{Method, StatusCode};
use chanter_engine::Voice;
use chanter_server::Options;
use common::{Answer, PATH, Server, post_text, read_to_end, within};
use tokio::io::AsyncWriteExt;

/// Checks that an answer is a JSON error; `param` is empty where the error names no field.
fn check(answer: &Answer, status: u16, kind: &str, param: &str, case: &str) {
    let start = &answer.body[..answer.body.len().min(200)];
    assert_eq!(answer.status.as_u16(), status, "{case}: {start:?}");
    let json = answer.json();
    let error = json["error"].as_object().unwrap_or_else(|| panic!("{case}: {json}"));
    assert_eq!(error["type"], kind, "{case}: {json}");
    let message = error["message"].as_str().unwrap();
    assert!(!message.is_empty() && !message.contains('\n'), "{case}: {json}");
    assert_eq!(error.get("param").map_or("", |p| p.as_str().unwrap()), param, "{case}: {json}");
    assert!(error.keys().all(|k| ["message", "type", "param"].contains(&k.as_str())), "{case}: {json}");
}

#[tokio::test]
async fn queries() {
    let server = Server::start().await;
    let long = format!("text={}", "%F0%9F%8E%B5".repeat(5001));
    let cases = [
        ("", 400, "invalid_request", "text"),
        ("text=", 400, "invalid_request", "text"),
        ("text=+%0a%20", 400, "invalid_request", "text"),
        ("text=%ff", 400, "invalid_request", "text"),
        ("text=%C3", 400, "invalid_request", "text"),
        ("%ff=a&text=a", 400, "invalid_request", ""),
        ("text=a&text=b", 400, "invalid_request", "text"),
        ("text=a&noise_w=1&noise_w_scale=1", 400, "invalid_request", "noise_w_scale"),
        ("text=a&phonemes=a", 400, "invalid_request", "phonemes"),
        ("text=a&length_scale=fast", 400, "invalid_request", "length_scale"),
        ("text=a&length_scale=", 400, "invalid_request", "length_scale"),
        ("text=a&length_scale=0", 400, "invalid_request", "length_scale"),
        ("text=a&length_scale=nan", 400, "invalid_request", "length_scale"),
        ("text=a&noise_scale=-1", 400, "invalid_request", "noise_scale"),
        ("text=a&noise_w_scale=inf", 400, "invalid_request", "noise_w_scale"),
        ("text=a&volume=1e99", 400, "invalid_request", "volume"),
        ("text=a&sentence_silence=61", 400, "invalid_request", "sentence_silence"),
        ("text=a&seed=-1", 400, "invalid_request", "seed"),
        ("text=a&seed=18446744073709551616", 400, "invalid_request", "seed"),
        ("text=a&speaker_id=0.5", 400, "invalid_request", "speaker_id"),
        ("phoneme_ids=1,x", 400, "invalid_request", "phoneme_ids"),
        ("phoneme_ids=", 400, "invalid_request", "phoneme_ids"),
        ("phonemes=", 400, "invalid_request", "phonemes"),
        (&long, 413, "too_long", "text"),
    ];
    for (query, status, kind, param) in cases {
        let answer = server.get(&format!("{PATH}?{query}")).await;
        check(&answer, status, kind, param, &query.chars().take(60).collect::<String>());
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn bodies() {
    let server = Server::start().await;
    let json = "application/json";
    let long_text = "a".repeat(5001);
    let long_json = format!("{{\"text\": \"{long_text}\"}}");
    let long_phonemes = format!("{{\"phonemes\": \"{long_text}\"}}");
    let long_ids = format!("{{\"phoneme_ids\": [1{}]}}", ",0".repeat(10_001));
    let long_lexicon = format!("{{\"text\": \"a\", \"lexicon\": \"{}\"}}", "a\\tb\\n".repeat(9000));
    let megabyte = "word ".repeat(200_000);
    let deep = "[".repeat(20_000);
    let cases: &[(&str, &[u8], u16, &str, &str)] = &[
        (json, b"", 400, "invalid_request", ""),
        (json, b"{", 400, "invalid_request", ""),
        (json, b"[]", 400, "invalid_request", ""),
        (json, b"\"text\"", 400, "invalid_request", ""),
        (json, deep.as_bytes(), 400, "invalid_request", ""),
        (json, b"{\"text\": \"\xff\"}", 400, "invalid_request", ""),
        (json, b"{\"text\": \"\\ud800\"}", 400, "invalid_request", ""),
        (json, b"{}", 400, "invalid_request", "text"),
        (json, b"{\"text\": null}", 400, "invalid_request", "text"),
        (json, b"{\"text\": \" \\n\\t\"}", 400, "invalid_request", "text"),
        (json, b"{\"text\": 5}", 400, "invalid_request", "text"),
        (json, b"{\"text\": [\"a\"]}", 400, "invalid_request", "text"),
        (json, b"{\"text\": \"a\", \"length_scale\": \"1\"}", 400, "invalid_request", "length_scale"),
        (json, b"{\"text\": \"a\", \"noise_w\": 6}", 400, "invalid_request", "noise_w_scale"),
        (json, b"{\"text\": \"a\", \"volume\": 1e300}", 400, "invalid_request", "volume"),
        (json, b"{\"text\": \"a\", \"seed\": 1.5}", 400, "invalid_request", "seed"),
        (json, b"{\"text\": \"a\", \"speaker\": 1.5}", 400, "invalid_request", "speaker"),
        (json, b"{\"text\": \"a\", \"speaker\": []}", 400, "invalid_request", "speaker"),
        (json, b"{\"text\": \"a\", \"speaker_id\": \"0\"}", 400, "invalid_request", "speaker_id"),
        (json, b"{\"text\": \"a\", \"lexicon\": [\"b\"]}", 400, "invalid_request", "lexicon"),
        (json, b"{\"text\": \"a\", \"lexicon\": \"b c\"}", 400, "invalid_request", "lexicon"),
        (json, long_lexicon.as_bytes(), 413, "too_long", "lexicon"),
        (json, b"{\"phonemes\": [[\"a\"], \"b\"]}", 400, "invalid_request", "phonemes"),
        (json, b"{\"phonemes\": [[]]}", 400, "invalid_request", "phonemes"),
        (json, b"{\"phonemes\": 1}", 400, "invalid_request", "phonemes"),
        (json, b"{\"phoneme_ids\": []}", 400, "invalid_request", "phoneme_ids"),
        (json, b"{\"phoneme_ids\": [1.5]}", 400, "invalid_request", "phoneme_ids"),
        (json, b"{\"phoneme_ids\": [[1], 2]}", 400, "invalid_request", "phoneme_ids"),
        (json, b"{\"phoneme_ids\": [1], \"text\": \"a\"}", 400, "invalid_request", "phoneme_ids"),
        (json, long_json.as_bytes(), 413, "too_long", "text"),
        (json, long_phonemes.as_bytes(), 413, "too_long", "phonemes"),
        (json, long_ids.as_bytes(), 413, "too_long", "phoneme_ids"),
        ("text/plain", b"", 400, "invalid_request", "text"),
        ("text/plain", b" \r\n", 400, "invalid_request", "text"),
        ("text/plain", b"caf\xe9", 400, "invalid_request", ""),
        ("text/plain", long_text.as_bytes(), 413, "too_long", "text"),
        ("text/plain", megabyte.as_bytes(), 413, "too_long", ""),
        ("text/plain; charset=iso-8859-1", b"a", 415, "unsupported_media_type", ""),
        ("audio/wav", b"RIFF", 415, "unsupported_media_type", ""),
        ("application/x-www-form-urlencoded", b"text=%ff", 400, "invalid_request", "text"),
        ("", b"", 400, "invalid_request", "text"),
        ("", b"{\"text\": 1}", 400, "invalid_request", "text"),
    ];
    for &(content_type, body, status, kind, param) in cases {
        let case = format!("{content_type} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
        check(&server.post(content_type, body.to_vec()).await, status, kind, param, &case);
    }
    let twice = server.ask(Method::POST, &format!("{PATH}?text=a"), "text/plain", "b").await;
    check(&twice, 400, "invalid_request", "text", "text in the query and as the body");
}

#[tokio::test]
async fn unspeakable_settings_are_the_clients_fault() {
    let server = Server::start().await;
    let answer = server.post("application/json", r#"{"text": "a", "speaker": "nobody"}"#).await;
    check(&answer, 400, "invalid_request", "", "a speaker that the voice lacks");
}

/// A lexicon's error names the line, a voice's that reads no text what it takes instead.
#[tokio::test]
async fn words_and_voices_without_a_reading() {
    let server = Server::start().await;
    let answer = server.post("application/json", r#"{"text": "a", "lexicon": "ok\tokay\nb c"}"#).await;
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("line 2") && message.contains("tab"), "{message}");

    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/test");
    let model = std::fs::read(models.join("tiny.onnx")).unwrap();
    let config = std::fs::read_to_string(models.join("tiny.onnx.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["phoneme_type"] = "pinyin".into();
    let config = config.to_string();
    let server = Server::start_empty(Options::default(), move |_| Voice::from_bytes(model.clone(), config.as_bytes()));
    server.app.load().await.unwrap();
    let answer = server.post("application/json", r#"{"text": "a"}"#).await;
    check(&answer, 400, "invalid_request", "text", "text for a voice of pinyin");
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("pinyin") && message.contains("phoneme ids"), "{message}");
    let answer = server.post("application/json", r#"{"phonemes": ["a"]}"#).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn paths_and_methods() {
    let server = Server::start().await;
    check(&server.get("/nothing").await, 404, "not_found", "", "404");
    for (method, path, allow) in [
        (Method::DELETE, PATH, "GET,HEAD,POST"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::PUT, "/", "POST,GET,HEAD"),
    ] {
        let answer = server.ask(method, path, "", "").await;
        check(&answer, 405, "method_not_allowed", "", path);
        assert_eq!(answer.header("allow"), allow);
    }
}

/// The client sends all before it reads anything, and still gets the answer.
#[tokio::test]
async fn a_megabyte_sent_blindly() {
    let server = Server::start().await;
    let megabyte = "a".repeat(1 << 20);
    let chunked = format!(
        "POST {PATH} HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{megabyte}\r\n0\r\n\r\n",
        megabyte.len()
    );
    let query = format!("GET {PATH}?text={megabyte} HTTP/1.1\r\nhost: test\r\n\r\n");
    for (request, status) in [(post_text(&megabyte), "413"), (chunked.into_bytes(), "413"), (query.into_bytes(), "431")]
    {
        let mut stream = server.raw(&request).await;
        within(stream.shutdown()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(server.get("/health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_http() {
    let server = Server::start().await;
    let query = [b"GET ".as_slice(), PATH.as_bytes(), b"?text=\xff\xfe HTTP/1.1\r\nhost: test\r\n\r\n"].concat();
    let broken_body = b"POST /synthesize-stream HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    for request in [&query[..], b"\x16\x03\x01\x02\x00\x01\x00", b"\0\0\0\0\r\n\r\n", broken_body] {
        let mut stream = server.raw(request).await;
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(server.get("/health").await.status, StatusCode::OK);
}
