//! Logs: how lines look, and the name that each request has in them.

use std::io::IsTerminal as _;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use uuid::Uuid;

use crate::app::App;
use crate::settings::{LogFormat, Settings};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a request id that a client may bring.
const LONGEST_ID: usize = 128;

/// Begins to log to stderr, panics too: in a line, like all else. What an untrusted voice makes tract panic at is an error,
/// and answered as one.
pub fn start(settings: &Settings) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match settings.log_format {
        LogFormat::Human => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(settings.log_level.clone()).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{}", panic.to_string().replace('\n', " "))));
}

/// Gives a request its id, and counts and logs the answer. Speeches say more of themselves when they are over.
pub(crate) async fn request(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = id_of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get().map_or("other", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    async move {
        let mut response = next.run(request).await;
        let status = response.status();
        app.metrics().answered(&route, status.as_u16());
        tracing::debug!("{method} {route} {}", status.as_u16());
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// The client's own, if it is one that a log can hold; or a new one.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        let bytes = id.as_bytes();
        (1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"')
    };
    let given = headers.get(REQUEST_ID).filter(sane).cloned();
    given.or_else(|| HeaderValue::try_from(Uuid::new_v4().to_string()).ok()).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_if_it_is_sane() {
        let id = |given: &str| {
            let headers = [(REQUEST_ID, HeaderValue::from_str(given).unwrap())].into_iter().collect();
            id_of(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(id("abc-1"), "abc-1");
        for wrong in ["", "a b", "a\"b", &"x".repeat(LONGEST_ID + 1)] {
            assert!(Uuid::parse_str(&id(wrong)).is_ok(), "{wrong}");
        }
    }
}
