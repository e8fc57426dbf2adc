//! A speech as the bytes of an answer.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chanter_engine::{Chunk, Input, Result};
use chanter_output::{Clock, Encoder, SubtitleFormat, Subtitles, Timings, WholeTimings};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Request;

const WARNINGS: HeaderName = HeaderName::from_static("x-speech-warnings");

/// What goes with the sound of a speech, or in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// The sound alone.
    Audio,
    /// JSON, a line for each chunk: its sound, and the words and phonemes that begin in it.
    Lines,
    /// The same as server-sent events.
    Events,
    /// The sound as OpenAI's server-sent events.
    OpenAiEvents,
    /// The timings of the whole speech, without sound.
    Timings,
    /// Its subtitles.
    Subtitles(SubtitleFormat),
}

impl Delivery {
    /// By the name that requests use.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ndjson" => Self::Lines,
            "sse" => Self::Events,
            "json" => Self::Timings,
            "srt" => Self::Subtitles(SubtitleFormat::Srt),
            "vtt" => Self::Subtitles(SubtitleFormat::Vtt),
            _ => return None,
        })
    }
}

/// Says in an answer's headers what of a document could not be heeded.
pub fn warn(headers: &mut HeaderMap, warnings: &[String]) {
    if !warnings.is_empty() {
        // A header's value is ASCII, whatever a document has for names.
        let warnings = warnings.join("; ").replace(|c: char| !(c == ' ' || c.is_ascii_graphic()), "?");
        headers.extend(HeaderValue::from_str(&warnings).map(|value| (WARNINGS, value)));
    }
}

/// Makes the bytes of an answer from a speech's chunks.
pub struct Outgoing {
    encoder: Encoder,
    clock: Clock,
    /// Samples of the voice so far.
    samples: u64,
    body: Body,
    finished: bool,
}

enum Body {
    Audio,
    Lines,
    Events,
    OpenAiEvents,
    Timings(Timings),
    Subtitles(Subtitles),
}

/// What is said of a chunk.
#[derive(Serialize)]
struct Piece {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its first sample.
    offset: u64,
    samples: u64,
    /// Base64.
    audio: String,
    #[serde(flatten)]
    timings: Timings,
}

impl Outgoing {
    /// For a request, answered by a voice of such a rate, in Hz.
    ///
    /// # Errors
    /// Those of [`Encoder::new`].
    pub fn new(request: &Request, voice_rate: u32) -> Result<Self> {
        let encoder = Encoder::new(request.format, voice_rate, request.sample_rate)?;
        let text = if let Input::Text(text) | Input::Ssml(text) = &request.input { text.as_str() } else { "" };
        let clock = Clock::new(text, voice_rate, encoder.rate());
        let body = match request.delivery {
            Delivery::Audio => Body::Audio,
            Delivery::Lines => Body::Lines,
            Delivery::Events => Body::Events,
            Delivery::OpenAiEvents => Body::OpenAiEvents,
            Delivery::Timings => Body::Timings(Timings::default()),
            Delivery::Subtitles(format) => Body::Subtitles(Subtitles::new(format, clock.clone())),
        };
        Ok(Self { encoder, clock, samples: 0, body, finished: false })
    }

    /// Samples a second of what is sent.
    pub fn rate(&self) -> u32 {
        self.encoder.rate()
    }

    /// Samples a second of the voice.
    pub fn voice_rate(&self) -> u32 {
        self.encoder.voice_rate()
    }

    /// The answer's headers. They say that it is not to be kept; whoever knows better replaces `Cache-Control`.
    pub fn headers(&self) -> HeaderMap {
        let content_type = match &self.body {
            Body::Audio => self.encoder.format().content_type(),
            Body::Lines => "application/x-ndjson",
            Body::Events | Body::OpenAiEvents => "text/event-stream",
            Body::Timings(_) => "application/json",
            Body::Subtitles(subtitles) => match subtitles.format() {
                SubtitleFormat::Srt => "application/x-subrip; charset=utf-8",
                SubtitleFormat::Vtt => "text/vtt; charset=utf-8",
            },
        };
        let rate = HeaderValue::from(self.encoder.rate());
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (HeaderName::from_static("x-audio-sample-rate"), rate.clone()),
            // What proposals for Piper's own server call it.
            (HeaderName::from_static("x-piper-sample-rate"), rate),
            // Proxies such as nginx would collect the answer otherwise.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ]
        .into_iter()
        .collect()
    }

