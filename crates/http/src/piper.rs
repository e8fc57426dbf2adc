//! Requests to Piper's own HTTP servers, of all three generations: JSON to `/synthesize` (piper1-gpl), JSON to `/` (up to
//! 1.4), and plain text to `/` or `/?text=` (rhasspy's).

use chanter_engine::wav;
use http::{header, request::Parts};

use crate::fields::{self, Field, Fields};
use crate::request::{request, text_of};
use crate::{Delivery, Failure, Format, Request};

/// Fields by which clients of proposed versions ask for a stream.
const STREAMING: [&str; 2] = ["streaming", "realtime"];
/// The names that these requests know.
pub const FIELDS: [&str; fields::FIELDS.len() + STREAMING.len()] = {
    let ours = fields::FIELDS;
    let mut all = [""; fields::FIELDS.len() + STREAMING.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = if i < ours.len() { ours[i] } else { STREAMING[i - ours.len()] };
        i += 1;
    }
    all
};

/// A request, and whether its answer is a stream: else it is a file whose header knows its length.
///
/// The body is JSON if it says so or looks like an object, else text, whatever it calls itself: those servers do not look.
///
/// # Errors
/// 400 or 413, naming the field.
pub fn read(head: &Parts, body: Option<Vec<u8>>, max_text_length: usize) -> Result<(Request, bool), Failure> {
    let mut fields = Fields::named(&FIELDS);
    fields.add_pairs(head.uri.query().unwrap_or_default())?;
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = content_type.starts_with("application/json");
    if let Some(body) = body {
        let body = text_of(body, max_text_length)?;
        if (is_json && !body.trim().is_empty()) || body.trim_start().starts_with('{') {
            fields.add_json(&body)?;
        } else if !body.is_empty() {
            fields.add("text", Field::Plain(body))?;
        }
    }
    let mut streams = false;
    for name in STREAMING {
        streams |= fields.truth(name)?.unwrap_or(false);
    }
    Ok((request(fields, max_text_length)?, streams))
}

/// Whether an answer to this is a WAV file, which has its length in its header.
pub fn is_file(request: &Request) -> bool {
    request.format == Format::Wav && request.delivery == Delivery::Audio
}

/// A file whose header knows its length, of what an answer in [`Format::Pcm`] has in its pieces. Readers such as Python's `wave`
/// want that.
pub fn file<P: AsRef<[u8]>>(sample_rate: u32, pieces: &[P]) -> Vec<u8> {
    let samples = pieces.iter().map(|piece| piece.as_ref().len() as u64 / 2).sum();
    let mut file = wav::header(sample_rate, Some(samples)).to_vec();
    pieces.iter().for_each(|piece| file.extend_from_slice(piece.as_ref()));
    file
}

#[cfg(test)]
mod tests {
    use chanter_engine::{Input, Speaker};

    use super::*;

    fn asked(uri: &str, body: Option<&str>) -> Result<(Request, bool), Failure> {
        let (head, ()) = http::Request::post(uri).header("content-type", "image/png").body(()).unwrap().into_parts();
        read(&head, body.map(|body| body.as_bytes().to_vec()), 100)
    }

    #[test]
    fn three_generations() {
        let (request, streams) = asked(
            "/synthesize",
            Some(r#"{"text": "Hi.", "speaker": "a", "speaker_id": 3, "length_scale": 2, "noise_w": 0.5, "x": 1}"#),
        )
        .unwrap();
        assert_eq!((&request.input, streams, is_file(&request)), (&Input::from("Hi."), false, true));
        assert_eq!(request.settings.speaker, Some(Speaker::Id(3)));
        assert_eq!((request.settings.length_scale, request.settings.noise_w_scale), (Some(2.0), Some(0.5)));
        assert_eq!(asked("/", Some("Hi {there}.")).unwrap().0.input, Input::from("Hi {there}."));
        assert_eq!(asked("/?text=Hi+there.", None).unwrap().0.input, Input::from("Hi there."));
    }

    #[test]
    fn streams_where_it_is_asked_for() {
        for (uri, body, expected) in [
            ("/?streaming=true", "Hi.", true),
            ("/", r#"{"text": "Hi.", "realtime": true}"#, true),
            ("/", r#"{"text": "Hi.", "realtime": false}"#, false),
        ] {
            assert_eq!(asked(uri, Some(body)).unwrap().1, expected, "{uri} {body}");
        }
        assert!(asked("/?streaming=perhaps", Some("Hi.")).unwrap_err().message().contains("true or false"));
        assert!(asked("/", Some("")).unwrap_err().message().contains("text is missing"));
    }
}
