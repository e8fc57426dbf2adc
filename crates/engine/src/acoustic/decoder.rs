//! The decoder on tract: one plan for any number of frames.

use tract_onnx::prelude::*;

use super::couple::global_inputs;
use super::cut::Cut;
use super::kernel_ops::KernelCache;
use super::onnx::{Subgraph, Weights};
use super::stage::{Axis, Stage, StageInput, floats, tensor};
use super::stages::{Decode, Reach};
use crate::{Error, ErrorKind, Result};

/// The most samples of a frame: Piper's voices have 256.
const MAX_HOP: usize = 1 << 16;

/// Latents to samples.
pub(super) struct TractDecoder {
    stage: Stage,
    latent_channels: usize,
    globals: Vec<Vec<usize>>,
    reach: Reach,
    hop: usize,
}

impl TractDecoder {
    /// `globals` are the facts of what the encoder gives to the decoder.
    pub(super) fn new(
        graph: &Subgraph,
        weights: &mut Weights,
        cut: &Cut,
        latent_channels: usize,
        globals: &[TypedFact],
    ) -> Result<Self> {
        let axes = [Axis::Fixed(1), Axis::Fixed(latent_channels), Axis::Time];
        let mut inputs = vec![StageInput::new(&cut.latents, f32::datum_type(), &axes)];
        let globals = global_inputs(&cut.decoder.globals, globals, &mut inputs)?;
        let outputs = std::slice::from_ref(&cut.output);
        let stage = Stage::new("decoder", graph, weights, &inputs, &[], outputs, &KernelCache::default())?;
        let (reach, hop) = stage.reach.ok_or_else(|| {
            Error::new(ErrorKind::Voice, "the voice's decoder does not have a finite reach: it cannot be streamed")
        })?;
        if hop > MAX_HOP {
            let message = format!("the voice's decoder makes {hop} samples of a frame; the limit is {MAX_HOP}");
            return Err(Error::new(ErrorKind::Voice, message));
        }
        Ok(Self { stage, latent_channels, globals, reach, hop })
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
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
        let mut inputs = tvec!(tensor(&[1, self.latent_channels, count], latents)?);
        for (values, shape) in globals.iter().zip(&self.globals) {
            inputs.push(tensor(shape, values)?);
        }
        let outputs = self.stage.run("decoder", inputs)?;
        Ok(floats("decoder", &outputs[0])?.to_vec())
    }
}
