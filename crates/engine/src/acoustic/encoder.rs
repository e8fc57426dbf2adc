//! The encoder on tract: padded buckets of fixed length.
//!
//! Encoder and duration predictor mask every step by `input_lengths`, so ids that are padded to a bucket's length
//! give what they would give alone, and a voice needs one plan for each bucket rather than for each length.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tract_onnx::prelude::*;

use super::couple::MAX_CHANNELS;
use super::cut::Cut;
use super::kernels::{KernelCache, Kernels};
use super::noise::NormalStream;
use super::onnx::{Subgraph, Weights, reads};
use super::plan::{Axis, Plan, StageInput};
use super::stage::{Stage, floats, tensor};
use super::stages::{Encode, Encoding, Globals, Scales};
use crate::{Error, ErrorKind, Result};

/// Lengths of the buckets. Longer sentences get one of a multiple of the last.
const BUCKETS: [usize; 7] = [128, 192, 256, 384, 512, 768, 1024];

/// The most frames of one id: a minute and a half, in voices of 86 frames a second.
const MAX_DURATION: f32 = 8192.0;

/// The encoder of a voice.
pub(super) struct Encoder {
    parts: Mutex<Parts>,
    cut: Arc<Cut>,
    kernels: KernelCache,
    buckets: Mutex<Vec<Arc<Bucket>>>,
}

/// What plans are made from.
pub(super) struct Parts {
    graph: Subgraph,
    pub(super) weights: Weights,
}

/// A plan for ids of one length, made when first needed.
struct Bucket {
    length: usize,
    stage: Mutex<Option<Arc<Stage>>>,
}

impl Encoder {
    pub(super) fn new(graph: Subgraph, weights: Weights, cut: Arc<Cut>, kernels: Kernels) -> Self {
        let parts = Mutex::new(Parts { graph, weights });
        Self { parts, cut, kernels: KernelCache::new(kernels.beside_decoder()), buckets: Mutex::default() }
    }

    /// The plan for sentences of `ids` ids, and its length.
    pub(super) fn bucket(&self, ids: usize) -> Result<(Arc<Stage>, usize)> {
        let longest = BUCKETS[BUCKETS.len() - 1];
        let length = BUCKETS.into_iter().find(|&b| b >= ids).unwrap_or(ids.next_multiple_of(longest));
        let bucket = {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            match buckets.iter().find(|b| b.length == length) {
                Some(bucket) => bucket.clone(),
                None => {
                    let bucket = Arc::new(Bucket { length, stage: Mutex::default() });
                    buckets.push(bucket.clone());
                    bucket
                }
            }
        };
        // Whoever needs the same bucket waits; sentences of other lengths go on.
        let mut stage = bucket.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stage) = &*stage {
            return Ok((stage.clone(), length));
        }
        let made = Arc::new(self.make(length)?);
        *stage = Some(made.clone());
        Ok((made, length))
    }

    /// What plans are made from; the weights also for whoever makes another stage.
    pub(super) fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps of graph and weights what further plans need: not much, once there is one that they share convolutions with.
    pub(super) fn settle(&self) -> Result<()> {
        let Parts { graph, weights } = &mut *self.parts();
        let mut nodes = graph.model()?.graph.unwrap_or_default();
        self.kernels.hollow(&mut nodes, &self.outputs());
        weights.hold(&reads(nodes.node.iter()))?;
        graph.replace(&nodes);
        Ok(())
    }

    fn make(&self, length: usize) -> Result<Stage> {
        let inputs = self.cut.inputs.iter().map(|name| input(name, length)).collect::<Result<Vec<_>>>()?;
        let Parts { graph, weights } = &mut *self.parts();
        let (noise, outputs) = (&self.cut.id_noise, self.outputs());
        Stage::new("encoder", || Plan::new(graph, weights, &inputs, noise, &outputs, &self.kernels))
    }

    /// Durations, then what is spread, then the couple's globals, then the decoder's.
    fn outputs(&self) -> Vec<String> {
        let cut = &self.cut;
        let spread = cut.spreads.iter().map(|(from, _)| from);
        [&cut.durations]
            .into_iter()
            .chain(spread)
            .chain(&cut.couple.globals)
            .chain(&cut.decoder.globals)
            .cloned()
            .collect()
    }

    fn run(&self, ids: &[i64], speaker: i64, scales: Scales, noise: &mut NormalStream) -> Result<Encoding> {
        let (stage, length) = self.bucket(ids.len())?;
        let mut padded = ids.to_vec();
        padded.resize(length, 0);
        let mut inputs = TVec::new();
        for name in &self.cut.inputs {
            inputs.push(match name.as_str() {
                "input" => tensor(&[1, length], &padded)?,
                "input_lengths" => tensor(&[1], &[ids.len() as i64])?,
                "scales" => tensor(&[3], &[scales.noise, scales.length, scales.noise_w])?,
                _ => tensor(&[1], &[speaker])?,
            });
        }
        for fact in &stage.plan.random {
            inputs.push(id_noise(fact, ids.len(), length, noise)?);
        }
        let outputs = stage.run("encoder", inputs)?;
        let durations = floats("duration predictor", &outputs[0])?;
        let durations = durations
            .get(..ids.len())
            .ok_or_else(|| wrong("durations are not one for each id"))?
            .iter()
            .map(|&d| if d <= MAX_DURATION { Ok(d.max(0.0) as usize) } else { Err(too_long(d)) })
            .collect::<Result<Vec<_>>>()?;
        let mut rest = outputs[1..].iter();
        let mut rows = Vec::new();
        for value in rest.by_ref().take(self.cut.spreads.len()) {
            let all = floats("encoder", value)?;
            rows.push(all[..all.len() / length * ids.len()].to_vec());
        }
        let mut globals = |count: usize| -> Result<Vec<Vec<f32>>> {
            rest.by_ref().take(count).map(|value| Ok(floats("encoder", value)?.to_vec())).collect()
        };
        let globals = Globals {
            couple: globals(self.cut.couple.globals.len())?,
            decoder: globals(self.cut.decoder.globals.len())?,
        };
        Ok(Encoding { durations, rows, globals })
    }
}

