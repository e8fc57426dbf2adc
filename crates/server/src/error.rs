//! What goes wrong, as the client sees it.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chanter_engine::{Error, ErrorKind};
use serde_json::json;

/// An answer other than 200: `{"error": {"message", "type", "param"?}}`.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    message: String,
    param: Option<&'static str>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None }
    }

    /// 400.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 413.
    pub(crate) fn too_long(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 503; the client may try again.
    pub(crate) fn not_ready(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// 500; the cause is the log's, not the client's.
    pub(crate) fn internal() -> Self {
        let message = "the speech could not be made; the server's log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// Names the field of the request that it is about.
    pub(crate) fn about(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    fn kind(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::REQUEST_TIMEOUT => "timeout",
            StatusCode::PAYLOAD_TOO_LARGE => "too_long",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::SERVICE_UNAVAILABLE => "not_ready",
            status if status.is_client_error() => "invalid_request",
            _ => "internal",
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut error = json!({"message": self.message, "type": self.kind()});
        if let Some(param) = self.param {
            error["param"] = param.into();
        }
        error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Settings | ErrorKind::Text => Self::invalid(format!("{error:#}")),
            ErrorKind::Limit => Self::too_long(format!("{error:#}")),
            // The voice has no front end for text, and the message says what it takes instead.
            ErrorKind::Phonemizer => Self::invalid(format!("{error:#}")).about("text"),
            _ => {
                tracing::error!("a speech could not begin: {error:#}");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &json!({"error": self.to_json()}));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// JSON that is not to be kept.
pub(crate) fn json_response(status: StatusCode, value: &serde_json::Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(value.to_string())).into_response()
}

pub(crate) async fn not_found() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "there is nothing at this path")
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Failure {
    let message = format!("{} does not take {method}; the header Allow names what it takes", uri.path());
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, message)
}
