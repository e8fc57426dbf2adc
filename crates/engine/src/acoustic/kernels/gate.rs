//! The gate of a WaveNet ([van den Oord et al. 2016](https://arxiv.org/abs/1609.03499)), of which VITS's flow is made.

use chanter_kernels::{Isa, gate};
use tract_onnx::tract_core::ops::array::Slice;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::element_wise::{ElementWiseMiniOp, ElementWiseOp};
use tract_onnx::tract_core::ops::math::{Mul, Tanh};
use tract_onnx::tract_core::ops::nn::Sigmoid;
use tract_onnx::tract_hir::internal::*;

use super::convolution::floats;

/// Puts one op in the place of two slices, two curves and a product.
pub(in super::super) fn use_gates(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default().with_rule_for("gate", gated).rewrite(&(), model)
}

fn gated(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    name: &str,
    op: &TypedBinOp,
) -> TractResult<Option<TypedModelPatch>> {
    if !op.0.is::<Mul>() {
        return Ok(None);
    }
    let (a, b) = (node.inputs[0], node.inputs[1]);
    let halves = [(a, b), (b, a)].into_iter().find_map(|(tanh, sigmoid)| {
        let tanh = half::<Tanh>(model, tanh)?;
        let sigmoid = half::<Sigmoid>(model, sigmoid)?;
        Some((tanh, sigmoid))
    });
    let Some(((from, 0, middle), (other, also_middle, end))) = halves else { return Ok(None) };
    let fact = model.outlet_fact(from)?;
    let whole = fact.rank() == 3 && fact.shape[0].is_one() && fact.shape[1] == end.to_dim();
    if from != other || middle != also_middle || end != 2 * middle || !whole || fact.datum_type != f32::datum_type() {
        return Ok(None);
    }
    let mut patch = TypedModelPatch::default();
    let input = patch.tap_model(model, from)?;
    let output = patch.wire_node(name, Gate, &[input])?;
    patch.shunt_outside(model, node.id.into(), output[0])?;
    Ok(Some(patch))
}

/// Of which tensor a curve's input is a slice of channels, and which.
fn half<Curve: ElementWiseMiniOp>(model: &TypedModel, outlet: OutletId) -> Option<(OutletId, usize, usize)> {
    let curve = model.node(outlet.node);
    curve.op_as::<ElementWiseOp>().filter(|op| op.0.is::<Curve>())?;
    let slice = model.node(curve.inputs[0].node);
    let op = slice.op_as::<Slice>().filter(|op| op.axis == 1)?;
    Some((slice.inputs[0], op.start.to_usize().ok()?, op.end.to_usize().ok()?))
}

/// `tanh` of the first half of the channels times the logistic function of the second.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gate;

impl Op for Gate {
    fn name(&self) -> StaticName {
        "Gate".into()
    }
    op_as_typed_op!();
}

impl EvalOp for Gate {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let [1, channels, columns] = *inputs[0].shape() else { bail!("rows of shape {:?}", inputs[0].shape()) };
        let mut output = Tensor::zero::<f32>(&[1, channels / 2, columns])?;
        gate(Isa::best(), floats(&inputs[0])?, output.try_as_plain_ram_mut()?.as_slice_mut()?);
        Ok(tvec!(output.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for Gate {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape = inputs[0].shape.clone();
        shape.set(1, shape[1].clone() / 2);
        Ok(tvec!(f32::fact(shape)))
    }
    as_op!();
}