impl Encode for Encoder {
    fn prepare(&self, ids: usize) -> Result<()> {
        self.bucket(ids).map(drop)
    }

    fn encode(&self, ids: &[i64], speaker: i64, scales: Scales, noise: &mut NormalStream) -> Result<Encoding> {
        match self.run(ids, speaker, scales, noise) {
            // The splines of some voices' duration predictors fail on unlucky noise, in every runtime.
            Err(error)
                if error.kind() == ErrorKind::Inference && scales.noise_w != 0.0 && !self.cut.id_noise.is_empty() =>
            {
                log::warn!("{error:#}; trying again without noise in the durations");
                self.run(ids, speaker, Scales { noise_w: 0.0, ..scales }, noise)
            }
            result => result,
        }
    }
}

/// One of the inputs that Piper's voices have.
fn input(name: &str, length: usize) -> Result<StageInput> {
    let (datum_type, length) = match name {
        "input" => return Ok(StageInput::new(name, i64::datum_type(), &[Axis::Fixed(1), Axis::Fixed(length)])),
        "input_lengths" | "sid" => (i64::datum_type(), 1),
        "scales" => (f32::datum_type(), 3),
        _ => {
            let message = format!("the voice has an input `{name}`; Piper's are input, input_lengths, scales and sid");
            return Err(Error::new(ErrorKind::Voice, message));
        }
    };
    Ok(StageInput::new(name, datum_type, &[Axis::Fixed(length)]))
}

/// Noise of the shape of `fact`, whose last axis is the ids; drawn id by id, so that padding changes nothing.
fn id_noise(fact: &TypedFact, ids: usize, length: usize, noise: &mut NormalStream) -> Result<TValue> {
    let shape = fact.shape.as_concrete().ok_or_else(|| wrong("the duration noise has no fixed shape"))?;
    let channels = match shape {
        [1, channels, l] if *l == length && (1..=MAX_CHANNELS).contains(channels) => *channels,
        _ => return Err(wrong("the duration noise is not [1, channels, ids]")),
    };
    let mut by_id = Vec::with_capacity(ids * channels);
    noise.fill(&mut by_id, ids * channels);
    let mut values = vec![0.0; channels * length];
    for (id, row) in by_id.chunks_exact(channels).enumerate() {
        for (c, &x) in row.iter().enumerate() {
            values[c * length + id] = x;
        }
    }
    tensor(shape, &values)
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Voice, format!("the voice is not of Piper's form: {what}"))
}

fn too_long(duration: f32) -> Error {
    Error::new(ErrorKind::Limit, format!("a phoneme of {duration} frames; the limit is {MAX_DURATION}"))
}
