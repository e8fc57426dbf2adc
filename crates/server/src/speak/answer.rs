//! Answers requests to speak. What is wrong with one is said before the first byte of audio.

use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chanter_engine::Input;
use chanter_http::{Encoder, Failure, if_none_match};
use futures_util::{StreamExt, stream};

use super::kept::Identity;
use super::request::receive;
use super::sound::{Journal, Sound};
use crate::access::Caller;
use crate::app::App;
use crate::error::Refusal;

/// `/synthesize-stream`.
pub(crate) async fn synthesize(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let began = Instant::now();
    let options = &app.options().speak;
    let (head, body) = receive(request, options).await?;
    let request = chanter_http::read(&head, body, options.max_text_length)?;
    Ok(speak(&app, caller, began, &head, request).await?)
}

/// `/v1/audio/speech`, answered in OpenAI's form.
pub(crate) async fn openai(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let began = Instant::now();
    let options = &app.options().speak;
    let answer = async {
        let (head, body) = receive(request, options).await?;
        let request = chanter_http::speech::read(body.unwrap_or_default(), options.max_text_length)?;
        speak(&app, caller, began, &head, request).await
    };
    Ok(answer.await.map_err(Failure::as_openai)?)
}

async fn speak(
    app: &App,
    caller: Caller,
    began: Instant,
    head: &Parts,
    mut request: chanter_http::Request,
) -> Result<Response, Failure> {
    app.check_ready().inspect_err(|_| app.metrics().refused("not ready"))?;
    let name = app.shelf().choose(request.voice.as_deref(), request.language.as_deref())?;
    let voice = app.shelf().get(&name).await.inspect_err(|_| app.metrics().refused("voice"))?;
    request.suit(voice.config());

    let identity = Identity::of(app, &voice, &request);
    if let Some(identity) = &identity {
        let get = matches!(head.method, Method::GET | Method::HEAD);
        if get && if_none_match(&head.headers, identity.etag()) {
            return Ok((StatusCode::NOT_MODIFIED, identity.headers(app)).into_response());
        }
        if let Some(kept) = app.kept().find(identity) {
            app.metrics().cache_hit();
            return Ok(kept);
        }
    }
    let encoder = Encoder::new(request.format, voice.voice().sample_rate())?;
    let text = match &request.input {
        Input::Text(text) if app.options().speak.log_texts => Some(text.clone()),
        _ => None,
    };
    // It reads the text as it goes, so this is quick; what is wrong with the settings is found here.
    let speech = voice.voice().speak(request.input, &request.settings)?;
    let waited = Instant::now();
    let place = app.entrance().enter(caller.client, voice.pace()).await.inspect_err(|_| {
        app.metrics().refused("busy");
        if app.rarely().say("busy", caller.client) {
            tracing::warn!(client = %caller.client, "there is no room for more speeches");
        }
    })?;
    app.metrics().waited(waited.elapsed());

    let mut headers = encoder.headers();
    let keeper = identity.and_then(|identity| {
        headers.extend(identity.headers(app));
        app.kept().keeper(identity, headers.clone())
    });
    let mut sound = Sound::new(speech, encoder, place, keeper, Journal::new(app, voice, began, text));
    // Of PCM there is nothing to say before.
    let first = stream::iter(sound.begin().map(Ok));
    Ok((headers, Body::from_stream(first.chain(sound.stream()))).into_response())
}
