//! Voices from the catalogue, and voices that go: for operators who let their clients do that.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use chanter_engine::Voice;
use chanter_http::{Failure, json_response};
use chanter_voices::{Accept, Client, ErrorKind, Folder, is_name};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::Refusal;
use crate::openapi::{Download, Found, Plain};

/// At the same time; each takes a thread, and a voice that is checked takes memory.
const DOWNLOADS: usize = 1;

/// What is being fetched.
#[derive(Clone)]
pub(crate) struct Downloads {
    client: Client,
    turns: Arc<Semaphore>,
    progress: Arc<Mutex<BTreeMap<String, Progress>>>,
}

#[derive(Debug, Clone)]
struct Progress {
    bytes: u64,
    of: u64,
    /// None while it goes on.
    outcome: Option<Result<(), String>>,
}

impl Default for Downloads {
    fn default() -> Self {
        Self { client: Client::default(), turns: Semaphore::new(DOWNLOADS).into(), progress: Arc::default() }
    }
}

impl Downloads {
    fn progress(&self) -> MutexGuard<'_, BTreeMap<String, Progress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, name: &str, progress: Progress) {
        self.progress().insert(name.to_owned(), progress);
    }
}

/// Fetch a voice
///
/// As Piper's own server has it. The answer is its name, once it is there; it is fetched to its end also when the client leaves.
#[utoipa::path(
    post,
    path = "/download",
    tag = "voices",
    request_body(content = Download, content_type = "application/json"),
    responses(Plain)
)]
pub(crate) async fn download(State(app): State<App>, body: Bytes) -> Result<String, Refusal> {
    let folder = folder(&app)?;
    let request: Value =
        serde_json::from_slice(&body).map_err(|e| Failure::invalid(format!("the body is no JSON: {e}")))?;
    let Some(name) = request["voice"].as_str().map(str::to_owned) else {
        return Err(Failure::invalid("voice must be the name of a voice in the catalogue").about("voice").into());
    };
    if !is_name(&name) {
        return Err(Failure::invalid("voice is no name of a voice: it is NAME of NAME.onnx").about("voice").into());
    }
    let again = request["force_redownload"].as_bool().unwrap_or_default();
    let turn = app.downloads().turns.clone().try_acquire_owned();
    let turn = turn.map_err(|_| Failure::busy("another voice is being fetched; GET /downloads says how far it is"))?;
    let task = tokio::spawn(async move {
        let _turn = turn;
        let (downloads, catalogue) = (app.downloads().clone(), app.options().voices.catalogue.clone());
        let wanted = name.clone();
        let fetched = spawn_blocking(move || fetch(&downloads, &catalogue, &folder, &wanted, again)).await;
        let name = fetched.unwrap_or_else(|e| {
            tracing::error!("fetching {name} broke down: {e}");
            Err(Failure::internal())
        })?;
        app.shelf().look().await;
        Ok(name)
    });
    task.await.unwrap_or_else(|_| Err(Failure::internal())).map_err(Refusal::from)
}

/// Brings a voice, by its name or an older one, and gives its name.
fn fetch(downloads: &Downloads, catalogue: &str, folder: &Folder, name: &str, again: bool) -> Result<String, Failure> {
    let known = downloads.client.catalogue(catalogue).map_err(failure)?;
    let listed = known.find(name).map_err(failure)?;
    let name = listed.key.clone();
    if !again && folder.find(&name).is_ok_and(|found| found.config.is_ok()) {
        return Ok(name);
    }
    let told = |bytes, of| {
        downloads.set(&name, Progress { bytes, of, outcome: None });
        ControlFlow::Continue(())
    };
    let speaks = |model: &std::path::Path, config: &std::path::Path| Voice::open(model, Some(config)).map(drop);
    let fetched = downloads.client.download(listed, folder, Accept::AsListed, told, speaks);
    let outcome = fetched.as_ref().map(drop).map_err(ToString::to_string);
    match &outcome {
        Ok(()) => tracing::info!("the voice {name} was fetched"),
        Err(why) => tracing::warn!("the voice {name} could not be fetched: {why}"),
    }
    let of = listed.bytes();
    let last = downloads.progress().get(&name).map_or(0, |progress| progress.bytes);
    downloads.set(&name, Progress { bytes: if outcome.is_ok() { of } else { last }, of, outcome: Some(outcome) });
    fetched.map(|_| name).map_err(failure)
}

/// How far the last download of each voice is
#[utoipa::path(get, path = "/downloads", tag = "voices", responses(Found))]
pub(crate) async fn progress(State(app): State<App>) -> Response<String> {
    let told = |progress: &Progress| {
        let Progress { bytes, of, outcome } = progress;
        let (state, error) = match outcome {
            None => ("fetching", None),
            Some(Ok(())) => ("done", None),
            Some(Err(why)) => ("failed", Some(why)),
        };
        json!({"state": state, "bytes": bytes, "of": of, "error": error})
    };
    let all: BTreeMap<_, _> =
        app.downloads().progress().iter().map(|(name, progress)| (name.clone(), told(progress))).collect();
    json_response(StatusCode::OK, &json!(all))
}

/// The catalogue of voices that can be fetched
///
/// As Piper's own server has it.
#[utoipa::path(get, path = "/all-voices", tag = "voices", responses(Found))]
pub(crate) async fn catalogue(State(app): State<App>) -> Result<impl IntoResponse, Refusal> {
    folder(&app)?;
    let (client, address) = (app.downloads().client.clone(), app.options().voices.catalogue.clone());
    let fetched = spawn_blocking(move || client.catalogue(&address)).await.map_err(|_| Failure::internal())?;
    let json = fetched.map_err(failure)?.json().to_owned();
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json))
}

/// Remove a voice
#[utoipa::path(
    delete,
    path = "/voices/{name}",
    tag = "voices",
    params(("name" = String, Path)),
    responses((status = 204, description = "Removed"), Found)
)]
pub(crate) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    let folder = folder(&app)?;
    let removed = spawn_blocking(move || folder.remove(&name)).await.map_err(|_| Failure::internal())?;
    removed.map_err(failure)?;
    app.shelf().look().await;
    Ok(StatusCode::NO_CONTENT)
}

/// The folder that clients may change.
fn folder(app: &App) -> Result<Folder, Failure> {
    let options = &app.options().voices;
    let path = options.voices.as_ref().filter(|_| options.voice_downloads).ok_or_else(|| {
        Failure::forbidden("clients may not change this server's voices; --voices with --voice-downloads allows it")
    })?;
    Folder::create(path).map_err(failure)
}

fn failure(error: chanter_voices::Error) -> Failure {
    let status = match error.kind() {
        ErrorKind::Name => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Busy => StatusCode::CONFLICT,
        ErrorKind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        ErrorKind::Catalogue | ErrorKind::Network | ErrorKind::Mismatch | ErrorKind::NotAVoice => {
            StatusCode::BAD_GATEWAY
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Failure::new(status, error.to_string())
}
