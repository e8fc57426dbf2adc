//! Arithmetic on `[1, C, T]`, row by row: where T is not known beforehand, tract's own takes an index for each number.

use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::downsample::Downsample;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_hir::internal::*;

use super::convolution::floats;

/// Puts rows in the place of arithmetic and of reversed axes. For a graph that nothing else is fused into any more.
pub(in super::super) fn use_rows(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default()
        .with_rule_for("arithmetic-of-rows", arithmetic)
        .with_rule_for("reversed", reversed)
        .rewrite(&(), model)
}

fn arithmetic(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    _: &str,
    op: &TypedBinOp,
) -> TractResult<Option<TypedModelPatch>> {
    let facts = model.node_input_facts(node.id)?;
    let plain = |fact: &&TypedFact| {
        fact.datum_type == f32::datum_type()
            && fact.rank() == 3
            && fact.shape[0].is_one()
            && fact.shape[1].to_usize().is_ok()
    };
    let fixed = node.outputs[0].fact.shape.is_concrete();
    let Some(kind) = Arithmetic::of(op).filter(|_| !fixed && facts.iter().all(plain)) else { return Ok(None) };
    TypedModelPatch::replace_single_op(model, node, &node.inputs, RowArithmetic(kind)).map(Some)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Sub,
    Mul,
    Max,
    Min,
}

impl Arithmetic {
    fn of(op: &TypedBinOp) -> Option<Self> {
        let op = &op.0;
        Some(match () {
            () if op.is::<math::Add>() => Self::Add,
            () if op.is::<math::Sub>() => Self::Sub,
            () if op.is::<math::Mul>() => Self::Mul,
            () if op.is::<math::Max>() => Self::Max,
            () if op.is::<math::Min>() => Self::Min,
            () => return None,
        })
    }

    fn apply(self, a: Row<'_>, b: Row<'_>, to: &mut [f32]) {
        // One loop for each, so that none asks in its middle which it is.
        match self {
            Self::Add => each(a, b, to, |a, b| a + b),
            Self::Sub => each(a, b, to, |a, b| a - b),
            Self::Mul => each(a, b, to, |a, b| a * b),
            Self::Max => each(a, b, to, |a, b| if a > b { a } else { b }),
            Self::Min => each(a, b, to, |a, b| if a < b { a } else { b }),
        }
    }
}

/// An operand of one row.
#[derive(Clone, Copy)]
enum Row<'a> {
    Of(&'a [f32]),
    /// The same number for all columns.
    Same(f32),
}

fn each(a: Row<'_>, b: Row<'_>, to: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    match (a, b) {
        (Row::Of(a), Row::Of(b)) => to.iter_mut().zip(a).zip(b).for_each(|((to, &a), &b)| *to = f(a, b)),
        (Row::Of(a), Row::Same(b)) => to.iter_mut().zip(a).for_each(|(to, &a)| *to = f(a, b)),
        (Row::Same(a), Row::Of(b)) => to.iter_mut().zip(b).for_each(|(to, &b)| *to = f(a, b)),
        (Row::Same(a), Row::Same(b)) => to.fill(f(a, b)),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RowArithmetic(Arithmetic);

impl Op for RowArithmetic {
    fn name(&self) -> StaticName {
        format!("Rows<{:?}>", self.0).into()
    }
    op_as_typed_op!();
}

impl EvalOp for RowArithmetic {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let shape = tract_onnx::tract_core::broadcast::multi_broadcast(&[inputs[0].shape(), inputs[1].shape()])?;
        let [1, channels, columns] = *shape else { bail!("rows of shape {shape:?}") };
        let mut output = Tensor::zero::<f32>(&shape)?;
        let [a, b] = [floats(&inputs[0])?, floats(&inputs[1])?];
        if columns > 0 {
            let mut rows = output.try_as_plain_ram_mut()?;
            for (channel, to) in rows.as_slice_mut::<f32>()?.chunks_exact_mut(columns).enumerate().take(channels) {
                let [a, b] = [(a, inputs[0].shape()), (b, inputs[1].shape())].map(|(of, shape)| {
                    let row = &of[if shape[1] == 1 { 0 } else { channel } * shape[2]..][..shape[2]];
                    if shape[2] == columns { Row::Of(row) } else { Row::Same(row[0]) }
                });
                self.0.apply(a, b, to);
            }
        }
        Ok(tvec!(output.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for RowArithmetic {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = tract_onnx::tract_core::broadcast::multi_broadcast(&[&inputs[0].shape, &inputs[1].shape])?;
        Ok(tvec!(f32::fact(&*shape)))
    }
    as_op!();
}

fn reversed(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    _: &str,
    op: &Downsample,
) -> TractResult<Option<TypedModelPatch>> {
    let fact = model.outlet_fact(node.inputs[0])?;
    let plain = op.stride == -1 && op.modulo == 0 && fact.datum_type == f32::datum_type();
    if !plain || fact.shape[op.axis].to_usize().is_err() {
        return Ok(None);
    }
    TypedModelPatch::replace_single_op(model, node, &node.inputs, Reverse { axis: op.axis }).map(Some)
}

/// Turns an axis round.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reverse {
    axis: usize,
}

impl Op for Reverse {
    fn name(&self) -> StaticName {
        "Reverse".into()
    }
    op_as_typed_op!();
}

impl EvalOp for Reverse {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let mut output = Tensor::zero::<f32>(input.shape())?;
        let inner: usize = input.shape()[self.axis + 1..].iter().product();
        let outer = inner * input.shape()[self.axis];
        if outer > 0 {
            let mut view = output.try_as_plain_ram_mut()?;
            for (to, from) in
                view.as_slice_mut::<f32>()?.chunks_exact_mut(outer).zip(floats(&input)?.chunks_exact(outer))
            {
                for (to, from) in to.chunks_exact_mut(inner).zip(from.chunks_exact(inner).rev()) {
                    to.copy_from_slice(from);
                }
            }
        }
        Ok(tvec!(output.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for Reverse {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(inputs[0].without_value()))
    }
    as_op!();
}
