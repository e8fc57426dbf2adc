//! OpenAI's speech API, and what its clients ask besides.

use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use chanter_http::{Failure, json_response};
use serde_json::{Value, json};

use super::answer::speak;
use super::request::receive;
use crate::access::Caller;
use crate::app::App;
use crate::error::Refusal;
use crate::openapi::{Found, OpenAiSpeech, Spoken};

/// Models that clients know; they all are the voice that is asked for.
const MODELS: [&str; 4] = ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "chanter"];

/// Speech as OpenAI has it
#[utoipa::path(post, path = "/v1/audio/speech", tag = "openai", request_body = OpenAiSpeech, responses(Spoken))]
pub(crate) async fn speech(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let began = Instant::now();
    let options = &app.options().speak;
    let answer = async {
        let (head, body) = receive(request, options).await?;
        let request = chanter_http::speech::read(body.unwrap_or_default(), options.max_text_length)?;
        speak(&app, caller, began, &head, request).await
    };
    Ok(answer.await.map_err(Failure::as_openai)?)
}

/// Names of models
#[utoipa::path(get, path = "/v1/models", tag = "openai", responses(Found))]
pub(crate) async fn models() -> Response<String> {
    json_response(StatusCode::OK, &json!({"object": "list", "data": MODELS.map(model)}))
}

/// One of them
#[utoipa::path(get, path = "/v1/models/{name}", tag = "openai", params(("name" = String, Path, example = "tts-1")), responses(Found))]
pub(crate) async fn one_model(Path(name): Path<String>) -> Result<Response<String>, Refusal> {
    let known = MODELS.into_iter().find(|model| *model == name).ok_or_else(|| {
        let message = format!("there is no such model; there is {}", MODELS.join(", "));
        Failure::new(StatusCode::NOT_FOUND, message).about("model").as_openai()
    })?;
    Ok(json_response(StatusCode::OK, &model(known)))
}

/// The same as Open WebUI asks for them
#[utoipa::path(get, path = "/v1/audio/models", tag = "openai", responses(Found))]
pub(crate) async fn audio_models() -> Response<String> {
    let models = MODELS.map(|model| json!({"id": model, "name": model}));
    json_response(StatusCode::OK, &json!({"models": models}))
}

/// Voices that can be used, and the other names that lead to one
#[utoipa::path(get, path = "/v1/audio/voices", tag = "openai", responses(Found))]
pub(crate) async fn voices(State(app): State<App>) -> Response<String> {
    let shelf = app.shelf();
    let mut names: Vec<_> =
        shelf.all().into_iter().filter(|(_, standing)| standing.is_ok()).map(|(voice, _)| voice.name.clone()).collect();
    names.extend(shelf.aliases().map(str::to_owned));
    let voices: Vec<_> = names.iter().map(|name| json!({"id": name, "name": name})).collect();
    json_response(StatusCode::OK, &json!({"voices": voices}))
}

fn model(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "chanter"})
}
