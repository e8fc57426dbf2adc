//! What those who watch the server see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::http::Request;
use common::{Answer, PATH, Server};
use http_body_util::Full;

#[tokio::test]
async fn figures_of_what_happened() {
    let server = Server::start_with(|_| {}).await;
    server.get(&format!("{PATH}?text=A+few+words.")).await;
    server.get(&format!("{PATH}?text=")).await;
    server.get("/no/such/path/as/this").await;
    server.until_idle().await;
    let answer = server.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    for line in [
        "chanter_requests_total{path=\"/synthesize-stream\",status=\"200\"} 1",
        "chanter_requests_total{path=\"/synthesize-stream\",status=\"400\"} 1",
        "chanter_requests_total{path=\"other\",status=\"404\"} 1",
        "chanter_time_to_first_audio_seconds_count{voice=\"en_US-slt-tiny\"} 1",
        "chanter_real_time_factor_count{voice=\"en_US-slt-tiny\"} 1",
        "chanter_synthesis_seconds_count{voice=\"en_US-slt-tiny\"} 1",
        "chanter_queue_seconds_count 1",
        "chanter_speeches_total{reason=\"finished\"} 1",
        "chanter_active_streams 0",
        "chanter_queue_depth 0",
        "chanter_voices_loaded 1",
        "chanter_ready 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse::<f64>().unwrap()
    };
    assert!(value("chanter_audio_bytes_total") > 20_000.0);
    assert!(value("chanter_connections") >= 1.0);
    assert!(value("chanter_voice_memory_bytes") > 1e6);
    if cfg!(target_os = "linux") {
        assert!(value("process_resident_memory_bytes") > 1e6);
        assert!(value("process_open_fds") > 3.0 && value("process_threads") > 2.0);
        assert!(value("process_cpu_seconds_total") > 0.0);
    }
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
}

#[tokio::test]
async fn a_request_has_a_name() {
    let server = Server::start_with(|_| {}).await;
    let named = |id: &'static str| {
        let request = Request::get("/voices").header("host", "test").header("x-request-id", id);
        server.send(request.body(Full::default()).unwrap())
    };
    let answer = Answer::of(named("trace-1").await).await;
    assert_eq!(answer.header("x-request-id"), "trace-1");
    let answer = Answer::of(named("with a space").await).await;
    assert!(answer.header("x-request-id").len() == 36, "{answer:?}");
}
