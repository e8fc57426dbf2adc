//! Requests to speak.

use std::rc::Rc;

use chanter_engine::Chunking;
use chanter_http::{Failure, Format, Outgoing, Request, if_none_match, piper, read, speech, warn};
use futures_util::TryStreamExt;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use worker::{Headers, Response, ResponseBuilder};

use crate::incoming::body;
use crate::journal::{self, Entry};
use crate::kept::{Identity, Keeper};
use crate::site::{Site, is_bound};
use crate::sound::{Sound, bytes};
use crate::voices;

/// Frames, half of what is usual: it saves a medium voice 15 MiB, and costs a seventh more work.
const LARGEST_CHUNK: usize = 64;

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `/synthesize-stream`.
    Own,
    /// `/v1/audio/speech`.
    OpenAi,
    /// `/synthesize`, of Piper's own server: a file, unless a stream is asked for.
    Piper,
    /// `/stream`, of a proposal for Piper's own server.
    PiperStream,
}

/// Answers a request to speak. What is wrong with it is said before the first byte of audio.
pub(crate) async fn speak(
    site: &Rc<Site>,
    dialect: Dialect,
    head: &Parts,
    incoming: &web_sys::Request,
    entry: &Entry,
) -> Result<Response, Failure> {
    let most = site.options.max_text_length;
    let body = body(incoming, head, most).await?;
    let mut is_file = false;
    let mut request: Request = match dialect {
        Dialect::Own => read(head, body, most)?,
        Dialect::OpenAi => speech::read(body.unwrap_or_default(), most)?,
        Dialect::Piper | Dialect::PiperStream => {
            let (request, streams) = piper::read(head, body, most)?;
            is_file = dialect == Dialect::Piper && !streams && piper::is_file(&request);
            request
        }
    };
    if is_file {
        request.format = Format::Pcm;
    }
    entry.set_input(&request.input, site.options.log_text);
    let found = match (&request.voice, &request.language) {
        (None, Some(language)) => voices::find_for(site, language).await?,
        (voice, _) => voices::find(site, voice.as_deref()).await?,
    };
    entry.set("voice", found.name.as_str());
    let identity = if is_file { None } else { Identity::of(head, &found, &request) };
    if let Some(identity) = &identity
        && let Some(answer) = known(site, identity, head, entry).await
    {
        return Ok(answer);
    }
    limit(site, head).await?;

    let voice = voices::load(site, &found).await?;
    request.suit(voice.voice().config());
    let outgoing = Outgoing::new(&request, voice.voice().sample_rate())?;
    let speech = voice.voice().speak(request.input, &request.settings)?;
    let mut speech = speech.with_chunking(Chunking { largest: LARGEST_CHUNK, ..Chunking::default() });
    let mut headers = outgoing.headers();
    warn(&mut headers, &speech.warnings());
    let keeper = identity.map(|identity| {
        identity.mark(&mut headers, site);
        Keeper::new(identity, headers.clone())
    });
    if is_file {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Format::Wav.content_type()));
    }
    let rate = outgoing.rate();
    let sound = Sound { site: site.clone(), speech, outgoing, _voice: voice, entry: entry.clone(), keeper };
    let answer = ResponseBuilder::new().with_headers(Headers::from(&headers));
    let bytes = bytes(sound, incoming.signal());
    if is_file {
        let pieces: Vec<_> = bytes.try_collect().await.map_err(|_| Failure::internal())?;
        return Ok(answer.fixed(piper::file(rate, &pieces)));
    }
    answer.from_stream(bytes).map_err(|why| {
        journal::error("an answer could not be begun", why);
        Failure::internal()
    })
}

/// The answer that the client has, or that was kept.
async fn known(site: &Site, identity: &Identity, head: &Parts, entry: &Entry) -> Option<Response> {
    let get = matches!(head.method, Method::GET | Method::HEAD);
    let (mut answer, outcome) = if get && if_none_match(&head.headers, &identity.etag) {
        (ResponseBuilder::new().with_status(304).empty(), "not modified")
    } else {
        let (builder, body) = identity.find().await?.into_parts();
        let headers = builder.clone().empty().headers().clone();
        (builder.with_headers(headers).body(body), "kept")
    };
    let mut headers = HeaderMap::new();
    identity.mark(&mut headers, site);
    for (name, value) in &Headers::from(&headers) {
        // What is a header there is one here.
        let _ = answer.headers_mut().set(&name, &value);
    }
    entry.set("outcome", outcome);
    Some(answer)
}

/// Counts the request where the operator limits their rate (binding `RATE_LIMIT`), by the client's address.
async fn limit(site: &Site, head: &Parts) -> Result<(), Failure> {
    /// The longest period that a limit can have.
    const PERIOD_SECONDS: u32 = 60;
    const BINDING: &str = "RATE_LIMIT";
    if !is_bound(&site.env, BINDING) {
        return Ok(());
    }
    let client = head.headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    let outcome = async { site.env.rate_limiter(BINDING)?.limit(client.to_owned()).await };
    match outcome.await {
        Ok(outcome) if outcome.success => Ok(()),
        Ok(_) => Err(Failure::too_many(PERIOD_SECONDS)),
        Err(why) => {
            journal::error("the rate limit cannot be asked", why);
            Ok(())
        }
    }
}
