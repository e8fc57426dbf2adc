//! Samples as they are, with a WAV header or without.

use chanter_engine::{Result, pcm, wav};

use super::Codec;

pub(super) struct Pcm {
    header: Vec<u8>,
}

impl Pcm {
    pub(super) fn raw() -> Self {
        Self { header: Vec::new() }
    }

    pub(super) fn wav(rate: u32) -> Self {
        Self { header: wav::header(rate, None).to_vec() }
    }
}

impl Codec for Pcm {
    fn begin(&mut self) -> Result<Vec<u8>> {
        Ok(std::mem::take(&mut self.header))
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        Ok(pcm::to_s16le(samples))
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}
