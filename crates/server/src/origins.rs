//! Pages of other sites that may use the server (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use axum::http::Method;
use chanter_http::Origins;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

pub(crate) fn layer(origins: &Origins) -> CorsLayer {
    let origins = match origins {
        Origins::All => AllowOrigin::any(),
        Origins::Some(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    CorsLayer::new().allow_origin(origins).allow_methods([Method::GET, Method::POST]).allow_headers(Any)
}
