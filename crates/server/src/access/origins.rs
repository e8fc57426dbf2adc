//! Pages of other sites that may use the server (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>). There are no
//! cookies, so no answer ever allows credentials.

use axum::http::{HeaderName, Method, header};
use chanter_http::Origins;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// What a page may read besides the body.
const EXPOSED: [HeaderName; 7] = [
    header::RETRY_AFTER,
    header::ETAG,
    HeaderName::from_static("x-audio-sample-rate"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

pub(crate) fn layer(origins: &Origins) -> CorsLayer {
    let origins = match origins {
        Origins::All => AllowOrigin::any(),
        Origins::Some(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    // Named: `*` does not stand for `Authorization` (same spec, "CORS non-wildcard request-header name").
    let headers = [header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("x-request-id")];
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::list(headers))
        .expose_headers(EXPOSED)
}
