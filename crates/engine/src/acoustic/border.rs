//! What tract takes on trust and must not be given: nodes that make it work without end or without measure.
//!
//! What it merely panics at needs no place here: that becomes an error where it happens. And what only a computation
//! would show to be too large is found later, if at all.

use std::collections::HashMap;

use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::*;

use super::onnx::{Weights, tensor as tensor_of};

/// The most numbers that a node makes of numbers that stand in the file.
const MAX_MADE: f64 = 16_777_216.0;

/// The most columns of a kernel, its dilation, its stride or its padding.
const MAX_EXTENT: i64 = 1 << 16;

/// Bytes of a weight that can be a shape.
const MAX_SHAPE_BYTES: u64 = 1024;

/// Checks nodes of a graph, before tract sees them.
pub(super) fn check_nodes(nodes: &[NodeProto], weights: &mut Weights) -> TractResult<()> {
    let value = |node: &NodeProto| Some((node.output.first()?.clone(), attribute(node, "value")?.t.clone()?));
    let constants: HashMap<String, TensorProto> =
        nodes.iter().filter(|node| node.op_type == "Constant").filter_map(value).collect();
    let mut numbers = |node: &NodeProto, input: usize| -> Option<Vec<f64>> {
        let name = node.input.get(input)?;
        let tensor = match constants.get(name) {
            Some(tensor) => tensor.clone(),
            None if weights.bytes(name)? <= MAX_SHAPE_BYTES => weights.get(name).ok()?,
            None => return None,
        };
        let tensor = tensor_of(&tensor).ok()?;
        let tensor = tensor.cast_to::<f64>().ok()?;
        Some(tensor.try_as_plain_ram().ok()?.as_slice::<f64>().ok()?.to_vec())
    };
    for node in nodes {
        let made = match node.op_type.as_str() {
            "Transpose" => {
                check_transpose(node)?;
                None
            }
            "Conv" | "ConvTranspose" | "MaxPool" | "AveragePool" | "LpPool" => {
                check_extents(node)?;
                None
            }
            "ConstantOfShape" => numbers(node, 0).map(product),
            "Expand" | "Tile" | "OneHot" => numbers(node, 1).map(product),
            "Pad" => numbers(node, 1).map(|pads| pads.iter().map(|pad| pad.abs()).sum()),
            "Resize" => numbers(node, 2).into_iter().chain(numbers(node, 3)).map(product).reduce(f64::max),
            "Range" => match [0, 1, 2].map(|input| numbers(node, input)) {
                [Some(start), Some(limit), Some(step)] => {
                    let first = |of: Vec<f64>| of.first().copied().unwrap_or(0.0);
                    Some((first(limit) - first(start)) / first(step))
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(made) = made
            && made.is_nan() | (made > MAX_MADE)
        {
            bail!("the {} `{}` would make {made} numbers; the limit is {MAX_MADE}", node.op_type, node.name);
        }
    }
    Ok(())
}

/// tract looks for the cycles of a permutation, and in another list it finds no end.
fn check_transpose(node: &NodeProto) -> TractResult<()> {
    let Some(perm) = attribute(node, "perm") else { return Ok(()) };
    let mut sorted = perm.ints.clone();
    sorted.sort_unstable();
    let is_permutation = sorted.iter().copied().eq(0..sorted.len() as i64);
    ensure!(is_permutation, "the Transpose `{}` has a perm that is no permutation: {:?}", node.name, perm.ints);
    Ok(())
}

/// What is computed from these is not checked for overflow, by tract or by our kernels.
fn check_extents(node: &NodeProto) -> TractResult<()> {
    for (name, least) in [("kernel_shape", 1), ("strides", 1), ("dilations", 1), ("pads", 0), ("output_padding", 0)] {
        let numbers = attribute(node, name).map(|attribute| attribute.ints.as_slice()).unwrap_or_default();
        if let Some(number) = numbers.iter().find(|number| !(least..=MAX_EXTENT).contains(*number)) {
            bail!("the {} `{}` has {name} of {number}, not {least} to {MAX_EXTENT}", node.op_type, node.name);
        }
    }
    Ok(())
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

fn product(of: Vec<f64>) -> f64 {
    of.into_iter().map(|n| n.abs().max(1.0)).product()
}
