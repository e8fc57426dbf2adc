//! The page, built into the server.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    let file = |content_type, text| get(move || async move { answer(content_type, text) });
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("../../../www/index.html")))
        .route("/player.js", file("text/javascript; charset=utf-8", include_str!("../../../www/player.js")))
        .route("/style.css", file("text/css; charset=utf-8", include_str!("../../../www/style.css")))
}

fn answer(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    // Nothing but the page's own files, and no framing.
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (headers, text)
}
