//! Failures as axum answers them.

use axum::body::Body;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use chanter_http::Failure;

/// A [`Failure`] that is an answer.
#[derive(Debug)]
pub(crate) struct Refusal(Failure);

impl<T: Into<Failure>> From<T> for Refusal {
    fn from(failure: T) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.response().map(Body::from)
    }
}

pub(crate) async fn not_found(uri: Uri) -> Refusal {
    Failure::not_found().at(uri.path()).into()
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Refusal {
    Failure::method_not_allowed(&method, uri.path()).at(uri.path()).into()
}
