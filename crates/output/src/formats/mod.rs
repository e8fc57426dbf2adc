//! One file for each format.

#[cfg(feature = "aac")]
mod aac;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "mp3")]
mod mp3;
#[cfg(feature = "opus")]
mod opus;
mod pcm;

use chanter_engine::{Error, ErrorKind, Result};

use crate::Format;

/// Samples of one channel, at the format's rate, to bytes.
pub(crate) trait Codec: Send {
    /// What stands before the first sample.
    fn begin(&mut self) -> Result<Vec<u8>>;
    /// What is known after these samples.
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>>;
    /// The rest; nothing the second time.
    fn finish(&mut self) -> Result<Vec<u8>>;
}

pub(crate) fn codec(format: Format, rate: u32) -> Result<Box<dyn Codec>> {
    Ok(match format {
        Format::Wav => Box::new(pcm::Pcm::wav(rate)),
        Format::Pcm => Box::new(pcm::Pcm::raw()),
        #[cfg(feature = "flac")]
        Format::Flac => Box::new(flac::Flac::new(rate)?),
        #[cfg(feature = "mp3")]
        Format::Mp3 => Box::new(mp3::Mp3::new(rate)),
        #[cfg(feature = "opus")]
        Format::Opus => Box::new(opus::Opus::new(rate)?),
        #[cfg(feature = "aac")]
        Format::Aac => Box::new(aac::Aac::new(rate)?),
        #[allow(unreachable_patterns)]
        other => {
            let message = format!("{} is not built in; there is {}", other.name(), Format::names());
            return Err(Error::new(ErrorKind::Settings, message));
        }
    })
}

/// Whole frames of so many samples, however samples come.
#[cfg(any(feature = "flac", feature = "opus"))]
pub(crate) struct Frames {
    size: usize,
    waiting: Vec<f32>,
}

#[cfg(any(feature = "flac", feature = "opus"))]
impl Frames {
    pub(crate) fn of(size: usize) -> Self {
        Self { size, waiting: Vec::new() }
    }

    /// The frames that are whole now.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Vec<Vec<f32>> {
        self.waiting.extend_from_slice(samples);
        let whole = self.waiting.len() / self.size * self.size;
        let rest = self.waiting.split_off(whole);
        let frames = self.waiting.chunks(self.size).map(<[f32]>::to_vec).collect();
        self.waiting = rest;
        frames
    }

    /// What is left of an unfinished frame.
    pub(crate) fn rest(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.waiting)
    }
}
