//! Whether the server can speak, for whoever watches it.

use axum::extract::State;
use axum::http::{Response, StatusCode};
use chanter_http::{Failure, json_response};
use serde_json::json;

use crate::app::{App, Readiness};

/// 200 once the voice is loaded and has spoken one phoneme; 503 until then, with an error.
pub(crate) async fn health(State(app): State<App>) -> Response<String> {
    let unready = |status: &str, message: &str| {
        let error = Failure::not_ready(message).to_json();
        json_response(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": status, "error": error}))
    };
    match app.readiness() {
        Readiness::Loading => unready("loading", "the voice is still loading"),
        Readiness::Failed(why) => unready("failed", why),
        Readiness::Ready(voice) => json_response(
            StatusCode::OK,
            &json!({
                "status": "ready",
                "version": env!("CARGO_PKG_VERSION"),
                "sample_rate": voice.sample_rate(),
                "active_streams": app.active_streams(),
            }),
        ),
    }
}
