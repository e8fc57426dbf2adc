//! The bytes of samples, whatever the format.

use chanter_engine::{Error, ErrorKind, Result};

use crate::formats::{self, Codec};
use crate::{Format, Resampler};

/// Makes the bytes of a format from samples, in pieces of any length.
pub struct Encoder {
    format: Format,
    from: u32,
    rate: u32,
    resampler: Option<Resampler>,
    codec: Box<dyn Codec>,
}

impl Encoder {
    /// For samples of a voice's rate, in Hz; encoded at the rate that is [asked for](Format::rate).
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] for a rate that cannot be had, [`ErrorKind::Inference`] for a voice's that cannot become
    /// the format's.
    pub fn new(format: Format, voice_rate: u32, asked: Option<u32>) -> Result<Self> {
        let rate = format.rate(voice_rate, asked)?;
        let resampler = if rate == voice_rate { None } else { Some(Resampler::new(voice_rate, rate)?) };
        Ok(Self { format, from: voice_rate, rate, resampler, codec: formats::codec(format, rate)? })
    }

    /// What it makes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Samples a second of what is encoded.
    pub fn voice_rate(&self) -> u32 {
        self.from
    }

    /// Samples a second of what comes out.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// What stands before the first sample; may be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`].
    pub fn begin(&mut self) -> Result<Vec<u8>> {
        self.codec.begin()
    }

    /// What is known of the rest after these samples; may be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`].
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        match &mut self.resampler {
            Some(resampler) => self.codec.encode(&resampler.push(samples)?),
            None => self.codec.encode(samples),
        }
    }

    /// The rest, once there are no more samples; empty if nothing is left, and when it is asked for again.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`].
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let mut rest = match &mut self.resampler {
            Some(resampler) => self.codec.encode(&resampler.finish()?)?,
            None => Vec::new(),
        };
        rest.extend(self.codec.finish()?);
        Ok(rest)
    }
}

/// A codec refused what it was given.
#[cfg(any(feature = "aac", feature = "flac", feature = "mp3", feature = "opus"))]
pub(crate) fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Inference, format!("the audio could not be encoded: {error}"))
}
