//! OpenAI's speech API, and what its clients ask besides.

use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use chanter_http::{Failure, json_response, speech};

use super::answer::speak;
use super::request::receive;
use crate::access::Caller;
use crate::app::App;
use crate::error::Refusal;
use crate::openapi::{Found, OpenAiSpeech, Spoken};

/// Speech as OpenAI has it
#[utoipa::path(post, path = "/v1/audio/speech", tag = "openai", request_body = OpenAiSpeech, responses(Spoken))]
pub(crate) async fn create_speech(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let began = Instant::now();
    let options = &app.options().speak;
    let answer = async {
        let (head, body) = receive(request, options).await?;
        let request = speech::read(body.unwrap_or_default(), options.max_text_length)?;
        speak(&app, caller, began, &head, request).await
    };
    Ok(answer.await.map_err(Failure::as_openai)?)
}

/// Names of models
#[utoipa::path(get, path = "/v1/models", tag = "openai", responses(Found))]
pub(crate) async fn models() -> Response<String> {
    json_response(StatusCode::OK, &speech::models())
}

/// One of them
#[utoipa::path(
    get,
    path = "/v1/models/{name}",
    tag = "openai",
    params(("name" = String, Path, example = "tts-1")),
    responses(Found)
)]
pub(crate) async fn one_model(Path(name): Path<String>) -> Result<Response<String>, Refusal> {
    Ok(json_response(StatusCode::OK, &speech::model(&name)?))
}

/// The same as Open WebUI asks for them
#[utoipa::path(get, path = "/v1/audio/models", tag = "openai", responses(Found))]
pub(crate) async fn audio_models() -> Response<String> {
    json_response(StatusCode::OK, &speech::audio_models())
}

/// Voices that can be used, and the other names that lead to one
#[utoipa::path(get, path = "/v1/audio/voices", operation_id = "audio_voices", tag = "openai", responses(Found))]
pub(crate) async fn voices(State(app): State<App>) -> Response<String> {
    let shelf = app.shelf();
    let all = shelf.all();
    let usable = all.iter().filter(|(_, standing)| standing.is_ok()).map(|(voice, _)| voice.name.as_str());
    json_response(StatusCode::OK, &speech::voices(usable.chain(shelf.aliases())))
}
