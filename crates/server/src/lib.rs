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
//! | `/metrics` | GET | figures for Prometheus |

mod access;
mod admission;
mod app;
mod connections;
mod error;
mod page;
mod settings;
mod speak;
mod stream;
mod voices;
mod watch;
mod wyoming;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_request};
use axum::routing::{delete, get, post};
use tower_layer::Layer as _;

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
    let speaking = Router::new()
        .route("/synthesize-stream", get(speak::synthesize).post(speak::synthesize))
        .route("/v1/audio/speech", post(speak::openai::speech))
        .route("/synthesize", get(speak::piper::synthesize).post(speak::piper::synthesize))
        .route("/stream", post(speak::piper::stream))
        .route("/", post(speak::piper::synthesize))
        .route_layer(from_fn_with_state(app.clone(), access::limit_rate));
    let for_those_who_may = speaking
        // Each text that it speaks counts, not the connection.
        .route("/v1/stream", get(stream::connect))
        .route("/voices", get(voices::routes::voices))
        .route("/voices/{name}", delete(downloads::remove))
        .route("/all-voices", get(downloads::catalogue))
        .route("/download", post(downloads::download))
        .route("/downloads", get(downloads::progress))
        .route("/info", get(speak::piper::info))
        .route("/v1/models", get(speak::openai::models))
        .route("/v1/models/{name}", get(speak::openai::one_model))
        .route("/v1/audio/models", get(speak::openai::audio_models))
        .route("/v1/audio/voices", get(speak::openai::voices))
        .route("/metrics", get(watch::metrics))
        .route_layer(from_fn_with_state(app.clone(), access::require_key));
    let routes = for_those_who_may
        .merge(page::routes(app.options().page()))
        .route("/health", get(watch::health::health))
        .route("/ready", get(watch::health::ready))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), access::identify))
        .layer(access::origins(&app.options().access.cors_origins))
        .layer(from_fn_with_state(app.clone(), watch::log::request))
        .with_state(app);
    // Of what stands before the routes, the path can still be changed.
    Router::new().fallback_service(map_request(speak::piper::without_path).layer(routes))
}
