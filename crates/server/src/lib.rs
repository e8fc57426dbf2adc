//! Speech over HTTP, streamed while it is made.
//!
//! [`App`] is what the requests share, [`router`] answers them, [`serve`] is the loop around it.
//!
//! | path | method | answer |
//! |---|---|---|
//! | `/` | GET | the page that speaks, of a folder given as [`Www`]; and its files |
//! | `/health` | GET | 200 when the voice has spoken its first phoneme, 503 before |
//! | `/synthesize-stream` | GET, POST | `audio/wav`, chunked: the header at once, then PCM as it is made |
//! | `/v1/audio/speech` | POST | the same for clients of OpenAI's, as `wav` or `pcm` |
//! | `/voices` | GET | each voice's name with its config, as Piper's own server has it |

mod app;
mod error;
mod health;
mod linger;
mod origins;
mod page;
mod request;
mod serve;
mod stream;
mod voices;

use axum::Router;
use axum::routing::{get, post};

pub use app::{App, Options};
pub use chanter_http::Origins;
pub use page::Www;
pub use serve::{listen, serve};

/// Every path that the server answers. What goes wrong is answered as `{"error": {"message", "type", "param"?}}`;
/// under `/v1/` as OpenAI does it.
pub fn router(app: App) -> Router {
    let origins = origins::layer(&app.options().origins);
    Router::new()
        .merge(page::routes(app.options().www.as_ref()))
        .route("/health", get(health::health))
        .route("/synthesize-stream", get(stream::synthesize).post(stream::synthesize))
        .route("/v1/audio/speech", post(stream::openai))
        .route("/voices", get(voices::voices))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(origins)
        .with_state(app)
}
