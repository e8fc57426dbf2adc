//! The interfaces of Piper's own HTTP servers.

use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use chanter_http::{Failure, Format, Request as Asked, json_response, piper};
use futures_util::TryStreamExt;
use serde_json::json;

use super::answer::{begin, speak, voice_for};
use super::request::receive;
use crate::access::Caller;
use crate::app::App;
use crate::error::Refusal;
use crate::openapi::{Found, PiperSpeech, Speech, Spoken};

type Answer = Result<Response<Body>, Refusal>;

/// `GET /?text=TEXT`, as Piper's first server had it, is `GET /synthesize?text=TEXT`. Else, and for whoever wants HTML as
/// browsers do, `/` is the page, which takes a text in the same way.
pub(crate) async fn without_path(mut request: Request) -> Request {
    let query = request.uri().query().filter(|_| request.uri().path() == "/").unwrap_or_default();
    let speaks = query.split('&').any(|field| field.split('=').next() == Some("text"));
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if speaks
        && !accept.contains("text/html")
        && matches!(*request.method(), Method::GET | Method::HEAD)
        && let Ok(uri) = format!("/synthesize?{query}").parse()
    {
        *request.uri_mut() = uri;
    }
    request
}

/// A file of speech
///
/// Also `GET /?text=`, for those who do not accept HTML. A WAV file, or the stream that is asked for.
#[utoipa::path(get, path = "/synthesize", tag = "piper", params(Speech), responses(Spoken))]
pub(crate) async fn synthesize_query(app: State<App>, caller: Extension<Caller>, request: Request) -> Answer {
    synthesize(app, caller, request).await
}

/// A file of speech
///
/// As piper1-gpl has it: a WAV file, or the stream that is asked for.
#[utoipa::path(
    post,
    path = "/synthesize",
    tag = "piper",
    request_body(content((PiperSpeech = "application/json"), (String = "text/plain"))),
    responses(Spoken)
)]
pub(crate) async fn synthesize(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Answer {
    answer(&app, caller, request, false).await
}

/// A file of speech
///
/// As Piper had it up to 1.4, and before, with a plain text.
#[utoipa::path(
    post,
    path = "/",
    tag = "piper",
    request_body(content((PiperSpeech = "application/json"), (String = "text/plain"))),
    responses(Spoken)
)]
pub(crate) async fn synthesize_at_root(app: State<App>, caller: Extension<Caller>, request: Request) -> Answer {
    synthesize(app, caller, request).await
}

/// A stream of speech
///
/// As a proposal for Piper's own server has it.
#[utoipa::path(
    post,
    path = "/stream",
    tag = "piper",
    request_body(content((PiperSpeech = "application/json"), (String = "text/plain"))),
    responses(Spoken)
)]
pub(crate) async fn stream(State(app): State<App>, Extension(caller): Extension<Caller>, request: Request) -> Answer {
    answer(&app, caller, request, true).await
}

async fn answer(app: &App, caller: Caller, request: Request, stream: bool) -> Answer {
    let began = Instant::now();
    let options = &app.options().speak;
    let (head, body) = receive(request, options).await?;
    let (request, streams) = piper::read(&head, body, options.max_text_length)?;
    if stream || streams || !piper::is_file(&request) {
        return Ok(speak(app, caller, began, &head, request).await?);
    }
    Ok(file(app, caller, began, request).await?)
}

/// A file, which is sent when it is whole.
async fn file(app: &App, caller: Caller, began: Instant, mut request: Asked) -> Result<Response<Body>, Failure> {
    let voice = voice_for(app, &mut request).await?;
    request.format = Format::Pcm;
    let (mut headers, mut sound) = begin(app, caller, began, voice, request.clone()).await?;
    sound.remember(caller.client, &request.input);
    let rate = sound.rate();
    let pieces: Vec<_> = sound.stream().try_collect().await.map_err(Failure::from)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Format::Wav.content_type()));
    Ok((headers, piper::file(rate, &pieces)).into_response())
}

/// The default voice, and what this client heard last as a file
#[utoipa::path(get, path = "/info", tag = "piper", responses(Found))]
pub(crate) async fn info(State(app): State<App>, Extension(caller): Extension<Caller>) -> Response<String> {
    let shelf = app.shelf();
    let name = shelf.default_name();
    let default = shelf.all().into_iter().find(|(voice, _)| voice.name == name);
    let config = default.and_then(|(voice, _)| voice.config.clone().ok());
    let last = app.lasts().of(caller.client);
    let answer = json!({
        "voice": {
            "name": name,
            "language": config.as_ref().and_then(|config| config.espeak_voice.clone()),
            "num_speakers": config.as_ref().map(|config| config.num_speakers),
        },
        "last": last.map(|last| last.to_json()),
    });
    json_response(StatusCode::OK, &answer)
}
