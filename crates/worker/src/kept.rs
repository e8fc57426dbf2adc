//! Speeches that need not be made again: of a request that fixes the seed, the answer is always the same, so clients may
//! keep it, and the data centre does (the Cache API).

use chanter_http::{cache_key, etag};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};
use worker::{Cache, Headers, Response};

use crate::journal;
use crate::site::Site;
use crate::voices::Found;

/// Longer answers are not kept: they would take memory while they are made.
const MOST_BYTES: usize = 8 << 20;
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const FOR_ITS_READER: HeaderValue = HeaderValue::from_static("private, max-age=86400");

/// An answer that may be kept.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    key: String,
    pub(crate) etag: String,
}

impl Identity {
    /// None where the request does not fix the sound.
    pub(crate) fn of(head: &Parts, found: &Found, request: &chanter_http::Request) -> Option<Self> {
        let key = cache_key(&found.id, request)?;
        let etag = etag(&key);
        // The cache tells zones apart by the address, so it is one of the request's own.
        let host = head.uri.authority()?;
        Some(Self { key: format!("https://{host}/kept-speech/{key}"), etag })
    }

    /// Headers that let clients keep the answer.
    pub(crate) fn mark(&self, headers: &mut HeaderMap, site: &Site) {
        let cache = if site.options.tokens.is_empty() { FOR_A_DAY } else { FOR_ITS_READER };
        headers.insert(header::CACHE_CONTROL, cache);
        if let Ok(etag) = HeaderValue::try_from(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
    }

    /// The answer, if it was kept.
    pub(crate) async fn find(&self) -> Option<Response> {
        Cache::default().get(self.key.as_str(), true).await.unwrap_or_default()
    }
}

/// Collects the bytes of an answer, outside the engine's memory, which would not shrink again.
pub(crate) struct Keeper {
    identity: Identity,
    headers: HeaderMap,
    pieces: Array,
    bytes: usize,
}

impl Keeper {
    pub(crate) fn new(identity: Identity, mut headers: HeaderMap) -> Self {
        headers.insert(header::CACHE_CONTROL, FOR_A_DAY);
        Self { identity, headers, pieces: Array::new(), bytes: 0 }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        if self.bytes <= MOST_BYTES {
            self.pieces.push(&Uint8Array::from(bytes));
        } else {
            self.pieces = Array::new();
        }
    }

    /// Puts the whole answer into the cache, after it is sent.
    pub(crate) fn keep(self, site: &Site) {
        if self.bytes > MOST_BYTES {
            return;
        }
        let Self { identity, headers, pieces, .. } = self;
        let response = Blob::new_with_u8_array_sequence_and_options(&pieces, &BlobPropertyBag::new())
            .and_then(|blob| web_sys::Response::new_with_opt_blob(Some(&blob)));
        let Ok(response) = response else { return };
        let response = Response::from(response).with_headers(Headers::from(&headers));
        site.context.wait_until(async move {
            if let Err(why) = Cache::default().put(identity.key, response).await {
                journal::error("an answer could not be kept", why);
            }
        });
    }
}
