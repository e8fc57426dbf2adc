//! FLAC (RFC 9639), by flacenc: a stream of blocks of one size, of which only the last is shorter.

use chanter_engine::{Result, pcm};
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, Stream, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};

use super::{Codec, Frames};
use crate::encoder::failed;

/// Samples of a block: a small one is there soon, and costs little, for speech is told from few samples.
const BLOCK: usize = 1024;
/// The shortest that the library writes; what is shorter at the end is filled with silence, a millisecond or two.
const SHORTEST: usize = 32;

pub(super) struct Flac {
    info: StreamInfo,
    config: Verified<config::Encoder>,
    blocks: Frames,
    number: usize,
}

impl Flac {
    pub(super) fn new(rate: u32) -> Result<Self> {
        let mut info = StreamInfo::new(rate as usize, 1, 16).map_err(failed)?;
        info.set_block_sizes(BLOCK, BLOCK).map_err(failed)?;
        // Unknown, as is the number of samples.
        info.set_frame_sizes(0, 0).map_err(failed)?;
        let mut config = config::Encoder::default();
        config.block_size = BLOCK;
        config.multithread = false;
        let config = config.into_verified().map_err(|(_, e)| failed(e))?;
        Ok(Self { info, config, blocks: Frames::of(BLOCK), number: 0 })
    }

    fn block(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        // The samples that WAV would have.
        let bytes = pcm::to_s16le(samples);
        let mut samples: Vec<i32> = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]).into()).collect();
        samples.resize(samples.len().max(SHORTEST), 0);
        let mut buffer = FrameBuf::with_size(1, samples.len()).map_err(failed)?;
        buffer.fill_interleaved(&samples).map_err(failed)?;
        let frame = flacenc::encode_fixed_size_frame(&self.config, &buffer, self.number, &self.info);
        self.number += 1;
        bytes_of(&frame.map_err(failed)?)
    }
}

impl Codec for Flac {
    fn begin(&mut self) -> Result<Vec<u8>> {
        bytes_of(&Stream::with_stream_info(self.info.clone()))
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for block in self.blocks.push(samples) {
            bytes.extend(self.block(&block)?);
        }
        Ok(bytes)
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        let rest = self.blocks.rest();
        if rest.is_empty() { Ok(Vec::new()) } else { self.block(&rest) }
    }
}

fn bytes_of(what: &impl BitRepr) -> Result<Vec<u8>> {
    let mut sink = ByteSink::new();
    what.write(&mut sink).map_err(failed)?;
    Ok(sink.into_inner())
}
