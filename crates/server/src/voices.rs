//! Which voices there are.

use axum::extract::State;
use axum::http::{Response, StatusCode};
use chanter_http::{json_response, voices_json};

use crate::app::App;
use crate::error::Refusal;

/// As Piper's own server says it: each voice's name with its config.
pub(crate) async fn voices(State(app): State<App>) -> Result<Response<String>, Refusal> {
    let voice = app.voice()?;
    Ok(json_response(StatusCode::OK, &voices_json([(app.options().voice_name.as_str(), voice.config())])))
}
