//! What requests pass before they are looked at.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chanter_http::{Failure, which_token};

use crate::admission::Client;
use crate::app::App;
use crate::connections::Peer;
use crate::error::Refusal;

/// Who calls; an extension of every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    /// Its address, or its proxy's word for it.
    at: Client,
    /// Whether it showed a key, or none is needed.
    may: bool,
}

/// Finds out who calls.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let options = &app.options().access;
    let peer = request.extensions().get().copied().unwrap_or(Peer::UNKNOWN);
    let at = Client::at(options.trusted_proxies.client(peer.0.ip(), request.headers()));
    let keys = options.api_keys.all();
    key_of_protocols(request.headers_mut());
    let key = which_token(request.headers(), keys).map(Client::Key);
    request.extensions_mut().insert(Caller { client: key.unwrap_or(at), at, may: key.is_some() || keys.is_empty() });
    next.run(request).await
}

/// Pages cannot send `Authorization` with a WebSocket, but protocols: one of `bearer.` and the key in base64url, without
/// padding, is the same.
fn key_of_protocols(headers: &mut HeaderMap) {
    if headers.contains_key(header::AUTHORIZATION) {
        return;
    }
    let all = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let key = all.flat_map(|value| value.split(',')).find_map(|name| name.trim().strip_prefix("bearer."));
    let key = key.and_then(|key| BASE64_URL_SAFE_NO_PAD.decode(key).ok());
    let value = key.and_then(|key| HeaderValue::from_bytes(&[b"Bearer ", &key[..]].concat()).ok());
    if let Some(value) = value {
        headers.insert(header::AUTHORIZATION, value);
    }
}

/// Turns away who shows no key where one is needed.
pub(crate) async fn require_key(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(&caller) = request.extensions().get::<Caller>() else { return next.run(request).await };
    if caller.may {
        return next.run(request).await;
    }
    let failure = match app.rates().wrong_key(caller.at) {
        Ok(_) => Failure::unauthorized(),
        Err(spent) => spent.failure(),
    };
    app.metrics().refused("key");
    if app.rarely().say("key", caller.at) {
        tracing::warn!(client = %caller.at, "requests without a right key are turned away");
    }
    Refusal::from(failure.at(request.uri().path())).into_response()
}

/// Counts a request to speak against its client's budget.
pub(crate) async fn limit_rate(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(&Caller { client, .. }) = request.extensions().get() else { return next.run(request).await };
    match app.rates().speech(client) {
        Ok(None) => next.run(request).await,
        Ok(Some(budget)) => {
            let mut response = next.run(request).await;
            budget.write(response.headers_mut());
            response
        }
        Err(spent) => {
            app.metrics().refused("rate");
            if app.rarely().say("rate", client) {
                tracing::warn!(%client, "a client asks more often than it may");
            }
            let mut response = Refusal::from(spent.failure().at(request.uri().path())).into_response();
            spent.0.write(response.headers_mut());
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_can_be_the_key() {
        for (protocols, key) in [
            ("chanter, bearer.c2VjcmV0", Some("Bearer secret")),
            ("bearer.YSxiL2M", Some("Bearer a,b/c")),
            ("chanter", None),
            ("bearer.?", None),
            ("bearer.AAA", None),
        ] {
            let value = HeaderValue::from_static(protocols);
            let mut headers: HeaderMap = [(header::SEC_WEBSOCKET_PROTOCOL, value)].into_iter().collect();
            key_of_protocols(&mut headers);
            let found = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
            assert_eq!(found, key, "{protocols}");
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer other"));
            key_of_protocols(&mut headers);
            assert_eq!(headers[header::AUTHORIZATION], "Bearer other");
        }
    }
}
