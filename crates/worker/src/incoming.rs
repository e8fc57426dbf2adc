//! A request as it comes from the runtime.

use chanter_http::{Failure, body_too_long, max_body_bytes};
use futures_util::StreamExt;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method};
use worker::ByteStream;

/// A request's head. Headers that are no ASCII are left out: none of them means anything here.
pub(crate) fn head(request: &web_sys::Request) -> Result<Parts, Failure> {
    let bad = |what: &str| Failure::invalid(format!("the {what} of the request cannot be read"));
    let mut head = http::Request::new(()).into_parts().0;
    head.method = Method::from_bytes(request.method().as_bytes()).map_err(|_| bad("method"))?;
    head.uri = request.url().parse().map_err(|_| bad("address"))?;
    for (name, value) in worker::Headers(request.headers()).entries() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            head.headers.append(name, value);
        }
    }
    Ok(head)
}

/// The body of a POST, if it is not too long for a text of so many characters; none of other requests.
pub(crate) async fn body(
    request: &web_sys::Request,
    head: &Parts,
    max_text_length: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    if head.method != Method::POST {
        return Ok(None);
    }
    let most = max_body_bytes(max_text_length);
    let said = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|bytes| bytes > most) {
        return Err(body_too_long(max_text_length));
    }
    let mut bytes = Vec::new();
    if let Some(stream) = request.body() {
        let mut pieces = ByteStream::from(stream);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Failure::invalid("the body broke off"))?;
            if bytes.len() + piece.len() > most {
                return Err(body_too_long(max_text_length));
            }
            bytes.extend_from_slice(&piece);
        }
    }
    Ok(Some(bytes))
}
