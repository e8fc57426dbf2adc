//! Opus in Ogg (RFC 6716, RFC 7845), by opus-pure: exactly as long as the samples.

use chanter_engine::Result;
use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead};

use super::{Codec, Frames};
use crate::encoder::failed;

/// Bits a second: speech of the highest band that the rate has, without audible loss.
const BITS: i32 = 40_000;
/// Frames a second.
const FRAMES: u32 = 50;
/// Ticks a second of positions in the stream, whatever the rate.
const TICKS: u32 = 48_000;

pub(super) struct Opus {
    encoder: OpusEncoder,
    writer: Option<OggOpusWriter<Vec<u8>>>,
    rate: u32,
    /// Ticks by which what is decoded is late.
    late: u32,
    frames: Frames,
    samples: u64,
}

impl Opus {
    pub(super) fn new(rate: u32) -> Result<Self> {
        let mut encoder = OpusEncoder::new(rate.cast_signed(), 1, Application::Voip).map_err(failed)?;
        encoder.bitrate_bps = BITS;
        let head = OpusHead::for_encoder(&encoder, rate);
        let late = head.pre_skip.into();
        let writer = OggOpusWriter::new(Vec::new(), head).map_err(failed)?;
        let frames = Frames::of((rate / FRAMES) as usize);
        Ok(Self { encoder, writer: Some(writer), rate, late, frames, samples: 0 })
    }

    fn packet(&mut self, frame: &[f32]) -> Result<Vec<u8>> {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        let frame: Vec<_> = frame.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        let length = self.encoder.encode(&frame, frame.len(), &mut packet).map_err(failed)?;
        packet.truncate(length);
        Ok(packet)
    }

    fn written(&mut self) -> Vec<u8> {
        self.writer.as_mut().and_then(OggOpusWriter::get_mut).map(std::mem::take).unwrap_or_default()
    }
}

impl Codec for Opus {
    fn begin(&mut self) -> Result<Vec<u8>> {
        Ok(self.written())
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        self.samples += samples.len() as u64;
        let frames = self.frames.push(samples);
        for (i, frame) in frames.iter().enumerate() {
            let packet = self.packet(frame)?;
            let Some(writer) = &mut self.writer else { return Ok(Vec::new()) };
            // A page holds what comes at once, but for the last packet, which begins the next: a packet is not written
            // before one follows it.
            writer.set_page_target(if i + 1 == frames.len() { 1 } else { usize::MAX });
            writer.write_packet(&packet).map_err(failed)?;
        }
        Ok(self.written())
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        let mut rest = self.frames.rest();
        let Some(mut writer) = self.writer.take() else { return Ok(Vec::new()) };
        // As much silence as pushes the last samples out of the encoder, and fills the last frame.
        let ticks = TICKS / self.rate;
        rest.resize(rest.len() + self.late.div_ceil(ticks) as usize, 0.0);
        let frame = (self.rate / FRAMES) as usize;
        rest.resize(rest.len().next_multiple_of(frame), 0.0);
        let end = u64::from(self.late) + self.samples * u64::from(ticks);
        let last = rest.len() / frame - 1;
        for (i, frame) in rest.chunks(frame).enumerate() {
            let packet = self.packet(frame)?;
            if i < last {
                writer.write_packet(&packet).map_err(failed)?;
            } else {
                // The last says where the samples end (RFC 7845, section 4.4).
                let length = end.saturating_sub(writer.granule().cast_unsigned());
                writer.write_packet_with_duration(&packet, u32::try_from(length).unwrap_or(0)).map_err(failed)?;
            }
        }
        writer.finish().map_err(failed)
    }
}
