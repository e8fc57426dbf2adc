//! What a voice's three networks do, whatever runs them.

use std::ops::Range;

use super::noise::NormalStream;
use crate::Result;

/// How far a stage looks beyond the frames that it gives, in latent frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Frames before the first.
    pub left: usize,
    /// Frames after the last.
    pub right: usize,
}

/// Piper's `scales` input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scales {
    /// Variation of the sound.
    pub noise: f32,
    /// Factor of all durations.
    pub length: f32,
    /// Variation of the durations.
    pub noise_w: f32,
}

/// What the encoder makes of one sentence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Encoding {
    /// Latent frames of each phoneme id.
    pub durations: Vec<usize>,
    /// What is spread over the frames: for each tensor, a row for each phoneme id.
    pub rows: Vec<Vec<f32>>,
    /// What is the same for all frames (the speaker), for the couple and for the decoder.
    pub globals: Globals,
}

/// Values of a sentence that do not depend on the frame, in the order in which the stages name them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Globals {
    /// Those that the couple reads.
    pub couple: Vec<Vec<f32>>,
    /// Those that the decoder reads.
    pub decoder: Vec<Vec<f32>>,
}

/// Phoneme ids to durations and to what is spread over the frames.
pub trait Encode: Send + Sync {
    /// Does now what the first sentence of `ids` ids would otherwise wait for.
    fn prepare(&self, ids: usize) -> Result<()>;
    /// Encodes one sentence. `noise` is drawn id by id.
    fn encode(&self, ids: &[i64], speaker: i64, scales: Scales, noise: &mut NormalStream) -> Result<Encoding>;
}

/// A stretch of frames, ready for the couple.
#[derive(Debug)]
pub struct Frames<'a> {
    /// How many.
    pub count: usize,
    /// For each spread tensor, a row for each frame.
    pub rows: Vec<Vec<f32>>,
    /// For each random tensor, a row for each frame.
    pub noise: Vec<&'a [f32]>,
}

/// Spread encoder outputs and noise to the decoder's input: in VITS the prior and the flow.
pub trait Couple: Send + Sync {
    /// How far it looks; `None` where it needs the whole sentence, from its first frame.
    fn reach(&self) -> Option<Reach>;
    /// Channels of each random tensor.
    fn noise_channels(&self) -> &[usize];
    /// Channels of what it gives.
    fn latent_channels(&self) -> usize;
    /// Latents of a stretch of frames, `[latent_channels, count]`.
    fn couple(&self, frames: Frames<'_>, globals: &[Vec<f32>]) -> Result<Vec<f32>>;
    /// Begins a sentence whose frames come in turns; `None` where there are only windows.
    fn stream(&self) -> Result<Option<Box<dyn CoupleStream>>> {
        Ok(None)
    }
}

/// A sentence that the couple is given in turns.
pub trait CoupleStream: Send {
    /// Takes the frames that follow, and gives the latents that are known by now: all of them after the `last`, until then
    /// less by the reach.
    fn push(&mut self, frames: Frames<'_>, globals: &[Vec<f32>], last: bool) -> Result<Vec<f32>>;
}

/// Latents to samples.
pub trait Decode: Send + Sync {
    /// How far it looks.
    fn reach(&self) -> Reach;
    /// Samples of a frame.
    fn hop(&self) -> usize;
    /// Samples of `count` frames of latents, `[latent_channels, count]`.
    fn decode(&self, latents: &[f32], count: usize, globals: &[Vec<f32>]) -> Result<Vec<f32>>;
    /// Begins a sentence whose latents come in turns; `None` where there are only windows.
    fn stream(&self) -> Result<Option<Box<dyn DecodeStream>>> {
        Ok(None)
    }
}

/// A sentence that the decoder is given in turns.
pub trait DecodeStream: Send {
    /// Takes `count` frames of latents that follow, and gives the samples that are known by now: all of them after the
    /// `last`, until then less by the reach.
    fn push(&mut self, latents: &[f32], count: usize, globals: &[Vec<f32>], last: bool) -> Result<Vec<f32>>;
}

/// The networks of a voice.
pub struct Networks {
    /// The first.
    pub encoder: Box<dyn Encode>,
    /// The second.
    pub couple: Box<dyn Couple>,
    /// The third.
    pub decoder: Box<dyn Decode>,
}

/// Columns `span` of `[channels, columns]`.
pub(crate) fn columns(of: &[f32], columns: usize, span: Range<usize>) -> Vec<f32> {
    of.chunks_exact(columns.max(1)).flat_map(|row| row[span.clone()].iter().copied()).collect()
}
