//! A speech as the bytes of an answer.

use chanter_engine::{pcm, wav};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a speech is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A WAV stream of unknown length, at the voice's rate.
    Wav,
}

impl Format {
    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
        }
    }
}

/// Makes bytes of samples, in pieces of any length.
pub struct Encoder {
    format: Format,
    rate: u32,
}

impl Encoder {
    /// For samples of a voice's rate, in Hz.
    pub fn new(format: Format, voice_rate: u32) -> Self {
        Self { format, rate: voice_rate }
    }

    /// The voice's rate, in Hz.
    pub fn voice_rate(&self) -> u32 {
        self.rate
    }

    /// The answer's headers. It is not to be kept, unless the front end says so with another `Cache-Control`.
    pub fn headers(&self) -> HeaderMap {
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.format.content_type())),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (HeaderName::from_static("x-audio-sample-rate"), self.rate.into()),
            // Proxies such as nginx would collect the answer otherwise.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ]
        .into_iter()
        .collect()
    }

    /// What stands before the first sample.
    pub fn begin(&self) -> Vec<u8> {
        match self.format {
            Format::Wav => wav::header(self.rate, None).to_vec(),
        }
    }

    /// The next samples.
    pub fn encode(&mut self, samples: &[f32]) -> Vec<u8> {
        pcm::to_s16le(samples)
    }

    /// What is left after the last samples.
    pub fn finish(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
