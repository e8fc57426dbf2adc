//! AAC-LC in ADTS (ISO 14496-3), by syom. ADTS cannot say that what is decoded begins a frame late and ends with a frame
//! that is not full. So the first frame is left out, which holds the time before the speech: a decoder then fades in over
//! one frame, where a speech has its opening silence. What is left is the end: up to a frame, 21 ms at 48 kHz.

use chanter_engine::Result;
use syom::{EncodeOptions, EncodedFrame, Encoder};

use super::Codec;
use crate::encoder::failed;

/// Bits a second.
const BITS: u32 = 96_000;

/// Samples of a frame.
const FRAME: u64 = 1024;
/// So few samples at the end get no frame of their own: 1.3 ms at 48 kHz.
const NEGLIGIBLE: u64 = 64;

pub(super) struct Aac {
    encoder: Encoder,
    samples: u64,
    /// Frames that came from the encoder.
    frames: u64,
    finished: bool,
}

impl Aac {
    pub(super) fn new(rate: u32) -> Result<Self> {
        let mut options = EncodeOptions::adts();
        // The most that a frame can hold, less at low rates (ISO 14496-3, 4.5.3).
        options.bitrate_bps = BITS.min(rate * 4);
        Ok(Self { encoder: Encoder::new(rate, 1, &options).map_err(failed)?, samples: 0, frames: 0, finished: false })
    }
}

impl Codec for Aac {
    fn begin(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let clipped: Vec<_> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        self.samples += clipped.len() as u64;
        let mut bytes = Vec::new();
        let add = |frame: EncodedFrame<'_>| {
            if self.frames > 0 {
                bytes.extend_from_slice(frame.au);
            }
            self.frames += 1;
            Ok(())
        };
        self.encoder.feed(&[&clipped], add).map_err(failed)?;
        Ok(bytes)
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // The encoder takes no speech without samples.
        if std::mem::replace(&mut self.finished, true) || self.samples == 0 {
            return Ok(bytes);
        }
        let last = self.samples.saturating_sub(NEGLIGIBLE).div_ceil(FRAME);
        let add = |frame: EncodedFrame<'_>| {
            if (1..=last).contains(&self.frames) {
                bytes.extend_from_slice(frame.au);
            }
            self.frames += 1;
            Ok(())
        };
        self.encoder.finish(add).map_err(failed)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a stream (ISO 14496-3, 1.A.2.2: the length stands in the header).
    fn frames(mut bytes: &[u8]) -> usize {
        let mut frames = 0;
        while let [0xff, _, _, a, b, c, ..] = bytes {
            bytes = &bytes[usize::from(a & 3) << 11 | usize::from(*b) << 3 | usize::from(c >> 5)..];
            frames += 1;
        }
        assert!(bytes.is_empty());
        frames
    }

    #[test]
    fn frames_are_as_long_as_the_speech() {
        for (samples, expected) in [(0, 0), (1, 0), (65, 1), (1024, 1), (1088, 1), (1089, 2), (10_000, 10)] {
            let mut aac = Aac::new(48_000).unwrap();
            let tone: Vec<_> = (0..samples).map(|i| (i as f32 * 0.05).sin() * 0.5).collect();
            let mut bytes = Vec::new();
            tone.chunks(700).for_each(|piece| bytes.extend(aac.encode(piece).unwrap()));
            bytes.extend(aac.finish().unwrap());
            assert_eq!(frames(&bytes), expected, "{samples}");
            assert!(aac.finish().unwrap().is_empty());
        }
    }
}
