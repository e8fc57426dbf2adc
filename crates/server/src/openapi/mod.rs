//! What the server answers, as an OpenAPI document (<https://spec.openapis.org/oas/v3.1.0>): the routes are in it because
//! they are served, and what their requests and answers are stands beside the handlers.

mod answers;
mod requests;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

pub(crate) use answers::{Found, Plain, Refused, Spoken};
pub(crate) use requests::{Download, OpenAiSpeech, PiperSpeech, Speech};

use crate::app::App;

/// Where it is served.
const PATH: &str = "/openapi.json";

/// The document without its paths.
#[derive(OpenApi)]
#[openapi(
    info(title = "Chanter", description = "Speech from Piper voices, streamed while it is made. Keys are needed only where \
        the server has some."),
    tags(
        (name = "speech", description = "Chanter's own requests"),
        (name = "openai", description = "For clients of OpenAI's speech API"),
        (name = "piper", description = "For clients of Piper's own servers"),
        (name = "voices"),
        (name = "operation"),
    ),
    security((), ("key" = [])),
    modifiers(&Key),
)]
pub(crate) struct Document;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let key = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("key", key);
    }
}

/// Serves the document; whoever may reach the server may read it.
pub(crate) fn route(document: utoipa::openapi::OpenApi) -> Router<App> {
    let json = serde_json::to_string(&document).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    Router::new().route(PATH, get(async move || (headers, json.clone()).into_response()))
}
