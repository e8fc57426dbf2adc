//! From an ONNX file to three stages, one after another.

use std::sync::Arc;

use super::couple::TractCouple;
use super::cut::{Cut, cut};
use super::decoder::TractDecoder;
use super::encoder::Encoder;
pub use super::kernels::Kernels;
use super::onnx::{OnnxFile, reads};
pub(crate) use super::onnx::{Source, metadata};
use super::spline_op::replace_splines;
use super::stages::{Couple, Decode, Networks, Reach};
use crate::{Error, ErrorKind, Result};

/// What is known of a voice's networks once they are loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anatomy {
    /// Nodes of the voice's graph, and of the encoder, couple and decoder that were cut from it.
    pub nodes: [usize; 4],
    /// Nodes that remain of encoder, couple and decoder once they are prepared.
    pub prepared_nodes: [usize; 3],
    /// Bytes of weights that encoder, couple and decoder read.
    pub weight_bytes: [u64; 3],
    /// Numbers of these weights; in memory each takes four bytes, whatever it takes in the file.
    pub weights: u64,
    /// Tensors that are spread over the frames.
    pub spreads: usize,
    /// Whether the graph takes a speaker.
    pub takes_speaker: bool,
    /// How far the couple looks, in latent frames; `None` where it needs the whole sentence.
    pub couple_reach: Option<Reach>,
    /// How far the decoder looks, in latent frames.
    pub decoder_reach: Reach,
    /// Whether couple and decoder take a sentence in turns, and compute nothing twice; else they work in windows.
    pub in_turns: [bool; 2],
    /// Samples of a latent frame.
    pub hop: usize,
    /// Channels of a latent frame.
    pub latent_channels: usize,
}

/// Loads the networks of a voice; the encoder is prepared for sentences of `ids` ids.
pub(crate) fn load(source: Box<dyn Source>, ids: usize, kernels: Kernels) -> Result<(Networks, Anatomy)> {
    let mut file = OnnxFile::open(source)?;
    let inputs: Vec<String> =
        file.inputs.iter().map(|i| i.name.clone()).filter(|name| !file.weights.contains(name)).collect();
    for name in ["input", "input_lengths", "scales"] {
        if !inputs.iter().any(|i| i == name) {
            return Err(Error::new(ErrorKind::Voice, format!("the voice has no input `{name}`: it is no Piper voice")));
        }
    }
    let output = file.outputs.first().map(|o| o.name.clone());
    let output = output.ok_or_else(|| Error::new(ErrorKind::Voice, "the voice has no output"))?;
    let graph_nodes = file.nodes.len();
    if kernels != Kernels::Off {
        replace_splines(&mut file);
    }
    let cut: Arc<Cut> = Arc::new(cut(&file.nodes, &inputs, &output)?);
    let pieces = [&cut.encoder, &cut.couple, &cut.decoder];
    let nodes = [graph_nodes, pieces[0].nodes.len(), pieces[1].nodes.len(), pieces[2].nodes.len()];
    let read = pieces.map(|piece| reads(piece.nodes.iter().filter_map(|&i| file.nodes.get(i))));
    let weight_bytes = [0, 1, 2].map(|i| read[i].iter().filter_map(|name| file.weights.bytes(name)).sum());
    let weight_numbers = read.iter().flatten().filter_map(|name| file.weights.numbers(name)).sum();
    let [encoder, couple, decoder] = pieces.map(|piece| file.subgraph(&piece.nodes));
    let mut weights = file.into_weights();
    weights.keep_only(read.iter().flatten());

    // One after another, and each lets go of its part of the file: that never lies whole beside its plans.
    let encoder = Encoder::new(encoder, weights, cut.clone(), kernels);
    let (encoder_stage, _) = encoder.bucket(ids)?;
    encoder.settle()?;
    let mut parts = encoder.parts();
    let weights = &mut parts.weights;
    weights.keep_only(read[1].iter().chain(&read[2]));
    let facts = &encoder_stage.plan.outputs;
    let couple = TractCouple::new(&couple, weights, &cut, facts, kernels)?;
    weights.keep_only(&read[2]);
    let globals = &facts[facts.len() - cut.decoder.globals.len()..];
    let decoder = TractDecoder::new(&decoder, weights, &cut, couple.latent_channels(), globals, kernels)?;
    weights.keep_only([]);
    drop(parts);

    let anatomy = Anatomy {
        nodes,
        prepared_nodes: [encoder_stage.plan.nodes, couple.plan().nodes, decoder.plan().nodes],
        weight_bytes,
        weights: weight_numbers,
        spreads: cut.spreads.len(),
        takes_speaker: inputs.iter().any(|i| i == "sid"),
        couple_reach: couple.reach(),
        decoder_reach: decoder.reach(),
        in_turns: [couple.plan().streams, decoder.plan().streams],
        hop: decoder.hop(),
        latent_channels: couple.latent_channels(),
    };
    let networks = Networks { encoder: Box::new(encoder), couple: Box::new(couple), decoder: Box::new(decoder) };
    Ok((networks, anatomy))
}
