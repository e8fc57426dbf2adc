//! What goes wrong, as the client sees it.

use chanter_engine::{Error, ErrorKind};
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer other than 200: `{"error": {"message", "type", "param"?}}`, or [OpenAI's](Self::as_openai).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    status: StatusCode,
    message: String,
    param: Option<&'static str>,
    /// Seconds after which the client may try again.
    retry_after: Option<u32>,
    /// What it is called, where the status does not say it.
    kind: Option<&'static str>,
    openai: bool,
}

impl Failure {
    /// An answer of this status; the message is one line for people.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, retry_after: None, kind: None, openai: false }
    }

    /// 400.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401; the client is to show a key.
    pub fn unauthorized() -> Self {
        let message = "a key is needed, as `Authorization: Bearer KEY`";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403; the message says what would have to be allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this path")
    }

    /// 405; whoever answers adds the header `Allow`.
    pub fn method_not_allowed(method: &Method, path: &str) -> Self {
        let message = format!("{path} does not take {method}; the header Allow names what it takes");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    /// 413.
    pub fn too_long(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 429; the client may try again after so many seconds.
    pub fn too_many(seconds: u32) -> Self {
        let message = format!("too many requests; try again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// 503; the client may try again after a second.
    pub fn not_ready(message: impl Into<String>) -> Self {
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
    }

    /// 503, because of what others ask for; the client may try again after a second.
    pub fn busy(message: impl Into<String>) -> Self {
        Self { kind: Some("busy"), ..Self::not_ready(message) }
    }

    /// 500; the cause is the log's, not the client's.
    pub fn internal() -> Self {
        let message = "the speech could not be made; the server's log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// Names the field of the request that it is about.
    pub fn about(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    /// The same as OpenAI's clients read it: `{"error": {"message", "type", "param", "code"}}`.
    pub fn as_openai(self) -> Self {
        Self { openai: true, ..self }
    }

    /// The same in the form that clients of this path read.
    pub fn at(self, path: &str) -> Self {
        if path.starts_with("/v1/") { self.as_openai() } else { self }
    }

    /// One line for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn kind(&self) -> &'static str {
        if let Some(kind) = self.kind {
            return kind;
        }
        match self.status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::REQUEST_TIMEOUT => "timeout",
            StatusCode::PAYLOAD_TOO_LARGE => "too_long",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
            StatusCode::SERVICE_UNAVAILABLE => "not_ready",
            StatusCode::BAD_GATEWAY => "bad_gateway",
            StatusCode::INSUFFICIENT_STORAGE => "no_space",
            status if status.is_client_error() => "invalid_request",
            _ => "internal",
        }
    }

    /// What stands under `error`.
    pub fn to_json(&self) -> Value {
        if self.openai {
            let kind = if self.status.is_client_error() { "invalid_request_error" } else { "server_error" };
            // What is spoken has another name there.
            let param = self.param.map(|param| if param == "text" { "input" } else { param });
            return json!({"message": self.message, "type": kind, "param": param, "code": self.kind()});
        }
        let mut error = json!({"message": self.message, "type": self.kind()});
        if let Some(param) = self.param {
            error["param"] = param.into();
        }
        error
    }

    /// The whole answer.
    pub fn response(&self) -> Response<String> {
        let mut response = json_response(self.status, &json!({"error": self.to_json()}));
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750, section 3.
            let challenge = HeaderValue::from_static("Bearer realm=\"chanter\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
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
                log::error!("a speech could not begin: {error:#}");
                Self::internal()
            }
        }
    }
}

/// JSON that is not to be kept.
pub fn json_response(status: StatusCode, value: &Value) -> Response<String> {
    let mut response = Response::new(value.to_string());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
