//! A speech as the bytes of an answer.

use chanter_engine::{Result, pcm, wav};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::resampler::Resampler;

/// What a speech is sent as; all are 16-bit little-endian PCM of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A WAV stream of unknown length, at the voice's rate.
    Wav,
    /// Samples alone, at [`PCM_RATE`].
    Pcm,
}

/// Samples a second of [`Format::Pcm`], as OpenAI's speech API has it ("24kHz (16-bit signed, low-endian), without the
/// header").
pub const PCM_RATE: u32 = 24_000;

impl Format {
    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
        }
    }
}

/// Makes the bytes of an answer from a speech's samples, in pieces of any length.
pub struct Encoder {
    format: Format,
    voice_rate: u32,
    resampler: Option<Resampler>,
}

impl Encoder {
    /// For samples of a voice's rate, in Hz.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`](chanter_engine::ErrorKind::Inference) for a rate that cannot become the format's.
    pub fn new(format: Format, voice_rate: u32) -> Result<Self> {
        let resampler = match format {
            Format::Pcm if voice_rate != PCM_RATE => Some(Resampler::new(voice_rate, PCM_RATE)?),
            _ => None,
        };
        Ok(Self { format, voice_rate, resampler })
    }

    /// Samples a second of what is encoded.
    pub fn voice_rate(&self) -> u32 {
        self.voice_rate
    }

    /// The answer's headers. They say that it is not to be kept; whoever knows better replaces `Cache-Control`.
    pub fn headers(&self) -> HeaderMap {
        let rate = if self.resampler.is_some() { PCM_RATE } else { self.voice_rate };
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.format.content_type())),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (HeaderName::from_static("x-audio-sample-rate"), rate.into()),
            // Proxies such as nginx would collect the answer otherwise.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ]
        .into_iter()
        .collect()
    }

    /// What stands before the first sample; may be empty.
    pub fn begin(&self) -> Vec<u8> {
        match self.format {
            Format::Wav => wav::header(self.voice_rate, None).to_vec(),
            Format::Pcm => Vec::new(),
        }
    }

    /// What is known of the answer after these samples; may be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`](chanter_engine::ErrorKind::Inference).
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        Ok(match &mut self.resampler {
            Some(resampler) => pcm::to_s16le(&resampler.push(samples)?),
            None => pcm::to_s16le(samples),
        })
    }

    /// The rest, once there are no more samples; empty if nothing is left.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`](chanter_engine::ErrorKind::Inference).
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        self.resampler.as_mut().map_or(Ok(Vec::new()), |resampler| Ok(pcm::to_s16le(&resampler.finish()?)))
    }
}
