//! Answers requests to speak. What is wrong with one is said before the first byte of audio.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chanter_engine::{Input, Speech};
use chanter_http::{Failure, Outgoing, if_none_match, warn};
use futures_util::{StreamExt, stream};

use super::kept::Identity;
use super::request::receive;
use super::sound::{Journal, Sound};
use crate::access::Caller;
use crate::app::App;
use crate::error::Refusal;
use crate::openapi::{Speech as SpeechFields, Spoken};
use crate::voices::Loaded;

type Answer = Result<Response, Refusal>;

/// A stream of speech
///
/// WAV unless a format is asked for: its header at once, then each piece when it is made.
#[utoipa::path(
    get,
    path = "/synthesize-stream",
    operation_id = "synthesize_stream_query",
    tag = "speech",
    params(SpeechFields),
    responses(Spoken)
)]
pub(crate) async fn synthesize_query(app: State<App>, caller: Extension<Caller>, request: Request) -> Answer {
    synthesize(app, caller, request).await
}

/// A stream of speech
///
/// The same; fields may stand in the query too.
#[utoipa::path(
    post,
    path = "/synthesize-stream",
    operation_id = "synthesize_stream",
    tag = "speech",
    request_body(content((SpeechFields = "application/json"), (SpeechFields = "application/x-www-form-urlencoded"), (String = "text/plain"))),
    responses(Spoken)
)]
pub(crate) async fn synthesize(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Answer {
    let began = Instant::now();
    let options = &app.options().speak;
    let (head, body) = receive(request, options).await?;
    let request = chanter_http::read(&head, body, options.max_text_length)?;
    Ok(speak(&app, caller, began, &head, request).await?)
}

/// Answers with a stream, or with what was kept of the last time.
pub(super) async fn speak(
    app: &App,
    caller: Caller,
    began: Instant,
    head: &Parts,
    mut request: chanter_http::Request,
) -> Result<Response, Failure> {
    let voice = voice_for(app, &mut request).await?;
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
    let (mut headers, mut sound) = begin(app, caller, began, voice, request).await?;
    if let Some(identity) = identity {
        headers.extend(identity.headers(app));
        sound.keep(app.kept().keeper(identity, headers.clone()));
    }
    // Of PCM there is nothing to say before.
    let first = stream::iter(sound.begin()?.map(Ok));
    Ok((headers, Body::from_stream(first.chain(sound.stream()))).into_response())
}

/// The voice that a request gets, and the request as it suits that voice.
pub(super) async fn voice_for(app: &App, request: &mut chanter_http::Request) -> Result<Arc<Loaded>, Failure> {
    app.check_ready().inspect_err(|_| app.metrics().refused("not ready"))?;
    let name = app.shelf().choose(request)?;
    let voice = app.shelf().get(&name).await.inspect_err(|_| app.metrics().refused("voice"))?;
    request.suit(voice.config());
    Ok(voice)
}

/// A speech that was let in, and the headers of its answer.
pub(super) async fn begin(
    app: &App,
    caller: Caller,
    began: Instant,
    voice: Arc<Loaded>,
    request: chanter_http::Request,
) -> Result<(HeaderMap, Sound<Speech>), Failure> {
    let outgoing = Outgoing::new(&request, voice.voice().sample_rate())?;
    let text = match &request.input {
        Input::Text(text) | Input::Ssml(text) if app.options().speak.log_texts => Some(text.clone()),
        _ => None,
    };
    // It reads the text as it goes, so this is quick; what is wrong with the settings is found here.
    let mut speech = voice.voice().speak(request.input, &request.settings)?.with_voices(app.shelf().others());
    let warnings = speech.warnings();
    let waited = Instant::now();
    let place = app.entrance().enter(caller.client, voice.pace()).await.inspect_err(|_| {
        app.metrics().refused("busy");
        if app.rarely().say("busy", caller.client) {
            tracing::warn!(client = %caller.client, "there is no room for more speeches");
        }
    })?;
    app.metrics().waited(waited.elapsed());
    let mut headers = outgoing.headers();
    warn(&mut headers, &warnings);
    Ok((headers, Sound::new(speech, outgoing, place, Journal::new(app, voice, began, text))))
}
