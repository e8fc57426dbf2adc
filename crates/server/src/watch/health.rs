//! Whether the server lives, and whether it can speak.

use axum::extract::State;
use axum::http::{Response, StatusCode};
use chanter_http::{Failure, json_response};
use serde_json::json;

use crate::app::{App, Readiness};
use crate::openapi::Found;

/// Whether the process answers
#[utoipa::path(get, path = "/health", tag = "operation", responses(Found))]
pub(crate) async fn health(State(app): State<App>) -> Response<String> {
    let voice = match app.readiness() {
        Readiness::Ready(voice) => Some(voice),
        _ => None,
    };
    let config = voice.as_ref().map(|voice| voice.config());
    json_response(
        StatusCode::OK,
        &json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            // Of the default voice; for players that open their device before they ask for speech.
            "sample_rate": config.map(|config| config.sample_rate),
            "active_streams": app.active_streams(),
        }),
    )
}

/// Whether the default voice has spoken a phoneme
///
/// 503 before it has, and when the server is about to end.
#[utoipa::path(get, path = "/ready", tag = "operation", responses(Found))]
pub(crate) async fn ready(State(app): State<App>) -> Response<String> {
    let (status, message) = match app.readiness() {
        Readiness::Loading => ("loading", "the voice is still loading".to_owned()),
        Readiness::Failed(why) => ("failed", why),
        Readiness::Stopping => ("stopping", "the server is about to end".to_owned()),
        Readiness::Ready(voice) => {
            let config = voice.config();
            let body = json!({
                "status": "ready",
                "voice": voice.name(),
                "sample_rate": config.sample_rate,
                "load": app.entrance().load(),
                "queue": app.entrance().waiting(),
            });
            return json_response(StatusCode::OK, &body);
        }
    };
    let error = Failure::not_ready(message).to_json();
    json_response(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": status, "error": error}))
}
