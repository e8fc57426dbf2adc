//! The decoder on tract: one plan for any number of frames.

use tract_onnx::prelude::*;

use super::couple::{global_inputs, push_globals};
use super::cut::Cut;
use super::kernels::{KernelCache, Kernels};
use super::onnx::{Subgraph, Weights};
use super::plan::{Axis, Plan, StageInput};
use super::stage::{Stage, StageStream, floats, tensor};
use super::stages::{Decode, DecodeStream, Reach, columns};
use crate::{Error, ErrorKind, Result};

/// The most samples of a frame: Piper's voices have 256.
const MAX_HOP: usize = 1 << 16;

/// Latents to samples.
pub(super) struct TractDecoder {
    stage: Stage,
    inputs: Inputs,
    reach: Reach,
    hop: usize,
    turn_frames: usize,
}

/// What the plan reads.
#[derive(Clone)]
struct Inputs {
    latent_channels: usize,
    /// Their shapes.
    globals: Vec<Vec<usize>>,
}

/// Numbers that the widest layer hands on in a turn, at most: a MiB, so that they stay in the core's cache.
const TURN_NUMBERS: usize = 1 << 18;

/// Frames of a turn: with few, weights are read often; more than these gain nothing (by measurement).
const TURN_FRAMES: (usize, usize) = (16, 96);

impl TractDecoder {
    /// `globals` are the facts of what the encoder gives to the decoder.
    pub(super) fn new(
        graph: &Subgraph,
        weights: &mut Weights,
        cut: &Cut,
        latent_channels: usize,
        globals: &[TypedFact],
        kernels: Kernels,
    ) -> Result<Self> {
        let axes = [Axis::Fixed(1), Axis::Fixed(latent_channels), Axis::Time];
        let mut inputs = vec![StageInput::new(&cut.latents, f32::datum_type(), &axes)];
        let globals = global_inputs(&cut.decoder.globals, globals, &mut inputs)?;
        let outputs = std::slice::from_ref(&cut.output);
        let kernels = KernelCache::new(kernels);
        let stage = Stage::new("decoder", || Plan::new(graph, weights, &inputs, &[], outputs, &kernels))?;
        let (reach, hop) = stage.plan.reach.ok_or_else(|| {
            Error::new(ErrorKind::Voice, "the voice's decoder does not have a finite reach: it cannot be streamed")
        })?;
        if hop > MAX_HOP {
            let message = format!("the voice's decoder makes {hop} samples of a frame; the limit is {MAX_HOP}");
            return Err(Error::new(ErrorKind::Voice, message));
        }
        let (fewest, most) = TURN_FRAMES;
        let turn_frames = TURN_NUMBERS.div_ceil(stage.plan.widest.max(1)).clamp(fewest, most);
        Ok(Self { stage, inputs: Inputs { latent_channels, globals }, reach, hop, turn_frames })
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.stage.plan
    }
}

impl Decode for TractDecoder {
    fn reach(&self) -> Reach {
        self.reach
    }

    fn hop(&self) -> usize {
        self.hop
    }

    fn decode(&self, latents: &[f32], count: usize, globals: &[Vec<f32>]) -> Result<Vec<f32>> {
        let outputs = self.stage.run("decoder", self.inputs.of(latents, count, globals)?)?;
        Ok(floats("decoder", &outputs[0])?.to_vec())
    }

    fn stream(&self) -> Result<Option<Box<dyn DecodeStream>>> {
        let stream = self.stage.stream("decoder")?;
        let (inputs, turn_frames) = (self.inputs.clone(), self.turn_frames);
        Ok(stream.map(|stream| Box::new(Stream { stream, inputs, turn_frames }) as Box<dyn DecodeStream>))
    }
}

/// A sentence in turns.
struct Stream {
    stream: StageStream,
    inputs: Inputs,
    turn_frames: usize,
}

impl DecodeStream for Stream {
    fn push(&mut self, latents: &[f32], count: usize, globals: &[Vec<f32>], last: bool) -> Result<Vec<f32>> {
        let mut samples = Vec::new();
        for start in (0..count).step_by(self.turn_frames) {
            let turn = start..(start + self.turn_frames).min(count);
            let (frames, ends) = (turn.len(), last && turn.end == count);
            let inputs = self.inputs.of(&columns(latents, count, turn), frames, globals)?;
            samples.extend_from_slice(floats("decoder", &self.stream.push("decoder", inputs, ends)?[0])?);
        }
        Ok(samples)
    }
}

impl Inputs {
    fn of(&self, latents: &[f32], count: usize, globals: &[Vec<f32>]) -> Result<TVec<TValue>> {
        let mut inputs = tvec!(tensor(&[1, self.latent_channels, count], latents)?);
        push_globals(&mut inputs, globals, &self.globals)?;
        Ok(inputs)
    }
}
