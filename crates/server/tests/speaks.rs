//! What is sent is what the engine says, header first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode};
use chanter_engine::{Input, Lexicon, Settings, pcm, wav};
use chanter_server::Options;
use common::{PATH, Server, expected, read_to_end, voice, within};
use http_body_util::{BodyExt, Full};

const SSML: &str = r#"<speak><p>One.</p><break time="200ms"/><blink>Two.</blink></speak>"#;

/// A document, wherever requests can have one.
#[tokio::test]
async fn ssml() {
    let server = Server::start().await;
    let samples = expected(Input::Ssml(SSML.into()), &Settings::default()).unwrap().split_off(44);
    let spoken = expected("One.\nTwo.", &Settings::default()).unwrap().len() - 44;
    assert_eq!(samples.len(), spoken + voice().sample_rate() as usize / 5 * 2);
    let json = serde_json::json!({"text": SSML, "input": SSML, "ssml": true, "response_format": "wav"}).to_string();
    for path in [PATH, "/synthesize", "/v1/audio/speech"] {
        let answer = server.ask(Method::POST, path, "application/json", json.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
        assert!(answer.body[44..] == samples, "{path}");
        assert!(answer.header("x-speech-warnings").contains("blink"), "{path}: {:?}", answer.headers);
    }
    let address = server.wyoming();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let event = serde_json::json!({"type": "synthesize", "data": {"text": SSML, "text_format": "ssml"}});
    tokio::io::AsyncWriteExt::write_all(&mut stream, format!("{event}\n").as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
    let all = read_to_end(&mut stream).await;
    let quoted = br#""audio-stop""#;
    assert!(all.windows(quoted.len()).any(|bytes| bytes == quoted), "{}", String::from_utf8_lossy(&all[..200]));
    assert!(all.len() > samples.len(), "{} bytes for {}", all.len(), samples.len());
    let marked = r#"{"text": "<speak>a. <mark name='here'/>b.</speak>", "ssml": true, "timings": "json"}"#;
    let timings = server.post("application/json", marked).await.json();
    let (mark, word) = (&timings["marks"][0], &timings["words"][1]);
    assert_eq!((&mark["text"], &mark["samples"][0]), (&"here".into(), &word["samples"][0]), "{timings}");
    let answer = server.post("application/json", r#"{"text": "<speak>a</p>", "ssml": true}"#).await;
    let message = answer.json()["error"]["message"].to_string();
    assert!(answer.status == StatusCode::BAD_REQUEST && message.contains("</p>"), "{message}");
}

#[tokio::test]
async fn manners_can_be_left_aside() {
    let server = Server::start().await;
    let (marked, plain) = ("**Bold**, and `code`.", "Bold, and code.");
    let mut raw = Settings::default();
    raw.manners = false;
    for (manners, expected) in [
        ("", expected(plain, &raw)),
        (r#", "manners": true"#, expected(plain, &raw)),
        (r#", "manners": false"#, expected(marked, &raw)),
    ] {
        let answer = server.post("application/json", format!(r#"{{"text": "{marked}"{manners}}}"#)).await;
        assert!(answer.body == expected.unwrap(), "{manners}");
    }
}

#[tokio::test]
async fn the_header_comes_first_then_pcm() {
    let server = Server::start().await;
    let uri = format!("{PATH}?text=Streaming+is+not+waiting.&seed=7");
    let request = Request::get(uri).header("host", "test").body(Full::default()).unwrap();
    let response = server.send(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let rate = voice().sample_rate();
    for (name, value) in [
        ("content-type", "audio/wav"),
        ("transfer-encoding", "chunked"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("x-audio-sample-rate", &rate.to_string()),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
    let mut body = response.into_body();
    let mut frames: Vec<Bytes> = Vec::new();
    while let Some(frame) = within(body.frame()).await {
        frames.push(frame.unwrap().into_data().unwrap());
    }
    assert_eq!(frames[0], wav::header(rate, None).as_slice());
    let mut settings = Settings::default();
    settings.seed = 7;
    assert_eq!(frames.concat(), expected("Streaming is not waiting.", &settings).unwrap());
    server.until_idle().await;
}

#[tokio::test]
async fn every_way_to_ask_gives_the_same_speech() {
    let server = Server::start().await;
    let text = "Ein Ä & a café + 100%.";
    let mut settings = Settings::default();
    settings.length_scale = Some(1.25);
    settings.noise_scale = Some(0.3);
    settings.noise_w_scale = Some(0.4);
    settings.volume = 0.5;
    settings.seed = u64::MAX;
    let expected = expected(text, &settings).unwrap();
    let encoded = "Ein+%C3%84+%26+a%20caf%C3%A9+%2B+100%25.";
    let query = "length_scale=1.25&noise_scale=.3&noise_w=4e-1&volume=0.5&seed=18446744073709551615&unknown=%ff";
    let json = r#"{"text": "Ein \u00c4 & a café + 100%.", "length_scale": 1.25, "noise_scale": 0.3, "noise_w_scale": 0.4,
        "volume": 0.5, "seed": 18446744073709551615, "speaker": null, "unknown": {"a": []}}"#;
    let with_query = format!("{PATH}?{query}");
    let form = format!("text={encoded}&{query}");
    let marked = format!("\u{feff}{text}");
    let cases = [
        (Method::GET, format!("{PATH}?text={encoded}&{query}"), "", ""),
        (Method::POST, PATH.into(), "application/json", json),
        (Method::POST, PATH.into(), "Application/JSON; charset=UTF-8", json),
        (Method::POST, PATH.into(), "", json),
        (Method::POST, PATH.into(), "application/x-www-form-urlencoded", json),
        (Method::POST, PATH.into(), "application/x-www-form-urlencoded", &form),
        (Method::POST, with_query.clone(), "text/plain; charset=\"utf-8\"", text),
        (Method::POST, with_query.clone(), "text/plain", &marked),
        (Method::POST, with_query, "", text),
    ];
    for (method, path, content_type, body) in cases {
        let answer = server.ask(method.clone(), &path, content_type, body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path} as {content_type:?}");
        assert!(answer.body == expected, "{method} {path} as {content_type:?}");
    }
}

#[tokio::test]
async fn words_are_read_as_lexicons_say() {
    let of_all = Lexicon::parse("SQL\tsequel\nAB\tabbey").unwrap();
    let server = Server::start_empty(Options::default(), move |_| Ok(voice().with_lexicon(of_all.clone())));
    server.app.load().await.unwrap();
    for (request, text) in [
        (r#"{"text": "SQL, AB."}"#, "sequel, abbey."),
        // The request's own words come first.
        (r#"{"text": "SQL, AB.", "lexicon": "[en]\nAB\tabbot"}"#, "sequel, abbot."),
    ] {
        let answer = server.post("application/json", request).await;
        assert!(answer.body == expected(text, &Settings::default()).unwrap(), "{request}");
    }
    let answer = server.get(&format!("{PATH}?text=AB&lexicon=AB%09abbot")).await;
    assert!(answer.body == expected("abbot", &Settings::default()).unwrap());
}

#[tokio::test]
async fn phonemes_and_ids() {
    let server = Server::start().await;
    let phonemes = |sentences: &[&[&str]]| {
        Input::Phonemes(sentences.iter().map(|s| s.iter().map(|&p| p.to_owned()).collect()).collect())
    };
    let ids = vec![1, 0, 14, 0, 15, 0, 2];
    let cases = [
        (r#"{"phonemes": "ab"}"#, phonemes(&[&["a", "b"]])),
        (r#"{"phonemes": "ab\n\nb"}"#, phonemes(&[&["a", "b"], &["b"]])),
        (r#"{"phonemes": ["a", "b"]}"#, phonemes(&[&["a", "b"]])),
        (r#"{"phonemes": [["a", "b"], ["b"]]}"#, phonemes(&[&["a", "b"], &["b"]])),
        (r#"{"phoneme_ids": [1, 0, 14, 0, 15, 0, 2]}"#, Input::PhonemeIds(vec![ids.clone()])),
        (r#"{"phoneme_ids": [[1, 0, 14, 0, 15, 0, 2]]}"#, Input::PhonemeIds(vec![ids.clone()])),
        ("phoneme_ids=1,0,14,0,+15,0,2", Input::PhonemeIds(vec![ids])),
        ("phonemes=ab%0Ab", phonemes(&[&["a", "b"], &["b"]])),
    ];
    for (body, input) in cases {
        let answer = server.post("application/x-www-form-urlencoded", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}");
        assert!(answer.body == expected(input, &Settings::default()).unwrap(), "{body}");
    }
}

/// A speech that fails half-way does not look like one that ended.
#[tokio::test]
async fn an_error_on_the_way_breaks_the_transfer_off() {
    let server = Server::start_with(|options| options.speak.max_audio = Duration::from_secs(4)).await;
    let uri = format!("{PATH}?text={}", "One+short+sentence.+".repeat(50));
    let response = server.send(Request::get(uri).header("host", "test").body(Full::default()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body();
    let mut bytes = 0;
    let error = loop {
        match within(body.frame()).await.expect("a clean end") {
            Ok(frame) => bytes += frame.into_data().unwrap().len(),
            Err(error) => break error,
        }
    };
    assert!(bytes > wav::HEADER_BYTES, "{error}");
    server.until_idle().await;
    assert_eq!(server.get(&format!("{PATH}?text=Hello.")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn head_has_the_headers_and_makes_nothing() {
    let server = Server::start().await;
    for (path, content_type) in [(format!("{PATH}?text=Hello"), "audio/wav"), ("/health".into(), "application/json")] {
        let answer = server.ask(Method::HEAD, &path, "", "").await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, content_type));
        assert!(answer.body.is_empty());
    }
    server.until_idle().await;
    assert_eq!(server.app.chunks_made(), 0);
}

#[tokio::test]
async fn http_1_0_gets_it_without_chunks() {
    let server = Server::start().await;
    let mut stream = server.raw(format!("GET {PATH}?text=Hello. HTTP/1.0\r\n\r\n").as_bytes()).await;
    let all = read_to_end(&mut stream).await;
    let at = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(all[at..] == expected("Hello.", &Settings::default()).unwrap());
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::start().await;
    let one = format!("GET {PATH}?text=Hello. HTTP/1.1\r\nhost: test\r\n\r\n");
    let last = "GET /health HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    let mut stream = server.raw(format!("{one}{one}{last}").as_bytes()).await;
    let all = read_to_end(&mut stream).await;
    assert_eq!(all.windows(12).filter(|w| w == b"HTTP/1.1 200").count(), 3);
}

/// The engine's chunks concatenate to the same samples on every call, or the tests above mean nothing.
#[test]
fn the_voice_repeats_itself() {
    let say = || -> Vec<u8> {
        let speech = voice().speak("Again.", &Settings::default()).unwrap();
        speech.flat_map(|chunk| pcm::to_s16le(&chunk.unwrap().samples)).collect()
    };
    assert!(!say().is_empty() && say() == say());
}
