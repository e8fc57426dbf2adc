//! Speeches that need not be made again: of a request that fixes the seed, the answer is always the same.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chanter_http::{cache_key, etag};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::app::App;
use crate::voices::Loaded;

const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const FOR_ITS_READER: HeaderValue = HeaderValue::from_static("private, max-age=86400");
/// Of all that may be kept, one speech may take this part.
const LARGEST_PART: u64 = 8;
/// Bytes of a usual speech, ten seconds of it; how many places to prepare.
const USUAL_BYTES: u64 = 441_000;

/// An answer that may be kept.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    key: String,
    etag: String,
}

impl Identity {
    /// None where the request does not fix the sound, or while the voice's content has no name yet.
    pub(super) fn of(app: &App, voice: &Loaded, request: &chanter_http::Request) -> Option<Self> {
        let id = voice.id()?;
        let key = match app.lexicon_id() {
            "" => cache_key(id, request)?,
            lexicon => cache_key(&format!("{id} with {lexicon}"), request)?,
        };
        let etag = etag(&key);
        Some(Self { key, etag })
    }

    pub(super) fn etag(&self) -> &str {
        &self.etag
    }

    /// Headers that let clients keep the answer; others between, where everybody may have it.
    pub(super) fn headers(&self, app: &App) -> HeaderMap {
        let cache = if app.options().access.api_keys.is_empty() { FOR_A_DAY } else { FOR_ITS_READER };
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, cache);
        if let Ok(etag) = HeaderValue::try_from(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        headers
    }
}

/// Whole answers, up to a number of bytes.
pub(crate) struct Kept(Option<Arc<Cache<String, Answer, Bytewise>>>, u64);

#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<String, Answer> for Bytewise {
    fn weight(&self, key: &String, answer: &Answer) -> u64 {
        // What headers take is about this.
        (key.len() + answer.body.len() + 512) as u64
    }
}

impl Kept {
    /// Room for so many MiB; none for 0.
    pub(crate) fn new(mebibytes: u64) -> Self {
        let most = mebibytes.saturating_mul(1 << 20);
        let places = (most / USUAL_BYTES).clamp(16, 1 << 20);
        let cache = (most > 0).then(|| Cache::with_weighter(places as usize, most, Bytewise).into());
        Self(cache, most / LARGEST_PART)
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |cache| cache.weight())
    }

    pub(super) fn find(&self, identity: &Identity) -> Option<Response> {
        let Answer { headers, body } = self.0.as_ref()?.get(&identity.key)?;
        Some((headers, body).into_response())
    }

    /// Collects an answer while it is sent.
    pub(super) fn keeper(&self, identity: Identity, headers: HeaderMap) -> Option<Keeper> {
        let cache = self.0.clone()?;
        Some(Keeper { cache, most: self.1, identity, headers, body: Vec::new() })
    }
}

/// An answer under way.
pub(super) struct Keeper {
    cache: Arc<Cache<String, Answer, Bytewise>>,
    most: u64,
    identity: Identity,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Keeper {
    /// Takes a piece; gives up once the answer is too long.
    pub(super) fn add(mut self, piece: &[u8]) -> Option<Self> {
        if (self.body.len() + piece.len()) as u64 > self.most {
            return None;
        }
        self.body.extend_from_slice(piece);
        Some(self)
    }

    /// Keeps the answer, which is whole.
    pub(super) fn keep(self) {
        let Self { cache, identity, headers, body, .. } = self;
        cache.insert(identity.key, Answer { headers, body: body.into() });
    }
}
