//! Takes into the convolutions what stands beside them.

use std::ops::Range;

use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math::{Add, Max};
use tract_onnx::tract_core::ops::nn::LeakyRelu;
use tract_onnx::tract_hir::internal::*;

use super::super::streaming::Delay;
use super::{DirectConv, DirectDeconv, konst};

/// Takes zeros around rows, and activations, into the convolutions after them. For a decluttered graph.
pub(in super::super) fn fuse_activations(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default()
        .with_rule_for("padded-conv", padded_conv)
        .with_rule_for("leaky-conv", activated::<DirectConv>)
        .with_rule_for("leaky-deconv", activated::<DirectDeconv>)
        .rewrite(&(), model)
}

/// Takes residual sums into the convolutions before them, those that are for some of the channels alone too.
pub(in super::super) fn fuse_residuals(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default().with_rule_for("conv-in-parts", conv_in_parts).rewrite(&(), model)?;
    Rewriter::default().with_rule_for("conv-residual", conv_residual).rewrite(&(), model)
}

/// The slope and the input of the activation that gives `outlet`: a LeakyRelu, or a Relu as a maximum with zero.
fn activation(model: &TypedModel, outlet: OutletId) -> TractResult<Option<(f32, OutletId)>> {
    let node = model.node(outlet.node);
    if let Some(op) = node.op_as::<ElementWiseOp>()
        && let Some(leaky) = op.0.downcast_ref::<LeakyRelu>()
    {
        return Ok(Some((leaky.alpha, node.inputs[0])));
    }
    if let Some(op) = node.op_as::<TypedBinOp>()
        && op.0.is::<Max>()
    {
        for (x, zero) in [(0, 1), (1, 0)] {
            if let Some(k) = konst(model, node.inputs[zero])?
                && k.len() == 1
                && k.try_as_plain_ram()?.as_slice::<f32>()?[0] == 0.0
            {
                return Ok(Some((0.0, node.inputs[x])));
            }
        }
    }
    Ok(None)
}

fn padded_conv(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: &DirectConv,
) -> TractResult<Option<TypedModelPatch>> {
    let pad = model.node(node.inputs[0].node);
    let Some(Pad { pads, mode: PadMode::Constant(value) }) = pad.op_as::<Pad>() else { return Ok(None) };
    let [(0, 0), (0, 0), (before, after)] = **pads else { return Ok(None) };
    if value.cast_to_scalar::<f32>()? != 0.0 {
        return Ok(None);
    }
    let op = DirectConv { padding: (op.padding.0 + before, op.padding.1 + after), ..op.clone() };
    reread(model, node, name, op, pad.inputs[0])
}

/// An op that can activate what it reads.
trait Activates: TypedOp + Clone {
    fn leaky(&mut self) -> &mut Option<f32>;
}

impl Activates for DirectConv {
    fn leaky(&mut self) -> &mut Option<f32> {
        &mut self.leaky
    }
}

impl Activates for DirectDeconv {
    fn leaky(&mut self) -> &mut Option<f32> {
        &mut self.leaky
    }
}

fn activated<T: Activates>(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: &T,
) -> TractResult<Option<TypedModelPatch>> {
    let mut op = op.clone();
    if op.leaky().is_some() {
        return Ok(None);
    }
    let Some((slope, from)) = activation(model, node.inputs[0])? else { return Ok(None) };
    *op.leaky() = Some(slope);
    reread(model, node, name, op, from)
}

/// A patch that makes of `node` an `op` whose first input is `from`.
fn reread(
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: impl TypedOp,
    from: OutletId,
) -> TractResult<Option<TypedModelPatch>> {
    let mut patch = TypedModelPatch::default();
    let mut inputs = tvec!(patch.tap_model(model, from)?);
    for &other in &node.inputs[1..] {
        inputs.push(patch.tap_model(model, other)?);
    }
    let output = patch.wire_node(name, op, &inputs)?;
    patch.shunt_outside(model, node.id.into(), output[0])?;
    Ok(Some(patch))
}

/// With one tap parts cost no more than the whole, and each can take in what stands beside it.
fn conv_in_parts(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    _: &str,
    op: &DirectConv,
) -> TractResult<Option<TypedModelPatch>> {
    let Some(parts) = parts(model, node)?.filter(|_| op.taps == 1 && node.inputs.len() == 1) else { return Ok(None) };
    let mut patch = TypedModelPatch::default();
    for (part, outputs) in parts {
        let Some(conv) = op.conv.part(outputs) else { return Ok(None) };
        let input = patch.tap_model(model, node.inputs[0])?;
        let op = DirectConv { conv: Arc::new(conv), ..op.clone() };
        let output = patch.wire_node(&model.node(part.node).name, op, &[input])?;
        patch.shunt_outside(model, part, output[0])?;
    }
    Ok(Some(patch))
}

/// The slices of channels that read a convolution, if nothing else does and they do not overlap.
fn parts(model: &TypedModel, convolution: &TypedNode) -> TractResult<Option<Vec<(OutletId, Range<usize>)>>> {
    let mut parts = Vec::new();
    for reader in &convolution.outputs[0].successors {
        let Some(slice) = model.node(reader.node).op_as::<Slice>().filter(|slice| slice.axis == 1) else {
            return Ok(None);
        };
        let (Ok(start), Ok(end)) = (slice.start.to_usize(), slice.end.to_usize()) else { return Ok(None) };
        parts.push((OutletId::new(reader.node, 0), start..end));
    }
    parts.sort_by_key(|(_, outputs)| outputs.start);
    let apart = parts.windows(2).all(|pair| pair[0].1.end <= pair[1].1.start);
    let is_output = model.outputs.iter().any(|output| output.node == convolution.id);
    Ok((parts.len() > 1 && apart && !is_output).then_some(parts))
}

fn conv_residual(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: &DirectConv,
) -> TractResult<Option<TypedModelPatch>> {
    if node.inputs.len() == 3 {
        return Ok(None);
    }
    let Some(sum) = model.single_succ(node.id)? else { return Ok(None) };
    let is_sum = sum.op_as::<TypedBinOp>().is_some_and(|op| op.0.is::<Add>());
    let Some(&residual) = sum.inputs.iter().find(|i| i.node != node.id) else { return Ok(None) };
    if !is_sum || model.outlet_fact(residual)?.shape != node.outputs[0].fact.shape {
        return Ok(None);
    }
    // What waits for the convolution alone can wait in it.
    let delay = model.node(residual.node);
    let waits = delay.op_as::<Delay>().is_some_and(|op| op.axis == 2) && delay.outputs[0].successors.len() == 1;
    let residual = if waits { delay.inputs[0] } else { residual };
    let mut patch = TypedModelPatch::default();
    let inputs =
        node.inputs.iter().chain([&residual]).map(|&i| patch.tap_model(model, i)).collect::<TractResult<TVec<_>>>()?;
    let mut op = op.clone();
    op.waits.push(waits);
    let output = patch.wire_node(name, op, &inputs)?;
    patch.shunt_outside(model, sum.id.into(), output[0])?;
    Ok(Some(patch))
}
