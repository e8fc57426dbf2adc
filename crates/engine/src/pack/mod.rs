//! A voice's weights in a half or a quarter of their bytes, in a file that any ONNX runtime runs.
//!
//! A large weight is stored as int8 with a scale for each output channel, or as float16; a `DequantizeLinear` or a
//! `Cast` before all other nodes gives it back under its own name, so that nothing else in the graph changes.

mod constants;
mod int8;
mod pace;
mod stored;
mod weights;

use std::collections::HashSet;

use prost::Message;
use tract_onnx::pb::{ModelProto, StringStringEntryProto};

use crate::acoustic::onnx::not_onnx;
use crate::{Error, ErrorKind, Result, VoiceConfig};
use stored::Stored;

pub use pace::Pace;

/// The entry of an ONNX file's metadata that holds the voice's `.onnx.json`.
pub(crate) const CONFIG_KEY: &str = "piper_config";

/// Of so many numbers one is kept as float16 among int8, in the weights that int8 would hurt most.
const SPARED: usize = 128;

/// Energy of a weight's error, to the weight's own, above which int8 does not carry it: -30 dB.
const INT8_ERROR: f64 = 1e-3;

/// What a voice's weights are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// Half the size.
    F16,
    /// A quarter of the size, or a little more: what int8 would hurt most is float16.
    Int8,
}

/// A packed voice.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Packed {
    /// The ONNX file.
    pub model: Vec<u8>,
    /// Numbers that were f32 and are int8 now.
    pub int8: usize,
    /// Numbers that were f32 and are float16 now.
    pub f16: usize,
}

/// Packs a voice: `model` is its `.onnx`, `config` its `.onnx.json`, which is put into the file too.
///
/// Inputs and output stay as they are, and so do nodes, except that equal constants become one. Weights of fewer than 1024 numbers or of one axis, and those that are
/// already stored as something else than f32, are left alone.
///
/// # Errors
/// [`ErrorKind::Config`]; [`ErrorKind::Voice`] for what is no ONNX model, for a weight that is malformed or not finite,
/// and for an opset older than 13 (for float16 6), which lacks the nodes that are needed.
pub fn pack(model: &[u8], config: &[u8], weights: Weights) -> Result<Packed> {
    VoiceConfig::from_json(config)?;
    let mut model = ModelProto::decode(model)
        .map_err(|e| Error::new(ErrorKind::Voice, "the voice is no ONNX model").with_source(e))?;
    check(&model, weights)?;
    let graph = model.graph.as_mut().ok_or_else(|| not_onnx("it holds no graph"))?;

    let taken = weights::take(graph)?;
    let mut stored = match weights {
        Weights::F16 => taken.iter().map(Stored::f16).collect::<Result<Vec<_>>>()?,
        Weights::Int8 => taken.iter().map(Stored::int8).collect::<Result<Vec<_>>>()?,
    };
    if weights == Weights::Int8 {
        let mut spare = taken.iter().map(|weight| weight.numbers).sum::<usize>() / SPARED;
        let mut worst: Vec<usize> = (0..taken.len()).filter(|&i| stored[i].bytes_a_number() == 1).collect();
        worst.sort_by(|&a, &b| stored[b].error.total_cmp(&stored[a].error));
        for i in worst {
            if stored[i].error <= INT8_ERROR {
                let Some(left) = spare.checked_sub(taken[i].numbers) else { continue };
                spare = left;
            }
            stored[i] = Stored::f16(&taken[i])?;
        }
    }

    let mut names = weights::names(graph);
    names.extend(taken.iter().map(|weight| weight.tensor.name.clone()));
    let (mut int8, mut f16) = (0, 0);
    let mut nodes = Vec::new();
    let mut made = HashSet::new();
    for (weight, stored) in taken.into_iter().zip(stored) {
        match stored.bytes_a_number() {
            1 => int8 += weight.numbers,
            2 => f16 += weight.numbers,
            _ => {}
        }
        let name = weight.tensor.name.clone();
        if let Some(node) = stored.put(weight, &mut names, &mut graph.initializer) {
            made.insert(name);
            nodes.push(node);
        }
    }
    if nodes.is_empty() {
        log::warn!("nothing was packed: the voice has no large weights of f32");
    }
    // A weight may be listed among the inputs, what a node gives may not.
    graph.input.retain(|input| !made.contains(&input.name));
    nodes.append(&mut graph.node);
    graph.node = nodes;
    constants::share(graph);
    // Before version 4, every weight had to be listed among the inputs.
    model.ir_version = model.ir_version.max(4);

    let value = String::from_utf8_lossy(config).into_owned();
    model.metadata_props.retain(|entry| entry.key != CONFIG_KEY);
    model.metadata_props.push(StringStringEntryProto { key: CONFIG_KEY.to_owned(), value });
    Ok(Packed { model: model.encode_to_vec(), int8, f16 })
}

/// Whether the model can have the nodes that give weights back, and holds nothing that would be lost on the way.
fn check(model: &ModelProto, weights: Weights) -> Result<()> {
    let standard = |domain: &str| domain.is_empty() || domain == "ai.onnx";
    let opset = model.opset_import.iter().find(|opset| standard(&opset.domain)).map(|opset| opset.version);
    let opset = opset.ok_or_else(|| not_onnx("it names no opset"))?;
    let (name, least) = match weights {
        Weights::F16 => ("f16", 6),
        Weights::Int8 => ("int8", 13),
    };
    if opset < least {
        let message = format!("the voice has opset {opset}; {name} weights need {least} or newer");
        return Err(Error::new(ErrorKind::Voice, message));
    }
    if !model.functions.is_empty() {
        return Err(Error::new(ErrorKind::Voice, "the voice has functions of its own, which cannot be packed"));
    }
    Ok(())
}
