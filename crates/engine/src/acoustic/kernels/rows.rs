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

    /// Puts in the place of each number of a row what it and the other operand's make: of numbers that are `swapped`, the
    /// other comes first.
    fn apply(self, row: &mut [f32], other: Row<'_>, swapped: bool) {
        // One loop for each, so that none asks in its middle which it is.
        match (self, swapped) {
            (Self::Add, _) => each(row, other, |x, y| x + y),
            (Self::Sub, false) => each(row, other, |x, y| x - y),
            (Self::Sub, true) => each(row, other, |x, y| y - x),
            (Self::Mul, _) => each(row, other, |x, y| x * y),
            (Self::Max, _) => each(row, other, |x, y| if x > y { x } else { y }),
            (Self::Min, _) => each(row, other, |x, y| if x < y { x } else { y }),
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

fn each(row: &mut [f32], other: Row<'_>, f: impl Fn(f32, f32) -> f32) {
    match other {
        Row::Of(other) => row.iter_mut().zip(other).for_each(|(x, &y)| *x = f(*x, y)),
        Row::Same(y) => row.iter_mut().for_each(|x| *x = f(*x, y)),
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
    fn eval(&self, _ctx: &EvalContext, mut inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let shape = tract_onnx::tract_core::broadcast::multi_broadcast(&[inputs[0].shape(), inputs[1].shape()])?;
        let [1, channels, columns] = *shape else { bail!("rows of shape {shape:?}") };
        // An operand that is as large becomes the output, best one that nobody else reads.
        let whole = |i: &usize| *inputs[*i].shape() == *shape;
        let onto = [0, 1].into_iter().filter(whole).max_by_key(|&i| inputs[i].is_exclusive());
        let swapped = onto == Some(1);
        let other = inputs.remove(usize::from(!swapped));
        let mut output = inputs.remove(0).into_tensor();
        if onto.is_none() {
            output = output.broadcast_to_shape(&shape)?;
        }
        let (of_channel, of_column) = (other.shape()[1] == channels, other.shape()[2] == columns);
        let numbers = floats(&other)?;
        if columns > 0 {
            let mut rows = output.try_as_plain_ram_mut()?;
            for (channel, row) in rows.as_slice_mut::<f32>()?.chunks_exact_mut(columns).enumerate() {
                let channel = if of_channel { channel } else { 0 };
                let other = if of_column {
                    Row::Of(&numbers[channel * columns..][..columns])
                } else {
                    Row::Same(numbers[channel])
                };
                self.0.apply(row, other, swapped);
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

#[cfg(test)]
mod tests {
    use super::super::super::small_graphs::normal;
    use super::*;

    const WHOLE: [usize; 3] = [1, 3, 5];

    fn operand(shape: [usize; 3]) -> TValue {
        Tensor::from_shape(&shape, &normal(shape.iter().product())).unwrap().into_tvalue()
    }

    /// The number of an operand that counts at a place of the whole.
    fn at(operand: &TValue, channel: usize, column: usize) -> f32 {
        let [_, channels, columns] = *operand.shape() else { panic!() };
        floats(operand).unwrap()[channel % channels * columns + column % columns]
    }

    /// Every pair of operands, of which none, one or both are read elsewhere too: those stay as they were.
    #[test]
    fn operands_of_any_size_make_a_whole() {
        type Pair = (Arithmetic, fn(f32, f32) -> f32);
        let all: [Pair; 5] = [
            (Arithmetic::Add, |a, b| a + b),
            (Arithmetic::Sub, |a, b| a - b),
            (Arithmetic::Mul, |a, b| a * b),
            (Arithmetic::Max, f32::max),
            (Arithmetic::Min, f32::min),
        ];
        let (row, column, one) = ([1, 1, 5], [1, 3, 1], [1, 1, 1]);
        for (a, b) in [(WHOLE, WHOLE), (WHOLE, row), (column, WHOLE), (one, WHOLE), (row, column), (column, row)] {
            for (kind, expected) in all {
                for held in [[false, false], [true, false], [false, true], [true, true]] {
                    let (a, b) = (operand(a), operand(b));
                    let before = [a.clone().into_tensor(), b.clone().into_tensor()];
                    let elsewhere = [held[0].then(|| a.clone()), held[1].then(|| b.clone())];
                    let made = RowArithmetic(kind).eval(&EvalContext::out_of_plan(), tvec!(a, b)).unwrap().remove(0);
                    assert_eq!(made.shape(), WHOLE, "{kind:?}");
                    let [a, b] = before.clone().map(IntoTValue::into_tvalue);
                    for (i, &x) in floats(&made).unwrap().iter().enumerate() {
                        let (channel, column) = (i / WHOLE[2], i % WHOLE[2]);
                        let expected = expected(at(&a, channel, column), at(&b, channel, column));
                        assert_eq!(x, expected, "{kind:?} of {:?} and {:?}", a.shape(), b.shape());
                    }
                    for (elsewhere, before) in elsewhere.iter().zip(&before) {
                        assert!(elsewhere.as_ref().is_none_or(|value| **value == *before), "{kind:?}: was written to");
                    }
                }
            }
        }
    }
}
