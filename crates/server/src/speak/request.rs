//! A request's body, as it comes from the network.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, StatusCode, request::Parts};
use chanter_http::{Failure, max_body_bytes};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::Options;

/// A client that takes longer to send its body is cut off.
const BODY_TIME: Duration = Duration::from_secs(15);

/// The head of a request, and of a POST the whole body.
pub(super) async fn receive(request: Request, options: &Options) -> Result<(Parts, Option<Vec<u8>>), Failure> {
    let (head, body) = request.into_parts();
    let body = if head.method == Method::POST { Some(whole(body, options).await?) } else { None };
    Ok((head, body))
}

async fn whole(body: Body, options: &Options) -> Result<Vec<u8>, Failure> {
    let most = max_body_bytes(options.max_text_length);
    let limit = options.max_body.map_or(most, |limit| limit.min(most));
    let too_long = || Failure::too_long(format!("the body has more than {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_long());
    }
    let body = tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect())
        .await
        .map_err(|_| Failure::new(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive"))?
        .map_err(|e| match e.is::<LengthLimitError>() {
            true => too_long(),
            false => Failure::invalid("the body broke off"),
        })?;
    Ok(body.to_bytes().into())
}
