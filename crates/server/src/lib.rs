//! Speech over HTTP, streamed while it is made.
//!
//! [`Settings`] is what an operator decides, [`App`] what the requests share, [`router`] answers them, [`serve`] is the loop
//! around it.
//!
//! | path | method | answer |
//! |---|---|---|
//! | `/` | GET | the page that speaks, of a folder given as [`Www`]; and its files |
//! | `/synthesize-stream` | GET, POST | `audio/wav`, chunked: the header at once, then PCM as it is made |
//! | `/synthesize` | GET, POST | a file, as Piper's own server gives it; also `POST /` and `GET /?text=` |
//! | `/stream` | POST | the same as a stream, as proposals for Piper's own server have it |
//! | `/info` | GET | the default voice, and what the client heard last as a file, as proposals for Piper's own server have it |
//! | `/v1/audio/speech` | POST | speech for clients of OpenAI's |
//! | `/v1/models`, `/v1/audio/models`, `/v1/audio/voices` | GET | names that those clients may send |
//! | `/v1/stream` | GET | a WebSocket that takes a text in pieces and gives its speech in chunks, with timings |
//! | `/voices` | GET | each voice's name with its config, as Piper's own server has it |
//! | `/all-voices` | GET | the catalogue of voices that can be fetched, if clients may do that; as Piper's own server |
//! | `/download` | POST | fetches one; as Piper's own server |
//! | `/downloads` | GET | how far that is |
//! | `/voices/NAME` | DELETE | removes one |
//! | `/health` | GET | 200 |
//! | `/ready` | GET | 200 when the default voice has spoken its first phoneme, 503 before, and when the server is about to end |
//! | `/openapi.json` | GET | all this, for programs |
//! | `/metrics` | GET | figures for Prometheus |

mod access;
mod admission;
mod app;
mod connections;
mod error;
mod openapi;
mod page;
mod settings;
mod speak;
mod stream;
mod voices;
mod watch;
mod wyoming;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_request};
use tower_layer::Layer as _;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use access::Options as AccessOptions;
pub use admission::Options as AdmissionOptions;
pub use app::{App, Options};
pub use chanter_http::Origins;
pub use connections::Options as ConnectionOptions;
pub use connections::{listen, raise_descriptors, serve};
pub use page::Www;
pub use settings::{LogFormat, Settings};
pub use speak::Options as SpeakOptions;
use voices::downloads;
pub use voices::{Opener, Options as VoiceOptions};
pub use watch::start_log;
pub use wyoming::{Options as WyomingOptions, serve as serve_wyoming};

/// Every path that the server answers. What goes wrong is answered as `{"error": {"message", "type", "param"?}}`;
/// under `/v1/` as OpenAI does it.
pub fn router(app: App) -> Router {
    let speaking = OpenApiRouter::new()
        .routes(routes!(speak::answer::synthesize_query, speak::answer::synthesize))
        .routes(routes!(speak::openai::create_speech))
        .routes(routes!(speak::piper::synthesize_query, speak::piper::synthesize))
        .routes(routes!(speak::piper::stream))
        .routes(routes!(speak::piper::synthesize_at_root))
        .route_layer(from_fn_with_state(app.clone(), access::limit_rate));
    let for_those_who_may = speaking
        // Each text that it speaks counts, not the connection.
        .routes(routes!(stream::connect))
        .routes(routes!(voices::routes::voices))
        .routes(routes!(downloads::remove))
        .routes(routes!(downloads::catalogue))
        .routes(routes!(downloads::download))
        .routes(routes!(downloads::progress))
        .routes(routes!(speak::piper::info))
        .routes(routes!(speak::openai::models))
        .routes(routes!(speak::openai::one_model))
        .routes(routes!(speak::openai::audio_models))
        .routes(routes!(speak::openai::voices))
        .routes(routes!(watch::metrics::metrics))
        .route_layer(from_fn_with_state(app.clone(), access::require_key));
    let described = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(for_those_who_may)
        .routes(routes!(page::root))
        .routes(routes!(watch::health::health))
        .routes(routes!(watch::health::ready));
    let (routes, document) = described.split_for_parts();
    let routes = routes
        .merge(openapi::route(document))
        .fallback(page::files)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), access::identify))
        .layer(access::origins(&app.options().access.cors_origins))
        .layer(from_fn_with_state(app.clone(), watch::log::request))
        .with_state(app);
    // Of what stands before the routes, the path can still be changed.
    Router::new().fallback_service(map_request(speak::piper::without_path).layer(routes))
}
