//! A request's body, as it comes from the network.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, StatusCode, request::Parts};
use chanter_http::{Failure, body_too_long, max_body_bytes};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// A client that takes longer to send its body is cut off.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The head of a request, and of a POST the whole body.
pub(crate) async fn receive(request: Request, max_text_length: usize) -> Result<(Parts, Option<Vec<u8>>), Failure> {
    let (head, body) = request.into_parts();
    let body = if head.method == Method::POST { Some(whole(body, max_text_length).await?) } else { None };
    Ok((head, body))
}

async fn whole(body: Body, max_text_length: usize) -> Result<Vec<u8>, Failure> {
    let limit = max_body_bytes(max_text_length);
    if body.size_hint().lower() > limit as u64 {
        return Err(body_too_long(max_text_length));
    }
    let body = tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect())
        .await
        .map_err(|_| Failure::new(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive"))?
        .map_err(|e| match e.is::<LengthLimitError>() {
            true => body_too_long(max_text_length),
            false => Failure::invalid("the body broke off"),
        })?;
    Ok(body.to_bytes().into())
}
