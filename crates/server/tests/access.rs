//! Who may call, and how often.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::{Method, Request, StatusCode};
use common::{Answer, PATH, Server};
use http_body_util::Full;

async fn ask(server: &Server, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(server.send(request.body(Full::default()).unwrap()).await).await
}

async fn say(server: &Server, headers: &[(&str, &str)]) -> Answer {
    ask(server, Method::GET, &format!("{PATH}?text=a"), headers).await
}

#[tokio::test]
async fn a_key_opens_what_costs_something() {
    let server = Server::start_with(|options| {
        options.access = options.access.clone().with_api_keys(["one", "two"]);
    })
    .await;
    for path in ["/health", "/ready", "/"] {
        assert_eq!(ask(&server, Method::GET, path, &[]).await.status, StatusCode::OK, "{path}");
    }
    let speak = format!("{PATH}?text=a");
    for (method, path) in [
        (Method::GET, speak.as_str()),
        (Method::POST, "/v1/audio/speech"),
        (Method::GET, "/voices"),
        (Method::GET, "/metrics"),
        (Method::POST, "/download"),
        (Method::DELETE, "/voices/x"),
    ] {
        let answer = ask(&server, method.clone(), path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert!(answer.json()["error"]["message"].is_string());
    }
    for (key, status) in [("Bearer one", 200), ("bearer two", 200), ("Bearer three", 401), ("Basic one", 401)] {
        assert_eq!(say(&server, &[("authorization", key)]).await.status.as_u16(), status, "{key}");
    }
}

#[tokio::test]
async fn guessing_keys_is_soon_over() {
    let server = Server::start_with(|options| {
        options.access = options.access.clone().with_api_keys(["right"]);
        options.access = options.access.clone().trusting("127.0.0.1").unwrap();
    })
    .await;
    let guess = |n: usize| {
        let (server, key) = (&server, format!("Bearer guess{n}"));
        async move { say(server, &[("authorization", &key), ("x-forwarded-for", "9.9.9.9")]).await }
    };
    let mut statuses = Vec::new();
    for n in 0..20 {
        statuses.push(guess(n).await.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[19]), (401, 429));
    assert!(guess(99).await.header("retry-after").parse::<u32>().unwrap() > 0);
    // Whoever has the key is served, from there too; others are still told what is missing.
    let from_there = [("authorization", "Bearer right"), ("x-forwarded-for", "9.9.9.9")];
    assert_eq!(say(&server, &from_there).await.status, StatusCode::OK);
    assert_eq!(say(&server, &[("x-forwarded-for", "8.8.8.8")]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn each_client_has_a_rate_of_its_own() {
    let server = Server::start_with(|options| {
        options.access.rate_limit = 6;
        options.access.rate_burst = Some(2);
        options.access = options.access.clone().trusting("private").unwrap();
    })
    .await;
    let from = async |address: &str| say(&server, &[("x-forwarded-for", address)]).await;
    let first = from("9.9.9.9").await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("2", "1"));
    assert_eq!(from("9.9.9.9").await.status, StatusCode::OK);
    let third = from("9.9.9.9").await;
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((third.header("ratelimit-remaining"), third.header("retry-after")), ("0", "10"));
    assert_eq!(third.json()["error"]["type"], "too_many_requests");
    assert_eq!(from("8.8.8.8").await.status, StatusCode::OK);
    // What is no speech costs nothing.
    assert_eq!(ask(&server, Method::GET, "/voices", &[("x-forwarded-for", "9.9.9.9")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn other_sites_are_allowed_by_name_alone() {
    let server = Server::start_with(|_| {}).await;
    let answer = ask(&server, Method::GET, "/voices", &[("origin", "https://a.org")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let server = Server::start_with(|options| options.access.cors_origins = "https://a.org".parse().unwrap()).await;
    for (origin, allowed) in [("https://a.org", "https://a.org"), ("https://b.org", "")] {
        let answer = ask(&server, Method::GET, "/voices", &[("origin", origin)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let asks = [
        ("origin", "https://a.org"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let preflight = ask(&server, Method::OPTIONS, PATH, &asks).await;
    assert!(preflight.header("access-control-allow-headers").contains("authorization"), "{preflight:?}");
}
