//! The couple on tract: one plan for any number of frames.

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use super::cut::Cut;
use super::kernel_ops::KernelCache;
use super::onnx::{Subgraph, Weights};
use super::stage::{Axis, Stage, StageInput, floats, tensor};
use super::stages::{Couple, Frames, Reach};
use crate::{Error, ErrorKind, Result};

/// The most channels of a tensor that has a row for each frame, or of noise: Piper's have 192.
pub(super) const MAX_CHANNELS: usize = 4096;

/// What lies between spreading and decoding.
pub(super) struct TractCouple {
    stage: Stage,
    /// Channels of each spread tensor.
    channels: Vec<usize>,
    masks: usize,
    noise_channels: Vec<usize>,
    latent_channels: usize,
    globals: Vec<Vec<usize>>,
}

impl TractCouple {
    /// `encoder_outputs` are the facts of what the encoder gives: durations, then what is spread, then globals.
    pub(super) fn new(
        graph: &Subgraph,
        weights: &mut Weights,
        cut: &Cut,
        encoder_outputs: &[TypedFact],
    ) -> Result<Self> {
        let mut inputs = Vec::new();
        let mut channels = Vec::new();
        let (spread, globals) = encoder_outputs[1..].split_at(cut.spreads.len());
        for ((_, name), fact) in cut.spreads.iter().zip(spread) {
            let Some([1, _, c @ 1..=MAX_CHANNELS]) = fact.shape.as_concrete() else {
                return Err(Error::new(
                    ErrorKind::Voice,
                    format!("`{name}` does not spread rows of [1, ids, channels]"),
                ));
            };
            channels.push(*c);
            inputs.push(StageInput::new(name, f32::datum_type(), &[Axis::Fixed(1), Axis::Time, Axis::Fixed(*c)]));
        }
        for name in &cut.masks {
            inputs.push(StageInput::new(name, bool::datum_type(), &[Axis::Fixed(1), Axis::Time]));
        }
        let shapes = global_inputs(&cut.couple.globals, globals, &mut inputs)?;
        let stage = Stage::new(
            "couple",
            graph,
            weights,
            &inputs,
            &cut.frame_noise,
            std::slice::from_ref(&cut.latents),
            &KernelCache::default(),
        )?;
        let noise_channels = stage.random.iter().map(|fact| channels_of(fact, "noise")).collect::<Result<_>>()?;
        let latent_channels = channels_of(&stage.outputs[0], "latents")?;
        Ok(Self { stage, channels, masks: cut.masks.len(), noise_channels, latent_channels, globals: shapes })
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }
}

impl Couple for TractCouple {
    fn reach(&self) -> Option<Reach> {
        self.stage.reach.map(|(reach, _)| reach)
    }

    fn noise_channels(&self) -> &[usize] {
        &self.noise_channels
    }

    fn latent_channels(&self) -> usize {
        self.latent_channels
    }

    fn couple(&self, frames: Frames<'_>, globals: &[Vec<f32>]) -> Result<Vec<f32>> {
        let count = frames.count;
        let mut inputs = TVec::new();
        for (rows, &channels) in frames.rows.iter().zip(&self.channels) {
            inputs.push(tensor(&[1, count, channels], rows)?);
        }
        for _ in 0..self.masks {
            inputs.push(tensor(&[1, count], &vec![true; count])?);
        }
        for (values, shape) in globals.iter().zip(&self.globals) {
            inputs.push(tensor(shape, values)?);
        }
        for (rows, &channels) in frames.noise.iter().zip(&self.noise_channels) {
            let by_channel: Vec<f32> =
                (0..channels).flat_map(|c| rows.iter().skip(c).step_by(channels).copied()).collect();
            inputs.push(tensor(&[1, channels, count], &by_channel)?);
        }
        let outputs = self.stage.run("couple", inputs)?;
        Ok(floats("couple", &outputs[0])?.to_vec())
    }
}

/// Adds the globals to a stage's inputs and gives their shapes.
pub(super) fn global_inputs(
    names: &[String],
    facts: &[TypedFact],
    inputs: &mut Vec<StageInput>,
) -> Result<Vec<Vec<usize>>> {
    let mut shapes = Vec::new();
    for (name, fact) in names.iter().zip(facts) {
        let shape = fact.shape.as_concrete().filter(|_| fact.datum_type == f32::datum_type()).ok_or_else(|| {
            Error::new(ErrorKind::Voice, format!("`{name}`, the same for all frames, is not f32 of a fixed shape"))
        })?;
        let axes: Vec<Axis> = shape.iter().map(|&n| Axis::Fixed(n)).collect();
        inputs.push(StageInput::new(name, fact.datum_type, &axes));
        shapes.push(shape.to_vec());
    }
    Ok(shapes)
}

/// C of `[1, C, T]`.
fn channels_of(fact: &TypedFact, what: &str) -> Result<usize> {
    let channels = (fact.rank() == 3).then(|| fact.shape[1].to_usize().ok()).flatten();
    channels
        .filter(|c| (1..=MAX_CHANNELS).contains(c))
        .ok_or_else(|| Error::new(ErrorKind::Voice, format!("the couple's {what} are not [1, channels, frames]")))
}
