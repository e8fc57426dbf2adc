//! MPEG-2 Layer III (ISO 13818-3), by rusty_mp3, at a constant bitrate.
//!
//! A stream has no place to say where in its last frame the sound ends: what is decoded is up to a frame longer. At the
//! usual rate a frame is 24 ms; see [`Mp3::rounded`].

use chanter_engine::Result;
use rusty_mp3::{Error, Mp3Encoder, Mp3EncoderConfig};

use super::Codec;
use crate::encoder::failed;

/// Thousand bits a second.
const KILOBITS: u32 = 64;
/// Samples of a frame at these rates.
const FRAME: usize = 576;
/// What is decoded is later by so many samples; the first frame says so, so that players leave them out.
const LATE: usize = 528 + 529;

pub(super) struct Mp3 {
    encoder: Mp3Encoder,
    rate: u32,
    /// The last samples so far, which may be left out.
    held: Vec<f32>,
    /// What may be added at most, in samples: 20 ms.
    longer: usize,
    given: usize,
    finished: bool,
}

impl Mp3 {
    pub(super) fn new(rate: u32) -> Self {
        let encoder = Mp3Encoder::new(Mp3EncoderConfig { bitrate_kbps: KILOBITS, vbr_quality: None });
        Self { encoder, rate, held: Vec::new(), longer: rate as usize / 50, given: 0, finished: false }
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.given += samples.len();
        let clipped: Vec<_> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        self.encoder.push_pcm_f32(&clipped, 1, self.rate).map_err(failed)
    }

    fn packets(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            match self.encoder.next_packet() {
                Ok(packet) => bytes.extend(packet),
                Err(Error::Again | Error::Eof) => return Ok(bytes),
                Err(e) => return Err(failed(e)),
            }
        }
    }

    /// How many of so many samples are encoded: all, unless the last frame would add more than 20 ms; then the few that
    /// make that frame necessary, 4 ms at most at the usual rate, are left out.
    fn rounded(&self, samples: usize) -> usize {
        let frames = (samples + LATE).div_ceil(FRAME);
        let added = frames * FRAME - LATE - samples;
        if added > self.longer && samples > FRAME { samples - (FRAME - added) } else { samples }
    }
}

impl Codec for Mp3 {
    fn begin(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        self.held.extend_from_slice(samples);
        let ready = self.held.len().saturating_sub(FRAME - self.longer);
        let ready: Vec<_> = self.held.drain(..ready).collect();
        if !ready.is_empty() {
            self.push(&ready)?;
        }
        self.packets()
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        if std::mem::replace(&mut self.finished, true) {
            return Ok(Vec::new());
        }
        let mut rest = std::mem::take(&mut self.held);
        rest.truncate(self.rounded(self.given + rest.len()).saturating_sub(self.given));
        self.push(&rest)?;
        self.encoder.finish();
        self.packets()
    }
}
