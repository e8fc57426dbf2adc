//! Which path does what.

use std::rc::Rc;

use chanter_http::{Failure, authorized, json_response, speech, voices_json};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use worker::{Headers, Request, Response, ResponseBuilder};

use crate::incoming;
use crate::journal::{self, Entry};
use crate::site::Site;
use crate::speak::{Dialect, speak};
use crate::{turn, voices};

/// What stands before a model's name.
const MODEL: &str = "/v1/models/";

/// What is behind a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Health,
    Voices,
    Models,
    Model,
    AudioModels,
    AudioVoices,
    Speak(Dialect),
    #[cfg(feature = "probe")]
    Probe,
    #[cfg(feature = "probe")]
    Panic,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/health" => Self::Health,
            "/voices" => Self::Voices,
            "/synthesize-stream" => Self::Speak(Dialect::Own),
            "/synthesize" => Self::Speak(Dialect::Piper),
            "/stream" => Self::Speak(Dialect::PiperStream),
            "/v1/models" => Self::Models,
            "/v1/audio/models" => Self::AudioModels,
            "/v1/audio/voices" => Self::AudioVoices,
            "/v1/audio/speech" => Self::Speak(Dialect::OpenAi),
            #[cfg(feature = "probe")]
            "/probe" => Self::Probe,
            #[cfg(feature = "probe")]
            "/panic" => Self::Panic,
            _ if path.starts_with(MODEL) => Self::Model,
            _ => return None,
        })
    }

    fn methods(self) -> &'static str {
        match self {
            Self::Speak(Dialect::Own | Dialect::Piper) => "GET, HEAD, POST",
            Self::Speak(Dialect::OpenAi | Dialect::PiperStream) => "POST",
            _ => "GET, HEAD",
        }
    }

    /// Whether the operator's token is asked for.
    fn guarded(self) -> bool {
        let open = matches!(self, Self::Health);
        #[cfg(feature = "probe")]
        let open = open || matches!(self, Self::Probe | Self::Panic);
        !open
    }
}

/// Answers a request.
pub(crate) async fn answer(request: web_sys::Request, site: &Rc<Site>) -> Response {
    let head = match incoming::head(&request) {
        Ok(head) => head,
        Err(failure) => return of_failure(&failure),
    };
    let Some(route) = Route::of(head.uri.path()) else { return asset(request, site, &head).await };
    let response = if head.method == Method::OPTIONS {
        ResponseBuilder::new().with_status(204).empty()
    } else {
        let entry = Entry::new(head.method.as_str(), head.uri.path());
        let answered = respond(site, route, &head, &request, &entry).await;
        let response = answered.unwrap_or_else(|failure| of_failure(&failure.at(head.uri.path())));
        entry.set("status", response.status_code());
        response
    };
    let response = match response.status_code() {
        405 => with(response, header::ALLOW.as_str(), route.methods()),
        _ => response,
    };
    allow_origin(response, site, &head, route)
}

async fn respond(
    site: &Rc<Site>,
    route: Route,
    head: &Parts,
    request: &web_sys::Request,
    entry: &Entry,
) -> Result<Response, Failure> {
    if !route.methods().split(", ").any(|method| method == head.method.as_str()) {
        return Err(Failure::method_not_allowed(&head.method, head.uri.path()));
    }
    if route.guarded() && !authorized(&head.headers, &site.options.tokens) {
        return Err(Failure::unauthorized());
    }
    match route {
        Route::Health => health(site).await,
        Route::Voices => {
            let configs = voices::configs(site).await?;
            Ok(of_json(&voices_json(configs.iter().map(|(name, config)| (name.as_str(), config)))))
        }
        Route::Models => Ok(of_json(&speech::models())),
        Route::Model => Ok(of_json(&speech::model(&head.uri.path()[MODEL.len()..])?)),
        Route::AudioModels => Ok(of_json(&speech::audio_models())),
        Route::AudioVoices => {
            let configs = voices::configs(site).await?;
            Ok(of_json(&speech::voices(configs.keys().map(String::as_str))))
        }
        Route::Speak(dialect) => speak(site, dialect, head, request, entry).await,
        #[cfg(feature = "probe")]
        Route::Probe => Ok(of_json(&crate::probe::facts())),
        #[cfg(feature = "probe")]
        Route::Panic => crate::probe::panic(),
    }
}

/// 200 once the default voice is loaded, which is done now if need be.
async fn health(site: &Rc<Site>) -> Result<Response, Failure> {
    let found = voices::find(site, None).await?;
    let voice = voices::load(site, &found).await?;
    let facts = json!({
        "status": "ready",
        "version": env!("CARGO_PKG_VERSION"),
        "voice": found.name,
        "sample_rate": voice.voice().sample_rate(),
        "active_streams": turn::active(),
    });
    Ok(of_json(&facts))
}

/// What the static assets say; the page is among them.
async fn asset(request: web_sys::Request, site: &Site, head: &Parts) -> Response {
    let assets = site.env.assets("ASSETS").ok().filter(|_| matches!(head.method, Method::GET | Method::HEAD));
    let Some(assets) = assets else { return of_failure(&Failure::not_found().at(head.uri.path())) };
    match assets.fetch_request(Request::from(request)).await {
        Ok(response) if response.status_code() == 404 => of_failure(&Failure::not_found().at(head.uri.path())),
        Ok(response) => response,
        Err(why) => {
            journal::error("an asset cannot be read", why);
            of_failure(&Failure::internal())
        }
    }
}

/// Tells browsers whose pages may read the answer.
fn allow_origin(response: Response, site: &Site, head: &Parts, route: Route) -> Response {
    let response = with(response, header::VARY.as_str(), "origin");
    let allowed = head.headers.get(header::ORIGIN).and_then(|origin| site.options.origins.allows(origin));
    let Some(origin) = allowed.as_ref().map(HeaderValue::to_str).and_then(Result::ok) else { return response };
    let mut response = with(response, header::ACCESS_CONTROL_ALLOW_ORIGIN.as_str(), origin);
    let rest = match head.method {
        Method::OPTIONS => vec![
            (header::ACCESS_CONTROL_ALLOW_METHODS, route.methods()),
            // The star does not stand for this one.
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "*, authorization"),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ],
        _ => vec![(header::ACCESS_CONTROL_EXPOSE_HEADERS, "*")],
    };
    for (name, value) in rest {
        response = with(response, name.as_str(), value);
    }
    response
}

fn of_failure(failure: &Failure) -> Response {
    of_text(failure.response())
}

fn of_json(value: &Value) -> Response {
    of_text(json_response(StatusCode::OK, value))
}

fn of_text(response: http::Response<String>) -> Response {
    let (head, body) = response.into_parts();
    ResponseBuilder::new()
        .with_status(head.status.as_u16())
        .with_headers(Headers::from(&head.headers))
        .fixed(body.into_bytes())
}

fn with(mut response: Response, name: &str, value: &str) -> Response {
    // Only a name or value that is none can fail.
    let _ = response.headers_mut().set(name, value);
    response
}
