//! Normalisation over channels ([Ba et al. 2016](https://arxiv.org/abs/1607.06450)), as VITS has it between layers: one op
//! in the place of a mean, a difference and a root mean square, which tract goes through column by column.

use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::math::{Mul, Sub};
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer, RmsNorm};
use tract_onnx::tract_hir::internal::*;

use super::convolution::floats;
use super::konst;

/// Puts one op in the place of what normalises the channels of `[1, C, N]`. For a decluttered graph.
pub(in super::super) fn use_norms(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default().with_rule_for("channel-norm", norm).rewrite(&(), model)
}

fn norm(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: &RmsNorm,
) -> TractResult<Option<TypedModelPatch>> {
    let difference = model.node(node.inputs[0].node);
    let fact = model.outlet_fact(node.inputs[0])?;
    let plain = op.axis == 1 && fact.rank() == 3 && fact.shape[0].is_one() && fact.datum_type == f32::datum_type();
    if !plain || !is::<Sub>(difference) || difference.outputs[0].successors.len() > 1 {
        return Ok(None);
    }
    let (x, mean) = (difference.inputs[0], model.node(difference.inputs[1].node));
    let Some(channels) = fact.shape[1].to_usize().ok().filter(|_| is::<Mul>(mean)) else { return Ok(None) };
    for (sum, one_of) in [(0, 1), (1, 0)] {
        let sum = model.node(mean.inputs[sum].node);
        let sums = sum.op_as::<Reduce>().is_some_and(|op| matches!(op.reducer, Reducer::Sum) && *op.axes == [1]);
        let Some(one_of) = konst(model, mean.inputs[one_of])?.filter(|k| k.len() == 1) else { continue };
        let close = (floats(&one_of)?[0] * channels as f32 - 1.0).abs() < 1e-6;
        if sums && close && sum.inputs[0] == x {
            let norm = ChannelNorm(op.eps.cast_to_scalar::<f32>()?.to_bits());
            let mut patch = TypedModelPatch::default();
            let x = patch.tap_model(model, x)?;
            let output = patch.wire_node(name, norm, &[x])?;
            patch.shunt_outside(model, node.id.into(), output[0])?;
            return Ok(Some(patch));
        }
    }
    Ok(None)
}

fn is<T: tract_onnx::tract_core::ops::binary::BinMiniOp>(node: &TypedNode) -> bool {
    node.op_as::<TypedBinOp>().is_some_and(|op| op.0.is::<T>())
}

/// `(x - mean) / sqrt(variance + eps)` of each column; the bits of eps.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChannelNorm(u32);

impl Op for ChannelNorm {
    fn name(&self) -> StaticName {
        "ChannelNorm".into()
    }
    op_as_typed_op!();
}

impl EvalOp for ChannelNorm {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut output = args_1!(inputs).into_tensor();
        let [1, channels, columns] = *output.shape() else { bail!("rows of shape {:?}", output.shape()) };
        if columns > 0 {
            let mut view = output.try_as_plain_ram_mut()?;
            normalise(view.as_slice_mut::<f32>()?, channels, columns, f32::from_bits(self.0));
        }
        Ok(tvec!(output.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for ChannelNorm {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(inputs[0].without_value()))
    }
    as_op!();
}

fn normalise(rows: &mut [f32], channels: usize, columns: usize, eps: f32) {
    let one_of = 1.0 / channels as f32;
    let mut mean = vec![0.0; columns];
    for row in rows.chunks_exact(columns) {
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
    }
    mean.iter_mut().for_each(|mean| *mean *= one_of);
    let mut factor = vec![0.0; columns];
    for row in rows.chunks_exact_mut(columns) {
        for ((x, mean), factor) in row.iter_mut().zip(&mean).zip(&mut factor) {
            *x -= mean;
            *factor += *x * *x;
        }
    }
    factor.iter_mut().for_each(|factor| *factor = 1.0 / (*factor * one_of + eps).sqrt());
    for row in rows.chunks_exact_mut(columns) {
        row.iter_mut().zip(&factor).for_each(|(x, factor)| *x *= factor);
    }
}