    /// What stands before the first chunk; may be empty.
    ///
    /// # Errors
    /// The encoder's.
    pub fn begin(&mut self) -> Result<Vec<u8>> {
        match &self.body {
            Body::Audio => self.encoder.begin(),
            Body::Subtitles(subtitles) => Ok(subtitles.begin().into()),
            // A header goes with the first sound.
            Body::Lines | Body::Events | Body::OpenAiEvents | Body::Timings(_) => Ok(Vec::new()),
        }
    }

    /// What is known of the answer after this chunk; may be empty.
    ///
    /// # Errors
    /// The encoder's.
    pub fn chunk(&mut self, chunk: &Chunk) -> Result<Vec<u8>> {
        let first = self.samples == 0;
        self.samples = chunk.offset + chunk.samples.len() as u64;
        match &mut self.body {
            Body::Audio => return self.encoder.encode(&chunk.samples),
            Body::Timings(all) => {
                all.extend(self.clock.timings(chunk));
                return Ok(Vec::new());
            }
            Body::Subtitles(subtitles) => return Ok(subtitles.chunk(chunk).into()),
            Body::Lines | Body::Events | Body::OpenAiEvents => {}
        }
        let mut audio = if first { self.encoder.begin()? } else { Vec::new() };
        audio.extend(self.encoder.encode(&chunk.samples)?);
        Ok(self.piece(audio, Some(chunk)))
    }

    /// The rest, once there are no more chunks; empty when it is asked for again.
    ///
    /// # Errors
    /// The encoder's.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        if std::mem::replace(&mut self.finished, true) {
            return Ok(Vec::new());
        }
        let (rate, samples) = (self.encoder.rate(), self.clock.samples(self.samples));
        let done = match &mut self.body {
            Body::Audio => return self.encoder.finish(),
            Body::Subtitles(subtitles) => return Ok(subtitles.finish().into()),
            Body::Timings(all) => {
                let timings = std::mem::take(all);
                let whole = WholeTimings { sample_rate: rate, samples, timings };
                let whole = serde_json::to_value(whole).unwrap_or_default();
                return Ok(whole.to_string().into());
            }
            Body::Lines | Body::Events => json!({"type": "done", "sample_rate": rate, "samples": samples}),
            Body::OpenAiEvents => json!({"type": "speech.audio.done", "usage": self.usage()}),
        };
        let rest = self.encoder.finish()?;
        let mut bytes = if rest.is_empty() { Vec::new() } else { self.piece(rest, None) };
        bytes.extend(self.framed(&done));
        Ok(bytes)
    }

    /// Some sound, and the chunk that it came with.
    fn piece(&self, audio: Vec<u8>, chunk: Option<&Chunk>) -> Vec<u8> {
        let audio = BASE64_STANDARD.encode(audio);
        if let Body::OpenAiEvents = self.body {
            if audio.is_empty() {
                return Vec::new();
            }
            return self.framed(&json!({"type": "speech.audio.delta", "audio": audio}));
        }
        let offset = self.clock.samples(chunk.map_or(self.samples, |chunk| chunk.offset));
        let piece = Piece {
            kind: "audio",
            offset,
            samples: self.clock.samples(self.samples) - offset,
            audio,
            timings: chunk.map(|chunk| self.clock.timings(chunk)).unwrap_or_default(),
        };
        self.framed(&serde_json::to_value(piece).unwrap_or_default())
    }

    fn framed(&self, value: &Value) -> Vec<u8> {
        match self.body {
            Body::Events | Body::OpenAiEvents => format!("data: {value}\n\n"),
            _ => format!("{value}\n"),
        }
        .into()
    }

    /// In tokens, which this server does not have: what OpenAI's would count about, four characters of text each, and
    /// twenty for a second of sound.
    fn usage(&self) -> Value {
        let input = self.clock.text().chars().count().div_ceil(4) as u64;
        let output = (self.samples * 20).div_ceil(u64::from(self.encoder.voice_rate()).max(1));
        json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output})
    }
}
