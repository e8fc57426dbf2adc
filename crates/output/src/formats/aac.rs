//! AAC-LC in ADTS (ISO 14496-3), by syom. ADTS cannot say that what is decoded begins a frame late and ends with a frame
//! that is not full: at 48 kHz that adds 21 to 43 ms.

use chanter_engine::Result;
use syom::{EncodeOptions, EncodedFrame, Encoder};

use super::Codec;
use crate::encoder::failed;

/// Bits a second.
const BITS: u32 = 96_000;

pub(super) struct Aac {
    encoder: Encoder,
    finished: bool,
}

impl Aac {
    pub(super) fn new(rate: u32) -> Result<Self> {
        let mut options = EncodeOptions::adts();
        // The most that a frame can hold, less at low rates (ISO 14496-3, 4.5.3).
        options.bitrate_bps = BITS.min(rate * 4);
        Ok(Self { encoder: Encoder::new(rate, 1, &options).map_err(failed)?, finished: false })
    }
}

impl Codec for Aac {
    fn begin(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let clipped: Vec<_> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        let mut bytes = Vec::new();
        let add = |frame: EncodedFrame<'_>| {
            bytes.extend_from_slice(frame.au);
            Ok(())
        };
        self.encoder.feed(&[&clipped], add).map_err(failed)?;
        Ok(bytes)
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if !std::mem::replace(&mut self.finished, true) {
            let add = |frame: EncodedFrame<'_>| {
                bytes.extend_from_slice(frame.au);
                Ok(())
            };
            self.encoder.finish(add).map_err(failed)?;
        }
        Ok(bytes)
    }
}
