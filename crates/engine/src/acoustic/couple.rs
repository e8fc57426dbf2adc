//! The couple on tract: one plan for any number of frames.

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use super::cut::Cut;
use super::kernels::{KernelCache, Kernels};
use super::onnx::{Subgraph, Weights};
use super::plan::{Axis, Plan, StageInput};
use super::stage::{Stage, StageStream, floats, tensor};
use super::stages::{Couple, CoupleStream, Frames, Reach};
use crate::{Error, ErrorKind, Result};

/// The most channels of a tensor that has a row for each frame, or of noise: Piper's have 192.
pub(super) const MAX_CHANNELS: usize = 4096;

/// What lies between spreading and decoding.
pub(super) struct TractCouple {
    stage: Stage,
    inputs: Inputs,
    latent_channels: usize,
}

/// What the plan reads.
#[derive(Clone)]
struct Inputs {
    /// Channels of each spread tensor.
    channels: Vec<usize>,
    noise_channels: Vec<usize>,
    /// Their shapes.
    globals: Vec<Vec<usize>>,
}

impl TractCouple {
    /// `encoder_outputs` are the facts of what the encoder gives: durations, then what is spread, then globals.
    pub(super) fn new(
        graph: &Subgraph,
        weights: &mut Weights,
        cut: &Cut,
        encoder_outputs: &[TypedFact],
        kernels: Kernels,
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
        let outputs = std::slice::from_ref(&cut.latents);
        let kernels = KernelCache::new(kernels.beside_decoder());
        let stage = Stage::new("couple", || Plan::new(graph, weights, &inputs, &cut.frame_noise, outputs, &kernels))?;
        let noise_channels = stage.plan.random.iter().map(|fact| channels_of(fact, "noise")).collect::<Result<_>>()?;
        let latent_channels = channels_of(&stage.plan.outputs[0], "latents")?;
        Ok(Self { stage, inputs: Inputs { channels, noise_channels, globals: shapes }, latent_channels })
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.stage.plan
    }
}

impl Couple for TractCouple {
    fn reach(&self) -> Option<Reach> {
        self.stage.plan.reach.map(|(reach, _)| reach)
    }

    fn noise_channels(&self) -> &[usize] {
        &self.inputs.noise_channels
    }

    fn latent_channels(&self) -> usize {
        self.latent_channels
    }

    fn couple(&self, frames: Frames<'_>, globals: &[Vec<f32>]) -> Result<Vec<f32>> {
        let outputs = self.stage.run("couple", self.inputs.of(frames, globals)?)?;
        Ok(floats("couple", &outputs[0])?.to_vec())
    }

    fn stream(&self) -> Result<Option<Box<dyn CoupleStream>>> {
        let stream = self.stage.stream("couple")?;
        Ok(stream.map(|stream| Box::new(Stream { stream, inputs: self.inputs.clone() }) as Box<dyn CoupleStream>))
    }
}

/// A sentence in turns.
struct Stream {
    stream: StageStream,
    inputs: Inputs,
}

impl CoupleStream for Stream {
    fn push(&mut self, frames: Frames<'_>, globals: &[Vec<f32>], last: bool) -> Result<Vec<f32>> {
        let outputs = self.stream.push("couple", self.inputs.of(frames, globals)?, last)?;
        Ok(floats("couple", &outputs[0])?.to_vec())
    }
}

impl Inputs {
    /// The plan's inputs.
    fn of(&self, frames: Frames<'_>, globals: &[Vec<f32>]) -> Result<TVec<TValue>> {
        let count = frames.count;
        let mut inputs = TVec::new();
        for (rows, &channels) in frames.rows.iter().zip(&self.channels) {
            inputs.push(tensor(&[1, count, channels], rows)?);
        }
        push_globals(&mut inputs, globals, &self.globals)?;
        for (rows, &channels) in frames.noise.iter().zip(&self.noise_channels) {
            let by_channel: Vec<f32> =
                (0..channels).flat_map(|c| rows.iter().skip(c).step_by(channels).copied()).collect();
            inputs.push(tensor(&[1, channels, count], &by_channel)?);
        }
        Ok(inputs)
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

/// Adds the globals, of these shapes, to what a plan reads.
pub(super) fn push_globals(inputs: &mut TVec<TValue>, globals: &[Vec<f32>], shapes: &[Vec<usize>]) -> Result<()> {
    for (values, shape) in globals.iter().zip(shapes) {
        inputs.push(tensor(shape, values)?);
    }
    Ok(())
}

/// C of `[1, C, T]`.
fn channels_of(fact: &TypedFact, what: &str) -> Result<usize> {
    let channels = (fact.rank() == 3).then(|| fact.shape[1].to_usize().ok()).flatten();
    channels
        .filter(|c| (1..=MAX_CHANNELS).contains(c))
        .ok_or_else(|| Error::new(ErrorKind::Voice, format!("the couple's {what} are not [1, channels, frames]")))
}
